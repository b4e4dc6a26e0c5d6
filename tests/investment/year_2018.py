"""The year 2018 for a whole test module: loaded once, rolled back at its end."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import transaction

from investment.year_2018.loading import load_2018

PASSWORD = "demo-password"


@contextmanager
def loaded_year(django_db_blocker) -> Iterator[None]:
    """Each test's own changes are rolled back by `db`, inside the transaction that is held open here."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_2018(PASSWORD)
        yield
        transaction.set_rollback(True)


def all_rows() -> dict[str, list[dict]]:
    """Every row of our two apps, by model."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for label in ("projects", "investment")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    }
