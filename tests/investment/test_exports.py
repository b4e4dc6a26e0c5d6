"""Each table as a workbook: read back, the same as the page, with its filters, its order and its scope."""

from decimal import Decimal
from io import BytesIO
from urllib.parse import unquote

import openpyxl
import pytest

from investment import progress
from investment.models import MonthlyReport
from investment.sheets import PROJECT_COLUMNS
from investment.workbooks import MONEY, Column, Sheet, workbook
from projects.models import Nature, Register
from projects.money import WAN_PER_YI
from tests.factories import AreaFactory, MonthlyReportFactory, OfficialFactory, OrganisationFactory, project_with

OFFICIAL = [
    "序号", "项目名称", "建设性质", "建设内容及规模", "建设年限", "总投资（万元）", "开工至上年底累计完成投资（万元）",
    "年度计划投资（万元）", "本月完成投资（万元）", "本年累计完成投资（万元）", "占年度计划（%）", "形象进度",
    "存在问题", "责任单位及责任人", "联系领导",
]  # fmt: skip
DISTRICTS = [
    "序号", "地区", "项目个数", "总投资（亿元）", "年度计划投资（亿元）", "累计完成投资（亿元）", "完成年度计划（%）",
    "本期新增投资（亿元）",
]  # fmt: skip


def opened(response):
    """The sheet of an answer."""
    return openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content))).active


def lines(page):
    """The cells by row, from the headings on."""
    rows = [list(row) for row in page.iter_rows(values_only=True)]
    first = next(index for index, row in enumerate(rows) if row[1] is not None)
    return rows[first:]


@pytest.fixture
def year(cast):
    """The reporter's project and a canary of another unit in another district; February is shown."""
    own = project_with(
        plan=1200, reports=["100.5", None], name="示例·自己的", responsible_unit=cast.reporter.organisation,
        responsible_person="张三", liaison_leader=OfficialFactory(post="示例·市长"), total_investment=Decimal(5000),
        invested_before=Decimal("70.25"), content="=1+1", planned_start="2017-03-01", planned_finish="2019-12-31",
    )  # fmt: skip
    MonthlyReportFactory(project=own, month=2, state=MonthlyReport.State.SUBMITTED, amount=Decimal(999))
    elsewhere = AreaFactory(name="桑植县")
    canary = project_with(
        reports=[0, 3], name="示例·金丝雀", area=elsewhere, nature=Nature.NEW,
        responsible_unit=OrganisationFactory(name="金丝雀单位", area=elsewhere),
    )  # fmt: skip
    canary.monthly_reports.filter(month=2).update(image_progress="主体封顶", problems="@用地")
    progress.refresh_stale()
    Register.touch()
    return own, canary


@pytest.fixture
def office(client, cast):
    client.force_login(cast.office)
    return client


def test_the_list_stands_in_the_official_order_of_columns(office, year):
    page = opened(office.get("/projects/export.xlsx"))
    headings, first, second, total = lines(page)
    assert headings == OFFICIAL == [column.heading for column in PROJECT_COLUMNS]
    assert first == [
        1, "示例·自己的", "续建", "=1+1", "2017-2019", 5000, 70.25, 1200, "未审定", 100.5, 8.38, None, None,
        "示例责任单位 慈利 01 张三", "示例·市长",
    ]  # fmt: skip
    assert second == [
        2, "示例·金丝雀", "新开工", None, None, None, 0, "无计划", 3, 3, None, "主体封顶", "@用地", "金丝雀单位", None,
    ]  # fmt: skip
    assert total == [
        None, "合计 2 个项目", None, None, None, 5000, 70.25, 1200, 3, 103.5, 8.63, *[None] * 4,
    ]  # fmt: skip


def test_the_list_of_a_quarter_says_last_what_was_done_in_it(office, year):
    page = opened(office.get("/projects/export.xlsx?by=quarter"))
    headings, *rows = lines(page)
    assert headings == [*OFFICIAL, "本期计划（万元）", "本期完成（万元）"]
    assert [row[-2:] for row in rows] == [[200, 100.5], ["无计划", 3], [200, 103.5]]
    assert "本期：2018年一季度至2月" in [row[0] for row in page.iter_rows(values_only=True)]


