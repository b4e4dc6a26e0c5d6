"""How notices leave the house: one e-mail instead of many, never at night, tried again, and by one worker only.

E-mails go to Django's outbox, messages to the group to a real HTTP server on this machine.
"""

import datetime
import json
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connections
from django.utils import timezone
from django.utils.html import strip_tags

from investment import delivery, tasks
from investment.models import Delivery, Notice
from tests.factories import OrganisationFactory
from tests.pages import said
from zjj_projects.settings import sender_of

pytestmark = pytest.mark.django_db
State, Channel, Kind = Delivery.State, Delivery.Channel, Notice.Kind
MORNING = datetime.datetime(2019, 1, 24, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
ACCEPTED = {"errcode": 0, "errmsg": "ok"}


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as travelling:
        yield travelling


@pytest.fixture
def mailing(settings, cast):
    """The mail channel is on, and the units have addresses."""
    settings.EMAIL_URL, settings.SITE_URL = "smtp://mail.example", "https://zjj.example"
    for account in (cast.reporter, cast.neighbour):
        account.email = f"{account.username}@unit.example"
        account.save()


class Robot:
    """A group robot: what it was sent, and what it answers next (a status, a body, and a wait in seconds)."""

    def __init__(self):
        self.received, self.answers, self.kept = [], [], threading.Event()
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                robot.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, body, wait = robot.answers.pop(0) if robot.answers else (200, ACCEPTED, 0)
                robot.kept.wait(wait)
                self.send_response(status)
                self.end_headers()
                with suppress(BrokenPipeError):  # whoever asked has stopped waiting
                    self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/send?key=secret"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.kept.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def robot(settings, cast):
    there = Robot()
    settings.WEBHOOK_URL, settings.SITE_URL = there.url, "https://zjj.example"
    yield there
    there.stop()


def notice(account, title="月报今天截止", kind=Kind.REMINDER, **fields):
    key = f"{title} {Notice.objects.count()}"
    return Notice.objects.create(recipient=account, title=title, kind=kind, address="/reports/", key=key, **fields)


def run(clock, *minutes):
    """Deliver after each of these pauses."""
    for pause in minutes:
        clock.shift(datetime.timedelta(minutes=pause))
        delivery.deliver()


# ---- e-mail ----


def test_one_notice_is_one_e_mail_with_the_way_to_it(clock, mailing, cast):
    notice(cast.reporter, body="填报截止 2019-01-25。")
    tasks.deliver()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["reporter@unit.example"], "[张家界重点产业项目] 月报今天截止")
    assert sent.body == (
        "reporter：\n\n月报今天截止\n填报截止 2019-01-25。\nhttps://zjj.example/reports/\n\n"
        "全部通知：https://zjj.example/inbox/"
    )
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.sent_at, row.errors) == (State.SENT, 1, MORNING, "")


def test_what_came_together_goes_together_and_to_each_account_its_own(clock, mailing, cast):
    for title in ("甲", "乙", "丙"):
        notice(cast.reporter, title)
    notice(cast.neighbour, "丁")
    delivery.deliver()
    assert [(each.to[0].split("@")[0], each.subject.split("] ")[1]) for each in mail.outbox] == [
        ("reporter", "甲 等 3 条通知"),
        ("neighbour", "丁"),
    ]


def test_what_comes_soon_after_waits_for_the_next_e_mail(clock, mailing, cast):
    notice(cast.reporter, "甲")
    run(clock, 0)
    notice(cast.reporter, "乙")
    run(clock, 10)
    notice(cast.reporter, "丙")
    run(clock, 10, 9)
    assert len(mail.outbox) == 1
    run(clock, 2, 10, 60)
    assert [each.subject.split("] ")[1] for each in mail.outbox] == ["甲", "乙 等 2 条通知"]


def test_what_was_read_on_the_site_is_not_mailed(clock, mailing, cast):
    notice(cast.reporter).mark_read()
    delivery.deliver()
    assert Delivery.objects.count() == 0


def test_whoever_has_no_address_or_no_longer_works_here_gets_no_e_mail(clock, mailing, cast):
    cast.neighbour.is_active = False
    cast.neighbour.save()
    for account in (cast.neighbour, cast.reviewer):
        notice(account)
    delivery.deliver()
    assert Delivery.objects.count() == 0


