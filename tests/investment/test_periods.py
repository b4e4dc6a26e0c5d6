"""A month from its opening to its close, by the clock and by the office."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from investment import periods, reporting
from investment.models import (
    ClosedGroupProgress,
    ClosedProjectProgress,
    GroupProgress,
    MonthlyReport,
    Period,
    Reopening,
    ReportMove,
)
from investment.months import Month
from investment.reporting import NotAllowedError, ReportingError
from tests.factories import AnnualPlanFactory, ProjectFactory

pytestmark = pytest.mark.django_db
State = MonthlyReport.State
REASON = "单位搬迁，账目未结。"


def day(text):
    return datetime.date.fromisoformat(text)


def by_clock(time_machine, text):
    """Beat at noon of that day, twice: the second time changes nothing."""
    time_machine.move_to(f"{text} 12:00+08:00", tick=False)
    periods.run_calendar(timezone.localdate())
    rows = list(MonthlyReport.objects.order_by("pk").values())
    periods.run_calendar(timezone.localdate())
    assert list(MonthlyReport.objects.order_by("pk").values()) == rows


def opened():
    return [str(period) for period in Period.objects.exclude(opened_at=None)]


@pytest.fixture
def projects(cast):
    """Two projects of the reporter's unit, with a plan for 2018."""
    found = [ProjectFactory(responsible_unit=cast.reporter.organisation) for _ in range(2)]
    for project in found:
        AnnualPlanFactory(project=project)
    return found


@pytest.fixture
def may(projects, time_machine):
    """May 2018 is open; it is the 29th, after the final review is due."""
    by_clock(time_machine, "2018-05-20")
    time_machine.move_to("2018-05-29 09:00+08:00", tick=False)
    return Period.objects.get(year=2018, month=5)


def report(project):
    return reporting.report_of(project, Month(2018, 5))


def bring(project, state, **fields):
    """The project's report of May, brought to a state behind everybody's back."""
    MonthlyReport.objects.filter(project=project, month=5).update(state=state, amount=Decimal(100), **fields)


# ---- opening ----


def test_a_month_has_the_days_of_the_rule(db):
    period = Period.objects.create(year=2018, month=12)
    assert [getattr(period, name) for name in Period.DAYS] == [
        day("2018-12-15"), day("2018-12-25"), day("2018-12-27"), day("2018-12-28"), day("2019-01-05"),
    ]  # fmt: skip


def test_the_clock_opens_a_month_on_its_day_and_expects_its_reports(projects, time_machine):
    by_clock(time_machine, "2018-05-14")
    assert (opened(), MonthlyReport.objects.count()) == ([], 0)
    by_clock(time_machine, "2018-05-15")
    assert (opened(), MonthlyReport.objects.filter(state=State.EXPECTED).count()) == (["2018年5月"], 2)


def test_the_clock_may_have_been_down_for_three_days(projects, time_machine):
    by_clock(time_machine, "2018-05-18")
    assert (opened(), MonthlyReport.objects.count()) == (["2018年5月"], 2)


def test_the_clock_opens_no_month_that_is_long_past(projects, time_machine):
    by_clock(time_machine, "2018-06-03")
    assert opened() == ["2018年5月"]
    by_clock(time_machine, "2018-06-20")
    assert opened() == ["2018年5月", "2018年6月"]
    by_clock(time_machine, "2018-08-10")
    assert opened() == ["2018年5月", "2018年6月"]


def test_the_clock_goes_over_the_end_of_the_year(projects, time_machine):
    AnnualPlanFactory(project=projects[0], year=2019)
    by_clock(time_machine, "2018-12-20")
    by_clock(time_machine, "2019-01-14")
    assert opened() == ["2018年12月"]
    by_clock(time_machine, "2019-01-15")
    assert opened() == ["2018年12月", "2019年1月"]
    assert list(MonthlyReport.objects.of(Month(2019, 1)).values_list("project", flat=True)) == [projects[0].pk]


def test_a_year_without_plans_opens_and_expects_nothing(db, time_machine):
    by_clock(time_machine, "2020-03-20")
    assert (opened(), MonthlyReport.objects.count()) == (["2020年3月"], 0)


def test_a_project_that_comes_later_is_expected_too(may, time_machine):
    AnnualPlanFactory()
    by_clock(time_machine, "2018-05-30")
    assert MonthlyReport.objects.of(Month(2018, 5)).count() == 3


