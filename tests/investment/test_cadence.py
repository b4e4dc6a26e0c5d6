"""`/cadence/`: a span beside the one before and the one a year ago, on the same projects. Amounts in 万元."""

import random
from decimal import Decimal

import pytest

from investment import progress
from investment.cadence import Review
from investment.models import MonthlyReport, ProjectProgress
from investment.months import CADENCES
from investment.places import AREA, CATEGORY, place_of
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    city,
    enlist,
    project_with,
)
from tests.pages import said

State = MonthlyReport.State


def again(project, plan=None, reports=(), year=2019):
    """The project in another year, with plan and approved reports."""
    enlist(project, year=year)
    if plan is not None:
        AnnualPlanFactory(project=project, year=year, amount=Decimal(plan))
    for month, amount in enumerate(reports, start=1):
        if amount is not None:
            MonthlyReportFactory(project=project, year=year, month=month, amount=Decimal(amount))
    return project


def named(name, *args, **fields):
    return project_with(*args, name=name, is_sample=False, **fields)


def review(user, by, month):
    return Review(place_of(user, month), CADENCES[by])


def compared(user, by, month):
    return {each.word: each for each in review(user, by, month).comparisons}


@pytest.fixture
def two_years(cast):
    """甲 in both years; 乙 left after 2018; 丙 came in 2019. Twelve months of 2018, two of 2019."""
    own = {"responsible_unit": cast.reporter.organisation, "category": CategoryFactory(code="industry")}
    stays = named("甲", 1200, [100, 110, 120] + [50] * 8 + [200], **own)
    leaves = named("乙", 600, [10] * 12, area=AreaFactory(name="桑植县"), **own)
    comes = again(named("丙", nature=None, category=CategoryFactory(code="technology")), 240, [7, None])
    again(stays, 2400, [150, 90])
    progress.refresh_stale()
    return [stays, leaves, comes]


# ---- one span ----


@pytest.mark.parametrize(
    ("by", "month", "amount", "planned", "rate"),
    [
        ("month", "2018-01", 110, 150, "73.33"),
        ("month", "2018-03", 130, 150, "86.67"),
        ("quarter", "2018-03", 360, 450, "80.00"),
        ("quarter", "2018-05", 120, 300, "40.00"),
        ("half", "2018-12", 510, 900, "56.67"),
        ("year", "2018-12", 1050, 1800, "58.33"),
        ("year", "2019-02", 247, 440, "56.14"),
    ],
)
def test_span_completes_what_the_year_grew_by(cast, two_years, by, month, amount, planned, rate):
    done = review(cast.office, by, month).total.now
    assert (done.amount, done.planned, done.rate) == (amount, planned, Decimal(rate))


def test_quarters_add_up_to_the_year_and_its_plan(cast, two_years):
    two_years[0].annual_plans.get(year=2018).revise(amount=Decimal(1000), effective_month=7, reason="调减")
    progress.refresh_stale()
    quarters = [review(cast.office, "quarter", f"2018-{month:02}").total.now for month in (3, 6, 9, 12)]
    year = place_of(cast.office, "2018-12").total
    assert sum(done.amount for done in quarters) == year.year_to_date
    assert sum(done.planned for done in quarters) == year.planned_year == 1600
    assert [done.revised for done in quarters] == [0, 0, -200, 0]


def test_year_to_date_and_its_rate_are_those_of_all_pages(cast, two_years):
    done, total = review(cast.office, "quarter", "2018-05").total.now, place_of(cast.office, "2018-05").total
    assert (done.year_to_date, done.year_rate) == (total.year_to_date, total.rate)


def test_span_without_an_approved_report_has_no_amount(cast):
    named("甲", 1200, [100, None, None, 5])
    progress.refresh_stale()
    done = review(cast.office, "month", "2018-03").total.now
    assert (done.amount, done.rate, done.planned, done.year_to_date) == (None, None, 100, 100)


def test_span_without_a_plan_has_no_rate(cast):
    named("甲", None, [100])
    progress.refresh_stale()
    done = review(cast.office, "month", "2018-01").total.now
    assert (done.amount, done.planned, done.rate) == (100, None, None)


def test_groups_stand_in_the_order_of_the_register_and_the_city_last(cast, two_years):
    named("丁", 12, [1], area=city(), category=CategoryFactory(code="industry"))
    progress.refresh_stale()
    groups = dict(review(cast.office, "month", "2018-01").groups)
    assert [(line.name, line.now.amount) for line in groups[AREA]] == [
        ("慈利县", 100),
        ("桑植县", 10),
        ("未分到区县", 1),
    ]
    assert [(line.name, line.now.amount) for line in groups[CATEGORY]] == [("类别 industry", 111)]


# ---- two spans ----


