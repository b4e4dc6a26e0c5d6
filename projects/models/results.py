"""Results besides money: patents, jobs, output. An indicator has a unit; a result is one number of one project."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from .projects import Project
from .scope import OfProjectQuerySet


class Indicator(models.Model):
    """What is measured, and in which unit."""

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=40, unique=True)
    unit = models.CharField("单位", max_length=10)

    class Meta:
        verbose_name = verbose_name_plural = "成果指标"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name}（{self.unit}）"


class Result(models.Model):
    """What a project added to an indicator, as stated; 'more than' and 'nearly' stay with the number."""

    class Precision(models.TextChoices):
        EXACT = "exact", ""
        MORE_THAN = "more_than", "超过"
        NEARLY = "nearly", "近"

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="results")
    indicator = models.ForeignKey(Indicator, verbose_name="指标", on_delete=models.PROTECT, related_name="results")
    achieved_on = models.DateField("取得日期")
    value = models.DecimalField("数值", max_digits=16, decimal_places=2)
    precision = models.CharField("表述", max_length=10, choices=Precision, default=Precision.EXACT, blank=True)
    note = models.CharField("说明", max_length=120, blank=True)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "成果"
        ordering = ["achieved_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="result_not_negative",
                condition=Q(value__gte=0),
                violation_error_message="成果数值不能为负数。",
            )
        ]

    def __str__(self) -> str:
        stated = f"{self.get_precision_display()}{Decimal(self.value).normalize():f}{self.indicator.unit}"
        return f"{self.project} · {self.indicator.name} {stated}"
