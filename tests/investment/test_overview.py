"""The page `/`: what it says of a city and a month, and what it never says."""

import datetime
import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.html import strip_tags

from investment import progress
from investment.models import MonthlyReport, StaleProgress
from investment.months import Month
from projects import roles
from projects.models import Area, Category, CategoryTarget, Contract, Indicator, Organisation, Result, Talent
from projects.templatetags import money
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    UserFactory,
    province,
)
from tests.factories import (
    project_with_yi as project_with,
)
from tests.pages import said


def counted(*args, **kwargs):
    project = project_with(*args, **kwargs)
    progress.refresh_stale()
    return project


@pytest.fixture
def leader(client, cast):
    client.force_login(cast.leader)
    return client


# ---- the sentence ----


def test_overview_sends_the_stranger_to_the_login_and_back(client, cast):
    assert client.get("/?month=2018-06").headers["Location"] == "/accounts/login/?next=/%3Fmonth%3D2018-06"


def test_first_sentence_gives_the_figure_its_share_and_the_gap(leader):
    counted(plan=120, reports=[1, 2, 3])
    assert (
        "截至 2018 年 3 月，张家界市累计完成投资 6.00 亿元，"
        "占年度计划 120.00 亿元的 5.00%，慢于时间进度 20.00 个百分点。"
    ) in said(leader.get("/"))


def test_ahead_of_time_is_called_faster(leader):
    counted(plan=12, reports=["1.12"])
    assert "占年度计划 12.00 亿元的 9.33%，快于时间进度 1.00 个百分点。" in said(leader.get("/"))


def test_in_step_with_time_is_called_level(leader):
    counted(plan=12, reports=["1"])
    assert "的 8.33%，与时间进度持平。" in said(leader.get("/"))


def test_over_100_percent_is_shown_as_it_is(leader):
    counted(plan=10, reports=["10.7"])
    assert "占年度计划 10.00 亿元的 107.00%，快于时间进度 98.67 个百分点。" in said(leader.get("/"))


def test_no_plan_means_no_rate(leader):
    counted(reports=[3])
    text = said(leader.get("/"))
    assert "张家界市累计完成投资 3.00 亿元；尚未下达年度计划，没有完成率。" in text
    assert not re.search(r"\d%", text.split("口径与计算 完成率")[0])


def test_amount_without_plan_is_counted_and_named_apart(leader):
    project_with(plan=10, reports=[1])
    counted(reports=["0.5"])
    text = said(leader.get("/"))
    assert "累计完成投资 1.50 亿元，占年度计划 10.00 亿元的 15.00%" in text
    assert "无年度计划的项目累计完成 0.50 亿元，计入完成，没有对应的计划" in text


def test_plan_without_any_approved_report_is_not_an_amount_of_zero(leader):
    project = counted(plan=10)
    MonthlyReportFactory(project=project, state=MonthlyReport.State.SUBMITTED, amount=Decimal(500))
    progress.refresh_stale()
    text = said(leader.get("/"))
    assert "2018 年 1 月还没有审定的月报，张家界市年度计划投资 10.00 亿元。" in text
    assert not re.search(r"\b0\.00\b", text)


def test_page_says_as_of_when(leader, time_machine):
    time_machine.move_to(datetime.datetime(2019, 1, 5, 1, 12, tzinfo=datetime.UTC), tick=False)
    counted(plan=10, reports=[1])
    assert "数据时间 2019-01-05 09:12" in said(leader.get("/"))


# ---- the categories ----


def test_each_category_says_target_enlisted_plan_completed_and_rate(leader):
    industry = CategoryFactory(code="industry", name="重大产业项目")
    counted(plan=100, reports=[20, 62], category=industry)
    enlisted = counted(category=industry).action_plans.get()
    CategoryTarget.objects.create(action_plan=enlisted, category=industry, target=50)
    text = said(leader.get("/"))
    assert "重大产业项目 目标 50 · 列入 2 项 开工 0 · 投产 0 82.00% 完成 82.00 / 计划 100.00 亿元" in text
    assert "较时间进度 +65.33 个百分点 怎么算的 ● 超前" in text


