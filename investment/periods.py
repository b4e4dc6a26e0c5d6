"""The calendar at work: a month opens, its reports are expected, it is closed for good, one report is reopened.

Each verb is one transaction. `run_calendar` is called by the clock every few minutes and may come three days late.
"""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from projects import roles
from projects.models import User

from .expected import expect_reports
from .models import MonthlyReport, Notice, Period, Reopening
from .months import MONTHS, Month
from .moves import MISS, back_to_typing, move
from .progress import freeze_month
from .reporting import NotAllowedError, ReportingError, closed_note, tell_typists

State = MonthlyReport.State
OPENED_LATE = datetime.timedelta(days=20)  # so late the clock still opens a month; a longer past one is opened by hand
IN_REVIEW = (State.SUBMITTED, State.PASSED)


def run_calendar(today: datetime.date) -> None:
    """What a new day brings: months that open, projects that came or went, reopenings that end."""
    Period.objects.bulk_create([Period.by_rule(today.year, month) for month in MONTHS], ignore_conflicts=True)
    due = Period.objects.filter(opens_on__lte=today, opens_on__gt=today - OPENED_LATE)
    for period in due.filter(opened_at=None, closed_at=None):
        open_period(period)
    for period in Period.objects.going():
        with transaction.atomic():
            if _held(period).closed_at is None:
                expect_reports(period)
    end_reopenings(today)


@transaction.atomic
def open_period(period: Period, by: User | None = None) -> int:
    """Open a month, by the clock or by hand, and create its expected reports; returns how many were created."""
    if by is not None:
        _require_office(by)
    held = _held(period)
    if held.closed_at:
        raise ReportingError(f"{closed_note(held)}，不能再开放。")
    if held.opened_at is None:
        held.opened_at = timezone.now()
        held.save(update_fields=["opened_at"])
    return expect_reports(held)


@transaction.atomic
def set_days(period: Period, by: User, days: dict[str, datetime.date]) -> Period:
    """Set the days of a month, by the names of `Period.DAYS`; reports that are due follow.

    Raises NotAllowedError, ReportingError, or ValidationError for days that are not in order.
    """
    _require_office(by)
    held = _held(period)
    if held.closed_at:
        raise ReportingError(f"{closed_note(held)}，日期不能再改。")
    for name in Period.DAYS:
        setattr(held, name, days.get(name, getattr(held, name)))
    held.full_clean()
    held.save(update_fields=Period.DAYS)
    if held.opened_at:
        expect_reports(held)
    return held


@dataclass(frozen=True)
class Hindrance:
    """Why a month can't be closed yet, in a Chinese sentence; the reports meant are those of `month` in `state`."""

    text: str
    month: Month
    state: str = ""  # 'waiting' or 'owed', as the list of reports knows them; else it is the month itself


def hindrances(period: Period, today: datetime.date) -> list[Hindrance]:
    """Why the month can't be closed yet; nothing if it can."""
    counts = dict(_reports(period).values_list("state").annotate(number=Count("pk")))
    found, month = [], period.of_month
    if period.opened_at is None:
        found.append(Hindrance(f"{period}还没有开放填报。", month))
    if waiting := sum(counts.get(state, 0) for state in IN_REVIEW):
        found.append(Hindrance(f"还有 {waiting} 份月报没有审完，请先审定或退回。", month, "waiting"))
    owed = sum(counts.get(state, 0) for state in MonthlyReport.OWED)
    if owed and not period.is_overdue(today):
        text = f"填报截止日 {period.due_on} 未过，还有 {owed} 份未报送，不能列为缺报。"
        found.append(Hindrance(text, month, "owed"))
    if earlier := _earlier_open(period):
        found.append(Hindrance(f"请先关账{earlier}：累计数按月份顺序固定。", earlier.of_month))
    return found


@transaction.atomic
def close_period(period: Period, by: User, missing: Collection[int]) -> Period:
    """Close a month for good and freeze its figures. `missing` are the ids of the reports named as missing: all owed.

    Raises NotAllowedError or ReportingError.
    """
    _require_office(by)
    held = _held(period)
    if held.closed_at:
        raise ReportingError(f"{closed_note(held)}，没有重复关账。")
    if hindering := hindrances(held, timezone.localdate()):
        raise ReportingError("".join(each.text for each in hindering))
    owed = _reports(held).owed()
    if set(missing) != set(owed.values_list("pk", flat=True)):
        raise ReportingError("未报送的名单在您打开之后有变动。请核对最新名单后再关账。")
    _name_missing(owed, by)
    freeze_month(held.of_month)
    held.closed_at, held.closed_by = timezone.now(), by
    held.save(update_fields=["closed_at", "closed_by"])
    return held


@transaction.atomic
def reopen_report(report: MonthlyReport, by: User, reason: str, until_on: datetime.date) -> Reopening:
    """Let one unit hand in one report after the close, until the end of a day. What is approved is corrected instead.

    Raises NotAllowedError or ReportingError.
    """
    _require_office(by)
    if not reason.strip():
        raise ReportingError("开放补报必须写明原因。")
    if until_on < timezone.localdate():
        raise ReportingError("补报截止日不能早于今天。")
    stored = MonthlyReport.objects.select_for_update().get(pk=report.pk)
    period = Period.objects.get(year=stored.year, month=stored.month)
    if period.closed_at is None:
        raise ReportingError(f"{period}还没有关账，可以直接填报。")
    if Reopening.objects.filter(report=stored, ended_at=None).exists():
        raise ReportingError("这份月报已经开放补报。")
    if stored.state != State.MISSING:
        raise ReportingError("只有列为缺报的月报可以补报；已审定的请提出更正。")
    reopening = Reopening.objects.create(report=stored, by=by, reason=reason.strip(), until_on=until_on)
    move(stored, back_to_typing(stored), by, reason.strip())
    tell_typists(stored, Notice.Kind.REOPENED, f"可补报至 {until_on}：{stored}", reason.strip(), by)
    return reopening


def end_reopenings(today: datetime.date) -> None:
    """What was reopened and not handed in by its day is missing again."""
    for reopening in Reopening.objects.filter(ended_at=None, until_on__lt=today).select_related("report"):
        with transaction.atomic():
            report = MonthlyReport.objects.select_for_update().get(pk=reopening.report_id)
            if report.state in MonthlyReport.OWED:
                move(report, MISS, None, "补报期满")
                Reopening.objects.filter(pk=reopening.pk).update(ended_at=timezone.now())


def _name_missing(owed: Any, by: User) -> None:
    now = timezone.now()
    for report in owed.select_for_update():
        report.reviewed_by, report.reviewed_at = by, now
        move(report, MISS, by, "关账时未报送")


def _held(period: Period) -> Period:
    """The period as it is stored, held until the transaction ends."""
    return Period.objects.select_for_update().get(pk=period.pk)


def _reports(period: Period) -> Any:
    return MonthlyReport.objects.of(period.of_month)


def _earlier_open(period: Period) -> Period | None:
    """A month before this one that was opened and is not closed."""
    first = Period.objects.going().first()
    return first if first and first.of_month < period.of_month else None


def _require_office(by: User) -> None:
    if not by.has_role(roles.OFFICE):
        raise NotAllowedError("只有市发改委可以这样做。")
