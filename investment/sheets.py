"""Each table of the pages as a sheet of a workbook: the same rows, in the official order of columns where there is one.

Source of the official orders: domain notes, section 5. Amounts in 万元 or 亿元 as the heading says, rates in percent.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import count, islice
from typing import Any

from django.utils import timezone

from projects.models import Project
from projects.money import WAN_PER_YI

from .cadence import Comparison, Line, Review
from .completeness import NOTHING, Board, BoardRow
from .filters import Chip, ListedFilter
from .freshness import Freshness
from .models import MonthlyReport
from .months import MONTHS
from .overview import CurveMonth
from .places import AREA, Grouping, Place
from .project_list import Sums, name_gaps
from .rankings import Ranked, Ranking
from .workbooks import COUNT, MONEY, POINTS, RATE, Column, Sheet, Value

AT_ONCE = 500  # projects whose gaps are named together
NO_PLAN, NOT_APPROVED = "无计划", "尚无审定"
APPROVED = MonthlyReport.State.APPROVED

PROJECT_COLUMNS = (
    Column("序号", 6, COUNT), Column("项目名称", 32), Column("建设性质", 10), Column("建设内容及规模", 36),
    Column("建设年限", 12), Column("总投资（万元）", 14, MONEY), Column("开工至上年底累计完成投资（万元）", 16, MONEY),
    Column("年度计划投资（万元）", 14, MONEY), Column("本月完成投资（万元）", 13, MONEY),
    Column("本年累计完成投资（万元）", 14, MONEY), Column("占年度计划（%）", 10, RATE), Column("形象进度", 24),
    Column("存在问题", 24), Column("责任单位及责任人", 24), Column("联系领导", 16),
)  # fmt: skip
PROJECT_SPAN_COLUMNS = (Column("本期计划（万元）", 14, MONEY), Column("本期完成（万元）", 14, MONEY))
GROUP_COLUMNS = (
    Column("项目个数", 10, COUNT), Column("总投资（亿元）", 14, MONEY), Column("年度计划投资（亿元）", 16, MONEY),
    Column("累计完成投资（亿元）", 16, MONEY), Column("完成年度计划（%）", 14, RATE),
    Column("本期新增投资（亿元）", 16, MONEY),
)  # fmt: skip
STANDING_COLUMNS = (
    Column("较时间进度（百分点）", 14, POINTS), Column("状态", 12), Column("严重滞后（个）", 12, COUNT),
    Column("滞后（个）", 12, COUNT),
)  # fmt: skip
MONTH_COLUMNS = (
    Column("月份", 12), Column("本月完成（亿元）", 16, MONEY), Column("累计计划（亿元）", 16, MONEY),
    Column("累计完成（亿元）", 16, MONEY), Column("完成率（%）", 14, RATE), Column("较时间进度（百分点）", 16, POINTS),
)  # fmt: skip
LAST_YEAR_COLUMN = Column("上年同期累计（亿元）", 18, MONEY)
SPAN_COLUMNS = (
    Column("分组", 8), Column("类别、区县", 20), Column("项目（个）", 10, COUNT), Column("本期计划（亿元）", 14, MONEY),
    Column("本期完成（亿元）", 14, MONEY), Column("完成本期计划（%）", 12, RATE), Column("本年累计（亿元）", 14, MONEY),
    Column("占年度计划（%）", 12, RATE),
)  # fmt: skip


def notes(unit: str, place: Place, fresh: Freshness, chips: Sequence[Chip]) -> list[str]:
    """Below the title: unit, month, time of the figures, whose they are and what was chosen."""
    as_of = f"{timezone.localtime(fresh.as_of):%Y-%m-%d %H:%M}" if fresh.as_of else "未知"
    chosen = "；".join(f"{chip.label}：{chip.value}" for chip in chips) or "无，全部项目"
    return [
        f"单位：{unit}    截至 {place.month.label}    数据时间 {as_of}{'（有变动尚未计入）' if fresh.updating else ''}",
        f"范围：{place.name}    筛选条件：{chosen}",
    ]


def projects(asked: ListedFilter, rows: Any, total: Sums, review: Review | None) -> Sheet:
    """The projects of a list in the official order of columns; `rows` in the order of the list.

    Of a list of a quarter or another span (`review`) what was completed in it stands last.
    """
    place, columns = asked.narrowed, list(PROJECT_COLUMNS)
    said, last = notes("万元", place, asked.freshness, asked.chips), list(_projects_total(place, total))
    if review and review.done:
        columns += PROJECT_SPAN_COLUMNS
        said.append(f"本期：{review.span.label}")
        last += _in_span(review.done.planned, review.done.amount)
    title = f"{place.name}重点产业项目{place.month.label}投资完成情况表"
    return Sheet(title, said, columns, _projects(asked.place, rows), last, name="项目")


def _in_span(due: Decimal | None, done: Decimal | None) -> list[Value]:
    return [NO_PLAN if due is None else due, NOT_APPROVED if done is None else done]


def _projects(place: Place, rows: Any) -> Iterator[Sequence[Value]]:
    """`rows` that say what each is due and has done in a span (`cadence.within`) have that last."""
    related = rows.select_related("now", "responsible_unit", "liaison_leader")
    listed, numbers = related.iterator(chunk_size=AT_ONCE), count(1)
    while some := list(islice(listed, AT_ONCE)):
        name_gaps(place, some)
        reports = MonthlyReport.objects.filter(
            project__in=some, year=place.month.year, month=place.month.number, state=APPROVED
        )
        texts = {each.project_id: each for each in reports}
        for project in some:
            line = _project(next(numbers), project, texts.get(project.pk))
            yield [*line, *_in_span(project.due, project.done)] if hasattr(project, "due") else line


def _project(number: int, project: Any, report: MonthlyReport | None) -> Sequence[Value]:
    now = project.now
    return (
        number, project.name, now.get_nature_display() if now.nature else "", project.content, _years(project),
        project.total_investment, now.since_start - now.year_to_date,
        NO_PLAN if now.planned_year is None else now.planned_year,
        project.unreported if now.amount is None else now.amount,
        now.year_to_date if project.approved else NOT_APPROVED,
        now.rate if project.approved else "",
        report.image_progress if report else "", report.problems if report else "",
        f"{project.responsible_unit or ''} {project.responsible_person}".strip(), str(project.liaison_leader or ""),
    )  # fmt: skip


def _years(project: Project) -> str:
    """'2017-2019': from the start to the finish, actual where it is known."""
    days = (project.actual_start or project.planned_start, project.actual_finish or project.planned_finish)
    return "-".join(dict.fromkeys(str(day.year) for day in days if day))


def _projects_total(place: Place, total: Sums) -> Sequence[Value]:
    figures = total.figures
    return (
        "", f"合计 {figures.projects} 个项目", "", "", "", place.investment()[0],
        figures.since_start - figures.year_to_date,
        figures.planned_year if figures.planned_projects else NO_PLAN,
        figures.amount if figures.reported_projects else NOT_APPROVED,
        figures.year_to_date if total.approved else NOT_APPROVED,
        figures.rate if total.approved else "",
        "", "", "", "",
    )  # fmt: skip


def ranking(found: Ranking, rows: Iterable[Ranked], fresh: Freshness, chips: Sequence[Chip]) -> Sheet:
    """A ranking in the order of the district table; of areas exactly that, of others also how they stand."""
    place, grouping = found.place, found.grouping
    investment = place.investment(grouping) | {None: place.investment()[0]}
    official = grouping == AREA
    below = [row for row in (found.nobody,) if row]
    lines = [
        _group(number, row, investment.get(row.key, Decimal(0)), official)
        for number, row in enumerate([*rows, *below], start=1)
    ]
    return Sheet(
        f"{place.name}重点产业项目{place.month.label}投资完成情况（按{grouping.label}）",
        notes("亿元", place, fresh, chips),
        (
            Column("序号", 6, COUNT), Column("地区" if official else grouping.label, 28), *GROUP_COLUMNS,
            *(() if official else STANDING_COLUMNS),
        ),
        lines,
        _group("", found.total, investment[None], official),
        name=grouping.label,
    )  # fmt: skip


def _group(number: Value, row: Ranked, investment: Decimal, official: bool) -> Sequence[Value]:
    figures = row.figures
    cells: list[Value] = [
        number, row.name, row.projects, _yi(investment),
        NO_PLAN if row.planned_year is None else _yi(row.planned_year),
        NOT_APPROVED if row.year_to_date is None else _yi(row.year_to_date),
        row.rate, _yi(figures.amount) if figures.reported_projects else "未审定",
    ]  # fmt: skip
    return cells if official else [*cells, row.gap, row.lamp.word, row.far_behind, row.behind]


def months(title: str, rows: Iterable[CurveMonth], place: Place, fresh: Freshness, chips: Sequence[Chip]) -> Sheet:
    """A year month by month, beside the year before if there is one; months not due yet have their plan only."""
    shown = list(rows)
    compared = any(row.last_year is not None for row in shown)
    lines = [
        (
            row.month.label, "未审定" if row.state == "waiting" else _yi(row.amount), _yi(row.planned_to_date),
            _yi(row.year_to_date), row.rate, row.gap, *((_yi(row.last_year),) if compared else ()),
        )
        for row in shown
    ]  # fmt: skip
    title = f"{title}{place.month.year}年逐月投资完成情况"
    columns = (*MONTH_COLUMNS, *((LAST_YEAR_COLUMN,) if compared else ()))
    return Sheet(title, notes("亿元", place, fresh, chips), columns, lines, name="逐月")


def cadence(review: Review, fresh: Freshness, chips: Sequence[Chip]) -> Sheet:
    """A span by category and area, beside the spans that it is compared with, on the projects of both."""
    compared = [each for each in review.comparisons if each.total]
    columns = [*SPAN_COLUMNS]
    for each in compared:
        columns += [
            Column(f"{each.word}可比项目（个）", 12, COUNT), Column(f"{each.then.label}完成（亿元）", 16, MONEY),
            Column(f"{each.word}增减（亿元）", 14, MONEY), Column(f"{each.word}增减（%）", 12, POINTS),
        ]  # fmt: skip
    lines = [
        _span(line, grouping.label, compared, of_group=(grouping, line.key))
        for grouping, of_kind in review.groups
        for line in of_kind
    ]
    title = f"{review.place.name}重点产业项目{review.span.label}投资完成情况比较"
    total = _span(review.total, "", compared, of_group=None)
    return Sheet(title, notes("亿元", review.place, fresh, chips), columns, lines, total, name=review.cadence.occasion)


def _span(line: Line, kind: str, compared: Sequence[Comparison], of_group: tuple[Grouping, int] | None) -> list[Value]:
    now = line.now
    cells: list[Value] = [
        kind, line.name, now.projects, NO_PLAN if now.planned is None else _yi(now.planned),
        "未审定" if now.amount is None else _yi(now.amount), now.rate, _yi(now.year_to_date), now.year_rate,
    ]  # fmt: skip
    for each in compared:
        beside = each.total if of_group is None else each.line_of(*of_group)
        if beside is None:
            cells += ["无可比项目", None, None, None]
            continue
        then = beside.then.amount if beside.then else None
        cells += [beside.now.projects, "未审定" if then is None else _yi(then), _yi(beside.change), beside.percent]
    return cells


def completeness(board: Board, rows: Iterable[BoardRow]) -> Sheet:
    """The board of who reported, with the months in words."""
    kinds = ("应报", "已报", "按时", "迟报", "退回", "缺报", "免报")
    columns = (
        Column(board.grouping.label, 28), Column("名次", 8, COUNT),
        *(Column(f"{kind}（份）", 8, COUNT) for kind in kinds),
        Column("报送率（%）", 10, RATE), Column("按时率（%）", 10, RATE),
        *(Column(f"{month}月", 10) for month in MONTHS),
    )  # fmt: skip
    *below, total = board.below or [board.total]
    return Sheet(
        f"{board.year}年重点产业项目月报报送情况",
        [f"单位：份    按{board.grouping.label}    制表时间 {timezone.localtime():%Y-%m-%d %H:%M}"],
        columns,
        [_filing(board, row) for row in [*rows, *below]],
        _filing(board, total),
        name="报送情况",
    )


def _filing(board: Board, row: BoardRow) -> Sequence[Value]:
    return (
        row.name, row.rank, row.due, row.received, row.on_time, row.late, row.returned, row.missing, row.excused,
        row.rate, row.on_time_rate, *(_filed(board, row, month) for month in MONTHS),
    )  # fmt: skip


def _filed(board: Board, row: BoardRow, month: int) -> str:
    filing = row.of_month(month)
    if filing.lamp == NOTHING:
        return NOTHING.word if month in board.opened else ""
    return f"{filing.lamp.word} {filing.number}"


def _yi(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount / WAN_PER_YI
