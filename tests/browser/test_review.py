"""Reviewing as people do it: with keys, many at once, two at the same time; and a month until it is closed."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from investment import expected, progress
from investment.models import MonthlyReport, Period
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, ProjectFactory, enlist

from .conftest import Visitor

pytestmark = pytest.mark.browser
State = MonthlyReport.State
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(autouse=True)
def february(cast):
    """February 2018 is open and past its last day; three reports wait, one of them odd; one is owed."""
    projects = [ProjectFactory(responsible_unit=cast.reporter.organisation) for _ in range(4)]
    for project in projects:
        enlist(project)
        AnnualPlanFactory(project=project)
        MonthlyReportFactory(project=project)
        MonthlyReportFactory(
            project=project, month=2, state=State.SUBMITTED, amount=Decimal(80), submitted_by=cast.reporter,
            submitted_at=timezone.now(),
        )  # fmt: skip
    MonthlyReport.objects.filter(project=projects[1], month=2).update(doubts=["same"], explanation="两月进度相同")
    MonthlyReport.objects.filter(project=projects[3], month=2).update(
        state=State.EXPECTED, amount=None, submitted_by=None, submitted_at=None
    )
    progress.refresh_stale()
    Period.objects.filter(month=1).update(opened_at=timezone.now(), closed_at="2018-02-05T17:00+08:00")
    Period.objects.filter(month=2).update(opened_at=timezone.now())
    return projects


def address(project):
    return reverse("report", args=[project.pk, "2018-02"])


def state(project):
    return MonthlyReport.objects.get(project=project, month=2).state


def test_keys_alone_review_all_that_waits(visitor, february):
    first, second, third, _ = february
    page = visitor.log_in("reviewer", address(first))

    def arrived(text):
        expect(page.get_by_role("heading", level=1)).to_have_text(str(text))
        page.wait_for_load_state()

    arrived(first)
    for key, project in (("j", second), ("n", third), ("k", second), ("p", first)):
        page.keyboard.press(key)
        arrived(project)
    page.keyboard.press("a")
    arrived(second)
    assert state(first) == State.PASSED
    page.keyboard.press("r")
    expect(page.get_by_label("退回原因")).to_be_focused()
    page.keyboard.type("ajkn请核实")
    expect(page.get_by_label("退回原因")).to_have_value("ajkn请核实")
    page.get_by_role("button", name="退回").press("Enter")
    arrived(third)
    assert (state(second), state(third)) == (State.RETURNED, State.SUBMITTED)
    page.keyboard.press("Control+a")
    page.keyboard.press("A")
    arrived("2018 年 2 月月报")
    expect(page.get_by_text("2018年2月没有其他等待您审核的月报了。")).to_be_visible()
    assert state(third) == State.PASSED


def test_all_without_doubts_are_passed_with_two_clicks(visitor, february):
    page = visitor.log_in("reviewer", "/reports/?month=2018-02")
    expect(page.get_by_role("checkbox")).to_have_count(2)
    page.get_by_role("link", name="选中没有提示的 2 份").click()
    page.get_by_role("button", name="初审通过所选 2 份").click()
    expect(page.get_by_text("已初审通过 2 份。")).to_be_visible()
    assert [state(project) for project in february] == [State.PASSED, State.SUBMITTED, State.PASSED, State.EXPECTED]


@pytest.mark.parametrize("visitor", [{"java_script_enabled": False}], indirect=True)
def test_all_without_doubts_are_passed_without_a_script_too(visitor, february):
    page = visitor.log_in("reviewer", "/reports/?month=2018-02")
    page.get_by_role("link", name="选中没有提示的 2 份").click()
    page.get_by_role("button", name="初审通过所选").click()
    expect(page.get_by_text("已初审通过 2 份。")).to_be_visible()
    assert state(february[1]) == State.SUBMITTED


def test_two_reviewers_at_the_same_report(visitor, february, chromium):
    page = visitor.log_in("reviewer", address(february[0]))
    other = Visitor(chromium, visitor.origin)
    office = other.log_in("office", address(february[0]))
    expect(office.get_by_text("开始审核，请先与其联系")).to_be_visible()
    page.get_by_role("button", name="初审通过").click()
    expect(page.get_by_text("月报已初审通过")).to_be_visible()
    office.get_by_label("退回原因").fill("金额请核实")
    office.get_by_role("button", name="退回").click()
    expect(office.get_by_role("alert")).to_contain_text("没有执行：您打开之后，这份月报已有变动")
    expect(office.get_by_label("退回原因")).to_have_value("金额请核实")
    assert state(february[0]) == State.PASSED
    office.get_by_role("button", name="审定").click()
    expect(office.get_by_text("月报已审定，即将计入正式数据。")).to_be_visible()
    assert state(february[0]) == State.APPROVED
    office.context.close()
    assert other.problems == []


def test_a_unit_takes_back_from_the_list(visitor, february):
    page = visitor.log_in("reporter", "/reports/?month=2018-02")
    page.get_by_role("button", name=f"撤回：{february[0]}").click()
    expect(page.get_by_text("月报已撤回，可以修改后再报送。")).to_be_visible()
    assert state(february[0]) == State.DRAFT


def test_a_month_from_its_days_to_what_is_reopened_after_the_close(visitor, february):
    owing = february[3]
    expected.expect_reports(Period.objects.get(month=2))
    page = visitor.log_in("office", "/periods/?year=2018")
    page.get_by_role("link", name="2月", exact=True).click()
    page.get_by_label("终审截止").fill("2018-02-20")
    page.get_by_role("button", name="保存日期").click()
    expect(page.get_by_text("日期应依次为：开放填报、填报截止")).to_be_visible()
    page.get_by_label("终审截止").fill("2018-03-01")
    page.get_by_role("button", name="保存日期").click()
    expect(page.get_by_text("已更改2018年2月的日期")).to_be_visible()
    assert str(Period.objects.get(month=2).final_review_due_on) == "2018-03-01"

    expect(page.get_by_role("button", name="关账")).to_have_count(0)
    page.get_by_role("listitem").filter(has_text="还有 3 份月报没有审完").get_by_role("link").click()
    expect(page.get_by_role("link", name="代为初审：")).to_have_count(3)
    for report in MonthlyReport.objects.filter(month=2, state=State.SUBMITTED):
        report.state = State.APPROVED
        report.save()

    page.goto("/periods/2018-02/")
    page.get_by_role("button", name="关账").click()
    expect(page.get_by_text("请先核对名单，并勾选确认，再关账。")).to_be_visible()
    page.get_by_label("名单已核对，将以上 1 份列为缺报").check()
    page.get_by_role("button", name="关账").click()
    expect(page.get_by_text("已关账2018年2月，1 份列为缺报。")).to_be_visible()
    assert state(owing) == State.MISSING

    until = timezone.localdate() + datetime.timedelta(days=3)
    page.get_by_label("补报原因").fill("系统故障")
    page.get_by_label("补报截止").fill(str(until))
    page.get_by_role("button", name="开放补报").click()
    expect(page.get_by_text(f"已开放“{owing}”2018年2月补报，至 {until} 为止。")).to_be_visible()
    assert state(owing) == State.EXPECTED


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_phone_needs_no_sideways_scroll(visitor, february):
    page = visitor.log_in("office", "/periods/")
    for where in (
        "/periods/",
        "/periods/2018-02/",
        "/periods/2018-01/",
        "/reports/?month=2018-02",
        address(february[1]),
    ):
        page.goto(where)
        assert (where, page.evaluate("document.documentElement.scrollWidth")) == (where, 390)
