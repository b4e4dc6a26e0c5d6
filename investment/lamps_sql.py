"""The statements that light the lamps, in the SQL that PostgreSQL and SQLite ≥ 3.40 share.

They are put together from the rules of a year (`lamps.spans`): only our own names and integers, never text from
outside. What a rule measures is said once for Python, in `lamps`, and once here; `tests/investment/test_lamps_sql.py`
holds the two together.
"""

from collections.abc import Iterable
from functools import lru_cache

from projects.models import Nature, Status

from .lamps import NOT_RATED, STATES, VALUED, Measure, Rules, Span, spans
from .models import MonthlyReport
from .months import MONTHS
from .progress_sql import BEGUN, LIT, Statement
from .truth_sql import month_of

State = MonthlyReport.State
OPEN = "m.closed_at IS NULL"
NOT_LIT = f"({OPEN} OR p.lamp_state IS NULL)"  # closed, and not judged yet: a project that came late


def _overdue(row: str) -> str:
    """Whether a report was named as missing, or is owed and was due before today."""
    owed = ", ".join(f"{state:d}" for state in MonthlyReport.OWED)
    late = f"{row}.due_on IS NOT NULL AND {row}.due_on < {{today}}"
    return f"({row}.state = {State.MISSING:d} OR {row}.state IN ({owed}) AND {late})"


def _up_to_now(row: str) -> str:
    """A report of the project, not later than the month."""
    return f"{row}.project_id = p.project_id AND {row}.year * 12 + {row}.month <= {_NOW}"


_NOW = "(m.year * 12 + m.month)"
# Looked up row by row: joined, a slice of many projects without statistics would be compared with all of them.
# If the month's own report is overdue, how many are so up to it without a gap: those after the last that is not.
# A month with an amount has an approved report, so that it need not be looked up.
_REPORTS_OVERDUE = f"""
CASE WHEN p.amount IS NULL AND (
    SELECT CASE WHEN {_overdue("r")} THEN 1 END FROM investment_monthlyreport r
    WHERE r.project_id = p.project_id AND r.year = p.year AND r.month = p.month
) = 1 THEN (
    SELECT COUNT(*) FROM investment_monthlyreport e
    WHERE {_up_to_now("e")} AND e.year * 12 + e.month > COALESCE((
        SELECT MAX(g.year * 12 + g.month) FROM investment_monthlyreport g
        WHERE {_up_to_now("g")} AND NOT {_overdue("g")}
    ), 0)
) END
"""
_PROBLEMS_OVERDUE = f"""
NULLIF((
    SELECT COUNT(*) FROM projects_problem b
    WHERE b.project_id = p.project_id AND b.deadline IS NOT NULL AND {month_of("b.deadline")} <= {_NOW}
      AND (b.closed_on IS NULL OR {month_of("b.closed_on")} > {_NOW})
), 0)
"""
_PREPARATORY = f"p.nature IS NOT DISTINCT FROM {Nature.PREPARATORY:d}"
_FINISHED = (
    f"(j.actual_finish IS NOT NULL AND {month_of('j.actual_finish')} <= {_NOW}"
    f" OR j.actual_finish IS NULL AND j.status = '{Status.FINISHED}'"
    f" AND (j.actual_start IS NULL OR {month_of('j.actual_start')} <= {_NOW}))"  # nothing ends before it begins
)
_NOT_STARTED = (
    f"j.planned_start IS NOT NULL AND {month_of('j.planned_start')} <= {_NOW}"
    f" AND (j.actual_start IS NULL OR {month_of('j.actual_start')} > {_NOW})"
    f" AND j.status NOT IN ('{Status.WITHDRAWN}', '{Status.FINISHED}')"
)
_MONTHS_SINCE_START = (
    f"{_NOW} + 1 - {month_of('j.planned_start')}"
    " - CASE WHEN SUBSTR(CAST(j.planned_start AS text), 9, 2) > '01' THEN 1 ELSE 0 END"
)

