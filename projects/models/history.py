"""The history: who changed what, when, from where, from which value to which. Rows are added, never changed."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Exists, OuterRef, Q

from ..money import FixedPointField
from .people import User
from .projects import Project
from .scope import seen_by

Changes = dict[str, Any]  # name of the field → [old, new]
MASK = "（不显示）"  # what stands for a password, old or new


class Secrecy(models.IntegerChoices):
    """What is nobody's business but the unit's that types: nothing, the values from before the change, or all."""

    NONE = 0, "公开"
    BEFORE = 1, "变更前的内容不公开"
    ALL = 2, "内容不公开"


@dataclass(frozen=True)
class Kept:
    """What the history has to know of a kind of row: the id of the project it belongs to, and what is not told."""

    project: Callable[[Any], int | None]
    secrecy: Callable[[Any, Changes], int]


KEPT: dict[type[models.Model], Kept] = {}  # filled by `projects.history.keep`


class HistoryManager(LogEntryManager):
    """Adds to each entry of auditlog what our pages ask for. One query per entry; one more per replaced reference."""

    def log_create(self, instance: Any, force_log: bool = False, **kwargs: Any) -> Any:
        changes = readable(instance, kwargs.pop("changes") or {})
        if not changes:
            return None
        return super().log_create(instance, force_log, changes=changes, **self._about(instance, changes), **kwargs)

    def log_m2m_changes(self, rows: Any, instance: Any, operation: str, field_name: str, **kwargs: Any) -> Any:
        return super().log_m2m_changes(rows, instance, operation, field_name, **self._about(instance, {}), **kwargs)

    def _about(self, instance: Any, changes: Changes) -> dict[str, Any]:
        kept = KEPT.get(type(instance))
        if kept is None:  # a group, whose members were changed from its own side
            return {}
        return {"project_id": kept.project(instance), "secrecy": kept.secrecy(instance, changes)}


class HistoryQuerySet(models.QuerySet["HistoryEntry"]):
    def visible_to(self, user: User) -> "HistoryQuerySet":
        """Entries of visible projects; whoever sees the city also those of no project, and of projects that are gone.

        Each says whether its values `are_told` to the account, and whether those from before are.
        """
        seen = seen_by(user, "project__")
        if user.sees_city:
            seen |= Q(project__code=None)  # no such project: not `project=None`, which asks for the number only
        typed = Exists(Project.objects.reported_by(user).filter(pk=OuterRef("project_id")))
        return self.filter(seen).annotate(is_typed=typed)

    def told(self) -> "HistoryQuerySet":
        """Without those that would show nothing, as others are still typing. After `visible_to`."""
        return self.filter(~Q(secrecy=Secrecy.ALL) | Q(is_typed=True))

    def newest_first(self) -> "HistoryQuerySet":
        return self.select_related("project", "actor", "content_type").order_by("-id")


class HistoryEntry(AbstractLogEntry):
    """One change of one row. Written by auditlog; the database refuses every change of it (`projects.guards`).

    `project` is the project that the row belongs to, kept as a number: the entry outlives the project.
    """

    project = models.ForeignKey(
        Project,
        verbose_name="项目",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    secrecy = models.PositiveSmallIntegerField("公开范围", choices=Secrecy, default=Secrecy.NONE)
    actor = models.ForeignKey(  # never set to NULL: who changed something is not forgotten
        settings.AUTH_USER_MODEL,
        verbose_name="操作人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    is_typed: bool  # set by `visible_to`
    objects = HistoryManager.from_queryset(HistoryQuerySet)()

    class Meta(AbstractLogEntry.Meta):
        verbose_name = verbose_name_plural = "变更记录"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.object_repr} {self.timestamp:%Y-%m-%d}"

    @property
    def tells_old(self) -> bool:
        return self.secrecy == Secrecy.NONE or self.is_typed

    @property
    def tells_new(self) -> bool:
        return self.secrecy != Secrecy.ALL or self.is_typed


def readable(instance: models.Model, changes: Changes) -> Changes:
    """The changes as they can be read for good: names instead of keys, exact numbers; without those that are none."""
    stored: Changes = {}
    for name, values in changes.items():
        field = instance._meta.get_field(name)
        old, new = (_kept_value(instance, field, value) for value in values)
        if (old != new or old == MASK) and {old, new} - {None, ""}:
            stored[name] = [old, new]
    return stored


def _kept_value(instance: Any, field: Any, value: Any) -> Any:
    if value is None or isinstance(value, list | dict):
        return str(value) if value else None
    if field.is_relation:
        return _name(instance, field, value)
    if isinstance(field, FixedPointField | models.DecimalField):
        return f"{Decimal(str(value)).normalize():f}"
    return value


def _name(instance: Any, field: Any, key: Any) -> str:
    """What the row of this key is called now; later it may have another name, or be gone."""
    try:
        same = getattr(instance, field.attname) == key
        return str(getattr(instance, field.name) if same else field.related_model._default_manager.get(pk=key))
    except ObjectDoesNotExist:
        return f"#{key}"
