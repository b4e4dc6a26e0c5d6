"""The statements of the engine, in the SQL that PostgreSQL and SQLite ≥ 3.40 share.

`{year}` and the scopes are integers made by us, never text from outside. The member of a group is a project's month;
`_MEMBERS` says in which groups it counts, once for moving a difference and once for adding up afresh.
"""

from collections.abc import Collection
from dataclasses import dataclass

from .models import GroupProgress

_KEYS = (
    "city_id", "area_id", "category_id", "lead_department_id", "responsible_unit_id", "liaison_leader_id", "level", "nature",
)  # fmt: skip
_MEASURES = ("time_progress", "planned_year", "planned_to_date", "amount", "year_to_date", "since_start")
_COLUMNS = _KEYS + _MEASURES
_SUMS = (
    "projects", "planned_projects", "reported_projects", "planned_year", "planned_to_date", "amount", "year_to_date",
    "since_start", "unplanned_to_date",
)  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """A set of ids, given as a list or as a range, that can stand in a WHERE clause."""

    condition: str

    @classmethod
    def of(cls, ids: Collection[int]) -> "Scope":
        listed = ", ".join(str(int(each)) for each in sorted(ids)) or "NULL"
        return cls("{column} IN (" + listed + ")")

    @classmethod
    def between(cls, first: int, last: int) -> "Scope":
        return cls(f"{{column}} BETWEEN {int(first)} AND {int(last)}")

    def sql(self, column: str) -> str:
        return self.condition.format(column=column)


def _listed(names: Collection[str], prefix: str = "") -> str:
    return ", ".join(prefix + name for name in names)


def _differ(names: Collection[str], left: str, right: str) -> str:
    return " OR ".join(f"{left}.{name} IS DISTINCT FROM {right}.{name}" for name in names)


# The truth of some projects in one year: twelve rows for each that is enlisted, planned or reported in it.
_FRESH = """
plan AS (
    SELECT q.project_id, q.id, q.amount,
           EXISTS (SELECT 1 FROM investment_plannedmonth c WHERE c.plan_id = q.id) AS has_curve
    FROM investment_annualplan q
    WHERE q.year = {year} AND q.{scope_project}
      AND NOT EXISTS (SELECT 1 FROM investment_annualplan newer
                      WHERE newer.project_id = q.project_id AND newer.year = q.year AND newer.revision > q.revision)
),
enlisted AS (
    SELECT e.project_id, e.nature
    FROM projects_enlistment e JOIN projects_actionplan y ON y.id = e.action_plan_id
    WHERE y.year = {year} AND e.{scope_project}
),
reported AS (
    SELECT project_id, month, amount
    FROM investment_monthlyreport
    WHERE year = {year} AND state = 3 AND {scope_project}
),
earlier AS (
    SELECT project_id, CAST(SUM(amount) AS bigint) AS amount
    FROM investment_monthlyreport
    WHERE year < {year} AND state = 3 AND {scope_project}
    GROUP BY project_id
),
fresh AS (
    SELECT p.id AS project_id, m.month,
           CASE WHEN a.kind = 'city' THEN a.id ELSE a.parent_id END AS city_id,
           p.area_id, p.category_id, p.lead_department_id, p.responsible_unit_id, p.liaison_leader_id, p.level,
           enlisted.nature,
           COALESCE(m.time_progress, (m.month * 20000 + 12) / 24) AS time_progress,
           plan.amount AS planned_year,
           CASE WHEN plan.has_curve THEN CAST(SUM(COALESCE(c.amount, 0)) OVER so_far AS bigint)
                WHEN m.time_progress IS NULL THEN (plan.amount * m.month * 2 + 12) / 24
                ELSE (plan.amount * m.time_progress * 2 + 10000) / 20000 END AS planned_to_date,
           reported.amount,
           CAST(SUM(COALESCE(reported.amount, 0)) OVER so_far AS bigint) AS year_to_date,
           p.invested_before + COALESCE(earlier.amount, 0)
               + CAST(SUM(COALESCE(reported.amount, 0)) OVER so_far AS bigint) AS since_start
    FROM projects_project p
    JOIN projects_area a ON a.id = p.area_id
    JOIN investment_period m ON m.year = {year}
    LEFT JOIN plan ON plan.project_id = p.id
    LEFT JOIN investment_plannedmonth c ON c.plan_id = plan.id AND c.month = m.month
    LEFT JOIN enlisted ON enlisted.project_id = p.id
    LEFT JOIN reported ON reported.project_id = p.id AND reported.month = m.month
    LEFT JOIN earlier ON earlier.project_id = p.id
    WHERE {scope_id}
      AND (plan.id IS NOT NULL OR enlisted.nature IS NOT NULL
           OR p.id IN (SELECT project_id FROM reported))
    WINDOW so_far AS (PARTITION BY p.id ORDER BY m.month ROWS UNBOUNDED PRECEDING)
)"""