def test_its_head_says_what_when_whose_and_which(office, year):
    response = office.get("/projects/export.xlsx?q=自己&lamp=far-behind&month=2018-02")
    page = opened(response)
    assert page["A1"].value == "张家界市重点产业项目2018年2月投资完成情况表"
    assert page["A2"].value.startswith("单位：万元    截至 2018年2月    数据时间 20")
    assert page["A3"].value == "范围：张家界市    筛选条件：查找：自己；进度状态：严重滞后"
    assert sorted(map(str, page.merged_cells.ranges)) == ["A1:O1", "A2:O2", "A3:O3"]
    name = unquote(response["Content-Disposition"].split("''")[1])
    assert name.startswith("张家界市重点产业项目2018年2月投资完成情况表_2018-02_20")
    assert name.endswith(".xlsx")


def test_it_is_set_up_to_be_printed(office, year):
    page = opened(office.get("/projects/export.xlsx"))
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.print_title_rows, page.freeze_panes) == ("$4:$4", "C5")
    assert page.column_dimensions["B"].width == 32


def test_numbers_are_numbers_with_a_format_and_formulas_are_text(office, year):
    page = opened(office.get("/projects/export.xlsx"))
    assert (page["J5"].data_type, page["J5"].number_format) == ("n", MONEY)
    assert (page["D5"].data_type, page["D5"].quotePrefix) == ("s", True)
    assert (page["M6"].data_type, page["M6"].quotePrefix) == ("s", True)
    assert not page["B5"].quotePrefix


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@a", "\t=1", "#N/A", "\x00\x07x", "1", "TRUE"])
def test_text_stays_text(text):
    sheet = Sheet("题", [], [Column("甲", 9), Column("乙", 9)], [["x", text]], total=[text, "y"])
    page = openpyxl.load_workbook(BytesIO(workbook(sheet))).active
    for cell in (page["B3"], page["A4"]):
        assert (cell.data_type, cell.value) == ("s", text.replace("\x00\x07", ""))


@pytest.mark.parametrize("query", ["", "?sort=-plan", "?sort=name", "?lamp=none", "?q=zjd", "?month=2018-01"])
def test_the_list_is_that_of_the_page(office, year, query):
    shown = office.get(f"/projects/{query}").context
    *rows, total = lines(opened(office.get(f"/projects/export.xlsx{query}")))[1:]
    assert [row[1] for row in rows] == [project.name for project in shown["table"].projects] != []
    figures = shown["total"].figures
    assert total[9] == figures.year_to_date
    assert total[10] == (None if figures.rate is None else float(figures.rate))
    assert sum(row[7] for row in rows if row[7] != "无计划") == figures.planned_year


@pytest.mark.parametrize("who", ["reporter", "reviewer"])
@pytest.mark.parametrize("address", ["projects", "areas", "units", "leaders", "categories", "months", "completeness"])
def test_nothing_of_another_unit_is_taken_away(client, cast, year, address, who):
    client.force_login(getattr(cast, who))
    page = opened(client.get(f"/{address}/export.xlsx"))
    text = str([list(row) for row in page.iter_rows(values_only=True)])
    assert "金丝雀" not in text
    assert "桑植县" not in text
    if address == "projects":
        assert [row[1] for row in lines(page)[1:]] == ["示例·自己的", "合计 1 个项目"]


def test_districts_stand_as_in_the_table_of_the_bulletin(office, year):
    page = opened(office.get("/areas/export.xlsx"))
    assert page["A2"].value.startswith("单位：亿元")
    assert lines(page) == [
        DISTRICTS,
        [1, "慈利县", 1, 0.5, 0.12, 0.01005, 8.38, "未审定"],
        [2, "桑植县", 1, 0, "无计划", 0.0003, None, 0.0003],
        [None, "合计", 2, 0.5, 0.12, 0.01035, 8.63, 0.0003],
    ]


