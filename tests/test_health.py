"""`/healthz`: who asks needs no account, and gets no secrets."""

import datetime
import time

import pytest
from django.db import connection
from django.utils import timezone

from investment.models import StaleProgress
from tests.factories import ProjectFactory
from tests.programs import Broker

pytestmark = pytest.mark.broker


@pytest.fixture
def broker():
    with Broker() as broker:
        broker.start()
        yield broker


@pytest.mark.django_db
def test_all_is_well(client, broker):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "broker": "ok", "oldest_stale_seconds": None}


@pytest.mark.django_db
def test_the_age_of_the_oldest_stale_row_is_told_in_seconds(client, broker):
    project = ProjectFactory()
    for age in (30, 90):
        since = timezone.now() - datetime.timedelta(seconds=age)
        StaleProgress.objects.create(project=project, year=2018, since=since)
    assert 90 <= client.get("/healthz").json()["oldest_stale_seconds"] < 100


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", ["stop", "freeze"])
def test_without_a_broker_the_site_is_degraded_but_up(client, broker, trouble):
    getattr(broker, trouble)()
    start = time.monotonic()
    response = client.get("/healthz")
    assert time.monotonic() - start < 2
    assert response.status_code == 200
    assert response.json() == {
        "status": "degraded", "database": "ok", "broker": "error", "oldest_stale_seconds": None
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_without_its_tables_the_site_is_in_error_and_says_no_more(client, broker):
    with connection.schema_editor() as editor:
        editor.alter_db_table(StaleProgress, "investment_staleprogress", "investment_away")
    try:
        response = client.get("/healthz")
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(StaleProgress, "investment_away", "investment_staleprogress")
    assert response.status_code == 503
    assert response.json() == {"status": "error", "database": "error", "broker": "ok", "oldest_stale_seconds": None}
