"""The verbs of a report: who may do what in which state, and who is told when two do it at once."""

import threading
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connections
from django.utils import timezone

from investment import progress, reporting
from investment.models import LostUpdateError, MonthlyReport, Period, ProjectProgress, ReportMove
from investment.months import Month
from investment.reporting import AlreadyDoneError, NotAllowedError, ReasonNeededError, ReportingError
from projects import roles
from projects.models import Area, Category, Organisation, Project
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    MonthlyReportFactory,
    OrganisationFactory,
    ProjectFactory,
    UserFactory,
    city,
)

State = MonthlyReport.State
JANUARY = Month(2018, 1)
REASON = "形象进度与完成投资不符。"


@pytest.fixture
def project(cast):
    """The reporter's project in 慈利县, with January 2018 open."""
    Period.objects.create(year=2018, month=1)
    return ProjectFactory(responsible_unit=cast.reporter.organisation)


def account(organisation, *role_names):
    user = UserFactory(organisation=organisation)
    user.groups.set(Group.objects.filter(name__in=role_names))
    return user


def read(project):
    """What a page reads before somebody types."""
    return reporting.report_of(project, JANUARY)


def typed(project, amount="100", **fields):
    report = read(project)
    report.amount = None if amount is None else Decimal(amount)
    for name, value in fields.items():
        setattr(report, name, value)
    return report


def in_state(project, state, by):
    """A report of the project in a state that somebody brought it to; None for no report."""
    if state is None:
        return None
    reasons = {State.RETURNED: {"return_reason": REASON}, State.EXCUSED: {"excuse_reason": REASON}}
    return MonthlyReportFactory(project=project, state=state, submitted_by=by, **reasons.get(state, {}))


def stored(project):
    return MonthlyReport.objects.get(project=project)


# ---- state × role × verb ----

VERBS = {
    "save": lambda project, by: reporting.save_draft(typed(project), by),
    "submit": lambda project, by: reporting.submit_report(typed(project), by),
    "withdraw": lambda project, by: reporting.withdraw_report(read(project), by),
    "pass": lambda project, by: reporting.pass_report(read(project), by),
    "approve": lambda project, by: reporting.approve_report(read(project), by),
    "excuse": lambda project, by: reporting.excuse_report(read(project), by, REASON),
    "expect": lambda project, by: reporting.expect_report(read(project), by),
    "return": lambda project, by: reporting.return_report(read(project), by, REASON),
}
LEADS_TO = {
    "save": State.DRAFT,
    "submit": State.SUBMITTED,
    "withdraw": State.DRAFT,
    "pass": State.PASSED,
    "approve": State.APPROVED,
    "return": State.RETURNED,
    "excuse": State.EXCUSED,
    "expect": State.DRAFT,  # an amount had been typed
}
STATES = (None, *State)
OWED = (State.EXPECTED, State.DRAFT, State.RETURNED)
TYPISTS, REVIEWERS, OFFICE = ("reporter",), ("reviewer", "office"), ("office",)
ROLE_OF = {
    "save": TYPISTS, "submit": TYPISTS, "withdraw": TYPISTS, "pass": REVIEWERS, "return": REVIEWERS,
    "approve": OFFICE, "excuse": OFFICE, "expect": OFFICE,
}  # fmt: skip
MAY = [
    *(("reporter", verb, state) for verb in ("save", "submit") for state in (None, *OWED)),
    ("reporter", "withdraw", State.SUBMITTED),
    *((who, verb, State.SUBMITTED) for who in REVIEWERS for verb in ("pass", "return")),
    *(("office", "return", state) for state in (State.PASSED, State.APPROVED)),
    ("office", "approve", State.PASSED),
    *(("office", "excuse", state) for state in OWED),
    ("office", "expect", State.EXCUSED),
]


