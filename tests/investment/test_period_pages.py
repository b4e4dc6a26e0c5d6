"""`/periods/` and the page of one month: its days, its numbers, its close, and what is reopened after it."""

import datetime
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from investment.models import MonthlyReport, Period, Reopening
from tests.factories import AnnualPlanFactory, AreaFactory, MonthlyReportFactory, ProjectFactory
from tests.pages import said

State = MonthlyReport.State
ADDRESS = "/periods/2019-01/"
DAYS = ["2019-01-15", "2019-01-25", "2019-01-27", "2019-01-28", "2019-02-05"]


@pytest.fixture
def january(db):
    """January 2019, open, by the rule."""
    return Period.objects.create(year=2019, month=1, opened_at="2019-01-15T00:05+08:00")


@pytest.fixture
def report(cast, january):
    """`report(state, **fields)`: a report of a project of its own for January 2019, of the reporter's unit."""

    def make(state, **fields):
        unit = fields.pop("unit", cast.reporter.organisation)
        area = fields.pop("area", unit.area)
        reasons = {"return_reason": "请核实。", "excuse_reason": "停产检修"}
        return MonthlyReportFactory(
            project=ProjectFactory(responsible_unit=unit, area=area), year=2019, month=1, state=state,
            due_on=january.due_on, **reasons | fields,
        )  # fmt: skip

    return make


@pytest.fixture
def visit(client, cast):
    def get(who="office", address=ADDRESS, **asked):
        client.force_login(getattr(cast, who))
        return client.get(address, asked)

    def act(name, who="office", address=ADDRESS, **form):
        client.force_login(getattr(cast, who))
        return client.post(address, {"act": name, **form}, follow=True)

    get.act = act
    return get


def closed(period):
    period.closed_at = timezone.now()
    period.save(update_fields=["closed_at"])


def row(response, month=1):
    """The cells of a month in the table of the year."""
    html = re.search(rf"<tr[^>]*>\s*<th scope=\"row\">[^/]*/periods/\d+-{month:02}/.*?</tr>", response.text, re.DOTALL)[
        0
    ]
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", html, re.DOTALL)]


# ---- the year ----


def test_a_month_says_its_days_its_numbers_and_its_close(visit, report, january, cast, time_machine):
    time_machine.move_to(datetime.datetime(2019, 1, 26, 4, 0, tzinfo=datetime.UTC), tick=False)
    for state in State:
        report(state)
    assert row(visit(address="/periods/")) == [
        "初审中", "01-15", "01-25", "01-27", "01-28", "02-05", "7", "3", "2", "3", "",
    ]  # fmt: skip
    MonthlyReport.objects.filter(state__in=(*MonthlyReport.OWED, State.SUBMITTED, State.PASSED)).update(
        state=State.MISSING
    )
    Period.objects.update(closed_at="2019-01-29T10:00+08:00", closed_by=cast.office)
    assert row(visit(address="/periods/")) == [
        "已关账", "01-15", "01-25", "01-27", "01-28", "02-05", "7", "1", "0", "6", "2019-01-29 10:00 office",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "word"),
    [(15, "填报中"), (25, "填报中"), (26, "初审中"), (27, "初审中"), (28, "终审中"), (29, "待关账")],
)
def test_where_a_month_stands_follows_its_days(visit, report, time_machine, day, word):
    time_machine.move_to(datetime.datetime(2019, 1, day, 4, 0, tzinfo=datetime.UTC), tick=False)
    assert row(visit(address="/periods/"))[0] == word


def test_the_year_is_that_of_the_earliest_open_month_or_the_one_asked_for(visit, january):
    Period.objects.create(year=2018, month=12, closed_at="2019-01-02T10:00+08:00")
    Period.objects.create(year=2020, month=1, opened_at=timezone.now())
    response = visit(address="/periods/")
    assert response.context["year"].year == 2019
    assert ('href="?year=2018"' in response.text, 'href="?year=2020"' in response.text) == (True, True)
    assert visit(address="/periods/", year="2018").context["year"].year == 2018
    assert [visit(address="/periods/", year=each).status_code for each in ("2017", "x", "20191", "２０１９")] == [
        404
    ] * 4


def test_without_any_month_the_page_says_what_happens(visit, cast):
    assert "还没有报告期 系统每月自动建立报告期" in said(visit(address="/periods/"))
    assert visit().status_code == 404


@pytest.mark.parametrize(("who", "due"), [("reporter", "1"), ("neighbour", "1"), ("reviewer", "2"), ("leader", "3")])
def test_numbers_are_of_what_the_reader_sees(visit, report, cast, who, due):
    report(State.APPROVED)
    report(State.SUBMITTED, unit=cast.neighbour.organisation)
    report(State.EXPECTED, unit=cast.office.organisation, area=AreaFactory(name="桑植县"))
    assert row(visit(who, "/periods/"))[6] == due
    assert visit(who).context["sheet"].numbers.due == int(due)


