"""'My month': which rows stand there, what each says, and that two hundred of them cost no more questions than one."""

import datetime
import json
import re
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from investment.background import backgrounds
from investment.models import Correction, MonthlyReport, Period, Reopening
from investment.month_grid import YearBefore, grid_of, shown, years_before
from investment.months import Month
from projects.models import Project
from tests.factories import MonthlyReportFactory, ProjectFactory, project_with
from tests.pages import said

pytestmark = pytest.mark.django_db
State, Kind = MonthlyReport.State, MonthlyReport.Kind
MARCH = Month(2018, 3)


@pytest.fixture
def months(cast):
    for number in (1, 2, 3):
        Period.objects.create(year=2018, month=number)


def close(*numbers):
    Period.objects.filter(month__in=numbers).update(closed_at=timezone.now())


def own(cast, plan=1200, reports=(100, 100), state=State.EXPECTED, amount=None, **fields):
    """A project of the reporter with its report of March."""
    project = project_with(plan, reports, responsible_unit=cast.reporter.organisation)
    MonthlyReportFactory(
        project=project, month=3, state=state, amount=None if amount is None else Decimal(amount), **fields
    )
    return project


def row(cast):
    (found,) = grid_of(cast.reporter, "2018-03").rows
    return found


def test_the_rows_are_the_reports_that_the_account_types(cast, months):
    mine = own(cast)
    project_with(1200, [100, 100, 100], responsible_unit=cast.neighbour.organisation)
    assert [each.project for each in grid_of(cast.reporter, "2018-03").rows] == [mine.pk]
    assert grid_of(cast.reviewer, None) is None


def test_a_project_without_a_report_is_not_due(cast, months):
    own(cast)
    idle = ProjectFactory(responsible_unit=cast.reporter.organisation)
    assert grid_of(cast.reporter, "2018-03").not_due == [idle.name]


def test_the_month_shown_is_the_earliest_that_is_open(cast, months):
    own(cast)
    assert grid_of(cast.reporter, None).month == Month(2018, 1)
    close(1, 2)
    assert grid_of(cast.reporter, None).month == MARCH
    close(3)
    assert grid_of(cast.reporter, None).month == MARCH


def test_figures_of_a_row(cast, months):
    own(cast, reports=(100, 150), state=State.DRAFT, amount="50.5")
    found = row(cast)
    assert found.year == YearBefore(planned=Decimal(1200), before=Decimal(250), last=Decimal(150))
    assert (shown(found.amount), shown(found.year_to_date), found.rate) == ("50.50", "300.50", Decimal("25.04"))


def test_the_year_before_agrees_with_what_amounts_are_judged_by(cast):
    unit = {"responsible_unit": cast.reporter.organisation}
    projects = [project_with(1200, [100, None, 50], **unit), project_with(None, [7], **unit), project_with(9, **unit)]
    projects.append(ProjectFactory(**unit))
    report = MonthlyReport.objects.get(project=projects[0], month=3)
    Correction.objects.create(
        report=report,
        old_amount=Decimal(50),
        new_amount=Decimal(20),
        reason="多计",
        proposed_by=cast.reporter,
        decided_by=cast.office,
        decided_at=timezone.now(),
        state=Correction.State.APPROVED,
    )
    keys = [project.pk for project in projects]
    for month in (Month(2018, 2), MARCH, Month(2018, 4), Month(2019, 1)):
        judged = backgrounds(keys, month)
        years = years_before(cast.reporter, month)
        assert {pk: years[pk] for pk in keys} == {
            pk: YearBefore(judged[pk].planned, judged[pk].before, judged[pk].last) for pk in keys
        }


@pytest.mark.parametrize(
    ("fields", "word", "lacks", "editable"),
    [
        ({}, "未填报", "未填本月完成投资", True),
        ({"state": State.DRAFT, "amount": 0}, "已保存", "", True),
        ({"state": State.DRAFT, "image_progress": "封顶"}, "已保存，未填完", "未填本月完成投资", True),
        (
            {"state": State.DRAFT, "amount": 5000, "doubts": ["tenfold", "over-plan"]},
            "待确认：与平时悬殊",
            "与平时悬殊，未写明原因",
            True,
        ),
        ({"state": State.DRAFT, "amount": 5000, "doubts": ["tenfold"], "explanation": "补计"}, "已保存", "", True),
        (
            {"state": State.RETURNED, "amount": 9, "return_reason": "请核实"},
            "已退回，请修改",
            "已退回，还没有修改",
            True,
        ),
        ({"state": State.SUBMITTED, "amount": 9}, "已报送", "", False),
        ({"state": State.PASSED, "amount": 9}, "初审通过", "", False),
        ({"state": State.APPROVED, "amount": 9}, "已审定", "", False),
        ({"state": State.EXCUSED, "excuse_reason": "停工"}, "免报：停工", "未填本月完成投资", False),
        ({"state": State.MISSING}, "缺报", "未填本月完成投资", False),
        ({"kind": Kind.PROCEDURES}, "未填报", "未填手续办理情况", True),
        ({"kind": Kind.PROCEDURES, "state": State.DRAFT, "image_progress": "已立项"}, "已保存", "", True),
    ],
)
def test_a_row_says_how_far_it_is_and_what_it_lacks(cast, months, fields, word, lacks, editable):
    own(cast, **fields)
    found = row(cast)
    assert (found.state.word, found.lacks, found.editable) == (word, lacks, editable)


