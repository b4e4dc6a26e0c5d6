"""`/computed/`: the parts that are named add up to the figure, whoever asks about whatever group."""

import random
from decimal import Decimal
from itertools import product

import pytest
from django.urls import reverse
from django.utils import timezone

from investment import progress
from investment.computed import FIGURES, Computed, Subject, UnknownSubjectError, subject_of
from investment.models import MonthlyReport, Period, PlanChange, PlannedMonth, RefreshRun
from investment.places import AREA, CATEGORY, GROUPINGS, LEADER, UNIT, place_of
from projects.models import Nature
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
    project_with,
)
from tests.pages import said

State = MonthlyReport.State


def asked(user, month="2018-12", figure="rate", **filters):
    place = place_of(user, month)
    subject = subject_of(place, {name: str(key) for name, key in filters.items()})
    return Computed(subject, FIGURES[figure])


# ---- the parts add up to the whole ----


def amount(dice):
    return Decimal(dice.randint(0, 10**8)).scaleb(-dice.choice([0, 2, 4]))


def random_project(dice, groups):
    """A project with or without plan, revisions, curves, reports in several states, corrections."""
    project = ProjectFactory(**{name: dice.choice(choices) for name, choices in groups.items()})
    enlist(project, nature=dice.choice(Nature.values))
    if dice.random() < 0.7:
        plan = AnnualPlanFactory(project=project, amount=dice.choice([Decimal(0), amount(dice), amount(dice)]))
        for _ in range(dice.choice([0, 0, 1, 2])):
            plan = plan.revise(amount=amount(dice), effective_month=dice.randint(1, 12), reason="调整")
        for month in dice.sample(range(1, 13), dice.choice([0, 12])):
            PlannedMonth.objects.create(plan=plan, month=month, amount=amount(dice))
    for month in dice.sample(range(1, 13), dice.choice([0, 0, 6, 12])):
        report = MonthlyReportFactory(
            project=project, month=month, amount=amount(dice), state=dice.choice([2, 3, 3, 3, 5])
        )
        if report.state == State.APPROVED and dice.random() < 0.2:
            correct(report, report.amount + 1 + amount(dice), state=dice.choice([2, 2, 3]))


@pytest.fixture(params=range(2))
def random_year(request, cast):
    dice = random.Random(request.param)
    groups = {
        "area": [city(), AreaFactory(name="慈利县"), AreaFactory(name="桑植县")],
        "category": [CategoryFactory(code=code) for code in ("industry", "technology")],
        "responsible_unit": [None, cast.reporter.organisation, OrganisationFactory()],
        "liaison_leader": [None, OfficialFactory()],
    }
    for _ in range(30):
        random_project(dice, groups)
    project_with(1, [None] * 11 + [1])  # so that December can be shown
    progress.refresh_stale()
    return cast


def every_subject(place):
    """All, each group of each kind, two groups at once, each project."""
    yield Subject(place)
    for grouping in GROUPINGS.values():
        for key in set(place.progress.values_list(grouping.column, flat=True)):
            yield subject_of(place, {grouping.code: str(key or 0)})
    yield subject_of(place, {"category": str(CategoryFactory(code="industry").pk), "leader": "0"})
    for project in place.listed:
        yield Subject(place, project=project)


def test_what_is_named_adds_up_to_the_figure_on_random_years(random_year):
    for who, month in product((random_year.office, random_year.reviewer, random_year.reporter), ("2018-07", "2018-12")):
        adds_up(place_of(who, month))


def adds_up(place):
    subjects = [subject for subject in every_subject(place) if subject.months]
    for subject in subjects:
        found, name = Computed(subject, FIGURES["rate"]), subject.name
        now, rows = found.now, list(subject.projects)
        assert found.agrees, name
        assert found.reported + found.corrected == now.year_to_date, name
        assert found.reports == subject.reports.count() == sum(row.figures.reported_projects for row in found.months)
        assert sum(plan.amount for plan in subject.plans) == now.planned_year, name
        assert subject.plans.count() == now.planned_projects, name
        assert sum(plan.difference for plan in subject.revised) == found.added_by_revisions, name
        assert found.revised_projects == subject.revised.count(), name
        assert sum(row.year_to_date for row in subject.unplanned) == now.unplanned_to_date, name
        assert subject.unplanned.count() == now.projects - now.planned_projects, name
        assert subject.silent.count() == len(rows) - len(set(subject.reports.values_list("project"))), name
        assert {row.year_to_date for row in subject.silent} <= {Decimal(0)}, name
        schedules = [each.planned_to_date for each in (found.curved, found.even) if each]
        assert sum(schedules) == now.planned_to_date or (not found.planned and schedules == []), name
        counted = sum(report.amount + (report.added or 0) for report in subject.counted())
        assert counted == (now.amount or 0), name
    assert len(subjects) > 4


