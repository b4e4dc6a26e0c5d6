"""Every address, asked for by everybody, with every verb: what should happen stands in the table.

The reporter's own project and the neighbour's each have a unit, a leader and a category of their own, so that what
belongs to the one does not exist for the other.
"""

from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from investment import progress
from investment.models import Correction, MonthlyReport, Notice, Period, PlanChange, Reopening, ReportPhoto
from investment.notices import notify
from projects.models import Problem
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    ProjectFactory,
    enlist,
)

State = MonthlyReport.State
WHO = ("stranger", "reporter", "neighbour", "reviewer", "office", "leader", "admin")
LOGIN = 302  # to the log-in page

#                    stranger reporter neighbour reviewer office leader admin
EVERYBODY = dict(zip(WHO, (LOGIN, 200, 200, 200, 200, 200, 200), strict=True))
OWN = dict(zip(WHO, (LOGIN, 200, 404, 200, 200, 200, 200), strict=True))
CITY = dict(zip(WHO, (LOGIN, 404, 404, 404, 200, 200, 200), strict=True))
KEEPERS = dict(zip(WHO, (LOGIN, 404, 404, 404, 200, 404, 200), strict=True))
PUBLIC = dict.fromkeys(WHO, 200)
NOT_DRAWN = dict(zip(WHO, (LOGIN, *[404] * 6), strict=True))  # the first month has nothing to be compared with
READ_ONLY = dict(zip(WHO, (LOGIN, *[405] * 6), strict=True))
TYPED = dict(zip(WHO, (LOGIN, 302, 404, 404, 404, 404, 404), strict=True))
PROPOSED = dict(zip(WHO, (LOGIN, 200, 404, 200, 200, 404, 404), strict=True))
REVIEWED = dict(zip(WHO, (LOGIN, 404, 404, 302, 302, 404, 404), strict=True))
OPENED = dict(zip(WHO, (LOGIN, 302, 404, 404, 404, 404, 404), strict=True))
SENT = dict.fromkeys(WHO, 302)
LOGGED = dict(zip(WHO, (LOGIN, 404, 404, 404, 200, 404, 200), strict=True))
NOTHING_SENT = dict(zip(WHO, (LOGIN, *[404] * 6), strict=True))  # a form without its fields
OFFICE = dict(zip(WHO, (LOGIN, 404, 404, 404, 302, 404, 404), strict=True))
OFFICE_PAGE = dict(zip(WHO, (LOGIN, 404, 404, 404, 200, 404, 404), strict=True))
WATCHED = dict(zip(WHO, (401, *[200] * 6), strict=True))  # by a script, as below
TYPISTS = dict(zip(WHO, (LOGIN, 200, 200, 404, 404, 404, 404), strict=True))
OWN_TYPIST = dict(zip(WHO, (LOGIN, 200, 404, 404, 404, 404, 404), strict=True))
REFUSED = dict(zip(WHO, (LOGIN, 422, 404, 404, 404, 404, 404), strict=True))
ONLY_POST = dict.fromkeys(WHO, 405)
POSTED = dict(zip(WHO, (401, *[400] * 6), strict=True))  # by a script, which is told that the session has ended

