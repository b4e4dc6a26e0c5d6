"""Reviewing on `/reports/` and on the page of one report: what waits, what is odd, many at once, two at once."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from investment import expected, periods, progress, reporting
from investment.models import MonthlyReport, Period, ProjectProgress, Reopening, ReportMove
from investment.months import Month
from projects.models import Category
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OrganisationFactory,
    ProjectFactory,
    UserFactory,
    project_with,
)
from tests.pages import said

from .test_reports_pages import cells, due, notices, page, planned, reported, sheet_address  # noqa: F401

State = MonthlyReport.State
JANUARY = Month(2018, 1)


@pytest.fixture
def unit(cast):
    """The reporter's unit, with January 2018 open."""
    Period.objects.create(year=2018, month=1, opened_at=timezone.now())
    return cast.reporter.organisation


@pytest.fixture
def waiting(cast, unit):
    """`waiting(state, **fields)`: a report that the reporter handed in."""

    def make(state=State.SUBMITTED, **fields):
        project = planned(unit, **{name: fields.pop(name) for name in ("category", "area") if name in fields})
        return MonthlyReportFactory(project=project, state=state, submitted_by=cast.reporter, **fields)

    return make


@pytest.fixture
def bulk(client, cast):
    def post(who, *reports, month="2018-01", **fields):
        client.force_login(getattr(cast, who))
        chosen = [f"{report.pk}:{report.version}" for report in reports]
        return client.post("/reports/bulk/", {"month": month, "chosen": chosen, **fields}, follow=True)

    return post


def states(*reports):
    return [MonthlyReport.objects.get(pk=report.pk).state for report in reports]


def told(response):
    return [str(message) for message in response.context["messages"]]


# ---- the list ----


def test_the_office_finds_what_waits_for_it_first_and_what_it_may_pass_on_behalf_second(page, cast, waiting):  # noqa: F811
    for state in State:
        waiting(state, return_reason="请核实。", excuse_reason="停产检修")
    rows = cells(page("office", month="2018-01"), "amount", "state", "action")
    assert [[amount, *state.split()[:2], action] for amount, state, action in rows] == [
        ["100.00", "◆", "待终审", "审定"],
        ["100.00", "▲", "待初审", "代为初审"],
        ["未报送", "○", "未报送", "查看"],
        ["未报送", "○", "未报送", "查看"],
        ["100.00", "■", "已退回", "查看"],
        ["免报", "◇", "免报", "查看"],
        ["缺报", "■", "缺报", "查看"],
        ["100.00", "●", "已审定", "查看"],
    ]


def test_the_four_kinds_of_empty_are_four_words(page, cast, unit):  # noqa: F811
    reported(due(unit), State.SUBMITTED, "0")
    due(unit)
    reported(due(unit), State.EXCUSED, None, excuse_reason="停产检修")
    planned(unit)
    rows = [*cells(page("reporter", month="2018-01")), *cells(page("reporter", month="2018-01", state="not-due"))]
    assert sorted((row[3], row[6].split()[1], row[6].split()[2:]) for row in rows) == [
        ("0.00", "已报送", []),
        ("免报", "免报", ["停产检修"]),
        ("无需填报", "无需填报", []),
        ("未填报", "未填报", []),
    ]


def test_what_is_due_is_what_the_calendar_expects(page, cast, unit):  # noqa: F811
    under_way, finished = planned(unit), planned(unit, status="finished")
    expected.expect_reports(Period.objects.get(month=1))
    assert [row[0] for row in cells(page("reporter", month="2018-01"))] == [str(under_way)]
    assert [row[0] for row in cells(page("reporter", month="2018-01", state="not-due"))] == [str(finished)]


def test_doubts_stand_in_a_word_each_above_the_explanation(page, cast, waiting):  # noqa: F811
    waiting(doubts=["tenfold", "over-plan"], explanation="设备到货集中付款")
    assert cells(page("reviewer", month="2018-01"), "doubts") == [["与平时悬殊 超过年度计划 设备到货集中付款"]]


