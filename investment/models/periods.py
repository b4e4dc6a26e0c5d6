"""The month of reporting: when it opens, by when each step is due, and that it was closed for good."""

import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from projects.money import PercentField

from ..months import Month, days_by_rule


class PeriodQuerySet(models.QuerySet["Period"]):
    """Months of reporting."""

    def going(self) -> "PeriodQuerySet":
        """Those that can be reported now, opened and not closed; the earliest first."""
        return self.filter(opened_at__isnull=False, closed_at=None).order_by("year", "month")


class Period(models.Model):
    """A month of reporting. Its days follow the rule of `months.days_by_rule` until the city office changes them.

    A report is due until the end of `due_on`, by the clock of the site. The time progress is month ÷ 12 unless the
    year's rule says otherwise. The database refuses every change of a closed month (`investment/guards.py`).
    """

    year = models.PositiveSmallIntegerField("年度")
    month = models.PositiveSmallIntegerField("月份")
    time_progress = PercentField("序时进度（%）", null=True, blank=True, help_text="留空则按 月份 ÷ 12 计算。")
    opens_on = models.DateField("开放填报", blank=True)
    due_on = models.DateField("填报截止", blank=True)
    first_review_due_on = models.DateField("初审截止", blank=True)
    final_review_due_on = models.DateField("终审截止", blank=True)
    bulletin_due_on = models.DateField("通报截止", blank=True)
    opened_at = models.DateTimeField("开放时间", null=True, blank=True)
    closed_at = models.DateTimeField("关账时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="关账人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    lamp_rules = models.ForeignKey(
        "investment.LampRules",
        verbose_name="关账时的亮灯规则",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )

    DAYS = ("opens_on", "due_on", "first_review_due_on", "final_review_due_on", "bulletin_due_on")  # in this order

    objects = PeriodQuerySet.as_manager()

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
            models.CheckConstraint(
                name="period_days_in_order",
                condition=Q(opens_on__lte=F("due_on"))
                & Q(due_on__lte=F("first_review_due_on"))
                & Q(first_review_due_on__lte=F("final_review_due_on"))
                & Q(final_review_due_on__lte=F("bulletin_due_on")),
                violation_error_message="日期应依次为：开放填报、填报截止、初审截止、终审截止、通报截止。",
            ),
        ]

    def __str__(self) -> str:
        return self.of_month.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        """One transaction with what the signals write: another time progress changes every figure of the year."""
        self.fill_days()
        with transaction.atomic():
            super().save(*args, **kwargs)

    def clean(self) -> None:
        self.fill_days()

    @classmethod
    def by_rule(cls, year: int, month: int) -> "Period":
        """A period, not stored, with the days of the rule."""
        return cls(year=year, month=month, **days_by_rule(Month(year, month)))

    @property
    def of_month(self) -> Month:
        return Month(self.year, self.month)

    def fill_days(self) -> None:
        """Put the day of the rule wherever none was given."""
        for name in self.DAYS:
            if getattr(self, name) is None:
                setattr(self, name, days_by_rule(self.of_month)[name])

    def is_overdue(self, today: datetime.date) -> bool:
        """Whether what is not reported by now is late."""
        return today > self.due_on
