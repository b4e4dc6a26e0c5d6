"""How notices leave the house: bundled into one e-mail per account and one message to the group, tried again, logged.

Safe to run at any time, by any number of workers: a notice is taken into a bundle, and a bundle is taken for sending,
by one UPDATE that names what was read. A worker that dies between sending and writing it down may send once more.
"""

import datetime
import http.client
import json
import logging
from collections import defaultdict
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from .models import Delivery, Notice
from .models.notices import NoticeQuerySet
from .notices import is_quiet
from .reporting import clock

log = logging.getLogger(__name__)
Channel, State = Delivery.Channel, Delivery.State
PAUSES = (1, 5, 30, 60)  # minutes until the next attempt; the last one goes on
GIVE_UP_AFTER = datetime.timedelta(days=1)
BUNDLE_PAUSE = datetime.timedelta(minutes=30)  # what comes within so long of the last bundle waits for the next
STALE_AFTER = datetime.timedelta(days=7)  # what was not sent by then is no news, as when a channel is first set up
GROUP_BYTES = 3_500  # WeCom takes 4,096 bytes
SITE_NAME = "张家界重点产业项目"


class DeliveryError(Exception):
    """The message did not arrive; the text says why."""


def deliver() -> None:
    """Bundle what is new and send what is due, unless these are quiet hours. What fails is written to its row."""
    if is_quiet(timezone.now()):
        return
    if settings.EMAIL_URL:
        _bundle_mail()
    if settings.WEBHOOK_URL:
        _bundle_for_group()
    for pk in _due().order_by("next_try_at").values_list("pk", flat=True):
        _attempt(pk)


def try_again(delivery: Delivery) -> bool:
    """Give what was given up another day; False if it was not given up any more."""
    now = timezone.now()
    given_up = Delivery.objects.given_up().filter(pk=delivery.pk)
    return bool(given_up.update(state=State.WAITING, next_try_at=now, give_up_at=now + GIVE_UP_AFTER))


def _fresh() -> NoticeQuerySet:
    return Notice.objects.filter(created_at__gt=timezone.now() - STALE_AFTER).order_by("id")


def _lately(channel: Delivery.Channel) -> QuerySet[Delivery]:
    return Delivery.objects.filter(channel=channel, created_at__gt=timezone.now() - BUNDLE_PAUSE)


def _bundle_mail() -> None:
    """One e-mail for each account with unread notices and an address, unless it has had one just now."""
    waiting = (
        _fresh()
        .unread()
        .filter(~Exists(_lately(Channel.EMAIL).filter(recipient=OuterRef("recipient"))), mailed_in=None)
        .filter(recipient__is_active=True)
        .exclude(recipient__email="")
    )
    by_account = defaultdict(list)
    for pk, recipient in waiting.values_list("pk", "recipient"):
        by_account[recipient].append(pk)
    for recipient, notices in by_account.items():
        _bundle(notices, "mailed_in", channel=Channel.EMAIL, recipient_id=recipient)


def _bundle_for_group() -> None:
    if _lately(Channel.WEBHOOK).exists():
        return
    waiting = _fresh().filter(kind__in=Notice.FOR_THE_GROUP, posted_in=None)
    if notices := list(waiting.values_list("pk", flat=True)):
        _bundle(notices, "posted_in", channel=Channel.WEBHOOK, recipient_id=None)


@transaction.atomic
def _bundle(notices: list[int], bundled_in: str, channel: Delivery.Channel, recipient_id: int | None) -> None:
    """Make a delivery of the notices that no other worker has taken meanwhile; none if there are none left."""
    now = timezone.now()
    delivery = Delivery.objects.create(
        channel=channel, recipient_id=recipient_id, next_try_at=now, give_up_at=now + GIVE_UP_AFTER
    )
    if not Notice.objects.filter(pk__in=notices, **{bundled_in: None}).update(**{bundled_in: delivery}):
        delivery.delete()


def _due() -> QuerySet[Delivery]:
    """What is to be tried now, by the channels that are on."""
    on = Q(channel=Channel.EMAIL) if settings.EMAIL_URL else Q(pk=None)
    if settings.WEBHOOK_URL:
        on |= Q(channel=Channel.WEBHOOK)
    return Delivery.objects.filter(on, state__in=Delivery.OPEN, next_try_at__lte=timezone.now())


