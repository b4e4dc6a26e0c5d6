"""Is the site able to serve? For a load balancer, for `run_site`, and for whoever is called at night."""

import math
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection

from investment import progress

from .celery import app

PROBE_SECONDS = 0.8  # what the broker gets to answer; a frozen one must not hold the web server's threads


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer `{status, database, broker, oldest_stale_seconds}`, as JSON.

    `status` is "ok"; "degraded" while the broker is away (still 200: reports are saved and figures catch up when it
    returns, so nobody should be turned away for it); "error" with 503 when the database can't be read.
    `oldest_stale_seconds` is how long the oldest change has waited to be counted: null when none waits or unknown.
    Causes stand in the server's log, never in the answer, which needs no log-in.
    """
    body: dict[str, Any] = {"status": "ok", "database": "ok", "broker": "ok", "oldest_stale_seconds": None}
    if not broker_answers():
        body.update(status="degraded", broker="error")
    try:
        if (since := progress.oldest_stale()) is not None:
            body["oldest_stale_seconds"] = math.floor((timezone.now() - since).total_seconds())
    except DatabaseError:
        body.update(status="error", database="error")
    return JsonResponse(body, status=503 if body["database"] == "error" else 200)


def broker_answers() -> bool:
    """Whether a fresh connection to the broker is answered within PROBE_SECONDS."""
    limits = {"socket_connect_timeout": PROBE_SECONDS, "socket_timeout": PROBE_SECONDS}
    connection = Connection(app.conf.broker_url, connect_timeout=PROBE_SECONDS, transport_options=limits)
    try:
        connection.ensure_connection(max_retries=0)
    except Exception:  # each transport has errors of its own, and each of them means 'no'
        return False
    finally:
        connection.release()
    return True
