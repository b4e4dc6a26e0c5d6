"""The province's 五个100 as categories, and the city's action plan of a year (52151 in 2018)."""

from typing import Any

from django.db import models, transaction
from django.db.models import Q

from .people import Organisation, User
from .scope import OfProjectQuerySet, seen_by


class CategoryQuerySet(models.QuerySet["Category"]):
    def visible_to(self, user: User) -> "CategoryQuerySet":
        """All five; for part of a city, those in which a visible project stands."""
        return self if user.sees_city else self.filter(seen_by(user, "projects__")).distinct()


class Category(models.Model):
    """One of the 五个100. '100' is the province's nominal number; the city's target stands in `CategoryTarget`."""

    class Counts(models.TextChoices):
        MONEY = "money", "投资"
        PEOPLE = "people", "人才"

    class FirstReview(models.TextChoices):
        AREA = "area", "所在区县（园区）"
        DEPARTMENT = "department", "牵头部门"

    code = models.SlugField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=40, unique=True)
    lead_department = models.ForeignKey(
        Organisation, verbose_name="牵头部门", null=True, blank=True, on_delete=models.PROTECT
    )
    counts = models.CharField("统计口径", max_length=10, choices=Counts, default=Counts.MONEY)
    first_review = models.CharField(
        "月报初审",
        max_length=10,
        choices=FirstReview,
        default=FirstReview.AREA,
        help_text="没有区县（园区）发改部门的项目（如市直），由牵头部门初审。",
    )
    order = models.PositiveSmallIntegerField("排序", default=0)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "类别"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.name


class ActionPlan(models.Model):
    """The city's list of a year: which projects are enlisted, and how many each category aims at."""

    year = models.PositiveSmallIntegerField("年度", unique=True)
    name = models.CharField("名称", max_length=60)
    document_number = models.CharField("文号", max_length=60, blank=True)
    projects: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "projects.Project", through="Enlistment", related_name="action_plans", verbose_name="列入项目"
    )

    class Meta:
        verbose_name = verbose_name_plural = "行动计划"
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                name="action_plan_year_plausible",
                condition=Q(year__gte=2000, year__lte=2100),
                violation_error_message="年度应在 2000 至 2100 之间。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.name}"


class CategoryTarget(models.Model):
    """How many the plan of a year aims at in one category: 50, 20, 10, 50 and 10 in 2018."""

    action_plan = models.ForeignKey(
        ActionPlan, verbose_name="行动计划", on_delete=models.CASCADE, related_name="targets"
    )
    category = models.ForeignKey(Category, verbose_name="类别", on_delete=models.PROTECT)
    target = models.PositiveIntegerField("目标数")

    class Meta:
        verbose_name = verbose_name_plural = "类别目标"
        ordering = ["category__order"]
        constraints = [
            models.UniqueConstraint(fields=["action_plan", "category"], name="one_target_per_plan_and_category")
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.target}"


class Nature(models.IntegerChoices):
    """What a project does in the year it is enlisted for: a new start of one year is carried over in the next."""

    NEW = 1, "新开工"
    CONTINUED = 2, "续建"
    FINISHING = 3, "竣工投产"
    PREPARATORY = 4, "前期"


class Enlistment(models.Model):
    """A project stands in the action plan of a year."""

    action_plan = models.ForeignKey(
        ActionPlan, verbose_name="行动计划", on_delete=models.CASCADE, related_name="enlistments"
    )
    project = models.ForeignKey(
        "projects.Project", verbose_name="项目", on_delete=models.CASCADE, related_name="enlistments"
    )
    nature = models.PositiveSmallIntegerField("建设性质", choices=Nature)
    provincial = models.BooleanField("列入省“五个100”", default=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "列入计划"
        constraints = [models.UniqueConstraint(fields=["action_plan", "project"], name="project_enlisted_once_a_year")]

    def __str__(self) -> str:
        return f"{self.action_plan} · {self.project}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """One transaction with what the signals write: the nature is a group of the figures."""
        with transaction.atomic():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            return super().delete(*args, **kwargs)
