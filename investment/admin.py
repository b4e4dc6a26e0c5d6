"""Plans and reports in Django's administration pages; the derived rows to look at, the engine's runs to repeat."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from projects.money import format_wan

from . import models, progress, tasks
from .months import Month
from .plan_changes import first_open_month


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the engine or the site's own pages write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CurveInline(admin.TabularInline):
    model = models.PlannedMonth
    extra = 12
    max_num = 12


class AnnualPlanForm(forms.ModelForm):
    """The original plan of a year. A revision is proposed on the project's page and approved by another person."""

    class Meta:
        model = models.AnnualPlan
        fields = ("project", "year", "amount", "document_number", "issued_on")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        project, year = cleaned.get("project"), cleaned.get("year")
        if project and year and models.AnnualPlan.objects.filter(project=project, year=year).exists():
            raise forms.ValidationError("这个项目当年已有计划。要调整计划，请到项目的页面提出，由市发改委另一人批准。")
        if year:
            first = first_open_month(year)
            if first is None:
                raise forms.ValidationError(f"{year}年已全部关账，不能再下达当年计划。")
            self.instance.effective_month = first  # a plan that comes late leaves the closed months alone
        return cleaned


@admin.register(models.AnnualPlan)
class AnnualPlanAdmin(admin.ModelAdmin):
    """An original is added once; revisions are shown."""

    form = AnnualPlanForm

    list_display = ("project", "year", "revision", "amount_wan", "effective_month", "document_number", "issued_on")
    list_filter = ("year", ("revision", admin.AllValuesFieldListFilter), "project__category")
    list_select_related = ("project",)
    search_fields = ("project__code", "project__name", "document_number")
    autocomplete_fields = ("project",)
    inlines = (CurveInline,)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="年度计划（万元）", ordering="amount")
    def amount_wan(self, plan: models.AnnualPlan) -> str:
        return format_wan(plan.amount)


@admin.register(models.MonthlyReport)
class MonthlyReportAdmin(ReadOnlyAdmin):
    """What was handed in, to look at: every move is made on the pages. What is only typed is the unit's own."""

    list_display = ("project", "month_label", "state", "amount_wan", "submitted_at", "reviewed_at", "updated_by")
    list_filter = ("state", "year", "month", "project__category", "project__area")
    list_select_related = ("project", "updated_by")
    search_fields = ("project__code", "project__name")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(state__in=models.MonthlyReport.UNTOLD)

    @admin.display(description="月份", ordering="month")
    def month_label(self, report: models.MonthlyReport) -> str:
        return Month(report.year, report.month).label

    @admin.display(description="本月完成（万元）", ordering="amount")
    def amount_wan(self, report: models.MonthlyReport) -> str:
        return format_wan(report.amount) or "未填"


@admin.register(models.Period)
class PeriodAdmin(ReadOnlyAdmin):
    """The time progress of an open month is set here; days, opening and close have a page of their own."""

    list_display = ("__str__", "time_progress", "opened_at", "closed_at")
    list_filter = ("year",)
    fields = readonly_fields = ("year", "month", *models.Period.DAYS, "opened_at", "closed_at", "closed_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("time_progress", *self.readonly_fields)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("investment.change_period") and not (obj and obj.closed_at)

    def save_model(self, request: HttpRequest, obj: models.Period, form: Any, change: bool) -> None:
        """Only what can be changed is written, so that days set meanwhile stay."""
        obj.save(update_fields=["time_progress"])


@admin.register(models.Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    list_display = ("report", "before", "after", "state", "proposed_by", "proposed_at", "decided_by", "decided_at")
    list_filter = ("state", "report__year", "report__month")
    list_select_related = ("report__project", "proposed_by", "decided_by")
    search_fields = ("report__project__code", "report__project__name")

    @admin.display(description="更正前（万元）", ordering="old_amount")
    def before(self, correction: models.Correction) -> str:
        return format_wan(correction.old_amount)

    @admin.display(description="更正后（万元）", ordering="new_amount")
    def after(self, correction: models.Correction) -> str:
        return format_wan(correction.new_amount)


@admin.register(models.PlanChange)
class PlanChangeAdmin(ReadOnlyAdmin):
    list_display = (
        "project",
        "year",
        "amount_wan",
        "effective_on",
        "document_number",
        "state",
        "proposed_by",
        "decided_by",
    )
    list_filter = ("state", "year")
    list_select_related = ("project", "proposed_by", "decided_by")
    search_fields = ("project__code", "project__name", "document_number")

    @admin.display(description="调整后年度计划（万元）", ordering="amount")
    def amount_wan(self, change: models.PlanChange) -> str:
        return format_wan(change.amount)


class FiguresAdmin(ReadOnlyAdmin):
    """Amounts of derived rows, in 万元."""

    @admin.display(description="年度计划（万元）", ordering="planned_year")
    def planned(self, row: models.ProjectProgress | models.GroupProgress) -> str:
        return format_wan(row.planned_year) or "无"

    @admin.display(description="本年累计完成（万元）", ordering="year_to_date")
    def completed(self, row: models.ProjectProgress | models.GroupProgress) -> str:
        return format_wan(row.year_to_date)


@admin.register(models.ProjectProgress)
class ProjectProgressAdmin(FiguresAdmin):
    list_display = ("project", "year", "month", "planned", "completed", "rate", "gap", "plan_ratio")
    list_filter = ("year", "month", "category", "area")
    list_select_related = ("project",)
    search_fields = ("project__code", "project__name")


@admin.register(models.GroupProgress)
class GroupProgressAdmin(FiguresAdmin):
    list_display = ("area", "kind", "key", "year", "month", "projects", "planned", "completed", "rate", "gap")
    list_filter = ("kind", "year", "month", "area")
    list_select_related = ("area",)


@admin.register(models.StaleProgress)
class StaleProgressAdmin(ReadOnlyAdmin):
    list_display = ("project", "year", "since")
    list_select_related = ("project",)


@admin.register(models.RefreshRun)
class RefreshRunAdmin(ReadOnlyAdmin):
    """What the engine did, and a way to have it done again."""

    list_display = (
        "requested_at", "year", "trigger", "state", "projects", "changed_rows", "changed_groups", "found", "error",
    )  # fmt: skip
    list_filter = ("trigger", "year")
    list_select_related = ("requested_by",)
    actions = ("run_again",)

    def has_rerun_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("investment.add_refreshrun")

    @admin.action(description="重新计算所选记录的年度", permissions=["rerun"])
    def run_again(self, request: HttpRequest, queryset: Any) -> None:
        years = sorted(set(queryset.values_list("year", flat=True)))
        with transaction.atomic():
            for year in years:
                progress.request_run(year, by=request.user)
            transaction.on_commit(tasks.announce, robust=True)
        self.message_user(
            request, f"已请求重新计算 {'、'.join(f'{year}年' for year in years)}，一分钟内开始，结果见本页。"
        )

    @admin.display(description="状态")
    def state(self, run: models.RefreshRun) -> str:
        return run.state

    @admin.display(description="核对发现")
    def found(self, run: models.RefreshRun) -> str:
        return f"{len(run.findings)} 条" if run.findings else "无"
