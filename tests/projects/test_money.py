"""Money: what people type is understood or refused with a reason; what is stored is exact."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from projects.models import Project
from projects.money import MoneyField, MoneyFormField, format_wan, format_yi, parse_wan
from tests.factories import ProjectFactory


@pytest.mark.parametrize(
    ("typed", "wan"),
    [
        ("1234.5", "1234.5"),
        ("1,234.50", "1234.50"),
        ("1，234.50", "1234.50"),
        ("１２３４．５", "1234.5"),
        (" 12 345 ", "12345"),
        ("12\u3000345", "12345"),
        ("0", "0"),
        ("0.0001", "0.0001"),
        (".5", "0.5"),
        ("480万元", "480"),
        ("480 万", "480"),
        ("1.2亿元", "12000"),
        ("1.2亿", "12000"),
        ("-3", "-3"),
        ("－3", "-3"),
        ("99999999", "99999999"),
    ],
)
def test_understands_what_people_type(typed, wan):
    assert parse_wan(typed) == Decimal(wan)


@pytest.mark.parametrize("typed", ["", "   ", "\u3000"])
def test_nothing_typed_is_none_and_not_zero(typed):
    assert parse_wan(typed) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1_000", "number"),
        ("1e5", "number"),
        ("NaN", "number"),
        ("Infinity", "number"),
        ("12,34", "number"),
        ("1,2345", "number"),
        ("1.2.3", "number"),
        ("--5", "number"),
        ("约500", "number"),
        ("١٢", "number"),
        ("=1+1", "number"),
        ("五百", "number"),
        ("-", "number"),
        ("5000元", "unit"),
        ("0.00001", "fraction"),
        ("100000000", "large"),
        ("1万亿", "number"),
    ],
)
def test_refuses_the_rest_with_a_reason_in_chinese(typed, code):
    with pytest.raises(ValidationError) as refusal:
        parse_wan(typed)
    assert refusal.value.code == code
    assert typed in refusal.value.message


def test_refuses_a_unit_where_the_column_has_one():
    with pytest.raises(ValidationError) as refusal:
        parse_wan("1.2亿元", units=False)
    assert refusal.value.code == "unit"


@given(st.decimals(min_value=0, max_value=99_999_999, places=4))
def test_reads_back_whatever_it_printed(amount):
    assert parse_wan(format_wan(amount, 4)) == amount


@given(st.text(max_size=12))
def test_never_answers_anything_but_a_decimal_none_or_a_refusal(text):
    try:
        amount = parse_wan(text)
    except ValidationError:
        return
    assert amount is None or MoneyField().get_prep_value(amount) == amount * 10_000


def test_form_field_shows_the_amount_as_it_can_be_typed():
    field = MoneyFormField()
    assert field.prepare_value(Decimal("1234.5000")) == "1234.50"
    assert field.prepare_value(Decimal("0.0001")) == "0.0001"
    assert field.prepare_value("abc") == "abc"
    assert field.clean("1，234.50") == Decimal("1234.50")


def test_form_field_notices_change_by_value_and_not_by_spelling():
    field = MoneyFormField()
    assert not field.has_changed(Decimal("1234.5"), "1,234.50")
    assert field.has_changed(Decimal("1234.5"), "1234.51")
    assert field.has_changed(None, "0")


def test_required_form_field_refuses_nothing():
    with pytest.raises(ValidationError):
        MoneyFormField(required=True).clean(" ")
    assert MoneyFormField(required=False).clean(" ") is None


def test_yi_is_rounded_half_up():
    assert format_yi(Decimal(900_850)) == "90.09"
    assert format_yi(Decimal("900849.9999")) == "90.08"
    assert format_wan(None) == ""
    assert format_wan(Decimal("1234567.005")) == "1,234,567.01"


@pytest.mark.parametrize("amount", [0.1, Decimal("0.00001"), Decimal("NaN")])
def test_yuan_are_whole_and_never_from_floats(amount):
    with pytest.raises(ValueError, match=r"float|decimals"):
        MoneyField().get_prep_value(amount)


def test_database_adds_up_exactly(db):
    for amount in ("0.1", "0.2", "0.0001"):
        ProjectFactory(total_investment=Decimal(amount))
    assert Project.objects.aggregate(total=Sum("total_investment"))["total"] == Decimal("0.3001")
    assert Project.objects.filter(total_investment=Decimal("0.1")).count() == 1
    assert Project.objects.filter(total_investment__gt=Decimal("0.1")).count() == 1


def test_database_keeps_the_largest_amount(db):
    project = ProjectFactory(total_investment=Decimal("99999999"))
    assert Project.objects.get(pk=project.pk).total_investment == Decimal("99999999")


@pytest.mark.parametrize("amount", [1.5, Decimal("0.00001"), Decimal("Infinity")])
def test_database_refuses_what_is_not_whole_yuan(db, amount):
    with pytest.raises(ValueError, match=r"floats|decimals"):
        ProjectFactory(total_investment=amount)
