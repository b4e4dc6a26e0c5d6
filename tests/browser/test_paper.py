"""The pages of figures on paper: A4, with a head and without anything to click; the page of a leader on one sheet."""

import datetime
import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from investment import progress
from projects.models import Activity, Problem
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, OfficialFactory, ProjectFactory, enlist

pytestmark = [pytest.mark.browser, pytest.mark.look]
PORTRAIT, LANDSCAPE = (595, 842), (842, 595)  # A4 in points
CLICKED = "nav a, button, select, summary, .filters, .button, .quiet, .skip"


@pytest.fixture(autouse=True)
def twelve_projects(cast):
    """Of one leader, with problems and meetings; eighteen more make the list longer than a sheet."""
    boss, day = OfficialFactory(post="示例·市领导 01"), datetime.date(2018, 2, 1)
    for number in range(30):
        project = ProjectFactory(
            name=f"示例·武陵山片区特色农产品冷链物流项目 {number:02}", liaison_leader=boss if number < 12 else None,
            planned_start=day, planned_finish=day,
        )  # fmt: skip
        enlist(project)
        AnnualPlanFactory(project=project, amount=Decimal(1200))
        for month in (1, 2):
            MonthlyReportFactory(project=project, month=month, amount=Decimal(5 * number))
        if number < 6:
            Problem.objects.create(
                project=project, kind="land", raised_on=day, deadline=day,
                description="示例·二期建设用地十四亩尚未交付，征拆协议还差三户，影响桩基施工进场",
            )  # fmt: skip
    for kind in Activity.Kind:
        Activity.objects.create(kind=kind, held_on=day, title="示例", leader=boss)
    progress.refresh_stale()
    return boss


def drawn(page):
    expect(page.locator("[data-chart-url]:not([role=img])")).to_have_count(0)
    return page


def sheets(page):
    """The sizes of the sheets, in points."""
    pdf = page.pdf(prefer_css_page_size=True)
    return [(round(float(width)), round(float(height))) for width, height in
            re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)]  # fmt: skip


def test_leader_with_twelve_projects_is_one_sheet(visitor, twelve_projects):
    page = drawn(visitor.log_in("leader", f"/leaders/{twelve_projects.pk}/?month=2018-02"))
    expect(page.locator(".worst tbody tr")).to_have_count(12)
    assert sheets(page) == [PORTRAIT]


@pytest.mark.parametrize("address", ["/projects/", "/leaders/"])
def test_wide_tables_lie_across(visitor, address):
    page = visitor.log_in("leader", address)
    expect(page.get_by_role("table").first).to_be_visible()
    assert set(sheets(page)) == {LANDSCAPE}


@pytest.mark.parametrize("address", ["/", "/areas/", "/leaders/{}/", "/projects/", "/projects/?lamp=far-behind"])
def test_paper_has_a_head_and_nothing_to_click(visitor, twelve_projects, address):
    page = drawn(visitor.log_in("leader", address.format(twelve_projects.pk)))
    page.emulate_media(media="print")
    expect(page.locator(".on-paper")).to_contain_text("张家界市")
    expect(page.locator(".on-paper")).to_contain_text("2018年2月")
    expect(page.locator(".as-of").first).to_be_visible()
    shown = page.locator(CLICKED).evaluate_all(
        "found => found.filter(each => each.checkVisibility()).map(each => each.outerHTML)"
    )
    assert shown == []


def test_head_of_the_paper_is_not_on_the_screen(visitor):
    page = visitor.log_in("leader", "/areas/")
    expect(page.locator(".on-paper")).to_be_hidden()


def test_filters_are_told_in_words(visitor):
    page = visitor.log_in("leader", "/projects/?lamp=far-behind")
    page.emulate_media(media="print")
    expect(page.locator(".chips")).to_be_visible()
    assert page.locator(".chips").inner_text().strip() == "进度状态：严重滞后"


def test_tables_are_not_cut_and_repeat_their_heading(visitor):
    page = visitor.log_in("leader", "/projects/")
    page.emulate_media(media="print")
    expect(page.locator(".listing thead")).to_have_css("display", "table-header-group")
    expect(page.locator(".listing tbody tr").first).to_have_css("break-inside", "avoid")
    expect(page.locator(".listing .table-container")).to_have_css("overflow-x", "visible")


def test_chart_is_drawn_for_the_paper_and_then_for_the_screen_again(visitor, twelve_projects):
    page = drawn(visitor.log_in("leader", f"/leaders/{twelve_projects.pk}/"))
    picture = page.locator(".chart .main-svg").first
    on_screen = picture.get_attribute("width")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(picture).to_have_attribute("viewBox", "0 0 480 170")
    expect(picture).to_have_attribute("width", "480")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(picture).to_have_attribute("width", on_screen)
    assert picture.get_attribute("viewBox") is None


def test_file_of_a_project_is_two_sheets(visitor):
    page = visitor.log_in("leader", "/projects/?month=2018-02")
    page.locator(".listing tbody a").first.click()
    drawn(page)
    assert sheets(page) == [PORTRAIT, PORTRAIT]
