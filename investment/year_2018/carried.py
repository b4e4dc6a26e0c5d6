"""What is unfinished at the end of 2018 is carried over to 2019. Amounts in 万元.

Nothing of 2019 is published here, so the plan of the year says that it is a sample.
"""

import datetime
from collections import Counter

from investment.models import AnnualPlan
from projects.models import ActionPlan, CategoryTarget, Enlistment, Nature, Project, Stage, Status

from .amounts import TEN_WAN
from .chance import dice
from .samples import Sample


def carry_over(samples: list[Sample]) -> list[Sample]:
    """Enlist the unfinished projects for 2019, with a plan for those that had one; returns them."""
    carried = [sample for sample in samples if _is_unfinished(sample.project)]
    _write_action_plan(carried)
    _write_annual_plans([sample for sample in carried if sample.planned])
    return carried


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
