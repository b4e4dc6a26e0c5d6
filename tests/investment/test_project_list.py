"""The page `/projects/`: which projects are listed for whom, in which order, and that their sums are right."""

import datetime
import re
from decimal import Decimal

import pytest
from django.utils.html import strip_tags

from investment import progress
from investment.attention import ATTENTIONS, counts
from investment.models import MonthlyReport
from investment.places import place_of
from investment.project_tables import PER_PAGE
from projects.models import Category, Level, Nature, Problem, Register, Stage, Status
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    ProjectFactory,
    city,
    project_with,
)
from tests.pages import said

CANARY = "示例·金丝雀"
NASTY = "示例\"><script>alert('x')</script>&amp;<b>"


def listed(client, query=""):
    """The page after everything was counted."""
    progress.refresh_stale()
    Register.touch()  # as a saved row of the register would
    return client.get(f"/projects/{query}")


def names(response):
    return [project.name.removeprefix("示例·") for project in response.context["table"].projects]


def sentence(response):
    return " ".join(strip_tags(re.search(r"<h1>(.*?)</h1>", response.content.decode(), re.DOTALL)[1]).split())


def row(response, name):
    """The cells of one project, as read."""
    html = next(part for part in response.content.decode().split("<tr>") if f">示例·{name}</a>" in part)
    return [" ".join(strip_tags(cell).split()) for cell in re.findall(r"<td.*?>(.*?)</td>", html, re.DOTALL)]


def chips(response):
    return [(chip.label, chip.value) for chip in response.context["asked"].chips]


@pytest.fixture
def office(client, cast):
    client.force_login(cast.office)
    return client


# ---- who sees what ----


@pytest.fixture
def two_units(cast):
    """One project of the reporter's unit in 慈利县, and a canary of another unit in another district."""
    elsewhere = AreaFactory(name="桑植县")
    own = project_with(plan=1000, reports=[500], name="示例·自己的", responsible_unit=cast.reporter.organisation)
    other = project_with(
        plan=9000, reports=[100], name=CANARY, area=elsewhere, category=CategoryFactory(code="c", name="金丝雀类别"),
        responsible_unit=OrganisationFactory(name="金丝雀单位", area=elsewhere),
        owner=OrganisationFactory(name="金丝雀业主", area=elsewhere),
        liaison_leader=OfficialFactory(post="金丝雀领导"), code="CANARY-1",
    )  # fmt: skip
    return own, other


@pytest.mark.parametrize("who", ["office", "leader", "admin"])
def test_the_city_sees_all_its_projects(client, cast, two_units, who):
    client.force_login(getattr(cast, who))
    response = listed(client)
    assert sorted(names(response)) == ["自己的", "金丝雀"]
    assert sentence(response) == "2 个项目，年度计划 1.00 亿元，累计完成 0.06 亿元，完成率 6.00%。"


@pytest.mark.parametrize("who", ["reporter", "reviewer"])
def test_a_part_of_the_city_sees_its_own_and_never_the_canary(client, cast, two_units, who):
    client.force_login(getattr(cast, who))
    response = listed(client)
    assert names(response) == ["自己的"]
    assert sentence(response) == "1 个项目，年度计划 0.10 亿元，累计完成 0.05 亿元，完成率 50.00%。"
    for query in ("", "?q=金丝雀", "?listed=no", "?sort=-plan"):
        text = client.get(f"/projects/{query}").content.decode()
        assert "CANARY" not in text
        assert text.count("金丝雀") == (4 if "q=" in query else 0)  # what one typed oneself: field, chip, advice


def test_the_neighbour_without_projects_is_told_that_there_is_nothing_yet(client, cast, two_units):
    client.force_login(cast.neighbour)
    response = listed(client)
    assert "还没有数据" in said(response)
    assert "金丝雀" not in said(response)


