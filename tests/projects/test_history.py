"""The history: each change with who, when, from where, old and new; and that nobody changes it afterwards."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from projects import guards, roles
from projects.models import Activity, HistoryEntry, Organisation, Problem, Project, TeamMember, User
from tests.factories import CategoryFactory, OfficialFactory, OrganisationFactory, ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db
Action = HistoryEntry.Action


def latest():
    return HistoryEntry.objects.first()


def count():
    return HistoryEntry.objects.count()


def form_of(project, **changes):
    """What the administration page of a project sends."""
    fields = {name: getattr(project, f"{name}_id") or "" for name in ("category", "area", "owner", "parent")}
    fields |= {name: getattr(project, name) for name in ("code", "name", "level", "stage", "status")}
    team = {f"team-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}
    return {**fields, **team, "invested_before": "0", "is_sample": "on", **changes}


# ---- who, when, from where, from what to what ----


def test_a_project_changed_by_the_office_says_all_of_it(client, cast):
    project = ProjectFactory(total_investment=Decimal(1000), name="示例·甲")
    client.force_login(cast.office)
    address = reverse("admin:projects_project_change", args=[project.pk])
    before = timezone.now()
    changes = form_of(project, name="示例·乙", total_investment="1,200.5", category=CategoryFactory(code="b").pk)
    answer = client.post(address, changes, REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR="6.6.6.6")
    assert answer.status_code == 302
    entry = latest()
    assert (entry.actor, entry.remote_addr) == (cast.office, "10.1.2.3")
    assert before <= entry.timestamp <= timezone.now()
    assert (entry.content_type.model, entry.object_id, entry.project) == ("project", project.pk, project)
    assert entry.changes == {
        "name": ["示例·甲", "示例·乙"],
        "total_investment": ["1000", "1200.5"],
        "category": ["类别 industry", "类别 b"],
    }


def test_without_a_request_it_was_the_system():
    ProjectFactory()
    assert (latest().actor, latest().remote_addr) == (None, None)


def test_nothing_is_written_where_nothing_changed():
    project = Project.objects.get(pk=ProjectFactory(total_investment=Decimal("100.50")).pk)
    before = count()
    project.total_investment = Decimal("100.5000")
    project.save()
    assert count() == before


def test_a_new_row_tells_what_was_filled_in_and_not_what_was_left_blank():
    unit = OrganisationFactory(name="示例责任单位 甲")
    assert latest().changes == {
        "name": [None, "示例责任单位 甲"],
        "kind": [None, "company"],
        "area": [None, "慈利县"],
        "is_sample": [None, True],
    }
    assert (latest().action, latest().object_id) == (Action.CREATE, unit.pk)


def test_a_reference_is_kept_by_name_as_it_was_called_then():
    first, second = OfficialFactory(post="示例·甲"), OfficialFactory(post="示例·乙")
    project = Project.objects.get(pk=ProjectFactory(liaison_leader=first).pk)
    project.liaison_leader = second
    project.save()
    first.post = "示例·丙"
    first.save()
    assert HistoryEntry.objects.filter(project=project).first().changes == {"liaison_leader": ["示例·甲", "示例·乙"]}


def test_what_is_deleted_stays_in_the_history_with_its_project():
    member = TeamMember.objects.create(project=ProjectFactory(), post="示例·副县长")
    project = member.project
    member.delete()
    assert (latest().action, latest().project, latest().object_repr) == (Action.DELETE, project, "成员 示例·副县长")
    assert latest().changes["post"] == ["示例·副县长", None]


def test_a_project_that_is_gone_is_still_named():
    project = ProjectFactory(name="示例·撤下的项目")
    key = project.pk
    project.delete()
    assert (latest().project_id, latest().object_repr, latest().action) == (key, "示例·撤下的项目", Action.DELETE)


@pytest.mark.parametrize(
    "make",
    [
        lambda project: Problem.objects.create(
            project=project, kind="land", description="征地", raised_on="2018-01-01"
        ),
        lambda project: Activity.objects.create(project=project, kind="visit", held_on="2018-01-01", title="调研"),
        lambda project: TeamMember.objects.create(project=project, post="组长"),
    ],
    ids=["problem", "activity", "team"],
)
def test_what_belongs_to_a_project_is_found_with_it(make):
    project = ProjectFactory()
    make(project)
    assert latest().project == project


def test_a_change_that_is_taken_back_leaves_nothing():
    before = count()
    with transaction.atomic():
        ProjectFactory(category=CategoryFactory(code="new"))
        transaction.set_rollback(True)
    assert count() == before


# ---- accounts ----


def test_groups_of_an_account_are_told_by_name(client, cast):
    account = UserFactory(username="someone", last_name="张")
    account.groups.add(Group.objects.get(name=roles.REPORTER))
    assert latest().changes == {"groups": {"type": "m2m", "operation": "add", "objects": ["填报员"]}}
    client.force_login(cast.admin)
    fields = {"username": "someone", "last_name": "张", "is_active": "on"}
    fields["groups"] = [Group.objects.get(name=roles.REVIEWER).pk]
    assert client.post(reverse("admin:projects_user_change", args=[account.pk]), fields).status_code == 302
    told = [(entry.actor, entry.changes["groups"]["operation"], entry.changes["groups"]["objects"])
            for entry in HistoryEntry.objects.all()[:2]]  # fmt: skip
    assert told == [(cast.admin, "add", ["审核员"]), (cast.admin, "delete", ["填报员"])]


def test_a_new_password_is_written_down_without_the_password():
    account = UserFactory()
    account.set_password("another-password")
    account.save()
    assert latest().changes == {"password": ["（不显示）", "（不显示）"]}
    assert "md5" not in str(list(HistoryEntry.objects.values_list("changes", flat=True)))


def test_to_log_in_changes_no_account(client, cast):
    before = count()
    client.force_login(cast.office)
    assert User.objects.get(username="office").last_login is not None
    assert count() == before


def test_an_account_with_a_history_is_not_deleted(cast):
    ProjectFactory()
    HistoryEntry.objects.create(content_type=latest().content_type, object_pk="1", action=0, actor=cast.office)
    with pytest.raises(ProtectedError):
        cast.office.delete()


# ---- append-only ----


def entry_of(days):
    entry = latest()
    entry.pk, entry.timestamp = None, timezone.now() - datetime.timedelta(days=days)
    entry.save(force_insert=True)
    return HistoryEntry.objects.filter(pk=entry.pk)


def refusal(act):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        act()
    return str(refused.value).splitlines()[0]


@pytest.fixture
def project():
    return ProjectFactory()


def test_the_database_refuses_to_change_an_entry(project):
    assert refusal(lambda: HistoryEntry.objects.update(actor=None)) == guards.FIXED
    assert refusal(lambda: entry_of(days=900).update(object_repr="别的")) == guards.FIXED


def test_the_database_refuses_to_delete_an_entry_before_its_time(project):
    assert refusal(HistoryEntry.objects.filter(pk=latest().pk).delete) == guards.YOUNG
    assert refusal(entry_of(days=179).delete) == guards.YOUNG
    assert "至少保存 180 天" in guards.YOUNG


def test_an_entry_that_had_its_time_may_go(project):
    old = entry_of(days=181)
    assert old.delete()[0] == 1


def test_the_command_of_auditlog_is_refused_as_well(project):
    before = count()
    assert refusal(lambda: call_command("auditlogflush", yes=True, verbosity=0)) == guards.YOUNG
    assert count() == before


if connection.vendor == "sqlite":

    def test_the_database_refuses_to_replace_an_entry(project):
        columns = ", ".join(f'"{field.column}"' for field in HistoryEntry._meta.concrete_fields)
        replace = f"INSERT OR REPLACE INTO {guards.TABLE} ({columns}) SELECT {columns} FROM {guards.TABLE}"
        assert refusal(lambda: connection.cursor().execute(replace)) == guards.FIXED

else:

    def test_the_database_refuses_to_empty_the_history(project):
        connection.check_constraints()  # PostgreSQL empties no table while a check of it is deferred
        assert refusal(lambda: call_command("auditlogflush", yes=True, truncate=True)) == guards.YOUNG


def test_the_guards_are_put_up_again_however_often(project):
    guards.install()
    guards.install()
    assert refusal(HistoryEntry.objects.all().delete) == guards.YOUNG


@pytest.mark.django_db(transaction=True)
def test_the_guards_stand_after_the_tables_were_emptied():
    """This test empties them at its end; the next one of its kind finds them up again."""
    OrganisationFactory()
    assert refusal(HistoryEntry.objects.all().delete) == guards.YOUNG


@pytest.mark.django_db(transaction=True)
def test_the_guards_stand_after_the_tables_were_emptied_again():
    assert Organisation.objects.count() == 0
    OrganisationFactory()
    assert refusal(HistoryEntry.objects.all().delete) == guards.YOUNG


# ---- cost, and what is left out ----


def test_an_entry_costs_a_look_at_the_old_row_and_one_row(project, django_assert_num_queries):
    member = TeamMember.objects.create(project=project, post="组长")
    member.post = "副组长"
    with django_assert_num_queries(4):  # old row, entry, row, version of the register
        member.save()


def test_the_pages_of_auditlog_are_not_reachable():
    with pytest.raises(NoReverseMatch):
        reverse("admin:projects_historyentry_changelist")
