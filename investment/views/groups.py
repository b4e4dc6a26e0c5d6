"""`/categories/`, `/areas/`, `/leaders/`, `/units/`: which group is ahead, which lags, and the year of one of them."""

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from .. import charts, rankings
from ..places import GROUPINGS, Place
from ..tables import MonthTable, RankingTable, WorstProjectsTable
from . import filters_asked, nothing_chosen, nothing_yet, place_with_figures

ROWS = 50  # on one page: every city's leaders, most cities' units


@require_safe
def ranking(request: HttpRequest, code: str) -> HttpResponse:
    """Which group of a kind is ahead, which lags: all that the reader sees or chooses, in one month."""
    asked = filters_asked(request)
    if asked is None:
        return nothing_yet(request)
    place = asked.narrowed
    if not place.totals:
        return nothing_chosen(request, asked)
    found = rankings.ranking(place, GROUPINGS[code])
    table = RequestConfig(request, paginate={"per_page": ROWS}).configure(RankingTable(found))
    context = {"place": place, "asked": asked, "ranking": found, "table": table, "freshness": asked.freshness}
    return render(request, "ranking.html", context)


@require_safe
def group(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """The year of one group, and its projects that lag most. 404 for a group that the reader may not know of."""
    asked = filters_asked(request)
    if asked is None:
        return nothing_yet(request)
    place = asked.narrowed
    found = _group(asked.place, code, key)
    if place.chosen:
        if not place.group_year(GROUPINGS[code], key):
            return nothing_chosen(request, asked)
        found = _group(place, code, key)
    context = {"place": place, "asked": asked, "group": found, "freshness": asked.freshness}
    if found.now:
        context["months"] = MonthTable(found.months, shown=place.month, filters={code: key}, place=place)
        context["projects"] = WorstProjectsTable(found.worst, month=place.month)
    return render(request, "group.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
def group_curve(request: HttpRequest, code: str, key: int) -> JsonResponse:
    """The cumulative curve of one group's year, as a Plotly figure; 404 where there is nothing to draw."""
    place = place_with_figures(request)
    found = _group(place, code, key)
    if not found.drawn:
        raise Http404("还没有可以绘制的数据。")
    return JsonResponse(charts.city_curve(found.months, filters={code: key}, place=place))


def _group(place: Place, code: str, key: int) -> rankings.Group:
    try:
        return rankings.group(place, GROUPINGS[code], key)
    except (KeyError, ObjectDoesNotExist) as error:
        raise Http404("没有这个页面，或者您没有查看的权限。") from error
