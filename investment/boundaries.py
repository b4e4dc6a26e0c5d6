"""The official outlines of a city's areas: looked at, confirmed, put on the map, taken away again.

Between looking and confirming nothing is stored: the outlines travel with the page, made small and signed.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from projects.models import Area, AreaShape, User

from .outlines import MOST_BYTES, Feature, OutlineError, Ring, features_of, simplified

ENDINGS = (".geojson", ".json")
CONFIRM_WITHIN = 3600  # seconds
OFFERED = 20  # shapes of a file that are listed although they fit no area, to be assigned by hand
SALT = "investment.boundaries"
NAMELESS = "（没有名称）"


@dataclass(frozen=True)
class Shape:
    """A shape of the file, and the area that it seems to be."""

    number: int
    name: str
    area: Area | None
    outline: list[Ring]

    @property
    def points(self) -> int:
        return sum(len(ring) for ring in self.outline) // 2


@dataclass(frozen=True)
class Looked:
    """What was found in a file. `token` carries it to the confirmation."""

    file_name: str
    areas: list[Area]
    shapes: list[Shape]
    ignored: int  # shapes that fit no area of the city and are too many to be listed
    token: str

    @property
    def without(self) -> list[Area]:
        """The areas that no shape seems to be: they stay tiles beside the map."""
        found = {shape.area for shape in self.shapes}
        return [area for area in self.areas if area not in found]


def areas_of(city: Area) -> list[Area]:
    """The areas below a city that an outline may belong to."""
    return list(city.children.exclude(kind=Area.Kind.DIRECT))


def look_into(city: Area, sent: UploadedFile) -> Looked:
    """Read the file and find the area of each shape, by name or code. Raises OutlineError."""
    name = str(sent.name)[-120:]
    if not name.lower().endswith(ENDINGS):
        raise OutlineError("请选择扩展名为 .geojson 或 .json 的文件。Shapefile（.shp）请先在地图软件中导出为 GeoJSON。")
    if sent.size is None or sent.size > MOST_BYTES:
        raise OutlineError("文件超过 5 MB。请在地图软件中只导出本市各区县，或先做简化再导出。")
    areas, features = areas_of(city), features_of(sent.read())
    found = [(feature, _area_of(feature, areas)) for feature in features]
    listed = [(feature, area) for feature, area in found if area or len(features) <= OFFERED]
    if not listed:
        names = "、".join(str(area) for area in areas)
        raise OutlineError(
            f"文件里的 {len(features)} 个要素都对不上本市的区县。要素属性里应有名称（{names}）或行政区划代码。"
        )
    outlines = simplified([feature.rings for feature, _ in listed])
    shapes = [
        Shape(feature.number, _name_of(feature), area, outline)
        for (feature, area), outline in zip(listed, outlines, strict=True)
    ]
    carried = {"city": city.pk, "file": name, "outlines": outlines}
    token = signing.dumps(carried, salt=SALT, compress=True)
    return Looked(name, areas, shapes, len(features) - len(listed), token)


def load_boundaries(city: Area, token: str, chosen: Mapping[int, str], by: User) -> list[AreaShape]:
    """Store the outlines that were confirmed; whatever outlines the city had before go.

    `chosen` says by the place of each listed shape the id of its area; '' leaves it out. Several shapes may make up one
    area. Raises OutlineError.
    """
    carried = _carried(city, token)
    areas = {str(area.pk): area for area in areas_of(city)}
    outlines: dict[Area, list[Ring]] = {}
    for place, rings in enumerate(carried["outlines"]):
        wanted = chosen.get(place, "")
        if wanted and wanted not in areas:
            raise OutlineError("选择的地区不属于本市，请重新核对。")
        if wanted:
            outlines.setdefault(areas[wanted], []).extend(rings)
    if not outlines:
        raise OutlineError("没有一个图形对应到区县。请至少为一个图形选择地区。")
    with transaction.atomic():
        for old in AreaShape.objects.filter(area__parent=city).exclude(area__in=outlines):
            old.delete()
        return [_stored(area, rings, carried["file"], by) for area, rings in outlines.items()]


def _stored(area: Area, rings: list[Ring], file_name: str, by: User) -> AreaShape:
    shape = AreaShape.objects.filter(area=area).first() or AreaShape(area=area)
    shape.outline, shape.points = rings, sum(len(ring) for ring in rings) // 2
    shape.file_name, shape.loaded_by = file_name, by
    shape.save()
    return shape


def remove_boundaries(city: Area) -> int:
    """Take the outlines away: the map shows tiles again. How many there were."""
    with transaction.atomic():
        return sum(bool(shape.delete()) for shape in AreaShape.objects.filter(area__parent=city))


def _carried(city: Area, token: str) -> dict[str, Any]:
    try:
        carried: dict[str, Any] = signing.loads(token, salt=SALT, max_age=CONFIRM_WITHIN)
    except signing.BadSignature as error:
        raise OutlineError("核对已超过一小时或页面不完整，请重新选择文件。") from error
    if carried["city"] != city.pk:
        raise OutlineError("这个文件是为另一个市核对的，请重新选择文件。")
    return carried


def _area_of(feature: Feature, areas: Sequence[Area]) -> Area | None:
    """The one area whose name or code stands among the texts of a shape."""
    texts = {_plain(text) for text in feature.texts}
    fitting = [area for area in areas if not texts.isdisjoint(_names(area))]
    return fitting[0] if len(fitting) == 1 else None


def _names(area: Area) -> set[str]:
    """What an area is called in files: its name, its code, the code with 156 for China or zeros for the towns."""
    codes = {area.code, f"156{area.code}", f"{area.code}000000"} if area.code else set()
    return {_plain(area.name), *codes}


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _name_of(feature: Feature) -> str:
    """The text that a person would call the shape by: one with Chinese in it, else the first."""
    chinese = (text for text in feature.texts if re.search("[\u4e00-\u9fff]", text))
    return next(chinese, next(iter(feature.texts), NAMELESS))
