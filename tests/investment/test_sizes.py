"""A year of any size: with no project, without plans, with one, with three, with ten thousand."""

import datetime
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from investment import progress
from investment.models import AnnualPlan, GroupProgress, MonthlyReport, Period, ProjectProgress
from investment.months import CADENCES
from investment.places import GROUPINGS
from investment.tiles import MEASURES
from projects.models import Enlistment, Organisation, Problem, Project, Register
from projects.money import format_yi
from tests.factories import AreaFactory, CategoryFactory, OfficialFactory, enlist
from tests.pages import said
from tests.refusals import unguarded

MANY = 10_000
CATEGORIES, AREAS, LEADERS, UNITS = 5, 6, 40, 2_000  # at most
REPORTED, CLOSED = 3, 2  # months of the year; shown is the last that is closed
HEAVIEST_KB = 400  # of a page or a chart, however many projects there are
MOST_QUERIES = 60  # of a page with nothing kept


def a_year_of(number: int) -> SimpleNamespace:
    """So many projects of 2018, in bulk, reported up to March; one in ten was there in 2017. February is closed.

    Each lags and has a problem, a visit and a result, so that no part of a page is left out, whatever the number.
    """
    rows = _projects(number)
    _year(rows, 2018, REPORTED)
    _year(rows[::10], 2017, 12)
    Problem.objects.bulk_create(
        Problem(project=row, kind="land", description="示例", raised_on="2018-01-05", deadline="2018-02-01")
        for row in rows
    )
    _analyze(Project, Enlistment, AnnualPlan, MonthlyReport, Problem)
    for year in (2017, 2018):
        progress.refresh_year(year)
    _analyze(ProjectProgress, GroupProgress)
    Period.objects.filter(year=2017).update(closed_at=timezone.now())
    Period.objects.filter(year=2018, month__lte=CLOSED).update(closed_at=timezone.now())
    Register.touch()
    return SimpleNamespace(first=rows[0], total=sum(map(amount_of, range(number))) * CLOSED)


def _analyze(*filled: type[Model]) -> None:
    """What the database does by itself after a commit, and a test never commits."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in filled)}")


def amount_of(index: int) -> Decimal:
    """What a project reports each month, in 万元."""
    return Decimal(index % 97) + Decimal("0.25")


def _projects(number: int) -> list[Project]:
    categories = [CategoryFactory(code=f"c{each}") for each in range(min(number, CATEGORIES))]
    areas = [AreaFactory(name=f"示例区 {each}") for each in range(min(number, AREAS))]
    leaders = [OfficialFactory() for _ in range(min(number, LEADERS))]
    units = Organisation.objects.bulk_create(
        Organisation(name=f"示例单位 {each} 之 {number}", kind=Organisation.Kind.COMPANY, area=areas[each % len(areas)])
        for each in range(min(number, UNITS))
    )
    rows = [
        Project(
            code=f"S-{number}-{each}",
            name=f"示例·项目 {each}",
            is_sample=True,
            category=categories[each % len(categories)],
            area=areas[each % len(areas)],
            liaison_leader=leaders[each % len(leaders)],
            responsible_unit=units[each % len(units)],
            total_investment=Decimal(5000),
            planned_start=datetime.date(2018, 1, 10),
            search_text=f"示例 {each}",
        )
        for each in range(number)
    ]
    return list(Project.objects.bulk_create(rows, batch_size=500))


def _year(rows: list[Project], year: int, months: int) -> None:
    plan = enlist(rows[0], year=year).action_plan
    Enlistment.objects.bulk_create(
        (Enlistment(action_plan=plan, project=row, nature=2) for row in rows[1:]), batch_size=500
    )
    AnnualPlan.objects.bulk_create(
        (AnnualPlan(project=row, year=year, amount=Decimal(1200)) for row in rows), batch_size=500
    )
    approved = {"year": year, "state": MonthlyReport.State.APPROVED, "stage": 3, "image_progress": "主体施工"}
    MonthlyReport.objects.bulk_create(
        (
            MonthlyReport(project=row, month=month, amount=amount_of(index), **approved)
            for month in range(1, months + 1)
            for index, row in enumerate(rows)
        ),
        batch_size=500,
    )


def addresses(first: Project) -> dict[str, str]:
    """Every address of the leaders' view, under a name without ids."""
    keys = {code: getattr(first, grouping.column) for code, grouping in GROUPINGS.items()}
    of_group = {f"{each} of one": f"/{each}/{keys[code]}/" for each, code in RANKINGS.items()}
    curves = {f"curve of one {code}": f"/charts/{code}/{key}.json" for code, key in keys.items()}
    sheets = {f"sheet of one {code}": f"/months/{code}/{key}/export.xlsx" for code, key in keys.items()}
    chosen = urlencode({"lamp": "far-behind", "q": "示例", "area": keys["area"]})
    fixed = [
        "/", *(f"/{each}/" for each in RANKINGS), "/projects/", "/wall/", "/wall/data/", "/lamps/", "/map/",
        *(f"/map/?measure={each.code}" for each in MEASURES), *(f"/cadence/?by={code}" for code in CADENCES),
        "/computed/", "/computed/reports/", "/computed/revised/", "/computed/unplanned/", "/computed/silent/",
        "/completeness/", "/charts/city-curve.json", "/charts/categories.json", "/charts/cadence.json?by=year",
        *(f"/{each}/export.xlsx" for each in ("projects", "months", *RANKINGS)),
    ]  # fmt: skip
    filtered = [*(f"/{each}/" for each in ("projects", *RANKINGS)), "/projects/export.xlsx", "/charts/city-curve.json"]
    return {
        **{each: each for each in fixed},
        **{f"{each} chosen": f"{each}?{chosen}" for each in filtered},
        **of_group, **curves, **sheets,
        "project": f"/projects/{first.pk}/", "its year": f"/charts/projects/{first.pk}.json",
        "its figure": f"/computed/?project={first.pk}", "figure of one area": f"/computed/?area={keys['area']}",
    }  # fmt: skip


