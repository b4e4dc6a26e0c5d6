"""Which projects owe a report for a month, and the rows that say so before anybody types."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from investment import reporting
from investment.expected import expect_reports, expected
from investment.models import MonthlyReport, Period
from investment.months import Month
from projects.models import Category, Nature, Stage, Status
from tests.factories import (
    AnnualPlanFactory,
    CategoryFactory,
    MonthlyReportFactory,
    ProjectFactory,
    enlist,
    project_with,
)

pytestmark = pytest.mark.django_db
State, Kind = MonthlyReport.State, MonthlyReport.Kind
MAY, JUNE = Month(2018, 5), Month(2018, 6)
PLAN = Decimal(1200)


def owes(month=MAY):
    """Names of the projects that owe a report, with what it is about."""
    return {(project.name.removeprefix("示例·"), project.kind) for project in expected(month)}


def listed(name, nature=Nature.CONTINUED, **fields):
    project = ProjectFactory(name=f"示例·{name}", **fields)
    enlist(project, nature=nature)
    return project


def planned(name, **fields):
    project = ProjectFactory(name=f"示例·{name}", **fields)
    AnnualPlanFactory(project=project, amount=PLAN)
    return project


def test_whoever_has_a_plan_for_the_year_reports_each_month():
    planned("甲")
    assert [owes(Month(2018, month)) for month in (1, 2, 12)] == [{("甲", Kind.INVESTMENT)}] * 3
    assert owes(Month(2019, 1)) == set()


def test_works_that_have_begun_are_reported_without_a_plan_too():
    listed("开工", stage=Stage.STARTED)
    listed("签约", stage=Stage.PREPARATORY)
    listed("投产", stage=Stage.PRODUCTION)
    ProjectFactory(name="示例·未列入", stage=Stage.STARTED)
    assert owes() == {("开工", Kind.INVESTMENT)}


def test_preparatory_projects_report_procedures_at_the_end_of_a_quarter():
    listed("前期", nature=Nature.PREPARATORY)
    by_month = {month: owes(Month(2018, month)) for month in range(1, 13)}
    assert {month for month, found in by_month.items() if found} == {3, 6, 9, 12}
    assert by_month[6] == {("前期", Kind.PROCEDURES)}


def test_a_preparatory_project_with_a_plan_reports_money_each_month():
    enlist(planned("前期有计划"), nature=Nature.PREPARATORY)
    assert owes(MAY) == owes(JUNE) == {("前期有计划", Kind.INVESTMENT)}


def test_withdrawn_and_finished_projects_owe_nothing():
    planned("退出", status=Status.WITHDRAWN)
    planned("完成", status=Status.FINISHED)
    assert owes() == set()


def test_the_month_of_the_finish_is_still_reported():
    planned("五月完工", status=Status.FINISHED, actual_finish=datetime.date(2018, 5, 2))
    assert (owes(MAY), owes(JUNE)) == ({("五月完工", Kind.INVESTMENT)}, set())


def test_people_owe_nothing():
    planned("人才", category=CategoryFactory(code="talent", counts=Category.Counts.PEOPLE))
    assert owes() == set()


def test_of_a_package_with_a_plan_the_parent_reports():
    parent = planned("打包")
    planned("子项目", parent=parent)
    assert owes() == {("打包", Kind.INVESTMENT)}


def test_of_a_package_without_a_plan_the_children_report():
    parent = listed("打包", stage=Stage.STARTED)
    planned("子项目", parent=parent)
    assert owes() == {("子项目", Kind.INVESTMENT)}


def test_rows_are_there_before_anybody_types():
    project = planned("甲")
    period = Period.objects.create(year=2018, month=5)
    assert expect_reports(period) == 1
    report = MonthlyReport.objects.get()
    assert (report.project, report.state, report.amount, report.due_on, report.version, report.doubts) == (
        project, State.EXPECTED, None, datetime.date(2018, 5, 25), 1, [],
    )  # fmt: skip


def test_a_second_time_adds_what_lacks_and_touches_nothing(cast):
    project = planned("甲", responsible_unit=cast.reporter.organisation)
    period = Period.objects.create(year=2018, month=5)
    expect_reports(period)
    report = reporting.report_of(project, MAY)
    report.amount = Decimal(5)
    reporting.save_draft(report, cast.reporter)
    planned("乙")
    assert expect_reports(period) == 1
    assert set(MonthlyReport.objects.values_list("project__name", "state", "amount")) == {
        ("示例·甲", State.DRAFT, 5), ("示例·乙", State.EXPECTED, None),
    }  # fmt: skip


def test_what_is_no_longer_due_goes_unless_somebody_touched_it():
    first, second = planned("甲"), planned("乙")
    period = Period.objects.create(year=2018, month=5)
    expect_reports(period)
    MonthlyReport.objects.filter(project=second).update(state=State.DRAFT)
    for project in (first, second):
        project.status = Status.WITHDRAWN
        project.save()
    expect_reports(period)
    assert list(MonthlyReport.objects.values_list("project__name", flat=True)) == ["示例·乙"]


def test_a_report_handed_in_unasked_stays():
    unasked = project_with(reports=[], nature=None)
    MonthlyReportFactory(project=unasked, month=5, state=State.SUBMITTED)
    expect_reports(Period.objects.create(year=2018, month=5))
    assert MonthlyReport.objects.get().state == State.SUBMITTED


def test_the_number_of_statements_does_not_grow_with_the_projects():
    period, counts = Period.objects.create(year=2018, month=5), []
    for number in (1, 30):
        for each in range(number):
            planned(f"{number}-{each}")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            expect_reports(period)
        counts.append(len(captured))
    assert counts == [3, 3]
    assert MonthlyReport.objects.count() == 31
