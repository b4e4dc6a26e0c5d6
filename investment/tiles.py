"""The rows behind the map: the areas of a city where they lie, each with one measure of the month.

Drawn as tiles on a grid, or as the official outlines where the city office loaded them. Figures come from the ranking
of the areas; an area without a figure has none, never zero. Amounts in 万元, rates in percent.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, Q

from projects.models import Area, AreaShape, Problem
from projects.money import format_yi
from projects.templatetags.money import points, rate

from .addresses import projects_behind
from .lamps import LAMPS, NOT_RATED, Lamp
from .outlines import Drawing, drawing
from .places import AREA, Place
from .rankings import Ranked, Ranking, ranking

STEPS = 5  # shades of the scale
FEWEST_COLUMNS = 3  # of areas that nobody has given a position
UNKNOWN = "—"

Value = Decimal | int | None


@dataclass(frozen=True)
class Measure:
    """What an area can be coloured by: its code in addresses, its words, and how a value is written."""

    code: str
    label: str
    unit: str
    text: Callable[..., str]
    lowest_first: bool = False


MEASURES = (
    Measure("lamp", "状态", "", str, lowest_first=True),
    Measure("rate", "完成率", "%", rate, lowest_first=True),
    Measure("gap", "较时间进度", "个百分点", points, lowest_first=True),
    Measure("amount", "累计完成", "亿元", format_yi),
    Measure("projects", "项目数", "个", str),
    Measure("problems", "未销号问题", "个", str),
)
LAMP = MEASURES[0]


def measure_of(code: str) -> Measure | None:
    """The measure named in an address."""
    return next((each for each in MEASURES if each.code == code), None)


@dataclass(frozen=True)
class Tile:
    """An area on the map; `ranked` is None while no project of the year that the reader sees stands in it."""

    area: Area
    ranked: Ranked | None
    measure: Measure
    value: Value
    shade: int | None  # of the scale, 1 the palest
    page: str

    @property
    def name(self) -> str:
        return self.area.name

    @property
    def lamp(self) -> Lamp:
        return self.ranked.lamp if self.ranked else NOT_RATED

    @property
    def tone(self) -> str:
        """The class of the fill: a lamp's tone, or a shade."""
        if self.measure == LAMP:
            return self.lamp.tone
        return f"shade-{self.shade}" if self.shade else "grey"

    @property
    def figure(self) -> str:
        """What the tile says beside the name and the lamp: the measure; under the lamps the rate."""
        if self.ranked is None:
            return "本年没有项目"
        if self.measure == LAMP:
            return UNKNOWN if self.ranked.rate is None else f"{rate(self.ranked.rate)}%"
        return (
            UNKNOWN if self.value is None else f"{self.measure.text(self.value)} {self.measure.unit}".replace(" %", "%")
        )

    @property
    def cell(self) -> str:
        """What the table says in the column of the measure; its unit stands in the heading."""
        if self.measure == LAMP:
            return rate(self.ranked.rate if self.ranked else None) or UNKNOWN
        return UNKNOWN if self.value is None else self.measure.text(self.value)


@dataclass(frozen=True)
class Shade:
    """A step of the scale, and the values that it stands for."""

    number: int
    label: str


@dataclass(frozen=True)
class Outline:
    """A tile drawn as the official outline of its area."""

    tile: Tile
    path: str
    x: int
    y: int


@dataclass(frozen=True)
class CityMap:
    """The areas of a city in one month, coloured by one measure; the ranking's order, the worst first, in `tiles`."""

    place: Place
    measure: Measure
    tiles: list[Tile]
    shades: list[Shade]
    nobody: Ranked | None  # the projects that stand in the city itself
    shapes: dict[int, AreaShape]

    @cached_property
    def grid(self) -> list[list[Tile | None]]:
        """The tiles that have no outline, row by row, each row with as many places; None is an empty one."""
        return laid_out([tile for tile in self.tiles if tile.area.pk not in self.shapes])

    @property
    def columns(self) -> int:
        return len(self.grid[0]) if self.grid else 0

    @cached_property
    def drawing(self) -> Drawing | None:
        outlined = [shape.outline for shape in self.shapes.values()]
        return drawing(outlined) if outlined else None

    @property
    def outlines(self) -> list[Outline]:
        """The areas that have an outline."""
        if self.drawing is None:
            return []
        tiles = {tile.area.pk: tile for tile in self.tiles}
        drawn = zip(self.shapes, self.drawing.paths, self.drawing.labels, strict=True)
        return [Outline(tiles[pk], path, *label) for pk, path, label in drawn]

    @cached_property
    def ranked(self) -> list[Tile]:
        """The tiles by their value, those without one last; under the lamps by the rate, the lowest first."""
        if self.measure == LAMP:
            return self.tiles
        known = [tile for tile in self.tiles if tile.value is not None]
        known.sort(key=lambda tile: tile.value or 0, reverse=not self.measure.lowest_first)
        return known + [tile for tile in self.tiles if tile.value is None]

    @property
    def lamps(self) -> list[tuple[Lamp, int]]:
        """How many areas have each lamp, whatever word its rule has, the worst first; without those that none has."""
        counted = Counter(tile.lamp.code for tile in self.tiles)
        return [(lamp, counted[lamp.code]) for lamp in LAMPS if counted[lamp.code]]

    @property
    def ends(self) -> list[Tile]:
        """The first and the last by value; fewer while fewer have one."""
        known = [tile for tile in self.ranked if tile.value is not None]
        return [known[0], known[-1]] if len(known) > 1 else known

    @property
    def worst(self) -> Tile | None:
        """The area with the lowest rate."""
        return next((tile for tile in self.tiles if tile.ranked and tile.ranked.rate is not None), None)

    @property
    def loaded(self) -> AreaShape | None:
        """One of the outlines: it says from which file they are."""
        return next(iter(self.shapes.values()), None)


