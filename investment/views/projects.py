"""`/projects/`: the list with its filters, and the page of one project."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .. import charts, project_charts
from ..filters import ListedFilter, RegisterFilter
from ..freshness import Freshness, freshness
from ..history_search import latest_of, may_search
from ..places import Place
from ..project_file import ProjectFile, project_seen
from ..project_list import name_gaps, sums
from ..project_tables import UnlistedTable, listed_table
from . import nothing_yet, place_asked, reader
from .cadence import span_asked
from .unchanged import sent_once


@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    """'Which projects are these, and what do they add up to?': those of the year, or with `?listed=no` the others."""
    place = place_asked(request)
    if place is None:
        return nothing_yet(request)
    fresh = freshness(place.month.year)
    found = _unlisted if request.GET.get("listed") == "no" else _listed
    return render(request, "projects.html", {"place": place, "freshness": fresh, **found(request, place, fresh)})


def _listed(request: HttpRequest, place: Place, fresh: Freshness) -> dict[str, object]:
    wanted = request.GET
    asked = ListedFilter(wanted, place, fresh)
    total = sums(asked)
    count = total.figures.projects if total else 0
    rows = asked.rows.select_related("now", "category", "area", "liaison_leader")
    review = span_asked(request, asked.narrowed)
    table = listed_table(rows, wanted, count, review)
    name_gaps(place, table.projects)
    others = fresh.keep(f"unlisted-{place.key}", place.unlisted.count)
    context: dict[str, object] = {
        "asked": asked,
        "total": total,
        "count": count,
        "table": table,
        "others": others,
        "review": review,
    }
    if review and total:
        context["done"] = fresh.keep(f"span-{review.cadence.code}-{review.place.key}", lambda: review.done)
    return context


def _unlisted(request: HttpRequest, place: Place, fresh: Freshness) -> dict[str, object]:
    wanted = request.GET
    asked = RegisterFilter(wanted, place, fresh)
    count = asked.rows.count()
    rows = asked.rows.select_related("category", "area", "liaison_leader")
    return {"asked": asked, "count": count, "unlisted": True, "table": UnlistedTable(rows, wanted, count)}


@require_safe
def project(request: HttpRequest, pk: int) -> HttpResponse:
    """'What is this, where does it stand, what is in its way?': one project."""
    file = _file(request, pk)
    user = file.user
    context = {"file": file, "project": file.project, "place": file.place, "year": file.year}
    context |= {"history": latest_of(file.project, user), "searches_history": may_search(user)}
    if file.year:
        context["figure"] = project_charts.project_year(file.year.months)
    if file.place:
        context["freshness"] = freshness(file.place.month.year)
    return render(request, "project.html", context)


@require_safe
@sent_once
def project_year(request: HttpRequest, pk: int) -> JsonResponse:
    """The project's year month by month, as a Plotly figure; 404 where it has none."""
    file = _file(request, pk)
    if file.year is None or file.place is None:
        raise Http404("这个项目当年没有可以绘制的数据。")
    return JsonResponse(charts.dated(project_charts.project_year(file.year.months), file.place, file.project))


def _file(request: HttpRequest, pk: int) -> ProjectFile:
    found = project_seen(reader(request), pk)
    if found is None:
        raise Http404("没有这个项目，或者您没有查看的权限。")
    return ProjectFile(found, reader(request), place_asked(request))
