"""`load_2018` goes into an empty database only, and makes the same year each time."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.http import HttpRequest

from investment.models import AnnualPlan, MonthlyReport, ReportMove
from investment.year_2018.loading import DatabaseNotEmptyError, is_loaded, load_2018
from projects.models import Contract, Organisation, Project, User

from ..factories import AnnualPlanFactory, AreaFactory, MonthlyReportFactory, ProjectFactory, UserFactory
from .year_2018 import all_rows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (UserFactory, "账号 1 条"),
        (ProjectFactory, "项目 1 条"),
        (AnnualPlanFactory, "年度计划 1 条"),
        (MonthlyReportFactory, "月报 1 条"),
        (AreaFactory, "地区 3 条"),
    ],
)
def test_refuses_a_database_with_other_data_and_leaves_it_alone(make, named):
    make()
    before = all_rows()
    with pytest.raises(CommandError) as refusal:
        call_command("load_2018", stdout=StringIO())
    assert named in str(refusal.value)
    assert "请把 DATA_DIR 或 DATABASE_URL 指向一个新库" in str(refusal.value)
    assert all_rows() == before


def test_the_function_refuses_too():
    UserFactory()
    with pytest.raises(DatabaseNotEmptyError):
        load_2018("demo-password")


def test_an_empty_database_is_not_loaded_and_a_loaded_one_is():
    assert not is_loaded()
    load_2018("demo-password")
    assert is_loaded()


def test_generates_and_prints_a_password_that_works(monkeypatch, client):
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    output = StringIO()
    call_command("load_2018", stdout=output)
    password = output.getvalue().strip().rpartition("：")[2]
    assert len(password) >= 12
    assert client.login(request=HttpRequest(), username="reporter", password=password)


def test_takes_the_password_from_the_environment_and_does_not_print_it(monkeypatch, client):
    monkeypatch.setenv("DEMO_PASSWORD", "from-the-environment")
    output = StringIO()
    call_command("load_2018", stdout=output)
    assert "from-the-environment" not in output.getvalue()
    assert client.login(request=HttpRequest(), username="admin", password="from-the-environment")


def test_lists_the_accounts_with_role_and_place():
    output = StringIO()
    call_command("load_2018", stdout=output)
    listed = [line.split(maxsplit=1) for line in output.getvalue().splitlines() if line.startswith("  ")]
    assert [name for name, _ in listed] == list(User.objects.order_by("pk").values_list("username", flat=True))
    assert listed[0][1] == "填报员 · 示例责任单位 慈利 01"


def test_two_loads_make_the_same_year():
    def load_and_read():
        with transaction.atomic():
            load_2018("demo-password")
            rows = [
                list(Project.objects.order_by("code").values_list("code", "name", "total_investment", "actual_start")),
                list(AnnualPlan.objects.order_by("project__code", "year", "revision").values_list("amount")),
                list(
                    MonthlyReport.objects.order_by("project__code", "year", "month").values_list(
                        "state", "amount", "image_progress", "submitted_at", "submitted_by__username"
                    )
                ),
                list(
                    ReportMove.objects.order_by("id").values_list("report__project__code", "to_state", "at", "reason")
                ),
                list(Contract.objects.order_by("project__code").values_list("amount", "signed_on", "company__name")),
                list(Organisation.objects.order_by("name").values_list("name", "tier")),
            ]
            transaction.set_rollback(True)
        return rows

    assert load_and_read() == load_and_read()


def test_the_year_is_the_same_on_every_machine():
    """One series by heart: if it moves, somebody's demonstration moves too."""
    load_2018("demo-password")
    reports = MonthlyReport.objects.filter(project__code="SL2018-1-20", year=2018).order_by("month")
    assert [str(amount.normalize()) for amount in reports.values_list("amount", flat=True)] == [
        "64.31", "12.39", "129.82", "85.04", "184.36", "496.65", "125.77", "156.26", "225.1", "110.52", "278.7", "439",
    ]  # fmt: skip
