"""`/reports/` and the page of one report: what each role finds, may do, and never sees."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from investment import progress, reporting
from investment.models import MonthlyReport, Period
from investment.months import Month
from projects import roles
from projects.models import Stage
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    MonthlyReportFactory,
    OrganisationFactory,
    ProjectFactory,
    UserFactory,
    enlist,
)
from tests.pages import said as text

State = MonthlyReport.State
CANARY = "不许外传的草稿"
SECRET = Decimal("31415.92")
NASTY = "<script>alert(1)</script>“甲\"乙'&<b>{{ 7 }}</b>\n第二行"
FIGURES = {
    "amount": "120.5",
    "received": "",
    "stage": Stage.STRUCTURE,
    "image_progress": "",
    "problems": "",
    "next_plan": "",
}


def planned(unit, plan=1200, **fields):
    """A project of the unit with a plan for 2018; no report is expected yet."""
    project = ProjectFactory(responsible_unit=unit, **fields)
    AnnualPlanFactory(project=project, amount=Decimal(plan))
    return project


def due(unit, **fields):
    """The same, and its report of January is due."""
    project = planned(unit, **fields)
    MonthlyReportFactory(project=project, state=State.EXPECTED, amount=None)
    return project


def reported(project, state, amount="100", month=1, **fields):
    reasons = {"return_reason": "请核实。" if state == State.RETURNED else ""}
    reasons["excuse_reason"] = "停产检修" if state == State.EXCUSED else ""
    amount = None if amount is None else Decimal(amount)
    MonthlyReport.objects.filter(project=project, month=month, state=State.EXPECTED).delete()
    return MonthlyReportFactory(project=project, state=state, amount=amount, month=month, **reasons | fields)


@pytest.fixture
def page(client, cast):
    """`page(who, address)`: what somebody reads there; `page.post(...)`: what he or she gets for sending a form."""

    def get(who, address="/reports/", **asked):
        client.force_login(getattr(cast, who) if isinstance(who, str) else who)
        progress.refresh_stale()
        return client.get(address, asked)

    def post(who, project, month="2018-01", **fields):
        client.force_login(getattr(cast, who) if isinstance(who, str) else who)
        return client.post(reverse("report", args=[project.pk, month]), fields, follow=fields.pop("follow", False))

    get.post = post
    return get


def cells(response, *columns):
    """The rows of the list as people read them: project, amounts, state, action; or these columns."""
    return [
        [
            " ".join(unescape(strip_tags(str(cell))).split())
            for column, cell in row.items()
            if (column.name in columns if columns else column.name not in ("choice", "doubts"))
        ]
        for row in response.context["table"].paginated_rows
    ]


def notices(response):
    """What the page of a report says above and between its fields."""
    body = response.content.decode().split('class="report-notices"')[1]
    found = re.findall(r'<(p|div) class="notice[^"]*"(?! data-kept)[^>]*>(.*?)</\1>', body, re.DOTALL)
    return [" ".join(unescape(strip_tags(body)).split()) for _, body in found]


def sheet_address(project, month="2018-01"):
    return reverse("report", args=[project.pk, month])


def last(project):
    return MonthlyReport.objects.get(project=project, month=1)


# ---- the reporter's list ----


def test_unit_sees_what_it_owes_first_each_state_in_its_words(page, cast):
    unit = cast.reporter.organisation
    projects = [due(unit) for _ in range(6)]
    reported(projects[0], State.APPROVED)
    reported(projects[1], State.SUBMITTED, 0, submitted_by=cast.reporter, submitted_at=timezone.now())
    reported(projects[2], State.DRAFT, None)
    reported(projects[4], State.RETURNED, "60")
    ProjectFactory(responsible_unit=unit)
    free = ProjectFactory(responsible_unit=unit)
    enlist(free)
    response = page("reporter", month="2018-01")
    assert "2018 年 1 月月报 6 个项目：已退回 1、未填报 2、草稿 1、已报送 1、已审定 1 · 单位 万元" in text(response)
    rows = cells(response)
    assert [[row[0], row[3], row[4], row[5], row[6].split()[1], row[7]] for row in rows] == [
        [str(projects[4]), "60.00", "60.00", "5.00", "已退回", "修改"],
        [str(projects[3]), "未填报", "", "", "未填报", "填报"],
        [str(projects[5]), "未填报", "", "", "未填报", "填报"],
        [str(projects[2]), "未填", "", "", "草稿", "继续填"],
        [str(projects[1]), "0.00", "0.00", "0.00", "已报送", "查看 撤回"],
        [str(projects[0]), "100.00", "100.00", "8.33", "已审定", "查看"],
    ]
    assert rows[0][6] == "■ 已退回 请核实。"
    assert [row[0] for row in cells(page("reporter", month="2018-01", state="not-due"))] == [str(free)]


def test_list_compares_with_the_month_before_and_adds_up_the_year(page, cast):
    project = due(cast.reporter.organisation)
    reported(project, State.APPROVED, "100", month=1)
    reported(project, State.SUBMITTED, "50", month=2)
    reported(project, State.DRAFT, "25", month=3)
    assert cells(page("reporter", month="2018-03"))[0][1:6] == ["1,200.00", "50.00", "25.00", "175.00", "14.58"]


def test_january_looks_back_to_december(page, cast):
    project = due(cast.reporter.organisation)
    AnnualPlanFactory(project=project, year=2017)
    MonthlyReportFactory(project=project, year=2017, month=12, amount=Decimal(77))
    assert cells(page("reporter", month="2018-01"))[0][2:4] == ["77.00", "未填报"]


def test_counts_lead_to_the_rows_behind_them(page, cast):
    projects = [due(cast.reporter.organisation) for _ in range(3)]
    reported(projects[0], State.DRAFT)
    response = page("reporter", month="2018-01", state="draft")
    assert [row[0] for row in cells(response)] == [str(projects[0])]
    assert 'href="?month=2018-01&amp;state=missing"' in response.content.decode()
    assert page("reporter", state="nonsense").status_code == 404
    assert page("reviewer", state="draft").status_code == 404


# ---- which month ----


def test_first_month_that_is_not_closed_is_shown(page, cast):
    due(cast.reporter.organisation)
    page("reporter")
    assert page("reporter").context["desk"].month == Month(2018, 1)
    Period.objects.filter(month__lte=3).update(closed_at=timezone.now())
    desk = page("reporter").context["desk"]
    assert (desk.month, desk.previous, desk.next) == (Month(2018, 4), Month(2018, 3), Month(2018, 5))
    Period.objects.filter(closed_at=None).update(closed_at=timezone.now())
    assert page("reporter").context["desk"].month == Month(2018, 12)


def test_year_of_others_does_not_move_the_readers_month(page, cast):
    due(cast.reporter.organisation)
    AnnualPlanFactory(project=ProjectFactory(responsible_unit=cast.neighbour.organisation), year=2017)
    assert page("reporter").context["desk"].month == Month(2018, 1)
    assert page("office").context["desk"].month == Month(2017, 1)


@pytest.mark.parametrize(
    ("month", "message"),
    [("2018-13", "“2018-13”不是月份。"), ("2016-01", "2016-01 没有月报。目前可以查看2018年1月至2018年12月。")],
)
def test_month_that_is_none_is_not_found(page, cast, month, message):
    project = due(cast.reporter.organisation)
    response = page("reporter", month=month)
    assert (response.status_code, message in text(response)) == (404, True)
    assert page("reporter", sheet_address(project, month)).status_code == 404


def test_other_months_and_pages_are_one_click_away(page, cast):
    project = due(cast.reporter.organisation)
    content = page("reporter", month="2018-02").content.decode()
    assert 'href="?month=2018-01"' in content
    assert 'href="?month=2018-03"' in content
    assert f'href="{reverse("flash")}?month=2018-02"' in content
    sheet = page("reporter", sheet_address(project, "2018-02")).content.decode()
    assert f'href="{sheet_address(project, "2018-03")}"' in sheet


@pytest.mark.parametrize(
    ("who", "advice"),
    [("reporter", "请联系市发改委核对责任单位"), ("office", "再下达年度计划"), ("leader", "请联系市发改委")],
)
@pytest.mark.parametrize("address", ["/reports/", "/reports/flash/"])
def test_without_any_month_the_page_says_what_to_do(page, who, advice, address):
    response = page(who, address)
    assert "还没有月报" in text(response)
    assert advice in text(response)


def test_month_without_a_report_due_says_so(page, cast):
    enlist(ProjectFactory(responsible_unit=cast.reporter.organisation))
    response = page("reporter")
    assert ("0 个项目" in text(response), "没有这样的月报。" in text(response)) == (True, True)


# ---- the list of whoever reviews or reads ----


def test_reviewer_finds_what_waits_first_and_knows_of_no_draft(page, cast):
    projects = [due(cast.reporter.organisation) for _ in range(5)]
    reported(projects[0], State.DRAFT, SECRET)
    reported(projects[1], State.APPROVED)
    moment = timezone.make_aware(timezone.datetime(2018, 1, 22, 10, 3))
    reported(projects[2], State.SUBMITTED, "60", submitted_by=cast.reporter, submitted_at=moment)
    reported(projects[4], State.RETURNED)
    response = page("reviewer", month="2018-01")
    assert "5 个项目：待初审 1、未报送 2、已退回 1、已审定 1" in text(response)
    assert [[row[0], row[3], row[6], row[7]] for row in cells(response)] == [
        [f"{projects[2]} 示例责任单位 慈利 01", "60.00", "◆ 待初审 2018-01-22 10:03 reporter", "审核"],
        [f"{projects[0]} 示例责任单位 慈利 01", "未报送", "○ 未报送", "查看"],
        [f"{projects[3]} 示例责任单位 慈利 01", "未报送", "○ 未报送", "查看"],
        [f"{projects[4]} 示例责任单位 慈利 01", "100.00", "■ 已退回 请核实。", "查看"],
        [f"{projects[1]} 示例责任单位 慈利 01", "100.00", "● 已审定", "查看"],
    ]
    assert f'class="button" href="{sheet_address(projects[2])}"' in " ".join(response.content.decode().split())


@pytest.mark.parametrize("who", ["leader", "admin"])
def test_leader_and_administrator_read_and_have_nothing_to_press(page, cast, who):
    project = due(cast.reporter.organisation)
    reported(project, State.SUBMITTED)
    assert [row[6:] for row in cells(page(who, month="2018-01"))] == [["▲ 已报送", "查看"]]
    sheet = page(who, sheet_address(project))
    assert 'name="act"' not in sheet.content.decode()
    assert "100.00 万元" in text(sheet)


def test_who_types_and_reviews_has_two_desks(page, cast):
    cast.reviewer.groups.add(Group.objects.get(name=roles.REPORTER))
    own = due(cast.reviewer.organisation, name="示例 自报")
    other = due(cast.reporter.organisation, name="示例 他报")
    own.area = AreaFactory(name="桑植县")
    own.save()
    reported(other, State.SUBMITTED)
    assert [row[0] for row in cells(page("reviewer"))] == ["示例 自报"]
    assert "去审核" in text(page("reviewer"))
    assert [row[0] for row in cells(page("reviewer", desk="review"))] == ["示例 他报 示例责任单位 慈利 01"]


# ---- never seen ----


def everything(page, who, project):
    addresses = [
        "/reports/",
        "/reports/?month=2018-01&state=missing",
        "/reports/flash/?month=2018-01",
        sheet_address(project),
    ]
    return "".join(page(who, address).content.decode() for address in addresses)


@pytest.mark.parametrize("who", ["neighbour", "reviewer", "office", "leader", "admin"])
def test_draft_is_nobodys_business_but_the_units(page, cast, who):
    project = due(cast.reporter.organisation)
    reported(project, State.DRAFT, SECRET, problems=CANARY, next_plan=CANARY, image_progress=CANARY)
    seen = everything(page, who, project)
    assert CANARY not in seen
    assert "31,415.92" not in seen
    own = everything(page, "reporter", project)
    assert CANARY in own
    assert "31,415.92" in own


@pytest.mark.parametrize("state", State)
def test_reporter_never_meets_the_neighbours_projects(page, cast, state):
    due(cast.reporter.organisation)
    project = due(cast.neighbour.organisation, name=f"示例 {CANARY}")
    reported(project, state, SECRET, problems=CANARY)
    seen = everything(page, "reporter", project)
    assert CANARY not in seen
    assert "31,415.92" not in seen
    assert page("reporter", sheet_address(project)).status_code == 404
    assert CANARY in everything(page, "neighbour", project)


def test_project_in_scope_has_a_page_before_there_is_a_report(page, cast):
    project = due(cast.reporter.organisation)
    for who in ("reviewer", "office", "leader", "admin"):
        assert "2018年1月的月报还没有报送，由示例责任单位 慈利 01填报。" in text(page(who, sheet_address(project)))


# ---- who may send what ----

WHO = ("reporter", "neighbour", "reviewer", "office", "leader", "admin")
MAY_SEND = {
    "save": {"reporter"},
    "submit": {"reporter"},
    "pass": {"reviewer", "office"},
    "approve": {"office"},
    "return": {"reviewer", "office"},
}
WAITS_FOR = {"pass": State.SUBMITTED, "approve": State.PASSED, "return": State.SUBMITTED}


@pytest.mark.parametrize("act", MAY_SEND)
@pytest.mark.parametrize("who", WHO)
def test_form_is_taken_from_whom_it_may_be_taken_and_does_not_exist_for_others(page, cast, who, act):
    project = due(cast.reporter.organisation)
    page("office")
    reported(project, WAITS_FOR.get(act, State.DRAFT), submitted_by=cast.reporter)
    response = page.post(who, project, act=act, version=1, reason="请核实。", **FIGURES)
    if who in MAY_SEND[act]:
        assert response.status_code == 302
        assert last(project).version == 2
    else:
        assert (response.status_code, last(project).version) == (404, 1)
        assert ("您的账号不能" in text(response)) == (who != "neighbour")


def test_stranger_is_sent_to_the_login(client, cast):
    project = due(cast.reporter.organisation)
    for address in ("/reports/", "/reports/flash/", sheet_address(project)):
        assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"
    assert client.post(sheet_address(project), {"act": "save"}).headers["Location"].startswith("/accounts/login/")


def test_unknown_act_and_wrong_method_are_refused(page, client, cast):
    project = due(cast.reporter.organisation)
    page("reporter")
    assert page.post("reporter", project, act="delete").status_code == 404
    assert client.put(sheet_address(project)).status_code == 405
    assert client.post("/reports/").status_code == 405
    assert last(project).version == 1


# ---- the form ----


def test_form_starts_with_last_months_stage_and_the_figures_of_the_year(page, cast):
    project = due(cast.reporter.organisation)
    reported(project, State.APPROVED, "100", month=1, stage=Stage.EQUIPMENT)
    reported(project, State.SUBMITTED, "50", month=2)
    response = page("reporter", sheet_address(project, "2018-03"))
    said = text(response)
    assert (
        "年度计划 1,200.00 万元 上月完成 50.00 万元 本月之前累计 150.00 万元 其中未审定 50.00 万元 本年累计 —" in said
    )
    assert "2018年1月 100.00 设备安装" in said
    january = page("reporter", sheet_address(project, "2018-02"))
    assert january.status_code == 200
    stage = page("reporter", sheet_address(due(cast.reporter.organisation, stage=Stage.TRIAL))).context["form"]["stage"]
    assert stage.value() == Stage.TRIAL


def test_saved_draft_comes_back_with_its_figures(page, cast):
    project = due(cast.reporter.organisation)
    page("reporter")
    response = page.post("reporter", project, act="save", version=1, follow=True, **FIGURES)
    assert "已存为草稿，还没有报送。" in text(response)
    assert "本年累计 120.50 万元 占年度计划 10.04% 较时间进度 +1.71 个百分点 本月提高 +10.04 个百分点" in text(response)
    assert (last(project).state, last(project).amount, last(project).stage) == (
        State.DRAFT,
        Decimal("120.5"),
        Stage.STRUCTURE,
    )


def test_submitting_leads_to_what_is_still_owed(page, cast):
    project, other = due(cast.reporter.organisation), due(cast.reporter.organisation)
    page("reporter")
    response = page.post("reporter", project, act="submit", version=1, follow=True, **FIGURES)
    assert "已报送2018年1月月报，等待审核。" in text(response)
    assert f"填报下一个：{other}" in text(response)
    assert 'value="save"' not in response.content.decode()
    response = page.post("reporter", other, act="submit", version=1, follow=True, **FIGURES)
    assert "本月应由您填报的都已报送。" in text(response)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("0", "0"), ("0.01", "0.01"), ("9,999,999", "9999999"), ("１２３．４５", "123.45"), ("1,234.50万元", "1234.5"),
        ("1.2亿元", "12000"), (" 1 234 ", "1234"), ("", None),
    ],
)  # fmt: skip
def test_amounts_are_taken_as_people_write_them(page, cast, typed, amount):
    project = due(cast.reporter.organisation)
    page("reporter")
    page.post("reporter", project, act="save", version=1, **{**FIGURES, "amount": typed})
    assert last(project).amount == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("1_000", "“1_000”不是金额。"), ("1e5", "“1e5”不是金额。"), ("-1", "本月完成投资不能是负数。"),
        ("0.00001", "精确到了元以下"), ("100000000", "过大"), ("十二", "不是金额"), ("5元", "的单位是元"),
    ],
)  # fmt: skip
def test_amount_that_is_none_is_named_at_its_field_and_nothing_typed_is_lost(page, cast, typed, message):
    project = due(cast.reporter.organisation)
    page("reporter")
    response = page.post(
        "reporter", project, act="save", version=1, **{**FIGURES, "amount": typed, "problems": "要保留"}
    )
    assert message in response.context["form"].errors["amount"][0]
    assert "没有保存，请改正下面 1 处 本月完成投资（万元）：" in notices(response)[0]
    assert response.context["form"]["amount"].value() == typed
    assert "要保留</textarea>" in response.content.decode()
    assert last(project).version == 1


def test_submission_without_amount_asks_for_a_zero(page, cast):
    project = due(cast.reporter.organisation)
    page("reporter")
    response = page.post("reporter", project, act="submit", version=1, **{**FIGURES, "amount": " "})
    assert "本月没有投资，请填 0。" in notices(response)[0]
    assert last(project).version == 1


def test_text_that_is_too_long_says_by_how_much(page, cast):
    project = due(cast.reporter.organisation)
    page("reporter")
    response = page.post("reporter", project, act="save", version=1, **{**FIGURES, "problems": "长" * 2001})
    assert "存在问题不能超过 2000 个字，请精简（现有 2001 个字）。" in notices(response)[0]


@pytest.mark.parametrize("field", ["image_progress", "problems", "next_plan"])
def test_text_with_quotes_and_tags_stays_text(page, cast, field):
    project = due(cast.reporter.organisation)
    page("reporter")
    page.post("reporter", project, act="submit", version=1, **{**FIGURES, field: NASTY})
    content = page("reviewer", sheet_address(project)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;“甲&quot;乙&#x27;&amp;&lt;b&gt;{{ 7 }}&lt;/b&gt;<br>第二行" in content
    assert "<script>alert" not in content


def test_name_and_reason_with_tags_stay_text(page, cast):
    project = due(cast.reporter.organisation, name="示例 <b>甲</b>")
    reported(project, State.RETURNED, return_reason="<i>改</i>")
    for who in ("reporter", "reviewer"):
        for address in ("/reports/?month=2018-01", sheet_address(project)):
            content = page(who, address).content.decode()
            assert "示例 &lt;b&gt;甲&lt;/b&gt;" in content
            assert "&lt;i&gt;改&lt;/i&gt;" in content
            assert "<i>改" not in content


def test_closed_month_is_read_and_not_written(page, cast):
    project = due(cast.reporter.organisation)
    page("reporter")
    reported(project, State.DRAFT, "5")
    Period.objects.filter(month=1).update(closed_at=timezone.now())
    sheet = page("reporter", sheet_address(project))
    assert "月报不能再填报或审核。 确需补报，请联系市发改委。" in notices(sheet)[0]
    assert 'name="act"' not in sheet.content.decode()
    response = page.post("reporter", project, act="submit", version=1, **FIGURES)
    assert "没有完成 2018年1月已于" in notices(response)[-1]
    assert "120.5" in response.content.decode()
    assert last(project).version == 1
    assert cells(page("reporter", month="2018-01"))[0][7] == "查看"


def test_project_without_plan_unit_or_leader_can_be_reported_and_read(page, cast):
    project = ProjectFactory(owner=cast.reporter.organisation)
    enlist(project)
    assert "没有年度计划，不计完成率" in text(page("reporter", sheet_address(project)))
    page.post("reporter", project, act="submit", version=1, **FIGURES)
    assert [row[3:6] for row in cells(page("reviewer", month="2018-01"))] == [["120.50", "120.50", ""]]
    assert "责任单位尚未明确" in text(page("reviewer", month="2018-01"))


# ---- two at once ----


def test_who_saves_second_sees_both_texts_and_overwrites_only_on_purpose(page, cast):
    project = due(cast.reporter.organisation)
    page("reporter")
    colleague = UserFactory(username="colleague", organisation=cast.reporter.organisation)
    colleague.groups.add(Group.objects.get(name=roles.REPORTER))
    page.post(colleague, project, act="save", version=1, **{**FIGURES, "amount": "7", "problems": "同事写的"})
    mine = {**FIGURES, "problems": "我写的", "next_plan": "我的计划"}
    response = page.post("reporter", project, act="save", version=1, **mine)
    said = notices(response)
    assert "没有保存：您打开之后，这份月报已被改动 colleague于" in said[0]
    assert said[1:] == ["对方填写的是7.00", "对方填写的是同事写的", "对方填写的是（空白）"]
    assert "我写的</textarea>" in response.content.decode()
    assert (last(project).amount, last(project).problems) == (7, "同事写的")
    form = response.context["form"]
    page.post("reporter", project, act="save", **{**mine, "version": form["version"].value()})
    assert (last(project).amount, last(project).problems, last(project).version) == (Decimal("120.5"), "我写的", 3)


def test_who_saves_after_a_colleague_submitted_keeps_the_text_to_copy(page, cast):
    project = due(cast.reporter.organisation)
    page("reporter")
    reported(project, State.SUBMITTED, "7", submitted_by=cast.reporter, submitted_at=timezone.now())
    response = page.post("reporter", project, act="save", version=0, **{**FIGURES, "problems": "我写的"})
    assert "现在不能再修改；您的内容请自行复制留存。" in notices(response)[1]
    assert "我写的</textarea>" in response.content.decode()
    assert 'value="save"' not in response.content.decode()
    assert last(project).amount == 7


def test_double_click_on_save_is_told_and_saved_once(page, cast):
    project = due(cast.reporter.organisation)
    page("reporter")
    page.post("reporter", project, act="submit", version=1, **FIGURES)
    response = page.post("reporter", project, act="submit", version=1, follow=True, **FIGURES)
    assert "这份月报刚才已经报送，没有重复提交。" in text(response)
    assert last(project).version == 2


def test_page_without_its_version_saves_nothing(page, cast):
    project = due(cast.reporter.organisation)
    page("reporter")
    response = page.post("reporter", project, act="save", **FIGURES)
    assert "页面不完整，请刷新后再填。" in notices(response)[0]
    assert last(project).version == 1


# ---- review ----


def test_who_reviewed_one_gets_the_next_and_after_the_last_one_the_list(page, cast):
    project, other = due(cast.reporter.organisation), due(cast.reporter.organisation)
    reported(project, State.SUBMITTED, submitted_by=cast.reporter)
    reported(other, State.SUBMITTED, submitted_by=cast.reporter)
    page("reviewer")
    response = page.post("reviewer", project, act="pass", version=1, follow=True)
    assert response.redirect_chain == [(sheet_address(other), 302)]
    assert f"“{project}”2018年1月月报已初审通过，等待市发改委审定。" in text(response)
    response = page.post("reviewer", other, act="return", version=1, reason="请核实。", follow=True)
    assert response.redirect_chain == [("/reports/?month=2018-01", 302)]
    assert "2018年1月没有其他等待您审核的月报了。" in text(response)


def test_return_without_reason_asks_for_one_at_the_field(page, cast):
    project = due(cast.reporter.organisation)
    reported(project, State.SUBMITTED, submitted_by=cast.reporter)
    page("reviewer")
    response = page.post("reviewer", project, act="return", version=1, reason=" ")
    assert response.context["review"].errors == {"reason": ["退回必须写明原因，填报单位要知道改什么。"]}
    assert last(project).state == State.SUBMITTED


def test_second_reviewer_is_told_who_did_what_and_keeps_the_reason(page, cast):
    project = due(cast.reporter.organisation)
    report = reported(project, State.SUBMITTED, submitted_by=cast.reporter)
    page("reviewer")
    reporting.pass_report(report, cast.office)
    response = page.post("reviewer", project, act="return", version=1, reason="与形象进度不符")
    said = notices(response)
    assert re.fullmatch(r"没有执行：您打开之后，这份月报已有变动 office于 \S+ \S+ 初审通过。", said[0])
    assert said[1] == "您填写的退回原因没有提交，可复制留用 与形象进度不符"
    assert last(project).state == State.PASSED


def test_reviewer_whose_report_went_back_to_the_unit_hears_of_no_draft(page, cast):
    project = due(cast.reporter.organisation)
    page("reviewer")
    reported(project, State.DRAFT, SECRET, return_reason="请核实。")
    response = page.post("reviewer", project, act="pass", version=1)
    assert "还没有报送，或者退回后正在修改" in notices(response)[0]
    assert "31,415.92" not in response.content.decode()


def test_report_handed_in_again_is_read_before_it_is_approved(page, cast):
    project = due(cast.reporter.organisation)
    report = reported(project, State.SUBMITTED, submitted_by=cast.reporter)
    page("reviewer")
    reporting.return_report(report, cast.office, "请核实。")
    again = reporting.report_of(project, Month(2018, 1))
    again.amount = Decimal(5)
    reporting.submit_report(again, cast.reporter)
    response = page.post("reviewer", project, act="pass", version=1)
    assert "下面是最新内容，请重新核对后再审。" in notices(response)[-1]
    assert '<input type="hidden" name="version" value="3">' in response.content.decode()
    assert last(project).state == State.SUBMITTED


def test_nobody_is_offered_a_review_of_the_own_submission(page, cast):
    project = due(cast.reporter.organisation)
    reported(project, State.SUBMITTED, submitted_by=cast.office)
    sheet = page("office", sheet_address(project))
    assert notices(sheet) == ["这份月报由您本人报送，须由其他人审核。"]
    assert 'name="act"' not in sheet.content.decode()
    assert cells(page("office", month="2018-01"))[0][7] == "查看"


def test_reviewer_sees_the_last_twelve_approved_months(page, cast):
    project = due(cast.reporter.organisation)
    for month in range(1, 13):
        MonthlyReportFactory(project=project, year=2017, month=month, amount=Decimal(month))
    reported(project, State.APPROVED, "13", month=1)
    reported(project, State.SUBMITTED, "14", month=2)
    history = page("reviewer", sheet_address(project, "2018-02")).context["sheet"].history
    assert [report.amount for report in history] == [13, *range(12, 1, -1)]


# ---- cost ----


def test_list_takes_the_same_queries_for_1_and_for_3_reports(page, client, cast, django_assert_num_queries):
    unit = cast.reporter.organisation
    reported(due(unit), State.SUBMITTED, submitted_by=cast.reporter)
    for who in ("reporter", "reviewer"):
        page(who)
        with django_assert_num_queries(7 if who == "reporter" else 8):
            client.get("/reports/")
    for state in (State.SUBMITTED, State.APPROVED):
        reported(due(OrganisationFactory()), state, submitted_by=UserFactory())
        reported(due(unit), state, submitted_by=UserFactory())
    for who in ("reporter", "reviewer"):
        page(who)
        with django_assert_num_queries(7 if who == "reporter" else 8):
            client.get("/reports/")


def test_list_of_many_is_cut_into_pages(page, client, cast, django_assert_num_queries):
    unit = cast.reporter.organisation
    for _ in range(51):
        due(unit, name="示例" + "长" * 58)
    response = page("reporter", page="2")
    assert [len(cells(page("reporter"))), len(cells(response))] == [50, 1]
    assert "共 51 条，第 2 页，共 2 页" in text(response)
    with django_assert_num_queries(7):
        client.get("/reports/")
    assert page("reporter", page="nonsense").status_code == 200


def test_saving_a_report_takes_few_queries(page, client, cast, django_assert_num_queries):
    project = due(cast.reporter.organisation)
    page("reporter")
    with django_assert_num_queries(22):
        client.post(sheet_address(project), {"act": "save", "version": 1, **FIGURES})
    assert last(project).version == 2
