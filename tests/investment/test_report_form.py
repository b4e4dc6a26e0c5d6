"""The form of one report: either of two figures, a reason where one is asked for, and what is not of investment."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from investment.models import MonthlyReport, Period, Reopening
from tests.factories import MonthlyReportFactory, project_with
from tests.pages import said

pytestmark = pytest.mark.django_db
State, Kind = MonthlyReport.State, MonthlyReport.Kind


@pytest.fixture
def project(cast):
    """The reporter's project: plan 1,200; 100 and 150 reported; March is expected."""
    for number in (1, 2, 3):
        Period.objects.create(year=2018, month=number)
    found = project_with(1200, [100, 150], responsible_unit=cast.reporter.organisation)
    MonthlyReportFactory(project=found, month=3, state=State.EXPECTED, amount=None)
    return found


def stored(project):
    return MonthlyReport.objects.get(project=project, month=3)


@pytest.fixture
def post(client, cast, project):
    def send(act="save", **fields):
        client.force_login(cast.reporter)
        form = {"act": act, "version": stored(project).version, **fields}
        return client.post(reverse("report", args=[project.pk, "2018-03"]), form, follow=True)

    return send


def test_a_year_to_date_gives_the_amount(post, project):
    post(year_to_date="360.5")
    assert stored(project).amount == Decimal("110.5")


def test_two_figures_that_agree_are_taken(post, project):
    post(amount="110.5", year_to_date="360.5")
    assert stored(project).amount == Decimal("110.5")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"year_to_date": "249"}, "小于本月之前的累计 250.00。需要核减以前月份的，请提出更正。"),
        (
            {"amount": "100", "year_to_date": "360"},
            "与本月完成对不上：本月之前累计 250.00，加上本月是 350.00。只填一栏即可。",
        ),
        ({"year_to_date": "-1"}, "本年累计完成投资不能是负数。"),
        ({"contact": "长" * 61}, "60"),
    ],
)
def test_figures_that_cannot_be_are_named(post, project, fields, message):
    assert message in said(post(**fields))
    assert stored(project).version == 1


def test_an_odd_amount_comes_back_with_the_question_and_all_that_was_typed(post, project):
    page = post("submit", amount="1500", image_progress="封顶", contact="张三")
    text = said(page)
    assert "还没有报送：请核对金额 本月数是平时（125.00 万元）的 12 倍。是否把元当成了万元？" in text
    assert "封顶" in page.content.decode()
    assert (page.context["form"]["amount"].value(), page.context["form"]["contact"].value()) == ("1500", "张三")
    assert stored(project).state == State.EXPECTED
    post("submit", amount="1500", image_progress="封顶", contact="张三", explanation="补计设备款")
    assert (stored(project).state, stored(project).explanation) == (State.SUBMITTED, "补计设备款")
    assert stored(project).doubts == ["tenfold", "over-plan"]


def test_a_draft_with_an_odd_amount_is_kept_and_asked_about(post, project):
    text = said(post(amount="1500"))
    assert "是否把元当成了万元？" in text
    assert (stored(project).state, stored(project).doubts) == (State.DRAFT, ["tenfold", "over-plan"])


def test_texts_of_last_month_are_offered(post, client, cast, project):
    MonthlyReport.objects.filter(project=project, month=2).update(next_plan="设备安装", contact="张三")
    client.force_login(cast.reporter)
    page = client.get(reverse("report", args=[project.pk, "2018-03"])).content.decode()
    assert [text in page for text in ('data-last="设备安装"', 'data-last="张三"', "沿用上月的形象进度")] == [
        True,
        True,
        False,
    ]


def test_a_quarterly_report_has_procedures_and_no_amounts(post, project):
    MonthlyReport.objects.filter(project=project, month=3).update(kind=Kind.PROCEDURES)
    page = post()
    assert "手续办理情况" in said(page)
    assert "下季计划" in said(page)
    assert "下月计划" not in said(page)
    assert "2018年3月前期季报 ZJJ" in said(page).replace(project.code, "ZJJ")
    assert 'name="amount"' not in page.content.decode()
    assert "报送前必须写明前期手续办理情况。" in said(post("submit"))
    post("submit", image_progress="已立项，用地报批中")
    assert (stored(project).state, stored(project).amount) == (State.SUBMITTED, None)


def test_who_reads_the_report_reads_reason_and_contact(post, client, cast, project):
    post("submit", amount="1500", explanation="补计设备款", contact="张三 0744")
    client.force_login(cast.office)
    text = said(client.get(reverse("report", args=[project.pk, "2018-03"])))
    assert "填报人及电话 张三 0744" in text
    assert "填报单位的情况说明 补计设备款" in text


def test_a_reopened_report_of_a_closed_month_has_its_form(post, client, cast, project):
    Period.objects.filter(month=3).update(closed_at=timezone.now())
    client.force_login(cast.reporter)
    address = reverse("report", args=[project.pk, "2018-03"])
    assert 'name="amount"' not in client.get(address).content.decode()
    until = timezone.localdate() + datetime.timedelta(days=1)
    Reopening.objects.create(report=stored(project), reason="漏报", until_on=until, by=cast.office)
    page = client.get(address)
    assert 'name="amount"' in page.content.decode()
    assert "已开放补报，至" in said(page)
    post(amount="120")
    assert stored(project).amount == Decimal(120)
