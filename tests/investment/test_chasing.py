"""Reminders as the clock moves, and urging by hand: who is told what, once, and who never."""

import datetime
import threading
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connections

from investment import chasing, tasks
from investment.models import MonthlyReport, Notice
from investment.months import Month
from investment.reporting import NotAllowedError, ReportingError
from projects import roles
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OrganisationFactory,
    ProjectFactory,
    UserFactory,
    period_open,
)
from tests.pages import said
from tests.refusals import unguarded

pytestmark = pytest.mark.django_db
State, Kind = MonthlyReport.State, Notice.Kind
JANUARY = Month(2019, 1)  # due on the 25th, first review on the 27th, final on the 28th


def at(day, hour=9, month=1, year=2019, minute=0):
    return datetime.datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def clock():
    with time_machine.travel(at(15), tick=False) as travelling:
        yield travelling


@pytest.fixture
def january(clock, cast):
    return period_open(JANUARY)


def report(unit, state=State.EXPECTED, month=JANUARY, **fields):
    """A report of the unit's own project; in a state that the unit owes it has no amount."""
    project = fields.pop("project", None) or ProjectFactory(responsible_unit=unit)
    fields = {"amount": None} | fields if state in MonthlyReport.OWED else fields
    if state == State.RETURNED:
        fields["return_reason"] = "请核实。"
    with unguarded():  # also in a month that is closed
        return MonthlyReportFactory(project=project, year=month.year, month=month.number, state=state, **fields)


def told(account):
    """The titles of what the account was told, in order."""
    return list(Notice.objects.filter(recipient=account).order_by("id").values_list("title", flat=True))


def on(clock, *moments):
    for moment in moments:
        clock.move_to(moment)
        chasing.remind()


# ---- the calendar, without a database ----


@pytest.mark.parametrize(
    ("day", "code", "words"),
    [
        (15, None, "还有 10 天截止"),
        (21, None, "还有 4 天截止"),
        (22, "before-3", "还有 3 天截止"),
        (23, "before-3", "还有 2 天截止"),
        (24, "before-1", "还有 1 天截止"),
        (25, "due", "今天截止"),
        (26, "late-0", "已逾期 1 天"),
        (31, "late-0", "已逾期 6 天"),
        (32, "late-0", "已逾期 7 天"),
        (33, "late-1", "已逾期 8 天"),
        (40, "late-2", "已逾期 15 天"),
    ],
)
def test_the_day_says_which_reminder_is_due(day, code, words):
    due, today = datetime.date(2019, 1, 25), datetime.date(2019, 1, 1) + datetime.timedelta(days=day - 1)
    assert chasing.occasion(due, today, (3, 1)) == code
    assert chasing.time_left(due, today) == words


# ---- units ----


def test_a_unit_is_reminded_at_the_opening_before_the_day_on_it_after_it_and_then_weekly(january, clock, cast):
    report(cast.reporter.organisation)
    on(clock, *(at(15) + datetime.timedelta(days=days) for days in range(27)))
    assert told(cast.reporter) == [
        "2019年1月月报开始填报，还有 10 天截止：1 份未报送",
        "2019年1月月报还有 3 天截止：1 份未报送",
        "2019年1月月报还有 1 天截止：1 份未报送",
        "2019年1月月报今天截止：1 份未报送",
        "2019年1月月报已逾期 1 天：1 份未报送",
        "2019年1月月报已逾期 8 天：1 份未报送",
        "2019年1月月报已逾期 15 天：1 份未报送",
    ]
    kinds = Notice.objects.filter(recipient=cast.reporter).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == [Kind.OPENED, *[Kind.REMINDER] * 6]


def test_a_beat_that_runs_often_reminds_once(january, clock, cast):
    report(cast.reporter.organisation)
    on(clock, *(at(25, 9, minute=minute) for minute in (0, 10, 20)), at(25, 20))
    assert len(told(cast.reporter)) == 1


