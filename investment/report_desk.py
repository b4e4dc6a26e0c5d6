"""The rows behind `/reports/`: who owes which report of a month, and how far each is. Amounts in 万元, rates in %.

One desk for whoever types reports, one for whoever reviews or reads them; the second never holds a draft.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, reduce
from operator import or_
from typing import Any, overload
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from projects import roles
from projects.models import Enlistment, Project, User
from projects.models.projects import ProjectQuerySet
from projects.money import MoneyField

from .lamps import Lamp
from .models import AnnualPlan, MonthlyReport, Period, Reopening
from .months import Month, after, before, time_progress
from .places import UnknownMonthError, month_asked
from .plausibility import WORDS
from .rates import percent
from .report_filters import Asked
from .reporting import State

RETURNED = Lamp("returned", "■", "已退回", "red")
MISSING = Lamp("missing", "○", "未填报", "grey")
DRAFT = Lamp("draft", "◆", "草稿", "yellow")
SUBMITTED = Lamp("submitted", "▲", "已报送", "filed")
PASSED = Lamp("passed", "◈", "初审通过", "filed")
APPROVED = Lamp("approved", "●", "已审定", "green")
EXCUSED = Lamp("excused", "◇", "免报", "grey")
LEFT_OUT = Lamp("left-out", "■", "缺报", "red")  # named as missing when the month was closed
NOT_DUE = Lamp("not-due", "–", "无需填报", "grey")
WAITING = Lamp("submitted", "◆", "待初审", "yellow")  # the same report, for whoever is to review it first
FIRST_REVIEW = Lamp("submitted", "▲", "待初审", "filed")  # for the office, which may do it on behalf
FINAL_REVIEW = Lamp("passed", "◆", "待终审", "yellow")
NOT_HANDED_IN = Lamp("missing", "○", "未报送", "grey")  # nothing, or a draft: that is the unit's own business

# What is still to be done comes first.
TO_FILL = (RETURNED, MISSING, DRAFT, SUBMITTED, PASSED, APPROVED, LEFT_OUT, EXCUSED, NOT_DUE)
TO_REVIEW = (WAITING, NOT_HANDED_IN, RETURNED, PASSED, EXCUSED, LEFT_OUT, APPROVED, NOT_DUE)
TO_APPROVE = (FINAL_REVIEW, FIRST_REVIEW, NOT_HANDED_IN, RETURNED, EXCUSED, LEFT_OUT, APPROVED, NOT_DUE)
TO_READ = (SUBMITTED, PASSED, NOT_HANDED_IN, RETURNED, APPROVED, LEFT_OUT, EXCUSED, NOT_DUE)

ANY = Q()
DUE = Q(report__isnull=False)
OF_STATE = {
    State.EXPECTED: MISSING,
    State.DRAFT: DRAFT,
    State.SUBMITTED: SUBMITTED,
    State.PASSED: PASSED,
    State.APPROVED: APPROVED,
    State.RETURNED: RETURNED,
    State.EXCUSED: EXCUSED,
    State.MISSING: LEFT_OUT,
}
SETS = {"owed": ("missing", "draft", "returned"), "waiting": ("submitted", "passed")}  # several states in one address
ACTIONS = {State.EXPECTED: "填报", State.DRAFT: "继续填", State.RETURNED: "修改"}
CONDITIONS = {
    **{lamp.code: Q(report__state=state) for state, lamp in OF_STATE.items()},
    "not-due": Q(report__isnull=True),
}
NOT_BEGUN = Q(report__state__in=(State.EXPECTED, State.DRAFT))


@dataclass(frozen=True)
class YearSoFar:
    """What a project completed in the year before a month, and what the month's amount makes of it.

    `before` counts what is approved or handed in; `waiting` is the part of it that is not approved yet. Without an
    amount there is nothing to say of the month: not reported is not zero.
    """

    planned: Decimal | None
    before: Decimal
    waiting: Decimal
    time_progress: Decimal
    amount: Decimal | None

    @property
    def year_to_date(self) -> Decimal | None:
        return None if self.amount is None else self.before + self.amount

    @property
    def rate(self) -> Decimal | None:
        return percent(self.year_to_date, self.planned)

    @property
    def gap(self) -> Decimal | None:
        """The rate minus the time progress, in percentage points."""
        return None if self.rate is None else self.rate - self.time_progress

    @property
    def change(self) -> Decimal | None:
        """What the month adds to the rate, in percentage points."""
        before = percent(self.before, self.planned)
        return None if self.rate is None or before is None else self.rate - before


@dataclass(frozen=True)
class ReportRow:
    """A project and its report of the month, as the reader may know of it; nothing is due where there is none.

    `choosable`: it can be passed or approved together with others. `withdrawable`: the unit can take it back.
    """

    project: Project
    month: Month
    report: MonthlyReport | None
    last_amount: Decimal | None
    year: YearSoFar
    state: Lamp
    action: str
    choosable: bool
    withdrawable: bool

    @property
    def of_procedures(self) -> bool:
        """Whether it is the quarterly report of a preparatory project."""
        return self.report is not None and self.report.kind == MonthlyReport.Kind.PROCEDURES

    @property
    def doubts(self) -> list[str]:
        """What is odd about the amount, in a word each."""
        return [WORDS.get(code, code) for code in self.report.doubts] if self.report else []


@dataclass(frozen=True)
class Desk:
    """The reports of one month, as whoever types them (`fills`) or whoever reviews or reads them may see them."""

    user: User
    period: Period
    months: list[Month]
    fills: bool
    asked: tuple[Asked, ...] = ()

    @property
    def month(self) -> Month:
        return Month(self.period.year, self.period.month)

    @property
    def previous(self) -> Month | None:
        return before(self.month, self.months)

    @property
    def next(self) -> Month | None:
        return after(self.month, self.months)

    @property
    def approves(self) -> bool:
        """Whether the final review is the reader's."""
        return not self.fills and self.user.has_role(roles.OFFICE)

    @property
    def reviews(self) -> bool:
        """Whether reports wait here for the reader's review."""
        return self.approves or (not self.fills and self.user.has_role(roles.REVIEWER))

    @property
    def has_two(self) -> bool:
        """Whether the account both types and reviews, and so has two desks."""
        return self.user.has_role(roles.REPORTER) and self.user.has_role(roles.REVIEWER, roles.OFFICE)

    @property
    def query(self) -> str:
        """What of the address goes along to a report and back: '?unit=7', or nothing."""
        kept = {each.name: each.key for each in self.asked}
        if self.has_two and not self.fills:
            kept["desk"] = "review"
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def states(self) -> tuple[Lamp, ...]:
        if self.fills:
            return TO_FILL
        return TO_APPROVE if self.approves else TO_REVIEW if self.reviews else TO_READ

    def condition(self, code: str) -> Q:
        """The condition on `projects` of a state, or of a set of states."""
        if code in SETS:
            return reduce(or_, (self.condition(each) for each in SETS[code]))
        return NOT_BEGUN if code == MISSING.code and not self.fills else CONDITIONS[code]

    def projects(self, condition: Q = ANY) -> ProjectQuerySet:
        """The projects of the year that meet the condition, what is to be done first, each beside its rows."""
        ranks = [When(self.condition(lamp.code), then=Value(rank)) for rank, lamp in enumerate(self.states)]
        in_year = Q(now__isnull=False) | Q(report__isnull=False)
        found = with_reports(self._seen, self.month).filter(
            in_year, condition, *(each.condition for each in self.asked)
        )
        return found.annotate(rank=Case(*ranks, default=Value(len(ranks)))).order_by("rank", "code")

    @property
    def _seen(self) -> ProjectQuerySet:
        if self.fills:
            return Project.objects.reported_by(self.user)
        return (Project.objects.reviewed_by if self.reviews else Project.objects.visible_to)(self.user)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many projects are in each state, by the state's code."""
        names = {lamp.code.replace("-", "_"): lamp.code for lamp in self.states}
        numbers = (
            self.projects()
            .order_by()
            .aggregate(**{f"n_{name}": Count("pk", filter=self.condition(code)) for name, code in names.items()})
        )
        return {code: numbers[f"n_{name}"] for name, code in names.items()}

    def number(self, state: str) -> int | None:
        """How many projects are in a state or a set of states; of all that are due, if none is named. None: unknown."""
        if state in SETS:
            return sum(self.counts.get(each, 0) for each in SETS[state])
        return self.counts.get(state) if state else self.due

    @property
    def tabs(self) -> list[tuple[Lamp, int]]:
        """The states that occur, with their numbers; what is not due is named last, if at all."""
        return [(lamp, self.counts[lamp.code]) for lamp in self.states if self.counts[lamp.code] or lamp != NOT_DUE]

    @property
    def due(self) -> int:
        """How many reports are expected or there."""
        return sum(number for code, number in self.counts.items() if code != NOT_DUE.code)

    @property
    def summary(self) -> str:
        """'4 个项目：已退回 1、未填报 2、已报送 1'."""
        numbers = [f"{lamp.word} {number}" for lamp, number in self.tabs if number and lamp != NOT_DUE]
        return f"{self.due} 个项目" + (f"：{'、'.join(numbers)}" if numbers else "")

    @property
    def owed(self) -> ProjectQuerySet:
        """What the unit has still to hand in, the most pressing first."""
        return self.projects(self.condition("owed"))

    @property
    def waiting(self) -> tuple[State, ...]:
        """The states in which a report waits for the reader: what is his or hers first, what is on behalf second."""
        return (State.PASSED, State.SUBMITTED) if self.approves else (State.SUBMITTED,) if self.reviews else ()

    @cached_property
    def queue(self) -> list[Any]:
        """The projects whose reports wait for the reader and are not his or her own, in the order of the desk."""
        if not self.reviews:
            return []
        open_ = Q(reopened=True) if self.period.closed_at else ANY
        others = Q(report__submitted_by=None) | ~Q(report__submitted_by=self.user)
        found = self.projects(Q(report__state__in=self.waiting) & open_ & others)
        return list(found.select_related(None).only("code", "name"))

    def next_to(self, project: int, step: int = 1) -> Any:
        """The project of the queue after one that stands in it (step −1: before it), round and round; None if alone."""
        places = [each.pk for each in self.queue]
        here = places.index(project) if project in places else -1 if step > 0 else 0
        found = self.queue[(here + step) % len(places)] if places else None
        return found if found and found.pk != project else None

    def rows(self, state: str = "") -> "Rows":
        """The rows of all projects whose report is due or there, or of those in one state or set."""
        return Rows(self, self.projects(self.condition(state) if state else DUE), self.number(state) or 0)

    def row(self, project: Any) -> ReportRow:
        """A row of `projects`, with its figures worked out."""
        report, last = beside(project, "report"), beside(project, "last")
        if report and not self.fills:
            report = report.told()
        open_ = not self.period.closed_at or project.reopened
        mine = open_ and self.reviews and report is not None and report.submitted_by_id != self.user.pk
        state = State(report.state) if report else None
        return ReportRow(
            project=project,
            month=self.month,
            report=report,
            last_amount=last.amount if last else None,
            year=year_so_far(project, self.period, report.amount if report else None),
            state=self._lamp(state),
            action=self._action(state, open_=open_, mine=mine),
            choosable=mine and state == self.waiting[0] and not report.doubts,
            withdrawable=self.fills and open_ and state == State.SUBMITTED and not report.review_begun_at,
        )

    def _lamp(self, state: State | None) -> Lamp:
        code = NOT_DUE.code if state is None else OF_STATE[state].code
        return next(lamp for lamp in self.states if lamp.code == code)

    def _action(self, state: State | None, *, open_: bool, mine: bool) -> str:
        if self.fills and open_:
            return ACTIONS.get(state, "查看") if state is not None else "填报"
        if not mine or state not in self.waiting:
            return "查看"
        return "代为初审" if self.approves and state == State.SUBMITTED else "审定" if self.approves else "审核"


