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
from ..group_sheet import reports_of_unit, sheet_of_group
from ..places import GROUPINGS, UNIT, Place
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
    """The year of one group, the worst projects first, and why. 404 for a group that the reader may not know of."""
    place = place_asked(request)
    if place is None:
        return nothing_yet(request)
    fresh = place.freshness
    parts = fresh.keep(f"group-{code}-{key}-{place.key}", lambda: _parts(_group(place, code, key)))
    return render(request, "group.html", {"place": place, "freshness": fresh, **parts})


@require_safe
def unit(request: HttpRequest, key: int) -> HttpResponse:
    """The same for a responsible unit, with its reports of the month as they stand now."""
    place = place_asked(request)
    if place is None:
        return nothing_yet(request)
    fresh = place.freshness
    parts = fresh.keep(f"group-{UNIT.code}-{key}-{place.key}", lambda: _parts(_group(place, UNIT.code, key)))
    context = {"place": place, "freshness": fresh, **parts}
    if parts["body"]:
        context["reports"] = reports_of_unit(place, key, timezone.localdate())
    return render(request, "group.html", context)


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
        "months": MonthTable(found.months, shown=found.place.month, filters=filters),
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
    curve = charts.city_curve(found.months, filters={code: key})
    return JsonResponse(charts.dated(curve, place, found.subject))


def _group(place: Place, code: str, key: int) -> rankings.Group:
    try:
        return rankings.group(place, GROUPINGS[code], key)
    except (KeyError, ObjectDoesNotExist) as error:
        raise Http404("没有这个页面，或者您没有查看的权限。") from error
