"""The rows of the tests: small, true to the domain, all sample data. Amounts in 万元."""

from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from investment.models import AnnualPlan, Correction, MonthlyReport, Period
from investment.months import Month
from projects.models import ActionPlan, Area, Category, Enlistment, Nature, Official, Organisation, Project, User


class AreaFactory(DjangoModelFactory):
    class Meta:
        model = Area
        django_get_or_create = ("name", "parent")

    name = "慈利县"
    kind = Area.Kind.DISTRICT
    parent = factory.LazyAttribute(lambda area: None if area.kind == Area.Kind.PROVINCE else city())


def province() -> Area:
    return AreaFactory(name="湖南省", kind=Area.Kind.PROVINCE, parent=None)


def city() -> Area:
    return AreaFactory(name="张家界市", kind=Area.Kind.CITY, parent=province())


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation
        django_get_or_create = ("name",)

    name = factory.Sequence(lambda n: f"示例责任单位 {n:02}")
    kind = Organisation.Kind.COMPANY
    area = factory.SubFactory(AreaFactory)
    is_sample = True


class OfficialFactory(DjangoModelFactory):
    class Meta:
        model = Official

    post = factory.Sequence(lambda n: f"示例·市领导 {n + 20}")  # 07 is one of the cast
    is_sample = True


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        django_get_or_create = ("username",)

    username = factory.Sequence(lambda n: f"user{n}")
    password = factory.django.Password("demo-password")


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category
        django_get_or_create = ("code",)

    code = "industry"
    name = factory.LazyAttribute(lambda category: f"类别 {category.code}")


class ProjectFactory(DjangoModelFactory):
    class Meta:
        model = Project

    code = factory.Sequence(lambda n: f"T-{n:04}")
    name = factory.LazyAttribute(lambda project: f"示例·慈利县农产品深加工项目 {project.code}")
    category = factory.SubFactory(CategoryFactory)
    area = factory.SubFactory(AreaFactory)
    is_sample = True


class AnnualPlanFactory(DjangoModelFactory):
    class Meta:
        model = AnnualPlan

    project = factory.SubFactory(ProjectFactory)
    year = 2018
    amount = Decimal(1200)


class MonthlyReportFactory(DjangoModelFactory):
    class Meta:
        model = MonthlyReport

    project = factory.SubFactory(ProjectFactory)
    year = 2018
    month = 1
    state = MonthlyReport.State.APPROVED
    amount = Decimal(100)


def period_open(month: Month, **days: Any) -> Period:
    """The period of a month, open to be reported."""
    period = Period.by_rule(month.year, month.number)
    for name, value in {"opened_at": timezone.now(), **days}.items():
        setattr(period, name, value)
    period.save()
    return period


def enlist(project: Project, year: int = 2018, nature: int = Nature.CONTINUED, **fields: Any) -> Enlistment:
    plan, _ = ActionPlan.objects.get_or_create(year=year, defaults={"name": "52151行动计划"})
    return Enlistment.objects.create(action_plan=plan, project=project, nature=nature, **fields)


def correct(report: MonthlyReport, amount: Any, state: int = Correction.State.APPROVED) -> Correction:
    """A correction of what counts for a report's month by now."""
    old = sum((each.new_amount - each.old_amount for each in report.corrections.approved()), report.amount)
    return Correction.objects.create(
        report=report,
        old_amount=old,
        new_amount=Decimal(amount),
        state=state,
        reason="计量有误",
        decided_at=None if state == Correction.State.PROPOSED else timezone.now(),
    )


def project_with(
    plan: Any = None, reports: Any = (), year: int = 2018, nature: int | None = Nature.CONTINUED, **fields: Any
) -> Project:
    """A project with an annual plan and approved reports from January on (None: no report of the month), in 万元.

    It is enlisted for the year with this nature; with None it is not enlisted.
    """
    project = ProjectFactory(**fields)
    if nature is not None:
        enlist(project, year=year, nature=nature)
    if plan is not None:
        AnnualPlanFactory(project=project, year=year, amount=Decimal(plan))
    for month, amount in enumerate(reports, start=1):
        if amount is not None:
            MonthlyReportFactory(project=project, year=year, month=month, amount=Decimal(amount))
    return project


def project_with_yi(plan: Any = None, reports: Any = (), **fields: Any) -> Project:
    """The same with amounts in 亿元."""
    in_wan = [None if amount is None else Decimal(amount) * 10_000 for amount in (plan, *reports)]
    return project_with(in_wan[0], in_wan[1:], **fields)
