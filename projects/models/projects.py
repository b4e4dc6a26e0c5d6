"""The project: one project, one liaison leader, one team, one scheme, followed to the end."""

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q

from ..money import MoneyField
from ..roles import OFFICE, REPORTER, REVIEWER
from ..spelling import folded, searchable, woven
from .action_plan import Category
from .people import Area, Official, Organisation, User
from .scope import OfProjectQuerySet, first_reviewed_by, reported_by, seen_by


class Level(models.IntegerChoices):
    PROVINCE = 1, "省级"
    CITY = 2, "市级"
    DISTRICT = 3, "区县级"


class Stage(models.IntegerChoices):
    """How far the works are; the order is the order of the works."""

    PREPARATORY = 1, "前期"
    STARTED = 2, "开工"
    STRUCTURE = 3, "主体施工"
    EQUIPMENT = 4, "设备安装"
    TRIAL = 5, "试运行"
    ACCEPTANCE = 6, "竣工验收"
    PRODUCTION = 7, "投产"


class Status(models.TextChoices):
    """Whether the works go on; independent of how far they are."""

    ACTIVE = "active", "正常推进"
    STOPPED = "stopped", "停工"
    FINISHED = "finished", "已完成"
    WITHDRAWN = "withdrawn", "已退出"


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> "ProjectQuerySet":
        """What the account may know of; everything else does not exist for it."""
        return self.filter(seen_by(user))

    def reported_by(self, user: User) -> "ProjectQuerySet":
        """Projects whose monthly figures the account types."""
        if user.organisation is None or not user.has_role(REPORTER):
            return self.none()
        return self.filter(reported_by(user.organisation))

    def reviewed_by(self, user: User) -> "ProjectQuerySet":
        """Projects whose reports the account reviews: the office all that it sees, a reviewer its own, first."""
        if user.has_role(OFFICE):
            return self.visible_to(user)
        if user.organisation is None or not user.has_role(REVIEWER):
            return self.none()
        return self.visible_to(user).filter(first_reviewed_by(user.organisation))

    def enlisted(self, year: int) -> "ProjectQuerySet":
        """Projects in the action plan of the year."""
        return self.filter(enlistments__action_plan__year=year)

    def found(self, text: str) -> "ProjectQuerySet":
        """Those in which every word is found: in names (also by pinyin), code or content."""
        rows = self
        for word in woven(folded(text)).split():
            rows = rows.filter(search_text__contains=word)
        return rows

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        projects = list(objs)
        for project in projects:
            project.search_text = search_text(project)
        return super().bulk_create(projects, *args, **kwargs)

    def name_anew(self) -> None:
        """Keep what is searched true after a unit or a leader got another name."""
        renamed: list[Any] = list(self.select_related("owner", "responsible_unit", "liaison_leader"))
        for project in renamed:
            project.search_text = search_text(project)
        self.bulk_update(renamed, ["search_text"], batch_size=500)

    def without_leader(self) -> "ProjectQuerySet":
        """The gap that 'one project, one liaison leader' leaves open."""
        return self.filter(liaison_leader=None)


