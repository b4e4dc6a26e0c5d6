"""Whose figures a page shows: stored groups for the whole city, the same sums over own projects for a part of it."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from investment import places, progress
from investment.months import Month
from investment.places import AREA, CATEGORY, LEADER, UNIT
from projects import roles
from projects.models import Area, Organisation
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    OrganisationFactory,
    ProjectFactory,
    UserFactory,
    city,
    enlist,
    province,
)

FIGURES = (
    "key", "month", "projects", "planned_projects", "reported_projects", "planned_year", "planned_to_date", "amount",
    "year_to_date", "since_start", "unplanned_to_date", "time_progress", "rate", "gap", "plan_ratio",
    "planned_original", "rate_original",
)  # fmt: skip


def figures(rows):
    return [tuple(getattr(row, name) for name in FIGURES) for row in rows]


def report(project, *amounts):
    for month, amount in enumerate(amounts, start=1):
        if amount is not None:
            MonthlyReportFactory(project=project, month=month, amount=Decimal(amount))


@pytest.fixture
def year(cast):
    """Four projects in 慈利县: two of the reporter's unit, one of the neighbour's, one of nobody's."""
    own = cast.reporter.organisation
    leader, technology = OfficialFactory(), CategoryFactory(code="technology")
    rich = ProjectFactory(responsible_unit=own, liaison_leader=leader, invested_before=Decimal(7))
    report(AnnualPlanFactory(project=rich, amount=Decimal("1234.56")).project, "100.01", "0", "250.5")
    report(ProjectFactory(responsible_unit=own, category=technology), "33")
    other = ProjectFactory(responsible_unit=cast.neighbour.organisation, liaison_leader=OfficialFactory())
    plan = AnnualPlanFactory(project=other, amount=Decimal(900))
    plan.revise(amount=Decimal(850), effective_month=3, reason="调整")
    report(other, "800", None, "90")
    enlist(ProjectFactory(category=technology))
    progress.refresh_stale()


def place(user, month=None):
    return places.place_of(user, month)


def everything_reviewed(cast):
    """A reviewer whose district holds every project of the city, and who is no city-wide reader."""
    return place(cast.reviewer, "2018-03")


@pytest.mark.parametrize("grouping", [CATEGORY, AREA, LEADER, UNIT], ids=lambda grouping: grouping.code)
def test_the_sums_of_a_part_are_those_of_the_engine(cast, year, grouping):
    part, whole = everything_reviewed(cast), place(cast.office, "2018-03")
    assert not part.whole
    assert sorted(figures(part.groups(grouping))) == sorted(figures(whole.groups(grouping)))
    assert part.groups(grouping)
    assert part.reported(grouping) == whole.reported(grouping) != set()
    key = max(row.key for row in whole.groups(grouping))
    assert figures(part.group_year(grouping, key)) == figures(whole.group_year(grouping, key))
    assert len(part.group_year(grouping, key)) == 12


def test_the_totals_of_a_part_are_those_of_the_engine(cast, year):
    part, whole = everything_reviewed(cast), place(cast.office, "2018-03")
    assert figures(part.totals) == figures(whole.totals)
    assert figures([part.total])[0][:5] == (0, 3, 4, 2, 2)
    assert (part.total.planned_year, part.total.planned_original) == (Decimal("2084.56"), Decimal("2134.56"))
    assert part.total.rate != part.total.rate_original


def test_a_reporter_sees_the_sums_of_the_own_projects_only(cast, year):
    total = place(cast.reporter, "2018-03").total
    assert (total.projects, total.year_to_date, total.unplanned_to_date) == (2, Decimal("383.51"), Decimal(33))
    assert place(cast.neighbour, "2018-03").total.year_to_date == 890
    assert {row.key for row in place(cast.reporter).groups(UNIT)} == {cast.reporter.organisation.pk}


def test_projects_without_a_leader_are_a_group_of_their_own(cast, year):
    assert next(row.projects for row in place(cast.office).groups(LEADER) if row.key == 0) == 2
    assert place(cast.office).group_year(LEADER, 0)[2].year_to_date == Decimal(33)
    assert next(row.projects for row in place(cast.reporter).groups(LEADER) if row.key == 0) == 1


