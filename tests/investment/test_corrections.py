"""Correcting a closed month: who proposes, who decides, what is refused, and what happens when two do it at once."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from investment import corrections, proposals
from investment.models import Correction, MonthlyReport, Period
from investment.reporting import AlreadyDoneError, NotAllowedError, ReportingError
from projects import roles
from projects.models import Organisation
from tests.factories import AreaFactory, MonthlyReportFactory, OrganisationFactory, ProjectFactory, UserFactory
from tests.refusals import refused, unguarded

from .test_reporting import at_once

State = Correction.State
Reports = MonthlyReport.State
REASON, NO = "审计核减", "依据不足"
WHO = ("reporter", "neighbour", "reviewer", "office", "leader", "admin")


@pytest.fixture
def report(cast):
    """The reporter's approved report of January 2018 with 100 万元; the month is closed."""
    report = MonthlyReportFactory(project=ProjectFactory(responsible_unit=cast.reporter.organisation))
    Period.objects.create(year=2018, month=1, closed_at=timezone.now())
    return report


@pytest.fixture
def second(cast):
    """Another account of the city office."""
    return colleague(cast.office)


def colleague(user):
    other = UserFactory(organisation=user.organisation)
    other.groups.set(user.groups.all())
    return other


def propose(report, by, amount="90", **fields):
    return corrections.propose_correction(report, Decimal(amount), REASON, by, **fields)


def proposed(report, by, amount="90"):
    """A proposal that waits, past the verb."""
    return Correction.objects.create(
        report=report, old_amount=report.amount, new_amount=Decimal(amount), reason=REASON, proposed_by=by
    )


def facts(correction):
    stored = Correction.objects.get(pk=correction.pk)
    return stored.state, stored.decided_by, stored.decision


# ---- who ----


@pytest.mark.parametrize("who", WHO)
def test_who_may_propose(cast, report, who):
    if who in ("reporter", "reviewer", "office"):
        made = propose(report, getattr(cast, who))
        assert (made.state, made.old_amount, made.new_amount) == (State.PROPOSED, 100, 90)
        assert (made.reason, made.proposed_by, made.decided_by) == (REASON, getattr(cast, who), None)
        return
    with pytest.raises(NotAllowedError, match="的更正由填报单位、审核单位或市发改委提出，您的账号不能提出"):
        propose(report, getattr(cast, who))
    assert not Correction.objects.exists()


@pytest.mark.parametrize("approve", [True, False])
@pytest.mark.parametrize("who", WHO)
def test_who_may_decide(cast, report, who, approve):
    waiting = proposed(report, cast.reporter)
    if who == "office":
        corrections.decide_correction(waiting, cast.office, approve, NO)
        assert facts(waiting) == (State.APPROVED if approve else State.REJECTED, cast.office, NO)
        return
    with pytest.raises(NotAllowedError, match="的更正由市发改委审批，您的账号不能审批"):
        corrections.decide_correction(waiting, getattr(cast, who), approve, NO)
    assert facts(waiting) == (State.PROPOSED, None, "")


def test_reviewer_of_another_district_proposes_nothing_here(cast, report):
    sangzhi = AreaFactory(name="桑植县")
    bureau = OrganisationFactory(name="桑植县发展改革局", kind=Organisation.Kind.DISTRICT_OFFICE, area=sangzhi)
    stranger = UserFactory(organisation=bureau)
    stranger.groups.add(Group.objects.get(name=roles.REVIEWER))
    with pytest.raises(NotAllowedError):
        propose(report, stranger)


def test_office_of_another_city_decides_nothing_here(cast, report):
    elsewhere = AreaFactory(name="常德市", kind="city", parent=AreaFactory(name="湖南省", kind="province", parent=None))
    stranger = UserFactory(organisation=OrganisationFactory(name="常德市发展改革委", area=elsewhere))
    stranger.groups.add(Group.objects.get(name=roles.OFFICE))
    with pytest.raises(NotAllowedError):
        corrections.decide_correction(proposed(report, cast.reporter), stranger, True)