class Project(models.Model):
    """A project of the register. Amounts in 万元."""

    code = models.CharField("项目编号", max_length=30, unique=True)
    name = models.CharField("项目名称", max_length=120)
    category = models.ForeignKey(Category, verbose_name="类别", on_delete=models.PROTECT, related_name="projects")
    area = models.ForeignKey(Area, verbose_name="所在地区", on_delete=models.PROTECT, related_name="projects")
    level = models.PositiveSmallIntegerField("项目级别", choices=Level, default=Level.CITY)
    stage = models.PositiveSmallIntegerField("建设阶段", choices=Stage, default=Stage.PREPARATORY)
    status = models.CharField("推进状态", max_length=10, choices=Status, default=Status.ACTIVE)
    industry = models.CharField("所属行业", max_length=40, blank=True)

    owner = models.ForeignKey(
        Organisation,
        verbose_name="项目业主",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_projects",
    )
    responsible_unit = models.ForeignKey(
        Organisation,
        verbose_name="责任单位",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="answered_projects",
    )
    responsible_person = models.CharField("责任人", max_length=60, blank=True)
    lead_department = models.ForeignKey(
        Organisation,
        verbose_name="牵头部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="led_projects",
    )
    liaison_leader = models.ForeignKey(
        Official,
        verbose_name="联系领导",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="liaison_projects",
    )
    responsible_leader = models.ForeignKey(
        Official,
        verbose_name="负责领导",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="responsible_projects",
    )
    scheme = models.TextField("工作方案", blank=True)
    scheme_document = models.CharField("方案文号", max_length=60, blank=True)

    content = models.TextField("建设内容及规模", blank=True)
    total_investment = MoneyField("总投资（万元）", null=True, blank=True)
    invested_before = MoneyField("系统首报年之前累计完成投资（万元）", default=0)
    designed_output = MoneyField("达产年产值（万元）", null=True, blank=True)
    planned_start = models.DateField("计划开工", null=True, blank=True)
    actual_start = models.DateField("实际开工", null=True, blank=True)
    planned_finish = models.DateField("计划竣工", null=True, blank=True)
    actual_finish = models.DateField("实际竣工", null=True, blank=True)

    parent = models.ForeignKey(
        "self", verbose_name="所属打包项目", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    remark = models.TextField("备注", blank=True)
    is_sample = models.BooleanField("示例", default=False)
    search_text = models.TextField("查找用文字", default="", editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="project_total_investment_not_negative",
                condition=Q(total_investment=None) | Q(total_investment__gte=0),
                violation_error_message="总投资不能为负数。",
            ),
            models.CheckConstraint(
                name="project_invested_before_not_negative",
                condition=Q(invested_before__gte=0),
                violation_error_message="以前年度完成投资不能为负数。",
            ),
            models.CheckConstraint(
                name="project_designed_output_not_negative",
                condition=Q(designed_output=None) | Q(designed_output__gte=0),
                violation_error_message="达产年产值不能为负数。",
            ),
            models.CheckConstraint(
                name="project_planned_finish_after_start",
                condition=Q(planned_start=None) | Q(planned_finish=None) | Q(planned_finish__gte=F("planned_start")),
                violation_error_message="计划竣工不能早于计划开工。",
            ),
            models.CheckConstraint(
                name="project_actual_finish_after_start",
                condition=Q(actual_start=None) | Q(actual_finish=None) | Q(actual_finish__gte=F("actual_start")),
                violation_error_message="实际竣工不能早于实际开工。",
            ),
            models.CheckConstraint(
                name="project_not_its_own_parent",
                condition=Q(parent=None) | ~Q(parent=F("id")),
                violation_error_message="项目不能打包在自己之内。",
            ),
            models.CheckConstraint(
                name="project_sample_says_so",
                condition=Q(is_sample=False) | Q(name__startswith="示例"),
                violation_error_message="示例项目的名称必须以“示例”开头。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """One transaction with what the signals write: a moved project moves its figures."""
        self.search_text = search_text(self)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_text"}
        with transaction.atomic():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            return super().delete(*args, **kwargs)


def search_text(project: Any) -> str:
    """What is searched for words: the names of the project and of those who answer for it, code and content."""
    leader = project.liaison_leader
    names = [
        project.name,
        *(unit.name for unit in (project.owner, project.responsible_unit) if unit),
        *([f"{leader.post} {leader.name}".rstrip()] if leader else []),
    ]
    return searchable(names, [project.code, project.content])


class TeamMember(models.Model):
    """One member of the project's team (班子), by post."""

    class Role(models.TextChoices):
        HEAD = "head", "组长"
        DEPUTY = "deputy", "副组长"
        MEMBER = "member", "成员"

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.CASCADE, related_name="team")
    role = models.CharField("分工", max_length=10, choices=Role, default=Role.MEMBER)
    post = models.CharField("单位及职务", max_length=80)
    order = models.PositiveSmallIntegerField("排序", default=0)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "班子成员"
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "post"], name="team_member_once_per_project")]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.post}"
