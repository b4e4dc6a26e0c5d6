"""The engine, told with single projects: what a change does to the project's months and to its groups."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from investment import progress
from investment.freshness import freshness
from investment.models import (
    AnnualPlan,
    Correction,
    GroupProgress,
    MonthlyReport,
    Period,
    PlannedMonth,
    ProgressYear,
    ProjectProgress,
    RefreshRun,
    StaleProgress,
)
from investment.progress_sql import Statement
from projects.models import Nature
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    ProjectFactory,
    city,
    correct,
    enlist,
    province,
)

pytestmark = pytest.mark.django_db
Kind = GroupProgress.Kind


def month_of(project, month, year=2018):
    return ProjectProgress.objects.get(project=project, year=year, month=month)


def group(area, kind=Kind.TOTAL, key=0, month=12, year=2018):
    return GroupProgress.objects.filter(area=area, kind=kind, key=key, month=month, year=year, projects__gt=0).first()


@pytest.fixture
def project():
    return ProjectFactory(invested_before=Decimal(500))


def test_a_month_of_a_project(project):
    AnnualPlanFactory(project=project, amount=1200)
    MonthlyReportFactory(project=project, month=1, amount=150)
    MonthlyReportFactory(project=project, month=3, amount=Decimal("249.995"))
    progress.refresh_stale()
    march = month_of(project, 3)
    assert (march.planned_year, march.planned_to_date) == (1200, 300)
    assert (march.amount, march.year_to_date, march.since_start) == (
        Decimal("249.995"),
        Decimal("399.995"),
        Decimal("899.995"),
    )
    assert (march.rate, march.time_progress, march.gap) == (Decimal("33.33"), 25, Decimal("8.33"))
    assert march.plan_ratio == Decimal("133.33")


def test_not_reported_is_not_zero(project):
    MonthlyReportFactory(project=project, month=1, amount=0)
    progress.refresh_stale()
    assert month_of(project, 1).amount == 0
    assert month_of(project, 2).amount is None
    assert group(project.area, month=1).reported_projects == 1
    assert group(project.area, month=2).reported_projects == 0


def test_only_approved_reports_count(project):
    states = MonthlyReport.State
    MonthlyReportFactory(project=project, month=1, amount=100)
    for month, state in enumerate((states.DRAFT, states.SUBMITTED, states.RETURNED), start=2):
        MonthlyReportFactory(project=project, month=month, amount=100, state=state, return_reason="金额有误")
    progress.refresh_stale()
    assert month_of(project, 12).year_to_date == 100


def test_without_a_plan_there_is_no_rate_and_the_amount_is_named_apart(project):
    MonthlyReportFactory(project=project, amount=70)
    planned = AnnualPlanFactory(amount=100).project
    MonthlyReportFactory(project=planned, amount=30)
    progress.refresh_stale()
    row = month_of(project, 12)
    assert (row.planned_year, row.planned_to_date, row.rate, row.gap, row.plan_ratio) == (None, None, None, None, None)
    total = group(project.area)
    assert (total.projects, total.planned_projects) == (2, 1)
    assert (total.year_to_date, total.unplanned_to_date, total.rate) == (100, 70, 100)


def test_a_plan_of_zero_gives_no_rate(project):
    AnnualPlanFactory(project=project, amount=0)
    MonthlyReportFactory(project=project, amount=30)
    progress.refresh_stale()
    assert month_of(project, 12).planned_year == 0
    assert month_of(project, 12).rate is None


def test_more_than_the_plan_is_not_clipped(project):
    AnnualPlanFactory(project=project, amount=10)
    MonthlyReportFactory(project=project, amount=Decimal("690.2"))
    progress.refresh_stale()
    assert month_of(project, 1).rate == 6902
    assert month_of(project, 1).gap == Decimal("6893.67")


def test_the_curve_of_the_plan_goes_before_the_time_progress(project):
    plan = AnnualPlanFactory(project=project, amount=100)
    PlannedMonth.objects.create(plan=plan, month=6, amount=40)
    PlannedMonth.objects.create(plan=plan, month=12, amount=60)
    MonthlyReportFactory(project=project, month=6, amount=30)
    progress.refresh_stale()
    assert [month_of(project, month).planned_to_date for month in (5, 6, 11, 12)] == [0, 40, 40, 100]
    assert month_of(project, 5).plan_ratio is None
    assert month_of(project, 6).plan_ratio == 75


def test_a_rule_of_the_year_goes_before_month_over_twelve(project):
    AnnualPlanFactory(project=project, amount=1000)
    progress.refresh_stale()
    may = Period.objects.get(year=2018, month=5)
    may.time_progress = Decimal(50)
    may.save()
    assert freshness(2018).updating
    progress.start_run(RefreshRun.objects.get(started_at=None).pk)
    assert not freshness(2018).updating
    row = month_of(project, 5)
    assert (row.time_progress, row.planned_to_date, row.gap) == (50, 500, -50)
    assert group(project.area, month=5).time_progress == 50
    assert month_of(project, 6).planned_to_date == 500


def test_the_highest_revision_is_in_force_and_the_original_stays(project):
    plan = AnnualPlanFactory(project=project, amount=1000)
    plan.revise(amount=Decimal(800), reason="用地滞后", document_number="示例〔2018〕9号")
    progress.refresh_stale()
    assert month_of(project, 12).planned_year == 800
    assert [plan.amount for plan in AnnualPlan.objects.order_by("revision")] == [1000, 800]


def revised(project, *revisions):
    """A plan of 1,200 with revisions of so many 万元 from a month on, as the project's months and the city's say it."""
    plan = AnnualPlanFactory(project=project, amount=1200)
    for amount, month in revisions:
        plan = plan.revise(amount=Decimal(amount), effective_month=month, reason="调整")
    progress.refresh_stale()
    months = list(ProjectProgress.objects.order_by("month").values_list("planned_year", "planned_to_date"))
    groups = GroupProgress.objects.filter(area=city(), kind=Kind.TOTAL).order_by("month")
    assert list(groups.values_list("planned_year", "planned_to_date")) == months
    assert progress.refresh_year(2018) == progress.Outcome(projects=1)
    return [planned_year for planned_year, _ in months], [to_date for _, to_date in months]


def test_a_revision_leaves_the_months_before_it_as_they_were(project):
    planned_year, to_date = revised(project, (600, 8))
    assert planned_year == [1200] * 7 + [600] * 5
    assert to_date == [100, 200, 300, 400, 500, 600, 700, 400, 450, 500, 550, 600]


def test_each_revision_is_in_force_until_the_next(project):
    assert revised(project, (600, 5), (2400, 9))[0] == [1200] * 4 + [600] * 4 + [2400] * 4


def test_a_later_revision_of_an_earlier_month_goes_before_its_predecessors(project):
    assert revised(project, (2400, 6), (1800, 10), (600, 4))[0] == [1200] * 3 + [600] * 9


def test_a_revision_to_the_old_amount_is_one(project):
    assert revised(project, (600, 5), (1200, 9))[0] == [1200] * 4 + [600] * 4 + [1200] * 4


def test_a_revision_has_a_curve_of_its_own_or_none(project):
    plan = AnnualPlanFactory(project=project, amount=120)
    PlannedMonth.objects.create(plan=plan, month=2, amount=120)
    with_curve = plan.revise(amount=Decimal(90), effective_month=4, reason="调整")
    PlannedMonth.objects.create(plan=with_curve, month=12, amount=90)
    with_curve.revise(amount=Decimal(60), effective_month=10, reason="调整")
    progress.refresh_stale()
    to_date = [0, 120, 120, 0, 0, 0, 0, 0, 0, 50, 55, 60]
    assert [month_of(project, month).planned_to_date for month in range(1, 13)] == to_date


def test_a_rate_is_asked_of_the_plan_in_force_and_of_the_original(project):
    MonthlyReportFactory(project=project, amount=300)
    revised(project, (600, 8))
    rates = ("planned_original", "rate", "rate_original")
    july, august = ([getattr(month_of(project, month), name) for name in rates] for month in (7, 8))
    assert (july, august) == ([1200, 25, 25], [1200, 50, 25])
    assert [getattr(group(city(), month=8), name) for name in rates] == [1200, 50, 25]


def test_without_a_plan_there_is_no_original(project):
    MonthlyReportFactory(project=project, amount=70)
    AnnualPlanFactory(amount=100)
    progress.refresh_stale()
    assert (month_of(project, 12).planned_original, month_of(project, 12).rate_original) == (None, None)
    assert (group(city()).planned_original, group(city()).rate_original) == (100, 70)


def test_a_correction_counts_from_its_month_on_when_it_is_approved(project):
    states = Correction.State
    report = MonthlyReportFactory(project=project, month=3, amount=100)
    MonthlyReportFactory(project=project, month=5, amount=10)
    correct(report, 30)
    correct(report, 45)
    for state in (states.REJECTED, states.PROPOSED):
        correct(report, 999, state)
    progress.refresh_stale()
    assert [month_of(project, month).amount for month in (2, 3, 5)] == [None, 45, 10]
    assert [month_of(project, month).year_to_date for month in (2, 3, 5)] == [0, 45, 55]
    assert (group(city(), month=3).amount, group(city(), month=12).year_to_date) == (45, 55)
    assert MonthlyReport.objects.get(month=3).amount == 100


def test_only_the_correction_of_an_approved_report_counts(project):
    enlist(project)
    correct(MonthlyReportFactory(project=project, amount=100, state=MonthlyReport.State.SUBMITTED), 30)
    correct(MonthlyReportFactory(project=project, year=2017, amount=7, state=MonthlyReport.State.SUBMITTED), 30)
    progress.refresh_stale()
    assert (month_of(project, 1).amount, month_of(project, 12).since_start) == (None, 500)


def test_a_correction_may_make_a_month_negative(project):
    AnnualPlanFactory(project=project, amount=800)
    MonthlyReportFactory(project=project, month=1, amount=10)
    correct(MonthlyReportFactory(project=project, month=2, amount=5), Decimal("-12.5"))
    progress.refresh_stale()
    february = month_of(project, 2)
    assert (february.amount, february.year_to_date) == (Decimal("-12.5"), Decimal("-2.5"))
    assert (february.rate, february.rate_original) == (Decimal("-0.31"), Decimal("-0.31"))
    assert group(city(), month=2).amount == Decimal("-12.5")


def test_a_correction_of_an_earlier_year_counts_since_the_start(project):
    report = MonthlyReportFactory(project=project, year=2018, month=12, amount=40)
    MonthlyReportFactory(project=project, year=2019, month=1, amount=2)
    progress.refresh_stale()
    correct(report, 50)
    progress.refresh_stale()
    january = month_of(project, 1, year=2019)
    assert (january.year_to_date, january.since_start) == (2, 552)


def test_since_start_runs_through_the_years(project):
    MonthlyReportFactory(project=project, year=2018, month=12, amount=40)
    MonthlyReportFactory(project=project, year=2019, month=1, amount=2)
    progress.refresh_stale()
    assert month_of(project, 1, year=2019).since_start == 542
    earlier = MonthlyReport.objects.get(year=2018)
    earlier.amount = Decimal(140)
    earlier.save()
    progress.refresh_stale()
    assert month_of(project, 1, year=2019).since_start == 642
    assert month_of(project, 1, year=2019).year_to_date == 2


def test_counts_in_every_group_it_stands_in(project):
    project.liaison_leader = OfficialFactory()
    project.save()
    enlist(project, nature=Nature.NEW)
    AnnualPlanFactory(project=project, amount=100)
    MonthlyReportFactory(project=project, month=12, amount=80)
    progress.refresh_stale()
    groups = {(row.area, row.kind, row.key) for row in GroupProgress.objects.filter(month=12, year_to_date=80)}
    assert groups == {
        (project.area, Kind.TOTAL, 0),
        (city(), Kind.TOTAL, 0),
        (province(), Kind.TOTAL, 0),
        (city(), Kind.CATEGORY, project.category_id),
        (city(), Kind.LEAD_DEPARTMENT, 0),
        (city(), Kind.RESPONSIBLE_UNIT, 0),
        (city(), Kind.LIAISON_LEADER, project.liaison_leader_id),
        (city(), Kind.LEVEL, project.level),
        (city(), Kind.NATURE, Nature.NEW),
    }
    assert all(row.rate == 80 for row in GroupProgress.objects.filter(month=12))


def test_a_project_of_the_city_itself_counts_once_in_the_city():
    AnnualPlanFactory(project=ProjectFactory(area=city()), amount=100)
    progress.refresh_stale()
    assert group(city()).projects == 1
    assert group(province()).projects == 1


def test_a_rate_of_a_group_is_sum_over_sum():
    for planned, completed in ((1000, 100), (10, 10)):
        project = AnnualPlanFactory(amount=planned).project
        MonthlyReportFactory(project=project, amount=completed)
    progress.refresh_stale()
    assert group(city()).rate == Decimal("10.89")


def test_a_moved_project_leaves_its_old_groups(project):
    AnnualPlanFactory(project=project, amount=100)
    progress.refresh_stale()
    old_area, old_category = project.area, project.category
    project.area, project.category = AreaFactory(name="桑植县"), CategoryFactory(code="product")
    project.save()
    progress.refresh_stale()
    assert group(old_area) is None
    assert group(city(), Kind.CATEGORY, old_category.pk) is None
    assert group(project.area).planned_year == 100
    assert group(city(), Kind.CATEGORY, project.category_id).planned_year == 100
    assert group(city()).projects == 1


def test_a_project_that_leaves_the_year_leaves_its_figures(project):
    enlistment = enlist(project)
    progress.refresh_stale()
    assert ProjectProgress.objects.count() == 12
    enlistment.delete()
    progress.refresh_stale()
    assert ProjectProgress.objects.count() == 0
    assert group(city()) is None


def test_an_enlisted_project_counts_before_anything_is_planned_or_reported(project):
    enlist(project)
    progress.refresh_stale()
    assert (group(city()).projects, group(city()).planned_projects, group(city()).rate) == (1, 0, None)


def test_the_same_refresh_changes_nothing_the_second_time(project):
    AnnualPlanFactory(project=project)
    MonthlyReportFactory(project=project)
    progress.refresh_stale()
    before = list(GroupProgress.objects.order_by("id").values())
    for _ in range(4):
        progress.mark_stale([project.pk], 2018)
        assert progress.refresh_stale() == progress.Outcome(projects=1)
    assert list(GroupProgress.objects.order_by("id").values()) == before


def test_typing_on_a_draft_is_no_change(project):
    states = MonthlyReport.State
    AnnualPlanFactory(project=project)
    progress.refresh_stale()
    report = MonthlyReportFactory(project=project, state=states.DRAFT)
    report.save()
    MonthlyReport.objects.get().save()
    assert not freshness(2018).updating
    returned = MonthlyReportFactory(project=project, month=2, state=states.RETURNED, return_reason="金额有误")
    progress.refresh_stale()
    returned = MonthlyReport.objects.get(pk=returned.pk)
    returned.state = states.DRAFT
    returned.save()
    assert not freshness(2018).updating


def test_taking_an_approved_report_back_to_a_draft_is_one(project):
    AnnualPlanFactory(project=project)
    MonthlyReportFactory(project=project)
    progress.refresh_stale()
    report = MonthlyReport.objects.get()
    report.state = MonthlyReport.State.DRAFT
    report.save()
    progress.refresh_stale()
    assert month_of(project, 1).amount is None


def test_the_version_moves_with_each_counted_change_and_only_then(project):
    """A report that is submitted changes no figure, but pages that name it must not be shown from before."""
    AnnualPlanFactory(project=project)
    progress.refresh_year(2018)
    versions = [ProgressYear.objects.get(year=2018).version]
    report = MonthlyReportFactory(project=project, state=MonthlyReport.State.SUBMITTED)
    for act in (progress.refresh_stale, progress.refresh_stale, report.save, lambda: progress.refresh_year(2018)):
        act()
        versions.append(ProgressYear.objects.get(year=2018).version)
    assert versions == [1, 2, 2, 2, 3]


def test_figures_say_as_of_when_and_that_changes_wait(project):
    AnnualPlanFactory(project=project)
    assert freshness(2018).updating
    assert progress.oldest_stale() == StaleProgress.objects.earliest("since").since
    progress.refresh_stale()
    assert not freshness(2018).updating
    assert progress.oldest_stale() is None
    year = ProgressYear.objects.get(year=2018)
    assert year.version == 1
    assert timezone.now() - year.as_of < datetime.timedelta(minutes=1)


def test_more_than_a_batch_is_remade_to_the_end(monkeypatch):
    monkeypatch.setattr(progress, "BATCH", 2)
    for _ in range(5):
        enlist(ProjectFactory())
    outcome = progress.refresh_stale()
    assert (outcome.projects, outcome.rows) == (5, 60)
    assert RefreshRun.objects.filter(error="").count() == 3
    assert not StaleProgress.objects.exists()


def test_a_change_is_a_run_that_says_what_it_changed(project):
    AnnualPlanFactory(project=project)
    progress.refresh_stale()
    run = RefreshRun.objects.get()
    assert (run.trigger, run.year, run.projects, run.changed_rows, run.changed_groups) == ("change", 2018, 1, 12, 108)
    assert run.started_at <= run.finished_at
    assert run.state == "完成"


def test_a_run_is_carried_out_once_whoever_asks(project):
    AnnualPlanFactory(project=project)
    progress.refresh_stale()
    run = progress.request_run(2018)
    assert progress.start_run(run.pk) == progress.Outcome(projects=1)
    assert progress.start_run(run.pk) is None


def test_a_full_refresh_finds_and_repairs_what_was_changed_behind_its_back(project):
    AnnualPlanFactory(project=project, amount=100)
    report = MonthlyReportFactory(project=project, month=6, amount=40)
    progress.refresh_stale()
    MonthlyReport.objects.filter(pk=report.pk).update(amount=Decimal(50))
    ProjectProgress.objects.filter(month=2).update(year_to_date=Decimal(7))
    ProjectProgress.objects.filter(month=4).update(since_start=Decimal(7))
    GroupProgress.objects.filter(month=3).delete()
    GroupProgress.objects.filter(kind=Kind.CATEGORY, month=1).update(projects=9)
    findings = []
    outcome = progress.refresh_year(2018, findings)
    assert outcome.rows == 9
    assert month_of(project, 4).since_start == 500
    assert (month_of(project, 2).year_to_date, month_of(project, 12).year_to_date) == (0, 50)
    assert group(city()).year_to_date == 50
    assert group(city(), month=3).planned_year == 100
    assert group(city(), Kind.CATEGORY, project.category_id, month=1).projects == 1
    assert f"项目 {project.code} 2018年12月：累计完成 40.00 → 50.00 万元" in findings
    assert "张家界市 地区合计  2018年3月：累计完成 无 → 0.00 万元" in findings
    assert progress.refresh_year(2018) == progress.Outcome(projects=1)


def test_a_full_refresh_finds_nothing_in_what_only_waits(project):
    AnnualPlanFactory(project=project, amount=100)
    findings = []
    assert progress.refresh_year(2018, findings).rows == 12
    assert findings == []
    assert not freshness(2018).updating


def test_a_full_refresh_makes_a_year_that_was_never_made(project):
    AnnualPlanFactory(project=project, amount=100)
    StaleProgress.objects.all().delete()
    progress.refresh_year(2018)
    assert group(city()).planned_year == 100


def test_a_full_refresh_in_slices_is_the_same(project, monkeypatch):
    monkeypatch.setattr(progress, "SLICE", 1)
    for amount in (100, 200, 300):
        AnnualPlanFactory(amount=amount)
    progress.refresh_stale()
    assert group(city()).planned_year == 600
    assert progress.refresh_year(2018) == progress.Outcome(projects=3)


def test_an_error_is_written_down_and_the_change_goes_on_waiting(project, monkeypatch):
    AnnualPlanFactory(project=project)
    monkeypatch.setattr(progress, "FIND_CHANGE", Statement("broken", "SELECT no_such_column FROM investment_period"))
    with pytest.raises(Exception, match="no_such_column"):
        progress.refresh_stale()
    assert "no_such_column" in RefreshRun.objects.get().error
    assert RefreshRun.objects.get().state == "失败"
    assert freshness(2018).updating


def test_a_counted_project_cannot_be_deleted(project):
    enlist(project)
    progress.refresh_stale()
    with pytest.raises(Exception, match="protected"):
        project.delete()
