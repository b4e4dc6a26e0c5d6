"""Charts without a mouse, without sight, on paper and as images."""

import re
import struct
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import expect

from investment import progress
from tests.factories import AnnualPlanFactory, CategoryFactory, MonthlyReportFactory, ProjectFactory, enlist

pytestmark = [pytest.mark.browser, pytest.mark.look]
DARK = {"color_scheme": "dark"}
MARKUP = "示例·<b>一</b> & 二/三"
INSIDE_A_CARD = (
    """chart => chart.getBoundingClientRect().right <= chart.closest('.card').getBoundingClientRect().right"""
)


@pytest.fixture
def project(cast):
    """Plan 12 亿元, 1 亿元 in January, nothing approved in February, 0.5 亿元 in March."""
    project = ProjectFactory(name=MARKUP, category=CategoryFactory(code="industry", name="重大产业项目"))
    enlist(project)
    AnnualPlanFactory(project=project, amount=Decimal(120_000))
    for month, amount in ((1, 10_000), (3, 5_000)):
        MonthlyReportFactory(project=project, month=month, amount=Decimal(amount))
    progress.refresh_stale()
    return project


def keys(page):
    return page.get_by_role("application")


def press(page, *names):
    for name in names:
        page.keyboard.press(name)


def downloaded(page, kind):
    with page.expect_download() as download:
        page.get_by_role("button", name=f"下载 {kind}").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_arrow_keys_go_through_the_months_and_say_their_values(visitor, project):
    page = visitor.log_in("leader", "/?month=2018-03")
    said = page.locator(".chart-said")
    keys(page).focus()
    press(page, "ArrowRight")
    expect(said).to_have_text("1月：本月完成 1.00 亿元，累计计划 1.00 亿元，累计完成 1.00 亿元")
    expect(page.locator(".hoverlayer .legendtext")).to_have_text(
        ["本月完成 1.00 亿元", "累计计划 1.00 亿元", "累计完成 1.00 亿元"]
    )
    press(page, "ArrowRight")
    expect(said).to_have_text("2月：累计计划 2.00 亿元，累计完成 1.00 亿元")
    press(page, "End")
    expect(said).to_have_text("12月：累计计划 12.00 亿元")
    press(page, "Home")
    expect(said).to_contain_text("1月：")
    press(page, "Escape")
    expect(said).to_have_text("")


def test_enter_opens_what_a_click_opens_and_a_month_to_come_opens_nothing(visitor, project):
    page = visitor.log_in("leader", "/?month=2018-03")
    keys(page).focus()
    press(page, "End", "Enter")
    expect(page).to_have_url(f"{visitor.origin}/?month=2018-03")
    press(page, "Home", "ArrowRight", "Enter")
    expect(page).to_have_url(f"{visitor.origin}/projects/?month=2018-02")


def test_each_chart_names_the_table_that_says_the_same(visitor, project):
    page = visitor.log_in("leader", "/?month=2018-03")
    expect(keys(page)).to_have_attribute("aria-details", "month-table")
    expect(keys(page)).to_have_accessible_name(re.compile("累计完成投资曲线.*方向键逐点查看，回车打开"))
    page.goto(f"/projects/{project.pk}/")
    expect(keys(page)).to_have_attribute("aria-details", "project-months")


def test_a_chart_without_a_table_gets_one(visitor, project):
    page = visitor.log_in("leader", "/areas/")
    page.route("**/?month=2018-03", unnamed)
    page.goto("/?month=2018-03")
    table = page.locator(".chart-table")
    table.get_by_text("图表数据").click()
    expect(table.get_by_role("columnheader")).to_have_text(["", "本月完成", "累计计划", "累计完成"])
    expect(table.get_by_role("row").nth(2)).to_have_text("2月2.00 亿元1.00 亿元")
    expect(table.get_by_role("link", name="3月")).to_have_attribute("href", "/projects/?month=2018-03")


