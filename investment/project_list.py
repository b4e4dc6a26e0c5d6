"""The list of projects: which ones are asked for in the address, what they add up to, what was asked in words.

Choices come only from what the reader may see, so a filter never tells of another unit's data. Amounts in 万元.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.forms import BoundField
from django.http import QueryDict

from projects.models import Area, Category, Level, Nature, Official, Organisation, Project, Stage, Status
from projects.models.projects import ProjectQuerySet

from .attention import SETS, conditions
from .freshness import Freshness
from .lamps import LAMPS, condition
from .milestones import MILESTONES
from .milestones import conditions as milestone_conditions
from .models import GroupProgress, MonthlyReport, ProjectProgress
from .places import LEADER, UNIT, Place, added_up

ANY = "全部"
NOBODY = "0"  # in addresses: without a leader, without a unit
UNKNOWN = {"invalid_choice": "没有“%(value)s”这一项，或者您没有查看的权限。"}
LONGEST_SEARCH = 120  # the longest name
SEARCHED = ("name", "code", "owner__name", "responsible_unit__name", "content")

State = MonthlyReport.State
# Why a month has no amount, by the state of its report. A draft is nobody else's business: it counts as '未报'.
WORDS: dict[int, str] = {
    State.EXPECTED: "未报",
    State.DRAFT: "未报",
    State.SUBMITTED: "未审定",
    State.PASSED: "未审定",
    State.APPROVED: "更新中",
    State.RETURNED: "已退回",
    State.EXCUSED: "免报",
    State.MISSING: "缺报",
}
NOT_DUE = "无需填报"


@dataclass(frozen=True)
class Chip:
    """One active filter in words; `without` is the query string that takes it off."""

    name: str
    label: str
    value: str
    without: str


def _leaders(place: Place) -> QuerySet[Official]:
    followed = Project.objects.filter(liaison_leader=OuterRef("pk"))
    return Official.objects.visible_to(place.user).filter(Exists(followed))


class SeenFilter(filters.ModelChoiceFilter):
    """A choice among rows that the reader may see; its `queryset` is a function of the place."""

    def __init__(self, field_name: str, queryset: Callable[[Place], QuerySet[Any]], **kwargs: Any) -> None:
        super().__init__(
            field_name, queryset=queryset, empty_label=ANY, null_value=NOBODY, error_messages=UNKNOWN, **kwargs
        )

    def get_queryset(self, request: Any) -> QuerySet[Any]:
        return self.queryset(self.parent.place)


def _choice(field_name: str, label: str, choices: Any, **kwargs: Any) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(
        field_name, label=label, choices=choices, empty_label=ANY, error_messages=UNKNOWN, **kwargs
    )


class RegisterFilter(filters.FilterSet):
    """What can be asked of every project of the register, in the plan of the year or not."""

    q = filters.CharFilter(label="查找", method="search", max_length=LONGEST_SEARCH)
    category = SeenFilter("category", lambda place: Category.objects.visible_to(place.user), label="类别")
    area = SeenFilter("area", lambda place: Area.objects.visible_to(place.user), label="区县")
    leader = SeenFilter("liaison_leader", _leaders, label="联系领导", null_label=LEADER.nobody)
    unit = SeenFilter(
        "responsible_unit", lambda place: Organisation.objects.visible_to(place.user), label="责任单位",
        null_label=UNIT.nobody,
    )  # fmt: skip
    level = _choice("level", "级别", Level.choices)
    stage = _choice("stage", "建设阶段", Stage.choices)
    status = _choice("status", "推进状态", Status.choices)

    def __init__(self, data: QueryDict, place: Place, fresh: Freshness) -> None:
        self.place, self.freshness = place, fresh
        super().__init__(data, self.everything(place))

    def everything(self, place: Place) -> ProjectQuerySet:
        """The projects among which the filters choose."""
        return place.unlisted

    def search(self, rows: ProjectQuerySet, name: str, text: str) -> ProjectQuerySet:
        """Every word must stand in the name, the code, the owner, the unit or the content."""
        for word in text.split():
            found = Q()
            for field in SEARCHED:
                found |= Q(**{f"{field}__icontains": word})
            rows = rows.filter(found)
        return rows

    @property
    def rows(self) -> Any:
        """The projects asked for; none where something unknown is asked for."""
        return self.qs if self.is_valid() else self.queryset.none()

    @property
    def selects(self) -> list[tuple[BoundField, list[tuple[Any, str]]]]:
        """The controls to choose from, each with its choices; of units there are too many to choose from."""
        return [(field, self._choices(field.name)) for field in self.form if field.name not in ("q", "unit")]

    def _choices(self, name: str) -> list[tuple[Any, str]]:
        field = self.form.fields[name]
        if not isinstance(self.filters[name], SeenFilter):
            return list(field.choices)
        nobody = [(NOBODY, field.null_label)] if field.null_label else []
        key = f"choices-{name}-{self.place.key}"
        rows = self.freshness.keep(key, lambda: [(row.pk, str(row)) for row in self._offered(field.queryset)])
        return [("", ANY), *nobody, *rows]

    def _offered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The city is an area too, of projects that stand in none of its districts; it is asked for by link only."""
        return rows.exclude(pk=self.place.city.pk) if rows.model is Area else rows

    @cached_property
    def chips(self) -> list[Chip]:
        """The active filters, in the order of the form."""
        return [
            Chip(name, self.filters[name].label, self._said(name), self._without(name))
            for name in self.form.fields
            if self.data.get(name, "").strip()
        ]

    @property
    def loosened(self) -> list[tuple[Chip, int]]:
        """For each active filter how many projects there would be without it; for lists that came out empty."""
        if not self.is_valid():
            return []
        return [(chip, self._leaving_out(chip.name).count()) for chip in self.chips]

    def _leaving_out(self, left_out: str) -> Any:
        rows: Any = self.queryset
        for name, value in self.form.cleaned_data.items():
            if name != left_out:
                rows = self.filters[name].filter(rows, value)
        return rows

    def _said(self, name: str) -> str:
        value = self.form.cleaned_data.get(name, self.data[name]) if self.is_valid() else self.data[name]
        field = self.form.fields[name]
        if isinstance(value, str) and value == getattr(field, "null_value", None) and field.null_label:
            return field.null_label
        if isinstance(self.filters[name], SeenFilter) or name == "q":
            return str(value)
        return next((label for key, label in field.choices if str(key) == value), value)

    def _without(self, *names: str) -> str:
        kept = self.data.copy()
        for name in (*names, "page"):
            kept.pop(name, None)
        return kept.urlencode()


