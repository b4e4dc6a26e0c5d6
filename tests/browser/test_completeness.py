"""报送情况 as people see it: the way from a month to its reports, a phone, paper, the accessible names."""

import datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from investment.models import MonthlyReport, Period
from tests.factories import MonthlyReportFactory, OrganisationFactory, ProjectFactory

pytestmark = [pytest.mark.browser, pytest.mark.look]
AXE = Path(__file__).with_name("axe.min.js")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
LONG_UNIT = "示例责任单位 " + "A" * 60
AUDIT = "async () => (await axe.run()).violations.map(violation => violation.id)"


@pytest.fixture(autouse=True)
def two_units(cast):
    """Each unit has two projects; the reporter's came in, of those with the long name one is missing from March on."""
    units = [cast.reporter.organisation, OrganisationFactory(name=LONG_UNIT)]
    for project in [ProjectFactory(responsible_unit=unit) for unit in units * 2]:
        for month in range(1, 5):
            late = project.responsible_unit == units[1] and month >= 3
            handed_in = {"amount": 100, "first_submitted_at": f"2018-0{month}-20T09:00Z"}
            MonthlyReportFactory(
                project=project,
                month=month,
                due_on=datetime.date(2018, month, 25),
                **({"state": MonthlyReport.State.MISSING, "amount": None} if late else handed_in),
            )
    for month in range(1, 5):
        Period.objects.create(year=2018, month=month, closed_at=None if month == 4 else "2018-04-05T09:00Z")


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")


def test_month_of_a_unit_leads_to_its_reports(visitor):
    page = visitor.log_in("office", "/completeness/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("报送率 75.00%")
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text(LONG_UNIT)
    unit = MonthlyReport.objects.filter(state=MonthlyReport.State.MISSING).first().project.responsible_unit
    march = row.get_by_role("link", name="2018年3月：2 份：缺报 2")
    expect(march).to_have_text("■ 2")
    march.click()
    expect(page).to_have_url(f"{visitor.origin}/reports/?month=2018-03&unit={unit.pk}")


def test_grouping_keeps_the_year_and_a_heading_sorts(visitor):
    page = visitor.log_in("office", "/completeness/?year=2018")
    page.get_by_role("link", name="按区县").click()
    expect(page).to_have_url(f"{visitor.origin}/completeness/?year=2018&by=area")
    page.get_by_role("link", name="缺报", exact=True).click()
    expect(page).to_have_url(f"{visitor.origin}/completeness/?year=2018&by=area&sort=-missing")


def test_accessible_to_everybody(visitor):
    visitor.page.add_init_script(path=AXE)
    page = visitor.log_in("office", "/completeness/")
    assert page.evaluate(AUDIT) == []
    visitor.problems.clear()  # axe sets styles, which our policy refuses


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_phone_shows_the_rates_and_the_open_month_of_each_unit(visitor):
    page = visitor.log_in("office", "/completeness/")
    row = page.locator(".board tbody tr").first
    for text in (LONG_UNIT, "50.00", "■ 2"):
        expect(row.get_by_text(text, exact=True).locator("visible=true").first).to_be_visible()
    expect(row.locator(".month:visible")).to_have_count(1)
    expect(row.locator(".month:visible a")).to_have_attribute("href", "/reports/?month=2018-04&unit=" + row_unit())
    assert fits(page)


def row_unit():
    return str(MonthlyReport.objects.filter(state=MonthlyReport.State.MISSING).first().project.responsible_unit_id)


def test_paper_lies_on_its_side(visitor):
    page = visitor.log_in("office", "/completeness/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("报送率")
    assert b"/MediaBox [0 0 841.91998 594.95996]" in page.pdf(prefer_css_page_size=True)
