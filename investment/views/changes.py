"""Corrections after the close, changes of plans, and what changed since: proposed here, decided here, read here."""

import datetime
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from projects.models import Project, User

from .. import corrections, plan_changes, proposals
from ..change_forms import CorrectionForm, DecisionForm, PlanChangeForm
from ..change_tables import CorrectionTable, PlanChangeTable
from ..changed import changed_month
from ..effects import correction_effect, plan_effect
from ..freshness import freshness
from ..models import AnnualPlan, Correction, MonthlyReport, PlanChange, Proposal
from ..models.changes import LAMPS
from ..months import Month
from ..places import UnknownMonthError, month_asked
from ..reporting import AlreadyDoneError, NotAllowedError, ReportingError
from . import reader

STATES = {lamp.code: (state, lamp) for state, lamp in LAMPS.items()}
UNKNOWN = "没有这一项，或者您没有查看的权限。"
UNKNOWN_PROJECT = "没有这个项目，或者您没有查看的权限。"
ON_PAPER = ("proposed_by", "decided_by")


# ---- lists ----


@require_safe
def correction_list(request: HttpRequest) -> HttpResponse:
    """All corrections that the reader may see, by state and month."""
    seen = Correction.objects.visible_to(reader(request))
    pairs = seen.order_by("-report__year", "-report__month").values_list("report__year", "report__month").distinct()
    months = [Month(year, number) for year, number in pairs]
    wanted = request.GET.get("month")
    if wanted:
        month = _month(wanted)
        seen = seen.filter(report__year=month.year, report__month=month.number)
    state, tabs, found = _by_state(request, seen)
    rows = found.select_related("report__project", *ON_PAPER).order_by("-id")
    table = CorrectionTable(rows, request.GET.get("page"))
    context = {"table": table, "state": state, "tabs": tabs, "months": months, "month_shown": wanted}
    return render(request, "corrections.html", context)


@require_safe
def plan_change_list(request: HttpRequest) -> HttpResponse:
    """All changes of plans that the reader may see, by state."""
    state, tabs, found = _by_state(request, PlanChange.objects.visible_to(reader(request)))
    rows = plan_changes.with_plan_before(found).select_related("project", *ON_PAPER).order_by("-id")
    table = PlanChangeTable(rows, request.GET.get("page"))
    return render(request, "plan_changes.html", {"table": table, "state": state, "tabs": tabs})


@require_safe
def changed(request: HttpRequest) -> HttpResponse:
    """'What is not as it was closed?': the changes of a closed month, with both values and people."""
    try:
        found = changed_month(reader(request), request.GET.get("month"))
    except UnknownMonthError as error:
        raise Http404(str(error)) from error
    context = {"desk": found, "freshness": freshness(found.month.year) if found else None}
    return render(request, "changed.html", context)


def _by_state(request: HttpRequest, seen: QuerySet[Any]) -> tuple[str, list[Any], QuerySet[Any]]:
    """The state in the address, the tabs with their numbers, and the rows in that state."""
    wanted = request.GET.get("state", "")
    if wanted and wanted not in STATES:
        raise Http404(f"没有“{wanted}”这种状态。")
    numbers = seen.order_by().aggregate(
        **{code: Count("pk", filter=Q(state=state)) for code, (state, _) in STATES.items()}
    )
    tabs = [(lamp, numbers[code]) for code, (_, lamp) in STATES.items()]
    return wanted, tabs, seen.filter(state=STATES[wanted][0]) if wanted else seen


# ---- one of them, and the decision ----


@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """One correction: what, why, what follows; the office decides, who proposed it may withdraw it."""
    seen = Correction.objects.visible_to(reader(request)).select_related("report__project__responsible_unit", *ON_PAPER)
    found = _found(seen, pk)
    if request.method == "POST":
        return _decide(request, found, corrections.decide_correction, _correction_page)
    return _correction_page(request, found)


