"""From a figure down to the single report: in three clicks, with the same number at each step."""

import re

import pytest
from playwright.sync_api import expect

from investment import progress
from tests.factories import CategoryFactory, project_with_yi

pytestmark = [pytest.mark.browser, pytest.mark.look]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(autouse=True)
def industry(cast):
    """The published year in small: 85.9 of 104.76 亿元, half of it reported in December."""
    category = CategoryFactory(code="industry", name="重大产业项目")
    project_with_yi("100", [40, None, None, 2] + [None] * 7 + [41], name="示例·大项目", category=category)
    project_with_yi("4.76", [0] * 11 + ["2.9"], name="示例·小项目", category=category)
    progress.refresh_stale()
    return category


@pytest.mark.parametrize(
    ("where", "whose"),
    [("h1 + .caption", "张家界市"), ("#categories article", "重大产业项目"), (".strip article", "重大产业项目")],
    ids=["headline", "category on the overview", "page of the category"],
)
def test_published_figures_lead_to_the_single_report_in_three_clicks(visitor, industry, where, whose):
    address = "/?month=2018-12" if where != ".strip article" else f"/categories/{industry.pk}/?month=2018-12"
    page = visitor.log_in("leader", address)
    rate = page.locator(where).filter(has=page.get_by_role("link", name="怎么算的：完成率"))
    if whose != "张家界市":
        expect(rate).to_contain_text(re.compile(r"82\.00\s*%"))
    else:
        expect(page.get_by_role("heading", level=1)).to_contain_text("85.90 亿元，占年度计划 104.76 亿元的 82.00%")
    rate.get_by_role("link", name="怎么算的").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        f"{whose}完成率 82.00%，由累计完成 85.90 亿元除以年度计划 104.76 亿元得出"
    )
    december = page.get_by_role("row").filter(has_text="12月")
    expect(december).to_contain_text("439,000.00")
    december.get_by_role("link", name="2", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("计入 2 份月报，合计 439,000.00 万元")
    page.get_by_role("link", name="示例·大项目").click()
    expect(page).to_have_url(f"{visitor.origin}/reports/{industry.projects.get(name='示例·大项目').pk}/2018-12/")
    expect(page.get_by_text("410,000.00").first).to_be_visible()


def test_page_of_a_project_leads_to_its_twelve_months(visitor, industry):
    project = industry.projects.get(name="示例·大项目")
    page = visitor.log_in("leader", f"/projects/{project.pk}/?month=2018-12")
    page.get_by_role("link", name="怎么算的：本年累计完成").click()
    months = page.locator(".counted tbody tr")
    expect(months).to_have_count(12)
    expect(months.nth(1)).to_contain_text("未审定")
    expect(months.get_by_role("link")).to_have_count(3)
    page.get_by_role("link", name="年度计划", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("年度计划 1,000,000.00 万元")
    page.get_by_role("navigation", name="当前位置").get_by_role("link").click()
    expect(page).to_have_url(f"{visitor.origin}/projects/{project.pk}/?month=2018-12")


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_phone_reads_the_formula_without_sideways_scroll(visitor, industry):
    page = visitor.log_in("leader", f"/computed/?month=2018-12&category={industry.pk}")
    for figure in ("完成率", "本年累计完成", "年度计划", "较时间进度", "占累计计划", "时间进度"):
        page.get_by_role("navigation", name="各项数字").get_by_role("link", name=figure, exact=True).click()
        expect(page.locator(".equation .result")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), figure
