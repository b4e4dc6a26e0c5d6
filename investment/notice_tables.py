"""The tables of the inbox and of the log: columns and headings. Rows come from the database."""

from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from projects.models import User

from .lamps import Lamp
from .models import Delivery, Notice
from .reporting import clock
from .tables import ROOMY as WIDE_NUMBER

PER_PAGE = 50
HEAD = {"th": {"scope": "col"}}
ROOMY = {"th": {"class": "roomy", "scope": "col"}, "td": {"class": "roomy"}}
MOMENT = {"th": {"scope": "col"}, "td": {"class": "moment"}}
UNREAD, READ = Lamp("unread", "●", "未读", "filed"), Lamp("read", "○", "已读", "grey")
State = Delivery.State
LAMPS = {
    State.WAITING: Lamp("waiting", "○", "等待发送", "grey"),
    State.SENDING: Lamp("sending", "▲", "正在发送", "filed"),
    State.SENT: Lamp("sent", "●", "已发送", "green"),
    State.FAILED: Lamp("failed", "◆", "失败，将重试", "yellow"),
    State.GIVEN_UP: Lamp("given-up", "■", "已放弃", "red"),
}


def lamp(shown: Lamp) -> str:
    return get_template("lamp.html").render({"lamp": shown})


class PagedTable(tables.Table):
    def __init__(self, rows: QuerySet[Any], page: str | None) -> None:
        super().__init__(rows)
        self.paginate(per_page=PER_PAGE)
        self.page = self.paginator.get_page(page)


class InboxTable(PagedTable):
    """The own notices, unread ones first."""

    read_at = tables.Column("状态", attrs=HEAD, empty_values=())
    title = tables.Column("通知", attrs={**HEAD, "td": {"class": "name"}})
    sent_by = tables.Column("来自", attrs=ROOMY, default="系统")
    created_at = tables.Column("时间", attrs=MOMENT)

    class Meta:
        orderable = False
        attrs = {"class": "report-list inbox"}
        row_attrs = {"class": lambda record: "read" if record.read_at else "unread"}
        empty_text = "还没有通知。"

    def render_read_at(self, record: Notice) -> str:
        return lamp(READ if record.read_at else UNREAD)

    def render_title(self, value: str, record: Notice) -> SafeString:
        address = reverse("notice", args=[record.pk])
        return format_html('<a href="{}">{}</a> <small>{}</small>', address, value, record.body)

    def render_created_at(self, record: Notice) -> str:
        return clock(record.created_at)


class DeliveryTable(PagedTable):
    """What left the house or did not, the latest first."""

    created_at = tables.Column("时间", attrs=MOMENT)
    recipient = tables.Column("收件人", attrs={**HEAD, "td": {"class": "name"}}, empty_values=())
    number = tables.Column("通知（条）", attrs=WIDE_NUMBER)
    state = tables.Column("状态", attrs=HEAD)
    attempts = tables.Column("发送（次）", attrs=WIDE_NUMBER)
    errors = tables.Column("失败记录", attrs=ROOMY, default="")

    class Meta:
        orderable = False
        attrs = {"class": "report-list deliveries"}
        empty_text = "还没有发送过电子邮件或群消息。"

    def render_created_at(self, record: Delivery) -> str:
        return clock(record.created_at)

    def render_recipient(self, record: Delivery) -> SafeString:
        who = record.recipient or "工作群"
        where = record.recipient.email or "没有邮箱地址" if record.recipient else record.get_channel_display()
        return format_html("{} <small>{}</small>", who, where)

    def render_state(self, record: Delivery) -> SafeString:
        shown: str | SafeString = ""
        if record.sent_at:
            shown = f"{clock(record.sent_at)} 送达"
        elif record.is_given_up:
            shown = format_html('<button class="quiet" name="delivery" value="{}">重新发送</button>', record.pk)
        else:
            shown = f"{clock(record.next_try_at)} 发送"
        return format_html("{} <small>{}</small>", lamp(LAMPS[State(record.state)]), shown)

    def render_errors(self, value: str) -> SafeString:
        return format_html("<small>{}</small>", value.strip())


class UrgeTable(PagedTable):
    """Who urged whom, when, and for which month."""

    created_at = tables.Column("时间", attrs=MOMENT)
    sent_by = tables.Column("催报人", attrs=ROOMY)
    recipient = tables.Column("催报对象", attrs={**HEAD, "td": {"class": "name"}})
    title = tables.Column("内容", attrs={**HEAD, "td": {"class": "name"}})
    read_at = tables.Column("状态", attrs=HEAD, empty_values=())

    class Meta:
        orderable = False
        attrs = {"class": "report-list urges"}
        empty_text = "还没有催报过。"

    def render_created_at(self, record: Notice) -> str:
        return clock(record.created_at)

    def render_sent_by(self, value: User) -> SafeString:
        return format_html("{} <small>{}</small>", value, value.organisation or "")

    def render_recipient(self, value: User) -> SafeString:
        return format_html("{} <small>{}</small>", value.organisation or value, value if value.organisation else "")

    def render_title(self, value: str, record: Notice) -> SafeString:
        return format_html("{} <small>{}</small>", value, record.body)

    def render_read_at(self, record: Notice) -> str:
        return lamp(READ if record.read_at else UNREAD)
