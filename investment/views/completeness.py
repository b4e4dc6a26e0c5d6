"""`/completeness/`: who reports, who reports late, who does not; by responsible unit, area or category."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from ..completeness import GROUPINGS, LEGEND, Board, UnknownBoardError, board_of, may_urge
from ..completeness_tables import BoardTable
from ..tables import UnpinnedPaginator
from . import reader

ROWS = 50  # on one page: most cities' units


@require_safe
def completeness(request: HttpRequest) -> HttpResponse:
    """The board of a year. 404 for a year without reports and for what is no grouping."""
    board = board_asked(request)
    if board is None:
        return render(request, "reports_none.html")
    urging = may_urge(reader(request))
    table = BoardTable(board, urging=urging)
    RequestConfig(request, paginate={"per_page": ROWS, "paginator_class": UnpinnedPaginator}).configure(table)
    context = {
        "board": board, "groupings": GROUPINGS.values(), "legend": LEGEND, "now": timezone.now(), "table": table,
        "urging": urging,
    }  # fmt: skip
    return render(request, "completeness.html", context)


def board_asked(request: HttpRequest) -> Board | None:
    """The board of the year and the groups in the address; None while no month can be reported."""
    year = request.GET.get("year")
    if year is not None and not (year.isascii() and year.isdigit()):
        raise Http404(f"“{year}”不是年度。年度应写成 2018 这样的形式。")
    try:
        return board_of(
            reader(request), int(year) if year else None, request.GET.get("by", "unit"), timezone.localdate()
        )
    except UnknownBoardError as error:
        raise Http404(str(error)) from error
