"""Outlines of areas: read from a GeoJSON file, made small, drawn flat. Pure; knows nothing of the database.

Whatever is in the file, what comes out is numbers: rings of longitude and latitude in ten-thousandths of a degree
(about 10 m), flat lists [x, y, x, y, …] without the closing point, outer rings and holes alike.
"""

import heapq
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NoReturn

MOST_BYTES = 5 * 1024 * 1024
MOST_FEATURES = 500
MOST_READ = 200_000  # points of a file
MOST_KEPT = 3_500  # points of all outlines together: less than 60 kB as they are stored
PER_DEGREE = 10_000
LONGEST = 1000  # the longer side of a drawing
RATHER_METRES = "坐标不是经纬度，可能是以米为单位的投影坐标。请在地图软件中按“经纬度（WGS84 或 CGCS2000）”重新导出。"
SWAPPED = "坐标的经度和纬度写反了。GeoJSON 先写经度再写纬度，例如 [110.48, 29.13]，请重新导出。"

Ring = list[int]


class OutlineError(Exception):
    """The file can't be used. The message says in Chinese what is wrong and how to mend it."""


@dataclass(frozen=True)
class Feature:
    """One shape of a file: its number (from 1), what names it, and its rings."""

    number: int
    texts: tuple[str, ...]
    rings: list[Ring]


def features_of(content: bytes) -> list[Feature]:
    """The shapes of a GeoJSON file. Raises OutlineError."""
    if len(content) > MOST_BYTES:
        raise OutlineError("文件超过 5 MB。请在地图软件中只导出本市各区县，或先做简化再导出。")
    found = _parsed(content)
    listed = found.get("features") if isinstance(found, dict) else None
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection" or not isinstance(listed, list):
        raise OutlineError("这个文件不是 FeatureCollection（要素集合）。请在地图软件中把区县边界整层导出为 GeoJSON。")
    if not listed:
        raise OutlineError("文件里没有要素。请确认导出时选中了各区县。")
    if len(listed) > MOST_FEATURES:
        raise OutlineError(f"文件里有 {len(listed)} 个要素，超过 {MOST_FEATURES} 个。请只导出本市各区县。")
    features = [_feature(number, each) for number, each in enumerate(listed, start=1)]
    if sum(len(ring) for feature in features for ring in feature.rings) > MOST_READ * 2:
        raise OutlineError("边界太细（超过 20 万个点）。请在地图软件中先做简化（例如容差 20 米）再导出。")
    return features


def _parsed(content: bytes) -> Any:
    def refuse(name: str) -> NoReturn:
        raise OutlineError(f"坐标里有 {name}，不是数字。请检查导出的图层是否完整。")

    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=refuse)
    except UnicodeDecodeError as error:
        raise OutlineError("文件不是 UTF-8 编码的文本。请导出为 GeoJSON，编码选 UTF-8。") from error
    except RecursionError as error:
        raise OutlineError("文件的层次太深，不是正常的 GeoJSON。") from error
    except ValueError as error:  # no JSON, or a number of more than 4,300 digits
        raise OutlineError("文件内容不是完整的 GeoJSON，可能没有下载完或被改动过。请重新导出。") from error


def _feature(number: int, feature: Any) -> Feature:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        what = f"是 {kind[:20]}，不是面" if isinstance(kind, str) else "没有图形"
        raise OutlineError(f"第 {number} 个要素{what}。只接受面（Polygon 或 MultiPolygon），请只导出区划面图层。")
    polygons = geometry.get("coordinates")
    polygons = [polygons] if kind == "Polygon" else polygons
    rings = [_ring(number, ring) for polygon in _list(number, polygons) for ring in _list(number, polygon)]
    rings = [ring for ring in rings if len(ring) >= 6 and area(ring)]
    if not rings:
        raise OutlineError(f"第 {number} 个要素的边界不成面（不足三个点）。请检查这个图形。")
    return Feature(number, _texts(feature.get("properties")), rings)


def _texts(properties: Any) -> tuple[str, ...]:
    """The values that may name the shape, cut short; what is nested is no name."""
    values = properties.values() if isinstance(properties, dict) else ()
    plain = [each for each in values if isinstance(each, str | int) and not isinstance(each, bool)]
    return tuple(text for text in (_text(each) for each in plain) if text)


def _text(value: str | int) -> str:
    try:
        return str(value).strip()[:60]
    except ValueError:  # a number of more digits than Python writes
        return ""


def _list(number: int, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise OutlineError(f"第 {number} 个要素的坐标格式不对。请重新导出为 GeoJSON。")
    return value


def _ring(number: int, points: Any) -> Ring:
    """The ring with each point once, without the closing one."""
    ring: Ring = []
    for point in _list(number, points):
        x, y = _point(number, point)
        if ring[-2:] != [x, y]:
            ring += (x, y)
    return ring[:-2] if len(ring) > 2 and ring[:2] == ring[-2:] else ring


def _point(number: int, point: Any) -> tuple[int, int]:
    """Longitude and latitude; a height is left out."""
    pair = _list(number, point)[:2]
    if len(pair) < 2 or not all(isinstance(each, int | float) and not isinstance(each, bool) for each in pair):
        raise OutlineError(f"第 {number} 个要素有一个坐标不是两个数字。请重新导出为 GeoJSON。")
    x, y = pair
    if -180 <= x <= 180 and -90 <= y <= 90:
        return round(x * PER_DEGREE), round(y * PER_DEGREE)
    swapped = -90 <= x <= 90 and -180 <= y <= 180
    raise OutlineError(f"第 {number} 个要素：{SWAPPED if swapped else RATHER_METRES}")


def area(ring: Ring) -> float:
    """Twice the area of a ring."""
    points = list(_points(ring))
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise([*points, points[0]])))


