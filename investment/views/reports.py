"""`/reports/`: what a unit still owes, what a reviewer has to look at, and one report to fill or to review."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from projects import roles
from projects.models import Project, User

from .. import reporting
from ..background import background_of
from ..flash import flash_place, flash_rows, flash_total
from ..forms import ReportForm, ReviewForm, first_stage, typed_in
from ..freshness import freshness
from ..models import LostUpdateError, MonthlyReport, Period
from ..months import Month
from ..places import AREA, CATEGORY, UnknownMonthError, month_asked
from ..plausibility import Background
from ..report_desk import Desk, desk_of
from ..report_sheet import Sheet, answering, sheet_of
from ..report_tables import FlashTable, ReportTable
from ..reporting import AlreadyDoneError, NotAllowedError, ReasonNeededError, ReportingError
from . import reader

REVIEWS = {"pass": reporting.pass_report, "approve": reporting.approve_report}
DONE = {
    "pass": "已初审通过，等待市发改委审定",
    "approve": "已审定，即将计入正式数据",
    "return": "已退回，填报单位会看到原因",
}
UNKNOWN_PROJECT = "没有这个项目，或者您没有查看的权限。"


@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    """The month's reports: to be filled, to be reviewed, or to be read, as the account's role has it."""
    desk = _desk_asked(request)
    if desk is None:
        return render(request, "reports_none.html")
    state = request.GET.get("state", "")
    if state and state not in desk.counts:
        raise Http404(f"没有“{state}”这种状态的月报。")
    context = {
        "desk": desk,
        "state": state,
        "table": ReportTable(desk.rows(state), request.GET.get("page")),
        "freshness": freshness(desk.month.year),
    }
    return render(request, "reports.html", context)


@require_safe
def flash(request: HttpRequest) -> HttpResponse:
    """The 快报: approved figures and, apart from them, what is handed in and not approved yet."""
    desk = _desk_asked(request)
    place = flash_place(desk.user, desk.month) if desk else None
    total = flash_total(place) if place else None
    if desk is None or place is None or total is None:
        return render(request, "reports_none.html", {"desk": desk})
    context = {
        "desk": desk,
        "name": place.name,
        "total": total,
        "tables": [FlashTable(each.label, [*flash_rows(place, each), total]) for each in (CATEGORY, AREA)],
        "now": timezone.now(),
        "freshness": freshness(desk.month.year),
    }
    return render(request, "flash.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, project: int, month: str) -> HttpResponse:
    """One report: a form for whoever types it, figures and two buttons for whoever reviews it, figures for others."""
    of_month = _month(month)
    if request.method != "POST":
        return _page(request, project, of_month)
    known = _answering(reader(request), project)
    act = request.POST.get("act", "")
    try:
        if act in ("save", "submit"):
            return _write(request, known, of_month, submitting=act == "submit")
        if act in REVIEWS or act == "return":
            return _review(request, known, of_month, act)
    except NotAllowedError as error:
        raise Http404(str(error)) from error
    raise Http404("没有这个操作。请返回月报页面，用页面上的按钮操作。")


def _write(request: HttpRequest, project: Any, month: Month, *, submitting: bool) -> HttpResponse:
    """Save or submit what the unit typed. Whatever stands in the way, the page comes back with all of it."""
    user = reader(request)
    if not project.typed:
        raise reporting.not_a_typist(project)
    report, background = reporting.report_of(project, month), background_of(project.pk, month)
    form = _typed_form(request.POST, report, background, submitting=submitting)
    if not form.is_valid():
        return _page(request, project.pk, month, form=form)
    report = form.fill(report)
    try:
        (reporting.submit_report if submitting else reporting.save_draft)(report, user, background)
    except ReasonNeededError as asked:
        return _page(request, project.pk, month, form=form, doubts=asked.doubts, asked=True)
    except AlreadyDoneError as already:
        messages.info(request, str(already))
    except LostUpdateError:
        return _conflict(request, project, month)
    except ReportingError as refused:
        return _page(request, project.pk, month, form=form, refused=str(refused))
    else:
        done = f"已报送{month.label}月报，等待审核。" if submitting else "已存为草稿，还没有报送。"
        messages.success(request, done)
    return redirect(request.path)


def _typed_form(
    typed: QueryDict, report: MonthlyReport, background: Background, *, submitting: bool = False
) -> ReportForm:
    procedures = report.kind == MonthlyReport.Kind.PROCEDURES
    return ReportForm(typed, submitting=submitting, before=background.before, procedures=procedures)


def _conflict(request: HttpRequest, project: Project, month: Month) -> HttpResponse:
    """Somebody else saved meanwhile: both texts side by side; to save again is now a decision, not an accident."""
    stored = reporting.report_of(project, month)
    typed = request.POST.copy()
    typed["version"] = str(stored.version)
    form = _typed_form(typed, stored, background_of(project.pk, month))
    if stored.version:
        form.compare_with(stored)
    return _page(request, project.pk, month, form=form, conflict=True)


def _review(request: HttpRequest, project: Any, month: Month, act: str) -> HttpResponse:
    """Pass, approve or return; if somebody else was quicker, say who did what, and keep the reason that was typed."""
    user = reader(request)
    if not project.reviewed:
        raise reporting.not_a_reviewer(project)
    form = ReviewForm(request.POST, returning=act == "return")
    if not form.is_valid():
        return _page(request, project.pk, month, review=form)
    report = reporting.new_report(project, month)
    report.version = form.cleaned_data["version"]
    try:
        if act == "return":
            reporting.return_report(report, user, form.cleaned_data["reason"])
        else:
            REVIEWS[act](report, user)
    except NotAllowedError:
        raise
    except AlreadyDoneError as already:
        messages.info(request, str(already))
    except LostUpdateError:
        return _page(request, project.pk, month, review=form, overtaken=True)
    except ReportingError as refused:
        return _page(request, project.pk, month, review=form, refused=str(refused))
    else:
        messages.success(request, f"“{project}”{month.label}月报{DONE[act]}。")
    return redirect(f"{reverse('reports')}?month={month}" + ("&desk=review" if project.typed else ""))


def _page(request: HttpRequest, project: int, month: Month, **said: Any) -> HttpResponse:
    """The page of one report as it stands now, with what is to be said about an attempt that failed."""
    sheet = _sheet(reader(request), project, month)
    if sheet.editable:
        said.setdefault("form", _form(sheet))
        said.setdefault("doubts", sheet.doubts)
    if sheet.reviewable:
        said.setdefault("review", ReviewForm())
    return render(request, "report.html", {"sheet": sheet, "freshness": freshness(month.year), **said})


def _form(sheet: Sheet) -> ReportForm:
    report = sheet.report or sheet.blank
    stage = report.stage or first_stage(sheet.project, sheet.last)
    initial = {**typed_in(report), "stage": stage, "version": report.version}
    return ReportForm(initial=initial, procedures=sheet.of_procedures)


def _month(text: str) -> Month:
    try:
        return month_asked(text)
    except UnknownMonthError as error:
        raise Http404(str(error)) from error


def _answering(user: User, project: int) -> Any:
    """The project with what the account is to it; 404 for one that it does not see."""
    found = answering(Project.objects.visible_to(user), user).filter(pk=project).first()
    if found is None:
        raise Http404(UNKNOWN_PROJECT)
    return found


def _sheet(user: User, project: int, month: Month) -> Sheet:
    """404 for a month that is not reported, and for a project that the reader does not see."""
    try:
        return sheet_of(user, project, month)
    except Period.DoesNotExist as error:
        raise Http404(str(error)) from error
    except Project.DoesNotExist as error:
        raise Http404(UNKNOWN_PROJECT) from error


def _desk_asked(request: HttpRequest) -> Desk | None:
    """The desk of the account's role; who both types and reviews chooses with `?desk=review`."""
    user = reader(request)
    fills = user.has_role(roles.REPORTER)
    if fills and user.has_role(roles.REVIEWER, roles.OFFICE):
        fills = request.GET.get("desk") != "review"
    try:
        return desk_of(user, request.GET.get("month"), fills=fills)
    except UnknownMonthError as error:
        raise Http404(str(error)) from error
