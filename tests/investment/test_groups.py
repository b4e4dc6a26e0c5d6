"""`/categories/`, `/areas/`, `/leaders/`, `/units/` and their pages: what they say, to whom, and where they lead."""

import datetime
import re
from decimal import Decimal
from html import unescape

import pytest
from django.utils.html import strip_tags

from investment import progress
from investment.models import MonthlyReport
from investment.views import groups
from projects.models import Category, CategoryTarget, Contract, Talent
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    city,
)
from tests.factories import (
    project_with_yi as project_with,
)
from tests.pages import said

PAGES = {"categories": "category", "areas": "area", "leaders": "leader", "units": "unit"}
EVERYBODY = ["reporter", "neighbour", "reviewer", "office", "leader", "admin"]


def counted(*args, **kwargs):
    project = project_with(*args, **kwargs)
    progress.refresh_stale()
    return project


def first_sentence(response):
    heading = re.search(r"<h1>(.*?)</h1>", response.content.decode(), re.DOTALL)
    return " ".join(strip_tags(heading[1]).split())


def cells(response, name="table"):
    """The table of the page as text, row by row, without the heading."""
    table = response.context[name]
    return [[strip_tags(str(cell)).strip() for cell in row] for row in table.rows]


def links(response):
    return set(map(unescape, re.findall(r'href="([^"]*)"', response.content.decode())))


@pytest.fixture
def leader(client, cast):
    client.force_login(cast.leader)
    return client


@pytest.fixture
def three(cast):
    """Three districts with 12 亿元 each: 慈利县 behind, 桑植县 level, 永定区 ahead of the time progress of January."""
    for name, amount in (("慈利县", "0.5"), ("桑植县", "1"), ("永定区", "1.6")):
        project_with(plan=12, reports=[amount, 1], area=AreaFactory(name=name))
    progress.refresh_stale()


# ---- the first sentence of a ranking ----


def test_first_sentence_says_how_many_are_behind_who_lags_and_who_leads(leader, three):
    assert first_sentence(leader.get("/areas/?month=2018-01")) == (
        "截至 2018 年 1 月，张家界市 3 个区县，其中 1 个慢于时间进度；最低的是慈利县"
        "（4.17%，慢于时间进度 4.16 个百分点），最高的是永定区（13.33%）。"
    )


def test_first_sentence_names_all_that_share_the_last_place(leader):
    for post, amount in (("甲", 0), ("乙", 0), ("丙", 6)):
        counted(plan=12, reports=[amount], liaison_leader=OfficialFactory(post=post))
    assert "其中 2 位慢于时间进度；最低的是甲 等 2 位（0.00%" in first_sentence(leader.get("/leaders/"))


def test_first_sentence_of_equal_groups_names_none(leader):
    for post in "甲乙":
        counted(plan=12, reports=[6], liaison_leader=OfficialFactory(post=post))
    assert first_sentence(leader.get("/leaders/")).endswith("其中 0 位慢于时间进度；完成率都是 50.00%。")


def test_first_sentence_tells_how_many_have_a_rate(leader, three):
    counted(reports=[1], area=AreaFactory(name="武陵源区"))
    assert "张家界市 4 个区县，3 个有完成率，其中 1 个慢于时间进度" in first_sentence(
        leader.get("/areas/?month=2018-01")
    )


def test_first_sentence_of_a_single_group(leader):
    counted(plan=12, reports=[6])
    assert first_sentence(leader.get("/areas/")) == (
        "截至 2018 年 1 月，张家界市 1 个区县，慈利县 完成年度计划的 50.00%，快于时间进度 41.67 个百分点。"
    )


def test_first_sentence_without_plans(leader):
    counted(reports=[3])
    assert first_sentence(leader.get("/areas/")) == (
        "截至 2018 年 1 月，张家界市 1 个区县累计完成投资 3.00 亿元，都没有完成率。"
    )


def test_first_sentence_before_the_first_approved_report_has_no_amount(leader):
    project = counted(plan=12)
    MonthlyReportFactory(project=project, state=MonthlyReport.State.SUBMITTED, amount=Decimal(500))
    progress.refresh_stale()
    response = leader.get("/areas/")
    assert first_sentence(response) == "2018 年 1 月还没有审定的月报，张家界市 1 个区县年度计划投资 12.00 亿元。"
    assert "0.00" not in said(response)


