"""A page that the browser still has is not sent again: its version is known before anything is drawn.

The version (ETag) names all that a page of figures is made of: the program, the address, the day, the figures and
whether changes wait, the part of the city that is seen, what the head of the page says of the account, and the secret
that its form for logging out answers to. So the page of one account is never taken for that of another, and a new
log-in has new pages. It may stand on views that read the engine's rows and the register, and nothing else that moves.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition

from projects.models import User

from . import place_asked, reader

FOLDERS = ("investment", "projects", "zjj_projects", "templates", "static")


def _program() -> str:
    """A digest of all that pages are made with: the same in each process, another one after each upgrade."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    for folder in FOLDERS:
        for file in sorted((settings.BASE_DIR / folder).rglob("*.*")):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(file.read_bytes())
    return digest.hexdigest()


PROGRAM = _program()


def version_of(request: HttpRequest, **address: object) -> str | None:
    """The version of what the address shows to the reader; None for what must be made each time.

    That is a page with a message to the reader, one before there are figures, and the first one of a new browser.
    """
    place = place_asked(request)
    secret = request.META.get("CSRF_COOKIE")
    if settings.DEBUG or place is None or secret is None or len(get_messages(request)):
        return None
    fresh = place.freshness
    figures = (fresh.version, fresh.as_of, fresh.updating, fresh.waiting_projects, place.key, place.months)
    made_of = (PROGRAM, request.get_full_path(), timezone.localdate(), figures, secret, _account(reader(request)))
    return f'W/"{salted_hmac("page", repr(made_of)).hexdigest()}"'


def _account(user: User) -> tuple[object, ...]:
    """What the head of each page says of the account."""
    names = (str(user), str(user.official), str(user.organisation))
    return (user.pk, *names, sorted(user.role_names), user.is_staff, getattr(user, "unread_notices", 0))


def sent_once(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
    """The view, answered with 304 while its version does not move. A browser may keep it and asks each time."""
    return cache_control(private=True, no_cache=True)(condition(etag_func=version_of)(view))
