"""`/map/`: where does it lag? The areas where they lie; `/map/boundaries/`: their official outlines."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_safe

from projects import roles
from projects.models import Area, AreaShape

from ..boundaries import Looked, load_boundaries, look_into, remove_boundaries
from ..freshness import freshness
from ..map_forms import BoundariesForm, ConfirmForm, chosen_areas
from ..outlines import OutlineError, drawing
from ..places import Place, city_of
from ..tiles import MEASURES, Measure, city_map, measure_of
from . import nothing_yet, place_asked, reader


@require_safe
def map(request: HttpRequest) -> HttpResponse:
    """The areas that the reader sees, coloured by lamp or by the measure asked for, and the same as a table."""
    measure = measure_of(request.GET.get("measure", MEASURES[0].code))
    if measure is None:
        raise Http404("没有这个指标。")
    place = place_asked(request)
    if place is None:
        return nothing_yet(request)
    fresh = freshness(place.month.year)
    parts = fresh.keep(f"map-{measure.code}-{place.key}", lambda: _parts(place, measure))
    context = {"place": place, "measure": measure, "measures": MEASURES, "freshness": fresh, **parts}
    return render(request, "map.html", context | {"loads": reader(request).has_role(roles.OFFICE)})


def _parts(place: Place, measure: Measure) -> dict[str, str]:
    """The sentence, the map and the table, the same for all readers of the same part of the city."""
    context = {"place": place, "map": city_map(place, measure)}
    return {part: render_to_string(f"map_{part}.html", context) for part in ("sentence", "body")}


@require_http_methods(["GET", "HEAD", "POST"])
def boundaries(request: HttpRequest) -> HttpResponse:
    """Where the city office loads the official outlines: choose a file, confirm what it holds, take all away."""
    city = city_of(reader(request))
    if city is None or not reader(request).has_role(roles.OFFICE):
        raise Http404("边界由市发改委装入。")
    act = ACTS.get(request.POST.get("act", "")) if request.method == "POST" else _page
    if act is None:
        raise Http404("没有这个操作。")
    return act(request, city)


def _look(request: HttpRequest, city: Area) -> HttpResponse:
    """Look into the chosen file and show what was found."""
    form = BoundariesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, city, form=form)
    try:
        looked = look_into(city, form.cleaned_data["file"])
    except OutlineError as refused:
        form.add_error("file", str(refused))
        return _page(request, city, form=form)
    return _page(request, city, form=form, looked=looked, confirm=ConfirmForm(looked), preview=_preview(looked))


def _preview(looked: Looked) -> dict[str, Any]:
    """The shapes of the file as they would be drawn, each with the number that the table gives it."""
    drawn = drawing([shape.outline for shape in looked.shapes])
    shapes = zip(looked.shapes, drawn.paths, drawn.labels, strict=True)
    return {
        "drawing": drawn,
        "shapes": [{"shape": shape, "path": path, "x": x, "y": y} for shape, path, (x, y) in shapes],
    }


def _load(request: HttpRequest, city: Area) -> HttpResponse:
    """Put the confirmed outlines on the map."""
    try:
        loaded = load_boundaries(city, request.POST.get("token", ""), chosen_areas(request.POST), reader(request))
    except OutlineError as refused:
        return _page(request, city, refused=str(refused))
    messages.success(request, f"已装入 {len(loaded)} 个地区的边界，地图按边界绘制。")
    return redirect("map")


def _remove(request: HttpRequest, city: Area) -> HttpResponse:
    """Go back to tiles."""
    number = remove_boundaries(city)
    messages.success(request, f"已移除 {number} 个地区的边界，地图恢复为示意图。")
    return redirect("boundaries")


def _page(request: HttpRequest, city: Area, **said: Any) -> HttpResponse:
    """The page as it stands now, with what is to be said about a file."""
    shapes = AreaShape.objects.filter(area__parent=city).select_related("area", "loaded_by").order_by("area__order")
    return render(request, "boundaries.html", {"form": BoundariesForm(), "city": city, "shapes": shapes, **said})


ACTS = {"look": _look, "load": _load, "remove": _remove}
