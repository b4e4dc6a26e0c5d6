"""The registers in Django's administration pages. Who may do what follows from `roles`."""

from typing import Any

import auditlog.admin  # noqa: F401  # registers its page, which is taken away below
from axes.utils import reset
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from . import models

admin.site.site_header = "张家界重点产业项目 · 管理"
admin.site.site_title = "项目管理"
admin.site.index_title = "登记、计划与月报"
admin.site.unregister(models.HistoryEntry)  # the page of auditlog; ours is /history/


@admin.register(models.User)
class AccountAdmin(UserAdmin):
    """Accounts. Nobody gives himself rights, and only a superuser touches a superuser."""

    list_display = ("username", "last_name", "organisation", "official", "is_active", "is_staff")
    list_select_related = ("organisation", "official")
    list_filter = ("groups", "is_active", "is_staff")
    autocomplete_fields = ("organisation", "official")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("人员", {"fields": ("last_name", "first_name", "email", "organisation", "official")}),
        ("权限", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("时间", {"fields": ("last_login", "date_joined")}),
    )
    filter_horizontal = ("groups",)
    actions = ("unlock",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed: tuple[str, ...] = ("last_login", "date_joined")
        if not request.user.is_superuser:
            fixed += ("is_superuser",)
            if obj == request.user:
                fixed += ("is_staff", "groups")
        return fixed

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    @admin.action(description="解除登录锁定", permissions=["change"])
    def unlock(self, request: HttpRequest, accounts: QuerySet[models.User]) -> None:
        """Forget the wrong passwords typed for these accounts; whom the administrator may not change stays locked."""
        unlocked = []
        for account in accounts:
            if self.has_change_permission(request, account) and reset(username=account.username):
                self.log_change(request, account, "解除登录锁定")
                unlocked.append(account.username)
        if unlocked:
            self.message_user(request, f"已解除登录锁定：{'、'.join(unlocked)}。", messages.SUCCESS)
        else:
            self.message_user(request, "所选账号没有可以解除的登录锁定。", messages.WARNING)


@admin.register(models.Area)
class AreaAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "parent", "order", "code", "tile_row", "tile_column")
    list_filter = ("kind",)
    search_fields = ("name",)


@admin.register(models.Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "area", "tier", "is_sample")
    list_filter = ("kind", "tier", "is_sample", "area")
    list_select_related = ("area",)
    search_fields = ("name",)
    autocomplete_fields = ("parent",)


@admin.register(models.Official)
class OfficialAdmin(admin.ModelAdmin):
    list_display = ("post", "name", "organisation", "order", "is_sample")
    list_select_related = ("organisation",)
    search_fields = ("post", "name")
    autocomplete_fields = ("organisation",)


@admin.register(models.Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name", "code", "lead_department", "counts", "order")
    list_select_related = ("lead_department",)


class CategoryTargetInline(admin.TabularInline):
    model = models.CategoryTarget
    extra = 0


@admin.register(models.ActionPlan)
class ActionPlanAdmin(admin.ModelAdmin):
    list_display = ("year", "name", "document_number")
    inlines = (CategoryTargetInline,)


@admin.register(models.Enlistment)
class EnlistmentAdmin(admin.ModelAdmin):
    list_display = ("project", "action_plan", "nature", "provincial")
    list_filter = ("action_plan", "nature", "provincial", "project__category")
    list_select_related = ("project", "action_plan")
    search_fields = ("project__code", "project__name")
    autocomplete_fields = ("project",)


class TeamInline(admin.TabularInline):
    model = models.TeamMember
    extra = 0


class LiaisonGapFilter(admin.SimpleListFilter):
    """One project, one liaison leader: the gap must be easy to find."""

    title = "联系领导"
    parameter_name = "leader"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "尚未明确")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.without_leader() if self.value() == "none" else queryset


@admin.register(models.Project)
class ProjectAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "category", "area", "stage", "status", "leader_or_gap", "is_sample")
    list_filter = (LiaisonGapFilter, "category", "area", "level", "stage", "status", "is_sample")
    list_select_related = ("category", "area", "liaison_leader")
    search_fields = ("code", "name")
    autocomplete_fields = (
        "owner", "responsible_unit", "lead_department", "liaison_leader", "responsible_leader", "parent",
    )  # fmt: skip
    inlines = (TeamInline,)

    @admin.display(description="联系领导", ordering="liaison_leader")
    def leader_or_gap(self, project: models.Project) -> str:
        return str(project.liaison_leader or "尚未明确")


@admin.register(models.Contract)
class ContractAdmin(admin.ModelAdmin):
    list_display = ("project", "company", "kind", "stage", "signed_on")
    list_filter = ("kind", "stage", "company__tier")
    list_select_related = ("project", "company")
    autocomplete_fields = ("project", "company")


@admin.register(models.Talent)
class TalentAdmin(admin.ModelAdmin):
    list_display = ("field", "employer", "signed_on", "arrived_on", "full_time", "provincial_bar")
    list_select_related = ("employer",)
    autocomplete_fields = ("project", "employer")


@admin.register(models.Event)
class EventAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "starts_on", "ends_on", "area")
    list_select_related = ("area",)
    autocomplete_fields = ("projects",)


@admin.register(models.Activity)
class ActivityAdmin(admin.ModelAdmin):
    list_display = ("held_on", "kind", "title", "leader", "project")
    list_filter = ("kind",)
    list_select_related = ("leader", "project")
    autocomplete_fields = ("leader", "project", "companies")
    date_hierarchy = "held_on"


@admin.register(models.Problem)
class ProblemAdmin(admin.ModelAdmin):
    list_display = ("description", "project", "kind", "raised_on", "deadline", "closed_on")
    list_filter = ("kind", ("closed_on", admin.EmptyFieldListFilter))
    list_select_related = ("project",)
    autocomplete_fields = ("project", "leader")


@admin.register(models.MediaReport)
class MediaReportAdmin(admin.ModelAdmin):
    list_display = ("title", "level", "published_on")
    list_filter = ("level",)


@admin.register(models.Indicator)
class IndicatorAdmin(admin.ModelAdmin):
    list_display = ("name", "code", "unit")


@admin.register(models.Result)
class ResultAdmin(admin.ModelAdmin):
    list_display = ("project", "indicator", "precision", "value", "achieved_on")
    list_filter = ("indicator",)
    list_select_related = ("project", "indicator")
    autocomplete_fields = ("project",)
