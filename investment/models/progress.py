"""Derived rows: remade by `investment.progress`, written by nothing else; and their copies of a closed month, which
nobody changes any more. Amounts in 万元, rates in percent.
"""

import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from projects.models import Area, Category, Level, Nature, Official, Organisation, Project, User
from projects.models.scope import seen_by
from projects.money import MoneyField, PercentField

from ..lamps import NOTHING_APPROVED, Judged, Lamp, Rules, condition, judge_sums
from ..rates import PercentOf, PointsAhead
from .lamp_rules import LampRule, rule_of, rules_in_force

UNGUARDED: Any = {"db_index": False, "db_constraint": False}


class Figures(models.Model):
    """The figures of one month of one year, of a project or of a group. Rates follow in the database itself."""

    year = models.PositiveSmallIntegerField("年度")
    month = models.PositiveSmallIntegerField("月份")
    time_progress = PercentField("时间进度（%）")
    planned_to_date = MoneyField("累计计划（万元）", null=True)
    year_to_date = MoneyField("本年累计完成（万元）")
    since_start = MoneyField("开工以来累计完成（万元）")
    rate = models.GeneratedField(
        verbose_name="完成率（%）",
        expression=PercentOf(F("year_to_date"), F("planned_year")),
        output_field=PercentField(null=True),
        db_persist=True,
    )
    rate_original = models.GeneratedField(
        verbose_name="按年初计划完成率（%）",
        expression=PercentOf(F("year_to_date"), F("planned_original")),
        output_field=PercentField(null=True),
        db_persist=True,
    )
    gap = models.GeneratedField(
        verbose_name="较时间进度（百分点）",
        expression=PointsAhead(F("year_to_date"), F("planned_year"), F("time_progress")),
        output_field=PercentField(null=True),
        db_persist=True,
    )
    plan_ratio = models.GeneratedField(
        verbose_name="占累计计划（%）",
        expression=PercentOf(F("year_to_date"), F("planned_to_date")),
        output_field=PercentField(null=True),
        db_persist=True,
    )

    class Meta:
        abstract = True


class ProjectProgressQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> "ProjectProgressQuerySet":
        """Figures of visible projects. A whole city goes by the key of the row, which is indexed."""
        if user.sees_city:
            return self.filter(city=user.city) if user.city else self
        return self.filter(seen_by(user, "project__"))

    def with_lamp(self, wanted: Lamp) -> "ProjectProgressQuerySet":
        return self.filter(condition(wanted))


class ProjectFigures(Figures):
    """One project and month, with the groups it was counted in. The plan of the year is the one in force in the month.

    Without an annual plan both plans are empty; `planned_original` is the plan before any revision.
    """

    project: Any  # a key of each table, with its own name for the way back
    # Keys without index and constraint: the project's own keys are guarded, lists go through the project, and twelve
    # million rows would be checked six times each.
    city = models.ForeignKey(Area, verbose_name="市", on_delete=models.PROTECT, related_name="+", **UNGUARDED)
    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+", **UNGUARDED)
    category = models.ForeignKey(Category, verbose_name="类别", on_delete=models.PROTECT, related_name="+", **UNGUARDED)
    lead_department = models.ForeignKey(
        Organisation, null=True, verbose_name="牵头部门", on_delete=models.PROTECT, related_name="+", **UNGUARDED
    )
    responsible_unit = models.ForeignKey(
        Organisation, null=True, verbose_name="责任单位", on_delete=models.PROTECT, related_name="+", **UNGUARDED
    )
    liaison_leader = models.ForeignKey(
        Official, null=True, verbose_name="联系领导", on_delete=models.PROTECT, related_name="+", **UNGUARDED
    )
    level = models.PositiveSmallIntegerField("项目级别", choices=Level)
    nature = models.PositiveSmallIntegerField("建设性质", choices=Nature, null=True)

    planned_year = MoneyField("年度计划（万元）", null=True)
    planned_original = MoneyField("年初计划（万元）", null=True)
    amount = MoneyField("本月完成（万元）", null=True)

    # Lit by `lamps_sql` once the month has begun, and never again once it is closed.
    lamp_state = models.PositiveSmallIntegerField("亮灯", null=True)  # of `lamps.STATES`
    lamp_rule = models.ForeignKey(
        LampRule, null=True, verbose_name="亮灯规则", on_delete=models.PROTECT, related_name="+", **UNGUARDED
    )
    lamp_value = models.BigIntegerField("亮灯依据", null=True)  # what the rule measured, as it counts

    objects = ProjectProgressQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.project} {self.year}-{self.month:02}"

    @property
    def judged(self) -> Judged:
        return Judged(rule_of(self.lamp_rule_id) if self.lamp_rule_id else None, self.lamp_value)

    @property
    def lamp(self) -> Lamp:
        """The lamp with the word of the rule that lit it."""
        return self.judged.lamp

    @property
    def lamp_reason(self) -> str:
        """Why the lamp is what it is, in a sentence; '' for a month that was not judged yet.

        A value of zero is not told where nothing was reported: that is not zero.
        """
        if self.lamp_value == 0 and self.amount is None and not self.year_to_date:
            return NOTHING_APPROVED
        return "" if self.lamp_state is None else self.judged.reason


