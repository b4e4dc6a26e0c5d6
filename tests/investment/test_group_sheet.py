"""What the pages of a leader, an area, a category and a unit say beside the figures, and where their numbers lead."""

import datetime
import re
from decimal import Decimal

import pytest

from investment import progress, rankings
from investment.group_sheet import sheet_of_group
from investment.models import MonthlyReport
from investment.places import AREA, CATEGORY, GROUPINGS, LEADER, place_of
from projects.models import Activity, Contract, Indicator, Nature, Problem, Result, Status
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    city,
    project_with,
)
from tests.pages import said

DAY = datetime.date
State = MonthlyReport.State


def sheet(user, grouping, subject, month="2018-02"):
    progress.refresh_stale()
    return sheet_of_group(rankings.group(place_of(user, month), grouping, subject.pk))


def page(client, grouping, subject, query="?month=2018-02"):
    progress.refresh_stale()
    name = rankings.RANKINGS[grouping]
    return client.get(f"/{name}/{subject.pk}/{query}")


def problem(project, deadline, **fields):
    raised = {"kind": "land", "description": "示例·用地", "raised_on": DAY(2018, 1, 1)}
    return Problem.objects.create(project=project, deadline=deadline, **{**raised, **fields})


@pytest.fixture
def boss(cast):
    """A leader with a steady project that makes the months exist."""
    boss = OfficialFactory(post="示例·市领导 01")
    project_with(plan=1200, reports=[100, 100, 100], liaison_leader=boss, name="示例·稳")
    return boss


@pytest.fixture
def leader(client, cast):
    client.force_login(cast.leader)
    return client


# ---- lamps and the order of the projects ----


def test_lamps_are_counted_and_each_leads_to_as_many_projects(leader, cast, boss):
    for amount in (0, 50, 70, 120):
        project_with(plan=1200, reports=[amount, amount], liaison_leader=boss)
    project_with(liaison_leader=boss)
    found = sheet(cast.leader, LEADER, boss).lamps
    assert [(each.lamp.word, each.count) for each in found] == [
        ("严重滞后", 2), ("滞后", 1), ("正常", 1), ("超前", 1), ("达到目标", 0), ("暂不评价", 1),
    ]  # fmt: skip
    assert [leader.get(each.projects).context["count"] for each in found] == [each.count for each in found]


def test_projects_stand_by_lamp_first_and_then_by_rate(leader, boss):
    early = project_with(plan=1200, reports=[100, 40], liaison_leader=boss, name="示例·慢").annual_plans.get()
    for month, amount in ((1, 10), (12, 1190)):
        early.curve.create(month=month, amount=Decimal(amount))
    project_with(plan=1200, reports=[100, 50], liaison_leader=boss, name="示例·黄")
    rows = page(leader, LEADER, boss).context["projects"].rows
    assert [(row.record.project.name, str(row.record.rate), row.record.lamp.word) for row in rows] == [
        ("示例·黄", "12.50", "重点跟踪"), ("示例·稳", "16.67", "正常"), ("示例·慢", "11.67", "超前"),
    ]  # fmt: skip


# ---- a leader ----


def test_problems_open_at_the_end_of_the_month_the_overdue_first(cast, boss):
    project = boss.liaison_projects.get()
    undated, coming, overdue = (
        problem(project, None),
        problem(project, DAY(2018, 3, 1)),
        problem(project, DAY(2018, 2, 28)),
    )
    closed_later = problem(project, DAY(2018, 2, 1), closed_on=DAY(2018, 3, 1))
    problem(project, DAY(2018, 2, 1), closed_on=DAY(2018, 2, 28)), problem(project, None, raised_on=DAY(2018, 3, 1))
    problem(project_with(plan=1, reports=[1, 1]), DAY(2018, 2, 1))
    found = sheet(cast.leader, LEADER, boss).problems
    assert [(each.problem, each.overdue) for each in found] == [
        (closed_later, True), (overdue, True), (coming, False), (undated, False),
    ]  # fmt: skip


