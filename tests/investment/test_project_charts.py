"""The figure of one project's year: what is drawn, what is left out, and that no colour comes from here."""

import json
from decimal import Decimal

import pytest

from investment import progress
from investment.models import MonthlyReport, PlannedMonth
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, ProjectFactory, enlist


@pytest.fixture
def project(cast):
    """Plan 1,200 万元; January and March are approved, February is only submitted."""
    project = ProjectFactory()
    enlist(project)
    AnnualPlanFactory(project=project, amount=Decimal(1200))
    for month, amount in ((1, "100.5"), (3, "0")):
        MonthlyReportFactory(project=project, month=month, amount=Decimal(amount))
    MonthlyReportFactory(project=project, month=2, amount=Decimal(777), state=MonthlyReport.State.SUBMITTED)
    return project


@pytest.fixture
def figure(client, cast, project):
    """Ask for the figure of a project, after everything was counted."""

    def ask(which=project, query=""):
        progress.refresh_stale()
        client.force_login(cast.leader)
        return json.loads(client.get(f"/charts/projects/{which.pk}.json{query}").content)

    return ask


def traces(figure):
    return {trace["meta"]: trace for trace in figure["data"]}


def test_bars_are_the_approved_amounts_and_what_is_not_approved_is_null(figure):
    bars = traces(figure())["actual"]
    assert bars["x"] == [f"{month}月" for month in range(1, 13)]
    assert bars["y"] == [100.5, None, 0, *[None] * 9]
    assert bars["customdata"][:3] == ["100.50 万元", "", "0.00 万元"]


def test_step_line_is_the_plan_of_each_month(figure, project):
    line = traces(figure())["plan"]
    assert (line["y"], line["line"]) == ([100.0] * 12, {"shape": "hvh"})
    PlannedMonth.objects.create(plan=project.annual_plans.get(), month=3, amount=Decimal(1200))
    assert traces(figure())["plan"]["y"] == [0.0, 0.0, 1200.0, *[0.0] * 9]


def test_months_after_the_one_shown_are_not_drawn(figure):
    assert traces(figure(query="?month=2018-01"))["actual"]["y"] == [100.5, *[None] * 11]


def test_without_plan_there_is_no_line_and_no_label(figure):
    unplanned = ProjectFactory()
    MonthlyReportFactory(project=unplanned, amount=Decimal(5))
    drawn = figure(unplanned)
    assert [trace["meta"] for trace in drawn["data"]] == ["actual"]
    assert [note["text"] for note in drawn["layout"]["annotations"]] == ["万元"]


def test_far_over_the_plan_is_drawn_as_it_is(figure):
    big = ProjectFactory()
    AnnualPlanFactory(project=big, amount=Decimal("0.12"))
    MonthlyReportFactory(project=big, amount=Decimal(9_999_999))
    drawn = traces(figure(big))
    assert (drawn["actual"]["y"][0], drawn["plan"]["y"][0]) == (9_999_999, 0.01)
    assert drawn["actual"]["customdata"][0] == "9,999,999.00 万元"


def test_label_names_the_line_at_its_end_and_the_figure_has_no_colour(figure):
    drawn = figure()
    label = drawn["layout"]["annotations"][0]
    assert (label["name"], label["text"], label["x"], label["y"]) == ("plan", "计划", "12月", 100.0)
    assert "color" not in json.dumps(drawn)
    assert drawn["layout"]["meta"]["narrow"] == {"xaxis.dtick": 2, "margin.l": 52, "margin.r": 40}


def test_figure_says_which_project_it_shows(figure, project):
    told = figure()["layout"]["meta"]
    assert [told[name] for name in ("subject", "title", "unit", "month")] == [
        str(project), "2018年逐月完成投资", "万元", "2018年3月",
    ]  # fmt: skip


def test_a_month_of_the_plan_without_neighbours_is_a_tick(figure, project):
    project.annual_plans.get().revise(amount=Decimal(600), effective_month=2, reason="调整")
    line = traces(figure())["plan"]
    assert line["y"][:3] == [100.0, None, 50.0]
    assert line["marker"]["size"] == [14, *[0] * 11]


def test_line_is_broken_where_another_plan_comes_into_force(figure, project):
    project.annual_plans.get().revise(amount=Decimal(600), effective_month=8, reason="调整")
    assert traces(figure())["plan"]["y"] == [*[100.0] * 7, None, *[50.0] * 4]


def test_label_stays_with_the_line_when_the_last_month_has_no_plan_of_its_own(figure, project):
    project.annual_plans.get().revise(amount=Decimal(600), effective_month=12, reason="调整")
    label = figure()["layout"]["annotations"][0]
    assert (label["x"], label["y"]) == ("11月", 100.0)
