"""`/categories/`, `/areas/`, `/leaders/`, `/units/`: which group is ahead, which lags, and the year of one of them."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from .. import charts, rankings
from ..filters import ListedFilter
from ..group_sheet import reports_of_unit, sheet_of_group
from ..places import GROUPINGS, UNIT, Place
from ..tables import MonthTable, RankingTable, WorstProjectsTable
from . import filters_asked, nothing_chosen, nothing_yet, place_with_figures
from .unchanged import sent_once

ROWS = 50  # on one page: every city's leaders, most cities' units


@require_safe
@sent_once
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
@sent_once
def group(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """The year of one group, the worst projects first, and why. 404 for a group that the reader may not know of."""
    asked = filters_asked(request)
    if asked is None:
        return nothing_yet(request)
    parts = _kept(asked, code, key)
    if parts is None:
        return nothing_chosen(request, asked)
    context = {"place": asked.narrowed, "asked": asked, "freshness": asked.freshness, **parts}
    return render(request, "group.html", context)


@require_safe
def unit(request: HttpRequest, key: int) -> HttpResponse:
    """The same for a responsible unit, with its reports of the month as they stand now."""
    asked = filters_asked(request)
    if asked is None:
        return nothing_yet(request)
    parts = _kept(asked, UNIT.code, key)
    if parts is None:
        return nothing_chosen(request, asked)
    context = {"place": asked.narrowed, "asked": asked, "freshness": asked.freshness, **parts}
    if parts["body"]:
        context["reports"] = reports_of_unit(asked.place, key, timezone.localdate())
    return render(request, "group.html", context)


def _kept(asked: ListedFilter, code: str, key: int) -> dict[str, Any] | None:
    """The page's parts; None where the filters choose none of its projects, 404 where there is no group."""
    place = asked.narrowed
    if place.chosen:
        known = _group(asked.place, code, key)
        if not place.group_year(known.grouping, key):
            return None
    return asked.freshness.keep(f"group-{code}-{key}-{place.key}", lambda: _parts(_group(place, code, key)))


def _parts(found: rankings.Group) -> dict[str, Any]:
    """What all readers of the same part of the city read alike; no body where no project is in the group."""
    sheet = sheet_of_group(found)
    parts = {
        "code": found.grouping.code, "label": found.grouping.label, "name": str(found.subject),
        "ranking": found.ranking, "drawn": found.drawn, "lead": "", "figures": "", "body": "",
    }  # fmt: skip
    if sheet is None:
        return parts
    filters = {found.grouping.code: found.subject.pk}
    context = {
        "place": found.place, "group": found, "now": sheet.now, "sheet": sheet,
        "months": MonthTable(found.months, shown=found.place.month, filters=filters, place=found.place),
        "figure": charts.city_curve(found.months),
        "projects": WorstProjectsTable(found.worst),
    }  # fmt: skip
    rendered = {part: render_to_string(f"group_{part}.html", context) for part in ("lead", "figures", "body")}
    return {**parts, **rendered}


@require_safe
@sent_once
def group_curve(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """The cumulative curve of one group's year, as a Plotly figure; 404 where there is nothing to draw."""
    place = place_with_figures(request)
    found = _group(place, code, key)
    if not found.drawn:
        raise Http404("还没有可以绘制的数据。")
    curve = charts.city_curve(found.months, filters={code: key}, place=place)
    return JsonResponse(charts.dated(curve, place, found.subject))


def _group(place: Place, code: str, key: int) -> rankings.Group:
    try:
        return rankings.group(place, GROUPINGS[code], key)
    except (KeyError, ObjectDoesNotExist) as error:
        raise Http404("没有这个页面，或者您没有查看的权限。") from error