@pytest.mark.parametrize("who", ["reporter", "reviewer"])
def test_hidden_and_unknown_ids_are_told_alike_and_show_nothing(client, cast, two_units, who):
    client.force_login(getattr(cast, who))
    listed(client)
    other = two_units[1]
    hidden = {
        "category": other.category_id, "area": other.area_id, "leader": other.liaison_leader_id,
        "unit": other.responsible_unit_id,
    }  # fmt: skip
    for name, key in hidden.items():
        for value in (key, 987_654):
            response = client.get(f"/projects/?{name}={value}")
            assert names(response) == []
            assert f"没有“{value}”这一项，或者您没有查看的权限。" in said(response)


@pytest.mark.parametrize(
    "query",
    [
        "category=abc", "category=-1", "category=99999999999999999999999", "area=%00", "leader=x", "unit=1.5",
        "unit=²", "level=9", "stage=x", "status=gone", "nature=0", "lamp=purple", "attention=nothing",
        "q=%00", "q=" + "长" * 121,
    ],
)  # fmt: skip
def test_nonsense_is_answered_with_a_message(office, query):
    project_with(plan=100, reports=[1])
    response = listed(office, f"?{query}")
    assert response.status_code == 200
    assert names(response) == []
    assert "有的条件无法识别" in said(response)


@pytest.mark.parametrize(
    "query", ["sort=nothing", "sort=-", "sort=--rate", "sort=rate,name", "page=x", "page=-3", "per_page=1"]
)
def test_nonsense_about_order_and_page_means_the_usual(office, query):
    for name, amount in (("快", 90), ("慢", 10)):
        project_with(plan=100, reports=[amount], name=f"示例·{name}")
    assert names(listed(office, f"?{query}")) == ["慢", "快"]


def test_what_is_no_month_is_404(office):
    project_with(plan=100, reports=[1])
    assert listed(office, "?month=2018-13").status_code == 404


# ---- the cells ----


def test_a_row_says_plan_amounts_rate_gap_and_lamp(office, cast):
    project_with(plan=1200, reports=[100, "200.5"], name="示例·一", liaison_leader=cast.leader.official)
    assert row(listed(office), "一") == [
        "慈利县", "示例·市领导 07", "1,200.00", "200.50", "300.50", "25.04", "+8.37", "● 超前",
    ]  # fmt: skip


def test_no_plan_and_no_leader_have_their_words_and_no_rate(office):
    project_with(reports=[5], name="示例·一")
    assert row(listed(office), "一") == ["慈利县", "尚未明确", "无计划", "5.00", "5.00", "", "", "○ 暂不评价"]


def test_people_brought_in_need_no_leader(office):
    people = CategoryFactory(code="talent", counts=Category.Counts.PEOPLE)
    project_with(plan=1, reports=[1], name="示例·一", category=people)
    assert row(listed(office), "一")[1] == "—"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (MonthlyReport.State.SUBMITTED, "未审定"),
        (MonthlyReport.State.RETURNED, "已退回"),
        (MonthlyReport.State.PASSED, "未审定"),
        (MonthlyReport.State.DRAFT, "未报"),
        (MonthlyReport.State.EXPECTED, "未报"),
        (MonthlyReport.State.EXCUSED, "免报"),
        (MonthlyReport.State.MISSING, "缺报"),
        (None, "无需填报"),
    ],
)
def test_not_reported_is_a_word_and_never_zero(office, state, word):
    project_with(plan=100, reports=[1], name="示例·别的")
    project = project_with(plan=1200, name="示例·一")
    if state is not None:
        reasons = {"return_reason": "数不对", "excuse_reason": "停产检修"}
        MonthlyReportFactory(project=project, state=state, amount=Decimal("777.77"), **reasons)
    response = listed(office)
    assert row(response, "一") == ["慈利县", "尚未明确", "1,200.00", word, "尚无审定", "", "", "■ 严重滞后"]
    assert "777" not in said(response)


def test_reported_zero_is_zero(office):
    project_with(plan=1200, reports=[0], name="示例·一")
    assert row(listed(office), "一")[3:6] == ["0.00", "0.00", "0.00"]