def test_first_sentence_where_no_project_has_a_leader(leader):
    counted(plan=12, reports=[1])
    response = leader.get("/leaders/")
    assert first_sentence(response) == "张家界市的 1 个项目都尚未明确联系领导。"
    assert [row[0] for row in cells(response)] == ["尚未明确联系领导", "合计"]


# ---- the table of a ranking ----


def test_table_gives_the_worst_first_and_all_together_last(leader, three):
    counted(reports=["0.4"], area=AreaFactory(name="武陵源区"))
    assert cells(leader.get("/areas/?month=2018-01")) == [
        ["慈利县", "1", "12.00", "0.50", "", "4.17", "−4.16", "■ 严重滞后", "1", "0"],
        ["桑植县", "1", "12.00", "1.00", "", "8.33", "0.00", "● 正常", "0", "0"],
        ["永定区", "1", "12.00", "1.60", "", "13.33", "+5.00", "● 超前", "0", "0"],
        ["武陵源区", "1", "—", "0.40", "", "—", "—", "○ 暂不评价", "0", "0"],
        ["合计", "4", "36.00", "3.50", "", "9.72", "+1.39", "● 超前", "1", "0"],
    ]


def test_table_names_the_unit_in_every_heading(leader, three):
    assert [column.header for column in leader.get("/areas/").context["table"].columns] == [
        "名称", "项目（个）", "年度计划（亿元）", "累计完成（亿元）", "进度", "完成率（%）", "较时间进度（百分点）",
        "状态", "严重滞后（个）", "滞后（个）",
    ]  # fmt: skip


def test_not_reported_is_not_zero(leader, three):
    counted(plan=12, area=AreaFactory(name="武陵源区"))
    assert cells(leader.get("/areas/?month=2018-01"))[3] == [
        "武陵源区", "1", "12.00", "—", "", "—", "—", "○ 暂不评价", "1", "0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("rate", "甲乙丙"),
        ("-rate", "乙甲丙"),
        ("-planned_year", "乙甲丙"),
        ("planned_year", "甲乙丙"),
        ("year_to_date", "甲丙乙"),
        ("-behind", "甲乙丙"),
        ("name", "甲乙丙"),
        ("password", "甲乙丙"),
    ],
)
def test_table_can_be_sorted_and_blanks_stay_last(leader, sort, order):
    """丙 has no plan. What can't be sorted by leaves the usual order."""
    for post, plan, amount in (("乙", 20, 10), ("甲", 10, 1), ("丙", None, 5)):
        counted(plan=plan, reports=[amount], liaison_leader=OfficialFactory(post=post))
    rows = cells(leader.get("/leaders/", {"sort": sort}))
    assert "".join(row[0] for row in rows) == f"{order}合计"


def test_heading_says_how_the_table_is_sorted_and_keeps_the_month(leader, three):
    page = leader.get("/areas/?month=2018-01").content.decode()
    assert re.findall(r'aria-sort="(\w+)"', page) == ["ascending"]
    assert {"?month=2018-01&sort=-rate", "?month=2018-01&sort=-projects"} <= links(leader.get("/areas/?month=2018-01"))


def test_long_ranking_comes_in_pages_each_with_the_sum(leader, monkeypatch):
    monkeypatch.setattr(groups, "ROWS", 2)
    for number in range(3):
        project_with(plan=12, reports=[number], liaison_leader=OfficialFactory(post=f"领导 {number}"))
    progress.refresh_stale()
    pages = [[row[0] for row in cells_of_page(leader.get("/leaders/", {"page": page}))] for page in (1, 2, 99)]
    assert pages == [["领导 0", "领导 1", "合计"], ["领导 2", "合计"], ["领导 2", "合计"]]


def cells_of_page(response):
    rows = response.context["table"].paginated_rows
    return [[strip_tags(str(cell)).strip() for cell in row] for row in rows]


