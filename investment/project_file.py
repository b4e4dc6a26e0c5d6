"""The rows behind the page of one project: its year month by month, its dates, and what is recorded around it.

Amounts in 万元, rates in percent. Only approved figures count: a report that is not approved is named, without amount.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from projects.models import Activity, Enlistment, Problem, Project, TeamMember, User

from .lamps import Lamp
from .models import AnnualPlan, Correction, MonthlyReport, PlanChange, ProjectProgress, ReportPhoto
from .months import Month
from .places import Place
from .plan_changes import plan_in_force
from .proposals import may_propose
from .rates import percent

State = MonthlyReport.State
PHOTOS = 6  # shown on the page of a project
WORDS = {
    State.EXPECTED: "未填报",
    State.DRAFT: "草稿，未报送",
    State.SUBMITTED: "已报送，待初审",
    State.PASSED: "初审通过，待终审",
    State.APPROVED: "已审定",
    State.RETURNED: "已退回",
    State.EXCUSED: "免报",
    State.MISSING: "缺报",
}
ON_ITS_WAY = (State.DRAFT, State.SUBMITTED, State.PASSED, State.RETURNED)
ROLE_ORDER = list(TeamMember.Role)


def project_seen(user: User, pk: int) -> Project | None:
    """The project with all that it names, if the account may know of it."""
    named = (
        "category", "area", "owner", "responsible_unit", "lead_department", "liaison_leader", "responsible_leader"
    )  # fmt: skip
    return Project.objects.visible_to(user).select_related(*named).filter(pk=pk).first()


@dataclass(frozen=True)
class ProjectMonth:
    """One month of the year: what was planned for it, what counts, how the report stands.

    After the month shown (`ahead`), and before the first approved report, nothing counts yet: None, which is not zero.
    """

    month: Month
    ahead: bool
    planned: Decimal | None
    amount: Decimal | None
    year_to_date: Decimal | None
    rate: Decimal | None
    gap: Decimal | None
    lamp: Lamp | None
    reason: str  # why the lamp is what it is
    report: MonthlyReport | None
    revised: bool  # from this month on another plan is in force: the step between the two is no plan of the month

    @property
    def word(self) -> str:
        """How the report stands: '已审定', '初审通过，待终审', … or '无需填报'; nothing for a month still ahead."""
        if self.report is None:
            return "" if self.ahead else "无需填报"
        return WORDS[State(self.report.state)]


@dataclass(frozen=True)
class LampSpell:
    """Months on end with the same lamp; its reason is that of the last of them."""

    first: ProjectMonth
    last: ProjectMonth

    @property
    def label(self) -> str:
        """'3 月'; '3 至 5 月'."""
        if self.first == self.last:
            return f"{self.first.month.number} 月"
        return f"{self.first.month.number} 至 {self.last.month.number} 月"


@dataclass(frozen=True)
class ProjectYear:
    """A project's year up to the month shown: its figures of the month (`now`), its plans, its months."""

    now: ProjectProgress
    plans: list[AnnualPlan]
    months: list[ProjectMonth]

    @property
    def approved(self) -> bool:
        """Whether any report of the year counts yet: before that there is no amount, not an amount of zero."""
        return any(month.amount is not None for month in self.months)

    @property
    def drawn(self) -> bool:
        """Whether there is anything to draw."""
        return self.approved or any(month.planned is not None for month in self.months)

    @property
    def lamp_spells(self) -> list[LampSpell]:
        """The lamps that have a reason, the latest first: what it was at the end of the months with the same lamp."""
        spells: list[LampSpell] = []
        for month in (month for month in self.months if month.lamp and month.reason):
            last = spells[-1].last if spells else None
            if last and last.month.shift(1) == month.month and str(last.lamp) == str(month.lamp):
                spells[-1] = LampSpell(spells[-1].first, month)
            else:
                spells.append(LampSpell(month, month))
        return spells[::-1]

    @property
    def plan(self) -> AnnualPlan | None:
        """The plan in force in the month shown."""
        return plan_in_force(self.plans, self.now.month)

    @property
    def original(self) -> AnnualPlan | None:
        """The plan as it first was, where another one is in force."""
        return self.plans[0] if self.plan and self.plan != self.plans[0] else None

    @property
    def coming(self) -> AnnualPlan | None:
        """The latest revision, where it is in force in a later month only."""
        return self.plans[-1] if self.plan and self.plan != self.plans[-1] else None