def test_a_beat_that_was_down_for_three_days_says_how_it_stands_now_and_no_more(january, clock, cast):
    report(cast.reporter.organisation)
    on(clock, at(21), at(25))
    assert told(cast.reporter)[1:] == ["2019年1月月报今天截止：1 份未报送"]
    on(clock, at(29), at(30))
    assert told(cast.reporter)[2:] == ["2019年1月月报已逾期 4 天：1 份未报送"]


def test_one_notice_counts_all_reports_and_names_the_first_few(january, clock, cast):
    names = [f"示例·项目 {number}" for number in range(4)]
    for name in names:
        report(None, project=ProjectFactory(name=name, responsible_unit=cast.reporter.organisation))
    on(clock, at(25))
    notice = Notice.objects.get(recipient=cast.reporter)
    assert notice.title == "2019年1月月报今天截止：4 份未报送"
    assert notice.body == f"{'、'.join(names[:3])} 等 4 个项目。填报截止 2019-01-25。"
    assert notice.address == "/month/?month=2019-01"
    assert notice.sent_by is None


def test_whoever_has_handed_in_or_is_excused_is_left_alone(january, clock, cast):
    for state in (State.SUBMITTED, State.PASSED, State.APPROVED):
        report(cast.reporter.organisation, state)
    report(cast.reporter.organisation, State.EXCUSED, amount=None, excuse_reason="停工。")
    on(clock, at(25))
    assert told(cast.reporter) == []


@pytest.mark.parametrize("state", MonthlyReport.OWED)
def test_what_is_not_begun_a_draft_or_returned_is_owed(january, clock, cast, state):
    report(cast.reporter.organisation, state)
    on(clock, at(25))
    assert told(cast.reporter) == ["2019年1月月报今天截止：1 份未报送"]
    assert told(cast.neighbour) == []


def test_the_owner_of_a_project_is_told_like_the_unit_and_both_once(january, clock, cast):
    unit, owner = cast.reporter.organisation, cast.neighbour.organisation
    report(None, project=ProjectFactory(responsible_unit=unit, owner=owner))
    report(None, project=ProjectFactory(responsible_unit=unit, owner=unit))
    on(clock, at(25))
    assert told(cast.reporter) == ["2019年1月月报今天截止：2 份未报送"]
    assert told(cast.neighbour) == ["2019年1月月报今天截止：1 份未报送"]


@pytest.mark.parametrize("fields", [{"opened_at": None}, {"closed_at": at(14)}])
def test_of_a_month_that_is_not_open_nobody_is_reminded(clock, cast, fields):
    period_open(JANUARY, **fields)
    report(cast.reporter.organisation)
    on(clock, at(25))
    assert Notice.objects.count() == 0


def test_nobody_is_reminded_in_the_quiet_hours_and_in_the_morning_the_numbers_are_new(january, clock, cast):
    reports = [report(cast.reporter.organisation) for _ in range(2)]
    on(clock, at(24, 21), at(25, 0), at(25, 7, minute=59))
    assert told(cast.reporter) == []
    MonthlyReport.objects.filter(pk=reports[0].pk).update(state=State.SUBMITTED, amount=1)
    on(clock, at(25, 8))
    assert told(cast.reporter) == ["2019年1月月报今天截止：1 份未报送"]


def test_december_is_late_across_the_end_of_the_year_beside_a_new_january(clock, cast):
    december = Month(2018, 12)
    period_open(december)
    report(cast.reporter.organisation, month=december)
    on(clock, at(25, month=12, year=2018), at(26, month=12, year=2018), at(1), at(2))
    assert told(cast.reporter)[-2:] == [
        "2018年12月月报已逾期 1 天：1 份未报送",
        "2018年12月月报已逾期 8 天：1 份未报送",
    ]
    period_open(JANUARY)
    report(cast.reporter.organisation)
    on(clock, at(15))
    assert told(cast.reporter)[-2:] == [
        "2018年12月月报已逾期 21 天：1 份未报送",
        "2019年1月月报开始填报，还有 10 天截止：1 份未报送",
    ]


