"""A month's report on its way: typed, submitted, reviewed twice, and what happens when two do it at once.

Each verb is one transaction: it does all of what it says, or nothing and raises. A report carries the version that the
person had read (0: there was none); if the row is not as it was read, the verb raises `LostUpdateError`. Whoever does
the same thing twice is told so and harms nothing. Exceptions speak Chinese: what, where, and how to mend it. The states
and the ways between them stand in `moves`.
"""

import datetime
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from projects import roles
from projects.models import Project, User

from .background import background_of
from .models import LostUpdateError, MonthlyReport, Notice, Period, Reopening
from .months import Month
from .moves import APPROVE, EXCUSE, PASS, RETURN, SAVE, SUBMIT, TYPED, WITHDRAW, Move, back_to_typing, move
from .notices import notify, typists_of
from .plausibility import Background, Doubt, doubts

State = MonthlyReport.State
EDITABLE = MonthlyReport.OWED


class ReportingError(Exception):
    """The verb is refused; nothing was saved. The message is for the person who tried."""


class NotAllowedError(ReportingError):
    """This account may never do this to this project's reports."""


class AlreadyDoneError(ReportingError):
    """The same person has just done exactly this, as after a double click."""


class ReasonNeededError(ReportingError):
    """The amount is odd. With an explanation it can be handed in; `doubts` say what is odd."""

    def __init__(self, found: Sequence[Doubt]) -> None:
        self.doubts = list(found)
        super().__init__(
            "请核对金额；若属实，请在“情况说明”中写明原因后再报送：" + "".join(each.text for each in found)
        )


def report_of(project: Project, month: Month) -> MonthlyReport:
    """The project's report of the month; a new one, not stored and of version 0, if there is none."""
    found = MonthlyReport.objects.of(month).filter(project=project).first()
    return found or new_report(project, month)


def new_report(project: Project, month: Month) -> MonthlyReport:
    """A report that is not stored, of version 0."""
    return MonthlyReport(project=project, year=month.year, month=month.number, version=0)


def save_draft(report: MonthlyReport, by: User, background: Background | None = None) -> MonthlyReport:
    """Save what was typed so far; a returned report becomes a draft again, its reason stays.

    `background` is what its amount is judged by, where the caller has just read it.

    Raises LostUpdateError, AlreadyDoneError, NotAllowedError or ReportingError.
    """
    return _write(report, by, SAVE, background)


def submit_report(report: MonthlyReport, by: User, background: Background | None = None) -> MonthlyReport:
    """Hand the report in for review. It must have an amount: not reported is not zero. An odd one needs a reason.

    Raises LostUpdateError, AlreadyDoneError, ReasonNeededError, NotAllowedError or ReportingError.
    """
    if report.kind == MonthlyReport.Kind.PROCEDURES and not report.image_progress.strip():
        raise ReportingError("报送前必须写明前期手续办理情况。")
    if report.kind == MonthlyReport.Kind.INVESTMENT and report.amount is None:
        raise ReportingError("报送前必须填写本月完成投资；本月没有投资，请填 0。")
    return _write(report, by, SUBMIT, background)


@transaction.atomic
def withdraw_report(report: MonthlyReport, by: User) -> MonthlyReport:
    """Take a submitted report back, as long as nobody has begun to review it.

    Raises LostUpdateError, NotAllowedError or ReportingError.
    """
    _require_typist(report.project, by)
    _check_open(report)
    stored = _locked(report)
    if stored is None or stored.state != State.SUBMITTED:
        raise ReportingError("只有已报送、还没有审核的月报可以撤回。")
    if stored.review_begun_at:
        raise ReportingError(
            f"{stored.review_begun_by or '审核人'}已于 {clock(stored.review_begun_at)} 开始审核，不能撤回。"
            "确需修改，请联系审核单位退回。"
        )
    _require_version(stored, report)
    return move(stored, WITHDRAW, by)


