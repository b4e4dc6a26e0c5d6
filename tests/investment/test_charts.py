"""The figures that `static/js/charts.js` draws: literal values, roles instead of colours, nothing invented."""

import datetime
import json
import re
from decimal import Decimal

import pytest

from investment import charts, progress
from investment.models import PlannedMonth, ProgressYear
from investment.months import Month
from investment.overview import CurveMonth
from projects.models import Category, CategoryTarget, Register
from tests.factories import AnnualPlanFactory, CategoryFactory, MonthlyReportFactory, ProjectFactory, enlist

CURVE, BULLETS = "/charts/city-curve.json", "/charts/categories.json"


@pytest.fixture
def leader(client, cast):
    client.force_login(cast.leader)
    return client


@pytest.fixture
def project(db):
    """Plan 12 亿元; 0.5 亿元 in January, nothing approved in February, 2.5 亿元 in March."""
    project = ProjectFactory(category=CategoryFactory(code="industry", name="重大产业项目"))
    enlist(project)
    AnnualPlanFactory(project=project, amount=Decimal(120_000))
    MonthlyReportFactory(project=project, month=1, amount=Decimal(5_000))
    MonthlyReportFactory(project=project, month=3, amount=Decimal(25_000))
    progress.refresh_stale()
    return project


def roles(figure):
    return {trace["meta"]: trace for trace in figure["data"]}


def labels(figure):
    return [note["text"] for note in figure["layout"]["annotations"] if note["name"] != "unit"]


@pytest.mark.parametrize("address", [CURVE, BULLETS])
def test_charts_ask_for_a_login(client, project, address):
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("address", [CURVE, BULLETS])
def test_charts_are_kept_by_no_shared_cache(leader, project, address):
    response = leader.get(address)
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("address", [CURVE, BULLETS])
def test_charts_of_no_month_are_not_found(leader, project, address):
    assert leader.get(address, {"month": "2018-04"}).status_code == 404


@pytest.mark.parametrize("address", [CURVE, BULLETS])
def test_charts_of_an_empty_database_are_not_found(leader, address):
    assert leader.get(address).status_code == 404


@pytest.mark.parametrize("address", [CURVE, BULLETS])
def test_figures_carry_no_colour(leader, project, address):
    assert not re.search(r"color|#[0-9a-f]{3,6}|rgb", leader.get(address).content.decode())


def test_curve_gives_amounts_in_yi_and_nulls_for_what_is_not_known(leader, project):
    shown = roles(leader.get(CURVE, {"month": "2018-03"}).json())
    assert shown["month"]["x"] == [f"{month}月" for month in range(1, 13)]
    assert shown["month"]["y"] == [0.5, None, 2.5] + [None] * 9
    assert shown["actual"]["y"] == [0.5, 0.5, 3.0] + [None] * 9
    assert shown["plan"]["y"] == [float(month) for month in range(1, 13)]
    assert shown["actual"]["customdata"] == ["0.50 亿元", "0.50 亿元", "3.00 亿元"] + [""] * 9


def test_curve_ends_with_the_month_shown(leader, project):
    shown = roles(leader.get(CURVE, {"month": "2018-01"}).json())
    assert shown["actual"]["y"] == [0.5] + [None] * 11


def test_curve_keeps_the_planned_months_apart_from_the_time_progress(leader, project):
    plan = project.annual_plans.get()
    for month, amount in [(6, 40_000), (12, 80_000)]:
        PlannedMonth.objects.create(plan=plan, month=month, amount=Decimal(amount))
    progress.refresh_stale()
    shown = roles(leader.get(CURVE).json())
    assert shown["plan"]["y"] == [0.0] * 5 + [4.0] * 6 + [12.0]
    assert [round(amount, 2) for amount in shown["time"]["y"]] == [float(month) for month in range(1, 13)]


def test_curve_labels_its_lines_directly(leader, project):
    figure = leader.get(CURVE).json()
    assert figure["layout"]["showlegend"] is False
    assert labels(figure) == ["计划<br>12.00", "完成<br>3.00", "时间进度"]