def _points(ring: Ring) -> Iterable[tuple[int, int]]:
    return zip(ring[::2], ring[1::2], strict=True)


def simplified(shapes: Sequence[list[Ring]], most: int = MOST_KEPT) -> list[list[Ring]]:
    """The shapes with at most about so many points together: those go first that matter least to the outline.

    Visvalingam and Whyatt (1993), 'Line generalisation by repeated elimination of points': a point matters as much as
    the triangle that it makes with its neighbours. Of every shape the largest ring stays, as a triangle at least.
    """
    weighed = [[_weights(ring) for ring in shape] for shape in shapes]
    weights = sorted((weight for shape in weighed for ring in shape for weight in ring), reverse=True)
    least = weights[most] if len(weights) > most else -1
    return [
        [
            kept
            for ring, marks in zip(shape, rings, strict=True)
            if (kept := _kept(ring, marks, least, whole=ring is max(shape, key=area)))
        ]
        for shape, rings in zip(shapes, weighed, strict=True)
    ]


def _kept(ring: Ring, weights: list[float], least: float, whole: bool) -> Ring:
    """The points that weigh more than `least`; of a `whole` ring the three heaviest in any case."""
    heaviest = sorted(range(len(weights)), key=lambda place: -weights[place])[:3] if whole else ()
    kept = [place for place, weight in enumerate(weights) if weight > least or place in heaviest]
    return [each for place in kept for each in ring[2 * place : 2 * place + 2]] if len(kept) >= 3 else []


def _weights(ring: Ring) -> list[float]:
    """What each point of a ring weighs: never less than one that went before it."""
    points = list(_points(ring))
    size = len(points)
    before, after = [(place - 1) % size for place in range(size)], [(place + 1) % size for place in range(size)]

    def triangle(place: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = points[before[place]], points[place], points[after[place]]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))

    now: list[float] = [triangle(place) for place in range(size)]
    heap = [(weight, place) for place, weight in enumerate(now)]
    heapq.heapify(heap)
    weights, heaviest, left = [0.0] * size, 0.0, size
    while heap:
        weight, place = heapq.heappop(heap)
        if weight != now[place]:
            continue  # one of an older triangle
        heaviest = weights[place] = max(heaviest, weight)
        now[place], left = -1, left - 1
        if left < 3:
            continue  # the last three stand and fall together
        after[before[place]], before[after[place]] = after[place], before[place]
        for neighbour in (before[place], after[place]):
            now[neighbour] = triangle(neighbour)
            heapq.heappush(heap, (now[neighbour], neighbour))
    return weights


@dataclass(frozen=True)
class Drawing:
    """Shapes on one sheet, as SVG writes them: for each its path, and the point where its name has most room."""

    width: int
    height: int
    paths: list[str]
    labels: list[tuple[int, int]]


def drawing(shapes: Sequence[list[Ring]]) -> Drawing:
    """The shapes side by side as on a map, north up, the longer side LONGEST wide. Equirectangular projection."""
    xs = [x for shape in shapes for ring in shape for x in ring[::2]]
    ys = [y for shape in shapes for ring in shape for y in ring[1::2]]
    west, north = min(xs), max(ys)
    narrower = max(0.01, math.cos(math.radians((north + min(ys)) / 2 / PER_DEGREE)))
    wide, high = (max(xs) - west) * narrower, north - min(ys)
    scale = LONGEST / max(wide, high, 1)
    flat = [
        [
            [(round((x - west) * narrower * scale), round((north - y) * scale)) for x, y in _points(ring)]
            for ring in shape
        ]
        for shape in shapes
    ]
    return Drawing(
        max(1, round(wide * scale)),
        max(1, round(high * scale)),
        ["".join(_path(ring) for ring in shape) for shape in flat],
        [_roomiest(shape) for shape in flat],
    )


def _path(points: list[tuple[int, int]]) -> str:
    steps = [f"{bx - ax} {by - ay}" for (ax, ay), (bx, by) in pairwise(points) if (ax, ay) != (bx, by)]
    return f"M{points[0][0]} {points[0][1]}l{' '.join(steps)}z".replace(" -", "-") if steps else ""


def _roomiest(shape: list[list[tuple[int, int]]]) -> tuple[int, int]:
    """The middle of the longest level line inside the shape, of five lines around its middle."""
    edges = [edge for ring in shape for edge in pairwise([*ring, ring[0]])]
    heights = [y for ring in shape for _, y in ring]
    chords = []
    for fifth in (30, 40, 50, 60, 70):
        level = min(heights) + (max(heights) - min(heights)) * fifth / 100 + 0.01  # no corner lies on it
        crossed = sorted(
            ax + (bx - ax) * (level - ay) / (by - ay) for (ax, ay), (bx, by) in edges if (ay > level) != (by > level)
        )
        chords += [
            (right - left, (left + right) / 2, level) for left, right in zip(crossed[::2], crossed[1::2], strict=False)
        ]
    _, x, y = max(chords, default=(0, *shape[0][0]))
    return round(x), round(y)
