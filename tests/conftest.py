"""What every test may ask for: the cast, and a broker that is never reached unless the test starts one."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection

from investment import tasks
from projects import roles
from projects.models import Organisation, User

from .factories import AreaFactory, OfficialFactory, OrganisationFactory, ProjectFactory, UserFactory

TRIGGERS_OF_SQLITE = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
NEVER_CHANGED = {"django_content_type", "auth_permission"}  # by a test


@pytest.fixture(autouse=True)
def quiet_broker(request, monkeypatch):
    """Without a broker of its own a test does not wait for one: hints are held back as after a failed send."""
    if "broker" not in request.keywords:
        monkeypatch.setattr(tasks, "_quiet_until", float("inf"))


def _undefended(sql_flush):
    """To empty the tables after a test, past the triggers that refuse it; `post_migrate` puts up those that are gone.

    PostgreSQL deletes: a TRUNCATE of all these tables, which makes their files anew, takes far longer.
    """

    def emptying(self, style, tables, **kwargs):
        tables = [table for table in tables if table not in NEVER_CHANGED]
        if self.connection.vendor == "postgresql":
            deletes = [f"DELETE FROM {self.quote_name(table)}" for table in tables]
            return ["SET session_replication_role = replica", *deletes, "SET session_replication_role = origin"]
        with self.connection.cursor() as cursor:
            cursor.execute(TRIGGERS_OF_SQLITE)
            drops = [f"DROP TRIGGER {name}" for (name,) in cursor.fetchall()]
        return [*drops, *sql_flush(self, style, tables, **kwargs)]

    return emptying


@pytest.fixture(autouse=True, scope="session")
def triggers_yield_to_the_end_of_a_test():
    operations = type(connection.ops)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", _undefended(operations.sql_flush))
        yield


@pytest.fixture(autouse=True)
def nothing_kept():
    """Pages are kept by the versions of their figures, and each test begins with the same ones."""
    cache.clear()


@pytest.fixture(autouse=True)
def numbered_from_zero():
    """Codes and names begin with the same numbers in each test, whatever ran before: what is searched for is unique."""
    for factory in (ProjectFactory, OrganisationFactory, OfficialFactory, UserFactory):
        factory.reset_sequence()


@pytest.fixture
def cast(db):
    """reporter and neighbour fill reports in 慈利县, reviewer reviews it; office, leader and admin serve the city.

    Nearly every test has them, so they come in few queries and leave no history.
    """
    cili = AreaFactory(name="慈利县")
    own, other, bureau, commission = Organisation.objects.bulk_create(
        Organisation(name=name, kind=kind, area=area, is_sample=kind == Organisation.Kind.COMPANY)
        for name, kind, area in (
            ("示例责任单位 慈利 01", Organisation.Kind.COMPANY, cili),
            ("示例责任单位 慈利 02", Organisation.Kind.COMPANY, cili),
            ("慈利县发展改革局", Organisation.Kind.DISTRICT_OFFICE, cili),
            ("市发展改革委", Organisation.Kind.COMMISSION, cili.parent),
        )
    )
    people = {
        "reporter": (roles.REPORTER, own),
        "neighbour": (roles.REPORTER, other),
        "reviewer": (roles.REVIEWER, bureau),
        "office": (roles.OFFICE, commission),
        "leader": (roles.LEADER, commission),
        "admin": (roles.ADMIN, commission),
    }
    users = SimpleNamespace(
        **{
            username: UserFactory.build(
                username=username, organisation=organisation, is_staff=role in (roles.OFFICE, roles.ADMIN)
            )
            for username, (role, organisation) in people.items()
        }
    )
    users.leader.official = OfficialFactory(post="示例·市领导 07")
    User.objects.bulk_create(vars(users).values())
    groups = dict(Group.objects.values_list("name", "pk"))
    User.groups.through.objects.bulk_create(
        User.groups.through(user=getattr(users, username), group_id=groups[role])
        for username, (role, _) in people.items()
    )
    return users
