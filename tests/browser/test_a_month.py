"""May 2018 as all of the cast live it, from the day it opens until nobody has anything left to do about it."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from investment import progress, tasks
from investment.models import MonthlyReport, Period, Reopening, ReportMove
from investment.months import Month
from tests.factories import period_open, project_with

from .conftest import Visitor

pytestmark = pytest.mark.browser
State = MonthlyReport.State
NOTHING_TO_DO = re.compile("没有待办，本月应办的都已办完|没有需要您办理的事项")


@pytest.fixture(autouse=True)
def projects(cast):
    """Two of the reporter, three of the neighbour: a plan of 12,000 and 100 a month until April, which is closed."""
    made = {}
    for name in ("甲", "乙", "丙", "丁", "戊"):
        unit = (cast.reporter if name in "甲乙" else cast.neighbour).organisation
        made[name] = project_with(12_000, [100] * 4, name=f"示例·{name}", responsible_unit=unit)
    for number in range(1, 5):
        period_open(Month(2018, number))
    progress.refresh_stale()
    Period.objects.filter(month__lte=4).update(closed_at="2018-05-05T17:00+08:00")
    return made


@pytest.fixture
def enter(chromium, live_server, projects):
    """Somebody comes in the morning and logs in anew. At the end no browser has complained of anything."""
    visitors = []

    def enter(username, address="/"):
        visitors.append(Visitor(chromium, live_server.url))
        page = visitors[-1].log_in_by_form(username, address)
        page.wait_for_load_state()
        return page

    yield enter
    for visitor in visitors:
        visitor.page.goto("about:blank")
        visitor.page.context.close()
    assert [visitor.problems for visitor in visitors if visitor.problems] == []


@pytest.fixture
def morning(time_machine):
    """Nine o'clock of that day in 2018, and what beat does then."""

    def morning(day):
        time_machine.move_to(f"2018-{day} 09:00+08:00", tick=True)
        tasks.follow_calendar()

    return morning


def states():
    """The states of May, in the order of the projects."""
    return [State(state) for state in MonthlyReport.objects.of(Month(2018, 5)).values_list("state", flat=True)]


def reads(page, *texts):
    for text in texts:
        expect(page.locator("main")).to_contain_text(text)


def cell(page, name, field="本月完成"):
    return page.get_by_label(f"{field}：示例·{name}", exact=True)


def row(page, name):
    return page.get_by_role("row", name=f"示例·{name}")


def hand_in(page, name, amount):
    """By the form of one report, as on a phone."""
    expect(page.get_by_role("heading", level=1)).to_have_text(f"示例·{name}")
    page.get_by_label("本月完成投资（万元）", exact=True).fill(amount)
    page.get_by_role("button", name="报送", exact=True).click()
    reads(page, "已报送2018年5月月报，等待审核。")


def leads_to(page, what):
    """Follow the one thing of that name in the list of what there is to do."""
    expect(page).to_have_url(page.url.partition("/todo/")[0] + "/todo/")
    page.get_by_role("list").get_by_role("link", name=what, exact=True).click()
    page.wait_for_load_state()


def test_a_month_from_its_opening_to_the_last_correction(enter, morning):
    morning("05-15")
    it_opens_and_is_typed_with_keys(enter)
    an_odd_amount_needs_a_reason(enter)
    morning("05-26")
    the_office_urges_and_the_neighbour_is_late(enter)
    one_is_returned_and_the_others_are_passed(enter)
    morning("05-27")
    the_returned_one_is_mended(enter)
    morning("05-28")
    the_office_approves_and_closes(enter)
    morning("05-29")
    a_closed_month_is_typed_no_more(enter)
    the_missing_one_is_reopened_and_comes_in(enter)
    morning("05-30")
    a_closed_figure_is_corrected_by_two(enter)
    the_change_is_told_and_what_was_closed_stays_readable(enter)
    morning("06-04")
    nobody_has_anything_left_to_do(enter)
    morning("06-15")
    june_goes_on_from_the_corrected_figure(enter)


