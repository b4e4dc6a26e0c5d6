"""The database as guardian."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction


def refused(constraint: str, act: Callable[[], Any]) -> bool:
    """Whether the database says no and names this rule; of a unique one SQLite names the columns only."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    return constraint in str(refusal.value) or str(refusal.value).startswith("UNIQUE")
