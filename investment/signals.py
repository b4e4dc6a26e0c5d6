"""Whatever feeds a figure says so in its own transaction, and hints to a worker once that is committed."""

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from projects.models import Area, Enlistment, Problem, Project

from . import progress, tasks
from .models import AnnualPlan, Correction, LampRules, MonthlyReport, Period, PlannedMonth, ProgressYear, RefreshRun


def _stale(project_ids: Iterable[int], since_year: int | None = None) -> None:
    progress.mark_stale(project_ids, since_year)
    _announce()


def _announce() -> None:
    transaction.on_commit(partial(tasks.announce), robust=True)


@receiver([post_save, post_delete], sender=MonthlyReport)
def report_changed(instance: MonthlyReport, **kwargs: Any) -> None:
    """A draft that is typed on changes no figure and no page of others."""
    if not instance.is_private:
        _stale([instance.project_id], instance.year)


@receiver(post_save, sender=Correction)
def correction_changed(instance: Correction, **kwargs: Any) -> None:
    """What is only proposed changes no figure."""
    if instance.state == Correction.State.APPROVED:
        _stale([instance.report.project_id], instance.report.year)


@receiver([post_save, post_delete], sender=AnnualPlan)
def plan_changed(instance: AnnualPlan, **kwargs: Any) -> None:
    _stale([instance.project_id], instance.year)


@receiver([post_save, post_delete], sender=PlannedMonth)
def curve_changed(instance: PlannedMonth, **kwargs: Any) -> None:
    _stale([instance.plan.project_id], instance.plan.year)


@receiver([post_save, post_delete], sender=Enlistment)
def enlistment_changed(instance: Enlistment, **kwargs: Any) -> None:
    _stale([instance.project_id], instance.action_plan.year)


@receiver(post_save, sender=Project)
def project_changed(instance: Project, created: bool, **kwargs: Any) -> None:
    """Its groups may be others now, in every year. A new project has no year yet."""
    if not created:
        _stale([instance.pk])


@receiver([post_save, post_delete], sender=Problem)
def problem_changed(instance: Problem, **kwargs: Any) -> None:
    """It changes no figure, but a lamp: its deadline may have passed."""
    _stale([instance.project_id])


@receiver(post_save, sender=Area)
def area_changed(instance: Area, created: bool, **kwargs: Any) -> None:
    if not created:
        areas = [instance.pk, *instance.children.values_list("id", flat=True)]
        _stale(Project.objects.filter(area__in=areas).values_list("id", flat=True))


@receiver(post_save, sender=Period)
def period_changed(instance: Period, created: bool, update_fields: Collection[str] | None, **kwargs: Any) -> None:
    """Another time progress changes every figure of the year: ask for a full run instead of naming each project.

    Other days may make reports overdue, or no longer so.
    """
    if not created and (update_fields is None or "due_on" in update_fields):
        progress.judge_again(instance.year)
    if created or (update_fields is not None and "time_progress" not in update_fields):
        return
    if ProgressYear.objects.filter(year=instance.year).exists():
        progress.request_run(instance.year, RefreshRun.Trigger.CHANGE)
        _announce()


@receiver(post_save, sender=LampRules)
def rules_adopted(instance: LampRules, **kwargs: Any) -> None:
    """Other rules light every open month of the year anew."""
    progress.request_run(instance.year, RefreshRun.Trigger.CHANGE)
    _announce()
