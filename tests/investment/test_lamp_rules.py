"""The rules of a year are rows; what was adopted, and the lamps of a closed month, never change."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from investment import lamps, progress, tasks
from investment.lamps import BEHIND, NOT_RATED, REACHED, STATES, Measure
from investment.models import (
    ClosedProjectProgress,
    LampRule,
    LampRules,
    MonthlyReport,
    Period,
    ProgressYear,
    ProjectProgress,
)
from investment.models.lamp_rules import adopt, rules_for, rules_in_force, rules_of
from investment.months import Month
from investment.periods import close_period
from projects.models import Enlistment, Nature, Problem, Status
from tests.factories import MonthlyReportFactory, ProjectFactory, correct, enlist, period_open, project_with

pytestmark = pytest.mark.django_db
State = MonthlyReport.State


def row(project, month):
    return ProjectProgress.objects.get(project=project, year=2018, month=month)


def shown(project, month):
    found = row(project, month)
    return found.lamp.shape, found.lamp.word, found.lamp_reason


def lit(project):
    """All that is stored of the project's lamps."""
    rows = ProjectProgress.objects.filter(project=project, year=2018).order_by("month")
    return list(rows.values_list("lamp_state", "lamp_rule", "lamp_value"))


def close(month):
    progress.freeze_month(Month(2018, month))
    Period.objects.filter(year=2018, month=month).update(opened_at=timezone.now(), closed_at=timezone.now())


# ---- the rows ----


def test_a_new_year_takes_over_the_rules_of_the_year_before():
    own = tuple(replace(rule, word="落后") if rule.word == "滞后" else rule for rule in lamps.DEFAULT)
    adopt(2017, own)
    project_with(plan=1200, reports=[100])
    progress.refresh_stale()
    adopted = LampRules.objects.get(year=2018)
    assert (adopted.version, adopted.adopted_by) == (1, None)
    assert [replace(rule, pk=None) for rule in rules_of(adopted.pk)] == list(own)


def test_the_first_year_has_the_default_rules():
    progress.refresh_year(2018)
    assert tuple(replace(rule, pk=None) for rule in rules_in_force(2018)) == lamps.DEFAULT


def test_before_anything_was_adopted_the_default_rules_are_in_force():
    assert rules_in_force(2018) == lamps.DEFAULT


def test_the_highest_version_is_in_force():
    adopt(2018, lamps.DEFAULT)
    second = adopt(2018, lamps.DEFAULT[:5])
    assert LampRules.objects.in_force(2018) == second
    assert rules_for(2018) == second
    assert len(rules_in_force(2018)) == 5


RIGHT = {"measure": Measure.RATIO, "at_least": Decimal(80), "lamp": 4, "first_month": 1, "word": "滞后", "reason": "慢"}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("one_lamp_rule_per_threshold", RIGHT),
        ("one_lamp_rule_without_threshold_per_measure", {**RIGHT, "at_least": None}),
        ("lamp_rule_has_a_known_lamp", {**RIGHT, "at_least": 1, "lamp": 0}),
        ("lamp_rule_has_a_known_lamp", {**RIGHT, "at_least": None, "measure": Measure.STOPPED, "lamp": 3}),
        ("lamp_rule_has_a_known_lamp", {**RIGHT, "measure": 99}),
        ("lamp_rule_threshold_fits_measure", {**RIGHT, "measure": Measure.STOPPED}),
        ("lamp_rule_threshold_fits_measure", {**RIGHT, "measure": Measure.START_OVERDUE, "at_least": None}),
        ("lamp_rule_threshold_fits_measure", {**RIGHT, "measure": Measure.REPORTS_OVERDUE, "at_least": -1}),
        ("lamp_rule_month_in_year", {**RIGHT, "at_least": 1, "first_month": 13}),
        ("lamp_rule_month_in_year", {**RIGHT, "at_least": 1, "first_month": 0}),
        ("lamp_rule_says_why", {**RIGHT, "at_least": 1, "word": ""}),
        ("lamp_rule_says_why", {**RIGHT, "at_least": 1, "reason": ""}),
    ],
)
def test_the_database_refuses_a_wrong_rule(name, wrong):
    adopted = LampRules.objects.create(year=2018, version=1)
    LampRule.objects.create(rules=adopted, **RIGHT)
    LampRule.objects.create(rules=adopted, **{**RIGHT, "at_least": None})
    refused(name, lambda: LampRule.objects.create(rules=adopted, **wrong))