def test_share_of_the_plan_that_looks_like_a_wrong_unit_is_kept_and_marked(page, cast, waiting):  # noqa: F811
    waiting(amount=12_000)
    unlikely = waiting(amount=12_001)
    assert cells(page("reviewer", month="2018-01"), "rate") == [["1,000.00"], ["1,000.08 请核对单位"]]
    sheet = said(page("reviewer", sheet_address(unlikely.project)))
    assert sheet.count("占年度计划 1,000.08% 请核对单位") == 2


def test_quarterly_report_of_procedures_has_no_amount_of_the_month_before(page, cast, waiting):  # noqa: F811
    waiting(amount=None, kind=MonthlyReport.Kind.PROCEDURES, image_progress="已立项")
    waiting()
    assert cells(page("reviewer", month="2018-01"), "last_amount") == [["无需填报"], [""]]


@pytest.mark.parametrize("who", ["reviewer", "office", "leader", "admin"])
@pytest.mark.parametrize("state", MonthlyReport.UNTOLD)
def test_figures_that_are_not_handed_in_are_their_typists_own(page, cast, waiting, who, state):  # noqa: F811
    fields = dict.fromkeys(("problems", "next_plan", "image_progress", "explanation"), "不许外传")
    report = waiting(state, amount=Decimal("31415.92"), excuse_reason="停产", doubts=["tenfold"], **fields)
    for address in ("/reports/?month=2018-01", sheet_address(report.project)):
        text = said(page(who, address))
        assert [secret in text for secret in ("31,415.92", "不许外传", "与平时悬殊", "草稿")] == [False] * 4
        assert "31,415.92" in said(page("reporter", address))


# ---- filters ----


def test_filters_are_ids_shown_as_chips_and_honoured_by_counts_and_rows(page, cast, waiting):  # noqa: F811
    here = waiting(area=AreaFactory(name="慈利县"), category=CategoryFactory(code="product", name="产品"))
    there = waiting(area=AreaFactory(name="桑植县"))
    for name, value, found in (
        ("area", there.project.area_id, there),
        ("category", here.project.category_id, here),
        ("area", here.project.area_id, here),
    ):
        response = page("office", month="2018-01", **{name: value})
        assert [row[0].split()[0] for row in cells(response)] == [str(found.project).split()[0]]
        assert response.context["desk"].due == 1
        assert [each.key for each in response.context["desk"].asked] == [str(value)]
        assert f'href="/reports/{found.project_id}/2018-01/?{name}={value}"' in response.content.decode()
    response = page("office", month="2018-01", unit=here.project.responsible_unit_id)
    assert response.context["desk"].due == 2
    assert f"责任单位：{here.project.responsible_unit} ×" in said(response)
    assert 'href="?month=2018-01"' in response.content.decode()


def test_projects_without_a_unit_are_asked_for_with_0(page, cast, waiting):  # noqa: F811
    waiting()
    nobody = MonthlyReportFactory(project=ProjectFactory(), state=State.SUBMITTED)
    response = page("office", month="2018-01", unit="0")
    assert [row[0] for row in cells(response)] == [f"{nobody.project} 责任单位尚未明确"]


@pytest.mark.parametrize("query", ["unit=99999", "unit=x", "area=-1", "category=１", "unit=999999999999"])
def test_filter_for_what_is_not_there_is_not_found(page, cast, waiting, query):  # noqa: F811
    waiting()
    assert page("office", f"/reports/?month=2018-01&{query}").status_code == 404


def test_filter_for_what_the_reader_does_not_see_is_not_found(page, cast, unit):  # noqa: F811
    due(unit), due(cast.neighbour.organisation)
    own, other = cast.reporter.organisation_id, cast.neighbour.organisation_id
    assert [page("reporter", month="2018-01", unit=each).status_code for each in (own, other)] == [200, 404]


