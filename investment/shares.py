"""Sharing a total out by weight, so that the shares add up to it exactly. Pure. Amounts in 万元."""

from collections.abc import Sequence
from decimal import Decimal

CENT_WAN = Decimal("0.01")
YUAN = Decimal("0.0001")  # in 万元


def apportion(total: Decimal, weights: Sequence[int], step: Decimal = CENT_WAN) -> list[Decimal]:
    """Share a total out by weight, in multiples of `step`; the shares add up to the total exactly.

    A weight of 0 gets 0. What is no multiple of the step falls to the last share.
    """
    shares, given, passed, whole = [], Decimal(0), 0, sum(weights)
    for weight in weights:
        passed += weight
        upto = total if passed == whole else min(total, (total * passed / whole / step).to_integral_value() * step)
        shares.append(upto - given)
        given = upto
    return shares
