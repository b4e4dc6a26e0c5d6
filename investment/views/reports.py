"""`/reports/`: what a unit still owes, what a reviewer has to look at, and one report to fill or to review."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects import roles
from projects.models import Project, User

from .. import reporting
from ..background import background_of
from ..flash import flash_place, flash_rows, flash_total
from ..forms import ReportForm, ReviewForm, first_stage, typed_in
from ..freshness import freshness
from ..models import LostUpdateError, MonthlyReport, Period
from ..months import Month
from ..periods import reopen_report
from ..places import AREA, CATEGORY, UnknownMonthError, month_asked
from ..plausibility import Background
from ..report_desk import Desk, desk_of
from ..report_filters import FILTERS, Asked, UnknownFilterError, asked_for
from ..report_sheet import Sheet, answering, sheet_of
from ..report_tables import FlashTable, ReportTable
from ..reporting import AlreadyDoneError, NotAllowedError, ReasonNeededError, ReportingError
from ..review_forms import ReasonForm, ReopenForm, chosen_reports
from ..reviewing import review_chosen
from . import reader

REVIEWS = {"pass": reporting.pass_report, "approve": reporting.approve_report}
DONE = {
    "pass": "已初审通过，等待市发改委审定",
    "approve": "已审定，即将计入正式数据",
    "return": "已退回，填报单位会看到原因",
    "withdraw": "已撤回，可以修改后再报送",
    "excuse": "已免报",
    "expect": "已取消免报，请填报单位填报",
    "reopen": "已开放补报",
}
DECISIONS = {"excuse": ReasonForm, "expect": Form, "reopen": ReopenForm}
UNKNOWN_PROJECT = "没有这个项目，或者您没有查看的权限。"


@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    """The month's reports: to be filled, to be reviewed, or to be read, as the account's role has it."""
    desk = _desk_asked(request)
    if desk is None:
        return render(request, "reports_none.html")
    state = request.GET.get("state", "")
    if desk.number(state) is None:
        raise Http404(f"没有“{state}”这种状态的月报。")
    rows, ticked = desk.rows(state), request.GET.get("choose") == "all"
    context = {
        "desk": desk,
        "state": state,
        "table": ReportTable(rows, request.GET.get("page"), ticked=ticked),
        "freshness": freshness(desk.month.year),
    }
    return render(request, "reports.html", context)


@require_POST
def reports_bulk(request: HttpRequest) -> HttpResponse:
    """Pass or approve the reports ticked in the list; say how many were, and of the others why they were not."""
    user = reader(request)
    if not user.has_role(roles.REVIEWER, roles.OFFICE):
        raise Http404("没有这个操作。")
    month = _month(request.POST.get("month", ""))
    try:
        chosen = chosen_reports(request.POST.getlist("chosen"))
    except ValueError as error:
        raise Http404("页面不完整，请刷新后再试。") from error
    outcome = review_chosen(user, month, chosen)
    if outcome.done:
        messages.success(request, f"已{outcome.word} {len(outcome.done)} 份。")
    if outcome.refused:
        said = "；".join(f"“{name}”：{reason}" if name else reason for name, reason in outcome.refused)
        messages.warning(request, f"没有{outcome.word} {len(outcome.refused)} 份：{said}")
    if not chosen:
        messages.info(request, "没有选中月报。请在列表里勾选没有提示的月报。")
    return redirect(_list_address(request, month))


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
    if act not in ACTS:
        raise Http404("没有这个操作。请返回月报页面，用页面上的按钮操作。")
    try:
        return ACTS[act](request, known, of_month, act)
    except NotAllowedError as error:
        raise Http404(str(error)) from error


def _write(request: HttpRequest, project: Any, month: Month, act: str) -> HttpResponse:
    """Save or submit what the unit typed. Whatever stands in the way, the page comes back with all of it."""
    user, submitting = reader(request), act == "submit"
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
    following = _sheet(request, project.pk, month).next_to_review
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
    if following is None:
        messages.info(request, f"{month.label}没有其他等待您审核的月报了。")
        return redirect(_list_address(request, month))
    return redirect(_with_query(request, reverse("report", args=[following.pk, month])))


def _withdraw(request: HttpRequest, project: Any, month: Month, act: str) -> HttpResponse:
    """Take a submitted report back; if a review has begun meanwhile, say whose."""
    report = reporting.new_report(project, month)
    version = request.POST.get("version", "")
    report.version = int(version) if version.isdecimal() else 0
    try:
        reporting.withdraw_report(report, reader(request))
    except NotAllowedError:
        raise
    except LostUpdateError:
        return _page(request, project.pk, month, overtaken=True)
    except ReportingError as refused:
        return _page(request, project.pk, month, refused=str(refused))
    messages.success(request, f"“{project}”{month.label}月报{DONE[act]}。")
    return redirect(request.path)


def _decide(request: HttpRequest, project: Any, month: Month, act: str) -> HttpResponse:
    """What the city office alone decides: an excuse, its end, a reopening after the close."""
    user, form = reader(request), DECISIONS[act](request.POST)
    if not user.has_role(roles.OFFICE):
        raise NotAllowedError("只有市发改委可以这样做。")
    report = reporting.report_of(project, month)
    if not form.is_valid():
        return _page(request, project.pk, month, **{act: form})
    try:
        if act == "excuse":
            reporting.excuse_report(report, user, form.cleaned_data["reason"])
        elif act == "expect":
            reporting.expect_report(report, user)
        else:
            reopen_report(report, user, form.cleaned_data["reason"], form.cleaned_data["until_on"])
    except LostUpdateError:
        return _page(request, project.pk, month, **{act: form}, overtaken=True)
    except NotAllowedError:
        raise
    except ReportingError as refused:
        return _page(request, project.pk, month, **{act: form}, refused=str(refused))
    messages.success(request, f"“{project}”{month.label}月报{DONE[act]}。")
    return redirect(request.get_full_path())


def _page(request: HttpRequest, project: int, month: Month, **said: Any) -> HttpResponse:
    """The page of one report as it stands now, with what is to be said about an attempt that failed."""
    sheet = _sheet(request, project, month)
    if sheet.editable:
        said.setdefault("form", _form(sheet))
        said.setdefault("doubts", sheet.doubts)
    if sheet.reviewable or sheet.returnable:
        said.setdefault("review", ReviewForm())
    if sheet.excusable:
        said.setdefault("excuse", ReasonForm())
    if sheet.reopenable:
        said.setdefault("reopen", ReopenForm())
    if request.method == "GET" and sheet.reviewable and sheet.report:
        reporting.begin_review(sheet.report, sheet.user)
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


def _sheet(request: HttpRequest, project: int, month: Month) -> Sheet:
    """404 for a month that is not reported, and for a project that the reader does not see."""
    try:
        return sheet_of(reader(request), project, month, _filters(request))
    except Period.DoesNotExist as error:
        raise Http404(str(error)) from error
    except Project.DoesNotExist as error:
        raise Http404(UNKNOWN_PROJECT) from error


def _filters(request: HttpRequest) -> tuple[Asked, ...]:
    try:
        return asked_for(reader(request), request.GET.dict())
    except UnknownFilterError as error:
        raise Http404(str(error)) from error


def _with_query(request: HttpRequest, address: str, **more: Any) -> str:
    """The address with the filters that the reader came with."""
    kept = {name: request.GET[name] for name in (*FILTERS, "desk") if request.GET.get(name)}
    query = urlencode({**more, **kept})
    return f"{address}?{query}" if query else address


def _list_address(request: HttpRequest, month: Month) -> str:
    return _with_query(request, reverse("reports"), month=month)


def _desk_asked(request: HttpRequest) -> Desk | None:
    """The desk of the account's role; who both types and reviews chooses with `?desk=review`."""
    user = reader(request)
    fills = user.has_role(roles.REPORTER)
    if fills and user.has_role(roles.REVIEWER, roles.OFFICE):
        fills = request.GET.get("desk") != "review"
    try:
        return desk_of(user, request.GET.get("month"), fills=fills, asked=_filters(request))
    except UnknownMonthError as error:
        raise Http404(str(error)) from error


ACTS = {
    "save": _write, "submit": _write, "withdraw": _withdraw, "pass": _review, "approve": _review, "return": _review,
    "excuse": _decide, "expect": _decide, "reopen": _decide,
}  # fmt: skip