@pytest.mark.parametrize(("who", "verb", "state"), MAY)
def test_whoever_may_brings_the_report_on(cast, project, who, verb, state):
    in_state(project, state, cast.reporter)
    VERBS[verb](project, getattr(cast, who))
    assert stored(project).state == LEADS_TO[verb]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_everybody_else_is_refused_in_each_state_and_changes_nothing(cast, project, verb, state):
    in_state(project, state, cast.reporter)
    others = [who for who in vars(cast) if (who, verb, state) not in MAY]
    for who in others:
        with pytest.raises(ReportingError) as refusal:
            VERBS[verb](project, getattr(cast, who))
        assert isinstance(refusal.value, NotAllowedError) == (who not in ROLE_OF[verb])
    assert list(MonthlyReport.objects.values_list("state", "version")) == ([] if state is None else [(state, 1)])
    assert not ReportMove.objects.exists()


def test_superuser_without_a_role_types_and_reviews_nothing(cast, project):
    root = UserFactory(username="root", is_superuser=True, organisation=cast.office.organisation)
    in_state(project, State.SUBMITTED, cast.reporter)
    for verb in VERBS.values():
        with pytest.raises(NotAllowedError):
            verb(project, root)


def test_reviewer_of_another_district_reviews_nothing_here(cast, project):
    sangzhi = AreaFactory(name="桑植县")
    bureau = OrganisationFactory(name="桑植县发展改革局", kind=Organisation.Kind.DISTRICT_OFFICE, area=sangzhi)
    stranger = account(bureau, roles.REVIEWER)
    in_state(project, State.SUBMITTED, cast.reporter)
    with pytest.raises(NotAllowedError, match="由所在区县（园区）初审、市发改委审定，您的账号不能审核"):
        reporting.pass_report(read(project), stranger)


@pytest.fixture
def department(project):
    """The lead department of the project's category, with an account that reviews."""
    office = OrganisationFactory(name="市科技局", kind=Organisation.Kind.DEPARTMENT, area=city())
    project.category.lead_department = office
    project.category.save()
    return account(office, roles.REVIEWER)


def test_a_category_says_whether_its_department_or_the_area_reviews_first(cast, project, department):
    in_state(project, State.SUBMITTED, cast.reporter)
    with pytest.raises(NotAllowedError):
        reporting.pass_report(read(project), department)
    Category.objects.update(first_review=Category.FirstReview.DEPARTMENT)
    with pytest.raises(NotAllowedError, match="由牵头部门初审"):
        reporting.pass_report(read(project), cast.reviewer)
    assert reporting.pass_report(read(project), department).passed_by == department


def test_where_the_area_has_no_office_the_department_reviews_first(cast, project, department):
    project.area = AreaFactory(name="市直", kind=Area.Kind.DIRECT)
    project.save()
    in_state(project, State.SUBMITTED, cast.reporter)
    assert reporting.pass_report(read(project), department).state == State.PASSED


def test_the_office_approves_after_a_first_review_only(cast, project):
    in_state(project, State.SUBMITTED, cast.reporter)
    with pytest.raises(ReportingError, match="还没有初审。请等待初审，或先代为初审"):
        reporting.approve_report(read(project), cast.office)
    reporting.pass_report(read(project), cast.office)
    assert reporting.approve_report(read(project), cast.office).state == State.APPROVED


@pytest.mark.parametrize(("state", "done"), [(State.PASSED, "已初审通过"), (State.APPROVED, "已审定")])
def test_what_was_passed_or_approved_is_returned_by_the_office_only(cast, project, state, done):
    in_state(project, state, cast.reporter)
    with pytest.raises(ReportingError, match=f"{done}，只能由市发改委退回"):
        reporting.return_report(read(project), cast.reviewer, REASON)
    assert reporting.return_report(read(project), cast.office, REASON).state == State.RETURNED


def test_a_unit_with_both_roles_does_not_review_outside_its_review(cast, project):
    """To see a project as its reporter is not to review it."""
    both = account(cast.reporter.organisation, roles.REPORTER, roles.REVIEWER)
    in_state(project, State.SUBMITTED, cast.reporter)
    assert Project.objects.visible_to(both).exists()
    with pytest.raises(NotAllowedError):
        reporting.pass_report(read(project), both)


def test_nobody_reviews_what_he_or_she_submitted(cast, project):
    both = account(cast.reviewer.organisation, roles.REPORTER, roles.REVIEWER)
    project.owner = both.organisation
    project.save()
    reporting.submit_report(typed(project), both)
    for verb in ("pass", "return"):
        with pytest.raises(ReportingError, match="由您本人报送，须由其他人审核"):
            VERBS[verb](project, both)
    assert VERBS["pass"](project, cast.office).state == State.PASSED


