"""`check_figures`: every published figure of 2018 out of the rows, and what it says when the rows change."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from investment import progress
from investment.figures import FORMULAS, Published, check_figures, published_figures, published_years
from investment.models import AnnualPlan, GroupProgress, MonthlyReport, ProjectProgress
from projects.models import Activity, Contract, Enlistment, MediaReport, Problem, Project, Result, Stage, Talent

from ..refusals import unguarded
from .year_2018 import loaded_year


@pytest.fixture(scope="module")
def year_2018(django_db_setup, django_db_blocker):
    with loaded_year(django_db_blocker):
        yield


pytestmark = [pytest.mark.usefixtures("year_2018"), pytest.mark.django_db]


def run(*arguments):
    """What the command printed, and its exit code."""
    output = StringIO()
    try:
        call_command("check_figures", *arguments, stdout=output)
    except SystemExit as stop:
        return output.getvalue(), stop.code
    return output.getvalue(), 0


def disagreeing():
    return {check.published.id for check in check_figures(2018) if not check.agrees}


def below_plan():
    """A non-provincial industrial project whose plan leaves room for another 亿元."""
    rows = ProjectProgress.objects.filter(year=2018, month=12, category__code="industry", planned_year__isnull=False)
    own = rows.exclude(project__enlistments__provincial=True).order_by("project__code")
    return next(row.project for row in own if row.planned_year > row.year_to_date + 10_000)


def add(rows, column, wan):
    """Behind the back of models, signals and guards."""
    row = rows.first()
    with unguarded():
        rows.filter(pk=row.pk).update(**{column: getattr(row, column) + Decimal(wan)})


def december_of(project):
    return MonthlyReport.objects.filter(project=project, year=2018, month=12)


# After the load


def test_every_published_figure_agrees():
    assert disagreeing() == set()


def test_every_published_figure_has_a_formula_and_every_formula_a_figure():
    assert [figure.id for figure in published_figures(2018)] == list(FORMULAS)


def test_the_values_are_the_published_ones_but_where_more_than_was_printed():
    larger = {
        check.published.id: (check.value, check.published.value)
        for check in check_figures(2018)
        if check.value != check.published.value
    }
    assert larger == {
        "liaison.visits": (86, 80),
        "liaison.onsite_meetings": (44, 40),
        "liaison.problems_solved": (33, 30),
        "promotion.activities": (74, 70),
        "promotion.contacted500": (108, 100),
    }


# The command


def test_text_ends_with_a_summary_and_exit_code_zero():
    output, code = run("2018")
    lines = output.splitlines()
    assert (lines[-1], code) == ("2018 年公布数据 52 项，全部一致。", 0)
    assert lines[0].split() == ["编号", "重算", "公布", "单位", "核对", "依据"]
    assert lines[10].split() == [
        "industry.completed",
        "85.9",
        "85.9",
        "亿元",
        "一致",
        "12月分组进度：产业类本年累计完成",
    ]


def test_text_says_more_than_where_it_was_printed_so():
    output, _ = run("2018")
    assert "86       超过 80   次" in output


def test_json_is_a_list_of_objects_with_exact_numbers_as_strings():
    output, code = run("2018", "--format", "json")
    rows = {row["id"]: row for row in json.loads(output)}
    assert (len(rows), code) == (52, 0)
    assert rows["industry.provincial_rate"] == {
        "id": "industry.provincial_rate",
        "value": "114.79",
        "unit": "%",
        "published": "114.79",
        "agrees": True,
        "derivation": "省产业项目累计完成 ÷ 年度计划",
    }


def test_a_year_without_published_figures_is_refused_and_the_known_ones_are_named():
    with pytest.raises(CommandError, match=r"没有 2017 年的公布数据。可核对的年度：2018。"):
        run("2017")
    assert published_years() == [2018]


# When rows change


def test_a_changed_report_moves_exactly_its_figures_once_counted():
    add(december_of(below_plan()), "amount", 10_000)
    assert disagreeing() == set()  # the engine has not been told yet
    progress.refresh_year(2018)
    assert disagreeing() == {"industry.completed", "industry.rate"}
    output, code = run("2018")
    assert code == 1
    assert output.splitlines()[-1] == "2018 年公布数据 52 项，2 项不一致：industry.completed、industry.rate。"


def test_a_yuan_too_much_still_agrees_at_the_published_decimals_but_shows():
    add(december_of(below_plan()), "amount", "0.0001")
    progress.refresh_year(2018)
    (check,) = [check for check in check_figures(2018) if check.published.id == "industry.completed"]
    assert (check.agrees, check.value) == (True, Decimal("85.90000001"))


def test_json_of_a_disagreement_exits_one_and_stays_json():
    add(december_of(below_plan()), "amount", 10_000)
    progress.refresh_year(2018)
    output, code = run("2018", "--format", "json")
    assert code == 1
    assert [row["value"] for row in json.loads(output) if not row["agrees"]] == ["86.9", "83"]


def test_a_change_not_yet_counted_is_announced():
    below_plan().save()
    output, _ = run("2018")
    assert (
        output.splitlines()[-2] == "注意：还有变动未计入进度，金额和完成率不是最新。请运行 refresh_progress 后再核对。"
    )


def test_figures_without_derived_rows_have_no_value_instead_of_zero():
    GroupProgress.objects.all().delete()
    output, code = run("2018", "--format", "json")
    missing = {row["id"] for row in json.loads(output) if row["value"] is None}
    assert code == 1
    assert missing == {
        f"{code}.{what}" for code in ("industry", "technology", "product") for what in ("completed", "rate")
    }


def revise_a_provincial_plan():
    provincial = {"project__enlistments__provincial": True, "project__category__code": "industry"}
    plan = AnnualPlan.objects.filter(year=2018, **provincial).first()
    with unguarded():
        plan.revise(amount=plan.amount - 6_000, reason="示例：调减。")
    progress.refresh_year(2018)


CHANGES = {
    "a talent leaves": (lambda: Talent.objects.filter(provincial_bar=False).first().delete(), {"talent.people"}),
    "a contract grows": (
        lambda: add(Contract.objects.filter(stage=Contract.Stage.SIGNED, company__tier=""), "amount", 100),
        {"investment.contract_amount"},
    ),
    "a contract falls back to signed": (
        lambda: Contract.objects.filter(
            pk=Contract.objects.filter(stage=Contract.Stage.PERFORMED).values("pk")[:1]
        ).update(stage=Contract.Stage.SIGNED),
        {"investment.performed", "investment.performed_amount"},
    ),
    "an article is withdrawn": (
        lambda: MediaReport.objects.filter(level="national").first().delete(),
        {"media.total", "media.national"},
    ),
    "a project loses its leader": (
        lambda: Project.objects.filter(pk=below_plan().pk).update(liaison_leader=None),
        {"liaison.projects"},
    ),
    "a product is finished a year later": (
        lambda: Project.objects.filter(category__code="product", stage=Stage.PRODUCTION).update(
            actual_finish="2019-03-01"
        ),
        {"product.in_production"},
    ),
    "a project of the collective start costs more": (
        lambda: add(Project.objects.filter(actual_start="2018-07-10"), "total_investment", 1000),
        {"event.start.amount", "plan.total_investment"},
    ),
    "a conference was double": (
        lambda: Activity.objects.filter(kind="conference").first().delete(),
        {"conference.meetings"},
    ),
    "a few visits less are still more than eighty": (
        lambda: [visit.delete() for visit in Activity.objects.filter(kind="visit")[:6]],
        set(),
    ),
    "too few visits": (
        lambda: [visit.delete() for visit in Activity.objects.filter(kind="visit")[:7]],
        {"liaison.visits"},
    ),
    "problems reopened": (lambda: Problem.objects.update(closed_on=None), {"liaison.problems_solved"}),
    "a patent is refused": (
        lambda: Result.objects.filter(
            project__enlistments__provincial=True, indicator__code="patents_granted"
        ).delete(),
        {"technology.patents"},
    ),
    "a provincial project is struck off the provincial list": (
        lambda: Enlistment.objects.filter(project__category__code="product").update(provincial=False),
        {"provincial.projects", "provincial.product"},
    ),
    "a provincial plan is revised": (
        revise_a_provincial_plan,
        {"industry.provincial_plan", "industry.provincial_rate"},
    ),
}


@pytest.mark.parametrize(("change", "moved"), CHANGES.values(), ids=CHANGES.keys())
def test_each_figure_follows_its_own_rows(change, moved):
    change()
    assert disagreeing() == moved


# When a value agrees


@pytest.mark.parametrize(
    ("value", "printed", "decimals", "at_least", "agrees"),
    [
        ("114.7857", "114.79", 2, False, True),
        ("82.5", "82", 0, False, False),
        ("81.5", "82", 0, False, True),
        ("85.95", "85.9", 1, False, False),
        ("85.85", "85.9", 1, False, True),
        ("80", "80", 0, True, True),
        ("79.9", "80", 0, True, False),
        ("1.96", "2", 0, False, True),
        (None, "0", 0, False, False),
        (None, "0", 0, True, False),
    ],
)
def test_agreement_is_at_the_printed_decimals_half_up_or_at_least(value, printed, decimals, at_least, agrees):
    figure = Published("figure", Decimal(printed), "项", decimals, at_least)
    assert figure.agrees_with(None if value is None else Decimal(value)) is agrees
