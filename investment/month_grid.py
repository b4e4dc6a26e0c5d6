"""The rows of 'My month': all that an account types in a month, with what each needs beside it. Amounts in 万元.

A row is made of plain values and of a few sums, so that two hundred of them are there at once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils import timezone

from projects.models import Project, User
from projects.models.scope import NOTHING, reported_by
from projects.money import format_wan
from projects.roles import REPORTER

from .background import plans_in_force
from .lamps import Lamp
from .models import Correction, MonthlyReport, Period, Reopening
from .months import Month, after, before
from .places import UnknownMonthError, month_asked
from .plausibility import WORDS, check_unit
from .rates import percent
from .reporting import EDITABLE, State

Kind = MonthlyReport.Kind
SETTLED = {
    State.SUBMITTED: Lamp("submitted", "▲", "已报送", "filed"),
    State.PASSED: Lamp("passed", "▲", "初审通过", "filed"),
    State.APPROVED: Lamp("approved", "●", "已审定", "green"),
    State.MISSING: Lamp("missing", "■", "缺报", "red"),
}
KINDS = {  # of the states, by their code: what is counted together
    "returned": "被退回",
    "doubted": "待确认",
    "expected": "未填",
    "begun": "未填",
    "saved": "已填好",
    "submitted": "已报送",
    "passed": "已报送",
    "approved": "已报送",
    "excused": "免报",
    "missing": "缺报",
}
COLUMNS = (
    "pk", "project_id", "project__code", "project__name", "kind", "state", "version", "amount", "doubts", "explanation",
    "image_progress", "return_reason", "excuse_reason",
)  # fmt: skip


@dataclass(frozen=True)
class YearBefore:
    """The year of a project up to a month: the plan in force, what counts before the month, and the month before."""

    planned: Decimal | None
    before: Decimal
    last: Decimal | None


@dataclass(frozen=True)
class GridRow:
    """A project's report of the month as whoever types it sees it in a list."""

    report: dict[str, Any]  # of COLUMNS
    year: YearBefore
    open: bool  # whether the month takes what is typed, for this report

    @property
    def project(self) -> int:
        return int(self.report["project_id"])

    @property
    def code(self) -> str:
        return str(self.report["project__code"])

    @property
    def name(self) -> str:
        return str(self.report["project__name"])

    @property
    def of_procedures(self) -> bool:
        return bool(self.report["kind"] == Kind.PROCEDURES)

    @property
    def editable(self) -> bool:
        return self.open and self.report["state"] in EDITABLE

    @property
    def amount(self) -> Decimal | None:
        """What was typed; where nothing was to be typed, nothing."""
        typed: Decimal | None = self.report["amount"]
        return None if self.report["state"] in (State.EXCUSED, State.MISSING) else typed

    @property
    def year_to_date(self) -> Decimal | None:
        return None if self.amount is None else self.year.before + self.amount

    @property
    def rate(self) -> Decimal | None:
        return percent(self.year_to_date, self.year.planned)

    @property
    def lacks(self) -> str:
        """What is missing before the report can be handed in; empty if nothing is."""
        return lacking(self.report)

    @property
    def state(self) -> Lamp:
        return state_of(self.report)

    def as_json(self) -> dict[str, Any]:
        """What the page shows of the row, in words and figures."""
        state, rate = self.state, self.rate
        return {
            "project": self.project,
            "name": self.name,
            "version": self.report["version"],
            "procedures": self.of_procedures,
            "editable": self.editable,
            "planned": format_wan(self.year.planned),
            "last": format_wan(self.year.last),
            "amount": shown(self.amount),
            "year_to_date": shown(self.year_to_date),
            "image_progress": self.report["image_progress"] if self.of_procedures else "",
            "rate": "" if rate is None else f"{rate:,.2f}%",
            "check": check_unit(rate),
            "state": state.code,
            "shape": state.shape,
            "word": state.word,
            "tone": state.tone,
            "kind": KINDS[state.code],
            "lacks": self.lacks,
        }


def lacking(report: dict[str, Any]) -> str:
    """What a report lacks before it can be handed in. One that was returned is not handed in again as it is."""
    if report["state"] == State.RETURNED:
        return "已退回，还没有修改"
    if report["kind"] == Kind.PROCEDURES:
        return "" if report["image_progress"].strip() else "未填手续办理情况"
    if report["amount"] is None:
        return "未填本月完成投资"
    if report["doubts"] and not report["explanation"].strip():
        return f"{short(report['doubts'])}，未写明原因"
    return ""


def short(codes: list[str]) -> str:
    """What is odd, in a word or two: the gravest."""
    return WORDS.get(codes[0], "请核对")


def state_of(report: dict[str, Any]) -> Lamp:
    """How far a report is, for whoever types it."""
    state = State(report["state"])
    if state in SETTLED:
        return SETTLED[state]
    if state == State.EXCUSED:
        return Lamp("excused", "◇", f"免报：{report['excuse_reason']}", "grey")
    if report["doubts"] and not report["explanation"].strip():
        return Lamp("doubted", "◆", f"待确认：{short(report['doubts'])}", "yellow")
    if state == State.RETURNED:
        return Lamp("returned", "■", "已退回，请修改", "red")
    if state == State.EXPECTED:
        return Lamp("expected", "○", "未填报", "grey")
    if lacking(report):
        return Lamp("begun", "○", "已保存，未填完", "grey")
    return Lamp("saved", "●", "已保存", "green")


