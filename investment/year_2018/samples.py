"""The sample projects: plausible kinds at plausible places, each marked 示例 in its name and in its row."""

import datetime
import random
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from projects.models import Enlistment, Level, Nature, Organisation, Project, Stage, Status, TeamMember

from .chance import dice, working_day
from .register import Register

CODE_PREFIX = "SL2018-"  # 示例
# How many sample projects of each category stand at each place. 53 industrial projects: the 53rd is a published one.
SPREAD = {
    "industry": {"永定区": 12, "武陵源区": 7, "慈利县": 11, "桑植县": 8, "张家界高新区": 11, "市直": 3},
    "technology": {"永定区": 5, "武陵源区": 2, "慈利县": 4, "桑植县": 3, "张家界高新区": 5, "市直": 1},
    "product": {"永定区": 2, "武陵源区": 1, "慈利县": 2, "桑植县": 1, "张家界高新区": 4},
    "investment": {"永定区": 14, "武陵源区": 9, "慈利县": 11, "桑植县": 9, "张家界高新区": 5, "市直": 2},
    "talent": {"永定区": 2, "武陵源区": 1, "慈利县": 2, "桑植县": 1, "张家界高新区": 2, "市直": 2},
}
# What is built: by place for the industrial projects, by category for the others.
INDUSTRIAL_KINDS = {
    "永定区": ("旅游综合服务", "商贸物流园", "绿色建材", "文旅街区"),
    "武陵源区": ("民宿集群", "景区提质", "旅游演艺", "生态康养"),
    "慈利县": ("农产品深加工", "新型建材", "温泉康养", "电子元件"),
    "桑植县": ("茶叶加工", "清洁能源", "红色旅游", "大鲵养殖加工"),
    "张家界高新区": ("标准化厂房", "生物医药", "装备制造", "旅游商品加工"),
    "市直": ("城市综合体", "物流枢纽", "会展中心"),
}
KINDS = {
    "technology": ("植物提取技术", "大鲵繁育技术", "智慧旅游平台", "杜仲利用技术"),
    "product": ("旅游商品新品", "茶饮新品", "生物制品新品", "新型板材"),
    "investment": ("文旅综合体", "康养度假", "农业产业园", "智能制造", "电商物流"),
    "talent": ("植物化学人才", "智慧旅游人才", "水产养殖人才", "材料工程人才"),
}
INDUSTRIES = {
    "文化旅游": ("旅游综合服务", "文旅街区", "民宿集群", "景区提质", "旅游演艺", "红色旅游", "会展中心", "文旅综合体"),
    "健康养老": ("生态康养", "温泉康养", "康养度假"),
    "商贸物流": ("商贸物流园", "城市综合体", "物流枢纽", "电商物流"),
    "食品加工": ("农产品深加工", "茶叶加工", "大鲵养殖加工", "茶饮新品"),
    "农业": ("大鲵繁育技术", "农业产业园", "水产养殖人才"),
    "建材": ("绿色建材", "新型建材", "新型板材"),
    "医药": ("生物医药", "植物提取技术", "杜仲利用技术", "生物制品新品", "植物化学人才"),
    "制造": ("装备制造", "旅游商品加工", "旅游商品新品", "智能制造", "材料工程人才", "电子元件"),
    "信息服务": ("智慧旅游平台", "智慧旅游人才"),
    "能源": ("清洁能源",),
    "园区建设": ("标准化厂房",),
}
INDUSTRY_OF = {kind: industry for industry, kinds in INDUSTRIES.items() for kind in kinds}
TEAM = ("示例·责任单位主要负责人", "示例·牵头部门分管负责人", "示例·要素保障负责人", "示例·驻点联络员")

ZONE = "张家界高新区"
COLLECTIVE_START_DAY = datetime.date(2018, 7, 10)
COLLECTIVE_START = {"industry": 9, "technology": 1, "product": 2}  # twelve, all in the zone


@dataclass(frozen=True)
class Course:
    """What becomes of the other projects of a category in 2018; the rest were under way before and go on."""

    new: int
    production: int
    provincial: int
    stopped_from: tuple[int, ...] = ()


COURSES = {
    "industry": Course(new=11, production=3, provincial=3, stopped_from=(8, 10)),
    "technology": Course(new=4, production=0, provincial=1),
    "product": Course(new=1, production=4, provincial=1),
}


@dataclass(eq=False)
class Sample:
    """A sample project on its way to the database, with what 2018 holds for it. Amounts in 万元."""

    project: Project
    nature: int = Nature.CONTINUED
    provincial: bool = False
    collective_start: bool = False
    stopped_from: int | None = None
    planned: Decimal = field(default_factory=Decimal)
    completed: Decimal = field(default_factory=Decimal)

    @property
    def is_new(self) -> bool:
        return self.nature == Nature.NEW

    @property
    def in_production(self) -> bool:
        return self.project.stage == Stage.PRODUCTION

    @property
    def total(self) -> Decimal:
        return Decimal(self.project.total_investment or 0)


def draw_samples(register: Register) -> dict[str, list[Sample]]:
    """The sample projects of each category by code, without amounts. Their owners are saved, they are not."""
    rng = dice("samples")
    samples = {code: _draw_category(register, code, rng) for code in SPREAD}
    for code, course in COURSES.items():
        _set_course(samples[code], course, COLLECTIVE_START[code], rng)
    drawn = [sample.project for code in samples for sample in samples[code]]
    owners = Organisation.objects.bulk_create(_owner(project) for project in drawn)
    for project, owner in zip(drawn, owners, strict=True):
        project.owner = owner
    return samples


