"""`…/export.xlsx`: each table as a workbook, of what its page shows: same filters, same order, same scope."""

from io import BytesIO

from django.core.exceptions import ObjectDoesNotExist
from django.http import FileResponse, Http404, HttpRequest
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from .. import rankings, sheets
from ..completeness_tables import BoardTable
from ..overview import city_year
from ..places import GROUPINGS
from ..project_list import sums
from ..project_tables import listed_table
from ..tables import RankingTable
from ..workbooks import Sheet, workbook
from . import filters_with_figures
from .cadence import review_asked, span_asked
from .completeness import board_asked

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def projects_xlsx(request: HttpRequest) -> FileResponse:
    """The list of projects, in the official order of columns."""
    if "listed" in request.GET:
        raise Http404("未列入本年计划的项目没有投资数据，不能按投资完成情况表导出。")
    asked = filters_with_figures(request)
    total = sums(asked)
    if total is None:
        raise Http404("没有同时符合这些条件的项目。")
    review = span_asked(request, asked.narrowed)
    table = listed_table(asked.rows, request.GET, total.figures.projects, review)
    return _file(sheets.projects(asked, table.data.data, total, review), str(asked.place.month))


@require_safe
def ranking_xlsx(request: HttpRequest, code: str) -> FileResponse:
    """All groups of one kind."""
    asked = filters_with_figures(request)
    found = rankings.ranking(asked.narrowed, GROUPINGS[code])
    table = RequestConfig(request, paginate=False).configure(RankingTable(found))
    return _file(sheets.ranking(found, table.data.data, asked.freshness, asked.chips), str(asked.place.month))


@require_safe
def months_xlsx(request: HttpRequest) -> FileResponse:
    """The year of all that the reader sees or chooses, month by month."""
    asked = filters_with_figures(request)
    place = asked.narrowed
    return _file(sheets.months(place.name, city_year(place), place, asked.freshness, asked.chips), str(place.month))


@require_safe
def group_xlsx(request: HttpRequest, code: str, key: int) -> FileResponse:
    """The year of one group, month by month."""
    asked = filters_with_figures(request)
    place = asked.narrowed
    try:
        found = rankings.group(place, GROUPINGS[code], key)
    except (KeyError, ObjectDoesNotExist) as error:
        raise Http404("没有这个页面，或者您没有查看的权限。") from error
    sheet = sheets.months(str(found.subject), found.months, place, asked.freshness, asked.chips)
    return _file(sheet, str(place.month))


@require_safe
def cadence_xlsx(request: HttpRequest) -> FileResponse:
    """A month, quarter, half-year or year beside those that it is compared with."""
    asked = filters_with_figures(request)
    review = review_asked(request, asked.narrowed)
    return _file(sheets.cadence(review, asked.freshness, asked.chips), str(asked.place.month))


@require_safe
def completeness_xlsx(request: HttpRequest) -> FileResponse:
    """Who reported in a year, who late, who not."""
    board = board_asked(request)
    if board is None:
        raise Http404("还没有可以填报的月份。")
    table = RequestConfig(request, paginate=False).configure(BoardTable(board, urging=False))
    return _file(sheets.completeness(board, table.data.data), str(board.year))


def _file(sheet: Sheet, of: str) -> FileResponse:
    """Named by its subject, by the month or year it is of, and by the day: two of them never overwrite each other."""
    name = f"{sheet.title}_{of}_{timezone.localdate():%Y%m%d}.xlsx"
    return FileResponse(BytesIO(workbook(sheet)), as_attachment=True, filename=name, content_type=XLSX)
