"""January 2019 stands open, and its reports in every state there is. Amounts in 万元.

Its days follow the day of the load: by those of 2019 every report would be overdue, and there would be nothing to do.
"""

import datetime
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from investment.background import backgrounds
from investment.expected import expected
from investment.models import MonthlyReport, Period, ReportMove
from investment.months import Month
from investment.moves import APPROVE, EXCUSE, PASS, RETURN, SAVE, SUBMIT, WITHDRAW, Move
from investment.plausibility import Background, doubts
from investment.progress import lock_year
from projects.models import Project, Stage, User

from ..shares import CENT_WAN
from .arrivals import EXCUSE_REASON, FACTOR_REASON, RETURN_REASONS
from .chance import at, dice, in_office_hours
from .register import Register
from .reporting import IMAGE_PROGRESS, NEXT_PLAN
from .samples import Sample
from .steps import TYPING, Step, reporter_of, reviewer_of, walk

JANUARY = Month(2019, 1)
# Days from the load to each day of the month.
DAYS = {"opens_on": -10, "due_on": 3, "first_review_due_on": 5, "final_review_due_on": 6, "bulletin_due_on": 13}
DAY = datetime.timedelta(days=1)

UNTOUCHED: tuple[Move, ...] = ()
DRAFT, WITHDRAWN = (SAVE,), (SAVE, SUBMIT, WITHDRAW)
SUBMITTED, AGAIN = (SUBMIT,), (SUBMIT, RETURN, SUBMIT)
PASSED, APPROVED = (SUBMIT, PASS), (SUBMIT, PASS, APPROVE)
RETURNED, RETURNED_FINALLY = (SUBMIT, RETURN), (SUBMIT, PASS, RETURN)
EXCUSED = (EXCUSE,)


@dataclass(frozen=True)
class Found:
    """How far a report has come, and what it looks like there.

    amount: 'plain', 'none', or odd: 'zero', 'same' as last month, 'yuan' typed for 万元, 'burst': a real one.
    """

    way: tuple[Move, ...]
    amount: str = "plain"
    under_review: bool = False


# What each of the cast finds first, project by project in the order of their codes; 'reviewer': of other units.
WAITING = {
    "reporter": (
        Found(RETURNED),
        Found(DRAFT, "none"),
        Found(UNTOUCHED),
        Found(SUBMITTED),
        Found(DRAFT, "yuan"),
        Found(PASSED),
        Found(RETURNED_FINALLY),
    ),
    "neighbour": (
        Found(DRAFT),
        Found(SUBMITTED, under_review=True),
        Found(UNTOUCHED),
        Found(SUBMITTED, "same"),
        Found(RETURNED),
    ),
    "reviewer": (Found(SUBMITTED), Found(SUBMITTED, "zero"), Found(AGAIN)),
}
# Of the others so many in a hundred; what is left is untouched.
SHARES = {
    Found(DRAFT): 7,
    Found(DRAFT, "none"): 4,
    Found(WITHDRAWN): 3,
    Found(SUBMITTED): 13,
    Found(SUBMITTED, "zero"): 3,
    Found(SUBMITTED, under_review=True): 3,
    Found(AGAIN): 3,
    Found(PASSED): 11,
    Found(PASSED, "zero"): 3,
    Found(PASSED, "burst"): 3,
    Found(APPROVED): 13,
    Found(APPROVED, "same"): 2,
    Found(RETURNED, "yuan"): 2,
    Found(RETURNED): 2,
    Found(RETURNED_FINALLY): 2,
}
EXPLANATIONS = {
    "zero": "示例：春节前停工放假，本月没有投资。",
    "same": "示例：按合同等额支付进度款，与上月相同。",
    "tenfold": "示例：主要设备集中到货，一次性付款。",
    "over-plan": "示例：年度计划正在申请调增。",
}
USUAL_SHARE = 12, 50  # of the year's plan, or of the total where there is no plan: what a month may bring


def open_january(register: Register, carried: list[Sample], today: datetime.date) -> None:
    """Open the month and fill its reports; `carried` are the samples that are enlisted for 2019."""
    lock_year(JANUARY.year)
    days = {name: today + from_load * DAY for name, from_load in DAYS.items()}
    months = Period.objects.filter(year=JANUARY.year, month=JANUARY.number)
    months.update(**days, opened_at=at(days["opens_on"], 8))
    _write_reports(register.cast, {sample.project.pk: sample for sample in carried}, today)


