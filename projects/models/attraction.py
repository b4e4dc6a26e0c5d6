"""What categories four and five count: contracts signed with investors, and people brought in."""

from django.db import models
from django.db.models import Q

from ..money import MoneyField
from .people import Organisation
from .projects import Project
from .scope import OfProjectQuerySet


class Contract(models.Model):
    """A signed contract of an attraction project. The signed amount is not the total investment."""

    class Kind(models.TextChoices):
        FRAMEWORK = "framework", "框架协议"
        FORMAL = "formal", "正式合同"

    class Stage(models.IntegerChoices):
        """How far the contract is; everything from PERFORMED on counts as being performed (履约)."""

        SIGNED = 1, "签约"
        PERFORMED = 2, "履约"
        STARTED = 3, "开工"
        PRODUCTION = 4, "投产"

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="contracts")
    company = models.ForeignKey(
        Organisation, verbose_name="签约企业", on_delete=models.PROTECT, related_name="contracts"
    )
    kind = models.CharField("协议类型", max_length=10, choices=Kind)
    stage = models.PositiveSmallIntegerField("阶段", choices=Stage, default=Stage.SIGNED)
    signed_on = models.DateField("签约日期")
    amount = MoneyField("签约额（万元）")

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "招商合同"
        ordering = ["signed_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="contract_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message="签约额必须大于 0。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.get_kind_display()}"


class Talent(models.Model):
    """A science and technology innovator: a person, counted apart from projects. Nobody is named here."""

    project = models.ForeignKey(Project, verbose_name="人才项目", on_delete=models.PROTECT, related_name="talents")
    field = models.CharField("专业领域", max_length=40)
    employer = models.ForeignKey(Organisation, verbose_name="用人单位", on_delete=models.PROTECT)
    signed_on = models.DateField("签约日期")
    arrived_on = models.DateField("到岗日期", null=True, blank=True)
    full_time = models.BooleanField("全职", default=True)
    provincial_bar = models.BooleanField("达到省级条件", default=False)
    is_sample = models.BooleanField("示例", default=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "引进人才"
        ordering = ["signed_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="talent_arrives_after_signing",
                condition=Q(arrived_on=None) | Q(arrived_on__gte=models.F("signed_on")),
                violation_error_message="到岗日期不能早于签约日期。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} · {self.employer}"
