"""`/`: how do we stand, what lags?"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from .. import attention, charts
from ..freshness import freshness
from ..overview import categories, curve
from ..places import AREA, LEADER, Place
from ..rankings import ranking
from ..tables import MonthTable
from . import chosen_figure, nothing_yet, place_asked

LEADERS = 8  # named on the overview; the others are on their page


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """'How do we stand?': what the reader sees of the city, in one month of one year."""
    place = place_asked(request)
    if place is None:
        return nothing_yet(request)
    fresh = freshness(place.month.year)
    parts = fresh.keep(f"overview-{place.key}", lambda: _parts(place))
    return render(request, "overview.html", {"place": place, "freshness": fresh, **parts})


def _parts(place: Place) -> dict[str, str]:
    """The sentence and the body, the same for all readers of the same part of the city."""
    months = curve(place.totals, place.month)
    context: dict[str, Any] = {
        "place": place,
        "figure": charts.city_curve(months),
        "categories": categories(place),
        "attention": attention.lines(place),
        "areas": ranking(place, AREA),
        "leaders": sorted(ranking(place, LEADER).rows, key=lambda row: -row.lagging)[:LEADERS],
        "table": MonthTable(months, shown=place.month),
    }
    return {part: render_to_string(f"overview_{part}.html", context) for part in ("sentence", "body")}


@require_safe
@cache_control(private=True, no_cache=True)
def city_curve(request: HttpRequest) -> HttpResponse:
    """The cumulative curve of all that the reader sees, or of what the filters choose of it, as a Plotly figure."""
    return chosen_figure(
        request, "city-curve", lambda place: charts.city_curve(curve(place.totals, place.month), place=place)
    )


@require_safe
@cache_control(private=True, no_cache=True)
def category_bullets(request: HttpRequest) -> HttpResponse:
    """The completion of the categories, as a Plotly figure."""
    return chosen_figure(request, "categories", lambda place: charts.category_bullets(categories(place), place.month))
