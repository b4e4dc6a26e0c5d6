"""Outlines: what a GeoJSON file may hold, what is refused and why, and what is drawn of it."""

import json
import math
import random
import time

import pytest

from investment import outlines
from investment.outlines import OutlineError, area, drawing, features_of, simplified

SQUARE = [[110, 29], [111, 29], [111, 30], [110, 30], [110, 29]]


def feature(coordinates=None, kind="Polygon", **properties):
    geometry = {"type": kind, "coordinates": [SQUARE] if coordinates is None else coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def refusal(content):
    with pytest.raises(OutlineError) as refused:
        features_of(content)
    return str(refused.value)


def star(points, centre=(110.5, 29.5), size=0.3):
    """A ring with many corners that all differ."""
    dice = random.Random(7)
    turns = [2 * math.pi * each / points for each in range(points)]
    return [
        [
            centre[0] + size * dice.uniform(0.5, 1) * math.cos(turn),
            centre[1] + size * dice.uniform(0.5, 1) * math.sin(turn),
        ]
        for turn in turns
    ]


# ---- what is read ----


def test_a_polygon_becomes_a_ring_in_ten_thousandths_of_a_degree_without_the_closing_point():
    (found,) = features_of(collection(feature(name="慈利县")))
    assert found.rings == [[1_100_000, 290_000, 1_110_000, 290_000, 1_110_000, 300_000, 1_100_000, 300_000]]


def test_a_multipolygon_gives_all_its_rings():
    other = [[x + 2, y] for x, y in SQUARE]
    (found,) = features_of(collection(feature([[SQUARE], [other]], kind="MultiPolygon")))
    assert [len(ring) for ring in found.rings] == [8, 8]


def test_a_height_is_left_out():
    (found,) = features_of(collection(feature([[[*point, 512.5] for point in SQUARE]])))
    assert len(found.rings[0]) == 8


def test_only_plain_texts_and_whole_numbers_may_name_a_shape():
    (found,) = features_of(collection(feature(name=" 慈利县 ", adcode=430821, area=1.5, ok=True, parent={"code": 1})))
    assert found.texts == ("慈利县", "430821")


def test_a_byte_order_mark_does_no_harm():
    assert len(features_of(b"\xef\xbb\xbf" + collection(feature()))) == 1


# ---- what is refused ----


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04", "不是完整的 GeoJSON"),
        ('{"type": "慈利"}'.encode("gbk"), "不是 UTF-8"),
        (b"[1, 2]", "不是 FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": {}}', "不是 FeatureCollection"),
        (collection(), "没有要素"),
        (collection(*[1] * 501), "501 个要素"),
        (collection(1), "第 1 个要素没有图形"),
        (collection({"geometry": None}), "没有图形"),
        (collection(feature(), feature([110, 29], kind="Point")), "第 2 个要素是 Point，不是面"),
        (collection(feature(5)), "坐标格式不对"),
        (collection(feature([[[110]]])), "不是两个数字"),
        (collection(feature([[["110", "29"]]])), "不是两个数字"),
        (collection(feature([[[True, False]]])), "不是两个数字"),
        (collection(feature([[[110, 29], [111, 29]]])), "不成面"),
        (collection(feature([[[110, 29], [110, 29], [110, 29]]])), "不成面"),
        (collection(feature([[[3_425_000, 387_000]]])), "投影坐标"),
        (collection(feature([[[29, 110]]])), "写反了"),
        (collection(feature()).replace(b"110,", b"NaN,"), "坐标里有 NaN"),
        (collection(feature()).replace(b"110,", b"-Infinity,"), "坐标里有 -Infinity"),
        (collection(feature()).replace(b"110,", b"1e999,"), "投影坐标"),
        (collection(feature()).replace(b"110,", b"9" * 5000 + b","), "不是完整的 GeoJSON"),
        (collection(feature()).replace(b"110,", b"9" * 4000 + b","), "投影坐标"),
        (b'{"type":' * 100_000, "层次太深"),
        (b"[" * 1_000_000, "层次太深"),
    ],
)
def test_what_is_no_outline_is_refused_and_said_how_to_mend(content, said):
    assert said in refusal(content)


