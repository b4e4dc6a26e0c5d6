"""What changed since the month before, as the overview tells it."""

from decimal import Decimal

import pytest

from investment import progress
from investment.news import news
from investment.places import place_of
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, project_with


def told(user, month):
    progress.refresh_stale()
    return news(place_of(user, month))


@pytest.fixture
def project(cast):
    return project_with(plan=1200, reports=[50, 150, 100])


def test_the_amount_and_the_rate_beside_those_of_the_month_before(cast, project):
    february = told(cast.office, "2018-02")
    assert (february.now.amount, february.more, february.points) == (150, 100, Decimal("12.50"))


def test_less_than_in_the_month_before(cast, project):
    march = told(cast.office, "2018-03")
    assert (march.more, march.apart) == (-50, 50)


def test_the_first_month_has_nothing_to_be_compared_with(cast, project):
    january = told(cast.office, "2018-01")
    assert (january.now.amount, january.before, january.more, january.points) == (50, None, None, None)


def test_a_month_without_approved_reports_has_no_news(cast, project):
    project_with(plan=1200, reports=[50, None, None, 70])
    assert told(cast.office, "2018-04") is not None
    project_with(plan=1200, reports=[None, None, None, None, None, 70])
    assert told(cast.office, "2018-05") is None


def test_nor_is_the_month_after_it_compared_with_it(cast):
    project_with(plan=1200, reports=[50, None, 70])
    march = told(cast.office, "2018-03")
    assert (march.now.amount, march.more) == (70, None)


def test_rates_of_two_years_are_not_compared(cast):
    both = project_with(plan=1200, reports=[None] * 11 + [120])
    AnnualPlanFactory(project=both, year=2019, amount=Decimal(2400))
    MonthlyReportFactory(project=both, year=2019, month=1, amount=Decimal(240))
    january = told(cast.office, "2019-01")
    assert (january.more, january.points) == (120, None)


def test_the_largest_of_the_month_first_and_none_without_an_amount(cast):
    least, most = project_with(plan=9, reports=[5, 1]), project_with(plan=9, reports=[1, 5])
    project_with(plan=9, reports=[9, 0]), project_with(plan=9, reports=[9])
    assert told(cast.office, "2018-02").largest == [most, least]


def test_a_reporter_is_told_of_the_own_projects(cast, project):
    own = project_with(plan=1200, reports=[10, 30], responsible_unit=cast.reporter.organisation)
    february = told(cast.reporter, "2018-02")
    assert (february.now.amount, february.more, february.largest) == (30, 20, [own])