def test_nobody_decides_what_he_or_she_proposed(cast, report, second):
    waiting = propose(report, cast.office)
    for approve in (True, False):
        with pytest.raises(ReportingError, match="这项更正由您本人提出，须由其他人审批"):
            corrections.decide_correction(waiting, cast.office, approve, NO)
    corrections.decide_correction(waiting, second, True)
    assert facts(waiting) == (State.APPROVED, second, "")


# ---- what ----


def test_only_a_closed_month_is_corrected(cast, report):
    with unguarded():
        Period.objects.update(closed_at=None)
    with pytest.raises(ReportingError, match="2018年1月还没有关账。已审定的月报，关账后才能提出更正。"):
        propose(report, cast.reporter)
    MonthlyReport.objects.update(state=Reports.PASSED)
    report.refresh_from_db()
    with pytest.raises(ReportingError, match="2018年1月还没有关账，不需要更正：请由审核单位退回月报"):
        propose(report, cast.reporter)


@pytest.mark.parametrize("state", [state for state in Reports if state != Reports.APPROVED])
def test_only_an_approved_report_is_corrected(cast, report, state):
    with unguarded():
        MonthlyReport.objects.filter(pk=report.pk).update(state=state, return_reason=NO, excuse_reason=NO)
    with pytest.raises(ReportingError, match=f"只有已审定的月报可以更正；.*“{state.label}”"):
        propose(report, cast.reporter)


def test_report_of_procedures_without_an_amount_is_not_corrected(cast, report):
    procedures = MonthlyReportFactory(
        project=report.project, month=2, kind=MonthlyReport.Kind.PROCEDURES, amount=None, image_progress="已批复"
    )
    Period.objects.create(year=2018, month=2, closed_at=timezone.now())
    with pytest.raises(ReportingError, match="没有投资金额，不能更正"):
        propose(procedures, cast.reporter)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_proposal_needs_a_reason(cast, report, reason):
    with pytest.raises(ReportingError, match="更正必须写明原因"):
        corrections.propose_correction(report, Decimal(90), reason, cast.reporter)


def test_rejection_needs_a_reason_and_approval_does_not(cast, report):
    waiting = proposed(report, cast.reporter)
    with pytest.raises(ReportingError, match="不批准必须写明原因"):
        corrections.decide_correction(waiting, cast.office, False, " ")
    assert facts(waiting)[0] == State.PROPOSED
    corrections.decide_correction(waiting, cast.office, True)
    assert facts(waiting)[0] == State.APPROVED


def test_same_amount_is_no_correction(cast, report):
    with pytest.raises(ReportingError, match="与现行金额相同"):
        propose(report, cast.reporter, "100")


def test_amount_may_be_negative(cast, report):
    corrections.decide_correction(propose(report, cast.reporter, "-20.5"), cast.office, True)
    assert corrections.amount_in_force(report) == Decimal("-20.5")


def test_amount_in_force_is_the_report_and_what_was_approved_since(cast, report):
    first = propose(report, cast.reporter, "90")
    assert corrections.amount_in_force(report) == 100
    corrections.decide_correction(first, cast.office, True)
    assert corrections.amount_in_force(report) == 90
    second = propose(report, cast.reporter, "95")
    assert second.old_amount == 90
    corrections.decide_correction(second, cast.office, False, NO)
    assert corrections.amount_in_force(report) == 90
    corrections.decide_correction(propose(report, cast.reporter, "120"), cast.office, True)
    assert corrections.amount_in_force(report) == 120
    report.refresh_from_db()
    assert (report.amount, report.version) == (100, 1)


def test_amount_that_was_read_must_still_be_in_force(cast, report):
    corrections.decide_correction(propose(report, cast.reporter, "90"), cast.office, True)
    with pytest.raises(ReportingError, match="您打开之后，这个月的现行金额已经改变"):
        propose(report, cast.reporter, "80", read=Decimal(100))
    assert propose(report, cast.reporter, "80", read=Decimal(90)).old_amount == 90


