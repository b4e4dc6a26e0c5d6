"""A closed month is corrected and a plan revised, as people do it: one proposes, another one decides."""

import datetime
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from investment import corrections, plan_changes, progress
from investment.models import AnnualPlan, Correction, MonthlyReport, Period, PlanChange
from investment.months import Month
from tests.factories import project_with
from tests.worlds import LARGEST, MARKUP, long, unbroken

from .conftest import Visitor
from .test_every_page import AXE, Crawl

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(autouse=True)
def project(cast):
    """The reporter's: plan 1200, 100 in each month of the first half of 2018, which is closed."""
    made = project_with(1200, [100] * 6, responsible_unit=cast.reporter.organisation)
    progress.refresh_stale()
    for month in range(1, 7):
        progress.freeze_month(Month(2018, month))
    Period.objects.filter(month__lte=6).update(closed_at=timezone.now())
    return made


def effect(page):
    return [" ".join(row.split()) for row in page.locator("[data-preview] tbody tr").all_inner_texts()]


def test_correction_from_the_closed_report_to_what_changed_since(visitor, chromium, project):
    page = visitor.log_in("reporter", reverse("report", args=[project.pk, "2018-05"]))
    page.get_by_role("link", name="提出更正").click()
    page.get_by_label("或者填增减（万元）").fill("-50")
    expect(page.get_by_text("45.83")).to_be_visible()
    assert effect(page) == ["5月 500.00 450.00 41.67 → 37.50", "6月 600.00 550.00 50.00 → 45.83"]
    page.get_by_label("更正原因").fill("审计核减")
    page.get_by_role("button", name="提出更正").click()
    expect(page.get_by_text("已提出更正，等待市发改委批准。批准之前，数据不变。")).to_be_visible()
    expect(page.get_by_role("button", name="批准", exact=True)).to_be_hidden()

    office = Visitor(chromium, visitor.origin)
    desk = office.log_in("office", "/corrections/?state=proposed")
    desk.get_by_role("link", name=project.name).click()
    assert effect(desk) == ["5月 500.00 450.00 41.67 → 37.50", "6月 600.00 550.00 50.00 → 45.83"]
    desk.get_by_role("button", name="不予批准").click()
    expect(desk.get_by_text("不批准必须写明原因")).to_be_visible()
    desk.get_by_label("审批意见").fill("见审计报告")
    desk.get_by_role("button", name="批准", exact=True).click()
    expect(desk.get_by_text("已批准，即将计入数据。")).to_be_visible()
    progress.refresh_stale()
    desk.get_by_role("link", name="2018年5月关账后的变动").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text(
        "2018年5月关账后，1 个项目的数据有变动：本月完成 −50.00"
    )
    expect(desk.get_by_text("完成投资 100.00 → 50.00 万元")).to_be_visible()
    desk.context.close()
    assert office.problems == []
    made = Correction.objects.get()
    assert (made.new_amount, made.proposed_by.username, made.decided_by.username) == (50, "reporter", "office")

    page.goto(reverse("report", args=[project.pk, "2018-05"]))
    expect(page.get_by_text("完成投资 100.00 → 50.00 万元")).to_be_visible()


