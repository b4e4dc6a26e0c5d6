"""What the register's tables refuse, each by its named constraint, and what its querysets find."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from projects.models import (
    ActionPlan,
    Area,
    CategoryTarget,
    Contract,
    Event,
    Indicator,
    Organisation,
    Problem,
    Project,
    Result,
    Talent,
    TeamMember,
)
from tests.factories import (
    AreaFactory,
    CategoryFactory,
    OfficialFactory,
    OrganisationFactory,
    ProjectFactory,
    city,
    enlist,
    province,
)
from tests.refusals import refused

pytestmark = pytest.mark.django_db
MAY, JUNE = datetime.date(2018, 5, 1), datetime.date(2018, 6, 1)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("project_total_investment_not_negative", {"total_investment": Decimal(-1)}),
        ("project_invested_before_not_negative", {"invested_before": Decimal(-1)}),
        ("project_designed_output_not_negative", {"designed_output": Decimal(-1)}),
        ("project_planned_finish_after_start", {"planned_start": JUNE, "planned_finish": MAY}),
        ("project_actual_finish_after_start", {"actual_start": JUNE, "actual_finish": MAY}),
        ("project_sample_says_so", {"is_sample": True, "name": "大庸古城"}),
    ],
)
def test_project_refuses(constraint, fields):
    assert refused(constraint, lambda: ProjectFactory(**fields))


def test_project_is_not_its_own_package():
    project = ProjectFactory()
    project.parent = project
    assert refused("project_not_its_own_parent", project.save)


def test_project_code_is_unique():
    assert refused("code", lambda: [ProjectFactory(code="A-1") for _ in range(2)])


def test_form_says_in_chinese_what_the_constraint_refuses():
    project = ProjectFactory.build(category=CategoryFactory(), area=AreaFactory(), total_investment=Decimal(-1))
    with pytest.raises(ValidationError, match="总投资不能为负数"):
        project.full_clean()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": Area.Kind.DISTRICT, "parent": None},
        {"kind": Area.Kind.ZONE, "parent": None},
        {"kind": Area.Kind.DIRECT, "parent": None},
    ],
)
def test_area_below_the_city_has_a_city(fields):
    assert refused("area_kind_fits_its_place", lambda: Area.objects.create(name="无处", **fields))


def test_province_has_nothing_above():
    assert refused(
        "area_kind_fits_its_place", lambda: Area.objects.create(name="x", kind=Area.Kind.PROVINCE, parent=city())
    )


def test_district_below_a_province_is_refused_by_the_form():
    area = Area(name="某县", kind=Area.Kind.DISTRICT, parent=province())
    with pytest.raises(ValidationError, match="区县、园区、市直的上级是市"):
        area.full_clean()


def test_area_name_is_unique_under_its_parent():
    AreaFactory(name="慈利县")
    assert refused(
        "area_name_unique_under_parent",
        lambda: Area.objects.create(name="慈利县", kind=Area.Kind.DISTRICT, parent=city()),
    )


def test_area_knows_its_city():
    assert AreaFactory(name="慈利县").city == city()
    assert city().city == city()
    assert province().city is None


def test_organisation_refuses_itself_as_parent_and_a_tier_without_company():
    unit = OrganisationFactory()
    unit.parent = unit
    assert refused("organisation_not_its_own_parent", unit.save)
    assert refused(
        "organisation_tier_of_companies_only",
        lambda: OrganisationFactory(kind=Organisation.Kind.DEPARTMENT, tier=Organisation.Tier.CHINA_500),
    )


def test_official_of_a_post_is_unique():
    OfficialFactory(post="示例·市领导 99")
    assert refused("official_unique_by_post_and_name", lambda: OfficialFactory(post="示例·市领导 99"))


def test_year_of_an_action_plan_is_plausible_and_unique():
    assert refused("action_plan_year_plausible", lambda: ActionPlan.objects.create(year=1999, name="x"))
    ActionPlan.objects.create(year=2018, name="52151行动计划")
    assert refused("year", lambda: ActionPlan.objects.create(year=2018, name="52151行动计划"))


def test_one_target_per_category_and_one_enlistment_per_project():
    project = ProjectFactory()
    plan = enlist(project).action_plan
    CategoryTarget.objects.create(action_plan=plan, category=project.category, target=50)
    assert refused(
        "one_target_per_plan_and_category",
        lambda: CategoryTarget.objects.create(action_plan=plan, category=project.category, target=51),
    )
    assert refused("project_enlisted_once_a_year", lambda: enlist(project))


def test_a_team_lists_a_post_once():
    project = ProjectFactory()
    TeamMember.objects.create(project=project, post="市发展改革委 副主任")
    assert refused(
        "team_member_once_per_project", lambda: TeamMember.objects.create(project=project, post="市发展改革委 副主任")
    )


def test_registers_of_happenings_refuse():
    project, company = ProjectFactory(), OrganisationFactory()
    contract = {"project": project, "company": company, "kind": Contract.Kind.FORMAL, "signed_on": MAY}
    assert refused("contract_amount_positive", lambda: Contract.objects.create(amount=Decimal(0), **contract))
    talent = {"project": project, "field": "生物医药", "employer": company}
    assert refused(
        "talent_arrives_after_signing", lambda: Talent.objects.create(signed_on=JUNE, arrived_on=MAY, **talent)
    )
    problem = {"project": project, "kind": Problem.Kind.LAND, "description": "示例"}
    assert refused(
        "problem_closed_after_raised", lambda: Problem.objects.create(raised_on=JUNE, closed_on=MAY, **problem)
    )
    event = {"kind": Event.Kind.START, "name": "集中开工"}
    assert refused("event_ends_after_start", lambda: Event.objects.create(starts_on=JUNE, ends_on=MAY, **event))
    indicator = Indicator.objects.create(code="jobs", name="新增就业", unit="个")
    assert refused(
        "result_not_negative",
        lambda: Result.objects.create(project=project, indicator=indicator, achieved_on=MAY, value=-1),
    )


def test_an_event_is_recorded_once():
    Event.objects.create(kind=Event.Kind.START, name="集中开工", starts_on=MAY, ends_on=MAY)
    assert refused(
        "event_recorded_once",
        lambda: Event.objects.create(kind=Event.Kind.START, name="集中开工", starts_on=MAY, ends_on=MAY),
    )


def test_finds_the_enlisted_and_those_without_a_leader():
    led, gap = ProjectFactory(liaison_leader=OfficialFactory()), ProjectFactory()
    enlist(led)
    assert list(Project.objects.enlisted(2018)) == [led]
    assert list(Project.objects.enlisted(2019)) == []
    assert list(Project.objects.without_leader()) == [gap]


def test_what_others_stand_on_is_not_deleted():
    project = ProjectFactory()
    with pytest.raises(ProtectedError):
        project.area.delete()
    with pytest.raises(ProtectedError):
        project.category.delete()
