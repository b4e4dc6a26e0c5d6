"""The calendar, without a database."""

import datetime
from decimal import Decimal

import pytest

from investment.months import Month, time_progress


def test_reads_and_prints_a_month():
    assert Month.parse("2018-06") == Month(2018, 6)
    assert str(Month(2018, 6)) == "2018-06"
    assert Month(2018, 6).label == "2018年6月"
    assert Month.of(datetime.date(2018, 12, 31)) == Month(2018, 12)


@pytest.mark.parametrize("text", ["2018-13", "2018-00", "2018-6", "18-06", "2018-06-01", "", "２０１８-06", "x"])
def test_refuses_what_is_no_month(text):
    with pytest.raises(ValueError, match="is not a month"):
        Month.parse(text)


@pytest.mark.parametrize(("steps", "month"), [(1, "2019-01"), (-12, "2017-12"), (0, "2018-12"), (14, "2020-02")])
def test_shifts_over_the_end_of_the_year(steps, month):
    assert str(Month(2018, 12).shift(steps)) == month


def test_is_ordered_in_time():
    assert Month(2018, 12) < Month(2019, 1)


@pytest.mark.parametrize(("month", "percent"), [(1, "8.33"), (2, "16.67"), (6, "50.00"), (11, "91.67"), (12, "100.00")])
def test_time_progress_is_months_over_twelve_half_up(month, percent):
    assert time_progress(month) == Decimal(percent)