def _correction_page(
    request: HttpRequest, found: Correction, form: DecisionForm | None = None, **said: Any
) -> HttpResponse:
    report = found.report
    context = {
        "correction": found,
        "report": report,
        "effect": correction_effect(report, found.difference) if found.is_open else None,
        "freshness": freshness(report.year),
        **_deciding(reader(request), found, report.project, form),
        **said,
    }
    return render(request, "correction.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change of a plan: from what to what, why, what follows; the office decides, the proposer may withdraw it."""
    seen = PlanChange.objects.visible_to(reader(request)).select_related("project__responsible_unit", "plan", *ON_PAPER)
    found = _found(seen, pk)
    if request.method == "POST":
        return _decide(request, found, plan_changes.decide_plan_change, _plan_change_page)
    return _plan_change_page(request, found)


def _plan_change_page(
    request: HttpRequest, found: PlanChange, form: DecisionForm | None = None, **said: Any
) -> HttpResponse:
    what = (found.amount, found.effective_on.month) if found.is_open else ()
    context = {
        "change": found,
        "effect": plan_effect(found.project, found.year, *what),
        "freshness": freshness(found.year),
        **_deciding(reader(request), found, found.project, form),
        **said,
    }
    return render(request, "plan_change.html", context)


def _deciding(user: User, proposal: Proposal, project: Project, form: DecisionForm | None) -> dict[str, Any]:
    """The form of whoever may decide, and whether it must be another person; what was typed in vain is kept.

    `withdrawable`: the reader proposed it and nobody has decided.
    """
    decides = proposal.is_open and proposals.may_decide(project, user)
    own = decides and proposal.proposed_by_id == user.pk
    kept = form["decision"].value() if form and not (decides and not own) else ""
    return {
        "own": own,
        "withdrawable": proposal.is_open and proposal.proposed_by_id == user.pk,
        "form": (form or DecisionForm()) if decides and not own else None,
        "kept": kept,
    }


def _decide(request: HttpRequest, found: Any, decide: Callable[..., Any], page: Callable[..., Any]) -> HttpResponse:
    """Approve, reject or withdraw; if somebody else was quicker, say who, and keep what was typed."""
    act, form = request.POST.get("act", ""), DecisionForm(request.POST)
    if act == "withdraw":
        return _withdraw(request, found, page)
    if act not in ("approve", "reject"):
        raise Http404("没有这个操作。请返回页面，用页面上的按钮操作。")
    if not form.is_valid():
        return page(request, found, form)
    try:
        decide(found, reader(request), act == "approve", form.cleaned_data["decision"])
    except NotAllowedError as error:
        raise Http404(str(error)) from error
    except AlreadyDoneError as already:
        messages.info(request, str(already))
    except ReportingError as refused:
        stored = type(found).objects.select_related(*ON_PAPER).get(pk=found.pk)
        return page(request, stored, form, refused=str(refused))
    else:
        messages.success(request, "已批准，即将计入数据。" if act == "approve" else "未予批准，提出人会看到原因。")
    return redirect(request.path)


def _withdraw(request: HttpRequest, found: Any, page: Callable[..., Any]) -> HttpResponse:
    try:
        proposals.withdraw(found, reader(request))
    except NotAllowedError as error:
        raise Http404(str(error)) from error
    except AlreadyDoneError as already:
        messages.info(request, str(already))
    except ReportingError as refused:
        stored = type(found).objects.select_related(*ON_PAPER).get(pk=found.pk)
        return page(request, stored, refused=str(refused))
    else:
        messages.success(request, f"已撤回这项{found._meta.verbose_name}，数据没有改变。需要时可以重新提出。")
    return redirect(request.path)


# ---- proposing ----


@require_http_methods(["GET", "HEAD", "POST"])
def correction_new(request: HttpRequest, project: int, month: str) -> HttpResponse:
    """Propose another amount for an approved report of a closed month."""
    user, known, of_month = reader(request), _project(reader(request), project), _month(month)
    if not proposals.may_propose(known, user):
        raise Http404(f"“{known}”的更正由填报单位、审核单位或市发改委提出，您的账号不能提出。")
    report = MonthlyReport.objects.visible_to(user).of(of_month).filter(project=known).first()
    if report is None:
        raise Http404(f"“{known}”没有{of_month.label}的月报，没有可以更正的金额。")
    if refusal := corrections.why_not_correctable(report):
        raise Http404(refusal)
    if request.method == "POST":
        return _propose_correction(request, report)
    waiting = Correction.objects.filter(report=report, state=Proposal.State.PROPOSED).first()
    return redirect("correction", waiting.pk) if waiting else _correction_form(request, report)


def _propose_correction(request: HttpRequest, report: MonthlyReport) -> HttpResponse:
    proposing = _is_proposing(request)
    form = CorrectionForm(request.POST, proposing=proposing)
    if not form.is_valid():
        return _correction_form(request, report, form)
    typed = form.cleaned_data
    if not proposing:
        effect = correction_effect(report, typed["new_amount"] - typed["read"])
        return _correction_form(request, report, form, effect=effect)
    try:
        made = corrections.propose_correction(
            report, typed["new_amount"], typed["reason"], reader(request), read=typed["read"]
        )
    except AlreadyDoneError as already:
        messages.info(request, str(already))
        made = report.corrections.latest("id")
    except ReportingError as refused:
        again = request.POST.copy()
        again["read"] = str(corrections.amount_in_force(report))
        return _correction_form(request, report, CorrectionForm(again), refused=str(refused))
    else:
        messages.success(request, "已提出更正，等待市发改委批准。批准之前，数据不变。")
    return redirect("correction", made.pk)


def _correction_form(
    request: HttpRequest, report: MonthlyReport, form: CorrectionForm | None = None, **said: Any
) -> HttpResponse:
    in_force = corrections.amount_in_force(report)
    context = {
        "report": report,
        "in_force": in_force,
        "form": form or CorrectionForm(initial={"read": in_force}),
        "corrections": report.corrections.select_related(*ON_PAPER),
        "freshness": freshness(report.year),
        **said,
    }
    return render(request, "correction_new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_change_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose another amount for the plan of a year (`?year=`, by default the latest with a plan)."""
    user, known = reader(request), _project(reader(request), pk)
    if not proposals.may_propose(known, user):
        raise Http404(f"“{known}”的计划调整由填报单位、审核单位或市发改委提出，您的账号不能提出。")
    year = _year(request, known)
    if request.method == "POST":
        return _propose_plan_change(request, known, year)
    waiting = PlanChange.objects.filter(project=known, year=year, state=Proposal.State.PROPOSED).first()
    return redirect("plan_change", waiting.pk) if waiting else _plan_change_form(request, known, year)


def _propose_plan_change(request: HttpRequest, project: Project, year: int) -> HttpResponse:
    proposing = _is_proposing(request)
    form = PlanChangeForm(request.POST, proposing=proposing)
    if not form.is_valid():
        return _plan_change_form(request, project, year, form)
    typed = form.cleaned_data
    if not proposing:
        return _plan_change_form(request, project, year, form, what=(typed["amount"], typed["effective_on"].month))
    try:
        made = plan_changes.propose_plan_change(project, year, **typed, by=reader(request))
    except AlreadyDoneError as already:
        messages.info(request, str(already))
        made = PlanChange.objects.filter(project=project, year=year).latest("id")
    except ReportingError as refused:
        return _plan_change_form(request, project, year, form, refused=str(refused))
    else:
        messages.success(request, "已提出计划调整，等待市发改委批准。批准之前，数据不变。")
    return redirect("plan_change", made.pk)


def _plan_change_form(
    request: HttpRequest,
    project: Project,
    year: int,
    form: PlanChangeForm | None = None,
    what: tuple[Any, ...] = (),
    **said: Any,
) -> HttpResponse:
    first = plan_changes.first_open_month(year)
    initial = {"effective_on": datetime.date(year, first, 1)} if first else {}
    context = {
        "project": project,
        "year_of_plan": year,
        "first_open": Month(year, first) if first else None,
        "form": form or PlanChangeForm(initial=initial),
        "effect": plan_effect(project, year, *what),
        "freshness": freshness(year),
        **said,
    }
    return render(request, "plan_change_new.html", context)


# ---- finding ----


def _is_proposing(request: HttpRequest) -> bool:
    act = request.POST.get("act", "")
    if act not in ("preview", "propose"):
        raise Http404("没有这个操作。请返回页面，用页面上的按钮操作。")
    return act == "propose"


def _found(seen: QuerySet[Any], pk: int) -> Any:
    found = seen.filter(pk=pk).first()
    if found is None:
        raise Http404(UNKNOWN)
    return found


def _project(user: User, pk: int) -> Project:
    found = Project.objects.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise Http404(UNKNOWN_PROJECT)
    return found


def _month(text: str) -> Month:
    try:
        return month_asked(text)
    except UnknownMonthError as error:
        raise Http404(str(error)) from error


def _year(request: HttpRequest, project: Project) -> int:
    """The year in the address, else the latest with a plan. 404 for one without: there is nothing to change."""
    years = AnnualPlan.objects.filter(project=project).order_by("-year").values_list("year", flat=True)
    wanted = request.GET.get("year")
    year = next((year for year in years if wanted in (None, str(year))), None)
    if year is None:
        raise Http404(f"“{project}”还没有{f' {wanted} 年的' if wanted else ''}年初计划，没有可以调整的计划。")
    return year
