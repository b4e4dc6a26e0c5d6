"""`/map/boundaries/`: the city office looks into a file, confirms it, and takes it away; nobody else does."""

import json
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from investment import boundaries
from investment.boundaries import load_boundaries, look_into, remove_boundaries
from investment.outlines import OutlineError
from projects.models import Area, AreaShape, HistoryEntry
from tests.factories import AreaFactory, city
from tests.investment.test_outlines import SQUARE, collection, feature
from tests.pages import said

ADDRESS = "/map/boundaries/"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def areas(cast):
    """慈利县 with its code, 桑植县 without; 市直 has no outline of its own."""
    cili, sangzhi = AreaFactory(name="慈利县"), AreaFactory(name="桑植县")
    Area.objects.filter(pk=cili.pk).update(code="430821")
    AreaFactory(name="市直", kind=Area.Kind.DIRECT)
    return {"慈利县": cili, "桑植县": sangzhi}


@pytest.fixture
def office(client, cast):
    client.force_login(cast.office)
    return client


def sent(*features, name="areas.geojson"):
    return SimpleUploadedFile(name, collection(*features), "application/geo+json")


def looked(*features):
    return look_into(city(), sent(*features))


def found(*features):
    return [(shape.name, shape.area and shape.area.name) for shape in looked(*features).shapes]


def look(client, *features, **kwargs):
    return client.post(ADDRESS, {"act": "look", "file": sent(*features, **kwargs)})


def load(client, page, **chosen):
    token = re.search(r'name="token" value="([^"]+)"', page.content.decode())[1]
    return client.post(ADDRESS, {"act": "load", "token": unescape(token), **chosen})


# ---- which shape is which area ----


@pytest.mark.parametrize(
    "properties",
    [
        {"name": "慈利县"},
        {"NAME": " 慈利县"},
        {"XZQMC": "慈利县", "parent": {"name": "桑植县"}},
        {"adcode": 430821},
        {"gb": "156430821"},
        {"dm": "430821000000"},
        {"name": "慈利县", "adcode": 430821},
    ],
)
def test_a_shape_is_the_area_of_its_name_or_code(areas, properties):
    assert [area for _, area in found(feature(**properties))] == ["慈利县"]


@pytest.mark.parametrize("properties", [{"name": "慈利"}, {"name": "慈利县城"}, {}, {"a": "慈利县", "b": "桑植县"}])
def test_a_shape_that_fits_none_or_two_is_left_to_be_chosen(areas, properties):
    assert [area for _, area in found(feature(**properties))] == [None]


def test_a_shape_is_called_by_its_chinese_name(areas):
    assert found(feature(id="7f", name="某镇"), feature(id="7f"), feature()) == [
        ("某镇", None), ("7f", None), ("（没有名称）", None),
    ]  # fmt: skip


def test_areas_without_a_shape_are_listed_and_the_city_itself_is_none(areas):
    assert [area.name for area in looked(feature(name="慈利县")).without] == ["桑植县"]


def test_of_a_large_file_only_what_fits_is_offered(areas):
    others = [feature(name=f"外县 {n}") for n in range(30)]
    file = looked(feature(name="慈利县"), *others)
    assert ([shape.name for shape in file.shapes], file.ignored) == (["慈利县"], 30)


def test_a_large_file_in_which_nothing_fits_is_refused_and_says_what_is_looked_for(areas):
    with pytest.raises(OutlineError, match="21 个要素都对不上本市的区县。要素属性里应有名称（慈利县、桑植县）"):
        looked(*[feature(name=f"外县 {n}") for n in range(21)])


@pytest.mark.parametrize("name", ["areas.shp", "areas.geojson.exe", "areas", "areas.html"])
def test_another_kind_of_file_is_refused_whatever_is_in_it(areas, name):
    with pytest.raises(OutlineError, match="扩展名"):
        look_into(city(), sent(feature(name="慈利县"), name=name))