def test_the_office_does_not_approve_what_it_submitted_itself(cast, project):
    both = account(cast.office.organisation, roles.REPORTER, roles.OFFICE)
    project.owner = both.organisation
    project.save()
    reporting.submit_report(typed(project), both)
    reporting.pass_report(read(project), cast.reviewer)
    with pytest.raises(ReportingError, match="由您本人报送，须由其他人审核"):
        reporting.approve_report(read(project), both)


# ---- what is written ----


def test_submission_says_who_and_when(cast, project, time_machine):
    time_machine.move_to("2018-01-22 10:03+08:00", tick=False)
    report = reporting.submit_report(typed(project), cast.reporter)
    assert (report.submitted_by, report.updated_by) == (cast.reporter, cast.reporter)
    assert report.submitted_at == timezone.now()
    assert reporting.last_act(stored(project)) == "reporter于 2018-01-22 10:03 报送"


def test_approval_says_who_and_when_and_is_counted(cast, project, time_machine):
    time_machine.move_to("2018-01-27 09:00+08:00", tick=False)
    reporting.submit_report(typed(project, "12.34"), cast.reporter)
    reporting.pass_report(read(project), cast.reviewer)
    reporting.approve_report(read(project), cast.office)
    report = stored(project)
    assert (report.reviewed_by, report.reviewed_at, report.submitted_by) == (cast.office, timezone.now(), cast.reporter)
    assert (report.passed_by, report.passed_at) == (cast.reviewer, timezone.now())
    progress.refresh_stale()
    assert ProjectProgress.objects.get(project=project, month=1).year_to_date == Decimal("12.34")


def test_a_submitted_report_is_not_counted(cast, project):
    AnnualPlanFactory(project=project)
    reporting.submit_report(typed(project, "12.34"), cast.reporter)
    progress.refresh_stale()
    assert ProjectProgress.objects.get(project=project, month=1).amount is None


def test_returned_report_becomes_a_draft_again_keeps_its_reason_and_can_be_submitted(cast, project):
    reporting.submit_report(typed(project), cast.reporter)
    reporting.return_report(read(project), cast.reviewer, f"  {REASON}\n")
    assert (stored(project).state, stored(project).return_reason) == (State.RETURNED, REASON)
    reporting.save_draft(typed(project, "90"), cast.reporter)
    assert (stored(project).state, stored(project).return_reason) == (State.DRAFT, REASON)
    reporting.submit_report(typed(project, "90"), cast.reporter)
    assert (stored(project).state, stored(project).amount, stored(project).version) == (State.SUBMITTED, 90, 4)


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_return_needs_a_reason(cast, project, reason):
    in_state(project, State.SUBMITTED, cast.reporter)
    with pytest.raises(ReportingError, match="退回必须写明原因"):
        reporting.return_report(read(project), cast.reviewer, reason)
    assert stored(project).state == State.SUBMITTED


def test_submission_needs_an_amount_and_a_draft_does_not(cast, project):
    with pytest.raises(ReportingError, match="没有投资，请填 0"):
        reporting.submit_report(typed(project, None), cast.reporter)
    assert not MonthlyReport.objects.exists()
    assert reporting.save_draft(typed(project, None), cast.reporter).amount is None
    assert reporting.submit_report(typed(project, "0"), cast.reporter).amount == 0


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_done_in_a_closed_month(cast, project, verb):
    who, state = next((who, state) for who, act, state in MAY if act == verb and state is not None)
    in_state(project, state, cast.reporter)
    Period.objects.update(closed_at=timezone.now())
    with pytest.raises(ReportingError, match=r"2018年1月已于 .* 关账，月报不能再填报或审核。确需更正"):
        VERBS[verb](project, getattr(cast, who))
    assert (stored(project).state, stored(project).version) == (state, 1)


def test_nothing_is_typed_for_a_month_that_nobody_reports(cast, project):
    Period.objects.all().delete()
    with pytest.raises(ReportingError, match="2018年1月还没有开放填报"):
        reporting.save_draft(typed(project), cast.reporter)


