"""`/corrections/`, `/plan-changes/`, `/changes/` and the forms that propose: what each role finds, does, never sees."""

import datetime
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from investment import corrections, plan_changes, progress, proposals
from investment.models import (
    ClosedGroupProgress,
    ClosedProjectProgress,
    Correction,
    MonthlyReport,
    Period,
    PlanChange,
    PlannedMonth,
    ReportMove,
)
from investment.months import Month
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, ProjectFactory, project_with
from tests.pages import said
from tests.refusals import unguarded

State = Correction.State
WHO = ("reporter", "neighbour", "reviewer", "office", "leader", "admin")
PROPOSERS = ("reporter", "reviewer", "office")
CANARY = "不许外传的原因"
NASTY = "<script>alert(1)</script>“甲\"乙'&<b>{{ 7 }}</b>\n第二行"
AUGUST = datetime.date(2018, 8, 1)


@pytest.fixture
def project(cast):
    """The reporter's: plan 1200, 100 in each month of the first half of 2018, which is closed."""
    return closed(cast, "2018-07-05 17:00")


def closed(cast, moment, **fields):
    at = timezone.make_aware(datetime.datetime.fromisoformat(moment))
    with unguarded():  # a second project comes after the close of the first
        made = project_with(1200, [100] * 6, **{"responsible_unit": cast.reporter.organisation, **fields})
        ClosedGroupProgress.objects.all().delete()  # a month that has its copy would keep it
        ClosedProjectProgress.objects.all().delete()
        for month in range(1, 7):
            progress.freeze_month(Month(2018, month))
        Period.objects.filter(month__lte=6).update(closed_at=at, closed_by=cast.office)
    return made


@pytest.fixture
def visit(client, cast):
    """`visit(who, address)`: what somebody reads; `visit.post(who, address, …)`: what he or she gets for sending."""

    def get(who, address, **asked):
        client.force_login(getattr(cast, who))
        return client.get(address, asked)

    def post(who, address, follow=True, **fields):
        client.force_login(getattr(cast, who))
        return client.post(address, fields, follow=follow)

    get.post = post
    return get


def report_of(project, month=3):
    return MonthlyReport.objects.get(project=project, year=2018, month=month)


def correction(project, by, amount="90", month=3, reason="审计核减"):
    return corrections.propose_correction(report_of(project, month), Decimal(amount), reason, by)


def approved(cast, project, amount="90", month=3):
    return corrections.decide_correction(correction(project, cast.reporter, amount, month), cast.office, True)


def change(project, by, amount="900", reason="规模调减"):
    return plan_changes.propose_plan_change(project, 2018, Decimal(amount), AUGUST, "张发改〔2018〕66号", reason, by)


def correcting(project, month="2018-03"):
    return reverse("correction_new", args=[project.pk, month])


def changing(project):
    return reverse("plan_change_new", args=[project.pk])


def page(made):
    return reverse("correction" if isinstance(made, Correction) else "plan_change", args=[made.pk])


def cells(response):
    return [[" ".join(said_of(cell).split()) for cell in row] for row in response.context["table"].paginated_rows]


def said_of(cell):
    return re.sub(r"<[^>]+>", " ", str(cell))


# ---- proposing a correction ----


@pytest.mark.parametrize("who", WHO)
def test_form_of_a_correction_is_there_for_whom_it_may_be(visit, project, who):
    response = visit(who, correcting(project))
    assert response.status_code == (200 if who in PROPOSERS else 404)
    assert ("的更正由填报单位、审核单位或市发改委提出" in said(response)) == (who in ("leader", "admin"))


@pytest.mark.parametrize("who", WHO)
def test_correction_is_proposed_by_whom_it_may_be(visit, cast, project, who):
    response = visit.post(who, correcting(project), act="propose", read="100", new_amount="90", reason="审计核减")
    if who not in PROPOSERS:
        assert (response.status_code, Correction.objects.count()) == (404, 0)
        return
    made = Correction.objects.get()
    assert (made.old_amount, made.new_amount, made.reason, made.proposed_by) == (
        100,
        90,
        "审计核减",
        getattr(cast, who),
    )
    assert response.redirect_chain == [(page(made), 302)]
    assert "已提出更正，等待市发改委批准。批准之前，数据不变。" in said(response)


