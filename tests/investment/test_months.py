"""The calendar, without a database."""

import datetime
from decimal import Decimal

import pytest

from investment.months import CADENCES, Month, Span, time_progress


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


def span(cadence, month):
    return Span(CADENCES[cadence], Month.parse(month))


@pytest.mark.parametrize(
    ("cadence", "month", "label", "numbers"),
    [
        ("month", "2018-06", "2018年6月", [6]),
        ("quarter", "2018-06", "2018年二季度", [4, 5, 6]),
        ("quarter", "2018-08", "2018年三季度至8月", [7, 8]),
        ("quarter", "2018-10", "2018年四季度至10月", [10]),
        ("half", "2018-06", "2018年上半年", [1, 2, 3, 4, 5, 6]),
        ("half", "2018-08", "2018年下半年至8月", [7, 8]),
        ("year", "2018-12", "2018年全年", list(range(1, 13))),
        ("year", "2018-02", "2018年1月至2月", [1, 2]),
        ("year", "2018-01", "2018年1月", [1]),
    ],
)
def test_span_begins_with_its_quarter_and_ends_with_the_month_shown(cadence, month, label, numbers):
    found = span(cadence, month)
    assert (found.label, list(found.numbers)) == (label, numbers)
    assert found.complete is (len(numbers) == CADENCES[cadence].months)


@pytest.mark.parametrize(
    ("cadence", "month", "previous", "year_ago"),
    [
        ("month", "2019-01", "2018年12月", "2018年1月"),
        ("quarter", "2018-06", "2018年一季度", "2017年二季度"),
        ("quarter", "2018-08", "2018年二季度至5月", "2017年三季度至8月"),
        ("quarter", "2019-01", "2018年四季度至10月", "2018年一季度至1月"),
        ("half", "2018-06", "2017年下半年", "2017年上半年"),
        ("half", "2018-09", "2018年上半年至3月", "2017年下半年至9月"),
        ("year", "2018-12", "2017年全年", "2017年全年"),
    ],
)
def test_span_is_compared_with_as_many_months(cadence, month, previous, year_ago):
    found = span(cadence, month)
    assert (found.previous.label, found.year_ago.label) == (previous, year_ago)
    assert len(found.previous.numbers) == len(found.year_ago.numbers) == len(found.numbers)


@pytest.mark.parametrize(
    ("cadence", "month", "eve"),
    [("month", "2018-06", "2018-05"), ("quarter", "2018-08", "2018-06"), ("month", "2018-01", None),
     ("year", "2018-12", None), ("half", "2018-03", None)],
)  # fmt: skip
def test_eve_of_a_span_is_of_its_year(cadence, month, eve):
    assert span(cadence, month).eve == (Month.parse(eve) if eve else None)