def test_attraction_is_told_by_its_contracts_signed_so_far(leader):
    attraction = CategoryFactory(code="investment", name="招商引资项目")
    company = OrganisationFactory(kind=Organisation.Kind.COMPANY)
    counted(plan=1, reports=["0.1", "0.1"])
    for signed_on, amount, stage in [
        (datetime.date(2018, 1, 31), 30_000, Contract.Stage.SIGNED),
        (datetime.date(2018, 1, 31), 50_000, Contract.Stage.STARTED),
        (datetime.date(2018, 2, 1), 90_000, Contract.Stage.PERFORMED),
    ]:
        Contract.objects.create(
            project=counted(category=attraction), company=company, kind="formal", stage=stage, signed_on=signed_on,
            amount=Decimal(amount),
        )  # fmt: skip
    text = said(leader.get("/?month=2018-01"))
    assert "招商引资项目 未定目标 · 列入 3 项 开工 0 · 投产 0 2项签约 签约额 8.00 亿元 现已履约 1 项、5.00 亿元" in text
    assert "3项签约 签约额 17.00 亿元 现已履约 2 项、14.00 亿元" in said(leader.get("/?month=2018-02"))


def test_talent_counts_people_not_projects(leader):
    talent = CategoryFactory(code="talent", name="科技创新人才", counts=Category.Counts.PEOPLE)
    unit = OrganisationFactory()
    project = project_with(category=talent)
    CategoryTarget.objects.create(action_plan=project.action_plans.get(), category=talent, target=2)
    for arrived in (datetime.date(2018, 1, 20), None):
        Talent.objects.create(
            project=project, field="示例", employer=unit, signed_on=datetime.date(2018, 1, 2), arrived_on=arrived
        )
    counted(plan=1, reports=["0.1"])
    assert "目标 2 · 列入 1 人 到岗 1 人 2人 达到省级条件 0 人 ● 达到目标" in said(leader.get("/"))


# ---- the months ----


def test_latest_month_with_an_approved_report_is_shown_first(leader):
    project = counted(plan=10, reports=[1] * 12)
    AnnualPlanFactory(project=project, year=2019, amount=Decimal(1000))
    MonthlyReportFactory(project=project, year=2019, month=1, state=MonthlyReport.State.SUBMITTED)
    progress.refresh_stale()
    assert leader.get("/").context["place"].month == Month(2018, 12)


def test_month_can_be_chosen(leader):
    counted(plan=12, reports=[1, 1, 2])
    assert "截至 2018 年 2 月，张家界市累计完成投资 2.00 亿元" in said(leader.get("/?month=2018-02"))


def test_arrows_stop_at_both_ends(leader):
    counted(plan=12, reports=[1, 1, 2])
    ends = {month: leader.get(f"/?month=2018-{month}").context["place"] for month in ("01", "02", "03")}
    assert [str(place.previous) for place in ends.values()] == ["None", "2018-01", "2018-02"]
    assert [str(place.next) for place in ends.values()] == ["2018-02", "2018-03", "None"]
    assert 'rel="next"' not in leader.get("/?month=2018-03").content.decode()


def test_arrows_step_over_a_year_without_figures(leader):
    counted(plan=12, reports=[1], year=2016)
    counted(plan=12, reports=[1], year=2018)
    assert leader.get("/?month=2018-01").context["place"].previous == Month(2016, 12)


@pytest.mark.parametrize(
    ("month", "message"),
    [
        ("2018-13", "“2018-13”不是月份。月份应写成 2018-06 这样的形式。"),
        ("", "“”不是月份。月份应写成 2018-06 这样的形式。"),
        ("2018-04", "没有2018年4月的数据。目前可以查看2018年1月至2018年3月。"),
    ],
)
def test_month_that_is_none_or_has_no_figures_is_not_found(leader, month, message):
    counted(plan=12, reports=[1, 1, 2])
    response = leader.get("/", {"month": month})
    assert response.status_code == 404
    assert message in said(response)


def test_table_leaves_blank_what_is_not_reported_and_what_is_yet_to_come(leader):
    counted(plan=12, reports=[1, None, 0, 2])
    rows = leader.get("/?month=2018-03").context["table"].rows
    assert [[strip_tags(row.get_cell(name)) for name in row.table.columns.names()] for row in rows][:4] == [
        ["1月", "1.00", "1.00", "1.00", "8.33", "0.00"],
        ["2月", "未审定", "2.00", "1.00", "8.33", "−8.34"],
        ["3月", "0.00", "3.00", "1.00", "8.33", "−16.67"],
        ["4月", "", "4.00", "", "", ""],
    ]


