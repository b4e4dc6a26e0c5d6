"""The rows behind `/periods/`: how far each month is, and what one month still needs before it is closed."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, F
from django.utils import timezone

from projects import roles
from projects.models import User
from projects.models.scope import seen_by

from .models import MonthlyReport, Period, Reopening
from .months import Month, after, before
from .periods import Hindrance, hindrances

State = MonthlyReport.State


@dataclass(frozen=True)
class Numbers:
    """How many of a month's reports, among those that the reader sees, are how far."""

    of_state: dict[int, int]

    def number(self, states: Collection[int]) -> int:
        return sum(self.of_state.get(state, 0) for state in states)

    @property
    def due(self) -> int:
        """Expected and not excused."""
        return self.number(set(State) - {State.EXCUSED})

    @property
    def handed_in(self) -> int:
        return self.number(MonthlyReport.HANDED_IN)

    @property
    def waiting(self) -> int:
        """Handed in, and not through both reviews."""
        return self.number((State.SUBMITTED, State.PASSED))

    @property
    def approved(self) -> int:
        return self.number((State.APPROVED,))

    @property
    def owed(self) -> int:
        return self.number(MonthlyReport.OWED)

    @property
    def missing(self) -> int:
        """Named as missing at the close."""
        return self.number((State.MISSING,))

    @property
    def excused(self) -> int:
        return self.number((State.EXCUSED,))


@dataclass(frozen=True)
class PeriodRow:
    """A month, its numbers, and where it stands today in a word."""

    period: Period
    numbers: Numbers
    today: datetime.date

    @property
    def month(self) -> Month:
        return self.period.of_month

    @property
    def steps(self) -> list["Step"]:
        """The five days, in their order."""
        return [
            Step(str(Period._meta.get_field(name).verbose_name), getattr(self.period, name), self.today)  # type: ignore[union-attr]
            for name in Period.DAYS
        ]

    @property
    def word(self) -> str:
        """'未开放', '填报中', '初审中', '终审中', '待关账' or '已关账'."""
        period, today = self.period, self.today
        if period.closed_at:
            return "已关账"
        if period.opened_at is None:
            return "未开放"
        stages = (
            (period.due_on, "填报中"),
            (period.first_review_due_on, "初审中"),
            (period.final_review_due_on, "终审中"),
        )
        return next((word for day, word in stages if today <= day), "待关账")


@dataclass(frozen=True)
class Step:
    """A day of a month, and how it lies to today."""

    label: str
    day: datetime.date
    today: datetime.date

    @property
    def done(self) -> bool:
        return self.day < self.today

    @property
    def is_today(self) -> bool:
        return self.day == self.today

    @property
    def apart(self) -> str:
        """'就是今天', '还有 3 天', '已过 3 天'."""
        days = (self.day - self.today).days
        return "就是今天" if not days else f"还有 {days} 天" if days > 0 else f"已过 {-days} 天"


@dataclass(frozen=True)
class PeriodYear:
    """The months of a year, and the other years there are."""

    year: int
    years: list[int]
    rows: list[PeriodRow]

    @property
    def previous(self) -> int | None:
        return max((each for each in self.years if each < self.year), default=None)

    @property
    def next(self) -> int | None:
        return min((each for each in self.years if each > self.year), default=None)


@dataclass(frozen=True)
class PeriodSheet(PeriodRow):
    """One month as its page shows it."""

    user: User
    months: list[Month]

    @property
    def previous(self) -> Month | None:
        return before(self.month, self.months)

    @property
    def next(self) -> Month | None:
        return after(self.month, self.months)

    @property
    def line(self) -> list[Step]:
        """The five days with today among them, if it lies between the first and the last and is none of them."""
        today, days = self.today, [step.day for step in self.steps]
        between = days[0] < today < days[-1] and today not in days and not self.period.closed_at
        marked = [Step("今天", today, today)] if between else []
        return sorted([*self.steps, *marked], key=lambda step: step.day)

    @property
    def decides(self) -> bool:
        """Whether the reader is of the city office, which changes days, opens, closes and reopens."""
        return self.user.has_role(roles.OFFICE)

    @property
    def changeable(self) -> bool:
        """Whether the reader can still change the days."""
        return self.decides and not self.period.closed_at

    @property
    def openable(self) -> bool:
        """Whether the reader can open what the clock has not opened."""
        return self.changeable and self.period.opened_at is None

    @cached_property
    def hindrances(self) -> list[Hindrance]:
        """What stands in the way of the close."""
        return hindrances(self.period, self.today)

    @property
    def closable(self) -> bool:
        return self.changeable and not self.hindrances

    @cached_property
    def owed(self) -> list[MonthlyReport]:
        """The reports that would be named as missing at the close, or were."""
        states = (State.MISSING,) if self.period.closed_at else MonthlyReport.OWED
        return self._reports(states)

    @property
    def owed_ids(self) -> str:
        """Their ids, as the form of the close carries them."""
        return " ".join(str(report.pk) for report in self.owed)

    @cached_property
    def reopenings(self) -> list[Reopening]:
        """The exceptions to the close, the latest first."""
        found = Reopening.objects.filter(
            seen_by(self.user, "report__project__"), report__year=self.period.year, report__month=self.period.month
        )
        return list(found.select_related("report__project__responsible_unit", "by").order_by("-id"))

    def _reports(self, states: Collection[int]) -> list[MonthlyReport]:
        found = MonthlyReport.objects.of(self.month).filter(seen_by(self.user, "project__"), state__in=states)
        named = found.select_related("project__responsible_unit")
        return list(named.order_by(F("project__responsible_unit__name").asc(nulls_last=True), "project__code"))


def period_year(user: User, wanted: int | None) -> PeriodYear | None:
    """The months of the year wanted, else of the year of the earliest open month, else of the latest.

    None while there is no month. Raises Period.DoesNotExist for a year without one.
    """
    years = list(Period.objects.order_by("year").values_list("year", flat=True).distinct())
    if not years:
        return None
    if wanted is None:
        going = Period.objects.going().first()
        wanted = going.year if going else _latest(years)
    if wanted not in years:
        raise Period.DoesNotExist(f"{wanted} 年没有报告期。")
    numbers = _numbers(user, year=wanted)
    today = timezone.localdate()
    periods = Period.objects.filter(year=wanted).select_related("closed_by")
    return PeriodYear(wanted, years, [PeriodRow(each, numbers.get(each.month, Numbers({})), today) for each in periods])


def period_sheet(user: User, month: Month) -> PeriodSheet:
    """The page of a month. Raises Period.DoesNotExist."""
    periods = {each.of_month: each for each in Period.objects.select_related("closed_by")}
    if month not in periods:
        raise Period.DoesNotExist(f"{month.label}没有报告期。")
    numbers = _numbers(user, year=month.year, month=month.number).get(month.number, Numbers({}))
    return PeriodSheet(periods[month], numbers, timezone.localdate(), user, sorted(periods))


def _latest(years: list[int]) -> int:
    """The latest year in which anything was reported."""
    reported = MonthlyReport.objects.order_by("-year").values_list("year", flat=True).first()
    return reported if reported in years else years[-1]


def _numbers(user: User, **when: Any) -> dict[int, Numbers]:
    """The numbers of each month, by its number."""
    found = MonthlyReport.objects.filter(seen_by(user, "project__"), **when).order_by()
    numbers: dict[int, dict[int, int]] = {}
    for month, state, number in found.values_list("month", "state").annotate(number=Count("pk")):
        numbers.setdefault(month, {})[state] = number
    return {month: Numbers(of_state) for month, of_state in numbers.items()}