def test_approval_is_refused_when_the_old_amount_is_no_longer_in_force_and_rejection_is_not(cast, report):
    waiting = proposed(report, cast.reporter)
    with unguarded():
        MonthlyReport.objects.filter(pk=report.pk).update(amount=Decimal(70))
    with pytest.raises(ReportingError, match="提出之后，这个月的现行金额已经改变，不能再批准"):
        corrections.decide_correction(waiting, cast.office, True)
    corrections.decide_correction(waiting, cast.office, False, NO)
    assert facts(waiting)[0] == State.REJECTED


def test_decision_says_who_when_and_why(cast, report, time_machine):
    waiting = proposed(report, cast.reporter)
    time_machine.move_to("2019-02-03 09:00+08:00", tick=False)
    corrections.decide_correction(waiting, cast.office, False, f"  {NO}\n")
    waiting.refresh_from_db()
    assert (waiting.decided_by, waiting.decided_at, waiting.decision) == (cast.office, timezone.now(), NO)


# ---- withdrawing ----


@pytest.mark.parametrize("who", WHO)
def test_who_may_withdraw(cast, report, who):
    waiting = proposed(report, cast.reporter)
    if who == "reporter":
        made = proposals.withdraw(waiting, cast.reporter)
        assert (made.is_open, facts(waiting)) == (False, (State.WITHDRAWN, cast.reporter, ""))
        return
    with pytest.raises(NotAllowedError, match="这项更正只能由提出人撤回"):
        proposals.withdraw(waiting, getattr(cast, who))
    assert facts(waiting) == (State.PROPOSED, None, "")


def test_withdrawn_correction_changes_no_amount_and_leaves_room_for_another(cast, report):
    proposals.withdraw(proposed(report, cast.reporter), cast.reporter)
    assert corrections.amount_in_force(report) == 100
    assert propose(report, cast.reporter, "80").is_open


def test_what_was_decided_is_not_withdrawn(cast, report, time_machine):
    time_machine.move_to("2018-08-03 09:00+08:00", tick=False)
    waiting = proposed(report, cast.reporter)
    corrections.decide_correction(waiting, cast.office, True)
    with pytest.raises(ReportingError, match="这项更正已由office于 2018-08-03 09:00 批准，不能撤回"):
        proposals.withdraw(waiting, cast.reporter)
    assert facts(waiting)[0] == State.APPROVED


def test_what_was_withdrawn_is_neither_decided_nor_withdrawn_again(cast, report, time_machine):
    time_machine.move_to("2018-08-03 09:00+08:00", tick=False)
    waiting = proposed(report, cast.reporter)
    proposals.withdraw(waiting, cast.reporter)
    for approve in (True, False):
        with pytest.raises(ReportingError, match="已由reporter于 2018-08-03 09:00 撤回，您的审批没有执行"):
            corrections.decide_correction(waiting, cast.office, approve, NO)
    with pytest.raises(AlreadyDoneError, match="您已经撤回过这项更正"):
        proposals.withdraw(waiting, cast.reporter)
    assert facts(waiting) == (State.WITHDRAWN, cast.reporter, "")


# ---- the database ----


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("correction_has_reason", {"reason": ""}),
        ("correction_changes_something", {"new_amount": Decimal(100)}),
        ("correction_is_decided_by_another", {"state": State.APPROVED}),
        ("correction_is_decided_by_another", {"decided_at": "2019-01-01T00:00Z"}),
        ("correction_is_decided_by_another", {"state": State.APPROVED, "decided_at": "2019-01-01T00:00Z", "own": True}),
        ("correction_is_decided_by_another", {"state": State.WITHDRAWN, "own": True}),
        ("correction_is_decided_by_another", {"state": State.WITHDRAWN, "decided_at": "2019-01-01T00:00Z"}),
        (
            "correction_is_decided_by_another",
            {
                "state": State.WITHDRAWN,
                "decided_at": "2019-01-01T00:00Z",
                "own": True,
                "proposed_by": None,
            },
        ),
    ],
)
def test_table_refuses(cast, report, constraint, fields):
    by = {"decided_by": cast.reporter} if fields.pop("own", False) else {}
    values = {"old_amount": Decimal(100), "new_amount": Decimal(90), "reason": REASON, "proposed_by": cast.reporter}
    assert refused(constraint, lambda: Correction.objects.create(report=report, **{**values, **by, **fields}))


