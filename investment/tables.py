"""Tables only declare: columns, headings with their unit, alignment. Rows come computed."""

from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html

from projects.money import format_yi
from projects.templatetags.money import points, rate

from .months import Month
from .overview import CurveMonth

NUMBER = {"th": {"class": "number", "scope": "col"}, "td": {"class": "number"}}


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


class MonthTable(tables.Table):
    """The city's year month by month: the same figures as the curve, to read and to hear."""

    month = tables.Column("月份", attrs={"th": {"scope": "col"}})
    amount = YiColumn("本月完成（亿元）", attrs={**NUMBER, "td": {"class": "number amount"}}, empty_values=())
    planned_to_date = YiColumn("累计计划（亿元）", attrs=NUMBER, default="")
    year_to_date = YiColumn("累计完成（亿元）", attrs=NUMBER, default="")
    rate = RateColumn("完成率（%）", attrs=NUMBER, default="")
    gap = PointsColumn("较时间进度（百分点）", attrs=NUMBER, default="")

    class Meta:
        orderable = False
        attrs = {"class": "months", "id": "month-table"}
        row_attrs = {"class": lambda record, table: record.state + (" shown" if record.month == table.shown else "")}
        empty_text = "本年还没有数据。"

    def __init__(self, data: list[CurveMonth], shown: Month, **kwargs: Any) -> None:
        self.shown = shown
        super().__init__(data, **kwargs)

    def render_month(self, record: CurveMonth) -> str:
        if record.state == "ahead":
            return f"{record.month.number}月"
        return format_html('<a href="?month={}">{}月</a>', record.month, record.month.number)

    def render_amount(self, value: Decimal | None, record: CurveMonth) -> str:
        if record.state == "waiting":
            return "未审定"
        return format_yi(value)
