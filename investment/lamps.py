"""How far behind is said: by a shape, by a word, and only then by a colour. Pure; knows no row of the database.

A lamp follows from rules, which each year may have its own. What a rule measures is a number of the project's month, or
nothing where it does not hold: see `Measure`. Of the rules that hold the worst decides; what is finished, or has
reached its plan, is judged by nothing else. Source of the default rules: domain notes, section 6.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum

from django.db.models import Q


@dataclass(frozen=True)
class Lamp:
    """A state: its code in addresses, its shape, its word, and its tone in the style sheet.

    A rule may have a word of its own for it ('重点跟踪'): it is the same state.
    """

    code: str
    shape: str = field(compare=False)
    word: str = field(compare=False)
    tone: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.shape} {self.word}"


AHEAD = Lamp("ahead", "●", "超前", "green")
NORMAL = Lamp("normal", "●", "正常", "green")
BEHIND = Lamp("behind", "◆", "滞后", "yellow")
FAR_BEHIND = Lamp("far-behind", "■", "严重滞后", "red")
NOT_RATED = Lamp("none", "○", "暂不评价", "grey")
REACHED = Lamp("reached", "●", "达到目标", "green")  # finished, or all of what was planned

STATES = (NOT_RATED, REACHED, AHEAD, NORMAL, BEHIND, FAR_BEHIND)  # as numbered in the database: the worst last
LAMPS = (FAR_BEHIND, BEHIND, NORMAL, AHEAD, REACHED, NOT_RATED)  # the worst first
TONES = {"red": "亮红灯", "yellow": "亮黄灯", "green": "亮绿灯", "grey": "不亮灯"}  # the worst first


class Measure(IntEnum):
    """What a rule looks at: hundredths of a percent or of a point, a number of months or of reports; or that it is so.

    In the order in which they are named where two are equally bad: what explains a figure comes before the figure.
    """

    FINISHED = 1
    PLAN_REACHED = 2  # the rate of the year, from 100 % on
    STOPPED = 3
    START_OVERDUE = 4  # full months since the planned start, while the works have not begun
    REPORTS_OVERDUE = 5  # reports overdue one after the other, the month's own the last of them
    RATIO = 6  # completed ÷ planned to date
    GAP = 7  # rate − time progress
    PROBLEM_OVERDUE = 8  # problems past their deadline
    PREPARATORY = 9
    NO_PLAN = 10
    NOTHING_DUE = 11  # the plan begins in a later month

    @property
    def label(self) -> str:
        return _WORDS[self][0]

    @property
    def unit(self) -> str:
        return _WORDS[self][1]


_WORDS = {
    Measure.FINISHED: ("项目已完成", ""),
    Measure.PLAN_REACHED: ("完成年度计划", ""),
    Measure.STOPPED: ("停工", ""),
    Measure.START_OVERDUE: ("应开工未开工", "个月"),
    Measure.REPORTS_OVERDUE: ("月报连续逾期", "期"),
    Measure.RATIO: ("累计完成 ÷ 累计计划", "%"),
    Measure.GAP: ("较时间进度", "个百分点"),
    Measure.PROBLEM_OVERDUE: ("问题超过办理时限", ""),
    Measure.PREPARATORY: ("前期项目", ""),
    Measure.NO_PLAN: ("没有年度计划", ""),
    Measure.NOTHING_DUE: ("到本月没有计划任务", ""),
}
BANDS = (Measure.RATIO, Measure.GAP)  # the more the better; the lowest rule reaches down without an end
DELAYS = (Measure.START_OVERDUE, Measure.REPORTS_OVERDUE)  # the more the worse
FINAL = (Measure.FINISHED, Measure.PLAN_REACHED)  # above all others
UNRATED = (Measure.PREPARATORY, Measure.NO_PLAN, Measure.NOTHING_DUE)  # of the bands nothing can be said
PERCENT = (*BANDS, Measure.PLAN_REACHED)  # counted in hundredths
VALUED = (*PERCENT, *DELAYS, Measure.PROBLEM_OVERDUE)  # whose value can be told


def lamps_for(measure: Measure) -> tuple[Lamp, ...]:
    """What a rule of the measure may light."""
    if measure in BANDS:
        return (AHEAD, NORMAL, BEHIND, FAR_BEHIND)
    if measure in FINAL:
        return (REACHED,)
    return (NOT_RATED,) if measure in UNRATED else (BEHIND, FAR_BEHIND)


@dataclass(frozen=True)
class Rule:
    """From `at_least` on (None: whatever it is), and from `first_month` on, this lamp with this word and reason."""

    measure: Measure
    lamp: Lamp
    word: str
    reason: str
    at_least: Decimal | None = None
    first_month: int = 1
    pk: int | None = None

    @property
    def least(self) -> int | None:
        """`at_least` as values are counted."""
        return None if self.at_least is None else int(self.at_least * (100 if self.measure in PERCENT else 1))

    @property
    def shown(self) -> Lamp:
        """The lamp with the word of the rule."""
        return Lamp(self.lamp.code, self.lamp.shape, self.word, self.lamp.tone)

    def say(self, value: int | None) -> str:
        """The reason with the value measured."""
        return self.reason.replace("{value}", said(self.measure, value))


Rules = tuple[Rule, ...]


def said(measure: Measure, value: int | None) -> str:
    """A value as people read it: '62.50', '−3.00', '2'."""
    if value is None:
        return ""
    if measure not in PERCENT:
        return str(value)
    sign = "−" if value < 0 else "+" if value and measure == Measure.GAP else ""
    return f"{sign}{Decimal(abs(value)).scaleb(-2):.2f}"


_R = Measure.RATIO
DEFAULT: Rules = (
    Rule(_R, AHEAD, "超前", "完成累计计划的 {value}%，快于计划。", Decimal(105)),
    Rule(_R, NORMAL, "正常", "完成累计计划的 {value}%，与计划相当。", Decimal(95)),
    Rule(_R, BEHIND, "滞后", "完成累计计划的 {value}%，慢于计划。", Decimal(80)),
    Rule(_R, BEHIND, "重点跟踪", "只完成累计计划的 {value}%，列为重点跟踪。", Decimal(60)),
    Rule(_R, FAR_BEHIND, "严重滞后", "只完成累计计划的 {value}%，严重慢于计划。"),
    Rule(Measure.START_OVERDUE, BEHIND, "未开工", "计划开工日期已过，尚未开工。", Decimal(0)),
    Rule(Measure.START_OVERDUE, FAR_BEHIND, "久未开工", "计划开工日期已过 {value} 个月，尚未开工。", Decimal(3)),
    Rule(Measure.REPORTS_OVERDUE, BEHIND, "月报逾期", "本月月报逾期未报。", Decimal(1)),
    Rule(Measure.REPORTS_OVERDUE, FAR_BEHIND, "连续逾期", "连续 {value} 期月报逾期未报。", Decimal(2)),
    Rule(Measure.STOPPED, FAR_BEHIND, "停工", "项目停工。"),
    Rule(Measure.PROBLEM_OVERDUE, BEHIND, "问题逾期", "{value} 个问题超过办理时限，尚未销号。"),
    Rule(Measure.FINISHED, REACHED, "已完成", "项目已完成，不再按进度评价。"),
    Rule(Measure.PLAN_REACHED, REACHED, "完成计划", "完成年度计划的 {value}%。"),
    Rule(Measure.PREPARATORY, NOT_RATED, "暂不评价", "前期项目，暂不评价进度。"),
    Rule(Measure.NO_PLAN, NOT_RATED, "暂不评价", "没有年度计划，暂不评价进度。"),
    Rule(Measure.NOTHING_DUE, NOT_RATED, "暂不评价", "到本月没有计划任务，暂不评价进度。"),
)
NO_RULE = "本月没有适用的规则，暂不评价进度。"
NOTHING_APPROVED = "还没有审定的完成投资。"


@dataclass(frozen=True)
class Span:
    """A rule and the values for which it holds: from `low` on and below `high`; None for no bound."""

    rule: Rule
    low: int | None
    high: int | None

    def holds(self, value: int | None) -> bool:
        if value is None:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)


def spans(rules: Rules, month: int) -> list[Span]:
    """The rules of a month in the order in which they are asked: the first that holds decides.

    The values of a band that can't be lit yet belong to the band above it.
    """
    found = []
    for measure in Measure:
        active = of_measure([rule for rule in rules if rule.first_month <= month], measure)
        highs = [None, *(rule.least for rule in active)]
        lows = [rule.least for rule in active]
        if active and measure in BANDS:
            lows[-1] = None
        found += [Span(rule, low, high) for rule, low, high in zip(active, lows, highs, strict=False)]
    return sorted(found, key=lambda span: (span.rule.measure not in FINAL, -STATES.index(span.rule.lamp)))


def of_measure(rules: Iterable[Rule], measure: Measure) -> list[Rule]:
    """The rules of a measure, the highest first."""
    found = [rule for rule in rules if rule.measure == measure]
    return sorted(found, key=lambda rule: (rule.at_least is None, -(rule.at_least or 0)))


def judge(rules: Rules, month: int, facts: Mapping[Measure, int | None]) -> tuple[Rule | None, int | None]:
    """The rule that decides, and the value it measured, if that can be told. Without a rule nothing is rated."""
    for span in spans(rules, month):
        value = facts.get(span.rule.measure)
        if span.holds(value):
            return span.rule, value if span.rule.measure in VALUED else None
    return None, None


def judge_sums(rules: Rules, month: int, plan_ratio: Decimal | None, gap: Decimal | None, planned: bool) -> "Judged":
    """How a group stands: of the sums of its projects the bands alone can say something."""
    facts: dict[Measure, int | None] = {Measure.NOTHING_DUE if planned else Measure.NO_PLAN: 1}
    if plan_ratio is not None:
        facts = {Measure.RATIO: _hundredths(plan_ratio), Measure.GAP: _hundredths(gap)}
    return Judged(*judge(rules, month, facts))


@dataclass(frozen=True)
class Judged:
    """What was found: the rule that decided, if any, and the value it measured."""

    rule: Rule | None
    value: int | None = None

    @property
    def lamp(self) -> Lamp:
        return self.rule.shown if self.rule else NOT_RATED

    @property
    def reason(self) -> str:
        return self.rule.say(self.value) if self.rule else NO_RULE


def condition(wanted: Lamp, prefix: str = "") -> Q:
    """The projects' rows that have this lamp; `prefix` is the way to them, as 'now__'."""
    lit = Q(**{f"{prefix}lamp_state": STATES.index(wanted)})
    return lit | Q(**{f"{prefix}lamp_state": None}) if wanted == NOT_RATED else lit


