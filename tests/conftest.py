"""What every test may ask for: the cast, and a broker that is never reached unless the test starts one."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection

from investment import tasks
from projects import roles
from projects.models import Organisation

from .factories import AreaFactory, OfficialFactory, OrganisationFactory, ProjectFactory, UserFactory, city


@pytest.fixture(autouse=True, scope="session")
def flush_past_the_guards():
    """After a test with transactions Django deletes all rows, which on SQLite the guards of the database would refuse.

    They are dropped before that; `post_migrate` puts them back right after it.
    """
    operations = type(connection.ops)
    flush = operations.sql_flush

    def unguarded(self, *args, **kwargs):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            return [*(f"DROP TRIGGER {name}" for (name,) in cursor.fetchall()), *flush(self, *args, **kwargs)]

    with pytest.MonkeyPatch.context() as patch:
        if connection.vendor == "sqlite":
            patch.setattr(operations, "sql_flush", unguarded)
        yield


@pytest.fixture(autouse=True)
def quiet_broker(request, monkeypatch):
    """Without a broker of its own a test does not wait for one: hints are held back as after a failed send."""
    if "broker" not in request.keywords:
        monkeypatch.setattr(tasks, "_quiet_until", float("inf"))


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
    """reporter and neighbour fill reports in 慈利县, reviewer reviews it; office, leader and admin serve the city."""
    cili = AreaFactory(name="慈利县")
    own, other = OrganisationFactory(name="示例责任单位 慈利 01"), OrganisationFactory(name="示例责任单位 慈利 02")
    bureau = OrganisationFactory(name="慈利县发展改革局", kind=Organisation.Kind.DISTRICT_OFFICE, area=cili)
    commission = OrganisationFactory(name="市发展改革委", kind=Organisation.Kind.COMMISSION, area=city())
    people = {
        "reporter": (roles.REPORTER, own),
        "neighbour": (roles.REPORTER, other),
        "reviewer": (roles.REVIEWER, bureau),
        "office": (roles.OFFICE, commission),
        "leader": (roles.LEADER, commission),
        "admin": (roles.ADMIN, commission),
    }
    users = {}
    for username, (role, organisation) in people.items():
        users[username] = UserFactory(
            username=username, organisation=organisation, is_staff=role in (roles.OFFICE, roles.ADMIN)
        )
        users[username].groups.add(Group.objects.get(name=role))
    users["leader"].official = OfficialFactory(post="示例·市领导 07")
    users["leader"].save()
    return SimpleNamespace(**users)