def it_opens_and_is_typed_with_keys(enter):
    assert states() == [State.EXPECTED] * 5
    page = enter("reporter")
    reads(page, "填报2018年5月月报", "还有 10 天截止", "5 月 25 日")
    leads_to(page, "填报2018年5月月报")
    reads(page, "2018 年 5 月填报", "还有 10 天 · 2 个项目：未填 2")
    cell(page, "甲").focus()
    page.keyboard.type("110")
    page.keyboard.press("Enter")
    expect(cell(page, "乙")).to_be_focused()
    page.keyboard.type("1100")
    page.keyboard.press("Enter")
    expect(row(page, "甲").locator("td.state")).to_have_text("● 已保存")
    expect(cell(page, "甲", "本年累计")).to_have_value("510.00")
    expect(row(page, "乙").locator("td.state")).to_have_text("◆ 待确认：与平时悬殊")
    page.get_by_role("button", name="报送 1 份").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("暂不报送示例·乙：")
    dialog.get_by_role("button", name="报送 1 份").click()
    expect(dialog.get_by_role("heading", name="已报送 1 份")).to_be_visible()
    dialog.get_by_role("button", name="知道了").click()
    expect(row(page, "甲").locator("td.state")).to_have_text("▲ 已报送")
    assert states() == [State.SUBMITTED, State.DRAFT, State.EXPECTED, State.EXPECTED, State.EXPECTED]


def an_odd_amount_needs_a_reason(enter):
    page = enter("reporter")
    leads_to(page, "报送2018年5月月报的草稿")
    page.get_by_role("link", name="示例·乙").click()
    page.get_by_role("button", name="报送", exact=True).click()
    reads(page, "还没有报送：请核对金额", "本月数是平时（100.00 万元）的 11 倍。是否把元当成了万元？")
    page.get_by_label("情况说明").fill("设备到货，一次计入")
    page.get_by_role("button", name="报送", exact=True).click()
    reads(page, "已报送2018年5月月报，等待审核。", "本月应由您填报的都已报送。")
    assert states()[:2] == [State.SUBMITTED, State.SUBMITTED]


def the_office_urges_and_the_neighbour_is_late(enter):
    office = enter("office")
    reads(office, "催报2018年5月月报", "共 3 份月报", "已逾期 1 天")
    office.get_by_role("button", name="催报全部").click()
    reads(office, "已催报 1 个单位的 1 个账号，共 3 份2018年5月月报。")
    office.goto("/completeness/")
    office.get_by_role("button", name="全部催报 2018年5月").click()
    reads(office, "1 个账号一小时内已经催过，没有重复发送。")

    page = enter("neighbour", "/inbox/")
    page.get_by_role("link", name="催报：2018年5月月报已逾期 1 天，3 份未报送").click()
    reads(page, "2018 年 5 月填报", "已逾期")
    for name, amount in (("丙", "120"), ("戊", "140")):
        cell(page, name).fill(amount)
        page.keyboard.press("Enter")
        expect(row(page, name).locator("td.state")).to_have_text("● 已保存")
    page.get_by_role("button", name="报送 2 份").click()
    page.get_by_role("dialog").get_by_role("button", name="报送 2 份").click()
    expect(page.get_by_role("heading", name="已报送 2 份")).to_be_visible()
    assert states() == [State.SUBMITTED, State.SUBMITTED, State.SUBMITTED, State.EXPECTED, State.SUBMITTED]
    office.goto("/completeness/?year=2018&by=unit")
    reads(office, "报送率 96.00%")


def one_is_returned_and_the_others_are_passed(enter):
    page = enter("reviewer")
    leads_to(page, "初审2018年5月月报")
    page.get_by_role("link", name="审核下一份").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("示例·甲")
    page.wait_for_load_state()
    page.keyboard.press("r")
    page.keyboard.type("与监理报表不符")
    page.get_by_role("button", name="退回").press("Enter")
    reads(page, "“示例·甲”2018年5月月报已退回，填报单位会看到原因。", "设备到货，一次计入", "11 倍")
    expect(page.get_by_role("heading", level=1)).to_have_text("示例·乙")
    page.wait_for_load_state()
    page.keyboard.press("a")
    expect(page.get_by_role("heading", level=1)).to_have_text("示例·丙")
    page.goto("/reports/?month=2018-05")
    page.wait_for_load_state()
    page.get_by_role("link", name="选中没有提示的 2 份").click()
    page.get_by_role("button", name="初审通过所选 2 份").click()
    reads(page, "已初审通过 2 份。", "2018年5月没有等待您审核的月报。")
    assert states() == [State.RETURNED, State.PASSED, State.PASSED, State.EXPECTED, State.PASSED]


