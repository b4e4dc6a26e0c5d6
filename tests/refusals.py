"""The database as guardian."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction


def refused(constraint: str, act: Callable[[], Any]) -> bool:
    """Whether the database says no and names this rule; of a unique one SQLite names the columns only."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    return constraint in str(refusal.value) or str(refusal.value).startswith("UNIQUE")


@contextmanager
def unguarded() -> Iterator[None]:
    """What happens inside goes past the database's guards, as rows do that are older than they."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            again = ["SET session_replication_role = origin"]
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            again = [sql for _, sql in triggers]
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
        try:
            yield
        finally:
            for statement in again:
                cursor.execute(statement)
