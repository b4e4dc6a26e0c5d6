"""The one rate: half up, none without a plan, never clipped; the same in Python, in PostgreSQL and in SQLite."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from investment.models import GroupProgress
from investment.rates import percent

PRINTED = Path(__file__).parent / "printed_rates.csv"


def test_published_rate_of_the_provincial_projects():
    assert percent(Decimal("16.07"), Decimal(14)) == Decimal("114.79")


@pytest.mark.parametrize("plan", [None, Decimal(0)])
def test_no_plan_no_rate(plan):
    assert percent(Decimal(5), plan) is None


def test_nothing_completed_is_a_rate_of_zero():
    assert percent(Decimal(0), Decimal(10)) == Decimal("0.00")


def test_unknown_part_has_no_rate():
    assert percent(None, Decimal(10)) is None


def test_rounds_half_up_and_away_from_zero():
    assert percent(Decimal("2.345"), Decimal(100)) == Decimal("2.35")
    assert percent(Decimal("-2.345"), Decimal(100)) == Decimal("-2.35")


def test_more_than_a_hundred_is_shown_as_it_is():
    assert percent(Decimal(6902), Decimal(100)) == Decimal("6902.00")


@pytest.mark.parametrize("row", list(csv.DictReader(PRINTED.open(encoding="utf-8"))), ids=lambda row: row["line"])
def test_rates_printed_by_other_places(row):
    """Tables of other cities whose inputs are printed precisely enough to give the printed rate."""
    places = len(row["printed_percent"].partition(".")[2])
    assert percent(Decimal(row["completed"]), Decimal(row["plan"]), places) == Decimal(row["printed_percent"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    completed=st.integers(min_value=-(10**13), max_value=10**14),
    planned=st.integers(min_value=0, max_value=10**14),
    elapsed=st.integers(min_value=0, max_value=10_000),
)
def test_database_computes_the_same(db, completed, planned, elapsed):
    rate, gap, ratio = (GroupProgress._meta.get_field(name) for name in ("rate", "gap", "plan_ratio"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rate, gap, plan_ratio FROM ("
            f"SELECT {_sql(rate)} AS rate, {_sql(gap)} AS gap, {_sql(ratio)} AS plan_ratio FROM ("
            f"SELECT CAST({completed} AS bigint) AS year_to_date, CAST({planned} AS bigint) AS planned_year,"
            f" CAST({planned} AS bigint) AS planned_to_date, CAST({elapsed} AS bigint) AS time_progress) one) computed"
        )
        found = cursor.fetchone()
    expected = percent(Decimal(completed), Decimal(planned))
    if expected is None:
        assert found == (None, None, None)
    else:
        assert found == (expected * 100, expected * 100 - elapsed, expected * 100)


def _sql(field):
    """The expression of a generated column, without its table."""
    sql, params = field.generated_sql(connection)
    assert params in ([], ())
    return sql
