"""`/wall/`: the screen on the wall, its figures, and what the city office sets of it."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.dateparse import parse_date
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from projects import roles

from ..freshness import freshness
from ..models import Wall, wall_of
from ..places import Place, city_of, place_of
from ..wall import pages, place_shown
from ..wall_forms import WallForm
from . import place_asked, reader

LOOKS = ("dark", "light")
KEPT_DAYS = 90  # a wall asks for a new login after so many days, and two weeks more
SINCE, KEPT = "wall_since", "wall_kept"  # in the session: the first day of the wall, the last day it was prolonged


@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """The whole screen. It stays for days: what it shows is fetched anew from `wall_data`."""
    look = request.GET.get("look", LOOKS[0])
    if look not in LOOKS:
        raise Http404("大屏只有深色（dark）和浅色（light）。")
    fragment = _fragment(request)
    _stay(request)
    return render(request, "wall.html", {"look": look, "fragment": fragment, "sets": _sets(request)})


@require_safe
@login_not_required
@cache_control(private=True, no_cache=True)
def wall_data(request: HttpRequest) -> HttpResponse:
    """The pages of the wall as they are now; 304 for whom they are no news, 401 once the session has ended."""
    if not request.user.is_authenticated:
        return HttpResponse("登录已失效。", status=401, content_type="text/plain; charset=utf-8")
    fragment = _fragment(request)
    _stay(request)
    etag = f'"{hashlib.sha256(fragment.encode()).hexdigest()[:32]}"'
    answer = HttpResponse(fragment, headers={"ETag": etag})
    return get_conditional_response(request, etag=etag, response=answer) or answer


def _fragment(request: HttpRequest) -> str:
    """The pages, the same for all readers of the same part of the city, and as of when they are."""
    asked, city = place_asked(request), city_of(reader(request))
    if asked is None or city is None:
        return render_to_string("wall_none.html")
    shown = wall_of(city)
    place = asked if "month" in request.GET else place_shown(shown, asked)
    fresh = freshness(place.month.year)
    parts = fresh.keep(f"wall-{shown.key}-{place.key}", lambda: _parts(shown, place))
    return render_to_string("wall_pages.html", {"wall": shown, "place": place, "freshness": fresh, "parts": parts})


def _parts(shown: Wall, place: Place) -> list[str]:
    return [render_to_string(f"wall_{name}.html", context) for name, context in pages(shown, place)]


def _stay(request: HttpRequest) -> None:
    """Prolong the session once a day while the wall asks, for KEPT_DAYS at most (docs/decisions: a wall stays)."""
    today = timezone.localdate()
    since = parse_date(request.session.setdefault(SINCE, str(today))) or today
    if request.session.get(KEPT) != str(today) and (today - since).days <= KEPT_DAYS:
        request.session[KEPT] = str(today)


def _sets(request: HttpRequest) -> bool:
    return reader(request).has_role(roles.OFFICE)


@require_http_methods(["GET", "HEAD", "POST"])
def wall_settings(request: HttpRequest) -> HttpResponse:
    """Which pages in which order, how long each, which month, and whether leaders are named: for the city office."""
    user = reader(request)
    city = city_of(user)
    if city is None or not _sets(request):
        raise Http404("大屏由市发改委设置。")
    place = place_of(user, None)
    form = WallForm(request.POST or None, instance=wall_of(city), months=place.months if place else ())
    if form.is_valid():
        form.save()
        messages.success(request, "已保存。正在播放的大屏一分钟内自动换成新设置。")
        return redirect("wall_settings")
    return render(request, "wall_settings.html", {"form": form, "place": place})
