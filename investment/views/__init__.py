"""Find, act, answer. Every view asks for a login (the middleware sees to it); here is what they all ask first."""

import json
from collections.abc import Callable
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from projects.models import User

from ..charts import Figure, dated
from ..freshness import waiting_for_figures
from ..places import Place, UnknownMonthError, place_of


def reader(request: HttpRequest) -> User:
    """Who asks; the middleware lets nobody in who is not logged in."""
    return cast(User, request.user)


def place_asked(request: HttpRequest) -> Place | None:
    """The month in the address and what the reader sees of it; None while that is nothing. 404 for what is no month.

    Found once for each request.
    """
    found = vars(request)
    if "place" not in found:
        found["place"] = _place(request)
    return cast(Place | None, found["place"])


def _place(request: HttpRequest) -> Place | None:
    try:
        place = place_of(reader(request), request.GET.get("month"))
    except UnknownMonthError as error:
        raise Http404(str(error)) from error
    return place if place and (place.whole or place.totals) else None


def place_with_figures(request: HttpRequest) -> Place:
    """The same for charts: 404 where there is nothing to draw."""
    place = place_asked(request)
    if place is None:
        raise Http404("还没有可以绘制的数据。")
    return place


def figure(place: Place, name: str, draw: Callable[[], Figure]) -> HttpResponse:
    """A Plotly figure as JSON, drawn once for all readers of the same part of the city. `name` tells it from others."""
    fresh = place.freshness
    drawn = f"{name}-{place.key}-{fresh.as_of and fresh.as_of.timestamp()}"
    text = fresh.keep(drawn, lambda: json.dumps(dated(draw(), place), allow_nan=False))
    return HttpResponse(text, content_type="application/json")


def nothing_yet(request: HttpRequest) -> HttpResponse:
    """The page of a site, or a reader, without figures: what to do next."""
    return render(request, "nothing_yet.html", {"updating": waiting_for_figures()})
