"""How the reports of 2018 came in: on time or late, returned and handed in again, excused, or not at all."""

import datetime
import random
from collections import Counter
from collections.abc import Iterator

from investment.models import MonthlyReport, ReportMove
from investment.months import Month, days_by_rule
from investment.moves import APPROVE, EXCUSE, MISS, PASS, RETURN, SUBMIT
from projects.models import Stage, User

from .chance import at, dice, in_office_hours
from .closing import closed_at
from .register import Register
from .reporting import STOPPED_PROGRESS, Drawn
from .steps import Step, reporter_of, reviewer_of, walk

LATE_PERCENT = (0, 0, 2, 4, 8, 12, 15)  # one of them for each unit: some are never late, some often
RETURNED_PERCENT, OF_THESE_FINALLY = 5, 3  # and of those every third from the final review
RETURN_REASONS = ("形象进度与完成投资不符，请核实。", "与监理计量单不一致，请核对。", "缺少形象进度照片，请补充。")
FACTOR_REASON = "金额疑似以元为单位，请换算为万元。"
EXCUSE_REASON, MISSING_REASON = "停工期间无投资，复工前免报。", "关账时未报送"
ZEROS_BEFORE_EXCUSE = 2
MISSING = 8
TYPED = {"amount": None, "received": None, "stage": None, "image_progress": "", "problems": "", "next_plan": ""}
DAY = datetime.timedelta(days=1)


def write_reports(register: Register, drawn: list[Drawn]) -> None:
    """Save the reports as they stood when their months were closed, with every move that led there.

    No amount that was drawn is lost: excused or missing is only what would have been a zero.
    """
    cast, rng = register.cast, dice("arrivals")
    excused, missing, late = set(_excused(drawn)), _missing(drawn, cast), _late_percent_of_units(drawn)
    moves: list[ReportMove] = []
    for each in drawn:
        report, office = each.report, cast["office"]
        report.due_on = _due_on(report.of_month)
        if each in excused:
            moves += _never_typed(report, Step(EXCUSE, at(report.of_month.day(16), 10), office, EXCUSE_REASON))
        elif each in missing:
            moves += _never_typed(report, Step(MISS, closed_at(report.of_month), office, MISSING_REASON))
        else:
            moves += walk(report, _way(each, late[report.project.responsible_unit_id], cast, rng))
    MonthlyReport.objects.bulk_create(each.report for each in drawn)
    ReportMove.objects.bulk_create(sorted(moves, key=lambda move: move.at))


def _excused(drawn: list[Drawn]) -> Iterator[Drawn]:
    """Of stopped works two zeros were reported; from then on the city office excuses them."""
    zeros = Counter[int]()
    for each in drawn:
        if each.report.image_progress == STOPPED_PROGRESS:
            zeros[each.report.project_id] += 1
            if zeros[each.report.project_id] > ZEROS_BEFORE_EXCUSE:
                yield each


def _missing(drawn: list[Drawn], cast: dict[str, User]) -> set[Drawn]:
    """A few that carry no money, and the reporter's first report on procedures of December, which is reopened later."""
    idle = [each for each in drawn if _is_idle(each.report)]
    own = [each for each in idle if each.report.month == 12 and _typist(each, cast) == cast["reporter"]]
    return {own[0], *dice("missing").sample([each for each in idle if each not in own], MISSING)}


def _is_idle(report: MonthlyReport) -> bool:
    """No money in a month of works that go on, or a report on procedures."""
    procedures, prepared = report.kind == MonthlyReport.Kind.PROCEDURES, report.stage == Stage.PREPARATORY
    return not report.amount and (procedures or not prepared) and report.image_progress != STOPPED_PROGRESS


def _late_percent_of_units(drawn: list[Drawn]) -> dict[int | None, int]:
    rng, units = dice("late units"), dict.fromkeys(each.report.project.responsible_unit_id for each in drawn)
    return {unit: rng.choice(LATE_PERCENT) for unit in units}


def _never_typed(report: MonthlyReport, step: Step) -> list[ReportMove]:
    for name, empty in TYPED.items():
        setattr(report, name, empty)
    return walk(report, [step])


def _way(drawn: Drawn, late_percent: int, cast: dict[str, User], rng: random.Random) -> list[Step]:
    """From the first time the report was handed in to its approval."""
    project, office, typist = drawn.report.project, cast["office"], _typist(drawn, cast)
    reviewer, handed_in, approved = reviewer_of(project, cast), drawn.handed_in, drawn.approved
    steps: list[Step] = []
    if rng.randrange(100) < late_percent:
        day = _due_on(drawn.report.of_month) + rng.randrange(1, 6) * DAY
        handed_in, approved = in_office_hours(rng, day), in_office_hours(rng, day + DAY)
    elif rng.randrange(100) < RETURNED_PERCENT:
        reason = rng.choice((*RETURN_REASONS, FACTOR_REASON))
        if rng.randrange(OF_THESE_FINALLY):
            steps = [Step(SUBMIT, handed_in - 2 * DAY, typist), Step(RETURN, handed_in - DAY, reviewer, reason)]
        else:
            steps = [
                Step(SUBMIT, handed_in - 3 * DAY, typist),
                Step(PASS, handed_in - 2 * DAY, reviewer),
                Step(RETURN, handed_in - DAY, office, reason),
            ]
    passed = at(approved.date(), 8, rng.randrange(60))
    return [*steps, Step(SUBMIT, handed_in, typist), Step(PASS, passed, reviewer), Step(APPROVE, approved, office)]


def _typist(drawn: Drawn, cast: dict[str, User]) -> User | None:
    return reporter_of(drawn.report.project, cast)


def _due_on(month: Month) -> datetime.date:
    return days_by_rule(month)["due_on"]