@pytest.mark.parametrize("page", ["categories", "areas", "leaders", "units"])
@pytest.mark.parametrize("query", ["", "?sort=-projects", "?lamp=none"])
def test_a_ranking_is_that_of_the_page(office, year, page, query):
    shown = office.get(f"/{page}/{query}").context
    headings, *rows = lines(opened(office.get(f"/{page}/export.xlsx{query}")))
    table, ranking = shown["table"], shown["ranking"]
    expected = table.data.data + [row for row in (ranking.nobody, ranking.total) if row]
    assert [row[1] for row in rows] == [row.name for row in expected]
    assert [row[2] for row in rows] == [row.projects for row in expected]
    done = [row.year_to_date for row in expected]
    assert [row[5] for row in rows] == ["尚无审定" if each is None else float(each / WAN_PER_YI) for each in done]
    assert headings[8:] == ([] if page == "areas" else ["较时间进度（百分点）", "状态", "严重滞后（个）", "滞后（个）"])


def test_months_say_what_is_not_approved_and_leave_out_what_is_not_due(office, cast, year):
    own = year[0]
    rows = lines(opened(office.get(f"/months/unit/{own.responsible_unit_id}/export.xlsx")))
    assert rows[1:4] == [
        ["2018年1月", 0.01005, 0.01, 0.01005, 8.38, 0.05],
        ["2018年2月", "未审定", 0.02, 0.01005, 8.38, -8.29],
        ["2018年3月", None, 0.03, None, None, None],
    ]  # fmt: skip
    assert len(lines(opened(office.get("/months/export.xlsx")))) == 13


def test_who_reported_stands_in_words(office, year):
    rows = lines(opened(office.get("/completeness/export.xlsx?by=area")))
    assert rows[0][:3] == ["区县", "名次", "应报（份）"]
    assert {row[0] for row in rows[1:]} == {"慈利县", "桑植县", "合计"}
    assert rows[-1][2:4] == [4, 4]
    assert rows[-1][11:13] == ["按时 2", "按时 2"]


@pytest.mark.parametrize(
    "address",
    [
        "projects/export.xlsx?lamp=purple", "areas/export.xlsx?unit=nobody", "projects/export.xlsx?listed=no",
        "projects/export.xlsx?lamp=ahead&q=金", "months/export.xlsx?year=1999", "months/nothing/1/export.xlsx",
        "months/unit/987654/export.xlsx", "completeness/export.xlsx?by=x",
    ],
)  # fmt: skip
def test_what_is_unknown_or_empty_is_no_file(office, year, address):
    assert office.get(f"/{address}").status_code == 404


def test_pages_lead_to_their_files_with_filters_and_order(office, year):
    html = office.get("/projects/?lamp=none&sort=plan&page=1").content.decode()
    assert 'href="/projects/export.xlsx?lamp=none&amp;sort=plan"' in html
    assert 'href="/units/export.xlsx?lamp=none"' in office.get("/units/?lamp=none").content.decode()
    assert 'href="/completeness/export.xlsx?by=area"' in office.get("/completeness/?by=area").content.decode()


def test_a_file_takes_the_same_queries_for_1_project_and_for_3(office, cast, django_assert_num_queries):
    for more in (1, 2):
        for _ in range(more):
            project_with(plan=10, reports=[None], liaison_leader=OfficialFactory())
        progress.refresh_stale()
        Register.touch()
        office.get("/projects/")
        with django_assert_num_queries(12):
            office.get("/projects/export.xlsx")


def test_spans_are_compared_in_a_workbook_as_on_their_page(client, cast):
    project_with(plan=1200, reports=[100, 50, 150, 300], area=AreaFactory(name="慈利县"))
    progress.refresh_stale()
    client.force_login(cast.office)
    found = lines(opened(client.get("/cadence/export.xlsx?month=2018-04&by=month")))
    assert found[0][:8] == [
        "分组", "类别、区县", "项目（个）", "本期计划（亿元）", "本期完成（亿元）", "完成本期计划（%）",
        "本年累计（亿元）", "占年度计划（%）",
    ]  # fmt: skip
    assert found[0][8:] == [
        "环比可比项目（个）", "2018年3月完成（亿元）", "环比增减（亿元）", "环比增减（%）",
    ]  # fmt: skip
    area = next(row for row in found if row[1] == "慈利县")
    assert area == ["区县", "慈利县", 1, 0.01, 0.03, 300, 0.06, 50, 1, 0.015, 0.015, 100]
    assert found[-1][1:] == ["合计", *area[2:]]
