"""Annual plans, their revisions and curves, and what was reported for the months of 2018. Amounts in 万元."""

import datetime
import random
from dataclasses import dataclass
from decimal import Decimal

from investment.expected import QUARTER_ENDS
from investment.models import AnnualPlan, MonthlyReport, PlannedMonth
from investment.months import MONTHS, Month
from projects.models import Contract, Nature, Stage

from ..shares import CENT_WAN, apportion
from .amounts import TEN_WAN
from .chance import dice, in_office_hours
from .samples import Sample

REVISED_PLANS = 6
# How a year goes: nearly still in winter, a rush before the half-year and a greater one at its end.
SEASON = (2, 1, 5, 7, 9, 15, 8, 8, 9, 8, 9, 19)
PLANNED_SEASON = (3, 3, 6, 8, 9, 11, 9, 9, 10, 10, 11, 11)
RUSH_MONTHS = (6, 12)
DOCUMENT, REVISION_DOCUMENT = "示例〔2018〕8号", "示例〔2018〕46号"
REVISED_ON, IN_FORCE_ON = datetime.date(2018, 8, 20), datetime.date(2018, 9, 1)

IMAGE_PROGRESS = {
    Stage.PREPARATORY: ("正在办理用地和规划手续。", "初步设计已评审，正在组织招标。", "征拆补偿协议签订过半。"),
    Stage.STARTED: ("场地平整完成，基坑开挖约六成。", "临建完工，桩基施工中。", "进场道路贯通，基础施工中。"),
    Stage.STRUCTURE: ("主体结构施工至三层。", "一号楼主体封顶，二号楼施工中。", "主体完成约七成，砌体同步施工。"),
    Stage.EQUIPMENT: ("主要设备到场，正在安装。", "生产线安装约八成，室外管网施工中。"),
    Stage.TRIAL: ("设备联调，小批量试运行。", "试运行平稳，正在整改消缺。"),
    Stage.ACCEPTANCE: ("完成分项验收，准备竣工验收。",),
    Stage.PRODUCTION: ("已投产，做收尾和结算。", "已投入运营，完善配套设施。"),
}
# What a preparatory project has reached, from one quarter to the next.
PROCEDURES = (
    "项目已备案，正在办理用地预审。",
    "用地红线已划定，可研报告编制中。",
    "规划许可已取得，环评文件已报批。",
    "施工图审查通过，正在准备招标。",
)
STOPPED_PROGRESS = "停工，现场留守看护。"
NEXT_PLAN = ("按计划继续施工。", "加快主体施工，抢抓晴好天气。", "组织设备进场。", "完善手续，争取资金到位。")
TROUBLES = ("部分用地尚未移交。", "施工用电容量不足。", "银行贷款审批较慢。", "雨水偏多，影响土方施工。")


