"""The projects' list and the page of a project as people use them: with a keyboard, on a phone, without scripts."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from investment import progress
from projects.models import Register
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    ProjectFactory,
    enlist,
)

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
LONG = "示例·" + "武陵山片区旅游商品加工与特色农产品冷链物流综合示范园二期工程" * 2


@pytest.fixture(autouse=True)
def projects(cast):
    """Thirty projects with 1,200 万元 and two reports each; the first is the largest, its name has sixty characters."""
    areas = [AreaFactory(name="慈利县"), AreaFactory(name="桑植县")]
    category = CategoryFactory(code="industry", name="重大产业项目")
    for number in range(30):
        largest = number == 0
        project = ProjectFactory(
            name=LONG[:60] if largest else f"示例·项目 {number:02}", area=areas[number % 2], category=category,
            liaison_leader=cast.leader.official if number % 3 else None,
        )  # fmt: skip
        enlist(project)
        AnnualPlanFactory(project=project, amount=Decimal("9999999" if largest else "1200"))
        for month in (1, 2):
            MonthlyReportFactory(project=project, month=month, amount=Decimal(10 * number))
    progress.refresh_stale()
    Register.touch()  # choices are kept by its version


def no_sideways_scroll(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def rows(page):
    return page.locator(".listing tbody tr")


def test_filter_then_sort_then_open_a_project(visitor):
    page = visitor.log_in("leader", "/projects/?month=2018-02")
    expect(rows(page)).to_have_count(25)
    page.get_by_label("区县").select_option("桑植县")
    page.get_by_role("button", name="筛选").click()
    expect(rows(page)).to_have_count(15)
    expect(page.get_by_role("heading", level=1)).to_contain_text("筛选出 15 个项目，年度计划 1.80 亿元")
    page.get_by_role("link", name="完成率").click()
    expect(rows(page).first).to_contain_text("项目 29")
    page.get_by_role("link", name="上一月").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("筛选出 15 个项目")
    expect(rows(page).first).to_contain_text("290.00")
    page.get_by_role("link", name="去掉条件 区县：桑植县").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("30 个项目")
    page.get_by_role("link", name="示例·项目 29").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("示例·项目 29")
    expect(page.locator("[data-chart-url] .barlayer .point path").first).to_be_visible()
    expect(page.locator("[data-chart-url] .scatterlayer path.js-line")).to_have_count(1)
    expect(page.get_by_role("img", name="逐月完成投资")).to_be_visible()


def test_form_is_reached_and_sent_with_the_keyboard(visitor):
    page = visitor.log_in("leader", "/projects/")
    page.get_by_label("查找").focus()
    page.keyboard.type("项目 08")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_phone_folds_the_filters_and_shows_a_row_as_an_entry(visitor):
    page = visitor.log_in("leader", "/projects/?sort=-plan")
    expect(rows(page)).to_have_count(25)
    expect(page.get_by_label("区县")).not_to_be_visible()
    assert no_sideways_scroll(page)
    state, name = rows(page).nth(1).locator(".state"), rows(page).nth(1).locator("th")
    assert abs(state.bounding_box()["y"] - name.bounding_box()["y"]) < 12
    assert rows(page).nth(1).bounding_box()["height"] < 80
    page.get_by_text("筛选与查找").click()
    page.get_by_label("进度状态").select_option("严重滞后")
    page.get_by_role("button", name="筛选").click()
    expect(page.get_by_text("已选 1 项")).to_be_visible()
    assert no_sideways_scroll(page)


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_phone_shows_the_page_of_the_largest_project_without_sideways_scroll(visitor):
    page = visitor.log_in("leader", "/projects/?sort=-plan")
    rows(page).first.get_by_role("link").click()
    expect(page.locator("[data-chart-url] .barlayer .point path").first).to_be_attached()
    expect(page.get_by_role("heading", level=1)).to_contain_text(LONG[:60])
    assert no_sideways_scroll(page)


@pytest.mark.parametrize("visitor", [{"java_script_enabled": False}], indirect=True)
def test_list_works_without_scripts(visitor):
    page = visitor.log_in("leader", "/projects/")
    page.get_by_label("进度状态").select_option("严重滞后")
    page.get_by_role("button", name="筛选").click()
    expect(page.get_by_role("link", name="去掉条件 进度状态：严重滞后")).to_be_visible()
    page.get_by_role("link", name="较时间进度").click()
    expect(rows(page).first).to_contain_text("严重滞后")
