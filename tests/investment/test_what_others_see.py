"""What a reader may not see changes nothing that he or she reads: neither a page nor a chart nor a workbook."""

import datetime
import re
from io import BytesIO

import openpyxl
import pytest
from django.core.cache import cache

from investment import progress
from investment.models import ProgressYear, RefreshRun
from investment.months import CADENCES
from investment.tiles import MEASURES
from projects.models import Activity, AreaShape, Contract, Problem, Register
from tests.factories import AreaFactory, CategoryFactory, OfficialFactory, OrganisationFactory, correct, project_with

AS_OF = datetime.datetime(2018, 3, 1, tzinfo=datetime.UTC)
PARTS = ("reports", "corrected", "revised", "unplanned", "silent")
RANKINGS = ("categories", "areas", "leaders", "units")
# What moves with each run, and not with what is shown.
MOVES = re.compile(r'csrfmiddlewaretoken" value="[^"]*"|第 \d+ 次|projects="\d+"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^"<]*')

EVERYBODYS = [
    "/", *(f"/{each}/" for each in RANKINGS), "/projects/", "/projects/?q=示例", "/projects/?lamp=far-behind",
    *(f"/{each}/?lamp=far-behind" for each in RANKINGS), "/wall/", "/wall/data/",
    *(f"/map/?measure={each.code}" for each in MEASURES), *(f"/cadence/?by={code}" for code in CADENCES),
    "/computed/", "/computed/?figure=planned_year", *(f"/computed/{part}/" for part in PARTS),
    "/charts/city-curve.json", "/charts/city-curve.json?lamp=far-behind", "/charts/categories.json",
    "/charts/cadence.json?by=month", *(f"/{each}/export.xlsx" for each in ("projects", "months", *RANKINGS)),
]  # fmt: skip
CITYS = ["/lamps/"]
NAMING = [
    "/projects/{project}/", "/charts/projects/{project}.json", "/computed/?project={project}",
    *(f"/computed/{part}/?project={{project}}" for part in PARTS),
    *(f"/{page}/{{{code}}}/" for page, code in zip(RANKINGS, ("category", "area", "leader", "unit"), strict=True)),
    *(address.format(code=code, key=f"{{{code}}}") for code in ("category", "area", "leader", "unit") for address in (
        "/charts/{code}/{key}.json", "/months/{code}/{key}/export.xlsx", "/computed/?{code}={key}",
        "/computed/reports/?{code}={key}", "/charts/city-curve.json?{code}={key}", "/projects/export.xlsx?{code}={key}",
        "/charts/categories.json?{code}={key}", "/charts/cadence.json?by=month&{code}={key}",
    )),
]  # fmt: skip
CHOOSING = ["/projects/", *(f"/{each}/" for each in RANKINGS)]


@pytest.fixture
def own(cast):
    """A project of each reporter's unit in the reviewer's district."""
    for person in (cast.reporter, cast.neighbour):
        planned(person.organisation, name="示例·自己的", area=cast.reviewer.organisation.area)
    count()


def canary(cast):
    """One project of yet another unit in another district, of everything that pages tell."""
    area = AreaFactory(name="金丝雀区")
    leader, unit = OfficialFactory(post="示例·金丝雀领导"), OrganisationFactory(name="金丝雀单位", area=area)
    project = planned(unit, name="示例·金丝雀", area=area, category=CategoryFactory(code="canary", name="金丝雀类别"),
                      liaison_leader=leader)  # fmt: skip
    for other, plan, reports in (("没有计划", None, [7777]), ("没有月报", 7777, [])):
        project_with(plan, reports, name=f"示例·金丝雀{other}", area=area, responsible_unit=unit)
    day = datetime.date(2018, 1, 5)
    Problem.objects.create(project=project, kind="land", description="金丝雀", raised_on=day, deadline=day)
    Activity.objects.create(project=project, leader=leader, kind="visit", held_on=day, title="金丝雀")
    Contract.objects.create(project=project, company=unit, kind="formal", signed_on=day, amount=7777)
    AreaShape.objects.create(area=area, outline=[[0, 0, 9, 0, 9, 9]], points=3)
    plan = project.annual_plans.get()
    plan.revise(amount=plan.amount + 1, effective_month=2, reason="金丝雀")
    correct(project.monthly_reports.get(month=3), 2)
    count()
    return {
        "project": project.pk, "area": area.pk, "category": project.category_id, "leader": leader.pk, "unit": unit.pk,
    }  # fmt: skip


def planned(unit, **fields):
    return project_with(7777, [77, 7, 1], responsible_unit=unit, **fields)


def count():
    """Count what waits; the time of the figures stays the same."""
    progress.refresh_stale()
    ProgressYear.objects.update(as_of=AS_OF)
    RefreshRun.objects.update(finished_at=AS_OF)
    Register.touch()


def read(client, user, addresses):
    """What stands under each address, with nothing kept and without what moves."""
    client.force_login(user)
    found = {}
    for address in addresses:
        cache.clear()
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        is_sheet = answer.headers["Content-Type"].endswith(".sheet")
        text = "<".join(map(str, openpyxl.load_workbook(BytesIO(body)).active.values)) if is_sheet else body.decode()
        found[address] = (answer.status_code, MOVES.sub("", text))
    return found


def test_what_others_do_changes_nothing_that_one_reads(client, cast, own):
    people = (cast.reporter, cast.neighbour, cast.reviewer)
    before = {user: read(client, user, EVERYBODYS + CITYS) for user in people}
    everything = read(client, cast.leader, EVERYBODYS + CITYS)
    canary(cast)
    for address, (status, text) in read(client, cast.leader, EVERYBODYS + CITYS).items():
        assert (address, status) == (address, 200)
        assert text != everything[address][1], f"{address} has nothing to hide"
    for user in people:
        after = read(client, user, EVERYBODYS + CITYS)
        assert [address for address in after if after[address] != before[user][address]] == []
        assert {address for address in after if after[address][0] != 200} == set(CITYS)


def test_what_belongs_to_others_is_not_found_by_its_number(client, cast, own):
    keys = canary(cast)
    addresses = [address.format(**keys) for address in NAMING]
    refused = [address for address, (status, _) in read(client, cast.leader, addresses).items() if status != 200]
    assert refused == []
    for user in (cast.reporter, cast.neighbour, cast.reviewer):
        told = [address for address, (status, _) in read(client, user, addresses).items() if status != 404]
        assert told == []


@pytest.mark.parametrize("code", ["category", "area", "leader", "unit"])
def test_what_belongs_to_others_is_no_filter(client, cast, own, code):
    keys = canary(cast)
    addresses = [f"{address}?{code}={keys[code]}" for address in CHOOSING]
    for address, (_, text) in read(client, cast.leader, addresses).items():
        assert "金丝雀" in text, address
    for user in (cast.reporter, cast.neighbour, cast.reviewer):
        for address, (status, text) in read(client, user, addresses).items():
            assert (address, status, "金丝雀" in text) == (address, 200, False)
            assert "或者您没有查看的权限" in text
