"""The version of the register: a page made from it may be shown again until it moves."""

from typing import Any

from django.db import models
from django.db.models import F


class Register(models.Model):
    """One row whose version moves, in the same transaction, with each change of a row of the register."""

    version = models.PositiveBigIntegerField("版本", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "登记版本"

    def __str__(self) -> str:
        return f"第 {self.version} 版"

    @classmethod
    def touch(cls, **kwargs: Any) -> None:
        """Say that the register is not what it was; called for each saved or deleted row, by hand after bulk writes."""
        if not cls.objects.filter(pk=1).update(version=F("version") + 1):
            Register.objects.bulk_create([Register(pk=1, version=1)], ignore_conflicts=True)
