"""Every number that leads to a list is what the list adds up to: on random data, for a whole city and for parts of it.

The links of the overview, the rankings, the pages of groups and the lists are followed, with and without filters; the
count or the amount that was clicked must stand in the list's own sum.
"""

import datetime
import random
import re
from decimal import Decimal
from functools import lru_cache
from html import unescape
from urllib.parse import urlencode

import pytest
from django.utils.html import strip_tags

from investment import progress
from investment.cadence import within
from investment.lamps import LAMPS
from investment.months import CADENCES
from projects.models import Area, Category, Level, Nature, Problem, Register, Stage, Status
from projects.money import format_yi
from projects.templatetags.money import rate
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    ProjectFactory,
    city,
    project_with,
)

SHAPES = (1, 2, 3)
MONTHS = 4
LINK = re.compile(r'<a\s[^>]*?href="(/projects/\?[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
COUNT = re.compile(r"([\d,]+) ?[个项人]?")
AMOUNT = re.compile(r"[\d,]+\.\d\d")
RANKINGS = ("categories", "areas", "leaders", "units")


def amount(dice):
    """Nothing reported, zero, next to nothing, usual, or large."""
    return dice.choice([None, 0, Decimal("0.01"), dice.randrange(1, 500), Decimal(dice.randrange(10**9)) / 100])


def throw(dice, cast):
    """A year of a city: with and without plan, area, leader and unit, packages, months of zero and of nothing."""
    areas = [AreaFactory(name=name) for name in ("慈利县", "桑植县")] + [city()]
    categories = [CategoryFactory(code=code) for code in ("industry", "technology")]
    categories.append(CategoryFactory(code="talent", counts=Category.Counts.PEOPLE))
    units = [cast.reporter.organisation, cast.neighbour.organisation, OrganisationFactory(), None]
    leaders = [cast.leader.official, OfficialFactory(), None]
    projects = []
    for _ in range(dice.choice([1, 9, 14])):
        projects.append(
            project_with(
                plan=dice.choice([None, 0, dice.randrange(1, 10**6), Decimal(dice.randrange(1, 10**8)) / 100]),
                reports=[amount(dice) for _ in range(MONTHS)], nature=dice.choice([None, *Nature]),
                area=dice.choice(areas), category=dice.choice(categories), responsible_unit=dice.choice(units),
                owner=dice.choice(units), liaison_leader=dice.choice(leaders), level=dice.choice(list(Level)),
                stage=dice.choice(list(Stage)), status=dice.choice(list(Status)),
                planned_start=datetime.date(2018, dice.randint(1, 12), 1),
                parent=dice.choice([None, None, *projects]),
            )
        )  # fmt: skip
    project_with(plan=100, reports=[1] * MONTHS, responsible_unit=cast.reporter.organisation)
    ProjectFactory(responsible_unit=cast.reporter.organisation)  # in no year
    for project in dice.sample(projects, len(projects) // 2):
        day = datetime.date(2018, 1, 5)
        Problem.objects.create(project=project, kind="land", description="用地", raised_on=day, deadline=day)
        if not project.monthly_reports.filter(month=MONTHS).exists():
            MonthlyReportFactory(project=project, month=MONTHS, state=0, amount=None)
    progress.refresh_stale()
    Register.touch()


def thrown(client, cast, seed, who):
    """A year thrown by these dice, and somebody who reads it."""
    dice = random.Random(seed)
    throw(dice, cast)
    client.force_login(getattr(cast, who))
    return dice


def leading(response):
    """The addresses of lists on a page, each with the number that leads there."""
    for address, text in LINK.findall(response.content.decode()):
        said = " ".join(unescape(strip_tags(text)).split())
        if COUNT.fullmatch(said) or AMOUNT.fullmatch(said):
            yield unescape(address), said


@pytest.fixture
def list_of(client):
    """What the page of an address is made of, asked for once."""
    return lru_cache(maxsize=None)(lambda address: client.get(address).context)


def check(list_of, response):
    """Follow each number of a page; gives how many there were."""
    numbers = list(leading(response))
    for address, said in numbers:
        found = list_of(address)
        if AMOUNT.fullmatch(said):
            figures = found["total"].figures
            sums = {format_yi(each) for each in (figures.amount, figures.year_to_date, figures.planned_year)}
            assert said in {*sums, rate(figures.rate), *in_span(found.get("done"))}, (address, said)
        else:
            assert int(COUNT.fullmatch(said)[1].replace(",", "")) == found["count"], (address, said)
    return len(numbers)


def in_span(done):
    """What a list says of its quarter or another span."""
    if done is None:
        return set()
    amounts = {format_yi(each) for each in (done.amount, done.planned) if each is not None}
    return {*amounts, rate(done.rate)} if done.rate is not None else amounts


def check_row(list_of, row):
    """A row of a ranking beside the sum of the list that it leads to."""
    total = list_of(row.all_projects)["total"]
    for name in ("projects", "planned_projects", "planned_year", "year_to_date", "amount", "planned_to_date"):
        assert getattr(row.figures, name) == getattr(total.figures, name), (row.all_projects, name)
    assert row.reported == total.approved, row.all_projects
    assert row.figures.rate == total.figures.rate


def filters(dice):
    """No filters, and some that choose something."""
    lamp, level = dice.choice(LAMPS).code, dice.choice(list(Level)).value
    some = [
        {"leader": "0"}, {"unit": "0"}, {"lamp": lamp}, {"level": level}, {"nature": Nature.NEW.value},
        {"q": "nc", "month": "2018-02"}, {"lamp": lamp, "q": "示例", "month": "2018-03"}, {"attention": "no-leader"},
        {"area": city().pk}, {"category": Category.objects.first().pk, "level": level},
        {"area": Area.objects.get(name="慈利县").pk},
    ]  # fmt: skip
    return [{}, *dice.sample(some, 3)]


@pytest.mark.parametrize("who", ["office", "reviewer", "reporter"])
@pytest.mark.parametrize("seed", SHAPES)
def test_every_number_that_leads_to_a_list_is_the_lists_own_sum(client, cast, list_of, seed, who):
    dice = thrown(client, cast, seed, who)
    followed = check(list_of, client.get("/"))
    for query in filters(dice):
        for page in RANKINGS:
            response = client.get(f"/{page}/?{urlencode(query)}")
            if "ranking" not in response.context:
                assert list_of(f"/projects/?{urlencode(query)}")["count"] == 0
                continue
            ranking = response.context["ranking"]
            followed += check(list_of, response)
            rows = [*ranking.rows, ranking.total, *([ranking.nobody] if ranking.nobody else [])]
            assert sum(row.projects for row in rows) == 2 * ranking.total.projects
            for row in rows:
                check_row(list_of, row)
            for row in [row for row in ranking.rows if row.page][:2]:
                followed += check(list_of, client.get(row.page))
    assert followed > 30


@pytest.mark.parametrize("who", ["office", "reporter"])
@pytest.mark.parametrize("seed", SHAPES)
def test_every_point_of_a_curve_leads_to_its_list(client, cast, list_of, seed, who):
    dice = thrown(client, cast, seed, who)
    for query in filters(dice):
        response = client.get(f"/charts/city-curve.json?{urlencode(query)}")
        if response.status_code == 404:
            assert list_of(f"/projects/?{urlencode(query)}")["count"] == 0
            continue
        figure = response.json()
        done = next(trace for trace in figure["data"] if trace["meta"] == "actual")["customdata"]
        followed = [each for each in zip(figure["layout"]["meta"]["links"], done, strict=True) if all(each)]
        for link, said in followed:
            assert said == f"{format_yi(list_of(link)['total'].figures.year_to_date)} 亿元", link
        if "lamp" in query or "attention" in query:
            assert len(followed) <= 1


@pytest.mark.parametrize("who", ["office", "reporter"])
@pytest.mark.parametrize("seed", SHAPES)
def test_every_number_of_a_quarter_or_month_leads_to_its_list(client, cast, list_of, seed, who):
    dice = thrown(client, cast, seed, who)
    followed = 0
    for query in filters(dice):
        for by in CADENCES:
            response = client.get(f"/cadence/?{urlencode({**query, 'by': by})}")
            followed += check(list_of, response) if "review" in response.context else 0
    assert followed > 30
    listed = list_of("/projects/?by=quarter&month=2018-04")
    rows = within(listed["asked"].rows, listed["review"].span)
    done = [project.done for project in rows if project.done is not None]
    assert (sum(done) if done else None) == listed["done"].amount
    assert sum(project.due or 0 for project in rows) == (listed["done"].planned or 0)


def test_a_list_by_what_is_no_span_is_not_found(client, cast):
    thrown(client, cast, 1, "leader")
    assert client.get("/projects/?by=week").status_code == 404