def lines(client, user):
    """The rows as the page draws them."""
    client.force_login(user)
    page = client.get("/month/?month=2018-03").content.decode()
    return json.loads(re.search(r'<script id="month-lines"[^>]*>(.*?)</script>', page)[1])


def test_kinds_of_empty_are_told_apart(client, cast, months):
    for fields in ({}, {"state": State.SUBMITTED, "amount": 0}, {"state": State.EXCUSED, "excuse_reason": "停工"}):
        own(cast, **fields)
    idle = ProjectFactory(responsible_unit=cast.reporter.organisation)
    assert [(line["amount"], line["shape"], line["word"]) for line in lines(client, cast.reporter)] == [
        ("", "○", "未填报"),
        ("0.00", "▲", "已报送"),
        ("", "◇", "免报：停工"),
    ]
    text = said(client.get("/month/?month=2018-03"))
    assert "3 个项目：未填 1、已报送 1、免报 1" in text
    assert f"本月无需填报 1 个 {idle.name}" in text


def test_names_cannot_end_the_data_of_the_page(client, cast, months):
    project = own(cast)
    project.name = "示例·</script><b>&"
    project.save()
    assert [line["name"] for line in lines(client, cast.reporter)] == [project.name]


def test_what_was_typed_before_an_excuse_is_not_shown(cast, months):
    own(cast, state=State.EXCUSED, amount=77, excuse_reason="停工")
    assert shown(row(cast).amount) == ""


def test_a_closed_month_takes_nothing(client, cast, months):
    own(cast)
    close(3)
    assert [line["editable"] for line in lines(client, cast.reporter)] == [False]
    assert "关账" in said(client.get("/month/?month=2018-03"))


def test_a_reopened_report_of_a_closed_month_is_typed_until_the_day_named(cast, months):
    project = own(cast)
    close(3)
    report = MonthlyReport.objects.get(project=project, month=3)
    Reopening.objects.create(report=report, reason="漏报", until_on=datetime.date(2018, 4, 10), by=cast.office)
    with time_machine.travel("2018-04-10T15:00:00+08:00", tick=False):
        assert row(cast).editable is True
    with time_machine.travel("2018-04-11T00:01:00+08:00", tick=False):
        assert row(cast).editable is False


def test_the_page_counts_the_days(client, cast, months):
    own(cast)
    client.force_login(cast.reporter)
    for now, text in [("2018-03-22", "还有 3 天"), ("2018-03-25", "今天截止"), ("2018-03-26", "已逾期")]:
        with time_machine.travel(f"{now}T12:00:00+08:00", tick=False):
            client.force_login(cast.reporter)
            assert text in said(client.get("/month/?month=2018-03"))


def test_without_a_report_the_page_says_when_there_will_be_one(client, cast):
    client.force_login(cast.reporter)
    assert "现在没有要填报的月报" in said(client.get("/month/"))


@pytest.mark.parametrize("month", ["2018-04", "2018-13", "bald"])
def test_a_month_without_reports_is_not_there(client, cast, months, month):
    own(cast)
    client.force_login(cast.reporter)
    assert client.get(f"/month/?month={month}").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(client, cast, months, number):
    for _ in range(number):
        own(cast)
    client.force_login(cast.reporter)
    with CaptureQueriesContext(connection) as queries:
        client.get("/month/?month=2018-03")
    assert len(queries) == 9


# ---- beside a row ----


def side(client, project):
    return client.get(reverse("month_side", args=[project.pk, "2018-03"]))


def test_the_side_has_the_year_and_the_last_texts(client, cast, months):
    project = own(cast, reports=(100, 150), state=State.DRAFT, amount=100)
    MonthlyReport.objects.filter(project=project, month=2).update(image_progress="主体施工至三层")
    client.force_login(cast.reporter)
    page = side(client, project)
    text = said(page)
    for line in (
        "年度计划 1,200.00 万元",
        "本月之前累计 250.00 万元",
        "本年累计 350.00 万元",
        "占年度计划 29.17%",
        "累计计划 300.00 万元",
        "较时间进度 +4.17 个百分点",
        "2018年2月 150.00 万元",
        "2017年12月 未报送",
    ):
        assert line in text
    assert 'data-last="主体施工至三层"' in page.content.decode()


def test_the_side_says_what_is_odd_and_asks_why(client, cast, months):
    project = own(cast, reports=(100, 150), state=State.DRAFT, amount=150, doubts=["same"])
    client.force_login(cast.reporter)
    text = said(side(client, project))
    assert "本月数与上月完全相同（150.00 万元）。是否照抄了上月？ 若属实，请写明原因后报送。" in text


def test_the_side_of_a_settled_report_takes_nothing(client, cast, months):
    project = own(cast, state=State.SUBMITTED, amount=1)
    client.force_login(cast.reporter)
    page = side(client, project)
    assert b"data-field" not in page.content
    assert "已报送，不能修改。" in said(page)


def test_the_side_of_anothers_project_is_not_there(client, cast, months):
    project = own(cast)
    client.force_login(cast.neighbour)
    assert side(client, project).status_code == 404
    assert Project.objects.count() == 1