def test_without_a_mail_server_nothing_is_mailed_and_old_news_is_not_made_up_for(clock, mailing, cast, settings):
    settings.EMAIL_URL = ""
    notice(cast.reporter, "旧闻")
    delivery.deliver()
    assert Delivery.objects.count() == 0
    settings.EMAIL_URL = "smtp://mail.example"
    clock.shift(datetime.timedelta(days=8))
    notice(cast.reporter, "新闻")
    delivery.deliver()
    assert [each.subject.split("] ")[1] for each in mail.outbox] == ["新闻"]


@pytest.mark.parametrize("hour", [21, 23])
def test_at_night_nothing_goes_out_and_in_the_morning_all_of_it_at_once(clock, mailing, cast, hour):
    clock.move_to(MORNING.replace(hour=hour))
    notice(cast.reporter, "甲")
    run(clock, 0, 60)
    notice(cast.reporter, "乙")
    clock.move_to(MORNING.replace(day=25, hour=7, minute=59))
    delivery.deliver()
    assert mail.outbox == []
    run(clock, 1)
    assert [each.subject.split("] ")[1] for each in mail.outbox] == ["甲 等 2 条通知"]


def test_a_mail_server_that_is_away_is_tried_again_with_growing_pauses_and_given_up_after_a_day(
    clock, mailing, cast, settings, client
):
    settings.QUIET_HOURS = (0, 0)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port()
    notice(cast.reporter)
    tried = []
    for _ in range(26 * 60):
        delivery.deliver()
        if len(tried) < Delivery.objects.get().attempts:
            tried.append(timezone.now() - MORNING)
        clock.shift(datetime.timedelta(minutes=1))
    assert [pause.total_seconds() // 60 for pause in tried][:6] == [0, 1, 6, 36, 96, 156]
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.errors.count("\n")) == (State.GIVEN_UP, len(tried), len(tried))
    assert row.errors.splitlines()[1] == "2019-01-24 09:01 [Errno 111] Connection refused"
    assert tried[-1] < datetime.timedelta(days=1)
    client.force_login(cast.admin)
    assert "■ 已放弃 重新发送" in said(client.get("/inbox/log/"))


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_what_was_given_up_can_be_sent_again_from_the_log(clock, mailing, cast, client):
    notice(cast.reporter)
    delivery.deliver()
    Delivery.objects.update(state=State.GIVEN_UP, sent_at=None, attempts=9)
    mail.outbox.clear()
    client.force_login(cast.office)
    clock.shift(datetime.timedelta(days=2))
    form = {"delivery": Delivery.objects.get().pk}
    assert "已重新安排发送" in said(client.post("/inbox/log/", form, follow=True))
    delivery.deliver()
    assert (len(mail.outbox), Delivery.objects.get().state) == (1, State.SENT)
    assert "没有重新安排" in said(client.post("/inbox/log/", form, follow=True))


def killed(message):
    """The process ends in the middle of sending."""
    raise SystemExit


def test_a_worker_that_died_while_sending_is_relieved_after_the_pause(clock, mailing, cast, monkeypatch):
    notice(cast.reporter)
    with monkeypatch.context() as dying:
        dying.setattr(EmailMessage, "send", killed)
        with pytest.raises(SystemExit):
            delivery.deliver()
    assert Delivery.objects.get().state == State.SENDING
    run(clock, 0)
    assert mail.outbox == []
    run(clock, 1)
    assert (len(mail.outbox), Delivery.objects.get().attempts, Delivery.objects.get().state) == (1, 2, State.SENT)


def test_an_account_that_lost_its_address_meanwhile_says_so(clock, mailing, cast):
    notice(cast.reporter)
    delivery._bundle_mail()
    cast.reporter.email = ""
    cast.reporter.save()
    delivery.deliver()
    assert Delivery.objects.get().errors == "2019-01-24 09:00 账号没有邮箱地址\n"


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("smtp+ssl://zjj%40fgw.example:secret@mail.example:465", "zjj@fgw.example"),
        ("smtp://zjj:secret@mail.example", "zjj@mail.example"),
        ("smtp://mail.example:25", "zjj@mail.example"),
        ("consolemail://", "zjj@localhost"),
    ],
)
def test_e_mails_come_from_the_user_of_the_mail_server(url, sender):
    assert sender_of(url) == sender


