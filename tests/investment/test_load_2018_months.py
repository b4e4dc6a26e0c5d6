"""The months after `load_2018`: those of 2018 closed for good, January 2019 open in every state, work for everybody."""

import datetime
from collections import Counter
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from investment.background import backgrounds
from investment.completeness import board_of
from investment.expected import expect_reports
from investment.models import (
    AnnualPlan,
    ClosedGroupProgress,
    ClosedProjectProgress,
    Correction,
    GroupProgress,
    MonthlyReport,
    Period,
    PlanChange,
    ProjectProgress,
    Proposal,
    Reopening,
    ReportMove,
)
from investment.months import Month
from investment.moves import MOVES
from investment.plausibility import doubts
from investment.year_2018.january import JANUARY
from projects.models import Area, Category, Enlistment, Nature, Project, User

from .year_2018 import all_rows, loaded_year

State, Kind = MonthlyReport.State, MonthlyReport.Kind


@pytest.fixture(scope="module")
def year_2018(django_db_setup, django_db_blocker):
    with loaded_year(django_db_blocker):
        yield


pytestmark = [pytest.mark.usefixtures("year_2018"), pytest.mark.django_db]


def of_2018(**fields):
    return MonthlyReport.objects.filter(year=2018, **fields)


def of_january(**fields):
    return MonthlyReport.objects.of(JANUARY).filter(**fields)


def person(username):
    return User.objects.get(username=username)


def own(username):
    """What this one of the cast types, by state."""
    reports = of_january(project__in=Project.objects.reported_by(person(username)))
    return Counter(State(state).name for state in reports.values_list("state", flat=True))


def to_review(username):
    return of_january(project__in=Project.objects.reviewed_by(person(username)))


def days_ago(number):
    return timezone.localdate() - datetime.timedelta(days=number)


# 2018: closed


def test_the_twelve_months_of_2018_were_opened_on_the_fifteenth_and_closed_on_the_fifth_by_the_office():
    rows = [
        (timezone.localdate(each.opened_at), timezone.localdate(each.closed_at), str(each.closed_by.username))
        for each in Period.objects.filter(year=2018)
    ]
    assert rows == [
        (Month(2018, month).day(15), Month(2018, month).shift(1).day(5), "office") for month in range(1, 13)
    ]


@pytest.mark.parametrize("month", range(1, 13))
def test_the_database_refuses_another_amount_for_a_closed_month(month):
    with pytest.raises(IntegrityError), transaction.atomic():
        of_2018(month=month).update(amount=1)


def test_of_2018_everything_is_approved_excused_or_missing_but_what_was_reopened():
    states = {
        State(state).name: number for state, number in of_2018().order_by().values_list("state").annotate(Count("pk"))
    }
    assert states == {"APPROVED": 1051, "EXCUSED": 4, "MISSING": 8, "EXPECTED": 1}


def test_every_report_of_2018_was_due_on_the_day_of_the_rule():
    assert set(of_2018().values_list("month", "due_on")) == {
        (month, datetime.date(2018, month, 25)) for month in range(1, 13)
    }


def test_some_units_are_never_late_and_some_often():
    board = board_of(person("office"), 2018, "unit", timezone.localdate())
    shares = sorted(row.late / row.received for row in board.rows if row.received)
    assert shares[0] == 0
    assert shares[-1] > 0.1
    assert 0.04 < board.total.late / board.total.received < 0.08
    assert len(set(shares)) > 6


def test_what_is_excused_or_missing_carries_no_figure_and_says_why_it_is_so():
    without = of_2018(state__in=[State.EXCUSED, State.MISSING])
    assert not without.exclude(amount=None, received=None, image_progress="", submitted_at=None).exists()
    reasons = set(ReportMove.objects.filter(report__in=without).values_list("to_state", "by__username", "reason"))
    assert reasons == {
        (State.EXCUSED, "office", "停工期间无投资，复工前免报。"),
        (State.MISSING, "office", "关账时未报送"),
    }