def test_form_shows_the_closed_amount_and_the_one_in_force(visit, cast, project):
    assert "月报（关账时） 100.00 万元 现行金额 100.00 万元，没有更正过" in said(visit("reporter", correcting(project)))
    approved(cast, project)
    response = visit("reporter", correcting(project))
    assert "月报（关账时） 100.00 万元 现行金额 90.00 万元 更正后" in said(response)
    assert "完成投资 100.00 → 90.00 万元（−10.00） 审计核减 reporter" in said(response)


def test_difference_will_do_instead_of_the_amount(visit, project):
    visit.post("reporter", correcting(project), act="propose", read="100", difference="-120.5", reason="审计核减")
    assert Correction.objects.get().new_amount == Decimal("-20.5")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"new_amount": "90"}, "更正必须写明原因。"),
        ({"reason": "核减"}, "请填写更正后的金额，或者填写增减的金额。"),
        ({"reason": "核减", "new_amount": "90", "difference": "-5"}, "两处不一致：现行 100.00 加上增减应为 95.00。"),
        ({"reason": "核减", "new_amount": "1e5"}, "“1e5”不是金额。"),
        ({"reason": "核减", "new_amount": "100"}, "更正后的金额与现行金额相同"),
        ({"reason": "核减", "new_amount": "90", "read": ""}, "这个字段是必填项。"),
        ({"reason": "核减", "new_amount": "90", "read": "70"}, "您打开之后，这个月的现行金额已经改变"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(visit, project, fields, message):
    response = visit.post("reporter", correcting(project), **{"act": "propose", "read": "100", **fields})
    assert response.status_code == 200
    assert message in said(response)
    assert [response.context["form"][name].value() for name in ("new_amount", "reason")] == [
        fields.get("new_amount"), fields.get("reason"),
    ]  # fmt: skip
    assert not Correction.objects.exists()


def test_amount_that_changed_meanwhile_is_shown_and_taken_at_the_next_try(visit, cast, project):
    approved(cast, project)
    typed = {"act": "propose", "difference": "-5", "reason": "核减"}
    response = visit.post("reporter", correcting(project), read="100", **typed)
    assert "更正没有提出" in said(response)
    visit.post("reporter", correcting(project), read=response.context["form"]["read"].value(), **typed)
    assert Correction.objects.latest("id").new_amount == 85


def test_preview_says_what_follows_and_saves_nothing(visit, project):
    response = visit.post("reporter", correcting(project), act="preview", read="100", difference="-50")
    assert [(str(row.month), row.before, row.after) for row in response.context["effect"]] == [
        ("2018-03", 300, 250), ("2018-04", 400, 350), ("2018-05", 500, 450), ("2018-06", 600, 550),
    ]  # fmt: skip
    assert "6月 600.00 550.00 50.00 → 45.83" in said(response)
    assert not Correction.objects.exists()


def test_correction_that_waits_is_shown_instead_of_another_form(visit, cast, project):
    waiting = correction(project, cast.reporter)
    assert visit("office", correcting(project)).headers["Location"] == page(waiting)


def test_second_click_leads_to_what_the_first_made(visit, cast, project):
    typed = {"act": "propose", "read": "100", "new_amount": "90", "reason": "审计核减"}
    visit.post("reporter", correcting(project), **typed)
    response = visit.post("reporter", correcting(project), **typed)
    assert "您刚才已经提出这项更正，没有重复提出。" in said(response)
    assert response.redirect_chain == [(page(Correction.objects.get()), 302)]


def test_form_is_not_there_for_what_can_not_be_corrected(visit, cast, project):
    MonthlyReportFactory(project=project, month=7)
    for month, message in (
        ("2018-07", "还没有关账。已审定的月报，关账后才能提出更正。"),
        ("2018-08", "没有2018年8月的月报"),
        ("2018-8", "不是月份"),
    ):
        response = visit("reporter", correcting(project, month))
        assert (response.status_code, message in said(response)) == (404, True)
    assert visit.post("reporter", correcting(project), act="delete").status_code == 404


# ---- one correction ----


@pytest.mark.parametrize("who", WHO)
def test_correction_is_read_by_whoever_sees_the_project_and_decided_by_the_office(visit, cast, project, who):
    waiting = correction(project, cast.reporter, reason=NASTY)
    response = visit(who, page(waiting))
    assert response.status_code == (404 if who == "neighbour" else 200)
    if who != "neighbour":
        assert "月报（关账时） 100.00 万元 更正前 100.00 万元 更正后 90.00 万元（−10.00） 提出 reporter" in said(
            response
        )
        assert ('value="approve"' in response.text) == (who == "office")
        assert "<script>alert" not in response.text


@pytest.mark.parametrize("act", ["approve", "reject"])
@pytest.mark.parametrize("who", WHO)
def test_decision_is_taken_from_the_office_only(visit, cast, project, who, act):
    waiting = correction(project, cast.reporter)
    response = visit.post(who, page(waiting), act=act, decision="见审计报告")
    waiting.refresh_from_db()
    if who != "office":
        assert (response.status_code, waiting.state) == (404, State.PROPOSED)
        return
    assert waiting.state == (State.APPROVED if act == "approve" else State.REJECTED)
    assert (waiting.decided_by, waiting.decision) == (cast.office, "见审计报告")
    told = "已批准，即将计入数据。" if act == "approve" else "未予批准，提出人会看到原因。"
    assert told in said(response)
    assert f"{waiting.get_state_display()} office · " in said(response)


def test_page_of_a_correction_that_waits_says_what_follows(visit, cast, project):
    waiting = correction(project, cast.reporter)
    assert "6月 600.00 590.00 50.00 → 49.17" in said(visit("leader", page(waiting)))
    corrections.decide_correction(waiting, cast.office, True)
    assert "2018年3月起的累计已随之改变" in said(visit("leader", page(waiting)))


def test_proposer_finds_no_buttons_and_is_refused(visit, cast, project):
    waiting = correction(project, cast.office)
    response = visit("office", page(waiting))
    assert "由您本人提出，须由市发改委的其他人审批。" in said(response)
    assert 'value="approve"' not in response.text
    assert "须由其他人审批" in said(visit.post("office", page(waiting), act="approve"))
    assert Correction.objects.get().is_open


def test_rejection_without_a_reason_is_refused_and_approval_after_others_told(visit, cast, project):
    waiting = correction(project, cast.reporter)
    response = visit.post("office", page(waiting), act="reject")
    assert "不批准必须写明原因" in said(response)
    assert 'value="approve"' in response.text
    corrections.decide_correction(waiting, cast.office, True)
    response = visit.post("office", page(waiting), act="reject", decision=CANARY)
    assert "您的审批没有执行" in said(response)
    assert f"可复制留用： {CANARY}" in said(response)
    assert "您已经批准过这项更正" in said(visit.post("office", page(waiting), act="approve"))
    assert visit.post("office", page(waiting), act="delete").status_code == 404


@pytest.mark.parametrize("propose", [correction, change], ids=["correction", "plan_change"])
@pytest.mark.parametrize("who", WHO)
def test_who_proposed_takes_it_back(visit, cast, project, who, propose):
    waiting = propose(project, cast.reporter)
    response = visit(who, page(waiting))
    assert ('value="withdraw"' in response.text) == (who == "reporter")
    response = visit.post(who, page(waiting), act="withdraw")
    waiting.refresh_from_db()
    if who != "reporter":
        assert (response.status_code, waiting.state) == (404, State.PROPOSED)
        return
    assert waiting.state == State.WITHDRAWN
    assert f"已撤回这项{waiting._meta.verbose_name}，数据没有改变。需要时可以重新提出。" in said(response)
    assert "已撤回 reporter · " in said(response)
    assert 'value="withdraw"' not in response.text
    assert "您已经撤回过" in said(visit.post(who, page(waiting), act="withdraw"))


def test_who_takes_back_too_late_is_told_who_decided(visit, cast, project):
    made = approved(cast, project)
    response = visit.post("reporter", page(made), act="withdraw")
    assert re.search("这项更正已由office于 .{16} 批准，不能撤回。", said(response))
    assert Correction.objects.get().state == State.APPROVED


def test_what_was_withdrawn_is_listed_without_what_it_would_have_changed(visit, cast, project, time_machine):
    time_machine.move_to("2018-08-03 09:00+08:00", tick=False)
    proposals.withdraw(change(project, cast.reporter), cast.reporter)
    [row] = cells(visit("office", "/plan-changes/", state="withdrawn"))
    assert (row[1], row[-1]) == ("", "○ 已撤回 reporter 2018-08-03 09:00")
    proposals.withdraw(correction(project, cast.reporter), cast.reporter)
    report = visit("leader", reverse("report", args=[project.pk, "2018-03"]))
    assert "reporter 2018-08-03 09:00 提出 · reporter 2018-08-03 09:00 撤回" in said(report)


# ---- lists ----


def test_list_has_what_when_and_who(visit, cast, project, time_machine):
    time_machine.move_to("2018-08-03 09:00+08:00", tick=False)
    approved(cast, project, "90", month=3)
    correction(project, cast.reviewer, "150", month=4, reason="补计")
    assert cells(visit("leader", "/corrections/")) == [
        [f"{project} 2018年4月", "100.00", "150.00", "+50.00", "补计", "reviewer 2018-08-03 09:00", "◆ 待批准"],
        [
            f"{project} 2018年3月", "100.00", "90.00", "−10.00", "审计核减", "reporter 2018-08-03 09:00",
            "● 已批准 office 2018-08-03 09:00",
        ],
    ]  # fmt: skip


def test_list_is_filtered_by_state_and_month(visit, cast, project):
    approved(cast, project, month=3)
    correction(project, cast.reporter, month=4)
    response = visit("office", "/corrections/")
    assert "全部 待批准 1 已批准 1 未批准 0 已撤回 0" in said(response)
    assert [len(cells(visit("office", "/corrections/", **asked))) for asked in (
        {"state": "approved"}, {"state": "rejected"}, {"month": "2018-04"}, {"month": "2018-04", "state": "approved"},
    )] == [1, 0, 1, 0]  # fmt: skip
    assert visit("office", "/corrections/", state="nonsense").status_code == 404
    assert visit("office", "/corrections/", month="2018-13").status_code == 404


@pytest.mark.parametrize("address", ["/corrections/", "/plan-changes/", "/changes/"])
@pytest.mark.parametrize("who", WHO)
def test_neighbour_learns_nothing_and_the_others_read(visit, cast, project, who, address):
    waiting = correction(project, cast.reporter, month=4, reason=CANARY)
    corrections.decide_correction(waiting, cast.office, True)
    change(project, cast.reporter, reason=CANARY)
    response = visit(who, address)
    assert response.status_code == 200
    assert (CANARY in said(response)) == (who != "neighbour")
    assert (project.name in said(response)) == (who != "neighbour")


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        ("/corrections/", "没有这样的更正。已关账月份的月报，可在它的页面上提出更正。"),
        ("/plan-changes/", "没有这样的计划调整。可在项目的页面上提出调整。"),
        ("/changes/", "一个月关账之后，它的更正和补报会列在这里。"),
    ],
)
def test_empty_page_says_what_to_do(visit, cast, address, advice):
    assert advice in said(visit("office", address))


