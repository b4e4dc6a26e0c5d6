"""The page `/` as people see it: painted, readable on a phone and in the dark, honest when a chart does not come."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from investment import progress
from tests.factories import AnnualPlanFactory, CategoryFactory, MonthlyReportFactory, ProjectFactory, enlist

pytestmark = [pytest.mark.browser, pytest.mark.look]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DARK = {"color_scheme": "dark"}


@pytest.fixture(autouse=True)
def half_a_year(cast):
    """Plan 120 亿元, 6 亿元 each month up to June."""
    long_name = "重大产业与科技成果转化及产品创新融合示范项目"
    project = ProjectFactory(category=CategoryFactory(code="industry", name=long_name))
    enlist(project)
    AnnualPlanFactory(project=project, amount=Decimal(1_200_000))
    for month in range(1, 7):
        MonthlyReportFactory(project=project, month=month, amount=Decimal(60_000))
    progress.refresh_stale()


def curve(page):
    return page.locator("[data-chart-url*=city-curve]")


def stroke(line):
    return line.evaluate("path => getComputedStyle(path).stroke")


def actual_line(page):
    return curve(page).locator(".scatterlayer .trace").last.locator("path.js-line")


def test_leader_logs_in_and_sees_the_year_drawn(visitor):
    page = visitor.log_in("leader", "/?month=2018-05")
    expect(page.get_by_role("heading", level=1)).to_contain_text("30.00 亿元，占年度计划 120.00 亿元的 25.00%")
    expect(curve(page).locator(".scatterlayer .trace").last.locator("path.point")).to_have_count(5)
    expect(page.get_by_role("img", name="累计完成投资曲线")).to_be_visible()
    expect(curve(page).locator(".annotation-text")).to_have_text(["计划120.00", "完成30.00", "时间进度", "亿元"])
    page.get_by_role("link", name="下一月").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("累计完成投资 36.00 亿元")
    expect(curve(page).locator(".scatterlayer .trace").last.locator("path.point")).to_have_count(6)
    curve(page).hover(position={"x": 300, "y": 150})
    expect(page.locator(".hoverlayer .legendtext").first).to_contain_text("亿元")


def test_a_bar_of_a_category_leads_to_its_projects(visitor):
    page = visitor.log_in("leader", "/categories/?month=2018-05")
    bullets = page.get_by_role("img", name="各类别的完成率")
    expect(bullets.locator(".annotation-text").nth(1)).to_have_text("25.00%")
    bullets.scroll_into_view_if_needed()
    bar = bullets.locator(".barlayer .trace").last.locator("path").bounding_box()
    middle = bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2
    page.mouse.move(*middle)
    page.wait_for_function("document.querySelector('[data-chart-url*=categories]')._hoverdata")  # it knows the bar
    page.mouse.click(*middle)
    expect(page).to_have_url(re.compile(r"/projects/\?month=2018-05&category=\d+$"))


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_phone_needs_no_sideways_scroll(visitor):
    page = visitor.log_in("office")
    expect(actual_line(page)).to_be_visible()
    expect(page.get_by_role("button", name="退出")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert curve(page).locator(".xtick").all_text_contents() == ["1月", "3月", "5月", "7月", "9月", "11月"]


def test_chart_follows_dark_mode_and_paper(visitor):
    page = visitor.log_in("leader")
    expect(actual_line(page)).to_be_visible()
    assert stroke(actual_line(page)) == "rgb(31, 95, 107)"
    page.emulate_media(color_scheme="dark")
    expect(actual_line(page)).to_have_css("stroke", "rgb(111, 185, 198)")
    page.emulate_media(color_scheme="dark", media="print")
    expect(actual_line(page)).to_have_css("stroke", "rgb(31, 95, 107)")


@pytest.mark.parametrize("visitor", [DARK], indirect=True)
def test_dark_page_has_light_text_on_dark_ground(visitor):
    page = visitor.log_in("leader")
    expect(page.locator("html")).to_have_css("background-color", "rgb(16, 22, 26)")
    expect(page.get_by_role("heading", level=1)).to_have_css("color", "rgb(232, 237, 239)")


def test_chart_that_does_not_come_says_so_and_can_be_asked_for_again(visitor):
    visitor.page.route("**/charts/city-curve.json*", lambda route: route.abort())
    page = visitor.log_in("leader")
    expect(curve(page)).to_contain_text("图表没有取到数据，可能是网络中断或服务器忙。")
    expect(page.get_by_role("heading", level=1)).to_contain_text("36.00 亿元")
    assert visitor.problems == ["Failed to load resource: net::ERR_FAILED"]
    visitor.problems.clear()
    page.unroute("**/charts/city-curve.json*")
    page.get_by_role("button", name="重试").click()
    expect(actual_line(page)).to_be_visible()


def test_a_first_picture_stands_in_until_plotly_has_drawn(visitor):
    held, page = [], visitor.log_in("leader", "/lamps/")
    page.route("**/plotly-basic*.js", lambda route: held.append(route))
    page.goto("/", wait_until="commit")
    expect(curve(page).locator(".first-picture polyline.actual")).to_be_visible()
    held[0].continue_()
    expect(actual_line(page)).to_be_visible()
    expect(curve(page).locator(".first-picture")).to_have_count(0)


def test_chart_after_the_session_ended_leads_to_the_login(visitor):
    """The page comes with the session, its charts without."""
    charts = "**/charts/*.json*"
    visitor.page.route(charts, lambda route: (visitor.page.context.clear_cookies(), route.continue_()))
    page = visitor.log_in("leader")
    expect(curve(page)).to_contain_text("登录已过期，图表没有取到数据。")


def test_keyboard_reaches_the_content_first(visitor):
    page = visitor.log_in("leader")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
