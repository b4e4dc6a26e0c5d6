"""The figures published of a year, each recomputed from the rows and compared with what was printed.

Money and rates of the planned categories come from the derived rows of month 12, so a wrong engine shows here too;
everything else is counted in the registers. `FORMULAS` says how, figure by figure. A figure whose rows do not exist
has no value and agrees with nothing.
"""

import csv
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.db.models import F, Q, QuerySet, Sum

from projects.models import (
    Activity,
    Area,
    Category,
    Contract,
    Enlistment,
    Event,
    MediaReport,
    Organisation,
    Problem,
    Project,
    Result,
    Stage,
    Talent,
)
from projects.money import WAN_PER_YI

from .models import GroupProgress, ProjectProgress
from .rates import percent

FOLDER = settings.BASE_DIR / "fixtures"
LAST_MONTH = 12
WEST_LINE = "西线旅游(茅岩河)开发"
Value = Decimal | int | None


@dataclass(frozen=True)
class Published:
    """A figure as printed: in `unit`, with so many decimals; `at_least` where it was printed as 'more than'."""

    id: str
    value: Decimal
    unit: str
    decimals: int
    at_least: bool

    def agrees_with(self, value: Decimal | None) -> bool:
        """Whether a recomputed value, rounded half up to the printed decimals, is the printed one (or not below it)."""
        if value is None:
            return False
        if self.at_least:
            return value >= self.value
        return value.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP) == self.value


@dataclass(frozen=True)
class Check:
    """A published figure beside its value recomputed from the rows; `derivation` says in Chinese from which."""

    published: Published
    value: Decimal | None
    derivation: str

    @property
    def agrees(self) -> bool:
        return self.published.agrees_with(self.value)


def published_years() -> list[int]:
    """The years of which published figures are kept."""
    return sorted(int(path.stem.removeprefix("figures-")) for path in FOLDER.glob("figures-20??.csv"))


def published_figures(year: int) -> list[Published]:
    """The published figures of a year in their printed order. Raises FileNotFoundError if none are kept."""
    with (FOLDER / f"figures-{year}.csv").open(encoding="utf-8", newline="") as file:
        return [
            Published(
                id=row["id"],
                value=Decimal(row["value"]),
                unit=row["unit"],
                decimals=int(row["decimals"]),
                at_least="more than" in row["note"],
            )
            for row in csv.DictReader(file)
        ]


def check_figures(year: int) -> list[Check]:
    """Recompute every published figure of a year. Raises FileNotFoundError if none are kept."""
    checks = []
    for published in published_figures(year):
        formula = FORMULAS[published.id]
        value = formula.value(year)
        checks.append(Check(published, None if value is None else Decimal(value), formula.derivation))
    return checks


# The rows of a year.


def _enlisted(year: int, category: str | None = None) -> QuerySet[Enlistment]:
    enlisted = Enlistment.objects.filter(action_plan__year=year)
    return enlisted.filter(project__category__code=category) if category else enlisted


def _projects(year: int, category: str) -> QuerySet[Project]:
    return Project.objects.enlisted(year).filter(category__code=category)


def _provincial(year: int, category: str) -> QuerySet[Enlistment]:
    return _enlisted(year, category).filter(provincial=True)


def _progress(year: int, category: str) -> QuerySet[ProjectProgress]:
    return ProjectProgress.objects.filter(year=year, month=LAST_MONTH, category__code=category)


def _contracts(year: int) -> QuerySet[Contract]:
    return Contract.objects.filter(project__in=_projects(year, "investment"))


def _contracts_with_500(year: int) -> QuerySet[Contract]:
    return _contracts(year).exclude(company__tier="")


def _contracts_performed(year: int) -> QuerySet[Contract]:
    return _contracts(year).filter(stage__gte=Contract.Stage.PERFORMED)


def _activities(year: int, *kinds: str) -> QuerySet[Activity]:
    return Activity.objects.filter(held_on__year=year, kind__in=kinds)


def _media(year: int, *levels: str) -> QuerySet[MediaReport]:
    return MediaReport.objects.filter(published_on__year=year, level__in=levels)


def _event_projects(kind: str, month: int, day: int) -> Callable[[int], QuerySet[Project]]:
    """The projects of the event that was published with this kind and first day."""
    return lambda year: Project.objects.filter(
        pk__in=Event.objects.filter(kind=kind, starts_on=datetime.date(year, month, day)).values("projects")
    )


# What is counted and added.


def _yi(wan: Decimal | None) -> Decimal | None:
    return None if wan is None else wan / WAN_PER_YI


def _sum_yi(rows: QuerySet, column: str) -> Decimal | None:
    """The sum of a money column, in 亿元; None if there is nothing to add."""
    return _yi(rows.aggregate(sum=Sum(column))["sum"])


def _projects_of(contracts: QuerySet[Contract]) -> int:
    return contracts.values("project").distinct().count()


