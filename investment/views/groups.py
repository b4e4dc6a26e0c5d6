"""`/categories/`, `/areas/`, `/leaders/`, `/units/`: which group is ahead, which lags, and the year of one of them."""

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from .. import charts, rankings
from ..places import GROUPINGS, Place
from ..tables import MonthTable, RankingTable, WorstProjectsTable
from . import nothing_yet, place_asked, place_with_figures
from .unchanged import sent_once

ROWS = 50  # on one page: every city's leaders, most cities' units


@require_safe
@sent_once
def ranking(request: HttpRequest, code: str) -> HttpResponse:
    """Which group of a kind is ahead, which lags: all that the reader sees, in one month."""
    place = place_asked(request)
    if place is None:
        return nothing_yet(request)
    found = rankings.ranking(place, GROUPINGS[code])
    table = RequestConfig(request, paginate={"per_page": ROWS}).configure(RankingTable(found))
    context = {"place": place, "ranking": found, "table": table, "freshness": place.freshness}
    return render(request, "ranking.html", context)


@require_safe
@sent_once
def group(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """The year of one group, and its projects that lag most. 404 for a group that the reader may not know of."""
    place = place_asked(request)
    if place is None:
        return nothing_yet(request)
    found = _group(place, code, key)
    context = {"place": place, "group": found, "freshness": place.freshness}
    if found.now:
        context["months"] = MonthTable(found.months, shown=place.month, filters={code: key})
        context["figure"] = charts.city_curve(found.months)
        context["projects"] = WorstProjectsTable(found.worst, month=place.month)
    return render(request, "group.html", context)


@require_safe
@sent_once
def group_curve(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """The cumulative curve of one group's year, as a Plotly figure; 404 where there is nothing to draw."""
    place = place_with_figures(request)
    found = _group(place, code, key)
    if not found.drawn:
        raise Http404("还没有可以绘制的数据。")
    curve = charts.city_curve(found.months, filters={code: key})
    return JsonResponse(charts.dated(curve, place, found.subject))


def _group(place: Place, code: str, key: int) -> rankings.Group:
    try:
        return rankings.group(place, GROUPINGS[code], key)
    except (KeyError, ObjectDoesNotExist) as error:
        raise Http404("没有这个页面，或者您没有查看的权限。") from error
