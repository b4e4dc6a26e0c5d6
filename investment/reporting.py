"""A month's report on its way: typed, submitted, approved or returned, and what happens when two do it at once.

Each verb is one transaction: it does all of what it says, or nothing and raises. A report carries the version that the
person had read (0: there was none); if the row is not as it was read, the verb raises `LostUpdateError`. Whoever does
the same thing twice is told so and harms nothing. Exceptions speak Chinese: what, where, and how to mend it.

    nothing → draft → submitted → approved
                ↑        ↓
                └─── returned
"""

import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from projects.models import Project, User

from .models import LostUpdateError, MonthlyReport, Period
from .months import Month

State = MonthlyReport.State
EDITABLE = (State.DRAFT, State.RETURNED)
TYPED = ("amount", "received", "stage", "image_progress", "problems", "next_plan")


class ReportingError(Exception):
    """The verb is refused; nothing was saved. The message is for the person who tried."""


class NotAllowedError(ReportingError):
    """This account may never do this to this project's reports."""


class AlreadyDoneError(ReportingError):
    """The same person has just done exactly this, as after a double click."""


def report_of(project: Project, month: Month) -> MonthlyReport:
    """The project's report of the month; a new one, not stored and of version 0, if there is none."""
    return _of_month(project, month.year, month.number) or new_report(project, month)


def new_report(project: Project, month: Month) -> MonthlyReport:
    """A report that is not stored, of version 0."""
    return MonthlyReport(project=project, year=month.year, month=month.number, version=0)


def save_draft(report: MonthlyReport, by: User) -> MonthlyReport:
    """Save what was typed so far; a returned report becomes a draft again, its reason stays.

    Raises LostUpdateError, AlreadyDoneError, NotAllowedError or ReportingError.
    """
    return _write(report, by, State.DRAFT)


def submit_report(report: MonthlyReport, by: User) -> MonthlyReport:
    """Hand the report in for review. It must have an amount: not reported is not zero.

    Raises LostUpdateError, AlreadyDoneError, NotAllowedError or ReportingError.
    """
    if report.amount is None:
        raise ReportingError("报送前必须填写本月完成投资；本月没有投资，请填 0。")
    return _write(report, by, State.SUBMITTED)


def approve_report(report: MonthlyReport, by: User) -> MonthlyReport:
    """Approve what was submitted: from now on the figures count.

    Raises LostUpdateError, AlreadyDoneError, NotAllowedError or ReportingError.
    """
    return _review(report, by, State.APPROVED)


def return_report(report: MonthlyReport, by: User, reason: str) -> MonthlyReport:
    """Give a submitted report back to the unit, with the reason.

    Raises LostUpdateError, AlreadyDoneError, NotAllowedError or ReportingError.
    """
    if not reason.strip():
        raise ReportingError("退回必须写明原因，填报单位要知道改什么。")
    return _review(report, by, State.RETURNED, reason.strip())


def last_act(report: MonthlyReport) -> str:
    """Who did what to the report last, and when, in a sentence without its full stop."""
    who, when = {
        State.DRAFT: (report.updated_by, report.updated_at),
        State.SUBMITTED: (report.submitted_by, report.submitted_at),
    }.get(State(report.state), (report.reviewed_by, report.reviewed_at))
    what = {State.DRAFT: "保存了草稿", State.SUBMITTED: "报送", State.APPROVED: "审定", State.RETURNED: "退回"}
    return f"{who or '填报单位'}于 {clock(when or report.updated_at)} {what[State(report.state)]}"


@transaction.atomic
def _write(report: MonthlyReport, by: User, state: State) -> MonthlyReport:
    if not Project.objects.reported_by(by).filter(pk=report.project.pk).exists():
        raise not_a_typist(report.project)
    _check_open(report)
    stored = _of_month(report.project, report.year, report.month)
    if stored and stored.version != report.version:
        if stored.state == state and stored.updated_by == by and _typed(stored) == _typed(report):
            raise AlreadyDoneError(f"这份月报刚才已经{_done(state)}，没有重复提交。")
        raise LostUpdateError
    if stored and stored.state not in EDITABLE:
        raise ReportingError(f"这份月报已由{last_act(stored)}，不能再修改。确需修改，请联系审核单位退回。")
    report.state, report.updated_by = state, by
    if state == State.SUBMITTED:
        report.submitted_by, report.submitted_at = by, timezone.now()
    return _save(report)