def test_a_month_without_report_keeps_what_the_year_has_so_far(office):
    project_with(plan=100, reports=[1, 1], name="示例·别的")
    project_with(plan=1200, reports=[300], name="示例·一")
    project_with(plan=1200, reports=[0], name="示例·零")
    response = listed(office)
    assert row(response, "一")[3:6] == ["无需填报", "300.00", "25.00"]
    assert row(response, "零")[3:6] == ["无需填报", "0.00", "0.00"]


def test_over_100_percent_is_shown_as_it_is(office):
    project_with(plan=100, reports=["1234.5"], name="示例·一")
    assert row(listed(office), "一")[3:7] == ["1,234.50", "1,234.50", "1,234.50", "+1,226.17"]


def test_amounts_from_one_yuan_to_the_largest(office):
    project_with(plan="9999999", reports=["9999999"], name="示例·大")
    project_with(plan="0.01", reports=["0.01"], name="示例·小")
    response = listed(office)
    assert row(response, "大")[2:5] == ["9,999,999.00"] * 3
    assert row(response, "小")[2:5] == ["0.01"] * 3


def test_text_with_quotes_and_tags_is_shown_as_text(office):
    project_with(
        plan=10, reports=[1], name=NASTY, code="<i>1", category=CategoryFactory(code="n", name=NASTY[:40]),
        area=AreaFactory(name=NASTY), liaison_leader=OfficialFactory(post=NASTY),
        responsible_unit=OrganisationFactory(name=NASTY),
    )  # fmt: skip
    for query in ("", "?q=<script>alert('x')", "?category=<script>", '?sort="><script>', '?unit="><script>'):
        page = listed(office, query).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page or "sort" in query


# ---- filters ----


@pytest.fixture
def world(cast):
    """Six projects, each alone in something. Amounts of 万元; the month shown is February."""
    projects = {
        "快": project_with(plan=100, reports=[30, 30], name="示例·快", level=Level.PROVINCE),
        "慢": project_with(plan=1000, reports=[10, 10], name="示例·慢", status=Status.STOPPED),
        "无": project_with(reports=[3, 4], name="示例·无", category=CategoryFactory(code="other"),
                           liaison_leader=cast.leader.official),
        "稳": project_with(plan=600, reports=[50, 50], name="示例·稳", area=AreaFactory(name="桑植县"),
                           responsible_unit=cast.reporter.organisation),
        "新": project_with(plan=300, reports=[20, 15], name="示例·新", nature=Nature.NEW, stage=Stage.TRIAL,
                           planned_start=datetime.date(2018, 1, 1)),
        "缺": project_with(plan=500, reports=[100], name="示例·缺", content="现代化厂房 20 座",
                           owner=OrganisationFactory(name="示例·业主公司")),
    }  # fmt: skip
    MonthlyReportFactory(project=projects["缺"], month=2, state=MonthlyReport.State.EXPECTED, amount=None)
    return projects


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("level=1", "快"), ("status=stopped", "慢"), ("nature=1", "新"), ("stage=5", "新"),
        ("lamp=far-behind", "慢"), ("lamp=behind", "新"), ("lamp=normal", "稳"), ("lamp=ahead", "缺快"),
        ("lamp=none", "无"), ("leader=0", "慢新稳缺快"), ("unit=0", "慢新缺快无"),
        ("attention=far-behind", "慢"), ("attention=behind", "新"), ("attention=stopped", "慢"),
        ("attention=not-started", "新"), ("attention=no-report", "缺"), ("attention=no-leader", "慢新稳缺快"),
        ("q=稳", "稳"), ("q=厂房+现代", "缺"), ("q=业主公司", "缺"), ("q=慈利+01", "稳"),
        ("lamp=ahead&level=1", "快"), ("category=&area=&q=+", "慢新稳缺快无"),
    ],
)  # fmt: skip
def test_each_filter_finds_its_projects_worst_first(office, world, query, expected):
    assert "".join(names(listed(office, f"?{query}"))) == expected