def test_starts_and_finishes_of_the_next_three_months(cast, boss):
    def of(**fields):
        return project_with(plan=12, reports=[1, 1], liaison_leader=boss, **fields)

    coming = of(planned_start=DAY(2018, 5, 31), planned_finish=DAY(2019, 1, 1))
    finishing = of(planned_finish=DAY(2018, 3, 1), nature=Nature.FINISHING)
    of(planned_start=DAY(2018, 6, 1)), of(planned_start=DAY(2018, 2, 28)), of(planned_finish=DAY(2018, 2, 28))
    of(planned_start=DAY(2018, 3, 1), actual_start=DAY(2018, 2, 28))
    of(planned_start=DAY(2018, 3, 1), status=Status.WITHDRAWN)
    found = sheet(cast.leader, LEADER, boss).dates
    assert [(each.project, each.label) for each in found] == [(finishing, "竣工"), (coming, "开工")]


def test_what_should_have_started_or_finished_is_counted_and_leads_to_its_list(leader, cast, boss):
    for fields in ({"planned_start": DAY(2018, 2, 1)}, {"planned_start": DAY(2018, 2, 28)}):
        project_with(plan=12, reports=[1, 1], liaison_leader=boss, **fields)
    project_with(plan=12, reports=[1, 1], liaison_leader=boss, planned_finish=DAY(2018, 2, 28))
    found = sheet(cast.leader, LEADER, boss).overdue
    assert [(each.label, each.count) for each in found] == [("应开工未开工", 2), ("应竣工未竣工", 1)]
    assert [leader.get(each.projects).context["count"] for each in found] == [2, 1]


def test_visits_and_meetings_of_the_year_by_kind_with_the_last_day(cast, boss):
    project = boss.liaison_projects.get()
    for kind, day, of in (
        ("onsite", DAY(2018, 1, 9), project), ("visit", DAY(2018, 1, 5), project), ("visit", DAY(2018, 2, 28), None),
        ("visit", DAY(2018, 3, 1), project), ("visit", DAY(2017, 12, 31), project),
    ):  # fmt: skip
        Activity.objects.create(kind=kind, held_on=day, title="看", leader=boss, project=of)
    visits = sheet(cast.leader, LEADER, boss).visits
    assert [(each["label"], each["count"], each["last"]) for each in visits] == [
        ("现场调研", 2, DAY(2018, 2, 28)), ("现场办公会", 1, DAY(2018, 1, 9)),
    ]  # fmt: skip


def test_reporter_hears_of_problems_and_visits_of_the_own_projects_only(cast, boss):
    own = project_with(plan=12, reports=[1, 1], liaison_leader=boss, responsible_unit=cast.reporter.organisation)
    other = boss.liaison_projects.get(name="示例·稳")
    mine = problem(own, DAY(2018, 2, 1))
    problem(other, DAY(2018, 2, 1))
    for project in (own, other, None):
        Activity.objects.create(kind="visit", held_on=DAY(2018, 2, 1), title="看", leader=boss, project=project)
    assert [each.problem for each in sheet(cast.reporter, LEADER, boss).problems] == [mine]
    assert [each["count"] for each in sheet(cast.reporter, LEADER, boss).visits] == [1]
    assert [each["count"] for each in sheet(cast.leader, LEADER, boss).visits] == [3]


def test_leader_page_says_why_and_what_comes(leader, boss):
    project = boss.liaison_projects.get()
    problem(project, DAY(2018, 2, 1), description="示例·二期用地未交付")
    Activity.objects.create(kind="visit", held_on=DAY(2018, 2, 3), title="看", leader=boss)
    text = said(page(leader, LEADER, boss))
    assert "没有销号的问题 1 个 ■ 超过时限 示例·二期用地未交付 示例·稳 · 用地 · 时限 2018-02-01" in text
    assert "没有到期未开工、未竣工的项目 今后三个月没有计划开工或竣工的项目" in text
    assert "调研与会议 2018 年至 2 月末 类别 次数 最近一次 现场调研 1 02-03" in text


