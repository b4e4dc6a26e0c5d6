"""The parts that every page is made of: header, messages, table, field."""

import django_tables2 as tables
import pytest
from django import forms
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from investment import progress
from tests.factories import AnnualPlanFactory, MonthlyReportFactory


class Cities(tables.Table):
    name = tables.Column("城市")
    rank = tables.Column("名次", attrs={"td": {"class": "number"}})

    class Meta:
        empty_text = "没有城市。"


def table(address="/?area=3", rows=60):
    """The table of so many cities as it is drawn at this address."""
    request = RequestFactory().get(address)
    request.user = AnonymousUser()
    cities = Cities([{"name": f"<b>{n}</b>", "rank": n} for n in range(rows)])
    tables.RequestConfig(request, paginate={"per_page": 25}).configure(cities)
    return cities.as_html(request)


def test_a_cell_is_text_whatever_is_in_it():
    assert "<td >&lt;b&gt;0&lt;/b&gt;</td>" in table()
    assert "<b>0</b>" not in table()


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/?sort=rank", 'aria-sort="ascending"'),
        ("/?sort=-rank", 'aria-sort="descending"'),
    ],
)
def test_the_sorted_heading_says_so_and_no_other_does(address, heading):
    page = table(address)
    assert page.count("aria-sort") == page.count(heading) == 1
    assert page.index("城市") < page.index(heading) < page.index("名次")


def test_sorting_goes_back_to_the_first_page_and_keeps_the_filter():
    assert 'href="?area=3&amp;sort=name"' in table("/?area=3&page=2")


def test_pages_have_names_and_keep_the_filter():
    page = table("/?area=3&page=2")
    assert "共 60 条，第 2 页，共 3 页" in page
    assert '<strong aria-current="page">2</strong>' in page
    links = ("?area=3&amp;page=1", "?area=3&amp;page=3")
    assert [page.count(f'href="{link}"') for link in links] == [2, 2]  # by number, and as previous and next
    assert "上一页" in page
    assert "下一页" in page


def test_one_page_needs_no_numbers():
    assert 'class="pages"' not in table(rows=25)
    assert 'class="pages"' in table(rows=26)


def test_a_table_without_rows_says_so():
    assert '<td class="none" colspan="2">没有城市。</td>' in table(rows=0)


class Letter(forms.Form):
    subject = forms.CharField(label="主题", help_text="不超过 <20> 字")
    kind = forms.ChoiceField(label="类别", choices=[("a", "甲")], required=False)
    text = forms.CharField(label="正文", widget=forms.Textarea(attrs={"class": "tall"}), required=False)
    copy = forms.BooleanField(label="抄送", required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


@pytest.mark.parametrize(
    ("name", "style"),
    [("subject", "form-control"), ("kind", "form-select"), ("text", "tall form-control"), ("copy", "form-check-input")],
)
def test_a_control_carries_the_class_of_its_kind_beside_its_own(name, style):
    assert f'class="{style}"' in str(Letter()[name])


def test_a_hidden_field_has_no_look():
    assert "class" not in str(Letter()["token"])


def field(**data):
    return render_to_string("field.html", {"field": Letter(data or None)["subject"]})


def test_a_field_is_described_by_its_help():
    assert '<label for="id_subject">主题</label>' in field()
    assert 'aria-describedby="id_subject_helptext"' in field()
    assert '<div class="help" id="id_subject_helptext">不超过 &lt;20&gt; 字</div>' in field()


def test_what_is_wrong_stands_beside_the_field_and_is_read_with_it():
    page = field(subject="")
    assert 'aria-invalid="true" aria-describedby="id_subject_helptext id_subject_error"' in page
    assert '<div class="error" id="id_subject_error">' in page
    assert "aria-invalid" not in field(subject="通报")


def header(client, address):
    """The entries of the main navigation, by their words: address and whether it is the current one."""
    nav = client.get(address).content.decode().partition("<nav")[2].partition("</nav>")[0]
    entries = {}
    for link in nav.split("<a ")[1:]:
        attributes, _, rest = link.partition(">")
        current = attributes.partition('aria-current="')[2].partition('"')[0]
        entries[rest.partition("<")[0]] = (attributes.split('"')[1], current)
    return entries


@pytest.fixture
def figures(cast):
    plan = AnnualPlanFactory()
    for month in (1, 2):
        MonthlyReportFactory(project=plan.project, month=month)
    progress.refresh_stale()
    return cast


def test_the_navigation_marks_the_page_one_is_on(client, figures):
    client.force_login(figures.leader)
    entries = header(client, "/")
    assert list(entries) == ["待办", "总览", "类别", "区县", "联系领导", "责任单位", "项目", "月报"]
    assert {words: current for words, (_, current) in entries.items() if current} == {"总览": "page"}
    assert {words for words, (_, current) in header(client, reverse("projects")).items() if current} == {"项目"}


def test_whoever_types_is_led_to_the_page_of_the_month(client, figures):
    client.force_login(figures.reporter)
    assert list(header(client, "/todo/"))[:3] == ["待办", "填报", "总览"]
    marked = {words for words, (_, current) in header(client, reverse("month")).items() if current}
    assert marked == {"填报"}


def test_the_pages_around_the_reports_have_a_navigation_of_their_own(client, figures):
    client.force_login(figures.office)
    page = client.get(reverse("completeness"))
    assert 'aria-label="月报导航"' in page.text
    assert {words for words, (_, current) in header(client, reverse("completeness")).items() if current} == {"月报"}
    assert 'aria-label="月报导航"' not in client.get("/").text


def test_a_month_that_was_chosen_goes_along_and_the_latest_does_not(client, figures):
    client.force_login(figures.leader)
    assert header(client, "/?month=2018-01")["区县"][0] == "/areas/?month=2018-01"
    assert header(client, "/?month=2018-01")["月报"][0] == "/reports/"
    assert header(client, "/")["区县"][0] == "/areas/"


def test_only_staff_is_shown_the_way_to_the_administration_pages(client, figures):
    for account in (figures.admin, figures.leader):
        client.force_login(account)
        assert ("管理" in header(client, "/")) is account.is_staff


@pytest.mark.parametrize(
    ("level", "notice"),
    [
        (messages.SUCCESS, '<p class="notice success" role="status">&lt;b&gt;</p>'),
        (messages.ERROR, '<p class="notice error" role="alert">&lt;b&gt;</p>'),
    ],
)
def test_a_message_has_its_tone_and_errors_interrupt(level, notice):
    message = messages.storage.base.Message(level, "<b>")
    page = render_to_string("base.html", {"messages": [message]})
    assert notice in " ".join(page.split()).replace('" >', '">')


def test_a_stranger_sees_no_navigation(client, db):
    page = client.get("/accounts/login/").content.decode()
    assert "<nav" not in page
    assert "退出" not in page
