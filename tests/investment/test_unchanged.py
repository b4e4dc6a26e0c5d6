"""Pages of figures are sent once: what a browser still has is answered with 304, and nobody gets another's page."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from investment import progress, tasks
from investment.lamp_adoption import adopt_rules
from investment.lamps import FAR_BEHIND, Measure
from investment.models import LampRules, MonthlyReport, Notice, Period
from investment.models.lamp_rules import rules_of
from investment.periods import close_period
from projects.models import Activity, AreaShape, Problem, Register
from tests.factories import (
    AnnualPlanFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    ProjectFactory,
    enlist,
)
from tests.pages import said

NAMES = ["reporter", "neighbour", "reviewer", "office", "leader", "admin"]


@pytest.fixture
def project(cast):
    """One project of the reporter's unit in the reviewer's district, and one of the neighbour's, each reported once."""
    category = CategoryFactory(code="industry")
    for person in (cast.neighbour, cast.reporter):
        project = ProjectFactory(
            category=category, area=cast.reviewer.organisation.area, responsible_unit=person.organisation,
            liaison_leader=OfficialFactory(),
        )  # fmt: skip
        enlist(project)
        AnnualPlanFactory(project=project, amount=Decimal(1200))
        MonthlyReportFactory(project=project, amount=Decimal(100))
    progress.refresh_stale()
    return project


@pytest.fixture
def addresses(project):
    return [
        "/", "/?month=2018-01", "/categories/", "/areas/", "/leaders/", "/units/",
        f"/leaders/{project.liaison_leader_id}/", f"/categories/{project.category_id}/",
        "/charts/city-curve.json", "/charts/categories.json", f"/charts/projects/{project.pk}.json",
        f"/charts/unit/{project.responsible_unit_id}.json",
    ]  # fmt: skip


def entered(username):
    """A browser with a session, that came through the form."""
    client = Client()
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"username": username, "password": "demo-password"})
    return client


@pytest.fixture
def leader(project):
    return entered("leader")


def again(client, answer, address=None):
    """Ask as a browser does that still has the answer."""
    return client.get(address or answer.wsgi_request.get_full_path(), headers={"If-None-Match": answer["ETag"]})


def test_a_page_is_sent_once(leader, addresses):
    for address in addresses:
        answer = again(leader, leader.get(address))
        assert (address, answer.status_code, answer.content) == (address, 304, b"")


def test_browsers_keep_a_page_for_themselves_and_ask_each_time(leader, addresses):
    for address in addresses:
        first = leader.get(address)
        for answer in (first, again(leader, first)):
            assert answer["Cache-Control"] == "private, no-cache"
            assert "Cookie" in answer["Vary"]


def test_nobody_gets_the_page_of_another(addresses):
    """All from the cache of one browser: under the same address stands what the one before was sent."""
    people = {name: entered(name) for name in NAMES}
    for address in addresses:
        answers = {name: client.get(address) for name, client in people.items()}
        kept = {name: answer for name, answer in answers.items() if answer.status_code == 200}
        for owner, asking in permutations(NAMES, 2):
            if owner in kept:
                answer = again(people[asking], kept[owner], address)
                assert (address, asking, answer.status_code) == (address, asking, answers[asking].status_code)


def test_what_one_may_not_see_is_not_found_whatever_the_browser_has(project):
    office, neighbour = entered("office"), entered("neighbour")
    for address in (f"/leaders/{project.liaison_leader_id}/", f"/charts/projects/{project.pk}.json"):
        assert again(neighbour, office.get(address)).status_code == 404


def test_the_page_of_a_unit_is_made_each_time_as_its_reports_move(leader, project):
    assert "ETag" not in leader.get(f"/units/{project.responsible_unit_id}/")


def test_a_page_kept_from_another_address_is_not_taken_for_this_one(leader):
    assert again(leader, leader.get("/areas/"), "/leaders/").status_code == 200


def test_after_the_session_ended_there_is_the_login_and_no_page(leader):
    first = leader.get("/")
    Session.objects.all().delete()
    answer = again(leader, first)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")