def test_plan_changes_are_listed_beside_what_they_change(visit, cast, project, time_machine):
    time_machine.move_to("2018-08-03 09:00+08:00", tick=False)
    plan_changes.decide_plan_change(change(project, cast.reporter, "900"), cast.office, True)
    plan_changes.decide_plan_change(change(project, cast.reporter, "5"), cast.office, False, "依据不足")
    change(project, cast.reporter, "1000")
    assert [row[:4] for row in cells(visit("office", "/plan-changes/"))] == [
        [f"{project} 2018年度", "900.00", "1,000.00", "张发改〔2018〕66号"],
        [f"{project} 2018年度", "", "5.00", "张发改〔2018〕66号"],
        [f"{project} 2018年度", "1,200.00", "900.00", "张发改〔2018〕66号"],
    ]
    assert len(cells(visit("office", "/plan-changes/", state="approved"))) == 1


@pytest.mark.parametrize("address", ["/corrections/", "/plan-changes/", "/changes/?month=2018-06"])
def test_queries_do_not_grow_with_the_rows(visit, client, cast, project, django_assert_num_queries, address):
    expected = {"/corrections/": 7, "/plan-changes/": 6, "/changes/?month=2018-06": 11}[address]
    projects = [project, closed(cast, "2018-07-05 17:00"), closed(cast, "2018-07-05 17:00")]
    for number in (0, 1, 2):
        approved(cast, projects[number], month=6)
        plan_changes.decide_plan_change(change(projects[number], cast.reporter), cast.office, True)
        progress.refresh_stale()
        if number != 1:
            visit("leader", address)
            with django_assert_num_queries(expected):
                client.get(address)


