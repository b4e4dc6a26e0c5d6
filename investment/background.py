"""What the amounts of a month are judged by, for many projects at once. Amounts in 万元.

What counts is what was handed in, with the approved corrections of it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import FilteredRelation, Q

from .models import AnnualPlan, Correction, MonthlyReport
from .months import Month
from .plausibility import Background

MONTHS = 12  # so far back goes what is usual


def backgrounds(projects: Iterable[int], month: Month) -> dict[int, Background]:
    """The background of each of the projects, by its id."""
    wanted = list(projects)
    counted, planned = _counted(wanted, month), plans_in_force(Q(project__in=wanted), month)
    return {pk: _background(month, counted[pk], planned.get(pk)) for pk in wanted}


def background_of(project: int, month: Month) -> Background:
    """The background of one project."""
    return backgrounds([project], month)[project]


def handed_in(project: int, month: Month) -> dict[Month, Decimal]:
    """What a project handed in for the twelve months before this one: as it counts, corrected."""
    return {each: counted.amount for each, counted in _counted([project], month)[project].items()}


def plans_in_force(of: Q, month: Month) -> dict[int, Decimal]:
    """The annual plan of each of these projects as it is in force in the month, by the project's id."""
    plans = AnnualPlan.objects.filter(of, year=month.year, effective_month__lte=month.number)
    return dict(plans.order_by("revision").values_list("project", "amount"))


@dataclass(frozen=True)
class _Counted:
    """What a report of a month counts, and what was approved of it before any correction."""

    amount: Decimal
    approved: Decimal | None


def _background(month: Month, counted: dict[Month, _Counted], planned: Decimal | None) -> Background:
    active = [each.amount for each in counted.values() if each.amount]
    of_year = [each for of, each in counted.items() if of.year == month.year]
    approved = [each.approved for each in of_year if each.approved is not None]
    last = counted.get(month.shift(-1))
    return Background(
        usual=median(active) if active else None,
        last=last.amount if last else None,
        before=sum((each.amount for each in of_year), Decimal(0)),
        planned=planned,
        closed_to_date=sum(approved, Decimal(0)) if approved else None,
    )


def _counted(projects: list[int], month: Month) -> dict[int, dict[Month, _Counted]]:
    """By project and month, of the twelve months before; the query has a row for each correction of a report."""
    first = month.shift(-MONTHS)
    since = Q(year=first.year, month__gte=first.number) | Q(year=month.year, month__lt=month.number)
    approved = FilteredRelation("corrections", condition=Q(corrections__state=Correction.State.APPROVED))
    reports = MonthlyReport.objects.filter(
        since, project__in=projects, state__in=MonthlyReport.HANDED_IN, amount__isnull=False
    )
    rows: Any = reports.annotate(corrected=approved).values_list(
        "project", "year", "month", "state", "amount", "corrected__old_amount", "corrected__new_amount"
    )
    found: dict[int, dict[Month, _Counted]] = defaultdict(dict)
    for pk, year, number, state, amount, old, new in rows.order_by():
        of, change = Month(year, number), Decimal(0) if new is None else new - old
        known = found[pk].get(of)
        if known:
            found[pk][of] = _Counted(known.amount + change, known.approved)
        else:
            found[pk][of] = _Counted(amount + change, amount if state == MonthlyReport.State.APPROVED else None)
    return found
