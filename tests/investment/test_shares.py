"""Sharing a total out: the shares add up, zero stays zero, steps are kept."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from investment.shares import apportion


@given(
    st.decimals(min_value=0, max_value=10**7, places=2),
    st.lists(st.integers(0, 5000), min_size=1, max_size=60).filter(any),
    st.sampled_from([Decimal("0.01"), Decimal(1), Decimal(10)]),
)
def test_shares_add_up_exactly_and_none_is_negative(total, weights, step):
    shares = apportion(total, weights, step)
    assert sum(shares) == total
    assert min(shares) >= 0


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20).filter(any))
def test_a_weight_of_zero_gets_nothing(weights):
    shares = apportion(Decimal("1000.37"), weights)
    assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if weight == 0)


def test_shares_follow_the_weights_in_steps_and_the_rest_falls_to_the_last():
    assert apportion(Decimal("1003.7"), [1, 2, 1], Decimal(10)) == [Decimal(250), Decimal(500), Decimal("253.7")]
