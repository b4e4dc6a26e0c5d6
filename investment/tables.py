"""Tables only declare: columns, headings with their unit, alignment. Rows come computed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.core.paginator import Paginator
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html
from django_tables2.data import TableListData
from django_tables2.utils import OrderBy

from projects.money import format_wan, format_yi
from projects.templatetags.money import points, rate

from .addresses import chosen_behind, projects_behind
from .lamps import Lamp
from .months import Month
from .overview import CurveMonth
from .places import Place
from .rankings import Ranked, Ranking
from .templatetags.marks import bullet

UNKNOWN = "—"  # not reported, or nothing to compare with: never a zero


def _attrs(*classes: str) -> dict[str, Any]:
    named = " ".join(classes)
    return {"th": {"class": named, "scope": "col"}, "td": {"class": named}}


NUMBER = _attrs("number")
ROOMY = _attrs("number", "roomy")  # left out on a phone


class YiColumn(tables.Column):
    """An amount kept in 万元, shown in 亿元."""

    def render(self, value: Decimal) -> str:
        return format_yi(value)


class RateColumn(tables.Column):
    """A percentage with two decimals; the sign % stands in the heading."""

    def render(self, value: Decimal) -> str:
        return rate(value)


class PointsColumn(tables.Column):
    """Percentage points with their sign."""

    def render(self, value: Decimal) -> str:
        return points(value)


class LampColumn(tables.Column):
    """A state with its shape and its word."""

    def render(self, value: Lamp) -> str:
        return get_template("lamp.html").render({"lamp": value})


def drawn(completed: Decimal | None, time_progress: Decimal) -> str:
    """The bullet bar of a completion rate."""
    return get_template("bullet.html").render(bullet(completed, time_progress))


class MonthTable(tables.Table):
    """The city's year month by month: the same figures as the curve, to read and to hear."""

    month = tables.Column("月份", attrs={"th": {"scope": "col"}})
    amount = YiColumn("本月完成（亿元）", attrs={**NUMBER, "td": {"class": "number amount"}}, empty_values=())
    planned_to_date = YiColumn("累计计划（亿元）", attrs=NUMBER, default="")
    year_to_date = YiColumn("累计完成（亿元）", attrs=NUMBER, default="")
    last_year = YiColumn("上年同期（亿元）", attrs=ROOMY, default="")
    rate = RateColumn("完成率（%）", attrs=NUMBER, default="")
    gap = PointsColumn("较时间进度（百分点）", attrs=NUMBER, default="")

    class Meta:
        orderable = False
        attrs = {"class": "months", "id": "month-table"}
        row_attrs = {"class": lambda record, table: record.state + (" shown" if record.month == table.shown else "")}
        empty_text = "本年还没有数据。"

    def __init__(
        self,
        data: list[CurveMonth],
        shown: Month,
        filters: Mapping[str, int] | None = None,
        place: Place | None = None,
        **kwargs: Any,
    ) -> None:
        """Amounts lead to the projects of these filters of the list, and of those of the place."""
        self.shown, self.filters, self.place = shown, filters or {}, place
        compared = any(row.last_year is not None for row in data)
        super().__init__(data, exclude=() if compared else ("last_year",), **kwargs)

    def render_month(self, record: CurveMonth) -> str:
        if record.state == "ahead":
            return f"{record.month.number}月"
        address = urlencode({"month": record.month, **(self.place.filters if self.place else {})})
        return format_html('<a href="?{}">{}月</a>', address, record.month.number)

    def render_amount(self, value: Decimal | None, record: CurveMonth) -> str:
        return self._linked("未审定" if record.state == "waiting" else format_yi(value), record)

    def render_year_to_date(self, value: Decimal, record: CurveMonth) -> str:
        return self._linked(format_yi(value), record)

    def _linked(self, text: str, record: CurveMonth) -> str:
        """The way to the projects of the month: what a click on the curve opens."""
        if record.state == "ahead":
            return text
        if self.place is None:
            return format_html('<a href="{}">{}</a>', projects_behind(record.month, **self.filters), text)
        address = chosen_behind(self.place, record.month, **self.filters)
        return format_html('<a href="{}">{}</a>', address, text) if address else text


class CountColumn(tables.Column):
    """How many projects, the most first; leads to their list, the address of which is an attribute of the row."""

    def __init__(self, heading: str, address: str) -> None:
        list_of = attrgetter(address)
        super().__init__(heading, attrs=ROOMY, linkify=lambda record: list_of(record), initial_sort_descending=True)


