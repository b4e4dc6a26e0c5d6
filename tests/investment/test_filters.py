"""One set of filters for every page that looks at figures: what they narrow, how they are said, what they refuse."""

import re
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import timezone

from investment import progress
from investment.filters import ListedFilter
from investment.freshness import freshness
from investment.models import Period
from investment.months import Month
from investment.places import AREA, CATEGORY, LEADER, UNIT, UnknownMonthError, place_of
from projects.models import Category, Register
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    OfficialFactory,
    OrganisationFactory,
    city,
    project_with,
)
from tests.pages import said

RANKINGS = ("categories", "areas", "leaders", "units")


@pytest.fixture
def year(cast):
    """Two projects of one leader in two districts, one fast and one slow; a third of nobody, without a plan."""
    leader, elsewhere = cast.leader.official, AreaFactory(name="桑植县")
    projects = {
        "fast": project_with(plan=100, reports=[50, 40], name="示例·快", liaison_leader=leader),
        "slow": project_with(
            plan=1000, reports=[100, 10], name="示例·慢", area=elsewhere, liaison_leader=leader,
            responsible_unit=cast.reporter.organisation, category=CategoryFactory(code="technology"),
        ),
        "bare": project_with(reports=[None, 7], name="示例·无", area=elsewhere),
    }  # fmt: skip
    progress.refresh_stale()
    Register.touch()
    return projects


@pytest.fixture
def office(client, cast):
    client.force_login(cast.office)
    return client


def asked(user, query, month=None):
    place = place_of(user, month)
    return ListedFilter(QueryDict(query), place, freshness(place.month.year))


def narrowed(user, query, month=None):
    return asked(user, query, month).narrowed


def test_without_filters_the_place_stays_as_it_is(cast, year):
    place = place_of(cast.office, None)
    assert narrowed(cast.office, "sort=-rate&page=2&area=&q=+") == place
    assert place.complete
    assert place.query == "month=2018-02"


def test_a_narrowed_place_adds_up_what_was_chosen(cast, year):
    place = narrowed(cast.office, f"leader={cast.leader.official.pk}&lamp=ahead")
    assert (place.whole, place.complete) == (True, False)
    assert [row.year_to_date for row in place.totals][:2] == [50, 90]
    assert (place.total.projects, place.total.rate) == (1, Decimal("90.00"))
    assert [project.name for project in place.listed] == ["示例·快"]
    assert {row.key for row in place.groups(AREA)} == {year["fast"].area_id}
    assert place.reported(CATEGORY) == {year["fast"].category_id}
    assert place.group_year(LEADER, 0) == place.group_year(UNIT, cast.reporter.organisation.pk) == []
    assert place.query == f"month=2018-02&leader={cast.leader.official.pk}&lamp=ahead"


def test_the_choice_stays_the_same_in_every_month_of_the_year(cast, year):
    """'Slow' in February was on time in January; its curve is of one set of projects."""
    place = narrowed(cast.office, "lamp=behind")
    assert [row.projects for row in place.totals] == [1] * 12
    assert not place.chosen.lasting
    assert narrowed(cast.office, "category=" + str(year["slow"].category_id)).chosen.lasting


def test_what_is_kept_tells_choices_apart_and_knows_the_same_again(cast, year):
    leader = cast.leader.official
    keys = [
        narrowed(cast.office, query).key
        for query in ("", "lamp=ahead", "lamp=none", f"leader={leader.pk}", "q=" + "%E9%95%BF" * 120)
    ]
    assert len(set(keys)) == 5
    assert max(map(len, keys)) < 200
    assert narrowed(cast.office, f"leader={leader}").key == keys[3]
    assert narrowed(cast.office, "lamp=none&lamp=ahead").key == keys[1]
    assert narrowed(cast.reviewer, "lamp=ahead").key != keys[1]


def test_filters_never_reach_beyond_what_the_reader_sees(cast, year):
    place = narrowed(cast.reporter, "q=示例")
    assert [project.name for project in place.listed] == ["示例·慢"]
    assert place.total.projects == 1
    hidden = asked(cast.reporter, f"area={year['fast'].area_id}")
    assert not hidden.is_valid()
    assert hidden.narrowed.totals == []


# ---- pages ----


