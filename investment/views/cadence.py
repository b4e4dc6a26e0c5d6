"""`/cadence/`: what was done in the month, quarter, half-year or year, more or less than before and a year ago?"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from ..cadence import Comparison, Review
from ..cadence_charts import compared
from ..months import CADENCES, Cadence
from ..places import AREA, Place
from . import figure, filters_asked, nothing_chosen, nothing_yet, place_with_figures
from .unchanged import sent_once


@require_safe
@sent_once
def cadence(request: HttpRequest) -> HttpResponse:
    """The span of the month shown, beside the one before and the same one a year ago. 404 for what is no cadence."""
    asked = filters_asked(request)
    if asked is None:
        return nothing_yet(request)
    place, fresh = asked.narrowed, asked.freshness
    if not place.totals:
        return nothing_chosen(request, asked)
    review = review_asked(request, place)
    parts = fresh.keep(f"cadence-{review.cadence.code}-{place.key}", lambda: _parts(review))
    context = {"place": place, "asked": asked, "freshness": fresh, "cadences": CADENCES.values(), "review": review}
    return render(request, "cadence.html", {**context, **parts})


def _parts(review: Review) -> dict[str, str]:
    """The sentence and the body, the same for all readers of the same part of the city."""
    context: dict[str, Any] = {"place": review.place, "review": review, "drawn": _drawn(review)}
    return {part: render_to_string(f"cadence_{part}.html", context) for part in ("sentence", "body")}


@require_safe
@sent_once
def cadence_chart(request: HttpRequest) -> HttpResponse:
    """The areas of the first comparison that there is, as a Plotly figure; 404 where there is none."""
    place = place_with_figures(request)
    review = review_asked(request, place)
    if _drawn(review) is None:
        raise Http404("没有可以比较的数据。")
    return figure(place, f"cadence-chart-{review.cadence.code}", lambda: compared(_areas(review)))


def review_asked(request: HttpRequest, place: Place) -> Review:
    """By the cadence in the address, quarters by default. 404 for what is no cadence."""
    return Review(place, _cadence(request.GET.get("by", "quarter")))


def span_asked(request: HttpRequest, place: Place) -> Review | None:
    """The same for a list, which by default is of no span."""
    by = request.GET.get("by", "")
    return Review(place, _cadence(by)) if by else None


def _cadence(code: str) -> Cadence:
    if code not in CADENCES:
        raise Http404("没有这种周期。可以按月、按季、按半年、按年查看。")
    return CADENCES[code]


def _drawn(review: Review) -> Comparison | None:
    """The comparison that is drawn: the first with an amount on both sides."""
    return next((each for each in review.comparisons if each.total and each.total.change is not None), None)


def _areas(review: Review) -> Any:
    drawn = _drawn(review)
    return next((lines for grouping, lines in drawn.groups if grouping == AREA), []) if drawn else []
