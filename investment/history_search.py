"""What is asked of the history, what is found, and the same as a table for Excel."""

import csv
import datetime
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Page, Paginator
from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.http import QueryDict
from django.utils import timezone

from projects import roles
from projects.history_words import SYSTEM, UNTOLD, Told
from projects.models import HistoryEntry, Project, User
from projects.models.history import KEPT, HistoryQuerySet

from .reporting import clock

PER_PAGE = 50
ON_THE_PAGE_OF_A_PROJECT = 20
HEADINGS = ("时间", "操作人", "账号", "地址", "操作", "类别", "对象", "所属项目", "字段", "原值", "新值")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what Excel would take for the beginning of a formula


def may_search(user: User) -> bool:
    """The city office and the administrator look after everybody's changes."""
    return user.is_superuser or user.has_role(roles.OFFICE, roles.ADMIN)


def latest_of(project: Project, user: User) -> list[Told]:
    """The latest changes of a project and of what belongs to it, as far as the account may read them."""
    rows = HistoryEntry.objects.visible_to(user).told().filter(project=project).newest_first()
    return [Told(entry, user) for entry in rows[:ON_THE_PAGE_OF_A_PROJECT]]


def _kinds() -> list[tuple[str, str]]:
    return [("", "全部"), *((str(model._meta.model_name), str(model._meta.verbose_name)) for model in KEPT)]


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False)


class HistorySearch(forms.Form):
    """The filters of the address. They ask for names, persons and days, never for values: those may be a draft."""

    q = forms.CharField(label="对象名称", required=False, max_length=60)
    who = forms.CharField(label="操作人", required=False, max_length=60, help_text="姓名或账号；“系统”为自动操作。")
    kind = forms.ChoiceField(label="类别", required=False, choices=_kinds)
    since = _day("从")
    until = _day("到")
    project = forms.ModelChoiceField(Project.objects.none(), label="所属项目", required=False, widget=forms.HiddenInput)

    def __init__(self, asked: QueryDict, user: User) -> None:
        super().__init__(asked)
        self.user = user
        self.fields["project"].queryset = Project.objects.visible_to(user)  # type: ignore[attr-defined]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything at all is asked for."""
        return any(self.data.get(name) for name in self.fields)

    @property
    def days(self) -> list[tuple[forms.BoundField, str]]:
        """The two days with what was typed."""
        return [(self[name], self.data.get(name, "")) for name in ("since", "until")]

    @property
    def rows(self) -> HistoryQuerySet:
        """The entries found, the newest first; none where something unknown is asked for."""
        found = HistoryEntry.objects.visible_to(self.user).newest_first()
        if not self.is_valid():
            return found.none()
        asked = self.cleaned_data
        for word in asked["q"].split():
            found = found.filter(object_repr__icontains=word)
        if asked["who"]:
            found = _by(found, asked["who"].strip())
        if asked["kind"]:
            models = [model for model in KEPT if model._meta.model_name == asked["kind"]]
            found = found.filter(content_type=ContentType.objects.get_for_model(models[0]))
        if asked["project"]:
            found = found.filter(project=asked["project"])
        if asked["since"]:
            found = found.filter(timestamp__gte=_midnight(asked["since"]))
        if asked["until"]:
            found = found.filter(timestamp__lt=_midnight(asked["until"] + datetime.timedelta(days=1)))
        return found

    def page(self) -> Page[HistoryEntry]:
        return Paginator(self.rows, PER_PAGE).get_page(self.data.get("page"))


def _by(found: HistoryQuerySet, text: str) -> HistoryQuerySet:
    if text == SYSTEM:
        return found.filter(actor=None)
    named = found.annotate(full_name=Concat("actor__last_name", Value(""), "actor__first_name"))
    return named.filter(Q(full_name__icontains=text) | Q(actor__username__icontains=text))


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


class _Echo:
    """A file that gives back what is written: the csv module formats, the response sends."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: HistoryQuerySet, user: User) -> Iterator[str]:
    """The entries as CSV, one line per changed field, one by one; with the mark by which Excel knows UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(HEADINGS))
    for entry in rows.iterator(chunk_size=500):
        for cells in _cells(Told(entry, user)):
            yield str(writer.writerow([_harmless(cell) for cell in cells]))


def _cells(told: Told) -> Iterator[list[str]]:
    entry = told.entry
    head: list[Any] = [clock(entry.timestamp), told.who, entry.actor.username if entry.actor else "", entry.remote_addr]
    head += [told.action, told.kind, entry.object_repr, entry.project]
    common = [str(cell or "") for cell in head]
    if not told.is_told:
        yield [*common, UNTOLD, "", ""]
    for line in told.lines:
        yield [*common, line.field, line.old or "", line.new or ""]


def _harmless(cell: str) -> str:
    """What people typed is text for Excel, too."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