def test_table_names_the_unit_in_every_heading(leader):
    counted(plan=12, reports=[1])
    assert [column.header for column in leader.get("/").context["table"].columns] == [
        "月份", "本月完成（亿元）", "累计计划（亿元）", "累计完成（亿元）", "完成率（%）", "较时间进度（百分点）",
    ]  # fmt: skip


# ---- gaps, changes under way, whose city ----


def attention(response, label):
    """The line of a set: its change, its count, and where it leads."""
    page = response.content.decode()
    found = re.search(rf"<li>(?:(?!</li>).)*{label}.*?</li>", page, re.DOTALL)[0]
    address = re.search(r'href="([^"]+)"', found)
    return strip_tags(found).split()[1:], address and address[1].replace("&amp;", "&")


def test_what_needs_attention_is_counted_compared_and_leads_to_its_list(leader):
    counted(plan=12, reports=[1, 1])
    counted(plan=12, reports=[1, 0], liaison_leader=OfficialFactory())
    page = leader.get("/")
    assert attention(page, "严重滞后项目") == (["+1", "1"], "/projects/?month=2018-02&attention=far-behind")
    assert attention(page, "未明确联系领导") == (["现状", "1"], "/projects/?month=2018-02&attention=no-leader")
    assert attention(page, "月报未报送") == (["持平", "0"], None)


def test_in_the_first_month_there_is_nothing_to_compare_with(leader):
    counted(plan=12, reports=[0])
    assert attention(leader.get("/"), "严重滞后项目")[0] == ["1"]


def test_areas_stand_the_lowest_rate_first_and_lead_to_their_page(leader):
    counted(plan=10, reports=[1], area=AreaFactory(name="桑植县"))
    counted(plan=10, reports=["0.5"], area=AreaFactory(name="慈利县"))
    page = leader.get("/").content.decode()
    names = re.findall(r'<th scope="row"><a href="/areas/\d+/\?month=2018-01">(.*?)</a></th>', page)
    assert names == ["慈利县", "桑植县"]
    assert "合计 2 20.00 1.50 7.50 ◆ 滞后" in said(leader.get("/"))


def test_bars_and_counts_lead_to_the_projects_behind_them(leader):
    project = counted(plan=12, reports=[1], liaison_leader=OfficialFactory())
    page = leader.get("/").content.decode().replace("&amp;", "&")
    for group in (f"category={project.category_id}", f"area={project.area_id}", f"leader={project.liaison_leader_id}"):
        address = f"/projects/?month=2018-01&{group}"
        assert f'href="{address}"' in page
        assert leader.get(address).context["count"] == 1


def test_leaders_and_units_with_the_lowest_and_the_highest_rate_are_named(leader):
    unit = OrganisationFactory(name="示例单位")
    for number in range(10):
        counted(
            plan=100, reports=[number], liaison_leader=OfficialFactory(post=f"示例·{number}"), responsible_unit=unit
        )
    text = said(leader.get("/"))
    assert re.findall(r"示例·(\d) 1 [01]", text) == list("01236789")
    assert "示例·3 1 1 3.00 中间 2 位 示例·6 1 1 6.00" in text
    assert "全部 10 位" in text
    assert "示例单位 10 8 4.50" in text


def test_few_are_all_named_once_and_those_without_a_rate_are_only_counted(leader):
    counted(plan=12, reports=[1], liaison_leader=OfficialFactory(post="示例·甲"))
    counted(plan=None, reports=[1], liaison_leader=OfficialFactory(post="示例·乙"))
    text = said(leader.get("/"))
    assert "示例·甲 1 0 8.33" in text
    assert ("中间" in text, "示例·乙" in text, "全部 2 位" in text) == (False, False, True)


def test_what_changed_since_the_month_before_is_told_and_leads_to_its_projects(leader):
    counted(plan=12, reports=[1, 0.5], actual_start=datetime.date(2018, 2, 3))
    text = said(leader.get("/"))
    assert "2 月的变化 与 2018年1月相比 本月完成 0.50 亿元 少 0.50 亿元 完成率 12.50% +4.17 个百分点" in text
    assert "状态变差 1 本月开工 1 本月完成最多（万元）" in text
    assert leader.get("/projects/?month=2018-02&attention=started").context["count"] == 1


