"""The tables of what a figure is made of: columns, headings with their unit, alignment."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from projects.money import format_wan
from projects.templatetags.money import more_wan

from .models import AnnualPlan
from .months import Month
from .report_tables import HEAD, PER_PAGE, WanColumn
from .tables import NUMBER, ROOMY, UNKNOWN

NAME = {**HEAD, "td": {"class": "name"}}
WORDS = {"th": {"class": "roomy", "scope": "col"}, "td": {"class": "roomy"}}


class PartTable(tables.Table):
    """Some rows that a figure is made of, a page at a time."""

    project = tables.Column("项目", attrs=NAME)

    class Meta:
        orderable = False
        attrs = {"class": "report-list"}
        empty_text = "没有这样的项目。"

    def __init__(self, rows: "QuerySet[Any] | Sequence[Any]", page: str | None, month: Month) -> None:
        self.month = month
        super().__init__(rows)
        self.paginate(per_page=PER_PAGE)
        self.page = self.paginator.get_page(page)

    def render_project(self, record: Any) -> SafeString:
        address = reverse("project", args=[record.project_id])
        return format_html(
            '<a href="{}?month={}">{}</a> <small>{}</small>', address, self.month, record.project, record.project.code
        )


class CountedReportTable(PartTable):
    """Reports that count, each with what its corrections add."""

    amount = WanColumn("报送金额（万元）", attrs=NUMBER)
    added = tables.Column("更正（万元）", attrs=NUMBER, default="")
    counts = tables.Column("计入（万元）", attrs=NUMBER, empty_values=())
    reviewed_at = tables.DateTimeColumn(format="Y-m-d H:i", verbose_name="审定时间", attrs=WORDS, default=UNKNOWN)

    class Meta(PartTable.Meta):
        empty_text = "没有计入的月报。"

    def render_project(self, record: Any) -> SafeString:
        address = reverse("report", args=[record.project_id, str(record.of_month)])
        return format_html('<a href="{}">{}</a> <small>{}</small>', address, record.project, record.project.code)

    def render_added(self, value: Decimal, record: Any) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("correction", args=[record.correction]), more_wan(value))

    def render_counts(self, record: Any) -> str:
        return format_wan(record.amount + (record.added or 0))


class RevisedPlanTable(PartTable):
    """Plans in force that are not as they first were."""

    original = WanColumn("年初计划（万元）", attrs=ROOMY)
    amount = WanColumn("执行中的计划（万元）", attrs=NUMBER)
    difference = tables.Column("增减（万元）", attrs=NUMBER)
    document_number = tables.Column("文号", attrs=HEAD, empty_values=())
    effective_month = tables.Column("自几月起", attrs=WORDS)

    def render_difference(self, value: Decimal) -> str:
        return more_wan(value)

    def render_document_number(self, record: AnnualPlan) -> str:
        text = record.document_number or "未填文号"
        change = getattr(record, "change", None)
        return format_html('<a href="{}">{}</a>', change.get_absolute_url(), text) if change else text

    def render_effective_month(self, value: int) -> str:
        return f"{value} 月"


class CountedProjectTable(PartTable):
    """Projects as they are counted in the month."""

    planned_year = WanColumn("年度计划（万元）", attrs=NUMBER, default="无计划")
    year_to_date = tables.Column("本年累计（万元）", attrs=NUMBER)

    def render_year_to_date(self, value: Decimal, record: Any) -> str:
        return format_wan(value) if record.approved else "尚无审定"
