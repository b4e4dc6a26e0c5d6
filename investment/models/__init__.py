"""Plans, reports, and the figures that follow from them."""

from .plans import AnnualPlan, PlannedMonth
from .progress import GroupProgress, ProgressYear, ProjectProgress, RefreshRun, StaleProgress
from .reports import LostUpdateError, MonthlyReport, Period

__all__ = [
    "AnnualPlan",
    "GroupProgress",
    "LostUpdateError",
    "MonthlyReport",
    "Period",
    "PlannedMonth",
    "ProgressYear",
    "ProjectProgress",
    "RefreshRun",
    "StaleProgress",
]