# Name of the address, whose arguments (of the reporter's project unless 'elsewhere'), what GET and POST answer.
TABLE = [
    ("overview", "", EVERYBODY, READ_ONLY),
    ("categories", "", EVERYBODY, READ_ONLY),
    ("areas", "", EVERYBODY, READ_ONLY),
    ("leaders", "", EVERYBODY, READ_ONLY),
    ("units", "", EVERYBODY, READ_ONLY),
    ("cadence", "", EVERYBODY, READ_ONLY),
    ("cadence_chart", "", NOT_DRAWN, READ_ONLY),
    ("computed", "", EVERYBODY, READ_ONLY),
    ("computed_part", "part", EVERYBODY, READ_ONLY),
    ("map", "", EVERYBODY, READ_ONLY),
    ("boundaries", "", OFFICE_PAGE, NOTHING_SENT),
    ("wall", "", EVERYBODY, READ_ONLY),
    ("wall_data", "", WATCHED, dict.fromkeys(WHO, 405)),
    ("wall_settings", "", OFFICE_PAGE, OFFICE_PAGE),
    ("projects", "", EVERYBODY, READ_ONLY),
    ("lamps", "", CITY, NOTHING_SENT),
    ("reports", "", EVERYBODY, READ_ONLY),
    ("reports_bulk", "", READ_ONLY, None),
    ("flash", "", EVERYBODY, READ_ONLY),
    ("completeness", "", EVERYBODY, READ_ONLY),
    ("periods", "", EVERYBODY, READ_ONLY),
    ("period", "month", EVERYBODY, dict(zip(WHO, (LOGIN, *[404] * 6), strict=True))),
    ("months_xlsx", "", EVERYBODY, READ_ONLY),
    ("projects_xlsx", "", EVERYBODY, READ_ONLY),
    ("categories_xlsx", "", EVERYBODY, READ_ONLY),
    ("areas_xlsx", "", EVERYBODY, READ_ONLY),
    ("leaders_xlsx", "", EVERYBODY, READ_ONLY),
    ("units_xlsx", "", EVERYBODY, READ_ONLY),
    ("group_xlsx", "unit_curve", OWN, READ_ONLY),
    ("cadence_xlsx", "", EVERYBODY, READ_ONLY),
    ("completeness_xlsx", "", EVERYBODY, READ_ONLY),
    ("city_curve", "", EVERYBODY, READ_ONLY),
    ("category_bullets", "", EVERYBODY, READ_ONLY),
    ("category", "category", OWN, READ_ONLY),
    ("area", "area", EVERYBODY, READ_ONLY),
    ("area", "elsewhere", CITY, READ_ONLY),
    ("leader", "leader", OWN, READ_ONLY),
    ("unit", "unit", OWN, READ_ONLY),
    ("group_curve", "unit_curve", OWN, READ_ONLY),
    ("group_curve", "leader_curve", OWN, READ_ONLY),
    ("project", "project", OWN, READ_ONLY),
    ("project_year", "project", OWN, READ_ONLY),
    ("report", "report", OWN, None),
    ("photo", "photo", OWN, READ_ONLY),
    ("photo_add", "report", READ_ONLY, REFUSED),
    ("photo_remove", "photo", READ_ONLY, REFUSED),
    ("month", "", TYPISTS, READ_ONLY),
    ("month_side", "report", OWN_TYPIST, READ_ONLY),
    ("month_cell", "", ONLY_POST, POSTED),
    ("month_paste", "", ONLY_POST, POSTED),
    ("month_submit", "", ONLY_POST, POSTED),
    ("corrections", "", EVERYBODY, READ_ONLY),
    ("correction", "correction", OWN, None),
    ("correction_new", "closed", PROPOSED, None),
    ("plan_changes", "", EVERYBODY, READ_ONLY),
    ("plan_change", "plan_change", OWN, None),
    ("plan_change_new", "project", PROPOSED, None),
    ("changed", "", EVERYBODY, READ_ONLY),
    ("history", "", KEEPERS, READ_ONLY),
    ("history_csv", "", KEEPERS, READ_ONLY),
    ("todo", "", EVERYBODY, READ_ONLY),
    ("inbox", "", EVERYBODY, READ_ONLY),
    ("notice", "notice", OPENED, READ_ONLY),
    ("inbox_read", "", READ_ONLY, SENT),
    ("inbox_log", "", LOGGED, NOTHING_SENT),
    ("urge", "", READ_ONLY, NOTHING_SENT),
    ("password_change", "", EVERYBODY, EVERYBODY),
    ("password_change_done", "", EVERYBODY, READ_ONLY),
    ("healthz", "", PUBLIC, dict.fromkeys(WHO, 405)),
]


