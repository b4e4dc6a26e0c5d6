"""What happens around projects: events, visits and meetings, problems, media reports."""

from typing import Any

from django.db import models
from django.db.models import Q

from .people import Area, Official, Organisation
from .projects import Project
from .scope import OfProjectQuerySet


class Event(models.Model):
    """An occasion with projects: a collective start, a signing, a field review. Its totals are sums over them."""

    class Kind(models.TextChoices):
        START = "start", "集中开工"
        SIGNING = "signing", "集中签约"
        REVIEW = "review", "集中检阅"

    kind = models.CharField("类别", max_length=10, choices=Kind)
    name = models.CharField("名称", max_length=80)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    area = models.ForeignKey(Area, verbose_name="地点", null=True, blank=True, on_delete=models.PROTECT)
    projects: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        Project, verbose_name="项目", related_name="events", blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "集中活动"
        ordering = ["starts_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "starts_on", "name"], name="event_recorded_once"),
            models.CheckConstraint(
                name="event_ends_after_start",
                condition=Q(ends_on__gte=models.F("starts_on")),
                violation_error_message="结束日期不能早于开始日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} {self.name}"


class Activity(models.Model):
    """One visit, meeting or promotion activity, counted per kind and leader."""

    class Kind(models.TextChoices):
        VISIT = "visit", "现场调研"
        ONSITE = "onsite", "现场办公会"
        COORDINATION = "coordination", "协调会"
        CONFERENCE = "conference", "联席会议"
        PROMOTION = "promotion", "招商推介"

    kind = models.CharField("类别", max_length=15, choices=Kind)
    held_on = models.DateField("日期")
    title = models.CharField("主题", max_length=120)
    leader = models.ForeignKey(
        Official, verbose_name="领导", null=True, blank=True, on_delete=models.PROTECT, related_name="activities"
    )
    project = models.ForeignKey(
        Project, verbose_name="项目", null=True, blank=True, on_delete=models.PROTECT, related_name="activities"
    )
    companies: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        Organisation, verbose_name="对接企业", related_name="activities", blank=True
    )
    is_sample = models.BooleanField("示例", default=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "调研与会议"
        ordering = ["held_on", "id"]

    def __str__(self) -> str:
        return f"{self.held_on} {self.title}"


class Problem(models.Model):
    """What stands in a project's way, until it is closed (销号)."""

    class Kind(models.TextChoices):
        LAND = "land", "用地"
        FUNDS = "funds", "资金"
        APPROVALS = "approvals", "审批手续"
        RELOCATION = "relocation", "征拆"
        SUPPORTING = "supporting", "水电路气配套"
        ENVIRONMENT = "environment", "施工环境"
        POLICY = "policy", "政策"
        OTHER = "other", "其他"

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="problems_raised")
    kind = models.CharField("类型", max_length=15, choices=Kind)
    description = models.TextField("问题")
    raised_on = models.DateField("提出日期")
    leader = models.ForeignKey(
        Official, verbose_name="协调领导", null=True, blank=True, on_delete=models.PROTECT, related_name="problems"
    )
    deadline = models.DateField("办理时限", null=True, blank=True)
    closed_on = models.DateField("销号日期", null=True, blank=True)
    is_sample = models.BooleanField("示例", default=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        ordering = ["raised_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="problem_closed_after_raised",
                condition=Q(closed_on=None) | Q(closed_on__gte=models.F("raised_on")),
                violation_error_message="销号日期不能早于提出日期。",
            )
        ]

    def __str__(self) -> str:
        return self.description[:40]


class MediaReport(models.Model):
    """One report about the construction year in media of provincial level or above."""

    class Level(models.TextChoices):
        NATIONAL = "national", "中央媒体"
        PROVINCIAL = "provincial", "省级媒体"

    level = models.CharField("媒体级别", max_length=10, choices=Level)
    published_on = models.DateField("刊发日期")
    title = models.CharField("标题", max_length=120)
    is_sample = models.BooleanField("示例", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "宣传报道"
        ordering = ["published_on", "id"]

    def __str__(self) -> str:
        return self.title
