"""Chased and done: an office urges, the unit finds it, does it, and its list is empty."""

import pytest
from playwright.sync_api import expect

from investment.models import MonthlyReport, Notice
from investment.months import Month
from investment.notices import notify
from tests.factories import MonthlyReportFactory, ProjectFactory, period_open

pytestmark = pytest.mark.browser


@pytest.fixture
def owed(cast):
    """A report of a month long past, returned to the reporter's unit."""
    period_open(Month(2018, 1))
    project = ProjectFactory(responsible_unit=cast.reporter.organisation)
    return MonthlyReportFactory(
        project=project, state=MonthlyReport.State.RETURNED, return_reason="请核实。", amount=100
    )


def test_one_arrives_at_what_there_is_to_do_and_it_empties_itself(visitor, owed):
    page = visitor.log_in_by_form("reporter")
    expect(page).to_have_url(f"{visitor.origin}/todo/")
    expect(page.get_by_role("heading", level=1)).to_have_text("待办 1 项，其中 1 项已逾期")
    expect(page.get_by_role("listitem")).to_contain_text("请核实。")
    expect(page.get_by_role("link", name="修改后重新报送")).to_have_attribute(
        "href", f"/reports/{owed.project_id}/2018-01/"
    )
    MonthlyReport.objects.filter(pk=owed.pk).update(state=MonthlyReport.State.SUBMITTED)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("没有待办，本月应办的都已办完")


def test_an_unread_notice_is_counted_on_every_page_until_it_is_opened(visitor, cast):
    notify([cast.reporter], Notice.Kind.REMINDER, "2018年1月月报今天截止：1 份未报送", "", "/projects/", "a")
    page = visitor.log_in("reporter", "/projects/")
    page.get_by_role("link", name="通知 1 条未读").click()
    page.get_by_role("link", name="2018年1月月报今天截止：1 份未报送").click()
    expect(page).to_have_url(f"{visitor.origin}/projects/")
    expect(page.get_by_role("link", name="通知", exact=True)).to_be_visible()