# What must be written: fresh rows that are new or differ (old_id names the row), and old rows without a fresh one.
FIND_CHANGE = f"""
CREATE TEMPORARY TABLE progress_change AS
WITH {_FRESH}
SELECT fresh.*, old.id AS old_id
FROM fresh
FULL JOIN (SELECT * FROM investment_projectprogress WHERE year = {{year}} AND {{scope_project}}) old
  ON old.project_id = fresh.project_id AND old.month = fresh.month
WHERE fresh.project_id IS NULL OR old.id IS NULL OR {_differ(_COLUMNS, "fresh", "old")}
"""

_KINDS = {
    GroupProgress.Kind.CATEGORY: "category_id",
    GroupProgress.Kind.LEAD_DEPARTMENT: "lead_department_id",
    GroupProgress.Kind.RESPONSIBLE_UNIT: "responsible_unit_id",
    GroupProgress.Kind.LIAISON_LEADER: "liaison_leader_id",
    GroupProgress.Kind.LEVEL: "level",
    GroupProgress.Kind.NATURE: "nature",
}
_SUM_OF = {
    "projects": "SUM(sign)",
    "planned_projects": "SUM(CASE WHEN planned_year IS NULL THEN 0 ELSE sign END)",
    "reported_projects": "SUM(CASE WHEN amount IS NULL THEN 0 ELSE sign END)",
    "planned_year": "COALESCE(SUM(sign * planned_year), 0)",
    "planned_to_date": "COALESCE(SUM(sign * planned_to_date), 0)",
    "amount": "COALESCE(SUM(sign * amount), 0)",
    "year_to_date": "SUM(sign * year_to_date)",
    "since_start": "SUM(sign * since_start)",
    "unplanned_to_date": "COALESCE(SUM(CASE WHEN planned_year IS NULL THEN sign * year_to_date END), 0)",
}


def _members(area: str, kind: int, key: str | None = None, condition: str = "") -> str:
    sums = ", ".join(f"CAST({expression} AS bigint) AS {name}" for name, expression in _SUM_OF.items())
    return (
        f"SELECT {area} AS area_id, {kind} AS kind, {key or 0} AS key, month, {sums} "
        f"FROM member{condition} GROUP BY {area}, month" + (f", {key}" if key else "")
    )


# The groups of the rows in `member`: the total of the area, of its city, of the province, and each kind within the city.
_GROUPS = "\nUNION ALL ".join(
    [
        _members("area_id", 0, condition=" WHERE area_id <> city_id"),
        _members("city_id", 0),
        _members("province_id", 0, condition=" WHERE province_id IS NOT NULL"),
    ]
    + [_members("city_id", kind, f"COALESCE({column}, 0)") for kind, column in _KINDS.items()]
)
_GROUP_COLUMNS = f"area_id, kind, key, year, month, time_progress, {_listed(_SUMS)}"
_GROUP_KEY = "area_id, kind, key, year, month"
_TIME_PROGRESS = "COALESCE(m.time_progress, (m.month * 20000 + 12) / 24)"

