"""Which projects owe a report for a month, and the rows that say so before anybody types."""

from typing import Any

from django.db import connection
from django.db.models import Case, CharField, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.utils import timezone

from projects.models import Category, Enlistment, Nature, Project, Stage, Status
from projects.models.projects import ProjectQuerySet

from .models import AnnualPlan, MonthlyReport, Period
from .months import Month

State, Kind = MonthlyReport.State, MonthlyReport.Kind
QUARTER_ENDS = (3, 6, 9, 12)
TEXTS = ("image_progress", "problems", "next_plan", "contact", "explanation", "return_reason", "excuse_reason")


def expected(month: Month) -> ProjectQuerySet:
    """The projects that owe a report for the month, each with its `kind`.

    Under way (a plan for the year, or works begun): monthly. Preparatory: on procedures, at the end of a quarter.
    Withdrawn, or finished before the month: none. Of a package the parent if it has a plan of its own, else the
    children. People are no projects. Source: domain notes, sections 2 and 5.
    """
    planned = AnnualPlan.objects.filter(year=month.year)
    enlisted = Enlistment.objects.filter(action_plan__year=month.year)
    own, of_parent = planned.filter(project=OuterRef("pk")), planned.filter(project=OuterRef("parent"))
    listed = enlisted.filter(project=OuterRef("pk"))
    children = Project.objects.filter(parent=OuterRef("pk")).filter(
        Exists(planned.filter(project=OuterRef("pk"))) | Exists(enlisted.filter(project=OuterRef("pk")))
    )
    begun = Q(stage__gt=Stage.PREPARATORY, stage__lt=Stage.PRODUCTION)
    under_way = Q(Exists(own)) | Q(Exists(listed.exclude(nature=Nature.PREPARATORY))) & begun
    wanted = under_way
    if month.number in QUARTER_ENDS:
        wanted |= Q(Exists(listed.filter(nature=Nature.PREPARATORY)))
    going = ~Q(status__in=(Status.WITHDRAWN, Status.FINISHED)) | Q(
        status=Status.FINISHED, actual_finish__gte=month.day(1)
    )
    once = ~Q(Exists(of_parent)) & (Q(Exists(own)) | ~Q(Exists(children)))
    kind = Case(
        When(under_way, then=Value(Kind.INVESTMENT)), default=Value(Kind.PROCEDURES), output_field=IntegerField()
    )
    return Project.objects.filter(wanted, going, once, category__counts=Category.Counts.MONEY).annotate(kind=kind)


def expect_reports(period: Period) -> int:
    """Have a row for each report that is due, and none for the others as long as nobody touched it; in a transaction.

    One statement for any number of projects. Returns how many rows were created.
    """
    month = period.of_month
    untouched = MonthlyReport.objects.of(month).filter(state=State.EXPECTED, version=1)
    untouched.exclude(project__in=expected(month).values("pk")).delete()
    MonthlyReport.objects.of(month).exclude(due_on=period.due_on).update(due_on=period.due_on)
    return _insert(expected(month), period)


def _insert(projects: ProjectQuerySet, period: Period) -> int:
    """INSERT … SELECT; what is there already stays as it is."""
    row: dict[str, Any] = {
        "project_id": F("pk"),
        "kind": F("kind"),
        "year": Value(period.year),
        "month": Value(period.month),
        "state": Value(State.EXPECTED),
        "version": Value(1),
        "due_on": Value(period.due_on),
        "updated_at": Value(timezone.now()),
        "doubts": Value("[]", CharField()),
        **dict.fromkeys(TEXTS, Value("", CharField())),
    }
    named = projects.order_by().annotate(**{f"new_{name}": value for name, value in row.items()})
    query, params = named.values_list(*(f"new_{name}" for name in row)).query.sql_with_params()
    with connection.cursor() as cursor:
        into = f"INSERT INTO investment_monthlyreport ({', '.join(row)}) {query} ON CONFLICT DO NOTHING"
        cursor.execute(into, params)
        return int(cursor.rowcount)
