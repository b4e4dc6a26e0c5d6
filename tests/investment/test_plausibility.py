"""The guards that ask for a reason: what is odd about an amount, and what is not. Amounts in 万元."""

from decimal import Decimal

import pytest

from investment.plausibility import Background, doubts


def background(usual="700", last="742", before="2000", planned="8600", closed="2000"):
    amounts = [None if value is None else Decimal(value) for value in (usual, last, before, planned, closed)]
    return Background(*amounts)


def codes(amount, **given):
    return [doubt.code for doubt in doubts(Decimal(amount), background(**given))]


def text(amount, **given):
    (doubt,) = doubts(Decimal(amount), background(**given))
    return doubt.text


def test_an_amount_like_the_others_raises_no_doubt():
    assert codes("750") == []


def test_a_new_project_raises_no_doubt():
    assert codes("750", usual=None, last=None, before="0", planned=None, closed=None) == []


@pytest.mark.parametrize(("amount", "expected"), [("6999.99", []), ("7000", ["tenfold"]), ("7000000", ["tenfold"])])
def test_ten_times_the_usual_month_is_asked_about(amount, expected):
    assert codes(amount, planned=None) == expected


def test_the_question_says_how_many_times_and_what_to_check():
    assert text("12000", usual="742", planned=None) == ("本月数是平时（742.00 万元）的 16 倍。是否把元当成了万元？")


@pytest.mark.parametrize(("amount", "expected"), [("0.71", []), ("0.7", ["tenfold"]), ("0.07", ["tenfold"])])
def test_a_thousandth_of_the_usual_month_is_asked_about(amount, expected):
    assert codes(amount) == expected


def test_a_ten_thousandth_is_what_becomes_of_yi_typed_as_wan():
    assert text("0.07") == "本月数不到平时（700.00 万元）的千分之一。是否把亿元当成了万元？"


@pytest.mark.parametrize(("amount", "expected"), [("499.99", ["falling"]), ("500", [])])
def test_a_year_to_date_below_what_was_approved_is_asked_about(amount, expected):
    assert codes(amount, before="1500", closed="2000") == expected


def test_the_question_about_falling_names_both_sums():
    assert text("100", before="1500") == (
        "本年累计 1,600.00 万元，比上月审定时的 2,000.00 万元还少。请核对以前月份的更正。"
    )


@pytest.mark.parametrize(("amount", "expected"), [("600", []), ("600.01", ["over-plan"])])
def test_more_than_the_annual_plan_is_asked_about(amount, expected):
    assert codes(amount, planned="2600") == expected


def test_the_question_about_the_plan_names_both_sums():
    assert text("700", planned="2600") == ("本年累计 2,700.00 万元，超过年度计划 2,600.00 万元。请核对单位和数字。")


def test_a_plan_of_zero_is_a_plan():
    assert codes("750", planned="0") == ["over-plan"]


@pytest.mark.parametrize(
    ("last", "usual", "expected"),
    [("742", "700", ["zero"]), ("0", "700", []), (None, "700", ["zero"]), (None, None, [])],
)
def test_zero_after_activity_is_asked_about(last, usual, expected):
    assert codes("0", last=last, usual=usual) == expected


def test_the_question_about_zero_names_what_there_was():
    assert text("0") == "本月为 0，上月完成 742.00 万元。是否停工，还是漏填？"
    assert text("0", last=None) == "本月为 0，平时每月完成 700.00 万元。是否停工，还是漏填？"


def test_exactly_the_figure_of_the_month_before_is_asked_about():
    assert codes("742") == ["same"]
    assert text("742") == "本月数与上月完全相同（742.00 万元）。是否照抄了上月？"


def test_zero_after_zero_is_not_the_same_figure_copied():
    assert codes("0", last="0") == []


def test_what_is_odd_in_several_ways_is_said_in_each_the_gravest_first():
    assert codes("12000", before="0", closed="20000") == ["tenfold", "falling", "over-plan"]
