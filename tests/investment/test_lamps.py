"""How far behind is said: by rules, the worst of which wins; pure, without a database."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investment import lamps
from investment.lamps import AHEAD, BEHIND, DEFAULT, FAR_BEHIND, NORMAL, NOT_RATED, REACHED, Measure, Rule

WORST = {NOT_RATED: 0, AHEAD: 1, NORMAL: 1, BEHIND: 2, FAR_BEHIND: 3}
POINTS = (  # as 银川 has them: nobody is behind by points in January
    Rule(Measure.GAP, NORMAL, "正常", "较时间进度 {value} 个百分点。", Decimal(-10)),
    Rule(Measure.GAP, BEHIND, "滞后", "较时间进度 {value} 个百分点。", Decimal(-30), first_month=2),
    Rule(Measure.GAP, FAR_BEHIND, "严重滞后", "较时间进度 {value} 个百分点。", first_month=2),
)


def judged(facts, rules=DEFAULT, month=6):
    return lamps.Judged(*lamps.judge(rules, month, facts))


@pytest.mark.parametrize(
    ("plan_ratio", "shape", "word", "reason"),
    [
        (10500, "●", "超前", "完成累计计划的 105.00%，快于计划。"),
        (10499, "●", "正常", "完成累计计划的 104.99%，与计划相当。"),
        (9500, "●", "正常", "完成累计计划的 95.00%，与计划相当。"),
        (9499, "◆", "滞后", "完成累计计划的 94.99%，慢于计划。"),
        (8000, "◆", "滞后", "完成累计计划的 80.00%，慢于计划。"),
        (7999, "◆", "重点跟踪", "只完成累计计划的 79.99%，列为重点跟踪。"),
        (6000, "◆", "重点跟踪", "只完成累计计划的 60.00%，列为重点跟踪。"),
        (5999, "■", "严重滞后", "只完成累计计划的 59.99%，严重慢于计划。"),
        (0, "■", "严重滞后", "只完成累计计划的 0.00%，严重慢于计划。"),
        (-100, "■", "严重滞后", "只完成累计计划的 −1.00%，严重慢于计划。"),
    ],
)
def test_by_default_the_plan_ratio_decides(plan_ratio, shape, word, reason):
    found = judged({Measure.RATIO: plan_ratio})
    assert (found.lamp.shape, found.lamp.word, found.reason) == (shape, word, reason)


@pytest.mark.parametrize(
    ("facts", "lamp", "word", "reason"),
    [
        ({Measure.START_OVERDUE: 0}, BEHIND, "未开工", "计划开工日期已过，尚未开工。"),
        ({Measure.START_OVERDUE: 2}, BEHIND, "未开工", "计划开工日期已过，尚未开工。"),
        ({Measure.START_OVERDUE: 3}, FAR_BEHIND, "久未开工", "计划开工日期已过 3 个月，尚未开工。"),
        ({Measure.REPORTS_OVERDUE: 1}, BEHIND, "月报逾期", "本月月报逾期未报。"),
        ({Measure.REPORTS_OVERDUE: 4}, FAR_BEHIND, "连续逾期", "连续 4 期月报逾期未报。"),
        ({Measure.STOPPED: 1}, FAR_BEHIND, "停工", "项目停工。"),
        ({Measure.PROBLEM_OVERDUE: 2}, BEHIND, "问题逾期", "2 个问题超过办理时限，尚未销号。"),
        ({Measure.FINISHED: 1, Measure.STOPPED: 1}, REACHED, "已完成", "项目已完成，不再按进度评价。"),
        ({Measure.PLAN_REACHED: 11480, Measure.STOPPED: 1}, REACHED, "完成计划", "完成年度计划的 114.80%。"),
    ],
)
def test_what_else_is_known_wins_where_it_is_worse_and_a_finished_project_over_all(facts, lamp, word, reason):
    for others in ({Measure.RATIO: 12000}, {Measure.RATIO: 9600}, {Measure.NO_PLAN: 1}, {Measure.PREPARATORY: 1}):
        found = judged({**others, **facts})
        assert (found.rule.lamp, found.lamp.word, found.reason) == (lamp, word, reason)


def test_of_two_equally_bad_what_explains_the_figure_is_named():
    assert judged({Measure.RATIO: 1000, Measure.STOPPED: 1}).lamp.word == "停工"
    assert judged({Measure.RATIO: 7000, Measure.REPORTS_OVERDUE: 1}).lamp.word == "月报逾期"
    assert judged({Measure.RATIO: 7000, Measure.PROBLEM_OVERDUE: 1}).lamp.word == "重点跟踪"


@pytest.mark.parametrize(
    ("measure", "reason"),
    [
        (Measure.PREPARATORY, "前期项目，暂不评价进度。"),
        (Measure.NO_PLAN, "没有年度计划，暂不评价进度。"),
        (Measure.NOTHING_DUE, "到本月没有计划任务，暂不评价进度。"),
    ],
)
def test_what_cannot_be_rated_is_grey_and_says_why(measure, reason):
    found = judged({measure: 1})
    assert (found.lamp.tone, found.lamp.word, found.reason) == ("grey", "暂不评价", reason)


def test_without_a_rule_that_fits_nothing_is_rated():
    found = judged({Measure.RATIO: 5000}, rules=())
    assert (found.rule, found.lamp, found.reason) == (None, NOT_RATED, "本月没有适用的规则，暂不评价进度。")


@pytest.mark.parametrize(
    ("month", "gap", "word", "reason"),
    [
        (1, -4000, "正常", "较时间进度 −40.00 个百分点。"),
        (2, -4000, "严重滞后", "较时间进度 −40.00 个百分点。"),
        (2, -3000, "滞后", "较时间进度 −30.00 个百分点。"),
        (2, -1000, "正常", "较时间进度 −10.00 个百分点。"),
        (2, 250, "正常", "较时间进度 +2.50 个百分点。"),
        (2, 0, "正常", "较时间进度 0.00 个百分点。"),
    ],
)
def test_rules_on_points_do_not_fire_before_their_first_month(month, gap, word, reason):
    found = judged({Measure.GAP: gap}, rules=POINTS, month=month)
    assert (found.lamp.word, found.reason) == (word, reason)


def test_points_beside_the_ratio_win_where_they_are_worse():
    rules = (*DEFAULT, *POINTS)
    assert judged({Measure.RATIO: 11000, Measure.GAP: -1500}, rules).lamp.word == "滞后"
    assert judged({Measure.RATIO: 1000, Measure.GAP: 500}, rules).lamp.word == "严重滞后"


def _worst(rules, month, facts):
    """The same by looking at each rule alone."""
    final, found = [], []
    for measure, value in facts.items():
        active = [rule for rule in rules if rule.measure == measure and rule.first_month <= month]
        reached = [rule for rule in active if rule.least is None or value >= rule.least]
        if not reached and measure in lamps.BANDS:
            reached = active and [min(active, key=lambda rule: rule.least)]
        if reached:
            best = max(reached, key=lambda rule: -(10**9) if rule.least is None else rule.least)
            (final if measure in lamps.FINAL else found).append(best)
    if final:
        return {REACHED}
    worst = max((WORST[rule.lamp] for rule in found), default=0)
    return {rule.lamp for rule in found if WORST[rule.lamp] == worst} or {NOT_RATED}


@given(
    month=st.integers(1, 12),
    shift=st.integers(1, 6),
    facts=st.dictionaries(st.sampled_from(Measure), st.integers(-12_000, 12_000)),
)
def test_the_worst_of_the_rules_wins(month, shift, facts):
    rules = (*DEFAULT, *(replace(rule, first_month=shift) if rule.first_month > 1 else rule for rule in POINTS))
    facts = {key: value if key in lamps.BANDS else abs(value) for key, value in facts.items()}
    assert judged(facts, rules, month).lamp.code in {lamp.code for lamp in _worst(rules, month, facts)}


def test_every_lamp_has_its_own_code_and_the_worst_comes_first():
    assert len({lamp.code for lamp in lamps.LAMPS}) == 6
    assert [lamp.tone for lamp in lamps.LAMPS] == ["red", "yellow", "green", "green", "green", "grey"]


def test_rules_are_told_in_sentences():
    assert lamps.in_words(DEFAULT) == [
        "累计完成 ÷ 累计计划：105% 以上超前，95 至 105% 正常，80 至 95% 滞后，60 至 80% 重点跟踪，60% 以下严重滞后",
        "另有应开工未开工满 3 个月、月报连续逾期 2 期、停工的，亮红灯",
        "另有应开工未开工、月报逾期 1 期、问题超过办理时限的，亮黄灯",
        "项目已完成、完成年度计划的，亮绿灯",
        "前期项目、没有年度计划、到本月没有计划任务的，不亮灯",
    ]


def test_points_are_told_with_their_unit_and_first_month():
    assert lamps.in_words(POINTS) == [
        "较时间进度：−10 个百分点以上正常，−30 至 −10 个百分点滞后（2 月起），−30 个百分点以下严重滞后（2 月起）"
    ]
