"""What stands beside the active row of 'My month': twelve months and this one, the year, what is odd, the texts.

Amounts in 万元, rates in percent.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from projects.models import Stage, User
from projects.money import format_wan

from .background import background_of, handed_in
from .models import MonthlyReport, Period, ProjectProgress
from .month_cells import TEXT_LENGTHS, Cell
from .month_grid import Kind, shown, state_of, typed_by
from .months import Month, time_progress
from .plausibility import Background, Doubt
from .rates import percent
from .reporting import EDITABLE, closed_note

HIGH = 100  # units of the drawing from the ground to the highest bar
LABELS = {"image_progress": "形象进度", "problems": "存在问题", "next_plan": "下月计划", "contact": "填报人及电话"}
HINTS = {"image_progress": "工程进展到什么部位、完成多少", "problems": "需要协调解决的困难，没有可不填"}


@dataclass(frozen=True)
class Bar:
    """A month in the small chart. Without an amount there is no bar: not reported is not zero."""

    month: Month
    place: int
    amount: Decimal | None
    highest: Decimal
    is_current: bool

    @property
    def x(self) -> int:
        return self.place * 22 + 4

    @property
    def middle(self) -> int:
        return self.x + 8

    @property
    def height(self) -> str:
        return "0" if not self.amount else f"{max(self.amount * HIGH / self.highest, Decimal('1.5')):.1f}"

    @property
    def y(self) -> str:
        return f"{HIGH - Decimal(self.height):.1f}"

    @property
    def label_y(self) -> str:
        return f"{HIGH - Decimal(self.height) - 5:.1f}"

    @property
    def said(self) -> str:
        """'2018年6月 742.00 万元'."""
        return f"{self.month.label} {'未报送' if self.amount is None else f'{format_wan(self.amount)} 万元'}"

    @property
    def label(self) -> str:
        """The amount as a chart says it: '742', '1.2 万'."""
        if self.amount is None:
            return ""
        if self.amount >= 10_000:
            return f"{(self.amount / 10_000).quantize(Decimal('0.1'), ROUND_HALF_UP):,f} 万"
        return format_wan(self.amount, 0 if self.amount >= 10 else 2)

    @property
    def is_named(self) -> bool:
        return self.place % 2 == 0


@dataclass(frozen=True)
class TextField:
    """A text of the report, what last month's said, and how long it may be."""

    name: str
    label: str
    hint: str
    value: str
    last: str
    longest: int

    @property
    def is_line(self) -> bool:
        return self.longest < 100


@dataclass(frozen=True)
class Side:
    """A project's report of a month for whoever types it."""

    report: MonthlyReport
    period: Period
    background: Background
    planned_to_date: Decimal | None
    last: MonthlyReport | None
    reopened: bool

    @property
    def month(self) -> Month:
        return self.period.of_month

    @property
    def editable(self) -> bool:
        opened = not self.period.closed_at and timezone.localdate() >= self.period.opens_on
        return self.report.state in EDITABLE and (self.reopened or opened)

    @property
    def closed(self) -> str:
        return closed_note(self.period)

    @property
    def of_procedures(self) -> bool:
        return self.report.kind == Kind.PROCEDURES

    @property
    def cell(self) -> Cell:
        return Cell(self.report, self.background)

    @property
    def state(self) -> object:
        return state_of(self.cell.row.report)

    @property
    def doubts(self) -> list[Doubt]:
        return self.cell.doubts

    @property
    def received(self) -> str:
        return shown(self.report.received)

    @property
    def year_to_date(self) -> Decimal | None:
        return self.cell.row.year_to_date

    @property
    def rate(self) -> Decimal | None:
        return self.cell.row.rate

    @property
    def gap(self) -> Decimal | None:
        """The rate minus the time progress, in percentage points."""
        return None if self.rate is None else self.rate - self._elapsed

    @property
    def plan_to_date(self) -> Decimal | None:
        """The engine's, which knows the curve; else the plan by time progress."""
        if self.planned_to_date is not None or self.background.planned is None:
            return self.planned_to_date
        return (self.background.planned * self._elapsed / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def plan_ratio(self) -> Decimal | None:
        """Year to date ÷ plan to date, in percent."""
        return percent(self.year_to_date, self.plan_to_date)

    @property
    def _elapsed(self) -> Decimal:
        given = self.period.time_progress
        return time_progress(self.period.month) if given is None else given

    @cached_property
    def bars(self) -> list[Bar]:
        """Twelve months and this one."""
        known = handed_in(self.report.project_id, self.month)
        months = [self.month.shift(-back) for back in range(12, -1, -1)]
        amounts = [*(known.get(month) for month in months[:-1]), self.cell.row.amount]
        highest = max((amount for amount in amounts if amount), default=Decimal(1))
        return [
            Bar(month, place, amount, highest, month == self.month)
            for place, (month, amount) in enumerate(zip(months, amounts, strict=True))
        ]

    @property
    def texts(self) -> list[TextField]:
        labels = LABELS | ({"image_progress": "手续办理情况", "next_plan": "下季计划"} if self.of_procedures else {})
        return [
            TextField(
                name=name,
                label=label,
                hint=HINTS.get(name, ""),
                value=getattr(self.report, name),
                last=getattr(self.last, name) if self.last else "",
                longest=TEXT_LENGTHS[name],
            )
            for name, label in labels.items()
        ]

    @property
    def stages(self) -> list[tuple[int, str]]:
        return [(stage.value, str(stage.label)) for stage in Stage]


def side_of(user: User, project: int, month: Month) -> Side:
    """The side of a report that the account types. Raises MonthlyReport.DoesNotExist for any other."""
    reports = MonthlyReport.objects.filter(typed_by(user), project=project)
    known = reports.select_related("project__category", "project__liaison_leader")
    report = known.get(year=month.year, month=month.number)
    before = reports.filter(Q(year__lt=month.year) | Q(year=month.year, month__lt=month.number))
    progress = ProjectProgress.objects.filter(project=project, year=month.year, month=month.number)
    return Side(
        report=report,
        period=Period.objects.get(year=month.year, month=month.number),
        background=background_of(project, month),
        planned_to_date=progress.values_list("planned_to_date", flat=True).first(),
        last=before.filter(state__in=MonthlyReport.HANDED_IN).order_by("-year", "-month").first(),
        reopened=report.reopenings.filter(ended_at=None, until_on__gte=timezone.localdate()).exists(),
    )
