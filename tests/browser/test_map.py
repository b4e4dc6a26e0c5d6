"""The map as people use it: by mouse and by keys, on a phone, and with the outlines that the office loads."""

import json

import pytest
from playwright.sync_api import expect

from investment import progress
from projects.models import Area, AreaShape
from tests.factories import AreaFactory
from tests.factories import project_with_yi as project_with

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(autouse=True)
def areas(cast):
    """慈利县 lies east of 桑植县; the zone has no position."""
    found = {}
    for name, amount, column in (("慈利县", "0.5", 2), ("桑植县", "1", 1), ("张家界高新区", "1.5", None)):
        found[name] = AreaFactory(name=name)
        Area.objects.filter(pk=found[name].pk).update(tile_row=column and 1, tile_column=column)
        project_with(plan=12, reports=[amount], area=found[name])
    progress.refresh_stale()
    return found


def file_of(*names):
    """A GeoJSON file with a square for each name, side by side."""
    squares = [[[110 + n, 29], [111 + n, 29], [111 + n, 30], [110 + n, 30], [110 + n, 29]] for n in range(len(names))]
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [square]}}
        for name, square in zip(names, squares, strict=True)
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return {"name": "四区县.geojson", "mimeType": "application/geo+json", "buffer": content}


def test_tiles_lie_as_the_areas_do(visitor):
    page = visitor.log_in("leader", "/map/")
    west, east, other = (
        page.locator(".tile", has_text=name).bounding_box() for name in ("桑植县", "慈利县", "张家界高新区")
    )
    assert west["x"] < east["x"]
    assert west["y"] == east["y"] < other["y"]


def test_a_tile_opens_its_area_with_a_key(visitor, areas):
    page = visitor.log_in("leader", "/map/")
    page.locator(".tile", has_text="慈利县").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{visitor.origin}/areas/{areas['慈利县'].pk}/?month=2018-01")


def test_a_measure_colours_the_tiles(visitor):
    page = visitor.log_in("leader", "/map/")
    page.get_by_role("link", name="累计完成").click()
    fills = [
        page.locator(".tile", has_text=name).evaluate("tile => getComputedStyle(tile).backgroundColor")
        for name in ("慈利县", "桑植县", "张家界高新区")
    ]
    assert len(set(fills)) == 3
    expect(page.get_by_role("list", name="累计完成（亿元）的色阶")).to_contain_text("0.50")


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_a_phone_reads_the_map_without_sideways_scroll(visitor, areas):
    ring = [1_100_000, 290_000, 1_110_000, 290_000, 1_110_000, 300_000]
    AreaShape.objects.create(area=areas["慈利县"], outline=[ring], points=3, file_name="a.json")
    page = visitor.log_in("leader", "/map/")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_office_loads_outlines_follows_one_and_takes_them_away(visitor, areas):
    page = visitor.log_in("office", "/map/")
    page.get_by_role("link", name="装入或移除官方边界").click()
    page.get_by_label("边界文件").set_input_files(file_of("慈利县", "桑植"))
    page.get_by_role("button", name="检查文件").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("请核对“四区县.geojson”中的 2 个图形")
    page.get_by_label("第 2 个要素“桑植”对应的地区").select_option(label="桑植县")
    page.get_by_role("button", name="装入边界").click()
    expect(page.get_by_text("已装入 2 个地区的边界")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(1)
    page.get_by_role("link", name="桑植县，8.33%，正常").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{visitor.origin}/areas/{areas['桑植县'].pk}/?month=2018-01")
    page.goto("/map/boundaries/")
    page.get_by_role("button", name="移除边界").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("示意图")


def test_a_file_that_is_no_map_is_refused_beside_the_field(visitor):
    page = visitor.log_in("office", "/map/boundaries/")
    page.get_by_label("边界文件").set_input_files({"name": "a.json", "mimeType": "text/plain", "buffer": b"[" * 9999})
    page.get_by_role("button", name="检查文件").click()
    expect(page.get_by_text("文件的层次太深")).to_be_visible()
