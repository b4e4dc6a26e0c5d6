"""The tables of proposed corrections and changes of plan: columns, headings with their unit, alignment."""

from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from projects.money import format_wan
from projects.templatetags.money import more_wan

from .lamps import Lamp
from .models import Correction, PlanChange, Proposal
from .report_tables import HEAD, PER_PAGE, WanColumn
from .reporting import clock
from .tables import ROOMY

BEFORE = {"th": {"class": "number", "scope": "col"}, "td": {"class": "number before"}}
AFTER = {"th": {"class": "number", "scope": "col"}, "td": {"class": "number after"}}
STATE = {**HEAD, "td": {"class": "state"}}
WORDS = {"th": {"class": "roomy", "scope": "col"}, "td": {"class": "roomy"}}
NOT_MADE = (Proposal.State.REJECTED, Proposal.State.WITHDRAWN)
SENTENCES = {**WORDS, "td": {"class": "name roomy"}}


class ProposalTable(tables.Table):
    """What was proposed, by whom, and what became of it; the latest first."""

    reason = tables.Column("原因", attrs=SENTENCES)
    proposed = tables.Column("提出", accessor="proposed_by", attrs=WORDS, empty_values=())
    state = tables.Column("状态", accessor="lamp", attrs=STATE)

    class Meta:
        orderable = False
        attrs = {"class": "report-list proposals"}

    def __init__(self, rows: QuerySet[Any], page: str | None) -> None:
        super().__init__(rows)
        self.paginate(per_page=PER_PAGE)
        self.page = self.paginator.get_page(page)

    def render_proposed(self, record: Proposal) -> SafeString:
        return format_html("{} <small>{}</small>", record.proposed_by or "—", clock(record.proposed_at))

    def render_state(self, value: Lamp, record: Proposal) -> SafeString:
        decided = f"{record.decided_by or ''} {clock(record.decided_at)}" if record.decided_at else ""
        return format_html("{} <small>{}</small>", get_template("lamp.html").render({"lamp": value}), decided)


class CorrectionTable(ProposalTable):
    project = tables.Column("项目和月份", accessor="report__project", attrs={**HEAD, "td": {"class": "name"}})
    old_amount = WanColumn("更正前（万元）", attrs=BEFORE)
    new_amount = WanColumn("更正后（万元）", attrs=AFTER)
    difference = tables.Column("增减（万元）", attrs=ROOMY)

    class Meta(ProposalTable.Meta):
        sequence = ("project", "old_amount", "new_amount", "difference", "...")
        empty_text = "没有这样的更正。已关账月份的月报，可在它的页面上提出更正。"

    def render_project(self, record: Correction) -> SafeString:
        address, report = reverse("correction", args=[record.pk]), record.report
        return format_html('<a href="{}">{}</a> <small>{}</small>', address, report.project, report.of_month.label)

    def render_difference(self, value: Decimal) -> str:
        return more_wan(value)


class PlanChangeTable(ProposalTable):
    project = tables.Column("项目和年度", attrs={**HEAD, "td": {"class": "name"}})
    before = WanColumn("调整前（万元）", attrs=BEFORE, default="")
    amount = WanColumn("调整后（万元）", attrs=AFTER)
    document_number = tables.Column("文号", attrs=WORDS)
    effective_on = tables.DateColumn(format="Y-m-d", verbose_name="执行日期", attrs=WORDS)

    class Meta(ProposalTable.Meta):
        sequence = ("project", "before", "amount", "document_number", "effective_on", "...")
        empty_text = "没有这样的计划调整。可在项目的页面上提出调整。"

    def render_before(self, value: Decimal, record: PlanChange) -> str:
        return "" if record.state in NOT_MADE else format_wan(value)

    def render_project(self, record: PlanChange) -> SafeString:
        address = reverse("plan_change", args=[record.pk])
        return format_html('<a href="{}">{}</a> <small>{}年度</small>', address, record.project, record.year)
