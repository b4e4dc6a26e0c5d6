"""The twelve months of 2018 are closed in their order, and one report of December is reopened."""

import datetime
from collections.abc import Iterable

from investment.lamps import DEFAULT
from investment.models import MonthlyReport, Period, Reopening, ReportMove
from investment.models.lamp_rules import adopt
from investment.months import MONTHS, Month
from investment.moves import EXPECT
from investment.progress import freeze_month, request_run, start_run
from projects.models import Project, Status, Talent

from . import changes
from .chance import at
from .register import Register
from .samples import Sample

State = MonthlyReport.State
REOPENED_WHY, REOPENED_DAYS = "示例：单位来函说明漏报，准予补报。", 10
DAY = datetime.timedelta(days=1)


def close_year(register: Register, samples: Iterable[Sample]) -> None:
    """Close each month with the figures as they stood: the corrections of July are in them from July on.

    So are the lamps: works that stopped in August were not red before. By queries, not by the verbs: these ask for
    another count of the year, and for the broker.
    """
    adopt(2018, DEFAULT, adopted_by=register.cast["office"], adopted_at=at(datetime.date(2018, 1, 8), 10))
    since = {sample.project.pk: (sample.stopped_from, Status.STOPPED) for sample in samples if sample.stopped_from}
    arrived = Talent.objects.filter(project__status=Status.FINISHED, arrived_on__year=2018)
    since |= {pk: (month, Status.FINISHED) for pk, month in arrived.values_list("project", "arrived_on__month")}
    Project.objects.filter(pk__in=since).update(status=Status.ACTIVE)
    count(2018)
    for number in MONTHS:
        for pk in [pk for pk, (month, _) in since.items() if month == number]:
            Project.objects.filter(pk=pk).update(status=since[pk][1])
        if number == changes.CORRECTED_IN:
            changes.write_corrections(register)
            count(2018)
        _close(Month(2018, number), register)


def count(year: int) -> None:
    """Have the engine make the figures of a year."""
    start_run(request_run(year).id)


def closed_at(month: Month) -> datetime.datetime:
    """On the day of the bulletin, the fifth of the following month."""
    return at(month.shift(1).day(5), 17)


def _close(month: Month, register: Register) -> None:
    freeze_month(month)
    Period.objects.filter(year=month.year, month=month.number).update(
        opened_at=at(month.day(15), 8), closed_at=closed_at(month), closed_by=register.cast["office"]
    )


def reopen_december(register: Register, today: datetime.date) -> None:
    """The reporter may still hand in what was missing at the close."""
    reporter, office = register.cast["reporter"], register.cast["office"]
    missing = MonthlyReport.objects.of(Month(2018, 12)).filter(state=State.MISSING)
    report = missing.get(project__responsible_unit=reporter.organisation)
    reopened_at, until_on = at(today - DAY, 11, 15), today + REOPENED_DAYS * DAY
    Reopening.objects.create(report=report, by=office, reason=REOPENED_WHY, until_on=until_on, at=reopened_at)
    ReportMove.objects.create(
        report=report,
        at=reopened_at,
        by=office,
        from_state=report.state,
        to_state=EXPECT.target,
        reason=REOPENED_WHY,
    )
    MonthlyReport.objects.filter(pk=report.pk).update(
        state=EXPECT.target, version=report.version + 1, updated_by=office
    )