class ProjectProgress(ProjectFigures):
    """One project and month as it stands now."""

    project = models.ForeignKey(
        Project, verbose_name="项目", on_delete=models.PROTECT, related_name="progress", db_index=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "项目进度"
        ordering = ["project", "year", "month"]
        constraints = [
            models.UniqueConstraint(fields=["project", "year", "month"], name="one_progress_per_project_and_month")
        ]
        indexes = [models.Index(fields=["city", "year", "month", "rate"], name="progress_by_city_month_rate")]


class ClosedProjectProgress(ProjectFigures):
    """One project and month as it stood when the month was closed."""

    project = models.ForeignKey(
        Project, verbose_name="项目", on_delete=models.PROTECT, related_name="closed_progress", db_index=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "关账时的项目进度"
        ordering = ["project", "year", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year", "month"], name="one_closed_progress_per_project_and_month"
            )
        ]
        indexes = [models.Index(fields=["city", "year", "month"], name="closed_progress_by_city_month")]


class GroupFigures(Figures):
    """One group of projects and month: counts, and sums over the projects' rows. A rate is sum over sum.

    `area` is the area whose figures these are: of every level for the total, the city for all other kinds. `key` is the
    id or the choice that makes the group, 0 for 'none' (no leader, no unit).
    """

    class Kind(models.IntegerChoices):
        TOTAL = 0, "地区合计"
        CATEGORY = 1, "类别"
        LEAD_DEPARTMENT = 2, "牵头部门"
        RESPONSIBLE_UNIT = 3, "责任单位"
        LIAISON_LEADER = 4, "联系领导"
        LEVEL = 5, "项目级别"
        NATURE = 6, "建设性质"

    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.PositiveSmallIntegerField("分组方式", choices=Kind)
    key = models.BigIntegerField("分组", default=0)
    projects = models.IntegerField("项目数")
    planned_projects = models.IntegerField("有年度计划的项目数")
    reported_projects = models.IntegerField("本月已审定月报数")
    planned_year = MoneyField("年度计划（万元）")
    planned_original = MoneyField("年初计划（万元）")
    amount = MoneyField("本月完成（万元）")
    unplanned_to_date = MoneyField("其中无年度计划项目累计完成（万元）")

    rules: Rules | None = None  # by which the month is judged, told by who reads many rows; else those in force

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.area} {self.get_kind_display()} {self.key} {self.year}-{self.month:02}"

    @property
    def judged(self) -> Judged:
        rules = self.rules or rules_in_force(self.year)
        return judge_sums(rules, self.month, self.plan_ratio, self.gap, planned=self.planned_projects > 0)

    @property
    def lamp(self) -> Lamp:
        """How the sums stand, by the same thresholds as a project's."""
        return self.judged.lamp

    @property
    def lamp_reason(self) -> str:
        return self.judged.reason


class GroupProgress(GroupFigures):
    """One group and month as it stands now."""

    class Meta:
        verbose_name = verbose_name_plural = "分组进度"
        ordering = ["area", "kind", "key", "year", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "kind", "key", "year", "month"], name="one_progress_per_group_and_month"
            )
        ]


class ClosedGroupProgress(GroupFigures):
    """One group and month as it stood when the month was closed."""

    class Meta:
        verbose_name = verbose_name_plural = "关账时的分组进度"
        ordering = ["area", "kind", "key", "year", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "kind", "key", "year", "month"], name="one_closed_progress_per_group_and_month"
            )
        ]


class ProgressYear(models.Model):
    """A year that has figures. Its row is the lock under which they are remade, and carries the time of the figures."""

    year = models.PositiveSmallIntegerField("年度", primary_key=True)
    version = models.PositiveBigIntegerField("版本", default=0)
    as_of = models.DateTimeField("数据时间", null=True)
    judged_on = models.DateField("亮灯核对日期", null=True)  # the last day on which all open months were judged

    class Meta:
        verbose_name = verbose_name_plural = "进度年度"

    def __str__(self) -> str:
        return f"{self.year}年"


class StaleProgress(models.Model):
    """'This project's year must be remade', written in the transaction of the change.

    A change adds a row and never touches one; a refresh deletes only the rows that it had seen before it read the data.
    So no change is lost between reading and deleting, and writers never wait for each other.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    year = models.PositiveSmallIntegerField()
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "待更新进度"
        indexes = [models.Index(fields=["year", "id"], name="stale_by_year")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.year}"


class RefreshRun(models.Model):
    """One run of the engine: asked for, started, finished, what it changed, what it found."""

    class Trigger(models.TextChoices):
        CHANGE = "change", "数据变动"
        NIGHTLY = "nightly", "夜间核对"
        MANUAL = "manual", "人工"

    UNFINISHED_AFTER = datetime.timedelta(minutes=15)

    trigger = models.CharField("触发", max_length=10, choices=Trigger)
    year = models.PositiveSmallIntegerField("年度")
    requested_by = models.ForeignKey(
        "projects.User", verbose_name="操作人", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField("请求时间", default=timezone.now)
    started_at = models.DateTimeField("开始", null=True, blank=True)
    finished_at = models.DateTimeField("结束", null=True, blank=True)
    projects = models.PositiveIntegerField("涉及项目", default=0)
    changed_rows = models.PositiveIntegerField("变动的项目行", default=0)
    changed_groups = models.PositiveIntegerField("变动的分组行", default=0)
    findings: "models.JSONField[Any, Any]" = models.JSONField("核对发现", default=list, blank=True)
    error = models.TextField("错误", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "计算记录"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["requested_at"], name="run_waiting", condition=Q(started_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.year}年 {self.get_trigger_display()} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def state(self) -> str:
        """等待, 运行中, 完成, 失败, or 中断 for a run whose worker went away."""
        if self.error:
            return "失败"
        if self.finished_at:
            return "完成"
        if not self.started_at:
            return "等待"
        return "中断" if timezone.now() - self.started_at > self.UNFINISHED_AFTER else "运行中"
