"""The rows behind the rankings and the pages of groups: order, sums, gaps, and who is counted for whom."""

from decimal import Decimal

import pytest
from django.core.exceptions import ObjectDoesNotExist

from investment import progress, rankings
from investment.addresses import projects_behind
from investment.models import MonthlyReport
from investment.months import Month
from investment.places import AREA, CATEGORY, LEADER, UNIT, place_of
from projects.models import Area, Category, CategoryTarget, Organisation, Talent
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    city,
    project_with,
    province,
)


def ranked(user, grouping, month=None):
    progress.refresh_stale()
    return rankings.ranking(place_of(user, month), grouping)


def names(ranking):
    return [row.name for row in ranking.rows]


def leader_named(post):
    return OfficialFactory(post=post)


# ---- order ----


def test_lowest_rate_stands_first(cast):
    for post, amount in (("甲", 500), ("乙", 100), ("丙", 300)):
        project_with(plan=1000, reports=[amount], liaison_leader=leader_named(post))
    assert names(ranked(cast.leader, LEADER)) == ["乙", "丙", "甲"]


def test_of_equal_rates_the_larger_plan_stands_first(cast):
    for post, plan in (("甲", 100), ("乙", 1000), ("丙", 500)):
        project_with(plan=plan, reports=[plan / 10], liaison_leader=leader_named(post))
    found = ranked(cast.leader, LEADER)
    assert names(found) == ["乙", "丙", "甲"]
    assert [row.name for row in found.lowest] == [row.name for row in found.highest] == names(found)


def test_groups_without_a_rate_follow_in_the_order_of_the_register(cast):
    project_with(reports=[5], liaison_leader=leader_named("无计划"))
    project_with(plan=9000, liaison_leader=leader_named("未报"))
    project_with(plan=100, reports=[200], liaison_leader=leader_named("超额"))
    found = ranked(cast.leader, LEADER)
    assert names(found) == ["超额", "无计划", "未报"]
    assert [row.rate for row in found.rows] == [Decimal("200.00"), None, None]


def test_lowest_highest_and_those_behind_time_are_told(cast):
    for post, amount in (("甲", 50), ("乙", 50), ("丙", 100), ("丁", 900)):
        project_with(plan=1200, reports=[amount], liaison_leader=leader_named(post))
    found = ranked(cast.leader, LEADER)
    assert [row.name for row in found.lowest] == ["甲", "乙"]
    assert [row.name for row in found.highest] == ["丁"]
    assert [row.name for row in found.behind_time] == ["甲", "乙"]


# ---- figures ----


def test_rate_of_a_group_is_sum_over_sum(cast):
    leader = leader_named("甲")
    project_with(plan=100, reports=[100], liaison_leader=leader)
    project_with(plan=900, reports=[0], liaison_leader=leader)
    row = ranked(cast.leader, LEADER).rows[0]
    assert (row.planned_year, row.year_to_date, row.rate) == (Decimal(1000), Decimal(100), Decimal("10.00"))
    assert row.gap == Decimal("10.00") - Decimal("8.33")


def test_group_without_a_plan_has_an_amount_and_no_rate(cast):
    project_with(reports=[5], liaison_leader=leader_named("甲"))
    row = ranked(cast.leader, LEADER).rows[0]
    assert (row.planned_year, row.year_to_date, row.rate, row.gap, row.lamp.word) == (
        None, Decimal(5), None, None, "暂不评价",
    )  # fmt: skip


def test_group_without_an_approved_report_has_no_amount(cast):
    project = project_with(plan=100, liaison_leader=leader_named("甲"))
    MonthlyReportFactory(project=project, state=MonthlyReport.State.SUBMITTED, amount=Decimal(50))
    project_with(plan=100, reports=[1], liaison_leader=leader_named("乙"))
    row = next(row for row in ranked(cast.leader, LEADER).rows if row.name == "甲")
    assert (row.planned_year, row.year_to_date, row.rate, row.lamp.word) == (Decimal(100), None, None, "暂不评价")


def test_report_of_zero_is_an_amount_of_zero(cast):
    project_with(plan=100, reports=[0], liaison_leader=leader_named("甲"))
    row = ranked(cast.leader, LEADER).rows[0]
    assert (row.year_to_date, row.rate, row.lamp.word) == (Decimal(0), Decimal("0.00"), "严重滞后")


def test_projects_behind_and_far_behind_are_counted_apart(cast):
    leader = leader_named("甲")
    for amount in (100, 70, 59, 0):
        project_with(plan=1200, reports=[amount], liaison_leader=leader)
    found = ranked(cast.leader, LEADER)
    assert found.rows[0].lag == rankings.Lag(far_behind=2, behind=1)
    assert found.total.lag == rankings.Lag(far_behind=2, behind=1)