def test_what_is_owed_is_overdue_after_the_due_day(may, projects):
    bring(projects[0], State.RETURNED, return_reason=REASON)
    overdue = {text: MonthlyReport.objects.overdue(day(text)).count() for text in ("2018-05-25", "2018-05-26")}
    assert overdue == {"2018-05-25": 0, "2018-05-26": 2}
    bring(projects[0], State.SUBMITTED)
    assert MonthlyReport.objects.overdue(day("2018-05-26")).count() == 1


def test_the_office_opens_an_old_month_by_hand(cast, projects):
    period = Period.objects.create(year=2018, month=2)
    assert periods.open_period(period, cast.office) == 2
    with pytest.raises(NotAllowedError):
        periods.open_period(period, cast.reporter)


def test_the_office_sets_the_days_and_what_is_due_follows(cast, may):
    periods.set_days(may, cast.office, {"due_on": day("2018-05-26")})
    assert set(MonthlyReport.objects.values_list("due_on", flat=True)) == {day("2018-05-26")}


def test_days_out_of_order_are_refused(cast, may):
    with pytest.raises(ValidationError, match="日期应依次为"):
        periods.set_days(may, cast.office, {"due_on": day("2018-05-28")})
    assert Period.objects.get(pk=may.pk).due_on == day("2018-05-25")


@pytest.mark.parametrize("who", ["reporter", "neighbour", "reviewer", "leader", "admin"])
def test_days_are_the_offices(cast, may, who):
    with pytest.raises(NotAllowedError, match="只有市发改委"):
        periods.set_days(may, getattr(cast, who), {"due_on": day("2018-05-26")})


# ---- closing ----


def close(may, cast, by="office"):
    return periods.close_period(may, getattr(cast, by), MonthlyReport.objects.owed().values_list("pk", flat=True))


def test_a_month_is_closed_when_every_report_is_approved_excused_or_named(cast, may, projects):
    bring(projects[0], State.APPROVED)
    close(may, cast)
    assert set(MonthlyReport.objects.values_list("project", "state")) == {
        (projects[0].pk, State.APPROVED), (projects[1].pk, State.MISSING),
    }  # fmt: skip
    period = Period.objects.get(pk=may.pk)
    assert (period.closed_at, period.closed_by) == (timezone.now(), cast.office)
    move = ReportMove.objects.get(report__project=projects[1])
    assert (move.by, move.from_state, move.to_state, move.reason) == (
        cast.office, State.EXPECTED, State.MISSING, "关账时未报送",
    )  # fmt: skip


@pytest.mark.parametrize("state", [State.SUBMITTED, State.PASSED])
def test_what_waits_for_review_hinders_the_close(cast, may, projects, state):
    bring(projects[0], state)
    with pytest.raises(ReportingError, match="还有 1 份月报没有审完"):
        close(may, cast)
    assert Period.objects.get(pk=may.pk).closed_at is None
    assert not ReportMove.objects.exists()


def test_nobody_is_named_as_missing_before_the_day(cast, may, projects, time_machine):
    time_machine.move_to("2018-05-25 23:00+08:00", tick=False)
    with pytest.raises(ReportingError, match="填报截止日 2018-05-25 未过，还有 2 份未报送"):
        close(may, cast)


def test_months_are_closed_in_their_order(cast, may, time_machine):
    by_clock(time_machine, "2018-06-28")
    june = Period.objects.get(year=2018, month=6)
    with pytest.raises(ReportingError, match="请先关账2018年5月"):
        close(june, cast)


def test_a_list_that_has_changed_meanwhile_is_not_closed_over(cast, may, projects):
    seen = list(MonthlyReport.objects.owed().values_list("pk", flat=True))
    bring(projects[0], State.APPROVED)
    with pytest.raises(ReportingError, match="未报送的名单在您打开之后有变动"):
        periods.close_period(may, cast.office, seen)


def test_a_month_is_closed_once(cast, may):
    close(may, cast)
    with pytest.raises(ReportingError, match=r"2018年5月已于 2018-05-29 09:00 关账，没有重复关账"):
        close(may, cast)


@pytest.mark.parametrize("who", ["reporter", "neighbour", "reviewer", "leader", "admin"])
def test_the_close_is_the_offices(cast, may, who):
    with pytest.raises(NotAllowedError, match="只有市发改委"):
        close(may, cast, who)


