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
from .models import Correction, MonthlyReport, Period
from .months import Month
from .plausibility import Background, Doubt, doubts
from .report_desk import (
    MISSING,
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
from .reporting import EDITABLE, State, closed_note, last_act, new_report

HISTORY = 12  # approved months shown to whoever judges the next


@dataclass(frozen=True)
class Sheet:
    """A project the reader sees, a month, and the report if there is one that the reader may see."""

    user: User
    project: Any  # from `with_reports` and `answering`
    period: Period
    previous: Month | None
    next: Month | None
    report: MonthlyReport | None

    @property
    def month(self) -> Month:
        return Month(self.period.year, self.period.month)

    @property
    def key(self) -> str:
        """Names the sheet for this account, so that what is kept in the browser is offered to nobody else."""
        return f"{self.user.pk}:{self.project.pk}:{self.month}"

    @property
    def state(self) -> Lamp:
        if self.report is None and self.year.planned is None:
            return NOT_DUE
        if self.report is None:
            return MISSING if self.project.typed else NOT_HANDED_IN
        return WAITING if self.reviewable else OF_STATE[State(self.report.state)]

    @property
    def last_act(self) -> str:
        return last_act(self.report) if self.report else ""

    @property
    def closed(self) -> str:
        """Why nothing can be done any more: the month is closed. Empty while it is open."""
        return closed_note(self.period)

    @property
    def editable(self) -> bool:
        open_ = self.report is None or self.report.state in EDITABLE
        return self.project.typed and open_ and (not self.closed or self.reopened)

    @cached_property
    def reopened(self) -> bool:
        """Whether this report may be handed in all the same although the month is closed."""
        today = timezone.localdate()
        return bool(self.report and self.report.reopenings.filter(ended_at=None, until_on__gte=today).exists())

    @property
    def of_procedures(self) -> bool:
        """Whether it is the quarterly report of a preparatory project."""
        return self.report is not None and self.report.kind == MonthlyReport.Kind.PROCEDURES

    @cached_property
    def doubts(self) -> list[Doubt]:
        """What is odd about the amount, in full, as long as it can be changed or explained."""
        if self.report is None or self.report.amount is None or not self.report.doubts or not self.editable:
            return []
        return doubts(self.report.amount, self.background)

    @property
    def waiting(self) -> bool:
        """Whether the report waits for a review by somebody like the reader: the first, or the office's final one."""
        state = self.report.state if self.report else None
        final = state == State.PASSED and self.user.has_role(roles.OFFICE)
        return self.project.reviewed and (state == State.SUBMITTED or final) and not self.closed

    @property
    def passed(self) -> bool:
        """Whether the first review is done and the final one waits."""
        return self.report is not None and self.report.state == State.PASSED

    @property
    def reviewable(self) -> bool:
        return self.waiting and not self.submitted_by_reader

    @property
    def submitted_by_reader(self) -> bool:
        return self.report is not None and self.report.submitted_by_id == self.user.pk

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
    def next_to_fill(self) -> Project | None:
        """Another report that the reader still owes for the month."""
        desk = Desk(self.user, self.period, [], fills=True)
        return desk.owed.exclude(pk=self.project.pk).first() if self.project.typed and not self.closed else None


def answering(projects: Any, user: User) -> Any:
    """Projects, each with what the account is to it: `typed` by it, `reviewed` by it."""
    return projects.annotate(
        typed=Exists(Project.objects.reported_by(user).filter(pk=OuterRef("pk"))),
        reviewed=Exists(Project.objects.reviewed_by(user).filter(pk=OuterRef("pk"))),
    )


def sheet_of(user: User, pk: int, month: Month) -> Sheet:
    """The sheet of one of the projects. Raises Project.DoesNotExist, or Period.DoesNotExist if nobody reports then."""
    periods = _periods_around(month)
    if month not in periods:
        raise Period.DoesNotExist(f"{month.label}没有月报。市发改委下达当年计划后即可填报。")
    project = answering(with_reports(Project.objects.visible_to(user), month, drafts=False), user).get(pk=pk)
    reports = MonthlyReport.objects.visible_to(user).select_related("updated_by", "submitted_by", "reviewed_by")
    report = reports.filter(project=pk, year=month.year, month=month.number).first()
    before, after = month.shift(-1), month.shift(1)
    return Sheet(
        user=user,
        project=project,
        period=periods[month],
        previous=before if before in periods else None,
        next=after if after in periods else None,
        report=report,
    )


def _periods_around(month: Month) -> dict[Month, Period]:
    around = Q()
    for each in (month.shift(-1), month, month.shift(1)):
        around |= Q(year=each.year, month=each.number)
    return {Month(each.year, each.month): each for each in Period.objects.filter(around)}
