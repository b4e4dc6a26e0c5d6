"""The engine against an independent computation: years of random projects, plans, reports and corrections in pandas."""

import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pytest

from investment import progress
from investment.models import (
    AnnualPlan,
    Correction,
    GroupProgress,
    MonthlyReport,
    Period,
    PlannedMonth,
    ProjectProgress,
    RefreshRun,
)
from projects.models import Enlistment, Nature, Project
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    ProjectFactory,
    city,
    correct,
    enlist,
    province,
)

pytestmark = pytest.mark.django_db
YEARS = (2017, 2018)
GROUPED = {
    GroupProgress.Kind.CATEGORY: "category_id",
    GroupProgress.Kind.LEAD_DEPARTMENT: "lead_department_id",
    GroupProgress.Kind.RESPONSIBLE_UNIT: "responsible_unit_id",
    GroupProgress.Kind.LIAISON_LEADER: "liaison_leader_id",
    GroupProgress.Kind.LEVEL: "level",
    GroupProgress.Kind.NATURE: "nature",
}


def amount(dice):
    return Decimal(dice.randint(0, 10**9)).scaleb(-dice.choice([0, 2, 4]))


@pytest.fixture
def world():
    """Areas, categories, units and leaders for random projects to stand in."""
    return {
        "area": [city(), *(AreaFactory(name=name) for name in ("永定区", "慈利县", "桑植县"))],
        "category": [CategoryFactory(code=code) for code in ("industry", "technology", "product")],
        "lead_department": [None, *(OrganisationFactory() for _ in range(2))],
        "responsible_unit": [None, *(OrganisationFactory() for _ in range(5))],
        "liaison_leader": [None, *(OfficialFactory() for _ in range(4))],
        "level": [1, 2, 3],
    }


def build(dice, world):
    for _ in range(25):
        project = ProjectFactory(
            invested_before=amount(dice), **{name: dice.choice(choices) for name, choices in world.items()}
        )
        for year in YEARS:
            if dice.random() < 0.7:
                enlist(project, year, nature=dice.choice(Nature.values))
            if dice.random() < 0.7:
                plan = AnnualPlanFactory(project=project, year=year, amount=dice.choice([Decimal(0), amount(dice)]))
                for month in dice.sample(range(1, 13), dice.choice([0, 0, 5, 12])):
                    PlannedMonth.objects.create(plan=plan, month=month, amount=amount(dice))
            for month in dice.sample(range(1, 13), dice.randint(0, 12)):
                MonthlyReportFactory(
                    project=project,
                    year=year,
                    month=month,
                    amount=amount(dice),
                    state=dice.choice([2, 3, 3, 3]),
                )


def disturb(dice, world):
    """Corrections of every kind, as people make them."""
    for report in dice.sample(list(MonthlyReport.objects.all()), 20):
        report.amount, report.state = amount(dice), dice.choice([2, 3])
        report.save()
    approved = MonthlyReport.objects.filter(state=MonthlyReport.State.APPROVED)
    for report in dice.sample(list(approved), 10):
        correct(report, report.amount + dice.choice([-1, 1]) * (amount(dice) + 1), dice.choice([2, 2, 3]))
    latest = {(plan.project_id, plan.year): plan for plan in AnnualPlan.objects.order_by("revision")}
    for plan in dice.sample(list(latest.values()), 8):
        revision = plan.revise(amount=amount(dice), effective_month=dice.randint(1, 12), reason="计划调整")
        for month in dice.sample(range(1, 13), dice.choice([0, 0, 5])):
            PlannedMonth.objects.create(plan=revision, month=month, amount=amount(dice))
    for project in dice.sample(list(Project.objects.all()), 8):
        field = dice.choice(list(world))
        setattr(project, field, dice.choice(world[field]))
        project.save()
    for enlistment in dice.sample(list(Enlistment.objects.all()), 3):
        enlistment.delete()
    period = Period.objects.get(year=dice.choice(YEARS), month=dice.randint(1, 12))
    period.time_progress = Decimal(dice.randint(0, 10_000)).scaleb(-2)
    period.save()