def the_returned_one_is_mended(enter):
    page = enter("reporter")
    reads(page, "■ 已逾期", "与监理报表不符")
    leads_to(page, "修改后重新报送：示例·甲（2018年5月）")
    reads(page, "已退回，请修改后再报送", "与监理报表不符")
    hand_in(page, "甲", "112")
    page.goto("/todo/")
    expect(page.get_by_text("示例·甲")).to_have_count(0)

    reviewer = enter("reviewer")
    leads_to(reviewer, "初审2018年5月月报")
    reviewer.get_by_role("link", name="审核下一份").click()
    reads(reviewer, "上次退回的原因", "与监理报表不符", "112.00")
    reviewer.get_by_role("button", name="初审通过").click()
    reads(reviewer, "“示例·甲”2018年5月月报已初审通过，等待市发改委审定。")
    assert states() == [State.PASSED, State.PASSED, State.PASSED, State.EXPECTED, State.PASSED]


def the_office_approves_and_closes(enter):
    page = enter("office")
    page.goto("/periods/2018-05/")
    reads(page, "还不能关账：", "还有 4 份月报没有审完，请先审定或退回。")
    expect(page.get_by_role("button", name="关账")).to_have_count(0)
    page.goto("/todo/")
    leads_to(page, "终审2018年5月月报")
    page.get_by_role("link", name="选中没有提示的 3 份").click()
    page.get_by_role("button", name="审定所选 3 份").click()
    reads(page, "已审定 3 份。")
    page.get_by_role("link", name="审核下一份").click()
    reads(page, "示例·乙", "11 倍", "设备到货，一次计入")
    page.get_by_role("button", name="审定", exact=True).click()
    reads(page, "“示例·乙”2018年5月月报已审定，即将计入正式数据。")
    assert states() == [State.APPROVED, State.APPROVED, State.APPROVED, State.EXPECTED, State.APPROVED]
    progress.refresh_stale()

    page.goto("/periods/2018-05/")
    reads(page, "以下 1 份没有报送，关账时将列为缺报：", "示例·丁")
    page.get_by_label("名单已核对，将以上 1 份列为缺报").check()
    page.get_by_role("button", name="关账").click()
    reads(page, "已关账2018年5月，1 份列为缺报。", "关账，数据已固定。", "缺报 1 份")
    assert states() == [State.APPROVED, State.APPROVED, State.APPROVED, State.MISSING, State.APPROVED]


def a_closed_month_is_typed_no_more(enter):
    page = enter("reporter", "/month/?month=2018-05")
    reads(page, "已于 2018-05-28", "关账")
    expect(row(page, "甲")).to_contain_text("112.00")
    expect(page.locator("input[data-field]")).to_have_count(0)
    page.get_by_role("link", name="示例·甲").click()
    reads(page, "2018年5月已于 2018-05-28", "月报不能再填报或审核。")
    expect(page.get_by_role("button", name="报送", exact=True)).to_have_count(0)