class Rows(Sequence[ReportRow]):
    """The rows of a desk, worked out for the page that is read and for no other, and once."""

    def __init__(self, desk: Desk, projects: QuerySet[Project], number: int) -> None:
        self.desk, self.projects, self.number = desk, projects, number
        self.pages: dict[range, list[ReportRow]] = {}

    def __len__(self) -> int:
        return self.number

    @overload
    def __getitem__(self, key: int) -> ReportRow: ...
    @overload
    def __getitem__(self, key: slice) -> list[ReportRow]: ...
    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, slice):
            return self.desk.row(self.projects[key])
        page = range(*key.indices(self.number))
        if page not in self.pages:
            self.pages[page] = [self.desk.row(each) for each in self.projects[key]]
        return self.pages[page]


def with_reports(projects: ProjectQuerySet, month: Month) -> ProjectQuerySet:
    """Projects, each with its figures `now`, its `report` of the month, the one handed in before it as `last`, what of
    the earlier months of the year is handed in and not approved, as `waiting` (万元), and whether the report was
    `reopened` after the close. What is typed in the report and not handed in is for its typists only: `told()`.
    """
    year, number, before = month.year, month.number, month.shift(-1)
    of_month = Q(monthly_reports__year=year, monthly_reports__month=number)
    of_last = Q(monthly_reports__year=before.year, monthly_reports__month=before.number)
    handed_in = Q(monthly_reports__state__in=MonthlyReport.HANDED_IN)
    found = projects.annotate(
        now=FilteredRelation("progress", condition=Q(progress__year=year, progress__month=number)),
        report=FilteredRelation("monthly_reports", condition=of_month),
        last=FilteredRelation("monthly_reports", condition=of_last & handed_in),
        waiting=_waiting_before(month),
        reopened=Exists(
            Reopening.objects.filter(
                report__project=OuterRef("pk"), report__year=year, report__month=number, ended_at=None
            )
        ),
    )
    return found.select_related("now", "report__submitted_by", "last", "responsible_unit")  # type: ignore[misc]