class BlanksLast(TableListData):
    """Rows sorted by one column. Rows without a value stand last both ways, equal rows keep their order."""

    data: list[Any]

    def order_by(self, aliases: Sequence[str]) -> None:
        for alias in map(OrderBy, reversed(aliases)):
            value = attrgetter(alias.bare)
            known = [row for row in self.data if value(row) is not None]
            blank = [row for row in self.data if value(row) is None]
            self.data = sorted(known, key=value, reverse=alias.is_descending) + blank


class UnpinnedPaginator(Paginator):
    """Pages of a table's rows; what is pinned below each page is not counted."""

    @cached_property
    def count(self) -> int:
        return len(self.object_list.data)  # type: ignore[attr-defined]


def _list(record: Ranked) -> str:
    """The projects that make a number up."""
    return record.all_projects


class RankingTable(tables.Table):
    """The groups of one kind in a month, the lowest rate first; below them those without a group, and all together."""

    name = tables.Column("名称", attrs=_attrs("name"), orderable=False)
    projects = tables.Column("项目（个）", attrs=ROOMY, linkify=_list, initial_sort_descending=True)
    planned_year = YiColumn(
        "年度计划（亿元）", attrs=ROOMY, default=UNKNOWN, linkify=_list, initial_sort_descending=True
    )
    year_to_date = YiColumn(
        "累计完成（亿元）", attrs=ROOMY, default=UNKNOWN, linkify=_list, initial_sort_descending=True
    )
    bar = tables.Column("进度", attrs=_attrs("bar"), accessor="rate", empty_values=(), orderable=False)
    rate = RateColumn("完成率（%）", attrs=NUMBER, default=UNKNOWN, linkify=_list)
    gap = PointsColumn("较时间进度（百分点）", attrs=ROOMY, default=UNKNOWN, orderable=False)
    lamp = LampColumn("状态", attrs=_attrs("state"), orderable=False)
    far_behind = tables.Column(
        "严重滞后（个）", attrs=ROOMY, linkify=lambda record: record.far_behind_projects, initial_sort_descending=True
    )
    behind = tables.Column(
        "滞后（个）", attrs=ROOMY, linkify=lambda record: record.behind_projects, initial_sort_descending=True
    )

    class Meta:
        attrs = {"class": "ranking", "id": "ranking"}
        order_by = "rate"
        order_by_field = "sort"
        pinned_row_attrs = {"class": lambda record: "total" if record.key is None else ""}

    def __init__(self, ranking: Ranking, **kwargs: Any) -> None:
        self.below = [row for row in (ranking.nobody, ranking.total) if row]
        super().__init__(BlanksLast(ranking.rows), **kwargs)

    def get_bottom_pinned_data(self) -> list[Ranked]:
        return self.below

    def render_name(self, record: Ranked) -> str:
        address = record.page or record.all_projects
        name = format_html('<a href="{}">{}</a>', address, record.name) if address else record.name
        return format_html("{} <small>{}</small>", name, record.note) if record.note else name

    def render_bar(self, record: Ranked) -> str:
        return drawn(record.rate, record.time_progress)


class WorstProjectsTable(tables.Table):
    """The projects of a group in a month, from their rows of the month (see `rankings.Group.worst`)."""

    name = tables.Column("项目", attrs=_attrs("name"), accessor="project__name")
    planned_year = tables.Column("年度计划（万元）", attrs=ROOMY, default=UNKNOWN)
    year_to_date = tables.Column("本年累计（万元）", attrs=ROOMY)
    bar = tables.Column("进度", attrs=_attrs("bar"), accessor="rate", empty_values=())
    rate = tables.Column("完成率（%）", attrs=NUMBER, default=UNKNOWN)
    gap = tables.Column("较时间进度（百分点）", attrs=ROOMY, default=UNKNOWN)
    lamp = LampColumn("状态", attrs=_attrs("state"))

    class Meta:
        attrs = {"class": "ranking worst", "id": "projects"}
        orderable = False

    def render_name(self, value: str, record: Any) -> str:
        address, reason = reverse("project", args=[record.project_id]), getattr(record, "lamp_reason", "")
        month = Month(record.year, record.month)
        name = format_html('<a href="{}?month={}">{}</a>', address, month, value)
        return format_html("{} <small>{}</small>", name, reason) if reason else name

    def render_planned_year(self, value: Decimal) -> str:
        return format_wan(value)

    def render_year_to_date(self, value: Decimal, record: Any) -> str:
        return format_wan(value) if record.reported else UNKNOWN

    def render_bar(self, record: Any) -> str:
        return drawn(record.rate if record.reported else None, record.time_progress)

    def render_rate(self, value: Decimal, record: Any) -> str:
        return rate(value) if record.reported else UNKNOWN

    def render_gap(self, value: Decimal, record: Any) -> str:
        return points(value) if record.reported else UNKNOWN
