"""The history of plans, reports and what belongs to them (see `projects.history`)."""

from projects.history import keep
from projects.models.history import Changes, Secrecy

from .models import (
    AnnualPlan,
    Correction,
    LampRule,
    LampRules,
    MonthlyReport,
    Period,
    PlanChange,
    PlannedMonth,
    Reopening,
    Wall,
)

# The entry says who and when; each move of a report is a row of its own, too (`ReportMove`).
COUNTED = (
    "version", "doubts", "updated_at", "updated_by", "first_submitted_at", "submitted_at", "submitted_by",
    "review_begun_at", "review_begun_by", "passed_at", "passed_by", "reviewed_at", "reviewed_by",
)  # fmt: skip


def secrecy(report: MonthlyReport, changes: Changes) -> int:
    """A draft is the unit's own business, as is what it typed in a report that was excused or named as missing.

    What is handed in is told, and not what stood there before.
    """
    now, (was, _) = report.state, changes.get("state", [report.state, report.state])
    is_draft = now in MonthlyReport.UNTOLD[:2] and was not in MonthlyReport.HANDED_IN
    if is_draft or (was in (now, None) and now in MonthlyReport.UNTOLD):
        return Secrecy.ALL
    return Secrecy.BEFORE if was in MonthlyReport.UNTOLD else Secrecy.NONE


keep(MonthlyReport, "project_id", without=COUNTED, secrecy=secrecy)
keep(AnnualPlan, "project_id")
keep(PlannedMonth, "plan.project_id")
keep(PlanChange, "project_id")
keep(Correction, "report.project_id")
keep(Reopening, "report.project_id")
keep(Period, without=["lamp_rules"])  # which the close itself writes down
keep(LampRules)
keep(LampRule)
keep(Wall)
