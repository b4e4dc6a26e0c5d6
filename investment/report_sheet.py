"""One project's report of one month as somebody may see it, and what he or she may do with it."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from projects import roles
from projects.models import Project, User

from .background import background_of
from .lamps import Lamp
from .models import Correction, MonthlyReport, Period, Reopening, ReportMove
from .months import Month
from .plausibility import WORDS, Background, Doubt, doubts
from .report_desk import (
    FINAL_REVIEW,
    FIRST_REVIEW,
    NOT_DUE,
    NOT_HANDED_IN,
    OF_STATE,
    WAITING,
    Desk,
    YearSoFar,
    beside,
    with_reports,
    year_so_far,
)
from .report_filters import Asked
from .reporting import EDITABLE, State, clock, closed_note, last_act, new_report

HISTORY = 12  # approved months shown to whoever judges the next
PEOPLE = ("updated_by", "submitted_by", "review_begun_by", "passed_by", "reviewed_by")


@dataclass(frozen=True)
class Sheet:
    """A project the reader sees, a month, and its report as the reader may know of it; None where nothing is due."""

    user: User
    project: Any  # from `with_reports` and `answering`
    period: Period
    previous: Month | None
    next: Month | None
    report: MonthlyReport | None
    asked: tuple[Asked, ...] = ()

    @property
    def month(self) -> Month:
        return Month(self.period.year, self.period.month)

    @property
    def key(self) -> str:
        """Names the sheet for this account, so that what is kept in the browser is offered to nobody else."""
        return f"{self.user.pk}:{self.project.pk}:{self.month}"

    @property
    def state(self) -> Lamp:
        if self.report is None:
            return NOT_DUE
        if self.reviewable:
            return FINAL_REVIEW if self.passed else FIRST_REVIEW if self.finally_reviewed else WAITING
        if self.report.state == State.EXPECTED and not self.project.typed:
            return NOT_HANDED_IN
        return OF_STATE[State(self.report.state)]

    @property
    def told(self) -> bool:
        """Whether there is anything typed that the reader may know of."""
        report = self.report
        return report is not None and (self.project.typed or report.state not in MonthlyReport.UNTOLD)

    @property
    def last_act(self) -> str:
        return last_act(self.report) if self.report else ""

    @cached_property
    def reopening(self) -> Reopening | None:
        """The exception to the close that lets this report still go its way."""
        if not self.period.closed_at or self.report is None:
            return None
        return Reopening.objects.filter(report=self.report.pk, ended_at=None).first()

    @property
    def closed(self) -> str:
        """Why nothing can be done any more: the month is closed. Empty while it is open, and for a reopened report."""
        return "" if self.reopening else closed_note(self.period)

    @property
    def not_open_yet(self) -> bool:
        """Whether the day has not come on which the month opens."""
        return not self.period.closed_at and timezone.localdate() < self.period.opens_on

    @property
    def open_to_typing(self) -> bool:
        """Whether the calendar lets the unit type: a reopened report only until its day."""
        late = self.reopening and not self.reopening.is_open(timezone.localdate())
        return not self.closed and not self.not_open_yet and not late

    @property
    def editable(self) -> bool:
        owed = self.report is None or self.report.state in EDITABLE
        return self.project.typed and owed and self.open_to_typing

    @property
    def withdrawable(self) -> bool:
        """Whether the unit can take it back: nobody has begun to review it."""
        report = self.report
        waits = report is not None and report.state == State.SUBMITTED and not report.review_begun_at
        return self.project.typed and waits and self.open_to_typing

    @property
    def finally_reviewed(self) -> bool:
        """Whether the reader is the office, which has the last word and may review first on behalf."""
        return self.user.has_role(roles.OFFICE)

    @property
    def of_procedures(self) -> bool:
        """Whether it is the quarterly report of a preparatory project."""
        return self.report is not None and self.report.kind == MonthlyReport.Kind.PROCEDURES

    @property
    def called(self) -> str:
        return "前期季报" if self.of_procedures else "月报"

    @property
    def waiting(self) -> bool:
        """Whether the report waits for a review by somebody like the reader: the first, or the office's final one."""
        state = self.report.state if self.report else None
        final = state == State.PASSED and self.finally_reviewed
        return self.project.reviewed and (state == State.SUBMITTED or final) and not self.closed

    @property
    def passed(self) -> bool:
        """Whether the first review is done and the final one waits."""
        return self.report is not None and self.report.state == State.PASSED

    @property
    def reviewable(self) -> bool:
        return self.waiting and not self.submitted_by_reader

    @property
    def returnable(self) -> bool:
        """Whether the reader, of the office, can still give back what was approved: until the month is closed."""
        mine = self.project.reviewed and not self.submitted_by_reader
        return mine and self._decides(State.APPROVED) and not self.closed

    @property
    def submitted_by_reader(self) -> bool:
        return self.report is not None and self.report.submitted_by_id == self.user.pk

    @property
    def begun(self) -> str:
        """'reviewer已于 2018-01-26 09:10 开始审核'; empty while nobody has begun, or the reader has."""
        report = self.report
        if report is None or not report.review_begun_at or report.state != State.SUBMITTED:
            return ""
        mine = report.review_begun_by_id == self.user.pk
        return "" if mine else f"{report.review_begun_by or '审核人'}已于 {clock(report.review_begun_at)} 开始审核"

    @property
    def excusable(self) -> bool:
        """Whether the reader, of the office, can say that the unit need not report."""
        return self._decides(*MonthlyReport.OWED) and not self.closed

    @property
    def expectable(self) -> bool:
        """Whether the reader can take an excuse back."""
        return self._decides(State.EXCUSED) and not self.closed

    @property
    def reopenable(self) -> bool:
        """Whether the reader can let the unit hand in what was named as missing at the close."""
        return self._decides(State.MISSING) and bool(self.closed)

    def _decides(self, *states: State) -> bool:
        return self.finally_reviewed and self.report is not None and self.report.state in states

    @property
    def settled(self) -> bool:
        """Whether the reader's own text has arrived: the browser need not keep it."""
        return self.report is not None and self.report.updated_by_id == self.user.pk

    @property
    def blank(self) -> MonthlyReport:
        """A report of the month that is not stored."""
        return new_report(self.project, self.month)

    @property
    def last(self) -> MonthlyReport | None:
        """What was handed in for the month before."""
        found: MonthlyReport | None = beside(self.project, "last")
        return found

    @cached_property
    def last_word(self) -> str:
        """Why there is no amount of the month before: '无需填报', '免报', '缺报' or '未报送'."""
        before = MonthlyReport.objects.of(self.month.shift(-1)).filter(project=self.project.pk)
        state = before.values_list("state", flat=True).first()
        if state is None:
            return NOT_DUE.word
        return OF_STATE[State(state)].word if state in (State.EXCUSED, State.MISSING) else NOT_HANDED_IN.word

    @cached_property
    def year(self) -> YearSoFar:
        """The year up to the month, with the amount as it is stored.

        Where it is typed, what comes before is that which the amount is judged by: it never waits for the engine.
        """
        found = year_so_far(self.project, self.period, self.report.amount if self.report else None)
        return replace(found, before=self.background.before) if self.editable else found

    @cached_property
    def background(self) -> Background:
        """What the amount is judged by."""
        return background_of(self.project.pk, self.month)

    @cached_property
    def doubts(self) -> list[Doubt]:
        """What is odd about the amount: as things stand now, then what was odd only when it was handed in."""
        if self.report is None or self.report.amount is None:
            return []
        now = doubts(self.report.amount, self.background)
        then = set(self.report.doubts) - {each.code for each in now}
        return [*now, *(Doubt(code, f"报送时的提示：{WORDS.get(code, code)}。") for code in sorted(then))]

    @cached_property
    def history(self) -> list[MonthlyReport]:
        """The latest approved months before this one, the latest first."""
        earlier = Q(year__lt=self.period.year) | Q(year=self.period.year, month__lt=self.period.month)
        approved = MonthlyReport.objects.visible_to(self.user).filter(earlier, state=State.APPROVED)
        return list(approved.filter(project=self.project.pk).order_by("-year", "-month")[:HISTORY])

    @cached_property
    def corrections(self) -> list[Correction]:
        """What was proposed since the close to change of an approved report, and what became of it."""
        if self.report is None or self.report.state != State.APPROVED or not self.closed:
            return []
        return list(self.report.corrections.select_related("proposed_by", "decided_by"))

    @property
    def correction_waiting(self) -> Correction | None:
        return next((each for each in self.corrections if each.is_open), None)

    @property
    def correctable(self) -> bool:
        """Whether the reader may propose another amount: of an approved report of a closed month."""
        answers = self.project.typed or self.project.reviewed
        approved = self.report is not None and self.report.state == State.APPROVED and self.report.amount is not None
        return answers and approved and bool(self.closed) and self.correction_waiting is None

    @cached_property
    def moves(self) -> list["MoveLine"]:
        """All moves of the report that the reader may know of, the latest first."""
        if self.report is None:
            return []
        moves = ReportMove.objects.visible_to(self.user).filter(report=self.report.pk).select_related("by")
        return [_line(each, typed=self.project.typed) for each in moves.order_by("-id")]

    @cached_property
    def next_to_fill(self) -> Project | None:
        """Another report that the reader still owes for the month."""
        desk = Desk(self.user, self.period, [], fills=True)
        return desk.owed.exclude(pk=self.project.pk).first() if self.project.typed and not self.closed else None

    @cached_property
    def desk(self) -> Desk:
        """The desk from which the reader reviews."""
        return Desk(self.user, self.period, [], fills=False, asked=self.asked)

    @property
    def next_to_review(self) -> Any:
        return self.desk.next_to(self.project.pk)

    @property
    def previous_to_review(self) -> Any:
        return self.desk.next_to(self.project.pk, -1)


