"""`/lamps/`: by which rules are the lamps lit? The city office tries others and adopts them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ..freshness import freshness
from ..lamp_adoption import Trial, adopt_rules, try_rules
from ..lamp_desk import LampDesk, lamp_desk
from ..lamp_forms import RulesFormSet, rules_form
from ..places import UnknownMonthError, month_asked, place_of
from ..reporting import ReportingError
from . import nothing_yet, reader

ACTS = ("preview", "adopt")


@require_http_methods(["GET", "HEAD", "POST"])
def lamps(request: HttpRequest) -> HttpResponse:
    """The rules in force and the lamps of a month, for whoever sees the city; for the office, to be changed."""
    if not reader(request).sees_city:
        raise Http404("亮灯规则由市发改委制定。")
    act = request.POST.get("act", "")
    desk = _desk(request)
    if request.method == "POST" and (act not in ACTS or desk is None or not desk.may_change):
        raise Http404("没有这个操作。亮灯规则由市发改委更改。")
    if desk is None:
        return nothing_yet(request)
    if request.method != "POST":
        return _page(request, desk, rules_form(desk.rules), read=desk.version)
    return _answer(request, desk, act)


def _answer(request: HttpRequest, desk: LampDesk, act: str) -> HttpResponse:
    form, read = rules_form(desk.rules, request.POST), request.POST.get("version", "")
    if not form.is_valid():
        return _page(request, desk, form, read=read)
    if act == "preview":
        return _page(request, desk, form, read=read, trial=try_rules(desk.place, form.rules))
    try:
        adopted = adopt_rules(desk.year, reader(request), int(read) if read.isdecimal() else -1, form.rules)
    except ReportingError as refused:
        return _page(request, desk, form, read=desk.version, refused=str(refused))
    messages.success(request, f"已采用{adopted}。未关账的月份正在重新亮灯，已关账的月份不变。")
    return redirect(f"{reverse('lamps')}?month={desk.place.month}")


def _page(
    request: HttpRequest,
    desk: LampDesk,
    form: RulesFormSet,
    *,
    read: Any,
    trial: Trial | None = None,
    refused: str = "",
) -> HttpResponse:
    context = {
        "desk": desk,
        "place": desk.place,
        "form": form,
        "version_read": read,
        "trial": trial,
        "refused": refused,
        "freshness": freshness(desk.year),
    }
    return render(request, "lamps.html", context, status=422 if refused or (form.is_bound and not trial) else 200)


def _desk(request: HttpRequest) -> LampDesk | None:
    """The desk of the year or month asked for; None while nothing has figures. 404 for what has none."""
    place = place_of(reader(request), None)
    if place is None:
        return None
    year, month = request.GET.get("year", ""), request.GET.get("month")
    try:
        desk = lamp_desk(place, int(year) if year.isdecimal() else None, month_asked(month) if month else None)
    except UnknownMonthError as error:
        raise Http404(str(error)) from error
    if desk is None or (year and not year.isdecimal()):
        raise Http404("没有这一年或这个月的数据。")
    return desk