def test_months_stand_beside_the_same_months_of_the_year_before(leader):
    project = counted(plan=12, reports=[1, 2])
    MonthlyReportFactory(project=project, year=2019, month=1, amount=Decimal(5000))
    progress.refresh_stale()
    assert "上年同期" not in said(leader.get("/?month=2018-02"))
    rows = leader.get("/?month=2019-01").content.decode()
    assert re.findall(r'<td class="number roomy">(\d\.\d\d)</td>', rows)[:2] == ["1.00", "3.00"]


def test_change_under_way_is_said_until_it_is_counted(leader):
    project = counted(plan=12, reports=[1])
    as_of = leader.get("/").context["freshness"].as_of
    MonthlyReport.objects.get(project=project).save()
    text = said(leader.get("/"))
    assert "更新中 1 个项目的变动正在计入。 页面所示仍是" in text
    assert leader.get("/").context["freshness"].as_of == as_of
    progress.refresh_stale()
    assert "更新中" not in said(leader.get("/"))


def test_waiting_full_run_is_said_too(leader):
    counted(plan=12, reports=[1])
    progress.request_run(2018)
    assert "更新中 全年数据正在重新计算。" in said(leader.get("/"))


def test_reader_sees_the_figures_of_the_own_city(client, leader):
    counted(plan=12, reports=[1])
    other = AreaFactory(name="示例市", kind=Area.Kind.CITY, parent=province(), order=9)
    district = AreaFactory(name="示例区", parent=other)
    counted(plan=40, reports=[2], area=district)
    assert "张家界市累计完成投资 1.00 亿元" in said(leader.get("/"))
    abroad = UserFactory(organisation=OrganisationFactory(area=district))
    abroad.groups.add(Group.objects.get(name=roles.LEADER))
    client.force_login(abroad)
    assert "示例市累计完成投资 2.00 亿元，占年度计划 40.00 亿元的 5.00%" in said(client.get("/"))


def test_names_are_escaped(leader):
    counted(plan=12, reports=[1], category=CategoryFactory(code="odd", name="<b>“甲\"乙'</b>&"))
    page = leader.get("/").content.decode()
    assert ">&lt;b&gt;“甲&quot;乙&#x27;&lt;/b&gt;&amp;</a></h2>" in page
    assert "<b>“甲" not in page


# ---- nothing yet ----


@pytest.mark.parametrize(
    ("who", "advice"),
    [
        ("office", "先登记项目并列入行动计划，再下达年度计划"),
        ("admin", "先登记地区、单位、类别和账号"),
        ("leader", "市发改委下达年度计划、月报审定之后，这里会出现全市的完成情况。"),
        ("reporter", "市发改委下达年度计划、月报审定之后，这里会出现全市的完成情况。"),
    ],
)
def test_empty_database_says_to_each_role_what_to_do_next(client, cast, who, advice):
    client.force_login(getattr(cast, who))
    text = said(client.get("/"))
    assert "还没有数据" in text
    assert advice in text


def test_empty_page_says_when_figures_are_on_their_way(leader):
    project_with(plan=12)
    assert StaleProgress.objects.exists()
    assert "更新中已收到计划或月报，合计还没有算完。" in said(leader.get("/"))


# ---- cost ----


def test_overview_takes_the_same_queries_for_1_and_for_3_projects(leader, django_assert_num_queries):
    counted(plan=12, reports=[1], liaison_leader=OfficialFactory())
    with django_assert_num_queries(32):
        leader.get("/")
    counted(plan=12, reports=[1], category=CategoryFactory(code="technology"), liaison_leader=OfficialFactory())
    counted(plan=12, reports=[1, 2, 3], category=CategoryFactory(code="product"), liaison_leader=OfficialFactory())
    with django_assert_num_queries(32):
        leader.get("/?month=2018-01")


def test_overview_is_made_once_for_all_readers_of_the_city(client, cast, django_assert_num_queries):
    counted(plan=12, reports=[1])
    client.force_login(cast.office)
    first = client.get("/").content.decode()
    client.force_login(cast.leader)
    with django_assert_num_queries(5):  # session, account, roles, months, freshness
        second = client.get("/").content.decode()
    assert second.split("</header>")[-1] == first.split("</header>")[-1]


