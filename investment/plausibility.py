"""The guards that ask for a reason: a figure that may be right, and looks like a slip. Pure. Amounts in 万元.

None of them refuses: a figure with a doubt is handed in with an explanation. The factor 10,000 between 元, 万元 and
亿元 is the most common slip of all.
"""

from dataclasses import dataclass
from decimal import Decimal

from projects.money import format_wan

TIMES = 10  # so many times the usual month is asked about
FRACTION = 1000  # and so small a part of it
UNLIKELY = 1000  # percent of the year's plan: above, the unit is asked about wherever the share is shown
CHECK_UNIT = "请核对单位"
WORDS = {
    "tenfold": "与平时悬殊",
    "falling": "累计下降",
    "over-plan": "超过年度计划",
    "zero": "为零",
    "same": "与上月相同",
}


@dataclass(frozen=True)
class Background:
    """What a month's amount is judged by, of one project.

    usual: median of the amounts other than zero of the last twelve months; None if there was none.
    last: amount of the month before; None if it was not reported.
    before: year to date before this month. planned: plan of the year in force, None without one.
    closed_to_date: year to date of the months before as they were approved, without later corrections; None if unknown.
    """

    usual: Decimal | None
    last: Decimal | None
    before: Decimal
    planned: Decimal | None
    closed_to_date: Decimal | None


@dataclass(frozen=True)
class Doubt:
    """What is odd about an amount: a code to keep, and a text that says what to check."""

    code: str
    text: str


def check_unit(rate: Decimal | None) -> str:
    """What stands beside a share of the year's plan (in percent) that looks like 元 typed as 万元; else nothing."""
    return CHECK_UNIT if rate is not None and rate > UNLIKELY else ""


def doubts(amount: Decimal, background: Background) -> list[Doubt]:
    """What is odd about a month's amount before this background, the gravest first."""
    found = {
        "tenfold": _tenfold(amount, background.usual),
        "falling": _falling(background.before + amount, background.closed_to_date),
        "over-plan": _over_plan(background.before + amount, background.planned),
        "zero": _zero(amount, background),
        "same": _same(amount, background.last),
    }
    return [Doubt(code, text) for code, text in found.items() if text]


def _tenfold(amount: Decimal, usual: Decimal | None) -> str:
    """'万元' typed as '元' makes ten thousand times as much, '亿元' typed as '万元' a ten thousandth."""
    if not usual or not amount:
        return ""
    if amount >= usual * TIMES:
        return f"本月数是平时（{format_wan(usual)} 万元）的 {amount // usual:,} 倍。是否把元当成了万元？"
    if amount * FRACTION <= usual:
        return f"本月数不到平时（{format_wan(usual)} 万元）的千分之一。是否把亿元当成了万元？"
    return ""


def _falling(year_to_date: Decimal, closed_to_date: Decimal | None) -> str:
    if closed_to_date is None or year_to_date >= closed_to_date:
        return ""
    return (
        f"本年累计 {format_wan(year_to_date)} 万元，比上月审定时的 {format_wan(closed_to_date)} 万元还少。"
        "请核对以前月份的更正。"
    )


def _over_plan(year_to_date: Decimal, planned: Decimal | None) -> str:
    if planned is None or year_to_date <= planned:
        return ""
    return f"本年累计 {format_wan(year_to_date)} 万元，超过年度计划 {format_wan(planned)} 万元。请核对单位和数字。"


def _zero(amount: Decimal, background: Background) -> str:
    """Zero where there was work: the month before, or the last year if the month before was not reported."""
    if amount:
        return ""
    if background.last:
        return f"本月为 0，上月完成 {format_wan(background.last)} 万元。是否停工，还是漏填？"
    if background.last is None and background.usual:
        return f"本月为 0，平时每月完成 {format_wan(background.usual)} 万元。是否停工，还是漏填？"
    return ""


def _same(amount: Decimal, last: Decimal | None) -> str:
    return f"本月数与上月完全相同（{format_wan(last)} 万元）。是否照抄了上月？" if amount and amount == last else ""
