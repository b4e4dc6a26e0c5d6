"""A table as an Excel workbook, written row by row: what a sheet is made of, and how it is printed.

What is text stays text, also where it begins like a formula; what is a number is a number with its format. A cell that
is a word ('未报') instead of a number says so and is no zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

A4 = 9  # in the numbering of spreadsheets
COUNT, MONEY, RATE, POINTS = "0", "#,##0.00", "0.00", "+0.00;-0.00;0.00"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet begins to compute

Value = str | int | Decimal | None


@dataclass(frozen=True)
class Column:
    """A heading with its unit, a width in characters, and the format of its numbers ('' for text)."""

    heading: str
    width: int
    format: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table with its title; `notes` say its unit, as of when it is and which filters it honours."""

    title: str
    notes: Sequence[str]
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]
    total: Sequence[Value] | None = None
    name: str = field(default="表")


_LINE = Side(style="thin", color="B5BFC3")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_SHADED = PatternFill("solid", fgColor="EEF1F2")


class _Writer:
    """Styled cells are made once for each column and filled anew for each row: a style costs more than a value."""

    def __init__(self, page: Any, columns: Sequence[Column], *, bold: bool) -> None:
        font, fill = (Font(bold=True), _SHADED) if bold else (Font(), PatternFill())
        self.numbers = [self._cell(page, font, fill, "right", column.format) for column in columns]
        sides = ["center" if column.format else "left" for column in columns]
        self.words = [self._cell(page, font, fill, side) for side in sides]
        self.quoted = [self._cell(page, font, fill, side) for side in sides]
        for cell in self.quoted:
            cell.quotePrefix = True

    def _cell(self, page: Any, font: Font, fill: PatternFill, side: str, number_format: str = "") -> Any:
        cell = WriteOnlyCell(page)
        cell.font, cell.fill, cell.border = font, fill, _BORDER
        cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=not number_format)
        cell.number_format = number_format or "General"
        return cell

    def row(self, values: Sequence[Value]) -> list[Any]:
        return [self._filled(place, value) for place, value in enumerate(values)]

    def _filled(self, place: int, value: Value) -> Any:
        if value is None or isinstance(value, str):
            text = ILLEGAL_CHARACTERS_RE.sub("", value or "")
            cell = (self.quoted if text.startswith(FORMULA_SIGNS) else self.words)[place]
            cell.value = text
            cell.data_type = "s"  # openpyxl takes '=1+1' for a formula and '#N/A' for an error
            return cell
        cell = self.numbers[place]
        cell.value = value
        return cell


def workbook(sheet: Sheet) -> bytes:
    """The file: title, notes, headings on every printed page, rows, and the sums below."""
    book = Workbook(write_only=True)
    page: Any = book.create_sheet(sheet.name)
    _set_up(page, sheet)
    page.append([_line(page, sheet.title, 15)])
    for note in sheet.notes:
        page.append([_line(page, note, 10)])
    head = _Writer(page, [Column(column.heading, column.width, "@") for column in sheet.columns], bold=True)
    page.append(head.row([column.heading for column in sheet.columns]))
    body = _Writer(page, sheet.columns, bold=False)
    for row in sheet.rows:
        page.append(body.row(row))
    if sheet.total is not None:
        page.append(_Writer(page, sheet.columns, bold=True).row(sheet.total))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _set_up(page: Any, sheet: Sheet) -> None:
    """Before the first row: widths, the frozen headings, and A4 across with the headings on every page."""
    above, last = 1 + len(sheet.notes), get_column_letter(len(sheet.columns))
    for place, column in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(place)].width = column.width
    for number in range(1, above + 1):
        page.merged_cells.add(f"A{number}:{last}{number}")
    page.freeze_panes = f"C{above + 2}"
    page.print_title_rows = f"{above + 1}:{above + 1}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top = page.page_margins.bottom = 0.6
    page.oddFooter.center.text = "第 &P 页，共 &N 页"


def _line(page: Any, text: str, size: int) -> Any:
    cell = WriteOnlyCell(page)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    cell.font = Font(size=size, bold=size > 12)
    cell.alignment = Alignment(horizontal="center" if size > 12 else "left", vertical="center")
    return cell
