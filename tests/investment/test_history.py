"""`/history/`, its export and the section on a project's page: who finds what, and what is not told."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from investment.models import Correction, MonthlyReport, Period, PlannedMonth
from investment.year_2018.loading import load_2018
from projects import roles
from projects.models import HistoryEntry, Project
from projects.models.history import Secrecy
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    ProjectFactory,
    UserFactory,
)
from tests.pages import said

pytestmark = pytest.mark.django_db
State = MonthlyReport.State
SECRET = Decimal("31415.92")


@pytest.fixture
def page(client, cast):
    """`page(who, q="…")`: what somebody reads at `/history/`."""

    def ask(account, /, **asked):
        client.force_login(getattr(cast, account))
        return client.get(reverse("history"), asked)

    return ask


@pytest.fixture
def export(client, cast):
    """The rows of the export, each as a dictionary by heading."""

    def ask(account="office", /, **asked):
        client.force_login(getattr(cast, account))
        answer = client.get(reverse("history_csv"), asked)
        text = b"".join(answer.streaming_content).decode()
        assert text[0] == "\ufeff"
        return list(csv.DictReader(io.StringIO(text[1:])))

    return ask


@pytest.fixture
def project(cast):
    return ProjectFactory(name="示例·甲", responsible_unit=cast.reporter.organisation)


def on_page_of(client, cast, who, project):
    client.force_login(getattr(cast, who))
    return said(client.get(reverse("project", args=[project.pk])))


def latest(**which):
    return HistoryEntry.objects.filter(**which).first()


def reread(report):
    return MonthlyReport.objects.get(pk=report.pk)


# ---- what is written down ----


def test_a_plan_and_its_months_are_told_in_wan_with_their_project(project):
    plan = AnnualPlanFactory(project=project, amount=Decimal("1200.50"))
    entry = latest()
    assert (entry.content_type.model, entry.project) == ("annualplan", project)
    assert entry.changes["amount"] == [None, "1200.5"]
    PlannedMonth.objects.create(plan=plan, month=3, amount=Decimal(100))
    assert (latest().content_type.model, latest().project) == ("plannedmonth", project)


def test_a_report_saved_by_the_form_is_told_without_what_a_computer_counts(client, cast, project):
    AnnualPlanFactory(project=project)
    Period.objects.get_or_create(year=2018, month=2)
    client.force_login(cast.reporter)
    form = {"act": "submit", "version": 0, "amount": "120.5", "stage": 3, "image_progress": ""}
    client.post(reverse("report", args=[project.pk, "2018-02"]), form, REMOTE_ADDR="10.9.8.7")
    entry = latest(content_type__model="monthlyreport")
    assert (entry.actor, entry.remote_addr, entry.project) == (cast.reporter, "10.9.8.7", project)
    assert set(entry.changes) == {"project", "year", "month", "kind", "state", "amount", "stage"}
    assert (entry.changes["amount"], entry.changes["state"]) == ([None, "120.5"], [None, State.SUBMITTED])


def test_a_correction_is_found_with_the_project_of_its_report(project):
    report = MonthlyReportFactory(project=project)
    Correction.objects.create(report=report, old_amount=100, new_amount=Decimal("99.5"), reason="核实")
    assert (latest().project, latest().changes["new_amount"]) == (project, [None, "99.5"])


def test_a_period_belongs_to_no_project():
    period = Period.objects.get_or_create(year=2019, month=5)[0]
    period.due_on = datetime.date(2019, 5, 24)
    period.save()
    assert (latest().project_id, latest().changes) == (None, {"due_on": ["2019-05-25", "2019-05-24"]})


def test_the_data_of_2018_is_no_change():
    HistoryEntry.objects.filter(pk=None).delete()
    before = HistoryEntry.objects.count()
    load_2018("demo-password")
    assert HistoryEntry.objects.count() == before
    ProjectFactory()
    assert HistoryEntry.objects.count() > before


def test_a_saved_report_costs_one_look_and_one_row(project, django_assert_num_queries):
    report = reread(MonthlyReportFactory(project=project))
    report.amount = 7
    report.project  # noqa: B018  # the page has read it
    with django_assert_num_queries(8) as told:
        report.save()
    about = [query["sql"] for query in told if "historyentry" in query["sql"]]
    looked = [query["sql"] for query in told if query["sql"].startswith("SELECT") and "monthlyreport" in query["sql"]]
    assert (len(about), len(looked)) == (1, 1)


# ---- drafts ----


@pytest.mark.parametrize(
    ("was", "now", "secrecy"),
    [
        (State.EXPECTED, State.DRAFT, Secrecy.ALL),
        (State.DRAFT, State.DRAFT, Secrecy.ALL),
        (State.RETURNED, State.DRAFT, Secrecy.ALL),
        (State.EXCUSED, State.DRAFT, Secrecy.ALL),
        (State.MISSING, State.MISSING, Secrecy.ALL),
        (State.DRAFT, State.SUBMITTED, Secrecy.BEFORE),
        (State.DRAFT, State.EXCUSED, Secrecy.BEFORE),
        (State.SUBMITTED, State.DRAFT, Secrecy.NONE),
        (State.SUBMITTED, State.RETURNED, Secrecy.NONE),
        (State.SUBMITTED, State.APPROVED, Secrecy.NONE),
    ],
)
def test_what_of_a_report_is_the_units_own_business(project, was, now, secrecy):
    reasons = {"return_reason": "请核实", "excuse_reason": "停工"}
    report = reread(MonthlyReportFactory(project=project, state=was, amount=5, **reasons))
    report.state, report.amount = now, Decimal(6)
    report.save()
    assert latest().secrecy == secrecy


def test_a_draft_is_listed_without_its_values_but_for_those_who_type(page, export, cast, project):
    report = reread(MonthlyReportFactory(project=project, state=State.DRAFT, amount=SECRET))
    report.amount = SECRET + 1
    report.save()
    for who in ("office", "admin"):
        assert said(page(who)).count("填报中，内容不公开") == 2
        assert "31,415" not in said(page(who))
        assert [row["字段"] for row in export(who, kind="monthlyreport")] == ["填报中，内容不公开"] * 2
    cast.office.groups.add(Group.objects.get(name=roles.REPORTER))
    Project.objects.update(owner=cast.office.organisation)
    assert "31,415.92 → 31,416.92" in said(page("office"))


def test_the_handing_in_tells_what_was_handed_in_and_not_what_stood_there_before(page, project):
    report = reread(MonthlyReportFactory(project=project, state=State.DRAFT, amount=SECRET))
    report.state, report.amount = State.SUBMITTED, Decimal(120)
    report.save()
    text = said(page("office"))
    assert "本月完成投资（万元） 填报中，内容不公开 → 120" in text
    assert "31,415" not in text


def test_a_draft_is_on_the_page_of_the_project_for_those_who_type_it_only(client, cast, project):
    MonthlyReportFactory(project=project, state=State.DRAFT, amount=SECRET)
    assert "新增月报" in on_page_of(client, cast, "reporter", project)
    for who in ("reviewer", "office", "leader", "admin"):
        text = on_page_of(client, cast, who, project)
        assert "新增项目 示例·甲" in text
        assert "新增月报" not in text


# ---- who sees it ----


def test_the_page_of_a_project_shows_its_changes_to_whoever_sees_it(client, cast, project):
    project = Project.objects.get(pk=project.pk)
    project.name = "示例·乙"
    project.save()
    AnnualPlanFactory(project=project, amount=Decimal(1200))
    ProjectFactory(name="示例·别的项目")
    for who in ("reporter", "reviewer", "leader"):
        text = on_page_of(client, cast, who, project)
        assert "最近 3 次变更" in text
        assert "项目名称 示例·甲 → 示例·乙" in text
        assert "年度计划投资（万元） 1,200" in text
        assert ("别的项目" in text, "查找和导出全部变更" in text) == (False, False)
    assert "查找和导出全部变更" in on_page_of(client, cast, "office", project)


def test_the_page_of_a_project_shows_the_latest_20(client, cast, project):
    for number in range(25):
        project.team.create(post=f"成员 {number:02}")
    text = on_page_of(client, cast, "office", project)
    assert "最近 20 次变更" in text
    assert "成员 成员 24" in text


def test_addresses_are_for_the_office_and_the_administrator(client, cast, project, page):
    client.force_login(cast.office)
    client.post(reverse("admin:projects_area_add"), {"name": "示例区", "kind": "district"}, REMOTE_ADDR="10.1.2.3")
    HistoryEntry.objects.create(
        project=project, content_type=latest().content_type, object_pk="1", action=1, remote_addr="10.1.2.3"
    )
    assert "10.1.2.3" in said(page("office"))
    assert "10.1.2.3" not in on_page_of(client, cast, "reporter", project)


def test_the_office_of_one_city_does_not_see_the_projects_of_another(page, cast):
    elsewhere = AreaFactory(name="别市", kind="city", parent=None)
    ProjectFactory(name="示例·别市项目", area=AreaFactory(name="别区", parent=elsewhere))
    ProjectFactory(name="示例·本市项目")
    text = said(page("office", kind="project"))
    assert ("示例·本市项目" in text, "示例·别市项目" in text) == (True, False)


def test_what_was_deleted_is_still_found(page, project):
    project.delete()
    assert "删除项目 示例·甲" in said(page("admin", kind="project"))


# ---- the page ----


def test_changes_are_told_with_the_names_of_fields_and_choices(page, project):
    project = Project.objects.get(pk=project.pk)
    project.stage, project.total_investment, project.is_sample = 3, Decimal("12345.5"), True
    project.liaison_leader = OfficialFactory(post="示例·市领导 01")
    project.save()
    text = said(page("office", q="甲"))
    told = ["建设阶段 前期 → 主体施工", "总投资（万元） 空 → 12,345.5", "联系领导 空 → 示例·市领导 01"]
    assert [each for each in told if each in text] == told
    assert "系统" in text


def test_times_are_told_by_the_clock_of_the_site(page):
    period = Period.objects.get_or_create(year=2019, month=5)[0]
    period.opened_at = datetime.datetime(2019, 5, 15, 1, 30, tzinfo=datetime.UTC)
    period.save()
    assert "开放时间 空 → 2019-05-15 09:30" in said(page("office", kind="period"))


def test_groups_of_an_account_are_told_by_name(page, cast):
    cast.reviewer.groups.clear()
    cast.reviewer.groups.add(Group.objects.get(name=roles.REVIEWER))
    assert "组 空 → 加入 审核员" in said(page("admin", q="reviewer"))


def test_an_entry_leads_to_the_project_or_to_its_form(page, cast, project):
    account = UserFactory(username="someone")
    OrganisationFactory(name="示例责任单位 乙")
    html = page("admin").content.decode()
    assert f'<a href="/projects/{project.pk}/">示例·甲</a>' in html
    assert f'<a href="/admin/projects/user/{account.pk}/change/">someone</a>' in html
    html = page("office").content.decode()
    assert "/admin/projects/user/" not in html
    assert "/admin/projects/organisation/" in html


def test_the_newest_stands_first_and_fifty_stand_on_a_page(page):
    for number in range(51):
        OrganisationFactory(name=f"示例单位 {number:02}")
    first, second = page("office", q="示例单位"), page("office", q="示例单位", page=2)
    assert [told.entry.object_repr for told in first.context["rows"]][:2] == ["示例单位 50", "示例单位 49"]
    assert [told.entry.object_repr for told in second.context["rows"]] == ["示例单位 00"]
    assert "第 51 至 51 条，共 51 条" in said(second)


# ---- search ----


def found(answer):
    return [told.entry.object_repr for told in answer.context["rows"]]


def test_it_is_searched_by_name_person_kind_project_and_day(page, client, cast, project):
    other = ProjectFactory(name="示例·乙")
    client.force_login(cast.admin)
    client.post(reverse("admin:projects_area_add"), {"name": "某省", "kind": "province", "order": "0"})
    cast.admin.last_name, cast.admin.first_name = "欧阳", "小明"
    cast.admin.save()
    AnnualPlanFactory(project=project)
    today = timezone.localdate()
    assert found(page("office", q="示例 乙")) == ["示例·乙"]
    assert found(page("office", who="阳小")) == found(page("office", who="admin")) == ["某省"]
    assert "某省" not in found(page("office", who="系统"))
    assert found(page("office", kind="annualplan")) == ["示例·甲 2018年计划"]
    assert found(page("office", project=other.pk)) == ["示例·乙"]
    assert found(page("office", q="示例·乙", since=today, until=today)) == ["示例·乙"]
    assert found(page("office", q="示例·乙", until=today - datetime.timedelta(days=1))) == []
    assert found(page("office", q="示例·乙", since=today + datetime.timedelta(days=1))) == []


def test_values_are_not_searched_as_they_may_be_a_draft(page, project):
    MonthlyReportFactory(project=project, state=State.DRAFT, image_progress="不许外传")
    assert found(page("office", q="不许外传")) == []


@pytest.mark.parametrize("asked", [{"kind": "x"}, {"since": "x"}, {"project": "0"}])
def test_what_is_not_understood_finds_nothing_and_says_why(page, client, project, asked):
    answer = page("office", **asked)
    assert (answer.status_code, found(answer)) == (200, [])
    assert "有的条件无法识别" in said(answer)
    assert client.get(reverse("history_csv"), asked).status_code == 404


def test_nothing_found_says_what_to_do(page, project):
    assert "没有符合这些条件的变更" in said(page("office", q="没有的"))


# ---- export ----


def test_the_export_has_a_row_for_each_changed_field_and_keeps_the_filters(export, cast, project):
    project = Project.objects.get(pk=project.pk)
    project.name, project.stage = "示例·乙", 2
    project.save()
    OrganisationFactory(name="示例单位 别的")
    rows = export(q="乙")
    assert [(row["操作"], row["类别"], row["对象"], row["字段"], row["原值"], row["新值"]) for row in rows] == [
        ("修改", "项目", "示例·乙", "项目名称", "示例·甲", "示例·乙"),
        ("修改", "项目", "示例·乙", "建设阶段", "前期", "开工"),
    ]
    assert {row["操作人"] for row in rows} == {"系统"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_what_people_typed_is_no_formula_in_excel(export, project, start):
    project = Project.objects.get(pk=project.pk)
    project.remark = f"{start}cmd|' /C calc'!A0"
    project.save()
    assert export(q="甲")[0]["新值"] == f"'{start}cmd|' /C calc'!A0"


# ---- cost ----


def test_history_takes_the_same_queries_for_1_and_for_3_entries(page, client, cast, project, django_assert_num_queries):
    page("office", kind="project")
    with django_assert_num_queries(5):
        client.get("/history/?kind=project")
    for _ in range(2):
        ProjectFactory(responsible_unit=OrganisationFactory(), area=AreaFactory(name="桑植县"))
    with django_assert_num_queries(5):
        client.get("/history/?kind=project")