# ---- changing a plan ----


@pytest.mark.parametrize("who", WHO)
def test_plan_change_is_proposed_by_whom_it_may_be(visit, cast, project, who):
    assert visit(who, changing(project)).status_code == (200 if who in PROPOSERS else 404)
    typed = {"amount": "900", "document_number": "张发改〔2018〕66号", "effective_on": "2018-08-01", "reason": "调减"}
    response = visit.post(who, changing(project), act="propose", **typed)
    if who not in PROPOSERS:
        assert (response.status_code, PlanChange.objects.count()) == (404, 0)
        return
    made = PlanChange.objects.get()
    assert (made.amount, made.effective_on, made.document_number, made.reason, made.proposed_by) == (
        900, AUGUST, "张发改〔2018〕66号", "调减", getattr(cast, who),
    )  # fmt: skip
    assert response.redirect_chain == [(page(made), 302)]
    assert "已提出计划调整，等待市发改委批准。" in said(response)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"amount": ""}, "请填写调整后的全年计划。"),
        ({"amount": "-1"}, "年度计划投资不能为负数。"),
        ({"document_number": ""}, "计划调整必须有文号。"),
        ({"effective_on": ""}, "请填写执行日期。"),
        ({"effective_on": "八月"}, "请填写日期，例如 2018-07-01。"),
        ({"reason": ""}, "计划调整必须写明原因。"),
        ({"amount": "1200"}, "调整后的金额与现行计划相同"),
        ({"effective_on": "2018-06-30"}, "2018年6月已经关账，执行日期应在 2018-06-30 之后"),
    ],
)
def test_what_is_wrong_with_a_plan_change_is_said(visit, project, fields, message):
    typed = {"amount": "900", "document_number": "66号", "effective_on": "2018-08-01", "reason": "调减"}
    response = visit.post("reporter", changing(project), act="propose", **{**typed, **fields})
    assert (response.status_code, message in said(response)) == (200, True)
    assert not PlanChange.objects.exists()


