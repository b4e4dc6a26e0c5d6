"""What a project reports for a month, and each move of the report. Amounts in 万元."""

import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from projects.models import Project, Stage, User
from projects.models.scope import seen_by
from projects.money import MoneyField

from ..months import Month


class MonthlyReportQuerySet(models.QuerySet["MonthlyReport"]):
    def visible_to(self, user: User) -> "MonthlyReportQuerySet":
        """Reports of visible projects. What is not submitted is seen by those who type it, and by nobody else."""
        typed = Q(project__in=Project.objects.reported_by(user))
        return self.filter(seen_by(user, "project__"), ~Q(state=MonthlyReport.State.DRAFT) | typed)

    def told_to(self, user: User) -> "list[MonthlyReport]":
        """The reports of visible projects, each as the user may know of it."""
        typed = Exists(Project.objects.reported_by(user).filter(pk=OuterRef("project")))
        rows = self.filter(seen_by(user, "project__")).annotate(typed=typed)
        return [report if report.typed else report.told() for report in rows]  # type: ignore[attr-defined]

    def of(self, month: Month) -> "MonthlyReportQuerySet":
        return self.filter(year=month.year, month=month.number)

    def owed(self) -> "MonthlyReportQuerySet":
        """What the units have still to hand in."""
        return self.filter(state__in=MonthlyReport.OWED)

    def overdue(self, today: datetime.date) -> "MonthlyReportQuerySet":
        """What is still to be handed in, and was due before today."""
        return self.owed().filter(due_on__lt=today)


class LostUpdateError(Exception):
    """Somebody else changed the report since it was read. Nothing was saved."""

    def __init__(self) -> None:
        super().__init__("这份月报在您打开之后已被他人修改。您填写的内容未保存，请核对最新内容后再次保存。")


