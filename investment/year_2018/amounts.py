"""How much each sample project plans, completes and costs, so that the sums come out to the yuan.

The totals below are what the year adds up to; which project has which share is drawn by lot. Amounts in 万元.
"""

import random
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from projects.money import WAN_PER_YI

from ..shares import CENT_WAN, apportion
from .chance import dice
from .samples import Sample

TEN_WAN = Decimal(10)


def yi(amount: str) -> Decimal:
    """An amount said in 亿元, in 万元."""
    return Decimal(amount) * WAN_PER_YI


@dataclass(frozen=True)
class Lot:
    """Projects whose plans and completions add up to given totals (万元), `over` of them above their own plan.

    Rates are drawn from the two ranges, in percent; those below the plan are then stretched to meet the total.
    """

    planned: Decimal
    completed: Decimal
    over: int
    rates_over: tuple[int, int] = (101, 150)
    rates_below: tuple[int, int] = (26, 99)


STOPPED_RATES = (22, 36)
PROVINCIAL_INDUSTRY = Lot(yi("14"), yi("16.07"), over=2, rates_over=(118, 131), rates_below=(80, 99))
OTHER_INDUSTRY = Lot(yi("90.76"), yi("69.83"), over=17)
TECHNOLOGY = Lot(yi("3.069"), yi("1.78"), over=3)
PRODUCT = Lot(yi("2.243"), yi("2.4"), over=6, rates_over=(105, 151), rates_below=(70, 99))

# Total investment: the twelve of the collective start, then the other planned projects of each category.
COLLECTIVE_START_TOTAL, COLLECTIVE_START_OUTPUT = yi("15.8"), yi("35")
TOTALS = {"industry": yi("330.42"), "technology": yi("8"), "product": yi("6")}


def set_amounts(samples: dict[str, list[Sample]]) -> None:
    """Give every project of the three planned categories its plan, completion, total investment and output."""
    rng = dice("amounts")
    industry = samples["industry"]
    _plan_and_complete([sample for sample in industry if sample.provincial], PROVINCIAL_INDUSTRY, rng)
    _plan_and_complete([sample for sample in industry if not sample.provincial], OTHER_INDUSTRY, rng)
    _plan_and_complete(samples["technology"], TECHNOLOGY, rng)
    _plan_and_complete(samples["product"], PRODUCT, rng)

    together = [sample for code in TOTALS for sample in samples[code] if sample.collective_start]
    _set_totals(together, COLLECTIVE_START_TOTAL, rng)
    for code, total in TOTALS.items():
        _set_totals([sample for sample in samples[code] if not sample.collective_start], total, rng)
    weights = [int(sample.total) * rng.randrange(60, 141) for sample in together]
    for sample, output in zip(together, apportion(COLLECTIVE_START_OUTPUT, weights, TEN_WAN), strict=True):
        sample.project.designed_output = output


def _plan_and_complete(samples: list[Sample], lot: Lot, rng: random.Random) -> None:
    for sample, plan in zip(samples, apportion(lot.planned, [_size(s, rng) for s in samples], TEN_WAN), strict=True):
        sample.planned = plan
    over = rng.sample([sample for sample in samples if not sample.stopped_from], lot.over)
    for sample in over:
        sample.completed = (sample.planned * _draw_rate(rng, lot.rates_over) / 10_000).quantize(CENT_WAN)
    below = [sample for sample in samples if sample not in over]
    left = lot.completed - sum(sample.completed for sample in over)
    weights = [int(sample.planned) * _rate_below(sample, lot, rng) for sample in below]
    for sample, completed in zip(below, apportion(left, weights), strict=True):
        sample.completed = completed


def _size(sample: Sample, rng: random.Random) -> int:
    """Most projects are middling, every sixth is large, and those of the collective start begin small."""
    size = rng.randrange(30, 121)
    if sample.collective_start:
        return size // 3
    return size * 3 if rng.randrange(6) == 0 else size


def _rate_below(sample: Sample, lot: Lot, rng: random.Random) -> int:
    return _draw_rate(rng, STOPPED_RATES if sample.stopped_from else lot.rates_below)


def _draw_rate(rng: random.Random, between: tuple[int, int]) -> int:
    """A rate from a range in percent, in hundredths of a percent."""
    return rng.randrange(between[0] * 100, between[1] * 100)


def _set_totals(samples: list[Sample], total: Decimal, rng: random.Random) -> None:
    """A total is at least what was invested and planned so far; what is left goes to those with works ahead."""
    spent = []
    for sample in samples:
        if not sample.is_new:
            sample.project.invested_before = _tens(sample.planned * rng.randrange(15, 111) / 100)
        spent.append(_tens(sample.project.invested_before + max(sample.planned, sample.completed)))
    weights = [int(sample.planned) * (1 if sample.in_production else rng.randrange(20, 121)) for sample in samples]
    ahead = apportion(total - sum(spent), weights, TEN_WAN)
    for sample, so_far, rest in zip(samples, spent, ahead, strict=True):
        sample.project.total_investment = so_far + rest
        sample.project.designed_output = _tens((so_far + rest) * rng.randrange(60, 161) / 100)


def _tens(amount: Decimal) -> Decimal:
    """Up to the next 10 万元."""
    return (amount / TEN_WAN).to_integral_value(ROUND_CEILING) * TEN_WAN
