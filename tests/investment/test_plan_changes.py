"""Changing a plan within the year: who proposes, who decides, which months it may touch, and what is written."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from investment import plan_changes
from investment.models import AnnualPlan, Period, PlanChange, PlannedMonth
from investment.reporting import AlreadyDoneError, NotAllowedError, ReportingError
from tests.factories import AnnualPlanFactory, ProjectFactory
from tests.refusals import refused, unguarded

from .test_corrections import NO, REASON, WHO, colleague, second  # noqa: F401 (a fixture)
from .test_reporting import at_once

State = PlanChange.State
AUGUST = datetime.date(2018, 8, 15)
DOCUMENT = "张发改〔2018〕66号"


@pytest.fixture
def plan(cast):
    """The reporter's project plans 1200 万元 for 2018; June is the last closed month."""
    plan = AnnualPlanFactory(project=ProjectFactory(responsible_unit=cast.reporter.organisation))
    for month in range(1, 8):
        Period.objects.create(year=2018, month=month, closed_at=timezone.now() if month <= 6 else None)
    return plan


def propose(plan, by, amount="900", effective_on=AUGUST, document=DOCUMENT, reason=REASON):
    return plan_changes.propose_plan_change(plan.project, 2018, Decimal(amount), effective_on, document, reason, by)


def facts(change):
    stored = PlanChange.objects.get(pk=change.pk)
    return stored.state, stored.decided_by, stored.decision


def revisions(plan):
    return [(each.revision, each.amount) for each in plan_changes.plans_of(plan.project, 2018)]


# ---- who ----


@pytest.mark.parametrize("who", WHO)
def test_who_may_propose(cast, plan, who):
    if who in ("reporter", "reviewer", "office"):
        made = propose(plan, getattr(cast, who))
        assert (made.state, made.amount, made.effective_on) == (State.PROPOSED, 900, AUGUST)
        assert (made.document_number, made.reason, made.proposed_by) == (DOCUMENT, REASON, getattr(cast, who))
        return
    with pytest.raises(NotAllowedError, match="的计划调整由填报单位、审核单位或市发改委提出，您的账号不能提出"):
        propose(plan, getattr(cast, who))
    assert not PlanChange.objects.exists()


@pytest.mark.parametrize("approve", [True, False])
@pytest.mark.parametrize("who", WHO)
def test_who_may_decide(cast, plan, who, approve):
    waiting = propose(plan, cast.reporter)
    if who == "office":
        plan_changes.decide_plan_change(waiting, cast.office, approve, NO)
        assert facts(waiting) == (State.APPROVED if approve else State.REJECTED, cast.office, NO)
        assert revisions(plan) == [(0, 1200), *([(1, 900)] if approve else [])]
        return
    with pytest.raises(NotAllowedError, match="的计划调整由市发改委审批，您的账号不能审批"):
        plan_changes.decide_plan_change(waiting, getattr(cast, who), approve, NO)
    assert facts(waiting) == (State.PROPOSED, None, "")


def test_nobody_decides_what_he_or_she_proposed(cast, plan, second):  # noqa: F811
    waiting = propose(plan, cast.office)
    with pytest.raises(ReportingError, match="这项计划调整由您本人提出，须由其他人审批"):
        plan_changes.decide_plan_change(waiting, cast.office, True)
    assert revisions(plan) == [(0, 1200)]
    plan_changes.decide_plan_change(waiting, second, True)
    assert revisions(plan) == [(0, 1200), (1, 900)]


# ---- what ----


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"reason": " "}, "计划调整必须写明原因"),
        ({"document": ""}, "计划调整必须有文号"),
        ({"amount": "-1"}, "年度计划投资不能为负数"),
        ({"amount": "1200"}, "与现行计划相同"),
        ({"effective_on": datetime.date(2019, 1, 1)}, "执行日期应在 2018 年之内"),
        (
            {"effective_on": datetime.date(2018, 6, 30)},
            "已关账的月份不变：2018年6月已经关账，执行日期应在 2018-06-30 之后",
        ),
        ({"effective_on": datetime.date(2018, 2, 1)}, "已关账的月份不变"),
    ],
)
def test_proposal_is_refused(cast, plan, fields, message):
    with pytest.raises(ReportingError, match=message):
        propose(plan, cast.reporter, **fields)
    assert not PlanChange.objects.exists()


def test_first_day_after_the_closed_months_will_do(cast, plan):
    assert propose(plan, cast.reporter, effective_on=datetime.date(2018, 7, 1)).is_open