# ---- one month ----


@pytest.mark.parametrize(
    ("day", "line"),
    [
        (27, ["开放填报 已过 12 天", "填报截止 已过 2 天", "*初审截止 就是今天", "终审截止 还有 1 天"]),
        (26, ["开放填报 已过 11 天", "填报截止 已过 1 天", "*今天 就是今天", "初审截止 还有 1 天", "终审截止 还有 2 天"]),  # noqa: E501
        (10, ["开放填报 还有 5 天", "填报截止 还有 15 天", "初审截止 还有 17 天", "终审截止 还有 18 天"]),
    ],
)  # fmt: skip
def test_the_steps_stand_in_a_line_with_today_marked(visit, january, time_machine, day, line):
    time_machine.move_to(datetime.datetime(2019, 1, day, 4, 0, tzinfo=datetime.UTC), tick=False)
    steps = visit("leader").context["sheet"].line
    assert ["*" * step.is_today + f"{step.label} {step.apart}" for step in steps[:-1]] == line
    assert (steps[-1].label, str(steps[-1].day)) == ("通报截止", "2019-02-05")


@pytest.mark.parametrize("who", ["reporter", "neighbour", "reviewer", "leader", "admin"])
def test_everybody_looks_and_only_the_office_has_something_to_press(visit, report, who):
    report(State.EXPECTED)
    assert 'name="act"' not in visit(who).text
    assert 'name="act"' in visit("office").text


@pytest.mark.parametrize("month", ["2019-13", "x", "2017-01"])
def test_what_is_no_month_is_not_found(visit, january, month):
    assert visit(address=f"/periods/{month}/").status_code == 404
    assert visit.act("open", address=f"/periods/{month}/").status_code == 404


def test_an_unknown_act_is_not_found(visit, january):
    assert visit.act("delete").status_code == 404


# ---- days ----


def test_the_office_changes_the_days_and_what_is_due_follows(visit, report, january):
    due = report(State.EXPECTED)
    AnnualPlanFactory(project=due.project, year=2019)
    response = visit.act("days", **dict(zip(Period.DAYS, [DAYS[0], "2019-01-26", *DAYS[2:]], strict=True)))
    assert "已更改2019年1月的日期，应报月报的截止日随之更改。" in said(response)
    due.refresh_from_db()
    assert (Period.objects.get().due_on, due.due_on) == (datetime.date(2019, 1, 26),) * 2


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ([*DAYS[:1], "2019-01-29", *DAYS[2:]], "日期应依次为：开放填报、填报截止、初审截止、终审截止、通报截止。"),
        ([*DAYS[:1], "", *DAYS[2:]], "没有填写填报截止。"),
        ([*DAYS[:1], "一月底", *DAYS[2:]], "填报截止：填写日期，例如 2019-01-25。"),
    ],
)
def test_days_out_of_order_or_not_days_are_refused_and_kept_to_mend(visit, january, days, message):
    response = visit.act("days", **dict(zip(Period.DAYS, days, strict=True)))
    assert message in said(response)
    assert f'value="{days[1]}"' in response.text or not days[1]
    assert str(Period.objects.get().due_on) == DAYS[1]


def test_the_days_of_a_closed_month_stay(visit, january):
    closed(january)
    assert 'value="days"' not in visit().text
    response = visit.act("days", **dict(zip(Period.DAYS, DAYS, strict=True)))
    assert "日期不能再改。" in said(response)


# ---- opening ----


def test_the_office_opens_what_the_clock_did_not(visit, cast):
    Period.objects.create(year=2019, month=1)
    assert "2019年1月还没有开放填报。" in said(visit())
    assert "已开放2019年1月填报，新增应报月报 0 份。" in said(visit.act("open"))
    assert Period.objects.get().opened_at is not None
    assert 'value="open"' not in visit().text


# ---- closing ----


def test_what_stands_in_the_way_is_said_with_its_list(visit, report, january, time_machine):
    time_machine.move_to(datetime.datetime(2019, 1, 20, 4, 0, tzinfo=datetime.UTC), tick=False)
    Period.objects.create(year=2018, month=12, opened_at=timezone.now())
    report(State.SUBMITTED), report(State.DRAFT)
    response = visit()
    assert [each.text for each in response.context["sheet"].hindrances] == [
        "还有 1 份月报没有审完，请先审定或退回。",
        "填报截止日 2019-01-25 未过，还有 1 份未报送，不能列为缺报。",
        "请先关账2018年12月：累计数按月份顺序固定。",
    ]
    for address in ("/reports/?month=2019-01&amp;state=waiting", "/reports/?month=2019-01&amp;state=owed"):
        assert f'href="{address}">查看名单' in response.text
    assert 'href="/periods/2018-12/">去2018年12月' in response.text
    assert 'value="close"' not in response.text
    assert "还有 1 份月报没有审完" in said(visit.act("close", missing=""))
    assert Period.objects.get(year=2019).closed_at is None


