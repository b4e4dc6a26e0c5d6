"""A month's report as people live it: typed, watched, lost and found again, reviewed, counted."""

import re
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from playwright.sync_api import expect

from investment import progress, reporting
from investment.models import MonthlyReport, Period
from investment.months import Month, time_progress
from investment.report_desk import YearSoFar
from projects.money import format_wan, parse_wan
from projects.templatetags.money import points, rate
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, ProjectFactory, enlist

from .conftest import Visitor

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
State = MonthlyReport.State
LONG = "示例·" + "张家界市重点产业建设与科技创新融合发展示范" * 3
INPUTS = (
    "0", "0.01", "100", "1,234.50", "9999999", "９９９．５", "１，２３４", "1.2亿元", "3万", "12 345", "+5", "。5",
    "1234.5678", "0.00005", "1_000", "1e5", "-1", "-0", "NaN", "12,34", "五百", "7元", "1.2.3", "99999999", "100000000",
    "1亿亿", ".", "",
)  # fmt: skip


@pytest.fixture(autouse=True)
def february(cast):
    """The reporter's project: plan 777, January approved with 100, February due; the neighbour has one, too."""
    project = ProjectFactory(name=LONG[:60], responsible_unit=cast.reporter.organisation)
    enlist(project)
    AnnualPlanFactory(project=project, amount=Decimal(777))
    MonthlyReportFactory(project=project, amount=Decimal(100))
    MonthlyReportFactory(project=project, month=2, state=State.EXPECTED, amount=None)
    AnnualPlanFactory(project=ProjectFactory(responsible_unit=cast.neighbour.organisation))
    progress.refresh_stale()
    Period.objects.filter(month=1).update(closed_at="2018-02-05T17:00+08:00")
    return project


def address(project):
    return reverse("report", args=[project.pk, "2018-02"])


def amount(page):
    return page.get_by_label("本月完成投资（万元）", exact=True)


def stored(project):
    return MonthlyReport.objects.get(project=project, month=2)


def expect_shown(page, texts):
    for name, text in zip(("year-to-date", "rate", "gap", "change"), texts, strict=True):
        expect(page.locator(f"output[data-live={name}]")).to_have_text(text)


def figures(planned, text):
    """What the server says of the same typing."""
    try:
        typed = parse_wan(text)
    except ValidationError:
        typed = None
    year = YearSoFar(planned, Decimal(100), Decimal(0), time_progress(2), None if typed is None or typed < 0 else typed)
    return [
        "—" if value is None else said(value)
        for value, said in (
            (year.year_to_date, lambda value: f"{format_wan(value)} 万元"),
            (year.rate, lambda value: f"{rate(value)}%"),
            (year.gap, lambda value: f"{points(value)} 个百分点"),
            (year.change, lambda value: f"{points(value)} 个百分点"),
        )
    ]


def test_figures_follow_the_typing_and_agree_with_the_server(visitor, february):
    page = visitor.log_in("reporter", address(february))
    for text in INPUTS:
        amount(page).fill(text)
        expect_shown(page, figures(Decimal(777), text))
    amount(page).fill("1e5")
    expect(page.get_by_text("认不出这个金额。")).to_be_visible()
    amount(page).fill("-1")
    expect(page.get_by_text("认不出这个金额。")).to_be_visible()
    amount(page).fill("")
    expect(page.get_by_text("认不出这个金额。")).to_be_hidden()
    amount(page).fill("288.505")
    page.get_by_role("button", name="存为草稿").click()
    expect(page.get_by_text("已存为草稿，还没有报送。")).to_be_visible()
    expect_shown(page, figures(Decimal(777), "288.505"))
    served = page.request.get(address(february)).text()
    assert [figure in served for figure in figures(Decimal(777), "288.505")] == [True] * 4


def test_without_a_plan_there_is_no_rate_to_follow(visitor, cast):
    project = ProjectFactory(responsible_unit=cast.reporter.organisation)
    enlist(project)
    progress.refresh_stale()
    page = visitor.log_in("reporter", address(project))
    amount(page).fill("5")
    expect_shown(page, ["5.00 万元", "—", "—", "—"])


def test_from_the_unit_to_the_official_page(visitor, cast, february, chromium):
    page = visitor.log_in("reporter", "/reports/")
    expect(page.get_by_role("heading", level=1)).to_have_text("2018 年 2 月月报")
    page.get_by_role("link", name=f"填报：{february}").click()
    amount(page).fill("88.5")
    page.get_by_label("形象进度").fill("主体封顶")
    page.get_by_role("button", name="报送").click()
    expect(page.get_by_text("已报送2018年2月月报，等待审核。")).to_be_visible()

    reviewer = Visitor(chromium, visitor.origin)
    desk = reviewer.log_in("reviewer", "/reports/")
    desk.get_by_role("link", name="审核下一份").click()
    desk.get_by_label("退回原因").fill("金额请核实")
    desk.get_by_role("button", name="退回").click()
    expect(desk.get_by_text("月报已退回，填报单位会看到原因。")).to_be_visible()

    page.goto("/reports/")
    expect(page.get_by_text("金额请核实")).to_be_visible()
    page.get_by_role("link", name=f"修改：{february}").click()
    amount(page).fill("80")
    page.get_by_role("button", name="报送").click()
    expect(page.get_by_text("等待审核。")).to_be_visible()

    desk.goto("/reports/")
    desk.get_by_role("link", name="审核下一份").click()
    expect(desk.get_by_text("上次退回的原因")).to_be_visible()
    desk.get_by_role("button", name="初审通过").click()
    expect(desk.get_by_text("月报已初审通过，等待市发改委审定。")).to_be_visible()
    reporting.approve_report(stored(february), cast.office)
    progress.refresh_stale()
    desk.goto("/?month=2018-02")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("0.02 亿元")
    assert stored(february).state == State.APPROVED
    desk.context.close()
    assert reviewer.problems == []