def test_preparatory_projects_reported_their_procedures_each_quarter_since_they_were_signed():
    reports = of_2018(kind=Kind.PROCEDURES)
    assert set(reports.values_list("month", flat=True)) == {3, 6, 9, 12}
    enlisted = Enlistment.objects.filter(action_plan__year=2018, nature=Nature.PREPARATORY)
    assert not reports.exclude(project__in=enlisted.values("project")).exists()
    assert not reports.filter(amount__isnull=False).exists()
    assert not reports.filter(project__contracts__signed_on__gt=F("due_on")).exists()
    assert not reports.filter(state=State.APPROVED, image_progress="").exists()


def test_reports_are_passed_by_the_reviewer_where_the_category_has_it_so():
    by_reviewer = of_2018(passed_by=person("reviewer"))
    assert set(by_reviewer.values_list("project__area__name", flat=True)) == {"慈利县"}
    assert set(by_reviewer.values_list("project__category__code", flat=True)) == {"industry", "product", "investment"}
    assert Category.objects.get(code="technology").first_review == Category.FirstReview.DEPARTMENT


def test_an_approved_report_was_handed_in_passed_and_approved_in_this_order_before_the_close():
    approved = of_2018(state=State.APPROVED)
    in_order = Q(
        first_submitted_at__lte=F("submitted_at"), submitted_at__lt=F("passed_at"), passed_at__lt=F("reviewed_at")
    )
    assert not approved.exclude(in_order).exists()
    closed = dict(Period.objects.filter(year=2018).values_list("month", "closed_at"))
    assert all(reviewed < closed[month] for month, reviewed in approved.values_list("month", "reviewed_at"))


# Moves


def test_the_moves_of_each_report_lead_to_its_state():
    moves = {}
    for move in ReportMove.objects.order_by("report", "id"):
        moves.setdefault(move.report_id, []).append(move)
    for report in MonthlyReport.objects.all():
        states = [State.EXPECTED, *(move.to_state for move in moves.get(report.pk, []))]
        assert [move.from_state for move in moves.get(report.pk, [])] == states[:-1]
        assert (report.state, report.version) == (states[-1], len(states))


def test_every_move_is_one_of_the_ways_there_are():
    ways = {(source, way.target) for way in MOVES for source in way.sources}
    assert set(ReportMove.objects.values_list("from_state", "to_state")) <= ways


def test_moves_are_in_the_order_of_time():
    times = [move.at for move in ReportMove.objects.filter(report__year=2018, report__month__lt=12).order_by("id")]
    assert times == sorted(times)


def test_what_came_back_came_back_with_a_reason_from_either_review():
    returned = ReportMove.objects.filter(to_state=State.RETURNED)
    assert not returned.filter(reason="").exists()
    assert set(returned.filter(report__year=2018).values_list("from_state", flat=True)) == {
        State.SUBMITTED,
        State.PASSED,
    }


def test_nobody_passed_or_approved_what_he_or_she_submitted():
    signed = MonthlyReport.objects.exclude(submitted_by=None)
    assert signed.exists()
    assert not signed.filter(Q(submitted_by=F("passed_by")) | Q(submitted_by=F("reviewed_by"))).exists()


def test_whoever_submitted_works_for_the_responsible_unit():
    signed = MonthlyReport.objects.exclude(submitted_by=None)
    assert not signed.exclude(submitted_by__organisation=F("project__responsible_unit")).exists()


# Corrections and plan changes


def test_two_corrections_of_may_move_an_amount_from_one_project_of_a_unit_to_another():
    approved = Correction.objects.approved().select_related("report__project").order_by("report__project__code")
    rows = [(each.report.project.code, each.report.month, each.new_amount - each.old_amount) for each in approved]
    assert rows == [("SL2018-1-26", 5, Decimal(30)), ("SL2018-1-29", 5, Decimal(-30))]
    places = approved.values_list(
        "report__project__category", "report__project__area", "report__project__responsible_unit"
    )
    assert len(set(places)) == 1
    assert {(each.proposed_by.username, each.decided_by.username) for each in approved} == {("reporter", "office")}
    assert all(each.old_amount == each.report.amount for each in approved)