# ---- whose figures ----


@pytest.fixture
def year(cast):
    """Two projects of the reporter's unit, one of the neighbour's, one of nobody's without a plan. In 万元."""
    own = {"responsible_unit": cast.reporter.organisation, "liaison_leader": OfficialFactory()}
    industry, technology = CategoryFactory(code="industry"), CategoryFactory(code="technology")
    first = project_with(1200, [100, 150], name="甲", is_sample=False, category=industry, **own)
    second = project_with(800, [], name="乙", is_sample=False, category=technology, **own)
    third = project_with(
        400, [50], name="丙", is_sample=False, category=technology, responsible_unit=cast.neighbour.organisation,
        liaison_leader=OfficialFactory(),
    )  # fmt: skip
    fourth = project_with(
        None, [30, 0], name="丁", is_sample=False, category=technology, area=AreaFactory(name="桑植县")
    )
    progress.refresh_stale()
    return [first, second, third, fourth]


def test_without_a_filter_it_is_all_that_the_reader_sees(cast, year):
    assert asked(cast.office, "2018-02").now.year_to_date == 330
    assert asked(cast.reporter, "2018-02").now.year_to_date == 250
    assert asked(cast.reporter, "2018-02").subject.name == cast.reporter.organisation.name


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        (lambda year: {"category": year[1].category_id}, 80),
        (lambda year: {"area": year[3].area_id}, 30),
        (lambda year: {"leader": year[0].liaison_leader_id}, 250),
        (lambda year: {"leader": 0}, 30),
        (lambda year: {"unit": year[2].responsible_unit_id}, 50),
        (lambda year: {"category": year[1].category_id, "unit": 0}, 30),
        (lambda year: {"project": year[0].pk}, 250),
    ],
)
def test_a_filter_narrows_it_and_goes_along(cast, year, filters, total):
    found = asked(cast.office, "2018-02", **filters(year))
    assert found.now.year_to_date == total
    assert found.subject.filters == filters(year)


def test_the_group_of_a_stored_row_is_read_and_not_added_up(cast, year, django_assert_num_queries):
    place = place_of(cast.office, "2018-02")
    subject = subject_of(place, {"category": str(year[0].category_id)})
    with django_assert_num_queries(1) as queries:
        assert subject.months[1].year_to_date == 250
    assert "groupprogress" in queries.captured_queries[0]["sql"]


@pytest.mark.parametrize("grouping", [CATEGORY, AREA, LEADER, UNIT], ids=lambda grouping: grouping.code)
def test_what_stands_in_no_group_has_a_name(cast, year, grouping):
    key = city().pk if grouping == AREA else 0
    project_with(10, [1], area=city(), category=CategoryFactory(code="industry"))
    progress.refresh_stale()
    expected = {
        "leader": "尚未明确联系领导",
        "unit": "尚未明确责任单位",
        "area": "未分到区县",
        "category": "未分到类别",
    }
    assert asked(cast.office, "2018-02", **{grouping.code: key}).subject.name == expected[grouping.code]


@pytest.mark.parametrize("address", [{"category": "x"}, {"unit": "-1"}, {"project": "9999999"}, {"leader": "1" * 10}])
def test_what_is_nothing_is_unknown(cast, year, address):
    with pytest.raises(UnknownSubjectError):
        subject_of(place_of(cast.office, None), address)


def test_what_a_reporter_does_not_see_is_unknown(cast, year):
    place = place_of(cast.reporter, None)
    theirs = year[2]
    for address in (
        {"project": theirs.pk}, {"unit": theirs.responsible_unit_id}, {"leader": theirs.liaison_leader_id}
    ):  # fmt: skip
        with pytest.raises(UnknownSubjectError):
            subject_of(place, {name: str(key) for name, key in address.items()})
        assert asked(cast.office, "2018-02", **address).now.year_to_date == 50


