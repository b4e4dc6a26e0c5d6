"""What changed since a month was closed, and who did it: approved corrections, reports that came in by an exception.

The closed figures stay readable as they were; `closed_figures` says where those of today are others. Amounts in 万元.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, Exists, OuterRef

from projects.models import User

from .closed_figures import ChangedFigures, changed_since_close
from .models import Correction, MonthlyReport, Period, ReportMove
from .months import Month, after, before
from .places import UnknownMonthError, month_asked

NOTHING = Decimal(0)


@dataclass(frozen=True)
class ChangedTotal:
    """The sums over the projects whose figures differ, as closed (`then`) and now."""

    amount_then: Decimal
    amount_now: Decimal
    year_to_date_then: Decimal
    year_to_date_now: Decimal

    @property
    def difference(self) -> Decimal:
        return self.amount_now - self.amount_then

    @property
    def year_difference(self) -> Decimal:
        return self.year_to_date_now - self.year_to_date_then


@dataclass(frozen=True)
class ChangedMonth:
    """A closed month as one reader may see it, with all closed months and how many corrections each has."""

    user: User
    period: Period
    months: list[Month]
    corrected: dict[Month, int]

    @property
    def month(self) -> Month:
        return self.period.of_month

    @property
    def previous(self) -> Month | None:
        return before(self.month, self.months)

    @property
    def next(self) -> Month | None:
        return after(self.month, self.months)

    @cached_property
    def corrections(self) -> list[Correction]:
        """The corrections of this month's reports that were approved since the close, in the order of approval."""
        found = Correction.objects.visible_to(self.user).approved().filter(
            report__year=self.period.year, report__month=self.period.month, decided_at__gt=self.period.closed_at
        )  # fmt: skip
        return list(found.select_related("report__project", "proposed_by", "decided_by").order_by("decided_at"))

    @cached_property
    def late(self) -> list[MonthlyReport]:
        """The month's reports that were first approved after the close."""
        approvals = ReportMove.objects.filter(report=OuterRef("pk"), to_state=MonthlyReport.State.APPROVED)
        found = MonthlyReport.objects.visible_to(self.user).of(self.month).filter(
            Exists(approvals.filter(at__gt=self.period.closed_at)),
            ~Exists(approvals.filter(at__lte=self.period.closed_at)),
            state=MonthlyReport.State.APPROVED,
        )  # fmt: skip
        return list(found.select_related("project", "submitted_by", "reviewed_by").order_by("reviewed_at"))

    @cached_property
    def projects(self) -> list[ChangedFigures]:
        """The projects whose figures of the month are others since, by code."""
        return changed_since_close(self.user, self.period.year, month=self.month)

    @cached_property
    def total(self) -> ChangedTotal:
        names = ("amount_then", "amount_now", "year_to_date_then", "year_to_date_now")
        return ChangedTotal(**{name: _sum(getattr(each, name) for each in self.projects) for name in names})


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), NOTHING)


def changed_month(user: User, wanted: str | None) -> ChangedMonth | None:
    """The month wanted, else the latest with a correction, else the latest closed one; None while none is closed.

    Raises UnknownMonthError for what is no month, or is not closed.
    """
    periods = {each.of_month: each for each in Period.objects.filter(closed_at__isnull=False).order_by("year", "month")}
    if not periods:
        return None
    approved = Correction.objects.visible_to(user).approved().order_by("report__year", "report__month")
    counted = approved.values("report__year", "report__month").annotate(number=Count("pk"))
    corrected = {Month(row["report__year"], row["report__month"]): row["number"] for row in counted}
    month = month_asked(wanted) if wanted else max(corrected or periods)
    if month not in periods:
        raise UnknownMonthError(f"{month.label}还没有关账，没有关账后的变动。")
    return ChangedMonth(user, periods[month], list(periods), corrected)
