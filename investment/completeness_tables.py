"""The table of the board 报送情况: columns, headings, alignment. Rows come computed."""

from typing import Any

import django_tables2 as tables
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html

from .addresses import reports_behind
from .completeness import Board, BoardRow, Filing
from .months import MONTHS, Month
from .places import UNIT
from .tables import NUMBER, ROOMY, UNKNOWN, BlanksLast, RateColumn


class NumberColumn(tables.Column):
    """How many reports, the most first. Nothing is said quietly: what there is shall be seen."""

    def __init__(self, heading: str, **kwargs: Any) -> None:
        super().__init__(heading, attrs=ROOMY, initial_sort_descending=True, **kwargs)

    def render(self, value: int) -> str:
        return str(value) if value else format_html('<span class="gap">{}</span>', value)


class MonthColumn(tables.Column):
    """A month as its worst state and how many reports are in it; the whole of it in words to point at and to hear."""

    def __init__(self, month: Month, *, is_open: bool, is_current: bool) -> None:
        named = "month current" if is_current else "month"
        super().__init__(
            f"{month.number}月",
            attrs={"th": {"class": named, "scope": "col"}, "td": {"class": named}},
            empty_values=(),
            orderable=False,
        )
        self.month, self.is_open = month, is_open

    def render(self, record: BoardRow, table: "BoardTable") -> str:
        filing = record.of_month(self.month.number)
        if not filing.number:
            return self._none(record)
        return format_html(
            '<a class="lamp {}" href="{}" title="{}" aria-label="{}，{}：{}">{} {}</a>',
            filing.lamp.tone, table.reports(self.month, record), filing.words,
            record.name, self.month.label, filing.words, filing.lamp.shape, filing.number,
        )  # fmt: skip

    def _none(self, record: BoardRow) -> str:
        if not self.is_open:
            return ""
        return format_html(
            '<span class="gap" title="{}"><span aria-hidden="true">{}</span>'
            '<span class="visually-hidden">{}</span></span>',
            Filing().words, Filing().lamp.shape, Filing().words,
        )  # fmt: skip


class BoardTable(tables.Table):
    """The groups of a year, the lowest 报送率 first; below them what stands in no group, and all together."""

    name = tables.Column(
        "名称", attrs={"th": {"class": "name", "scope": "col"}, "td": {"class": "name"}}, orderable=False
    )
    rank = tables.Column("名次", attrs=ROOMY, default="")
    due = NumberColumn("应报")
    received = NumberColumn("已报")
    on_time = NumberColumn("按时")
    late = NumberColumn("迟报")
    returned = NumberColumn("退回")
    missing = NumberColumn("缺报")
    excused = NumberColumn("免报")
    rate = RateColumn("报送率（%）", attrs=NUMBER, default=UNKNOWN)
    on_time_rate = RateColumn("按时率（%）", attrs=NUMBER, default=UNKNOWN)
    urge = tables.Column(
        "催报", empty_values=(), orderable=False, attrs={"td": {"class": "urge"}, "th": {"class": "urge"}}
    )

    class Meta:
        attrs = {"class": "board", "id": "board"}
        order_by = "-rank"
        order_by_field = "sort"
        sequence = ("...", "urge")
        pinned_row_attrs = {"class": lambda record: "total" if record.key is None else ""}
        empty_text = "本年没有应报的月报。"

    def __init__(self, board: Board, *, urging: bool) -> None:
        """`urging`: whether the reader may urge the units that owe a report."""
        self.board = board
        months = [
            (
                f"m{number}",
                MonthColumn(
                    Month(board.year, number), is_open=number in board.opened, is_current=number == board.current
                ),
            )
            for number in MONTHS
        ]
        hidden = () if urging and board.owing and board.grouping == UNIT else ("urge",)
        super().__init__(BlanksLast(board.rows), extra_columns=months, exclude=hidden)

    def get_bottom_pinned_data(self) -> list[BoardRow]:
        return self.board.below

    def reports(self, month: Month, record: BoardRow) -> str:
        """The address of the list of a group's reports of a month."""
        group = {} if record.key is None else {self.board.grouping.code: record.key}
        return reports_behind(month, **group)

    def render_name(self, record: BoardRow) -> str:
        waiting = f"另有未到期 {record.waiting}" if record.waiting else ""
        name = record.name
        if record.key and record.rank:
            address = reverse(self.board.grouping.code, args=[record.key])
            name = format_html('<a href="{}">{}</a>', address, name)
        return format_html("{} <small>{}</small>", name, waiting) if waiting else name

    def render_urge(self, record: BoardRow) -> str:
        month = self.board.owed_by(record) if record.key else None
        return get_template("completeness_urge.html").render({"unit": record, "month": month}) if month else ""