def begin_review(report: MonthlyReport, by: User) -> None:
    """Note that a reviewer has opened a submitted report: from now on the unit can't take it back."""
    if report.state != State.SUBMITTED or report.review_begun_at or report.submitted_by_id == by.pk:
        return
    waiting = MonthlyReport.objects.filter(pk=report.pk, version=report.version, review_begun_at=None)
    waiting.filter(state=State.SUBMITTED).update(review_begun_at=timezone.now(), review_begun_by=by)


def pass_report(report: MonthlyReport, by: User) -> MonthlyReport:
    """First review: the figures are plausible; the city office has the last word.

    Raises LostUpdateError, AlreadyDoneError, NotAllowedError or ReportingError.
    """
    return _review(report, by, PASS)


def approve_report(report: MonthlyReport, by: User) -> MonthlyReport:
    """Final review by the city office: from now on the figures count.

    Raises LostUpdateError, AlreadyDoneError, NotAllowedError or ReportingError.
    """
    if not by.has_role(roles.OFFICE):
        raise not_a_reviewer(report.project, final=True)
    return _review(report, by, APPROVE)


def return_report(report: MonthlyReport, by: User, reason: str) -> MonthlyReport:
    """Give a report back to the unit, with the reason: from the first review, or by the office from any state after it.

    An approved one counts no longer; that goes until the month is closed.

    Raises LostUpdateError, AlreadyDoneError, NotAllowedError or ReportingError.
    """
    if not reason.strip():
        raise ReportingError("退回必须写明原因，填报单位要知道改什么。")
    return _review(report, by, RETURN, reason.strip())


@transaction.atomic
def excuse_report(report: MonthlyReport, by: User, reason: str) -> MonthlyReport:
    """Say that nothing is due this month, with the reason; by the city office.

    Raises LostUpdateError, NotAllowedError or ReportingError.
    """
    _require_office(report.project, by)
    if not reason.strip():
        raise ReportingError("免报必须写明原因。")
    _check_open(report)
    stored = _locked(report)
    if stored is None or stored.state not in MonthlyReport.OWED:
        raise ReportingError("只有还没有报送的月报可以免报；已报送的请审核，或先退回。")
    stored.excuse_reason, stored.reviewed_by, stored.reviewed_at = reason.strip(), by, timezone.now()
    return move(stored, EXCUSE, by, reason.strip())


@transaction.atomic
def expect_report(report: MonthlyReport, by: User) -> MonthlyReport:
    """Take an excuse back: the report is due again.

    Raises NotAllowedError or ReportingError.
    """
    _require_office(report.project, by)
    _check_open(report)
    stored = _locked(report)
    if stored is None or stored.state != State.EXCUSED:
        raise ReportingError("这份月报没有免报。")
    return move(stored, back_to_typing(stored), by, "取消免报")


def tell_typists(report: MonthlyReport, kind: Notice.Kind, title: str, reason: str, by: User) -> None:
    """Tell those who type the report what happened to it, once for each version."""
    key = f"{kind}:{report.pk}:{report.version}"
    notify(typists_of(report.project), kind, title, reason, report.get_absolute_url(), key, by)


def last_act(report: MonthlyReport) -> str:
    """Who did what to the report last, and when, in a sentence without its full stop; empty for one not begun."""
    who, when, what = {
        State.EXPECTED: (None, None, ""),
        State.DRAFT: (report.updated_by, report.updated_at, "保存了草稿"),
        State.SUBMITTED: (report.submitted_by, report.submitted_at, "报送"),
        State.PASSED: (report.passed_by, report.passed_at, "初审通过"),
        State.APPROVED: (report.reviewed_by, report.reviewed_at, "审定"),
        State.RETURNED: (report.reviewed_by, report.reviewed_at, "退回"),
        State.EXCUSED: (report.reviewed_by, report.reviewed_at, "准予免报"),
        State.MISSING: (report.reviewed_by, report.reviewed_at, "列为缺报"),
    }[State(report.state)]
    nobody = "填报单位" if report.state in (State.DRAFT, State.SUBMITTED) else "系统"
    return f"{who or nobody}于 {clock(when or report.updated_at)} {what}" if what else ""