@transaction.atomic
def _review(report: MonthlyReport, by: User, state: State, reason: str = "") -> MonthlyReport:
    if not Project.objects.reviewed_by(by).filter(pk=report.project.pk).exists():
        raise not_a_reviewer(report.project)
    _check_open(report)
    stored = _of_month(report.project, report.year, report.month)
    if stored is None or stored.state == State.DRAFT:  # said alike: that there is a draft is the unit's own business
        raise ReportingError("这个项目本月没有等待审核的月报：还没有报送，或者退回后正在修改。")
    if stored.version != report.version:
        if stored.state == state and stored.reviewed_by == by and reason in ("", stored.return_reason):
            raise AlreadyDoneError(f"您已经{_done(state)}过这份月报，没有重复提交。")
        raise LostUpdateError
    if stored.state != State.SUBMITTED:
        raise ReportingError(f"只有已报送的月报可以审定或退回；这份月报现在是“{stored.get_state_display()}”。")
    if stored.submitted_by == by:
        raise ReportingError("这份月报由您本人报送，须由其他人审核。")
    stored.state, stored.updated_by = state, by
    stored.reviewed_by, stored.reviewed_at = by, timezone.now()
    stored.return_reason = reason or stored.return_reason
    return _save(stored)


def _save(report: MonthlyReport) -> MonthlyReport:
    """Save; the row itself keeps watch over what happens between our look and this moment."""
    if report.pk is None:
        report.version = 1
    try:
        report.save()
    except IntegrityError as error:
        if _of_month(report.project, report.year, report.month) and report._state.adding:
            raise LostUpdateError from error
        raise
    return report


def _of_month(project: Project, year: int, month: int) -> MonthlyReport | None:
    return MonthlyReport.objects.filter(project=project, year=year, month=month).first()


def not_a_typist(project: Project) -> NotAllowedError:
    """What to tell an account that does not type this project's reports: who does."""
    units = dict.fromkeys(str(unit) for unit in (project.responsible_unit, project.owner) if unit)
    return NotAllowedError(f"“{project}”的月报由{'、'.join(units) or '责任单位（尚未明确）'}填报，您的账号不能填报。")


def not_a_reviewer(project: Project) -> NotAllowedError:
    """What to tell an account that does not review this project's reports: who does."""
    return NotAllowedError(f"“{project}”的月报由所在区县（园区）、牵头部门或市发改委审核，您的账号不能审核。")


def _check_open(report: MonthlyReport) -> None:
    """Hold the month until the transaction ends, so that it isn't closed between this look and the save."""
    month = Month(report.year, report.month)
    period = Period.objects.select_for_update().filter(year=month.year, month=month.number).first()
    if period is None:
        raise ReportingError(f"{month.label}还没有开放填报。市发改委下达当年计划后即可填报。")
    if period.closed_at:
        raise ReportingError(f"{closed_note(period)}，月报不能再填报或审核。确需更正，请联系市发改委。")


def closed_note(period: Period) -> str:
    """'2018年12月已于 2019-01-05 17:00 关账'; empty while the month is open."""
    return f"{period}已于 {clock(period.closed_at)} 关账" if period.closed_at else ""


def _typed(report: MonthlyReport) -> list[object]:
    return [getattr(report, name) for name in TYPED]


def _done(state: State) -> str:
    return {State.DRAFT: "存为草稿", State.SUBMITTED: "报送", State.APPROVED: "审定", State.RETURNED: "退回"}[state]


def clock(moment: datetime.datetime) -> str:
    """'2019-01-05 17:00' by the clock of the site."""
    return date_format(timezone.localtime(moment), "Y-m-d H:i")
