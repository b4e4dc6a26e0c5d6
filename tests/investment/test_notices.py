"""Notices: what the tables refuse, that nobody is told twice, and the inbox."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from investment.accounts import ReaderBackend
from investment.models import Delivery, Notice
from investment.notices import is_quiet, notify, some_of, typists_of
from projects import roles
from tests.factories import OrganisationFactory, ProjectFactory, UserFactory, city, province
from tests.pages import said
from tests.refusals import refused

pytestmark = pytest.mark.django_db
Kind = Notice.Kind


def notice(recipient, key="a", **fields):
    fields = {"kind": Kind.REMINDER, "title": "月报今天截止", "address": "/reports/", **fields}
    return Notice.objects.create(recipient=recipient, key=key, **fields)


def delivery(**fields):
    now = timezone.now()
    return Delivery.objects.create(
        **{"channel": Delivery.Channel.WEBHOOK, "next_try_at": now, "give_up_at": now, **fields}
    )


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("notice_has_title", {"title": ""}),
        ("notice_leads_into_the_site", {"address": "https://evil.example/"}),
        ("notice_leads_into_the_site", {"address": "//evil.example/"}),
        ("notice_of_urging_names_who_urges", {"kind": Kind.URGE}),
    ],
)
def test_notice_refuses(cast, constraint, fields):
    assert refused(constraint, lambda: notice(cast.reporter, **fields))


def test_one_notice_per_recipient_and_key(cast):
    notice(cast.reporter)
    notice(cast.neighbour)
    assert refused("one_notice_per_recipient_and_key", lambda: notice(cast.reporter))


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("delivery_by_email_has_recipient", {"channel": Delivery.Channel.EMAIL}),
        ("delivery_sent_has_time", {"state": Delivery.State.SENT}),
        ("delivery_sent_has_time", {"sent_at": datetime(2018, 1, 1, tzinfo=UTC)}),
    ],
)
def test_delivery_refuses(constraint, fields):
    assert refused(constraint, lambda: delivery(**fields))


def test_a_message_to_the_group_has_no_recipient(cast):
    assert refused("delivery_by_email_has_recipient", lambda: delivery(recipient=cast.reporter))


def tell(accounts, key="returned:1", **fields):
    given = {"kind": Kind.RETURNED, "title": "月报被退回", "body": "请核实。", "address": "/reports/", **fields}
    return notify(accounts, key=key, **given)


def test_each_account_is_told_once_under_a_key(cast):
    assert tell([cast.reporter, cast.reporter]) == 1
    assert tell([cast.reporter, cast.neighbour], by=cast.reviewer) == 1
    assert list(Notice.objects.order_by("id").values_list("recipient__username", "sent_by__username")) == [
        ("reporter", None),
        ("neighbour", "reviewer"),
    ]
    assert tell([cast.reporter], key="returned:2") == 1


def test_a_title_that_is_too_long_is_cut(cast):
    tell([cast.reporter], title="长" * 300)
    assert Notice.objects.get().title == "长" * 200


def test_those_who_type_a_project_are_told_of_it(cast):
    owner = OrganisationFactory()
    gone, colleague = (UserFactory(organisation=owner, username=name) for name in ("gone", "colleague"))
    for account in (gone, colleague):
        account.groups.add(Group.objects.get(name=roles.REPORTER))
    UserFactory(organisation=owner, username="of the unit, without the role")
    gone.is_active = False
    gone.save()
    project = ProjectFactory(responsible_unit=cast.reporter.organisation, owner=owner)
    assert typists_of(project) == [colleague, cast.reporter]
    assert typists_of(ProjectFactory()) == []


@pytest.mark.parametrize(
    ("names", "words"),
    [(["甲"], "甲"), (["甲", "乙", "丙"], "甲、乙、丙"), (list("甲乙丙丁"), "甲、乙、丙 等 4 个项目")],
)
def test_the_first_few_are_named_and_the_others_counted(names, words):
    assert some_of(names) == words


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [((21, 8), {21, 22, 23, *range(8)}), ((12, 14), {12, 13}), ((0, 0), set())],
)
def test_quiet_hours_by_the_clock_of_the_site(settings, hours, quiet):
    settings.QUIET_HOURS = hours
    assert {hour for hour in range(24) if is_quiet(datetime(2019, 1, 1, (hour - 8) % 24, 30, tzinfo=UTC))} == quiet


# ---- the inbox ----


@pytest.fixture
def inbox(client, cast):
    client.force_login(cast.reporter)
    return lambda **asked: client.get("/inbox/", asked)


def titles(response):
    return [row.record.title for row in response.context["table"].paginated_rows]


def test_unread_notices_come_first_then_the_latest(inbox, cast):
    for number in range(4):
        notice(cast.reporter, str(number), title=f"通知 {number}", read_at=timezone.now() if number in (1, 3) else None)
    notice(cast.neighbour, title="别人的")
    assert titles(inbox()) == ["通知 2", "通知 0", "通知 3", "通知 1"]


def test_what_is_said_is_text(inbox, cast):
    notice(cast.reporter, title="<b>甲</b>", body="<i>乙</i>")
    page = inbox().content.decode()
    assert "&lt;b&gt;甲&lt;/b&gt;" in page
    assert "&lt;i&gt;乙&lt;/i&gt;" in page


def test_opening_a_notice_marks_it_read_once_and_leads_on(client, inbox, cast):
    first = notice(cast.reporter, address="/reports/?month=2018-01")
    answer = client.get(reverse("notice", args=[first.pk]))
    assert answer.url == "/reports/?month=2018-01"
    read_at = Notice.objects.get().read_at
    assert read_at is not None
    client.get(reverse("notice", args=[first.pk]))
    assert Notice.objects.get().read_at == read_at


def test_nobody_opens_a_notice_of_somebody_else(client, inbox, cast):
    other = notice(cast.neighbour)
    assert client.get(reverse("notice", args=[other.pk])).status_code == 404
    assert Notice.objects.get().read_at is None


def test_all_own_notices_are_marked_read_with_one_click(client, inbox, cast):
    for account in (cast.reporter, cast.neighbour):
        notice(account, "1")
        notice(account, "2")
    assert "已将 2 条通知标为已读。" in said(client.post("/inbox/read/", follow=True))
    assert "没有未读的通知。" in said(client.post("/inbox/read/", follow=True))
    assert Notice.objects.unread().count() == 2


def test_the_head_of_every_page_counts_what_is_unread(client, inbox, cast):
    notice(cast.reporter, "1", read_at=timezone.now())
    assert "条未读" not in said(inbox())
    for number in range(3):
        notice(cast.reporter, f"new {number}")
    assert "通知 3 条未读" in said(inbox())
    assert "通知 3 条未读" in said(client.get("/reports/"))


def test_the_count_takes_no_query_of_its_own(cast, django_assert_num_queries):
    for key in ("1", "2"):
        notice(cast.reporter, key)
    with django_assert_num_queries(1):
        assert ReaderBackend().get_user(cast.reporter.pk).unread_notices == 2


def test_an_empty_inbox_says_what_will_come(inbox):
    assert "还没有通知 月报快到期、被退回、被催报，或者审批有了结果，都会在这里告诉您。" in said(inbox())


def test_the_inbox_takes_the_same_queries_for_1_and_for_3_notices(inbox, cast, django_assert_num_queries):
    notice(cast.reporter, "0")
    with django_assert_num_queries(5):  # session, account, roles, number, rows
        inbox()
    notice(cast.reporter, "1", sent_by=cast.office)
    notice(cast.reporter, "2", sent_by=cast.reviewer)
    with django_assert_num_queries(5):
        inbox()


def test_a_long_inbox_has_pages(inbox, cast):
    for number in range(51):
        notice(cast.reporter, str(number))
    assert len(titles(inbox())) == 50
    assert len(titles(inbox(page=2))) == 1


def test_office_and_administrator_see_what_their_city_was_told_and_others_their_own(cast):
    elsewhere = UserFactory(organisation=OrganisationFactory(area=province()), username="elsewhere")
    homeless = UserFactory(username="homeless")
    there = UserFactory(organisation=OrganisationFactory(area=city()), username="there")
    for account in (cast.reporter, elsewhere, homeless, there):
        notice(account)
    seen = {
        who: sorted(Notice.objects.visible_to(getattr(cast, who)).values_list("recipient__username", flat=True))
        for who in ("reporter", "reviewer", "office", "leader", "admin")
    }
    whole = ["homeless", "reporter", "there"]
    assert seen == {"reporter": ["reporter"], "reviewer": [], "office": whole, "leader": [], "admin": whole}