def test_a_file_that_is_too_large_is_refused_without_being_read(areas):
    file = sent(feature())
    file.size, file.file = 200 * 1024 * 1024, None
    with pytest.raises(OutlineError, match="超过 5 MB"):
        look_into(city(), file)


# ---- storing ----


def test_what_was_confirmed_is_stored_as_numbers_with_its_file_and_person(cast, areas):
    load_boundaries(city(), looked(feature(name="慈利县")).token, {0: str(areas["慈利县"].pk)}, cast.office)
    shape = AreaShape.objects.get()
    assert shape.outline == [[1_100_000, 290_000, 1_110_000, 290_000, 1_110_000, 300_000, 1_100_000, 300_000]]
    assert (shape.area, shape.points, shape.file_name, shape.loaded_by) == (
        areas["慈利县"], 4, "areas.geojson", cast.office,
    )  # fmt: skip


def test_several_shapes_may_make_up_one_area(cast, areas):
    pk = str(areas["慈利县"].pk)
    token = looked(feature(name="慈利县"), feature([[[x + 2, y] for x, y in SQUARE]], name="慈利飞地")).token
    load_boundaries(city(), token, {0: pk, 1: pk}, cast.office)
    assert [len(shape.outline) for shape in AreaShape.objects.all()] == [2]


def test_a_new_file_takes_the_place_of_all_that_was_there(cast, areas):
    token = looked(feature(name="慈利县")).token
    for area in areas.values():
        load_boundaries(city(), token, {0: str(area.pk)}, cast.office)
    assert [shape.area.name for shape in AreaShape.objects.all()] == ["桑植县"]


def test_history_says_who_loaded_and_removed_which_file(cast, areas, client):
    office = client
    office.force_login(cast.office)
    load(office, look(office, feature(name="慈利县")), **{"area-0": areas["慈利县"].pk})
    office.post(ADDRESS, {"act": "remove"})
    entries = HistoryEntry.objects.filter(content_type__model="areashape").order_by("pk")
    assert [(entry.action, entry.actor) for entry in entries] == [
        (HistoryEntry.Action.CREATE, cast.office), (HistoryEntry.Action.DELETE, cast.office),
    ]  # fmt: skip
    assert entries[0].changes["file_name"][1] == "areas.geojson"
    assert "outline" not in entries[0].changes


def test_removing_tells_how_many_there_were(cast, areas):
    load_boundaries(city(), looked(feature(name="慈利县")).token, {0: str(areas["慈利县"].pk)}, cast.office)
    assert (remove_boundaries(city()), remove_boundaries(city())) == (1, 0)


@pytest.mark.parametrize("chosen", [{}, {0: ""}, {5: "1"}])
def test_nothing_chosen_is_refused(cast, areas, chosen):
    with pytest.raises(OutlineError, match="至少为一个图形选择地区"):
        load_boundaries(city(), looked(feature(name="慈利县")).token, chosen, cast.office)


def test_an_area_of_elsewhere_is_refused(cast, areas):
    with pytest.raises(OutlineError, match="不属于本市"):
        load_boundaries(city(), looked(feature(name="慈利县")).token, {0: str(city().pk)}, cast.office)


def test_a_token_that_was_touched_is_refused(cast, areas):
    with pytest.raises(OutlineError, match="重新选择文件"):
        load_boundaries(city(), looked(feature(name="慈利县")).token[:-1], {0: "1"}, cast.office)


def test_a_token_of_an_hour_ago_is_refused(cast, areas, monkeypatch):
    token = looked(feature(name="慈利县")).token
    monkeypatch.setattr(boundaries, "CONFIRM_WITHIN", -1)
    with pytest.raises(OutlineError, match="超过一小时"):
        load_boundaries(city(), token, {0: "1"}, cast.office)


def test_a_token_of_another_city_is_refused(cast, areas):
    other = AreaFactory(name="常德市", kind=Area.Kind.CITY, parent=city().parent)
    with pytest.raises(OutlineError, match="另一个市"):
        load_boundaries(other, looked(feature(name="慈利县")).token, {0: "1"}, cast.office)