@pytest.mark.parametrize(
    ("name", "version"), [("one_lamp_rules_per_year_and_version", 1), ("lamp_rules_counted_from_one", 0)]
)
def test_the_database_refuses_a_wrong_version(name, version):
    LampRules.objects.create(year=2018, version=1)
    refused(name, lambda: LampRules.objects.create(year=2018, version=version))


def refused(name, act):
    """The database refuses, by the constraint of this name; SQLite names the columns of a unique one instead."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    assert name in str(refusal.value) or (connection.vendor == "sqlite" and "UNIQUE" in str(refusal.value))


def test_what_was_adopted_is_never_changed():
    adopted = adopt(2018, lamps.DEFAULT)
    for act in (
        lambda: LampRules.objects.update(year=2019),
        lambda: adopted.delete(),
        lambda: LampRule.objects.update(word="改"),
        lambda: LampRule.objects.first().delete(),
    ):
        with pytest.raises(Exception, match=r"采用过的亮灯规则不能更改|protected"), transaction.atomic():
            act()


# ---- what lights a lamp, each with its sentence ----


def test_a_lamp_says_by_which_rule_and_by_how_much():
    project = project_with(plan=1200, reports=[70])
    progress.refresh_stale()
    assert shown(project, 1) == ("◆", "重点跟踪", "只完成累计计划的 70.00%，列为重点跟踪。")
    stored = row(project, 1)
    assert (STATES[stored.lamp_state], stored.lamp_value, stored.lamp_rule.word) == (BEHIND, 7000, "重点跟踪")


def test_a_reached_plan_is_green_from_then_on():
    project = project_with(plan=1200, reports=[1000, 377])
    progress.refresh_stale()
    assert shown(project, 1)[1] == "超前"
    assert shown(project, 2) == ("●", "完成计划", "完成年度计划的 114.75%。")
    assert STATES[row(project, 12).lamp_state] == REACHED


@pytest.mark.parametrize(
    ("nature", "plan", "reason"),
    [
        (Nature.PREPARATORY, 1200, "前期项目，暂不评价进度。"),
        (Nature.CONTINUED, None, "没有年度计划，暂不评价进度。"),
        (Nature.CONTINUED, 0, "到本月没有计划任务，暂不评价进度。"),
    ],
)
def test_what_cannot_be_rated_is_grey(nature, plan, reason):
    project = project_with(plan=plan, reports=[10], nature=nature)
    progress.refresh_stale()
    assert shown(project, 1) == ("○", "暂不评价", reason)


def steady(**fields):
    """In step with its plan, whatever the month."""
    return project_with(plan=1200, reports=[100] * 12, **fields)


def test_a_start_that_is_due_and_was_not_made_becomes_red_after_three_months():
    project = steady(planned_start=datetime.date(2018, 2, 10), actual_start=datetime.date(2018, 7, 3))
    progress.refresh_stale()
    late = ("◆", "未开工", "计划开工日期已过，尚未开工。")
    assert [shown(project, month) for month in (2, 3, 4)] == [late] * 3
    assert shown(project, 5) == ("■", "久未开工", "计划开工日期已过 3 个月，尚未开工。")
    assert shown(project, 6)[2] == "计划开工日期已过 4 个月，尚未开工。"
    assert [shown(project, month)[1] for month in (1, 7)] == ["正常", "正常"]


def test_overdue_reports_count_one_after_the_other():
    project = project_with(plan=1200, reports=[100] * 4)
    for month in (5, 6, 8):
        MonthlyReportFactory(
            project=project, month=month, state=State.EXPECTED, amount=None, due_on=datetime.date(2018, month, 25)
        )
    MonthlyReportFactory(project=project, month=7, amount=Decimal(300))
    progress.refresh_stale()
    assert [shown(project, month)[1] for month in (4, 5, 6, 7, 8)] == [
        "正常",
        "月报逾期",
        "连续逾期",
        "正常",
        "月报逾期",
    ]
    assert shown(project, 6)[2] == "连续 2 期月报逾期未报。"


def test_two_reports_missing_at_the_end_of_a_year_are_known_in_january():
    project = project_with(plan=1200, reports=[None])
    for year, month in ((2017, 12), (2018, 1)):
        MonthlyReportFactory(project=project, year=year, month=month, state=State.MISSING, amount=None)
    progress.refresh_stale()
    assert shown(project, 1) == ("■", "连续逾期", "连续 2 期月报逾期未报。")


def test_a_quarterly_report_follows_the_one_of_the_quarter_before():
    project = project_with(plan=1200)
    for month in (3, 6):
        MonthlyReportFactory(project=project, month=month, state=State.MISSING, amount=None)
    progress.refresh_stale()
    assert row(project, 6).lamp_value == 2
    assert row(project, 4).lamp.word == "严重滞后"  # nothing was due in April


def test_stopped_works_are_red():
    project = steady(status=Status.STOPPED)
    progress.refresh_stale()
    assert shown(project, 3) == ("■", "停工", "项目停工。")


def test_a_problem_past_its_deadline_is_yellow_until_it_is_closed():
    project = steady()
    progress.refresh_stale()
    Problem.objects.create(
        project=project, kind="land", description="示例", raised_on=datetime.date(2018, 1, 5),
        deadline=datetime.date(2018, 3, 31), closed_on=datetime.date(2018, 5, 1),
    )  # fmt: skip
    progress.refresh_stale()
    assert [shown(project, month)[1] for month in (2, 3, 4, 5)] == ["正常", "问题逾期", "问题逾期", "正常"]
    assert shown(project, 3)[2] == "1 个问题超过办理时限，尚未销号。"
    Problem.objects.get().delete()
    progress.refresh_stale()
    assert shown(project, 3)[1] == "正常"


def test_a_finished_project_is_green_from_the_month_of_its_end():
    project = project_with(plan=1200, reports=[10] * 6, actual_finish=datetime.date(2018, 5, 31))
    progress.refresh_stale()
    assert [shown(project, month)[1] for month in (4, 5, 6)] == ["严重滞后", "已完成", "已完成"]


def test_a_changed_project_is_judged_anew():
    project = steady()
    progress.refresh_stale()
    assert shown(project, 3)[1] == "正常"
    project.status = Status.STOPPED
    project.save()
    progress.refresh_stale()
    assert shown(project, 3)[1] == "停工"


# ---- time ----


def test_a_month_that_has_not_begun_has_no_lamp(time_machine):
    time_machine.move_to("2018-03-31 23:00+08:00", tick=False)
    project = steady()
    progress.refresh_stale()
    assert (row(project, 3).lamp_reason, row(project, 4).lamp_state) == ("完成累计计划的 100.00%，与计划相当。", None)
    assert (row(project, 4).lamp, row(project, 4).lamp_reason) == (NOT_RATED, "")
    time_machine.move_to("2018-04-01 00:10+08:00", tick=False)
    tasks.follow_calendar()
    assert (row(project, 4).lamp.word, row(project, 5).lamp_state) == ("正常", None)


def test_the_day_after_a_report_was_due_its_lamp_changes(time_machine):
    time_machine.move_to("2018-03-25 23:00+08:00", tick=False)
    project = project_with(plan=1200, reports=[100, 100])
    period_open(Month(2018, 3))
    tasks.follow_calendar()
    progress.refresh_stale()
    assert shown(project, 3)[1] == "重点跟踪"
    before = ProgressYear.objects.get(year=2018)
    tasks.follow_calendar()
    assert ProgressYear.objects.get(year=2018) == before
    time_machine.move_to("2018-03-26 00:10+08:00", tick=False)
    tasks.follow_calendar()
    assert shown(project, 3)[1] == "月报逾期"
    assert ProgressYear.objects.get(year=2018).version == before.version + 1


def test_another_due_date_is_noticed_the_same_day(time_machine):
    time_machine.move_to("2018-03-26 09:00+08:00", tick=False)
    project = project_with(plan=1200, reports=[100, 100])
    period = period_open(Month(2018, 3))
    tasks.follow_calendar()
    progress.refresh_stale()
    assert shown(project, 3)[1] == "月报逾期"
    tasks.follow_calendar()
    period.refresh_from_db()
    period.due_on = datetime.date(2018, 3, 27)
    period.save(update_fields=Period.DAYS)
    tasks.follow_calendar()
    assert shown(project, 3)[1] == "重点跟踪"


# ---- what is closed ----


@pytest.fixture
def closed(cast):
    """A project that lagged in January, which is closed, and is in step since."""
    project = project_with(plan=1200, reports=[70, 130], responsible_unit=cast.reporter.organisation)
    progress.refresh_stale()
    close(1)
    return project


LAGGED = ("◆", "重点跟踪", "只完成累计计划的 70.00%，列为重点跟踪。")


def catch_up(project, office):
    correct(MonthlyReport.objects.get(project=project, month=1), 1200)


def stop(project, office):
    project.status = Status.STOPPED
    project.save()


def change_the_rules(project, office):
    adopt(2018, tuple(replace(rule, word="另一个词") for rule in lamps.DEFAULT))
    progress.mark_stale([project.pk], 2018)


def miss_a_deadline(project, office):
    day = datetime.date(2018, 1, 2)
    Problem.objects.create(project=project, kind="land", description="示例", raised_on=day, deadline=day)


@pytest.mark.parametrize("way", [catch_up, stop, change_the_rules, miss_a_deadline])
def test_the_lamp_of_a_closed_month_stays_whatever_comes_later(cast, closed, way):
    before = lit(closed)
    way(closed, cast.office)
    progress.refresh_stale()
    progress.refresh_year(2018)
    assert shown(closed, 1) == LAGGED
    assert lit(closed)[0] == before[0]
    assert lit(closed)[1] != before[1]  # what is open has moved


def test_a_project_that_left_the_year_comes_back_with_the_lamps_it_was_closed_with(closed):
    for found in (MonthlyReport, Enlistment):
        assert found.objects.filter(project=closed).exists()
    before = lit(closed)[0]
    ProjectProgress.objects.filter(project=closed).delete()
    stop(closed, None)
    progress.refresh_stale()
    assert lit(closed)[0] == before


def test_a_project_that_came_after_the_close_is_judged_once(closed):
    late = ProjectFactory()
    enlist(late)
    progress.refresh_stale()
    assert shown(late, 1) == ("○", "暂不评价", "没有年度计划，暂不评价进度。")
    stop(late, None)
    progress.refresh_stale()
    assert [shown(late, month)[1] for month in (1, 2)] == ["暂不评价", "停工"]


def test_the_database_refuses_to_change_the_lamp_of_a_closed_month(closed):
    for change in ({"lamp_state": 3}, {"lamp_rule": None}, {"lamp_value": 10_000}):
        with pytest.raises(IntegrityError, match="这个月已关账，亮灯不能再改"), transaction.atomic():
            ProjectProgress.objects.filter(project=closed, month=1).update(**change)
    assert ProjectProgress.objects.filter(project=closed, month=2).update(lamp_state=5) == 1


def test_the_close_lights_the_lamps_a_last_time_and_keeps_them(cast, time_machine):
    time_machine.move_to("2018-01-29 09:00+08:00", tick=False)
    period = period_open(Month(2018, 1))
    project = project_with(plan=1200, responsible_unit=cast.reporter.organisation)
    tasks.follow_calendar()
    owed = MonthlyReport.objects.get(project=project)
    close_period(period, cast.office, [owed.pk])
    assert shown(project, 1)[1] == "严重滞后"
    closed = ClosedProjectProgress.objects.get(project=project)
    assert (closed.lamp, closed.lamp_reason) == (row(project, 1).lamp, row(project, 1).lamp_reason)
    assert Period.objects.get(pk=period.pk).lamp_rules == LampRules.objects.get()
