"""What accounts are told, and how it leaves the house: notices, and their deliveries by e-mail and to the group."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from projects import roles
from projects.models import User
from projects.models.scope import NOTHING, inside


def _of_city(user: User, account: str) -> Q:
    """What office and administrator may look at: the accounts of their city, and those that belong to none."""
    if not user.has_role(roles.OFFICE, roles.ADMIN):
        return NOTHING
    if user.city is None:
        return ~NOTHING
    place = f"{account}__organisation__"
    return Q(**{f"{place}area__isnull": True}) | inside(user.city, place)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user: User) -> "DeliveryQuerySet":
        """Those to the accounts of the city, and those to the group."""
        return self.filter(_of_city(user, "recipient"))

    def given_up(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.GIVEN_UP)


class Delivery(models.Model):
    """Some notices on their way out: one e-mail to an account, or one message to the group's robot.

    `next_try_at` is moved on before each attempt, so that an attempt that never came back is made again.
    """

    class Channel(models.IntegerChoices):
        EMAIL = 1, "电子邮件"
        WEBHOOK = 2, "群机器人"

    class State(models.IntegerChoices):
        WAITING = 1, "等待发送"
        SENDING = 2, "正在发送"
        SENT = 3, "已发送"
        FAILED = 4, "失败，将重试"
        GIVEN_UP = 5, "已放弃"

    OPEN = (State.WAITING, State.SENDING, State.FAILED)

    channel = models.PositiveSmallIntegerField("渠道", choices=Channel)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="收件账号",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
        help_text="空白为群机器人。",
    )
    state = models.PositiveSmallIntegerField("状态", choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField("发送次数", default=0)
    next_try_at = models.DateTimeField("下次发送")
    give_up_at = models.DateTimeField("最晚重试")
    errors = models.TextField("失败记录", blank=True, help_text="每次失败一行。")
    created_at = models.DateTimeField("生成时间", default=timezone.now)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "发送记录"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="delivery_by_email_has_recipient",
                condition=Q(channel=1, recipient__isnull=False) | Q(channel=2, recipient=None),
                violation_error_message="电子邮件必须有收件账号，群机器人没有。",
            ),
            models.CheckConstraint(
                name="delivery_sent_has_time",
                condition=Q(state=3, sent_at__isnull=False) | ~Q(state=3) & Q(sent_at=None),
                violation_error_message="已发送的必须有发送时间。",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state__in=[1, 2, 4]), name="delivery_to_be_tried"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.recipient or ''}".rstrip()

    @property
    def is_given_up(self) -> bool:
        return self.state == self.State.GIVEN_UP


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> "NoticeQuerySet":
        """The own ones; office and administrator also see what the accounts of the city were told."""
        return self.filter(Q(recipient=user) | _of_city(user, "recipient"))

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at=None)


class Notice(models.Model):
    """Something that one account is told. `sent_by` is empty where the system speaks.

    A recipient gets a key once, however often the same thing is said: see `notices.notify`.
    """

    class Kind(models.IntegerChoices):
        OPENED = 1, "开放填报"
        REMINDER = 2, "填报提醒"
        URGE = 3, "催报"
        RETURNED = 4, "退回"
        REVIEW = 5, "审核提醒"
        DECIDED = 6, "审批结果"
        REOPENED = 7, "开放补报"

    FOR_THE_GROUP = (Kind.OPENED, Kind.REMINDER, Kind.URGE)  # what may be said before everybody

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="收件账号", on_delete=models.PROTECT, related_name="notices"
    )
    kind = models.PositiveSmallIntegerField("类别", choices=Kind)
    title = models.CharField("标题", max_length=200)
    body = models.TextField("内容", blank=True)
    address = models.CharField("去处", max_length=200)
    key = models.CharField("事由", max_length=120)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="发送人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="空白为系统自动。",
    )
    created_at = models.DateTimeField("时间", default=timezone.now)
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)
    mailed_in = models.ForeignKey(
        Delivery,
        verbose_name="电子邮件",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="mailed_notices",
    )
    posted_in = models.ForeignKey(
        Delivery, verbose_name="群消息", null=True, blank=True, on_delete=models.SET_NULL, related_name="posted_notices"
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], name="one_notice_per_recipient_and_key"),
            models.CheckConstraint(
                name="notice_has_title", condition=~Q(title=""), violation_error_message="通知必须有标题。"
            ),
            models.CheckConstraint(
                name="notice_leads_into_the_site",
                condition=Q(address__startswith="/") & ~Q(address__startswith="//"),
                violation_error_message="去处必须是本站的地址。",
            ),
            models.CheckConstraint(
                name="notice_of_urging_names_who_urges",
                condition=~Q(kind=3) | Q(sent_by__isnull=False),
                violation_error_message="催报必须有催报人。",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["created_at"], name="notice_by_time"),
        ]

    def __str__(self) -> str:
        return self.title

    def mark_read(self) -> None:
        """Say when it was first read."""
        Notice.objects.filter(pk=self.pk, read_at=None).update(read_at=timezone.now())
