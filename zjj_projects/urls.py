"""The table of contents of the site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from investment import views as investment

from . import health

urlpatterns = [
    path("", investment.overview, name="overview"),
    path("charts/city-curve.json", investment.city_curve, name="city_curve"),
    path("charts/categories.json", investment.category_bullets, name="category_bullets"),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
]