def test_keyboard_alone_fills_and_submits(visitor, february):
    page = visitor.log_in("reporter", address(february))
    amount(page).focus()
    page.keyboard.type("12.5")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("已存为草稿，还没有报送。")).to_be_visible()
    assert (stored(february).state, stored(february).amount) == (State.DRAFT, Decimal("12.5"))
    amount(page).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已存为草稿，还没有报送。")).to_be_visible()
    assert stored(february).state == State.DRAFT
    amount(page).focus()
    for _ in range(11):  # the fields, the photos, the button that saves
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="报送")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("等待审核。")).to_be_visible()
    assert stored(february).state == State.SUBMITTED


def test_text_typed_before_the_session_ended_is_offered_again_and_gone_once_saved(visitor, february):
    page = visitor.log_in("reporter", address(february))
    amount(page).fill("66")
    page.get_by_label("存在问题").fill("一大段还没有保存的话")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="存为草稿").click()
    page.get_by_label("用户名").fill("reporter")
    page.get_by_label("密码").fill("demo-password")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("这里有您上次填写、还没有保存的内容")).to_be_visible()
    expect(page.get_by_label("存在问题")).to_have_value("")
    page.get_by_role("button", name="恢复").click()
    expect(page.get_by_label("存在问题")).to_have_value("一大段还没有保存的话")
    expect(amount(page)).to_have_value("66")
    expect_shown(page, figures(Decimal(777), "66"))
    page.get_by_role("button", name="存为草稿").click()
    expect(page.get_by_text("已存为草稿，还没有报送。")).to_be_visible()
    assert page.evaluate("Object.keys(sessionStorage)") == []
    page.reload()
    expect(page.get_by_text("这里有您上次填写")).to_be_hidden()
    assert stored(february).problems == "一大段还没有保存的话"


def test_what_is_typed_before_the_script_came_counts_and_is_kept_too(visitor, february):
    page = visitor.log_in("reporter", "/reports/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    held = []
    page.route("**/js/reports*.js", lambda route: held.append(route))
    with page.expect_request("**/js/reports*.js"):
        page.goto(address(february), wait_until="commit")
    amount(page).fill("66")
    held[0].continue_()
    expect_shown(page, figures(Decimal(777), "66"))
    assert '"amount":"66"' in page.evaluate("Object.values(sessionStorage).join()")


def test_text_of_one_account_is_never_offered_to_another(visitor, february, cast):
    colleague = cast.neighbour
    colleague.organisation = cast.reporter.organisation
    colleague.save()
    page = visitor.log_in("reporter", address(february))
    page.get_by_label("存在问题").fill("只给自己看")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="存为草稿").click()
    page.get_by_label("用户名").fill("neighbour")
    page.get_by_label("密码").fill("demo-password")
    page.get_by_role("button", name="登录").click()
    expect(amount(page)).to_be_visible()
    expect(page.get_by_text("这里有您上次填写")).to_be_hidden()
    assert "只给自己看" not in page.content()


def test_leaving_with_unsaved_text_warns_and_with_saved_text_does_not(visitor, february):
    page = visitor.log_in("reporter", address(february))
    warnings = []
    page.on("dialog", lambda dialog: (warnings.append(dialog.type), dialog.accept()))
    amount(page).click()
    page.keyboard.type("5")
    page.get_by_role("link", name="总览", exact=True).click()
    expect(page).to_have_url(re.compile(r"/$"))
    assert warnings == ["beforeunload"]
    page.goto(address(february))
    page.get_by_role("button", name="不要了").click()
    page.get_by_role("link", name="总览", exact=True).click()
    expect(page).to_have_url(re.compile(r"/$"))
    assert warnings == ["beforeunload"]


def test_conflict_shows_both_and_keeps_what_was_typed(visitor, february, cast):
    page = visitor.log_in("reporter", address(february))
    other = reporting.report_of(february, Month(2018, 2))
    other.amount, other.problems, other.stage = Decimal(9), "同事写的", february.stage
    reporting.save_draft(other, cast.reporter)
    amount(page).fill("10")
    page.get_by_label("存在问题").fill("我写的")
    page.get_by_role("button", name="存为草稿").click()
    expect(page.get_by_role("alert")).to_contain_text("没有保存：您打开之后，这份月报已被改动")
    expect(page.get_by_text("对方填写的是")).to_have_count(2)
    expect(amount(page)).to_have_value("10")
    page.get_by_role("button", name="以我的为准，存为草稿").click()
    expect(page.get_by_text("已存为草稿，还没有报送。")).to_be_visible()
    assert (stored(february).amount, stored(february).problems) == (10, "我写的")


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_phone_needs_no_sideways_scroll(visitor, february):
    page = visitor.log_in("reporter", "/reports/")
    for where in ("/reports/", address(february), "/reports/flash/"):
        page.goto(where)
        assert (where, page.evaluate("document.documentElement.scrollWidth")) == (where, 390)
