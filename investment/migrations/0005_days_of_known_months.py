"""Months and reports that were there before periods had days: the days of the rule, and what follows from them."""

from django.db import migrations
from django.db.models import F

from investment.months import Month, days_by_rule


def fill(apps, schema_editor):
    Period = apps.get_model("investment", "Period")
    MonthlyReport = apps.get_model("investment", "MonthlyReport")
    MonthlyReport.objects.update(first_submitted_at=F("submitted_at"))
    for period in Period.objects.all():
        days = days_by_rule(Month(period.year, period.month))
        Period.objects.filter(pk=period.pk).update(**days)
        MonthlyReport.objects.filter(year=period.year, month=period.month).update(due_on=days["due_on"])


class Migration(migrations.Migration):
    dependencies = [("investment", "0004_the_reporting_month")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
