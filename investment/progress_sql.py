"""The statements of the engine, in the SQL that PostgreSQL and SQLite ≥ 3.40 share.

What they compare, write and add up is the wide row of `truth_sql`. `{year}` and the scopes are integers made by us,
never text from outside.
"""

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from django.db import connection

from .models import GroupProgress
from .months import MONTHS
from .truth_sql import COLUMNS, FRESH, MEASURES, OF_MONTH, TIME_PROGRESS, TRUTH, in_month, month_of, monthly, so_far

_SUMS = (
    "projects", "planned_projects", "reported_projects", "planned_year", "planned_original", "planned_to_date",
    "amount", "year_to_date", "since_start", "unplanned_to_date",
)  # fmt: skip
LIT = ("lamp_state", "lamp_rule_id", "lamp_value")  # what `lamps_sql` finds
BEGUN = f"m.year * 12 + m.month <= {month_of('{today}')}"


@dataclass(frozen=True)
class Scope:
    """Some projects, as a condition on a column of their ids; `format()` puts it into a statement."""

    condition: str

    def __str__(self) -> str:
        return self.condition

    @classmethod
    def of(cls, ids: Collection[int]) -> "Scope":
        return cls("IN (" + ", ".join(str(int(each)) for each in sorted(ids)) + ")")

    @classmethod
    def between(cls, first: int, last: int) -> "Scope":
        return cls(f"BETWEEN {int(first)} AND {int(last)}")


@dataclass(frozen=True)
class Statement:
    """A statement that runs for every change.

    For a few projects PostgreSQL parses and plans it once per connection, as that costs more than running it (settings
    make such plans generic). For many it is planned for their number.
    """

    FEW: ClassVar[int] = 20

    name: str
    text: str
    prepared: ClassVar[WeakKeyDictionary[Any, set[str]]] = WeakKeyDictionary()

    def run(self, cursor: Any, year: int, ids: Collection[int], today: datetime.date | None = None) -> int:
        """Run it for a year, some projects and, where it asks for it, a day; returns how many rows it touched."""
        if connection.vendor == "postgresql" and len(ids) <= self.FEW:
            names = self.prepared.setdefault(connection.connection, set())
            if self.name not in names:
                text = self.text.format(year="$1", scope="= ANY($2)", today="$3")
                cursor.execute(f"PREPARE {self.name} (integer, bigint[], date) AS {text}")
                names.add(self.name)
            cursor.execute(f"EXECUTE {self.name} (%s, %s, %s)", [year, list(ids), today])
            return int(cursor.rowcount)
        return self.run_for(cursor, year, Scope.of(ids), today)

    def run_for(self, cursor: Any, year: int, scope: Scope, today: datetime.date | None = None) -> int:
        """The same for many projects, planned for their number."""
        cursor.execute(self.text.format(year=year, scope=scope, today=f"'{today}'"))
        return int(cursor.rowcount)


def _names(names: Collection[str], prefix: str = "") -> str:
    return ", ".join(prefix + name for name in names)


def _differ(names: Collection[str], left: str, right: str) -> str:
    return " OR ".join(f"{left}.{name} IS DISTINCT FROM {right}.{name}" for name in names)


def _month_differs(figures: Mapping[str, Callable[[int], str]]) -> str:
    """Whether an old row has other figures of its month: the month is asked once for all of them, as it takes long."""
    return in_month(
        lambda month: " OR ".join(f"old.{name} IS DISTINCT FROM {figure(month)}" for name, figure in figures.items())
    )


# One temporary table for the life of the connection: a new one for each change would wear out the system's catalogs.
_CHANGE = ("project_id", "month", *COLUMNS, "old_id")
CHANGE_TABLE = (
    f"CREATE TEMPORARY TABLE IF NOT EXISTS progress_change ({', '.join(f'{name} bigint' for name in _CHANGE)})"
)

# What must be written: fresh rows that are new or differ (old_id names the row), and old rows without a fresh one.
FIND_CHANGE = Statement(
    "find_change",
    f"""
INSERT INTO progress_change ({_names(_CHANGE)})
WITH truth AS MATERIALIZED ({TRUTH}),
fresh AS MATERIALIZED (
    SELECT project_id, m.month, {", ".join(f"{expression} AS {name}" for name, expression in FRESH.items())}
    FROM truth JOIN investment_period m ON m.year = {{year}}
)
SELECT {_names(_CHANGE[:-1], "fresh.")}, old.id
FROM fresh
FULL JOIN (SELECT * FROM investment_projectprogress WHERE year = {{year}} AND project_id {{scope}}) old
  ON old.project_id = fresh.project_id AND old.month = fresh.month
WHERE fresh.project_id IS NULL OR old.id IS NULL OR {_differ(COLUMNS, "fresh", "old")}
""",
)

