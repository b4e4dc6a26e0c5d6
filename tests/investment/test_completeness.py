"""报送情况: what is due, in, on time, late, returned, missing and excused, by the clock; sums over sums."""

import datetime
import re
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils.html import strip_tags
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from investment import completeness
from investment.completeness import board_of, rates_of
from investment.models import MonthlyReport, Period
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OrganisationFactory,
    ProjectFactory,
    city,
)
from tests.pages import said

State = MonthlyReport.State
SHANGHAI = ZoneInfo("Asia/Shanghai")
REASONS = {State.RETURNED: {"return_reason": "请核实。"}, State.EXCUSED: {"excuse_reason": "停工。"}}
NEVER = object()


def at(month, day, hour=9, minute=0, year=2018):
    return datetime.datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def period(month=6, year=2018, **fields):
    of_month, _ = Period.objects.update_or_create(year=year, month=month, defaults=fields)
    return of_month


def filed(state, month=6, first=NEVER, year=2018, project=None, **fields):
    """A report of a month, due on the 25th; handed in for the first time at `first`."""
    period(month, year)
    handed_in = state in MonthlyReport.HANDED_IN
    return MonthlyReportFactory(
        project=project or ProjectFactory(**fields),
        year=year,
        month=month,
        state=state,
        amount=100 if handed_in else None,
        due_on=datetime.date(year, month, 25),
        first_submitted_at=(at(month, 20, year=year) if handed_in else None) if first is NEVER else first,
        **REASONS.get(state, {}),
    )


def total(user, today=datetime.date(2018, 7, 1), year=None, by="unit"):
    return board_of(user, year, by, today).total


def kinds(filing):
    return {lamp.code: getattr(filing, lamp.code) for lamp in completeness.IN_WORDS if getattr(filing, lamp.code)}


@pytest.fixture
def clock(time_machine):
    return lambda moment: time_machine.move_to(moment, tick=False)


# ---- what a report counts as ----


@pytest.mark.parametrize("state", MonthlyReport.HANDED_IN)
@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (at(6, 16), "on_time"),
        (at(6, 25, 23, 59), "on_time"),
        (at(6, 26, 0, 0), "late"),
    ],
)
def test_first_handing_in_by_the_end_of_the_day_in_shanghai_is_on_time(cast, state, first, kind):
    filed(state, first=first)
    assert kinds(total(cast.office)) == {kind: 1}


def test_report_returned_and_handed_in_again_is_as_timely_as_the_first_time(cast):
    report = filed(State.APPROVED, first=at(6, 24))
    MonthlyReport.objects.filter(pk=report.pk).update(submitted_at=at(6, 28))
    assert kinds(total(cast.office)) == {"on_time": 1}


@pytest.mark.parametrize("lacking", ["due_on", "first_submitted_at"])
def test_nothing_is_late_without_a_day_and_a_time_to_show_it(cast, lacking):
    report = filed(State.APPROVED, first=at(6, 30))
    MonthlyReport.objects.filter(pk=report.pk).update(**{lacking: None})
    assert kinds(total(cast.office)) == {"on_time": 1}


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [
        (State.EXPECTED, "open", "overdue"),
        (State.DRAFT, "open", "overdue"),
        (State.RETURNED, "sent_back", "returned"),
        (State.EXCUSED, "excused", "excused"),
        (State.MISSING, "named", "named"),
    ],
)
def test_what_is_not_in_is_counted_against_the_unit_when_the_day_has_passed(cast, state, before, after):
    filed(state, first=at(6, 20) if state == State.RETURNED else None)
    days = (datetime.date(2018, 6, 25), datetime.date(2018, 6, 26))
    assert [kinds(total(cast.office, day)) for day in days] == [{before: 1}, {after: 1}]


def test_what_has_no_day_is_not_due_yet(cast):
    report = filed(State.EXPECTED)
    MonthlyReport.objects.filter(pk=report.pk).update(due_on=None)
    assert kinds(total(cast.office)) == {"open": 1}


def test_december_looked_at_in_january_is_overdue_in_its_own_year(cast):
    filed(State.EXPECTED, month=12)
    filed(State.EXPECTED, month=1, year=2019)
    today = datetime.date(2019, 1, 20)
    assert kinds(total(cast.office, today, year=2018)) == {"overdue": 1}
    assert kinds(total(cast.office, today)) == {"open": 1}


