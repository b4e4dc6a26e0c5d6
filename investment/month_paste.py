"""A block pasted from a spreadsheet into 'My month': what it would add, change, and what of it can't be taken.

Pure. Nothing is guessed about money: where it is not clear which column is meant, the block is refused with the reason.
Amounts in 万元.
"""

import csv
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from django.core.exceptions import ValidationError

from projects.money import parse_wan

from .month_cells import read
from .month_grid import GridRow, shown

MOST_LINES, MOST_CHARACTERS = 2000, 100_000
HEADINGS = ("项目", "编号", "编码", "名称", "序号", "单位", "完成", "累计", "投资", "金额", "万元", "亿元", "计划")
TOTALS = ("合计", "总计", "小计")


class Column(StrEnum):
    """The two columns of the grid that take amounts."""

    AMOUNT = "amount"
    YEAR_TO_DATE = "year_to_date"

    @property
    def label(self) -> str:
        return "本月完成" if self == Column.AMOUNT else "本年累计"


@dataclass(frozen=True)
class Taken:
    """A value that can be taken: as it was pasted, what the cell shows now, and what it will show."""

    row: GridRow
    value: str
    old: str
    new: str


@dataclass(frozen=True)
class Rejected:
    """A line that can't be taken, as it was pasted, and why."""

    line: int
    text: str
    reason: str


@dataclass
class Preview:
    """What a pasted block would do, line by line."""

    column: Column
    added: list[Taken] = field(default_factory=list)
    changed: list[Taken] = field(default_factory=list)
    unchanged: list[Taken] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    heading: str = ""  # the line that was recognised as one and left out

    @property
    def taken(self) -> list[Taken]:
        return [*self.added, *self.changed]


class UnclearError(Exception):
    """The block as a whole can't be read; the message says why."""


def preview(text: str, rows: Sequence[GridRow], project: int, column: Column) -> Preview:
    """What the block would do to these rows, pasted into the column at the row of the project.

    One column goes downwards from that row; of several, one must hold the names or codes of the projects.
    """
    found = Preview(column)
    if len(text) > MOST_CHARACTERS:
        found.rejected = [Rejected(1, f"{text[:40]}……", f"内容太多，一次最多粘贴 {MOST_CHARACTERS} 个字。")]
        return found
    lines = [(number, cells) for number, cells in enumerate(_cells(text), start=1) if any(cells)]
    try:
        if len(lines) > MOST_LINES:
            raise UnclearError(f"一次最多粘贴 {MOST_LINES} 行。")
        if max((len(cells) for _, cells in lines), default=0) <= 1:
            _downwards(found, _cells(text), rows, project)
        else:
            _by_name(found, lines, rows)
    except UnclearError as unclear:
        found.rejected = [Rejected(number, " ".join(filter(None, cells)), str(unclear)) for number, cells in lines]
    return found