@dataclass(frozen=True)
class ProjectDate:
    """A planned and an actual date, and what lies between them in words."""

    label: str
    planned: datetime.date | None
    actual: datetime.date | None
    today: datetime.date

    @property
    def is_late(self) -> bool:
        """Whether it happened after its day, or has not happened by then."""
        return self.planned is not None and (self.actual or self.today) > self.planned

    @property
    def apart(self) -> str:
        """'晚 18 天', '早 3 天', '按期'; '已过期 5 天' while it has not happened; else nothing."""
        if self.planned is None:
            return ""
        days = ((self.actual or self.today) - self.planned).days
        if self.actual is None:
            return f"已过期 {days} 天" if days > 0 else ""
        return f"晚 {days} 天" if days > 0 else f"早 {-days} 天" if days < 0 else "按期"


@dataclass(frozen=True)
class Document:
    """A document by its number, what it is, and its day, where known."""

    number: str
    label: str
    day: datetime.date | None = None


@dataclass(frozen=True)
class ProjectProblem:
    """A problem as it stood at the end of the month shown."""

    problem: Problem
    closed: bool
    overdue: bool


@dataclass(frozen=True)
class ProjectFile:
    """One project as one reader may see it; `place` is None while there are no figures of any project to show."""

    project: Project
    user: User
    place: Place | None

    @cached_property
    def year(self) -> ProjectYear | None:
        """The year of the month shown; None if the project has neither plan nor report in it and is not enlisted."""
        if self.place is None:
            return None
        shown = self.place.month
        rows = list(ProjectProgress.objects.filter(project=self.project, year=shown.year).order_by("month"))
        if not rows:
            return None
        plans = [plan for plan in self.plans if plan.year == shown.year]
        of_year = {report.month: report for report in self.reports if report.year == shown.year}
        return ProjectYear(rows[shown.number - 1], plans, _months(rows, shown, of_year))

    @cached_property
    def enlistment(self) -> Enlistment | None:
        """How the project stands in the action plan of the year."""
        year = self.place.month.year if self.place else timezone.localdate().year
        return self.project.enlistments.filter(action_plan__year=year).select_related("action_plan").first()

    @cached_property
    def other_years(self) -> list[Month]:
        """The last month that can be shown of each year that has figures of the project."""
        years = set(ProjectProgress.objects.filter(project=self.project).values_list("year", flat=True))
        last = {month.year: month for month in (self.place.months if self.place else []) if month.year in years}
        return sorted(last.values())

    @cached_property
    def reports(self) -> list[MonthlyReport]:
        """Its reports as the reader may know of them, the latest first."""
        rows = MonthlyReport.objects.filter(project=self.project).order_by("-year", "-month")
        return rows.told_to(self.user)

    @cached_property
    def photos(self) -> list[ReportPhoto]:
        """The latest photos of the works that the reader may see."""
        rows = ReportPhoto.objects.visible_to(self.user).filter(report__project=self.project).select_related("report")
        return list(rows.order_by("-report__year", "-report__month", "id")[:PHOTOS])

    @property
    def waiting(self) -> list[tuple[Month, MonthlyReport, str]]:
        """Reports that do not count yet, oldest first, each with its month and how it stands."""
        return [
            (Month(report.year, report.month), report, WORDS[State(report.state)])
            for report in reversed(self.reports)
            if report.state in ON_ITS_WAY
        ]

    @cached_property
    def image(self) -> tuple[Month, MonthlyReport] | None:
        """The latest report that describes the works, up to the month shown; of all, if that is the latest month."""
        last = self.place.month if self.place and self.place.next else None
        for report in self.reports:
            month = Month(report.year, report.month)
            if report.image_progress and (last is None or month <= last):
                return month, report
        return None

    @cached_property
    def today(self) -> datetime.date:
        """The last day of the month shown: what is late or overdue is so at that day, as everywhere else."""
        return self.place.next_day - datetime.timedelta(days=1) if self.place else timezone.localdate()

    @property
    def dates(self) -> list[ProjectDate]:
        project = self.project
        return [
            ProjectDate("开工", project.planned_start, project.actual_start, self.today),
            ProjectDate("竣工", project.planned_finish, project.actual_finish, self.today),
        ]

    @cached_property
    def documents(self) -> list[Document]:
        """The documents whose numbers are known: scheme, action plan, annual plans and their revisions, proposals."""
        named = [Document(self.project.scheme_document, "工作方案")]
        if self.enlistment:
            action_plan = self.enlistment.action_plan
            named.append(Document(action_plan.document_number, f"{action_plan}"))
        for plan in self.plans:
            label = f"第 {plan.revision} 次调整" if plan.revision else "下达"
            named.append(Document(plan.document_number, f"{plan.year} 年度计划{label}", plan.issued_on))
        for change in self.plan_changes:
            label = f"{change.year} 年度计划拟调整（{change.get_state_display()}）"
            named.append(Document(change.document_number, label))
        return [each for each in named if each.number]

    @cached_property
    def plans(self) -> list[AnnualPlan]:
        """All its annual plans, the oldest first."""
        return list(self.project.annual_plans.order_by("year", "revision"))

    @property
    def nothing_on(self) -> list[str]:
        """What is not recorded of it yet, each in a word."""
        kept = {
            "形象进度": self.image, "现场照片": self.photos, "问题": self.problems, "调研与会议": self.activities,
            "文件": self.documents,
        }  # fmt: skip
        return [word for word, found in kept.items() if not found]

    @property
    def share_invested(self) -> Decimal | None:
        """Invested since the start ÷ total investment, in percent."""
        return percent(self.year.now.since_start, self.project.total_investment) if self.year else None

    @cached_property
    def team(self) -> list[TeamMember]:
        """The head first, then the deputies, then the members."""
        return sorted(self.project.team.all(), key=lambda member: ROLE_ORDER.index(TeamMember.Role(member.role)))

    @cached_property
    def parent(self) -> Project | None:
        """The package it belongs to, if the reader may know of it."""
        return Project.objects.visible_to(self.user).filter(children=self.project).first()

    @cached_property
    def children(self) -> list[Project]:
        """The projects of its package that the reader may know of."""
        return list(Project.objects.visible_to(self.user).filter(parent=self.project))

    @cached_property
    def problems(self) -> list[ProjectProblem]:
        """The open first, of those the overdue first, then by the day they were raised.

        An earlier month shows what was known then; the latest one also what was raised since.
        """
        raised = self.project.problems_raised.select_related("leader")
        if self.place and self.place.next:
            raised = raised.filter(raised_on__lte=self.today)
        stand = [
            ProjectProblem(problem, closed, overdue=not closed and _before(problem.deadline, self.today))
            for problem in raised
            for closed in [_before(problem.closed_on, self.today)]
        ]
        return sorted(stand, key=lambda each: (each.closed, not each.overdue))

    @cached_property
    def activities(self) -> QuerySet[Activity]:
        """Visits and meetings, the latest first."""
        return self.project.activities.select_related("leader").order_by("-held_on", "-id")

    @cached_property
    def corrections(self) -> list[Correction]:
        """What was proposed to be corrected after the close, the latest first."""
        found = Correction.objects.filter(report__project=self.project)
        return list(found.select_related("report", "proposed_by", "decided_by").order_by("-id"))

    @cached_property
    def plan_changes(self) -> list[PlanChange]:
        """Changes of the plan of the year shown that wait or were not approved; the others are revisions by now."""
        if self.place is None:
            return []
        found = PlanChange.objects.filter(project=self.project, year=self.place.month.year, plan=None)
        return list(found.select_related("proposed_by", "decided_by").order_by("-id"))

    @cached_property
    def may_change_plan(self) -> bool:
        """Whether the reader may propose another amount for the year."""
        return may_propose(self.project, self.user) and not any(change.is_open for change in self.plan_changes)

    @property
    def contracts(self) -> QuerySet[Any]:
        return self.project.contracts.select_related("company")

    @property
    def talents(self) -> QuerySet[Any]:
        return self.project.talents.select_related("employer")

    @property
    def results(self) -> QuerySet[Any]:
        return self.project.results.select_related("indicator")


def _months(rows: list[ProjectProgress], shown: Month, reports: dict[int, MonthlyReport]) -> list[ProjectMonth]:
    """The twelve months; a month's own plan is what it adds to the plan to date, if that is of the same plan."""
    months, approved, planned_before = [], False, Decimal(0)
    for row, previous in zip(rows, [rows[0], *rows], strict=False):
        ahead = row.month > shown.number
        approved = approved or row.amount is not None
        known = approved and not ahead
        revised = row.planned_year != previous.planned_year
        planned = None if row.planned_to_date is None or revised else row.planned_to_date - planned_before
        planned_before = row.planned_to_date or Decimal(0)
        months.append(
            ProjectMonth(
                month=Month(row.year, row.month),
                ahead=ahead,
                planned=planned,
                amount=None if ahead else row.amount,
                year_to_date=row.year_to_date if known else None,
                rate=row.rate if known else None,
                gap=row.gap if known else None,
                lamp=None if ahead else row.lamp,
                reason="" if ahead else getattr(row, "lamp_reason", ""),
                report=reports.get(row.month),
                revised=revised,
            )
        )
    return months


def _before(day: datetime.date | None, today: datetime.date) -> bool:
    return day is not None and day <= today