def test_labels_of_plan_and_actual_move_apart_when_they_would_touch(leader, project):
    MonthlyReportFactory(project=project, month=12, amount=Decimal(85_000))
    progress.refresh_stale()
    notes = {note["name"]: note for note in leader.get(CURVE).json()["layout"]["annotations"]}
    assert (notes["plan"]["y"], notes["plan"]["yshift"]) == (12.0, 12)
    assert (notes["actual"]["y"], notes["actual"]["yshift"]) == (11.5, -12)


def test_a_figure_says_whose_it_is_of_which_month_and_as_of_when(leader, project):
    as_of = datetime.datetime(2018, 5, 2, 1, 30, tzinfo=datetime.UTC)
    ProgressYear.objects.filter(year=2018).update(as_of=as_of)
    told = {"subject": "张家界市", "month": "2018年3月", "as_of": "2018-05-02 09:30"}
    for address, title, unit in ((CURVE, "2018年累计完成投资", "亿元"), (BULLETS, "2018年各类别完成率", "%")):
        meta = leader.get(address, {"month": "2018-03"}).json()["layout"]["meta"]
        assert {name: meta[name] for name in ("title", "unit", *told)} == {"title": title, "unit": unit, **told}


def test_time_of_a_figure_is_never_older_than_that_of_the_page(leader, project):
    assert leader.get(CURVE).json()["layout"]["meta"]["as_of"] != "2018-05-02 09:30"
    as_of = datetime.datetime(2018, 5, 2, 1, 30, tzinfo=datetime.UTC)
    ProgressYear.objects.filter(year=2018).update(as_of=as_of)
    assert leader.get(CURVE).json()["layout"]["meta"]["as_of"] == "2018-05-02 09:30"


def year(done=(), planned=(), last_year=()):
    """The months of a year with the amounts to date, in 亿元."""
    columns = [[*amounts, *[None] * 12][:12] for amounts in (done, planned, last_year)]
    done, planned, before = (
        [None if amount is None else Decimal(amount) * 10_000 for amount in amounts] for amounts in columns
    )
    return [
        CurveMonth(Month(2018, at), "approved", plan, plan, to_date, to_date, None, None, earlier)
        for at, (to_date, plan, earlier) in enumerate(zip(done, planned, before, strict=True), start=1)
    ]


def test_last_year_is_a_line_of_its_own_with_its_label():
    figure = charts.city_curve(year(done=[1], planned=[12] * 12, last_year=["0.5"] * 12))
    line = roles(figure)["last-year"]
    assert (line["y"], line["customdata"][0], line["line"]) == ([0.5] * 12, "0.50 亿元", {"dash": "dash"})
    assert labels(figure) == ["计划<br>12.00", "上年 0.50", "完成 1.00", "时间进度"]


def test_three_labels_of_one_month_get_their_room_in_the_order_of_their_lines():
    figure = charts.city_curve(year(done=[10] * 12, planned=[12] * 12, last_year=[11] * 12))
    notes = {note["name"]: note for note in figure["layout"]["annotations"]}
    pixels = {
        name: notes[name]["y"] / 12 / 0.13 * 34 + notes[name]["yshift"] for name in ("actual", "last-year", "plan")
    }
    assert [round(pixels[name] - pixels["actual"]) for name in ("actual", "last-year", "plan")] == [0, 34, 68]


def test_a_year_with_one_month_has_a_marker_and_a_label():
    figure = charts.city_curve(year(done=[1]))
    line = roles(figure)["actual"]
    assert (line["y"], line["mode"]) == ([1.0, *[None] * 11], "lines+markers")
    assert labels(figure) == ["完成<br>1.00"]


def test_where_there_is_nothing_to_draw_a_sentence_says_so():
    for figure in (charts.city_curve(year()), charts.category_bullets([], Month(2018, 1))):
        assert (figure["data"], list(figure["layout"])) == ([], ["meta"])
        assert figure["layout"]["meta"]["empty"].startswith("还没有")


