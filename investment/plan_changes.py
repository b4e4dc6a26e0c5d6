"""The revision of an annual plan: one person proposes it, another one of the office decides.

Months that are closed stay as they were: a revision is in force from the month of its effective date on. Each verb is
one transaction: it does all of what it says, or nothing and raises. Amounts in 万元.
"""

import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from projects.models import Project, User
from projects.money import YUAN_PER_WAN

from .models import AnnualPlan, Period, PlanChange, PlannedMonth
from .months import MONTHS, Month
from .proposals import check_decider, check_proposer, check_undecided, decision_given, reason_given, settle
from .reporting import AlreadyDoneError, ReportingError, clock
from .shares import YUAN, apportion

LAST_REVISION = 32_767  # the largest number that the column holds


def plans_of(project: Project, year: int) -> list[AnnualPlan]:
    """The original and its revisions, in their order."""
    return list(AnnualPlan.objects.filter(project=project, year=year).order_by("revision"))


def plan_in_force(plans: list[AnnualPlan], month: int) -> AnnualPlan | None:
    """Of the plans of a year, in their order, the one in force in a month: the last whose month has come."""
    return next((plan for plan in reversed(plans) if plan.effective_month <= month), None)


def with_plan_before(changes: "QuerySet[PlanChange]") -> "QuerySet[PlanChange]":
    """Changes, each with the amount it changes as `before`; of one that was not approved nothing was changed."""
    plans = AnnualPlan.objects.filter(project=OuterRef("project"), year=OuterRef("year")).order_by("-revision")
    earlier = plans.filter(revision__lt=Coalesce(OuterRef("plan__revision"), Value(LAST_REVISION)))
    return changes.annotate(before=Subquery(earlier.values("amount")[:1]))


def first_open_month(year: int) -> int | None:
    """The month after the last closed one of the year; None if the whole year is closed."""
    closed = Period.objects.filter(year=year, closed_at__isnull=False).order_by("-month").first()
    last = closed.month if closed else 0
    return None if last == MONTHS[-1] else last + 1


@transaction.atomic
def propose_plan_change(
    project: Project,
    year: int,
    amount: Decimal,
    effective_on: datetime.date,
    document_number: str,
    reason: str,
    by: User,
) -> PlanChange:
    """Propose another amount for the year, in force from the month of `effective_on` on.

    Raises NotAllowedError, AlreadyDoneError or ReportingError.
    """
    check_proposer(project, by, "计划调整")
    document_number = reason_given(document_number, "计划调整必须有文号。")
    reason = reason_given(reason, "计划调整必须写明原因。")
    change = PlanChange(
        project=project,
        year=year,
        amount=amount,
        effective_on=effective_on,
        document_number=document_number,
        reason=reason,
        proposed_by=by,
    )
    if amount < 0:
        raise ReportingError("年度计划投资不能为负数。")
    _check_months(year, effective_on)
    _plan_before(change)
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as error:
        raise _waiting(change) from error
    return change


@transaction.atomic
def decide_plan_change(change: PlanChange, by: User, approve: bool, decision: str = "") -> PlanChange:
    """Approve the change, which writes the next revision of the plan; or refuse it, with the reason.

    Raises NotAllowedError, AlreadyDoneError or ReportingError.
    """
    check_decider(change.project, by, "计划调整")
    decision = decision_given(decision, approve=approve)
    if approve:
        _hold_months(change.year)
    stored = PlanChange.objects.select_for_update().get(pk=change.pk)
    check_undecided(stored, by, approve=approve)
    if approve:
        _check_months(stored.year, stored.effective_on)
        stored.plan = _revise(stored)
    return settle(stored, by, decision, approve=approve)


def curve_after(curve: dict[int, Decimal], amount: Decimal, effective_month: int) -> dict[int, Decimal]:
    """The monthly curve of a revised plan, by month; it adds up to the new amount, to the yuan. Empty without a curve.

    The months before stay, what is left is shared out as those from the effective month on were. If the months before
    had more than the whole new amount, they share it among them, and nothing is left for the others.
    """
    if not curve:
        return {}
    earlier = {month: planned for month, planned in curve.items() if month < effective_month}
    rest = amount - sum(earlier.values(), Decimal(0))
    if rest < 0:
        return {**_shared(amount, earlier), **dict.fromkeys(range(effective_month, 13), Decimal(0))}
    later = {month: curve.get(month, Decimal(0)) for month in range(effective_month, 13)}
    return {**earlier, **_shared(rest, later)}


def _shared(total: Decimal, as_now: dict[int, Decimal]) -> dict[int, Decimal]:
    """The total over the months in the proportion of what they have now; alike where they have nothing."""
    weights = [int(planned * YUAN_PER_WAN) for planned in as_now.values()]
    shares = apportion(total, weights if any(weights) else [1] * len(weights), YUAN)
    return dict(zip(as_now, shares, strict=True))


def _revise(change: PlanChange) -> AnnualPlan:
    before = _plan_before(change)
    plan = before.revise(
        amount=change.amount,
        effective_month=change.effective_on.month,
        document_number=change.document_number,
        issued_on=timezone.localdate(),  # the plan is issued by being approved
        reason=change.reason,
    )
    curve = dict(before.curve.values_list("month", "amount"))
    for month, amount in curve_after(curve, plan.amount, plan.effective_month).items():
        PlannedMonth.objects.create(plan=plan, month=month, amount=amount)
    return plan


def _plan_before(change: PlanChange) -> AnnualPlan:
    """The plan in force, which the change must follow and differ from."""
    plans = plans_of(change.project, change.year)
    if not plans:
        raise ReportingError(f"“{change.project}”还没有 {change.year} 年的年初计划，没有可以调整的计划。")
    plan = plans[-1]
    if change.effective_on.month < plan.effective_month:
        raise ReportingError(
            f"第{plan.revision}次调整自 {plan.effective_month} 月起执行，新的调整不能早于它：执行日期应在"
            f" {Month(change.year, plan.effective_month).day(1)} 或之后。"
        )
    if change.amount == plan.amount:
        raise ReportingError("调整后的金额与现行计划相同，没有需要调整的。")
    return plan


def _check_months(year: int, effective_on: datetime.date) -> None:
    if effective_on.year != year:
        raise ReportingError(f"执行日期应在 {year} 年之内。")
    first = first_open_month(year)
    if first is None:
        raise ReportingError(f"已关账的月份不变：{year} 年已全部关账，当年计划不能再调整。")
    if effective_on.month < first:
        last_closed = Month(year, first - 1)
        raise ReportingError(
            f"已关账的月份不变：{last_closed.label}已经关账，执行日期应在 {last_closed.last_day} 之后。"
        )


def _hold_months(year: int) -> None:
    """Hold the year's months until the transaction ends, so that none is closed between the look and the save."""
    list(Period.objects.select_for_update().filter(year=year))


def _waiting(change: PlanChange) -> ReportingError:
    """What to tell whoever proposes while another change waits."""
    waiting = PlanChange.objects.filter(project=change.project, year=change.year).latest("id")
    same = ("proposed_by", "amount", "effective_on", "document_number", "reason")
    if all(getattr(waiting, name) == getattr(change, name) for name in same):
        return AlreadyDoneError("您刚才已经提出这项计划调整，没有重复提出。")
    who, when = waiting.proposed_by or "他人", clock(waiting.proposed_at)
    return ReportingError(f"这个项目已有一项计划调整在等待批准，由{who}于 {when} 提出。请等市发改委审批之后再提。")