def test_a_day_that_was_moved_by_the_office_is_a_new_occasion(january, clock, cast):
    report(cast.reporter.organisation)
    on(clock, at(22))
    january.due_on = january.first_review_due_on = january.final_review_due_on = datetime.date(2019, 1, 28)
    january.save()
    on(clock, at(25))
    assert told(cast.reporter) == [
        "2019年1月月报还有 3 天截止：1 份未报送",
        "2019年1月月报还有 3 天截止：1 份未报送",
    ]


def test_the_days_before_are_a_setting(january, clock, cast, settings):
    settings.REMIND_DAYS_BEFORE = (5,)
    report(cast.reporter.organisation)
    on(clock, at(20), at(22), at(24))
    assert told(cast.reporter) == ["2019年1月月报还有 5 天截止：1 份未报送"]


# ---- reviewers and the office ----


def test_a_reviewer_is_told_how_many_wait_before_the_first_review_is_due_on_the_day_and_after_it(january, clock, cast):
    for _ in range(2):
        report(cast.reporter.organisation, State.SUBMITTED, submitted_by=cast.reporter)
    report(cast.reporter.organisation, State.PASSED)
    report(cast.reporter.organisation, State.SUBMITTED, submitted_by=cast.reviewer)
    report(None, State.SUBMITTED, project=ProjectFactory(area=AreaFactory(name="桑植县")))
    on(clock, at(25), at(26), at(27), at(28), at(29))
    assert told(cast.reviewer) == [
        "2019年1月月报初审还有 1 天截止：2 份待审",
        "2019年1月月报初审今天截止：2 份待审",
        "2019年1月月报初审已逾期 1 天：2 份待审",
    ]
    assert Notice.objects.filter(recipient=cast.reviewer).first().address == "/reports/?month=2019-01&state=submitted"


def test_a_reviewer_without_anything_to_review_is_left_alone(january, clock, cast):
    report(cast.reporter.organisation)
    on(clock, at(27))
    assert told(cast.reviewer) == []


def test_the_office_is_told_once_when_all_is_in(january, clock, cast):
    late = report(cast.reporter.organisation)
    report(cast.reporter.organisation, State.PASSED)
    on(clock, at(24))
    assert told(cast.office) == []
    MonthlyReport.objects.filter(pk=late.pk).update(state=State.SUBMITTED, amount=1)
    on(clock, at(24, 10), at(24, 11), at(25))
    assert told(cast.office) == ["2019年1月月报已全部报送：1 份待初审、1 份待终审"]


def test_the_office_is_told_what_stands_in_the_way_when_the_final_review_is_due(january, clock, cast):
    report(cast.reporter.organisation)
    report(cast.reporter.organisation, State.PASSED)
    on(clock, at(27), at(28), at(29), at(30))
    assert told(cast.office) == [
        "2019年1月月报终审今天截止：1 份未报送、1 份待终审",
        "2019年1月月报终审已逾期 1 天：1 份未报送、1 份待终审",
    ]
    assert Notice.objects.filter(recipient=cast.office).first().address == "/periods/2019-01/"


def test_of_a_month_that_is_all_approved_the_office_hears_that_it_can_be_closed(january, clock, cast):
    report(cast.reporter.organisation, State.APPROVED)
    on(clock, at(26))
    assert told(cast.office) == ["2019年1月月报已全部报送：可以关账"]


def test_leader_and_administrator_are_never_reminded(january, clock, cast):
    for state in (State.EXPECTED, State.SUBMITTED, State.PASSED):
        report(cast.reporter.organisation, state)
    on(clock, *(at(day) for day in range(15, 32)))
    assert told(cast.leader) + told(cast.admin) == []