def half_up(value, places=2):
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def expected_projects(year):
    """The project-months of a year, the long way round: a frame of Decimals."""
    plans = defaultdict(list)  # of each project, the original first
    for plan in AnnualPlan.objects.filter(year=year).order_by("revision").prefetch_related("curve"):
        plans[plan.project_id].append(plan)
    natures = dict(Enlistment.objects.filter(action_plan__year=year).values_list("project", "nature"))
    approved = (
        pd.DataFrame(
            MonthlyReport.objects.filter(state=MonthlyReport.State.APPROVED).values(
                "project_id", "year", "month", "amount"
            ),
            columns=["project_id", "year", "month", "amount"],
        )
        .set_index(["project_id", "year", "month"])
        .sort_index()
    )
    for each in Correction.objects.filter(state=Correction.State.APPROVED).select_related("report"):
        report = each.report
        if report.state == MonthlyReport.State.APPROVED:
            approved.loc[(report.project_id, report.year, report.month), "amount"] += each.new_amount - each.old_amount
    approved = approved.reset_index()
    elapsed = dict(Period.objects.filter(year=year).values_list("month", "time_progress"))
    rows = []
    for project in Project.objects.select_related("area"):
        own = approved[approved.project_id == project.pk]
        this_year = own[own.year == year].set_index("month").amount.to_dict()
        before = project.invested_before + sum(own[own.year < year].amount, Decimal(0))
        revisions = plans[project.pk]
        if not revisions and project.pk not in natures and not this_year:
            continue
        total = Decimal(0)
        for month in range(1, 13):
            total += this_year.get(month, Decimal(0))
            share = elapsed[month] / 100 if elapsed[month] is not None else Decimal(month) / 12
            plan = next((plan for plan in reversed(revisions) if plan.effective_month <= month), None)
            curve = list(plan.curve.all()) if plan else []
            to_date = half_up(plan.amount * share, 4) if plan else None
            if curve:
                to_date = sum((each.amount for each in curve if each.month <= month), Decimal(0))
            rows.append(
                {
                    "project_id": project.pk,
                    "month": month,
                    "area_id": project.area_id,
                    **{column: getattr(project, column) for column in GROUPED.values() if column != "nature"},
                    "nature": natures.get(project.pk),
                    "time_progress": half_up(share * 100),
                    "planned_year": plan.amount if plan else None,
                    "planned_original": revisions[0].amount if revisions else None,
                    "planned_to_date": to_date,
                    "amount": this_year.get(month),
                    "year_to_date": total,
                    "since_start": before + total,
                }
            )
    return pd.DataFrame(rows, dtype=object)


def with_rates(row):
    rate = half_up(row["year_to_date"] * 100 / row["planned_year"]) if row["planned_year"] else None
    ratio = half_up(row["year_to_date"] * 100 / row["planned_to_date"]) if row["planned_to_date"] else None
    original = half_up(row["year_to_date"] * 100 / row["planned_original"]) if row["planned_original"] else None
    return {
        **row,
        "rate": rate,
        "rate_original": original,
        "gap": None if rate is None else rate - row["time_progress"],
        "plan_ratio": ratio,
    }


def expected_groups(frame):
    """Every group and month as sums over the frame's rows."""
    total, whole_city = GroupProgress.Kind.TOTAL, city().pk
    memberships = [(total, frame.assign(group_area=frame.area_id, key=0)[frame.area_id != whole_city])]
    memberships += [(total, frame.assign(group_area=area, key=0)) for area in (whole_city, province().pk)]
    for kind, column in GROUPED.items():
        keys = frame[column].map(lambda key: 0 if key is None else key)
        memberships.append((kind, frame.assign(group_area=whole_city, key=keys)))
    groups = {}
    for kind, rows in memberships:
        for (area, key, month), members in rows.groupby(["group_area", "key", "month"]):
            planned = members[members.planned_year.notna()]
            unplanned = members[members.planned_year.isna()]
            row = {
                "projects": len(members),
                "planned_projects": len(planned),
                "reported_projects": int(members.amount.notna().sum()),
                "time_progress": members.time_progress.iloc[0],
                "planned_year": sum(planned.planned_year, Decimal(0)),
                "planned_original": sum(planned.planned_original, Decimal(0)),
                "planned_to_date": sum(planned.planned_to_date, Decimal(0)),
                "amount": sum(members.amount.dropna(), Decimal(0)),
                "year_to_date": sum(members.year_to_date, Decimal(0)),
                "since_start": sum(members.since_start, Decimal(0)),
                "unplanned_to_date": sum(unplanned.year_to_date, Decimal(0)),
            }
            groups[area, int(kind), key, month] = with_rates(row)
    return groups


def assert_as_computed(year):
    frame = expected_projects(year)
    projects = {(row["project_id"], row["month"]): with_rates(row) for row in frame.to_dict("records")}
    columns = list(next(iter(projects.values())))
    stored = {
        (row["project_id"], row["month"]): row for row in ProjectProgress.objects.filter(year=year).values(*columns)
    }
    assert stored == projects
    groups = expected_groups(frame)
    columns = list(next(iter(groups.values())))
    stored_groups = {
        (row.pop("area_id"), row.pop("kind"), row.pop("key"), row.pop("month")): row
        for row in GroupProgress.objects.filter(year=year, projects__gt=0).values(
            "area_id", "kind", "key", "month", *columns
        )
    }
    assert stored_groups == groups


@pytest.mark.parametrize("seed", range(4))
def test_random_years_agree_with_pandas_after_every_round_of_corrections(seed, world):
    dice = random.Random(seed)
    build(dice, world)
    progress.refresh_stale()
    for year in YEARS:
        assert_as_computed(year)
    for _ in range(3):
        disturb(dice, world)
        from_runs()
        for year in YEARS:
            assert_as_computed(year)
    for year in YEARS:
        outcome = progress.refresh_year(year)
        assert (outcome.rows, outcome.groups) == (0, 0)


def from_runs():
    """What the worker does: count what is stale, then carry out what was asked for."""
    progress.refresh_stale()
    for run_id in RefreshRun.objects.filter(started_at=None).values_list("id", flat=True):
        progress.start_run(run_id)
