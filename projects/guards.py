"""What the database itself refuses: the history is only added to, and nothing of it goes before its time.

Triggers, named and written per kind of database, installed after every migration: SQLite drops them with a table that a
migration makes anew. A clock of the application does not count, the database's own does.
"""

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from .models import HistoryEntry

TABLE = HistoryEntry._meta.db_table
FIXED = "变更记录只能增加，不能修改。"
YOUNG = f"变更记录至少保存 {settings.AUDIT_KEEP_DAYS} 天，未到期的不能删除。"

SQLITE = {
    "history_update": f"BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{FIXED}'); END",
    # 'INSERT OR REPLACE' deletes the old row without asking the trigger on DELETE.
    "history_replace": (
        f"BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id) "
        f"BEGIN SELECT RAISE(ABORT, '{FIXED}'); END"
    ),
    "history_delete": (
        f"BEFORE DELETE ON {TABLE} "
        f"WHEN OLD.timestamp > strftime('%Y-%m-%d %H:%M:%f', 'now', '-{settings.AUDIT_KEEP_DAYS} days') "
        f"BEGIN SELECT RAISE(ABORT, '{YOUNG}'); END"
    ),
}
POSTGRESQL = {
    "history_update": f"BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION refuse('{FIXED}')",
    "history_delete": (
        f"BEFORE DELETE ON {TABLE} FOR EACH ROW "
        f"WHEN (OLD.timestamp > now() - interval '{settings.AUDIT_KEEP_DAYS} days') EXECUTE FUNCTION refuse('{YOUNG}')"
    ),
    "history_truncate": f"BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION refuse('{YOUNG}')",
}
REFUSE = """
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def install(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Put the guards of the history up, whatever stood there before. Does nothing while there is no table."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    on_sqlite = connection.vendor == "sqlite"
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if not on_sqlite:
            cursor.execute(REFUSE)
        for name, rule in (SQLITE if on_sqlite else POSTGRESQL).items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}" + ("" if on_sqlite else f" ON {TABLE}"))
            cursor.execute(f"CREATE TRIGGER {name} {rule}")