def in_words(rules: Rules) -> list[str]:
    """The rules as sentences without a full stop, for whoever reads the figures."""
    sentences = []
    for measure in BANDS:
        if bands := of_measure(rules, measure):
            sentences.append(f"{measure.label}：" + "，".join(_band(rule, rules) for rule in bands))
    for lamp in (FAR_BEHIND, BEHIND, REACHED, NOT_RATED):
        cases = [rule for rule in rules if rule.lamp == lamp and rule.measure not in BANDS]
        also = "另有" if lamp in (FAR_BEHIND, BEHIND) else ""
        if cases:
            said = "、".join(bounds(rule, rules) + _since(rule) for rule in cases)
            sentences.append(f"{also}{said}的，{TONES[lamp.tone]}")
    return sentences


def bounds(rule: Rule, rules: Rules) -> str:
    """When a rule holds: '95 至 105%', '60% 以下', '应开工未开工满 3 个月', '停工'."""
    measure, unit = rule.measure, rule.measure.unit
    if measure == Measure.START_OVERDUE:
        return measure.label + (f"满 {_plain(rule.at_least)} {unit}" if rule.at_least else "")
    if measure == Measure.REPORTS_OVERDUE:
        several = "连续" if (rule.at_least or 0) > 1 else ""
        return f"月报{several}逾期 {_plain(rule.at_least)} {unit}"
    if measure not in BANDS:
        return measure.label
    bands, space = of_measure(rules, measure), "" if unit == "%" else " "
    above = [band for band in bands if band.at_least is not None][: bands.index(rule)]
    high = _plain(above[-1].at_least) if above else ""
    if rule.at_least is None:
        return f"{high}{space}{unit}以下" if above else ""
    return f"{_plain(rule.at_least)} 至 {high}{space}{unit}" if above else f"{_plain(rule.at_least)}{space}{unit}以上"


def _band(rule: Rule, rules: Rules) -> str:
    space = " " if bounds(rule, rules).endswith("%") else ""
    return f"{bounds(rule, rules)}{space}{rule.word}{_since(rule)}".replace("%以", "% 以")


def _since(rule: Rule) -> str:
    return f"（{rule.first_month} 月起）" if rule.first_month > 1 else ""


def _plain(number: Decimal | None) -> str:
    """'105', '62.5', '−10'."""
    return "" if number is None else f"{number.normalize():f}".replace("-", "−")


def _hundredths(value: Decimal | None) -> int | None:
    return None if value is None else int(value * 100)