def test_two_of_the_office_with_the_same_correction_before_them(visitor, chromium, cast, project):
    report = MonthlyReport.objects.get(project=project, month=5)
    waiting = corrections.propose_correction(report, Decimal(90), "审计核减", cast.reporter)
    cast.leader.groups.set(cast.office.groups.all())
    address = reverse("correction", args=[waiting.pk])
    first, other = visitor.log_in("office", address), Visitor(chromium, visitor.origin)
    second = other.log_in("leader", address)
    second.get_by_label("审批意见").fill("依据不足")
    first.get_by_role("button", name="批准", exact=True).dblclick()
    expect(first.get_by_text("即将计入数据")).to_be_visible()
    second.get_by_role("button", name="不予批准").click()
    expect(second.get_by_role("alert")).to_contain_text("已由office于")
    expect(second.get_by_role("alert")).to_contain_text("您填写的审批意见没有提交，可复制留用： 依据不足")
    second.context.close()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by) == (Correction.State.APPROVED, cast.office)


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_plan_is_revised_on_the_phone(visitor, chromium, project):
    page = visitor.log_in("reporter", reverse("project", args=[project.pk]))
    page.get_by_role("link", name="提出调整").click()
    page.get_by_label("调整后年度计划（万元）").fill("1000")
    page.get_by_label("执行日期").fill("2018-08-01")
    expect(page.get_by_text("拟调整为")).to_be_visible()
    assert effect(page) == ["年初计划 自 1 月起，6 月执行 1,200.00 50.00", "拟调整为 自 8 月起 1,000.00 60.00"]
    page.get_by_label("文号").fill("张发改〔2018〕66号")
    page.get_by_label("调整原因").fill("规模调减")
    page.get_by_role("button", name="提出调整").click()
    expect(page.get_by_text("已提出计划调整，等待市发改委批准。")).to_be_visible()

    office = Visitor(chromium, visitor.origin)
    desk = office.log_in("office", reverse("plan_change", args=[PlanChange.objects.get().pk]))
    desk.get_by_role("button", name="批准", exact=True).click()
    expect(desk.get_by_text("已批准，即将计入数据。")).to_be_visible()
    desk.context.close()
    assert office.problems == []
    page.goto(reverse("project", args=[project.pk]))
    expect(page.get_by_text("第1次调整 1,000.00 万元")).to_be_visible()
    assert AnnualPlan.objects.get(revision=1).effective_month == 8


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_lists_of_changes_are_read_on_the_phone_without_a_sideways_scroll(visitor, cast, project):
    report = MonthlyReport.objects.get(project=project, month=5)
    approved = corrections.propose_correction(report, Decimal(90), "审计核减", cast.reporter)
    corrections.decide_correction(approved, cast.office, True)
    day = datetime.date(2018, 8, 1)
    plan_changes.propose_plan_change(project, 2018, Decimal(123_456), day, "文号", "规模调增", cast.reporter)
    progress.refresh_stale()
    visitor.enter("office")
    seen = []
    for address in ("/corrections/", "/plan-changes/", "/changes/?month=2018-05"):
        visitor.page.goto(address)
        table = visitor.page.locator(".table-container")
        seen.append(table.evaluate("box => [box.scrollWidth - box.clientWidth, box.clientHeight < 220]"))
    assert seen == [[0, True]] * 3


def test_without_script_the_button_shows_what_follows(chromium, live_server, cast, project):
    plain = Visitor(chromium, live_server.url, java_script_enabled=False)
    page = plain.log_in("reporter", reverse("correction_new", args=[project.pk, "2018-06"]))
    page.get_by_label("更正后本月完成投资（万元）").fill("80")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("50.00 → 48.33"))).to_be_visible()
    assert not Correction.objects.exists()
    page.context.close()


def test_every_page_of_a_change_is_whole_and_readable_with_what_people_type(visitor, cast, project):
    project.name = unbroken("示例·")
    project.save()
    report = MonthlyReport.objects.get(project=project, month=5)
    refused = corrections.propose_correction(report, LARGEST, MARKUP, cast.reporter)
    corrections.decide_correction(refused, cast.office, False, unbroken("依据", 130))
    approved = corrections.propose_correction(report, -LARGEST, long("原因", 130), cast.reviewer)
    corrections.decide_correction(approved, cast.office, True)
    waiting = corrections.propose_correction(report, LARGEST, unbroken("原因", 130), cast.reporter)
    day = datetime.date(2018, 8, 1)
    change = plan_changes.propose_plan_change(project, 2018, LARGEST, day, unbroken("", 60), MARKUP, cast.reporter)
    visitor.page.add_init_script(path=AXE)
    visitor.enter("office")
    crawl = Crawl(visitor)
    for address in (
        "/corrections/",
        "/plan-changes/",
        "/changes/?month=2018-05",
        *(reverse("correction", args=[each.pk]) for each in (refused, approved, waiting)),
        reverse("plan_change", args=[change.pk]),
        reverse("correction_new", args=[project.pk, "2018-06"]),
        reverse("report", args=[project.pk, "2018-05"]),
        reverse("project", args=[project.pk]),
    ):
        crawl.visit(address)
    plan_changes.decide_plan_change(change, cast.office, True)
    crawl.visit(reverse("plan_change", args=[change.pk]))
    crawl.visit(reverse("plan_change_new", args=[project.pk]))
    assert not crawl.found, "\n".join(crawl.found)
