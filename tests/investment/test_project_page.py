"""The page of one project: what it says of the project, its year and its people, and what it never says."""

import datetime
import re
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from investment import progress
from investment.lamps import BEHIND, FAR_BEHIND
from investment.models import Correction, MonthlyReport, Period, PlanChange, PlannedMonth
from investment.months import Month
from investment.project_file import ProjectMonth, ProjectYear
from projects.models import Activity, Contract, Indicator, Level, Nature, Problem, Result, Stage, Status, Talent
from tests.factories import (
    AnnualPlanFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    ProjectFactory,
    enlist,
    project_with,
)
from tests.pages import said

NASTY = "示例\"><script>alert('x')</script>&<b>"


def page(client, project, query=""):
    progress.refresh_stale()
    return client.get(f"/projects/{project.pk}/{query}")


def months(response):
    """The rows of the table, as read."""
    rows = response.content.decode().split("<tbody>")[1].split("</tbody>")[0].split("<tr")[1:]
    return [
        [" ".join(strip_tags(cell).split()) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def facts(response):
    """Terms and what stands beside them."""
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", response.content.decode(), re.DOTALL)
    return {term: " ".join(unescape(strip_tags(text)).split()) for term, text in pairs}


@pytest.fixture
def office(client, cast):
    client.force_login(cast.office)
    return client


# ---- who sees it ----


@pytest.mark.parametrize("who", ["reporter", "reviewer", "office", "leader", "admin"])
def test_own_project_is_shown(client, cast, who):
    project = project_with(plan=100, reports=[10], name="示例·自己的", responsible_unit=cast.reporter.organisation)
    client.force_login(getattr(cast, who))
    assert page(client, project).status_code == 200
    assert client.get(f"/charts/projects/{project.pk}.json").status_code == 200


def test_neighbours_project_does_not_exist(client, cast):
    project_with(plan=100, reports=[10], responsible_unit=cast.neighbour.organisation)
    project = project_with(plan=100, reports=[10], name="示例·金丝雀", responsible_unit=cast.reporter.organisation)
    client.force_login(cast.neighbour)
    for address in (f"/projects/{project.pk}/", f"/charts/projects/{project.pk}.json", "/projects/987654/"):
        progress.refresh_stale()
        response = client.get(address)
        assert response.status_code == 404
        assert "金丝雀" not in response.content.decode()
        assert "没有这个项目，或者您没有查看的权限。" in said(response)


def body(response):
    """What the page says above the history, which tells whatever was changed."""
    return said(response).split(" 变更记录 ")[0]


def test_package_names_only_projects_that_the_reader_may_see(client, cast):
    parent = project_with(plan=100, reports=[1], name="示例·总包", responsible_unit=cast.reporter.organisation)
    project_with(name="示例·分包甲", parent=parent, owner=cast.reporter.organisation)
    hidden = project_with(name="示例·金丝雀", parent=parent, responsible_unit=cast.neighbour.organisation)
    client.force_login(cast.reporter)
    response = page(client, parent)
    assert facts(response)["打包的子项目"] == "示例·分包甲"
    client.force_login(cast.neighbour)
    text = said(page(client, hidden))
    assert "总包" not in text
    client.force_login(cast.office)
    assert facts(page(client, hidden))["所属打包项目"] == "示例·总包"
    assert facts(page(client, parent))["打包的子项目"] == "示例·分包甲 示例·金丝雀"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_page_only_reads(office, method):
    project = project_with(plan=1)
    for address in (f"/projects/{project.pk}/", f"/charts/projects/{project.pk}.json"):
        assert getattr(office, method)(address).status_code == 405


# ---- the head and the four facts ----


def test_head_says_what_the_project_is(office):
    project = ProjectFactory(
        name="示例·温泉", code="SL-7", stage=Stage.STRUCTURE, status=Status.STOPPED, level=Level.PROVINCE,
        category=CategoryFactory(code="hot", name="重大产业项目"),
    )  # fmt: skip
    enlist(project, nature=Nature.NEW, provincial=True)
    AnnualPlanFactory(project=project, amount=Decimal(1000))
    MonthlyReportFactory(project=project, amount=Decimal(50))
    text = said(page(office, project))
    assert "项目 › 重大产业项目 › 慈利县 › SL-7 示例·温泉 ■ 停工" in text
    assert "2018 年新开工 · 目前主体施工 · 停工 · 列入省“五个100” · 省级项目 · 示例" in text


def test_active_project_says_nothing_of_its_status(office):
    text = said(page(office, project_with(plan=1, reports=[1], is_sample=False)))
    assert "2018 年续建 · 目前前期 · 市级项目 数据时间" in text


def test_four_facts(office):
    project = project_with(
        plan=1200, reports=["100", "200.5"], total_investment=Decimal(10_000), invested_before=Decimal(700)
    )
    text = said(page(office, project))
    assert "年度计划 1,200.00万元 未填文号 怎么算的 本年累计完成 300.50万元 2 月完成 200.50 万元" in text
    assert "完成率 25.04% 占年度计划 · 时间进度 16.67%，较时间进度 +8.37 个百分点" in text
    assert "开工以来累计完成 1,000.50万元 总投资 10,000.00 万元，完成 10.01%" in text


def test_revised_plan_names_its_document_and_the_original(office):
    project = project_with(plan=1000, reports=[100])
    plan = project.annual_plans.get().revise(amount=Decimal(900), reason="一", document_number="张发改〔2018〕5号")
    plan.revise(amount=Decimal(800), reason="二", document_number="张发改〔2018〕9号")
    text = said(page(office, project))
    assert "年度计划 800.00万元 张发改〔2018〕9号 已调整 2 次，原计划 1,000.00 万元" in text
    assert "完成率 12.50%" in text
    assert "按年初计划完成率 10.00%" in text


def test_plan_is_the_one_in_force_in_the_month_shown(office):
    project = project_with(plan=1200, reports=[100] * 9)
    plan = project.annual_plans.get()
    plan.revise(amount=Decimal(600), effective_month=8, reason="一", document_number="张发改〔2018〕9号")
    before, after = (said(page(office, project, query)) for query in ("?month=2018-07", "?month=2018-08"))
    assert "年度计划 1,200.00万元 未填文号 自 8 月起调整为 600.00 万元" in before
    assert "完成率 58.33%" in before
    assert "按年初计划" not in before
    assert "年度计划 600.00万元 张发改〔2018〕9号 已调整 1 次，原计划 1,200.00 万元" in after
    assert "完成率 133.33%" in after
    assert "按年初计划完成率 66.67%" in after


def test_month_of_a_revision_has_no_plan_of_its_own(office):
    project = project_with(plan=1200, reports=[100])
    project.annual_plans.get().revise(amount=Decimal(600), effective_month=8, reason="一")
    planned = [row[1] for row in months(page(office, project))]
    assert planned == ["100.00"] * 7 + ["计划调整"] + ["50.00"] * 4


def test_plan_revised_to_the_same_amount_has_one_rate(office):
    project = project_with(plan=1000, reports=[100])
    project.annual_plans.get().revise(amount=Decimal(1000), reason="一")
    assert "按年初计划" not in said(page(office, project))


def test_plan_that_was_nothing_at_first_gives_no_rate_of_its_own(office):
    project = project_with(plan=0, reports=[100])
    project.annual_plans.get().revise(amount=Decimal(1000), reason="一")
    text = said(page(office, project))
    assert "完成率 10.00%" in text
    assert "按年初计划" not in text


def test_over_100_percent_is_shown_as_it_is(office):
    project = project_with(plan=100, reports=["250"])
    assert "完成率 250.00% 占年度计划 · 时间进度 8.33%，较时间进度 +241.67 个百分点" in said(page(office, project))


def test_without_plan_there_is_no_rate(office):
    text = said(page(office, project_with(reports=["5.5"])))
    assert "年度计划 无计划 没有下达 2018 年投资计划 本年累计完成 5.50万元" in text
    assert "完成率 — 无年度计划，不计完成率" in text
    assert "总投资未填" in text


def test_plan_without_reports_has_no_amount(office):
    project_with(plan=1, reports=[1])
    text = said(page(office, project_with(plan=100)))
    assert "年度计划 100.00万元 未填文号 怎么算的 本年累计完成 — 2018 年尚无审定的月报 完成率 — 时间进度 8.33%" in text
    assert "开工以来累计完成 — 总投资未填" in text
    assert not re.search(r"(?<![\d.,])0\.00", text)


# ---- the months ----


def test_each_month_says_plan_amounts_rate_gap_lamp_and_report(office):
    project = project_with(plan=1200, reports=[100, None, 0, 150])
    MonthlyReportFactory(project=project, month=5, amount=Decimal("666.66"), state=MonthlyReport.State.SUBMITTED)
    response = page(office, project, "?month=2018-04")
    assert months(response)[:6] == [
        ["1月", "100.00", "100.00", "100.00", "8.33", "0.00", "● 正常", "已审定"],
        ["2月", "100.00", "", "100.00", "8.33", "−8.34", "■ 严重滞后", "无需填报"],
        ["3月", "100.00", "0.00", "100.00", "8.33", "−16.67", "■ 严重滞后", "已审定"],
        ["4月", "100.00", "150.00", "250.00", "20.83", "−12.50", "◆ 重点跟踪", "已审定"],
        ["5月", "100.00", "", "", "", "", "", "已报送，待初审"],
        ["6月", "100.00", "", "", "", "", "", ""],
    ]
    assert len(months(response)) == 12
    assert "666.66" not in body(response)


def test_month_before_the_first_report_has_no_amount(office):
    response = page(office, project_with(plan=1200, reports=[None, 100]))
    assert months(response)[:2] == [
        ["1月", "100.00", "", "", "", "", "■ 严重滞后", "无需填报"],
        ["2月", "100.00", "100.00", "100.00", "8.33", "−8.34", "■ 严重滞后", "已审定"],
    ]


def test_months_after_the_one_shown_keep_their_amounts_to_themselves(office):
    project = project_with(plan=1200, reports=[100, "432.1"])
    response = page(office, project, "?month=2018-01")
    assert months(response)[1] == ["2月", "100.00", "", "", "", "", "", "已审定"]
    assert "432.1" not in body(response)
    assert "只计已审定的月报，截至 1 月" in said(response)


def test_plan_of_a_month_follows_the_curve(office):
    project = project_with(plan=100, reports=[10] * 12)
    for month, amount in ((3, 60), (12, 40)):
        PlannedMonth.objects.create(plan=project.annual_plans.get(), month=month, amount=Decimal(amount))
    planned = [row[1] for row in months(page(office, project))]
    assert planned == ["0.00", "0.00", "60.00", *["0.00"] * 8, "40.00"]


def test_plan_of_a_month_follows_the_rule_of_the_year(office):
    project = project_with(plan=100, reports=[10] * 12)
    progress.refresh_stale()
    period = Period.objects.get(year=2018, month=6)
    period.time_progress = Decimal(60)
    period.save()
    progress.refresh_year(2018)
    planned = [row[1] for row in months(page(office, project))]
    assert (planned[4], planned[5], planned[11]) == ("8.33", "18.33", "8.33")


def test_project_without_plan_says_so_in_each_month(office):
    assert months(page(office, project_with(reports=[5])))[0] == [
        "1月", "无计划", "5.00", "5.00", "", "", "○ 暂不评价", "已审定",
    ]  # fmt: skip


def test_months_and_reports_are_links(office):
    project = project_with(plan=1200, reports=[100, 100])
    html = page(office, project).content.decode()
    table = html[html.index('id="project-months"') :]
    assert re.findall(r'<a href="(\?month=2018-\d\d)">\d+月</a>', table) == ["?month=2018-01", "?month=2018-02"]
    assert f'href="/reports/{project.pk}/2018-02/"' in html
    assert f'data-chart-url="/charts/projects/{project.pk}.json?month=2018-02"' in html


def test_without_plan_and_amount_there_is_nothing_to_draw(office):
    project_with(plan=1, reports=[1])
    assert "data-chart-url" not in page(office, project_with()).content.decode()


# ---- reports that do not count yet ----


def test_unapproved_report_is_named_without_its_amount(office):
    project = project_with(plan=1200, reports=[100] * 12)
    MonthlyReportFactory(
        project=project, year=2019, month=1, amount=Decimal("77.77"), state=MonthlyReport.State.SUBMITTED
    )
    text = body(page(office, project))
    assert "2019年1月 已报送，待初审，不计入下面的数据" in text
    assert "77.77" not in text


@pytest.mark.parametrize("state", [MonthlyReport.State.EXCUSED, MonthlyReport.State.MISSING])
def test_what_was_typed_and_not_handed_in_is_shown_to_its_typists_only(client, cast, state):
    project = project_with(plan=1200, reports=[100], responsible_unit=cast.reporter.organisation)
    MonthlyReportFactory(
        project=project, month=2, amount=Decimal("77.77"), state=state, image_progress="金丝雀", excuse_reason="停产"
    )
    for who, told in (("reporter", True), ("reviewer", False), ("office", False), ("leader", False)):
        client.force_login(getattr(cast, who))
        assert ("金丝雀" in said(page(client, project, "?month=2018-01"))) is told
        assert months(page(client, project, "?month=2018-01"))[1][-1] == MonthlyReport.State(state).label


def test_draft_is_named_only_to_those_who_type_it(client, cast):
    project = project_with(plan=1200, reports=[100], responsible_unit=cast.reporter.organisation)
    MonthlyReportFactory(
        project=project, month=2, amount=Decimal("77.77"), state=MonthlyReport.State.DRAFT, image_progress="金丝雀"
    )
    for who, seen in (("reporter", True), ("reviewer", False), ("office", False), ("admin", False)):
        client.force_login(getattr(cast, who))
        text = body(page(client, project))
        assert ("2018年2月 草稿，未报送" in text) is seen
        assert ("金丝雀" in text) is seen
        assert "77.77" not in text


def test_image_progress_is_that_of_the_latest_report_up_to_the_month(office):
    project = project_with(plan=1200, reports=[100, 100])
    for report in project.monthly_reports.all():
        report.image_progress = f"{report.month} 层封顶"
        report.save()
    MonthlyReportFactory(project=project, month=3, image_progress="装修", state=MonthlyReport.State.SUBMITTED)
    assert "形象进度 2018年1月月报 1 层封顶" in said(page(office, project, "?month=2018-01"))
    assert "形象进度 2018年3月月报 · 尚未审定 装修" in said(page(office, project))


# ---- people and facts ----


def test_everything_that_is_missing_has_a_word(office):
    response = page(office, project_with())
    project_with(plan=1, reports=[1])
    response = page(office, project_with())
    assert facts(response) == {
        "联系领导": "尚未明确", "负责领导": "尚未明确", "责任单位": "尚未明确", "责任人": "未填", "项目业主": "未填",
        "牵头部门": "尚未明确", "班子": "尚未明确", "方案": "未填", "内容规模": "未填", "行业": "未填",
        "总投资": "未填", "达产年产值": "未填",
    }  # fmt: skip
    text = said(response)
    assert "节点 开工 计划 未填 · 实际 未填 目前前期 竣工 计划 未填 · 实际 未填" in text
    assert "没有登记：形象进度、现场照片、问题、调研与会议、文件" in text
    for words in ("招商合同", "引进人才", "成果"):
        assert words not in text


def test_people_team_and_scheme(office, cast):
    project = project_with(
        plan=1, reports=[1], liaison_leader=cast.leader.official,
        responsible_leader=OfficialFactory(post="示例·副市长"),
        responsible_unit=cast.reporter.organisation, responsible_person="示例·科长",
        owner=OrganisationFactory(name="示例·业主 & 公司"), lead_department=cast.office.organisation,
        scheme="分三期", scheme_document="方案〔2018〕1号",
    )  # fmt: skip
    for order, (role, post) in enumerate([("member", "成员甲"), ("head", "组长乙"), ("deputy", "副组长丙")]):
        project.team.create(role=role, post=post, order=order)
    response = page(office, project)
    assert list(facts(response).items())[:8] == [
        ("联系领导", "示例·市领导 07"), ("负责领导", "示例·副市长"), ("责任单位", "示例责任单位 慈利 01"),
        ("责任人", "示例·科长"), ("项目业主", "示例·业主 & 公司"), ("牵头部门", "市发展改革委"),
        ("班子", "组长 组长乙副组长 副组长丙成员 成员甲"), ("方案", "方案〔2018〕1号 分三期"),
    ]  # fmt: skip
    html = response.content.decode()
    assert f'href="/leaders/{project.liaison_leader_id}/?month=2018-01"' in html
    assert f'href="/units/{project.responsible_unit_id}/?month=2018-01"' in html
    assert 'href="/projects/?month=2018-01&amp;q=%E7%A4%BA%E4%BE%8B%C2%B7%E4%B8%9A%E4%B8%BB%20%26%20' in html


@pytest.mark.parametrize(
    ("planned", "actual", "words"),
    [
        ((2018, 1, 1), (2018, 1, 19), "晚 18 天 计划 2018-01-01 · 实际 2018-01-19"),
        ((2018, 1, 19), (2018, 1, 1), "早 18 天 计划 2018-01-19 · 实际 2018-01-01"),
        ((2018, 1, 1), (2018, 1, 1), "按期 计划 2018-01-01 · 实际 2018-01-01"),
        ((2018, 1, 21), None, "已过期 10 天 计划 2018-01-21 · 实际 未填"),
        ((2018, 1, 31), None, "计划 2018-01-31 · 实际 未填"),
        (None, (2018, 1, 1), "计划 未填 · 实际 2018-01-01"),
    ],
)
def test_dates_say_how_late_or_early(office, planned, actual, words):
    dates = {"planned_start": planned, "actual_start": actual}
    project = project_with(
        plan=1, reports=[1], **{name: datetime.date(*day) for name, day in dates.items() if day is not None}
    )
    assert f"节点 开工 {words} 目前前期 竣工" in said(page(office, project))


def test_stage_and_status_stand_between_start_and_finish(office):
    project = project_with(plan=1, reports=[1], stage=Stage.STRUCTURE, status=Status.STOPPED)
    assert "实际 未填 目前主体施工，停工 竣工 计划" in said(page(office, project))


def test_each_month_up_to_the_one_shown_has_its_lamp_in_a_row(office):
    project = project_with(plan=1200, reports=[100, 50])
    text = said(page(office, project))
    assert "亮灯记录 ● 1 月 正常 ◆ 2 月 重点跟踪 3 月 未到 4 月" in text
    assert "正常 ■ 2 月" not in said(page(office, project, "?month=2018-01"))


def test_months_with_one_lamp_are_told_once_by_the_reason_of_the_last():
    def month(number, reason, lamp=BEHIND):
        return ProjectMonth(
            Month(2018, number), False, None, None, None, None, None, lamp, reason, None, revised=False
        )  # fmt: skip

    months = [month(1, "甲"), month(2, "乙"), month(3, "丙", FAR_BEHIND), month(4, ""), month(5, "丁", FAR_BEHIND)]
    spells = ProjectYear(now=None, plans=[], months=months).lamp_spells
    assert [(spell.label, spell.last.lamp.word, spell.last.reason) for spell in spells] == [
        ("5 月", "严重滞后", "丁"), ("3 月", "严重滞后", "丙"), ("1 至 2 月", "滞后", "乙"),
    ]  # fmt: skip


def test_documents_are_named_by_their_numbers(office):
    project = project_with(plan=1000, reports=[100], scheme_document="方案〔2018〕1号")
    project.annual_plans.get().revise(
        amount=Decimal(900), reason="一", document_number="张发改〔2018〕5号", issued_on=datetime.date(2018, 8, 1)
    )
    text = said(page(office, project))
    assert "文件 方案〔2018〕1号 工作方案 张发改〔2018〕5号 2018 年度计划第 1 次调整 · 2018-08-01" in text


def test_share_of_the_total_investment_is_drawn_and_shown_as_it_is(office):
    project = project_with(plan=100, reports=[150], total_investment=Decimal(100))
    response = page(office, project)
    assert "总投资 100.00 万元，完成 150.00%" in said(response)
    assert response.content.decode().count('class="bullet"') == 2


def test_content_industry_output_and_remark(office):
    response = page(
        office,
        project_with(plan=1, reports=[1], content="甲\n乙", industry="旅游", designed_output=Decimal(5), remark="丙"),
    )
    found = facts(response)
    assert [found[term] for term in ("内容规模", "行业", "达产年产值", "备注")] == ["甲乙", "旅游", "5.00 万元", "丙"]


def test_problems_as_they_stood_open_first_and_overdue_marked(office, cast):
    project = project_with(plan=1, reports=[1])
    for text, deadline, closed in (
        ("已办", (2018, 1, 10), (2018, 1, 9)),
        ("不急", None, None),
        ("超了", (2018, 1, 31), None),
        ("后来办的", (2018, 2, 10), (2018, 2, 1)),
    ):
        Problem.objects.create(
            project=project, kind="land", description=text, raised_on=datetime.date(2018, 1, 2),
            leader=cast.leader.official if closed else None,
            deadline=deadline and datetime.date(*deadline), closed_on=closed and datetime.date(*closed),
        )  # fmt: skip
    text = said(page(office, project)).split("问题 截至 2018-01-31 ")[1].split(" 节点 ")[0]
    assert text == (
        "■ 超过时限 超了 用地 · 2018-01-02 提出 · 时限 2018-01-31 · 协调领导尚未明确 "
        "◆ 办理中 不急 用地 · 2018-01-02 提出 · 未定时限 · 协调领导尚未明确 "
        "◆ 办理中 后来办的 用地 · 2018-01-02 提出 · 时限 2018-02-10 · 协调领导 示例·市领导 07 · 2018-02-01 销号 "
        "● 已销号 已办 用地 · 2018-01-02 提出 · 时限 2018-01-10 · 协调领导 示例·市领导 07 · 2018-01-09 销号"
    )


def test_an_earlier_month_knows_no_problem_that_was_raised_later_the_latest_month_does(office):
    project = project_with(plan=1, reports=[1, 1])
    for text, day in (("以前的", (2018, 1, 31)), ("后来的", (2018, 2, 1)), ("刚提的", (2018, 3, 9))):
        Problem.objects.create(project=project, kind="land", description=text, raised_on=datetime.date(*day))
    raised = {
        month: [each.problem.description for each in page(office, project, f"?month={month}").context["file"].problems]
        for month in ("2018-01", "2018-02")
    }
    assert raised == {"2018-01": ["以前的"], "2018-02": ["以前的", "后来的", "刚提的"]}


def test_visits_contracts_talents_and_results(office, cast):
    project, unit, day = (
        project_with(plan=1, reports=[1]),
        OrganisationFactory(name="示例·企业"),
        datetime.date(2018, 1, 5),
    )
    Activity.objects.create(project=project, kind="visit", held_on=day, title="看现场", leader=cast.leader.official)
    Activity.objects.create(project=project, kind="onsite", held_on=datetime.date(2018, 1, 9), title="定用地")
    Contract.objects.create(project=project, company=unit, kind="formal", stage=2, signed_on=day, amount=Decimal(3000))
    Talent.objects.create(project=project, field="示例·植物化学", employer=unit, signed_on=day, full_time=False)
    patents = Indicator.objects.create(code="patents", name="发明专利", unit="件")
    Result.objects.create(project=project, indicator=patents, achieved_on=day, value=3, precision="more_than")
    text = said(page(office, project))
    assert "调研与会议 现场办公会 2018-01-09 · 定用地 现场调研 示例·市领导 07 2018-01-05 · 看现场" in text
    assert "招商合同 示例·企业，签约额 3,000.00 万元 正式合同 · 2018-01-05 签约 · 目前履约" in text
    assert "引进人才 示例·植物化学，示例·企业 2018-01-05 签约 · 尚未到岗 · 柔性引进" in text
    assert "成果 发明专利 超过3 件 2018-01-05" in text


def test_text_with_quotes_and_tags_is_shown_as_text(office):
    unit, official = OrganisationFactory(name=NASTY), OfficialFactory(post=NASTY)
    project = project_with(
        plan=10, reports=[1], name=NASTY, code=NASTY[:30], category=CategoryFactory(code="n", name=NASTY[:40]),
        liaison_leader=official, responsible_leader=official, responsible_unit=unit, owner=unit, lead_department=unit,
        responsible_person=NASTY, scheme=NASTY, scheme_document=NASTY, content=NASTY, industry=NASTY, remark=NASTY,
    )  # fmt: skip
    project.team.create(post=NASTY)
    day = datetime.date(2018, 1, 5)
    Problem.objects.create(project=project, kind="land", description=NASTY, raised_on=day, leader=official)
    Activity.objects.create(project=project, kind="visit", held_on=day, title=NASTY, leader=official)
    Result.objects.create(
        project=project, indicator=Indicator.objects.create(code="i", name=NASTY[:40], unit="<b>"), achieved_on=day,
        value=1, note=NASTY,
    )  # fmt: skip
    project.annual_plans.get().revise(amount=Decimal(9), reason=NASTY, document_number=NASTY)
    for report in project.monthly_reports.all():
        report.image_progress = NASTY
        report.save()
    html = page(office, project).content.decode()
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert") >= 20
    assert '""><' not in html


# ---- months and years ----


def test_project_outside_the_year_has_its_facts_and_says_so(office):
    project_with(plan=1, reports=[1] * 12)
    project = project_with(plan=5, reports=[5, 5], year=2019, name="示例·明年的")
    text = said(page(office, project, "?month=2018-12"))
    assert "这个项目没有列入 2018 年计划，当年也没有月报：这里只有登记情况，没有投资数据。 看 2019 年" in text
    assert "完成率" not in text
    assert 'href="?month=2019-02">看 2019 年' in page(office, project, "?month=2018-12").content.decode()
    assert office.get(f"/charts/projects/{project.pk}.json?month=2018-12").status_code == 404


def test_project_of_a_site_without_figures_has_its_facts(office):
    project = project_with(nature=None, content="厂房")
    response = page(office, project)
    assert "目前还没有投资数据：这里只有登记情况。" in said(response)
    assert facts(response)["内容规模"] == "厂房"


def test_reporter_of_a_registered_project_without_figures_has_its_facts(client, cast):
    project_with(plan=1, reports=[1])
    project = project_with(nature=None, responsible_unit=cast.reporter.organisation)
    client.force_login(cast.reporter)
    assert "目前还没有投资数据" in said(page(client, project))


def test_january_is_not_december(office):
    project = project_with(plan=1200, reports=[100] * 12)
    for month, done, rate in (("2018-01", "100.00", "8.33"), ("2018-12", "1,200.00", "100.00")):
        text = said(page(office, project, f"?month={month}"))
        assert f"本年累计完成 {done}万元" in text
        assert f"完成率 {rate}%" in text


def test_what_is_no_month_is_404(office):
    assert page(office, project_with(plan=1, reports=[1]), "?month=x").status_code == 404


def test_queries_do_not_grow_with_the_rows(office, cast, django_assert_num_queries):
    project = project_with(plan=100, reports=[1])

    def more():
        day = datetime.date(2018, 1, 5)
        project.team.create(post=f"成员 {project.team.count()}")
        Problem.objects.create(
            project=project, kind="land", description="难", raised_on=day, leader=cast.leader.official
        )
        Activity.objects.create(project=project, kind="visit", held_on=day, title="看", leader=cast.leader.official)
        project_with(parent=project)
        refused = {"state": 3, "reason": "难", "decided_at": timezone.now(), "decided_by": cast.office}
        report = project.monthly_reports.get()
        Correction.objects.create(report=report, old_amount=Decimal(1), new_amount=Decimal(2), **refused)
        PlanChange.objects.create(project=project, year=2018, amount=Decimal(9), effective_on=day, **refused)

    more()
    page(office, project)
    with django_assert_num_queries(23):
        office.get(f"/projects/{project.pk}/")
    more()
    more()
    page(office, project)
    with django_assert_num_queries(23):
        office.get(f"/projects/{project.pk}/")
