"""What happened around the projects in 2018: events, visits, meetings, problems, results, media. All sample rows."""

import datetime
import random

from projects.models import (
    Activity,
    Area,
    Event,
    MediaReport,
    Official,
    Organisation,
    Problem,
    Project,
    Result,
)

from .attraction import SIGNING_DAY
from .chance import day_of_2018, dice
from .register import Register
from .samples import COLLECTIVE_START_DAY, ZONE, Sample

REVIEW_DAYS = (datetime.date(2018, 11, 28), datetime.date(2018, 11, 29))
REVIEWED = {"永定区": 4, "武陵源区": 2, "慈利县": 3, "桑植县": 3, ZONE: 3}
VISITS, ONSITE_MEETINGS, COORDINATION_MEETINGS, CONFERENCES, PROMOTIONS = 86, 19, 25, 76, 74
PROBLEMS_CLOSED, PROBLEMS_OPEN = 33, 9
MEDIA = {MediaReport.Level.NATIONAL: 5, MediaReport.Level.PROVINCIAL: 97}
PATENTS = {"patents_applied": 5, "patents_granted": 2}  # of the provincial technology project

PROBLEMS = {
    Problem.Kind.LAND: "示例：尚有部分用地未交付。",
    Problem.Kind.FUNDS: "示例：贷款审批较慢，资金有缺口。",
    Problem.Kind.APPROVALS: "示例：施工许可证办理中。",
    Problem.Kind.RELOCATION: "示例：红线内若干户未签征拆协议。",
    Problem.Kind.SUPPORTING: "示例：临时用电容量不足。",
    Problem.Kind.ENVIRONMENT: "示例：进场道路受阻。",
}


def write_events(register: Register, samples: dict[str, list[Sample]]) -> None:
    """The collective start, the field review of every district and the zone, and the collective signing."""
    kinds, zone, city = Event.Kind, register.areas[ZONE], register.city
    started = [sample.project for each in samples.values() for sample in each if sample.collective_start]
    signed = list(Project.objects.filter(contracts__signed_on=SIGNING_DAY))
    reviewed: list[Project] = []
    for place, count in REVIEWED.items():
        here = [sample.project for sample in samples["industry"] if sample.project.area.name == place]
        reviewed += here[:count]
    _write_event(kinds.START, "集中开工", COLLECTIVE_START_DAY, COLLECTIVE_START_DAY, zone, started)
    _write_event(kinds.REVIEW, "集中检阅", *REVIEW_DAYS, city, reviewed)
    _write_event(kinds.SIGNING, "对接中国500强集中签约", SIGNING_DAY, SIGNING_DAY, city, signed)


def _write_event(
    kind: Event.Kind, name: str, first: datetime.date, last: datetime.date, area: Area, projects: list[Project]
) -> None:
    event = Event.objects.create(kind=kind, name=name, starts_on=first, ends_on=last, area=area)
    event.projects.set(projects)


def write_activities(register: Register, industry: list[Project], companies_500: list[Organisation]) -> None:
    """Visits and meetings of the liaison leaders at their projects, the joint conference, promotion with companies."""
    rng, kinds = dice("activities"), Activity.Kind
    activities = [
        *_at_projects(kinds.VISIT, VISITS, "调研", industry, rng),
        *_at_projects(kinds.ONSITE, ONSITE_MEETINGS, "现场办公会", industry, rng),
        *_at_projects(kinds.COORDINATION, COORDINATION_MEETINGS, "协调会", industry, rng),
        *_numbered(kinds.CONFERENCE, CONFERENCES, "联席会议", register.leaders, rng),
    ]
    Activity.objects.bulk_create(activities)
    promotions = Activity.objects.bulk_create(
        _numbered(kinds.PROMOTION, PROMOTIONS, "招商推介活动", register.leaders, rng)
    )
    contacts = Activity.companies.through
    contacts.objects.bulk_create(
        contacts(activity_id=promotions[index % PROMOTIONS].pk, organisation_id=company.pk)
        for index, company in enumerate(companies_500)
    )


def _at_projects(
    kind: Activity.Kind, count: int, title: str, projects: list[Project], rng: random.Random
) -> list[Activity]:
    """Every project has its turn; the leader is the project's own."""
    order = rng.sample(projects, len(projects))
    visited = [order[index % len(order)] for index in range(count)]
    return [
        Activity(
            kind=kind,
            held_on=day_of_2018(rng),
            title=f"示例·{title} {number:02}",
            leader=project.liaison_leader,
            project=project,
            is_sample=True,
        )
        for number, project in enumerate(visited, start=1)
    ]


def _numbered(
    kind: Activity.Kind, count: int, title: str, leaders: list[Official], rng: random.Random
) -> list[Activity]:
    days = sorted(day_of_2018(rng) for _ in range(count))
    return [
        Activity(kind=kind, held_on=day, title=f"示例·{title} {number:02}", leader=rng.choice(leaders), is_sample=True)
        for number, day in enumerate(days, start=1)
    ]


def write_problems(industry: list[Project]) -> None:
    """Problems of industrial projects, coordinated by their leaders: most closed within the year, some still open."""
    rng, problems = dice("problems"), []
    for index in range(PROBLEMS_CLOSED + PROBLEMS_OPEN):
        project, kind = rng.choice(industry), rng.choice(list(PROBLEMS))
        raised_on = day_of_2018(rng)
        closed_on = min(raised_on + datetime.timedelta(days=rng.randrange(7, 80)), datetime.date(2018, 12, 28))
        problems.append(
            Problem(
                project=project,
                kind=kind,
                description=PROBLEMS[kind],
                raised_on=raised_on,
                leader=project.liaison_leader,
                deadline=raised_on + datetime.timedelta(days=60),
                closed_on=closed_on if index < PROBLEMS_CLOSED else None,
                is_sample=True,
            )
        )
    Problem.objects.bulk_create(problems)


def write_results(register: Register, technology: list[Sample]) -> None:
    """Patents of the provincial technology project, and a few of the others."""
    rng = dice("results")
    Result.objects.bulk_create(
        Result(
            project=sample.project,
            indicator=register.indicators[code],
            achieved_on=day_of_2018(rng),
            value=value if sample.provincial else rng.randrange(1, 4),
            note="示例",
        )
        for sample in technology
        for code, value in PATENTS.items()
        if sample.provincial or rng.randrange(3) == 0
    )


def write_media() -> None:
    """Reports in national and provincial media."""
    rng = dice("media")
    MediaReport.objects.bulk_create(
        MediaReport(level=level, published_on=day_of_2018(rng), title=f"示例·{level.label}报道 {n:02}", is_sample=True)
        for level, count in MEDIA.items()
        for n in range(1, count + 1)
    )
