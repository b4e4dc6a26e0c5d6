"""The comparison of spans as people use it: the chart and the table lead to the same projects."""

import pytest
from playwright.sync_api import expect

from investment import progress
from tests.factories import AreaFactory, project_with_yi

pytestmark = [pytest.mark.browser, pytest.mark.look]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(autouse=True)
def two_areas(cast):
    for name, amounts in (("慈利县", [1, 1, 2, 3]), ("桑植县", [2, 2, 2, 1])):
        project_with_yi("24", amounts, area=AreaFactory(name=name))
    progress.refresh_stale()


def test_bar_of_an_area_opens_its_projects(visitor):
    page = visitor.log_in("leader", "/cadence/?month=2018-04&by=month")
    expect(page.get_by_role("heading", level=1)).to_contain_text("完成投资 4.00 亿元")
    chart = page.get_by_role("img", name="各区县2018年4月与2018年3月完成投资对照")
    bar = chart.locator(".barlayer .trace").last.locator(".point").first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    area = AreaFactory(name="慈利县")
    expect(page).to_have_url(f"{visitor.origin}/projects/?month=2018-04&area={area.pk}&by=month")


def test_cadence_is_kept_when_the_month_changes(visitor):
    page = visitor.log_in("leader", "/cadence/?month=2018-04&by=month")
    page.get_by_role("link", name="一季一调度").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2018年二季度至4月")
    page.get_by_role("link", name="上一月").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2018年一季度，张家界市完成投资 10.00 亿元")


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_phone_reads_each_table_without_sideways_scroll(visitor):
    page = visitor.log_in("leader", "/cadence/?month=2018-04&by=month")
    expect(page.locator("[data-chart-url][role=img]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for table in page.locator(".cadence table").all():
        assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