def test_refusal_names_who_types_and_never_tells_of_a_draft(cast, project):
    project.owner = OrganisationFactory(name="示例业主")
    project.save()
    with pytest.raises(NotAllowedError, match="由示例责任单位 慈利 01、示例业主填报"):
        reporting.save_draft(typed(project), cast.office)
    with pytest.raises(ReportingError) as without:
        reporting.approve_report(read(project), cast.office)
    in_state(project, State.DRAFT, cast.reporter)
    with pytest.raises(ReportingError) as with_draft:
        reporting.approve_report(read(project), cast.office)
    assert str(with_draft.value) == str(without.value)


# ---- taken back, excused, asked about ----


def test_a_unit_takes_back_what_nobody_has_begun_to_review(cast, project):
    reporting.submit_report(typed(project), cast.reporter)
    reporting.begin_review(stored(project), cast.reviewer)
    with pytest.raises(ReportingError, match=r"reviewer已于 .* 开始审核，不能撤回。确需修改，请联系审核单位退回"):
        reporting.withdraw_report(read(project), cast.reporter)
    assert stored(project).state == State.SUBMITTED


def test_to_begin_a_review_is_no_change_of_the_report(cast, project, time_machine):
    time_machine.move_to("2018-01-26 09:00+08:00", tick=False)
    reporting.submit_report(typed(project), cast.reporter)
    seen = read(project)
    reporting.begin_review(stored(project), cast.reviewer)
    reporting.begin_review(stored(project), cast.office)
    assert (stored(project).review_begun_by, stored(project).review_begun_at) == (cast.reviewer, timezone.now())
    assert reporting.pass_report(seen, cast.reviewer).state == State.PASSED


def test_a_report_handed_in_again_can_be_taken_back_again(cast, project):
    reporting.submit_report(typed(project), cast.reporter)
    reporting.begin_review(stored(project), cast.reviewer)
    reporting.return_report(read(project), cast.reviewer, REASON)
    reporting.submit_report(typed(project), cast.reporter)
    assert reporting.withdraw_report(read(project), cast.reporter).state == State.DRAFT


def test_the_day_of_the_first_submission_stays(cast, project, time_machine):
    time_machine.move_to("2018-01-20 10:00+08:00", tick=False)
    reporting.submit_report(typed(project), cast.reporter)
    first = timezone.now()
    reporting.return_report(read(project), cast.reviewer, REASON)
    time_machine.move_to("2018-01-27 10:00+08:00", tick=False)
    reporting.submit_report(typed(project), cast.reporter)
    assert (stored(project).first_submitted_at, stored(project).submitted_at) == (first, timezone.now())


def test_an_excuse_says_why_and_keeps_what_was_typed(cast, project):
    reporting.save_draft(typed(project, "7"), cast.reporter)
    excused = reporting.excuse_report(read(project), cast.office, " 停工。 ")
    assert (excused.state, excused.excuse_reason, excused.amount) == (State.EXCUSED, "停工。", 7)
    assert reporting.expect_report(read(project), cast.office).state == State.DRAFT


def test_a_report_nobody_had_begun_is_expected_again(cast, project):
    MonthlyReportFactory(project=project, state=State.EXPECTED, amount=None)
    reporting.excuse_report(read(project), cast.office, REASON)
    assert reporting.expect_report(read(project), cast.office).state == State.EXPECTED


def test_an_odd_amount_is_handed_in_with_an_explanation_only(cast, project):
    AnnualPlanFactory(project=project, amount=Decimal(1000))
    with pytest.raises(ReasonNeededError, match=r"超过年度计划 1,000\.00 万元") as asked:
        reporting.submit_report(typed(project, "1000.01"), cast.reporter)
    assert [doubt.code for doubt in asked.value.doubts] == ["over-plan"]
    report = reporting.submit_report(typed(project, "1000.01", explanation="设备一次付清。"), cast.reporter)
    assert (report.state, report.doubts) == (State.SUBMITTED, ["over-plan"])