def _write_reports(cast: dict[str, User], samples: dict[int, Sample], today: datetime.date) -> None:
    rng = dice("reports of January")
    reports = [_expected(project, today) for project in expected(JANUARY).order_by("code")]
    judged = backgrounds([report.project_id for report in reports], JANUARY)
    found = _draw(reports, samples, cast)
    moves: list[ReportMove] = []
    for report in reports:
        sample, here = samples[report.project_id], found[report.project_id]
        moves += walk(report, _steps(sample.project, here, cast, today, rng))
        if SAVE in here.way or SUBMIT in here.way:
            _type(report, sample, here, judged[report.project_id], rng)
        if here.under_review and report.submitted_at:
            report.review_begun_by = reviewer_of(sample.project, cast)
            report.review_begun_at = report.submitted_at + datetime.timedelta(minutes=90)
    MonthlyReport.objects.bulk_create(reports)
    ReportMove.objects.bulk_create(sorted(moves, key=lambda move: move.at))


def _expected(project: Any, today: datetime.date) -> MonthlyReport:
    """The row that the opening of the month makes."""
    return MonthlyReport(
        project=project,
        year=JANUARY.year,
        month=JANUARY.number,
        kind=project.kind,
        due_on=today + DAYS["due_on"] * DAY,
    )


def _draw(reports: list[MonthlyReport], samples: dict[int, Sample], cast: dict[str, User]) -> dict[int, Found]:
    """What is found of each project's report: first what the cast is to find, the rest by lot."""
    found = {pk: Found(EXCUSED) for pk, sample in samples.items() if sample.stopped_from}
    others = [report.project_id for report in reports if report.project_id not in found]
    for username, waiting in WAITING.items():
        own = [pk for pk in others if _belongs(samples[pk].project, username, cast)]
        found.update(zip(own, waiting, strict=False))
        others = [pk for pk in others if pk not in found]
    pool = [here for here, share in SHARES.items() for _ in range(round(len(others) * share / 100))]
    pool += [Found(UNTOUCHED)] * (len(others) - len(pool))
    dice("states of January").shuffle(pool)
    found.update(zip(others, pool, strict=True))
    return found


def _belongs(project: Project, username: str, cast: dict[str, User]) -> bool:
    """Whether the project's report is work for this one of the cast; for the reviewer, of units outside the cast."""
    typist = reporter_of(project, cast)
    if username == "reviewer":
        return typist is None and reviewer_of(project, cast) == cast["reviewer"]
    return typist == cast[username]


def _steps(
    project: Project, here: Found, cast: dict[str, User], today: datetime.date, rng: random.Random
) -> list[Step]:
    """One step a day, all of them since the month opened and before the day of the load."""
    days = sorted(rng.sample(range(1, -DAYS["opens_on"]), len(here.way)), reverse=True)
    steps: list[Step] = []
    for way, ago in zip(here.way, days, strict=True):
        last = steps[-1].way if steps else None
        office = way in (APPROVE, EXCUSE) or (way is RETURN and last is PASS)
        by = reporter_of(project, cast) if way in TYPING else cast["office"] if office else reviewer_of(project, cast)
        returned = FACTOR_REASON if here.amount == "yuan" else rng.choice(RETURN_REASONS)
        reason = {RETURN: returned, EXCUSE: EXCUSE_REASON}.get(way, "")
        steps.append(Step(way, in_office_hours(rng, today - ago * DAY), by, reason))
    return steps


def _type(report: MonthlyReport, sample: Sample, here: Found, background: Background, rng: random.Random) -> None:
    """What the unit typed, and what was odd about it; what was handed in is explained."""
    stage, handed_in = Stage(sample.project.stage), SUBMIT in here.way
    report.stage, report.amount = stage, _amount(sample, here, background, rng)
    if report.amount is None:
        return
    report.image_progress = rng.choice(IMAGE_PROGRESS[stage])
    odd = doubts(report.amount, background)
    report.doubts = [doubt.code for doubt in odd]
    if handed_in:
        report.received = (report.amount * rng.randrange(60, 131) / 100).quantize(CENT_WAN)
        report.next_plan = rng.choice(NEXT_PLAN)
        report.explanation = _explanation(here, [doubt.code for doubt in odd])


def _explanation(here: Found, codes: list[str]) -> str:
    if not codes:
        return ""
    return "示例：已核对，按付款凭证填报。" if here.amount == "yuan" else EXPLANATIONS[codes[0]]


def _amount(sample: Sample, here: Found, background: Background, rng: random.Random) -> Decimal | None:
    of_plan, of_total = USUAL_SHARE
    usual = background.usual or (background.planned or Decimal(0)) / of_plan or sample.total / of_total
    plain = (usual * rng.randrange(60, 141) / 100).quantize(CENT_WAN)
    return {
        "plain": plain,
        "none": None,
        "zero": Decimal(0),
        "same": background.last or plain,
        "yuan": plain * 10_000,
        "burst": usual.quantize(CENT_WAN) * 11,
    }[here.amount]