def test_form_begins_with_the_first_open_month_and_the_plan_in_force(visit, project):
    response = visit("reporter", changing(project))
    assert response.context["form"]["effective_on"].value() == datetime.date(2018, 7, 1)
    assert "最早可自 2018年7月 起执行" in said(response)
    assert (
        "截至 2018年6月，本年累计完成 600.00 万元 计划 金额（万元） 完成率（%）"
        " 年初计划 自 1 月起，6 月执行 1,200.00 50.00" in said(response)
    )


def test_preview_rates_against_each_plan_and_saves_nothing(visit, project):
    response = visit.post("reporter", changing(project), act="preview", amount="1000", effective_on="2018-08-01")
    assert "年初计划 自 1 月起，6 月执行 1,200.00 50.00 拟调整为 自 8 月起 1,000.00 60.00" in said(response)
    assert not PlanChange.objects.exists()


def test_plan_of_a_month_is_the_one_in_force_in_it(visit, cast):
    made = project_with(1200, [100] * 3, responsible_unit=cast.reporter.organisation)
    original = made.annual_plans.get()
    halved = original.revise(amount=Decimal(300), effective_month=7, reason="停建")
    for plan, planned in ((original, [100] * 12), (halved, [50] * 6 + [0] * 6)):
        for month, amount in enumerate(planned, start=1):
            PlannedMonth.objects.create(plan=plan, month=month, amount=Decimal(amount))
    progress.refresh_stale()
    response = visit.post("reporter", changing(made), act="preview", amount="900", effective_on="2018-09-01")
    assert (
        "截至 2018年3月，本年累计完成 300.00 万元 计划 金额（万元） 完成率（%）"
        " 年初计划 自 1 月起，3 月执行 1,200.00 25.00 第1次调整 自 7 月起 300.00 100.00 拟调整为 自 9 月起 900.00 33.33"
    ) in said(response)
    curve = response.context["effect"].curve
    assert [line.before for line in curve] == [100] * 6 + [0] * 6
    assert [line.after for line in curve] == [100] * 6 + [0] * 2 + [150] * 4


