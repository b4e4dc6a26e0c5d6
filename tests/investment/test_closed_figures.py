"""Closed figures: a month is copied for good when it is closed, and what has changed since is named."""

from decimal import Decimal

import pytest
from django.db import transaction

from investment import progress
from investment.closed_figures import changed_since_close
from investment.models import (
    ClosedGroupProgress,
    ClosedProjectProgress,
    GroupProgress,
    MonthlyReport,
    Period,
    ProgressYear,
    ProjectProgress,
    StaleProgress,
)
from investment.months import Month
from projects.models import Area
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    MonthlyReportFactory,
    ProjectFactory,
    UserFactory,
    city,
    correct,
    enlist,
    project_with,
    province,
)

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY, MARCH = (Month(2018, number) for number in (1, 2, 3))
PAIRS = ((ProjectProgress, ClosedProjectProgress), (GroupProgress, ClosedGroupProgress))


def figures(model, month):
    """The rows of a month without their ids, in the order of the table."""
    names = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    return list(model.objects.filter(year=month.year, month=month.number).values(*names))


@pytest.fixture
def project(cast):
    """A project of the reporter's with a plan and three approved months."""
    return project_with(plan=1200, reports=[100, 200, 300], responsible_unit=cast.reporter.organisation)


def city_total(model, month):
    return model.objects.get(area=city(), kind=GroupProgress.Kind.TOTAL, year=2018, month=month)


# ---- the copy ----


def test_a_closed_month_is_a_copy_of_all_its_figures(project):
    project_with(reports=[7])
    progress.refresh_stale()
    progress.freeze_month(FEBRUARY)
    for live, closed in PAIRS:
        assert figures(closed, FEBRUARY) == figures(live, FEBRUARY) != []
        assert not closed.objects.exclude(month=2).exists()
    assert city_total(ClosedGroupProgress, 2).rate == Decimal("25.58")


def test_what_waits_for_the_year_is_counted_first(project):
    other_year = AnnualPlanFactory(project=project, year=2019)
    progress.freeze_month(FEBRUARY)
    assert ClosedProjectProgress.objects.get().year_to_date == 300
    assert [row.year_to_date for row in project.progress.filter(year=2018, month__lte=3)] == [100, 300, 600]
    assert set(StaleProgress.objects.values_list("year", flat=True)) == {other_year.year}
    assert progress.refresh_year(2018) == progress.Outcome(projects=1)


def test_a_run_that_somebody_asked_for_is_carried_out_first(project):
    progress.refresh_stale()
    february = Period.objects.get(year=2018, month=2)
    february.time_progress = Decimal(50)
    february.save()
    progress.freeze_month(FEBRUARY)
    assert ClosedProjectProgress.objects.get().planned_to_date == 600
    assert city_total(ClosedGroupProgress, 2).time_progress == 50


def test_a_month_is_copied_once(project):
    progress.freeze_month(FEBRUARY)
    before = [figures(closed, FEBRUARY) for _, closed in PAIRS]
    project_with(plan=5, reports=[1, 1])
    progress.freeze_month(FEBRUARY)
    assert [figures(closed, FEBRUARY) for _, closed in PAIRS] == before
    progress.freeze_month(MARCH)
    assert ClosedProjectProgress.objects.filter(month=3).count() == 2


def test_a_close_that_fails_leaves_no_copy(project):
    progress.refresh_stale()
    with transaction.atomic():
        progress.freeze_month(FEBRUARY)
        transaction.set_rollback(True)
    assert not ClosedProjectProgress.objects.exists()
    assert not ClosedGroupProgress.objects.exists()


def test_a_group_that_everybody_has_left_is_not_copied(project):
    progress.refresh_stale()
    project.area = AreaFactory(name="桑植县")
    project.save()
    progress.freeze_month(JANUARY)
    areas = ClosedGroupProgress.objects.filter(kind=GroupProgress.Kind.TOTAL).values_list("area__name", flat=True)
    assert sorted(areas) == ["张家界市", "桑植县", "湖南省"]


def test_pages_that_were_kept_are_made_anew(project):
    progress.refresh_stale()
    before = ProgressYear.objects.get(year=2018).version
    progress.freeze_month(JANUARY)
    assert ProgressYear.objects.get(year=2018).version == before + 1


def test_a_correction_after_the_close_leaves_the_closed_figures_and_moves_the_later_months(project):
    for month in (JANUARY, FEBRUARY):
        progress.freeze_month(month)
    closed = [figures(closed, month) for _, closed in PAIRS for month in (JANUARY, FEBRUARY)]
    correct(MonthlyReport.objects.get(month=1), 40)
    progress.refresh_stale()
    assert [figures(closed, month) for _, closed in PAIRS for month in (JANUARY, FEBRUARY)] == closed
    assert [row.year_to_date for row in project.progress.filter(month__lte=3)] == [40, 240, 540]
    assert [city_total(GroupProgress, month).year_to_date for month in (1, 2, 3)] == [40, 240, 540]
    assert [city_total(ClosedGroupProgress, month).year_to_date for month in (1, 2)] == [100, 300]
    progress.freeze_month(MARCH)
    assert ClosedProjectProgress.objects.get(month=3).year_to_date == 540


def test_closed_groups_are_the_sums_of_closed_projects(project):
    project_with(plan=900, reports=[1, 2])
    project_with(reports=[7])
    plan = project.annual_plans.get()
    plan.revise(amount=Decimal(1000), effective_month=2, reason="调整")
    progress.freeze_month(FEBRUARY)
    rows, total = list(ClosedProjectProgress.objects.all()), city_total(ClosedGroupProgress, 2)
    for name in ("planned_year", "planned_original", "amount", "year_to_date", "since_start"):
        assert getattr(total, name) == sum(getattr(row, name) or 0 for row in rows)
    assert (total.planned_year, total.planned_original, total.unplanned_to_date) == (1900, 2100, 7)


