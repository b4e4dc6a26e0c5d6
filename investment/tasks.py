"""What Celery does. A task takes primitives and calls one function; each may be delivered twice without harm."""

import logging
import time

from celery import shared_task
from kombu.exceptions import OperationalError

from . import progress
from .models import ProgressYear, RefreshRun

log = logging.getLogger(__name__)
QUIET_SECONDS = 20  # after a failed send, do not try again for so long: nobody waits twice for a broker that is away
_quiet_until = 0.0


@shared_task
def refresh_stale() -> None:
    """Count the changes that wait, then carry out the runs that somebody asked for."""
    progress.refresh_stale()
    for run_id in RefreshRun.objects.filter(started_at=None).order_by("id").values_list("id", flat=True):
        progress.start_run(run_id)


@shared_task
def verify_all_years() -> None:
    """Every night: remake each year that has figures, compare, repair, and keep what was found."""
    progress.refresh_stale()
    for year in ProgressYear.objects.order_by("year").values_list("year", flat=True):
        progress.start_run(progress.request_run(year, RefreshRun.Trigger.NIGHTLY).id)


def announce() -> None:
    """Hint to a worker that rows are stale. May fail without harm: the sweep finds the rows within a minute."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        refresh_stale.apply_async(retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning("the broker does not answer, the sweep will catch up: %s", error)