def test_the_way_back_leads_to_the_page_of_the_figure(cast, year):
    first = year[0]
    pages = {
        (): "/?month=2018-02",
        (("category", first.category_id),): f"/categories/{first.category_id}/?month=2018-02",
        (("leader", 0),): "/projects/?month=2018-02&leader=0",
        (("area", city().pk),): f"/projects/?month=2018-02&area={city().pk}",
        (("project", first.pk),): f"/projects/{first.pk}/?month=2018-02",
    }
    project_with(10, [1], area=city())
    progress.refresh_stale()
    assert {filters: asked(cast.office, "2018-02", **dict(filters)).subject.page for filters in pages} == pages


# ---- what counts ----


def test_a_report_counts_once_it_is_approved_and_up_to_the_month(cast, year):
    MonthlyReportFactory(project=year[1], month=2, state=State.PASSED, amount=Decimal(7))
    progress.refresh_stale()
    months = asked(cast.office, "2018-02", category=year[1].category_id).months
    assert [(row.reports, row.reported, row.amount) for row in months] == [(2, 80, 80), (1, 0, 0)]


def test_a_month_without_an_approved_report_has_no_amount(cast, year):
    months = asked(cast.office, "2018-02", project=year[2].pk).months
    assert [(row.reports, row.reported, row.amount) for row in months] == [(1, 50, 50), (0, None, None)]


def test_procedures_without_an_amount_do_not_count(cast, year):
    MonthlyReportFactory(
        project=year[2], month=2, kind=MonthlyReport.Kind.PROCEDURES, amount=None, image_progress="办理环评"
    )
    progress.refresh_stale()
    assert asked(cast.office, "2018-02", project=year[2].pk).reports == 1


def test_a_correction_stands_beside_the_report(cast, year):
    correct(MonthlyReport.objects.get(project=year[0], month=1), 90)
    progress.refresh_stale()
    january, february = asked(cast.office, "2018-02", project=year[0].pk).months
    assert (january.reported, january.corrections, january.corrected, january.amount) == (100, 1, -10, 90)
    assert (february.reported, february.corrections, february.corrected) == (150, 0, None)


def test_what_is_not_counted_yet_is_said_to_differ(cast, year):
    MonthlyReportFactory(project=year[1], month=2, amount=Decimal(7))
    assert not asked(cast.office, "2018-02").agrees
    progress.refresh_stale()
    assert asked(cast.office, "2018-02").agrees


def test_a_revision_counts_from_its_month_on(cast, year):
    plan = year[0].annual_plans.get()
    plan.revise(amount=Decimal(1500), effective_month=2, reason="追加", document_number="张发改〔2018〕9号")
    progress.refresh_stale()
    january, february = asked(cast.office, "2018-01"), asked(cast.office, "2018-02")
    assert (january.revised, january.added_by_revisions) == ([], 0)
    assert [(plan.original, plan.amount, plan.difference) for plan in february.revised] == [(1200, 1500, 300)]
    assert february.added_by_revisions == 300


def test_named_are_the_projects_without_a_plan_and_those_without_a_report(cast, year):
    found = asked(cast.office, "2018-02")
    assert [row.project for row in found.unplanned.rows] == [year[3]]
    assert (found.unplanned.sums.projects, found.unplanned.sums.year_to_date, found.unplanned.others) == (1, 30, 0)
    assert [row.project for row in found.silent.rows] == [year[1]]
    assert (found.silent.sums.projects, found.silent.sums.planned_year) == (1, 800)


@pytest.mark.parametrize(("figure", "value"), [
    ("rate", Decimal("13.75")), ("year_to_date", 330), ("planned_year", 2400), ("gap", Decimal("-2.92")),
    ("plan_ratio", Decimal("82.50")), ("time_progress", Decimal("16.67")),
])  # fmt: skip
def test_each_figure_is_the_one_that_all_pages_show(cast, year, figure, value):
    assert asked(cast.office, "2018-02", figure).value == value


@pytest.mark.parametrize(("figure", "value"), [
    ("rate", None), ("year_to_date", None), ("planned_year", 800), ("gap", None), ("plan_ratio", None),
    ("time_progress", Decimal("16.67")),
])  # fmt: skip
def test_without_an_approved_report_there_is_no_amount_and_no_rate(cast, year, figure, value):
    assert asked(cast.office, "2018-02", figure, project=year[1].pk).value == value