# For a full refresh the truth of a slice is kept, as its groups are added up from it, and only those projects whose
# rows are not as they should be are remade.
KEEP_TRUTH = f"CREATE TEMPORARY TABLE progress_truth AS {TRUTH}"
# The planner must know that a project stands there once, or it takes the far larger side for its table of hashes.
KNOW_TRUTH = "ANALYZE progress_truth (project_id)"
_LASTING = [name for name in COLUMNS if name not in (*OF_MONTH, "since_start")]
FIND_DIFFERING = f"""
SELECT old.project_id
FROM (SELECT * FROM investment_projectprogress WHERE year = {{year}} AND project_id {{scope}}) old
JOIN investment_period m ON m.year = {{year}} AND m.month = old.month
LEFT JOIN progress_truth truth ON truth.project_id = old.project_id
WHERE truth.project_id IS NULL
   OR {" OR ".join(f"old.{name} IS DISTINCT FROM {FRESH[name]}" for name in _LASTING)}
   OR {_month_differs(OF_MONTH)}
   OR old.since_start - old.year_to_date IS DISTINCT FROM truth.invested_before
   OR old.lamp_state IS NULL AND {BEGUN}
UNION ALL
SELECT truth.project_id
FROM progress_truth truth LEFT JOIN (
    SELECT project_id, COUNT(*) AS months FROM investment_projectprogress
    WHERE year = {{year}} AND project_id {{scope}} GROUP BY project_id
) old ON old.project_id = truth.project_id
WHERE old.months IS DISTINCT FROM {len(MONTHS)}
"""

DELETE_GONE = Statement(
    "delete_gone",
    """
DELETE FROM investment_projectprogress
WHERE id IN (SELECT old_id FROM progress_change WHERE project_id IS NULL)
""",
)

# A row that comes again, of a month that was closed with it, comes with the lamp that it had then.
APPLY_CHANGE = Statement(
    "apply_change",
    f"""
INSERT INTO investment_projectprogress (project_id, year, month, {_names(COLUMNS)}, {_names(LIT)})
SELECT fresh.project_id, {{year}}, fresh.month, {_names(COLUMNS, "fresh.")}, {_names(LIT, "closed.")}
FROM progress_change fresh
LEFT JOIN investment_closedprojectprogress closed
  ON closed.project_id = fresh.project_id AND closed.year = {{year}} AND closed.month = fresh.month
WHERE fresh.project_id IS NOT NULL
ON CONFLICT (project_id, year, month) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
""",
)

# In which groups a row counts. Slots 0 to 2 are the totals of its area, its city and its province; the others are the
# kinds within the city.
_KINDS: dict[int, str] = {
    GroupProgress.Kind.CATEGORY: "category_id",
    GroupProgress.Kind.LEAD_DEPARTMENT: "lead_department_id",
    GroupProgress.Kind.RESPONSIBLE_UNIT: "responsible_unit_id",
    GroupProgress.Kind.LIAISON_LEADER: "liaison_leader_id",
    GroupProgress.Kind.LEVEL: "level",
    GroupProgress.Kind.NATURE: "nature",
}


def _slots(kinds: Collection[int]) -> str:
    slots = (*range(3), *(kind + 2 for kind in kinds))
    return f"slots(slot) AS (VALUES {', '.join(f'({slot:d})' for slot in slots)})"


def _group(kinds: Collection[int]) -> str:
    """The group in which a row counts in a slot: its area, kind and key."""
    keys = " ".join(f"WHEN {kind + 2:d} THEN COALESCE({_KINDS[kind]}, 0)" for kind in kinds)
    return f"""
       CASE slot WHEN 0 THEN area_id WHEN 2 THEN province_id ELSE city_id END AS area_id,
       CASE WHEN slot < 3 THEN 0 ELSE slot - 2 END AS kind,
       CASE slot {keys} ELSE 0 END AS key
"""


_COUNTS_THERE = "NOT (slot = 0 AND area_id = city_id) AND NOT (slot = 2 AND province_id IS NULL)"
# Looked up row by row: a join would read all areas of the country for the few rows of one change.
_WITH_PROVINCE = """
    SELECT counted.*, (SELECT city.parent_id FROM projects_area city WHERE city.id = counted.city_id) AS province_id
    FROM counted
"""
_GROUP_COLUMNS = f"area_id, kind, key, year, month, time_progress, {_names(_SUMS)}"
_GROUP_KEY = "area_id, kind, key, year, month"