@pytest.mark.parametrize(
    ("name", "of", "field"),
    [
        ("category", "无", "category_id"), ("area", "稳", "area_id"), ("leader", "无", "liaison_leader_id"),
        ("unit", "稳", "responsible_unit_id"),
    ],
)  # fmt: skip
def test_filters_by_id(office, world, name, of, field):
    response = listed(office, f"?{name}={getattr(world[of], field)}")
    assert names(response) == [of]


def test_code_is_found_too(office, world):
    assert names(listed(office, f"?q={world['快'].code.lower()}")) == ["快"]


def test_attention_lists_as_many_as_the_overview_counts(office, cast, world):
    Problem.objects.create(
        project=world["稳"], kind="land", description="用地", raised_on=datetime.date(2018, 1, 2),
        deadline=datetime.date(2018, 2, 1),
    )  # fmt: skip
    listed(office)
    expected = counts(place_of(cast.office, None))
    for each in ATTENTIONS:
        assert office.get(f"/projects/?attention={each.code}").context["count"] == expected[each.code]
    assert all(expected.values())


def test_the_city_is_an_area_of_the_projects_that_stand_in_none_of_its_districts(office, world):
    project_with(plan=1, reports=[1], name="示例·市本级", area=city())
    response = listed(office, f"?area={city().pk}")
    assert names(response) == ["市本级"]
    assert chips(response) == [("区县", "张家界市")]
    offered = next(choices for field, choices in response.context["asked"].selects if field.name == "area")
    assert "张家界市" not in [label for _, label in offered]


def test_filters_of_a_part_of_the_city_work_too(client, cast, world):
    client.force_login(cast.reviewer)
    assert names(listed(client, "?lamp=ahead")) == ["缺", "快"]
    assert names(client.get("/projects/?attention=no-report")) == ["缺"]


def test_choices_are_what_the_reader_may_see(client, cast, two_units):
    client.force_login(cast.reporter)
    selects = {field.name: choices for field, choices in listed(client).context["asked"].selects}
    assert [label for _, label in selects["category"]] == ["全部", two_units[0].category.name]
    assert [label for _, label in selects["area"]] == ["全部", "慈利县"]
    assert list(selects) == ["category", "area", "level", "stage", "status", "nature", "lamp", "attention", "milestone"]
    typed = {control.field.name: control.offered for control in client.get("/projects/").context["asked"].typed}
    assert typed == {
        "leader": [("尚未明确联系领导", "swmqlxld")],
        "unit": [("尚未明确责任单位", "swmqzrdw"), ("示例责任单位 慈利 01", "slzrdwcl01")],
    }


def test_choices_follow_the_register(office, world):
    listed(office)
    world["快"].liaison_leader = OfficialFactory(post="示例·新任领导")
    world["快"].save()
    assert "示例·新任领导" in said(listed(office))


def test_chosen_values_stay_chosen(office, world):
    page = listed(office, "?lamp=ahead&q=快&level=1&leader=0&unit=0&sort=-plan&month=2018-01").content.decode()
    assert re.findall(r'<option value="(.*?)" selected', page) == ["1", "ahead"]
    flat = " ".join(page.split())
    assert 'name="q" value="快"' in flat
    assert 'name="leader" value="尚未明确联系领导"' in flat
    assert 'name="unit" value="尚未明确责任单位"' in flat
    assert re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)"', page) == [
        ("csrfmiddlewaretoken", re.search(r'name="csrfmiddlewaretoken" value="(.*?)"', page)[1]),
        ("month", "2018-01"), ("sort", "-plan"),
    ]  # fmt: skip