def the_missing_one_is_reopened_and_comes_in(enter):
    office = enter("office", "/periods/2018-05/")
    office.get_by_label("补报原因").fill("停电三天，无法上网")
    office.get_by_label("补报截止").fill("2018-06-01")
    office.get_by_role("button", name="开放补报").click()
    reads(office, "已开放“示例·丁”2018年5月补报，至 2018-06-01 为止。")

    page = enter("neighbour")
    reads(page, "还有 3 天截止", "停电三天，无法上网")
    leads_to(page, "补报2018年5月月报：示例·丁")
    reads(page, "已开放补报，至 2018-06-01 为止")
    hand_in(page, "丁", "130")

    reviewer = enter("reviewer")
    leads_to(reviewer, "初审2018年5月月报")
    reviewer.get_by_role("link", name="审核下一份").click()
    reviewer.get_by_role("button", name="初审通过").click()
    reads(reviewer, "“示例·丁”2018年5月月报已初审通过，等待市发改委审定。")
    office.goto("/todo/")
    leads_to(office, "终审2018年5月月报")
    office.get_by_role("link", name="审核下一份").click()
    office.get_by_role("button", name="审定", exact=True).click()
    reads(office, "“示例·丁”2018年5月月报已审定，即将计入正式数据。")
    assert states() == [State.APPROVED] * 5
    assert Reopening.objects.get().ended_at
    progress.refresh_stale()


def a_closed_figure_is_corrected_by_two(enter):
    page = enter("reporter", "/month/?month=2018-05")
    page.get_by_role("link", name="示例·甲").click()
    page.get_by_role("link", name="提出更正").click()
    page.get_by_label("更正后本月完成投资（万元）").fill("90")
    page.get_by_label("更正原因").fill("审计核减")
    page.get_by_role("button", name="提出更正").click()
    reads(page, "已提出更正，等待市发改委批准。批准之前，数据不变。")
    expect(page.get_by_role("button", name="批准", exact=True)).to_have_count(0)

    office = enter("office")
    leads_to(office, "审批关账后的更正")
    office.get_by_role("link", name="示例·甲").click()
    reads(office, "审计核减", "112.00 万元", "90.00 万元（−22.00）")
    office.get_by_role("button", name="批准", exact=True).click()
    reads(office, "已批准，即将计入数据。")
    progress.refresh_stale()


def the_change_is_told_and_what_was_closed_stays_readable(enter):
    page = enter("leader", "/changes/?month=2018-05")
    reads(
        page,
        "2018年5月关账后，2 个项目的数据有变动：本月完成 +108.00 万元，本年累计 +108.00 万元",
        "完成投资 112.00 → 90.00 万元",
        "审计核减",
        "关账时未审定，补报 130.00 万元",
    )
    figures = [" ".join(line.split()) for line in page.locator(".changed-projects tbody tr").all_inner_texts()]
    assert figures == [
        "示例·甲 112.00 90.00 −22.00 512.00 490.00 −22.00",
        "示例·丁 — 130.00 +130.00 400.00 530.00 +130.00",
    ]
    page.goto(MonthlyReport.objects.get(project__name="示例·甲", month=5).get_absolute_url())
    reads(page, "完成投资 112.00 → 90.00 万元")
    assert MonthlyReport.objects.get(project__name="示例·甲", month=5).amount == Decimal(112)


def nobody_has_anything_left_to_do(enter):
    """What is left are notices; once they are read, the list is empty."""
    for username in ("reporter", "neighbour", "reviewer", "office", "leader", "admin"):
        page = enter(username, "/inbox/")
        if page.get_by_role("button", name="全部标为已读").count():
            page.get_by_role("button", name="全部标为已读").click()
        page.goto("/todo/")
        expect(page.get_by_role("heading", level=1)).to_have_text(NOTHING_TO_DO)
    words = ReportMove.objects.filter(report__project__name="示例·甲").order_by("id").values_list("to_state", flat=True)
    assert list(words) == [
        State.DRAFT, State.SUBMITTED, State.RETURNED, State.SUBMITTED, State.PASSED, State.APPROVED
    ]  # fmt: skip


def june_goes_on_from_the_corrected_figure(enter):
    page = enter("reporter")
    leads_to(page, "填报2018年6月月报")
    cell(page, "甲").fill("105")
    page.keyboard.press("Enter")
    expect(row(page, "甲").locator("td.state")).to_have_text("● 已保存")
    expect(cell(page, "甲", "本年累计")).to_have_value("595.00")
    page.goto("/changes/?month=2018-05")
    reads(page, "512.00", "490.00")