def write_plans(samples: list[Sample]) -> list[AnnualPlan]:
    """The plan of each project; six were revised by document from September on, a third have a monthly curve."""
    rng = dice("plans")
    revised = rng.sample(samples, REVISED_PLANS)
    plans = [plan for sample in samples for plan in _plans(sample, sample in revised, rng)]
    AnnualPlan.objects.bulk_create(plans)
    with_curve = set(rng.sample([sample.project.pk for sample in samples], len(samples) // 3))
    PlannedMonth.objects.bulk_create(
        planned for plan in plans if plan.project_id in with_curve for planned in _curve(plan, rng)
    )
    return plans


def _plans(sample: Sample, revised: bool, rng: random.Random) -> list[AnnualPlan]:
    project, amount = sample.project, sample.planned
    plan = AnnualPlan(
        project=project, year=2018, amount=amount, document_number=DOCUMENT, issued_on=datetime.date(2018, 2, 8)
    )
    if not revised:
        return [plan]
    percent = rng.choice((70, 80, 120, 135, 150))
    plan.amount = (amount * percent / 100 / TEN_WAN).to_integral_value() * TEN_WAN
    revision = AnnualPlan(
        project=project,
        year=2018,
        revision=1,
        amount=amount,
        document_number=REVISION_DOCUMENT,
        issued_on=REVISED_ON,
        effective_month=IN_FORCE_ON.month,
        reason="建设时序后移，年度任务相应调减。" if percent > 100 else "要素保障到位，年度任务相应调增。",
    )
    return [plan, revision]


def _curve(plan: AnnualPlan, rng: random.Random) -> list[PlannedMonth]:
    weights = [weight * rng.randrange(80, 121) for weight in PLANNED_SEASON]
    return [
        PlannedMonth(plan=plan, month=month, amount=amount)
        for month, amount in zip(MONTHS, apportion(plan.amount, weights, Decimal(1)), strict=True)
    ]


@dataclass(eq=False)
class Drawn:
    """A report that is typed, not saved, and when it is handed in and approved if nothing comes between."""

    report: MonthlyReport
    handed_in: datetime.datetime
    approved: datetime.datetime


def draw_reports(samples: list[Sample]) -> list[Drawn]:
    """Twelve reports of each project, a reported zero where nothing was done."""
    rng = dice("reports")
    return [report for sample in samples for report in _reports_of_the_year(sample, rng)]


def draw_procedures(samples: list[Sample], contracts: list[Contract]) -> list[Drawn]:
    """A report on procedures for each quarter of a preparatory project, from the one on in which it was signed."""
    rng, signed = dice("procedures"), {contract.project_id: contract.signed_on for contract in contracts}
    preparatory = [sample.project for sample in samples if sample.nature == Nature.PREPARATORY]
    reports = []
    for project in preparatory:
        quarters = [Month(2018, month) for month in QUARTER_ENDS if signed[project.pk] < Month(2018, month).day(15)]
        for month, reached in zip(quarters, PROCEDURES, strict=False):
            report = MonthlyReport(
                project=project,
                year=month.year,
                month=month.number,
                kind=MonthlyReport.Kind.PROCEDURES,
                stage=Stage.PREPARATORY,
                image_progress=reached,
            )
            reports.append(_in_time(report, month.day(rng.randrange(18, 26)), rng))
    return reports


def _in_time(report: MonthlyReport, handed_in_on: datetime.date, rng: random.Random) -> Drawn:
    """Handed in on that day, approved by the day that the final review is due."""
    handed_in = in_office_hours(rng, handed_in_on)
    return Drawn(report, handed_in, in_office_hours(rng, report.of_month.day(rng.randrange(26, 29))))


def _reports_of_the_year(sample: Sample, rng: random.Random) -> list[Drawn]:
    step = rng.choice((CENT_WAN, CENT_WAN, Decimal(1), TEN_WAN))  # some units report to the yuan, some in round figures
    amounts = apportion(sample.completed, _weights(sample, rng), step)
    return [_report(sample, month, amount, rng) for month, amount in zip(MONTHS, amounts, strict=True)]


def _weights(sample: Sample, rng: random.Random) -> list[int]:
    """How the year's investment falls on the months: nothing before the start or after the stop, gaps in winter."""
    first = sample.project.actual_start.month if sample.is_new and sample.project.actual_start else 1
    last = sample.stopped_from - 1 if sample.stopped_from else 12
    weights = []
    for month, usual in zip(MONTHS, SEASON, strict=True):
        idle = month not in RUSH_MONTHS and rng.randrange(100) < (30 if month <= 2 else 8)
        weight = 0 if idle else usual * rng.randrange(45, 156)
        weights.append(weight if first <= month <= last else 0)
    return weights


def _report(sample: Sample, month: int, amount: Decimal, rng: random.Random) -> Drawn:
    stage, stopped = _stage(sample, month), bool(sample.stopped_from and month >= sample.stopped_from)
    handed_in_on, troubled = datetime.date(2018, month, rng.randrange(18, 26)), rng.randrange(9) == 0
    report = MonthlyReport(
        project=sample.project,
        year=2018,
        month=month,
        amount=amount,
        received=(amount * rng.randrange(60, 131) / 100).quantize(CENT_WAN),
        stage=stage,
        image_progress=STOPPED_PROGRESS if stopped else rng.choice(IMAGE_PROGRESS[stage]),
        problems="资金链紧张，业主申请暂停施工。" if stopped else rng.choice(TROUBLES) if troubled else "",
        next_plan="争取复工条件。" if stopped else rng.choice(NEXT_PLAN),
    )
    return _in_time(report, handed_in_on, rng)


def _stage(sample: Sample, month: int) -> Stage:
    """The stage at the end of a month: even steps from where the year began to where the register stands."""
    project, reached = sample.project, Stage(sample.project.stage)
    if sample.is_new and project.actual_start and month < project.actual_start.month:
        return Stage.PREPARATORY
    arrival = project.actual_finish.month if project.actual_finish else 12
    begun = Stage.STARTED if sample.is_new else max(Stage.STARTED, reached - 2)
    if reached == Stage.PRODUCTION and month < arrival:
        return Stage(max(begun, min(Stage.ACCEPTANCE, begun + (reached - begun) * month // arrival)))
    return Stage(begun + (reached - begun) * min(month, arrival) // arrival)