class MonthlyReport(models.Model):
    """What a project reports for a month. Not reported is not zero: a draft may have no amount, a submission must."""

    class State(models.IntegerChoices):
        """The numbers are as they came; `reporting.MOVES` has the order of things."""

        EXPECTED = 0, "未填报"
        DRAFT = 1, "草稿"
        SUBMITTED = 2, "已报送"
        PASSED = 5, "初审通过"
        APPROVED = 3, "已审定"
        RETURNED = 4, "已退回"
        EXCUSED = 6, "免报"
        MISSING = 7, "缺报"  # named as missing when the month was closed

    class Kind(models.IntegerChoices):
        INVESTMENT = 1, "投资月报"
        PROCEDURES = 2, "前期季报"  # of preparatory projects: the procedures, once a quarter

    OWED = (State.EXPECTED, State.DRAFT, State.RETURNED)  # the unit has still to do its part
    HANDED_IN = (State.SUBMITTED, State.PASSED, State.APPROVED)  # what the unit has done its part for
    UNTOLD = (State.EXPECTED, State.DRAFT, State.EXCUSED, State.MISSING)  # what may be typed in them is the unit's own

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="monthly_reports")
    year = models.PositiveSmallIntegerField("年度")
    month = models.PositiveSmallIntegerField("月份")
    kind = models.PositiveSmallIntegerField("报表", choices=Kind, default=Kind.INVESTMENT)
    state = models.PositiveSmallIntegerField("状态", choices=State, default=State.DRAFT)
    due_on = models.DateField("截止日期", null=True, blank=True)
    amount = MoneyField("本月完成投资（万元）", null=True, blank=True)
    received = MoneyField("本月到位资金（万元）", null=True, blank=True)
    stage = models.PositiveSmallIntegerField("建设阶段", choices=Stage, null=True, blank=True)
    image_progress = models.TextField("形象进度", blank=True)
    problems = models.TextField("存在问题", blank=True)
    next_plan = models.TextField("下月计划", blank=True)
    contact = models.CharField("填报人及电话", max_length=60, blank=True)
    doubts: "models.JSONField[Any, Any]" = models.JSONField("系统提示", default=list, blank=True)
    explanation = models.TextField("情况说明", blank=True)
    return_reason = models.TextField("退回原因", blank=True)
    excuse_reason = models.TextField("免报原因", blank=True)

    version = models.PositiveIntegerField("版本", default=1)
    updated_at = models.DateTimeField("修改时间", auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="修改人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    first_submitted_at = models.DateTimeField("首次报送时间", null=True, blank=True)
    submitted_at = models.DateTimeField("报送时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="报送人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    review_begun_at = models.DateTimeField("开始审核时间", null=True, blank=True)
    review_begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="开始审核人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    passed_at = models.DateTimeField("初审时间", null=True, blank=True)
    passed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="初审人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reviewed_at = models.DateTimeField("审核时间", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="审核人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects = MonthlyReportQuerySet.as_manager()
    state_read: int | None = None  # the state in the database when the row was read; None for a new row

    class Meta:
        verbose_name = verbose_name_plural = "月报"
        ordering = ["-year", "-month", "project"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year", "month"],
                name="one_report_per_project_and_month",
                violation_error_message="这个项目本月已有月报。",
            ),
            models.CheckConstraint(
                name="report_month_in_year",
                condition=Q(month__gte=1, month__lte=12),
                violation_error_message="月份应为 1 至 12。",
            ),
            models.CheckConstraint(
                name="report_year_plausible",
                condition=Q(year__gte=2000, year__lte=2100),
                violation_error_message="年度应在 2000 至 2100 之间。",
            ),
            models.CheckConstraint(
                name="report_amount_not_negative",
                condition=Q(amount=None) | Q(amount__gte=0),
                violation_error_message="本月完成投资不能为负数。",
            ),
            models.CheckConstraint(
                name="report_received_not_negative",
                condition=Q(received=None) | Q(received__gte=0),
                violation_error_message="本月到位资金不能为负数。",
            ),
            models.CheckConstraint(
                name="report_submitted_has_amount",
                condition=Q(state__in=[0, 1, 4, 6, 7]) | Q(amount__isnull=False) | Q(kind=2),
                violation_error_message="报送或审定的月报必须填写本月完成投资，没有投资请填 0。",
            ),
            models.CheckConstraint(
                name="report_of_procedures_says_how_far",
                condition=Q(state__in=[0, 1, 4, 6, 7]) | Q(kind=1) | ~Q(image_progress=""),
                violation_error_message="前期季报必须写明手续办理情况。",
            ),
            models.CheckConstraint(
                name="report_excused_has_reason",
                condition=~Q(state=6) | ~Q(excuse_reason=""),
                violation_error_message="免报必须写明原因。",
            ),
            models.CheckConstraint(
                name="report_returned_has_reason",
                condition=~Q(state=4) | ~Q(return_reason=""),
                violation_error_message="退回月报必须写明原因。",
            ),
        ]
        indexes = [models.Index(fields=["year", "month", "state"], name="report_by_month_and_state")]

    def __str__(self) -> str:
        return f"{self.project} {Month(self.year, self.month).label}月报"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save in one transaction with what the signals write.

        Raises LostUpdateError, having saved nothing, if the row is not as it was read.
        """
        with transaction.atomic():
            if not self._state.adding:
                unchanged = MonthlyReport.objects.filter(pk=self.pk, version=self.version)
                if not unchanged.update(version=F("version") + 1):
                    raise LostUpdateError
                self.version += 1
            super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("report", args=[self.project_id, str(self.of_month)])

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Only what was never submitted may go. Raises ValueError for the rest."""
        if self.state not in (self.State.EXPECTED, self.State.DRAFT):
            raise ValueError("a submitted report is never deleted")
        with transaction.atomic():
            return super().delete(*args, **kwargs)

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        report = super().from_db(*args, **kwargs)
        report.state_read = report.__dict__.get("state")
        return report

    def told(self) -> "MonthlyReport":
        """What others than its typists may know of it: nothing of what is typed and not handed in, nor that it is."""
        if self.state not in self.UNTOLD:
            return self
        known = (
            "pk", "project_id", "year", "month", "kind", "due_on", "excuse_reason", "reviewed_at", "reviewed_by_id"
        )  # fmt: skip
        told = MonthlyReport(version=0, **{name: getattr(self, name) for name in known})
        told.state = self.State.EXPECTED if self.state == self.State.DRAFT else self.state
        return told

    @property
    def is_private(self) -> bool:
        """Whether a change of the row is nobody's business but the unit's: it is no more than a draft, as before."""
        return self.state in self.UNTOLD[:2] and self.state_read in (None, *self.OWED)

    @property
    def of_month(self) -> Month:
        return Month(self.year, self.month)


class ReportMoveQuerySet(models.QuerySet["ReportMove"]):
    def visible_to(self, user: User) -> "ReportMoveQuerySet":
        """Moves of visible projects' reports; that a unit began to type is its own business."""
        typed = Q(report__project__in=Project.objects.reported_by(user))
        return self.filter(seen_by(user, "report__project__"), ~Q(to_state=MonthlyReport.State.DRAFT) | typed)


class ReportMove(models.Model):
    """One move of a report from state to state: who, when, why. Written by `reporting` only, never changed."""

    report = models.ForeignKey(MonthlyReport, verbose_name="月报", on_delete=models.PROTECT, related_name="moves")
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="操作人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="空白为系统自动。",
    )
    from_state = models.PositiveSmallIntegerField("原状态", choices=MonthlyReport.State)
    to_state = models.PositiveSmallIntegerField("新状态", choices=MonthlyReport.State)
    reason = models.TextField("原因", blank=True)

    objects = ReportMoveQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "月报流转"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.report} {self.get_from_state_display()} → {self.get_to_state_display()}"