def test_the_figures_as_closed_differ_from_todays_only_where_a_correction_came_later():
    def to_date(model):
        rows = model.objects.filter(year=2018).order_by("project__code", "month")
        return {
            (code, month): amount for code, month, amount in rows.values_list("project__code", "month", "year_to_date")
        }

    closed, now = to_date(ClosedProjectProgress), to_date(ProjectProgress)
    assert list(closed) == list(now)
    changed = [(*key, now[key] - closed[key]) for key in now if now[key] != closed[key]]
    assert changed == [
        ("SL2018-1-26", 5, 30),
        ("SL2018-1-26", 6, 30),
        ("SL2018-1-29", 5, -30),
        ("SL2018-1-29", 6, -30),
    ]


def test_the_figures_of_every_group_were_closed_with_each_month():
    groups = GroupProgress.objects.filter(year=2018, projects__gt=0).count()
    assert ClosedGroupProgress.objects.filter(year=2018).count() == groups


def test_the_corrections_concern_no_provincial_project_and_none_near_its_plan():
    for each in Correction.objects.approved():
        reported = of_2018(project=each.report.project).aggregate(sum=Sum("amount"))["sum"]
        plan = AnnualPlan.objects.get(project=each.report.project, year=2018)
        assert not each.report.project.enlistments.filter(provincial=True).exists()
        assert reported + 30 < plan.amount


def test_every_revision_of_2018_comes_from_an_approved_change():
    changes = PlanChange.objects.filter(year=2018, state=Proposal.State.APPROVED)
    assert set(changes.values_list("plan", "amount", "document_number", "effective_on")) == set(
        (plan.pk, plan.amount, plan.document_number, datetime.date(2018, 9, 1))
        for plan in AnnualPlan.objects.filter(year=2018, revision=1)
    )


def test_a_correction_and_a_plan_change_of_the_reporter_wait_for_the_office():
    correction = Correction.objects.get(state=Proposal.State.PROPOSED)
    change = PlanChange.objects.get(state=Proposal.State.PROPOSED)
    assert (correction.proposed_by, change.proposed_by) == (person("reporter"), person("reporter"))
    assert correction.old_amount == correction.report.amount
    plan = AnnualPlan.objects.get(project=change.project, year=2019)
    assert (change.year, change.amount) == (2019, plan.amount + 500)


def test_a_missing_report_of_december_is_reopened_for_the_reporter():
    reopening = Reopening.objects.get()
    report = reopening.report
    assert (report.month, report.state, report.kind) == (12, State.EXPECTED, Kind.PROCEDURES)
    assert reopening.is_open(timezone.localdate())
    assert list(report.moves.values_list("to_state", flat=True)) == [State.MISSING, State.EXPECTED]
    assert report in MonthlyReport.objects.filter(project__in=Project.objects.reported_by(person("reporter")))


# January 2019


def test_the_days_of_january_follow_the_day_of_the_load():
    period = Period.objects.get(year=2019, month=1)
    assert [getattr(period, name) for name in Period.DAYS] == [days_ago(days) for days in (10, -3, -5, -6, -13)]
    assert (timezone.localdate(period.opened_at), period.closed_at) == (days_ago(10), None)
    assert set(of_january().values_list("due_on", flat=True)) == {days_ago(-3)}


def test_every_state_but_missing_occurs_in_january_and_half_of_the_reports_are_in():
    states = Counter(State(state).name for state in of_january().values_list("state", flat=True))
    assert states == {
        "EXPECTED": 20,
        "DRAFT": 13,
        "SUBMITTED": 21,
        "PASSED": 12,
        "APPROVED": 10,
        "RETURNED": 6,
        "EXCUSED": 2,
    }


def test_the_clock_finds_nothing_to_expect_that_is_not_there():
    before = all_rows()["MonthlyReport"]
    assert expect_reports(Period.objects.get(year=2019, month=1)) == 0
    assert all_rows()["MonthlyReport"] == before


def test_nothing_of_january_happened_before_it_opened_or_after_the_load():
    days = {timezone.localdate(move.at) for move in ReportMove.objects.filter(report__year=2019)}
    assert days <= {days_ago(days) for days in range(1, 10)}