def _cells(text: str) -> list[list[str]]:
    """Lines of cells, as a spreadsheet puts them on the clipboard: tabs, and quotes around cells with a line break."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if plain.count('"') % 2:  # not quoted by a spreadsheet: a quote that never ends would swallow the rest
        plain = plain.replace('"', "")
    lines = csv.reader(io.StringIO(plain), dialect="excel-tab")
    found = [[" ".join(cell.split()) for cell in cells] for cells in lines]
    while found and not any(found[-1]):
        found.pop()
    return [cells or [""] for cells in found]


def _downwards(found: Preview, lines: list[list[str]], rows: Sequence[GridRow], project: int) -> None:
    values = [cells[0] for cells in lines]
    first = 1
    if values and _is_heading(values[:1]):
        found.heading, values, first = values[0], values[1:], 2
    start = next((place for place, row in enumerate(rows) if row.project == project), 0)
    unit = _unit(found.heading)
    for place, value in enumerate(values):
        line = place + first
        if start + place >= len(rows):
            found.rejected.append(Rejected(line, value, "超出了列表的最后一行。"))
        elif value:
            _take(found, rows[start + place], value, unit, Rejected(line, f"{rows[start + place].name} {value}", ""))


def _by_name(found: Preview, lines: list[tuple[int, list[str]]], rows: Sequence[GridRow]) -> None:
    known = {_plain(row.code): row for row in rows} | {_plain(row.name): row for row in rows}
    names = _name_column([cells for _, cells in lines], known)
    headings: list[str] = []
    if _plain(_at(lines[0][1], names)) not in known and _is_heading(lines[0][1]):
        headings, lines = lines[0][1], lines[1:]
        found.heading = " ".join(filter(None, headings))
    values, found.column = _value_column(found.column, headings, [cells for _, cells in lines], names)
    unit, seen = _unit(_at(headings, values)), set()
    for number, cells in lines:
        name, value = _at(cells, names), _at(cells, values)
        line = Rejected(number, " ".join(filter(None, (name, value))), "")
        row = known.get(_plain(name))
        if row is None:
            reason = "合计行，不需要粘贴。" if _plain(name) in TOTALS else "本月没有这个项目，或者不由您填报。"
            found.rejected.append(Rejected(line.line, line.text, reason))
        elif row.project in seen:
            found.rejected.append(Rejected(line.line, line.text, "同一个项目出现了两次，只取第一次。"))
        elif value:
            seen.add(row.project)
            _take(found, row, value, unit, line)


def _take(found: Preview, row: GridRow, value: str, unit: str, line: Rejected) -> None:
    """Sort one value: added, changed, unchanged, or rejected."""
    if unit and not value.endswith(("元", "万", "亿")):
        value += unit
    try:
        amount = _amount(found.column, row, value)
    except ValidationError as invalid:
        found.rejected.append(Rejected(line.line, line.text, invalid.messages[0]))
        return
    old, new = (row.amount, amount) if found.column == Column.AMOUNT else (row.year_to_date, row.year.before + amount)
    taken = Taken(row, value, shown(old), shown(new))
    (found.added if old is None else found.unchanged if old == new else found.changed).append(taken)


def _amount(column: Column, row: GridRow, value: str) -> Decimal:
    """The month's amount that the value says. Raises ValidationError."""
    if row.of_procedures:
        raise ValidationError("前期项目填手续办理情况，不填投资。")
    if not row.editable:
        raise ValidationError(f"{row.state.word}，不能修改。")
    amount: Decimal | None = read(column, value, row.year.before)["amount"]
    if amount is None:
        raise ValidationError("没有金额。")
    return amount


def _name_column(lines: list[list[str]], known: dict[str, GridRow]) -> int:
    """The column that holds most names or codes of projects."""
    width = max(len(cells) for cells in lines)
    hits = [sum(_plain(_at(cells, place)) in known for cells in lines) for place in range(width)]
    if not max(hits):
        raise UnclearError("没有找到本月项目的名称或编号，不知道填给哪个项目。")
    return hits.index(max(hits))


def _value_column(column: Column, headings: list[str], lines: list[list[str]], names: int) -> tuple[int, Column]:
    """The column with the amounts, and what they are. By the headings; without them, the only one with numbers."""
    for wanted in (column, *(each for each in Column if each != column)):
        places = [place for place, heading in enumerate(headings) if _names(wanted, heading)]
        if len(places) == 1:
            return places[0], wanted
        if places:
            raise UnclearError(f"表头中有 {len(places)} 列都像“{wanted.label}”，请只复制其中一列。")
    width = max((len(cells) for cells in lines), default=0)
    numeric = [place for place in range(width) if place > names and any(_is_number(_at(each, place)) for each in lines)]
    if len(numeric) == 1:
        return numeric[0], column
    if numeric:
        raise UnclearError(f"有 {len(numeric)} 列数字，不知道取哪一列。请连同表头复制，或只复制名称和金额两列。")
    raise UnclearError("项目名称右边没有金额。")


def _names(column: Column, heading: str) -> bool:
    """Whether a heading names the column: '本月完成投资（万元）', '本年累计完成投资'."""
    plain = _plain(heading)
    if column == Column.AMOUNT:
        return "本月" in plain and "累计" not in plain and "到位" not in plain and "计划" not in plain
    return "累计" in plain and not any(other in plain for other in ("年底", "上年", "开工", "到位", "计划", "占"))


def _unit(heading: str) -> str:
    """The unit that a heading gives to the numbers below it, if it is not 万元."""
    plain = _plain(heading)
    if "亿元" in plain:
        return "亿元"
    return "元" if "元" in plain and "万元" not in plain else ""


def _is_heading(cells: Sequence[str]) -> bool:
    texts = [cell for cell in cells if cell]
    return not any(_is_number(cell) for cell in texts) and any(word in cell for cell in texts for word in HEADINGS)


def _is_number(text: str) -> bool:
    try:
        return parse_wan(text) is not None
    except ValidationError:
        return False


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _plain(text: str) -> str:
    """A name as it is compared: without spaces, widths of letters and signs made equal."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()
