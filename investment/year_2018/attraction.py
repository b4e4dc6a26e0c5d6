"""The contracts of the fifty attraction projects and the ten people brought in. Amounts in 万元."""

import datetime
import random
from dataclasses import dataclass
from decimal import Decimal

from projects.models import Contract, Level, Nature, Organisation, Stage, Status, Talent

from ..shares import apportion
from .amounts import TEN_WAN, yi
from .chance import dice, working_day
from .samples import Sample

SIGNING_DAY = datetime.date(2018, 12, 25)
FIRST_QUARTER = (datetime.date(2018, 1, 8), datetime.date(2018, 3, 30))
LATER = (datetime.date(2018, 4, 2), datetime.date(2018, 12, 14))
OTHERS_TOTAL = yi("400")  # total investment of the projects that were not part of the collective signing
TIERS = {Organisation.Tier.CHINA_500: 64, Organisation.Tier.PRIVATE_500: 32, Organisation.Tier.WORLD_500: 12}


PERFORMED_STAGES = (Contract.Stage.PERFORMED,) * 4 + (Contract.Stage.STARTED,) * 2 + (Contract.Stage.PRODUCTION,)
PROJECT_AT = {
    Contract.Stage.SIGNED: (Stage.PREPARATORY, Status.ACTIVE),
    Contract.Stage.PERFORMED: (Stage.PREPARATORY, Status.ACTIVE),
    Contract.Stage.STARTED: (Stage.STARTED, Status.ACTIVE),
    Contract.Stage.PRODUCTION: (Stage.PRODUCTION, Status.FINISHED),
}
SIGNED_TALENTS = (datetime.date(2018, 3, 1), datetime.date(2018, 11, 9))
PROVINCIAL_TALENT, NOT_ARRIVED = 3, (6, 9)


@dataclass(frozen=True)
class Lot:
    """Contracts alike: how many, for how much together, signed when, performed or not, with one of the 500 or not."""

    count: int
    amount: Decimal
    signed_between: tuple[datetime.date, datetime.date]
    performed: bool
    with_500: bool = False


LOTS = (
    Lot(17, yi("600"), FIRST_QUARTER, performed=True),
    Lot(2, yi("68"), FIRST_QUARTER, performed=False),
    Lot(3, yi("48.06"), LATER, performed=True, with_500=True),
    Lot(14, yi("115.81"), LATER, performed=True),
    Lot(7, yi("140.32"), LATER, performed=False),
    Lot(2, yi("30"), (SIGNING_DAY, SIGNING_DAY), performed=False, with_500=True),
    Lot(5, yi("153"), (SIGNING_DAY, SIGNING_DAY), performed=False),
)


def write_companies() -> list[Organisation]:
    """Sample companies of the three lists of 500, for contracts and for promotion."""
    return Organisation.objects.bulk_create(
        Organisation(name=f"示例·{tier.label}企业 {n:03}", kind=Organisation.Kind.COMPANY, tier=tier, is_sample=True)
        for tier, count in TIERS.items()
        for n in range(1, count + 1)
    )


def draw_contracts(samples: list[Sample], companies_500: list[Organisation]) -> list[Contract]:
    """One contract for each attraction project, not yet saved; what follows for the project is set on it.

    A project with a company of the lists of 500 is on the provincial list; all others are signed by their owners.
    """
    rng = dice("contracts")
    waiting, companies = list(samples), list(companies_500)
    rng.shuffle(waiting)
    rng.shuffle(companies)
    contracts = []
    for lot in LOTS:
        weights = [rng.randrange(20, 201) for _ in range(lot.count)]
        for amount in apportion(lot.amount, weights, TEN_WAN):
            sample, company = waiting.pop(), companies.pop() if lot.with_500 else None
            contracts.append(_contract(sample, company, amount, lot, rng))
    _set_totals(contracts, rng)
    return contracts


def _contract(sample: Sample, company: Organisation | None, amount: Decimal, lot: Lot, rng: random.Random) -> Contract:
    project, signed_on = sample.project, working_day(rng, *lot.signed_between)
    stage = rng.choice(PERFORMED_STAGES) if lot.performed else Contract.Stage.SIGNED
    formal = lot.performed or rng.randrange(3) == 0
    project.stage, project.status = PROJECT_AT[stage]
    sample.nature = Nature.PREPARATORY if project.stage == Stage.PREPARATORY else Nature.NEW
    if project.stage != Stage.PREPARATORY:
        project.actual_start = working_day(rng, signed_on + datetime.timedelta(days=5), datetime.date(2018, 12, 28))
    if lot.with_500:
        sample.provincial, project.level = True, Level.PROVINCE
    return Contract(
        project=project,
        company=company or project.owner,
        kind=Contract.Kind.FORMAL if formal else Contract.Kind.FRAMEWORK,
        stage=stage,
        signed_on=signed_on,
        amount=amount,
    )


def _set_totals(contracts: list[Contract], rng: random.Random) -> None:
    """What was signed on the signing day is invested as signed; of the rest only the first phase is registered."""
    others = [contract for contract in contracts if contract.signed_on != SIGNING_DAY]
    weights = [int(contract.amount) * rng.randrange(50, 151) for contract in others]
    for contract, total in zip(others, apportion(OTHERS_TOTAL, weights, TEN_WAN), strict=True):
        contract.project.total_investment = total
    for contract in contracts:
        if contract.signed_on == SIGNING_DAY:
            contract.project.total_investment = contract.amount


def draw_talents(samples: list[Sample]) -> list[Talent]:
    """Ten people for ten talent projects, not yet saved: one meets the provincial bar, two have not arrived yet."""
    rng = dice("talents")
    talents = []
    for index, sample in enumerate(samples):
        project, signed_on = sample.project, working_day(rng, *SIGNED_TALENTS)
        arrived = index not in NOT_ARRIVED
        sample.nature = Nature.NEW
        project.status = Status.FINISHED if arrived else Status.ACTIVE
        talents.append(
            Talent(
                project=project,
                field=f"示例·{project.industry}",
                employer=project.responsible_unit,
                signed_on=signed_on,
                arrived_on=signed_on + datetime.timedelta(days=rng.randrange(14, 46)) if arrived else None,
                full_time=rng.randrange(3) > 0,
                provincial_bar=index == PROVINCIAL_TALENT,
                is_sample=True,
            )
        )
    return talents