def test_chips_name_the_filters_and_each_link_takes_one_off(office, cast, world):
    query = f"?month=2018-02&leader={cast.leader.official.pk}&lamp=none&unit=0&q=无&sort=plan&page=1"
    response = listed(office, query)
    assert chips(response) == [
        ("查找", "无"), ("联系领导", "示例·市领导 07"), ("责任单位", "尚未明确责任单位"), ("进度状态", "暂不评价"),
    ]  # fmt: skip
    without = {chip.name: chip.without for chip in response.context["asked"].chips}
    assert without["lamp"] == f"month=2018-02&leader={cast.leader.official.pk}&unit=0&q=%E6%97%A0&sort=plan"
    assert f'href="?{without["lamp"].replace("&", "&amp;")}"' in response.content.decode()
    assert chips(office.get(f"/projects/?{without['lamp']}")) == [
        ("查找", "无"), ("联系领导", "示例·市领导 07"), ("责任单位", "尚未明确责任单位"),
    ]  # fmt: skip


def test_month_switch_keeps_the_filters(office, world):
    page = listed(office, "?month=2018-02&lamp=ahead&page=1").content.decode()
    assert 'href="?month=2018-01&amp;lamp=ahead"' in page


# ---- sums ----


@pytest.mark.parametrize("query", ["", "?leader=0", "?lamp=ahead", "?q=示例", "?lamp=none", "?month=2018-01&unit=0"])
@pytest.mark.parametrize("who", ["office", "reviewer"])
def test_sums_are_those_of_the_rows(client, cast, world, who, query):
    client.force_login(getattr(cast, who))
    response = listed(client, query)
    rows = [project.now for project in response.context["table"].projects]
    figures = response.context["total"].figures
    planned = sum(row.planned_year or 0 for row in rows)
    done = sum(row.year_to_date for row in rows)
    assert (figures.projects, figures.planned_year, figures.year_to_date) == (len(rows), planned, done)
    assert figures.rate == (round(done * 100 / planned, 2) if planned else None)
    assert rows


def test_sums_of_a_filter_are_named_as_such(office, world):
    assert sentence(listed(office, f"?area={world['稳'].area_id}")) == (
        "筛选出 1 个项目，年度计划 0.06 亿元，累计完成 0.01 亿元，完成率 16.67%。"
    )
    assert sentence(listed(office, "?lamp=none")) == "筛选出 1 个项目，均无年度计划，累计完成 0.00 亿元。"
    assert "完成投资中 0.00 亿元来自无年度计划的项目" in said(office.get("/projects/"))


def test_nothing_approved_has_no_amount(office):
    project_with(plan=100, reports=[1])
    project_with(plan=2000, name="示例·一")
    text = sentence(listed(office, "?q=一"))
    assert text == "筛选出 1 个项目，年度计划 0.20 亿元，尚无审定的月报。"


def test_plans_alone_have_no_amount(office):
    project_with(plan=2000)
    assert sentence(listed(office)) == "1 个项目，年度计划 0.20 亿元，尚无审定的月报。"


# ---- order and pages ----


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", "慢新稳缺快无"), ("rate", "慢新稳缺快无"), ("-rate", "快缺稳新慢无"), ("gap", "慢新稳缺快无"),
        ("plan", "快新缺稳慢无"), ("-plan", "慢稳缺新快无"), ("amount", "无慢新快稳缺"), ("-amount", "稳快新慢无缺"),
        ("year_to_date", "无慢新快稳缺"), ("-year_to_date", "稳缺快新慢无"), ("lamp", "慢新稳缺快无"),
        ("-lamp", "快缺稳新慢无"), ("leader", "无快慢稳新缺"), ("-leader", "无快慢稳新缺"), ("area", "快慢无新缺稳"),
    ],
)  # fmt: skip
def test_every_order_has_what_is_missing_last_and_equals_by_id(office, world, sort, expected):
    assert "".join(names(listed(office, f"?sort={sort}"))) == expected


def test_equal_rates_stand_in_the_order_of_their_ids(office):
    for name in "丙甲乙":
        project_with(plan=100, reports=[10], name=f"示例·{name}")
    assert names(listed(office)) == ["丙", "甲", "乙"]
    assert names(listed(office, "?sort=-rate")) == ["丙", "甲", "乙"]