def test_a_month_is_closed_with_everything_approved(visit, report, cast):
    report(State.APPROVED), report(State.EXCUSED)
    assert "应报的月报都已审定，可以关账。" in said(visit())
    assert "已关账2019年1月。" in said(visit.act("close", missing=""))
    assert Period.objects.get(year=2019, month=1).closed_by == cast.office
    assert "没有缺报。" in said(visit())


def test_who_is_named_as_missing_was_read_and_confirmed(visit, report, cast):
    owed = [report(state) for state in MonthlyReport.OWED]
    report(State.APPROVED)
    sheet = visit().context["sheet"]
    assert [each.pk for each in sheet.owed] == [each.pk for each in owed]
    assert "请先核对名单，并勾选确认，再关账。" in said(visit.act("close", missing=sheet.owed_ids))
    assert Period.objects.get().closed_at is None
    response = visit.act("close", missing=sheet.owed_ids, confirmed="on")
    assert "已关账2019年1月，3 份列为缺报。" in said(response)
    assert "缺报 3 份" in said(response)
    assert set(MonthlyReport.objects.filter(pk__in=[each.pk for each in owed]).values_list("state", flat=True)) == {7}


def test_a_list_that_changed_meanwhile_closes_nothing(visit, report):
    report(State.EXPECTED)
    read = visit().context["sheet"].owed_ids
    new = report(State.EXPECTED)
    response = visit.act("close", missing=read, confirmed="on")
    assert "没有完成 未报送的名单在您打开之后有变动。请核对最新名单后再关账。" in said(response)
    assert str(new.project) in said(response)
    assert Period.objects.get().closed_at is None


@pytest.mark.parametrize(("owed", "folded"), [(8, False), (9, True)])
def test_a_long_list_of_what_is_missing_is_folded(visit, report, owed, folded):
    for _ in range(owed):
        report(State.EXPECTED)
    response = visit()
    assert (f"展开名单（{owed} 份）" in said(response)) == folded
    assert response.content.decode().count('/2019-01/">示例') == owed


@pytest.mark.parametrize("missing", ["x", "1,2", "-1"])
def test_a_list_that_is_none_closes_nothing(visit, report, missing):
    report(State.EXPECTED)
    visit.act("close", missing=missing, confirmed="on")
    assert Period.objects.get().closed_at is None


def test_a_second_close_is_told(visit, january):
    visit.act("close", missing="")
    assert "没有重复关账。" in said(visit.act("close", missing=""))


# ---- after the close ----


@pytest.fixture
def missing(report, january):
    found = report(State.MISSING, amount=None)
    closed(january)
    return found


def test_one_missing_report_is_reopened_with_a_reason_and_a_day(visit, missing, cast):
    until = timezone.localdate() + datetime.timedelta(days=2)
    response = visit.act("reopen", report=missing.pk, reason="系统故障", until_on=until)
    assert f"已开放“{missing.project}”2019年1月补报，至 {until} 为止。" in said(response)
    assert re.search(rf"补报 {missing.project} 至 {until} office于 \S+ \S+ 开放：系统故障", said(response))
    assert (Reopening.objects.get().by, MonthlyReport.objects.get().state) == (cast.office, State.EXPECTED)


@pytest.mark.parametrize(
    ("reason", "until_on", "message"),
    [
        (" ", "2999-01-01", "开放补报必须写明原因。"),
        ("迟到", "2018-01-01", "补报截止日不能早于今天。"),
        ("迟到", "", "没有填写补报截止。"),
    ],
)
def test_without_reason_or_day_nothing_is_reopened(visit, missing, reason, until_on, message):
    response = visit.act("reopen", report=missing.pk, reason=reason, until_on=until_on)
    assert message in said(response)
    assert not Reopening.objects.exists()


@pytest.mark.parametrize("pk", ["", "x", "0", "99999"])
def test_what_is_not_there_is_not_reopened(visit, missing, pk):
    assert visit.act("reopen", report=pk, reason="迟到", until_on="2999-01-01").status_code == 404


def test_drafts_are_not_told_by_the_list_of_the_missing(visit, report):
    report(State.DRAFT, amount=Decimal("31415.92"), problems="不许外传")
    text = said(visit())
    assert [secret in text for secret in ("草稿", "31,415.92", "不许外传")] == [False] * 3


# ---- cost ----


@pytest.mark.parametrize(("address", "queries"), [("/periods/", 7), (ADDRESS, 8)])
def test_pages_take_the_same_queries_for_1_and_for_3_reports(
    visit, client, report, address, queries, django_assert_num_queries
):
    report(State.EXPECTED)
    visit(address=address)
    with django_assert_num_queries(queries):
        client.get(address)
    for number in (1, 2):
        report(State.EXPECTED, area=AreaFactory(name=f"区 {number}"))
    with django_assert_num_queries(queries):
        client.get(address)
