"""The board 报送情况: which reports of a year were due, came in, and came in on time; by unit, area or category.

A report is expected where its row exists. By today each is of exactly one kind:

- on time, late: handed in (报送, 初审通过 or 审定), the first time by the end of the day it was due, or after it; where
  a day or a time is not known, nothing says that it was late
- returned: the unit has to hand it in again, and the day has passed; until then it counts as not received
- overdue: not handed in, and the day has passed; a draft is nobody's business but the unit's and counts as nothing
- named: named as missing when the month was closed
- open, sent back: not handed in, or returned, and the day has not passed; counts neither for nor against
- excused: nothing was due after all

Due (应报) is what was handed in, returned, overdue or named. 报送率 = handed in ÷ due, 按时率 = on time ÷ due; without
anything due there is no rate. A group's rates are sums over sums. Rates in percent.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from projects import roles
from projects.models import Area, User
from projects.models.scope import seen_by

from .lamps import Lamp
from .models import MonthlyReport, Period
from .months import MONTHS, Month
from .places import AREA, CATEGORY, UNIT, Grouping
from .rates import percent

State = MonthlyReport.State

ON_TIME = Lamp("on_time", "●", "按时", "green")
LATE = Lamp("late", "◆", "迟报", "yellow")
RETURNED = Lamp("returned", "▲", "退回", "red")
OVERDUE = Lamp("overdue", "■", "未报", "red")
NAMED = Lamp("named", "■", "缺报", "red")
OPEN = Lamp("open", "○", "未到期", "grey")
SENT_BACK = Lamp("sent_back", "▲", "退回未到期", "yellow")
EXCUSED = Lamp("excused", "◇", "免报", "grey")
NOTHING = Lamp("nothing", "–", "无需填报", "grey")

WORST_FIRST = (NAMED, OVERDUE, RETURNED, LATE, SENT_BACK, OPEN, ON_TIME, EXCUSED)
IN_WORDS = (ON_TIME, LATE, RETURNED, OVERDUE, NAMED, SENT_BACK, OPEN, EXCUSED)
LEGEND = (
    ON_TIME, LATE, SENT_BACK, RETURNED, Lamp("missing", "■", "未报、缺报", "red"), OPEN, EXCUSED, NOTHING,
)  # fmt: skip
Counts = dict[str, list[int]]  # reports by kind, in each month of the year, January first
GROUPINGS = {each.code: each for each in (UNIT, AREA, CATEGORY)}


class UnknownBoardError(Exception):
    """There is no board of such a year or by such groups. The message says so in Chinese."""


@dataclass(kw_only=True)
class Filing:
    """How many reports are of each kind, and the rates that follow."""

    on_time: int = 0
    late: int = 0
    returned: int = 0
    overdue: int = 0
    named: int = 0
    open: int = 0
    sent_back: int = 0
    excused: int = 0

    @property
    def received(self) -> int:
        return self.on_time + self.late

    @property
    def against(self) -> tuple[int, int, int, int]:
        """What is not as it should be, each in its column: a zero is nothing to look at."""
        return self.late, self.returned, self.missing, self.excused

    @property
    def missing(self) -> int:
        return self.overdue + self.named

    @property
    def due(self) -> int:
        return self.received + self.returned + self.missing

    @property
    def waiting(self) -> int:
        """What is not due yet, and not handed in."""
        return self.open + self.sent_back

    @property
    def owed(self) -> int:
        """What the units have still to hand in."""
        return self.waiting + self.returned + self.overdue

    @cached_property
    def rate(self) -> Decimal | None:
        """报送率."""
        return percent(self.received, self.due)

    @cached_property
    def on_time_rate(self) -> Decimal | None:
        """按时率."""
        return percent(self.on_time, self.due)

    @cached_property
    def lamp(self) -> Lamp:
        """The worst that occurs."""
        return next((lamp for lamp in WORST_FIRST if getattr(self, lamp.code)), NOTHING)

    @property
    def number(self) -> int:
        """How many reports are as bad as the worst."""
        return getattr(self, self.lamp.code, 0)

    @property
    def words(self) -> str:
        """'6 份：按时 5、迟报 1'; '无需填报'."""
        parts = [(lamp.word, number) for lamp in IN_WORDS if (number := getattr(self, lamp.code))]
        total = sum(number for _, number in parts)
        named = "、".join(f"{word} {number}" for word, number in parts)
        return f"{total} 份：{named}" if total else NOTHING.word


@dataclass(kw_only=True)
class BoardRow(Filing):
    """A group of projects in a year. `key` is None for all of them together, 0 for those without a group."""

    key: int | None
    name: str
    months: Counts
    rank: int | None = None

    @cached_property
    def rates(self) -> tuple[Decimal, Decimal] | None:
        """What the groups are ranked by."""
        return None if self.rate is None or self.on_time_rate is None else (self.rate, self.on_time_rate)

    @property
    def expected(self) -> list[int]:
        """The months for which a report was expected."""
        return [number for number in MONTHS if any(numbers[number - 1] for numbers in self.months.values())]

    def of_month(self, number: int) -> Filing:
        return Filing(**{kind: numbers[number - 1] for kind, numbers in self.months.items()})


@dataclass(frozen=True)
class Board:
    """The groups of a year in the order of the register, below them what stands in none, and all together."""

    year: int
    years: list[int]
    grouping: Grouping
    rows: list[BoardRow]
    below: list[BoardRow]
    total: BoardRow
    opened: list[int]  # the months that can be reported or could be
    closed: set[int]

    @property
    def previous(self) -> int | None:
        return max((year for year in self.years if year < self.year), default=None)

    @property
    def next(self) -> int | None:
        return min((year for year in self.years if year > self.year), default=None)

    @cached_property
    def current(self) -> int | None:
        """The month to look at first: the earliest that is not closed, else the latest."""
        return next((month for month in self.opened if month not in self.closed), max(self.opened, default=None))

    @cached_property
    def owing(self) -> list[Month]:
        """The months, not closed, for which reports are still owed."""
        return [Month(self.year, month) for month in self.opened if self._owes(self.total, month)]

    def owed_by(self, row: BoardRow) -> Month | None:
        """The earliest of them for which this group owes any."""
        return next((month for month in self.owing if self._owes(row, month.number)), None)

    def _owes(self, row: BoardRow, month: int) -> bool:
        return month not in self.closed and row.of_month(month).owed > 0

    @cached_property
    def ranked(self) -> list[BoardRow]:
        return [row for row in self.rows if row.rank]

    @cached_property
    def lowest(self) -> list[BoardRow]:
        """The groups that share the last rank; none while all groups are alike."""
        last = max((row.rank or 0 for row in self.ranked), default=1)
        return [row for row in self.ranked if row.rank == last] if last > 1 else []


def board_of(user: User, year: int | None, by: str, today: datetime.date) -> Board | None:
    """What the user sees of a year, by default the latest; None while no month can be reported.

    Raises UnknownBoardError for a year without reports and for what is no grouping.
    """
    years = _years(user)
    if not years:
        return None
    if year is not None and year not in years:
        raise UnknownBoardError(f"没有 {year} 年的报送情况。目前可以查看 {years[0]} 年至 {years[-1]} 年。")
    if by not in GROUPINGS:
        raise UnknownBoardError(f"报送情况不能按“{by}”查看，可以按责任单位、区县或类别查看。")
    year, grouping = year or years[-1], GROUPINGS[by]
    groups = _counted(_reports(user).filter(year=year), grouping, today)
    rows, nobody = _rows(grouping, groups)
    total = _row(None, "合计", _together(groups.values()))
    periods = list(Period.objects.filter(year=year))
    opened = {period.month for period in periods if period.opened_at} | set(total.expected)
    closed = {period.month for period in periods if period.closed_at}
    below = [*nobody, total] if groups else []
    return Board(year, years, grouping, rows, below, total, sorted(opened), closed)


def rates_of(reports: QuerySet[MonthlyReport], today: datetime.date) -> Filing:
    """The figures of any reports, such as those of one area in one month."""
    kinds = reports.order_by().values_list(_kind(today)).annotate(Count("pk"))
    return Filing(**dict(kinds))


def may_urge(user: User) -> bool:
    """Whether the account may ask units for what they owe."""
    return user.has_role(roles.OFFICE, roles.REVIEWER)


def _kind(today: datetime.date) -> Case:
    """The kind of a report by today, as the name of its count in `Filing`."""
    handed_in, returned = Q(state__in=MonthlyReport.HANDED_IN), Q(state=State.RETURNED)
    waits = Q(due_on=None) | Q(due_on__gte=today)
    return Case(
        When(handed_in & Q(first_submitted_at__date__gt=F("due_on")), then=Value(LATE.code)),
        When(handed_in, then=Value(ON_TIME.code)),
        When(state=State.EXCUSED, then=Value(EXCUSED.code)),
        When(state=State.MISSING, then=Value(NAMED.code)),
        When(returned & waits, then=Value(SENT_BACK.code)),
        When(returned, then=Value(RETURNED.code)),
        When(waits, then=Value(OPEN.code)),
        default=Value(OVERDUE.code),
    )


def _reports(user: User) -> QuerySet[MonthlyReport]:
    """All rows of visible projects: what is a draft is due as well, and is shown as not handed in."""
    return MonthlyReport.objects.filter(seen_by(user, "project__"))


def _years(user: User) -> list[int]:
    has_reports = Exists(_reports(user).filter(year=OuterRef("year"), month=OuterRef("month")))
    periods = Period.objects.filter(Q(opened_at__isnull=False) | has_reports)
    return list(periods.order_by("year").values_list("year", flat=True).distinct())


def _counted(reports: QuerySet[MonthlyReport], grouping: Grouping, today: datetime.date) -> dict[int, Counts]:
    """The reports of a year by group; 0 is without one. One row of the answer for each group and kind."""
    group = Coalesce(F(f"project__{grouping.column}"), 0)
    months = {f"m{number}": Count("pk", filter=Q(month=number)) for number in MONTHS}
    counts: dict[int, Counts] = defaultdict(dict)
    for key, kind, *numbers in reports.order_by().values_list(group, _kind(today)).annotate(**months):
        counts[key][kind] = numbers
    return counts


def _rows(grouping: Grouping, groups: Mapping[int, Counts]) -> tuple[list[BoardRow], list[BoardRow]]:
    """The groups in the order of the register, and what stands in none: the city itself is an area without a name."""
    register = grouping.model._default_manager.filter(pk__in=groups)
    if grouping == AREA:
        register = register.exclude(kind=Area.Kind.CITY)
    names = dict(register.values_list("pk", "name"))
    nobody = grouping.nobody or f"未分到{grouping.label}"
    nameless = sorted(groups.keys() - names.keys())
    named = [_row(key, name, groups[key]) for key, name in names.items()]
    return _ranked(named), [_row(key, nobody, groups[key]) for key in nameless]


def _row(key: int | None, name: str, months: Counts) -> BoardRow:
    return BoardRow(key=key, name=name, months=months, **{kind: sum(numbers) for kind, numbers in months.items()})


def _together(groups: Iterable[Counts]) -> Counts:
    of_kind: dict[str, list[list[int]]] = defaultdict(list)
    for counts in groups:
        for kind, numbers in counts.items():
            of_kind[kind].append(numbers)
    return {kind: [sum(month) for month in zip(*all_of, strict=True)] for kind, all_of in of_kind.items()}


def _ranked(rows: list[BoardRow]) -> list[BoardRow]:
    """The rows with their ranks, 1 for the best; equals share a rank, and what has no rate has none."""
    rates = sorted((row.rates for row in rows if row.rates), reverse=True)
    ranks = {each: rank for rank, each in reversed(list(enumerate(rates, start=1)))}
    for row in rows:
        row.rank = ranks[row.rates] if row.rates else None
    return rows