def test_sets_of_states_are_asked_for_together(page, cast, waiting):  # noqa: F811
    for state in State:
        waiting(state, return_reason="请核实。", excuse_reason="停产检修")
    assert [len(cells(page("office", month="2018-01", state=each))) for each in ("waiting", "owed")] == [2, 3]
    assert [len(cells(page("reporter", month="2018-01", state=each))) for each in ("waiting", "owed")] == [2, 3]


# ---- many at once ----


def test_boxes_stand_at_what_waits_and_has_no_doubts(page, cast, waiting):  # noqa: F811
    clear, odd = waiting(), waiting(doubts=["same"])
    passed = waiting(State.PASSED)
    waiting(State.RETURNED, return_reason="请核实。")
    mine = waiting()
    MonthlyReport.objects.filter(pk=mine.pk).update(submitted_by=cast.reviewer)
    for who, reports in (("reviewer", [clear]), ("office", [passed])):
        content = page(who, month="2018-01").content.decode()
        boxes = [f'name="chosen" value="{each.pk}:1"' in content for each in (clear, odd, passed, mine)]
        assert boxes == [each in reports for each in (clear, odd, passed, mine)]
        assert "checked" not in content
        assert page(who, month="2018-01", choose="all").content.decode().count(" checked>") == 1
    for who in ("reporter", "leader", "admin"):
        assert 'name="chosen"' not in page(who, month="2018-01").content.decode()


def test_reviewer_passes_and_office_approves_many_with_one_click(bulk, cast, waiting):
    reports = [waiting(), waiting()]
    assert told(bulk("reviewer", *reports)) == ["已初审通过 2 份。"]
    passed = [MonthlyReport.objects.get(pk=report.pk) for report in reports]
    assert told(bulk("office", *passed)) == ["已审定 2 份。"]
    assert states(*reports) == [State.APPROVED] * 2
    assert ReportMove.objects.count() == 4


def test_of_a_mixed_choice_each_goes_its_own_way_and_each_refusal_is_named(bulk, cast, waiting):
    clear, odd, stale, returned, mine, draft = (waiting() for _ in range(6))
    MonthlyReport.objects.filter(pk=odd.pk).update(doubts=["tenfold"])
    MonthlyReport.objects.get(pk=stale.pk).save()
    MonthlyReport.objects.filter(pk=returned.pk).update(state=State.RETURNED, return_reason="请核实。")
    MonthlyReport.objects.filter(pk=mine.pk).update(submitted_by=cast.reviewer)
    MonthlyReport.objects.filter(pk=draft.pk).update(state=State.DRAFT, doubts=["tenfold"])
    response = bulk("reviewer", clear, odd, stale, returned, mine, draft)
    assert response.redirect_chain == [("/reports/?month=2018-01", 302)]
    assert told(response) == [
        "已初审通过 1 份。",
        "没有初审通过 5 份："
        f"“{odd.project}”：金额有系统提示，请打开逐份核对。；"
        f"“{stale.project}”：您打开列表之后，这份月报已有变动，请核对最新内容。；"
        f"“{returned.project}”：这份月报现在是“已退回”，不能初审通过。；"
        f"“{mine.project}”：这份月报由您本人报送，须由其他人审核。；"
        f"“{draft.project}”：这个项目本月没有等待审核的月报：还没有报送，或者退回后正在修改。",
    ]
    assert states(clear, odd, stale) == [State.PASSED, State.SUBMITTED, State.SUBMITTED]


def test_what_is_not_passed_yet_is_not_approved_in_bulk(bulk, waiting):
    report = waiting()
    assert "还没有初审" in told(bulk("office", report))[0]
    assert states(report) == [State.SUBMITTED]


def test_reports_of_another_month_or_out_of_sight_are_told_alike(bulk, cast, waiting):
    Period.objects.create(year=2018, month=2)
    elsewhere = waiting(area=AreaFactory(name="桑植县"))
    february = waiting(month=2)
    assert told(bulk("reviewer", elsewhere, february)) == [
        "没有初审通过 2 份：没有这份月报，或者您没有查看的权限。；没有这份月报，或者您没有查看的权限。"
    ]
    assert states(elsewhere, february) == [State.SUBMITTED] * 2


