"""快报: approved and not yet approved amounts stand apart, each reader's own part, and never as an official figure."""

import datetime
from decimal import Decimal
from html import unescape

import pytest
from django.utils.html import strip_tags

from investment import progress
from investment.models import MonthlyReport
from projects.models import Organisation
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OrganisationFactory,
    ProjectFactory,
    city,
)
from tests.pages import said

State = MonthlyReport.State


def planned(plan=1000, **fields):
    project = ProjectFactory(**fields)
    AnnualPlanFactory(project=project, amount=Decimal(plan))
    return project


def due(project, month=1):
    return MonthlyReportFactory(project=project, month=month, state=State.EXPECTED, amount=None)


def reported(project, state, amount, month=1):
    reason = "请核实。" if state == State.RETURNED else ""
    return MonthlyReportFactory(
        project=project,
        state=state,
        month=month,
        return_reason=reason,
        amount=None if amount is None else Decimal(amount),
    )


@pytest.fixture
def flash(client, cast):
    def get(who="leader", **asked):
        progress.refresh_stale()
        client.force_login(getattr(cast, who))
        return client.get("/reports/flash/", asked)

    return get


def rows(response, table=0):
    return [
        [" ".join(unescape(strip_tags(str(cell))).split()) for cell in row]
        for row in response.context["tables"][table].rows
    ]


def test_approved_and_waiting_amounts_stand_apart(flash):
    industry, technology = CategoryFactory(code="industry"), CategoryFactory(code="technology")
    approved, waiting = planned(category=industry), planned(category=industry)
    reported(approved, State.APPROVED, "100")
    reported(waiting, State.SUBMITTED, "30")
    reported(planned(category=technology), State.SUBMITTED, "0")
    reported(planned(category=technology), State.DRAFT, "7777")
    reported(planned(category=technology), State.RETURNED, "8888")
    due(planned(category=technology))
    MonthlyReportFactory(
        project=planned(category=technology), state=State.EXCUSED, excuse_reason="停产检修", amount=Decimal(9999)
    )
    assert rows(flash(month="2018-01")) == [
        ["类别 industry", "2 / 2", "100.00", "30.00", "130.00", "6.50"],
        ["类别 technology", "1 / 4", "—", "0.00", "0.00", "0.00"],
        ["合计", "3 / 6", "100.00", "30.00", "130.00", "1.86"],
    ]


def test_areas_add_up_to_the_same_total(flash):
    reported(planned(area=AreaFactory(name="慈利县")), State.SUBMITTED, "30")
    reported(planned(area=AreaFactory(name="桑植县")), State.APPROVED, "20")
    assert rows(flash(month="2018-01"), table=1) == [
        ["慈利县", "1 / 1", "—", "30.00", "30.00", "3.00"],
        ["桑植县", "1 / 1", "20.00", "—", "20.00", "2.00"],
        ["合计", "2 / 2", "20.00", "30.00", "50.00", "2.50"],
    ]


def test_year_to_date_includes_what_earlier_months_still_wait_for(flash):
    project = planned()
    reported(project, State.APPROVED, "100", month=1)
    reported(project, State.SUBMITTED, "50", month=2)
    reported(project, State.SUBMITTED, "25", month=3)
    assert [rows(flash(month=f"2018-0{month}"))[-1][1:5] for month in (1, 2, 3, 4)] == [
        ["1 / 1", "100.00", "—", "100.00"],
        ["1 / 1", "100.00", "50.00", "150.00"],
        ["1 / 1", "100.00", "75.00", "175.00"],
        ["0 / 0", "100.00", "75.00", "175.00"],
    ]


def test_nothing_handed_in_is_not_zero(flash):
    due(planned())
    assert rows(flash(month="2018-01"))[-1] == ["合计", "0 / 1", "—", "—", "—", "—"]


def test_amount_without_plan_is_shown_and_a_plan_alone_is_not_due(flash):
    reported(ProjectFactory(), State.SUBMITTED, "5")
    planned()
    assert rows(flash(month="2018-01"))[-1] == ["合计", "1 / 1", "—", "5.00", "5.00", "0.50"]


@pytest.mark.parametrize(
    ("who", "total"), [("office", "30.00"), ("reviewer", "10.00"), ("reporter", "10.00"), ("admin", "30.00")]
)
def test_each_reader_gets_the_own_part(flash, cast, who, total):
    reported(planned(responsible_unit=cast.reporter.organisation), State.SUBMITTED, "10")
    reported(
        planned(area=AreaFactory(name="桑植县"), responsible_unit=cast.neighbour.organisation), State.SUBMITTED, "20"
    )
    response = flash(who, month="2018-01")
    assert [rows(response)[-1][3], rows(response, table=1)[-1][3]] == [total, total]
    assert ("桑植县" in said(response)) == (who in ("office", "admin"))


def test_page_says_that_it_is_not_official_and_as_of_when(flash, time_machine):
    time_machine.move_to(datetime.datetime(2018, 1, 22, 2, 3, tzinfo=datetime.UTC), tick=False)
    reported(planned(), State.SUBMITTED, "9690.4")
    text = said(flash(month="2018-01"))
    assert "2018 年 1 月快报：张家界市应报 1 份，已报 1 份；已报送未审定 9,690.40 万元 截至 2018-01-22 10:03" in text
    assert "快报：含尚未审定的月报，不作为正式数据" in text


def test_project_of_another_city_is_not_counted(flash, cast):
    reported(planned(), State.SUBMITTED, "10")
    other = AreaFactory(name="示例市", kind="city", parent=city().parent, order=9)
    reported(planned(area=AreaFactory(name="示例区", parent=other)), State.SUBMITTED, "99")
    assert rows(flash("office", month="2018-01"))[-1][3] == "10.00"


def test_unknown_month_is_not_found(flash):
    planned()
    assert flash(month="2017-01").status_code == 404


def test_flash_takes_the_same_queries_for_1_and_for_3_projects(flash, client, cast, django_assert_num_queries):
    reported(planned(), State.SUBMITTED, "10")
    flash("office")
    with django_assert_num_queries(19):
        client.get("/reports/flash/")
    for code, state in (("technology", State.APPROVED), ("product", State.SUBMITTED)):
        unit = OrganisationFactory(kind=Organisation.Kind.OTHER)
        reported(planned(category=CategoryFactory(code=code), responsible_unit=unit), state, "10")
    flash("office")
    with django_assert_num_queries(19):
        client.get("/reports/flash/")
