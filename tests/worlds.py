"""Small worlds for whole pages. The nasty one holds what pages meet in the field and break on."""

import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from investment import progress
from investment.models import MonthlyReport
from projects.models import (
    ActionPlan,
    Activity,
    Category,
    CategoryTarget,
    Contract,
    Indicator,
    Nature,
    Organisation,
    Problem,
    Project,
    Result,
    Stage,
    Status,
    Talent,
    TeamMember,
)

from .factories import (
    AnnualPlanFactory,
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    ProjectFactory,
    enlist,
)

State = MonthlyReport.State
MARKUP = "<b>\"甲\"</b> & '乙' <script>document.title = 'run'</script>"
LARGEST, SMALLEST = Decimal(9_999_999), Decimal("0.01")
OPEN_MONTH = 7  # of 2018: the first half is approved, July is being reported


def long(start: str, length: int = 60) -> str:
    """A name of so many characters that begins like this."""
    return (start + "重大产业与科技成果转化及产品创新融合发展示范" * 6)[:length]


def unbroken(start: str, length: int = 60) -> str:
    """The same in Latin letters, without a place where a line could break."""
    return (start + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 5)[:length]


def nasty(cast: SimpleNamespace) -> SimpleNamespace:
    """The projects of the nasty world by name: those of `cast.reporter`, and some of nobody. Figures are made."""
    groups = _groups(cast)
    own = {"responsible_unit": cast.reporter.organisation, "liaison_leader": cast.leader.official, **groups.own}
    projects = SimpleNamespace(
        plain=_project("示例·普通项目", **own),
        huge=_planned("示例·金额最大的项目", LARGEST, [LARGEST] * 2 + [Decimal(0)] * 4, **own),
        tiny=_planned("示例·金额最小的项目", SMALLEST, [SMALLEST], **own),
        long=_planned(long("示例·"), Decimal(1200), [Decimal(100)] * 6, **groups.long),
        unbroken=_planned(unbroken("示例·"), Decimal(1200), [Decimal(30)] * 6, **groups.unbroken),
        quoted=_planned(f"示例·{MARKUP}", Decimal(1200), [Decimal(200)] * 6, **groups.quoted),
        unplanned=_reported(_project("示例·没有年度计划的项目", **own), [Decimal(50)] * 6),
        silent=_planned("示例·从未报送的项目", Decimal(800), [], **own),
        bare=_project("示例·没有计划、领导、单位的项目", category=groups.own["category"]),
        stopped=_planned("示例·停工的项目", Decimal(500), [Decimal(10)], status=Status.STOPPED, **own),
        late=_planned("示例·应开工未开工的项目", Decimal(500), [], planned_start=datetime.date(2018, 2, 1), **own),
        finished=_planned("示例·已完成的项目", Decimal(600), [Decimal(100)] * 6, status=Status.FINISHED, **own),
        signed=_project("示例·招商项目", **{**own, "category": groups.attraction}),
        talent=_project("示例·人才项目", **{**own, "category": groups.people}),
        outside=ProjectFactory(name="示例·没有列入计划的项目", **own),
    )
    for number in range(15):  # more than a page of the list
        _planned(f"示例·普通项目 {number:02}", Decimal(1000), [], **own)
    _describe(projects.quoted, cast)
    _july(projects)
    _contract_and_talent(projects, cast)
    progress.refresh_stale()
    return projects


def _groups(cast: SimpleNamespace) -> SimpleNamespace:
    """Categories, areas, leaders and units, with names as long as their columns take; the cast looks after 慈利县."""
    industry = CategoryFactory(code="industry", name="重大产业项目", order=1)
    attraction = CategoryFactory(code="investment", name=long("招商引资与", 40), order=4)
    people = CategoryFactory(code="talent", name="科技创新人才", order=5, counts=Category.Counts.PEOPLE)
    odd = CategoryFactory(code="product", name=MARKUP[:40], order=3, lead_department=cast.office.organisation)
    plan, _ = ActionPlan.objects.get_or_create(year=2018, defaults={"name": "52151行动计划"})
    for category in (industry, attraction, people):
        CategoryTarget.objects.create(action_plan=plan, category=category, target=50)
    return SimpleNamespace(
        own={"category": industry, "area": cast.reporter.organisation.area},
        long={
            "category": industry,
            "area": AreaFactory(name=long("区县")),
            "liaison_leader": OfficialFactory(post=long("示例·市领导", 80), name="司马相如"),
            "responsible_unit": OrganisationFactory(name=long("责任单位")),
        },
        unbroken={
            "category": industry,
            "area": AreaFactory(name=unbroken("区")),
            "liaison_leader": OfficialFactory(post=unbroken("领导")),
            "responsible_unit": OrganisationFactory(name=unbroken("单位")),
        },
        quoted={
            "category": odd,
            "area": AreaFactory(name=MARKUP[:60]),
            "liaison_leader": OfficialFactory(post=MARKUP[:80]),
            "responsible_unit": OrganisationFactory(name=MARKUP[:120]),
        },
        attraction=attraction,
        people=people,
    )


