"""Which projects are asked for in the address: one set of filters for lists, rankings, groups, charts and exports.

Choices come only from what the reader may see, so a filter never tells of another unit's data. What is unknown is
answered with a message and chooses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import BoundField
from django.http import QueryDict

from projects.models import Area, Category, Level, Nature, Official, Organisation, Project, Stage, Status
from projects.models.projects import ProjectQuerySet
from projects.spelling import finds, initials

from .attention import SETS, conditions
from .freshness import Freshness
from .lamps import LAMPS, condition
from .milestones import MILESTONES
from .milestones import conditions as milestone_conditions
from .places import LEADER, UNIT, Chosen, Place

ANY = "全部"
NOBODY = "0"  # in addresses: without a leader, without a unit
UNKNOWN = {"invalid_choice": "没有“%(value)s”这一项，或者您没有查看的权限。"}
LONGEST_SEARCH = 120  # the longest name
NAMED = 5  # of several names that fit, so many are named
ELSEWHERE = (
    ("projects", "项目"), ("categories", "类别"), ("areas", "区县"), ("leaders", "联系领导"), ("units", "责任单位"),
    ("cadence", "按期比较"),
)  # fmt: skip
OFFERED = 300  # more units than that are not offered to choose from, only found by typing


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


class TypedField(filters.ModelChoiceFilter.field_class):
    """A row named by its id, by its name, or by what finds no other: a part of the name, or initials in pinyin."""

    def to_python(self, value: Any) -> Any:
        text = (value or "").strip()
        if text == self.null_label:
            return self.null_value
        if not text or text.isdigit() or text == self.null_value:
            return super().to_python(text)
        rows = {row: str(row) for row in self.queryset}
        named = [row for row, name in rows.items() if name == text]
        named = named or [row for row, name in rows.items() if finds(text, name)]
        if len(named) > 1:
            some = "、".join(rows[row] for row in named[:NAMED])
            more = f"等 {len(named)} 个" if len(named) > NAMED else ""
            raise ValidationError(f"“{text}”不止一个：{some}{more}。请写得完整一些。")
        return named[0] if named else super().to_python(text)


class TypedFilter(SeenFilter):
    """A choice among many: typed, with what may be chosen offered below."""

    field_class = TypedField


@dataclass(frozen=True)
class Typed:
    """A control to type a choice in: what is chosen, and what is offered, each name with its initials."""

    field: BoundField
    value: str
    offered: list[tuple[str, str]]


def _choice(field_name: str, label: str, choices: Any, **kwargs: Any) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(
        field_name, label=label, choices=choices, empty_label=ANY, error_messages=UNKNOWN, **kwargs
    )


class RegisterFilter(filters.FilterSet):
    """What can be asked of every project of the register, in the plan of the year or not."""

    q = filters.CharFilter(label="查找", method="search", max_length=LONGEST_SEARCH)
    category = SeenFilter("category", lambda place: Category.objects.visible_to(place.user), label="类别")
    area = SeenFilter("area", lambda place: Area.objects.visible_to(place.user), label="区县")
    leader = TypedFilter("liaison_leader", _leaders, label="联系领导", null_label=LEADER.nobody)
    unit = TypedFilter(
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
        return rows.found(text)

    @property
    def rows(self) -> Any:
        """The projects asked for; none where something unknown is asked for."""
        return self.qs if self.is_valid() else self.queryset.none()

    @property
    def selects(self) -> list[tuple[BoundField, list[tuple[Any, str]]]]:
        """The controls to choose from, each with its choices."""
        return [(field, self._choices(field.name)) for field in self.form if field.name not in ("q", "leader", "unit")]

    @property
    def typed(self) -> list[Typed]:
        """The controls to type in: of leaders and units there are too many to look through."""
        return [
            Typed(self.form[name], self._said(name) if self.data.get(name) else "", self._names(name))
            for name in ("leader", "unit")
        ]

    def _choices(self, name: str) -> list[tuple[Any, str]]:
        field = self.form.fields[name]
        if not isinstance(self.filters[name], SeenFilter):
            return list(field.choices)
        key = f"choices-{name}-{self.place.key}"
        rows = self.freshness.keep(key, lambda: [(row.pk, str(row)) for row in self._offered(field.queryset)])
        return [("", ANY), *rows]

    def _names(self, name: str) -> list[tuple[str, str]]:
        field = self.form.fields[name]
        key = f"names-{name}-{self.place.key}"
        rows = self.freshness.keep(key, lambda: [str(row) for row in field.queryset[: OFFERED + 1]])
        return [(each, initials(each)) for each in (field.null_label, *rows)] if len(rows) <= OFFERED else []

    def _offered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The city is an area too, of projects that stand in none of its districts; it is asked for by link only."""
        return rows.exclude(pk=self.place.city.pk) if rows.model is Area else rows

    @cached_property
    def chips(self) -> list[Chip]:
        """The active filters, in the order of the form."""
        return [
            Chip(name, self.filters[name].label, self._said(name), self._without(name))
            for name in self.filters
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
        self.is_valid()
        value = self.form.cleaned_data.get(name, self.data[name])
        field = self.form.fields[name]
        if isinstance(value, str) and value == getattr(field, "null_value", None) and field.null_label:
            return str(field.null_label)
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

    elsewhere = ELSEWHERE  # the names of the other pages that honour the same filters

    @cached_property
    def narrowed(self) -> Place:
        """The place with what is chosen here: what rankings, groups, charts and exports show."""
        if not self.chips:
            return self.place
        lasting = not {"lamp", "attention", "milestone"} & {chip.name for chip in self.chips}
        pairs = tuple((chip.name, self._address(chip.name)) for chip in self.chips)
        return replace(self.place, chosen=Chosen(pairs, self.rows.order_by(), lasting))

    def _address(self, name: str) -> str:
        """The value as an address has it: of a row its id."""
        value = self.form.cleaned_data.get(name, self.data[name]) if self.is_valid() else self.data[name]
        return str(getattr(value, "pk", value))

    def in_lamp(self, rows: ProjectQuerySet, name: str, code: str) -> ProjectQuerySet:
        wanted = next(each for each in LAMPS if each.code == code)
        return rows.filter(condition(wanted, "now__"))

    def in_attention(self, rows: ProjectQuerySet, name: str, code: str) -> ProjectQuerySet:
        return rows.filter(conditions(self.place)[code])

    def in_milestone(self, rows: ProjectQuerySet, name: str, code: str) -> ProjectQuerySet:
        return rows.filter(milestone_conditions(self.place)[code])
