"""Where and who: the tree of areas, the organisations, the officials, the accounts."""

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q

from .. import roles
from .scope import NOTHING, inside, seen_by

TILES = 12  # rows and columns at most that a schematic map has


class AreaQuerySet(models.QuerySet["Area"]):
    def cities(self) -> "AreaQuerySet":
        return self.filter(kind=Area.Kind.CITY).order_by("order", "id")

    def visible_to(self, user: "User") -> "AreaQuerySet":
        """The areas of the own city; for part of a city, those in which a visible project stands."""
        if user.sees_city:
            return self.filter(Q(pk=user.city.pk) | Q(parent=user.city)) if user.city else self.all()
        return self.filter(seen_by(user, "projects__")).distinct()


class Area(models.Model):
    """A node of the tree province → city → district, zone or 'directly under the city'."""

    class Kind(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市"
        DISTRICT = "district", "区县"
        ZONE = "zone", "园区"
        DIRECT = "direct", "市直"

    BELOW_CITY = (Kind.DISTRICT, Kind.ZONE, Kind.DIRECT)

    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    parent = models.ForeignKey(
        "self", verbose_name="上级地区", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    order = models.PositiveSmallIntegerField("排序", default=0)
    code = models.CharField(
        "行政区划代码",
        max_length=6,
        blank=True,
        validators=[RegexValidator(r"^[0-9]{6}\Z", "行政区划代码是 6 位数字，例如 430821。")],
        help_text="6 位数字，例如 430821；装入官方边界时按它或按名称对应。",
    )
    tile_row = models.PositiveSmallIntegerField(
        "示意图行", null=True, blank=True, help_text="地图示意图中从上往下第几行；留空则排在其他地区之后。"
    )
    tile_column = models.PositiveSmallIntegerField("示意图列", null=True, blank=True, help_text="从左往右第几列。")

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "地区"
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="area_name_unique_under_parent"),
            models.CheckConstraint(
                name="area_kind_fits_its_place",
                condition=Q(kind="province", parent=None)
                | Q(kind="city")
                | Q(kind__in=["district", "zone", "direct"], parent__isnull=False),
                violation_error_message="省没有上级；区县、园区、市直必须属于一个市。",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=~Q(code=""),
                name="area_code_unique",
                violation_error_message="这个行政区划代码已属于另一个地区。",
            ),
            models.UniqueConstraint(
                fields=["parent", "tile_row", "tile_column"],
                name="one_area_per_tile",
                violation_error_message="示意图的这个位置已有另一个地区。",
            ),
            models.CheckConstraint(
                name="area_tile_has_row_and_column",
                condition=Q(tile_row=None, tile_column=None)
                # A comparison with NULL is neither true nor false, and a check lets that pass.
                | Q(tile_row__isnull=False, tile_row__gte=1, tile_row__lte=TILES)
                & Q(tile_column__isnull=False, tile_column__gte=1, tile_column__lte=TILES),
                violation_error_message=f"示意图的行和列要一起填写，都在 1 至 {TILES} 之间；或者都留空。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """One transaction with what the signals write: moving an area moves the figures of its projects."""
        with transaction.atomic():
            super().save(*args, **kwargs)

    def clean(self) -> None:
        wanted = {self.Kind.CITY: self.Kind.PROVINCE, **dict.fromkeys(self.BELOW_CITY, self.Kind.CITY)}
        if self.parent and self.parent.kind != wanted.get(self.Kind(self.kind)):
            raise ValidationError({"parent": "上级地区不符：市的上级是省，区县、园区、市直的上级是市。"})

    @property
    def city(self) -> "Area | None":
        """The city in whose figures this area counts; None for a province."""
        if self.kind == self.Kind.CITY:
            return self
        return self.parent if self.kind in self.BELOW_CITY else None


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: "User") -> "OrganisationQuerySet":
        """Those that answer for a visible project; for a whole city, its organisations too."""
        home = Q(area=None) | inside(user.city) if user.sees_city and user.city else NOTHING
        return self.filter(home | seen_by(user, "answered_projects__")).distinct()


class Organisation(models.Model):
    """A department, a district office or a company: whoever owns, answers for or reviews projects."""

    class Kind(models.TextChoices):
        COMMISSION = "commission", "市发展改革委"
        DEPARTMENT = "department", "市直部门"
        DISTRICT_OFFICE = "district_office", "区县（园区）发改部门"
        COMPANY = "company", "企业"
        OTHER = "other", "其他"

    class Tier(models.TextChoices):
        WORLD_500 = "world", "世界500强"
        CHINA_500 = "china", "中国500强"
        PRIVATE_500 = "private", "民营500强"

    name = models.CharField("名称", max_length=120, unique=True)
    kind = models.CharField("类别", max_length=20, choices=Kind)
    area = models.ForeignKey(Area, verbose_name="所在地区", null=True, blank=True, on_delete=models.PROTECT)
    parent = models.ForeignKey(
        "self", verbose_name="上级单位", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    tier = models.CharField("500强类别", max_length=10, choices=Tier, blank=True)
    is_sample = models.BooleanField("示例", default=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="organisation_not_its_own_parent",
                condition=Q(parent=None) | ~Q(parent=models.F("id")),
                violation_error_message="单位不能是自己的上级。",
            ),
            models.CheckConstraint(
                name="organisation_tier_of_companies_only",
                condition=Q(tier="") | Q(kind="company"),
                violation_error_message="只有企业才有500强类别。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfficialQuerySet(models.QuerySet["Official"]):
    def visible_to(self, user: "User") -> "OfficialQuerySet":
        """The liaison leaders of visible projects; for a whole city, its officials too."""
        home = NOTHING
        if user.sees_city and user.city:
            home = Q(organisation=None) | Q(organisation__area=None) | inside(user.city, "organisation__")
        return self.filter(home | seen_by(user, "liaison_projects__")).distinct()


class Official(models.Model):
    """A post that answers for projects. Sample officials go by post and have no name."""

    post = models.CharField("职务", max_length=80)
    name = models.CharField("姓名", max_length=40, blank=True)
    organisation = models.ForeignKey(Organisation, verbose_name="单位", null=True, blank=True, on_delete=models.PROTECT)
    order = models.PositiveSmallIntegerField("排序", default=0)
    is_sample = models.BooleanField("示例", default=False)

    objects = OfficialQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "负责人"
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["post", "name"], name="official_unique_by_post_and_name")]

    def __str__(self) -> str:
        return f"{self.post} {self.name}".rstrip()


class User(AbstractUser):
    """An account. What it may do follows from its groups; what it may see, from its organisation and its post."""

    organisation = models.ForeignKey(Organisation, verbose_name="单位", null=True, blank=True, on_delete=models.PROTECT)
    official = models.OneToOneField(
        Official, verbose_name="对应负责人", null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        verbose_name = verbose_name_plural = "账号"

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def get_full_name(self) -> str:
        return f"{self.last_name}{self.first_name}"

    @cached_property
    def role_names(self) -> frozenset[str]:
        return frozenset(self.groups.values_list("name", flat=True))

    @property
    def role_label(self) -> str:
        """The roles as the pages name them."""
        return "、".join(name for name in roles.NAMES if name in self.role_names)

    def has_role(self, *names: str) -> bool:
        """Whether the account stands in one of these groups (see `projects.roles`)."""
        return not self.role_names.isdisjoint(names)

    @property
    def types_reports(self) -> bool:
        """Whether the account fills in monthly reports."""
        return self.has_role(roles.REPORTER)

    @property
    def sees_city(self) -> bool:
        """Whether the account sees all projects of its city, and not only its own part."""
        return self.is_superuser or self.has_role(roles.OFFICE, roles.LEADER, roles.ADMIN)

    @property
    def city(self) -> Area | None:
        """The city of the account's organisation."""
        area = self.organisation.area if self.organisation else None
        return area.city if area else None
