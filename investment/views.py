"""Find, act, answer. Every view asks for a login (the middleware sees to it)."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from projects.models import User

from . import charts
from .overview import (
    CityMonth,
    Standing,
    UnknownMonthError,
    categories,
    city_month,
    curve,
    freshness,
    waiting_for_figures,
)
from .tables import MonthTable


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """'How do we stand?': the city in one month of one year."""
    place = _place(request)
    if place is None:
        return render(request, "overview_empty.html", {"updating": waiting_for_figures()})
    context = {
        "place": place,
        "standing": Standing(place),
        "categories": categories(place),
        "table": MonthTable(curve(place), shown=place.month),
        "freshness": freshness(place.month.year),
    }
    return render(request, "overview.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
def city_curve(request: HttpRequest) -> JsonResponse:
    """The cumulative curve of the city, as a Plotly figure."""
    return JsonResponse(charts.city_curve(curve(_place_with_figures(request))))


@require_safe
@cache_control(private=True, no_cache=True)
def category_bullets(request: HttpRequest) -> JsonResponse:
    """The completion of the categories, as a Plotly figure."""
    return JsonResponse(charts.category_bullets(categories(_place_with_figures(request))))


def _place(request: HttpRequest) -> CityMonth | None:
    try:
        user = cast(User, request.user)  # the middleware lets nobody else in
        return city_month(user, request.GET.get("month"))
    except UnknownMonthError as error:
        raise Http404(str(error)) from error


def _place_with_figures(request: HttpRequest) -> CityMonth:
    place = _place(request)
    if place is None:
        raise Http404("还没有可以绘制的数据。")
    return place
