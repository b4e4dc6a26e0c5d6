"""The database itself refuses to change what is closed or recorded, whoever asks: a verb, a script, or SQL by hand.

Triggers, installed anew after each `migrate` (SQLite drops them when a migration remakes their table). A refusal
arrives in Python as IntegrityError and carries its sentence. What a rule says: `when` is true for a row that must stay
as it is, with `old` and `new` as usual.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connections

from .models import MonthlyReport, Proposal

INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"
LAMPS = "UPDATE OF lamp_state, lamp_rule_id, lamp_value"
_PROPOSED = f"{Proposal.State.PROPOSED:d}"
_DELETABLE = f"{MonthlyReport.State.EXPECTED:d}, {MonthlyReport.State.DRAFT:d}"


def _closed(row: str) -> str:
    """A report's month is closed, and the report was not reopened."""
    return (
        f"EXISTS (SELECT 1 FROM investment_period p WHERE p.year = {row}.year AND p.month = {row}.month "
        "AND p.closed_at IS NOT NULL) "
        f"AND NOT EXISTS (SELECT 1 FROM investment_reopening r WHERE r.report_id = {row}.id AND r.ended_at IS NULL)"
    )


def _of_closed(row: str) -> str:
    """The row belongs to a report of a closed month that was not reopened."""
    return f"EXISTS (SELECT 1 FROM investment_monthlyreport m WHERE m.id = {row}.report_id AND {_closed('m')})"


_PLAN_TOUCHES_CLOSED = (
    "EXISTS (SELECT 1 FROM investment_period p WHERE p.year = {plan}.year AND p.month >= {plan}.effective_month "
    "AND p.closed_at IS NOT NULL)"
)
_OTHER_LAMP = (
    "OLD.lamp_state IS NOT NULL AND (NEW.lamp_state IS DISTINCT FROM OLD.lamp_state "
    "OR NEW.lamp_rule_id IS DISTINCT FROM OLD.lamp_rule_id OR NEW.lamp_value IS DISTINCT FROM OLD.lamp_value) "
    "AND EXISTS (SELECT 1 FROM investment_period p WHERE p.year = OLD.year AND p.month = OLD.month "
    "AND p.closed_at IS NOT NULL)"
)


@dataclass(frozen=True)
class Guard:
    """A table, the verb that is refused, when, and what is said then."""

    name: str
    table: str
    verb: str
    sentence: str
    when: str = "TRUE"


GUARDS = (
    Guard("closed_report_insert", "monthlyreport", INSERT, "这个月已关账，不能再增加月报。", _closed("NEW")),
    Guard("closed_report_update", "monthlyreport", UPDATE, "这个月已关账，月报不能再改。", _closed("OLD")),
    Guard("report_into_closed", "monthlyreport", UPDATE, "这个月已关账，月报不能移入。", _closed("NEW")),
    Guard("closed_report_delete", "monthlyreport", DELETE, "这个月已关账，月报不能删除。", _closed("OLD")),
    Guard(
        "report_delete", "monthlyreport", DELETE, "报送过的月报不能删除。", f"OLD.state NOT IN ({_DELETABLE})"
    ),
    Guard("closed_photo_insert", "reportphoto", INSERT, "这个月已关账，不能再增加照片。", _of_closed("NEW")),
    Guard("closed_photo_update", "reportphoto", UPDATE, "这个月已关账，照片不能再改。", _of_closed("OLD")),
    Guard("closed_photo_delete", "reportphoto", DELETE, "这个月已关账，照片不能删除。", _of_closed("OLD")),
    Guard("closed_period_update", "period", UPDATE, "已关账的月份不能再改。", "OLD.closed_at IS NOT NULL"),
    Guard("closed_period_delete", "period", DELETE, "已关账的月份不能删除。", "OLD.closed_at IS NOT NULL"),
    Guard("move_update", "reportmove", UPDATE, "月报的流转记录不能更改。"),
    Guard("move_delete", "reportmove", DELETE, "月报的流转记录不能删除。"),
    Guard("plan_update", "annualplan", UPDATE, "年度计划不能更改，只能调整。"),
    Guard("plan_delete", "annualplan", DELETE, "年度计划不能删除，只能调整。"),
    Guard(
        "plan_of_closed_insert", "annualplan", INSERT, "年度计划不能自已关账的月份起执行。",
        _PLAN_TOUCHES_CLOSED.format(plan="NEW"),
    ),
    Guard("curve_update", "plannedmonth", UPDATE, "月度计划不能更改，只能调整年度计划。"),
    Guard("curve_delete", "plannedmonth", DELETE, "月度计划不能删除，只能调整年度计划。"),
    Guard(
        "curve_of_closed_insert", "plannedmonth", INSERT, "计划执行的月份已关账，不能再增加月度计划。",
        "EXISTS (SELECT 1 FROM investment_annualplan a WHERE a.id = NEW.plan_id AND "
        f"{_PLAN_TOUCHES_CLOSED.format(plan='a')})",
    ),
    *(
        Guard(f"{table}_{verb.lower()}", table, verb, "已审批的事项不能更改。", f"OLD.state <> {_PROPOSED}")
        for table in ("correction", "planchange")
        for verb in (UPDATE, DELETE)
    ),
    Guard("reopening_update", "reopening", UPDATE, "补报记录不能更改。", "OLD.ended_at IS NOT NULL"),
    *(
        Guard(f"{table}_{verb.lower()}", table, verb, "关账时固定的数据不能更改。")
        for table in ("closedprojectprogress", "closedgroupprogress")
        for verb in (UPDATE, DELETE)
    ),
    Guard("closed_lamp_update", "projectprogress", LAMPS, "这个月已关账，亮灯不能再改。", _OTHER_LAMP),
    *(
        Guard(f"{table}_{verb.lower()}", table, verb, "采用过的亮灯规则不能更改，只能另行采用。")
        for table in ("lamprules", "lamprule")
        for verb in (UPDATE, DELETE)
    ),
    Guard("reopening_delete", "reopening", DELETE, "补报记录不能删除。"),
)  # fmt: skip

_SQLITE = """CREATE TRIGGER guard_{name} BEFORE {verb} ON investment_{table} FOR EACH ROW WHEN {when}
BEGIN SELECT RAISE(ABORT, '{sentence}'); END"""
_POSTGRESQL = """CREATE OR REPLACE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {when} THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = 'check_violation', CONSTRAINT = 'guard_{name}'; END IF;
    RETURN {row};
END $$;
CREATE OR REPLACE TRIGGER guard_{name} BEFORE {verb} ON investment_{table}
FOR EACH ROW EXECUTE FUNCTION guard_{name}()"""


def install(using: str = "default", **kwargs: Any) -> None:
    """Put every guard in its place; the same again changes nothing."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for guard in GUARDS:
            parts = {**vars(guard), "row": "OLD" if guard.verb == DELETE else "NEW"}
            if connection.vendor == "postgresql":
                cursor.execute(_POSTGRESQL.format(**parts))
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS guard_{guard.name}")
                cursor.execute(_SQLITE.format(**parts))
