"""What Celery does. A task takes primitives and calls one function; each may be delivered twice without harm."""

import logging
import threading
import time

from celery import shared_task
from django.utils import timezone

from . import chasing, delivery, periods, progress
from .models import ProgressYear, RefreshRun

log = logging.getLogger(__name__)
QUIET_SECONDS = 20  # after a failed send, do not try again for so long: nobody waits twice for a broker that is away
_quiet_until = 0.0
_sending = threading.Lock()


@shared_task
def refresh_stale() -> None:
    """Count the changes that wait, then carry out the runs that somebody asked for."""
    progress.refresh_stale()
    _ask_again_for_interrupted_runs()
    for run_id in RefreshRun.objects.filter(started_at=None).order_by("id").values_list("id", flat=True):
        progress.start_run(run_id)


@shared_task
def verify_all_years() -> None:
    """Every night: remake each year that has figures, compare, repair, and keep what was found."""
    progress.refresh_stale()
    for year in ProgressYear.objects.order_by("year").values_list("year", flat=True):
        progress.start_run(progress.request_run(year, RefreshRun.Trigger.NIGHTLY).id)


@shared_task
def follow_calendar() -> None:
    """Open and expect what the day brings, light the lamps of the day, and tell everybody what it calls for."""
    periods.run_calendar(timezone.localdate())
    progress.follow_day(timezone.localdate())
    chasing.remind()


@shared_task
def deliver() -> None:
    """Send what is to leave the house."""
    delivery.deliver()


def announce() -> None:
    """Hint to a worker that rows are stale. Never raises and may fail without harm: the sweep finds the rows.

    A broker that hangs costs one second (the transport's `socket_timeout`), then nobody tries for QUIET_SECONDS.
    One thread sends at a time; the others wait for that second at most and then find it quiet.
    """
    global _quiet_until
    with _sending:
        if time.monotonic() < _quiet_until:
            return
        try:
            refresh_stale.apply_async(retry=False)
        except Exception as error:  # whatever the transport raises: the report is saved, its author must not suffer
            _quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("the broker does not answer, the sweep will catch up: %s", error)


def _ask_again_for_interrupted_runs() -> None:
    """A run whose worker was killed never ends: close it with the reason and ask for another.

    A worker that is merely slow is not harmed: both runs hold the lock of the year in turn.
    """
    long_ago = timezone.now() - RefreshRun.UNFINISHED_AFTER
    for run in RefreshRun.objects.filter(started_at__lt=long_ago, finished_at=None, error=""):
        still_open = RefreshRun.objects.filter(id=run.id, finished_at=None, error="")
        if still_open.update(error="执行计算的进程中断，已重新安排"):
            progress.request_run(run.year, run.trigger, run.requested_by)
