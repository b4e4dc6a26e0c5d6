"""The house: settings, addresses, Celery, and the command that runs everything."""

from .celery import app as celery_app

__all__ = ["celery_app"]
