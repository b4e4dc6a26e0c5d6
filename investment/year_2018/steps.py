"""Takes a report of the example data through the steps that the real ones take, and writes down each."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from investment.models import MonthlyReport, ReportMove
from investment.moves import EXCUSE, PASS, RETURN, SAVE, SUBMIT, WITHDRAW, Move
from projects.models import Category, Project, User

TYPING = (SAVE, SUBMIT, WITHDRAW)  # what the unit does


@dataclass(frozen=True)
class Step:
    """One move of a report: when, by whom (None: a unit that nobody of the cast works for), why."""

    way: Move
    at: datetime.datetime
    by: User | None
    reason: str = ""


def walk(report: MonthlyReport, steps: Iterable[Step]) -> list[ReportMove]:
    """Leave an expected report as these steps leave it, not saved; returns the moves, not saved either.

    Raises ValueError for a step that does not start from where the one before it led.
    """
    moves, report.state, report.version = [], MonthlyReport.State.EXPECTED, 1
    for step in steps:
        if not step.way.starts_from(report.state):
            raise ValueError(f"{step.way.word} does not start from {report.state}")
        moves.append(
            ReportMove(
                report=report,
                at=step.at,
                by=step.by,
                from_state=report.state,
                to_state=step.way.target,
                reason=step.reason,
            )
        )
        _take(report, step)
    return moves


def _take(report: MonthlyReport, step: Step) -> None:
    """What the verbs of `reporting` and `periods` leave in the row."""
    report.state, report.version = step.way.target, report.version + 1
    report.updated_by = step.by or report.updated_by
    if step.way is SUBMIT:
        report.submitted_at, report.submitted_by = step.at, step.by
        report.first_submitted_at = report.first_submitted_at or step.at
    elif step.way is PASS:
        report.passed_at, report.passed_by = step.at, step.by
    elif step.way not in TYPING:
        report.reviewed_at, report.reviewed_by = step.at, step.by
    if step.way is RETURN:
        report.return_reason = step.reason
    if step.way is EXCUSE:
        report.excuse_reason = step.reason


def reporter_of(project: Project, cast: dict[str, User]) -> User | None:
    """Who of the cast fills the reports of this project; None for the units that nobody of the cast works for."""
    unit = project.responsible_unit_id
    return next((cast[name] for name in ("reporter", "neighbour") if cast[name].organisation_id == unit), None)


def reviewer_of(project: Project, cast: dict[str, User]) -> User:
    """Who of the cast reviews the project's reports first: the office where the cast has no other reviewer."""
    here = cast["reviewer"].organisation
    by_area = project.category.first_review == Category.FirstReview.AREA
    return cast["reviewer" if by_area and here and here.area_id == project.area_id else "office"]