@pytest.mark.parametrize(("figure", "value"), [("rate", None), ("planned_year", None), ("year_to_date", 30)])
def test_without_a_plan_there_is_no_rate(cast, year, figure, value):
    assert asked(cast.office, "2018-02", figure, project=year[3].pk).value == value


# ---- the page ----


def page(client, user, address="/computed/", **query):
    client.force_login(user)
    return client.get(address, {"month": "2018-02", **query})


@pytest.mark.parametrize(
    ("figure", "sentence"),
    [
        ("rate", "张家界市完成率 13.75%，由累计完成 0.03 亿元除以年度计划 0.24 亿元得出。"),
        ("year_to_date", "张家界市本年累计完成 0.03 亿元，由 5 份已审定的月报相加得出。"),
        ("planned_year", "张家界市年度计划 0.24 亿元，由 3 个项目执行中的计划相加得出。"),
        ("gap", "张家界市较时间进度 −2.92 个百分点，由完成率 13.75% 减去时间进度 16.67% 得出。"),
        ("plan_ratio", "张家界市完成累计计划的 82.50%，由累计完成 0.03 亿元除以累计计划 0.04 亿元得出。"),
        ("time_progress", "2018 年 2 月的时间进度为 16.67%，即已过 2 个月 ÷ 12。"),
    ],
)
def test_the_first_sentence_says_what_was_divided_by_what(client, cast, year, figure, sentence):
    assert sentence in said(page(client, cast.leader, figure=figure))


def test_the_formula_shows_the_exact_amounts(client, cast, year):
    text = said(page(client, cast.leader))
    assert "本年累计完成 0.03 亿元 330.00 万元 ÷ 年度计划 0.24 亿元 2,400.00 万元 = 完成率 13.75%" in text


def test_a_project_is_told_in_wan(client, cast, year):
    text = said(page(client, cast.leader, project=year[0].pk))
    assert "甲完成率 20.83%，由累计完成 250.00 万元除以年度计划 1,200.00 万元得出。" in text


@pytest.mark.parametrize(("key", "reason"), [(1, "还没有审定的月报"), (3, "没有下达年度计划")])
def test_where_there_is_no_rate_the_page_says_why(client, cast, year, key, reason):
    assert f"没有完成率：{reason}。" in said(page(client, cast.leader, project=year[key].pk))


def test_a_rule_of_the_year_is_named_as_the_source_of_the_time_progress(client, cast, year):
    Period.objects.filter(year=2018, month=2).update(time_progress=Decimal(20))
    progress.refresh_year(2018)
    assert "时间进度为 20.00%，按 2018 年的规定。" in said(page(client, cast.leader, figure="time_progress"))


def test_document_number_leads_to_the_change_of_the_plan(client, cast, year):
    plan = (
        year[0]
        .annual_plans.get()
        .revise(amount=Decimal(1500), effective_month=2, reason="追加", document_number="张发改〔2018〕9号")
    )
    change = PlanChange.objects.create(
        project=year[0], year=2018, amount=Decimal(1500), effective_on="2018-02-01",
        document_number="张发改〔2018〕9号", reason="追加", state=2, decided_at=timezone.now(), plan=plan,
    )  # fmt: skip
    progress.refresh_stale()
    for query in ({}, {"project": year[0].pk}):
        assert f'<a href="/plan-changes/{change.pk}/">张发改〔2018〕9号</a>' in page(client, cast.leader, **query).text


def test_numbers_of_reports_lead_to_them_and_a_project_s_months_to_the_report(client, cast, year):
    assert '<a href="/computed/reports/?month=2018-01">3</a>' in page(client, cast.leader).text
    assert f'href="/reports/{year[0].pk}/2018-01/"' in page(client, cast.leader, project=year[0].pk).text


def test_the_run_is_named_and_leads_to_its_record_where_that_may_be_read(client, cast, year):
    run = RefreshRun.objects.latest("pk")
    assert f"第 {run.pk} 次，数据变动" in said(page(client, cast.leader))
    way = reverse("admin:investment_refreshrun_change", args=[run.pk])
    assert {who: way in page(client, getattr(cast, who)).text for who in ("office", "admin", "leader", "reporter")} == {
        "office": True, "admin": True, "leader": False, "reporter": False,
    }  # fmt: skip


def test_a_failed_run_is_not_the_one_that_made_the_figures(cast, year):
    made = RefreshRun.objects.latest("pk")
    RefreshRun.objects.create(trigger="nightly", year=2018, finished_at=timezone.now(), error="磁盘已满")
    assert asked(cast.office, "2018-02").run == made