def test_the_task_opens_and_reminds(january, clock, cast):
    report(cast.reporter.organisation, State.DRAFT)
    tasks.follow_calendar()
    assert len(told(cast.reporter)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_none_fails_and_each_account_is_told_once(january, clock, cast):
    report(cast.reporter.organisation)
    barrier, raised = threading.Barrier(4), []

    def work():
        try:
            barrier.wait()
            chasing.remind()
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
    assert len(told(cast.reporter)) == 1


def test_reminding_again_takes_few_queries_however_many_owe(january, clock, cast, django_assert_max_num_queries):
    for _ in range(20):
        report(cast.reporter.organisation)
        report(cast.neighbour.organisation)
    on(clock, at(25))
    with django_assert_max_num_queries(8):
        chasing.remind()


# ---- urging ----


@pytest.fixture
def owing(january, clock, cast):
    """Two units of 慈利县 owe one report each, one of another district too; it is the day before the due one."""
    clock.move_to(at(24))
    elsewhere = ProjectFactory(area=AreaFactory(name="桑植县"), responsible_unit=OrganisationFactory(name="桑植单位"))
    return {
        "reporter": report(cast.reporter.organisation).project,
        "neighbour": report(cast.neighbour.organisation, State.RETURNED).project,
        "elsewhere": report(None, project=elsewhere).project,
    }


def test_the_office_urges_all_and_hears_whom_it_must_phone(owing, cast):
    urged = chasing.urge(JANUARY, cast.office)
    assert str(urged) == (
        "已催报 2 个单位的 2 个账号，共 2 份2019年1月月报。以下单位没有可用的填报账号，请电话联系：桑植单位。"
    )
    notice = Notice.objects.get(recipient=cast.reporter)
    assert notice.title == "催报：2019年1月月报还有 1 天截止，1 份未报送"
    assert notice.body == f"{owing['reporter']}。填报截止 2019-01-25。催报人：office（市发展改革委）。"
    assert (notice.kind, notice.sent_by) == (Kind.URGE, cast.office)


def test_a_reviewer_urges_the_own_district_only(owing, cast):
    urged = chasing.urge(JANUARY, cast.reviewer)
    assert (urged.units, urged.accounts, urged.reports, urged.unreached) == (2, 2, 2, [])


def test_a_department_urges_within_the_categories_that_it_reviews_first(january, cast):
    department = OrganisationFactory(name="市科技局", area=cast.office.organisation.area)
    head = UserFactory(organisation=department)
    head.groups.add(Group.objects.get(name=roles.REVIEWER))
    led = CategoryFactory(code="technology", lead_department=department, first_review="department")
    report(None, project=ProjectFactory(responsible_unit=cast.reporter.organisation, category=led))
    report(cast.reporter.organisation)
    assert chasing.urge(JANUARY, head).reports == 1


def test_one_unit_is_urged_about_all_that_it_owes(owing, cast):
    report(cast.reporter.organisation)
    urged = chasing.urge(JANUARY, cast.office, unit=cast.reporter.organisation)
    assert str(urged) == "已催报 1 个单位的 1 个账号，共 2 份2019年1月月报。"
    assert told(cast.neighbour) == []


def test_one_project_is_urged_about_itself(owing, cast):
    report(cast.reporter.organisation)
    urged = chasing.urge(JANUARY, cast.office, project=owing["reporter"])
    assert urged.reports == 1
    assert told(cast.reporter) == ["催报：2019年1月月报还有 1 天截止，1 份未报送"]


def test_a_unit_without_an_account_is_named(owing, cast):
    unit = owing["elsewhere"].responsible_unit
    expected = "以下单位没有可用的填报账号，请电话联系：桑植单位。"
    assert str(chasing.urge(JANUARY, cast.office, unit=unit)) == expected
    assert str(chasing.urge(JANUARY, cast.office, project=owing["elsewhere"])) == expected


def test_a_project_without_a_unit_is_named_itself(january, cast):
    project = report(None).project
    assert chasing.urge(JANUARY, cast.office).unreached == [f"{project}（责任单位尚未明确）"]


def test_a_second_click_within_the_hour_sends_nothing_and_says_so(owing, clock, cast):
    chasing.urge(JANUARY, cast.office, unit=cast.reporter.organisation)
    clock.shift(datetime.timedelta(minutes=59))
    again = chasing.urge(JANUARY, cast.office, unit=cast.reporter.organisation)
    assert str(again) == "1 个账号一小时内已经催过，没有重复发送。"
    clock.shift(datetime.timedelta(minutes=2))
    assert chasing.urge(JANUARY, cast.office, unit=cast.reporter.organisation).accounts == 1


def test_whoever_was_urged_about_all_is_not_urged_about_one_of_it(owing, cast):
    chasing.urge(JANUARY, cast.office)
    assert chasing.urge(JANUARY, cast.office, unit=cast.reporter.organisation).already == 1
    assert chasing.urge(JANUARY, cast.office, project=owing["reporter"]).already == 1


def test_whoever_was_urged_about_one_can_be_urged_about_all(owing, cast):
    chasing.urge(JANUARY, cast.office, project=owing["reporter"])
    assert chasing.urge(JANUARY, cast.office, unit=cast.reporter.organisation).accounts == 1


def test_another_office_may_urge_in_the_same_hour(owing, cast):
    chasing.urge(JANUARY, cast.office)
    assert chasing.urge(JANUARY, cast.reviewer).accounts == 2


def test_when_nothing_is_owed_nobody_is_urged(january, cast):
    report(cast.reporter.organisation, State.SUBMITTED)
    assert str(chasing.urge(JANUARY, cast.office)) == "2019年1月没有需要催报的月报。"


def test_a_closed_month_is_not_urged(clock, cast):
    period_open(JANUARY, closed_at=at(30))
    report(cast.reporter.organisation)
    with pytest.raises(ReportingError, match="2019年1月没有在填报"):
        chasing.urge(JANUARY, cast.office)


@pytest.mark.parametrize("who", ["reporter", "neighbour", "leader", "admin"])
def test_only_those_who_review_urge(owing, cast, who):
    with pytest.raises(NotAllowedError):
        chasing.urge(JANUARY, getattr(cast, who))
    assert Notice.objects.count() == 0


# ---- the button ----


@pytest.fixture
def click(client, cast):
    def post(who, **fields):
        client.force_login(getattr(cast, who))
        return client.post("/urge/", {"month": "2019-01", **fields}, follow=True)

    return post


def test_a_click_urges_says_so_and_leads_back(owing, click, cast):
    response = click("reviewer", unit=cast.reporter.organisation.pk, next="/reports/?month=2019-01")
    assert response.redirect_chain == [("/reports/?month=2019-01", 302)]
    assert "已催报 1 个单位的 1 个账号，共 1 份2019年1月月报。" in said(response)


def test_a_click_never_leads_to_another_site(owing, client, cast):
    client.force_login(cast.reviewer)
    for came_from in ("https://evil.example/", "//evil.example/"):
        assert client.post("/urge/", {"month": "2019-01", "next": came_from}).url == "/reports/"
        assert client.post("/urge/", {"month": "2019-01"}, headers={"referer": came_from}).url == "/reports/"


def test_another_district_does_not_exist_for_a_reviewer(owing, click):
    elsewhere = owing["elsewhere"]
    assert click("reviewer", project=elsewhere.pk).status_code == 404
    assert click("reviewer", unit=elsewhere.responsible_unit.pk).status_code == 404
    assert click("office", project=elsewhere.pk).status_code == 200


@pytest.mark.parametrize("fields", [{"month": "2019-13"}, {"unit": "x"}, {"unit": "0"}, {"project": "١"}])
def test_a_form_that_names_nothing_is_not_found(owing, click, fields):
    assert click("office", **fields).status_code == 404


def test_a_month_that_is_not_open_is_refused_in_words(clock, click):
    assert "2019年1月没有在填报：还没有开放，或者已经关账，不能催报。" in said(click("office"))
