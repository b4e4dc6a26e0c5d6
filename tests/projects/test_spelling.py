"""How names are found: folded, by initials in pinyin, spelt out; and that what is searched follows each change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.models import Project
from projects.spelling import finds, folded, initials, spelt, woven
from tests.factories import OfficialFactory, OrganisationFactory, ProjectFactory


@pytest.mark.parametrize(
    ("text", "letters", "whole"),
    [
        ("慈利基地", "cljd", "cilijidi"),
        ("重庆银行", "cqyh", "chongqingyinhang"),
        ("示例·慈利县 A1（二期）", "slclxa1eq", "shilicilixiana1erqi"),
        ("", "", ""),
        ("—·—", "", ""),
    ],
)
def test_a_name_has_initials_and_a_spelling(text, letters, whole):
    assert (initials(text), spelt(text)) == (letters, whole)


def test_full_width_and_capitals_are_as_good_as_others():
    assert folded("ＡＢ１２ Öl") == "ab12 öl"
    assert finds("ＣＬＪＤ", "慈利基地")


@pytest.mark.parametrize("word", ["cljd", "CLJD", "jd", "cilijidi", "慈利", "基地"])
def test_a_word_finds_the_name(word):
    assert finds(word, "慈利基地")
    assert not finds(word, "桑植茶园")


CHARACTERS = st.text(alphabet="甲乙a1 \n𠀀")


@given(text=CHARACTERS, word=CHARACTERS)
def test_a_woven_text_holds_a_woven_word_exactly_when_the_text_holds_the_word(text, word):
    assert (woven(word) in woven(text)) == (word in text)


@pytest.fixture
def project(db):
    unit, owner = OrganisationFactory(name="张家界莓茶公司"), OrganisationFactory(name="湘西投资集团")
    return ProjectFactory(
        name="示例·慈利基地", code="CL-07", responsible_unit=unit, owner=owner, content="厂房 20 座",
        liaison_leader=OfficialFactory(post="示例·副市长", name="王某"),
    )  # fmt: skip


def found(text):
    return list(Project.objects.found(text))


@pytest.mark.parametrize(
    "text",
    ["慈利", "cljd", "CiLiJiDi", "cl-07", "zjjmcgs", "莓茶", "xxtz", "厂房", "fsz", "副市长 王", "cljd 厂房", " "],
)
def test_a_project_is_found_by_its_names_its_code_and_its_content(project, text):
    ProjectFactory(name="示例·别的", code="X-1")
    assert found(text) == ([project] if text.strip() else list(Project.objects.all()))


@pytest.mark.parametrize("text", ["cf20z", "cljd 别的", "%", "_", "cl_07"])
def test_content_has_no_initials_and_signs_are_themselves(project, text):
    assert found(text) == []


def test_a_saved_project_is_found_by_the_new_name_only(project):
    project.name = "示例·桑植茶园"
    project.save(update_fields=["name"])
    assert found("szcy") == [project]
    assert found("cljd") == []


def test_projects_follow_the_names_of_their_unit_owner_and_leader(project):
    for row, field in ((project.responsible_unit, "name"), (project.owner, "name"), (project.liaison_leader, "post")):
        setattr(row, field, f"新名{row.pk}号{field}")
        row.save()
        assert found(f"xm{row.pk}h{field}") == [project]
    assert found("莓茶") == found("湘西") == found("副市长") == []


def test_projects_loaded_in_bulk_are_found(project):
    Project.objects.bulk_create(
        [Project(code="B-1", name="示例·大鲵", category=project.category, area=project.area, is_sample=True)]
    )
    assert [each.code for each in found("dn")] == ["B-1"]


def test_to_make_what_is_searched_anew_takes_the_same_queries_for_1_and_for_3(project, django_assert_num_queries):
    with django_assert_num_queries(2):
        Project.objects.all().name_anew()
    for number in range(2):
        ProjectFactory(code=f"N-{number}", responsible_unit=project.responsible_unit)
    with django_assert_num_queries(2):
        Project.objects.all().name_anew()
