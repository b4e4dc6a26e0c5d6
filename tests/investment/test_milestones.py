"""Starts and finishes: which projects count at the end of a month, and that each count is the length of its list."""

import datetime
import random

import pytest

from investment import milestones, progress
from investment.milestones import counts_of
from investment.places import AREA, CATEGORY, LEADER, place_of
from projects.models import Nature, Stage, Status
from tests.factories import AreaFactory, CategoryFactory, OfficialFactory, project_with

DAY = datetime.date


def project(nature=Nature.NEW, **fields):
    return project_with(plan=1200, reports=[100, 100, 100], nature=nature, **fields)


def place(user, month="2018-02"):
    progress.refresh_stale()
    return place_of(user, month)


def at(code, here):
    return list(here.listed.filter(milestones.conditions(here)[code]).order_by("code"))


# ---- the sets ----


def test_started_by_the_end_of_the_month_or_by_its_stage_where_no_day_is_known(cast):
    last_day = project(actual_start=DAY(2018, 2, 28))
    project(actual_start=DAY(2018, 3, 1), stage=Stage.STRUCTURE)
    project(stage=Stage.PREPARATORY)
    undated = project(stage=Stage.STARTED)
    assert at("started", place(cast.office)) == [last_day, undated]


def test_planned_new_starts_are_those_of_the_action_plan(cast):
    new, begun = project(), project(actual_start=DAY(2018, 1, 5))
    project(nature=Nature.CONTINUED, actual_start=DAY(2018, 1, 5))
    here = place(cast.office)
    assert at("to-start", here) == [new, begun]
    assert at("to-start-started", here) == [begun]


def test_due_to_start_are_those_not_started_and_those_started_this_year(cast):
    late = project(planned_start=DAY(2018, 2, 28))
    begun = project(planned_start=DAY(2018, 2, 1), actual_start=DAY(2018, 2, 3))
    too_late = project(planned_start=DAY(2018, 2, 1), actual_start=DAY(2018, 3, 1))
    project(planned_start=DAY(2018, 3, 1))
    project(planned_start=DAY(2017, 5, 1), actual_start=DAY(2017, 5, 1))  # carried over
    project(planned_start=DAY(2018, 2, 1), status=Status.WITHDRAWN)
    here = place(cast.office)
    assert at("due-to-start", here) == [late, begun, too_late]
    assert at("due-started", here) == [begun]


def test_planned_finishes_are_by_the_action_plan_or_by_the_day(cast):
    by_plan, by_day = project(nature=Nature.FINISHING), project(planned_finish=DAY(2018, 12, 31))
    project(planned_finish=DAY(2019, 1, 1))
    assert at("to-finish", place(cast.office)) == [by_plan, by_day]


def test_finished_and_in_production_by_the_end_of_the_month(cast):
    finished = project(nature=Nature.FINISHING, actual_start=DAY(2018, 1, 1), actual_finish=DAY(2018, 2, 28))
    produces = project(nature=Nature.FINISHING, stage=Stage.PRODUCTION, actual_finish=DAY(2018, 2, 1))
    project(nature=Nature.FINISHING, stage=Stage.PRODUCTION, actual_finish=DAY(2018, 3, 1))
    undated = project(stage=Stage.PRODUCTION)
    here = place(cast.office)
    assert at("finished", here) == [finished, produces, undated]
    assert at("in-production", here) == [produces, undated]
    assert at("to-finish-finished", here) == [finished, produces]
    assert at("to-finish-in-production", here) == [produces]


def test_due_to_finish_and_not_finished_then(cast):
    late = project(planned_finish=DAY(2018, 2, 28))
    later = project(planned_finish=DAY(2018, 2, 1), actual_finish=DAY(2018, 3, 1))
    project(planned_finish=DAY(2018, 2, 1), actual_finish=DAY(2018, 1, 31))
    project(planned_finish=DAY(2018, 3, 1))
    project(planned_finish=DAY(2018, 2, 1), status=Status.WITHDRAWN)
    assert at("due-to-finish", place(cast.office)) == [late, later]


def test_enlisted_are_those_of_the_action_plan(cast):
    enlisted = project()
    project(nature=None)
    assert at("enlisted", place(cast.office)) == [enlisted]


# ---- rates ----


def test_both_definitions_of_the_start_rate_and_the_rates_of_finishing(cast):
    project(planned_start=DAY(2018, 2, 1), actual_start=DAY(2018, 1, 5))
    project(planned_start=DAY(2018, 2, 1))
    project(planned_start=DAY(2018, 6, 1))
    project(nature=Nature.FINISHING, stage=Stage.PRODUCTION, actual_finish=DAY(2018, 2, 1))
    project(nature=Nature.FINISHING)
    shares = counts_of(place(cast.office))[0].shares
    assert [(share.label, share.part, share.whole, str(share.rate)) for share in shares] == [
        ("开工率（按年度计划）", 1, 3, "33.33"),
        ("开工率（按应开工）", 1, 2, "50.00"),
        ("竣工率", 1, 2, "50.00"),
        ("投产率", 1, 2, "50.00"),
    ]


def test_without_anything_planned_there_is_no_rate(cast):
    project(nature=Nature.CONTINUED)
    assert [share.rate for share in counts_of(place(cast.office))[0].shares] == [None] * 4


# ---- counts ----


def test_groups_are_counted_apart_and_those_without_one_as_0(cast):
    boss = OfficialFactory()
    project(liaison_leader=boss, actual_start=DAY(2018, 1, 1)), project(liaison_leader=boss), project()
    here = place(cast.office)
    counts = {key: (each.counts["enlisted"], each.counts["started"]) for key, each in counts_of(here, LEADER).items()}
    assert counts == {boss.pk: (2, 1), 0: (1, 0)}
    assert counts_of(here, LEADER, boss.pk).keys() == {boss.pk}


def test_a_reporter_counts_the_own_projects_only(cast):
    project(responsible_unit=cast.neighbour.organisation)
    project(responsible_unit=cast.reporter.organisation)
    assert counts_of(place(cast.reporter))[0].counts["enlisted"] == 1
    assert counts_of(place(cast.office))[0].counts["enlisted"] == 2


def test_all_groups_take_one_query(cast, django_assert_num_queries):
    for number in range(3):
        project(area=AreaFactory(name=f"示例区 {number}"))
    here = place(cast.leader)
    assert here.user.sees_city
    with django_assert_num_queries(1):
        assert len(counts_of(here, AREA)) == 3


def some(rng, *choices):
    return rng.choice([None, *choices])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_count_is_the_length_of_the_list_to_which_it_leads(client, cast, seed):
    rng, categories = random.Random(seed), [CategoryFactory(code=code) for code in ("a", "b")]
    days = [DAY(2017, 6, 1), DAY(2018, 1, 15), DAY(2018, 2, 28), DAY(2018, 3, 1), DAY(2018, 11, 1)]
    for _ in range(25):
        start, finish = some(rng, *days[:3]), some(rng, *days[3:])
        project(
            nature=some(rng, *Nature), category=rng.choice(categories), stage=rng.choice(list(Stage)),
            status=rng.choice(list(Status)), actual_start=some(rng, *days[:3]), planned_start=start,
            actual_finish=some(rng, *days[3:]), planned_finish=finish,
        )  # fmt: skip
    client.force_login(cast.office)
    for found in counts_of(place(cast.office), CATEGORY).values():
        listed = {code: client.get(found.projects_at(code)).context["count"] for code in found.counts}
        assert listed == found.counts