def test_rows_and_those_without_a_group_add_up_to_all(cast):
    project_with(plan=100, reports=[10], liaison_leader=leader_named("甲"))
    project_with(plan=200, reports=[20], liaison_leader=leader_named("乙"))
    project_with(plan=400, reports=[40])
    found = ranked(cast.leader, LEADER)
    assert (found.nobody.name, found.nobody.planned_year) == ("尚未明确联系领导", Decimal(400))
    assert (found.total.name, found.total.planned_year, found.total.year_to_date) == ("合计", Decimal(700), Decimal(70))
    assert sum(row.projects for row in [*found.rows, found.nobody]) == found.total.projects == 3


def test_where_every_project_has_a_group_there_is_no_row_without(cast):
    project_with(plan=100, reports=[10], liaison_leader=leader_named("甲"))
    assert ranked(cast.leader, LEADER).nobody is None


@pytest.mark.parametrize("reports", [[10], []])
def test_projects_in_the_city_itself_are_a_row_without_a_page(cast, reports):
    project_with(plan=100, reports=[50])
    project_with(plan=200, reports=reports, area=city())
    found = ranked(cast.leader, AREA)
    assert names(found) == ["慈利县"]
    nobody = found.nobody
    assert (nobody.name, nobody.projects, nobody.page) == ("未分到区县", 1, None)
    assert nobody.all_projects == f"/projects/?month=2018-01&area={city().pk}"
    assert nobody.year_to_date == (Decimal(10) if reports else None)


def test_part_of_a_city_has_the_same_row_for_projects_in_the_city_itself(cast):
    own = {"responsible_unit": cast.reporter.organisation}
    project_with(plan=100, reports=[50], **own)
    project_with(plan=200, area=city(), **own)
    found = ranked(cast.reporter, AREA)
    assert (names(found), found.nobody.projects, found.nobody.year_to_date) == (["慈利县"], 1, None)


def test_categories_measured_by_count_say_what_they_count(cast):
    talent = CategoryFactory(code="talent", name="科技创新人才", counts=Category.Counts.PEOPLE)
    project = project_with(category=talent)
    CategoryTarget.objects.create(action_plan=project.action_plans.get(), category=talent, target=1)
    Talent.objects.create(project=project, field="示例", employer=OrganisationFactory(), signed_on="2018-01-02")
    project_with(plan=100, reports=[10], category=CategoryFactory(code="industry", name="产业"))
    industry, people = ranked(cast.leader, CATEGORY).rows
    assert (industry.note, people.note) == ("未定目标 · 列入 1 项", "全市目标 1 · 列入 1 人 · 引进 1 人")
    assert (people.rate, people.lamp.word) == (None, "达到目标")


# ---- links ----


def test_addresses_carry_the_month_and_the_filter(cast):
    leader = leader_named("甲")
    for amount in (70, 0):
        project_with(plan=1200, reports=[amount, 0], liaison_leader=leader)
    project_with(plan=1200, reports=[100])
    found = ranked(cast.leader, LEADER, "2018-01")
    row, listed = found.rows[0], f"/projects/?month=2018-01&leader={leader.pk}"
    assert row.page == f"/leaders/{leader.pk}/?month=2018-01"
    assert (row.all_projects, row.far_behind_projects, row.behind_projects) == (
        listed, f"{listed}&lamp=far-behind", f"{listed}&lamp=behind",
    )  # fmt: skip
    assert (found.nobody.page, found.nobody.all_projects) == (None, "/projects/?month=2018-01&leader=0")
    assert found.nobody.far_behind_projects is None
    assert (found.total.page, found.total.all_projects) == (None, "/projects/?month=2018-01")


def test_address_escapes_what_it_is_given(db):
    assert projects_behind(Month(2018, 6), q="a&b") == "/projects/?month=2018-06&q=a%26b"


# ---- who is counted for whom ----


@pytest.fixture
def two_units(cast):
    """The reporter's project of 100 万元, the neighbour's of 900 (the canary), and one of 2,000 in another district."""
    leader = leader_named("甲")
    own, other = cast.reporter.organisation, cast.neighbour.organisation
    project_with(plan=100, reports=[10], responsible_unit=own, liaison_leader=leader)
    project_with(plan=900, reports=[10], responsible_unit=other, liaison_leader=leader)
    far = {"area": AreaFactory(name="桑植县"), "category": CategoryFactory(code="technology")}
    project_with(plan=2000, reports=[10], liaison_leader=leader_named("乙"), **far)
    return cast


@pytest.mark.parametrize(
    ("who", "leaders", "total"),
    [
        ("reporter", {"甲": 100}, 100),
        ("neighbour", {"甲": 900}, 900),
        ("reviewer", {"甲": 1000}, 1000),
        ("office", {"甲": 1000, "乙": 2000}, 3000),
        ("leader", {"甲": 1000, "乙": 2000}, 3000),
        ("admin", {"甲": 1000, "乙": 2000}, 3000),
    ],
)
def test_each_reader_gets_the_sums_of_the_projects_that_he_or_she_sees(two_units, who, leaders, total):
    found = ranked(getattr(two_units, who), LEADER)
    assert {row.name: row.planned_year for row in found.rows} == leaders
    assert found.total.planned_year == total


