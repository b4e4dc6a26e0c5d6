"""The projects that were named in public, with what was published of them and nothing else.

No plan, no report, no team: where a text says more than a column can hold, it stands in the remark word for word.
"""

import csv
import datetime
import re
from decimal import Decimal

from django.conf import settings

from investment.figures import WEST_LINE
from projects.models import Area, Category, Enlistment, Level, Nature, Organisation, Project, Result, Stage

from .amounts import yi
from .register import Register

SOURCE = settings.BASE_DIR / "fixtures" / "zhangjiajie-projects.csv"
PLACE_NAMES = {"市高新": "张家界高新区"}
TEXTS = {"county": "地区", "category": "类别", "unit_or_investor": "单位", "dates": "时间", "remark": "说明"}
# A date stands for the start only where the text says so and nothing hedges it.
STARTED_ON = re.compile(r"(\d{4}-\d{2}-\d{2}) (?:集中)?开工(?!\()")


def write_published(register: Register) -> None:
    """Register the published projects; the western line alone is known to stand in the plan of 2018."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        projects = {row["project"]: _project(row, register) for row in csv.DictReader(file)}
    for number, project in enumerate(projects.values(), start=1):
        project.code = f"GK-{number:02}"  # 公开
    west_line = projects[WEST_LINE]
    west_line.stage, west_line.level = Stage.PRODUCTION, Level.PROVINCE  # open to visitors, on the provincial list
    west_line.liaison_leader = register.leaders[0]
    Project.objects.bulk_create(projects.values())
    _enlist_west_line(west_line, register)


def _project(row: dict[str, str], register: Register) -> Project:
    started = STARTED_ON.search(row["dates"])
    category = _category(row, register)
    return Project(
        name=row["project"],
        category=category,
        area=_area(row["county"], register),
        owner=_owner(row["unit_or_investor"]),
        lead_department=category.lead_department,
        total_investment=yi(row["total_investment_yi"]) if row["total_investment_yi"] else None,
        actual_start=datetime.date.fromisoformat(started[1]) if started else None,
        stage=Stage.STARTED if started else Stage.PREPARATORY,
        remark=_remark(row, category),
    )


def _area(county: str, register: Register) -> Area:
    """A project of two counties, of the whole city or of an unpublished place belongs to the city."""
    return register.areas.get(PLACE_NAMES.get(county, county), register.city)


def _category(row: dict[str, str], register: Register) -> Category:
    """Signed and unclassified: investment attraction. All else stands with the industrial projects; see the remark."""
    signed = not row["category"] and "签约" in row["dates"]
    return register.categories["investment" if signed else "industry"]


def _owner(text: str) -> Organisation | None:
    """The company, where the text is the name of one; several names, or a name with a proviso, stay text."""
    if not text or "/" in text or "(" in text:
        return None
    owner, _ = Organisation.objects.get_or_create(name=text, defaults={"kind": Organisation.Kind.COMPANY})
    return owner


def _remark(row: dict[str, str], category: Category) -> str:
    """What was published, column by column; and where the category is ours, that it is."""
    lines = ["据公开报道登记。", *(f"公布的{title}：{row[column]}" for column, title in TEXTS.items() if row[column])]
    if not row["category"].startswith("产业"):
        lines.append(f"未公布属于五个100的哪一类，暂列“{category}”。")
    return "\n".join(lines)


def _enlist_west_line(project: Project, register: Register) -> None:
    """Opened to visitors on 2018-06-09; the plan and the investment of the year were not published."""
    Enlistment.objects.bulk_create(
        [Enlistment(action_plan=register.plan, project=project, nature=Nature.FINISHING, provincial=True)]
    )
    stated = Result.Precision
    Result.objects.bulk_create(
        Result(
            project=project,
            indicator=register.indicators[code],
            achieved_on=datetime.date(2018, 6, 9),
            value=value,
            precision=precision,
        )
        for code, value, precision in (("jobs", Decimal(500), stated.MORE_THAN), ("output", yi("2"), stated.NEARLY))
    )