def test_a_reviewer_of_the_other_kind_sees_and_does_not_pass(bulk, cast, waiting):
    category = CategoryFactory(code="technology", first_review=Category.FirstReview.DEPARTMENT)
    report = waiting(category=category)
    assert "您的账号不能审核" in told(bulk("reviewer", report))[0]
    assert states(report) == [State.SUBMITTED]


def test_nothing_ticked_says_what_to_do(bulk, waiting):
    waiting()
    assert told(bulk("reviewer")) == ["没有选中月报。请在列表里勾选没有提示的月报。"]


def test_bulk_keeps_the_filters(client, cast, waiting):
    report = waiting()
    client.force_login(cast.reviewer)
    address = f"/reports/bulk/?unit={report.project.responsible_unit_id}"
    response = client.post(address, {"month": "2018-01", "chosen": f"{report.pk}:1"})
    assert response.url == f"/reports/?month=2018-01&unit={report.project.responsible_unit_id}"


@pytest.mark.parametrize("chosen", ["x", "1", "1:x", "1:2:3", ""])
def test_bulk_of_what_the_list_never_sends_is_not_found(client, cast, waiting, chosen):
    waiting()
    client.force_login(cast.reviewer)
    assert client.post("/reports/bulk/", {"month": "2018-01", "chosen": chosen}).status_code == 404


def test_a_second_click_of_the_bulk_harms_nothing(bulk, waiting):
    report = waiting()
    bulk("reviewer", report)
    assert told(bulk("reviewer", report)) == [
        f"没有初审通过 1 份：“{report.project}”：您已经初审通过过这份月报，没有重复提交。"
    ]
    assert ReportMove.objects.count() == 1


# ---- one report in review ----


def test_the_page_says_what_is_odd_and_what_the_unit_says_of_it(page, cast, unit):  # noqa: F811
    project = project_with(plan=1200, year=2017, reports=[10] * 12, responsible_unit=unit)
    reported(project, State.SUBMITTED, "1000", submitted_by=cast.reporter, explanation="设备集中付款", doubts=["zero"])
    text = said(page("reviewer", sheet_address(project)))
    assert "系统提示 本月数是平时（10.00 万元）的 100 倍。是否把元当成了万元？ 报送时的提示：为零。" in text
    assert "填报单位的情况说明 设备集中付款" in text


def test_earlier_reasons_and_moves_stand_as_a_line_of_time(page, cast, unit, time_machine):  # noqa: F811
    time_machine.move_to(datetime.datetime(2018, 1, 26, 1, 0, tzinfo=datetime.UTC), tick=False)
    project = due(unit)

    def submit():
        report = reporting.report_of(project, JANUARY)
        report.amount = Decimal(5)
        return reporting.submit_report(report, cast.reporter)

    for reason in ("附件不全", "金额有误"):
        reporting.return_report(submit(), cast.reviewer, reason)
    reporting.save_draft(reporting.report_of(project, JANUARY), cast.reporter)
    submit()
    lines = [
        (str(line.move.by), line.before, line.after.word, line.move.reason)
        for line in page("reviewer", sheet_address(project)).context["sheet"].moves
    ]
    assert lines == [
        ("reporter", "未报送", "已报送", ""),
        ("reviewer", "已报送", "已退回", "金额有误"),
        ("reporter", "已退回", "已报送", ""),
        ("reviewer", "已报送", "已退回", "附件不全"),
        ("reporter", "未报送", "已报送", ""),
    ]
    assert "办理经过 2018-01-26 09:00 reporter" in said(page("reviewer", sheet_address(project)))
    assert len(page("reporter", sheet_address(project)).context["sheet"].moves) == 6


