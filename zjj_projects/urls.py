"""The table of contents of the site."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView, PasswordChangeDoneView, PasswordChangeView
from django.urls import path

from investment.views import changes, completeness, groups, history, notices, overview, periods, projects, reports, todo

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
    path("reports/bulk/", reports.reports_bulk, name="reports_bulk"),
    path("reports/flash/", reports.flash, name="flash"),
    path("reports/<int:project>/<str:month>/", reports.report, name="report"),
    path("reports/<int:project>/<str:month>/correct/", changes.correction_new, name="correction_new"),
    path("corrections/", changes.correction_list, name="corrections"),
    path("corrections/<int:pk>/", changes.correction, name="correction"),
    path("projects/<int:pk>/plan-change/", changes.plan_change_new, name="plan_change_new"),
    path("plan-changes/", changes.plan_change_list, name="plan_changes"),
    path("plan-changes/<int:pk>/", changes.plan_change, name="plan_change"),
    path("changes/", changes.changed, name="changed"),
    path("history/", history.history, name="history"),
    path("history/export.csv", history.history_csv, name="history_csv"),
    path("completeness/", completeness.completeness, name="completeness"),
    path("todo/", todo.todo, name="todo"),
    path("inbox/", notices.inbox, name="inbox"),
    path("inbox/<int:pk>/", notices.notice, name="notice"),
    path("inbox/read/", notices.inbox_read, name="inbox_read"),
    path("inbox/log/", notices.inbox_log, name="inbox_log"),
    path("urge/", notices.urge, name="urge"),
    path("periods/", periods.periods, name="periods"),
    path("periods/<str:month>/", periods.period, name="period"),
    path("charts/city-curve.json", overview.city_curve, name="city_curve"),
    path("charts/categories.json", overview.category_bullets, name="category_bullets"),
    path("charts/projects/<int:pk>.json", projects.project_year, name="project_year"),
    path("charts/<slug:code>/<int:key>.json", groups.group_curve, name="group_curve"),
    path("accounts/login/", todo.Entrance.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password/", PasswordChangeView.as_view(), name="password_change"),
    path("accounts/password/done/", PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
]
