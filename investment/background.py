"""What the amounts of a month are judged by, for many projects at once. Amounts in 万元.

What counts is what was handed in, with the approved corrections of it.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from statistics import median

from django.db.models import F, Q, Sum

from projects.money import MoneyField

from .models import AnnualPlan, Correction, MonthlyReport
from .months import Month
from .plausibility import Background

MONTHS = 12  # so far back goes what is usual


def backgrounds(projects: Iterable[int], month: Month) -> dict[int, Background]:
    """The background of each of the projects, by its id."""
    wanted = list(projects)
    counted, approved, planned = _counted(wanted, month), _approved(wanted, month), plans_in_force(wanted, month)
    return {pk: _background(month, counted[pk], approved.get(pk), planned.get(pk)) for pk in wanted}


def background_of(project: int, month: Month) -> Background:
    """The background of one project."""
    return backgrounds([project], month)[project]


def handed_in(projects: Iterable[int], month: Month) -> dict[int, dict[Month, Decimal]]:
    """What each project handed in for each of the twelve months before this one: as it counts, corrected."""
    return _counted(list(projects), month)


def plans_in_force(projects: Iterable[int], month: Month) -> dict[int, Decimal]:
    """The annual plan of each project as it is in force in the month; none for a project without one."""
    plans = AnnualPlan.objects.filter(project__in=projects, year=month.year, effective_month__lte=month.number)
    return dict(plans.order_by("revision").values_list("project", "amount"))


def _background(
    month: Month, counted: dict[Month, Decimal], approved: Decimal | None, planned: Decimal | None
) -> Background:
    active = [amount for amount in counted.values() if amount]
    of_year = (amount for each, amount in counted.items() if each.year == month.year)
    return Background(
        usual=median(active) if active else None,
        last=counted.get(month.shift(-1)),
        before=sum(of_year, Decimal(0)),
        planned=planned,
        closed_to_date=approved,
    )


def _counted(projects: list[int], month: Month) -> dict[int, dict[Month, Decimal]]:
    states = MonthlyReport.HANDED_IN
    reports = MonthlyReport.objects.filter(_months_before(month), project__in=projects, state__in=states)
    found: dict[int, dict[Month, Decimal]] = defaultdict(dict)
    for pk, year, number, amount in reports.order_by().values_list("project", "year", "month", "amount"):
        if amount is not None:
            found[pk][Month(year, number)] = amount
    corrections = Correction.objects.approved().filter(
        _months_before(month, "report__"), report__project__in=projects, report__state__in=states
    )
    of = ("report__project", "report__year", "report__month", "old_amount", "new_amount")
    for pk, year, number, old, new in corrections.values_list(*of):
        found[pk][Month(year, number)] += new - old
    return found


def _approved(projects: list[int], month: Month) -> dict[int, Decimal]:
    """The year to date of the months before, as they were approved."""
    reports = MonthlyReport.objects.filter(
        project__in=projects, year=month.year, month__lt=month.number, state=MonthlyReport.State.APPROVED
    )
    sums = reports.order_by().values("project").annotate(sum=Sum(F("amount"), output_field=MoneyField()))
    return {pk: amount for pk, amount in sums.values_list("project", "sum") if amount is not None}


def _months_before(month: Month, report: str = "") -> Q:
    """The twelve months before a month."""
    first = month.shift(-MONTHS)
    last_year = Q(**{f"{report}year": first.year, f"{report}month__gte": first.number})
    return last_year | Q(**{f"{report}year": month.year, f"{report}month__lt": month.number})
