"""The tables of `/reports/` and of the 快报: columns, headings with their unit, alignment. Rows come computed."""

from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_tables2.data import TableListData

from projects.money import format_wan
from projects.templatetags.money import rate

from .lamps import Lamp
from .models import MonthlyReport
from .plausibility import check_unit
from .report_desk import NOT_DUE, Desk, ReportRow, Rows
from .reporting import EDITABLE, State, clock
from .tables import NUMBER, ROOMY, UNKNOWN, RateColumn

PER_PAGE = 50
HEAD = {"th": {"scope": "col"}}
CHECKED = SafeString(" checked")
EMPTY = {
    "draft": "未填",
    "submitted": "前期季报",
    "passed": "前期季报",
    "approved": "前期季报",
}  # else the state's word
NO_PLAN = SafeString('<span class="gap">无计划</span>')
UNAPPROVED = {"th": {"class": "number", "scope": "col"}, "td": {"class": "number unapproved"}}


class WanColumn(tables.Column):
    """An amount in 万元; blank where there is none, and never zero."""

    def render(self, value: Decimal) -> str:
        return format_wan(value)


class ReportTable(tables.Table):
    """One row for each project of a desk; what is to be done comes first. `ticked`: all that can be chosen is."""

    choice = tables.Column("选", accessor="choosable", empty_values=(), attrs={**HEAD, "td": {"class": "choice"}})
    project = tables.Column("项目", attrs={**HEAD, "td": {"class": "name"}})
    planned = WanColumn("年度计划（万元）", accessor="year__planned", attrs=ROOMY, default=NO_PLAN)
    last_amount = WanColumn("上月完成（万元）", attrs=ROOMY, default="", empty_values=())
    amount = WanColumn(
        "本月完成（万元）", accessor="year__amount", attrs={**NUMBER, "td": {"class": "number amount"}}, empty_values=()
    )
    year_to_date = WanColumn("本年累计（万元）", accessor="year__year_to_date", attrs=ROOMY, default="")
    rate = tables.Column("占年度计划（%）", accessor="year__rate", attrs=ROOMY, default="")
    state = tables.Column("状态", attrs={**HEAD, "td": {"class": "state"}})
    doubts = tables.Column("提示", attrs={**HEAD, "td": {"class": "odd"}}, default="")
    action = tables.Column("操作", attrs={"th": {"class": "roomy", "scope": "col"}, "td": {"class": "roomy"}})

    class Meta:
        orderable = False
        attrs = {"class": "report-list by-project"}
        row_attrs = {"class": lambda record: record.state.code}
        empty_text = "没有这样的月报。"

    def __init__(self, rows: Rows, page: str | None, *, ticked: bool = False) -> None:
        self.desk: Desk = rows.desk
        self.ticked = ticked
        super().__init__(TableListData(rows), exclude=() if self.desk.reviews else ("choice",))
        self.paginate(per_page=PER_PAGE)
        self.page = self.paginator.get_page(page)

    @property
    def choosable(self) -> int:
        """How many rows of this page can be passed or approved together."""
        return sum(row.record.choosable for row in self.paginated_rows)

    def render_choice(self, record: ReportRow) -> SafeString | str:
        if not record.choosable or record.report is None:
            return ""
        return format_html(
            '<input class="form-check-input" type="checkbox" form="chosen" name="chosen" value="{}:{}"'
            ' aria-label="选择 {}"{}>',
            record.report.pk, record.report.version, record.project, CHECKED if self.ticked else "",
        )  # fmt: skip

    def render_project(self, record: ReportRow) -> SafeString:
        unit = "" if self.desk.fills else record.project.responsible_unit or "责任单位尚未明确"
        return format_html('<a href="{}">{}</a> <small>{}</small>', self.address(record), record.project, unit)

    def render_amount(self, value: Decimal | None, record: ReportRow) -> SafeString | str:
        """An amount, also zero; or in a word why there is none."""
        if value is not None:
            return format_wan(value)
        return format_html('<span class="gap">{}</span>', EMPTY.get(record.state.code, record.state.word))

    def render_last_amount(self, value: Decimal | None, record: ReportRow) -> SafeString | str:
        """Nothing where nothing was handed in; a quarterly report of procedures never has an amount."""
        if value is None and record.of_procedures:
            return format_html('<span class="gap">{}</span>', NOT_DUE.word)
        return format_wan(value)

    def render_rate(self, value: Decimal) -> SafeString:
        return format_html('{} <small class="doubt">{}</small>', rate(value), check_unit(value))

    def render_doubts(self, value: list[str], record: ReportRow) -> SafeString:
        explanation = record.report.explanation if record.report else ""
        if not value and not explanation:
            return SafeString("")
        words = format_html_join(" ", '<span class="doubt">{}</span>', ((word,) for word in value))
        return format_html("{} <small>{}</small>", words, explanation)

    def render_state(self, value: Lamp, record: ReportRow) -> SafeString:
        lamp = get_template("lamp.html").render({"lamp": value})
        return format_html("{} <small>{}</small>", lamp, remark(record.report))

    def render_action(self, value: str, record: ReportRow) -> SafeString:
        link = format_html(
            '<a class="quiet" href="{}" aria-label="{}：{}">{}</a>', self.address(record), value, record.project, value
        )
        if not record.withdrawable or record.report is None:
            return link
        return format_html(
            '{} <button class="quiet" type="submit" form="withdraw" formaction="{}" name="version" value="{}"'
            ' aria-label="撤回：{}">撤回</button>',
            link, self.address(record), record.report.version, record.project,
        )  # fmt: skip

    def address(self, row: ReportRow) -> str:
        """Where the report is filled or reviewed; the filters go along."""
        return reverse("report", args=[row.project.pk, str(row.month)]) + self.desk.query


class FlashTable(tables.Table):
    """Approved and not yet approved amounts side by side, and how many of the reports due are in."""

    name = tables.Column("", attrs=HEAD)
    handed_in = tables.Column("已报 / 应报（份）", attrs=NUMBER, empty_values=())
    approved = WanColumn("已审定（万元）", attrs=NUMBER, default=UNKNOWN)
    waiting = WanColumn("已报送未审定（万元）", attrs=UNAPPROVED, default=UNKNOWN)
    together = WanColumn("合计（快报，万元）", attrs=NUMBER, default=UNKNOWN)
    rate = RateColumn("占年度计划（%）", attrs=ROOMY, default=UNKNOWN)

    class Meta:
        orderable = False
        attrs = {"class": "flash"}
        row_attrs = {"class": lambda record: "total" if record.is_total else ""}
        empty_text = "本月没有需要报送的项目。"

    def __init__(self, heading: str, rows: list[Any]) -> None:
        self.heading = heading
        super().__init__(rows)
        self.columns["name"].column.verbose_name = heading

    def render_handed_in(self, record: Any) -> str:
        return f"{record.handed_in} / {record.due}"


def remark(report: MonthlyReport | None) -> str:
    """Why a report was returned or excused, or who handed it in and when."""
    if report is None:
        return ""
    if report.state == State.EXCUSED:
        return report.excuse_reason
    if report.state in EDITABLE:
        return report.return_reason
    return f"{clock(report.submitted_at)} {report.submitted_by or ''}" if report.submitted_at else ""
