"""The standing rows: areas, organisations, officials, categories, the action plan of 2018 and the cast.

Districts, departments and categories are the real ones. Whoever answers for a sample project is a sample too.
"""

from dataclasses import dataclass

from django.contrib.auth.models import Group

from projects import roles
from projects.models import ActionPlan, Area, Category, CategoryTarget, Indicator, Official, Organisation, User

# Short name, kind, division code, row and column in the schematic map: 桑植县 lies in the north-west, 慈利县 in the
# north-east, 武陵源区 between them, 永定区 south of it with the zone at its side.
PLACES = {
    "永定区": ("永定", Area.Kind.DISTRICT, "430802", 2, 2),
    "武陵源区": ("武陵源", Area.Kind.DISTRICT, "430811", 1, 2),
    "慈利县": ("慈利", Area.Kind.DISTRICT, "430821", 1, 3),
    "桑植县": ("桑植", Area.Kind.DISTRICT, "430822", 1, 1),
    "张家界高新区": ("高新区", Area.Kind.ZONE, "", 2, 3),
    "市直": ("市直", Area.Kind.DIRECT, "", 2, 1),
}
UNITS_PER_PLACE = 3
LEADERS = 15
# Code, name, lead department, what counts, and the target of 52151.
CATEGORIES = (
    ("industry", "重大产业项目", "市发展改革委", Category.Counts.MONEY, 50),
    ("technology", "科技创新项目", "市科技局", Category.Counts.MONEY, 20),
    ("product", "产品创新项目", "市工信局", Category.Counts.MONEY, 10),
    ("investment", "招商引资项目", "市商务局", Category.Counts.MONEY, 50),
    ("talent", "科技创新人才", "市人社局", Category.Counts.PEOPLE, 10),
)
REVIEWED_BY_DEPARTMENT = ("technology",)  # the others by the office of the area
INDICATORS = (
    ("patents_applied", "申请专利", "件"),
    ("patents_granted", "授权专利", "件"),
    ("jobs", "新增就业", "个"),
    ("output", "新增年产值", "万元"),
)
# User name, role, what the page calls the person, organisation.
CAST = (
    ("reporter", roles.REPORTER, "示例填报员甲", "示例责任单位 慈利 01"),
    ("neighbour", roles.REPORTER, "示例填报员乙", "示例责任单位 慈利 02"),
    ("reviewer", roles.REVIEWER, "示例审核员", "慈利县发展改革局"),
    ("office", roles.OFFICE, "示例市发改委经办人", "市发展改革委"),
    ("leader", roles.LEADER, "示例市领导", ""),
    ("admin", roles.ADMIN, "示例管理员", "市发展改革委"),
)
LEADER_OF_THE_CAST = 7


@dataclass
class Register:
    """What the other parts of the load refer to. Dicts go by name, code or user name."""

    city: Area
    areas: dict[str, Area]
    categories: dict[str, Category]
    units: dict[str, list[Organisation]]
    leaders: list[Official]
    indicators: dict[str, Indicator]
    plan: ActionPlan
    cast: dict[str, User]


def write_register(password: str) -> Register:
    """Write the standing rows; every account of the cast gets this password."""
    city, areas = _write_areas()
    departments = _write_offices(city, areas)
    units = _write_units(areas)
    leaders = Official.objects.bulk_create(
        Official(post=f"示例·市领导 {n:02}", order=n, is_sample=True) for n in range(1, LEADERS + 1)
    )
    categories = _write_categories(departments)
    indicators = Indicator.objects.bulk_create(
        Indicator(code=code, name=name, unit=unit) for code, name, unit in INDICATORS
    )
    return Register(
        city=city,
        areas=areas,
        categories=categories,
        units=units,
        leaders=leaders,
        indicators={indicator.code: indicator for indicator in indicators},
        plan=_write_plan(categories),
        cast=_write_cast(password, leaders[LEADER_OF_THE_CAST - 1]),
    )


def _write_areas() -> tuple[Area, dict[str, Area]]:
    province = Area.objects.create(name="湖南省", kind=Area.Kind.PROVINCE)
    city = Area.objects.create(name="张家界市", kind=Area.Kind.CITY, parent=province)
    areas = Area.objects.bulk_create(
        Area(name=name, kind=kind, parent=city, order=order, code=code, tile_row=row, tile_column=column)
        for order, (name, (_, kind, code, row, column)) in enumerate(PLACES.items(), start=1)
    )
    return city, {area.name: area for area in areas}


def _write_offices(city: Area, areas: dict[str, Area]) -> dict[str, Organisation]:
    """The city's commission and departments, by name, and below them the offices of the districts and the zone."""
    names = [department for _, _, department, _, _ in CATEGORIES]
    departments = Organisation.objects.bulk_create(
        Organisation(
            name=name,
            kind=Organisation.Kind.COMMISSION if name == "市发展改革委" else Organisation.Kind.DEPARTMENT,
            area=city,
        )
        for name in names
    )
    office = Organisation.Kind.DISTRICT_OFFICE
    Organisation.objects.bulk_create(
        Organisation(name=f"{area.name}发展改革局", kind=office, area=area, parent=departments[0])
        for area in areas.values()
        if area.kind == Area.Kind.DISTRICT
    )
    zone = areas["张家界高新区"]
    Organisation.objects.create(
        name="示例·张家界高新区发改部门", kind=office, area=zone, parent=departments[0], is_sample=True
    )
    return dict(zip(names, departments, strict=True))


def _write_units(areas: dict[str, Area]) -> dict[str, list[Organisation]]:
    return {
        area: Organisation.objects.bulk_create(
            Organisation(
                name=f"示例责任单位 {short} {n:02}",
                kind=Organisation.Kind.COMPANY,
                area=areas[area],
                is_sample=True,
            )
            for n in range(1, UNITS_PER_PLACE + 1)
        )
        for area, (short, *_) in PLACES.items()
    }


def _write_categories(departments: dict[str, Organisation]) -> dict[str, Category]:
    reviews = Category.FirstReview
    categories = Category.objects.bulk_create(
        Category(
            code=code,
            name=name,
            lead_department=departments[department],
            counts=counts,
            first_review=reviews.DEPARTMENT if code in REVIEWED_BY_DEPARTMENT else reviews.AREA,
            order=order,
        )
        for order, (code, name, department, counts, _) in enumerate(CATEGORIES, start=1)
    )
    return {category.code: category for category in categories}


def _write_plan(categories: dict[str, Category]) -> ActionPlan:
    plan = ActionPlan.objects.create(year=2018, name="52151行动计划")
    CategoryTarget.objects.bulk_create(
        CategoryTarget(action_plan=plan, category=categories[code], target=target)
        for code, _, _, _, target in CATEGORIES
    )
    return plan


def _write_cast(password: str, leader: Official) -> dict[str, User]:
    cast = {}
    for username, role, name, organisation in CAST:
        cast[username] = User.objects.create_user(
            username,
            password=password,
            first_name=name,
            organisation=Organisation.objects.filter(name=organisation).first(),
            official=leader if role == roles.LEADER else None,
            is_staff=role in (roles.OFFICE, roles.ADMIN),
        )
        cast[username].groups.add(Group.objects.get(name=role))
    return cast