# ---- the group ----


def test_the_group_reads_one_message_with_each_thing_once_per_unit(clock, robot, cast):
    for account in (cast.reporter, cast.reporter, cast.neighbour):
        notice(account)
    delivery.deliver()
    assert robot.received == [
        {
            "msgtype": "markdown",
            "markdown": {
                "content": "**张家界重点产业项目**\n> 示例责任单位 慈利 01：月报今天截止\n"
                "> 示例责任单位 慈利 02：月报今天截止\n\n[查看待办](https://zjj.example/todo/)"
            },
        }
    ]
    row = Delivery.objects.get()
    assert (row.channel, row.recipient, row.state) == (Channel.WEBHOOK, None, State.SENT)


def test_dingtalk_is_spoken_to_in_its_own_way(clock, robot, cast, settings):
    settings.WEBHOOK_KIND = "dingtalk"
    notice(cast.reporter)
    delivery.deliver()
    (message,) = robot.received
    assert message["markdown"]["title"] == "张家界重点产业项目"
    assert "示例责任单位 慈利 01：月报今天截止" in message["markdown"]["text"]


def test_the_group_hears_nothing_that_concerns_one_unit_only(clock, robot, cast):
    for kind in (Kind.RETURNED, Kind.REVIEW, Kind.DECIDED, Kind.REOPENED):
        notice(cast.reporter, kind=kind)
    delivery.deliver()
    assert robot.received == []
    notice(cast.reporter, kind=Kind.URGE, sent_by=cast.office)
    delivery.deliver()
    assert len(robot.received) == 1


def test_a_message_to_the_group_is_cut_before_it_is_too_long(clock, robot, cast):
    for number in range(200):
        notice(cast.reporter, f"2019年1月月报今天截止：{number} 份未报送")
    delivery.deliver()
    text = robot.received[0]["markdown"]["content"]
    lines = text.count("> 示例责任单位")
    assert len(text.encode()) <= 4096
    assert f"> 另有 {200 - lines} 条" in text


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            (200, {"errcode": 310000, "errmsg": "keywords not in content"}, 0),
            "群机器人拒收：errcode 310000 keywords not in content",
        ),
        ((200, {"ok": True}, 0), "群机器人拒收：errcode None"),
        ((200, [], 0), "群机器人拒收：errcode None"),
        ((200, b"<html>", 0), "群机器人的回答不是 JSON"),
        ((500, {}, 0), "群机器人回答 HTTP 500"),
        ((404, ACCEPTED, 0), "群机器人回答 HTTP 404"),
        ((200, ACCEPTED, 3), "连不上群机器人：timed out"),
    ],
)
def test_a_robot_that_refuses_or_hangs_is_tried_again_and_then_has_it_once(clock, robot, cast, settings, answer, error):
    settings.WEBHOOK_TIMEOUT = 0.3
    robot.answers = [answer]
    notice(cast.reporter)
    delivery.deliver()
    row = Delivery.objects.get()
    assert (row.state, row.errors) == (State.FAILED, f"2019-01-24 09:00 {error}\n")
    assert "secret" not in row.errors
    run(clock, 1, 1, 60)
    assert (len(robot.received), Delivery.objects.get().state) == (2, State.SENT)


def test_a_robot_that_is_not_there_is_written_down(clock, cast, settings):
    settings.WEBHOOK_URL = f"http://127.0.0.1:{closed_port()}/"
    notice(cast.reporter)
    delivery.deliver()
    assert Delivery.objects.get().errors == "2019-01-24 09:00 连不上群机器人：[Errno 111] Connection refused\n"


def test_an_address_that_is_none_is_not_opened(clock, cast, settings):
    settings.WEBHOOK_URL = "file:///etc/passwd"
    notice(cast.reporter)
    delivery.deliver()
    assert "WEBHOOK_URL 应以 http:// 或 https:// 开头" in Delivery.objects.get().errors


def test_a_robot_that_hangs_keeps_no_e_mail_back(clock, mailing, robot, cast, settings):
    settings.WEBHOOK_TIMEOUT = 0.3
    robot.answers = [(200, ACCEPTED, 3)]
    notice(cast.reporter)
    began = time.monotonic()
    delivery.deliver()
    assert len(mail.outbox) == 1
    assert time.monotonic() - began < 2