def _category_progress(year: int, code: str) -> GroupProgress | None:
    """The city's row of a category at the year's end."""
    city, category = Area.objects.cities().first(), Category.objects.filter(code=code).first()
    if city is None or category is None:
        return None
    return GroupProgress.objects.filter(
        area=city, kind=GroupProgress.Kind.CATEGORY, key=category.pk, year=year, month=LAST_MONTH
    ).first()


def _completed(category: str) -> Callable[[int], Value]:
    def completed(year: int) -> Value:
        row = _category_progress(year, category)
        return _yi(row.year_to_date) if row else None

    return completed


def _rate(category: str) -> Callable[[int], Value]:
    """Published without decimals, so rounded once, from the amounts and not from the stored rate."""

    def rate(year: int) -> Value:
        row = _category_progress(year, category)
        return percent(row.year_to_date, row.planned_year, places=0) if row else None

    return rate


def _in_production(category: str) -> Callable[[int], Value]:
    """In production by the end of the year; a finish in a later year does not count back."""
    return lambda year: (
        _projects(year, category)
        .filter(Q(actual_finish=None) | Q(actual_finish__year__lte=year), stage=Stage.PRODUCTION)
        .count()
    )


def _provincial_industry(year: int) -> dict[str, Decimal | None]:
    """Completed and planned of the provincial industrial projects, in 万元."""
    rows = _progress(year, "industry").filter(project__in=_provincial(year, "industry").values("project"))
    return rows.aggregate(completed=Sum("year_to_date"), planned=Sum("planned_year"))


def _provincial_rate(year: int) -> Value:
    sums = _provincial_industry(year)
    return percent(sums["completed"], sums["planned"])


def _started_in_year(year: int) -> int:
    return _projects(year, "product").filter(actual_start__year=year).count()


def _provincial_patents(year: int) -> Value:
    results = Result.objects.filter(
        project__in=_provincial(year, "technology").values("project"),
        indicator__code__in=["patents_applied", "patents_granted"],
        achieved_on__year=year,
    )
    return results.aggregate(sum=Sum("value"))["sum"]


def _west_line(year: int, indicator: str) -> Decimal | None:
    results = Result.objects.filter(project__name=WEST_LINE, indicator__code=indicator, achieved_on__year=year)
    return results.aggregate(sum=Sum("value"))["sum"]


def _companies_contacted(year: int) -> int:
    promotions = _activities(year, Activity.Kind.PROMOTION)
    return Organisation.objects.filter(activities__in=promotions).exclude(tier="").distinct().count()


@dataclass(frozen=True)
class Formula:
    """How a figure comes out of the rows of a year, and the same in words."""

    value: Callable[[int], Value]
    derivation: str


_SIGNING = _event_projects(Event.Kind.SIGNING, 12, 25)
_START = _event_projects(Event.Kind.START, 7, 10)
_REVIEW = _event_projects(Event.Kind.REVIEW, 11, 28)
_NATIONAL, _PROVINCIAL = MediaReport.Level.NATIONAL, MediaReport.Level.PROVINCIAL

