"""The correction of an approved report of a closed month: one person proposes it, another one of the office decides.

The report stays as it was closed. Each verb is one transaction: it does all of what it says, or nothing and raises.
Amounts in 万元.
"""

from decimal import Decimal

from django.db import transaction

from projects.models import User

from .models import Correction, MonthlyReport, Period
from .proposals import check_decider, check_proposer, check_undecided, decision_given, reason_given, settle
from .reporting import AlreadyDoneError, ReportingError, clock


def amount_in_force(report: MonthlyReport) -> Decimal | None:
    """What counts for the month: the report's amount and what the approved corrections add to it."""
    if report.amount is None:
        return None
    approved = Correction.objects.approved().filter(report=report).values_list("old_amount", "new_amount")
    return report.amount + sum((new - old for old, new in approved), Decimal(0))


def why_not_correctable(report: MonthlyReport) -> str:
    """Why no other amount can be proposed for the report; empty if one can."""
    month = report.of_month.label
    period = Period.objects.filter(year=report.year, month=report.month).first()
    if period is None or period.closed_at is None:
        if report.state == MonthlyReport.State.APPROVED:
            return f"{month}还没有关账。已审定的月报，关账后才能提出更正。"
        return f"{month}还没有关账，不需要更正：请由审核单位退回月报，修改后重新报送。"
    if report.state != MonthlyReport.State.APPROVED:
        return f"只有已审定的月报可以更正；{month}的这份月报是“{report.get_state_display()}”。"
    if report.amount is None:
        return "这份前期季报没有投资金额，不能更正。"
    return ""


@transaction.atomic
def propose_correction(
    report: MonthlyReport, new_amount: Decimal, reason: str, by: User, read: Decimal | None = None
) -> Correction:
    """Propose another amount for the month, which may be negative: a correction may take back more than the month had.

    `read` is the amount in force that the person had before the eyes.
    Raises NotAllowedError, AlreadyDoneError or ReportingError.
    """
    check_proposer(report.project, by, "更正")
    reason = reason_given(reason, "更正必须写明原因。")
    report = MonthlyReport.objects.select_for_update().get(pk=report.pk)
    if refusal := why_not_correctable(report):
        raise ReportingError(refusal)
    _check_nothing_waits(report, new_amount, reason, by)
    in_force = amount_in_force(report) or Decimal(0)
    if read is not None and read != in_force:
        raise ReportingError("您打开之后，这个月的现行金额已经改变，更正没有提出。请按最新金额核对后再次提出。")
    if new_amount == in_force:
        raise ReportingError("更正后的金额与现行金额相同，没有需要更正的。")
    return Correction.objects.create(
        report=report, old_amount=in_force, new_amount=new_amount, reason=reason, proposed_by=by
    )


@transaction.atomic
def decide_correction(correction: Correction, by: User, approve: bool, decision: str = "") -> Correction:
    """Approve the correction, and from now on the new amount counts; or refuse it, with the reason.

    Raises NotAllowedError, AlreadyDoneError or ReportingError.
    """
    check_decider(correction.report.project, by, "更正")
    decision = decision_given(decision, approve=approve)
    report = MonthlyReport.objects.select_for_update().get(pk=correction.report_id)
    stored = Correction.objects.select_for_update().get(pk=correction.pk)
    check_undecided(stored, by, approve=approve)
    if approve and amount_in_force(report) != stored.old_amount:
        raise ReportingError("提出之后，这个月的现行金额已经改变，不能再批准。请不予批准，由提出人按最新金额重新提出。")
    return settle(stored, by, decision, approve=approve)


def _check_nothing_waits(report: MonthlyReport, new_amount: Decimal, reason: str, by: User) -> None:
    """The report is locked, so that of two who propose at once the second finds the first."""
    waiting = Correction.objects.filter(report=report, state=Correction.State.PROPOSED).first()
    if waiting is None:
        return
    if (waiting.proposed_by, waiting.new_amount, waiting.reason) == (by, new_amount, reason):
        raise AlreadyDoneError("您刚才已经提出这项更正，没有重复提出。")
    who, when = waiting.proposed_by or "他人", clock(waiting.proposed_at)
    raise ReportingError(f"这份月报已有一项更正在等待批准，由{who}于 {when} 提出。请等市发改委审批之后再提。")
