"""`/map/`: the areas where they lie, coloured by lamp or by a measure, for whoever sees them."""

import datetime
import re
from decimal import Decimal
from html import unescape

import pytest
from django.db import IntegrityError, transaction
from django.utils.html import strip_tags

from investment import progress
from investment.places import place_of
from investment.tiles import MEASURES, city_map, laid_out, measure_of, shade_of
from projects.models import Area, AreaShape, Problem
from tests.factories import AreaFactory, city
from tests.factories import project_with_yi as project_with
from tests.pages import said

SQUARE = [0, 0, 10_000, 0, 10_000, 10_000, 0, 10_000]
WHERE = {"桑植县": (1, 1), "慈利县": (1, 3), "永定区": (2, 2)}


@pytest.fixture
def three(cast):
    """Three districts with 12 亿元 each in January: 慈利县 far behind, 桑植县 on plan, 永定区 ahead."""
    found = {}
    for name, amount in (("慈利县", "0.5"), ("桑植县", "1"), ("永定区", "1.6")):
        row, column = WHERE[name]
        area = AreaFactory(name=name)
        area.tile_row, area.tile_column = row, column
        area.save()
        found[name] = project_with(plan=12, reports=[amount], area=area)
    progress.refresh_stale()
    return found


@pytest.fixture
def leader(client, cast):
    client.force_login(cast.leader)
    return client


def first_sentence(response):
    heading = re.search(r"<h1>(.*?)</h1>", response.content.decode(), re.DOTALL)
    return " ".join(unescape(strip_tags(heading[1])).split())


def tiles(response):
    """The tiles of the page as text, in the order of the page."""
    found = re.findall(r'<a class="tile [^>]*>(.*?)</a>', response.content.decode(), re.DOTALL)
    return [" ".join(strip_tags(tile).split()) for tile in found]


def rows(response):
    """The first two columns of the table."""
    body = response.content.decode().split("<tbody>")[1].split("</tbody>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("</tr>")[:-1]]
    return [tuple(strip_tags(cell).strip() for cell in row[:2]) for row in cells]


def map_of(user, measure="lamp", month="2018-01"):
    return city_map(place_of(user, month), measure_of(measure))


# ---- what it says ----


def test_first_sentence_counts_the_lamps_the_worst_first(leader, three):
    assert first_sentence(leader.get("/map/?month=2018-01")) == (
        "截至 2018 年 1 月，张家界市 3 个区县中，1 个严重滞后、1 个正常、1 个超前。"
    )


def test_map_counts_an_area_by_its_lamp_whatever_the_word_of_its_rule(leader, three):
    three["watched"] = project_with(plan=12, reports=["0.7"], area=AreaFactory(name="武陵源区"))
    progress.refresh_stale()
    assert first_sentence(leader.get("/map/?month=2018-01")) == (
        "截至 2018 年 1 月，张家界市 4 个区县中，1 个严重滞后、1 个滞后、1 个正常、1 个超前。"
    )


def test_first_sentence_of_a_measure_names_both_ends(leader, three):
    assert first_sentence(leader.get("/map/?month=2018-01&measure=gap")) == (
        "截至 2018 年 1 月，各区县较时间进度最低的是慈利县（−4.16 个百分点），最高的是永定区（+5.00 个百分点）。"
    )


def test_a_tile_says_name_rate_shape_and_word(leader, three):
    assert tiles(leader.get("/map/?month=2018-01")) == [
        "桑植县 8.33% ● 正常",
        "慈利县 4.17% ■ 严重滞后",
        "永定区 13.33% ● 超前",
    ]


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("rate", ["桑植县 8.33%", "慈利县 4.17%", "永定区 13.33%"]),
        ("gap", ["桑植县 0.00 个百分点", "慈利县 −4.16 个百分点", "永定区 +5.00 个百分点"]),
        ("amount", ["桑植县 1.00 亿元", "慈利县 0.50 亿元", "永定区 1.60 亿元"]),
        ("projects", ["桑植县 1 个", "慈利县 1 个", "永定区 1 个"]),
        ("problems", ["桑植县 0 个", "慈利县 1 个", "永定区 0 个"]),
    ],
)
def test_a_tile_says_the_measure_with_its_unit(leader, three, measure, expected):
    Problem.objects.create(project=three["慈利县"], kind="land", description="示例", raised_on="2018-01-31")
    assert tiles(leader.get(f"/map/?month=2018-01&measure={measure}")) == expected