def _attempt(pk: int) -> None:
    """Try once, if no other worker is at it; the row tells before and after."""
    delivery = _due().select_related("recipient").filter(pk=pk).first()
    if delivery is None:
        return
    now = timezone.now()
    pause = datetime.timedelta(minutes=PAUSES[min(delivery.attempts, len(PAUSES) - 1)])
    mine = Delivery.objects.filter(pk=pk, attempts=delivery.attempts, state=delivery.state)
    if not mine.update(state=State.SENDING, attempts=F("attempts") + 1, next_try_at=now + pause):
        return
    error = _send(delivery)
    sent = Delivery.objects.filter(pk=pk, attempts=delivery.attempts + 1, state=State.SENDING)
    if error is None:
        sent.update(state=State.SENT, sent_at=timezone.now())
        return
    log.warning("delivery %s failed: %s", pk, error)
    gone = now + pause > delivery.give_up_at
    errors = f"{delivery.errors}{clock(now)} {error}\n"
    sent.update(state=State.GIVEN_UP if gone else State.FAILED, errors=errors)


def _send(delivery: Delivery) -> str | None:
    """Send it; None if it arrived, else what was wrong."""
    try:
        if delivery.channel == Channel.EMAIL:
            _mail(delivery)
        else:
            _post(delivery)
    except Exception as error:  # whatever mail server and network raise: it is written down and tried again
        return " ".join(f"{error or type(error).__name__}".split())[:300]
    return None


def _mail(delivery: Delivery) -> None:
    notices = list(delivery.mailed_notices.order_by("id"))
    if delivery.recipient is None or not delivery.recipient.email:
        raise DeliveryError("账号没有邮箱地址")
    subject = notices[0].title if len(notices) == 1 else f"{notices[0].title} 等 {len(notices)} 条通知"
    parts = [f"{each.title}\n{each.body}\n{settings.SITE_URL}{each.address}" for each in notices]
    inbox = f"全部通知：{settings.SITE_URL}/inbox/"
    body = "\n\n".join([f"{delivery.recipient}：", *parts, inbox])
    EmailMessage(f"[{SITE_NAME}] {subject}", body, to=[delivery.recipient.email]).send()


def _post(delivery: Delivery) -> None:
    """Post a message to the group's robot. It answers 200 whatever happens; its `errcode` tells."""
    text = group_message(delivery.posted_notices.select_related("recipient__organisation").order_by("id"))
    if settings.WEBHOOK_KIND == "dingtalk":
        message = {"msgtype": "markdown", "markdown": {"title": SITE_NAME, "text": text}}
    else:
        message = {"msgtype": "markdown", "markdown": {"content": text}}
    if not settings.WEBHOOK_URL.startswith(("http://", "https://")):
        raise DeliveryError("WEBHOOK_URL 应以 http:// 或 https:// 开头")
    request = Request(  # noqa: S310  the scheme was looked at above
        settings.WEBHOOK_URL, json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urlopen(request, timeout=settings.WEBHOOK_TIMEOUT) as response:  # noqa: S310  as above
            answer = json.loads(response.read(65_536))
    except HTTPError as error:
        raise DeliveryError(f"群机器人回答 HTTP {error.code}") from error
    except (URLError, TimeoutError, http.client.HTTPException) as error:
        raise DeliveryError(f"连不上群机器人：{getattr(error, 'reason', '') or error or '超时'}") from error
    except ValueError as error:
        raise DeliveryError("群机器人的回答不是 JSON") from error
    code = answer.get("errcode") if isinstance(answer, dict) else None
    if code != 0:
        raise DeliveryError(
            f"群机器人拒收：errcode {code} {answer.get('errmsg', '') if code is not None else ''}".rstrip()
        )


def group_message(notices: QuerySet[Notice]) -> str:
    """What the group reads: each thing once for each unit; no amounts, no names of persons. At most GROUP_BYTES."""
    lines = list(dict.fromkeys(f"> {each.recipient.organisation or '其他账号'}：{each.title}" for each in notices))
    head, tail = f"**{SITE_NAME}**", f"[查看待办]({settings.SITE_URL}/todo/)"
    kept, room = [], GROUP_BYTES - len(f"{head}{tail}".encode()) - 60
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    rest = [f"> 另有 {len(lines) - len(kept)} 条"] if len(kept) < len(lines) else []
    return "\n".join([head, *kept, *rest, "", tail])
