"""The annual plan of a project, its revisions and its monthly curve."""

from typing import Any

from django.db import models, transaction
from django.db.models import Q

from projects.models import Project
from projects.models.scope import OfProjectQuerySet
from projects.money import MoneyField


class AnnualPlan(models.Model):
    """What a project is to invest in a year, in 万元. Revision 0 is the original.

    In force in a month is the highest revision whose `effective_month` has come: a revision of August leaves the months
    before it as they were, and an original that comes in June leaves the closed ones alone.
    A plan is never edited: `revise` writes the next revision, and the original stays.
    """

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="annual_plans")
    year = models.PositiveSmallIntegerField("年度")
    revision = models.PositiveSmallIntegerField("调整次数", default=0)
    amount = MoneyField("年度计划投资（万元）")
    effective_month = models.PositiveSmallIntegerField("自几月起执行", default=1)
    document_number = models.CharField("计划文号", max_length=60, blank=True)
    issued_on = models.DateField("下达日期", null=True, blank=True)
    reason = models.TextField("调整原因", blank=True)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度计划"
        ordering = ["project", "year", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["project", "year", "revision"], name="one_plan_per_project_year_revision"),
            models.CheckConstraint(
                name="plan_amount_not_negative",
                condition=Q(amount__gte=0),
                violation_error_message="年度计划投资不能为负数。",
            ),
            models.CheckConstraint(
                name="plan_year_plausible",
                condition=Q(year__gte=2000, year__lte=2100),
                violation_error_message="年度应在 2000 至 2100 之间。",
            ),
            models.CheckConstraint(
                name="plan_effective_month_in_year",
                condition=Q(effective_month__gte=1, effective_month__lte=12),
                violation_error_message="执行月份应为 1 至 12。",
            ),
            models.CheckConstraint(
                name="plan_revision_has_reason",
                condition=Q(revision=0) | ~Q(reason=""),
                violation_error_message="调整计划必须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.year}年计划" + (f"（第{self.revision}次调整）" if self.revision else "")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """One transaction with what the signals write. Raises ValueError on the attempt to change a plan in force."""
        if not self._state.adding:
            raise ValueError("a plan is never edited: revise() writes the next revision")
        with transaction.atomic():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError("a plan is never deleted: revise() writes the next revision")

    def revise(self, **changes: Any) -> "AnnualPlan":
        """Write the next revision: `amount` and `reason`, and as known `document_number` and `issued_on`."""
        return AnnualPlan.objects.create(project=self.project, year=self.year, revision=self.revision + 1, **changes)


class PlannedMonth(models.Model):
    """One month of a plan's curve, in 万元. Without a curve the plan follows the time progress."""

    plan = models.ForeignKey(AnnualPlan, verbose_name="年度计划", on_delete=models.PROTECT, related_name="curve")
    month = models.PositiveSmallIntegerField("月份")
    amount = MoneyField("当月计划（万元）")

    class Meta:
        verbose_name = verbose_name_plural = "月度计划"
        ordering = ["plan", "month"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "month"], name="one_planned_month_per_plan"),
            models.CheckConstraint(
                name="planned_month_in_year",
                condition=Q(month__gte=1, month__lte=12),
                violation_error_message="月份应为 1 至 12。",
            ),
            models.CheckConstraint(
                name="planned_month_not_negative",
                condition=Q(amount__gte=0),
                violation_error_message="当月计划不能为负数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.month}月"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """One transaction with what the signals write."""
        with transaction.atomic():
            super().save(*args, **kwargs)