def write_samples(register: Register, samples: list[Sample]) -> None:
    """Save the projects, enlist them in the plan of 2018 and give each a team."""
    Project.objects.bulk_create(sample.project for sample in samples)
    Enlistment.objects.bulk_create(
        Enlistment(
            action_plan=register.plan, project=sample.project, nature=sample.nature, provincial=sample.provincial
        )
        for sample in samples
    )
    TeamMember.objects.bulk_create(member for sample in samples for member in _team(sample.project))


def _draw_category(register: Register, code: str, rng: random.Random) -> list[Sample]:
    category, numbers = register.categories[code], Counter[str]()
    samples: list[Sample] = []
    for place, count in SPREAD[code].items():
        for index in range(count):
            kinds = INDUSTRIAL_KINDS[place] if code == "industry" else KINDS[code]
            kind = kinds[len(samples) % len(kinds)]
            stem = f"示例·{place}{kind}"
            numbers[stem] += 1
            unit = register.units[place][index % len(register.units[place])]
            project = Project(
                code=f"{CODE_PREFIX}{category.order}-{len(samples) + 1:02}",
                name=f"{stem}项目 {numbers[stem]:02}",
                category=category,
                area=register.areas[place],
                level=rng.choice((Level.CITY, Level.CITY, Level.DISTRICT)),
                industry=INDUSTRY_OF[kind],
                responsible_unit=unit,
                responsible_person=f"{unit.name}负责人",
                lead_department=category.lead_department,
                content=f"示例：{kind}及其配套设施，分期实施。",
                scheme="示例：按季排出进度，按月调度，问题清单化办理，年底对账销号。",
                scheme_document=f"示例〔2018〕{category.order}-{len(samples) + 1}号",
                is_sample=True,
            )
            _set_leaders(project, len(samples), register, rng)
            samples.append(Sample(project))
    return samples


def _owner(project: Project) -> Organisation:
    """'示例·慈利县农产品深加工公司 03' owns '示例·慈利县农产品深加工项目 03'."""
    name = project.name.replace("项目 ", "公司 ")
    return Organisation(name=name, kind=Organisation.Kind.COMPANY, area=project.area, is_sample=True)


def _set_leaders(project: Project, index: int, register: Register, rng: random.Random) -> None:
    """Each industrial project has its liaison leader; elsewhere every ninth shows the gap."""
    leaders = register.leaders
    if project.category.code == "industry" or index % 9 != 4:
        project.liaison_leader = leaders[(index + project.category.order) % len(leaders)]
    if rng.randrange(8):
        project.responsible_leader = rng.choice(leaders)


def _set_course(samples: list[Sample], course: Course, together: int, rng: random.Random) -> None:
    """Say who starts, who stops, who gets into production and who is on the provincial list."""
    for sample in [sample for sample in samples if sample.project.area.name == ZONE][:together]:
        sample.collective_start = True
        _start(sample, COLLECTIVE_START_DAY, rng)
    others = [sample for sample in samples if not sample.collective_start]
    rng.shuffle(others)
    for sample in others[: course.new]:
        _start(sample, working_day(rng, datetime.date(2018, 2, 26), datetime.date(2018, 10, 31)), rng)
    under_way = others[course.new :]
    for sample in under_way:
        _carry(sample, rng)
    for sample in under_way[: course.production]:
        _finish(sample, rng)
    for sample, month in zip(under_way[course.production :], course.stopped_from, strict=False):
        sample.stopped_from = month
        sample.project.status = Status.STOPPED
    for sample in under_way[len(under_way) - course.provincial :]:
        sample.provincial, sample.project.level = True, Level.PROVINCE


def _start(sample: Sample, day: datetime.date, rng: random.Random) -> None:
    project, sample.nature = sample.project, Nature.NEW
    project.actual_start = day
    project.planned_start = day.replace(day=1)
    project.planned_finish = datetime.date(day.year + rng.randrange(1, 4), 12, 31)
    project.stage = rng.choice((Stage.STARTED, Stage.STRUCTURE))


def _carry(sample: Sample, rng: random.Random) -> None:
    project = sample.project
    day = working_day(rng, datetime.date(2015, 3, 2), datetime.date(2017, 11, 30))
    project.planned_start = project.actual_start = day
    project.planned_finish = datetime.date(rng.randrange(2019, 2022), 6, 30)
    project.stage = rng.choice((Stage.STRUCTURE, Stage.STRUCTURE, Stage.EQUIPMENT, Stage.TRIAL))


def _finish(sample: Sample, rng: random.Random) -> None:
    project, sample.nature = sample.project, Nature.FINISHING
    project.planned_finish = datetime.date(2018, 12, 31)
    project.actual_finish = working_day(rng, datetime.date(2018, 9, 3), datetime.date(2018, 12, 21))
    project.stage, project.status = Stage.PRODUCTION, Status.FINISHED


def _team(project: Project) -> list[TeamMember]:
    """Three to five members by post, the liaison leader at the head where there is one."""
    head = project.liaison_leader.post if project.liaison_leader else "示例·项目组组长"
    posts = [head, *TEAM[: 2 + len(project.name) % 3]]
    ranks = [TeamMember.Role.HEAD, TeamMember.Role.DEPUTY, *[TeamMember.Role.MEMBER] * len(TEAM)]
    return [
        TeamMember(project=project, role=role, post=post, order=order)
        for order, (role, post) in enumerate(zip(ranks, posts, strict=False), start=1)
    ]
