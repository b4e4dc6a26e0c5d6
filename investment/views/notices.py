"""`/inbox/`: what was I told? `/inbox/log/`: what left the house, and who was urged. `/urge/`: urge whoever owes."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects import roles
from projects.models import Organisation, Project, User

from .. import chasing, delivery
from ..models import Delivery, Notice
from ..notice_tables import DeliveryTable, InboxTable, UrgeTable
from ..places import UnknownMonthError, month_asked
from ..reporting import NotAllowedError, ReportingError
from . import reader

KEEPS_LOG = (roles.OFFICE, roles.ADMIN)


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The own notices, unread ones first."""
    own = Notice.objects.filter(recipient=reader(request)).select_related("sent_by")
    rows = own.annotate(is_read=Q(read_at__isnull=False)).order_by("is_read", "-created_at", "-id")
    context = {"table": InboxTable(rows, request.GET.get("page")), "keeps_log": reader(request).has_role(*KEEPS_LOG)}
    return render(request, "inbox.html", context)


@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a notice: from now on it is read, and what it tells of is shown."""
    opened = get_object_or_404(Notice, pk=pk, recipient=reader(request))
    opened.mark_read()
    return redirect(opened.address)


@require_POST
def inbox_read(request: HttpRequest) -> HttpResponse:
    """All own notices are read."""
    read = Notice.objects.filter(recipient=reader(request)).unread().update(read_at=timezone.now())
    messages.success(request, f"已将 {read} 条通知标为已读。" if read else "没有未读的通知。")
    return redirect("inbox")


@require_http_methods(["GET", "HEAD", "POST"])
def inbox_log(request: HttpRequest) -> HttpResponse:
    """What was sent, tried and given up, or who urged whom; what was given up can be sent again."""
    user = reader(request)
    if not user.has_role(*KEEPS_LOG):
        raise Http404("发送记录由市发改委和系统管理员查看。")
    if request.method == "POST":
        return _send_again(request, user)
    show = request.GET.get("show", "")
    if show not in ("", "urges"):
        raise Http404("没有这种记录。")
    page = request.GET.get("page")
    context = {
        "show": show,
        "table": UrgeTable(_urges(user), page) if show else DeliveryTable(_deliveries(user), page),
        "mail_is_on": bool(settings.EMAIL_URL),
        "group_is_on": bool(settings.WEBHOOK_URL),
        "names_settings": user.has_role(roles.ADMIN),
        "quiet_hours": settings.QUIET_HOURS,
    }
    return render(request, "inbox_log.html", context)


@require_POST
def urge(request: HttpRequest) -> HttpResponse:
    """Urge whoever owes a report of the month; for one unit, for one project, or all that the account reviews."""
    user = reader(request)
    try:
        month = month_asked(request.POST.get("month", ""))
        done = chasing.urge(month, user, unit=_unit(request), project=_project(request, user))
    except (UnknownMonthError, NotAllowedError) as error:
        raise Http404(str(error)) from error
    except ReportingError as refused:
        messages.error(request, str(refused))
    else:
        level = messages.WARNING if done.unreached else messages.SUCCESS if done.accounts else messages.INFO
        messages.add_message(request, level, str(done))
    return redirect(_back(request))


def _deliveries(user: User) -> QuerySet[Delivery]:
    number = Count("mailed_notices", distinct=True) + Count("posted_notices", distinct=True)
    deliveries = Delivery.objects.visible_to(user).annotate(number=number).select_related("recipient")
    return deliveries.order_by("-created_at", "-id")


def _urges(user: User) -> QuerySet[Notice]:
    urged = Notice.objects.visible_to(user).filter(kind=Notice.Kind.URGE)
    return urged.select_related("sent_by__organisation", "recipient__organisation")


def _send_again(request: HttpRequest, user: User) -> HttpResponse:
    found = Delivery.objects.visible_to(user).filter(pk=_number(request, "delivery")).first()
    if found is None:
        raise Http404("没有这条发送记录。")
    if delivery.try_again(found):
        messages.success(request, "已重新安排发送，一分钟内再试。")
    else:
        messages.info(request, "这条通知不是“已放弃”，没有重新安排。")
    return redirect("inbox_log")


def _unit(request: HttpRequest) -> Organisation | None:
    return get_object_or_404(Organisation, pk=_number(request, "unit")) if request.POST.get("unit") else None


def _project(request: HttpRequest, user: User) -> Project | None:
    if not request.POST.get("project"):
        return None
    return get_object_or_404(Project.objects.visible_to(user), pk=_number(request, "project"))


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Http404("没有这条记录。")
    return int(text)


def _back(request: HttpRequest) -> str:
    """The page one came from, if it is one of ours."""
    came_from = request.POST.get("next") or request.headers.get("referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if ours else reverse("reports")
