from django.apps import AppConfig


class InvestmentConfig(AppConfig):
    """HOW MUCH was planned and invested, WHEN, and what that means."""

    name = "investment"
    verbose_name = "计划与投资"

    def ready(self) -> None:
        from . import history, signals  # noqa: F401  # both register themselves once the models are loaded
