from django.apps import AppConfig
from django.db.models.signals import post_migrate


class InvestmentConfig(AppConfig):
    """HOW MUCH was planned and invested, WHEN, and what that means."""

    name = "investment"
    verbose_name = "计划与投资"

    def ready(self) -> None:
        # Once the models are loaded; history and signals register themselves.
        from . import guards, history, signals  # noqa: F401  # as said above

        post_migrate.connect(guards.install, sender=self, dispatch_uid="investment.guards")
