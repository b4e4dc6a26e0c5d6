"""Whatever people do in whatever order, a report is in no state that it must not be in."""

import datetime
from decimal import Decimal

import time_machine
from django.contrib.auth.models import Group
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from investment import periods, reporting
from investment.models import LostUpdateError, MonthlyReport, Period, Reopening, ReportMove
from investment.months import Month
from investment.moves import MOVES
from investment.reporting import ReportingError
from projects import roles
from projects.models import Organisation
from tests.factories import AnnualPlanFactory, AreaFactory, OrganisationFactory, ProjectFactory, UserFactory, city

State = MonthlyReport.State
MAY = Month(2018, 5)
WAYS = {(source, way.target) for way in MOVES for source in way.sources if source != way.target}
# Told here once more and independently: which states may follow which.
LEGAL = {
    State.EXPECTED: {State.DRAFT, State.SUBMITTED, State.EXCUSED, State.MISSING},
    State.DRAFT: {State.SUBMITTED, State.EXCUSED, State.MISSING},
    State.SUBMITTED: {State.DRAFT, State.PASSED, State.RETURNED},
    State.PASSED: {State.APPROVED, State.RETURNED},
    State.RETURNED: {State.DRAFT, State.SUBMITTED, State.EXCUSED, State.MISSING},
    State.APPROVED: {State.RETURNED},
    State.EXCUSED: {State.EXPECTED, State.DRAFT},
    State.MISSING: {State.EXPECTED, State.DRAFT},
}
AMOUNTS = st.sampled_from([None, Decimal(0), Decimal(90), Decimal(5000)])
VERBS = ("withdraw_report", "pass_report", "approve_report", "expect_report")


def account(username, role, organisation):
    user = UserFactory(username=username, organisation=organisation)
    user.groups.set(Group.objects.filter(name=role))
    return user


def test_the_table_of_ways_is_the_one_that_was_meant():
    assert {(source, target) for source, targets in LEGAL.items() for target in targets} == WAYS


class Walk(RuleBasedStateMachine):
    """One report of May, several people, a clock that goes on, and a close that may come."""

    def __init__(self):
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.clock = time_machine.travel("2018-05-20 09:00+08:00", tick=False)
        self.traveller = self.clock.start()
        own, cili = OrganisationFactory(name="示例责任单位 慈利 01"), AreaFactory(name="慈利县")
        bureau = OrganisationFactory(name="慈利县发展改革局", kind=Organisation.Kind.DISTRICT_OFFICE, area=cili)
        commission = OrganisationFactory(name="市发展改革委", kind=Organisation.Kind.COMMISSION, area=city())
        self.people = {
            "reporter": account("reporter", roles.REPORTER, own),
            "reviewer": account("reviewer", roles.REVIEWER, bureau),
            "office": account("office", roles.OFFICE, commission),
            "leader": account("leader", roles.LEADER, commission),
        }
        self.project = ProjectFactory(responsible_unit=own, area=cili)
        AnnualPlanFactory(project=self.project)
        self.period = Period.objects.create(year=2018, month=5)
        periods.open_period(self.period)
        self.seen = []  # versions that somebody still has on the screen

    def teardown(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    def report(self):
        return MonthlyReport.objects.get(project=self.project, year=2018, month=5)

    def attempt(self, act):
        """Do it; whatever is refused leaves the row as it was."""
        before = MonthlyReport.objects.filter(project=self.project).values().get()
        try:
            act()
        except (ReportingError, LostUpdateError):
            assert MonthlyReport.objects.filter(project=self.project).values().get() == before

    who = st.sampled_from(["reporter", "reviewer", "office", "leader"])

    @rule(who=who, amount=AMOUNTS, submit=st.booleans(), explained=st.booleans())
    def type_and_save(self, who, amount, submit, explained):
        report = self.report()
        report.amount, report.explanation = amount, "属实。" if explained else ""
        verb = reporting.submit_report if submit else reporting.save_draft
        self.attempt(lambda: verb(report, self.people[who]))

    @rule(who=who, verb=st.sampled_from(VERBS))
    def act(self, who, verb):
        self.attempt(lambda: getattr(reporting, verb)(self.report(), self.people[who]))

    @rule(who=who, verb=st.sampled_from(["return_report", "excuse_report"]), reason=st.sampled_from(["", "有误"]))
    def act_with_a_reason(self, who, verb, reason):
        self.attempt(lambda: getattr(reporting, verb)(self.report(), self.people[who], reason))

    @rule(who=st.sampled_from(["reviewer", "office"]))
    def look(self, who):
        self.seen.append(self.report())
        reporting.begin_review(self.report(), self.people[who])

    @precondition(lambda self: self.seen)
    @rule(verb=st.sampled_from(["pass_report", "approve_report"]))
    def act_on_what_was_read_long_ago(self, verb):
        old = self.seen.pop()
        stored = self.report()
        if stored.version != old.version:
            state = stored.state
            self.attempt(lambda: getattr(reporting, verb)(old, self.people["office"]))
            assert self.report().state == state

    @rule()
    def a_day_passes(self):
        self.traveller.shift(datetime.timedelta(days=1))
        periods.run_calendar(datetime.date.today())

    @rule()
    def close(self):
        owed = MonthlyReport.objects.of(MAY).owed().values_list("pk", flat=True)
        self.attempt(lambda: periods.close_period(self.period, self.people["office"], owed))

    @rule(days=st.integers(-1, 3))
    def reopen(self, days):
        until = datetime.date.today() + datetime.timedelta(days=days)
        self.attempt(lambda: periods.reopen_report(self.report(), self.people["office"], "补报", until))

    @invariant()
    def every_move_was_a_legal_one(self):
        if hasattr(self, "project"):
            moves = list(ReportMove.objects.filter(report__project=self.project).values_list("from_state", "to_state"))
            assert all(after in LEGAL[State(before)] for before, after in moves)
            chain = [State.EXPECTED, *(after for _, after in moves)]
            assert [before for before, _ in moves] == chain[:-1]
            assert self.report().state == chain[-1]

    @invariant()
    def the_row_is_whole(self):
        if hasattr(self, "project"):
            report = self.report()
            if report.state in MonthlyReport.HANDED_IN:
                assert report.amount is not None
                assert report.explanation or not report.doubts
            if report.state in (State.PASSED, State.APPROVED):
                assert report.submitted_by != report.passed_by
            closed = Period.objects.get(pk=self.period.pk).closed_at is not None
            reopened = Reopening.objects.filter(report=report, ended_at=None).exists()
            if closed and not reopened:
                assert report.state in (State.APPROVED, State.EXCUSED, State.MISSING)


def test_no_walk_reaches_an_illegal_state(db):
    steps = settings(max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Walk, settings=steps)