@dataclass(frozen=True)
class MoveLine:
    """A move as it is told: when, by whom, from which state to which, why."""

    move: ReportMove
    before: str
    after: Lamp


def _line(move: ReportMove, *, typed: bool) -> MoveLine:
    before = OF_STATE[State(move.from_state)].word
    untold = not typed and move.from_state in MonthlyReport.UNTOLD[:2]
    return MoveLine(move, NOT_HANDED_IN.word if untold else before, OF_STATE[State(move.to_state)])


def answering(projects: Any, user: User) -> Any:
    """Projects, each with what the account is to it: `typed` by it, `reviewed` by it."""
    return projects.annotate(
        typed=Exists(Project.objects.reported_by(user).filter(pk=OuterRef("pk"))),
        reviewed=Exists(Project.objects.reviewed_by(user).filter(pk=OuterRef("pk"))),
    )


def sheet_of(user: User, pk: int, month: Month, asked: tuple[Asked, ...] = ()) -> Sheet:
    """The sheet of one of the projects. Raises Project.DoesNotExist, or Period.DoesNotExist if nobody reports then."""
    periods = _periods_around(month)
    if month not in periods:
        raise Period.DoesNotExist(f"{month.label}没有月报。市发改委下达当年计划后即可填报。")
    project = answering(with_reports(Project.objects.visible_to(user), month), user).get(pk=pk)
    reports = MonthlyReport.objects.of(month).filter(project=pk).select_related(*PEOPLE).told_to(user)
    before, after = month.shift(-1), month.shift(1)
    return Sheet(
        user=user,
        project=project,
        period=periods[month],
        previous=before if before in periods else None,
        next=after if after in periods else None,
        report=reports[0] if reports else None,
        asked=asked,
    )


def _periods_around(month: Month) -> dict[Month, Period]:
    around = Q()
    for each in (month.shift(-1), month, month.shift(1)):
        around |= Q(year=each.year, month=each.number)
    return {Month(each.year, each.month): each for each in Period.objects.filter(around)}
