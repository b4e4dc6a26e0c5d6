"""Two accounts of one unit at the same report: one of them wins, the other sees it and loses nothing."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from investment.models import MonthlyReport, Period, ReportMove
from tests.factories import MonthlyReportFactory, UserFactory, project_with

from .conftest import Visitor

pytestmark = pytest.mark.browser
State = MonthlyReport.State
OVERTAKEN = "没有保存：您打开之后，这份月报已被改动"
CONFLICT = "Failed to load resource: the server responded with a status of 409 (Conflict)"


@pytest.fixture(autouse=True)
def owed(cast):
    """The report of March of the reporter's project is expected; a colleague of the same unit may type it, too."""
    for number in (1, 2, 3):
        Period.objects.create(year=2018, month=number)
    UserFactory(username="colleague", organisation=cast.reporter.organisation).groups.set(cast.reporter.groups.all())
    project = project_with(1200, [100, 110], name="示例·甲", responsible_unit=cast.reporter.organisation)
    return MonthlyReportFactory(project=project, month=3, state=State.EXPECTED, amount=None)


@pytest.fixture
def colleague(visitor, chromium):
    other = Visitor(chromium, visitor.origin)
    yield other
    other.page.wait_for_timeout(400)  # the grid asks for the side of a row a moment after a step
    other.page.context.close()
    assert other.problems == []


def form(visitor, username, owed):
    page = visitor.log_in(username, owed.get_absolute_url())
    page.wait_for_load_state()
    return page


def amount(page):
    return page.get_by_label("本月完成投资（万元）", exact=True)


def cell(page):
    return page.get_by_label("本月完成：示例·甲", exact=True)


def state(page):
    return page.get_by_role("row", name="示例·甲").locator("td.state")


def test_the_grid_sees_what_a_colleague_saved_by_the_form(visitor, colleague, owed):
    mine = visitor.log_in("reporter", "/month/?month=2018-03")
    expect(cell(mine)).to_be_visible()
    theirs = form(colleague, "colleague", owed)
    amount(theirs).fill("130")
    theirs.get_by_role("button", name="存为草稿").click()
    expect(theirs.get_by_text("已存为草稿，还没有报送。")).to_be_visible()
    cell(mine).fill("120")
    mine.keyboard.press("Enter")
    expect(state(mine)).to_have_text("■ 冲突：本月完成已被他人改动")
    expect(mine.get_by_role("alert").filter(has_text="您填的是")).to_contain_text("您填的是 “120”，对方填的是 “130.00”")
    assert MonthlyReport.objects.get(pk=owed.pk).amount == Decimal(130)
    mine.get_by_role("button", name="用我的").click()
    expect(state(mine)).to_have_text("● 已保存")
    assert MonthlyReport.objects.get(pk=owed.pk).amount == Decimal(120)
    assert set(visitor.problems) == {CONFLICT}
    visitor.problems.clear()


def test_the_form_sees_what_a_colleague_saved_in_the_grid(visitor, colleague, owed):
    mine = form(visitor, "reporter", owed)
    theirs = colleague.log_in("colleague", "/month/?month=2018-03")
    cell(theirs).fill("130")
    theirs.keyboard.press("Enter")
    expect(state(theirs)).to_have_text("● 已保存")
    amount(mine).fill("120")
    mine.get_by_label("存在问题").fill("雨季停工三天")
    mine.get_by_role("button", name="报送", exact=True).click()
    expect(mine.get_by_role("alert")).to_contain_text(OVERTAKEN)
    expect(mine.get_by_role("alert")).to_contain_text("colleague于")
    expect(mine.locator(".report-field").filter(has=amount(mine))).to_contain_text("对方填写的是130.00")
    expect(amount(mine)).to_have_value("120")
    expect(mine.get_by_label("存在问题")).to_have_value("雨季停工三天")
    assert MonthlyReport.objects.get(pk=owed.pk).state == State.DRAFT
    mine.get_by_role("button", name="以我的为准，报送").click()
    expect(mine.get_by_text("已报送2018年3月月报，等待审核。")).to_be_visible()
    stored = MonthlyReport.objects.get(pk=owed.pk)
    assert (stored.amount, stored.problems, stored.submitted_by.username) == (120, "雨季停工三天", "reporter")


def test_two_hand_in_at_the_same_moment_and_one_of_them_has(visitor, colleague, owed):
    pages = {"120.00": form(visitor, "reporter", owed), "130.00": form(colleague, "colleague", owed)}
    for typed, page in pages.items():
        amount(page).fill(typed)
        page.get_by_label("存在问题").fill(f"说明 {typed}")
    for page in pages.values():
        page.get_by_role("button", name="报送", exact=True).click(no_wait_after=True)
    for page in pages.values():
        expect(page.get_by_text("等待审核。").or_(page.get_by_text(OVERTAKEN))).to_be_visible()
    stored = MonthlyReport.objects.get(pk=owed.pk)
    winner = pages.pop(f"{stored.amount:.2f}")
    expect(winner.get_by_text("已报送2018年3月月报，等待审核。")).to_be_visible()
    ((typed, loser),) = pages.items()
    expect(loser.get_by_role("alert")).to_contain_text(f"{stored.submitted_by.username}于")
    expect(amount(loser)).to_have_value(typed)
    expect(loser.get_by_label("存在问题")).to_have_value(f"说明 {typed}")
    assert ReportMove.objects.filter(report=owed, to_state=State.SUBMITTED).count() == 1
