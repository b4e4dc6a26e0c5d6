"""The month and what a project reports for it."""

from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from projects.models import Project, Stage, User
from projects.models.scope import seen_by
from projects.money import MoneyField, PercentField

from ..months import Month


class Period(models.Model):
    """A month of reporting. Its time progress is month ÷ 12 unless the year's rule says otherwise."""

    year = models.PositiveSmallIntegerField("年度")
    month = models.PositiveSmallIntegerField("月份")
    time_progress = PercentField("序时进度（%）", null=True, blank=True, help_text="留空则按 月份 ÷ 12 计算。")
    closed_at = models.DateTimeField("关账时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "报告期"
        ordering = ["year", "month"]
        constraints = [
            models.UniqueConstraint(fields=["year", "month"], name="one_period_per_month"),
            models.CheckConstraint(
                name="period_month_in_year",
                condition=Q(month__gte=1, month__lte=12),
                violation_error_message="月份应为 1 至 12。",
            ),
            models.CheckConstraint(
                name="period_time_progress_is_share",
                condition=Q(time_progress=None) | Q(time_progress__gte=0, time_progress__lte=100),
                violation_error_message="序时进度应在 0 至 100 之间。",
            ),
        ]

    def __str__(self) -> str:
        return Month(self.year, self.month).label

    def save(self, *args: Any, **kwargs: Any) -> None:
        """One transaction with what the signals write: another time progress changes every figure of the year."""
        with transaction.atomic():
            super().save(*args, **kwargs)


class MonthlyReportQuerySet(models.QuerySet["MonthlyReport"]):
    def visible_to(self, user: User) -> "MonthlyReportQuerySet":
        """Reports of visible projects. What is not submitted is seen by those who type it, and by nobody else."""
        typed = Q(project__in=Project.objects.reported_by(user))
        return self.filter(seen_by(user, "project__"), ~Q(state=MonthlyReport.State.DRAFT) | typed)


class LostUpdateError(Exception):
    """Somebody else changed the report since it was read. Nothing was saved."""

    def __init__(self) -> None:
        super().__init__("这份月报在您打开之后已被他人修改。您填写的内容未保存，请核对最新内容后再次保存。")


class MonthlyReport(models.Model):
    """What a project reports for a month. Not reported is not zero: a draft may have no amount, a submission must."""

    class State(models.IntegerChoices):
        DRAFT = 1, "草稿"
        SUBMITTED = 2, "已报送"
        APPROVED = 3, "已审定"
        RETURNED = 4, "已退回"

    HANDED_IN = (State.SUBMITTED, State.APPROVED)  # what the unit has done its part for

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="monthly_reports")
    year = models.PositiveSmallIntegerField("年度")
    month = models.PositiveSmallIntegerField("月份")
    state = models.PositiveSmallIntegerField("状态", choices=State, default=State.DRAFT)
    amount = MoneyField("本月完成投资（万元）", null=True, blank=True)
    received = MoneyField("本月到位资金（万元）", null=True, blank=True)
    stage = models.PositiveSmallIntegerField("建设阶段", choices=Stage, null=True, blank=True)
    image_progress = models.TextField("形象进度", blank=True)
    problems = models.TextField("存在问题", blank=True)
    next_plan = models.TextField("下月计划", blank=True)
    return_reason = models.TextField("退回原因", blank=True)

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
    submitted_at = models.DateTimeField("报送时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="报送人",
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
                condition=Q(state__in=[1, 4]) | Q(amount__isnull=False),
                violation_error_message="报送或审定的月报必须填写本月完成投资，没有投资请填 0。",
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

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Only a draft may go. Raises ValueError for whatever has been submitted."""
        if self.state != self.State.DRAFT:
            raise ValueError("a submitted report is never deleted")
        with transaction.atomic():
            return super().delete(*args, **kwargs)

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        report = super().from_db(*args, **kwargs)
        report.state_read = report.__dict__.get("state")
        return report

    @property
    def is_private(self) -> bool:
        """Whether a change of the row is nobody's business but the unit's: it is no more than a draft, as before."""
        return self.state == self.State.DRAFT and self.state_read in (None, self.State.DRAFT, self.State.RETURNED)