def test_year_is_the_one_in_the_address(visit, cast, project):
    AnnualPlanFactory(project=project, year=2019, amount=Decimal(700))
    assert visit("reporter", changing(project)).context["year_of_plan"] == 2019
    assert visit("reporter", changing(project), year="2018").context["year_of_plan"] == 2018
    response = visit("reporter", changing(project), year="2017")
    assert (response.status_code, "还没有 2017 年的年初计划" in said(response)) == (404, True)
    assert visit("reporter", changing(ProjectFactory(responsible_unit=cast.reporter.organisation))).status_code == 404


def test_year_that_is_closed_has_no_form(visit, project):
    Period.objects.filter(closed_at=None).update(closed_at=timezone.now())
    response = visit("reporter", changing(project))
    assert "2018 年已全部关账，当年计划不能再调整。" in said(response)
    assert 'value="propose"' not in response.text


@pytest.mark.parametrize("act", ["approve", "reject"])
@pytest.mark.parametrize("who", WHO)
def test_plan_change_is_decided_by_the_office_only(visit, cast, project, who, act):
    waiting = change(project, cast.reporter)
    assert visit(who, page(waiting)).status_code == (404 if who == "neighbour" else 200)
    response = visit.post(who, page(waiting), act=act, decision="同意或不同意")
    waiting.refresh_from_db()
    if who != "office":
        assert (response.status_code, waiting.state) == (404, State.PROPOSED)
        return
    assert waiting.state == (State.APPROVED if act == "approve" else State.REJECTED)
    assert project.annual_plans.count() == (2 if act == "approve" else 1)


def test_plan_change_that_waits_is_shown_instead_of_another_form(visit, cast, project):
    waiting = change(project, cast.reporter)
    assert visit("office", changing(project)).headers["Location"] == page(waiting)


# ---- changed since the close ----


def figures(response):
    names = ("amount_then", "amount_now", "year_to_date_then", "year_to_date_now")
    return [[getattr(each, name) for name in names] for each in response.context["desk"].projects]


def test_both_values_and_people_stand_beside_each_other(visit, cast, project, time_machine):
    time_machine.move_to("2018-08-03 09:00+08:00", tick=False)
    approved(cast, project)
    progress.refresh_stale()
    response = visit("leader", "/changes/", month="2018-03")
    assert "2018年3月关账后，1 个项目的数据有变动：本月完成 −10.00 万元，本年累计 −10.00 万元" in said(response)
    assert "完成投资 100.00 → 90.00 万元（−10.00） 审计核减 reporter 2018-08-03 09:00 提出 · office" in said(response)
    assert figures(response) == [[100, 90, 300, 290]]
    assert "合计（1 个） 100.00 90.00 −10.00 300.00 290.00 −10.00" in said(response)


def test_correction_moves_the_year_to_date_of_later_closed_months(visit, cast, project):
    approved(cast, project, month=3)
    progress.refresh_stale()
    response = visit("leader", "/changes/", month="2018-05")
    assert response.context["desk"].corrections == []
    assert figures(response) == [[100, 100, 500, 490]]
    assert visit("leader", "/changes/", month="2018-02").context["desk"].projects == []


def test_plan_of_a_closed_month_that_is_another_now_is_a_change(visit, cast, project):
    with unguarded():
        project.annual_plans.get().revise(amount=Decimal(900), effective_month=6, reason="补录")
    progress.refresh_stale()
    response = visit("leader", "/changes/", month="2018-06")
    assert figures(response) == [[100, 100, 600, 600]]
    assert "年度计划 1,200.00 → 900.00 万元" in said(response)
    assert visit("leader", "/changes/", month="2018-05").context["desk"].projects == []


def test_what_waits_or_was_rejected_changed_nothing(visit, cast, project):
    correction(project, cast.reporter, month=2)
    corrections.decide_correction(correction(project, cast.reporter, month=3), cast.office, False, "依据不足")
    for month in ("2018-02", "2018-03"):
        assert f"2018年{int(month[-1])}月关账后没有变动" in said(visit("office", "/changes/", month=month))


def test_correction_that_was_approved_before_a_month_closed_is_no_change_since(visit, cast, project):
    approved(cast, project, month=3)
    progress.freeze_month(Month(2018, 7))
    Period.objects.filter(month=7).update(closed_at=timezone.now() + datetime.timedelta(minutes=1))
    assert visit("office", "/changes/", month="2018-07").context["desk"].projects == []


