"""Which reports are asked for in the address, beside the month and the state: those of a unit, an area, a category."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from projects.models import Area, Category, Organisation, User

NOBODY = "0"  # in addresses: without a unit
FILTERS = {
    "unit": ("责任单位", Organisation, "responsible_unit"),
    "area": ("区县", Area, "area"),
    "category": ("类别", Category, "category"),
}


class UnknownFilterError(Exception):
    """Nothing of this kind has this id, or the reader does not see it. The message is for whoever asked."""


@dataclass(frozen=True)
class Asked:
    """One filter: its name in the address, the heading, the condition on projects, and what it asks for in words."""

    name: str
    label: str
    condition: Q
    key: str
    value: str


def asked_for(user: User, address: Mapping[str, str]) -> tuple[Asked, ...]:
    """The filters of an address. Raises UnknownFilterError."""
    return tuple(_asked(user, name, address[name]) for name in FILTERS if address.get(name))


def _asked(user: User, name: str, key: str) -> Asked:
    label, model, column = FILTERS[name]
    if name == "unit" and key == NOBODY:
        return Asked(name, label, Q(responsible_unit=None), key, "尚未明确")
    seen: Any = model._default_manager.visible_to(user)  # type: ignore[attr-defined]
    row = seen.filter(pk=key).first() if re.fullmatch("[0-9]{1,9}", key) else None
    if row is None:
        raise UnknownFilterError(f"没有这个{label}，或者您没有查看的权限。")
    return Asked(name, label, Q(**{column: row}), key, str(row))