def test_the_area_of_the_city_itself_is_not_the_whole_city(cast, year):
    assert {row.key for row in place(cast.office).groups(AREA)} == set(
        Area.objects.filter(name="慈利县").values_list("pk", flat=True)
    )


def test_a_group_in_which_nothing_is_seen_has_no_year(cast, year):
    unit = cast.neighbour.organisation.pk
    assert place(cast.reporter).group_year(UNIT, unit) == []
    assert len(place(cast.office).group_year(UNIT, unit)) == 12


def test_reported_is_what_was_approved_up_to_the_month(cast, year):
    late = ProjectFactory(responsible_unit=OrganisationFactory(), category=CategoryFactory(code="late"))
    MonthlyReportFactory(project=late, month=3, amount=Decimal(0))
    progress.refresh_stale()
    for reader in (cast.office, cast.reviewer):
        assert late.responsible_unit_id not in place(reader, "2018-02").reported(UNIT)
        assert late.responsible_unit_id in place(reader, "2018-03").reported(UNIT)


def test_listed_are_the_projects_of_the_year_beside_their_month(cast, year):
    bare = ProjectFactory(responsible_unit=cast.reporter.organisation)
    here = place(cast.reporter, "2018-01")
    rows = here.listed.select_related("now").order_by("code")
    assert [project.now.year_to_date for project in rows] == [Decimal("100.01"), Decimal(33)]
    assert list(here.unlisted) == [bare]


@pytest.mark.parametrize(
    ("who", "name"), [("office", "张家界市"), ("reviewer", "慈利县"), ("reporter", "示例责任单位 慈利 01")]
)
def test_a_place_is_called_what_the_reader_sees_of_it(cast, year, who, name):
    assert place(getattr(cast, who)).name == name


def test_only_readers_of_the_same_part_share_what_is_kept(cast, year):
    colleague = UserFactory(organisation=cast.reporter.organisation)
    colleague.groups.add(Group.objects.get(name=roles.REPORTER))
    reviewer_of_unit = UserFactory(organisation=cast.reporter.organisation)
    reviewer_of_unit.groups.add(Group.objects.get(name=roles.REVIEWER))
    keys = {name: place(user).key for name, user in {**vars(cast), "same": colleague, "x": reviewer_of_unit}.items()}
    assert keys["same"] == keys["reporter"]
    assert keys["office"] == keys["leader"] == keys["admin"]
    assert len({keys[name] for name in ("reporter", "neighbour", "reviewer", "office", "x")}) == 5
    assert place(cast.office, "2018-01").key != place(cast.office, "2018-02").key


def test_months_are_those_of_the_city_for_every_reader(cast, year):
    assert place(cast.reporter).months == [Month(2018, 1), Month(2018, 2), Month(2018, 3)]
    assert place(cast.reporter).month == Month(2018, 3)


def test_a_department_is_called_by_its_own_name(cast, year):
    department = OrganisationFactory(name="市科技局", kind=Organisation.Kind.DEPARTMENT, area=city())
    technology = CategoryFactory(code="technology")
    technology.lead_department = department
    technology.save()
    user = UserFactory(organisation=department)
    user.groups.add(Group.objects.get(name=roles.REVIEWER))
    progress.refresh_stale()
    assert place(user).name == "市科技局"
    assert place(user).total.projects == 2


def test_another_city_has_figures_of_its_own(cast, year):
    elsewhere = AreaFactory(
        name="示例区", parent=AreaFactory(name="示例市", kind=Area.Kind.CITY, parent=province(), order=9)
    )
    report(ProjectFactory(area=elsewhere), "5")
    progress.refresh_stale()
    office = UserFactory(organisation=OrganisationFactory(area=elsewhere))
    office.groups.add(Group.objects.get(name=roles.OFFICE))
    assert place(office).total.year_to_date == 5
    assert place(cast.office).total.projects == 4
