"""What goes along with every request."""

from collections.abc import Callable

from auditlog.context import set_actor
from django.http import HttpRequest, HttpResponse

from .accounts import client_address


def remember_who(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Whatever the request changes is written down under its account and its address.

    Not auditlog's own middleware: that believes the first address of X-Forwarded-For, which the client writes.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        with set_actor(request.user, remote_addr=client_address(request)):
            return get_response(request)

    return middleware