def test_heading_says_the_order_and_its_link_turns_it(office, world):
    page = listed(office, "?lamp=none&page=1").content.decode()
    assert page.count("aria-sort") == 1
    assert re.search(r'aria-sort="ascending">\s*<a href="\?lamp=none&amp;sort=-rate">', page)
    page = office.get("/projects/?sort=-plan").content.decode()
    assert re.search(r'aria-sort="descending">\s*<a href="\?sort=plan">', page)


def test_pages_hold_25_and_beyond_the_end_is_the_last(office):
    for number in range(PER_PAGE + 2):
        project_with(plan=1000, reports=[number], name=f"示例·{number}")
    response = listed(office)
    assert names(response) == [str(number) for number in range(PER_PAGE)]
    assert "第 1 至 25 个，共 27 个" in said(response)
    assert re.search(r'rel="next"\s+href="\?page=2"', response.content.decode())
    for page in ("2", "3", "99999999999999999999"):
        assert names(office.get(f"/projects/?page={page}")) == ["25", "26"]


def test_length_of_the_list_comes_from_the_sums_and_not_from_counting(office, django_assert_num_queries):
    project_with(plan=10, reports=[1])
    listed(office)
    with django_assert_num_queries(7) as first:
        office.get("/projects/")
    of_projects = [query["sql"] for query in first.captured_queries if "unread_notices" not in query["sql"]]
    assert [query for query in of_projects if "COUNT(" in query] == []
    for _ in range(2):
        project_with(plan=10, reports=[1])
    listed(office)
    with django_assert_num_queries(7):
        office.get("/projects/")


def test_queries_of_a_part_of_the_city_do_not_grow_with_the_rows(client, cast, django_assert_num_queries):
    client.force_login(cast.reviewer)
    project_with(plan=10, liaison_leader=cast.leader.official)
    listed(client)
    with django_assert_num_queries(11):
        client.get("/projects/?lamp=far-behind")
    for _ in range(2):
        project_with(plan=10, liaison_leader=cast.leader.official)
    listed(client)
    with django_assert_num_queries(11):
        client.get("/projects/?lamp=far-behind")


# ---- nothing, and what is not listed ----


def test_empty_list_says_which_filter_to_loosen(office, world):
    response = listed(office, "?lamp=ahead&level=1&q=慢")
    assert sentence(response) == "没有符合条件的项目。"
    text = said(response)
    assert "去掉“查找：慢”， 有 1 个项目" in text
    assert "去掉“级别：省级”， 仍然没有" in text
    assert "去掉“进度状态：超前”， 仍然没有" in text


def test_projects_outside_the_plan_of_the_year_have_their_own_list(office, world):
    ProjectFactory(name="示例·登记", stage=Stage.STARTED)
    ProjectFactory(name="示例·另一", area=AreaFactory(name="桑植县"))
    response = listed(office)
    assert "未列入本年计划的登记项目 2 个" in said(response)
    response = office.get("/projects/?listed=no&lamp=ahead")
    assert names(response) == ["另一", "登记"]
    assert sentence(response) == "2 个登记项目没有列入 2018 年计划，也没有当年的月报。"
    assert row(response, "登记") == ["慈利县", "尚未明确", "开工", "正常推进"]
    response = office.get("/projects/?listed=no&q=登记&sort=-stage")
    assert names(response) == ["登记"]
    assert chips(response) == [("查找", "登记")]
    assert response.context["asked"].chips[0].without == "listed=no&sort=-stage"


def test_all_projects_listed_leaves_no_link_and_an_empty_list_of_others(office, world):
    assert "未列入本年计划的登记项目" not in said(listed(office))
    assert "登记的项目都已列入本年计划" in said(office.get("/projects/?listed=no"))


def test_site_without_figures_says_what_to_do_next(office):
    assert "还没有数据" in said(office.get("/projects/"))


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_list_only_reads(office, method):
    assert getattr(office, method)("/projects/").status_code == 405
