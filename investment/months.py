"""The calendar: months as values, and how far a year has gone. Pure; knows nothing of the database."""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

MONTHS = range(1, 13)
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month, ordered in time; `str()` gives '2018-06', `label` gives '2018年6月'."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read '2018-06'. Raises ValueError for anything else."""
        found = _MONTH.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a month like 2018-06")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: datetime.date) -> "Month":
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"

    @property
    def label(self) -> str:
        return f"{self.year}年{self.number}月"

    def day(self, number: int) -> datetime.date:
        """That day of the month."""
        return datetime.date(self.year, self.number, number)

    @property
    def last_day(self) -> datetime.date:
        return self.shift(1).day(1) - datetime.timedelta(days=1)

    def shift(self, months: int) -> "Month":
        """The month that many months later (earlier if negative)."""
        year, index = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, index + 1)


def days_by_rule(month: Month) -> dict[str, datetime.date]:
    """The days of a month's reporting by the usual rule, by the name of the step; holidays are put right by hand.

    Source: domain notes, section 5. The window opens on the 15th, units report by the 25th, the first review ends on
    the 27th, the final review on the 28th, and the bulletin is out on the 5th of the following month.
    """
    following = month.shift(1)
    return {
        "opens_on": month.day(15),
        "due_on": month.day(25),
        "first_review_due_on": month.day(27),
        "final_review_due_on": month.day(28),
        "bulletin_due_on": following.day(5),
    }


def before(month: Month, months: Iterable[Month]) -> Month | None:
    """The last of the months that comes before this one."""
    return max((each for each in months if each < month), default=None)


def after(month: Month, months: Iterable[Month]) -> Month | None:
    """The first of the months that comes after this one."""
    return min((each for each in months if each > month), default=None)


def time_progress(month: int) -> Decimal:
    """Share of the year that has gone by the end of a month, in percent with two decimals (时间进度): month ÷ 12."""
    return (Decimal(100 * month) / 12).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Cadence:
    """How often the city looks back: after so many months, and what that is called."""

    code: str
    months: int
    word: str
    occasion: str


CADENCES = {
    each.code: each
    for each in (
        Cadence("month", 1, "月", "一月一通报"),
        Cadence("quarter", 3, "季", "一季一调度"),
        Cadence("half", 6, "半年", "半年一督查"),
        Cadence("year", 12, "年", "全年一考核"),
    )
}
_QUARTERS, _HALVES = ("一季度", "二季度", "三季度", "四季度"), ("上半年", "下半年")


@dataclass(frozen=True)
class Span:
    """The months of one month, quarter, half-year or year, from its first to `last`: the rest may be yet to come."""

    cadence: Cadence
    last: Month

    @property
    def first(self) -> Month:
        return self.last.shift(-((self.last.number - 1) % self.cadence.months))

    @property
    def eve(self) -> Month | None:
        """The month of the year before the first; None where the year begins with the span."""
        return None if self.first.number == 1 else self.first.shift(-1)

    @property
    def numbers(self) -> range:
        """The months of the year that it holds."""
        return range(self.first.number, self.last.number + 1)

    @property
    def complete(self) -> bool:
        return len(self.numbers) == self.cadence.months

    @property
    def previous(self) -> "Span":
        """As many months from the beginning of the one before, so that like is compared with like."""
        return Span(self.cadence, self.last.shift(-self.cadence.months))

    @property
    def year_ago(self) -> "Span":
        """The same months of the year before."""
        return Span(self.cadence, self.last.shift(-12))

    @property
    def name(self) -> str:
        """'2018年三季度', '2018年上半年', '2018年6月', '2018年全年', whether or not it is over."""
        which = {
            1: f"{self.last.number}月",
            3: _QUARTERS[(self.last.number - 1) // 3],
            6: _HALVES[(self.last.number - 1) // 6],
            12: "全年",
        }
        return f"{self.last.year}年{which[self.cadence.months]}"

    @property
    def label(self) -> str:
        """'2018年三季度', or of one that is not over '2018年三季度至8月', '2018年1月至8月'."""
        if self.complete:
            return self.name
        if self.cadence.months == 12:
            return f"{self.last.year}年1月" if self.last.number == 1 else f"{self.last.year}年1月至{self.last.number}月"
        return f"{self.name}至{self.last.number}月"
