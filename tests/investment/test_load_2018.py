"""The year 2018 as it stands after `load_2018`: what is real, what is a sample, and what the samples add up to."""

import csv
import datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, F, Q, Sum
from django.http import HttpRequest

from investment import progress
from investment.freshness import freshness
from investment.models import AnnualPlan, GroupProgress, MonthlyReport, PlannedMonth, ProjectProgress
from projects.models import (
    ActionPlan,
    Activity,
    Area,
    CategoryTarget,
    Contract,
    Enlistment,
    MediaReport,
    Nature,
    Official,
    Organisation,
    Problem,
    Project,
    Stage,
    Status,
    Talent,
    TeamMember,
    User,
)

from .year_2018 import PASSWORD, all_rows, loaded_year

State, Kind = MonthlyReport.State, MonthlyReport.Kind
WEST_LINE = "西线旅游(茅岩河)开发"


@pytest.fixture(scope="module")
def year_2018(django_db_setup, django_db_blocker):
    with loaded_year(django_db_blocker):
        yield


pytestmark = [pytest.mark.usefixtures("year_2018"), pytest.mark.django_db]


def seed(name):
    with (settings.BASE_DIR / "fixtures" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Running it again


def test_a_second_run_changes_no_row_and_says_so():
    before, output = all_rows(), StringIO()
    call_command("load_2018", stdout=output)
    assert all_rows() == before
    assert output.getvalue() == "2018 年数据已在库中，未作任何改动；示例账号已存在，密码不变。\n"


def test_a_second_run_keeps_the_passwords_whatever_demo_password_says(monkeypatch):
    monkeypatch.setenv("DEMO_PASSWORD", "another-password")
    call_command("load_2018", stdout=StringIO())
    assert User.objects.get(username="office").check_password(PASSWORD)


# The standing rows


def test_the_areas_form_the_tree_of_the_city():
    city = Area.objects.cities().get()
    assert (city.parent.name, city.name) == ("湖南省", "张家界市")
    assert list(city.children.values_list("name", "kind")) == [
        ("永定区", "district"),
        ("武陵源区", "district"),
        ("慈利县", "district"),
        ("桑植县", "district"),
        ("张家界高新区", "zone"),
        ("市直", "direct"),
    ]


def test_targets_and_enlisted_are_two_columns():
    targets = CategoryTarget.objects.filter(action_plan__year=2018).order_by("category__order")
    rows = [
        (t.category.code, t.target, Enlistment.objects.filter(action_plan=t.action_plan, project__category=t.category))
        for t in targets
    ]
    assert [(code, target, enlisted.count()) for code, target, enlisted in rows] == [
        ("industry", 50, 53),
        ("technology", 20, 20),
        ("product", 10, 10),
        ("investment", 50, 50),
        ("talent", 10, 10),
    ]


def test_the_cast_can_log_in(client):
    for username in ("reporter", "neighbour", "reviewer", "office", "leader", "admin"):
        assert client.login(request=HttpRequest(), username=username, password=PASSWORD), username


def test_the_cast_has_its_roles_places_and_no_superuser():
    rows = User.objects.order_by("pk").values_list(
        "username", "groups__name", "organisation__name", "official__post", "is_staff", "is_superuser"
    )
    assert list(rows) == [
        ("reporter", "填报员", "示例责任单位 慈利 01", None, False, False),
        ("neighbour", "填报员", "示例责任单位 慈利 02", None, False, False),
        ("reviewer", "审核员", "慈利县发展改革局", None, False, False),
        ("office", "市发改委", "市发展改革委", None, True, False),
        ("leader", "市领导", None, "示例·市领导 07", False, False),
        ("admin", "系统管理员", "市发展改革委", None, True, False),
    ]


def test_the_leader_of_the_cast_has_projects():
    assert Project.objects.filter(liaison_leader__user__username="leader").count() >= 5


# What is real and what is a sample


def test_every_sample_project_says_so_in_its_name_and_all_others_are_the_published_ones():
    assert not Project.objects.filter(is_sample=True).exclude(name__startswith="示例·").exists()
    published = [row["project"] for row in seed("zhangjiajie-projects.csv")]
    assert list(Project.objects.filter(is_sample=False).order_by("code").values_list("name", flat=True)) == published


def test_whatever_stands_around_the_samples_says_that_it_is_one():
    for rows, column in (
        (Official.objects.all(), "post"),
        (Organisation.objects.filter(is_sample=True), "name"),
        (Activity.objects.all(), "title"),
        (MediaReport.objects.all(), "title"),
        (Problem.objects.all(), "description"),
        (Talent.objects.all(), "field"),
        (TeamMember.objects.all(), "post"),
    ):
        assert rows.exists()
        assert not rows.exclude(**{f"{column}__startswith": "示例"}).exists(), rows.model


def test_owners_and_responsible_units_of_samples_are_samples():
    samples = Project.objects.filter(is_sample=True)
    assert not samples.filter(Q(owner__is_sample=False) | Q(responsible_unit__is_sample=False)).exists()
    assert not Contract.objects.filter(company__is_sample=False).exists()


def test_a_published_project_carries_its_published_total_and_no_figure_more():
    for row in seed("zhangjiajie-projects.csv"):
        project = Project.objects.get(name=row["project"])
        assert project.total_investment == Decimal(row["total_investment_yi"]) * 10_000
        assert (project.invested_before, project.designed_output) == (0, None)


def test_no_published_project_has_a_plan_a_report_a_contract_a_team_or_an_event():
    named = Project.objects.filter(is_sample=False)
    assert named.count() == 22
    for relation in ("annual_plans", "monthly_reports", "contracts", "team", "events", "activities", "problems_raised"):
        assert not named.exclude(**{relation: None}).exists(), relation


def test_published_dates_become_the_start_only_where_the_text_says_so_plainly():
    starts = dict(Project.objects.filter(is_sample=False).values_list("name", "actual_start"))
    assert starts["大庸古城"] == datetime.date(2016, 6, 21)
    assert starts["天空之眼"] == datetime.date(2020, 3, 27)
    assert starts["天门山索道下站旅游服务综合体"] is None  # "年份据上下文"
    assert starts[WEST_LINE] is None  # "开园" is not a start
    assert "2018-06-09 开园" in Project.objects.get(name=WEST_LINE).remark


def test_the_western_line_alone_of_the_published_projects_is_enlisted():
    enlisted = Enlistment.objects.filter(project__is_sample=False).values_list(
        "action_plan__year", "project__name", "provincial"
    )
    assert list(enlisted) == [(2018, WEST_LINE, True)]


def test_the_western_line_counts_without_plan_or_amount():
    row = ProjectProgress.objects.get(project__name=WEST_LINE, year=2018, month=12)
    assert (row.planned_year, row.amount, row.year_to_date, row.rate) == (None, None, 0, None)


def test_the_results_of_the_western_line_keep_more_than_and_nearly():
    results = Project.objects.get(name=WEST_LINE).results.order_by("indicator__code")
    assert [str(result).split("·")[1].strip() for result in results] == ["新增就业 超过500个", "新增年产值 近20000万元"]


def test_each_sample_has_a_team_of_three_to_five_headed_by_its_leader():
    teams = Project.objects.filter(is_sample=True).annotate(members=Count("team"))
    assert not teams.exclude(members__gte=3, members__lte=5).exists()
    led = TeamMember.objects.filter(role=TeamMember.Role.HEAD).exclude(project__liaison_leader=None)
    assert not led.exclude(post=F("project__liaison_leader__post")).exists()


def test_every_industrial_project_has_its_liaison_leader_and_elsewhere_gaps_show():
    gaps = Project.objects.enlisted(2018).without_leader()
    assert set(gaps.values_list("category__code", flat=True)) == {"technology", "product", "investment", "talent"}


# Money


@pytest.mark.parametrize(
    ("code", "planned_yuan", "completed_yuan"),
    [
        ("industry", 10_476_000_000, 8_590_000_000),
        ("technology", 306_900_000, 178_000_000),
        ("product", 224_300_000, 240_000_000),
    ],
)
def test_plans_and_completions_add_up_to_the_yuan(code, planned_yuan, completed_yuan):
    rows = ProjectProgress.objects.filter(year=2018, month=12, category__code=code)
    sums = rows.aggregate(planned=Sum("planned_year"), completed=Sum("year_to_date"))
    assert (sums["planned"] * 10_000, sums["completed"] * 10_000) == (planned_yuan, completed_yuan)
    reported = MonthlyReport.objects.filter(year=2018, project__category__code=code).aggregate(sum=Sum("amount"))
    assert reported["sum"] * 10_000 == completed_yuan


def test_attraction_and_talent_projects_have_neither_plan_nor_reported_amount():
    others = Project.objects.filter(category__code__in=["investment", "talent"])
    assert not others.exclude(annual_plans=None).exists()
    assert not MonthlyReport.objects.filter(year=2018, project__in=others, amount__isnull=False).exists()


def test_no_project_has_cost_more_than_its_total_investment():
    rows = ProjectProgress.objects.filter(year=2018, month=12, planned_year__isnull=False)
    assert rows.count() == 82
    assert not rows.filter(since_start__gt=F("project__total_investment")).exists()


def test_a_revised_plan_is_in_force_from_september_on():
    revised = AnnualPlan.objects.filter(year=2018, revision=1)
    assert set(revised.values_list("issued_on", "effective_month")) == {(datetime.date(2018, 8, 20), 9)}
    assert set(AnnualPlan.objects.exclude(pk__in=revised).values_list("effective_month")) == {(1,)}


def test_six_plans_were_revised_with_a_reason_and_keep_their_original():
    revised = AnnualPlan.objects.filter(year=2018, revision=1)
    originals = AnnualPlan.objects.filter(year=2018, revision=0, project__in=revised.values("project"))
    assert (revised.count(), originals.count()) == (6, 6)
    assert not revised.filter(Q(reason="") | Q(document_number="")).exists()
    for revision in revised:
        assert originals.get(project=revision.project).amount != revision.amount


def test_a_third_of_the_plans_have_a_curve_that_adds_up_to_the_plan():
    with_curve = AnnualPlan.objects.filter(year=2018).exclude(curve=None).distinct()
    assert with_curve.values("project").distinct().count() == 27
    for plan in with_curve:
        assert PlannedMonth.objects.filter(plan=plan).aggregate(sum=Sum("amount"))["sum"] == plan.amount


def test_every_planned_project_has_twelve_reports_and_zero_is_reported():
    reports = MonthlyReport.objects.filter(year=2018, kind=Kind.INVESTMENT)
    assert reports.count() == 82 * 12
    approved = reports.filter(state=State.APPROVED)
    assert not approved.filter(
        Q(amount=None) | Q(submitted_at=None) | Q(reviewed_at=None) | Q(image_progress="")
    ).exists()
    assert approved.filter(amount=0).count() > 100


def test_amounts_have_at_most_two_decimals():
    assert not [a for a in MonthlyReport.objects.values_list("amount", flat=True) if a and a * 100 % 1]


def test_the_year_is_slow_in_winter_and_rushes_in_june_and_december():
    city = GroupProgress.objects.filter(year=2018, kind=GroupProgress.Kind.TOTAL, area__kind=Area.Kind.CITY)
    amounts = dict(city.values_list("month", "amount"))
    by_size = sorted(amounts, key=amounts.get)
    assert set(by_size[:2]) == {1, 2}
    assert by_size[-2:] == [6, 12]


def test_rates_are_wide_apart():
    rates = ProjectProgress.objects.filter(year=2018, month=12, rate__isnull=False).values_list("rate", flat=True)
    assert min(rates) < 30
    assert max(rates) > 140
    assert len(set(rates)) > 70


def test_nothing_is_invested_before_the_start():
    early = MonthlyReport.objects.filter(
        year=2018, project__actual_start__year=2018, month__lt=F("project__actual_start__month")
    )
    assert early.exists()
    assert set(early.values_list("amount", "stage")) == {(0, Stage.PREPARATORY)}


def test_two_projects_stopped_reported_two_zeros_and_are_excused_since():
    stopped = Project.objects.filter(status=Status.STOPPED)
    since = [
        list(project.monthly_reports.filter(year=2018, month__gte=8).order_by("month").values_list("state", "amount"))
        for project in stopped
    ]
    zero, excused = (State.APPROVED, 0), (State.EXCUSED, None)
    assert [row[-5:] for row in since] == [
        [*since[0][:2], zero, zero, excused],
        [zero, zero, excused, excused, excused],
    ]


def test_a_stage_never_goes_back_and_ends_where_the_register_stands():
    for project in Project.objects.filter(annual_plans__year=2018).distinct().exclude(status=Status.STOPPED):
        told = project.monthly_reports.filter(year=2018, stage__isnull=False).order_by("month")
        stages = list(told.values_list("stage", flat=True))
        assert stages == sorted(stages)
        assert stages[-1] == project.stage


def test_the_figures_are_there_when_the_load_ends():
    for year in (2018, 2019):
        before = all_rows()
        assert not freshness(year).updating
        findings = []
        progress.refresh_year(year, findings)
        assert findings == []
        assert all_rows()["GroupProgress"] == before["GroupProgress"]


def test_the_contracts_of_the_first_quarter_are_as_published():
    (row,) = [row for row in seed("zhangjiajie-events.csv") if row["batch"] == "2018 一季度签约"]
    contracts = Contract.objects.filter(signed_on__year=2018, signed_on__month__lte=3)
    amount = contracts.aggregate(sum=Sum("amount"))["sum"]
    assert (contracts.count(), amount) == (int(row["projects"]), Decimal(row["total_investment_yi"]) * 10_000)


# What goes on in 2019


def test_2019_carries_over_what_is_unfinished_and_nothing_as_new():
    plan = ActionPlan.objects.get(year=2019)
    finished = Q(project__stage=Stage.PRODUCTION) | Q(project__status=Status.FINISHED)
    in_2018 = Enlistment.objects.filter(action_plan__year=2018)
    assert set(plan.enlistments.values_list("project", flat=True)) == set(
        in_2018.exclude(finished).values_list("project", flat=True)
    )
    assert Nature.NEW not in plan.enlistments.values_list("nature", flat=True)
    assert plan.name.startswith("示例")


def test_every_carried_project_with_a_plan_has_a_sample_plan_for_2019():
    plans = AnnualPlan.objects.filter(year=2019)
    carried = Project.objects.enlisted(2019).filter(annual_plans__year=2018).distinct()
    assert set(plans.values_list("project", flat=True)) == set(carried.values_list("pk", flat=True))
    assert not plans.exclude(document_number__startswith="示例", amount__gt=0).exists()
