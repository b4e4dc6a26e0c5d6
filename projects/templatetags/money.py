"""Amounts, rates and points as people read them. Amounts come in 万元; None gives an empty text, never a zero."""

from decimal import Decimal

from django import template

from projects.money import format_wan, format_yi

register = template.Library()


@register.filter
def wan(amount: Decimal | None) -> str:
    """'12,345.60', an amount in 万元."""
    return format_wan(amount)


@register.filter
def more_wan(difference: Decimal | None) -> str:
    """'+1,000.00', '−10.00' with a real minus: what is added to an amount in 万元."""
    sign = "" if not difference else "+" if difference > 0 else "−"
    return "" if difference is None else f"{sign}{format_wan(abs(difference))}"


@register.filter
def yi(amount: Decimal | None) -> str:
    """'90.08', the same amount in 亿元."""
    return format_yi(amount)


@register.filter
def number(value: Decimal) -> str:
    """'20,000', '1.5': a count or a result in its own unit, without zeros at its end."""
    return f"{value.normalize():,f}"


@register.filter
def more_yi(difference: Decimal | None) -> str:
    """'+1.20', '−0.35' with a real minus: what is added to an amount, in 亿元."""
    sign = "" if not difference else "+" if difference > 0 else "−"
    return "" if difference is None else f"{sign}{format_yi(abs(difference))}"


@register.filter
def yi_apart(difference: Decimal | None) -> str:
    """'0.35', for a sentence that says itself whether that is more or less, in 亿元."""
    return "" if difference is None else format_yi(abs(difference))


@register.filter
def rate(percent: Decimal | None) -> str:
    """'114.79', a percentage with two decimals and without its sign."""
    return "" if percent is None else f"{percent:,.2f}"


@register.filter
def points(gap: Decimal | None) -> str:
    """'+7.00', '−18.00' with a real minus, '0.00': percentage points."""
    if gap is None:
        return ""
    return f"{gap:+,.2f}".replace("-", "−") if gap else "0.00"


@register.filter
def points_apart(gap: Decimal | None) -> str:
    """'18.00', for a sentence that says itself whether that is ahead or behind."""
    return "" if gap is None else f"{abs(gap):,.2f}"