def test_problems_are_those_open_at_the_end_of_the_month(cast, three):
    project, day = three["永定区"], datetime.date
    for raised, closed in (
        (day(2018, 2, 1), None),
        (day(2018, 1, 1), day(2018, 1, 31)),
        (day(2018, 1, 1), day(2018, 2, 1)),
    ):
        Problem.objects.create(project=project, kind="land", description="示例", raised_on=raised, closed_on=closed)
    assert {tile.name: tile.value for tile in map_of(cast.leader, "problems").tiles}["永定区"] == 1


def test_the_table_has_the_same_areas_ranked_by_the_measure(leader, three):
    assert rows(leader.get("/map/?month=2018-01&measure=amount")) == [
        ("永定区", "1.60"), ("桑植县", "1.00"), ("慈利县", "0.50"),
    ]  # fmt: skip


def test_under_the_lamps_the_table_has_the_lowest_rate_first(leader, three):
    assert rows(leader.get("/map/?month=2018-01")) == [("慈利县", "4.17"), ("桑植县", "8.33"), ("永定区", "13.33")]


def test_a_tile_leads_to_the_page_of_its_area(leader, three):
    area = three["慈利县"].area
    assert (
        f'<a class="tile red" href="/areas/{area.pk}/?month=2018-01">'
        in leader.get("/map/?month=2018-01").content.decode()
    )


def test_an_area_without_a_project_has_no_figure_and_no_colour(cast, three):
    AreaFactory(name="武陵源区")
    tile = next(tile for tile in map_of(cast.leader, "rate").tiles if tile.name == "武陵源区")
    assert (tile.figure, tile.cell, tile.tone, tile.lamp.word) == ("本年没有项目", "—", "grey", "暂不评价")


def test_what_nobody_reported_is_no_zero(cast, three):
    project_with(plan=5, area=AreaFactory(name="武陵源区"))
    progress.refresh_stale()
    tile = next(tile for tile in map_of(cast.leader, "amount").tiles if tile.name == "武陵源区")
    assert (tile.figure, tile.value, tile.tone) == ("—", None, "grey")


def test_projects_that_stand_in_the_city_itself_are_named_apart(leader, three):
    project_with(plan=5, area=city())
    progress.refresh_stale()
    assert "另有 1 个项目未分到区县，不在图上。" in said(leader.get("/map/?month=2018-01"))


def test_there_is_no_such_measure(leader, three):
    assert leader.get("/map/?measure=height").status_code == 404


def test_there_is_no_such_month(leader, three):
    assert leader.get("/map/?month=2018-05").status_code == 404


def test_without_figures_the_page_says_what_to_do(leader):
    assert "市发改委下达年度计划、月报审定之后" in said(leader.get("/map/"))


# ---- who sees what ----


def test_a_reporter_sees_only_areas_with_own_projects(client, cast, three):
    project_with(plan=5, reports=[1], area=AreaFactory(name="桑植县"), responsible_unit=cast.reporter.organisation)
    progress.refresh_stale()
    client.force_login(cast.reporter)
    assert tiles(client.get("/map/?month=2018-01&measure=projects")) == ["桑植县 1 个"]


def test_a_page_kept_for_the_leader_is_not_shown_to_a_reporter(client, cast, three):
    project_with(plan=5, reports=[1], area=AreaFactory(name="桑植县"), responsible_unit=cast.reporter.organisation)
    progress.refresh_stale()
    client.force_login(cast.leader)
    assert len(tiles(client.get("/map/"))) == 3
    client.force_login(cast.reporter)
    assert len(tiles(client.get("/map/"))) == 1


def test_only_the_office_is_led_to_the_boundaries(client, cast, three):
    for user in (cast.office, cast.leader):
        client.force_login(user)
        assert ("/map/boundaries/" in client.get("/map/").content.decode()) is (user == cast.office)


# ---- colours ----


def test_the_shades_are_equal_steps_from_the_least_to_the_greatest():
    known = [Decimal(0), Decimal(20), Decimal(99), Decimal(100)]
    assert [shade_of(value, known) for value in known] == [1, 2, 5, 5]


def test_a_single_value_has_the_middle_shade():
    assert shade_of(7, [7]) == 3