def unnamed(route):
    """The page, without the name of the table that says the same."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace('aria-describedby="month-table"', ""))


def test_keys_read_the_categories_with_their_whole_names(visitor, project):
    page = visitor.log_in("leader", "/categories/?month=2018-03")
    keys(page).focus()
    press(page, "ArrowDown")
    expect(page.locator(".chart-said")).to_have_text("重大产业项目（投资）：完成率 12.50%，时间进度 25.00%")
    expect(page.locator(".hoverlayer .hovertext")).to_have_text("重大产业项目12.50%")


@pytest.mark.parametrize("visitor", [DARK], indirect=True)
def test_a_png_is_large_and_an_svg_says_title_unit_and_time_in_light_colours(visitor, project):
    page = visitor.log_in("leader", "/?month=2018-03")
    name, png = downloaded(page, "PNG")
    assert name == "张家界市 2018年累计完成投资（截至2018年3月）.png"
    assert (png[:8], struct.unpack(">II", png[16:24])) == (b"\x89PNG\r\n\x1a\n", (1600, 900))
    name, svg = downloaded(page, "SVG")
    assert name == "张家界市 2018年累计完成投资（截至2018年3月）.svg"
    text, as_of = svg.decode(), page.locator(".as-of time").inner_text()
    for said in (
        "张家界市 2018年累计完成投资",
        "单位：亿元 · 截至2018年3月",
        f"数据时间 {as_of}",
        "来源：张家界重点产业项目",
    ):
        assert said in text
    assert "rgb(31, 95, 107)" in text  # the actual, in the light
    assert "rgb(111, 185, 198)" not in text


def test_a_name_with_marks_is_a_title_and_a_file(visitor, project):
    page = visitor.log_in("leader", f"/projects/{project.pk}/?month=2018-03")
    name, svg = downloaded(page, "SVG")
    assert name == "示例· b 一 b & 二 三 2018年逐月完成投资（截至2018年3月）.svg"
    assert f"{MARKUP} 2018年逐月完成投资</text>" in unescape(svg.decode())


def test_lamps_and_last_year_have_colours_of_their_own(visitor, project):
    lamps = ["lamp-green", "lamp-yellow", "lamp-red", "lamp-grey"]
    figure = {
        "data": [
            {"type": "bar", "x": lamps, "y": [1, 2, 3, 4], "meta": lamps},
            {"type": "scatter", "mode": "lines", "x": lamps, "y": [4, 3, 2, 1], "meta": "last-year"},
        ],
        "layout": {"xaxis": {}, "yaxis": {}},
    }
    visitor.page.route("**/charts/city-curve.json*", lambda route: route.fulfill(json=figure))
    page = visitor.log_in("leader")
    bars = page.locator(".barlayer .point path")
    expect(bars).to_have_count(4)
    fills = bars.evaluate_all("bars => bars.map(bar => getComputedStyle(bar).fill)")
    assert fills == ["rgb(44, 122, 75)", "rgb(168, 106, 0)", "rgb(179, 54, 43)", "rgb(92, 104, 111)"]
    expect(page.locator(".scatterlayer path.js-line")).to_have_css("stroke", "rgb(180, 169, 196)")


def test_a_chart_on_paper_is_drawn_sharp_and_fits_its_card(visitor, project):
    page = visitor.log_in("leader", "/?month=2018-03")
    expect(page.get_by_role("img", name="累计完成投资曲线")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="下载 PNG")).to_be_hidden()
    assert page.locator(".chart canvas, .chart img").count() == 0
    page.wait_for_function(f"({INSIDE_A_CARD})(document.querySelector('.chart .main-svg'))")


def test_a_site_with_nothing_to_draw_says_so_in_place_of_the_chart(visitor, cast):
    enlist(ProjectFactory(category=CategoryFactory(code="industry")))
    progress.refresh_stale()
    page = visitor.log_in("leader")
    expect(page.locator("[data-chart-url]")).to_contain_text("还没有年度计划，也没有审定的月报。")
    expect(keys(page)).to_have_count(0)


def test_a_second_visit_moves_no_page_that_has_not_changed(visitor, project):
    page = visitor.log_in_by_form("leader", "/?month=2018-03")
    expect(keys(page)).to_be_visible()
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/areas/")
    page.goto("/?month=2018-03")
    expect(keys(page)).to_be_visible()
    page.wait_for_load_state("networkidle")
    of_figures = [answer for answer in answers if re.search(r"/\?month|\.json", answer.url)]
    assert [answer.request.sizes()["responseBodySize"] for answer in of_figures] == [0, 0]