def test_report_that_was_approved_after_the_close_is_a_change(visit, cast, project):
    with unguarded():
        progress.freeze_month(Month(2018, 7))
        Period.objects.filter(month=7).update(closed_at=timezone.now())
        late = MonthlyReportFactory(project=project, month=7, amount=Decimal(100))
    ReportMove.objects.create(report=late, by=cast.office, from_state=2, to_state=3, at=timezone.now())
    progress.refresh_stale()
    response = visit("office", "/changes/", month="2018-07")
    assert [each.pk for each in response.context["desk"].late] == [late.pk]
    assert figures(response) == [[None, 100, 600, 700]]
    assert "关账时未审定，补报 100.00 万元" in said(response)


def test_report_that_was_approved_before_the_close_did_not_come_late(visit, cast, project):
    early = datetime.datetime.fromisoformat("2018-06-28T09:00+08:00")
    for at in (early, timezone.now()):
        ReportMove.objects.create(report=report_of(project, 6), by=cast.office, from_state=2, to_state=3, at=at)
    assert visit("office", "/changes/", month="2018-06").context["desk"].late == []


def test_latest_month_with_a_correction_is_shown_first(visit, cast, project):
    assert str(visit("office", "/changes/").context["desk"].month) == "2018-06"
    approved(cast, project, month=2)
    approved(cast, project, month=4)
    response = visit("office", "/changes/")
    assert str(response.context["desk"].month) == "2018-04"
    assert "2018年2月 1 2018年4月 1" in said(response)
    for month in ("2018-07", "2018-13"):
        assert visit("office", "/changes/", month=month).status_code == 404


# ---- the ways there ----


@pytest.mark.parametrize("who", ["reporter", "reviewer", "office", "leader", "admin"])
def test_report_of_a_closed_month_leads_to_its_correction(visit, cast, project, who):
    address = reverse("report", args=[project.pk, "2018-03"])
    assert (correcting(project) in visit(who, address).text) == (who in PROPOSERS)
    waiting = correction(project, cast.reporter)
    response = visit(who, address)
    assert correcting(project) not in response.text
    assert "有一项更正正在等待批准。" in said(response)
    assert page(waiting) in response.text
    assert "完成投资 100.00 → 90.00 万元（−10.00） 审计核减 reporter" in said(response)


def test_report_of_an_open_month_has_no_correction(visit, cast, project):
    MonthlyReportFactory(project=project, month=7)
    response = visit("office", reverse("report", args=[project.pk, "2018-07"]))
    body = response.text.partition("<main")[2]
    assert "更正" not in body


def test_who_typed_it_is_told_that_the_correction_waits_for_the_close(visit, cast, project):
    MonthlyReportFactory(project=project, month=7)
    address = reverse("report", args=[project.pk, "2018-07"])
    assert "已审定，不能再修改。确有错误，本月关账后可提出更正，由市发改委批准。" in said(visit("reporter", address))
    assert "确有错误" not in said(visit("reporter", reverse("report", args=[project.pk, "2018-06"])))


@pytest.mark.parametrize("who", ["reporter", "reviewer", "office", "leader", "admin"])
def test_page_of_a_project_shows_its_plans_and_leads_to_a_change(visit, cast, project, who):
    address = reverse("project", args=[project.pk])
    assert (changing(project) in visit(who, address).text) == (who in PROPOSERS)
    waiting = change(project, cast.reporter)
    response = visit(who, address)
    assert changing(project) not in response.text
    assert "年初计划 1,200.00 万元 未填文号 拟调整为 900.00 万元 ◆ 待批准 张发改〔2018〕66号 · 自 8 月起" in said(
        response
    )
    plan_changes.decide_plan_change(waiting, cast.office, True)
    assert re.search(
        r"第1次调整 900\.00 万元 张发改〔2018〕66号 · \d{4}-\d\d-\d\d 下达 · 自 8 月起执行 规模调减",
        said(visit(who, address)),
    )


def test_page_of_a_project_lists_its_corrections(visit, cast, project):
    address = reverse("project", args=[project.pk])
    assert "关账后的更正" not in said(visit("leader", address))
    approved(cast, project)
    assert "● 已批准 2018年3月完成投资 100.00 → 90.00 万元（−10.00） 审计核减" in said(visit("leader", address))