def test_categories_say_target_enlisted_and_what_they_count(leader):
    attraction = CategoryFactory(code="investment", name="招商引资项目")
    project = project_with(category=attraction)
    CategoryTarget.objects.create(action_plan=project.action_plans.get(), category=attraction, target=1)
    Contract.objects.create(
        project=project, company=OrganisationFactory(), kind="formal", signed_on="2018-01-02", amount=Decimal(30_000)
    )
    counted(plan=1, reports=["0.1"])
    assert cells(leader.get("/categories/"))[1] == [
        "招商引资项目 全市目标 1 · 列入 1 项 · 签约 1 项", "1", "—", "—", "", "—", "—", "● 达到目标", "0", "0",
    ]  # fmt: skip


# ---- links and what they lead to ----


@pytest.fixture
def mixed(cast):
    """Projects on time, behind, far behind, without leader and without unit, in two months."""
    unit, boss = OrganisationFactory(name="示例责任单位 甲"), OfficialFactory(post="甲")
    for amount in (1, "0.7", "0.1", 0):
        project_with(plan=12, reports=[amount, 1], responsible_unit=unit, liaison_leader=boss)
    project_with(plan=12, reports=["0.7"], responsible_unit=unit)
    project_with(plan=12, reports=["0.1"], liaison_leader=boss, category=CategoryFactory(code="technology"))
    progress.refresh_stale()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["office", "reviewer"])
def test_every_count_leads_to_as_many_projects(client, cast, mixed, page, who):
    client.force_login(getattr(cast, who))
    ranking = client.get(f"/{page}/?month=2018-01").context["ranking"]
    rows = [row for row in [*ranking.rows, ranking.nobody, ranking.total] if row]
    shown = [
        (address, count)
        for row in rows
        for address, count in (
            (row.all_projects, row.projects),
            (row.far_behind_projects, row.far_behind),
            (row.behind_projects, row.behind),
        )
        if count
    ]
    assert len(shown) > len(rows)
    assert [(address, client.get(address).context["count"]) for address, _ in shown] == shown


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_ranking_carries_the_month_and_leads_somewhere(leader, mixed, page):
    response = leader.get(f"/{page}/?month=2018-01")
    content = response.content.decode().split('id="ranking"')[1].split("</table>")[0]
    addresses = {unescape(link) for link in re.findall(r'href="(/[^"]*)"', content)}
    assert len(addresses) >= 4
    assert [address for address in addresses if "month=2018-01" not in address] == []
    assert {leader.get(address).status_code for address in addresses} == {200}


def test_ranking_links_to_each_group_and_without_one_to_the_list(leader, mixed):
    boss = OfficialFactory._meta.model.objects.get(post="甲")
    found = links(leader.get("/leaders/?month=2018-01"))
    assert {f"/leaders/{boss.pk}/?month=2018-01", "/projects/?month=2018-01&leader=0"} <= found
    assert not any(address.startswith("/leaders/0/") for address in found)


# ---- who sees what ----


@pytest.fixture
def canary(cast):
    """The reporter's project (12 亿元, 1 done); the neighbour's is the canary, by name and by 77.77 and 7.07."""
    for user, plan, amount, word in ((cast.reporter, 12, 1, "own"), (cast.neighbour, "77.77", "7.07", "canary")):
        project_with(
            plan=plan, reports=[amount], responsible_unit=user.organisation, name=f"示例 {word} project",
            liaison_leader=OfficialFactory(post=f"{word} leader"),
            category=CategoryFactory(code=word, name=f"{word} category"),
        )  # fmt: skip
    project_with(plan=50, reports=[5], area=AreaFactory(name="桑植县"), name="示例 far project")
    progress.refresh_stale()
    return cast


def pages_of(user):
    """The addresses of the groups in which the user's unit has its project, by kind."""
    project = user.organisation.answered_projects.get()
    return {
        "category": f"/categories/{project.category_id}/",
        "area": f"/areas/{project.area_id}/",
        "leader": f"/leaders/{project.liaison_leader_id}/",
        "unit": f"/units/{project.responsible_unit_id}/",
    }