def test_nothing_is_changed_in_a_year_that_is_closed(cast, plan):
    Period.objects.create(year=2018, month=12, closed_at=timezone.now())
    with pytest.raises(ReportingError, match="2018 年已全部关账，当年计划不能再调整"):
        propose(plan, cast.reporter, effective_on=datetime.date(2018, 12, 31))


def test_closed_months_of_another_year_do_not_matter(cast, plan):
    Period.objects.create(year=2017, month=12, closed_at=timezone.now())
    assert propose(plan, cast.reporter).is_open


def test_without_an_original_there_is_nothing_to_change(cast, plan):
    other = AnnualPlanFactory.build(project=ProjectFactory(responsible_unit=cast.reporter.organisation))
    with pytest.raises(ReportingError, match="还没有 2018 年的年初计划，没有可以调整的计划"):
        propose(other, cast.reporter)


def test_later_change_does_not_begin_before_the_earlier_one(cast, plan):
    plan_changes.decide_plan_change(propose(plan, cast.reporter), cast.office, True)
    with pytest.raises(ReportingError, match=r"第1次调整自 8 月起执行，.*执行日期应在 2018-08-01 或之后"):
        propose(plan, cast.reporter, "800", datetime.date(2018, 7, 31))
    with pytest.raises(ReportingError, match="与现行计划相同"):
        propose(plan, cast.reporter, "900")
    plan_changes.decide_plan_change(propose(plan, cast.reporter, "1200"), cast.office, True)
    assert revisions(plan) == [(0, 1200), (1, 900), (2, 1200)]


def test_approval_writes_the_next_revision(cast, plan, time_machine):
    waiting = propose(plan, cast.reporter)
    time_machine.move_to("2018-08-20 09:00+08:00", tick=False)
    plan_changes.decide_plan_change(waiting, cast.office, True)
    waiting.refresh_from_db()
    made = AnnualPlan.objects.get(revision=1)
    assert waiting.plan == made
    assert (made.amount, made.effective_month, made.document_number) == (900, 8, DOCUMENT)
    assert (made.issued_on, made.reason) == (datetime.date(2018, 8, 20), REASON)
    assert not made.curve.exists()


def test_month_that_was_closed_meanwhile_refuses_the_approval_and_not_the_rejection(cast, plan):
    waiting = propose(plan, cast.reporter)
    Period.objects.create(year=2018, month=8, closed_at=timezone.now())
    with pytest.raises(ReportingError, match="2018年8月已经关账，执行日期应在 2018-08-31 之后"):
        plan_changes.decide_plan_change(waiting, cast.office, True)
    assert (facts(waiting)[0], revisions(plan)) == (State.PROPOSED, [(0, 1200)])
    plan_changes.decide_plan_change(waiting, cast.office, False, NO)
    assert facts(waiting)[0] == State.REJECTED


def test_rejection_needs_a_reason(cast, plan):
    waiting = propose(plan, cast.reporter)
    with pytest.raises(ReportingError, match="不批准必须写明原因"):
        plan_changes.decide_plan_change(waiting, cast.office, False)


# ---- the curve ----


def curve(*amounts):
    return {month: Decimal(amount) for month, amount in enumerate(amounts, start=1)}


def test_curve_keeps_the_months_before_and_shares_the_rest_as_it_was():
    before = curve(100, 100, 100, 100, 100, 100, 100, 50, 100, 150, 100, 200)
    after = plan_changes.curve_after(before, Decimal(1000), 8)
    assert after == curve(100, 100, 100, 100, 100, 100, 100, 25, 50, 75, 50, 100)


def test_curve_that_was_over_before_the_change_goes_on_evenly():
    assert plan_changes.curve_after({1: Decimal(60)}, Decimal(100), 9) == {
        1: 60, **dict.fromkeys(range(9, 13), Decimal(10)),
    }  # fmt: skip


def test_plan_below_what_was_planned_by_then_is_planned_by_then():
    after = plan_changes.curve_after(curve(*[100] * 12), Decimal(350), 8)
    assert after == curve(*[50] * 7, *[0] * 5)


def test_without_a_curve_there_is_none_afterwards():
    assert plan_changes.curve_after({}, Decimal(900), 8) == {}


YUAN = st.decimals(min_value=0, max_value=10**6, places=4)


@given(st.dictionaries(st.integers(1, 12), YUAN, min_size=1), YUAN, st.integers(1, 12))
def test_curve_adds_up_to_the_new_amount_to_the_yuan(before, amount, effective_month):
    after = plan_changes.curve_after(before, amount, effective_month)
    assert sum(after.values()) == amount
    assert min(after.values()) >= 0
    assert all(planned * 10_000 % 1 == 0 for planned in after.values())


