"""How an account is found for a request, and what happens to whoever types wrong passwords."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from .models import User


class AccountBackend(ModelBackend):
    """Django's own check of name and password; an account comes with what every page asks of it, in one query."""

    def accounts(self) -> QuerySet[User]:
        return User.objects.select_related("organisation__area__parent", "official")

    def get_user(self, user_id: Any) -> User | None:
        found = self.accounts().filter(pk=user_id).first()
        return found if found and self.user_can_authenticate(found) else None


def client_address(request: HttpRequest) -> str | None:
    """The address that failed logins are counted under; None where the server knows none.

    Behind a proxy (HTTPS=true) it is the last entry of X-Forwarded-For: the one that our own proxy added. Whatever
    stands before it was sent by the client, who could write a new one for every attempt.
    """
    direct = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.HTTPS else ""
    for found in (forwarded.rpartition(",")[2].strip(), direct):
        try:
            return str(ip_address(found))
        except ValueError:
            continue
    return None


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The page for an account that is locked out: how long, and whom to ask. Answers 429."""
    username = (credentials or {}).get("username", "")
    remaining = _remaining(username, client_address(request))
    context = {"username": username, "minutes": -(-remaining // timedelta(minutes=1))}
    answer = render(request, "registration/locked.html", context, status=429)
    answer["Retry-After"] = str(int(remaining.total_seconds()))
    return answer


def _remaining(username: str, address: str | None) -> timedelta:
    """How long the lock holds at most: until the last failure that was counted is older than the cool-off."""
    failures = AccessAttempt.objects.filter(username=username, ip_address=address)
    latest = failures.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    return latest + cool_off - timezone.now() if latest else cool_off
