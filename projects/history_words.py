"""An entry of the history in the words of the pages: field names, choices, times and amounts as people read them."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format

from .models import HistoryEntry, Project, User
from .money import FixedPointField

SYSTEM = "系统"
BLANK = "空"
UNTOLD = "填报中，内容不公开"
ANOTHER = "其他项目"
UNFOLDED = 12  # changed fields that are shown without a click
Action = HistoryEntry.Action
ACTIONS = {Action.CREATE: "新增", Action.UPDATE: "修改", Action.DELETE: "删除"}


@dataclass(frozen=True)
class Line:
    """One changed field; `old` is None for a new row, `new` for a deleted one."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Told:
    """An entry as one account may read it."""

    entry: HistoryEntry
    user: User

    @property
    def action(self) -> str:
        return ACTIONS[self.entry.action]

    @property
    def kind(self) -> str:
        """What kind of row it was: '项目', '月报', …"""
        return str(self.entry.content_type.name)

    @property
    def who(self) -> str:
        return str(self.entry.actor or SYSTEM)

    @property
    def is_told(self) -> bool:
        """Whether there is anything to show; not while the unit is still typing."""
        return self.entry.tells_new

    @property
    def address(self) -> str:
        """Where what was changed is seen: on the page of its project, else in the administration; '' if nowhere."""
        if self.entry.project:
            return reverse("project", args=[self.entry.project_id])
        model = self.entry.content_type.model_class()
        page = admin.site._registry.get(model) if model else None
        if page is None or self.entry.action == Action.DELETE:
            return ""
        if not self.user.has_perm(f"{page.opts.app_label}.view_{page.opts.model_name}"):
            return ""
        try:
            return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_change", args=[self.entry.object_pk])
        except NoReverseMatch:
            return ""

    @property
    def is_folded(self) -> bool:
        """Whether it has too many fields to be read at once, as a whole new row has."""
        return len(self.lines) > (UNFOLDED if self.entry.action == Action.UPDATE else UNFOLDED // 4)

    @cached_property
    def lines(self) -> list[Line]:
        """The changed fields in the order of the form; none while nothing is told."""
        return sorted(self._lines(), key=self._place) if self.is_told else []

    def _place(self, line: Line) -> int:
        model = self.entry.content_type.model_class()
        names = [str(getattr(field, "verbose_name", "")) for field in model._meta.get_fields()] if model else []
        return names.index(line.field) if line.field in names else len(names)

    def _lines(self) -> Iterator[Line]:
        is_new, is_gone = self.entry.action == Action.CREATE, self.entry.action == Action.DELETE
        for name, change in (self.entry.changes or {}).items():
            field = _field(self.entry, name)
            label = str(getattr(field, "verbose_name", name))
            if isinstance(change, dict):  # a list of others: those added or taken away
                listed = "、".join(change["objects"])
                added = change["operation"] == "add"
                yield Line(label, BLANK if added else listed, f"加入 {listed}" if added else "移出")
                continue
            old, new = (_worded(field, value) for value in change)
            if name == "parent" and field and field.related_model is Project and not self.user.sees_city:
                old, new = ANOTHER, ANOTHER  # the package may be one that the reader does not know of
            old = old if self.entry.tells_old else UNTOLD
            yield Line(label, None if is_new else old, None if is_gone else new)


def _field(entry: HistoryEntry, name: str) -> Any:
    model = entry.content_type.model_class()
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:  # a field of earlier times
        return None


def _worded(field: Any, value: Any) -> str:
    if value in (None, ""):
        return BLANK
    if isinstance(value, bool):
        return "是" if value else "否"
    if getattr(field, "flatchoices", None):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, FixedPointField | models.DecimalField):
        return f"{Decimal(value):,f}"
    if isinstance(field, models.DateTimeField):
        moment = datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.UTC)
        return date_format(timezone.localtime(moment), "Y-m-d H:i")
    return str(value)