def test_a_file_of_more_than_five_megabytes_is_refused():
    assert "超过 5 MB" in refusal(b" " * (outlines.MOST_BYTES + 1))


def test_too_fine_an_outline_is_refused(monkeypatch):
    monkeypatch.setattr(outlines, "MOST_READ", 100)
    assert "边界太细" in refusal(collection(feature([star(101)])))


# ---- what is kept ----


def ring_of(points):
    (found,) = features_of(collection(feature([points])))
    return found.rings


def test_an_outline_that_is_small_enough_stays_as_it_is():
    rings = ring_of(star(300))
    assert simplified([rings], most=300) == [rings]


def test_the_points_that_matter_least_go_first():
    nearly_straight = [[110, 29], [110.5, 29.0001], [111, 29], [111, 30], [110, 30]]
    ((kept,),) = simplified([ring_of(nearly_straight)], most=4)
    assert kept == ring_of(SQUARE)[0]


def test_all_outlines_together_have_at_most_so_many_points():
    shapes = [ring_of(star(2000, centre=(110 + n, 29))) for n in range(4)]
    points = sum(len(ring) // 2 for shape in simplified(shapes, most=500) for ring in shape)
    assert 450 < points <= 500


def test_an_islet_goes_before_the_land_loses_its_shape():
    islet = [[x / 1000 + 0.5, y / 1000 + 0.5] for x, y in SQUARE]
    (found,) = features_of(collection(feature([[star(400)], [islet]], kind="MultiPolygon")))
    (kept,) = simplified([found.rings], most=200)
    assert len(kept) == 1


def test_the_smallest_of_the_shapes_keeps_a_triangle():
    small = [[x / 1000, y / 1000] for x, y in SQUARE]
    kept = simplified([ring_of(star(500)), ring_of(small)], most=50)
    assert [len(ring) for ring in kept[1]] == [6]


def test_what_is_kept_takes_less_than_sixty_kilobytes():
    kept = simplified([ring_of(star(20_000, centre=(100.1234 + n, 29.1234))) for n in range(3)])
    assert len(json.dumps(kept)) < 60_000


def test_the_finest_file_is_made_small_in_seconds():
    rings = ring_of(star(100_000, size=50))
    begun = time.monotonic()
    simplified([rings])
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("points", [SQUARE, SQUARE[::-1]])
def test_area_is_the_same_in_both_directions(points):
    assert area(ring_of(points)[0]) == 2 * 10_000**2


# ---- what is drawn ----


def test_north_is_up_and_east_is_right():
    west_south, east_north = ring_of(SQUARE), ring_of([[x + 1, y + 1] for x, y in SQUARE])
    drawn = drawing([west_south, east_north])
    assert drawn.labels[0][0] < drawn.labels[1][0]
    assert drawn.labels[0][1] > drawn.labels[1][1]


def test_a_degree_of_longitude_is_drawn_narrower_than_one_of_latitude():
    drawn = drawing([ring_of(SQUARE)])
    assert (drawn.width, drawn.height) == (round(1000 * math.cos(math.radians(29.5))), 1000)


def test_a_path_is_whole_numbers_from_a_corner_on():
    assert drawing([ring_of(SQUARE)]).paths == ["M0 1000l870 0 0-1000-870 0z"]


def test_the_name_stands_inside_a_bent_shape():
    bent = [[110, 29], [111, 29], [111, 30], [110.9, 30], [110.9, 29.1], [110, 29.1]]
    ((x, y),) = drawing([ring_of(bent)]).labels
    assert y > 900 or x > 783


def test_a_shape_too_small_to_be_seen_is_drawn_as_nothing():
    speck = [[110, 29], [110.0001, 29], [110.0001, 29.0001]]
    assert drawing([ring_of(SQUARE), ring_of(speck)]).paths[1] == ""