def _project(name: str, **fields: Any) -> Project:
    project: Project = ProjectFactory(name=name, **fields)
    enlist(project, provincial=True, nature=Nature.NEW if project.planned_start else Nature.CONTINUED)
    return project


def _planned(name: str, plan: Decimal, amounts: list[Decimal], **fields: Any) -> Project:
    """A project with a plan for 2018 and approved reports from January on, in 万元."""
    project = _project(name, **fields)
    AnnualPlanFactory(project=project, amount=plan)
    return _reported(project, amounts)


def _reported(project: Project, amounts: list[Decimal]) -> Project:
    for month, amount in enumerate(amounts, start=1):
        MonthlyReportFactory(project=project, month=month, amount=amount)
    return project


def _describe(project: Project, cast: SimpleNamespace) -> None:
    """Quotes and tags in every text that a page may show of this project."""
    texts = ("industry", "responsible_person", "scheme_document")
    for name in texts:
        setattr(project, name, MARKUP[: Project._meta.get_field(name).max_length])
    project.scheme = project.content = project.remark = f"{MARKUP}\n{unbroken('', 130)}"
    project.total_investment, project.invested_before = LARGEST, SMALLEST
    project.owner, project.lead_department = cast.reporter.organisation, cast.office.organisation
    project.planned_start, project.actual_start = datetime.date(2018, 1, 1), datetime.date(2018, 2, 1)
    project.planned_finish, project.stage = datetime.date(2019, 6, 30), Stage.STRUCTURE
    project.save()
    TeamMember.objects.create(project=project, role=TeamMember.Role.HEAD, post=MARKUP[:80])
    day = datetime.date(2018, 3, 1)
    raised = {"project": project, "raised_on": day, "kind": Problem.Kind.LAND}
    Problem.objects.create(description=MARKUP, deadline=datetime.date(2018, 4, 1), **raised)
    Problem.objects.create(description=unbroken("问题", 130), closed_on=datetime.date(2018, 5, 1), **raised)
    Activity.objects.create(project=project, kind=Activity.Kind.VISIT, held_on=day, title=MARKUP, leader=None)
    patents = Indicator.objects.create(code="patents", name="发明专利", unit="件")
    Result.objects.create(project=project, indicator=patents, achieved_on=day, value=3, note=MARKUP)


def _july(projects: SimpleNamespace) -> None:
    """The open month: a report in each state, and projects without one."""
    words = {"image_progress": MARKUP, "problems": unbroken("问题", 130), "next_plan": long("下月", 130)}
    states = {
        projects.plain: {"state": State.DRAFT, "amount": None},
        projects.huge: {"state": State.SUBMITTED, "amount": LARGEST, **words},
        projects.tiny: {"state": State.RETURNED, "amount": SMALLEST, "return_reason": MARKUP, **words},
        projects.finished: {"state": State.APPROVED, "amount": Decimal(0), **words},
        projects.quoted: {"state": State.SUBMITTED, "amount": Decimal(1), **words},
        projects.long: {"state": State.PASSED, "amount": Decimal(100), "doubts": ["same"], "explanation": MARKUP},
        projects.unbroken: {"state": State.EXCUSED, "amount": None, "excuse_reason": unbroken("停产", 130)},
        projects.silent: {"state": State.EXPECTED, "amount": None},
    }
    for project, fields in states.items():
        MonthlyReportFactory(project=project, month=OPEN_MONTH, **fields)


def _contract_and_talent(projects: SimpleNamespace, cast: SimpleNamespace) -> None:
    company = OrganisationFactory(name=long("签约企业"), tier=Organisation.Tier.CHINA_500)
    Contract.objects.create(
        project=projects.signed,
        company=company,
        kind=Contract.Kind.FORMAL,
        stage=Contract.Stage.PERFORMED,
        signed_on=datetime.date(2018, 3, 1),
        amount=LARGEST,
    )
    Talent.objects.create(
        project=projects.talent,
        field=long("专业", 40),
        employer=cast.reporter.organisation,
        signed_on=datetime.date(2018, 3, 1),
        arrived_on=datetime.date(2018, 4, 1),
    )
