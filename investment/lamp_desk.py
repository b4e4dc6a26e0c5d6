"""The rows behind the page `/lamps/`: by which rules a year's lamps are lit, and how many projects have which."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Count
from django.utils import timezone

from projects import roles

from .addresses import projects_behind
from .lamps import BANDS, FINAL, LAMPS, STATES, UNRATED, Lamp, Rule, Rules, bounds
from .models import LampRules, Period
from .models.lamp_rules import rules_in_force
from .months import Month
from .places import Place


@dataclass(frozen=True)
class Line:
    """A rule as people read it: when it holds, which lamp it lights, what it says."""

    rule: Rule
    rules: Rules

    @property
    def lamp(self) -> Lamp:
        return self.rule.shown

    @property
    def when(self) -> str:
        """'80 至 95%' of a band, under the heading of its measure; else the whole case."""
        return bounds(self.rule, self.rules).replace("%以", "% 以") or "其余"

    @property
    def since(self) -> str:
        return f"{self.rule.first_month} 月起" if self.rule.first_month > 1 else ""

    @property
    def reason(self) -> str:
        """The sentence, with a blank for the value."""
        return self.rule.reason.replace("{value}", "…")


@dataclass(frozen=True)
class LampDesk:
    """The rules of a year, and the lamps of one of its months as the reader sees them."""

    place: Place
    years: Sequence[int]

    @property
    def year(self) -> int:
        return self.place.month.year

    @property
    def may_change(self) -> bool:
        return self.place.user.has_role(roles.OFFICE)

    @property
    def previous(self) -> int | None:
        return max((year for year in self.years if year < self.year), default=None)

    @property
    def next(self) -> int | None:
        return min((year for year in self.years if year > self.year), default=None)

    @cached_property
    def versions(self) -> list[LampRules]:
        """What was adopted for the year, the latest first."""
        return list(LampRules.objects.filter(year=self.year).select_related("adopted_by").order_by("-version"))

    @property
    def version(self) -> int:
        """The version in force; 0 while the year has none of its own."""
        return self.versions[0].version if self.versions else 0

    @cached_property
    def rules(self) -> Rules:
        """The rules in force."""
        return rules_in_force(self.year)

    @property
    def groups(self) -> list[tuple[str, str, list[Line]]]:
        """The rules in force under headings, each with what it is about."""
        found = [(measure.label, "分档", [measure]) for measure in BANDS]
        others = {rule.measure for rule in self.rules} - {*BANDS, *FINAL, *UNRATED}
        found += [
            ("另有这些情形的", "与上面比较，以较差的为准", sorted(others)),
            ("完成的", "高于其他一切规则", list(FINAL)),
            ("不评价的", "上面的分档不适用", list(UNRATED)),
        ]
        lines = [
            (title, note, [Line(rule, self.rules) for rule in self.rules if rule.measure in measures])
            for title, note, measures in found
        ]
        return [group for group in lines if group[2]]

    @cached_property
    def period(self) -> Period | None:
        return Period.objects.filter(year=self.year, month=self.place.month.number).first()

    @property
    def closed(self) -> bool:
        return bool(self.period and self.period.closed_at)

    @cached_property
    def numbers(self) -> list[tuple[Lamp, int, str]]:
        """Each lamp with its projects in the month and the address of their list; the worst first."""
        counted = dict(self.place.progress.order_by().values_list("lamp_state").annotate(projects=Count("pk")))
        counted[0] = counted.get(0, 0) + counted.pop(None, 0)
        return [
            (lamp, counted.get(STATES.index(lamp), 0), projects_behind(self.place.month, lamp=lamp.code))
            for lamp in LAMPS
        ]


def lamp_desk(place: Place, year: int | None, month: Month | None) -> LampDesk | None:
    """The desk of the month asked for, else of the year, else of the latest; None for what has no figures.

    Of a year the month shown is the latest that has begun and is open, else the latest.
    """
    years = sorted({each.year for each in place.months})
    wanted = month.year if month else year if year is not None else years[-1]
    months = [each for each in place.months if each.year == wanted]
    if not months or (month and month not in months):
        return None
    return LampDesk(replace(place, month=month or _latest(months)), years)


def _latest(months: list[Month]) -> Month:
    today = Month.of(timezone.localdate())
    closed = Period.objects.filter(year=months[0].year, closed_at__isnull=False).values_list("month", flat=True)
    shut = set(closed)
    return max((each for each in months if each.number not in shut and each <= today), default=months[-1])
