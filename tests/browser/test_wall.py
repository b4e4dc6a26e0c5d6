"""The wall for days: new figures without a reload, a network that goes and comes, a session that ends, many turns."""

import math
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from investment import progress
from investment.models import MonthlyReport, Period, Wall
from projects.models import AreaShape
from tests.factories import AreaFactory, MonthlyReportFactory, OfficialFactory, city, correct
from tests.factories import project_with_yi as project_with

pytestmark = [pytest.mark.browser, pytest.mark.look]
HD, QUAD, LAPTOP = (
    {"viewport": {"width": width, "height": height}} for width, height in ((1920, 1080), (3840, 2160), (1366, 768))
)
PAGES = 6
SIZES = """page => [...page.querySelectorAll('*')].filter(each => [...each.childNodes].some(
    node => node.nodeType === 3 && node.textContent.trim())).map(each => {
        const drawn = each.ownerSVGElement?.getScreenCTM().d ?? 1;
        return [parseFloat(getComputedStyle(each).fontSize) * drawn, each.textContent.trim()];
    })"""
BEYOND = """page => [...page.querySelectorAll('h2, p, li, dd, svg, .tile, text')].filter(each => {
    const box = each.getBoundingClientRect();
    return box.right > innerWidth || box.bottom > innerHeight || box.left < 0;
}).map(each => each.outerHTML.slice(0, 100))"""
NODES = "document.querySelectorAll('*').length"


@pytest.fixture(autouse=True)
def figures(cast):
    """Six areas and their projects, all far behind in January, which is closed."""
    for name in ("永定区", "武陵源区", "慈利县", "桑植县", "张家界高新区", "市直"):
        project_with(
            plan=12, reports=["0.2"], area=AreaFactory(name=name), liaison_leader=OfficialFactory(),
            name=f"示例·{name}文化旅游康养综合体暨配套基础设施建设项目",
        )  # fmt: skip
    progress.refresh_stale()
    Period.objects.get_or_create(year=2018, month=1)
    Period.objects.filter(month=1).update(closed_at=timezone.now())


def headline(page):
    return page.locator(".wall-page:visible h2")


def state(page):
    return page.locator("#wall-state")


def asked(page):
    """A minute later: the wall asks."""
    with page.expect_response("**/wall/data/"):
        page.clock.run_for(60_000)
    page.wait_for_timeout(100)  # by the clock of this test: the screen has read the answer


def opened(visitor, address="/wall/"):
    """The wall with a clock that only the test moves."""
    page = visitor.log_in("leader", "/map/")
    page.clock.install()
    page.goto(address)
    expect(headline(page)).to_have_text("完成年度计划 1.67%")
    return page


# ---- read from eight metres ----


@pytest.mark.parametrize("visitor", [HD, QUAD, LAPTOP], indirect=True, ids=["1920", "3840", "1366"])
@pytest.mark.parametrize("look", ["dark", "light"])
def test_every_text_is_large_enough_and_inside_the_screen(visitor, look):
    Wall.objects.create(city=city(), shows_people=True)
    page = opened(visitor, f"/wall/?look={look}")
    smallest = 28 / 1920 * page.viewport_size["width"]
    for _ in range(PAGES):
        shown = page.locator(".wall-page:visible")
        sizes = shown.evaluate(SIZES)
        assert [text for size, text in sizes if size < math.floor(smallest)] == []
        assert max(size for size, _ in sizes) >= 0.06 * page.viewport_size["width"]
        assert shown.evaluate(BEYOND) == []
        page.keyboard.press("ArrowRight")


def test_nothing_of_the_pages_lies_under_the_last_line(visitor):
    visitor.page.set_viewport_size(HD["viewport"])
    page = opened(visitor)
    line = page.locator(".wall-as-of").bounding_box()["y"]
    for _ in range(PAGES):
        boxes = page.locator(".wall-page:visible").evaluate(
            "page => [...page.querySelectorAll('li, dd, svg, .tile')].map(each => each.getBoundingClientRect().bottom)"
        )
        assert max(boxes) <= line + 1
        page.keyboard.press("ArrowRight")


