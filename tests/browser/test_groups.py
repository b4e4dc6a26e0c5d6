"""Rankings and the pages of groups as people see them: on a phone, by mouse, by keyboard, with names of any length."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from investment import progress
from projects.models import Official, Organisation
from tests.factories import (
    AnnualPlanFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    ProjectFactory,
    enlist,
)

pytestmark = [pytest.mark.browser, pytest.mark.look]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
LONG_POST = "示例·" + "市人民政府副市长兼产业园区管理委员会主任" * 3  # 63 characters
LONG_UNIT = "示例责任单位 " + "A" * 60


@pytest.fixture(autouse=True)
def two_leaders(cast):
    """12 亿元 each: 0.5 亿元 a month up to March under a leader with a long post, 1.5 under the other."""
    for post, unit, amount in ((LONG_POST, LONG_UNIT, 5_000), ("示例·市领导 02", "示例责任单位 02", 15_000)):
        project = ProjectFactory(
            liaison_leader=OfficialFactory(post=post), responsible_unit=OrganisationFactory(name=unit)
        )
        enlist(project)
        AnnualPlanFactory(project=project, amount=Decimal(120_000))
        for month in (1, 2, 3):
            MonthlyReportFactory(project=project, month=month, amount=Decimal(amount))
    progress.refresh_stale()


def page_of(post):
    return f"/leaders/{Official.objects.get(post=post).pk}/"


def curve(page):
    return page.locator("[data-chart-url]")


def click_point(chart, month):
    """Point at a month of the actual curve, see its amounts, click."""
    point = chart.locator(".scatterlayer .trace").last.locator("path.point").nth(month - 1)
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    chart.page.mouse.move(*middle)
    expect(chart.locator(".hoverlayer .legendtext").first).to_contain_text("亿元")
    chart.page.mouse.click(*middle)


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")


def test_ranking_leads_to_the_leader_who_lags_and_to_the_curve(visitor):
    page = visitor.log_in("leader", "/leaders/?month=2018-02")
    expect(page.get_by_role("heading", level=1)).to_contain_text("其中 1 位慢于时间进度")
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("8.33")
    rows.nth(1).get_by_role("link").first.click()
    expect(page).to_have_url(f"{visitor.origin}{page_of(LONG_POST)}?month=2018-02")
    expect(curve(page).locator(".scatterlayer .trace").last.locator("path.point")).to_have_count(2)
    expect(page.get_by_role("img", name="累计完成投资曲线")).to_be_visible()


def test_heading_sorts_the_table_and_keeps_the_month(visitor):
    page = visitor.log_in("leader", "/leaders/?month=2018-02")
    page.get_by_role("link", name="完成率（%）").click()
    expect(page).to_have_url(f"{visitor.origin}/leaders/?month=2018-02&sort=-rate")
    expect(page.get_by_role("row").nth(1)).to_contain_text("示例·市领导 02")
    expect(page.get_by_role("row").last).to_contain_text("合计")


def test_click_on_a_month_of_the_curve_opens_its_projects(visitor):
    page = visitor.log_in("leader", f"{page_of('示例·市领导 02')}?month=2018-03")
    click_point(curve(page), month=2)
    leader = Official.objects.get(post="示例·市领导 02")
    expect(page).to_have_url(f"{visitor.origin}/projects/?month=2018-02&leader={leader.pk}")


def test_month_to_come_opens_nothing(visitor):
    address = f"{page_of('示例·市领导 02')}?month=2018-02"
    page = visitor.log_in("leader", address)
    expect(curve(page).locator(".scatterlayer .trace").last.locator("path.point")).to_have_count(2)
    curve(page).locator(".xtick").last.scroll_into_view_if_needed()
    december = curve(page).locator(".xtick").last.bounding_box()
    above = december["x"] + december["width"] / 2, december["y"] - 60
    page.mouse.move(*above)
    expect(page.locator(".hoverlayer .legendtext").first).to_contain_text("累计计划")
    page.mouse.click(*above)
    page.wait_for_timeout(200)
    assert page.url == f"{visitor.origin}{address}"


def test_keyboard_opens_the_same_projects_from_the_table(visitor):
    page = visitor.log_in("leader", f"{page_of('示例·市领导 02')}?month=2018-03")
    february = page.locator("#month-table").get_by_role("row").nth(2)
    february.get_by_role("link").nth(1).focus()
    page.keyboard.press("Enter")
    leader = Official.objects.get(post="示例·市领导 02")
    expect(page).to_have_url(f"{visitor.origin}/projects/?month=2018-02&leader={leader.pk}")


def test_curve_of_the_overview_opens_the_projects_of_its_month(visitor):
    page = visitor.log_in("leader", "/?month=2018-03")
    click_point(page.locator("[data-chart-url*=city-curve]"), month=1)
    expect(page).to_have_url(f"{visitor.origin}/projects/?month=2018-01")


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_phone_reads_names_of_any_length_without_sideways_scroll(visitor):
    page = visitor.log_in("leader", "/leaders/")
    unit = Organisation.objects.get(name=LONG_UNIT)
    addresses = ["/categories/", "/areas/", "/leaders/", "/units/", page_of(LONG_POST), f"/units/{unit.pk}/"]
    for address in addresses:
        page.goto(address)
        table = page.locator(".ranking")
        assert fits(page), address
        assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth"), address


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_phone_shows_name_rate_and_state_of_each_leader(visitor):
    page = visitor.log_in("leader", "/leaders/")
    row = page.locator(".ranking tbody tr").first
    for text in (LONG_POST, "12.50", "■ 严重滞后"):
        expect(row.get_by_text(text, exact=True)).to_be_visible()
    expect(row.locator("svg.bullet")).to_be_visible()
    expect(row.get_by_text("12.00", exact=True)).to_be_hidden()
