"""Fills a PostgreSQL database with one year of projects, set-based: a nation of cities like the one we serve."""

from django.db import connection

YEAR = 2018
PROJECTS_PER_CITY = 1_000
CITIES_PER_PROVINCE = 14
AREAS_PER_CITY = 6

_TABLES = """
investment_groupprogress, investment_projectprogress, investment_staleprogress, investment_progressyear,
investment_refreshrun, investment_lamprules, investment_lamprule, investment_monthlyreport, investment_plannedmonth,
investment_annualplan, investment_period, projects_problem, projects_enlistment, projects_categorytarget,
projects_actionplan, projects_project, projects_category, projects_official, projects_organisation, projects_area
"""

# Nine in ten projects have a plan, one plan in five a monthly curve, one in twenty a revision of July; every month is
# reported and approved, but one in 25 of December; one report in a thousand was corrected. One project in 100 stands
# still, one in 50 was not begun, one in 20 has a problem, so that lamps of each kind are lit.
_FILL = f"""
INSERT INTO projects_area (id, code, name, kind, "order", parent_id)
SELECT id, '', 'P' || id, 'province', 0, NULL FROM generate_series(1, {{provinces}}) id;
INSERT INTO projects_area (id, code, name, kind, "order", parent_id)
SELECT 100000 + c, '', 'C' || c, 'city', 0, 1 + (c - 1) / {CITIES_PER_PROVINCE} FROM generate_series(1, {{cities}}) c;
INSERT INTO projects_area (id, code, name, kind, "order", parent_id)
SELECT 200000 + (c - 1) * {AREAS_PER_CITY} + d, '', 'D' || d, 'district', d, 100000 + c
FROM generate_series(1, {{cities}}) c, generate_series(1, {AREAS_PER_CITY}) d;
INSERT INTO projects_organisation (id, name, kind, tier, is_sample, area_id)
SELECT id, 'Unit ' || id, 'company', '', TRUE, NULL FROM generate_series(1, {{units}}) id;
INSERT INTO projects_official (id, post, name, "order", is_sample)
SELECT id, 'Leader ' || id, '', 0, TRUE FROM generate_series(1, {{cities}} * 40) id;
INSERT INTO projects_category (id, code, name, counts, first_review, "order", lead_department_id)
SELECT id, 'c' || id, 'Category ' || id, 'money', 'area', id, id FROM generate_series(1, 5) id;
INSERT INTO projects_actionplan (id, year, name, document_number) VALUES (1, {YEAR}, 'plan', '');
INSERT INTO projects_project (
    id, code, name, area_id, category_id, level, stage, status, industry, owner_id, responsible_unit_id,
    responsible_person, lead_department_id, liaison_leader_id, scheme, scheme_document, content, total_investment,
    invested_before, remark, is_sample, planned_start, actual_start, search_text)
SELECT p, 'B' || p, '示例 ' || p || tea, 200000 + city * {AREAS_PER_CITY} + 1 + p % {AREAS_PER_CITY}, 1 + p * 7 % 5,
       2, 3, CASE WHEN p % 100 = 7 THEN 'stopped' ELSE 'active' END, '',
       1 + p / 5, 1 + p / 5, '', 1 + p * 7 % 5, 1 + city * 40 + p % 40, '', '', '', 100000000,
       p % 100 * 1000000, '', TRUE, make_date({YEAR}, 1 + p % 12, 1 + p % 28),
       CASE WHEN p % 50 <> 3 THEN make_date({YEAR}, 1 + p % 12, 1 + p % 28) END,
       concat_ws(chr(10), '示示例例 ' || p || repeat(' 茶茶叶叶', length(tea) / 3), 'unit ' || 1 + p / 5, 'b' || p,
                 'sl' || p, 'unit' || 1 + p / 5, 'shili' || p)
FROM generate_series(0, {{projects}} - 1) p,
     LATERAL (SELECT p / {{per_city}} AS city, CASE WHEN p % 100 = 7 THEN ' 茶叶' ELSE '' END AS tea) home;
INSERT INTO projects_enlistment (action_plan_id, project_id, nature, provincial)
SELECT 1, id, 1 + id % 4, FALSE FROM projects_project ORDER BY id;
INSERT INTO investment_annualplan (id, project_id, year, revision, amount, effective_month, document_number, reason)
SELECT id, id, {YEAR}, 0, (id % 1000 + 1) * 123456, 1, '', '' FROM projects_project WHERE id % 10 <> 0 ORDER BY id;
INSERT INTO investment_plannedmonth (plan_id, month, amount)
SELECT id, m, amount / 12 FROM investment_annualplan, generate_series(1, 12) m WHERE id % 5 = 1 ORDER BY id, m;
INSERT INTO investment_annualplan (id, project_id, year, revision, amount, effective_month, document_number, reason)
SELECT 10000000 + id, id, {YEAR}, 1, amount / 2, 7, '', '调减' FROM investment_annualplan WHERE id % 20 = 1 ORDER BY id;
INSERT INTO investment_monthlyreport (
    project_id, year, month, kind, state, amount, received, stage, image_progress, problems, next_plan, contact, doubts,
    explanation, return_reason, excuse_reason, version, updated_at)
SELECT id, {YEAR}, m, 1, 3, (id * 31 + m * 17) % 1000 * 10000, 0, 3, '主体施工', '', '', '', '[]', '', '', '', 1, now()
FROM projects_project, generate_series(1, 12) m ORDER BY id, m;
UPDATE investment_monthlyreport SET state = 0, due_on = make_date({YEAR}, 12, 25)
WHERE year = {YEAR} AND month = 12 AND project_id % 25 = 11;
INSERT INTO projects_problem (project_id, kind, description, raised_on, deadline, is_sample)
SELECT id, 'land', '示例', make_date({YEAR}, 2, 1), make_date({YEAR}, 1 + CAST(id % 12 AS integer), 28), TRUE
FROM projects_project WHERE id % 20 = 9;
INSERT INTO investment_correction (report_id, old_amount, new_amount, state, reason, proposed_at, decided_at, decision)
SELECT id, amount, amount + 10000, 2, '更正', now(), now(), '' FROM investment_monthlyreport WHERE id % 1000 = 0;
"""


def fill(projects: int, per_city: int = PROJECTS_PER_CITY) -> None:
    """Empty the tables and fill them for so many projects; statistics are gathered, the figures not yet made."""
    cities = -(-projects // per_city)
    provinces = -(-cities // CITIES_PER_PROVINCE)
    units = max(5, 1 + projects // 5)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            "SET session_replication_role = replica"
        )  # no foreign keys are checked: millions of rows, all right
        cursor.execute(f"TRUNCATE {_TABLES} CASCADE")
        script = _FILL.format(projects=projects, per_city=per_city, cities=cities, provinces=provinces, units=units)
        for statement in script.split(";\n"):
            if statement.strip():
                cursor.execute(statement)
    vacuum()


def vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def close_months(last: int) -> None:
    """Close the year's months up to this one, as far as reports and lamps go; their figures are not frozen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE investment_period SET opened_at = now(), closed_at = now() WHERE year = %s AND month <= %s",
            [YEAR, last],
        )


def guard() -> None:
    """Check foreign keys again, as the site does."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