FORMULAS: dict[str, Formula] = {
    "plan.projects": Formula(lambda year: _enlisted(year).count(), "列入当年行动计划的项目个数"),
    "plan.total_investment": Formula(
        lambda year: _sum_yi(Project.objects.enlisted(year), "total_investment"), "列入项目总投资之和"
    ),
    "provincial.projects": Formula(
        lambda year: _enlisted(year).filter(provincial=True, project__category__counts=Category.Counts.MONEY).count(),
        "列入省“五个100”的项目个数，人才另计",
    ),
    "provincial.industry": Formula(lambda year: _provincial(year, "industry").count(), "其中产业项目个数"),
    "provincial.technology": Formula(lambda year: _provincial(year, "technology").count(), "其中科技创新项目个数"),
    "provincial.product": Formula(lambda year: _provincial(year, "product").count(), "其中产品创新项目个数"),
    "provincial.investment": Formula(lambda year: _provincial(year, "investment").count(), "其中招商引资项目个数"),
    "provincial.talent": Formula(
        lambda year: Talent.objects.filter(signed_on__year=year, provincial_bar=True).count(),
        "引进人才中达到省级条件的人数",
    ),
    "industry.projects": Formula(lambda year: _enlisted(year, "industry").count(), "列入的产业项目个数"),
    "industry.completed": Formula(_completed("industry"), "12月分组进度：产业类本年累计完成"),
    "industry.rate": Formula(_rate("industry"), "12月分组进度：本年累计完成 ÷ 年度计划"),
    "industry.in_production": Formula(_in_production("industry"), "建设阶段为投产的产业项目个数"),
    "industry.over_plan": Formula(
        lambda year: _progress(year, "industry").filter(year_to_date__gt=F("planned_year")).count(),
        "12月项目进度：累计完成大于年度计划的项目个数",
    ),
    "industry.provincial_completed": Formula(
        lambda year: _yi(_provincial_industry(year)["completed"]), "12月项目进度：省产业项目累计完成之和"
    ),
    "industry.provincial_plan": Formula(
        lambda year: _yi(_provincial_industry(year)["planned"]), "12月项目进度：省产业项目年度计划之和"
    ),
    "industry.provincial_rate": Formula(_provincial_rate, "省产业项目累计完成 ÷ 年度计划"),
    "technology.projects": Formula(lambda year: _enlisted(year, "technology").count(), "列入的科技项目个数"),
    "technology.completed": Formula(_completed("technology"), "12月分组进度：科技类本年累计完成"),
    "technology.rate": Formula(_rate("technology"), "12月分组进度：本年累计完成 ÷ 年度计划"),
    "technology.started": Formula(
        lambda year: _projects(year, "technology").filter(actual_start__year__lte=year).count(),
        "年底前已实际开工的科技项目个数",
    ),
    "technology.patents": Formula(_provincial_patents, "省科技项目申请和授权专利之和"),
    "product.projects": Formula(lambda year: _enlisted(year, "product").count(), "列入的产品项目个数"),
    "product.completed": Formula(_completed("product"), "12月分组进度：产品类本年累计完成"),
    "product.rate": Formula(_rate("product"), "12月分组进度：本年累计完成 ÷ 年度计划"),
    "product.started": Formula(_started_in_year, "当年实际开工的产品项目个数"),
    "product.started_rate": Formula(
        lambda year: percent(_started_in_year(year), _enlisted(year, "product").count(), places=0),
        "当年开工个数 ÷ 列入个数",
    ),
    "product.in_production": Formula(_in_production("product"), "建设阶段为投产的产品项目个数"),
    "investment.signed": Formula(lambda year: _projects_of(_contracts(year)), "有合同（含框架协议）的招商项目个数"),
    "investment.contract_amount": Formula(lambda year: _sum_yi(_contracts(year), "amount"), "合同签约额之和"),
    "investment.fortune500": Formula(lambda year: _projects_of(_contracts_with_500(year)), "与500强企业签约的项目个数"),
    "investment.fortune500_amount": Formula(
        lambda year: _sum_yi(_contracts_with_500(year), "amount"), "与500强企业签约额之和"
    ),
    "investment.performed": Formula(lambda year: _projects_of(_contracts_performed(year)), "合同已履约的项目个数"),
    "investment.performed_amount": Formula(
        lambda year: _sum_yi(_contracts_performed(year), "amount"), "已履约合同签约额之和"
    ),
    "talent.people": Formula(lambda year: Talent.objects.filter(signed_on__year=year).count(), "当年签约引进的人数"),
    "event.signing.projects": Formula(lambda year: _SIGNING(year).count(), "12月25日集中签约的项目个数"),
    "event.signing.amount": Formula(lambda year: _sum_yi(_SIGNING(year), "total_investment"), "这些项目总投资之和"),
    "event.start.projects": Formula(lambda year: _START(year).count(), "7月10日集中开工的项目个数"),
    "event.start.amount": Formula(lambda year: _sum_yi(_START(year), "total_investment"), "这些项目总投资之和"),
    "event.start.output": Formula(lambda year: _sum_yi(_START(year), "designed_output"), "这些项目达产年产值之和"),
    "liaison.projects": Formula(
        lambda year: _projects(year, "industry").exclude(liaison_leader=None).count(), "有联系领导的产业项目个数"
    ),
    "liaison.visits": Formula(lambda year: _activities(year, Activity.Kind.VISIT).count(), "现场调研次数"),
    "liaison.onsite_meetings": Formula(
        lambda year: _activities(year, Activity.Kind.ONSITE, Activity.Kind.COORDINATION).count(),
        "现场办公会和协调会次数",
    ),
    "liaison.problems_solved": Formula(
        lambda year: Problem.objects.filter(closed_on__year=year).count(), "当年销号的问题个数"
    ),
    "review.projects": Formula(lambda year: _REVIEW(year).count(), "11月28日至29日集中检阅的项目个数"),
    "conference.meetings": Formula(lambda year: _activities(year, Activity.Kind.CONFERENCE).count(), "联席会议次数"),
    "promotion.activities": Formula(lambda year: _activities(year, Activity.Kind.PROMOTION).count(), "招商推介次数"),
    "promotion.contacted500": Formula(_companies_contacted, "招商推介对接过的500强企业家数"),
    "media.total": Formula(lambda year: _media(year, _NATIONAL, _PROVINCIAL).count(), "中央和省级媒体报道之和"),
    "media.national": Formula(lambda year: _media(year, _NATIONAL).count(), "中央媒体报道篇数"),
    "media.provincial": Formula(lambda year: _media(year, _PROVINCIAL).count(), "省级媒体报道篇数"),
    "project.west_line.jobs": Formula(lambda year: _west_line(year, "jobs"), "成果：新增就业之和"),
    "project.west_line.output": Formula(lambda year: _yi(_west_line(year, "output")), "成果：新增年产值之和"),
}