# ---- the page ----


def test_the_page_lists_the_shapes_with_their_areas_and_what_is_missing(office, areas):
    page = said(look(office, feature(name="慈利县"), feature(name="某镇")))
    assert "请核对“areas.geojson”中的 2 个图形" in page
    assert "没有名称或代码相同的区县" in page
    assert "文件中没有 桑植县 的图形" in page


def test_the_area_of_a_shape_is_chosen_already(office, areas):
    page = look(office, feature(name="慈利县")).content.decode()
    assert f'<option value="{areas["慈利县"].pk}" selected>慈利县</option>' in page


def test_looking_stores_nothing(office, areas):
    look(office, feature(name="慈利县"))
    assert not AreaShape.objects.exists()


def test_confirming_leads_to_the_map(office, areas):
    answer = load(office, look(office, feature(name="慈利县")), **{"area-0": areas["慈利县"].pk})
    assert (answer.status_code, answer.url, AreaShape.objects.count()) == (302, "/map/", 1)


def test_a_script_in_the_properties_or_the_name_of_the_file_stays_text(office, areas):
    file = SimpleUploadedFile(f"{SCRIPT}.json", collection(feature(name="慈利县"), feature(name=SCRIPT)))
    page = office.post(ADDRESS, {"act": "look", "file": file})
    assert "&lt;script&gt;" in page.content.decode()
    assert SCRIPT not in page.content.decode()
    load(office, page, **{"area-0": areas["慈利县"].pk})
    assert SCRIPT not in office.get(ADDRESS).content.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "这个文件是空的"), (b"{" * 100_000, "不是完整的 GeoJSON"), (b"[" * 100_000, "层次太深")],
)
def test_a_bad_file_is_answered_with_a_sentence_beside_the_field(office, areas, content, sentence):
    page = office.post(ADDRESS, {"act": "look", "file": SimpleUploadedFile("a.json", content)})
    assert (page.status_code, sentence in said(page)) == (200, True)


def test_without_a_file_the_page_asks_for_one(office, areas):
    assert "请选择一个文件。" in said(office.post(ADDRESS, {"act": "look"}))


def test_a_confirmation_that_came_too_late_is_said(office, areas):
    assert "请重新选择文件" in said(office.post(ADDRESS, {"act": "load", "token": "x"}))


def test_loaded_outlines_are_listed_and_can_be_removed(office, areas):
    load(office, look(office, feature(name="慈利县")), **{"area-0": areas["慈利县"].pk})
    assert "地图按官方边界绘制，共 1 个地区" in said(office.get(ADDRESS))
    office.post(ADDRESS, {"act": "remove"})
    assert "地图目前是示意图" in said(office.get(ADDRESS))


@pytest.mark.parametrize("who", ["reporter", "neighbour", "reviewer", "leader", "admin"])
@pytest.mark.parametrize("act", ["look", "load", "remove"])
def test_nobody_else_touches_the_outlines(client, cast, areas, who, act):
    AreaShape.objects.create(area=areas["桑植县"], outline=[], points=0, file_name="a.json")
    client.force_login(getattr(cast, who))
    token = looked(feature(name="慈利县")).token
    form = {"act": act, "file": sent(feature(name="慈利县")), "token": token, "area-0": areas["慈利县"].pk}
    assert client.post(ADDRESS, form).status_code == 404
    assert [shape.area.name for shape in AreaShape.objects.all()] == ["桑植县"]


def test_what_is_stored_is_small_however_fine_the_file(cast, areas):
    dice = [[110 + n % 500 / 500, 29 + (n * 7919 % 10_007) / 10_007] for n in range(20_000)]
    load_boundaries(city(), looked(feature([dice], name="慈利县")).token, {0: str(areas["慈利县"].pk)}, cast.office)
    assert len(json.dumps(AreaShape.objects.get().outline)) < 60_000