@pytest.mark.parametrize("who", EVERYBODY)
def test_totals_are_those_of_the_projects_that_the_reader_sees(client, canary, who):
    client.force_login(getattr(canary, who))
    seen = {"reporter": ("1", "12.00", "1.00"), "neighbour": ("1", "77.77", "7.07"), "reviewer": ("2", "89.77", "8.07")}
    for page in PAGES:
        total = cells(client.get(f"/{page}/"))[-1]
        assert (total[0], *total[1:4]) == ("合计", *seen.get(who, ("3", "139.77", "13.07")))


@pytest.mark.parametrize("page", PAGES)
def test_reporter_never_meets_the_neighbour_in_a_ranking(client, canary, page):
    client.force_login(canary.reporter)
    text = said(client.get(f"/{page}/"))
    assert re.findall(r"canary|77\.77|7\.07|89\.77|8\.07|慈利 02|桑植|139\.77", text) == []
    client.force_login(canary.office)
    assert "139.77" in said(client.get(f"/{page}/"))


@pytest.mark.parametrize("code", PAGES.values())
def test_reporter_sees_the_own_part_of_the_own_groups(client, canary, code):
    client.force_login(canary.reporter)
    response = client.get(pages_of(canary.reporter)[code])
    assert "累计完成投资 1.00 亿元，占年度计划 12.00 亿元的 8.33%" in first_sentence(response)
    assert [row[0] for row in cells(response, "projects")] == ["示例 own project 完成累计计划的 100.00%，与计划相当。"]
    assert re.findall(r"canary|77\.77|7\.07|89\.77|8\.07", said(response)) == []


@pytest.mark.parametrize("code", ["category", "leader", "unit"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("reporter", 404), ("neighbour", 200), ("reviewer", 200), ("office", 200), ("leader", 200), ("admin", 200)],
)
def test_group_of_the_neighbour_does_not_exist_for_the_reporter(client, canary, code, who, status):
    client.force_login(getattr(canary, who))
    address = pages_of(canary.neighbour)[code]
    key = address.strip("/").split("/")[1]
    answers = [client.get(address), client.get(f"/charts/{code}/{key}.json")]
    assert [answer.status_code for answer in answers] == [status, status]


def test_miss_does_not_tell_whether_the_group_exists(client, canary):
    client.force_login(canary.reporter)
    hidden, missing = client.get(pages_of(canary.neighbour)["unit"]), client.get("/units/999999/")
    assert "没有这个页面，或者您没有查看的权限。" in said(hidden)
    assert said(hidden) == said(missing)


@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_the_city_and_unknown_charts_have_no_page(client, canary, who):
    client.force_login(getattr(canary, who))
    addresses = ["/leaders/0/", "/units/0/", f"/areas/{city().pk}/", "/charts/leader/0.json", "/charts/nothing/1.json"]
    assert [client.get(address).status_code for address in addresses] == [404] * 5


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("reporter", "仅统计示例责任单位 慈利 01 的 1 个项目，不是全市的数据。"),
        ("reviewer", "仅统计慈利县的 2 个项目，不是全市的数据。"),
        ("leader", None),
        ("admin", None),
    ],
)
def test_reader_of_a_part_is_told_so(client, canary, who, sentence):
    client.force_login(getattr(canary, who))
    for address in [*(f"/{page}/" for page in PAGES), pages_of(canary.reporter)["leader"]]:
        text = said(client.get(address))
        assert (sentence in text) if sentence else "仅统计" not in text
    if sentence:
        assert f"{sentence[3:].split('，')[0]}分属 1 个区县" in first_sentence(client.get("/areas/"))


@pytest.mark.parametrize(
    "address", ["/categories/", "/areas/", "/leaders/", "/units/", "/units/1/", "/charts/unit/1.json"]
)
def test_pages_ask_for_a_login_and_take_no_posts(client, canary, address):
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"
    client.force_login(canary.leader)
    assert client.post(address).status_code == 405


# ---- the page of a group ----


@pytest.fixture
def boss(cast):
    """A leader with 24 亿元 planned in two projects, one of them never reported, and a third project without a plan."""
    boss = OfficialFactory(post="示例·市领导 01")
    project_with(plan=12, reports=["0.5", None, 1], liaison_leader=boss, name="示例 reported")
    project_with(plan=12, liaison_leader=boss, name="示例 silent")
    project_with(liaison_leader=boss, name="示例 unplanned")
    project_with(plan=12, reports=[1, 1, 1])
    progress.refresh_stale()
    return boss


