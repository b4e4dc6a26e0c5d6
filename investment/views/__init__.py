"""Find, act, answer. Every view asks for a login (the middleware sees to it); here is what they all ask first."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from projects.models import User

from ..charts import Figure, dated
from ..filters import ListedFilter
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
        place = place_of(reader(request), request.GET.get("month"), request.GET.get("year"))
    except UnknownMonthError as error:
        raise Http404(str(error)) from error
    return place if place and (place.whole or place.totals) else None


def filters_asked(request: HttpRequest) -> ListedFilter | None:
    """The filters in the address over `place_asked`; `narrowed` is the place that they choose."""
    place = place_asked(request)
    return ListedFilter(request.GET, place, place.freshness) if place else None


def filters_with_figures(request: HttpRequest) -> ListedFilter:
    """The same for charts and workbooks: 404 where the filters are unknown or choose nothing."""
    asked = filters_asked(request)
    if asked is None:
        raise Http404("还没有可以绘制的数据。")
    if not asked.chips:
        return asked
    if not asked.is_valid():
        raise Http404("有的条件无法识别，或者您没有查看的权限。")
    if not asked.narrowed.totals:
        raise Http404("没有同时符合这些条件的项目。")
    return asked


def place_with_figures(request: HttpRequest) -> Place:
    """What the filters choose, for charts: 404 where there is nothing to draw."""
    return filters_with_figures(request).narrowed


def figure(place: Place, name: str, draw: Callable[[], Figure]) -> HttpResponse:
    """A Plotly figure as JSON, drawn once for all readers of the same part of the city. `name` tells it from others."""
    fresh = place.freshness
    drawn = f"{name}-{place.key}-{fresh.as_of and fresh.as_of.timestamp()}"
    text = fresh.keep(drawn, lambda: json.dumps(dated(draw(), place), allow_nan=False))
    return HttpResponse(text, content_type="application/json")


def chosen_figure(request: HttpRequest, name: str, draw: Callable[[Place], Figure]) -> HttpResponse:
    """The figure of what the filters choose. It is kept by their words, so that these are read once.

    404 where they are unknown or choose nothing, and where there is nothing to draw.
    """
    place = place_asked(request)
    if place is None:
        raise Http404("还没有可以绘制的数据。")
    words = [(each, request.GET[each]) for each in ListedFilter.base_filters if request.GET.get(each)]
    if not words:
        return figure(place, name, lambda: draw(place))
    digest = sha256(repr(words).encode()).hexdigest()
    return figure(place, f"{name}-{digest}", lambda: draw(place_with_figures(request)))


def nothing_chosen(request: HttpRequest, asked: ListedFilter) -> HttpResponse:
    """The page of filters that are unknown or choose no project: which of them to take off."""
    context = {"place": asked.narrowed, "asked": asked, "freshness": asked.freshness}
    return render(request, "filters_none.html", context)


def nothing_yet(request: HttpRequest) -> HttpResponse:
    """The page of a site, or a reader, without figures: what to do next."""
    return render(request, "nothing_yet.html", {"updating": waiting_for_figures()})