def test_within_a_year_all_projects_are_comparable(cast, two_years):
    found = compared(cast.office, "quarter", "2018-08")["环比"]
    assert (found.then.label, found.total.now.amount, found.total.then.amount) == ("2018年二季度至5月", 120, 120)
    assert (found.total.change, found.total.percent) == (0, 0)
    assert (found.entering.sums, found.leaving.sums) == (None, None)


def test_across_years_only_those_in_both_are_compared(cast, two_years):
    found = compared(cast.office, "month", "2019-01")
    assert {word: (each.then.label, each.total.now.amount, each.total.then.amount) for word, each in found.items()} == {
        "环比": ("2018年12月", 150, 200),
        "同比": ("2018年1月", 150, 100),
    }
    assert (found["环比"].total.change, found["环比"].total.percent) == (-50, -25)
    assert (found["同比"].total.change, found["同比"].total.percent) == (50, 50)


def test_who_came_and_who_left_is_named_with_the_amount(cast, two_years):
    found = compared(cast.office, "month", "2019-01")["环比"]
    assert [(row, row.now_amount) for row in found.entering.rows] == [(two_years[2], 7)]
    assert [(row, row.now_amount) for row in found.leaving.rows] == [(two_years[1], 10)]
    assert (found.entering.sums.amount, found.leaving.sums.amount) == (7, 10)


def test_who_came_and_did_not_report_has_no_amount(cast, two_years):
    found = compared(cast.office, "month", "2019-02")["同比"]
    assert [(row, row.now_reported) for row in found.entering.rows] == [(two_years[2], False)]
    assert found.entering.sums.amount is None


def test_a_year_has_one_predecessor_and_a_first_year_none(cast, two_years):
    found = compared(cast.office, "year", "2019-02")
    assert list(found) == ["同比"]
    assert (found["同比"].then.label, found["同比"].total.change) == ("2018年1月至2月", 30)
    first = compared(cast.office, "quarter", "2018-06")
    assert first["同比"].total is None
    assert first["环比"].total.then.amount == 360


def test_missing_is_no_zero_in_a_comparison(cast):
    named("甲", 1200, [100, None, 30])
    named("乙", 1200, [10, 20, None])
    named("丙", 1200, [10, 20, 50])
    progress.refresh_stale()
    found = compared(cast.office, "month", "2018-03")["环比"]
    assert (found.only_now, found.only_then) == (1, 1)
    assert [(row.name, row.change) for row in found.risers] == [("丙", 30)]
    assert found.fallers == []


def test_nothing_reported_then_leaves_no_change(cast):
    named("甲", 1200, [100, None, 30])
    progress.refresh_stale()
    found = compared(cast.office, "month", "2018-03")["环比"]
    assert (found.total.then.amount, found.total.change, found.total.percent) == (None, None, None)


def test_the_largest_changes_come_first(cast):
    for number, (before, now) in enumerate([(10, 11), (10, 60), (50, 1), (50, 49), (7, 7)]):
        named(f"项目{number}", 1200, [before, now])
    progress.refresh_stale()
    found = compared(cast.office, "month", "2018-02")["环比"]
    assert [(row.name, row.change) for row in found.risers] == [("项目1", 50), ("项目0", 1)]
    assert [(row.name, row.change) for row in found.fallers] == [("项目2", -49), ("项目3", -1)]


def test_a_reporter_compares_what_the_own_unit_sees(cast, two_years):
    found = compared(cast.reporter, "month", "2019-01")["环比"]
    assert (found.total.now.amount, found.entering.rows, found.leaving.rows) == (150, [], [two_years[1]])
    assert review(cast.neighbour, "month", "2019-01").place.totals == []


# ---- random years against the rows ----


def random_years(dice):
    areas = [city(), AreaFactory(name="慈利县"), AreaFactory(name="桑植县")]
    categories = [CategoryFactory(code=code) for code in ("industry", "technology")]
    for _ in range(25):
        project = project_with(nature=None, area=dice.choice(areas), category=dice.choice(categories))
        for year in (2018, 2019):
            if dice.random() < 0.75:
                months = [dice.choice([None, 0, dice.randint(0, 10**6)]) for _ in range(12)]
                again(project, dice.choice([None, 0, dice.randint(1, 10**7)]), months, year=year)
    again(project_with(nature=None, area=areas[1], category=categories[0]), 1, [1] * 12)
    progress.refresh_stale()


def amount_of(span, projects, **group):
    """The long way: the months of these projects, one by one."""
    rows = ProjectProgress.objects.filter(year=span.last.year, month__in=span.numbers, project__in=projects, **group)
    amounts = [row.amount for row in rows if row.amount is not None]
    return sum(amounts) if amounts else None


def listed(span):
    return set(ProjectProgress.objects.filter(year=span.last.year).values_list("project", flat=True))