def test_the_doubts_kept_are_those_that_the_figures_raise():
    judged = backgrounds(of_january().values_list("project", flat=True), JANUARY)
    for report in of_january():
        found = [] if report.amount is None else doubts(report.amount, judged[report.project_id])
        assert report.doubts == [doubt.code for doubt in found]


def test_what_was_handed_in_with_a_doubt_is_explained():
    doubtful = of_january(first_submitted_at__isnull=False).exclude(doubts=[])
    assert doubtful.count() >= 8
    assert not doubtful.filter(explanation="").exists()


def test_january_counts_what_is_approved_and_nothing_else():
    city = GroupProgress.objects.get(year=2019, month=1, kind=GroupProgress.Kind.TOTAL, area__kind=Area.Kind.CITY)
    approved = of_january(state=State.APPROVED).aggregate(number=Count("pk"), sum=Sum("amount"))
    assert (city.reported_projects, city.amount) == (approved["number"], approved["sum"])


def test_the_reporter_finds_a_report_in_each_state_and_one_with_a_doubt_to_explain():
    assert own("reporter") == {"EXPECTED": 2, "DRAFT": 2, "SUBMITTED": 1, "PASSED": 1, "RETURNED": 2}
    drafts = of_january(state=State.DRAFT, project__responsible_unit=person("reporter").organisation)
    assert sorted(drafts.values_list("doubts", "explanation")) == [([], ""), (["tenfold", "over-plan"], "")]
    assert drafts.filter(amount=None).count() == 1


def test_what_the_reporter_submitted_may_still_be_withdrawn():
    submitted = of_january(state=State.SUBMITTED, submitted_by=person("reporter")).get()
    assert submitted.review_begun_at is None


def test_the_neighbour_finds_own_ones_and_one_that_is_being_reviewed():
    assert own("neighbour") == {"EXPECTED": 1, "DRAFT": 1, "SUBMITTED": 2, "RETURNED": 1}
    begun = of_january(state=State.SUBMITTED, submitted_by=person("neighbour"), review_begun_at__isnull=False).get()
    assert begun.review_begun_by == person("reviewer")


def test_the_reviewer_finds_submitted_reports_of_the_county_with_and_without_doubts():
    waiting = to_review("reviewer").filter(state=State.SUBMITTED)
    assert (waiting.filter(doubts=[]).count(), waiting.exclude(doubts=[]).count()) == (4, 2)
    assert set(waiting.values_list("project__area__name", flat=True)) == {"慈利县"}


def test_the_office_finds_passed_reports_with_and_without_doubts_and_submitted_ones_elsewhere():
    passed = to_review("office").filter(state=State.PASSED)
    assert (passed.filter(doubts=[]).count(), passed.exclude(doubts=[]).count()) == (8, 4)
    elsewhere = to_review("office").filter(state=State.SUBMITTED).exclude(project__area__name="慈利县")
    assert elsewhere.count() == 14


def test_reports_were_returned_from_either_review():
    last = {}
    for move in ReportMove.objects.filter(report__in=of_january(state=State.RETURNED)).order_by("id"):
        last[move.report_id] = move.from_state
    assert set(last.values()) == {State.SUBMITTED, State.PASSED}


# Nothing invented of the real ones


def test_no_published_project_got_a_report_a_change_or_a_figure():
    published = Project.objects.filter(is_sample=False)
    assert published.count() == 22
    for rows, way in (
        (MonthlyReport.objects, "project"),
        (ReportMove.objects, "report__project"),
        (Correction.objects, "report__project"),
        (PlanChange.objects, "project"),
        (Reopening.objects, "report__project"),
    ):
        assert rows.exists()
        assert not rows.filter(**{f"{way}__in": published}).exists()


def test_every_invented_reason_of_a_change_says_that_it_is_a_sample():
    reasons = [each.reason for model in (Correction, Reopening) for each in model.objects.all()]
    assert len(reasons) == 4
    assert {reason[:3] for reason in reasons} == {"示例："}
    assert not PlanChange.objects.exclude(document_number__startswith="示例").exists()
