"""Who sees which projects. Each test has something to hide."""

import pytest
from django.contrib.auth.models import Group

from investment.models import MonthlyReport
from projects import roles
from projects.models import Area, Category, Official, Organisation, Problem, Project
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    ProjectFactory,
    UserFactory,
    city,
    province,
)

State = MonthlyReport.State


@pytest.fixture
def projects(cast):
    """One project of each kind of distance from the reporter, by name."""
    elsewhere = AreaFactory(name="示例市", kind=Area.Kind.CITY, parent=province(), order=9)
    return {
        "own": ProjectFactory(responsible_unit=cast.reporter.organisation, liaison_leader=OfficialFactory()),
        "owned": ProjectFactory(owner=cast.reporter.organisation),
        "neighbour's": ProjectFactory(
            responsible_unit=cast.neighbour.organisation,
            liaison_leader=OfficialFactory(),
            category=CategoryFactory(code="product"),
        ),
        "other district's": ProjectFactory(area=AreaFactory(name="桑植县")),
        "the city's own": ProjectFactory(area=city()),
        "other city's": ProjectFactory(area=AreaFactory(name="示例区", parent=elsewhere)),
    }


def seen(user, projects):
    visible = set(Project.objects.visible_to(user))
    return {name for name, project in projects.items() if project in visible}


WHOLE_CITY = {"own", "owned", "neighbour's", "other district's", "the city's own"}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("reporter", {"own", "owned"}),
        ("neighbour", {"neighbour's"}),
        ("reviewer", {"own", "owned", "neighbour's"}),
        ("office", WHOLE_CITY),
        ("leader", WHOLE_CITY),
        ("admin", WHOLE_CITY),
    ],
)
def test_each_of_the_cast_sees_its_own_part(cast, projects, who, expected):
    assert seen(getattr(cast, who), projects) == expected


def with_role(*names, **fields):
    user = UserFactory(**fields)
    user.groups.set(Group.objects.filter(name__in=names))
    return user


def test_a_department_reviews_the_categories_that_it_leads_within_its_city(projects):
    department = OrganisationFactory(name="市科技局", kind=Organisation.Kind.DEPARTMENT, area=city())
    Category.objects.filter(code="industry").update(lead_department=department)
    user = with_role(roles.REVIEWER, organisation=department)
    assert seen(user, projects) == {"own", "owned", "other district's", "the city's own"}


def test_two_roles_see_what_each_of_them_sees(cast, projects):
    bureau = cast.reviewer.organisation
    projects["reported by the bureau"] = ProjectFactory(responsible_unit=bureau, area=AreaFactory(name="桑植县"))
    user = with_role(roles.REPORTER, roles.REVIEWER, organisation=bureau)
    assert seen(user, projects) == {"own", "owned", "neighbour's", "reported by the bureau"}


@pytest.mark.parametrize("role", [roles.REPORTER, roles.REVIEWER])
def test_without_an_organisation_nothing_is_seen(projects, role):
    assert seen(with_role(role), projects) == set()


def test_without_a_role_nothing_is_seen(cast, projects):
    assert seen(with_role(organisation=cast.reporter.organisation), projects) == set()


def test_a_reporter_of_a_unit_without_area_sees_its_projects_only(projects):
    unit = OrganisationFactory(name="示例责任单位 无地区", area=None)
    projects["without area"] = ProjectFactory(responsible_unit=unit)
    assert seen(with_role(roles.REPORTER, organisation=unit), projects) == {"without area"}


@pytest.mark.parametrize("role", [roles.OFFICE, roles.LEADER, roles.ADMIN])
def test_a_city_wide_role_without_an_organisation_sees_every_city(projects, role):
    assert seen(with_role(role), projects) == set(projects)


def test_rows_of_a_project_go_with_the_project(cast, projects):
    for name in ("own", "neighbour's"):
        Problem.objects.create(project=projects[name], kind="land", description=name, raised_on="2018-01-01")
    assert [problem.description for problem in Problem.objects.visible_to(cast.reporter)] == ["own"]
    assert Problem.objects.visible_to(cast.office).count() == 2


def test_groups_exist_for_whoever_sees_a_project_in_them(cast, projects):
    assert list(Official.objects.visible_to(cast.reporter)) == [projects["own"].liaison_leader]
    assert list(Organisation.objects.visible_to(cast.reporter)) == [cast.reporter.organisation]
    assert list(Category.objects.visible_to(cast.reporter)) == [projects["own"].category]
    assert {area.name for area in Area.objects.visible_to(cast.reporter)} == {"慈利县"}
    assert {area.name for area in Area.objects.visible_to(cast.office)} == {"张家界市", "慈利县", "桑植县"}
    assert Official.objects.visible_to(cast.office).count() == 3
    assert {category.code for category in Category.objects.visible_to(cast.leader)} == {"industry", "product"}
    assert projects["neighbour's"].responsible_unit in Organisation.objects.visible_to(cast.office)


def test_organisations_of_another_city_are_not_of_ours(cast, projects):
    foreign = OrganisationFactory(name="示例责任单位 外市", area=projects["other city's"].area)
    assert foreign not in Organisation.objects.visible_to(cast.office)
    ProjectFactory(responsible_unit=foreign)
    assert foreign in Organisation.objects.visible_to(cast.office)


def test_a_city_wide_role_without_an_organisation_sees_every_group(projects):
    leader = with_role(roles.LEADER)
    assert set(Organisation.objects.visible_to(leader)) == set(Organisation.objects.all())
    assert set(Official.objects.visible_to(leader)) == set(Official.objects.all())
    assert set(Area.objects.visible_to(leader)) == set(Area.objects.all())


@pytest.mark.parametrize(
    ("who", "states"),
    [
        ("reporter", set(State)),
        ("neighbour", set()),
        ("reviewer", set(State) - {State.DRAFT}),
        ("office", set(State) - {State.DRAFT}),
        ("leader", set(State) - {State.DRAFT}),
        ("admin", set(State) - {State.DRAFT}),
    ],
)
def test_a_draft_is_seen_by_those_who_type_it_and_by_nobody_else(cast, projects, who, states):
    for month, state in enumerate(State.values, start=1):
        MonthlyReportFactory(
            project=projects["own"], month=month, state=state, return_reason="金额有误", excuse_reason="停工"
        )
    assert {report.state for report in MonthlyReport.objects.visible_to(getattr(cast, who))} == states


def test_whose_figures_an_account_types(cast, projects):
    assert set(Project.objects.reported_by(cast.reporter)) == {projects["own"], projects["owned"]}
    assert not Project.objects.reported_by(cast.reviewer).exists()
    assert not Project.objects.reported_by(cast.admin).exists()
