"""Photos of the works, with the report that they show."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from projects.models import Project, User
from projects.models.scope import seen_by

from .reports import MonthlyReport


def _place(photo: "ReportPhoto", name: str) -> str:
    """Where the file lies: by month, under a name that tells nothing."""
    return f"photos/{photo.report.year}-{photo.report.month:02}/{uuid.uuid4().hex}.jpg"


class ReportPhotoQuerySet(models.QuerySet["ReportPhoto"]):
    def visible_to(self, user: User) -> "ReportPhotoQuerySet":
        """Photos of the reports that the account may see: those of what is not told are the unit's own business."""
        typed = Q(report__project__in=Project.objects.reported_by(user))
        return self.filter(seen_by(user, "report__project__"), ~Q(report__state__in=MonthlyReport.UNTOLD) | typed)


class ReportPhoto(models.Model):
    """A photo of a report, as it was encoded anew by `investment.photos`: a JPEG without anything else in it."""

    report = models.ForeignKey(MonthlyReport, verbose_name="月报", on_delete=models.PROTECT, related_name="photos")
    file = models.FileField("文件", upload_to=_place)
    width = models.PositiveSmallIntegerField("宽（像素）")
    height = models.PositiveSmallIntegerField("高（像素）")
    caption = models.CharField("说明", max_length=60, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="上传人", on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField("上传时间", default=timezone.now)

    objects = ReportPhotoQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "现场照片"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.report} 照片"
