from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ProjectsConfig(AppConfig):
    """WHAT is built, WHO answers for it, WHAT stands in its way."""

    name = "projects"
    verbose_name = "项目登记"

    def ready(self) -> None:
        from . import signals  # noqa: F401  # receivers register themselves once the models are loaded
        from .roles import ensure_roles  # once the models are loaded

        post_migrate.connect(ensure_roles, dispatch_uid="projects.roles")
