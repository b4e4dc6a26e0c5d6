"""How far behind is said: one rule, for rows in Python and for rows in the database."""

from decimal import Decimal

import pytest

from investment import lamps, progress
from investment.models import ProjectProgress
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, ProjectFactory, enlist


@pytest.mark.parametrize(
    ("plan_ratio", "shape", "word"),
    [
        ("105.00", "●", "超前"),
        ("104.99", "●", "正常"),
        ("95.00", "●", "正常"),
        ("94.99", "◆", "滞后"),
        ("60.00", "◆", "滞后"),
        ("59.99", "■", "严重滞后"),
        ("0.00", "■", "严重滞后"),
    ],
)
def test_lamp_follows_the_plan_ratio_and_has_a_shape_and_a_word(plan_ratio, shape, word):
    state = lamps.lamp(Decimal(plan_ratio))
    assert (state.shape, state.word) == (shape, word)


def test_without_plan_there_is_nothing_to_rate():
    assert lamps.lamp(None) == lamps.NOT_RATED


def test_every_lamp_has_its_own_code():
    assert len({lamp.code for lamp in (*lamps.LAMPS, lamps.REACHED)}) == 6


@pytest.mark.django_db
def test_the_database_finds_for_each_lamp_the_rows_that_have_it():
    for amount in ("0", "599.9", "600", "949.9", "950", "1049.9", "1050", "9999"):
        plan = AnnualPlanFactory(amount=Decimal(1000))
        MonthlyReportFactory(project=plan.project, month=12, amount=Decimal(amount))
    enlist(ProjectFactory())
    progress.refresh_stale()
    rows = ProjectProgress.objects.filter(month=12)
    found = {lamp: set(rows.with_lamp(lamp)) for lamp in lamps.LAMPS}
    assert found == {lamp: {row for row in rows if row.lamp == lamp} for lamp in lamps.LAMPS}
    assert [len(found[lamp]) for lamp in lamps.LAMPS] == [2, 2, 2, 2, 1]
