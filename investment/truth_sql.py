"""The truth of a project's year, from plans and reports, in the SQL that PostgreSQL and SQLite ≥ 3.40 share.

It is one wide row: the project's groups, its original plan, twelve amounts `a1 … a12`, twelve plans to date `t1 … t12`,
and `d1 … d12`, what the revision in force in a month adds to the original plan; nearly all projects have none, and
adding up nothing costs next to nothing. From it come the twelve rows of the project and, added up, the twelve rows of
each group. Wide, because adding up one row of twelve columns costs a fifth of adding up twelve rows.
"""

from collections.abc import Callable

from .models import Correction, MonthlyReport
from .months import MONTHS

KEYS = (
    "city_id", "area_id", "category_id", "lead_department_id", "responsible_unit_id", "liaison_leader_id", "level",
    "nature",
)  # fmt: skip
MEASURES = (
    "time_progress", "planned_year", "planned_original", "planned_to_date", "amount", "year_to_date", "since_start",
)  # fmt: skip
COLUMNS = (*KEYS, *MEASURES)


def monthly(column: str, separator: str = ", ") -> str:
    """`column` once for each month, its `#` replaced by the month."""
    return separator.join(column.replace("#", str(month)) for month in MONTHS)


def in_month(expression: Callable[[int], str]) -> str:
    """The expression that belongs to the month of the period `m`."""
    return f"CASE m.month {' '.join(f'WHEN {month} THEN {expression(month)}' for month in MONTHS)} END"


def so_far(column: str) -> Callable[[int], str]:
    """The sum of the months' columns up to a month; a month without a value adds nothing."""
    return lambda month: " + ".join(f"COALESCE({column}{each}, 0)" for each in range(1, month + 1))


def month_of(date: str) -> str:
    """The month of a date, counted from the year 0, so that both databases compare months as numbers."""
    year, month = (f"CAST(SUBSTR(CAST({date} AS text), {part}) AS integer)" for part in ("1, 4", "6, 2"))
    return f"({year} * 12 + {month})"


TIME_PROGRESS = "COALESCE(m.time_progress, (m.month * 20000 + 12) / 24)"

# To date by the curve of a plan, if it has one.
_CURVE = monthly(
    "CASE WHEN COUNT(c.id) > 0 THEN CAST(COALESCE(SUM(c.amount) FILTER (WHERE c.month <= #), 0) AS bigint) END AS c#"
)

# One wide row for each project of the scope that is enlisted, planned or reported in the year.
TRUTH = f"""
SELECT p.id AS project_id,
       CASE WHEN area.kind = 'city' THEN area.id ELSE area.parent_id END AS city_id,
       p.area_id, p.category_id, p.lead_department_id, p.responsible_unit_id, p.liaison_leader_id, p.level,
       enlisted.nature, plan.amount AS planned_original,
       p.invested_before + COALESCE(reported.earlier, 0) + COALESCE(corrected.earlier, 0) AS invested_before,
       {monthly("reported.a# + COALESCE(corrected.a#, 0) AS a#")},
       {
    monthly(
        "COALESCE(CASE WHEN revised.p# IS NULL THEN plan.c# ELSE revised.c# END, CASE WHEN elapsed.e# IS NULL "
        "THEN (COALESCE(revised.p#, plan.amount) * # * 2 + 12) / 24 "
        "ELSE (COALESCE(revised.p#, plan.amount) * elapsed.e# * 2 + 10000) / 20000 END) AS t#"
    )
},
       {monthly("revised.p# - plan.amount AS d#")}
FROM projects_project p
JOIN projects_area area ON area.id = p.area_id
CROSS JOIN (
    SELECT {monthly("MAX(time_progress) FILTER (WHERE month = #) AS e#")} FROM investment_period WHERE year = {{year}}
) elapsed
LEFT JOIN (
    SELECT e.project_id, e.nature
    FROM projects_enlistment e JOIN projects_actionplan y ON y.id = e.action_plan_id
    WHERE y.year = {{year}} AND e.project_id {{scope}}
) enlisted ON enlisted.project_id = p.id
LEFT JOIN (
    SELECT q.project_id, q.amount, {_CURVE}
    FROM investment_annualplan q LEFT JOIN investment_plannedmonth c ON c.plan_id = q.id
    WHERE q.year = {{year}} AND q.revision = 0 AND q.project_id {{scope}}
    GROUP BY q.project_id, q.amount
) plan ON plan.project_id = p.id
LEFT JOIN (
    SELECT project_id, {monthly("MAX(amount) FILTER (WHERE # >= since AND # < until) AS p#")},
           {monthly("MAX(c#) FILTER (WHERE # >= since AND # < until) AS c#")}
    FROM (
        SELECT q.project_id, q.amount, q.effective_month AS since, COALESCE(MIN(q.effective_month) OVER (
                   PARTITION BY q.project_id ORDER BY q.revision ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
               ), {len(MONTHS) + 1}) AS until, {_CURVE}
        FROM investment_annualplan q LEFT JOIN investment_plannedmonth c ON c.plan_id = q.id
        WHERE q.year = {{year}} AND q.revision > 0 AND q.project_id {{scope}}
        GROUP BY q.id, q.project_id, q.revision, q.amount, q.effective_month
    ) revision
    GROUP BY project_id
) revised ON revised.project_id = p.id
LEFT JOIN (
    SELECT project_id, COUNT(*) FILTER (WHERE year = {{year}}) AS months,
           CAST(SUM(amount) FILTER (WHERE year < {{year}}) AS bigint) AS earlier,
           {monthly("MAX(amount) FILTER (WHERE month = # AND year = {year}) AS a#")}
    FROM investment_monthlyreport
    WHERE year <= {{year}} AND state = {MonthlyReport.State.APPROVED:d} AND project_id {{scope}} GROUP BY project_id
) reported ON reported.project_id = p.id
LEFT JOIN (
    SELECT r.project_id, CAST(SUM(k.new_amount - k.old_amount) FILTER (WHERE r.year < {{year}}) AS bigint) AS earlier,
           {
    monthly("CAST(SUM(k.new_amount - k.old_amount) FILTER (WHERE r.year = {year} AND r.month = #) AS bigint) AS a#")
}
    FROM investment_correction k JOIN investment_monthlyreport r ON r.id = k.report_id
    WHERE k.state = {Correction.State.APPROVED:d} AND r.state = {MonthlyReport.State.APPROVED:d}
      AND r.year <= {{year}} AND r.project_id {{scope}} GROUP BY r.project_id
) corrected ON corrected.project_id = p.id
WHERE p.id {{scope}} AND (plan.project_id IS NOT NULL OR enlisted.project_id IS NOT NULL OR reported.months > 0)
"""

OF_MONTH: dict[str, Callable[[int], str]] = {
    "planned_to_date": lambda month: f"truth.t{month}",
    "amount": lambda month: f"truth.a{month}",
    "year_to_date": so_far("truth.a"),
}
# The figures of a month `m` of a wide row.
FRESH = {
    **{key: f"truth.{key}" for key in KEYS},
    "time_progress": TIME_PROGRESS,
    # The last revision is in force in December, whenever it came: without a figure there, there is none.
    "planned_year": "truth.planned_original + CASE WHEN truth.d12 IS NULL THEN 0 "
    f"ELSE COALESCE({in_month(lambda month: f'truth.d{month}')}, 0) END",
    "planned_original": "truth.planned_original",
    **{name: in_month(figure) for name, figure in OF_MONTH.items()},
    "since_start": f"truth.invested_before + {in_month(so_far('truth.a'))}",
}