# What a rule measures, of a row `p` of the project `j` in the period `m`; NULL where it does not hold.
_FACTS: dict[Measure, str] = {
    Measure.FINISHED: f"CASE WHEN {_FINISHED} THEN 1 END",
    Measure.PLAN_REACHED: "CASE WHEN p.rate >= 10000 THEN p.rate END",
    Measure.STOPPED: f"CASE WHEN j.status = '{Status.STOPPED}' THEN 1 END",
    Measure.START_OVERDUE: f"CASE WHEN {_NOT_STARTED} THEN {_MONTHS_SINCE_START} END",
    Measure.REPORTS_OVERDUE: _REPORTS_OVERDUE,
    Measure.RATIO: f"CASE WHEN NOT ({_PREPARATORY}) THEN p.plan_ratio END",
    Measure.GAP: f"CASE WHEN NOT ({_PREPARATORY}) AND p.plan_ratio IS NOT NULL THEN p.gap END",
    Measure.PROBLEM_OVERDUE: _PROBLEMS_OVERDUE,
    Measure.PREPARATORY: f"CASE WHEN {_PREPARATORY} THEN 1 END",
    Measure.NO_PLAN: f"CASE WHEN NOT ({_PREPARATORY}) AND p.planned_year IS NULL THEN 1 END",
    Measure.NOTHING_DUE: (
        f"CASE WHEN NOT ({_PREPARATORY}) AND p.planned_year IS NOT NULL AND p.plan_ratio IS NULL THEN 1 END"
    ),
}


def _fact(measure: Measure) -> str:
    return f"f{measure:d}"


def judged(rules: Rules, which: str) -> str:
    """A query of what these rules, known by their `pk`, find of the rows `which`: id, project, old lamp, new lamp.

    `{year}`, `{scope}` and `{today}` are to be put in. Rows of months that have not begun are left out.
    """
    facts = ", ".join(f"{expression} AS {_fact(measure)}" for measure, expression in _FACTS.items())
    return f"""
WITH facts AS MATERIALIZED (
    SELECT p.id, p.project_id, p.lamp_state AS lit, p.lamp_rule_id AS lit_by, p.lamp_value AS lit_for, m.month, {facts}
    FROM investment_period m
    JOIN investment_projectprogress p ON p.year = {{year}} AND p.month = m.month AND p.project_id {{scope}}
    JOIN projects_project j ON j.id = p.project_id
    WHERE m.year = {{year}} AND {BEGUN} AND {which}
),
decided AS MATERIALIZED (SELECT facts.*, {_deciding(rules)} AS rule FROM facts)
SELECT id, project_id, lit, {_states(rules)} AS lamp_state, rule AS lamp_rule_id, {_values(rules)} AS lamp_value,
       lit_by, lit_for
FROM decided
"""


@lru_cache(maxsize=50)
def light(version: int, rules: Rules, which: str = NOT_LIT) -> Statement:
    """The statement that lights the lamps of the rows `which` by the rules of a version, where they are others."""
    before = zip(("lit", "lit_by", "lit_for"), LIT, strict=True)
    differs = " OR ".join(f"{was} IS DISTINCT FROM {now}" for was, now in before)
    return Statement(
        f"light_{version}_{'open' if which == OPEN else 'all'}",
        f"""
UPDATE investment_projectprogress AS stored
SET {", ".join(f"{name} = found.{name}" for name in LIT)}
FROM (SELECT * FROM ({judged(rules, which)}) every WHERE {differs}) found
WHERE stored.id = found.id
""",
    )


def _deciding(rules: Rules) -> str:
    """The key of the rule that decides about a row. The rules that can fire are others from some months on."""
    begin = sorted({rule.first_month for rule in rules} & set(MONTHS), reverse=True)
    cases = [f"WHEN month >= {first:d} THEN {_first_that_holds(spans(rules, first))}" for first in begin]
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS bigint)"


def _first_that_holds(asked: Iterable[Span]) -> str:
    cases = []
    for span in asked:
        fact = _fact(span.rule.measure)
        bounds = [f"{fact} >= {span.low:d}"] if span.low is not None else [f"{fact} IS NOT NULL"]
        bounds += [f"{fact} < {span.high:d}"] if span.high is not None else []
        cases.append(f"WHEN {' AND '.join(bounds)} THEN {span.rule.pk or 0:d}")
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS bigint)"


def _states(rules: Rules) -> str:
    whens = [f"WHEN {rule.pk or 0:d} THEN {STATES.index(rule.lamp):d}" for rule in rules]
    return f"CASE rule {' '.join(whens)} ELSE {STATES.index(NOT_RATED):d} END" if whens else "0"


def _values(rules: Rules) -> str:
    whens = [f"WHEN {rule.pk or 0:d} THEN {_fact(rule.measure)}" for rule in rules if rule.measure in VALUED]
    return f"CASE rule {' '.join(whens)} END" if whens else "CAST(NULL AS bigint)"