@transaction.atomic
def _write(report: MonthlyReport, by: User, way: Move, background: Background | None = None) -> MonthlyReport:
    _require_typist(report.project, by)
    _check_open(report)
    stored = _locked(report)
    if stored and stored.version != report.version:
        if stored.state == way.target and stored.updated_by == by and _typed(stored) == _typed(report):
            raise AlreadyDoneError(f"这份月报刚才已经{way.word}，没有重复提交。")
        raise LostUpdateError
    if stored and not way.starts_from(stored.state):
        raise ReportingError(_settled(stored))
    background = background or background_of(report.project_id, Month(report.year, report.month))
    _weigh(report, background, submitting=way is SUBMIT)
    now = timezone.now()
    report.state = stored.state if stored else State.EXPECTED
    if way is SUBMIT:
        report.submitted_by, report.submitted_at = by, now
        report.first_submitted_at = report.first_submitted_at or now
        report.review_begun_at = report.review_begun_by = None
    return _saved(report, way, by)


def _weigh(report: MonthlyReport, background: Background, *, submitting: bool) -> None:
    """Keep with the report what is odd about its amount. Handing it in then needs an explanation."""
    found = [] if report.amount is None else doubts(report.amount, background)
    report.doubts = [each.code for each in found]
    if submitting and found and not report.explanation.strip():
        raise ReasonNeededError(found)


@transaction.atomic
def _review(report: MonthlyReport, by: User, way: Move, reason: str = "") -> MonthlyReport:
    if not Project.objects.reviewed_by(by).filter(pk=report.project_id).exists():
        raise not_a_reviewer(report.project)
    _check_open(report, reviewing=True)
    stored = _locked(report)
    if stored is None or stored.state in MonthlyReport.UNTOLD:  # said alike: that there is a draft is the unit's own
        raise ReportingError("这个项目本月没有等待审核的月报：还没有报送，或者退回后正在修改。")
    if stored.version != report.version:
        if stored.state == way.target and stored.updated_by == by and reason in ("", stored.return_reason):
            raise AlreadyDoneError(f"您已经{way.word}过这份月报，没有重复提交。")
        raise LostUpdateError
    _require_reviewable(stored, by, way)
    now = timezone.now()
    if way is PASS:
        stored.passed_by, stored.passed_at = by, now
    else:
        stored.reviewed_by, stored.reviewed_at = by, now
    stored.return_reason = reason or stored.return_reason
    move(stored, way, by, reason)
    if way is RETURN:
        tell_typists(stored, Notice.Kind.RETURNED, f"已退回：{stored}", reason, by)
    if way is APPROVE:
        Reopening.objects.filter(report=stored, ended_at=None).update(ended_at=now)
    return stored


def _require_reviewable(stored: MonthlyReport, by: User, way: Move) -> None:
    if stored.submitted_by == by:
        raise ReportingError("这份月报由您本人报送，须由其他人审核。")
    if way is APPROVE and stored.state == State.SUBMITTED:
        raise ReportingError("这份月报还没有初审。请等待初审，或先代为初审，再审定。")
    if not way.starts_from(stored.state):
        raise ReportingError(f"这份月报现在是“{stored.get_state_display()}”，不能{way.word}。")
    if way is RETURN and stored.state in (State.PASSED, State.APPROVED) and not by.has_role(roles.OFFICE):
        done = "已审定" if stored.state == State.APPROVED else "已初审通过"
        raise ReportingError(f"这份月报{done}，只能由市发改委退回。")