def test_group_says_its_figure_of_the_month(leader, boss):
    response = leader.get(f"/leaders/{boss.pk}/?month=2018-03")
    assert first_sentence(response) == (
        "截至 2018 年 3 月，示例·市领导 01 累计完成投资 1.50 亿元，占年度计划 24.00 亿元的 6.25%，"
        "慢于时间进度 18.75 个百分点。"
    )
    assert "■ 严重滞后 完成累计计划 6.00 亿元的 25.00%" in said(response)


def test_group_gives_its_facts(leader, boss):
    assert (
        "年度计划 24.00亿元 2 个项目有年度计划 怎么算的 本年累计完成 1.50亿元 本月完成 1.00 亿元 怎么算的 "
        "完成率 6.25% 时间进度 25.00% · 较时间进度 −18.75 个百分点 怎么算的 "
        "项目 3个 本月已审定月报 1 份 进度状态 "
        "■ 严重滞后 2 个 ◆ 滞后 0 个 ● 正常 0 个 ● 超前 0 个 ● 达到目标 0 个 ○ 暂不评价 1 个"
    ) in said(leader.get(f"/leaders/{boss.pk}/?month=2018-03"))


@pytest.mark.parametrize("who", ["leader", "reviewer"])
def test_facts_name_the_original_plan_where_another_is_in_force(client, cast, who):
    project = counted("12", ["1"] * 4)
    plan = project.annual_plans.get()
    plan.revise(amount=Decimal(80_000), effective_month=3, reason="调整")
    progress.refresh_stale()
    client.force_login(getattr(cast, who))
    before, after = (said(client.get(f"/categories/{project.category_id}/?month=2018-0{month}")) for month in (2, 3))
    assert "年初计划" not in before
    assert "年度计划 8.00亿元 1 个项目有年度计划 年初计划 12.00 亿元" in after
    assert "完成率 37.50%" in after
    assert "按年初计划完成率 25.00%" in after


def test_facts_of_a_month_without_reports_are_not_zero(leader, boss):
    text = said(leader.get(f"/leaders/{boss.pk}/?month=2018-02"))
    assert "本年累计完成 0.50亿元 本月还没有审定的月报" in text
    assert "本月完成 0.00" not in text


def test_group_before_its_first_report_has_no_amount(leader):
    boss = OfficialFactory(post="甲")
    project_with(plan=12, liaison_leader=boss)
    counted(plan=12, reports=[1])
    response = leader.get(f"/leaders/{boss.pk}/")
    assert first_sentence(response) == "截至 2018 年 1 月，甲还没有审定的月报，年度计划投资 12.00 亿元。"
    assert "本年累计完成 — 本月还没有审定的月报 完成率 —" in said(response)


def test_group_without_a_plan_names_its_amount(leader):
    boss = OfficialFactory(post="甲")
    counted(reports=[2], liaison_leader=boss)
    assert first_sentence(leader.get(f"/leaders/{boss.pk}/")) == (
        "截至 2018 年 1 月，甲累计完成投资 2.00 亿元；没有年度计划，没有完成率。"
    )


def test_amount_without_a_plan_is_named_apart(leader, boss):
    counted(reports=["0.2"], liaison_leader=boss)
    assert "含无年度计划项目 0.20 亿元" in said(leader.get(f"/leaders/{boss.pk}/"))


def test_months_lead_to_the_month_and_amounts_to_its_projects(leader, boss):
    response = leader.get(f"/leaders/{boss.pk}/?month=2018-02")
    assert cells(response, "months")[:3] == [
        ["1月", "0.50", "2.00", "0.50", "2.08", "−6.25"],
        ["2月", "未审定", "4.00", "0.50", "2.08", "−14.59"],
        ["3月", "", "6.00", "", "", ""],
    ]
    assert {"?month=2018-01", f"/projects/?month=2018-01&leader={boss.pk}"} <= links(response)
    assert f"/projects/?month=2018-03&leader={boss.pk}" not in links(response)


