"""The tables of the projects' list: headings with their units, orders, pages. The cells stand in the templates."""

from typing import Any

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import F
from django.http import QueryDict

from .cadence import Review, within

PER_PAGE = 25
NUMBER = {"th": {"class": "number"}}


class KnownPaginator(Paginator):
    """Pages of a list whose length is known, so that the database need not count it again."""

    def __init__(self, rows: Any, per_page: int, *, count: int, **kwargs: Any) -> None:
        super().__init__(rows, per_page, **kwargs)
        self.count = count


class SortedColumn(tables.Column):
    """A column sorted by fields of its own; rows without a value come last both ways, equal rows by their id."""

    def __init__(self, heading: str, *by: str, **kwargs: Any) -> None:
        super().__init__(heading, accessor=by[0], **kwargs)
        self.by = by

    def order(self, queryset: Any, is_descending: bool) -> tuple[Any, bool]:
        keys = [F(field).desc(nulls_last=True) if is_descending else F(field).asc(nulls_last=True) for field in self.by]
        return queryset.order_by(*keys, "pk"), True


class PagedTable(tables.Table):
    """A table sorted by `?sort=` and cut into pages by `?page=`; what is unknown there means the usual.

    `projects` are the rows of the page. Their cells stand in the template projects_rows.html, where on a phone a row
    becomes an entry of two lines.
    """

    usual: str

    class Meta:
        order_by_field = "sort"

    def __init__(self, rows: Any, asked: QueryDict, count: int) -> None:
        wanted = asked.get("sort", "")
        known = wanted.removeprefix("-") in self.base_columns
        super().__init__(rows, order_by=wanted if known else self.usual)
        self.paginate(KnownPaginator, PER_PAGE, count=count)
        self.page = self.paginator.get_page(asked.get("page"))
        self.projects = [row.record for row in self.paginated_rows]


class ListedTable(PagedTable):
    """Projects of the year with their figures of the month."""

    name = SortedColumn("项目", "name")
    area = SortedColumn("区县", "area__order", "area__id")
    leader = SortedColumn("联系领导", "liaison_leader__order", "liaison_leader__id")
    plan = SortedColumn("年度计划（万元）", "now__planned_year", attrs=NUMBER)
    amount = SortedColumn("本月完成（万元）", "now__amount", attrs=NUMBER)
    year_to_date = SortedColumn("本年累计（万元）", "now__year_to_date", attrs=NUMBER)
    rate = SortedColumn("完成率（%）", "now__rate", attrs=NUMBER)
    gap = SortedColumn("较时间进度（百分点）", "now__gap", attrs=NUMBER)
    lamp = SortedColumn("状态", "now__plan_ratio")

    usual = "rate"


class SpanTable(ListedTable):
    """The same with what they completed in a quarter or another span, instead of in the month."""

    due = SortedColumn("本期计划（万元）", "due", attrs=NUMBER)
    done = SortedColumn("本期完成（万元）", "done", attrs=NUMBER)

    usual = "-done"

    class Meta:
        exclude = ("amount", "gap")
        sequence = ("name", "area", "leader", "plan", "due", "done", "...")


def listed_table(rows: Any, asked: QueryDict, count: int, review: Review | None) -> ListedTable:
    """The table of a list, of the month or of the span reviewed; the rows are projects, read with `now`."""
    return SpanTable(within(rows, review.span), asked, count) if review else ListedTable(rows, asked, count)


class UnlistedTable(PagedTable):
    """Projects of the register that are not in the plan of the year: who they are, no figures."""

    name = SortedColumn("项目", "name")
    area = SortedColumn("区县", "area__order", "area__id")
    leader = SortedColumn("联系领导", "liaison_leader__order", "liaison_leader__id")
    stage = SortedColumn("建设阶段", "stage")
    status = SortedColumn("推进状态", "status")

    usual = "name"