@pytest.mark.parametrize("page", RANKINGS)
def test_a_ranking_shows_what_was_chosen_and_leads_on_with_it(office, cast, year, page):
    response = office.get(f"/{page}/?lamp=ahead&month=2018-02")
    ranking = response.context["ranking"]
    assert (ranking.total.projects, ranking.total.year_to_date) == (1, 90)
    assert "筛选出的 1 个项目" in said(response)
    assert "month=2018-02&lamp=ahead" in ranking.total.all_projects
    pages = [row.page for row in ranking.rows if row.page]
    assert all(page.endswith("?month=2018-02&lamp=ahead") for page in pages)
    for page in pages:
        assert office.get(page).context["group"].now.projects == 1


@pytest.mark.parametrize("page", RANKINGS)
def test_the_links_of_the_chips_take_filters_off_and_to_the_other_pages(office, year, page):
    html = office.get(f"/{page}/?lamp=ahead&q=示例&month=2018-01").content.decode()
    assert 'href="?q=%E7%A4%BA%E4%BE%8B&amp;month=2018-01"' in html
    assert '<a href="?month=2018-01">清除全部条件</a>' in html
    elsewhere = re.findall(r'href="/(\w+)/\?month=2018-01&amp;q=%E7%A4%BA%E4%BE%8B&amp;lamp=ahead"', html)
    assert [each for each in elsewhere if each in ("projects", *RANKINGS)][:4] == [
        each for each in ("projects", *RANKINGS) if each != page
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["/areas/", "/units/", "/projects/"])
@pytest.mark.parametrize("query", ["lamp=purple", "area=987654", "unit=没有的单位", "q=" + "长" * 121])
def test_what_is_unknown_is_said_on_every_page(office, year, address, query):
    response = office.get(f"{address}?{query}")
    assert response.status_code == 200
    assert "有的条件无法识别" in said(response)
    assert office.get(f"/charts/city-curve.json?{query}").status_code == 404


def test_what_chooses_nothing_says_which_filter_to_take_off(office, year):
    response = office.get("/leaders/?lamp=none&leader=0&q=快")
    assert "没有符合条件的项目" in said(response)
    assert "去掉“查找：快”， 有 1 个项目" in said(response)
    group = office.get(f"/areas/{year['fast'].area_id}/?lamp=none")
    assert "去掉“进度状态：暂不评价”， 有 3 个项目" in said(group)


def test_a_group_of_what_was_chosen_says_so(office, cast, year):
    response = office.get(f"/leaders/{cast.leader.official.pk}/?lamp=ahead")
    assert "示例·市领导 07 符合条件的 1 个项目累计完成投资 0.01 亿元" in said(response)
    assert chips(response) == [("进度状态", "超前")]
    curve = office.get(f"/charts/leader/{cast.leader.official.pk}.json?lamp=ahead").json()
    assert curve["layout"]["meta"]["links"][:2] == [
        None, f"/projects/?month=2018-02&lamp=ahead&leader={cast.leader.official.pk}",
    ]  # fmt: skip


def test_targets_of_the_city_are_no_measure_of_a_choice(office, year):
    ranking = office.get("/categories/?lamp=ahead").context["ranking"]
    assert [row.card.target for row in ranking.rows] == [None]


def test_the_list_has_the_curve_of_its_projects(office, year):
    html = office.get("/projects/?q=快&sort=plan").content.decode()
    assert 'data-chart-url="/charts/city-curve.json?month=2018-02&amp;q=%E5%BF%AB"' in html
    curve = office.get("/charts/city-curve.json?month=2018-02&q=快").json()
    done = next(trace for trace in curve["data"] if trace["meta"] == "actual")["y"]
    assert done[:3] == [0.005, 0.009, None]
    assert curve["layout"]["meta"]["links"][0] == "/projects/?month=2018-01&q=%E5%BF%AB"


def chips(response):
    return [(chip.label, chip.value) for chip in response.context["asked"].chips]


# ---- leaders and units are typed ----


