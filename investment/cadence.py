"""The rows behind `/cadence/`: a month, quarter, half-year or year, beside the one before and the same a year ago.

Two spans are compared on the projects that are listed in both; those that came or left are named apart. What was
completed in a span is the engine's year to date at its end less that on its eve. Without an approved report there is no
amount, which is not zero. Amounts in 万元, rates in percent.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from projects.money import MoneyField

from .addresses import chosen_behind
from .models import GroupProgress, ProjectProgress
from .models.progress import ProjectProgressQuerySet
from .months import Cadence, Span
from .places import AREA, CATEGORY, Grouping, Place, added_up
from .rates import percent

NAMED = 5  # risers, and fallers
MOVED = 10  # named of those that came, and of those that left
BOTH = (CATEGORY, AREA)


@dataclass(frozen=True)
class Done:
    """What some projects completed in a span: the engine's sums at its end and on its eve, and how many reports."""

    end: GroupProgress
    eve: GroupProgress | None
    reports: int

    @property
    def projects(self) -> int:
        return self.end.projects

    @property
    def amount(self) -> Decimal | None:
        """Completed in the span; None without an approved report."""
        if not self.reports:
            return None
        return self.end.year_to_date - (self.eve.year_to_date if self.eve else 0)

    @property
    def planned(self) -> Decimal | None:
        """What the plan to date grew by in the span: a revision within it included; None without a plan."""
        if not self.end.planned_projects or self.end.planned_to_date is None:
            return None
        return self.end.planned_to_date - ((self.eve.planned_to_date or 0) if self.eve else 0)

    @property
    def revised(self) -> Decimal:
        """What revisions within the span add to the annual plan; those of a year's first month are not told apart."""
        return self.end.planned_year - self.eve.planned_year if self.eve else Decimal(0)

    @property
    def rate(self) -> Decimal | None:
        """Completed in the span ÷ planned in the span."""
        return percent(self.amount, self.planned) if self.planned and self.planned > 0 else None

    @property
    def year_to_date(self) -> Decimal | None:
        return self.end.year_to_date if self.reports or self.end.year_to_date else None

    @property
    def year_rate(self) -> Decimal | None:
        """Year to date ÷ annual plan."""
        return None if self.year_to_date is None else self.end.rate


Sums = dict[str, dict[int, Done]]  # by grouping and group; '' and 0 for all together
Summed = tuple[Span, Sums]


@dataclass(frozen=True)
class Line:
    """A category, an area, or all together: in the span, or beside another one (`then`) on the same projects."""

    place: Place
    span: Span
    beside: Span | None
    grouping: Grouping | None
    key: int
    name: str
    now: Done
    then: Done | None = None

    @property
    def change(self) -> Decimal | None:
        """How much more than then; None where one of the two has no amount."""
        if self.then is None or self.now.amount is None or self.then.amount is None:
            return None
        return self.now.amount - self.then.amount

    @property
    def percent(self) -> Decimal | None:
        """The change in percent of what was completed then."""
        return percent(self.change, self.then.amount) if self.then else None

    @property
    def behind(self) -> str | None:
        """The address of the list of its projects, with what each completed in the span."""
        return self._behind(self.span)

    @property
    def behind_then(self) -> str | None:
        """The same for the span beside it."""
        return self._behind(self.beside) if self.beside else None

    def _behind(self, span: Span) -> str | None:
        group = {self.grouping.code: self.key} if self.grouping else {}
        return chosen_behind(self.place, span.last, **group, by=span.cadence.code)


@dataclass(frozen=True)
class Moved:
    """The projects that are listed in one of two spans only."""

    sums: Done | None
    rows: list[Any]

    @property
    def others(self) -> int:
        return (self.sums.projects if self.sums else 0) - len(self.rows)


