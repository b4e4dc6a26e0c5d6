"""A report's photos: served to whoever sees the report, added and taken away by whoever types it."""

from django.http import FileResponse, Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from ..background import background_of
from ..models import LostUpdateError, MonthlyReport, ReportPhoto
from ..month_cells import Cell
from ..month_grid import typed_by
from ..photos import add_photo, remove_photo
from ..places import UnknownMonthError, month_asked
from ..reporting import ReportingError
from . import reader

NOT_YOURS = "没有这份月报，或者不由您填报。"


@require_safe
@cache_control(private=True, max_age=86_400, immutable=True)
def photo(request: HttpRequest, pk: int) -> FileResponse:
    """The picture itself."""
    found = get_object_or_404(ReportPhoto.objects.visible_to(reader(request)), pk=pk)
    try:
        return FileResponse(found.file.open("rb"), content_type="image/jpeg")
    except FileNotFoundError as error:
        raise Http404("照片文件已不存在。") from error


@require_POST
def photo_add(request: HttpRequest, project: int, month: str) -> JsonResponse:
    """Add the photo sent as `file`, with its `caption`; answers with the part of the page and the row of the grid."""
    try:
        of = month_asked(month)
        report = MonthlyReport.objects.of(of).filter(typed_by(reader(request))).get(project=project)
    except (UnknownMonthError, MonthlyReport.DoesNotExist) as error:
        raise Http404(NOT_YOURS) from error
    sent = request.FILES.get("file")
    if sent is None:
        return _refused("请选择一张照片。")
    try:
        add_photo(report, sent, request.POST.get("caption", ""), reader(request))
    except (ReportingError, LostUpdateError) as refused:
        return _refused(str(refused))
    return _photos(report)


@require_POST
def photo_remove(request: HttpRequest, pk: int) -> JsonResponse:
    """Take a photo away; answers as `photo_add` does."""
    mine = ReportPhoto.objects.filter(typed_by(reader(request), "report__project__"))
    found = get_object_or_404(mine.select_related("report__project"), pk=pk)
    try:
        remove_photo(found, reader(request))
    except (ReportingError, LostUpdateError) as refused:
        return _refused(str(refused))
    return _photos(found.report)


def _photos(report: MonthlyReport) -> JsonResponse:
    part = render_to_string("report_photos.html", {"report": report, "editable": True})
    row = Cell(report, background_of(report.project_id, report.of_month)).as_json()
    return JsonResponse({"part": part, "row": row})


def _refused(message: str) -> JsonResponse:
    return JsonResponse({"message": message}, status=422)
