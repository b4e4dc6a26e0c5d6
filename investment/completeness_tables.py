"""The table of the board 报送情况: columns, headings, order. Rows come computed and are drawn by their own template."""

from collections.abc import Iterator

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .addresses import reports_behind
from .completeness import NOTHING, Board, BoardRow, Filing
from .months import MONTHS, Month
from .places import UNIT
from .tables import NUMBER, ROOMY, BlanksLast

GAP = format_html(
    '<span class="gap" title="{1}"><span aria-hidden="true">{0}</span><span class="visually-hidden">{1}</span></span>',
    NOTHING.shape,
    NOTHING.word,
)


class NumberColumn(tables.Column):
    """How many reports, the most first."""

    def __init__(self, heading: str) -> None:
        super().__init__(heading, attrs=ROOMY, initial_sort_descending=True)


class BoardTable(tables.Table):
    """The groups of a year, the lowest 报送率 first; below them what stands in no group, and all together."""

    name = tables.Column("名称", attrs={"th": {"class": "name", "scope": "col"}}, orderable=False)
    rank = tables.Column("名次", attrs=ROOMY)
    due = NumberColumn("应报")
    received = NumberColumn("已报")
    on_time = NumberColumn("按时")
    late = NumberColumn("迟报")
    returned = NumberColumn("退回")
    missing = NumberColumn("缺报")
    excused = NumberColumn("免报")
    rate = tables.Column("报送率（%）", attrs=NUMBER)
    on_time_rate = tables.Column("按时率（%）", attrs=NUMBER)
    urge = tables.Column("催报", attrs={"th": {"class": "urge", "scope": "col"}}, orderable=False)

    class Meta:
        template_name = "completeness_table.html"
        attrs = {"class": "board", "id": "board"}
        order_by = "-rank"
        order_by_field = "sort"
        sequence = ("...", "urge")
        empty_text = "本年没有应报的月报。"

    def __init__(self, board: Board, *, urging: bool) -> None:
        """`urging`: whether the reader may urge the units that owe a report."""
        self.board = board
        self.urging = bool(urging and board.owing and board.grouping == UNIT)
        self.behind = {number: reports_behind(Month(board.year, number)) for number in MONTHS}
        hidden = () if self.urging else ("urge",)
        super().__init__(BlanksLast(board.rows), extra_columns=[*map(self._column, MONTHS)], exclude=hidden)

    def lines(self) -> Iterator[tuple[BoardRow, str, list[SafeString], Month | None]]:
        """The rows of the page and those below, each with its page, its months drawn, and the month to urge for."""
        for each in self.page.object_list:
            page = reverse(self.board.grouping.code, args=[each.record.key])
            yield each.record, page, self._months(each.record), self.board.owed_by(each.record)
        for row in self.board.below:
            yield row, "", self._months(row), None

    def _months(self, row: BoardRow) -> list[SafeString]:
        return [self._month(row, number, row.of_month(number)) for number in MONTHS]

    def _column(self, number: int) -> tuple[str, tables.Column]:
        attrs = {"th": {"class": self._class(number), "scope": "col"}}
        return f"m{number}", tables.Column(f"{number}月", attrs=attrs, orderable=False)

    def _class(self, number: int) -> str:
        return "month current" if number == self.board.current else "month"

    def _month(self, row: BoardRow, number: int, filing: Filing) -> SafeString:
        """A month as its worst state and how many reports are in it; the whole of it in words to point at and hear."""
        cell = self._class(number)
        if filing.lamp == NOTHING:
            return format_html('<td class="{}">{}</td>', cell, GAP if number in self.board.opened else "")
        lamp, words = filing.lamp, filing.words
        group = "" if row.key is None else f"&{self.board.grouping.code}={row.key}"
        return format_html(
            '<td class="{}"><a class="lamp {}" href="{}" title="{}" aria-label="{}">{}</a></td>',
            cell,
            lamp.tone,
            self.behind[number] + group,
            words,
            f"{row.name}，{Month(self.board.year, number).label}：{words}",
            f"{lamp.shape} {filing.number}",
        )