# Old rows out, new rows in. Runs before the project rows are written: it reads the old ones.
_MOVED = {
    "projects": "SUM(sign)",
    "planned_projects": "SUM(CASE WHEN planned_year IS NULL THEN 0 ELSE sign END)",
    "reported_projects": "SUM(CASE WHEN amount IS NULL THEN 0 ELSE sign END)",
    "planned_year": "COALESCE(SUM(sign * planned_year), 0)",
    "planned_original": "COALESCE(SUM(sign * planned_original), 0)",
    "planned_to_date": "COALESCE(SUM(sign * planned_to_date), 0)",
    "amount": "COALESCE(SUM(sign * amount), 0)",
    "year_to_date": "SUM(sign * year_to_date)",
    "since_start": "SUM(sign * since_start)",
    "unplanned_to_date": "COALESCE(SUM(CASE WHEN planned_year IS NULL THEN sign * year_to_date END), 0)",
}
MOVE_GROUPS = Statement(
    "move_groups",
    f"""
INSERT INTO investment_groupprogress ({_GROUP_COLUMNS})
WITH {_slots(_KINDS)},
counted AS (
    SELECT 1 AS sign, month, {_names(COLUMNS)} FROM progress_change WHERE project_id IS NOT NULL
    UNION ALL
    SELECT -1, old.month, {_names(COLUMNS, "old.")}
    FROM progress_change JOIN investment_projectprogress old ON old.id = progress_change.old_id
),
located AS MATERIALIZED ({_WITH_PROVINCE}),
member AS (
    SELECT sign, month, {_names(MEASURES)}, {_group(_KINDS)}
    FROM located CROSS JOIN slots WHERE {_COUNTS_THERE}
),
moved AS (
    SELECT area_id, kind, key, month, {", ".join(f"CAST({_MOVED[name]} AS bigint) AS {name}" for name in _SUMS)}
    FROM member GROUP BY area_id, kind, key, month
)
SELECT area_id, kind, key, {{year}}, moved.month, {TIME_PROGRESS}, {_names(_SUMS)}
FROM moved JOIN investment_period m ON m.year = {{year}} AND m.month = moved.month
WHERE TRUE
ON CONFLICT ({_GROUP_KEY}) DO UPDATE SET
    time_progress = excluded.time_progress,
    {", ".join(f"{name} = investment_groupprogress.{name} + excluded.{name}" for name in _SUMS)}
""",
)

# One wide row for each group that the kept truth reaches; the slices of a full refresh are gathered in one table.
_SUMMED = (
    "COUNT(*) AS projects, COUNT(planned_original) AS planned_projects, "
    "CAST(COALESCE(SUM(planned_original), 0) AS bigint) AS planned_original, "
    "CAST(SUM(invested_before) AS bigint) AS invested_before, "
    + monthly("COUNT(a#) AS r#")
    + ", "
    + monthly("CAST(COALESCE(SUM(a#), 0) AS bigint) AS a#")
    + ", "
    + monthly("CAST(COALESCE(SUM(t#), 0) AS bigint) AS t#")
    + ", "
    + monthly("CAST(COALESCE(SUM(CASE WHEN planned_original IS NULL THEN a# END), 0) AS bigint) AS u#")
    + ", "
    + monthly("CAST(COALESCE(SUM(d#), 0) AS bigint) AS d#")
)
_GATHERED = (
    "projects", "planned_projects", "planned_original", "invested_before",
    *(f"{measure}{month}" for measure in "ratud" for month in MONTHS),
)  # fmt: skip
_RESUMMED = ", ".join(f"CAST(SUM({name}) AS bigint) AS {name}" for name in _GATHERED)
# Units and leaders are many. All other groups are few, and the projects are folded before they are put into those.
_MANY = (GroupProgress.Kind.RESPONSIBLE_UNIT, GroupProgress.Kind.LIAISON_LEADER)
_FEW = [kind for kind in _KINDS if kind not in _MANY]
_FOLD = f"city_id, area_id, {_names([_KINDS[kind] for kind in _FEW])}"
SUM_GROUPS = f"""
WITH {_slots(_FEW)},
counted AS (SELECT {_FOLD}, {_SUMMED} FROM progress_truth GROUP BY {_FOLD}),
located AS MATERIALIZED ({_WITH_PROVINCE}),
member AS (
    SELECT {_names(_GATHERED)}, {_group(_FEW)} FROM located CROSS JOIN slots WHERE {_COUNTS_THERE}
)
SELECT area_id, kind, key, {_RESUMMED} FROM member GROUP BY area_id, kind, key
""" + "".join(
    f"""
UNION ALL
SELECT city_id, {kind:d}, COALESCE({_KINDS[kind]}, 0), {_SUMMED} FROM progress_truth
GROUP BY city_id, COALESCE({_KINDS[kind]}, 0)
"""
    for kind in _MANY
)
START_GROUPS = f"CREATE TEMPORARY TABLE group_sums AS {SUM_GROUPS}"
GATHER_GROUPS = f"INSERT INTO group_sums {SUM_GROUPS}"

