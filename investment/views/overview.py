"""`/`: how do we stand, what lags?"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from .. import attention, charts
from ..lamps import in_words
from ..news import news
from ..overview import categories, city_year
from ..places import AREA, LEADER, UNIT, Place
from ..rankings import ranking
from ..tables import MonthTable
from ..tiles import city_map
from . import chosen_figure, nothing_yet, place_asked
from .unchanged import sent_once

NAMED = 4  # lowest and as many highest leaders and units on the overview; the others are on their pages


@require_safe
@sent_once
def overview(request: HttpRequest) -> HttpResponse:
    """'How do we stand?': what the reader sees of the city, in one month of one year."""
    place = place_asked(request)
    if place is None:
        return nothing_yet(request)
    fresh = place.freshness
    parts = fresh.keep(f"overview-{place.key}", lambda: _parts(place))
    return render(request, "overview.html", {"place": place, "freshness": fresh, **parts})


def _parts(place: Place) -> dict[str, str]:
    """The sentence and the body, the same for all readers of the same part of the city."""
    months, areas = city_year(place), ranking(place, AREA)
    context: dict[str, Any] = {
        "place": place,
        "figure": charts.city_curve(months),
        "categories": categories(place),
        "attention": attention.lines(place),
        "areas": areas,
        "map": city_map(place, ranked=areas),
        "news": news(place),
        "leaders": ranking(place, LEADER).extremes(NAMED),
        "units": ranking(place, UNIT).extremes(NAMED),
        "table": MonthTable(months, shown=place.month),
        "lamps_in_words": in_words(place.rules),
    }
    return {part: render_to_string(f"overview_{part}.html", context) for part in ("sentence", "body")}


@require_safe
@sent_once
def city_curve(request: HttpRequest) -> HttpResponse:
    """The cumulative curve of all that the reader sees, or of what the filters choose of it, as a Plotly figure."""
    return chosen_figure(request, "city-curve", lambda place: charts.city_curve(city_year(place), place=place))


@require_safe
@sent_once
def category_bullets(request: HttpRequest) -> HttpResponse:
    """The completion of the categories, as a Plotly figure."""
    return chosen_figure(request, "categories", lambda place: charts.category_bullets(categories(place), place.month))