@pytest.mark.parametrize("visitor", [HD], indirect=True)
def test_outlines_are_readable_too(visitor):
    for east, name in enumerate(("慈利县", "桑植县")):
        west = 1_100_000 + east * 10_000
        ring = [west, 290_000, west + 10_000, 290_000, west + 10_000, 300_000, west, 300_000]
        AreaShape.objects.create(area=AreaFactory(name=name), outline=[ring], points=4, file_name="a.json")
    page = opened(visitor)
    page.keyboard.press("End")
    shown = page.locator(".wall-page:visible")
    expect(shown.locator("path")).to_have_count(2)
    assert [text for size, text in shown.evaluate(SIZES) if size < 28] == []
    assert shown.evaluate(BEYOND) == []


# ---- turning ----


def test_pages_turn_by_themselves_after_the_seconds_that_are_set(visitor):
    Wall.objects.create(city=city(), seconds=30)
    page = opened(visitor)
    page.clock.run_for(29_000)
    expect(headline(page)).to_have_text("完成年度计划 1.67%")
    page.clock.run_for(1_000)
    expect(headline(page)).to_have_text("1 类中 1 类滞后")


def test_keys_turn_hold_and_go_on(visitor):
    page = opened(visitor)
    page.keyboard.press("ArrowRight")
    expect(headline(page)).to_have_text("1 类中 1 类滞后")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(headline(page)).to_contain_text("最慢")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="继续")).to_be_attached()
    page.clock.run_for(60_000)
    expect(headline(page)).to_have_text("完成年度计划 1.67%")
    page.keyboard.press(" ")
    page.clock.run_for(20_000)
    expect(headline(page)).to_have_text("1 类中 1 类滞后")


def test_each_page_has_a_button(visitor):
    page = opened(visitor)
    page.get_by_role("button", name="第 4 页：滞后项目").click()
    expect(headline(page)).to_have_text("6 个项目严重滞后")
    assert page.locator(".wall-dots [aria-current]").get_attribute("aria-label") == "第 4 页：滞后项目"


def test_the_way_out_shows_when_somebody_is_there(visitor):
    page = opened(visitor)
    controls = page.locator(".wall-controls")
    assert controls.evaluate("each => getComputedStyle(each).opacity") == "0"
    page.mouse.move(300, 300)
    expect(controls).to_have_css("opacity", "1")
    page.clock.run_for(5_000)
    expect(controls).to_have_css("opacity", "0")
    page.keyboard.press("Tab")
    page.get_by_role("link", name="退出大屏").click()
    expect(page).to_have_url(f"{visitor.origin}/")


@pytest.mark.parametrize("visitor", [{"reduced_motion": "reduce"}], indirect=True)
def test_whoever_wants_no_motion_sees_none(visitor):
    page = opened(visitor)
    page.keyboard.press("ArrowRight")
    assert page.locator(".wall-page:visible").evaluate("each => getComputedStyle(each).animationName") == "none"


# ---- new figures ----


def test_an_approved_figure_appears_without_a_reload(visitor):
    page = opened(visitor)
    page.evaluate("window.sameScreen = true")
    correct(MonthlyReport.objects.first(), 12_000)
    progress.refresh_stale()
    asked(page)
    page.keyboard.press("Home")
    expect(headline(page)).to_have_text("完成年度计划 3.06%")
    assert page.evaluate("window.sameScreen")


def test_new_figures_leave_the_page_where_it_is(visitor):
    Wall.objects.create(city=city(), seconds=600)
    page = opened(visitor)
    page.keyboard.press("End")
    correct(MonthlyReport.objects.first(), 12_000)
    progress.refresh_stale()
    asked(page)
    expect(headline(page)).to_have_text("慈利县最慢，完成 1.67%")