@dataclass(frozen=True)
class Comparison:
    """A span beside another one: `word` is 环比 or 同比. Without a project in both there is nothing in `total`."""

    word: str
    then: Span
    total: Line | None
    groups: list[tuple[Grouping, list[Line]]]
    entering: Moved
    leaving: Moved
    risers: list[Any]
    fallers: list[Any]
    only_now: int
    only_then: int

    @property
    def of_all(self) -> bool:
        """Whether no project came or left: then a list shows the very projects that are compared."""
        return not self.entering.sums and not self.leaving.sums

    def line_of(self, grouping: Grouping, key: int) -> Line | None:
        """The line of one group; None where none of its projects is in both spans."""
        lines = next(lines for each, lines in self.groups if each == grouping)
        return next((line for line in lines if line.key == key), None)


@dataclass(frozen=True)
class Review:
    """A month, quarter, half-year or year of all that the reader sees."""

    place: Place
    cadence: Cadence

    @property
    def span(self) -> Span:
        return Span(self.cadence, self.place.month)

    @cached_property
    def sums(self) -> Sums:
        return _sums(_year(self.place, self.span), self.span)

    @cached_property
    def done(self) -> Done | None:
        """All together, without the groups; None without a project."""
        return _sums(_year(self.place, self.span), self.span, ())[""].get(0)

    @property
    def total(self) -> Line:
        return _total(self.place, (self.span, self.sums))

    @cached_property
    def groups(self) -> list[tuple[Grouping, list[Line]]]:
        return _lines(self.place, (self.span, self.sums))

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """With the span before and the same one a year ago; for a year both are one."""
        spans = {"环比": self.span.previous, "同比": self.span.year_ago}
        if self.span.previous == self.span.year_ago:
            del spans["环比"]
        return [self._comparison(word, then) for word, then in spans.items()]

    def _comparison(self, word: str, then: Span) -> Comparison:
        now = self.span
        now_rows, then_rows = _year(self.place, now), _year(self.place, then)
        came, left = now_rows.none(), now_rows.none()
        same = now.last.year == then.last.year  # whoever is listed in a year is listed in all of its months
        if not same:
            in_now, in_then = _listed(now_rows, now), _listed(then_rows, then)
            came, left = now_rows.exclude(project__in=in_then), then_rows.exclude(project__in=in_now)
            now_rows, then_rows = now_rows.filter(project__in=in_then), then_rows.filter(project__in=in_now)
        sums, before = self.sums if same else _sums(now_rows, now), _sums(then_rows, then)
        both = _beside(self.place, now, then).filter(now__isnull=False, then__isnull=False)
        changed = both.filter(now_reported=True, then_reported=True)
        return Comparison(
            word, then,
            total=_total(self.place, (now, sums), (then, before)) if sums[""] else None,
            groups=_lines(self.place, (now, sums), (then, before)),
            entering=self._moved(came, now, then),
            leaving=self._moved(left, then, now),
            risers=list(changed.filter(change__gt=0).order_by("-change", "code")[:NAMED]),
            fallers=list(changed.filter(change__lt=0).order_by("change", "code")[:NAMED]),
            only_now=both.filter(now_reported=True, then_reported=False).count(),
            only_then=both.filter(now_reported=False, then_reported=True).count(),
        )  # fmt: skip

    def _moved(self, rows: ProjectProgressQuerySet, span: Span, beside: Span) -> Moved:
        """The projects of these rows, which are listed in a span and not in the year of the one beside it."""
        if span.last.year == beside.last.year:
            return Moved(None, [])
        projects = _beside(self.place, span, beside).filter(now__isnull=False, then__isnull=True)
        named = projects.order_by("-now_reported", "-now_amount", "code")[:MOVED]
        return Moved(_sums(rows, span, ())[""].get(0), list(named))


def _year(place: Place, span: Span) -> ProjectProgressQuerySet:
    return replace(place, month=span.last).year


def _listed(rows: ProjectProgressQuerySet, span: Span) -> QuerySet[Any]:
    return rows.filter(month=span.last.number).values("project")