@pytest.mark.parametrize("grouping", [CATEGORY, AREA, LEADER, UNIT], ids=lambda grouping: grouping.code)
def test_reporter_sees_one_group_of_each_kind(two_units, grouping):
    found = ranked(two_units.reporter, grouping)
    assert [(row.projects, row.planned_year, row.lag.far_behind) for row in found.rows] == [(1, Decimal(100), 0)]
    assert found.nobody is None


def test_unit_of_another_city_is_named_where_it_answers_for_a_project_here(cast):
    elsewhere = AreaFactory(name="示例市", kind=Area.Kind.CITY, parent=province(), order=9)
    unit = OrganisationFactory(name="示例外地单位", area=AreaFactory(name="示例区", parent=elsewhere))
    project_with(plan=100, reports=[10], responsible_unit=unit)
    assert names(ranked(cast.leader, UNIT)) == ["示例外地单位"]
    assert rankings.group(place_of(cast.leader, None), UNIT, unit.pk).subject == unit


# ---- one group ----


def group_of(user, grouping, key, month=None):
    progress.refresh_stale()
    return rankings.group(place_of(user, month), grouping, key)


def test_group_has_its_year_and_its_month(cast):
    leader = leader_named("甲")
    project_with(plan=1200, reports=[50, None, 70], liaison_leader=leader)
    project_with(plan=1200, reports=[1, 1, 1])
    found = group_of(cast.leader, LEADER, leader.pk, "2018-02")
    assert [row.year_to_date for row in found.months[:3]] == [Decimal(50), Decimal(50), None]
    assert (found.now.year_to_date, found.now.lag, found.ranking) == (
        Decimal(50), rankings.Lag(far_behind=1), "/leaders/?month=2018-02",
    )  # fmt: skip


def test_group_of_a_month_before_its_first_report_has_no_amount(cast):
    leader = leader_named("甲")
    project_with(plan=1200, reports=[None, 70], liaison_leader=leader)
    project_with(plan=1200, reports=[1])
    assert group_of(cast.leader, LEADER, leader.pk, "2018-01").now.year_to_date is None
    assert group_of(cast.leader, LEADER, leader.pk, "2018-02").now.year_to_date == Decimal(70)


def test_curve_is_drawn_where_there_is_a_plan_or_an_amount(cast):
    planned, reported, neither = (leader_named(post) for post in "甲乙丙")
    project_with(plan=1200, liaison_leader=planned)
    project_with(reports=[5], liaison_leader=reported)
    project_with(liaison_leader=neither)
    drawn = [group_of(cast.leader, LEADER, leader.pk).drawn for leader in (planned, reported, neither)]
    assert drawn == [True, True, False]


def test_worst_projects_of_the_group_come_first_and_at_most_20(cast, monkeypatch):
    leader = leader_named("甲")
    expected = [
        project_with(plan=1200, liaison_leader=leader),
        project_with(plan=1200, reports=[40], liaison_leader=leader),
        project_with(plan=1200, reports=[90], liaison_leader=leader),
    ]
    project_with(reports=[9], liaison_leader=leader)
    project_with(plan=1200, reports=[0])
    monkeypatch.setattr(rankings, "WORST", 3)
    found = group_of(cast.leader, LEADER, leader.pk)
    assert [row.project for row in found.worst] == expected
    assert [row.reported for row in found.worst] == [False, True, True]
    assert found.now.projects == 4


def test_group_without_projects_in_the_year_has_no_month(cast):
    project_with(plan=100, reports=[10])
    found = group_of(cast.leader, LEADER, leader_named("甲").pk)
    assert (found.now, found.rows, found.note) == (None, [], "")


@pytest.mark.parametrize(
    ("subject", "note"),
    [
        (Organisation(name="某单位"), ""),
        (Area(name="高新区", kind=Area.Kind.ZONE), "园区"),
        (Area(name="慈利县", kind=Area.Kind.DISTRICT), ""),
        (Category(name="产业"), ""),
    ],
)
def test_note_says_what_the_name_does_not(subject, note):
    assert rankings.note_of(subject) == note


@pytest.mark.parametrize("who", ["reporter", "neighbour", "reviewer", "office", "leader", "admin"])
def test_nobody_and_the_city_have_no_page(two_units, who):
    user = getattr(two_units, who)
    for grouping, key in ((LEADER, 0), (UNIT, 0), (UNIT, 999_999), (AREA, city().pk)):
        with pytest.raises(ObjectDoesNotExist):
            group_of(user, grouping, key)