# Old rows out, new rows in. Runs before the project rows are written: it reads the old ones.
MOVE_GROUPS = f"""
INSERT INTO investment_groupprogress ({_GROUP_COLUMNS})
WITH signed AS (
    SELECT 1 AS sign, month, {_listed(_KEYS)}, {_listed(_MEASURES)}
    FROM progress_change WHERE project_id IS NOT NULL
    UNION ALL
    SELECT -1, old.month, {_listed(_KEYS, "old.")}, {_listed(_MEASURES, "old.")}
    FROM progress_change JOIN investment_projectprogress old ON old.id = progress_change.old_id
),
member AS (
    SELECT signed.*, city.parent_id AS province_id FROM signed JOIN projects_area city ON city.id = signed.city_id
),
moved AS ({_GROUPS})
SELECT moved.area_id, kind, key, {{year}}, moved.month, {_TIME_PROGRESS}, {_listed(_SUMS)}
FROM moved JOIN investment_period m ON m.year = {{year}} AND m.month = moved.month
WHERE TRUE
ON CONFLICT ({_GROUP_KEY}) DO UPDATE SET
    time_progress = excluded.time_progress,
    {", ".join(f"{name} = investment_groupprogress.{name} + excluded.{name}" for name in _SUMS)}
"""

DELETE_GONE = """
DELETE FROM investment_projectprogress
WHERE id IN (SELECT old_id FROM progress_change WHERE project_id IS NULL)
"""

APPLY_CHANGE = f"""
INSERT INTO investment_projectprogress (project_id, year, month, {_listed(_COLUMNS)})
SELECT project_id, {{year}}, month, {_listed(_COLUMNS)} FROM progress_change WHERE project_id IS NOT NULL
ON CONFLICT (project_id, year, month) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
"""

# Groups that are not the sum of their projects: the right row beside the stored one.
FIND_GROUP_DRIFT = f"""
CREATE TEMPORARY TABLE group_drift AS
WITH member AS (
    SELECT 1 AS sign, progress.*, city.parent_id AS province_id
    FROM investment_projectprogress progress JOIN projects_area city ON city.id = progress.city_id
    WHERE progress.year = {{year}} AND progress.{{cities}}
),
summed AS ({_GROUPS}),
truth AS (
    SELECT summed.*, {_TIME_PROGRESS} AS time_progress
    FROM summed JOIN investment_period m ON m.year = {{year}} AND m.month = summed.month
)
SELECT truth.*, old.id AS old_id
FROM truth
FULL JOIN (SELECT * FROM investment_groupprogress WHERE year = {{year}} AND {{areas}}) old
  ON old.area_id = truth.area_id AND old.kind = truth.kind AND old.key = truth.key AND old.month = truth.month
WHERE truth.area_id IS NULL OR old.id IS NULL OR {_differ((*_SUMS, "time_progress"), "truth", "old")}
"""

REPAIR_GROUPS = (
    "DELETE FROM investment_groupprogress WHERE id IN (SELECT old_id FROM group_drift WHERE area_id IS NULL)",
    f"""
    INSERT INTO investment_groupprogress ({_GROUP_COLUMNS})
    SELECT area_id, kind, key, {{year}}, month, time_progress, {_listed(_SUMS)}
    FROM group_drift WHERE area_id IS NOT NULL
    ON CONFLICT ({_GROUP_KEY}) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in ("time_progress", *_SUMS))}
    """,
)

# The first few differences, for people to look at.
PROJECT_DRIFT_SAMPLE = """
SELECT project.id, project.code, COALESCE(progress_change.month, old.month), old.year_to_date, progress_change.year_to_date
FROM progress_change
LEFT JOIN investment_projectprogress old ON old.id = progress_change.old_id
JOIN projects_project project ON project.id = COALESCE(progress_change.project_id, old.project_id)
ORDER BY project.code, 3 LIMIT 20
"""
GROUP_DRIFT_SAMPLE = """
SELECT area.name, COALESCE(group_drift.kind, old.kind), COALESCE(group_drift.key, old.key),
       COALESCE(group_drift.month, old.month), old.year_to_date, group_drift.year_to_date
FROM group_drift
LEFT JOIN investment_groupprogress old ON old.id = group_drift.old_id
JOIN projects_area area ON area.id = COALESCE(group_drift.area_id, old.area_id)
ORDER BY 2, 3, 4 LIMIT 20
"""