def test_after_another_log_in_everything_is_sent_anew(leader):
    """The form for logging out answers to the secret of its own log-in."""
    first = leader.get("/")
    leader.post("/accounts/logout/")
    assert again(leader, first).status_code == 302
    leader.post("/accounts/login/", {"username": "leader", "password": "demo-password"})
    assert again(leader, first).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda cast, project: MonthlyReportFactory(project=project, month=2),
        lambda cast, project: (MonthlyReportFactory(project=project, month=2), progress.refresh_stale()),
        lambda cast, project: progress.refresh_year(2018),
        lambda cast, project: Register.touch(),
        lambda cast, project: Notice.objects.create(recipient=cast.leader, kind=1, title="一", address="/", key="一"),
        lambda cast, project: cast.leader.groups.clear(),
        lambda cast, project: type(cast.leader).objects.filter(pk=cast.leader.pk).update(last_name="新"),
        lambda cast, project: worded(cast, "差得远"),
        lambda cast, project: Problem.objects.create(
            project=project, kind="land", description="示例", raised_on="2018-01-05"
        ),
        lambda cast, project: Activity.objects.create(
            project=project, leader=cast.leader.official, kind="visit", held_on="2018-01-05", title="示例"
        ),
        lambda cast, project: AreaShape.objects.create(area=project.area, outline=[[0, 0, 9, 0, 9, 9]], points=3),
        lambda cast, project: closed(cast, 1),
    ],
    ids=[
        "waiting", "figures", "time of the figures", "register", "notice", "roles", "name", "lamp rules", "problem",
        "visit", "outline", "closed month",
    ],
)  # fmt: skip
def test_a_page_is_sent_again_when_what_it_shows_has_changed(leader, cast, project, change):
    addresses = ("/", f"/leaders/{project.liaison_leader_id}/", f"/charts/projects/{project.pk}.json")
    first = {address: leader.get(address) for address in addresses}
    change(cast, project)
    for address in addresses:
        answer = again(leader, first[address])
        assert (address, answer.status_code) != (address, 304)
        assert answer.get("ETag") != first[address]["ETag"]


def worded(cast, word):
    """The rules of the year with another word for the last of their lamps that is far behind."""
    in_force = LampRules.objects.in_force(2018)
    rules = [replace(rule, pk=None) for rule in rules_of(in_force.pk)]
    last = next(rule for rule in reversed(rules) if rule.lamp == FAR_BEHIND and rule.measure == Measure.RATIO)
    changed = tuple(replace(rule, word=word) if rule is last else rule for rule in rules)
    adopt_rules(2018, cast.office, in_force.version, changed)


def closed(cast, number):
    period = Period.objects.get(year=2018, month=number)
    Period.objects.filter(pk=period.pk).update(opened_at=timezone.now())
    close_period(period, cast.office, ())


def test_new_rules_are_read_on_pages_whose_lamps_stay_as_they_are(leader, cast, project):
    """Their words stand on the overview, and a page is kept until its version moves."""
    leader.get("/")
    worded(cast, "差得远")
    tasks.refresh_stale()
    assert "差得远" in said(leader.get("/"))


def test_a_month_that_is_closed_is_shown_next_time(leader, cast, project):
    """The address stays the same."""
    MonthlyReportFactory(project=project, month=2)
    progress.refresh_stale()
    closed(cast, 1)
    first = leader.get("/")
    assert "截至 2018 年 1 月" in said(first)
    MonthlyReport.objects.filter(month=2, amount=None).delete()
    closed(cast, 2)
    answer = again(leader, first)
    assert answer.status_code == 200
    assert "截至 2018 年 2 月" in said(answer)


def test_a_page_with_a_message_is_not_kept(leader):
    """It would show the message once more."""
    first = leader.get("/")
    leader.post("/inbox/read/")
    answer = again(leader, first)
    assert "没有未读的通知" in answer.content.decode()
    assert "ETag" not in answer
    assert again(leader, first).status_code == 304


def test_the_first_page_of_a_browser_is_not_kept(client, cast, project):
    client.force_login(cast.leader)
    assert "ETag" not in client.get("/")
    assert "ETag" in client.get("/")


def test_a_site_without_figures_has_nothing_to_keep(cast):
    assert "ETag" not in entered("leader").get("/")


def test_a_page_that_is_not_sent_takes_no_more_queries_than_its_version(leader, django_assert_num_queries):
    first = leader.get("/units/")
    with django_assert_num_queries(5):  # session, account, roles, months, freshness
        again(leader, first)