@pytest.mark.parametrize("seed", range(2))
def test_what_stays_comes_and_goes_adds_up_on_random_years(cast, seed):
    random_years(random.Random(seed))
    for by, month in (("month", "2019-01"), ("quarter", "2019-05"), ("half", "2019-09"), ("year", "2019-12")):
        adds_up(review(cast.office, by, month))


def adds_up(found):
    now = found.span
    assert found.total.now.amount == amount_of(now, listed(now))
    for each in found.comparisons:
        both = listed(now) & listed(each.then)
        assert (each.total.now.amount, each.total.then.amount) == (amount_of(now, both), amount_of(each.then, both))
        for grouping, lines in each.groups:
            for line in lines:
                group = {grouping.column: line.key}
                assert line.now.amount == amount_of(now, both, **group)
                assert (line.then.amount if line.then else None) == amount_of(each.then, both, **group)
            assert sum(line.now.projects for line in lines) == each.total.now.projects == len(both)
        if each.then.last.year != now.last.year:
            came, left = each.entering.sums, each.leaving.sums
            assert came.projects + len(both) == found.total.now.projects
            assert (came.amount or 0) + each.total.now.amount == found.total.now.amount
            assert left.amount == amount_of(each.then, listed(each.then) - both)


# ---- the page ----


def page(client, user, **query):
    client.force_login(user)
    return client.get("/cadence/", query)


def test_first_sentence_says_how_much_and_how_much_more(client, cast, two_years):
    assert (
        "2019年1月，张家界市完成投资 0.02 亿元，为本期计划 0.02 亿元的 71.36%，"
        "环比减少 0.01 亿元（−25.00%），同比增加 0.01 亿元（+50.00%）。"
    ) in said(page(client, cast.leader, by="month", month="2019-01"))


def test_span_that_is_not_over_says_so(client, cast, two_years):
    text = said(page(client, cast.leader, by="quarter", month="2018-08"))
    assert "2018年三季度至8月，张家界市" in text
    assert "本期尚未结束，截至 8 月，与同样多的月份相比" in text
    assert "本期尚未结束" not in said(page(client, cast.leader, by="quarter", month="2018-09"))


def test_a_year_without_a_predecessor_says_what_is_missing(client, cast, two_years):
    assert "没有 2017 年的数据，不作同比。" in said(page(client, cast.leader, by="quarter", month="2018-06"))


def test_who_came_and_left_stands_apart(client, cast, two_years):
    text = said(page(client, cast.leader, by="month", month="2019-01"))
    assert "新列入，上期不在列：1 个 完成 7.00 万元，不计入可比 丙 7.00 万元" in text
    assert "已退出，本期不在列：1 个 完成 10.00 万元，不计入可比 乙 10.00 万元" in text


def test_what_is_no_cadence_is_not_found(client, cast, two_years):
    assert page(client, cast.leader, by="week").status_code == 404


def test_nothing_counted_yet_says_what_to_do(client, cast):
    assert "还没有数据" in said(page(client, cast.leader))


def test_only_readers_of_the_same_part_share_what_is_kept(client, cast, two_years):
    assert "0.02 亿元" in said(page(client, cast.office, by="month", month="2019-01"))
    assert "仅统计示例责任单位 慈利 01 的 1 个项目" in said(page(client, cast.reporter, by="month", month="2019-01"))


def chart(client, user, **query):
    client.force_login(user)
    return client.get("/charts/cadence.json", query)


def test_chart_draws_both_spans_of_the_areas(client, cast, two_years):
    figure = chart(client, cast.leader, by="month", month="2018-12").json()
    bars = {trace["meta"]: trace["x"] for trace in figure["data"]}
    assert bars == {"month": [0.005, 0.001], "actual": [0.02, 0.001]}
    labels = [note["text"] for note in figure["layout"]["annotations"]]
    assert labels == ["慈利县", "0.02 亿元，+300.00%", "桑植县", "0.00 亿元，+0.00%"]
    assert figure["layout"]["yaxis"]["range"] == [5.5, -0.75]
    assert figure["layout"]["meta"]["links"][0].startswith("/projects/?month=2018-12&area=")


def test_chart_without_a_comparison_is_not_found(client, cast, two_years):
    assert chart(client, cast.leader, by="month", month="2018-01").status_code == 404
    assert chart(client, cast.leader, by="week", month="2018-02").status_code == 404


@pytest.mark.parametrize("more", [0, 2])
def test_queries_do_not_grow_with_the_projects(client, cast, two_years, django_assert_num_queries, more):
    for number in range(more):
        again(named(f"更多{number}", 100, [1] * 12), 100, [2])
        again(named(f"来{number}", nature=None), 100, [2])
        named(f"去{number}", 100, [2] * 12)
    progress.refresh_stale()
    client.force_login(cast.leader)
    with django_assert_num_queries(52):
        client.get("/cadence/", {"by": "month", "month": "2019-01"})
    with django_assert_num_queries(6):
        client.get("/cadence/", {"by": "month", "month": "2019-01"})