@pytest.fixture
def world(cast):
    """One project of each unit, planned and reported; January is closed, and changes of the reporter's were refused."""
    projects = {}
    for who in ("reporter", "neighbour"):
        projects[who] = ProjectFactory(
            responsible_unit=getattr(cast, who).organisation,
            liaison_leader=OfficialFactory(),
            category=CategoryFactory(code=who),
        )
        enlist(projects[who])
        AnnualPlanFactory(project=projects[who])
        MonthlyReportFactory(project=projects[who], month=1)
        MonthlyReportFactory(project=projects[who], month=2, state=MonthlyReport.State.DRAFT)
        Problem.objects.create(project=projects[who], kind="land", description="示例", raised_on="2018-01-01")
    january = projects["reporter"].monthly_reports.get(month=1)
    photo = ReportPhoto(report=january, width=1, height=1, uploaded_by=cast.reporter)
    photo.file.save("photo.jpg", ContentFile(b"picture"))
    elsewhere = ProjectFactory(area=AreaFactory(name="桑植县"))
    enlist(elsewhere)
    notify([cast.reporter], Notice.Kind.REMINDER, "月报今天截止", "", "/reports/", "test")
    progress.refresh_stale()
    Period.objects.filter(month=1).update(closed_at=timezone.now())
    refused = {"state": 3, "reason": "示例", "decided_at": timezone.now()}
    january = MonthlyReport.objects.get(project=projects["reporter"], month=1)
    Correction.objects.create(report=january, old_amount=Decimal(100), new_amount=Decimal(90), **refused)
    PlanChange.objects.create(
        project=projects["reporter"], year=2018, amount=Decimal(900), effective_on="2018-08-01", **refused
    )
    return projects | {"photo": photo, "elsewhere": elsewhere, "notice": Notice.objects.get()}


def arguments(kind, world):
    project = world["reporter"]
    return {
        "": [],
        "category": [project.category_id],
        "area": [project.area_id],
        "elsewhere": [world["elsewhere"].area_id],
        "leader": [project.liaison_leader_id],
        "unit": [project.responsible_unit_id],
        "unit_curve": ["unit", project.responsible_unit_id],
        "leader_curve": ["leader", project.liaison_leader_id],
        "project": [project.pk],
        "report": [project.pk, "2018-02"],
        "photo": [world["photo"].pk],
        "closed": [project.pk, "2018-01"],
        "correction": [Correction.objects.get().pk],
        "plan_change": [PlanChange.objects.get().pk],
        "notice": [world["notice"].pk],
        "month": ["2018-02"],
        "part": ["reports"],
    }[kind]


def as_(client, cast, who):
    if who != "stranger":
        client.force_login(getattr(cast, who))
    return client


@pytest.mark.parametrize(("name", "kind", "get", "post"), TABLE, ids=[f"{row[0]}-{row[1]}" for row in TABLE])
def test_each_address_answers_each_role_as_the_table_says(cast, world, name, kind, get, post):
    address = reverse(name, args=arguments(kind, world))
    visitors = {who: as_(Client(), cast, who) for who in WHO}
    answers = {who: visitor.get(address) for who, visitor in visitors.items()}
    assert {who: answer.status_code for who, answer in answers.items()} == get
    where = {who: answer.headers.get("Location") or "" for who, answer in answers.items()}
    to_log_in = [who for who, location in where.items() if location.startswith("/accounts/login/?next=")]
    assert to_log_in == (["stranger"] if get["stranger"] == LOGIN else [])
    if post:
        assert {who: visitor.post(address).status_code for who, visitor in visitors.items()} == post


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    ("act", "before", "after", "expected"),
    [
        ("save", State.DRAFT, State.DRAFT, TYPED),
        ("submit", State.DRAFT, State.SUBMITTED, TYPED),
        ("withdraw", State.SUBMITTED, State.DRAFT, TYPED),
        ("pass", State.SUBMITTED, State.PASSED, REVIEWED),
        ("approve", State.PASSED, State.APPROVED, OFFICE),
        ("return", State.SUBMITTED, State.RETURNED, REVIEWED),
        ("excuse", State.DRAFT, State.EXCUSED, OFFICE),
        ("expect", State.EXCUSED, State.DRAFT, OFFICE),
        ("reopen", State.MISSING, State.DRAFT, OFFICE),
    ],
)
def test_each_act_on_a_report_is_for_its_role_only(client, cast, world, who, act, before, after, expected):
    report = MonthlyReport.objects.get(project=world["reporter"], month=2)
    report.state, report.submitted_by, report.excuse_reason = before, cast.reporter, "停产检修"
    report.save()
    if act == "reopen":
        Period.objects.filter(month=2).update(closed_at=timezone.now())
    form = {
        "act": act, "version": report.version, "amount": "12.5", "reason": "金额有误", "until_on": timezone.localdate(),
    }  # fmt: skip
    response = as_(client, cast, who).post(reverse("report", args=[report.project_id, "2018-02"]), form)
    assert response.status_code == expected[who]
    stored = MonthlyReport.objects.get(pk=report.pk)
    allowed = expected[who] == 302 and who != "stranger"
    assert (stored.version != report.version) is allowed
    if allowed:
        assert stored.state == after
        assert stored.amount == (Decimal("12.5") if act in ("save", "submit") else report.amount)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", ["correction", "plan_change"])