def test_approval_carries_the_curve_over(cast, plan):
    with unguarded():
        for month in range(1, 13):
            PlannedMonth.objects.create(plan=plan, month=month, amount=Decimal(100))
    plan_changes.decide_plan_change(propose(plan, cast.reporter, "1000"), cast.office, True)
    made = AnnualPlan.objects.get(revision=1)
    assert [amount for _, amount in made.curve.values_list("month", "amount")] == [100] * 7 + [60] * 5


# ---- the database ----


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("planchange_has_reason", {"reason": ""}),
        ("plan_change_not_negative", {"amount": Decimal(-1)}),
        ("plan_change_approved_has_plan", {"state": State.APPROVED, "decided_at": "2018-08-01T00:00Z"}),
        ("planchange_is_decided_by_another", {"state": State.REJECTED}),
        (
            "planchange_is_decided_by_another",
            {"state": State.REJECTED, "decided_at": "2018-08-01T00:00Z", "own": True},
        ),
    ],
)
def test_table_refuses(cast, plan, constraint, fields):
    by = {"decided_by": cast.reporter} if fields.pop("own", False) else {}
    values = {
        "project": plan.project, "year": 2018, "amount": Decimal(900), "effective_on": AUGUST, "reason": REASON,
        "document_number": DOCUMENT, "proposed_by": cast.reporter,
    }  # fmt: skip
    assert refused(constraint, lambda: PlanChange.objects.create(**{**values, **by, **fields}))


# ---- two at once ----


def test_one_proposal_waits_at_a_time(cast, plan, time_machine):
    time_machine.move_to("2018-08-03 09:00+08:00", tick=False)
    propose(plan, cast.reporter)
    with pytest.raises(AlreadyDoneError, match="您刚才已经提出这项计划调整"):
        propose(plan, cast.reporter)
    with pytest.raises(ReportingError, match="已有一项计划调整在等待批准，由reporter于 2018-08-03 09:00 提出"):
        propose(plan, cast.office)
    assert PlanChange.objects.count() == 1


def test_second_to_decide_is_told_who_decided(cast, plan, second, time_machine):  # noqa: F811
    waiting = propose(plan, cast.reporter)
    time_machine.move_to("2018-08-20 09:00+08:00", tick=False)
    plan_changes.decide_plan_change(waiting, cast.office, True)
    with pytest.raises(AlreadyDoneError, match="您已经批准过这项计划调整"):
        plan_changes.decide_plan_change(waiting, cast.office, True)
    with pytest.raises(ReportingError, match="这项计划调整已由office于 2018-08-20 09:00 批准，您的审批没有执行"):
        plan_changes.decide_plan_change(waiting, second, True)
    assert revisions(plan) == [(0, 1200), (1, 900)]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_wins_and_the_other_is_told(cast, plan, second):  # noqa: F811
    waiting = propose(plan, cast.reporter)
    outcomes = at_once(
        *(lambda p=person: plan_changes.decide_plan_change(waiting, p, True) for person in (cast.office, second))
    )
    assert sorted(outcomes, key=str) == [ReportingError, None]
    assert facts(waiting)[1] == (cast.office if outcomes[0] is None else second)
    assert revisions(plan) == [(0, 1200), (1, 900)]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_propose_at_once_one_wins_and_the_others_are_told(cast, plan):
    people = [cast.reporter, cast.reviewer, cast.office, colleague(cast.reporter)]
    outcomes = at_once(*(lambda p=person: propose(plan, p) for person in people))
    assert sorted(outcomes, key=str) == [ReportingError] * 3 + [None]
    assert [each.proposed_by for each in PlanChange.objects.all()] == [people[outcomes.index(None)]]


@pytest.mark.django_db(transaction=True)
def test_month_that_closes_at_the_moment_of_approval_closes_before_or_after_it(cast, plan):
    waiting = propose(plan, cast.reporter, effective_on=datetime.date(2018, 7, 1))
    outcomes = at_once(lambda: plan_changes.decide_plan_change(waiting, cast.office, True), lambda: close(7))
    approved = facts(waiting)[0] == State.APPROVED
    assert outcomes == [None if approved else ReportingError, None]
    assert len(revisions(plan)) == (2 if approved else 1)


def close(month):
    period = Period.objects.get(year=2018, month=month)
    period.closed_at = timezone.now()
    period.save()