# ---- two workers at once ----


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_sends(clock, mailing, robot, cast):
    for account in (cast.reporter, cast.neighbour):
        for number in range(3):
            notice(account, f"月报 {number}")
    barrier, raised = threading.Barrier(4), []

    def work():
        try:
            barrier.wait()
            delivery.deliver()
        except Exception as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
    assert sorted(each.to[0] for each in mail.outbox) == ["neighbour@unit.example", "reporter@unit.example"]
    assert len(robot.received) == 1
    assert list(Delivery.objects.values_list("state", "attempts")) == [(State.SENT, 1)] * 3


# ---- the log ----


@pytest.fixture
def log(client, cast):
    def get(who="office", **asked):
        client.force_login(getattr(cast, who))
        return client.get("/inbox/log/", asked)

    return get


def cells(response):
    """The rows of the log as people read them."""
    return [
        [" ".join(strip_tags(str(cell)).split()) for cell in row] for row in response.context["table"].paginated_rows
    ]


@pytest.mark.parametrize("who", ["reporter", "neighbour", "reviewer", "leader"])
def test_the_log_is_for_office_and_administrator(log, who):
    assert log(who).status_code == 404


def test_the_log_says_which_channels_are_off_and_when_it_is_quiet(log):
    page = said(log())
    off = "电子邮件未开通，通知只在站内 · 群机器人未开通 · 需要开通，请联系系统管理员 · 21 时至次日 8 时不发送"
    assert off in page
    assert "还没有发送过电子邮件或群消息。" in page


def test_the_log_names_the_settings_to_the_administrator_alone(log):
    page = said(log("admin"))
    assert "电子邮件未开通，通知只在站内（没有设置 EMAIL_URL） · 群机器人未开通（没有设置 WEBHOOK_URL） · 21 时" in page
    assert "_URL" not in said(log("office"))


def test_the_log_names_recipient_state_attempts_and_what_went_wrong(clock, mailing, robot, cast, log):
    robot.answers = [(500, {}, 0)]
    for _ in range(2):
        notice(cast.reporter)
    delivery.deliver()
    assert cells(log()) == [
        [
            "2019-01-24 09:00",
            "工作群 群机器人",
            "2",
            "◆ 失败，将重试 2019-01-24 09:01 发送",
            "1",
            "2019-01-24 09:00 群机器人回答 HTTP 500",
        ],
        ["2019-01-24 09:00", "reporter reporter@unit.example", "2", "● 已发送 2019-01-24 09:00 送达", "1", ""],
    ]


def test_the_log_of_urging_says_who_when_whom_and_for_which_month(clock, cast, log):
    notice(cast.reporter, "催报：2019年1月月报今天截止，2 份未报送", Kind.URGE, sent_by=cast.reviewer, body="甲、乙。")
    notice(cast.reporter, "提醒")
    assert cells(log(show="urges")) == [
        [
            "2019-01-24 09:00",
            "reviewer 慈利县发展改革局",
            "示例责任单位 慈利 01 reporter",
            "催报：2019年1月月报今天截止，2 份未报送 甲、乙。",
            "● 未读",
        ]
    ]


def test_another_log_does_not_exist(log):
    assert log(show="all").status_code == 404


@pytest.mark.parametrize("form", [{}, {"delivery": "x"}, {"delivery": "0"}])
def test_only_a_delivery_is_sent_again(client, cast, form):
    client.force_login(cast.admin)
    assert client.post("/inbox/log/", form).status_code == 404


@pytest.mark.parametrize("show", ["", "urges"])
def test_the_log_takes_the_same_queries_for_1_and_for_3_rows(
    clock, mailing, cast, client, show, django_assert_num_queries
):
    address = f"/inbox/log/?show={show}"
    client.force_login(cast.office)
    notice(cast.reporter, kind=Kind.URGE, sent_by=cast.office)
    delivery.deliver()
    with django_assert_num_queries(5):  # session, account, roles, number, rows
        client.get(address)
    cast.reviewer.email = "reviewer@office.example"
    cast.reviewer.organisation = OrganisationFactory()
    cast.reviewer.save()
    for account in (cast.neighbour, cast.reviewer):
        notice(account, kind=Kind.URGE, sent_by=cast.reviewer)
    delivery.deliver()
    with django_assert_num_queries(5):
        client.get(address)