def _saved(report: MonthlyReport, way: Move, by: User) -> MonthlyReport:
    """Move; the row itself keeps watch over what happens between our look and this moment."""
    if report.pk is None:
        report.version = 1
    try:
        with transaction.atomic():
            return move(report, way, by)
    except IntegrityError as error:
        if report._state.adding and MonthlyReport.objects.filter(
            project=report.project_id, year=report.year, month=report.month
        ):
            raise LostUpdateError from error
        raise


def _locked(report: MonthlyReport) -> MonthlyReport | None:
    """The row as it is stored, held until the transaction ends."""
    rows = MonthlyReport.objects.select_for_update().filter(project=report.project_id)
    return rows.filter(year=report.year, month=report.month).first()


def _require_version(stored: MonthlyReport, report: MonthlyReport) -> None:
    if stored.version != report.version:
        raise LostUpdateError


def _require_typist(project: Project, by: User) -> None:
    if not Project.objects.reported_by(by).filter(pk=project.pk).exists():
        raise not_a_typist(project)


def _require_office(project: Project, by: User) -> None:
    if not (by.has_role(roles.OFFICE) and Project.objects.visible_to(by).filter(pk=project.pk).exists()):
        raise NotAllowedError("只有市发改委可以这样做。")


def not_a_typist(project: Project) -> NotAllowedError:
    """What to tell an account that does not type this project's reports: who does."""
    units = dict.fromkeys(str(unit) for unit in (project.responsible_unit, project.owner) if unit)
    return NotAllowedError(f"“{project}”的月报由{'、'.join(units) or '责任单位（尚未明确）'}填报，您的账号不能填报。")


def not_a_reviewer(project: Project, *, final: bool = False) -> NotAllowedError:
    """What to tell an account that does not review this project's reports: who does."""
    who = "市发改委审定" if final else f"{project.category.get_first_review_display()}初审、市发改委审定"
    return NotAllowedError(f"“{project}”的月报由{who}，您的账号不能审核。")


def _settled(stored: MonthlyReport) -> str:
    """Why a report can't be typed any more."""
    if stored.state == State.EXCUSED:
        return f"这份月报已免报（{stored.excuse_reason}），不需要填写。"
    if stored.state != State.SUBMITTED:
        mend = "请联系市发改委退回。"
    else:
        mend = "请联系审核单位退回。" if stored.review_begun_at else "可以撤回。"
    return f"这份月报已由{last_act(stored)}，不能再修改。确需修改，{mend}"


def _check_open(report: MonthlyReport, *, reviewing: bool = False) -> None:
    """Hold the month until the transaction ends, so that it isn't closed between this look and the save.

    In a closed month only what was reopened goes on: for the unit until the day named, for reviewers until it is done.
    """
    month, today = Month(report.year, report.month), timezone.localdate()
    period = Period.objects.select_for_update().filter(year=month.year, month=month.number).first()
    if period is None:
        raise ReportingError(f"{month.label}还没有开放填报。市发改委下达当年计划后即可填报。")
    if period.closed_at is None:
        if today < period.opens_on:
            raise ReportingError(f"{month.label}于 {period.opens_on} 开放填报，现在还不能填。")
        return
    reopened = Reopening.objects.filter(
        report__project=report.project_id, report__year=month.year, report__month=month.number, ended_at=None
    ).first()
    if reopened is None:
        raise ReportingError(f"{closed_note(period)}，月报不能再填报或审核。确需更正，请提出更正。")
    if not reviewing and not reopened.is_open(today):
        raise ReportingError(f"补报已于 {reopened.until_on} 截止。确需补报，请联系市发改委。")


def closed_note(period: Period) -> str:
    """'2018年12月已于 2019-01-05 17:00 关账'; empty while the month is open."""
    return f"{period}已于 {clock(period.closed_at)} 关账" if period.closed_at else ""


def _typed(report: MonthlyReport) -> list[object]:
    return [getattr(report, name) for name in TYPED]


def clock(moment: datetime.datetime) -> str:
    """'2019-01-05 17:00' by the clock of the site."""
    return date_format(timezone.localtime(moment), "Y-m-d H:i")
