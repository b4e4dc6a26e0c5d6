"""`/computed/`: how did this figure come about? And, one page each, the reports, plans and projects it is made of."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..computed import FIGURES, Computed, Subject, UnknownSubjectError, subject_of
from ..computed_tables import CountedProjectTable, CountedReportTable, RevisedPlanTable
from ..freshness import freshness
from ..places import Place
from . import nothing_yet, place_asked

PARTS: dict[str, tuple[type[Any], Any]] = {
    "reports": (CountedReportTable, lambda subject: subject.counted()),
    "corrected": (CountedReportTable, lambda subject: subject.counted(corrected=True)),
    "revised": (RevisedPlanTable, lambda subject: subject.revised),
    "unplanned": (CountedProjectTable, lambda subject: subject.unplanned.select_related("project")),
    "silent": (CountedProjectTable, lambda subject: subject.silent.select_related("project")),
}


@require_safe
def computed(request: HttpRequest) -> HttpResponse:
    """The formula of a figure with its very numbers, and what they come from."""
    place = place_asked(request)
    if place is None:
        return nothing_yet(request)
    context = _asked(request, place)
    context["figures"] = FIGURES.values()
    context["sees_runs"] = request.user.is_staff and request.user.has_perm("investment.view_refreshrun")
    return render(request, "computed.html", context)


@require_safe
def computed_part(request: HttpRequest, part: str) -> HttpResponse:
    """All that one part of a figure is made of. 404 for what is no part."""
    place = place_asked(request)
    if place is None:
        return nothing_yet(request)
    if part not in PARTS:
        raise Http404("没有这个页面。")
    context = _asked(request, place)
    table, rows = PARTS[part]
    context |= {"part": part, "table": table(rows(context["subject"]), request.GET.get("page"), place.month)}
    return render(request, "computed_part.html", context)


def _asked(request: HttpRequest, place: Place) -> dict[str, Any]:
    figure = FIGURES.get(request.GET.get("figure", "rate"))
    if figure is None:
        raise Http404("没有这个数字的说明。")
    subject = _subject(request, place)
    found = Computed(subject, figure)
    return {"place": place, "subject": subject, "computed": found, "freshness": freshness(place.month.year)}


def _subject(request: HttpRequest, place: Place) -> Subject:
    try:
        return subject_of(place, request.GET.dict())
    except UnknownSubjectError as error:
        raise Http404("没有这个项目或分组，或者您没有查看的权限。") from error