# ---- what the figures are made of ----


def test_rates_are_of_what_is_due(cast):
    states = [State.APPROVED, State.SUBMITTED, State.EXPECTED, State.RETURNED, State.MISSING, State.EXCUSED]
    for state in states:
        filed(state)
    filed(State.PASSED, first=at(6, 27))
    filed(State.EXPECTED, month=7)
    found = total(cast.office)
    assert (found.due, found.received, found.on_time, found.late) == (6, 3, 2, 1)
    assert (found.returned, found.missing, found.excused, found.waiting) == (1, 2, 1, 1)
    assert (str(found.rate), str(found.on_time_rate)) == ("50.00", "33.33")


@pytest.mark.parametrize("state", [State.EXCUSED, State.EXPECTED])
def test_nothing_due_has_no_rate(cast, state):
    filed(state)
    found = total(cast.office, datetime.date(2018, 6, 25))
    assert (found.due, found.rate, found.on_time_rate) == (0, None, None)


def test_what_is_handed_in_early_counts_already(cast):
    filed(State.SUBMITTED)
    filed(State.EXPECTED)
    found = total(cast.office, datetime.date(2018, 6, 21))
    assert (found.due, str(found.rate), found.waiting) == (1, "100.00", 1)


def test_figures_of_any_reports_are_those_of_the_board(cast):
    filed(State.APPROVED, first=at(6, 28))
    filed(State.MISSING)
    filed(State.APPROVED, month=7)
    found = rates_of(MonthlyReport.objects.filter(month=6), datetime.date(2018, 7, 1))
    assert kinds(found) == {"late": 1, "named": 1}


# A report: which unit, which month, which state, how many days after the day it is due it came in first.
REPORTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 12), st.sampled_from(State), st.integers(-3, 3)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=REPORTS, today=st.dates(datetime.date(2018, 1, 20), datetime.date(2019, 1, 20)))
def test_every_group_and_month_is_what_a_plain_recount_says(cast, made, today):
    with transaction.atomic():
        units = [OrganisationFactory(name=f"示例责任单位 {number:02}") for number in range(4)]
        for unit, month, state, days in made:
            came = at(month, 25) + datetime.timedelta(days=days) if state not in (State.EXPECTED, State.DRAFT) else None
            filed(state, month=month, first=came, responsible_unit=units[unit])
        board = board_of(cast.office, None, "unit", today)
        groups = {unit: [each for each in made if each[0] == unit] for unit, *_ in made}
        assert {row.key: figures(row) for row in board.rows} == {
            units[unit].pk: recounted(reports, today) for unit, reports in groups.items()
        }
        assert figures(board.total) == recounted(made, today)
        for month in range(1, 13):
            of_month = [each for each in made if each[1] == month]
            assert figures(board.total.of_month(month)) == recounted(of_month, today)
        transaction.set_rollback(True)


def figures(filing):
    rates = (filing.rate, filing.on_time_rate)
    return filing.due, filing.received, filing.on_time, filing.waiting, filing.excused, *map(str, rates)


def recounted(reports, today):
    """The same figures from the definitions, one report after the other."""
    due = received = on_time = waiting = excused = 0
    for _, month, state, days in reports:
        passed = today > datetime.date(2018, month, 25)
        if state == State.EXCUSED:
            excused += 1
        elif state in (State.SUBMITTED, State.PASSED, State.APPROVED):
            due, received, on_time = due + 1, received + 1, on_time + (days <= 0)
        elif state == State.MISSING or passed:
            due += 1
        else:
            waiting += 1
    return due, received, on_time, waiting, excused, printed(received, due), printed(on_time, due)


def printed(part, whole):
    """part ÷ whole in percent, two decimals, half up."""
    if not whole:
        return "None"
    hundredths = (part * 20000 + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02}"


# ---- groups, ranks, scope ----


def unit(name, **fields):
    return OrganisationFactory(name=name, **fields)


def several(number, state, **fields):
    for _ in range(number):
        filed(state, **fields)


