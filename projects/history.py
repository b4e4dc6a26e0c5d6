"""Of which rows a history is kept, and of which of their fields.

Derived rows are none of them, nor what a computer counts (versions, times of saving): the entry itself says when and by
whom. Bulk writes leave no entry: they are for what the system makes, never for what a person changes.
"""

from collections.abc import Callable, Collection
from operator import attrgetter
from typing import Any

from auditlog.registry import auditlog
from django.db import models

from . import models as register
from .models.history import KEPT, MASK, Changes, Kept, Secrecy


def keep(
    model: type[models.Model],
    project: str = "",
    *,
    without: Collection[str] = (),
    masked: Collection[str] = (),
    lists: Collection[str] = (),
    secrecy: Callable[[Any, Changes], int] = lambda row, changes: Secrecy.NONE,
) -> None:
    """Keep the history of a model.

    `project` is the way from a row to its project's id, where it belongs to one; `lists` are many-to-many fields.
    """
    KEPT[model] = Kept(attrgetter(project) if project else lambda row: None, secrecy)
    auditlog.register(
        model,
        # Named one by one: auditlog would also take the managers of reverse relations for values.
        include_fields=[
            field.name
            for field in model._meta.concrete_fields
            if not field.primary_key and not field.generated and field.name not in without
        ],
        mask_fields=list(masked),
        mask_callable="projects.history.mask",
        m2m_fields=set(lists),
    )


def mask(value: str) -> str:
    """Nothing of a password, not even of its hash."""
    return "" if value in ("", "None") else MASK


keep(register.Project, "pk", without=["search_text"])
keep(register.TeamMember, "project_id")
keep(register.Enlistment, "project_id")
keep(register.Contract, "project_id")
keep(register.Talent, "project_id")
keep(register.Problem, "project_id")
keep(register.Result, "project_id")
keep(register.Activity, "project_id", lists=["companies"])
keep(register.Event, lists=["projects"])
keep(register.Area)
keep(register.AreaShape, without=["outline", "loaded_at", "loaded_by"])  # who and when: the entry itself
keep(register.Organisation)
keep(register.Official)
keep(register.Category)
keep(register.ActionPlan)
keep(register.CategoryTarget)
keep(register.MediaReport)
keep(register.Indicator)
keep(
    register.User,
    without=["last_login", "date_joined"],  # to log in changes no account
    masked=["password"],
    lists=["groups", "user_permissions"],
)
