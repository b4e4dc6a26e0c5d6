"""Money and other exact numbers: one field, one parser, one formatter.

Amounts are stored as whole yuan in a big integer, so that sums are exact on every database. Python and people
speak 万元 (10,000 yuan) as `Decimal`; headlines speak 亿元 (10,000 万元).
"""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

WAN_PER_YI = 10_000
YUAN_PER_WAN = 10_000
LARGEST_WAN = Decimal(99_999_999)  # 9,999 亿元: more than any project, and sums times 20,000 stay inside 64 bits

_PLAIN = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?|[+-]?\.\d+", re.ASCII)
_UNITS = {"亿元": Decimal(WAN_PER_YI), "亿": Decimal(WAN_PER_YI), "万元": Decimal(1), "万": Decimal(1)}
_SIGNS = str.maketrans({"−": "-", "–": "-", "—": "-", "﹣": "-", "。": ".", "、": ","})


def parse_wan(text: str, *, units: bool = True) -> Decimal | None:
    """Read an amount in 万元 as people type or paste it; empty text is None.

    Understood: full-width digits and signs, thousands separators in groups of three, spaces around and between,
    and (with `units`) a suffix 万, 万元, 亿 or 亿元. Everything else is refused: `1_000`, `1e5`, `NaN`, `12,34`,
    fractions of a yuan. Raises ValidationError with a message in Chinese that says what is wrong and how to mend it.
    """
    shown = text.strip()
    plain = "".join(unicodedata.normalize("NFKC", shown).translate(_SIGNS).split())
    if not plain:
        return None
    factor = Decimal(1)
    for suffix, value in _UNITS.items():
        if plain.endswith(suffix):
            if not units:
                raise ValidationError(f"“{shown}”带有单位。本栏单位已固定为万元，请只填数字。", code="unit")
            plain, factor = plain.removesuffix(suffix), value
            break
    if plain.endswith("元"):
        raise ValidationError(f"“{shown}”的单位是元。请换算成万元后填写（1 万元 = 10000 元）。", code="unit")
    if not _PLAIN.fullmatch(plain):
        raise ValidationError(f"“{shown}”不是金额。请填写数字，例如 1234.50，单位万元。", code="number")
    amount = Decimal(plain.replace(",", "")) * factor
    if abs(amount) > LARGEST_WAN:
        raise ValidationError(f"“{shown}”过大。金额以万元为单位，请检查是否把元当成了万元。", code="large")
    if amount * YUAN_PER_WAN % 1:
        raise ValidationError(f"“{shown}”精确到了元以下。万元最多保留 4 位小数。", code="fraction")
    return amount


def format_wan(amount: Decimal | None, places: int = 2) -> str:
    """'12,345.60': an amount in 万元 with thousands separators, half up; '' for None."""
    return "" if amount is None else f"{_half_up(amount, places):,}"


def format_yi(amount: Decimal | None, places: int = 2) -> str:
    """'90.08': an amount in 万元 said in 亿元, half up; '' for None."""
    return "" if amount is None else f"{_half_up(amount / WAN_PER_YI, places):,}"


def _half_up(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


class FixedPointField(models.Field):
    """A decimal kept as an integer: exact sums and comparisons on every database.

    Subclasses say how many decimals the integer holds. Not a subclass of BigIntegerField on purpose: arithmetic between
    two such columns in a query must name its output field, or Django refuses it instead of mixing the units up.
    """

    decimals: int

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.decimals)

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None else Decimal(value)

    def get_prep_value(self, value: Any) -> int | None:
        value = super().get_prep_value(value)
        if value is None:
            return None
        if isinstance(value, float):
            raise ValueError("exact numbers are never floats: pass a Decimal")
        scaled = Decimal(value).scaleb(self.decimals)
        if not scaled.is_finite() or scaled % 1:
            raise ValueError(f"{value} has more than {self.decimals} decimals")
        return int(scaled)


class MoneyField(FixedPointField):
    """Whole yuan in the database, 万元 as Decimal in Python and in forms."""

    description = "金额（万元）"
    decimals = 4

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": MoneyFormField, **kwargs})


class PercentField(FixedPointField):
    """A percentage, or percentage points, with two decimals."""

    description = "百分数"
    decimals = 2

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": forms.DecimalField, "decimal_places": 2, **kwargs})


class MoneyFormField(forms.CharField):
    """An amount in 万元, read by `parse_wan`; shown without exponent and without idle zeros."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        places = max(2, -int(value.normalize().as_tuple().exponent))
        return f"{value:.{places}f}"

    def to_python(self, value: Any) -> Any:
        return parse_wan("" if value is None else str(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != self.to_python(initial)
        except ValidationError:
            return True