def test_a_month_that_closes_is_followed(visitor):
    page = opened(visitor)
    for report in MonthlyReport.objects.filter(month=1):
        MonthlyReportFactory(project=report.project, month=2, amount=Decimal(20_000))
    progress.refresh_stale()
    Period.objects.get_or_create(year=2018, month=2)
    Period.objects.filter(month=2).update(closed_at=timezone.now())
    asked(page)
    expect(page.locator(".wall-as-of")).to_contain_text("2018年2月")


def test_new_settings_are_followed(visitor):
    page = opened(visitor)
    Wall.objects.create(city=city(), overall=None, categories=None, areas=None, changes=None, map=None)
    asked(page)
    expect(page.locator(".wall-dots button")).to_have_count(1)
    expect(headline(page)).to_have_text("6 个项目严重滞后")


def test_the_network_goes_and_comes(visitor):
    page = opened(visitor)
    page.route("**/wall/data/", lambda route: route.abort())
    page.clock.run_for(60_000)
    expect(state(page)).to_have_text("网络中断，正在重连")
    expect(page.locator(".wall-as-of")).to_contain_text("数据时间")
    page.keyboard.press("Home")
    expect(headline(page)).to_have_text("完成年度计划 1.67%")
    page.unroute("**/wall/data/")
    with page.expect_response("**/wall/data/"):
        page.clock.run_for(5_000)  # the first try comes soon
    expect(state(page)).to_be_hidden()
    visitor.problems = [each for each in visitor.problems if "ERR_FAILED" not in each]


def test_the_server_stops_and_starts_again(visitor):
    page = opened(visitor)
    tries = []
    page.route("**/wall/data/", lambda route: (tries.append(1), route.fulfill(status=502, body="<h1>502</h1>")))
    minutes = 0
    while len(tries) < 8 and minutes < 100:  # a busy machine takes longer to hand a failure over than the clock to jump
        page.clock.run_for(60_000)
        page.wait_for_timeout(100)
        minutes += 1
    expect(state(page)).to_have_text("网络中断，正在重连")
    assert len(tries) >= 8
    page.unroute("**/wall/data/")
    asked(page)
    expect(state(page)).to_be_hidden()
    visitor.problems = [each for each in visitor.problems if "502" not in each]


def test_the_session_ends_and_somebody_logs_in_again_elsewhere(visitor, cast):
    page = opened(visitor)
    Session.objects.all().delete()
    asked(page)
    expect(state(page)).to_contain_text("登录已失效，画面停留在最后的数据")
    page.keyboard.press("Home")
    expect(headline(page)).to_have_text("完成年度计划 1.67%")
    expect(state(page).get_by_role("link", name="重新登录")).to_have_attribute(
        "href", "/accounts/login/?next=%2Fwall%2F"
    )
    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.get_by_label("用户名").fill("leader")
    other.get_by_label("密码").fill("demo-password")
    other.get_by_role("button", name="登录").click()
    other.close()
    asked(page)
    expect(state(page)).to_be_hidden()
    visitor.problems = [each for each in visitor.problems if "401" not in each]


def test_a_new_version_of_the_site_is_loaded(visitor):
    page = opened(visitor)
    page.evaluate("window.sameScreen = true")
    page.locator("[data-files]").evaluate("each => { each.dataset.files = 'older'; }")
    with page.expect_navigation():
        page.clock.run_for(60_000)
    assert page.evaluate("window.sameScreen") is None


# ---- days ----


def test_two_hundred_turns_and_many_new_figures_leave_nothing_behind(visitor):
    page = opened(visitor)
    before = page.evaluate(NODES)
    report = MonthlyReport.objects.first()
    for turn in range(40):
        if turn % 10 == 0:
            correct(report, 3_000 + turn)
            progress.refresh_stale()
        asked(page)
        page.clock.run_for(40_000)
    assert page.evaluate("stage.style.translate") != ""
    assert page.evaluate(NODES) == before
