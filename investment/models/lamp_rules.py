"""By which rules the lamps of a year are lit. What was adopted never changes: another version is adopted instead, so
that a past month still says by which rule it was judged.
"""

from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.db import models
from django.db.models import Q
from django.utils import timezone

from projects.money import PercentField

from ..lamps import BANDS, DEFAULT, DELAYS, STATES, Measure, Rule, Rules, lamps_for

KEPT_SECONDS = 24 * 3600  # what never changes is kept; this only frees the memory


class LampRulesQuerySet(models.QuerySet["LampRules"]):
    def in_force(self, year: int) -> "LampRules | None":
        """The last version adopted for the year; before there is one, that of the last year before it."""
        return self.filter(year__lte=year).order_by("-year", "-version").first()


class LampRules(models.Model):
    """One adopted version of a year's rules; the highest is in force."""

    year = models.PositiveSmallIntegerField("年度")
    version = models.PositiveSmallIntegerField("版次")
    adopted_at = models.DateTimeField("采用时间", default=timezone.now)
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="采用人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = LampRulesQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "亮灯规则"
        ordering = ["year", "version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="one_lamp_rules_per_year_and_version"),
            models.CheckConstraint(
                name="lamp_rules_counted_from_one",
                condition=Q(version__gte=1),
                violation_error_message="版次从 1 开始。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年亮灯规则第 {self.version} 版"


def _fits(measures: Any, **rule: Any) -> Q:
    return Q(measure__in=[int(measure) for measure in measures], **rule)


def _lamp_fits() -> Q:
    """Each measure lights the lamps of its own kind."""
    found = Q()
    for measure in Measure:
        found |= Q(measure=int(measure), lamp__in=[STATES.index(lamp) for lamp in lamps_for(measure)])
    return found


class LampRule(models.Model):
    """One rule of a version. `at_least` is in percent, points, months or reports, as the measure counts."""

    rules = models.ForeignKey(LampRules, verbose_name="亮灯规则", on_delete=models.PROTECT, related_name="rows")
    measure = models.PositiveSmallIntegerField("指标", choices=[(each.value, each.label) for each in Measure])
    at_least = PercentField("从", null=True, blank=True)
    lamp = models.PositiveSmallIntegerField("亮灯", choices=list(enumerate(lamp.word for lamp in STATES)))
    first_month = models.PositiveSmallIntegerField("起始月份", default=1)
    word = models.CharField("显示文字", max_length=8)
    reason = models.CharField("原因", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "亮灯规则条目"
        ordering = ["rules", "id"]
        constraints = [
            models.UniqueConstraint(fields=["rules", "measure", "at_least"], name="one_lamp_rule_per_threshold"),
            models.UniqueConstraint(
                fields=["rules", "measure"],
                condition=Q(at_least=None),
                name="one_lamp_rule_without_threshold_per_measure",
            ),
            models.CheckConstraint(
                name="lamp_rule_has_a_known_lamp",
                condition=_lamp_fits(),
                violation_error_message="这个指标不能亮这种灯。",
            ),
            models.CheckConstraint(
                name="lamp_rule_threshold_fits_measure",
                condition=_fits(BANDS)
                | _fits(DELAYS, at_least__isnull=False, at_least__gte=0)
                | _fits([each for each in Measure if each not in (*BANDS, *DELAYS)], at_least=None),
                violation_error_message="这个指标不能有这样的起点。",
            ),
            models.CheckConstraint(
                name="lamp_rule_month_in_year",
                condition=Q(first_month__gte=1, first_month__lte=12),
                violation_error_message="月份应为 1 至 12。",
            ),
            models.CheckConstraint(
                name="lamp_rule_says_why",
                condition=~Q(word="") & ~Q(reason=""),
                violation_error_message="显示文字和原因都要写明。",
            ),
        ]

    def __str__(self) -> str:
        return f"{Measure(self.measure).label} {self.word}"

    @property
    def rule(self) -> Rule:
        return Rule(
            measure=Measure(self.measure),
            lamp=STATES[self.lamp],
            word=self.word,
            reason=self.reason,
            at_least=self.at_least,
            first_month=self.first_month,
            pk=self.pk,
        )

    @classmethod
    def of(cls, rules: LampRules, rule: Rule) -> "LampRule":
        """The row of a rule, not saved."""
        return cls(
            rules=rules,
            measure=int(rule.measure),
            at_least=rule.at_least,
            lamp=STATES.index(rule.lamp),
            first_month=rule.first_month,
            word=rule.word,
            reason=rule.reason,
        )


def rules_of(pk: int) -> Rules:
    """The rules of a version. They never change, so they are read once."""
    return cast(Rules, cache.get(f"lamp-rules-{pk}")) or _read(LampRule.objects.filter(rules=pk), pk)


def rule_of(pk: int) -> Rule:
    """One rule, likewise; the others of its version are soon asked for, too."""
    if kept := cache.get(f"lamp-rule-{pk}"):
        return cast(Rule, kept)
    version = LampRule.objects.values_list("rules", flat=True).get(pk=pk)
    return next(rule for rule in _read(LampRule.objects.filter(rules=version), version) if rule.pk == pk)


def _read(rows: models.QuerySet[LampRule], version: int) -> Rules:
    rules = tuple(row.rule for row in rows)
    kept: dict[str, Any] = {f"lamp-rule-{rule.pk}": rule for rule in rules}
    cache.set_many({f"lamp-rules-{version}": rules, **kept}, KEPT_SECONDS)
    return rules


def rules_in_force(year: int) -> Rules:
    """The rules by which the year's open months are judged, adopted for it or not."""
    found = LampRules.objects.in_force(year)
    return rules_of(found.pk) if found else DEFAULT


def rules_for(year: int) -> LampRules:
    """The version in force of a year that is to be judged; on its first use it takes over that of the year before.

    Call it under the lock of the year.
    """
    found = LampRules.objects.in_force(year)
    if found and found.year == year:
        return found
    return adopt(year, rules_of(found.pk) if found else DEFAULT)


def adopt(year: int, rules: Rules, **fields: Any) -> LampRules:
    """Another version of a year's rules, in force from now on. Written in bulk, so that no history is kept."""
    latest = LampRules.objects.filter(year=year).aggregate(last=models.Max("version"))["last"]
    (adopted,) = LampRules.objects.bulk_create([LampRules(year=year, version=(latest or 0) + 1, **fields)])
    LampRule.objects.bulk_create(LampRule.of(adopted, rule) for rule in rules)
    return adopted