def city_map(place: Place, measure: Measure = LAMP, ranked: Ranking | None = None) -> CityMap:
    """The areas that the reader knows of, each with its value of the month; `ranked` where it is known already."""
    ranked = ranked or ranking(place, AREA)
    rows = {row.key: row for row in ranked.rows}
    areas = {area.pk: area for area in Area.objects.visible_to(place.user).filter(parent=place.city)}
    order = [*(key for key in rows if key in areas), *(pk for pk in areas if pk not in rows)]
    problems = _open_problems(place) if measure.code == "problems" else {}
    values = {pk: _value(measure, rows[pk], problems) if pk in rows else None for pk in order}
    known = sorted({value for value in values.values() if value is not None})
    tiles = [
        Tile(areas[pk], rows.get(pk), measure, values[pk], shade_of(values[pk], known), _page(place, areas[pk], rows))
        for pk in order
    ]
    shapes = AreaShape.objects.filter(area__in=order).order_by("area__order", "area")
    return CityMap(
        place, measure, tiles, _scale(measure, known), ranked.nobody, {each.area_id: each for each in shapes}
    )


def _value(measure: Measure, row: Ranked, problems: dict[int, int]) -> Value:
    if measure.code == "problems":
        return problems.get(row.key or 0, 0)
    values: dict[str, Value] = {
        "rate": row.rate, "gap": row.gap, "amount": row.year_to_date, "projects": row.projects,
    }  # fmt: skip
    return values.get(measure.code)


def _page(place: Place, area: Area, rows: dict[int | None, Ranked]) -> str:
    """Where a tile leads: to the page of the area; to the empty list while no project stands in it."""
    row = rows.get(area.pk)
    return (row.page if row else None) or projects_behind(place.month, area=area.pk)


def _open_problems(place: Place) -> dict[int, int]:
    """By area, the problems of the listed projects that were raised by the end of the month and not closed then."""
    then = Q(closed_on=None) | Q(closed_on__gte=place.next_day)
    problems = Problem.objects.filter(then, raised_on__lt=place.next_day, project__in=place.listed.values("pk"))
    counted = problems.order_by().values_list("project__area").annotate(problems=Count("pk"))
    return dict(counted)


def shade_of(value: Value, known: Sequence[Decimal | int]) -> int | None:
    """The step of a value, from the least known (1) to the greatest (STEPS), in equal steps; None without a value."""
    if value is None:
        return None
    least, width = known[0], known[-1] - known[0]
    return min(STEPS, int((value - least) * STEPS / width) + 1) if width else (STEPS + 1) // 2


def _scale(measure: Measure, known: Sequence[Decimal | int]) -> list[Shade]:
    """The steps that are on the map, each with the values that it has there."""
    if measure == LAMP:
        return []
    by_step: dict[int, list[Decimal | int]] = {}
    for value in known:
        by_step.setdefault(shade_of(value, known) or 0, []).append(value)
    return [Shade(step, _range(measure, values)) for step, values in by_step.items()]


def _range(measure: Measure, values: Sequence[Decimal | int]) -> str:
    first, last = measure.text(values[0]), measure.text(values[-1])
    return first if first == last else f"{first} 至 {last}"


def laid_out(tiles: Sequence[Tile]) -> list[list[Tile | None]]:
    """Row by row where the areas lie; rows and columns that would be empty are left out.

    Areas without a position follow in rows of their own.
    """
    placed = {(tile.area.tile_row, tile.area.tile_column): tile for tile in tiles if tile.area.tile_row}
    columns = sorted({column or 0 for _, column in placed})
    rows: list[list[Tile | None]] = [
        [placed.get((row, column)) for column in columns] for row in sorted({row or 0 for row, _ in placed})
    ]
    others = [tile for tile in tiles if not tile.area.tile_row]
    width = len(columns) or min(FEWEST_COLUMNS, len(others))
    for first in range(0, len(others), width or 1):
        row: list[Tile | None] = [*others[first : first + width]]
        rows.append(row + [None] * (width - len(row)))
    return rows
