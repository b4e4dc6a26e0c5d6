"""What two people changed: revised plans, and a correction after the close. And what waits for the city office.

Amounts in 万元.
"""

import datetime
from decimal import Decimal

from investment.models import AnnualPlan, Correction, MonthlyReport, PlanChange
from investment.months import Month

from .amounts import TEN_WAN
from .chance import at
from .register import Register
from .reporting import IN_FORCE_ON, REVISED_ON, Drawn
from .samples import CODE_PREFIX
from .steps import reporter_of

# In May the reporter's unit put an amount down to the wrong one of two projects, and mended it in July. Both belong to
# the same category, area and unit, so that the sums of all these are the same before and after.
SLIP, SLIPPED_IN, CORRECTED_IN = Decimal(30), 5, 7
TOO_MUCH_AT, TOO_LITTLE_AT = f"{CODE_PREFIX}1-29", f"{CODE_PREFIX}1-26"
SLIPS = {TOO_MUCH_AT: SLIP, TOO_LITTLE_AT: -SLIP}
REASONS = {
    TOO_MUCH_AT: "示例：5月误将另一项目的设备款 30 万元计入本项目，予以冲减。",
    TOO_LITTLE_AT: "示例：5月设备款 30 万元误计入另一项目，予以补记。",
}
# What waits: the reporter's projects, by code.
TO_CORRECT, TO_REVISE = f"{CODE_PREFIX}1-23", f"{CODE_PREFIX}1-20"


def make_slip(drawn: list[Drawn]) -> None:
    """Before the close: what was drawn as the truth is reported wrongly."""
    for each in drawn:
        if each.report.month == SLIPPED_IN and each.report.amount is not None:
            each.report.amount += SLIPS.get(each.report.project.code, 0)


def write_corrections(register: Register) -> None:
    """After the close: proposed by the reporter, approved by the city office."""
    slipped = MonthlyReport.objects.of(Month(2018, SLIPPED_IN)).filter(project__code__in=SLIPS)
    Correction.objects.bulk_create(
        Correction(
            report=report,
            state=Correction.State.APPROVED,
            old_amount=report.amount,
            new_amount=(report.amount or 0) - SLIPS[report.project.code],
            reason=REASONS[report.project.code],
            proposed_by=register.cast["reporter"],
            proposed_at=at(datetime.date(2018, CORRECTED_IN, 10), 10, 20),
            decided_by=register.cast["office"],
            decided_at=at(datetime.date(2018, CORRECTED_IN, 12), 15, 40),
            decision="示例：已核对付款凭证，同意。",
        )
        for report in slipped.select_related("project").order_by("project__code")
    )


def write_plan_changes(register: Register, plans: list[AnnualPlan]) -> None:
    """Each revision of a plan was proposed, and approved on the day it was issued."""
    PlanChange.objects.bulk_create(
        PlanChange(
            project=plan.project,
            year=plan.year,
            state=PlanChange.State.APPROVED,
            amount=plan.amount,
            effective_on=IN_FORCE_ON,
            document_number=plan.document_number,
            reason=plan.reason,
            proposed_by=reporter_of(plan.project, register.cast),
            proposed_at=at(REVISED_ON - datetime.timedelta(days=6), 9, 30),
            decided_by=register.cast["office"],
            decided_at=at(REVISED_ON, 16, 10),
            plan=plan,
        )
        for plan in plans
        if plan.revision
    )


def propose(register: Register, today: datetime.date) -> None:
    """A correction and a plan change wait for the city office, since a few days before the load."""
    reporter = register.cast["reporter"]
    report = MonthlyReport.objects.of(Month(2018, 11)).get(project__code=TO_CORRECT)
    plan = AnnualPlan.objects.get(project__code=TO_REVISE, year=2019)
    correction = Correction(
        report=report,
        old_amount=report.amount,
        new_amount=(report.amount or 0) + Decimal("18.5"),
        reason="示例：年终审计核增临时工程投资 18.5 万元。",
        proposed_by=reporter,
        proposed_at=at(today - datetime.timedelta(days=2), 10, 5),
    )
    change = PlanChange(
        project_id=plan.project_id,
        year=plan.year,
        amount=plan.amount + 50 * TEN_WAN,
        effective_on=datetime.date(2019, 2, 1),
        document_number="示例〔2019〕5号",
        reason="示例：二期用地提前交付，申请调增年度计划。",
        proposed_by=reporter,
        proposed_at=at(today - datetime.timedelta(days=3), 16, 30),
    )
    Correction.objects.bulk_create([correction])
    PlanChange.objects.bulk_create([change])
