"""`/month/`: all that an account types in a month, as a grid to be filled with keys; each cell is saved by itself.

Whatever the page sends is answered with JSON, an expired session as well: the page keeps what was typed and says so.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from projects import roles
from projects.models import User

from ..models import MonthlyReport
from ..month_cells import OvertakenError, save_cell, submit_rows
from ..month_grid import KINDS, grid_of
from ..month_paste import Column, preview
from ..month_side import side_of
from ..months import Month
from ..places import UnknownMonthError, month_asked
from ..reporting import ReportingError
from . import reader

EXPIRED = "登录已过期。您填写的内容保存在这台电脑的浏览器里，重新登录后自动送出。"
OTHER_ACCOUNT = "这个浏览器已换成其他账号登录。您填写的内容还在，请用原来的账号登录后送出。"
NOT_YOURS = "没有这份月报，或者不由您填报。"
UNREADABLE = "没有看懂这次提交，请刷新页面后再试。"


@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """The grid of the month asked for, else of the one to fill now."""
    user = reader(request)
    if not user.has_role(roles.REPORTER):
        raise Http404("本月填报由填报员使用，您的账号不填报月报。")
    try:
        grid = grid_of(user, request.GET.get("month"))
    except UnknownMonthError as error:
        raise Http404(str(error)) from error
    if grid is None:
        return render(request, "month_none.html")
    context = {"grid": grid, "desk": grid, "reports": reverse("reports"), "kinds": list(dict.fromkeys(KINDS.values()))}
    return render(request, "month.html", context)


@require_safe
def month_side(request: HttpRequest, project: int, month: str) -> HttpResponse:
    """What stands beside a row of the grid: a part of the page."""
    try:
        side = side_of(reader(request), project, month_asked(month))
    except (UnknownMonthError, MonthlyReport.DoesNotExist) as error:
        raise Http404(NOT_YOURS) from error
    return render(request, "month_side.html", {"side": side})


Answer = Callable[[User, Month, dict[str, Any]], HttpResponse]


def answers_json(act: Answer) -> Callable[[HttpRequest], HttpResponse]:
    """A view of what the page sends: who is logged in, and whether it is the account that opened the page."""

    @login_not_required
    @require_POST
    @wraps(act)
    def view(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return _said("expired", EXPIRED, status=401)
        try:
            sent = json.loads(request.body)
            if sent["account"] != request.user.pk:
                return _said("expired", OTHER_ACCOUNT, status=401)
            return act(reader(request), month_asked(sent["month"]), sent)
        except (ValueError, TypeError, KeyError, UnknownMonthError):
            return _said("refused", UNREADABLE, status=400)
        except MonthlyReport.DoesNotExist:
            return _said("refused", NOT_YOURS, status=404)

    return view


def _said(state: str, message: str, status: int) -> JsonResponse:
    return JsonResponse({"state": state, "message": message}, status=status)


@answers_json
def month_cell(user: User, month: Month, sent: dict[str, Any]) -> HttpResponse:
    """Save one field: `project`, `field`, `value`, `version`."""
    typed = {str(sent["field"]): str(sent["value"])}
    try:
        cell = save_cell(int(sent["project"]), month, typed, int(sent["version"]), user)
    except ValidationError as invalid:
        return _said("invalid", invalid.messages[0], status=422)
    except OvertakenError as overtaken:
        return JsonResponse(overtaken.as_json(), status=409)
    except ReportingError as refused:
        return _said("refused", str(refused), status=422)
    return JsonResponse(cell.as_json())


@answers_json
def month_submit(user: User, month: Month, sent: dict[str, Any]) -> HttpResponse:
    """Hand in the reports named in `rows` (project, version) that are complete; the result of each."""
    rows = [(int(project), int(version)) for project, version in sent["rows"]]
    return JsonResponse({"results": submit_rows(rows, month, user)})


@answers_json
def month_paste(user: User, month: Month, sent: dict[str, Any]) -> HttpResponse:
    """What a pasted block (`text`, at the cell `project`, `column`) would change: a part of the page."""
    grid = grid_of(user, str(month))
    if grid is None:
        raise MonthlyReport.DoesNotExist
    found = preview(str(sent["text"]), grid.rows, int(sent["project"]), Column(sent["column"]))
    return HttpResponse(render_to_string("month_paste.html", {"preview": found}))
