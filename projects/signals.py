"""Whatever changes the register moves its version, in the same transaction."""

from typing import Any

from django.apps import apps
from django.db.models import Q
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from .models import Event, HistoryEntry, Official, Organisation, Project, Register, User

for model in apps.get_app_config("projects").get_models():
    if model not in (User, Register, HistoryEntry):  # each log-in writes to the account; history is no register
        post_save.connect(Register.touch, sender=model)
        post_delete.connect(Register.touch, sender=model)
m2m_changed.connect(Register.touch, sender=Event.projects.through)


@receiver(post_save, sender=Organisation)
def unit_saved(instance: Organisation, created: bool, **kwargs: Any) -> None:
    """Its projects are found by its name."""
    if not created:
        Project.objects.filter(Q(owner=instance) | Q(responsible_unit=instance)).name_anew()


@receiver(post_save, sender=Official)
def leader_saved(instance: Official, created: bool, **kwargs: Any) -> None:
    """The projects that he or she follows are found by the name."""
    if not created:
        Project.objects.filter(liaison_leader=instance).name_anew()
