"""Plans, reports, and the figures that follow from them."""

from .changes import Correction, PlanChange, Proposal, Reopening
from .lamp_rules import LampRule, LampRules
from .notices import Delivery, Notice
from .periods import Period
from .photos import ReportPhoto
from .plans import AnnualPlan, PlannedMonth
from .progress import (
    ClosedGroupProgress,
    ClosedProjectProgress,
    GroupProgress,
    ProgressYear,
    ProjectProgress,
    RefreshRun,
    StaleProgress,
)
from .reports import LostUpdateError, MonthlyReport, ReportMove
from .wall import Wall, wall_of

__all__ = [
    "AnnualPlan",
    "ClosedGroupProgress",
    "ClosedProjectProgress",
    "Correction",
    "Delivery",
    "GroupProgress",
    "LampRule",
    "LampRules",
    "LostUpdateError",
    "MonthlyReport",
    "Notice",
    "Period",
    "PlanChange",
    "PlannedMonth",
    "ProgressYear",
    "ProjectProgress",
    "Proposal",
    "RefreshRun",
    "Reopening",
    "ReportMove",
    "ReportPhoto",
    "StaleProgress",
    "Wall",
    "wall_of",
]