@pytest.mark.parametrize(
    ("who", "state", "buttons"),
    [
        ("reviewer", State.SUBMITTED, ["pass", "return"]),
        ("reviewer", State.PASSED, []),
        ("office", State.SUBMITTED, ["pass", "return"]),
        ("office", State.PASSED, ["approve", "return"]),
        ("office", State.EXPECTED, ["excuse"]),
        ("office", State.DRAFT, ["excuse"]),
        ("office", State.RETURNED, ["excuse"]),
        ("office", State.EXCUSED, ["expect"]),
        ("office", State.APPROVED, ["return"]),
        ("reviewer", State.APPROVED, []),
        ("office", State.MISSING, []),
        ("reporter", State.SUBMITTED, ["withdraw"]),
        ("reporter", State.PASSED, []),
        ("reporter", State.EXCUSED, []),
        ("leader", State.SUBMITTED, []),
    ],
)
def test_buttons_are_what_the_reader_can_do_now(page, cast, waiting, who, state, buttons):  # noqa: F811
    report = waiting(state, return_reason="请核实。", excuse_reason="停产检修")
    content = page(who, sheet_address(report.project)).content.decode()
    acts = ("save", "submit", "withdraw", "pass", "approve", "return", "excuse", "expect", "reopen")
    assert [act for act in acts if f'value="{act}"' in content] == buttons


def test_the_office_gives_back_what_it_approved_until_the_close(page, cast, waiting):  # noqa: F811
    report = waiting(State.APPROVED)
    progress.refresh_stale()
    assert ProjectProgress.objects.get(project=report.project, month=1).amount == report.amount
    given = {"act": "return", "version": 1, "reason": "附件金额不符"}
    assert page.post("reviewer", report.project, **given).status_code == 200
    assert states(report) == [State.APPROVED]
    assert "确需修改，请联系市发改委退回。" in said(
        page.post("reporter", report.project, act="save", version=1, amount="1")
    )
    assert page.post("office", report.project, **given).status_code == 302
    assert states(report) == [State.RETURNED]
    progress.refresh_stale()
    assert ProjectProgress.objects.get(project=report.project, month=1).amount is None


def test_what_is_approved_stays_so_once_the_month_is_closed(page, cast, waiting):  # noqa: F811
    report = waiting(State.APPROVED)
    Period.objects.filter(year=2018, month=1).update(closed_at=timezone.now())
    assert 'value="return"' not in page("office", sheet_address(report.project)).content.decode()
    page.post("office", report.project, act="return", version=1, reason="附件金额不符")
    assert states(report) == [State.APPROVED]


def test_the_office_passes_on_behalf_and_says_so(page, cast, waiting):  # noqa: F811
    report = waiting()
    assert "代为初审" in said(page("office", sheet_address(report.project)))
    assert "代为初审" not in said(page("reviewer", sheet_address(report.project)))


def test_the_next_one_is_the_one_after_in_the_order_of_the_list(page, cast, waiting):  # noqa: F811
    passed, *submitted = waiting(State.PASSED), waiting(), waiting(), waiting()
    own = waiting()
    MonthlyReport.objects.filter(pk=own.pk).update(submitted_by=cast.office)
    for who, order in (("reviewer", [*submitted, own]), ("office", [passed, *submitted])):
        for before, report, after in zip([order[-1], *order], order, [*order[1:], order[0]], strict=False):
            sheet = page(who, sheet_address(report.project)).context["sheet"]
            assert (sheet.previous_to_review, sheet.next_to_review) == (before.project, after.project)
    assert "3 份等待您审核" not in said(page("reviewer", sheet_address(own.project)))
    assert "2018年1月共 4 份等待您审核" in said(page("reviewer", sheet_address(own.project)))


def test_an_act_leads_to_the_next_waiting_one_of_the_filtered_list(client, cast, waiting):
    first, elsewhere, third = waiting(), waiting(area=AreaFactory(name="桑植县")), waiting()
    query = f"?area={first.project.area_id}"
    client.force_login(cast.office)
    response = client.post(sheet_address(first.project) + query, {"act": "pass", "version": 1})
    assert response.url == sheet_address(third.project) + query
    response = client.post(sheet_address(third.project) + query, {"act": "pass", "version": 1})
    assert response.url == sheet_address(first.project) + query  # it waits for the final review now
    assert states(elsewhere) == [State.SUBMITTED]


