"""The Celery application: `celery -A zjj_projects worker` and `... beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zjj_projects.settings")
app = Celery("zjj_projects")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["investment"])