def test_proposal_is_withdrawn_by_its_proposer_only(client, cast, world, who, name):
    proposal = {"correction": Correction, "plan_change": PlanChange}[name].objects.get()
    proposal.pk, proposal.state, proposal.decided_at, proposal.proposed_by = None, 1, None, cast.reporter
    proposal.save()
    response = as_(client, cast, who).post(reverse(name, args=[proposal.pk]), {"act": "withdraw"})
    assert response.status_code == TYPED[who]
    proposal.refresh_from_db()
    assert proposal.is_open is (who != "reporter")


@pytest.mark.parametrize("who", WHO)
def test_reports_are_reviewed_together_by_reviewers_only(client, cast, world, who):
    response = as_(client, cast, who).post(reverse("reports_bulk"), {"month": "2018-02"})
    assert response.status_code == REVIEWED[who]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("act", ["days", "open", "close", "reopen"])
def test_each_act_on_a_month_is_for_the_office_only(client, cast, world, who, act):
    day = timezone.localdate()
    report = MonthlyReport.objects.get(project=world["reporter"], month=2)
    if act == "reopen":
        MonthlyReport.objects.filter(pk=report.pk).update(state=State.MISSING)
        Period.objects.filter(month=2).update(closed_at=timezone.now())
    form = {
        "act": act, "report": report.pk, "reason": "补交", "until_on": day, "confirmed": "on",
        "missing": " ".join(str(each.pk) for each in MonthlyReport.objects.filter(month=2)),
        **dict.fromkeys(Period.DAYS, "2018-02-25"),
    }  # fmt: skip
    if act == "close":
        Period.objects.filter(month=2).update(opened_at=timezone.now())
    response = as_(client, cast, who).post(reverse("period", args=["2018-02"]), form)
    assert response.status_code == OFFICE[who]
    period = Period.objects.get(month=2)
    happened = {
        "days": period.opens_on == period.bulletin_due_on,
        "open": period.opened_at is not None,
        "close": period.closed_at is not None,
        "reopen": Reopening.objects.exists(),
    }
    assert happened[act] is (who == "office")


def test_the_table_knows_every_address():
    named = {pattern.name for pattern in get_resolver().url_patterns if isinstance(pattern, URLPattern)}
    assert named - {"login", "logout"} == {row[0] for row in TABLE}


@pytest.mark.parametrize("who", ["reporter", "neighbour", "reviewer", "leader"])
def test_the_administration_pages_are_for_the_office_and_the_administrator(client, cast, world, who):
    assert as_(client, cast, who).get("/admin/", follow=False).status_code == 302
    assert as_(client, cast, who).get("/admin/projects/project/").status_code == 302