def test_group_is_the_sum_of_its_reports_and_not_the_mean_of_its_months(cast):
    own = cast.reporter.organisation
    several(3, State.APPROVED, responsible_unit=own)
    filed(State.MISSING, month=5, responsible_unit=own)
    [row] = board_of(cast.office, None, "unit", datetime.date(2018, 7, 1)).rows
    assert (row.due, str(row.rate)) == (4, "75.00")


@pytest.fixture
def four_units(cast):
    """甲 and 乙 are alike, 丙 is late once, 丁 misses one of two; 戊 owes nothing yet."""
    for name in ("甲", "乙", "丙", "丁"):
        several(1, State.APPROVED, responsible_unit=unit(name))
        last = {"丙": {"first": at(6, 28)}, "丁": {"state": State.EXPECTED}}.get(name, {})
        filed(**{"state": State.APPROVED, **last}, responsible_unit=unit(name))
    filed(State.EXPECTED, month=7, responsible_unit=unit("戊"))
    return cast


def test_units_rank_by_reporting_then_by_time_and_equals_share_a_rank(four_units):
    board = board_of(four_units.office, None, "unit", datetime.date(2018, 7, 1))
    ranks = {row.name: row.rank for row in board.rows}
    assert ranks == {"甲": 1, "乙": 1, "丙": 3, "丁": 4, "戊": None}
    assert [row.name for row in board.lowest] == ["丁"]


def test_units_that_are_all_alike_have_no_lowest(cast):
    several(2, State.APPROVED, responsible_unit=unit("甲"))
    filed(State.APPROVED, responsible_unit=unit("乙"))
    assert board_of(cast.office, None, "unit", datetime.date(2018, 7, 1)).lowest == []


@pytest.mark.parametrize(
    ("by", "names", "below"),
    [
        ("unit", ["示例责任单位 慈利 01"], ["尚未明确责任单位", "合计"]),
        ("area", ["慈利县"], ["未分到区县", "合计"]),
        ("category", ["类别 industry", "类别 product"], ["合计"]),
    ],
)
def test_what_stands_in_no_group_stands_below_without_a_rank(cast, by, names, below):
    filed(State.APPROVED, responsible_unit=cast.reporter.organisation)
    filed(State.MISSING, area=city(), category=CategoryFactory(code="product"))
    board = board_of(cast.office, None, by, datetime.date(2018, 7, 1))
    assert sorted(row.name for row in board.rows) == names
    assert [row.name for row in board.below] == below
    assert [row.rank for row in board.below] == [None] * len(below)
    assert board.total.due == 2


@pytest.mark.parametrize(
    ("who", "seen"), [("reporter", 1), ("neighbour", 2), ("reviewer", 3), ("office", 7), ("leader", 7), ("admin", 7)]
)
@pytest.mark.parametrize("by", completeness.GROUPINGS)
def test_each_of_the_cast_counts_the_projects_he_or_she_sees(cast, who, seen, by):
    several(1, State.DRAFT, responsible_unit=cast.reporter.organisation)
    several(2, State.DRAFT, responsible_unit=cast.neighbour.organisation)
    several(4, State.DRAFT, area=AreaFactory(name="桑植县"))
    assert kinds(total(getattr(cast, who), by=by)) == {"overdue": seen}


# ---- the page ----


@pytest.fixture
def page(client, cast, clock):
    clock(at(7, 1))

    def get(who="office", address="/completeness/", **asked):
        client.force_login(getattr(cast, who))
        return client.get(address, asked)

    return get


def cells(response):
    """The text of each row, from the lowest rank down, with what stands below."""
    body = response.content.decode().partition("<tbody")[2].partition("</tbody>")[0]
    return [[text(f"<td{cell}") for cell in row.split("<td")[1:]] for row in body.split("<tr")[1:]]


def text(html):
    return " ".join(unescape(strip_tags(html)).split())


def heading(response):
    return text(response.content.decode().partition("<h1>")[2].partition("</h1>")[0])


def test_heading_says_what_was_due_what_came_and_who_is_last(page, four_units):
    assert heading(page()) == (
        "2018 年应报 8 份，报送率 87.50%，按时率 75.00%；4 个责任单位中，报送率最低的是丁（50.00%）。"
    )


