"""A block from a spreadsheet: what it would add and change, what is refused, and why. Amounts in 万元."""

import json
from decimal import Decimal

import pytest

from investment.models import MonthlyReport, Period
from investment.month_grid import GridRow, YearBefore
from investment.month_paste import Column, preview
from tests.factories import MonthlyReportFactory, project_with
from tests.pages import said

State, Kind = MonthlyReport.State, MonthlyReport.Kind
NOBODY = "没有找到本月项目的名称或编号，不知道填给哪个项目。"


def row(number, amount=None, state=State.DRAFT, kind=Kind.INVESTMENT, before="100"):
    report = {
        "project_id": number,
        "project__code": f"T-{number:03}",
        "project__name": f"示例·项目（{number}）",
        "kind": kind,
        "state": state,
        "version": 1,
        "amount": None if amount is None else Decimal(amount),
        "doubts": [],
        "explanation": "",
        "image_progress": "",
        "excuse_reason": "停工",
    }
    year = YearBefore(Decimal(1200), Decimal(before), Decimal(50))
    return GridRow(report, year, True)


ROWS = [row(1), row(2, "20"), row(3, "30", State.SUBMITTED), row(4, "40"), row(5, kind=Kind.PROCEDURES), row(6)]


def paste(text, at=1, column=Column.AMOUNT):
    return preview(text, ROWS, at, column)


def taken(found):
    return [(each.row.project, each.old, each.new) for each in found.taken]


def reasons(found):
    return [(each.line, each.text, each.reason) for each in found.rejected]


def test_one_column_goes_downwards_from_the_active_row():
    found = paste("10\n20.00\n99\n4,000.5")
    assert taken(found) == [(1, "", "10.00"), (4, "40.00", "4,000.50")]
    assert [each.row.project for each in found.added] == [1]
    assert [each.row.project for each in found.unchanged] == [2]
    assert reasons(found) == [(3, "示例·项目（3） 99", "已报送，不能修改。")]


def test_a_blank_line_in_one_column_leaves_its_row_as_it_is():
    assert taken(paste("10\r\n\r\n\r\n41\r\n")) == [(1, "", "10.00"), (4, "40.00", "41.00")]


def test_what_goes_beyond_the_last_row_is_rejected():
    assert reasons(paste("7\n8", at=6)) == [(2, "8", "超出了列表的最后一行。")]


def test_a_heading_above_one_column_is_left_out():
    found = paste("本月完成投资（万元）\n10")
    assert (found.heading, taken(found)) == ("本月完成投资（万元）", [(1, "", "10.00")])


def test_a_wrong_word_is_no_heading():
    assert reasons(paste("停工\n21"))[0][2].startswith("“停工”不是金额。")
    assert taken(paste("停工\n21")) == [(2, "20.00", "21.00")]


def test_a_preparatory_project_takes_no_amount():
    assert reasons(paste("5", at=5)) == [(1, "示例·项目（5） 5", "前期项目填手续办理情况，不填投资。")]


@pytest.mark.parametrize("value", ["1e5", "-1", "NaN", "#REF!", "12,34", "12元"])
def test_what_is_no_amount_is_rejected_with_the_reason(value):
    found = paste(value)
    assert taken(found) == []
    assert found.rejected[0].reason.strip()


def test_several_columns_are_matched_by_name_whatever_the_order():
    found = paste("示例·项目(2)\t22\n 示例·项目（1）\t11\n示例·项目（9）\t9")
    assert taken(found) == [(1, "", "11.00"), (2, "20.00", "22.00")]
    assert reasons(found) == [(3, "示例·项目（9） 9", "本月没有这个项目，或者不由您填报。")]


def test_or_by_code():
    assert taken(paste("1\tt-002\t22")) == [(2, "20.00", "22.00")]


def test_a_heading_says_which_column_is_meant():
    official = "序号\t项目名称\t年度计划投资\t本月完成投资\t本年累计完成投资\t占年度计划(%)\t形象进度\n"
    found = paste(official + "1\t示例·项目（1）\t1200\t11\t111\t9.25\t封顶\n合计\t\t1200\t11\t111\t\t")
    assert taken(found) == [(1, "", "11.00")]
    assert [each.reason for each in found.rejected] == ["本月没有这个项目，或者不由您填报。"]


