"""January 2019 stands open: what is unfinished is carried over, and half of the reports are in. Amounts in 万元.

Nothing of 2019 is published here, so the plan of the year says that it is a sample.
"""

import datetime
import random
from collections import Counter
from decimal import Decimal

from investment.models import AnnualPlan, MonthlyReport
from projects.models import ActionPlan, CategoryTarget, Enlistment, Nature, Project, Stage, Status, User

from .amounts import CENT_WAN, TEN_WAN
from .chance import dice
from .register import Register
from .reporting import IMAGE_PROGRESS, NEXT_PLAN, STOPPED_PROGRESS, at, reporter_of
from .samples import Sample

State = MonthlyReport.State
# Of a hundred expected reports so many are in each state; the others are absent. None is approved yet.
SHARES = {State.SUBMITTED: 35, State.DRAFT: 10, State.RETURNED: 5}
# What each of the cast finds first; None: not begun.
WAITING = {
    "reporter": (State.DRAFT, State.RETURNED, None, State.SUBMITTED),
    "neighbour": (State.DRAFT, State.SUBMITTED, None),
}
RETURN_REASONS = ("形象进度与完成投资不符，请核实。", "金额疑似以元为单位，请换算为万元。")


def open_january(register: Register, samples: dict[str, list[Sample]]) -> None:
    """Carry the unfinished projects over to 2019, with a plan for those that had one, and begin January."""
    carried = [sample for each in samples.values() for sample in each if _is_unfinished(sample.project)]
    _write_action_plan(carried)
    planned = [sample for sample in carried if sample.planned]
    _write_annual_plans(planned)
    _write_reports(planned, register.cast)


def _is_unfinished(project: Project) -> bool:
    return project.stage != Stage.PRODUCTION and project.status != Status.FINISHED


def _write_action_plan(carried: list[Sample]) -> None:
    plan = ActionPlan.objects.create(year=2019, name="示例·结转行动计划", document_number="示例〔2019〕1号")
    Enlistment.objects.bulk_create(
        Enlistment(
            action_plan=plan,
            project=sample.project,
            nature=Nature.CONTINUED if sample.is_new else sample.nature,
            provincial=sample.provincial,
        )
        for sample in carried
    )
    numbers = Counter(sample.project.category for sample in carried)
    CategoryTarget.objects.bulk_create(
        CategoryTarget(action_plan=plan, category=category, target=count) for category, count in numbers.items()
    )


def _write_annual_plans(planned: list[Sample]) -> None:
    """About a third to a half of what is left to invest, but not far above the plan of the year before."""
    rng = dice("plans of 2019")
    plans = []
    for sample in planned:
        left = sample.total - sample.project.invested_before - sample.completed
        amount = min(left * rng.randrange(30, 56) / 100, sample.planned * rng.randrange(80, 151) / 100)
        plans.append(
            AnnualPlan(
                project=sample.project,
                year=2019,
                amount=max(TEN_WAN, (amount / TEN_WAN).to_integral_value() * TEN_WAN),
                document_number="示例〔2019〕2号",
                issued_on=datetime.date(2019, 1, 8),
            )
        )
    AnnualPlan.objects.bulk_create(plans)


def _write_reports(planned: list[Sample], cast: dict[str, User]) -> None:
    rng = dice("january")
    states = _draw_states(planned, cast, rng)
    MonthlyReport.objects.bulk_create(
        _report(sample, state, cast, rng) for sample, state in zip(planned, states, strict=True) if state is not None
    )


def _draw_states(planned: list[Sample], cast: dict[str, User], rng: random.Random) -> list[State | None]:
    """The state of each project's report: first what the cast is to find, then the rest of the shares by lot."""
    pool: list[State | None] = []
    for state, share in SHARES.items():
        pool += [state] * round(len(planned) * share / 100)
    pool += [None] * (len(planned) - len(pool))
    states: list[State | None] = [None] * len(planned)
    others = list(range(len(planned)))
    for username, found in WAITING.items():
        own = [index for index in others if reporter_of(planned[index], cast) == cast[username]]
        for index, wanted in zip(own, found, strict=False):
            states[index] = wanted
            pool.remove(wanted)
            others.remove(index)
    rng.shuffle(pool)
    for index, drawn in zip(others, pool, strict=True):
        states[index] = drawn
    return states


def _report(sample: Sample, state: State, cast: dict[str, User], rng: random.Random) -> MonthlyReport:
    project, stopped = sample.project, sample.stopped_from is not None
    stage, day = Stage(project.stage), datetime.date(2019, 1, rng.randrange(16, 24))
    reporter = reporter_of(sample, cast)
    office = cast["reviewer"].organisation
    reviewer = cast["reviewer" if office and office.area == project.area else "office"]
    draft, returned = state == State.DRAFT, state == State.RETURNED
    amount = (sample.planned * rng.randrange(0, 5) / 100).quantize(CENT_WAN)
    # The reporter's draft waits for its amount, the neighbour's has one; of the others every third waits.
    waits = {cast["reporter"]: True, cast["neighbour"]: False}
    unfinished = draft and (waits[reporter] if reporter else rng.randrange(3) == 0)
    return MonthlyReport(
        project=project,
        year=2019,
        month=1,
        state=state,
        amount=None if unfinished else Decimal(0) if stopped else amount,
        stage=stage,
        image_progress="" if unfinished else STOPPED_PROGRESS if stopped else rng.choice(IMAGE_PROGRESS[stage]),
        next_plan="" if draft else rng.choice(NEXT_PLAN),
        return_reason=rng.choice(RETURN_REASONS) if returned else "",
        updated_by=reporter,
        submitted_at=None if draft else at(day, rng.randrange(9, 18), rng.randrange(60)),
        submitted_by=None if draft else reporter,
        reviewed_at=at(day + datetime.timedelta(days=1), rng.randrange(9, 18)) if returned else None,
        reviewed_by=reviewer if returned else None,
    )