def test_the_whole_name_of_a_category_stands_where_the_label_is_cut(leader, project):
    Category.objects.update(name="重大产业与科技成果转化及产品创新融合示范项目")
    Register.touch()
    figure = leader.get(BULLETS, {"month": "2018-03"}).json()
    assert labels(figure)[0] == "重大产业与科技成果转化及产… · 投资"
    assert figure["layout"]["meta"]["places"] == ["重大产业与科技成果转化及产品创新融合示范项目（投资）"]
    assert roles(figure)["track"]["hovertemplate"] == [
        "重大产业与科技成果转化及产品创新融合示范项目<br>25.00%<extra></extra>"
    ]


def test_curve_of_a_second_year_lies_over_the_year_before(leader, project):
    MonthlyReportFactory(project=project, year=2019, month=2, amount=Decimal(40_000))
    progress.refresh_stale()
    figure = leader.get(CURVE, {"month": "2019-02"}).json()
    shown = roles(figure)
    assert shown["last-year"]["y"] == [0.5, 0.5] + [3.0] * 10
    assert shown["actual"]["y"] == [None, 4.0] + [None] * 10
    assert "last-year" not in roles(leader.get(CURVE, {"month": "2018-03"}).json())


def test_curve_without_plan_draws_neither_plan_nor_time(leader):
    project = ProjectFactory()
    MonthlyReportFactory(project=project, amount=Decimal(5_000))
    progress.refresh_stale()
    figure = leader.get(CURVE).json()
    assert list(roles(figure)) == ["month", "actual"]
    assert labels(figure) == ["完成<br>0.50"]


def test_curve_before_the_first_approved_report_is_no_line_at_zero(leader):
    AnnualPlanFactory(amount=Decimal(120_000))
    progress.refresh_stale()
    shown = roles(leader.get(CURVE).json())
    assert shown["actual"]["y"] == [None] * 12
    assert shown["plan"]["y"][-1] == 12.0


def test_bullets_show_each_completion_against_the_time_progress(leader, project):
    figure = leader.get(BULLETS, {"month": "2018-03"}).json()
    shown = roles(figure)
    assert shown["actual"]["x"] == [25.0]
    assert shown["time"]["x"] == [25.0]
    assert shown["track"]["x"] == [100]
    assert labels(figure) == ["重大产业项目 · 投资", "25.00%", "时间进度 25.00%"]


def test_bullet_over_100_percent_is_not_clipped(leader, project):
    MonthlyReportFactory(project=project, month=4, amount=Decimal(150_000))
    progress.refresh_stale()
    figure = leader.get(BULLETS).json()
    assert roles(figure)["actual"]["x"] == [150.0]
    assert figure["layout"]["xaxis"]["range"][1] > 150
    assert "150.00%" in labels(figure)


def test_category_counted_by_people_is_measured_against_its_target(leader, project):
    talent = CategoryFactory(code="talent", name="科技创新人才", counts=Category.Counts.PEOPLE, order=1)
    action_plan = project.action_plans.get()
    CategoryTarget.objects.create(action_plan=action_plan, category=talent, target=10)
    figure = leader.get(BULLETS).json()
    assert roles(figure)["actual"]["x"] == [25.0, 0.0]
    assert labels(figure)[2:4] == ["科技创新人才 · 引进人数", "0.00%"]


def test_category_without_plan_has_no_bar(leader, project):
    CategoryFactory(code="empty", name="空类别", order=1)
    figure = leader.get(BULLETS).json()
    assert roles(figure)["actual"]["x"] == [25.0, None]
    assert labels(figure)[2:4] == ["空类别", "尚无计划或目标"]


def test_names_stay_plain_text_in_the_figure(leader, project):
    category = project.category
    category.name = "<b>x</b>"
    category.save()
    assert labels(leader.get(BULLETS).json())[0] == "&lt;b&gt;x&lt;/b&gt; · 投资"


def test_long_name_leaves_room_for_the_rate(leader, project):
    CategoryFactory(code="long", name="科技成果转化与关键共性技术创新示范项目", order=1)
    assert labels(leader.get(BULLETS).json())[2] == "科技成果转化与关键共性技术…"


def test_answer_is_strict_json(leader, project):
    def refuse(constant):
        raise AssertionError(constant)

    json.loads(leader.get(CURVE).content, parse_constant=refuse)