class ListedFilter(RegisterFilter):
    """What can be asked of the projects of a year: also how they stand in the month."""

    nature = _choice("now__nature", "建设性质", Nature.choices)
    lamp = _choice("now__lamp_state", "进度状态", [(each.code, each.word) for each in LAMPS], method="in_lamp")
    attention = _choice("pk", "需要关注", [(each.code, each.label) for each in SETS], method="in_attention")
    milestone = _choice("pk", "开工竣工", list(MILESTONES.items()), method="in_milestone")

    def everything(self, place: Place) -> ProjectQuerySet:
        return place.listed

    def in_lamp(self, rows: ProjectQuerySet, name: str, code: str) -> ProjectQuerySet:
        wanted = next(each for each in LAMPS if each.code == code)
        return rows.filter(condition(wanted, "now__"))

    def in_attention(self, rows: ProjectQuerySet, name: str, code: str) -> ProjectQuerySet:
        return rows.filter(conditions(self.place)[code])

    def in_milestone(self, rows: ProjectQuerySet, name: str, code: str) -> ProjectQuerySet:
        return rows.filter(milestone_conditions(self.place)[code])


@dataclass(frozen=True)
class Sums:
    """What the projects of a list add up to; `approved` is False while there is no amount, which is not zero."""

    figures: GroupProgress
    approved: bool


def sums(asked: ListedFilter) -> Sums | None:
    """The figures of the projects asked for, as other pages show them; None where there is no project."""
    place = asked.place
    if not asked.chips:
        return Sums(place.total, place.approved)
    chosen = {"project__in": asked.rows.order_by().values("pk")}
    found = added_up(place.progress.filter(**chosen))
    if not found:
        return None
    return Sums(found[0], found[0].year_to_date > 0 or _approved(place).filter(**chosen).exists())


def name_gaps(place: Place, projects: Iterable[Any]) -> None:
    """Tell of each project of a page (read with `now`) why it has no amount.

    Sets `unreported`, the word for a month without an amount, and `approved`: whether a report of the year counts, up
    to the month. Asks only about projects that have a gap.
    """
    month, gaps = place.month, [project for project in projects if project.now.amount is None]
    doubtful = [project for project in gaps if not project.now.year_to_date]
    reports = MonthlyReport.objects.filter(project__in=gaps, year=month.year, month=month.number)
    states: dict[int, int] = dict(reports.values_list("project", "state")) if gaps else {}
    counting = set(_approved(place).filter(project__in=doubtful).values_list("project", flat=True)) if doubtful else ()
    for project in projects:
        project.unreported = WORDS[states[project.pk]] if project.pk in states else NOT_DUE
        project.approved = project.now.amount is not None or project.now.year_to_date > 0 or project.pk in counting


def _approved(place: Place) -> QuerySet[ProjectProgress]:
    """The rows of the year, up to the month, in which a report is approved."""
    year, month = place.month.year, place.month.number
    return ProjectProgress.objects.filter(year=year, month__lte=month, amount__isnull=False)
