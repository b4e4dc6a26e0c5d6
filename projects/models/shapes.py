"""The outlines of areas, from an official file that the city office loaded."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from .people import Area


class AreaShape(models.Model):
    """The outline of one area. Only numbers are kept of the file: no text of it ever reaches a page.

    `outline` is a list of rings, outer ones and holes alike; a ring is a flat list of longitude and latitude in turn,
    in ten-thousandths of a degree (about 10 m).
    """

    area = models.OneToOneField(Area, verbose_name="地区", on_delete=models.CASCADE, related_name="shape")
    outline: "models.JSONField[Any, Any]" = models.JSONField("轮廓")
    points = models.PositiveIntegerField("轮廓点数")
    file_name = models.CharField("边界文件", max_length=120)
    loaded_at = models.DateTimeField("装入时间", default=timezone.now)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="装入人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "地区边界"
        ordering = ["area"]

    def __str__(self) -> str:
        return f"{self.area}边界"