def test_worst_projects_stand_first_and_unreported_ones_have_no_amount(leader, boss):
    response = leader.get(f"/leaders/{boss.pk}/?month=2018-03")
    reported = "示例 reported 只完成累计计划的 50.00%，严重慢于计划。"
    assert cells(response, "projects") == [
        ["示例 silent 还没有审定的完成投资。", "120,000.00", "—", "", "—", "—", "■ 严重滞后"],
        [reported, "120,000.00", "15,000.00", "", "12.50", "−12.50", "■ 严重滞后"],
        ["示例 unplanned 没有年度计划，暂不评价进度。", "—", "—", "", "—", "—", "○ 暂不评价"],
    ]  # fmt: skip
    assert "查看全部 3 个项目" in said(response)
    everything = f"/projects/?month=2018-03&leader={boss.pk}"
    assert everything in links(response)
    assert leader.get(everything).context["count"] == 3


def test_many_projects_are_cut_at_20(leader):
    boss = OfficialFactory(post="甲")
    for _ in range(21):
        project_with(plan=12, reports=[1], liaison_leader=boss)
    progress.refresh_stale()
    response = leader.get(f"/leaders/{boss.pk}/")
    assert len(cells(response, "projects")) == 20
    assert "最需要关注的 20 个项目 查看全部 21 个项目" in said(response)


def test_way_back_leads_to_the_ranking_of_the_month(leader, boss):
    response = leader.get(f"/leaders/{boss.pk}/?month=2018-02")
    assert "联系领导 › 示例·市领导 01 截至" in said(response)
    assert "/leaders/?month=2018-02" in links(response)


def test_curve_leads_each_month_shown_to_its_projects(leader, boss):
    figure = leader.get(f"/charts/leader/{boss.pk}.json?month=2018-02").json()
    traces = {trace["meta"]: trace for trace in figure["data"]}
    assert traces["actual"]["y"] == [0.5, 0.5] + [None] * 10
    assert traces["plan"]["y"][-1] == 24.0
    assert (
        figure["layout"]["meta"]["links"]
        == [f"/projects/?month=2018-0{month}&leader={boss.pk}" for month in (1, 2)] + [None] * 10
    )


def test_curve_of_the_city_leads_to_all_projects_of_the_month(leader, boss):
    figure = leader.get("/charts/city-curve.json?month=2018-01").json()
    assert figure["layout"]["meta"]["links"] == ["/projects/?month=2018-01"] + [None] * 11


def test_chart_of_a_group_is_kept_by_no_shared_cache(leader, boss):
    assert leader.get(f"/charts/leader/{boss.pk}.json").headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("address", ["/areas/", "/leaders/{}/", "/charts/leader/{}.json"])
def test_month_without_figures_is_not_found(leader, boss, address):
    assert leader.get(address.format(boss.pk), {"month": "2018-04"}).status_code == 404


def test_category_counted_by_contracts_is_told_by_them(client, cast):
    attraction = CategoryFactory(code="investment", name="招商引资项目")
    project = project_with(category=attraction, responsible_unit=cast.reporter.organisation)
    CategoryTarget.objects.create(action_plan=project.action_plans.get(), category=attraction, target=4)
    Contract.objects.create(
        project=project, company=OrganisationFactory(), kind="formal", signed_on="2018-01-02", amount=Decimal(30_000)
    )
    counted(plan=1, reports=["0.1"])
    client.force_login(cast.leader)
    response = client.get(f"/categories/{attraction.pk}/")
    assert first_sentence(response) == "截至 2018 年 1 月，招商引资项目签约 1 项，为目标 4 项的 25.00%。"
    assert "目标 4项 列入 1 项 签约 1项 签约额 3.00 亿元 现已履约 0项 还没有履约的合同" in said(response)
    assert "data-chart-url" not in response.content.decode()
    client.force_login(cast.reporter)
    assert first_sentence(client.get(f"/categories/{attraction.pk}/")) == "截至 2018 年 1 月，招商引资项目签约 1 项。"