def test_a_draft_may_be_odd_and_remembers_it(cast, project):
    AnnualPlanFactory(project=project, amount=Decimal(1000))
    assert reporting.save_draft(typed(project, "1000.01"), cast.reporter).doubts == ["over-plan"]
    assert reporting.save_draft(typed(project, "999"), cast.reporter).doubts == []


def test_procedures_are_told_in_words_and_without_an_amount(cast, project):
    MonthlyReportFactory(project=project, state=State.EXPECTED, amount=None, kind=MonthlyReport.Kind.PROCEDURES)
    with pytest.raises(ReportingError, match="必须写明前期手续办理情况"):
        reporting.submit_report(typed(project, None), cast.reporter)
    report = reporting.submit_report(typed(project, None, image_progress="环评已批复。"), cast.reporter)
    assert (report.state, report.amount) == (State.SUBMITTED, None)


def test_nothing_is_typed_before_the_month_opens(cast, project, time_machine):
    time_machine.move_to("2018-01-14 23:59+08:00", tick=False)
    with pytest.raises(ReportingError, match="2018年1月于 2018-01-15 开放填报，现在还不能填"):
        reporting.save_draft(typed(project), cast.reporter)
    time_machine.move_to("2018-01-15 00:00+08:00", tick=False)
    assert reporting.save_draft(typed(project), cast.reporter).state == State.DRAFT


# ---- each move is recorded ----


def test_each_move_says_who_when_from_where_to_where_and_why(cast, project, time_machine):
    time_machine.move_to("2018-01-20 10:00+08:00", tick=False)
    reporting.save_draft(typed(project, "1"), cast.reporter)
    reporting.save_draft(typed(project, "2"), cast.reporter)
    reporting.submit_report(typed(project, "2"), cast.reporter)
    reporting.return_report(read(project), cast.reviewer, REASON)
    reporting.submit_report(typed(project, "3"), cast.reporter)
    reporting.pass_report(read(project), cast.reviewer)
    reporting.return_report(read(project), cast.office, "再核。")
    assert list(ReportMove.objects.values_list("by__username", "from_state", "to_state", "reason")) == [
        ("reporter", State.EXPECTED, State.DRAFT, ""),
        ("reporter", State.DRAFT, State.SUBMITTED, ""),
        ("reviewer", State.SUBMITTED, State.RETURNED, REASON),
        ("reporter", State.RETURNED, State.SUBMITTED, ""),
        ("reviewer", State.SUBMITTED, State.PASSED, ""),
        ("office", State.PASSED, State.RETURNED, "再核。"),
    ]
    assert set(ReportMove.objects.values_list("at", flat=True)) == {timezone.now()}


def test_that_a_unit_has_begun_to_type_is_its_own_business(cast, project):
    reporting.save_draft(typed(project), cast.reporter)
    seen = {who: ReportMove.objects.visible_to(getattr(cast, who)).count() for who in vars(cast)}
    assert seen == {"reporter": 1, "neighbour": 0, "reviewer": 0, "office": 0, "leader": 0, "admin": 0}
    reporting.submit_report(typed(project), cast.reporter)
    seen = {who: ReportMove.objects.visible_to(getattr(cast, who)).count() for who in vars(cast)}
    assert seen == {"reporter": 2, "neighbour": 0, "reviewer": 1, "office": 1, "leader": 1, "admin": 1}


# ---- two at once ----


def test_what_was_changed_since_it_was_read_is_not_overwritten(cast, project):
    mine, theirs = typed(project, "1"), typed(project, "2")
    reporting.save_draft(theirs, cast.reporter)
    with pytest.raises(LostUpdateError):
        reporting.save_draft(mine, cast.reporter)
    with pytest.raises(LostUpdateError):
        reporting.submit_report(mine, cast.reporter)
    assert (stored(project).amount, stored(project).version) == (2, 1)


def test_reviewer_does_not_approve_figures_that_were_not_read(cast, project):
    reporting.submit_report(typed(project, "1"), cast.reporter)
    seen = read(project)
    reporting.return_report(read(project), cast.office, REASON)
    reporting.submit_report(typed(project, "2"), cast.reporter)
    with pytest.raises(LostUpdateError):
        reporting.pass_report(seen, cast.reviewer)
    assert stored(project).state == State.SUBMITTED