def test_figures_are_frozen_as_they_were_at_the_close(cast, may, projects):
    """Also what was approved a moment before and is not counted yet."""
    for project in projects:
        bring(project, State.PASSED, submitted_by=cast.reporter)
        reporting.approve_report(report(project), cast.office)
    close(may, cast)
    assert set(ClosedProjectProgress.objects.values_list("project", "year", "month", "amount", "planned_year")) == {
        (project.pk, 2018, 5, Decimal(100), Decimal(1200)) for project in projects
    }
    total = ClosedGroupProgress.objects.get(kind=GroupProgress.Kind.TOTAL, area=projects[0].area)
    assert (total.year_to_date, total.planned_year, total.rate) == (200, 2400, Decimal("8.33"))


def test_what_a_unit_had_typed_is_not_told_when_it_is_named_missing(cast, may, projects):
    draft = report(projects[0])
    draft.amount = Decimal(7)
    reporting.save_draft(draft, cast.reporter)
    close(may, cast)
    assert MonthlyReport.objects.get(project=projects[0]).amount == 7
    assert State.MISSING in MonthlyReport.UNTOLD


# ---- the exception ----


@pytest.fixture
def missing(cast, may, projects):
    """The first project's report of May, missing in a closed month."""
    close(may, cast)
    return report(projects[0])


def reopen(missing, cast, until="2018-06-10", by="office"):
    return periods.reopen_report(missing, getattr(cast, by), REASON, day(until))


def test_one_report_is_reopened_for_one_unit_until_a_day(cast, missing, projects, time_machine):
    reopen(missing, cast)
    late = report(projects[0])
    late.amount = Decimal(30)
    time_machine.move_to("2018-06-10 23:59+08:00", tick=False)
    reporting.submit_report(late, cast.reporter)
    time_machine.move_to("2018-06-12 09:00+08:00", tick=False)
    reporting.pass_report(report(projects[0]), cast.reviewer)
    reporting.approve_report(report(projects[0]), cast.office)
    assert report(projects[0]).state == State.APPROVED
    assert Reopening.objects.get().ended_at == timezone.now()
    with pytest.raises(ReportingError, match=r"已于 .* 关账"):
        reporting.save_draft(report(projects[1]), cast.reporter)


def test_after_its_day_the_unit_can_type_no_more(cast, missing, projects, time_machine):
    reopen(missing, cast)
    time_machine.move_to("2018-06-11 00:00+08:00", tick=False)
    with pytest.raises(ReportingError, match="补报已于 2018-06-10 截止"):
        reporting.save_draft(report(projects[0]), cast.reporter)


def test_what_did_not_come_by_its_day_is_missing_again(cast, missing, projects, time_machine):
    reopen(missing, cast)
    by_clock(time_machine, "2018-06-10")
    assert report(projects[0]).state == State.EXPECTED
    by_clock(time_machine, "2018-06-13")
    assert report(projects[0]).state == State.MISSING
    assert list(ReportMove.objects.filter(report__project=projects[0]).values_list("reason", "by")) == [
        ("关账时未报送", cast.office.pk), (REASON, cast.office.pk), ("补报期满", None),
    ]  # fmt: skip


def test_what_is_approved_is_not_reopened(cast, may, projects):
    bring(projects[0], State.APPROVED)
    close(may, cast)
    with pytest.raises(ReportingError, match="已审定的请提出更正"):
        reopen(report(projects[0]), cast)


@pytest.mark.parametrize(
    ("until", "reason", "told"),
    [("2018-05-28", REASON, "不能早于今天"), ("2018-06-10", " ", "必须写明原因")],
)
def test_an_exception_has_a_reason_and_a_day_to_come(cast, missing, until, reason, told):
    with pytest.raises(ReportingError, match=told):
        periods.reopen_report(missing, cast.office, reason, day(until))


def test_a_report_is_reopened_once_at_a_time_and_by_the_office(cast, missing):
    with pytest.raises(NotAllowedError):
        reopen(missing, cast, by="reviewer")
    reopen(missing, cast)
    with pytest.raises(ReportingError, match="已经开放补报"):
        reopen(missing, cast)


def test_an_open_month_needs_no_exception(cast, may, projects):
    bring(projects[0], State.MISSING)
    with pytest.raises(ReportingError, match="还没有关账，可以直接填报"):
        reopen(report(projects[0]), cast)