def test_a_change_that_waits_is_said(client, cast, year):
    assert "正在计入" not in said(page(client, cast.leader))
    MonthlyReportFactory(project=year[1], month=2, amount=Decimal(7))
    assert "有月报或更正正在计入" in said(page(client, cast.leader))


@pytest.mark.parametrize(
    ("address", "query"),
    [("/computed/", {"figure": "x"}), ("/computed/x/", {}), ("/computed/", {"month": "2018-13"}),
     ("/computed/", {"unit": "99999"})],
)  # fmt: skip
def test_what_is_nothing_is_not_found(client, cast, year, address, query):
    assert page(client, cast.leader, address, **query).status_code == 404


def test_a_group_without_projects_in_the_year_is_told_so(client, cast, year):
    category = CategoryFactory(code="empty", name="空的类别")
    text = said(page(client, cast.leader, category=category.pk))
    assert "空的类别在 2018 年没有计入的项目" in text


def test_nothing_counted_yet_says_what_to_do(client, cast):
    client.force_login(cast.leader)
    assert "还没有数据" in said(client.get("/computed/"))


# ---- the lists of the parts ----


def rows(response):
    return [[str(cell) for cell in row] for row in response.context["table"].as_values()][1:]


def test_list_of_reports_has_what_each_counts_for(client, cast, year):
    correct(MonthlyReport.objects.get(project=year[0], month=1), 90)
    progress.refresh_stale()
    response = page(client, cast.leader, "/computed/reports/", month="2018-01")
    assert "2018年1月，张家界市计入 3 份月报，合计 170.00 万元。" in said(response)
    counts = [(row.project.name, row.amount, row.added) for row in response.context["table"].data]
    assert counts == [("甲", 100, -10), ("丙", 50, None), ("丁", 30, None)]
    assert "90.00" in said(response)


def test_list_of_corrections_holds_the_corrected_only(client, cast, year):
    correction = correct(MonthlyReport.objects.get(project=year[0], month=1), 90)
    progress.refresh_stale()
    response = page(client, cast.leader, "/computed/corrected/", month="2018-01")
    assert [row.project for row in response.context["table"].data] == [year[0]]
    assert f'<a href="/corrections/{correction.pk}/">−10.00</a>' in response.text


@pytest.mark.parametrize(("part", "names"), [("unplanned", ["丁"]), ("silent", ["乙"]), ("revised", ["甲"])])
def test_lists_of_projects(client, cast, year, part, names):
    year[0].annual_plans.get().revise(amount=Decimal(1500), effective_month=2, reason="追加")
    progress.refresh_stale()
    response = page(client, cast.leader, f"/computed/{part}/")
    assert [row.project.name for row in response.context["table"].data] == names


def test_unplanned_without_a_report_has_no_amount(client, cast, year):
    project_with(None, [], name="戊", is_sample=False)
    progress.refresh_stale()
    text = said(page(client, cast.leader, "/computed/unplanned/"))
    assert "2 个项目没有年度计划，累计完成 30.00 万元" in text
    assert "无计划尚无审定" in text
    assert "0.00" not in text.replace("30.00", "")


@pytest.mark.parametrize("part", ["reports", "corrected", "revised", "unplanned", "silent"])
def test_lists_keep_to_what_is_seen(client, cast, year, part):
    assert page(client, cast.reporter, f"/computed/{part}/").status_code == 200
    assert page(client, cast.reporter, f"/computed/{part}/", project=year[2].pk).status_code == 404
    names = [row.project.name for row in page(client, cast.reporter, f"/computed/{part}/").context["table"].data]
    assert set(names) <= {"甲", "乙"}


# ---- queries ----


@pytest.mark.parametrize("more", [0, 2])
@pytest.mark.parametrize(("address", "queries"), [("/computed/", 15), ("/computed/reports/", 8)])
def test_queries_do_not_grow_with_the_projects(client, cast, django_assert_num_queries, address, queries, more):
    for _ in range(1 + more):
        revised = project_with(1200, [100, 150]).annual_plans.get()
        revised.revise(amount=Decimal(1500), effective_month=2, reason="追加")
        project_with(None, [30])
        project_with(100, [])
    progress.refresh_stale()
    client.force_login(cast.leader)
    with django_assert_num_queries(queries):
        client.get(address, {"month": "2018-02"})