def test_no_value_has_no_shade():
    assert shade_of(None, []) is None


def test_the_legend_has_the_values_of_each_shade(cast, three):
    assert [(shade.number, shade.label) for shade in map_of(cast.leader, "amount").shades] == [
        (1, "0.50"), (3, "1.00"), (5, "1.60"),
    ]  # fmt: skip


def test_the_lamps_need_no_legend_of_shades(cast, three):
    assert map_of(cast.leader).shades == []


# ---- where the areas lie ----


def names(grid):
    return [[tile.name if tile else None for tile in row] for row in grid]


def test_tiles_stand_where_the_areas_lie(cast, three):
    assert names(map_of(cast.leader).grid) == [["桑植县", None, "慈利县"], [None, "永定区", None]]


def test_areas_without_a_position_follow_in_rows_of_their_own(cast, three):
    for name in ("甲区", "乙区", "丙区", "丁区"):
        AreaFactory(name=name)
    assert names(map_of(cast.leader).grid)[2:] == [["甲区", "乙区", "丙区"], ["丁区", None, None]]


def test_without_any_position_there_are_three_in_a_row(cast, three):
    Area.objects.update(tile_row=None, tile_column=None)
    AreaFactory(name="武陵源区")
    assert [len(row) for row in map_of(cast.leader).grid] == [3, 3]


def test_no_area_is_no_grid():
    assert laid_out([]) == []


@pytest.mark.parametrize(("row", "column"), [(1, None), (None, 1), (0, 1), (1, 13)])
def test_the_database_refuses_half_a_position_and_one_off_the_map(db, row, column):
    with pytest.raises(IntegrityError, match="area_tile_has_row_and_column"), transaction.atomic():
        Area.objects.filter(pk=AreaFactory().pk).update(tile_row=row, tile_column=column)


def test_the_database_refuses_two_areas_in_one_place(three):
    with pytest.raises(IntegrityError), transaction.atomic():
        Area.objects.filter(name="永定区").update(tile_row=1, tile_column=1)


def test_the_database_refuses_a_division_code_twice(three):
    Area.objects.filter(name="永定区").update(code="430802")
    with pytest.raises(IntegrityError), transaction.atomic():
        Area.objects.filter(name="桑植县").update(code="430802")


# ---- official outlines ----


def outline(area, east=0):
    ring = [each + (east * 10_000 if place % 2 == 0 else 0) for place, each in enumerate(SQUARE)]
    return AreaShape.objects.create(area=area, outline=[ring], points=4, file_name="四区县.geojson")


def test_an_area_with_an_outline_is_drawn_and_the_others_stay_tiles(leader, three):
    outline(three["慈利县"].area)
    page = leader.get("/map/?month=2018-01")
    assert [tile.split()[0] for tile in tiles(page)] == ["桑植县", "永定区"]
    assert 'aria-label="慈利县，4.17%，严重滞后"' in page.content.decode()
    assert "边界取自“四区县.geojson”" in said(page)


def test_outlines_of_several_areas_share_one_sheet(cast, three):
    outline(three["慈利县"].area)
    outline(three["永定区"].area, east=1)
    drawn = map_of(cast.leader)
    assert {each.tile.name: each.x < 500 for each in drawn.outlines} == {"慈利县": True, "永定区": False}


def test_a_new_outline_shows_on_a_page_that_was_kept(leader, three):
    leader.get("/map/")
    outline(three["慈利县"].area)
    assert "区县分布" in said(leader.get("/map/"))


def test_a_reporter_sees_no_outline_of_other_areas(client, cast, three):
    outline(three["慈利县"].area)
    project_with(plan=5, reports=[1], area=AreaFactory(name="桑植县"), responsible_unit=cast.reporter.organisation)
    progress.refresh_stale()
    assert map_of(cast.reporter).outlines == []


# ---- queries ----


@pytest.mark.parametrize("areas", [1, 3])
@pytest.mark.parametrize("measure", [each.code for each in MEASURES])
def test_the_page_asks_the_same_few_questions_however_many_areas(leader, django_assert_num_queries, areas, measure):
    for name in list(WHERE)[:areas]:
        project_with(plan=12, reports=[1], area=AreaFactory(name=name))
    progress.refresh_stale()
    with django_assert_num_queries(13 if measure == "problems" else 12):
        leader.get(f"/map/?measure={measure}")