@dataclass(frozen=True)
class Grid:
    """All that an account types in one month, and the months that it has reports of."""

    user: User
    period: Period
    months: list[Month]

    @property
    def month(self) -> Month:
        return self.period.of_month

    @property
    def previous(self) -> Month | None:
        return before(self.month, self.months)

    @property
    def next(self) -> Month | None:
        return after(self.month, self.months)

    @property
    def key(self) -> str:
        """Names the month for this account: what is kept in the browser is sent for nobody else."""
        return f"{self.user.pk}:{self.month}"

    @property
    def takes(self) -> bool:
        """Whether the calendar lets the unit type."""
        return not self.period.closed_at and timezone.localdate() >= self.period.opens_on

    @property
    def days_left(self) -> int:
        """Days until the reports are due; negative once they are late."""
        return (self.period.due_on - timezone.localdate()).days

    @cached_property
    def rows(self) -> list[GridRow]:
        """The rows in the order of the register; constant in queries."""
        reports = MonthlyReport.objects.of(self.month).filter(typed_by(self.user)).order_by("project__code")
        found = list(reports.values(*COLUMNS))
        years = years_before(self.user, self.month)
        reopened = self._reopened([each["pk"] for each in found])
        return [GridRow(each, years[each["project_id"]], self.takes or each["pk"] in reopened) for each in found]

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """The rows as the page draws them."""
        return [row.as_json() for row in self.rows]

    @cached_property
    def not_due(self) -> list[str]:
        """The names of the projects that need no report this month."""
        due = MonthlyReport.objects.of(self.month).filter(project=OuterRef("pk"))
        projects = Project.objects.reported_by(self.user).filter(~Exists(due)).order_by("code")
        return list(projects.values_list("name", flat=True))

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many rows there are of each kind, of those that occur."""
        numbers = Counter(line["kind"] for line in self.lines)
        return [(word, numbers[word]) for word in dict.fromkeys(KINDS.values()) if numbers[word]]

    @property
    def ready(self) -> int:
        """How many reports can be handed in."""
        return sum(line["editable"] and not line["lacks"] for line in self.lines)

    def _reopened(self, reports: Iterable[int]) -> set[int]:
        """Of a closed month, the reports that may be handed in all the same."""
        if not self.period.closed_at:
            return set()
        open_ = Reopening.objects.filter(report__in=reports, ended_at=None, until_on__gte=timezone.localdate())
        return set(open_.values_list("report", flat=True))


def typed_by(user: User, project: str = "project__") -> Q:
    """The condition on rows of a project that the account types them."""
    if user.organisation is None or not user.has_role(REPORTER):
        return NOTHING
    return reported_by(user.organisation, project)


def grid_of(user: User, wanted: str | None) -> Grid | None:
    """The month wanted, else the earliest that is not closed, else the latest, of those with a report to type.

    None where there is none. Raises UnknownMonthError for what is no month or not one of them.
    """
    typed = MonthlyReport.objects.filter(typed_by(user), year=OuterRef("year"), month=OuterRef("month"))
    periods = {each.of_month: each for each in Period.objects.filter(Exists(typed))}
    months = list(periods)
    if wanted is not None:
        month = month_asked(wanted)
        if month not in periods:
            raise UnknownMonthError(f"{month.label}没有需要您填报的月报。")
        return Grid(user, periods[month], months)
    if not months:
        return None
    month = next((each for each, period in periods.items() if not period.closed_at), months[-1])
    return Grid(user, periods[month], months)


def years_before(user: User, month: Month) -> dict[int, YearBefore]:
    """The year before a month of each project that the account types: summed in the database, with corrections."""
    last, mine = month.shift(-1), typed_by(user)
    planned = plans_in_force(mine, month)
    of_year, of_last = Q(year=month.year, month__lt=month.number), Q(year=last.year, month=last.number)
    reports = MonthlyReport.objects.filter(mine, of_year | of_last, state__in=MonthlyReport.HANDED_IN).order_by()
    sums = reports.values("project").annotate(before=Sum("amount", filter=of_year), last=Sum("amount", filter=of_last))
    found = {each["project"]: [each["before"] or Decimal(0), each["last"]] for each in sums}
    for pk, of, change in _corrections(user, month):
        figures = found[pk]
        if of.year == month.year:
            figures[0] += change
        if of == last and figures[1] is not None:
            figures[1] += change
    nothing = YearBefore(None, Decimal(0), None)
    years = {pk: YearBefore(planned.get(pk), *figures) for pk, figures in found.items()}
    return defaultdict(
        lambda: nothing, {pk: YearBefore(plan, Decimal(0), None) for pk, plan in planned.items()} | years
    )


def _corrections(user: User, month: Month) -> list[tuple[int, Month, Decimal]]:
    """Project, month and change of each approved correction that the year and the last month feel."""
    last = month.shift(-1)
    of_year = Q(report__year=month.year, report__month__lt=month.number)
    of_last = Q(report__year=last.year, report__month=last.number)
    found = Correction.objects.approved().filter(
        of_year | of_last, typed_by(user, "report__project__"), report__state__in=MonthlyReport.HANDED_IN
    )
    rows = found.values_list("report__project", "report__year", "report__month", "old_amount", "new_amount")
    return [(pk, Month(year, number), new - old) for pk, year, number, old, new in rows]


def shown(amount: Decimal | None) -> str:
    """An amount as it stands in a field: '1,234.50', with all its decimals, two at least."""
    if amount is None:
        return ""
    places = max(2, -int(amount.normalize().as_tuple().exponent))
    return format_wan(amount, places)
