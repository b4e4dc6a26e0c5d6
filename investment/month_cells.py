"""One cell of 'My month' is saved by itself, as a draft; many reports are handed in at once. Amounts in 万元."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from projects.models import Stage, User
from projects.money import format_wan, parse_wan

from . import reporting
from .background import background_of
from .models import LostUpdateError, MonthlyReport
from .month_grid import COLUMNS, GridRow, YearBefore, shown, typed_by
from .months import Month
from .plausibility import Background, Doubt, doubts
from .reporting import AlreadyDoneError, ReportingError

TEXT_LENGTHS = {
    "image_progress": 2000, "problems": 2000, "next_plan": 2000, "explanation": 2000, "contact": 60,
}  # fmt: skip
AMOUNTS = {"amount": "本月完成投资", "year_to_date": "本年累计完成投资", "received": "本月到位资金"}


@dataclass(frozen=True)
class Cell:
    """A report of which something was saved, and what its amount is judged by."""

    report: MonthlyReport
    background: Background

    @property
    def row(self) -> GridRow:
        """The same as a row of the grid."""
        report, project = self.report, self.report.project
        named = {"pk": report.pk, "project__code": project.code, "project__name": project.name}
        values = {name: getattr(report, name) for name in COLUMNS if name not in named}
        year = YearBefore(self.background.planned, self.background.before, self.background.last)
        return GridRow(named | values, year, True)

    @property
    def doubts(self) -> list[Doubt]:
        """What is odd about the amount, in full."""
        return [] if self.report.amount is None else doubts(self.report.amount, self.background)

    def as_json(self) -> dict[str, Any]:
        return self.row.as_json() | {"doubts": [{"code": each.code, "text": each.text} for each in self.doubts]}


class OvertakenError(LostUpdateError):
    """Somebody else saved the report meanwhile; `cell` is what it is now."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    def as_json(self) -> dict[str, Any]:
        """The row as it is now, with who made it so, and all fields for the person to choose from."""
        report = self.cell.report
        theirs = {name: getattr(report, name) for name in TEXT_LENGTHS}
        theirs |= {"received": shown(report.received), "stage": str(report.stage or "")}
        now = self.cell.as_json()
        theirs |= {name: now[name] for name in ("amount", "year_to_date")}
        return {"state": "conflict", "message": reporting.last_act(report), "now": now, "theirs": theirs}


def save_cell(project: int, month: Month, typed: Mapping[str, str], version: int, by: User) -> Cell:
    """Save what was typed in fields of a report, with the version that was read, as a draft.

    Raises MonthlyReport.DoesNotExist for what the account does not type, ValidationError for what can't be read,
    OvertakenError, or ReportingError.
    """
    report = _typed_report(project, month, by)
    background = background_of(project, month)
    values: dict[str, Any] = {}
    for name, text in typed.items():
        values |= read(name, text, background.before)
    if report.version != version:
        if any(getattr(report, name) != value for name, value in values.items()):
            raise OvertakenError(Cell(report, background))
        return Cell(report, background)  # saved before, and the answer was lost on its way
    for name, value in values.items():
        setattr(report, name, value)
    _save(report, background, by)
    return Cell(report, background)


def _save(report: MonthlyReport, background: Background, by: User) -> None:
    try:
        reporting.save_draft(report, by, background)
    except AlreadyDoneError:
        return
    except LostUpdateError as lost:  # between our look and the save
        report.refresh_from_db()
        raise OvertakenError(Cell(report, background)) from lost


def submit_rows(rows: Iterable[tuple[int, int]], month: Month, by: User) -> list[dict[str, Any]]:
    """Hand in what is complete of these projects' reports (id and version read); each row's result, in their order.

    Each is a transaction of its own: what one lacks keeps no other back.
    """
    return [_submit(project, version, month, by) for project, version in rows]


def _submit(project: int, version: int, month: Month, by: User) -> dict[str, Any]:
    result: dict[str, Any] = {"project": project, "done": False}
    try:
        report = _typed_report(project, month, by)
        result["name"] = report.project.name
        cell = Cell(report, background_of(project, month))
        if cell.row.lacks:
            return result | {"message": cell.row.lacks}
        report.version = version
        reporting.submit_report(report, by)
    except MonthlyReport.DoesNotExist:
        return result | {"name": "", "message": "没有这份月报，或者不由您填报。"}
    except AlreadyDoneError:
        pass
    except (ReportingError, LostUpdateError) as refused:
        return result | {"message": str(refused)}
    return result | {"done": True, "message": "已报送"}


def _typed_report(project: int, month: Month, by: User) -> MonthlyReport:
    reports = MonthlyReport.objects.of(month).filter(typed_by(by), project=project)
    return reports.select_related("project").get()


def read(name: str, text: str, before: Decimal) -> dict[str, Any]:
    """The value of a field as it was typed; a year to date becomes the month's amount. Raises ValidationError."""
    if name in AMOUNTS:
        return _read_amount(name, text, before)
    if name == "stage":
        if text and text not in {str(stage) for stage in Stage.values}:
            raise ValidationError("没有这个建设阶段。")
        return {"stage": int(text) if text else None}
    longest = TEXT_LENGTHS.get(name)
    if longest is None:
        raise ValidationError(f"没有“{name}”这一栏。")
    if len(text) > longest:
        raise ValidationError(f"不能超过 {longest} 个字，请精简（现有 {len(text)} 个字）。")
    return {name: text.strip()}


def _read_amount(name: str, text: str, before: Decimal) -> dict[str, Decimal | None]:
    amount = parse_wan(text)
    if amount is not None and amount < 0:
        raise ValidationError(f"{AMOUNTS[name]}不能是负数。需要核减以前月份的，请提出更正。")
    if name != "year_to_date":
        return {name: amount}
    if amount is not None and amount < before:
        raise ValidationError(
            f"本年累计 {format_wan(amount)} 小于本月之前的累计 {format_wan(before)}，本月成了负数。"
            "需要核减以前月份的，请提出更正。"
        )
    return {"amount": None if amount is None else amount - before}
