"""`/history/`: who changed what, when, from where, from which value to which."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from projects.history_words import Told

from ..history_search import HistorySearch, csv_lines, may_search
from . import reader


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """The changes found, the newest first, page by page."""
    search = _search(request)
    page = search.page()
    rows = [Told(entry, search.user) for entry in page]
    table = {"page": page, "paginator": page.paginator, "prefixed_page_field": "page"}
    return render(request, "history.html", {"search": search, "page": page, "rows": rows, "table": table})


@require_safe
def history_csv(request: HttpRequest) -> StreamingHttpResponse:
    """All that was found as a table for Excel; sent while it is read."""
    search = _search(request)
    if not search.is_valid():
        raise Http404("有的条件无法识别，请返回变更记录页面重新选择。")
    name = f"history-{timezone.localdate():%Y%m%d}.csv"
    return StreamingHttpResponse(
        csv_lines(search.rows, search.user),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _search(request: HttpRequest) -> HistorySearch:
    user = reader(request)
    if not may_search(user):
        raise Http404("没有这个页面，或者您没有查看的权限。")
    return HistorySearch(request.GET, user)