def test_a_sum_below_is_named_as_one():
    assert reasons(paste("示例·项目（1）\t11\n合 计\t11"))[0][2] == "合计行，不需要粘贴。"


def test_in_the_other_column_the_heading_for_it_is_taken():
    text = "项目名称\t本月完成\t开工至上年底累计完成\t本年累计\n示例·项目（1）\t11\t999\t111"
    found = paste(text, column=Column.YEAR_TO_DATE)
    assert (found.column, taken(found)) == (Column.YEAR_TO_DATE, [(1, "", "111.00")])


def test_only_a_year_to_date_given_is_taken_as_one():
    found = paste("项目名称\t本年累计完成投资\n示例·项目（1）\t111")
    assert (found.column, taken(found)) == (Column.YEAR_TO_DATE, [(1, "", "111.00")])


def test_a_year_to_date_below_the_months_before_is_rejected():
    assert reasons(paste("99", column=Column.YEAR_TO_DATE))[0][2].startswith("本年累计 99.00 小于本月之前的累计 100.00")


def test_two_columns_of_numbers_without_a_heading_are_not_guessed():
    found = paste("示例·项目（1）\t11\t111")
    assert taken(found) == []
    assert reasons(found)[0][2] == "有 2 列数字，不知道取哪一列。请连同表头复制，或只复制名称和金额两列。"


def test_a_block_without_projects_is_refused_line_by_line():
    assert reasons(paste("甲\t1\n乙\t2")) == [(1, "甲 1", NOBODY), (2, "乙 2", NOBODY)]


def test_the_unit_of_the_heading_counts():
    assert taken(paste("项目\t本月完成（亿元）\n示例·项目（1）\t0.5")) == [(1, "", "5,000.00")]
    assert "的单位是元" in reasons(paste("项目\t本月完成（元）\n示例·项目（1）\t50000"))[0][2]


def test_a_project_named_twice_is_taken_once():
    found = paste("示例·项目（1）\t11\n示例·项目（1）\t12")
    assert taken(found) == [(1, "", "11.00")]
    assert reasons(found) == [(2, "示例·项目（1） 12", "同一个项目出现了两次，只取第一次。")]


def test_a_cell_with_a_line_break_stays_one_cell():
    assert taken(paste('"示例·项目\n（1）"\t11\n"示例·项目（2）"\t22')) == [(1, "", "11.00"), (2, "20.00", "22.00")]


def test_a_quote_that_never_ends_harms_nothing():
    assert taken(paste('"示例·项目（1）\t11\n示例·项目（2）\t22')) == [(1, "", "11.00"), (2, "20.00", "22.00")]


def test_too_long_a_block_is_refused():
    found = paste("1\n" * 2001)
    assert (taken(found), len(found.rejected)) == ([], 2001)
    found = paste("1" * 200_000)
    assert (taken(found), len(found.rejected)) == ([], 1)


@pytest.mark.django_db
def test_the_preview_is_a_part_of_the_page(client, cast):
    Period.objects.create(year=2018, month=3)
    project = project_with(1200, responsible_unit=cast.reporter.organisation)
    MonthlyReportFactory(project=project, month=3, state=State.EXPECTED, amount=None)
    client.force_login(cast.reporter)
    body = {
        "account": cast.reporter.pk,
        "month": "2018-03",
        "project": project.pk,
        "column": "amount",
        "text": f"{project.name}\t12\n<b>\t3",
    }
    answer = client.post("/month/paste/", json.dumps(body), content_type="application/json")
    text = said(answer)
    assert "新填 1、改动 0、不变 0、不能采用 1" in text
    assert "第 2 行“<b> 3”：本月没有这个项目，或者不由您填报。" in text
    assert f'data-project="{project.pk}"' in answer.content.decode()
    body["column"] = "state"
    assert client.post("/month/paste/", json.dumps(body), content_type="application/json").status_code == 400