@pytest.mark.parametrize("text", ["慈利01厂", "clo1c", "慈利01", "CL01C", "cili01chang"])
def test_a_unit_is_found_by_what_finds_no_other(office, year, text):
    unit = OrganisationFactory(name="慈利01厂")
    OrganisationFactory(name="慈利02厂")
    year["fast"].responsible_unit = unit
    year["fast"].save()
    progress.refresh_stale()
    response = office.get(f"/projects/?unit={text}")
    if text == "clo1c":
        assert "没有“clo1c”这一项" in said(response)
    else:
        assert chips(response) == [("责任单位", "慈利01厂")]
        assert [project.name for project in response.context["table"].projects] == ["示例·快"]


def test_what_fits_several_units_names_them(office, year):
    for number in range(7):
        OrganisationFactory(name=f"澧水{number}厂")
    text = said(office.get("/projects/?unit=ls"))
    assert "“ls”不止一个：澧水0厂、澧水1厂、澧水2厂、澧水3厂、澧水4厂等 7 个。请写得完整一些。" in text


def test_a_leader_is_found_by_initials_and_nobody_by_its_words(office, year):
    OfficialFactory(post="示例·从不联系")
    assert chips(office.get("/projects/?leader=sld07")) == [("联系领导", "示例·市领导 07")]
    response = office.get("/projects/?leader=尚未明确联系领导")
    assert [project.name for project in response.context["table"].projects] == ["示例·无"]


# ---- month and year ----


@pytest.fixture
def two_years(cast, year):
    project_with(plan=100, reports=[None, None, 5], year=2017)
    project_with(plan=100, reports=[5], year=2019)
    progress.refresh_stale()
    Period.objects.filter(year=2018, month=1).update(closed_at=timezone.now())


@pytest.mark.parametrize(("wanted", "month"), [("2017", "2017-12"), ("2018", "2018-01"), ("2019", "2019-01")])
def test_a_year_alone_is_its_latest_month_that_is_closed_or_can_be_shown(cast, two_years, wanted, month):
    assert place_of(cast.office, None, wanted).month == Month.parse(month)


@pytest.mark.parametrize("wanted", ["2016", "2020", "abc", "２０１８", "", "02018", "20180"])
def test_what_is_no_year_is_refused_with_words(office, cast, two_years, wanted):
    with pytest.raises(UnknownMonthError, match="年"):
        place_of(cast.office, None, wanted)
    for page in ("projects/", "areas/", ""):
        assert office.get(f"/{page}?year={wanted}").status_code == 404


def test_a_month_outside_the_year_is_refused(cast, two_years):
    assert place_of(cast.office, "2018-02", "2018").month == Month(2018, 2)
    with pytest.raises(UnknownMonthError, match="2018年2月不在 2019 年"):
        place_of(cast.office, "2018-02", "2019")


def test_the_month_can_be_chosen_and_filters_stay(office, two_years):
    html = office.get("/projects/?year=2018&lamp=ahead&page=1").content.decode()
    chooser = html[html.index('<div class="choose">') : html.index("</details>")]
    assert re.findall(r'href="\?([^"]*)"', chooser) == [
        "year=2017&amp;lamp=ahead", "year=2019&amp;lamp=ahead",
        *(f"lamp=ahead&amp;month=2018-{month:02}" for month in range(1, 13)),
    ]  # fmt: skip


def test_a_narrowed_ranking_takes_the_same_queries_for_1_and_for_3_groups(office, cast, django_assert_num_queries):
    project_with(plan=100, reports=[1], liaison_leader=OfficialFactory())
    for more in (0, 2):
        for _ in range(more):
            project_with(plan=100, reports=[1], liaison_leader=OfficialFactory())
        progress.refresh_stale()
        Register.touch()
        office.get("/leaders/")
        with django_assert_num_queries(10):
            office.get("/leaders/?q=慈利")


def test_the_overview_does_not_mind_filters(office, year):
    assert office.get("/?lamp=ahead&area=abc").status_code == 200
    assert Category.objects.count() == 2
    assert city().name == "张家界市"


def test_a_choice_has_no_way_to_how_the_whole_was_computed(office, year):
    area = year["fast"].area_id
    assert "怎么算的" in said(office.get("/leaders/"))
    assert "怎么算的" not in said(office.get(f"/leaders/?area={area}"))
    assert "怎么算的" not in said(office.get(f"/leaders/{year['fast'].liaison_leader_id}/?area={area}"))
