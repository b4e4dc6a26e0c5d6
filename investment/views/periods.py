"""`/periods/`: the months of a year and how far each is; one month, which the city office opens, closes and mends."""

import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from projects import roles

from ..models import MonthlyReport, Period
from ..months import Month
from ..period_desk import period_sheet, period_year
from ..periods import close_period, open_period, reopen_report, set_days
from ..places import UnknownMonthError, month_asked
from ..reporting import NotAllowedError, ReportingError
from ..review_forms import CloseForm, DaysForm, ReopenForm
from . import reader


@require_safe
def periods(request: HttpRequest) -> HttpResponse:
    """The months of a year: their days, how many reports are how far, and which are closed."""
    wanted = request.GET.get("year", "")
    if wanted and not re.fullmatch("[0-9]{4}", wanted):
        raise Http404(f"“{wanted}”不是年份。")
    try:
        year = period_year(reader(request), int(wanted) if wanted else None)
    except Period.DoesNotExist as error:
        raise Http404(str(error)) from error
    return render(request, "periods.html", {"year": year})


@require_http_methods(["GET", "HEAD", "POST"])
def period(request: HttpRequest, month: str) -> HttpResponse:
    """One month: its steps and numbers; for the city office what it can do, and what stands in the way."""
    of_month = _month(month)
    if request.method != "POST":
        return _page(request, of_month)
    act = request.POST.get("act", "")
    if act not in ACTS or not reader(request).has_role(roles.OFFICE):
        raise Http404("没有这个操作。报告期由市发改委开放和关账。")
    found = Period.objects.filter(year=of_month.year, month=of_month.number).first()
    if found is None:
        raise Http404(f"{of_month.label}没有报告期。")
    try:
        return ACTS[act](request, found)
    except NotAllowedError as error:
        raise Http404(str(error)) from error
    except ReportingError as refused:
        return _page(request, of_month, refused=str(refused))


def _days(request: HttpRequest, found: Period) -> HttpResponse:
    """Change the five days."""
    form = DaysForm(request.POST)
    if form.is_valid():
        try:
            set_days(found, reader(request), form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return _done(request, f"已更改{found}的日期，应报月报的截止日随之更改。")
    return _page(request, found.of_month, days=form)


def _open(request: HttpRequest, found: Period) -> HttpResponse:
    """Open the month by hand."""
    number = open_period(found, reader(request))
    return _done(request, f"已开放{found}填报，新增应报月报 {number} 份。")


def _close(request: HttpRequest, found: Period) -> HttpResponse:
    """Close the month for good, with the reports named as missing that were read."""
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _page(request, found.of_month, close=form)
    missing = form.cleaned_data["missing"]
    close_period(found, reader(request), missing)
    named = f"，{len(missing)} 份列为缺报" if missing else ""
    return _done(request, f"已关账{found}{named}。")


def _reopen(request: HttpRequest, found: Period) -> HttpResponse:
    """Let one unit hand in one report after the close."""
    form, pk = ReopenForm(request.POST), request.POST.get("report", "")
    reports = MonthlyReport.objects.visible_to(reader(request)).of(found.of_month)
    report = reports.filter(pk=pk).select_related("project").first() if pk.isdecimal() else None
    if report is None:
        raise Http404("没有这份月报，或者您没有查看的权限。")
    if not form.is_valid():
        return _page(request, found.of_month, reopen=form, reopening=report.pk)
    until_on = form.cleaned_data["until_on"]
    try:
        reopen_report(report, reader(request), form.cleaned_data["reason"], until_on)
    except ReportingError as refused:
        return _page(request, found.of_month, reopen=form, reopening=report.pk, refused=str(refused))
    return _done(request, f"已开放“{report.project}”{found}补报，至 {until_on} 为止。")


def _done(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect(request.path)


def _page(request: HttpRequest, month: Month, **said: Any) -> HttpResponse:
    """The page of a month as it stands now, with what is to be said about an attempt that failed."""
    try:
        sheet = period_sheet(reader(request), month)
    except Period.DoesNotExist as error:
        raise Http404(str(error)) from error
    if sheet.changeable:
        said.setdefault("days", DaysForm(initial={name: getattr(sheet.period, name) for name in Period.DAYS}))
    if sheet.decides and sheet.period.closed_at:
        said.setdefault("reopen", ReopenForm())
    return render(request, "period.html", {"sheet": sheet, **said})


def _month(text: str) -> Month:
    try:
        return month_asked(text)
    except UnknownMonthError as error:
        raise Http404(str(error)) from error


ACTS = {"days": _days, "open": _open, "close": _close, "reopen": _reopen}
