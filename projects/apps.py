from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ProjectsConfig(AppConfig):
    """WHAT is built, WHO answers for it, WHAT stands in its way."""

    name = "projects"
    verbose_name = "项目登记"

    def ready(self) -> None:
        from . import (  # both register themselves once the models are loaded
            guards,
            history,  # noqa: F401
            signals,  # noqa: F401
        )
        from .roles import ensure_roles  # once the models are loaded

        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="projects.roles")
        post_migrate.connect(guards.install, sender=self, dispatch_uid="projects.guards")