def test_opening_what_waits_begins_the_review_and_only_that(page, cast, waiting, client):  # noqa: F811
    report = waiting()
    for who in ("leader", "admin", "reporter"):
        page(who, sheet_address(report.project))
    page("reviewer", month="2018-01")
    client.head(sheet_address(report.project))
    report.refresh_from_db()
    assert report.review_begun_at is None
    page("reviewer", sheet_address(report.project))
    report.refresh_from_db()
    assert (report.review_begun_by, report.version) == (cast.reviewer, 1)


def test_of_two_reviewers_the_second_is_told_that_the_first_has_begun(page, cast, waiting):  # noqa: F811
    report = waiting()
    assert notices(page("reviewer", sheet_address(report.project))) == []
    told = notices(page("office", sheet_address(report.project)))
    assert told[0].startswith("reviewer已于 ")
    assert told[0].endswith(" 开始审核，请先与其联系，避免重复审核。")
    assert notices(page("reviewer", sheet_address(report.project))) == []


def test_of_two_reviewers_the_second_is_told_what_the_first_did(page, cast, waiting):  # noqa: F811
    report = waiting()
    page("reviewer", sheet_address(report.project))
    page.post("office", report.project, act="pass", version=1)
    response = page.post("reviewer", report.project, act="return", version=1, reason="与形象进度不符")
    assert notices(response)[0].startswith("没有执行：您打开之后，这份月报已有变动 office于 ")
    assert "您填写的退回原因没有提交，可复制留用 与形象进度不符" in notices(response)
    assert states(report) == [State.PASSED]


# ---- taking back ----


def test_a_unit_takes_back_from_the_list_or_the_page(page, cast, waiting, client):  # noqa: F811
    report = waiting()
    content = page("reporter", month="2018-01").content.decode()
    assert f'form="withdraw" formaction="{sheet_address(report.project)}" name="version" value="1"' in content
    response = page.post("reporter", report.project, act="withdraw", version=1, follow=True)
    assert "月报已撤回，可以修改后再报送。" in said(response)
    assert states(report) == [State.DRAFT]


def test_who_began_the_review_stands_where_the_unit_could_have_taken_back(page, cast, waiting):  # noqa: F811
    report = waiting()
    page("reviewer", sheet_address(report.project))
    text = said(page("reporter", sheet_address(report.project)))
    assert ("reviewer已于" in text, "开始审核，不能修改" in text, "撤回" in text) == (True, True, False)
    assert "撤回" not in said(page("reporter", month="2018-01"))
    response = page.post("reporter", report.project, act="withdraw", version=1)
    assert "开始审核，不能撤回。" in notices(response)[-1]
    assert states(report) == [State.SUBMITTED]


@pytest.mark.parametrize("version", ["0", "x", "", "7"])
def test_a_stale_page_takes_nothing_back(page, waiting, version):  # noqa: F811
    report = waiting()
    response = page.post("reporter", report.project, act="withdraw", version=version)
    assert "没有执行：您打开之后，这份月报已有变动" in notices(response)[-1]
    assert states(report) == [State.SUBMITTED]


# ---- what the office decides ----


def test_the_office_excuses_with_a_reason_and_takes_it_back(page, cast, waiting):  # noqa: F811
    report = waiting(State.EXPECTED, amount=None)
    response = page.post("office", report.project, act="excuse", reason=" ")
    assert "免报必须写明原因。" in notices(response)[0]
    response = page.post("office", report.project, act="excuse", reason="停产检修", follow=True)
    assert f"“{report.project}”2018年1月月报已免报。" in said(response)
    assert "免报 停产检修" in notices(response)
    assert "本月免报，不需要填写。" in said(page("reporter", sheet_address(report.project)))
    page.post("office", report.project, act="expect")
    assert states(report) == [State.EXPECTED]


