"""What each of the cast has to do in each state of things, that it empties itself, and where one arrives."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group

from investment.models import Correction, Delivery, MonthlyReport, Notice, PlanChange, Reopening
from investment.months import Month
from investment.todo import todo_of
from projects import roles
from tests.factories import AreaFactory, MonthlyReportFactory, ProjectFactory, UserFactory, period_open
from tests.pages import said
from tests.refusals import unguarded

pytestmark = pytest.mark.django_db
State = MonthlyReport.State
WHO = ("reporter", "neighbour", "reviewer", "office", "leader", "admin")
DECEMBER, JANUARY = Month(2018, 12), Month(2019, 1)  # January: due on the 25th, first review the 27th, final the 28th


def at(day, hour=9):
    return datetime.datetime(2019, 1, day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def clock():
    with time_machine.travel(at(20), tick=False) as travelling:
        yield travelling


@pytest.fixture
def january(clock, cast):
    return period_open(JANUARY)


def report(cast, state, month=JANUARY, who="reporter", **fields):
    project = fields.pop("project", None) or ProjectFactory(responsible_unit=getattr(cast, who).organisation)
    if state in (*MonthlyReport.OWED, State.EXCUSED, State.MISSING):
        fields = {"amount": None} | fields
    reasons = {State.RETURNED: {"return_reason": "请核实。"}, State.EXCUSED: {"excuse_reason": "停工。"}}
    fields = {**reasons.get(state, {}), **fields}
    with unguarded():  # also in a month that is closed
        return MonthlyReportFactory(project=project, year=month.year, month=month.number, state=state, **fields)


def to_do(user):
    """The list as it is read: how urgent, what, how many, until when."""
    return [(item.lamp.word, item.what, f"{item.number} {item.unit}", item.time_left) for item in todo_of(user).items]


@pytest.mark.parametrize(
    ("state", "whose"),
    [
        (State.EXPECTED, {"reporter": ("待办", "填报2019年1月月报", "1 份", "还有 5 天截止")}),
        (State.DRAFT, {"reporter": ("待办", "报送2019年1月月报的草稿", "1 份", "还有 5 天截止")}),
        (State.SUBMITTED, {"reviewer": ("待办", "初审2019年1月月报", "1 份", "还有 7 天截止")}),
        (State.PASSED, {"office": ("待办", "终审2019年1月月报", "1 份", "还有 8 天截止")}),
        (State.APPROVED, {"office": ("待办", "2019年1月月报已全部审定，可以关账", "1 个月", "还有 8 天截止")}),
        (State.EXCUSED, {"office": ("待办", "2019年1月月报已全部审定，可以关账", "1 个月", "还有 8 天截止")}),
    ],
)
def test_in_each_state_a_report_is_the_business_of_one_role(january, cast, state, whose):
    report(cast, state)
    found = {who: to_do(getattr(cast, who)) for who in WHO}
    assert found == {who: [whose[who]] if who in whose else [] for who in WHO}


def test_a_returned_report_is_named_with_its_reason_and_leads_to_its_form(january, cast):
    returned = report(cast, State.RETURNED)
    (item,) = todo_of(cast.reporter).items
    assert (item.lamp.word, item.what) == ("已退回", f"修改后重新报送：{returned.project}（2019年1月）")
    assert (item.note, item.address) == ("请核实。", f"/reports/{returned.project_id}/2019-01/")
    assert to_do(cast.neighbour) == []


def test_of_many_returned_reports_the_first_ten_are_named(january, cast):
    for _ in range(12):
        report(cast, State.RETURNED)
    items = todo_of(cast.reporter).items
    assert (len(items), items[-1].what, items[-1].number) == (11, "其余被退回的2019年1月月报", 2)


@pytest.mark.parametrize(
    ("day", "word", "words"),
    [
        (21, "待办", "还有 4 天截止"),
        (22, "快到期", "还有 3 天截止"),
        (25, "快到期", "今天截止"),
        (26, "已逾期", "已逾期 1 天"),
    ],
)
def test_the_clock_makes_it_more_urgent(january, clock, cast, day, word, words):
    report(cast, State.EXPECTED)
    clock.move_to(at(day))
    assert to_do(cast.reporter) == [(word, "填报2019年1月月报", "1 份", words)]


def test_what_is_late_of_an_earlier_open_month_comes_first(january, cast):
    period_open(DECEMBER)
    report(cast, State.EXPECTED)
    report(cast, State.RETURNED)
    report(cast, State.DRAFT, DECEMBER)
    assert [(word, what[:10]) for word, what, *_ in to_do(cast.reporter)] == [
        ("已逾期", "报送2018年12月"),
        ("已退回", "修改后重新报送：示例"),
        ("待办", "填报2019年1月月"),
    ]


@pytest.mark.parametrize("fields", [{"opened_at": None}, {"closed_at": at(1)}])
def test_a_month_that_is_not_open_asks_nobody_for_anything(clock, cast, fields):
    period_open(JANUARY, **fields)
    for state in (State.EXPECTED, State.RETURNED, State.APPROVED):
        report(cast, state)
    assert [to_do(getattr(cast, who)) for who in WHO] == [[]] * 6


def test_a_reopened_report_of_a_closed_month_is_due_by_its_own_end(clock, cast):
    period_open(DECEMBER, closed_at=at(1))
    reopened = report(cast, State.MISSING, DECEMBER)
    end = datetime.date(2019, 1, 22)
    Reopening.objects.create(report=reopened, reason="系统故障。", until_on=end, by=cast.office)
    assert to_do(cast.reporter) == [("快到期", f"补报2018年12月月报：{reopened.project}", "1 份", "还有 2 天截止")]
    assert todo_of(cast.reporter).items[0].note == "系统故障。"


@pytest.mark.parametrize("fields", [{"until_on": datetime.date(2019, 1, 19)}, {"ended_at": at(19)}])
def test_a_reopening_that_ended_is_nothing_to_do(clock, cast, fields):
    period_open(DECEMBER, closed_at=at(1))
    fields = {"until_on": datetime.date(2019, 1, 22), "reason": "系统故障。", "by": cast.office, **fields}
    Reopening.objects.create(report=report(cast, State.MISSING, DECEMBER), **fields)
    assert to_do(cast.reporter) == []


def test_a_reopened_report_that_was_handed_in_is_reviewed_though_its_month_is_closed(clock, cast):
    period_open(DECEMBER, closed_at=at(1))
    report(cast, State.SUBMITTED, DECEMBER)
    assert to_do(cast.reviewer) == [("已逾期", "初审2018年12月月报", "1 份", "已逾期 24 天")]


def test_a_reviewer_has_the_own_district_and_not_what_he_or_she_submitted(january, cast):
    report(cast, State.SUBMITTED, submitted_by=cast.reviewer)
    report(cast, State.SUBMITTED, project=ProjectFactory(area=AreaFactory(name="桑植县")))
    assert to_do(cast.reviewer) == []


def test_once_it_was_due_reviewer_and_office_are_shown_who_owes(january, clock, cast):
    for who in ("reporter", "reporter", "neighbour"):
        report(cast, State.EXPECTED, who=who)
    clock.move_to(at(25))
    assert to_do(cast.reviewer) == []
    clock.move_to(at(26))
    owing = ("已逾期", "催报2019年1月月报", "2 个单位", "已逾期 1 天")
    assert (to_do(cast.reviewer), to_do(cast.office)) == ([owing], [owing])
    assert todo_of(cast.reviewer).items[0].note == "共 3 份月报"


def test_a_first_review_that_is_late_is_pressed_by_the_office(january, clock, cast):
    report(cast, State.SUBMITTED)
    clock.move_to(at(28))
    assert to_do(cast.office) == [("已逾期", "督促2019年1月月报初审", "1 份", "已逾期 1 天")]


def test_a_month_that_should_be_closed_says_what_keeps_it(january, clock, cast):
    report(cast, State.PASSED)
    clock.move_to(at(29))
    items = todo_of(cast.office).items
    assert [(item.what, item.note, item.address) for item in items] == [
        ("终审2019年1月月报", "", "/reports/?month=2019-01&state=passed"),
        ("2019年1月月报应当终审并关账", "还有 1 份待终审", "/periods/2019-01/"),
    ]


def proposals(cast, by):
    approved = report(cast, State.APPROVED, DECEMBER)
    said = {"reason": "核实后更正。", "proposed_by": by}
    Correction.objects.create(report=approved, old_amount=Decimal(100), new_amount=Decimal(90), **said)
    effective = {"effective_on": datetime.date(2019, 1, 1), "document_number": "示例〔2019〕9号"}
    PlanChange.objects.create(project=approved.project, year=2019, amount=Decimal(900), **effective, **said)


def test_what_others_proposed_is_decided_by_the_office(clock, cast):
    proposals(cast, cast.reviewer)
    assert [(item.what, item.number, item.address) for item in todo_of(cast.office).items] == [
        ("审批关账后的更正", 1, "/corrections/"),
        ("审批计划调整", 1, "/plan-changes/"),
    ]
    assert [to_do(getattr(cast, who)) for who in WHO if who != "office"] == [[]] * 5


def test_nobody_is_asked_to_decide_what_he_or_she_proposed(clock, cast):
    proposals(cast, cast.office)
    assert to_do(cast.office) == []


def test_what_could_not_be_sent_is_the_administrator_s(clock, cast):
    for state in (Delivery.State.GIVEN_UP, Delivery.State.FAILED):
        Delivery.objects.create(channel=Delivery.Channel.WEBHOOK, state=state, next_try_at=at(19), give_up_at=at(19))
    assert to_do(cast.admin) == [("待办", "处理发送失败的通知", "1 条", "")]
    assert to_do(cast.office) == []
    clock.move_to(at(27))
    assert to_do(cast.admin) == []


@pytest.mark.parametrize("who", WHO)
def test_unread_notices_are_everybody_s(clock, cast, who):
    account = getattr(cast, who)
    notice = Notice.objects.create(
        recipient=account, kind=Notice.Kind.REMINDER, title="提醒", address="/reports/", key="a"
    )
    assert to_do(account) == [("待办", "阅读通知", "1 条", "")]
    notice.mark_read()
    assert to_do(account) == []


def test_whoever_types_and_reviews_is_led_to_the_right_desk(january, cast):
    both = UserFactory(organisation=cast.reviewer.organisation)
    for role in (roles.REPORTER, roles.REVIEWER):
        both.groups.add(Group.objects.get(name=role))
    report(cast, State.SUBMITTED)
    assert [item.address for item in todo_of(both).items] == ["/reports/?month=2019-01&state=submitted&desk=review"]


# ---- the page ----


@pytest.fixture
def page(client, cast):
    def get(who):
        client.force_login(getattr(cast, who))
        return client.get("/todo/")

    return get


def test_the_page_says_how_much_there_is_to_do_and_how_much_of_it_is_late(january, clock, page, cast):
    report(cast, State.EXPECTED)
    report(cast, State.DRAFT)
    clock.move_to(at(27))
    text = said(page("reporter"))
    assert "待办 2 项，其中 2 项已逾期" in text
    assert "■ 已逾期 填报2019年1月月报 已逾期 2 天 1 月 25 日 1 份" in text


def test_the_page_empties_itself(january, page, cast):
    owed = report(cast, State.EXPECTED)
    assert "待办 1 项" in said(page("reporter"))
    MonthlyReport.objects.filter(pk=owed.pk).update(state=State.SUBMITTED, amount=1)
    response = page("reporter")
    assert "没有待办，本月应办的都已办完" in said(response)
    assert 'href="/reports/"' in response.content.decode()


@pytest.mark.parametrize("who", WHO)
def test_who_never_has_a_report_to_do_is_not_told_that_all_is_done(january, page, who):
    text = said(page(who))
    assert ("本月应办的都已办完" in text) == (who not in ("leader", "admin"))
    assert ("没有需要您办理的事项 您的账号不填报、不审核月报" in text) == (who in ("leader", "admin"))


def test_a_leader_is_led_to_the_own_projects(january, page, cast):
    assert f'<a href="/leaders/{cast.leader.official_id}/">您联系的项目</a>' in page("leader").content.decode()
    assert "您联系的项目" not in said(page("admin"))


def test_what_is_typed_is_text(january, page, cast):
    report(cast, State.RETURNED, return_reason="<b>核实</b>")
    assert "&lt;b&gt;核实&lt;/b&gt;" in page("reporter").content.decode()


@pytest.mark.parametrize(("who", "queries"), [("reporter", 7), ("reviewer", 7), ("office", 11), ("leader", 4)])
def test_the_page_takes_the_same_queries_for_1_and_for_3_reports(
    january, client, cast, who, queries, django_assert_num_queries
):
    states = (State.EXPECTED, State.DRAFT, State.RETURNED, State.SUBMITTED, State.PASSED)
    for number in (1, 2):
        for state in states * number:
            report(cast, state)
        client.force_login(getattr(cast, who))
        with django_assert_num_queries(queries):
            client.get("/todo/")


def test_whoever_owes_is_urged_with_one_click(january, clock, client, cast):
    report(cast, State.EXPECTED)
    clock.move_to(at(26))
    client.force_login(cast.reviewer)
    page = client.get("/todo/").content.decode()
    assert '<input type="hidden" name="month" value="2019-01">' in page
    response = client.post("/urge/", {"month": "2019-01", "next": "/todo/"}, follow=True)
    assert "已催报 1 个单位的 1 个账号，共 1 份2019年1月月报。 待办 1 项" in said(response)


# ---- the entrance ----


def log_in(client, wanted="", who="reporter"):
    return client.post(f"/accounts/login/?next={wanted}", {"username": who, "password": "demo-password"}).url


def test_whoever_has_something_to_do_arrives_there(january, client, cast):
    report(cast, State.EXPECTED)
    assert log_in(client) == "/todo/"
    assert client.get("/accounts/login/").url == "/todo/"
    assert client.get("/").status_code == 200


def test_whoever_came_from_the_front_door_arrives_there_too(january, client, cast):
    report(cast, State.EXPECTED)
    assert log_in(client, "/") == "/todo/"


def test_whoever_followed_a_link_arrives_where_it_leads(january, client, cast):
    report(cast, State.EXPECTED)
    assert log_in(client, "/projects/") == "/projects/"


@pytest.mark.parametrize("wanted", ["", "/"])
def test_whoever_has_nothing_to_do_arrives_at_the_overview(january, client, cast, wanted):
    assert log_in(client, wanted) == "/"