@pytest.mark.parametrize(
    ("verb", "state", "told"),
    [
        ("save", None, "刚才已经存为草稿，没有重复提交"),
        ("submit", None, "刚才已经报送，没有重复提交"),
        ("pass", State.SUBMITTED, "您已经初审通过过这份月报"),
        ("approve", State.PASSED, "您已经审定过这份月报"),
        ("return", State.SUBMITTED, "您已经退回过这份月报"),
    ],
)
def test_double_click_harms_nothing_and_is_told(cast, project, verb, state, told):
    in_state(project, state, cast.reporter)
    by = {"pass": cast.reviewer, "return": cast.reviewer, "approve": cast.office}.get(verb, cast.reporter)
    version = stored(project).version if state else 0
    VERBS[verb](project, by)
    again = typed(project)
    again.version = version
    acts = {
        "save": lambda: reporting.save_draft(again, by),
        "submit": lambda: reporting.submit_report(again, by),
        "pass": lambda: reporting.pass_report(again, by),
        "approve": lambda: reporting.approve_report(again, by),
        "return": lambda: reporting.return_report(again, by, REASON),
    }
    with pytest.raises(AlreadyDoneError, match=told):
        acts[verb]()
    assert stored(project).version == version + 1


def test_same_click_of_somebody_else_is_no_double_click(cast, project):
    colleague = account(cast.reporter.organisation, roles.REPORTER)
    mine = typed(project)
    reporting.save_draft(typed(project), colleague)
    with pytest.raises(LostUpdateError):
        reporting.save_draft(mine, cast.reporter)


def at_once(*acts):
    """Run the acts in threads that start together; what each raised, None for the winner."""
    barrier, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            barrier.wait()
            act()
        except Exception as error:
            outcomes[place] = type(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("exists", [False, True])
def test_of_many_who_save_at_once_one_wins_and_the_others_are_told(cast, project, exists):
    if exists:
        in_state(project, State.DRAFT, cast.reporter)
    before = 1 if exists else 0
    people = [account(cast.reporter.organisation, roles.REPORTER) for _ in range(4)]
    reports = [typed(project, str(number)) for number, _ in enumerate(people)]
    outcomes = at_once(
        *(lambda r=report, p=person: reporting.save_draft(r, p) for report, person in zip(reports, people, strict=True))
    )
    assert sorted(outcomes, key=str) == [LostUpdateError] * 3 + [None]
    winner = outcomes.index(None)
    assert (stored(project).amount, stored(project).updated_by, stored(project).version) == (
        winner, people[winner], before + 1,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_who_review_at_once_one_wins_and_the_other_is_told(cast, project):
    in_state(project, State.SUBMITTED, cast.reporter)
    seen = read(project), read(project)
    outcomes = at_once(
        lambda: reporting.pass_report(seen[0], cast.reviewer),
        lambda: reporting.return_report(seen[1], cast.office, REASON),
    )
    assert sorted(outcomes, key=str) == [LostUpdateError, None]
    assert stored(project).state == (State.PASSED if outcomes[0] is None else State.RETURNED)
    assert stored(project).version == 2


@pytest.mark.django_db(transaction=True)
def test_row_itself_keeps_watch_over_what_does_not_hold_the_month(cast, project):
    """Whoever writes past the verbs, as the administration pages do, between the look and the save."""
    in_state(project, State.DRAFT, cast.reporter)
    mine = typed(project, "7")
    MonthlyReport.objects.filter(project=project).update(version=9)
    with pytest.raises(LostUpdateError):
        reporting.save_draft(mine, cast.reporter)
    assert stored(project).amount == 100


@pytest.mark.django_db(transaction=True)
def test_month_that_closes_meanwhile_is_closed_for_whoever_comes_second(cast, project):
    report = typed(project)
    outcomes = at_once(lambda: reporting.save_draft(report, cast.reporter), lambda: close(JANUARY))
    saved = MonthlyReport.objects.filter(project=project).exists()
    assert outcomes == [None if saved else ReportingError, None]
    assert Period.objects.get().closed_at is not None


def close(month):
    period = Period.objects.get(year=month.year, month=month.number)
    period.closed_at = timezone.now()
    period.save()