# Groups that are not the sum of their projects: the right row beside the stored one. Few groups have projects in
# more than one slice; only those are added up again.
_SUM_OF_MONTH = {
    "reported_projects": lambda month: f"r{month}",
    "planned_year": lambda month: f"m.planned_original + d{month}",
    "planned_to_date": lambda month: f"t{month}",
    "amount": lambda month: f"a{month}",
    "year_to_date": so_far("a"),
    "unplanned_to_date": so_far("u"),
}
_LASTING_SUMS = ("time_progress", "projects", "planned_projects", "planned_original")
FIND_GROUP_DRIFT = f"""
CREATE TEMPORARY TABLE group_drift AS
WITH parted AS (SELECT area_id, kind, key FROM group_sums GROUP BY area_id, kind, key HAVING COUNT(*) > 1),
summed AS (
    SELECT area_id, kind, key, {_names(_GATHERED)} FROM group_sums
    WHERE (area_id, kind, key) NOT IN (SELECT area_id, kind, key FROM parted)
    UNION ALL
    SELECT area_id, kind, key, {_RESUMMED} FROM group_sums
    WHERE (area_id, kind, key) IN (SELECT area_id, kind, key FROM parted) GROUP BY area_id, kind, key
),
every AS (
    SELECT summed.*, m.month, {TIME_PROGRESS} AS time_progress FROM summed JOIN investment_period m ON m.year = {{year}}
)
SELECT m.area_id, m.kind, m.key, m.month, {_names(_LASTING_SUMS, "m.")},
       {", ".join(f"{in_month(figure)} AS {name}" for name, figure in _SUM_OF_MONTH.items())},
       invested_before + {in_month(so_far("a"))} AS since_start, old.id AS old_id
FROM every m
FULL JOIN (SELECT * FROM investment_groupprogress WHERE year = {{year}}) old
  ON old.area_id = m.area_id AND old.kind = m.kind AND old.key = m.key AND old.month = m.month
WHERE m.area_id IS NULL OR old.id IS NULL OR {_differ(_LASTING_SUMS, "m", "old")}
   OR {_month_differs(_SUM_OF_MONTH)}
   OR old.since_start - old.year_to_date IS DISTINCT FROM m.invested_before
"""

DELETE_GROUPS = (
    "DELETE FROM investment_groupprogress WHERE id IN (SELECT old_id FROM group_drift WHERE area_id IS NULL)"
)

REPAIR_GROUPS = f"""
INSERT INTO investment_groupprogress ({_GROUP_COLUMNS})
SELECT area_id, kind, key, {{year}}, month, time_progress, {_names(_SUMS)} FROM group_drift WHERE area_id IS NOT NULL
ON CONFLICT ({_GROUP_KEY}) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in ("time_progress", *_SUMS))}
"""

# The figures of a closed month, as they are. What the database computes itself is computed again from the same amounts.
FREEZE_PROJECTS = f"""
INSERT INTO investment_closedprojectprogress (project_id, year, month, {_names(COLUMNS)}, {_names(LIT)})
SELECT project_id, year, month, {_names(COLUMNS)}, {_names(LIT)}
FROM investment_projectprogress WHERE year = {{month.year}} AND month = {{month.number}}
"""
FREEZE_GROUPS = f"""
INSERT INTO investment_closedgroupprogress ({_GROUP_COLUMNS})
SELECT {_GROUP_COLUMNS}
FROM investment_groupprogress WHERE year = {{month.year}} AND month = {{month.number}} AND projects > 0
"""

# The first few differences, for people to look at.
PROJECT_DRIFT_SAMPLE = """
SELECT project.id, project.code, COALESCE(change.month, old.month), old.year_to_date, change.year_to_date
FROM (SELECT * FROM progress_change ORDER BY project_id, month LIMIT 20) change
LEFT JOIN investment_projectprogress old ON old.id = change.old_id
JOIN projects_project project ON project.id = COALESCE(change.project_id, old.project_id)
ORDER BY project.code, 3
"""
GROUP_DRIFT_SAMPLE = """
SELECT area.name, COALESCE(drift.kind, old.kind), COALESCE(drift.key, old.key),
       COALESCE(drift.month, old.month), old.year_to_date, drift.year_to_date
FROM (SELECT * FROM group_drift ORDER BY kind, key, month LIMIT 20) drift
LEFT JOIN investment_groupprogress old ON old.id = drift.old_id
JOIN projects_area area ON area.id = COALESCE(drift.area_id, old.area_id)
ORDER BY 2, 3, 4
"""