def test_heading_names_the_latest_where_everything_came_in(page, cast):
    filed(State.APPROVED, responsible_unit=unit("甲"))
    for name in ("乙", "丙", "丁", "戊"):
        filed(State.APPROVED, first=at(6, 29), responsible_unit=unit(name))
    assert heading(page()) == (
        "2018 年应报 5 份，报送率 100.00%，按时率 20.00%；5 个责任单位中，按时率最低的是丁、丙、乙 等 4 个（0.00%）。"
    )


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.APPROVED, "2018 年应报 1 份，报送率 100.00%，按时率 100.00%。"),
        (State.EXCUSED, "2018 年没有应报的月报。"),
    ],
)
def test_heading_of_one_unit_compares_nothing(page, state, sentence):
    filed(state)
    assert heading(page()) == sentence


def test_heading_before_anything_is_due(page, clock):
    clock(at(6, 25, 23, 59))
    filed(State.EXPECTED)
    assert heading(page()) == "2018 年到现在没有到期的月报，1 份等待报送。"
    clock(at(6, 26))
    assert heading(page()) == "2018 年应报 1 份，报送率 0.00%，按时率 0.00%。"


def test_row_has_figures_rates_and_each_month(page, cast):
    own = cast.reporter.organisation
    several(2, State.APPROVED, month=1, responsible_unit=own)
    filed(State.APPROVED, month=2, first=at(2, 28), responsible_unit=own)
    filed(State.APPROVED, month=2, responsible_unit=own)
    filed(State.MISSING, month=3, responsible_unit=own)
    filed(State.EXPECTED, month=4, responsible_unit=own)
    filed(State.RETURNED, month=5, responsible_unit=own)
    filed(State.EXCUSED, month=6, responsible_unit=own)
    filed(State.EXPECTED, month=7, responsible_unit=own)
    period(8, opened_at=at(8, 15))
    months = ["● 2", "◆ 1", "■ 1", "■ 1", "▲ 1", "◇ 1", "○ 1", "–无需填报", "", "", "", ""]
    figures = ["7", "4", "3", "1", "1", "2", "1", "57.14", "42.86"]
    assert cells(page("leader")) == [
        ["示例责任单位 慈利 01 另有未到期 1", "1", *figures, *months],
        ["合计 另有未到期 1", "", *figures, *months],
    ]


def test_month_says_in_words_what_it_is_made_of_and_leads_there(page, cast):
    own = cast.reporter.organisation
    several(5, State.APPROVED, responsible_unit=own)
    filed(State.APPROVED, first=at(6, 26), responsible_unit=own)
    link = page().content.decode().partition('<a class="lamp yellow"')[2].partition("</a>")[0]
    assert f'href="/reports/?month=2018-06&amp;unit={own.pk}" title="6 份：按时 5、迟报 1"' in link
    assert 'aria-label="示例责任单位 慈利 01，2018年6月：6 份：按时 5、迟报 1">◆ 1' in link


def test_total_of_a_month_leads_to_all_its_reports(page):
    filed(State.APPROVED)
    assert 'href="/reports/?month=2018-06" title="1 份：按时 1"' in page().content.decode()


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", "丁丙"),
        ("rank", "乙甲"),
        ("-late", "丙丁"),
        ("rate", "丁丙"),
        ("-on_time_rate", "乙甲"),
        ("-missing", "丁丙"),
    ],
)
def test_any_figure_sorts_the_groups(page, four_units, sort, names):
    rows = cells(page(sort=sort) if sort else page())
    assert "".join(row[0] for row in rows[:2]) == names


def test_board_is_read_by_area_and_by_category(page):
    filed(State.APPROVED, area=AreaFactory(name="桑植县"))
    assert cells(page(by="area"))[0][:4] == ["桑植县", "1", "1", "1"]
    assert cells(page(by="category"))[0][:4] == ["类别 industry", "1", "1", "1"]
    assert "2018 年各区县报送情况（份）" in said(page(by="area"))


def test_years_follow_each_other(page):
    filed(State.APPROVED)
    filed(State.SUBMITTED, month=1, year=2019)
    assert "?by=area&amp;year=2019" in page(by="area", year="2018").content.decode()
    assert heading(page()).startswith("2019 年应报 1 份")