def test_that_there_is_a_draft_is_not_told_by_its_excuse(page, cast, waiting):  # noqa: F811
    report = waiting(State.DRAFT)
    response = page.post("office", report.project, act="excuse", reason="停产检修", follow=True)
    assert "草稿" not in said(response)
    assert [line.before for line in response.context["sheet"].moves] == ["未报送"]


def test_what_was_missing_is_reopened_for_a_time_and_said_to_be(page, cast, waiting):  # noqa: F811
    report = waiting(State.MISSING, amount=None)
    Period.objects.filter(month=1).update(closed_at=timezone.now())
    assert "关账时没有报送，已列为缺报。确需补报，请联系市发改委开放补报。" in notices(
        page("reporter", sheet_address(report.project))
    )
    until = timezone.localdate() + datetime.timedelta(days=3)
    response = page.post("office", report.project, act="reopen", reason="迟到")
    assert "没有填写补报截止。" in said(response)
    page.post("office", report.project, act="reopen", reason="系统故障", until_on=until)
    sheet = page("reporter", sheet_address(report.project))
    assert notices(sheet)[0] == f"已开放补报，至 {until} 为止 系统故障"
    assert 'value="submit"' in sheet.content.decode()
    page.post("reporter", report.project, act="submit", version=2, amount="5")
    assert cells(page("reviewer", month="2018-01"), "action") == [["审核"]]
    page.post("reviewer", report.project, act="pass", version=3)
    page.post("office", report.project, act="approve", version=4)
    assert states(report) == [State.APPROVED]
    assert Reopening.objects.get().ended_at is not None
    assert "已于" in notices(page("reporter", sheet_address(report.project)))[0]


def test_a_reopening_that_is_over_lets_nobody_type(page, cast, waiting):  # noqa: F811
    report = waiting(State.MISSING, amount=None)
    Period.objects.filter(month=1).update(closed_at=timezone.now())
    reopening = periods.reopen_report(report, cast.office, "系统故障", timezone.localdate())
    Reopening.objects.filter(pk=reopening.pk).update(until_on="2018-02-01")
    assert 'value="submit"' not in page("reporter", sheet_address(report.project)).content.decode()


def test_a_month_that_is_not_open_yet_says_when_it_opens(page, cast, unit):  # noqa: F811
    project = due(unit)
    day = timezone.localdate() + datetime.timedelta(days=5)
    Period.objects.filter(month=1).update(**dict.fromkeys(Period.DAYS, day))
    sheet = page("reporter", sheet_address(project))
    assert notices(sheet) == [f"2018年1月于 {day} 开放填报，现在还不能填。"]
    assert 'value="save"' not in sheet.content.decode()


# ---- cost ----


@pytest.mark.parametrize(("who", "queries"), [("reporter", 7), ("reviewer", 8), ("office", 8), ("leader", 7)])
def test_list_takes_the_same_queries_for_1_and_for_3_reports(
    page,  # noqa: F811
    client, cast, waiting, who, queries, django_assert_num_queries,
):  # fmt: skip
    waiting()
    page(who)
    with django_assert_num_queries(queries):
        client.get("/reports/?month=2018-01")
    for state in (State.PASSED, State.EXCUSED):
        report = waiting(state, excuse_reason="停产检修", doubts=["same"])
        report.project.responsible_unit = OrganisationFactory()
        report.project.owner = cast.reporter.organisation
        report.project.save()
        MonthlyReport.objects.filter(pk=report.pk).update(submitted_by=UserFactory())
    page(who)
    with django_assert_num_queries(queries):
        client.get("/reports/?month=2018-01")


def test_page_in_review_takes_the_same_queries_with_1_and_with_3_in_the_queue(
    page,  # noqa: F811
    client, cast, waiting, django_assert_num_queries,
):  # fmt: skip
    report = waiting()
    page("reviewer", sheet_address(report.project))
    for _ in range(2):
        progress.refresh_stale()
        with django_assert_num_queries(14):
            client.get(reverse("report", args=[report.project_id, "2018-01"]))
        waiting(), waiting()
