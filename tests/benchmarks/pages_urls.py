"""The site's addresses, and an empty page behind the log-in."""

from django.http import HttpResponse
from django.urls import path

from zjj_projects.urls import urlpatterns as site

urlpatterns = [path("empty/", lambda request: HttpResponse("")), *site]