def _sums(rows: ProjectProgressQuerySet, span: Span, groupings: Iterable[Grouping] = BOTH) -> Sums:
    """What the projects of these rows completed in a span: all together, and by group."""
    ends = rows.filter(month__in=[month.number for month in (span.last, span.eve) if month])
    columns = [grouping.column for grouping in groupings]
    counted = rows.filter(month__in=span.numbers).order_by().values(*columns or ["year"])
    reports = list(counted.annotate(reports=Count("amount")))
    sums = {"": _done(added_up(ends), span, Counter({0: sum(row["reports"] for row in reports)}))}
    for grouping in groupings:
        of_group: Counter[int] = Counter()
        for row in reports:
            of_group[row[grouping.column] or 0] += row["reports"]
        sums[grouping.code] = _done(added_up(ends, grouping), span, of_group)
    return sums


def _done(rows: list[GroupProgress], span: Span, reports: Counter[int]) -> dict[int, Done]:
    eves = {row.key: row for row in rows if row.month != span.last.number}
    return {
        row.key: Done(row, eves.get(row.key), reports[row.key]) for row in rows if row.month == span.last.number
    }  # fmt: skip


def _total(place: Place, now: Summed, then: Summed | None = None) -> Line:
    return _line(place, None, 0, "合计", now, then)


def _lines(place: Place, now: Summed, then: Summed | None = None) -> list[tuple[Grouping, list[Line]]]:
    """The categories and the areas, in the order of the register; last what stands in none."""
    return [
        (
            grouping,
            [
                _line(place, grouping, key, name, now, then)
                for key, name in _names(place, grouping, now[1][grouping.code])
            ],
        )
        for grouping in BOTH
    ]


def _line(place: Place, grouping: Grouping | None, key: int, name: str, now: Summed, then: Summed | None) -> Line:
    (span, sums), (beside, before) = now, then or (None, {})
    code = grouping.code if grouping else ""
    return Line(place, span, beside, grouping, key, name, sums[code][key], before.get(code, {}).get(key))


def _names(place: Place, grouping: Grouping, keys: Iterable[int]) -> list[tuple[int, str]]:
    """The groups by name, in the order of the register; the city is the area of what stands in none of its areas."""
    rows = list(grouping.model._default_manager.filter(pk__in=keys))
    named = [(row.pk, str(row)) for row in rows if row != place.city]
    return named + [(row.pk, f"未分到{grouping.label}") for row in rows if row == place.city]


def _beside(place: Place, now: Span, then: Span) -> Any:
    """The visible projects, each beside its rows at the end of both spans, with what it completed in them.

    `now_amount` and `then_amount` are what was completed, `now_reported` and `then_reported` whether any of it was
    reported and approved, `change` the one less the other.
    """
    found: Any = place.projects
    for name, span in (("now", now), ("then", then)):
        found = _with_span(found.annotate(**{name: _at(span.last)}), name, span)
    difference = ExpressionWrapper(F("now_amount") - F("then_amount"), output_field=MoneyField())
    return found.annotate(change=difference)


def within(projects: Any, span: Span) -> Any:
    """The projects of a list (read with `now`), each with what it completed in the span, `done`, and planned, `due`.

    None without an approved report, and without a plan.
    """
    done = Case(When(now_reported=True, then=F("now_amount")))
    return _with_span(projects, "now", span).annotate(done=done, due=_grown("now", "planned_to_date", span))


def _with_span(projects: Any, name: str, span: Span) -> Any:
    """Add `{name}_amount` and `{name}_reported` to projects that stand beside their row at the span's end, `{name}`."""
    reports = ProjectProgress.objects.filter(
        project=OuterRef("pk"), year=span.last.year, month__in=span.numbers, amount__isnull=False
    )
    eve = {f"{name}_eve": _at(span.eve)} if span.eve else {}
    amount = _grown(name, "year_to_date", span)
    return projects.annotate(**eve).annotate(**{f"{name}_amount": amount, f"{name}_reported": Exists(reports)})


def _grown(name: str, figure: str, span: Span) -> ExpressionWrapper:
    """What a figure to date grew by in a span."""
    end: Any = F(f"{name}__{figure}")
    if span.eve:
        end -= Coalesce(F(f"{name}_eve__{figure}"), Value(0), output_field=MoneyField())
    return ExpressionWrapper(end, output_field=MoneyField())


def _at(month: Any) -> FilteredRelation:
    return FilteredRelation("progress", condition=Q(progress__year=month.year, progress__month=month.number))