def test_table_takes_one_open_correction_per_report(cast, report):
    waiting = proposed(report, cast.reporter)
    assert refused("one_open_correction_per_report", lambda: proposed(report, cast.office))
    corrections.decide_correction(waiting, cast.office, False, NO)
    assert proposed(report, cast.office).is_open


# ---- two at once ----


def test_one_proposal_waits_at_a_time(cast, report, time_machine):
    time_machine.move_to("2019-02-03 09:00+08:00", tick=False)
    propose(report, cast.reporter)
    told = "这份月报已有一项更正在等待批准，由reporter于 2019-02-03 09:00 提出"
    for by, amount in ((cast.office, "90"), (cast.reporter, "80")):
        with pytest.raises(ReportingError, match=told) as refusal:
            propose(report, by, amount)
        assert not isinstance(refusal.value, AlreadyDoneError)
    assert Correction.objects.count() == 1


def test_double_click_harms_nothing_and_is_told(cast, report):
    waiting = propose(report, cast.reporter)
    with pytest.raises(AlreadyDoneError, match="您刚才已经提出这项更正"):
        propose(report, cast.reporter)
    corrections.decide_correction(waiting, cast.office, True)
    with pytest.raises(AlreadyDoneError, match="您已经批准过这项更正，没有重复审批"):
        corrections.decide_correction(waiting, cast.office, True)
    assert corrections.amount_in_force(report) == 90


def test_second_to_decide_is_told_who_decided(cast, report, second, time_machine):
    waiting = propose(report, cast.reporter)
    time_machine.move_to("2019-02-03 09:00+08:00", tick=False)
    corrections.decide_correction(waiting, cast.office, True)
    with pytest.raises(ReportingError, match="这项更正已由office于 2019-02-03 09:00 批准，您的审批没有执行"):
        corrections.decide_correction(waiting, second, False, NO)
    with pytest.raises(ReportingError, match="您的审批没有执行") as refusal:
        corrections.decide_correction(waiting, cast.office, False, NO)
    assert not isinstance(refusal.value, AlreadyDoneError)
    assert facts(waiting) == (State.APPROVED, cast.office, "")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(cast, report, second):
    waiting = proposed(report, cast.reporter)
    outcomes = at_once(
        lambda: corrections.decide_correction(waiting, cast.office, True),
        lambda: corrections.decide_correction(waiting, second, False, NO),
    )
    assert sorted(outcomes, key=str) == [ReportingError, None]
    assert facts(waiting)[:2] == ((State.APPROVED, cast.office) if outcomes[0] is None else (State.REJECTED, second))


@pytest.mark.django_db(transaction=True)
def test_of_many_who_propose_at_once_one_wins_and_the_others_are_told(cast, report):
    people = [cast.reporter, cast.reviewer, cast.office, colleague(cast.reporter)]
    outcomes = at_once(*(lambda p=person: propose(report, p) for person in people))
    assert sorted(outcomes, key=str) == [ReportingError] * 3 + [None]
    assert [each.proposed_by for each in Correction.objects.all()] == [people[outcomes.index(None)]]


@pytest.mark.django_db(transaction=True)
def test_double_click_at_once_is_decided_once(cast, report):
    waiting = proposed(report, cast.reporter)
    outcomes = at_once(*(lambda: corrections.decide_correction(waiting, cast.office, True) for _ in range(3)))
    assert sorted(outcomes, key=str) == [AlreadyDoneError] * 2 + [None]
    assert corrections.amount_in_force(report) == 90