RANKINGS = {"categories": "category", "areas": "area", "leaders": "leader", "units": "unit"}


def body_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def seen(client, year, *, workbooks=True):
    """Of each address its status and how many queries it takes with nothing kept, then what it weighs in kB."""
    found = {}
    for name, address in addresses(year.first).items():
        if not workbooks and "xlsx" in address:
            continue
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
            body = body_of(answer)
        found[name] = (answer.status_code, len(queries), len(body) // 1000)
    return found


@pytest.fixture
def leader(client, cast):
    client.force_login(cast.leader)
    client.get("/todo/")  # the first page of a session asks more
    return client


def test_a_year_with_one_project_has_every_page(leader):
    year = a_year_of(1)
    found = seen(leader, year)
    assert {name: row[0] for name, row in found.items() if row[0] != 200} == {}
    assert "累计完成投资 0.00 亿元，占年度计划 0.12 亿元的 0.04%" in said(leader.get("/"))


def test_a_year_without_projects_says_what_to_do_next(leader):
    for page in ("/", *(f"/{each}/" for each in RANKINGS), "/projects/", "/cadence/", "/computed/", "/map/"):
        answer = leader.get(page)
        assert (page, answer.status_code, "还没有" in said(answer)) == (page, 200, True)
    assert leader.get("/wall/").status_code == 200


def test_no_page_takes_more_queries_for_more_projects(leader):
    three = {name: row[1] for name, row in seen(leader, a_year_of(3)).items()}
    with unguarded():  # the months of the first three are closed
        thirty = {name: row[1] for name, row in seen(leader, a_year_of(30)).items()}
    assert {name: (three[name], thirty[name]) for name in three if thirty[name] > three[name]} == {}


def test_ten_thousand_projects_are_cut_into_pages_and_add_up(leader):
    year = a_year_of(MANY)
    found = seen(leader, year, workbooks=False)
    assert {name: row for name, row in found.items() if row[0] != 200} == {}
    assert {name: row for name, row in found.items() if row[1] > MOST_QUERIES or row[2] > HEAVIEST_KB} == {}
    assert f"累计完成投资 {format_yi(year.total)} 亿元" in said(leader.get("/"))
    assert leader.get("/projects/").context["count"] == MANY
