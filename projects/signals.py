"""Whatever changes the register moves its version, in the same transaction."""

from django.apps import apps
from django.db.models.signals import m2m_changed, post_delete, post_save

from .models import Event, HistoryEntry, Register, User

for model in apps.get_app_config("projects").get_models():
    if model not in (User, Register, HistoryEntry):  # each log-in writes to the account; history is no register
        post_save.connect(Register.touch, sender=model)
        post_delete.connect(Register.touch, sender=model)
m2m_changed.connect(Register.touch, sender=Event.projects.through)