def test_category_counted_by_people_is_told_by_them(leader):
    talent = CategoryFactory(code="talent", name="科技创新人才", counts=Category.Counts.PEOPLE)
    project = project_with(category=talent)
    CategoryTarget.objects.create(action_plan=project.action_plans.get(), category=talent, target=2)
    Talent.objects.create(
        project=project, field="示例", employer=OrganisationFactory(), signed_on="2018-01-02",
        arrived_on=datetime.date(2018, 1, 20),
    )  # fmt: skip
    counted(plan=1, reports=["0.1"])
    response = leader.get(f"/categories/{talent.pk}/")
    assert first_sentence(response) == "截至 2018 年 1 月，科技创新人才引进 1 人，为目标 2 人的 50.00%。"
    assert "目标 2人 列入 1 人 引进 1人 截至 2018年1月 到岗 1人 达到省级条件 0 人" in said(response)


def test_group_without_projects_says_what_to_do(leader, boss):
    idle = OfficialFactory(post="示例·市领导 99")
    response = leader.get(f"/leaders/{idle.pk}/")
    assert first_sentence(response) == "示例·市领导 99 在 2018 年没有项目"
    assert "如果确有项目，请市发改委核对项目登记和年度计划。" in said(response)
    assert leader.get(f"/charts/leader/{idle.pk}.json").status_code == 404


@pytest.mark.parametrize("address", ["/categories/", "/areas/", "/leaders/", "/units/", "/units/1/"])
def test_pages_without_any_figures_say_what_to_do(leader, address):
    assert "还没有数据" in said(leader.get(address))


# ---- names, freshness, cost ----


def test_names_are_escaped(leader):
    odd = "<b>“甲\"乙'</b>&"
    own = {
        "category": CategoryFactory(code="odd", name=odd),
        "area": AreaFactory(name=odd),
        "liaison_leader": OfficialFactory(post=odd),
        "responsible_unit": OrganisationFactory(name=odd),
    }
    counted(plan=12, reports=[1], name=f"示例{odd}", **own)
    keys = [each.pk for each in own.values()]
    for address in [
        *(f"/{page}/" for page in PAGES),
        *(f"/{page}/{key}/" for page, key in zip(PAGES, keys, strict=True)),
    ]:
        content = leader.get(address).content.decode()
        assert "&lt;b&gt;“甲&quot;乙&#x27;&lt;/b&gt;&amp;" in content
        assert "<b>“甲" not in content


@pytest.mark.parametrize("address", ["/areas/", "/leaders/{}/"])
def test_pages_say_as_of_when_and_that_a_change_is_under_way(leader, time_machine, address):
    time_machine.move_to(datetime.datetime(2019, 1, 5, 1, 12, tzinfo=datetime.UTC), tick=False)
    project = counted(plan=12, reports=[1], liaison_leader=OfficialFactory())
    address = address.format(project.liaison_leader_id)
    assert said(leader.get(address)).count("数据时间 2019-01-05 09:12") == 1
    assert "更新中" not in said(leader.get(address))
    MonthlyReport.objects.get(project=project).save()
    assert "数据时间 2019-01-05 09:12 更新中" in said(leader.get(address))


def grow(number):
    project_with(
        plan=12, reports=[1], area=AreaFactory(name=f"示例区 {number}"), liaison_leader=OfficialFactory(),
        responsible_unit=OrganisationFactory(), category=CategoryFactory(code=f"c{number}"),
    )  # fmt: skip
    progress.refresh_stale()


@pytest.mark.parametrize(("page", "queries"), [("categories", 23), ("areas", 14), ("leaders", 14), ("units", 14)])
def test_ranking_takes_the_same_queries_for_1_and_for_3_groups(leader, django_assert_num_queries, page, queries):
    grow(1)
    with django_assert_num_queries(queries):
        leader.get(f"/{page}/")
    grow(2)
    grow(3)
    with django_assert_num_queries(queries):
        assert len(leader.get(f"/{page}/").context["ranking"].rows) == 3


def test_group_takes_the_same_queries_for_1_and_for_3_projects(leader, boss, django_assert_num_queries):
    lone = OfficialFactory()
    counted(plan=12, reports=[1], liaison_leader=lone)
    for key in (lone.pk, boss.pk):
        with django_assert_num_queries(15):
            leader.get(f"/leaders/{key}/")
