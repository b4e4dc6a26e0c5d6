"""Changes that two people make: a correction after the close, a revision of a plan; and the exception to a close.

Amounts in 万元.
"""

import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from projects.models import Project, User
from projects.models.scope import OfProjectQuerySet, seen_by
from projects.money import MoneyField

from ..lamps import Lamp
from .plans import AnnualPlan
from .reports import MonthlyReport


def _person(label: str, **kwargs: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, on_delete=models.PROTECT, related_name="+", **kwargs
    )


class Proposal(models.Model):
    """Something that one person proposes with a reason, and another one approves or rejects; or it is withdrawn."""

    class State(models.IntegerChoices):
        PROPOSED = 1, "待批准"
        APPROVED = 2, "已批准"
        REJECTED = 3, "未批准"
        WITHDRAWN = 4, "已撤回"

    page: ClassVar[str]  # the name of its page

    state = models.PositiveSmallIntegerField("状态", choices=State, default=State.PROPOSED)
    reason = models.TextField("原因")
    proposed_by = _person("提出人", null=True)
    proposed_at = models.DateTimeField("提出时间", default=timezone.now)
    decided_by = _person("审批人", null=True, blank=True)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    decision = models.TextField("审批意见", blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_has_reason", condition=~Q(reason=""), violation_error_message="必须写明原因。"
            ),
            models.CheckConstraint(
                name="%(class)s_is_decided_by_another",
                condition=Q(state=1, decided_at=None)
                | (
                    Q(state__in=[2, 3], decided_at__isnull=False)
                    & (Q(proposed_by=None) | ~Q(proposed_by=F("decided_by")))
                )
                | Q(
                    state=4,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    proposed_by__isnull=False,
                    proposed_by=F("decided_by"),
                ),
                violation_error_message="须由提出人以外的人批准，由提出人本人撤回。",
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse(self.page, args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == self.State.PROPOSED

    @property
    def lamp(self) -> Lamp:
        return LAMPS[self.State(self.state)]


LAMPS = {
    Proposal.State.PROPOSED: Lamp("proposed", "◆", "待批准", "yellow"),
    Proposal.State.APPROVED: Lamp("approved", "●", "已批准", "green"),
    Proposal.State.REJECTED: Lamp("rejected", "■", "未批准", "grey"),
    Proposal.State.WITHDRAWN: Lamp("withdrawn", "○", "已撤回", "grey"),
}


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def visible_to(self, user: User) -> "CorrectionQuerySet":
        return self.filter(seen_by(user, "report__project__"))

    def approved(self) -> "CorrectionQuerySet":
        return self.filter(state=Correction.State.APPROVED)


class Correction(Proposal):
    """Another amount for an approved report of a closed month. The report itself stays as it was closed.

    What counts for the month is the report's amount plus `new_amount − old_amount` of each approved correction.
    """

    page = "correction"

    report = models.ForeignKey(MonthlyReport, verbose_name="月报", on_delete=models.PROTECT, related_name="corrections")
    old_amount = MoneyField("更正前（万元）")
    new_amount = MoneyField("更正后（万元）")

    objects = CorrectionQuerySet.as_manager()

    class Meta(Proposal.Meta):
        verbose_name = verbose_name_plural = "更正"
        ordering = ["id"]
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                name="correction_changes_something",
                condition=~Q(old_amount=F("new_amount")),
                violation_error_message="更正前后的金额相同。",
            ),
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(state=1),
                name="one_open_correction_per_report",
                violation_error_message="这份月报已有一项更正在等待批准。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} 更正"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """One transaction with what the signals write."""
        with transaction.atomic():
            super().save(*args, **kwargs)

    @property
    def difference(self) -> Decimal:
        """What the correction adds to the month, in 万元."""
        return self.new_amount - self.old_amount


class PlanChange(Proposal):
    """A proposed revision of an annual plan. Approved, it becomes the next revision, `plan`."""

    page = "plan_change"

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="plan_changes")
    year = models.PositiveSmallIntegerField("年度")
    amount = MoneyField("调整后年度计划（万元）")
    effective_on = models.DateField("执行日期")
    document_number = models.CharField("文号", max_length=60)
    plan = models.OneToOneField(
        AnnualPlan, verbose_name="形成的计划", null=True, blank=True, on_delete=models.PROTECT, related_name="change"
    )

    objects = OfProjectQuerySet.as_manager()

    class Meta(Proposal.Meta):
        verbose_name = verbose_name_plural = "计划调整"
        ordering = ["id"]
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                name="plan_change_not_negative",
                condition=Q(amount__gte=0),
                violation_error_message="年度计划投资不能为负数。",
            ),
            models.CheckConstraint(
                name="plan_change_approved_has_plan",
                condition=Q(state=2, plan__isnull=False) | ~Q(state=2) & Q(plan=None),
                violation_error_message="批准的调整必须形成计划。",
            ),
            models.UniqueConstraint(
                fields=["project", "year"],
                condition=Q(state=1),
                name="one_open_plan_change_per_project_and_year",
                violation_error_message="这个项目已有一项计划调整在等待批准。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.year}年计划调整"


class Reopening(models.Model):
    """An exception to a close: one report may be handed in until the end of a day. Open until `ended_at` is set."""

    report = models.ForeignKey(MonthlyReport, verbose_name="月报", on_delete=models.PROTECT, related_name="reopenings")
    reason = models.TextField("原因")
    until_on = models.DateField("补报截止")
    by = _person("批准人")
    at = models.DateTimeField("批准时间", default=timezone.now)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "补报"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(ended_at=None),
                name="one_open_reopening_per_report",
                violation_error_message="这份月报已经开放补报。",
            ),
            models.CheckConstraint(
                name="reopening_has_reason", condition=~Q(reason=""), violation_error_message="开放补报必须写明原因。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} 补报至 {self.until_on}"

    def is_open(self, today: datetime.date) -> bool:
        return self.ended_at is None and today <= self.until_on