@pytest.mark.parametrize(
    "asked", [{"year": "2017"}, {"year": "二〇"}, {"year": ""}, {"by": "leader"}, {"year": "9" * 30}]
)
def test_what_is_no_board_is_not_found(page, asked):
    filed(State.APPROVED)
    assert page(**asked).status_code == 404


def test_site_without_reports_says_what_to_do(page):
    assert heading(page()) == "还没有月报"


def test_month_that_was_opened_for_nobody_is_a_board_without_rows(page):
    period(6, opened_at=at(6, 15))
    response = page()
    assert heading(response) == "2018 年没有应报的月报。"
    assert "本年没有应报的月报。" in said(response)


def test_board_does_not_tell_a_draft_from_nothing(page, cast):
    texts = []
    for state in (State.EXPECTED, State.DRAFT):
        MonthlyReport.objects.all().update(state=state) or filed(state, responsible_unit=cast.reporter.organisation)
        texts.append([said(page(who)) for who in ("office", "reviewer", "reporter")])
    assert texts[0] == texts[1]
    assert "草稿" not in texts[1][0]


# ---- asking for what is owed ----


@pytest.mark.parametrize(
    ("who", "asks"), [("office", True), ("reviewer", True), ("leader", False), ("admin", False), ("reporter", False)]
)
def test_office_and_reviewers_ask_units_for_what_they_owe(page, cast, who, asks):
    own = cast.reporter.organisation
    filed(State.EXPECTED, responsible_unit=own)
    source = page(who).content.decode()
    button = f'form="urge-2018-06" name="unit" value="{own.pk}" aria-label="催报 2018年6月：{own}">催报</button>'
    assert (button in " ".join(source.split())) is asks
    assert ("全部催报 2018年6月" in source) is asks
    assert ('<input type="hidden" name="month" value="2018-06">' in source) is asks


@pytest.mark.parametrize(
    ("state", "month", "asks"),
    [
        (State.EXPECTED, 6, True),
        (State.DRAFT, 6, True),
        (State.RETURNED, 6, True),
        (State.EXPECTED, 7, True),
        (State.SUBMITTED, 6, False),
        (State.EXCUSED, 6, False),
        (State.MISSING, 6, False),
    ],
)
def test_only_what_is_owed_is_asked_for(page, state, month, asks):
    filed(state, month=month, responsible_unit=unit("甲"))
    assert (f"催报 2018年{month}月：甲" in page().content.decode()) is asks


def test_each_unit_is_asked_for_the_earliest_month_that_is_not_closed(page):
    filed(State.EXPECTED, month=5, responsible_unit=unit("甲"))
    period(5, closed_at=at(6, 5))
    for name, month in (("乙", 6), ("乙", 7), ("丙", 7)):
        filed(State.EXPECTED, month=month, responsible_unit=unit(name))
    source = page().content.decode()
    assert re.findall("催报 2018年.月：.|全部催报 2018年.月", source) == [
        "全部催报 2018年6月", "全部催报 2018年7月", "催报 2018年6月：乙", "催报 2018年7月：丙",
    ]  # fmt: skip


def test_areas_are_not_asked_one_by_one(page):
    filed(State.EXPECTED)
    source = page(by="area").content.decode()
    assert "全部催报" in source
    assert 'form="urge' not in source


# ---- size ----


def test_board_takes_the_same_queries_for_1_and_for_3_units(client, cast, django_assert_num_queries):
    client.force_login(cast.office)
    filed(State.EXPECTED, responsible_unit=unit("甲"))
    with django_assert_num_queries(7):
        client.get(reverse("completeness"))
    for name in ("乙", "丙"):
        several(2, State.APPROVED, responsible_unit=unit(name), area=AreaFactory(name=f"{name}县"))
        filed(State.EXPECTED, month=7, responsible_unit=unit(name))
    for by in completeness.GROUPINGS:
        with django_assert_num_queries(7):
            client.get(reverse("completeness"), {"by": by})


def test_three_hundred_units_stand_on_six_pages(page):
    for number in range(300):
        filed(State.APPROVED, responsible_unit=unit(f"单位 {number:03}"))
    response = page(page="6")
    assert len(cells(response)) == 51  # and the sum
    assert "共 300 条，第 6 页，共 6 页" in said(response)