def test_leader_is_led_to_the_own_page(client, cast, boss):
    project_with(plan=12, reports=[1, 1], liaison_leader=cast.leader.official)
    progress.refresh_stale()
    for user, address in (
        (cast.leader, f'href="/leaders/{cast.leader.official.pk}/?month=2018-02"'),
        (cast.office, ""),
    ):
        client.force_login(user)
        text = client.get("/leaders/?month=2018-02").content.decode()
        assert ("我联系的项目" in text) is bool(address)
        assert address in text
    assert "我联系的项目" not in client.get("/areas/").content.decode()


# ---- an area ----


def test_area_says_its_contribution_to_whoever_sees_the_city(client, cast):
    cili = AreaFactory(name="慈利县")
    project_with(plan=1200, reports=[100, 100])
    project_with(plan=1200, reports=[300, 300], area=AreaFactory(name="桑植县"))
    client.force_login(cast.leader)
    assert "占全市完成投资 25.00%（贡献率）" in said(page(client, AREA, cili))
    client.force_login(cast.reviewer)
    assert "贡献率" not in said(page(client, AREA, cili))


def test_area_names_its_units_worst_first_each_with_its_projects_there(leader, cast):
    cili, slow, fast = AreaFactory(name="慈利县"), OrganisationFactory(name="慢"), OrganisationFactory(name="快")
    project_with(plan=1200, reports=[200], responsible_unit=fast)
    project_with(plan=1200, reports=[10], responsible_unit=slow)
    project_with(plan=1200, responsible_unit=None)
    project_with(plan=1200, reports=[0], responsible_unit=slow, area=AreaFactory(name="桑植县"))
    rows = sheet(cast.leader, AREA, cili, "2018-01").by_unit
    assert [(row.name, row.projects, str(row.rate)) for row in rows] == [
        ("慢", 1, "0.83"), ("快", 1, "16.67"), ("尚未明确责任单位", 1, "None"),
    ]  # fmt: skip
    assert [leader.get(row.all_projects).context["count"] for row in rows] == [1, 1, 1]
    assert rows[0].all_projects == f"/projects/?month=2018-01&area={cili.pk}&unit={slow.pk}"


def test_area_names_its_categories(cast):
    cili = AreaFactory(name="慈利县")
    for code, amount in (("a", 50), ("b", 10)):
        project_with(plan=1200, reports=[amount], category=CategoryFactory(code=code))
    rows = sheet(cast.leader, AREA, cili, "2018-01").by_category
    assert [(row.name, str(row.rate)) for row in rows] == [("类别 b", "0.83"), ("类别 a", "4.17")]


def test_a_part_that_reported_zero_has_an_amount_of_zero(cast):
    cili = AreaFactory(name="慈利县")
    project_with(plan=1200, reports=[0], category=CategoryFactory(code="zero"))
    project_with(plan=1200, category=CategoryFactory(code="silent"))
    project_with(plan=1200, reports=[1, 1])
    rows = {row.name: row.rate for row in sheet(cast.leader, AREA, cili).by_category}
    assert rows == {"类别 zero": Decimal("0.00"), "类别 silent": None, "类别 industry": Decimal("0.17")}


# ---- a category ----


def test_category_names_its_areas_and_the_city_by_no_name_of_an_area(cast):
    category = CategoryFactory(code="industry")
    project_with(plan=1200, reports=[50, 50])
    project_with(plan=1200, reports=[10, 10], area=city())
    rows = sheet(cast.leader, CATEGORY, category).by_area
    assert [(row.name, row.page) for row in rows] == [
        ("未分到区县", None), ("慈利县", f"/areas/{rows[1].key}/?month=2018-02"),
    ]  # fmt: skip