# ---- who sees it ----


def test_closed_figures_are_seen_like_the_live_ones(cast, project):
    project_with(plan=1, responsible_unit=cast.neighbour.organisation)
    progress.freeze_month(JANUARY)
    seen = {name: ClosedProjectProgress.objects.visible_to(user).count() for name, user in vars(cast).items()}
    assert seen == {"reporter": 1, "neighbour": 1, "reviewer": 2, "office": 2, "leader": 2, "admin": 2}
    elsewhere = AreaFactory(name="示例市", kind=Area.Kind.CITY, parent=province())
    project_with(plan=1, area=elsewhere)
    progress.freeze_month(FEBRUARY)
    assert ClosedProjectProgress.objects.visible_to(cast.office).filter(month=2).count() == 2
    assert ClosedProjectProgress.objects.visible_to(UserFactory()).count() == 0


# ---- what has changed since ----


def said(rows):
    """Month, amount and year to date then and now."""
    return [
        (row.month.number, row.amount_then, row.amount_now, row.year_to_date_then, row.year_to_date_now) for row in rows
    ]


def test_nothing_has_changed_right_after_the_close(cast, project):
    enlist(ProjectFactory())
    progress.freeze_month(JANUARY)
    assert changed_since_close(cast.office, 2018) == []


def test_a_correction_is_named_with_the_closed_months_that_it_moves(cast, project):
    project_with(plan=5, reports=[1, 1, 1])
    for month in (JANUARY, FEBRUARY):
        progress.freeze_month(month)
    correct(MonthlyReport.objects.get(project=project, month=1), 40)
    progress.refresh_stale()
    progress.freeze_month(MARCH)
    rows = changed_since_close(cast.office, 2018)
    assert said(rows) == [(2, 200, 200, 300, 240), (1, 100, 40, 100, 40)]
    assert {row.project for row in rows} == {project}
    assert said(changed_since_close(cast.office, 2018, month=JANUARY)) == [(1, 100, 40, 100, 40)]
    assert changed_since_close(cast.office, 2018, month=MARCH) == []
    assert changed_since_close(cast.office, 2017) == []


def test_a_plan_revised_for_a_closed_month_is_a_change_of_it(cast, project):
    for month in (JANUARY, FEBRUARY):
        progress.freeze_month(month)
    plan = project.annual_plans.get()
    plan.revise(amount=Decimal(1000), effective_month=3, reason="调整")
    progress.refresh_stale()
    assert changed_since_close(cast.office, 2018) == []
    project.annual_plans.last().revise(amount=Decimal(900), effective_month=2, reason="调整")
    progress.refresh_stale()
    rows = changed_since_close(cast.office, 2018)
    assert [(row.month, row.planned_year_then, row.planned_year_now) for row in rows] == [(FEBRUARY, 1200, 900)]


def test_a_late_report_is_a_change_of_the_closed_month(cast, project):
    late = project_with(responsible_unit=cast.reporter.organisation)
    progress.freeze_month(JANUARY)
    MonthlyReportFactory(project=late, amount=9)
    progress.refresh_stale()
    assert said(changed_since_close(cast.office, 2018)) == [(1, None, 9, 0, 9)]
    assert changed_since_close(cast.office, 2018, project=project) == []


def test_a_project_that_was_not_there_is_named_once_it_has_a_figure(cast, project):
    progress.freeze_month(JANUARY)
    new = project_with()
    progress.refresh_stale()
    assert changed_since_close(cast.office, 2018) == []
    MonthlyReportFactory(project=new, month=1, amount=9)
    progress.refresh_stale()
    rows = changed_since_close(cast.office, 2018)
    assert said(rows) == [(1, None, 9, None, 9)]
    assert rows[0].project == new


def test_a_project_that_has_left_the_year_is_named_if_it_had_a_figure(cast, project):
    left = project_with()
    progress.freeze_month(JANUARY)
    left.enlistments.get().delete()
    progress.refresh_stale()
    assert changed_since_close(cast.office, 2018) == []
    project.progress.all().delete()
    assert said(changed_since_close(cast.office, 2018)) == [(1, 100, None, 100, None)]


def test_changes_are_named_to_those_who_see_the_project(cast, project):
    progress.freeze_month(JANUARY)
    correct(MonthlyReport.objects.get(project=project, month=1), 40)
    late = project_with(reports=[3], responsible_unit=cast.neighbour.organisation)
    progress.refresh_stale()
    seen = {name: {row.project for row in changed_since_close(user, 2018)} for name, user in vars(cast).items()}
    assert (seen["reporter"], seen["neighbour"]) == ({project}, {late})
    assert seen["reviewer"] == seen["office"] == seen["leader"] == {project, late}


@pytest.mark.parametrize("changes", [1, 3])
def test_changes_cost_two_queries_however_many_they_are(cast, django_assert_num_queries, changes):
    projects = [project_with(plan=100, reports=[10]) for _ in range(changes)]
    progress.freeze_month(JANUARY)
    for project in projects:
        correct(MonthlyReport.objects.get(project=project), 40)
    progress.refresh_stale()
    assert cast.office.sees_city
    with django_assert_num_queries(2):
        assert len({row.project.name for row in changed_since_close(cast.office, 2018)}) == changes