@pytest.mark.parametrize(
    "change",
    [
        lambda project: Category.objects.get(pk=project.category_id).save(),
        lambda project: CategoryTarget.objects.create(
            action_plan=project.action_plans.get(), category=project.category, target=77
        ),
        lambda project: project.save(),
        lambda project: MonthlyReport.objects.get(project=project).save(),
    ],
    ids=["category", "target", "project", "report"],
)
def test_overview_is_made_anew_after_each_change(leader, django_assert_max_num_queries, change):
    project = counted(plan=12, reports=[1])
    leader.get("/")
    change(project)
    progress.refresh_stale()
    with pytest.raises(pytest.fail.Exception), django_assert_max_num_queries(5):
        leader.get("/")


def test_overview_of_one_unit_is_never_shown_to_another(client, cast):
    """Whoever comes first: what was made for the one is not what the other gets."""
    counted(plan=12, reports=[1], responsible_unit=cast.reporter.organisation)
    counted(plan=12, reports=["7.77"], responsible_unit=cast.neighbour.organisation)
    readers = (("office", "8.77", "999.99"), ("neighbour", "7.77", "8.77"), ("reporter", "1.00", "7.77"))
    for who, shown, hidden in readers:
        client.force_login(getattr(cast, who))
        text = said(client.get("/")) + client.get("/charts/city-curve.json").content.decode()
        assert f"累计完成投资 {shown} 亿元" in text
        assert hidden not in text


def test_a_unit_without_projects_is_told_so(client, cast):
    counted(plan=12, reports=[1])
    client.force_login(cast.neighbour)
    response = client.get("/")
    assert response.status_code == 200
    assert "还没有数据" in said(response)
    assert "12.00" not in said(response)


# ---- login and the pages for what goes wrong ----


def test_login_leads_back_to_the_page_asked_for(client, cast):
    target = reverse("overview") + "?month=2018-06"
    response = client.post("/accounts/login/", {"username": "leader", "password": "demo-password", "next": target})
    assert response.headers["Location"] == target


def test_wrong_password_is_explained_in_chinese(client, cast):
    text = said(client.post("/accounts/login/", {"username": "leader", "password": "wrong"}))
    assert "用户名或密码不正确。 请检查大小写后再试；忘记密码或账号停用，请联系系统管理员。" in text


def test_header_names_role_and_post_and_offers_only_what_exists(client, cast):
    client.force_login(cast.leader)
    text = said(client.get("/"))
    assert "总览 类别 区县 联系领导 责任单位 项目 月报 通知 市领导 · 示例·市领导 07 退出" in text
    client.force_login(cast.office)
    assert "月报 管理 通知 市发改委 · 市发展改革委 退出" in said(client.get("/"))


def test_logout_returns_to_the_login(leader):
    assert leader.post("/accounts/logout/").headers["Location"] == "/accounts/login/"
    assert leader.get("/").headers["Location"] == "/accounts/login/?next=/"


def test_unknown_address_is_answered_in_chinese(leader):
    response = leader.get("/nowhere/")
    assert response.status_code == 404
    assert "没有这个页面 地址可能输错了，或者您没有查看的权限。" in said(response)


# ---- numbers as people read them ----


@pytest.mark.parametrize(
    ("gap", "text"), [("7", "+7.00"), ("-18", "−18.00"), ("0", "0.00"), ("1234.5", "+1,234.50"), (None, "")]
)
def test_points_carry_a_sign_and_a_real_minus(gap, text):
    assert money.points(None if gap is None else Decimal(gap)) == text


def test_unknown_numbers_are_blank_not_zero():
    assert [filter_(None) for filter_ in (money.wan, money.yi, money.rate, money.points_apart)] == ["", "", "", ""]


def test_category_counts_what_has_begun_and_produces_and_its_results(leader):
    indicator = Indicator.objects.create(code="output", name="新增产值", unit="万元")
    project = counted(plan=12, reports=[1], actual_start=datetime.date(2018, 1, 31))
    counted(plan=12, reports=[1], category=project.category, planned_start=datetime.date(2018, 2, 1))
    for day, value in ((datetime.date(2018, 1, 2), 20_000), (datetime.date(2018, 2, 1), 1)):
        Result.objects.create(project=project, indicator=indicator, achieved_on=day, value=value)
    page = leader.get("/?month=2018-01")
    assert "开工 1 · 投产 0" in said(page)
    assert "新增产值 20,000 万元" in said(page)
    address = f"/projects/?month=2018-01&category={project.category_id}&milestone=started"
    assert f'href="{address}"' in page.content.decode().replace("&amp;", "&")
    assert leader.get(address).context["count"] == 1