def _waiting_before(month: Month) -> Coalesce:
    earlier = MonthlyReport.objects.filter(
        project=OuterRef("pk"), year=month.year, month__lt=month.number, state__in=(State.SUBMITTED, State.PASSED)
    )
    sums = earlier.order_by().values("project").annotate(waiting=Sum("amount")).values("waiting")
    return Coalesce(Subquery(sums), 0, output_field=MoneyField())


def beside(project: Project, name: str) -> Any:
    """The row that `with_reports` put beside the project; None if there is none (Django then leaves the name out)."""
    return getattr(project, name, None)


def year_so_far(project: Any, period: Period, amount: Decimal | None) -> YearSoFar:
    """The year of a project that comes from `with_reports`, up to and with an amount of the month."""
    now = beside(project, "now")
    approved = now.year_to_date - (now.amount or 0) if now else Decimal(0)
    elapsed = period.time_progress if period.time_progress is not None else time_progress(period.month)
    return YearSoFar(now.planned_year if now else None, approved + project.waiting, project.waiting, elapsed, amount)


def desk_of(user: User, wanted: str | None, *, fills: bool, asked: tuple[Asked, ...] = ()) -> Desk | None:
    """The desk of the month wanted, else of the earliest that is not closed, else of the latest.

    None while no month can be reported. Raises UnknownMonthError for what is no month or not one of them.
    """
    periods = {Month(each.year, each.month): each for each in _periods(user)}
    if not periods:
        return None
    months = list(periods)
    if wanted is None:
        month = next((month for month, period in periods.items() if not period.closed_at), months[-1])
        return Desk(user, periods[month], months, fills, asked)
    period = periods.get(month_asked(wanted))
    if period is None:
        raise UnknownMonthError(f"{wanted} 没有月报。目前可以查看{months[0].label}至{months[-1].label}。")
    return Desk(user, period, months, fills, asked)


def _periods(user: User) -> QuerySet[Period]:
    """The months of the years in which a project that the reader sees has a plan, a report or a place in the list."""
    plans = AnnualPlan.objects.visible_to(user).filter(year=OuterRef("year"))
    reports = MonthlyReport.objects.visible_to(user).filter(year=OuterRef("year"))
    enlisted = Enlistment.objects.visible_to(user).filter(action_plan__year=OuterRef("year"))
    return Period.objects.filter(Exists(plans) | Exists(reports) | Exists(enlisted)).order_by("year", "month")