def test_category_adds_up_its_results_of_the_year(leader, cast):
    project, other = (project_with(plan=1200, reports=[50, 50]) for _ in range(2))
    patents = Indicator.objects.create(code="patents", name="发明专利", unit="件")
    for of, day, value in (
        (project, DAY(2018, 1, 5), 3), (project, DAY(2018, 2, 28), 1), (other, DAY(2018, 2, 1), 2),
        (project, DAY(2018, 3, 1), 8), (project, DAY(2017, 12, 31), 8),
    ):  # fmt: skip
        Result.objects.create(project=of, indicator=patents, achieved_on=day, value=value)
    text = said(page(leader, CATEGORY, project.category))
    assert "投资以外的成果 2018 年至 2 月末 发明专利 6 件 2 个项目" in text


def test_category_with_contracts_says_what_was_signed(leader):
    project = project_with(plan=1200, reports=[50, 50])
    signed = {"kind": "formal", "signed_on": DAY(2018, 1, 2), "amount": Decimal(30_000)}
    Contract.objects.create(project=project, company=OrganisationFactory(), stage=2, **signed)
    text = said(page(leader, CATEGORY, project.category))
    assert "投资以外的成果 2018 年至 2 月末 签约 1 项，3.00 亿元 现已履约 1 项，3.00 亿元" in text


# ---- a unit ----


def test_unit_says_how_its_reports_of_the_month_stand(leader, cast):
    unit = cast.reporter.organisation
    for state in (State.APPROVED, State.APPROVED, State.SUBMITTED, State.EXPECTED):
        project = project_with(plan=1200, reports=[100], responsible_unit=unit)
        MonthlyReportFactory(project=project, month=2, state=state, contact="示例·张三 0744-1")
    response = page(leader, GROUPINGS["unit"], unit)
    assert "2018年2月月报 ▲ 已报送 1 份 ○ 未报送 1 份 ● 已审定 2 份" in said(response)
    assert "近期填报人 示例·张三 0744-1" in said(response)
    for _, number, address in response.context["reports"].states:
        assert len(set(re.findall(r"/reports/(\d+)/2018-02/", leader.get(address).text))) == number


def test_unit_without_due_reports_says_so(leader, cast):
    project_with(plan=1200, reports=[100, None], responsible_unit=cast.reporter.organisation)
    project_with(plan=1200, reports=[100, 100])
    text = said(page(leader, GROUPINGS["unit"], cast.reporter.organisation))
    assert "2018年2月月报 – 无需填报 1 份 项目，滞后的在前" in text


# ---- cost ----


@pytest.mark.parametrize(("code", "queries"), [("category", 25), ("area", 18), ("leader", 15), ("unit", 20)])
def test_pages_take_the_same_queries_for_1_and_for_3_rows(leader, cast, django_assert_num_queries, code, queries):
    grouping = GROUPINGS[code]

    def grow(number):
        own = {"area": AreaFactory(name="慈利县"), "category": CategoryFactory(code="industry")}
        own |= {"liaison_leader": cast.leader.official, "responsible_unit": cast.reporter.organisation}
        varied = {
            "area": AreaFactory(name=f"示例区 {number}"), "category": CategoryFactory(code=f"c{number}"),
            "liaison_leader": OfficialFactory(), "responsible_unit": OrganisationFactory(),
        }  # fmt: skip
        kept = grouping.column.removesuffix("_id")
        project = project_with(plan=12, reports=[1, 1], **{**varied, kept: own[kept]}, planned_start=DAY(2018, 2, 1))
        problem(project, DAY(2018, 2, 1))
        Activity.objects.create(kind="visit", held_on=DAY(2018, 2, 1), title="看", leader=own["liaison_leader"])
        indicator, _ = Indicator.objects.get_or_create(code="patents", name="发明专利", unit="件")
        Result.objects.create(project=project, indicator=indicator, achieved_on=DAY(2018, 2, 1), value=1)
        progress.refresh_stale()
        return own[kept]

    subject = grow(1)
    address = f"/{rankings.RANKINGS[grouping]}/{subject.pk}/"
    with django_assert_num_queries(queries):
        assert leader.get(address).context["sheet"].now.projects == 1
    grow(2), grow(3)
    with django_assert_num_queries(queries):
        assert leader.get(address).context["sheet"].now.projects == 3
