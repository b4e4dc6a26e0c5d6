"""The table of contents of the site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeDoneView, PasswordChangeView
from django.urls import path

from investment.views import changes, groups, month, overview, photos, projects, reports

from . import health

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("categories/", groups.ranking, {"code": "category"}, name="categories"),
    path("categories/<int:key>/", groups.group, {"code": "category"}, name="category"),
    path("areas/", groups.ranking, {"code": "area"}, name="areas"),
    path("areas/<int:key>/", groups.group, {"code": "area"}, name="area"),
    path("leaders/", groups.ranking, {"code": "leader"}, name="leaders"),
    path("leaders/<int:key>/", groups.group, {"code": "leader"}, name="leader"),
    path("units/", groups.ranking, {"code": "unit"}, name="units"),
    path("units/<int:key>/", groups.group, {"code": "unit"}, name="unit"),
    path("projects/", projects.project_list, name="projects"),
    path("projects/<int:pk>/", projects.project, name="project"),
    path("reports/", reports.report_list, name="reports"),
    path("reports/flash/", reports.flash, name="flash"),
    path("reports/<int:project>/<str:month>/", reports.report, name="report"),
    path("reports/<int:project>/<str:month>/photos/", photos.photo_add, name="photo_add"),
    path("photos/<int:pk>.jpg", photos.photo, name="photo"),
    path("photos/<int:pk>/remove/", photos.photo_remove, name="photo_remove"),
    path("month/", month.month, name="month"),
    path("month/cell/", month.month_cell, name="month_cell"),
    path("month/paste/", month.month_paste, name="month_paste"),
    path("month/submit/", month.month_submit, name="month_submit"),
    path("month/<int:project>/<str:month>/", month.month_side, name="month_side"),
    path("reports/<int:project>/<str:month>/correct/", changes.correction_new, name="correction_new"),
    path("corrections/", changes.correction_list, name="corrections"),
    path("corrections/<int:pk>/", changes.correction, name="correction"),
    path("projects/<int:pk>/plan-change/", changes.plan_change_new, name="plan_change_new"),
    path("plan-changes/", changes.plan_change_list, name="plan_changes"),
    path("plan-changes/<int:pk>/", changes.plan_change, name="plan_change"),
    path("changes/", changes.changed, name="changed"),
    path("charts/city-curve.json", overview.city_curve, name="city_curve"),
    path("charts/categories.json", overview.category_bullets, name="category_bullets"),
    path("charts/projects/<int:pk>.json", projects.project_year, name="project_year"),
    path("charts/<slug:code>/<int:key>.json", groups.group_curve, name="group_curve"),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password/", PasswordChangeView.as_view(), name="password_change"),
    path("accounts/password/done/", PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
]
