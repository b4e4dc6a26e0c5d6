"""Loads the year into an empty database, in one transaction, and has the engine count it."""

from auditlog.context import disable_auditlog
from django.db import transaction
from django.utils import timezone

from investment.models import AnnualPlan, MonthlyReport
from projects.models import (
    ActionPlan,
    Activity,
    Area,
    Category,
    Contract,
    Event,
    Indicator,
    MediaReport,
    Official,
    Organisation,
    Problem,
    Project,
    Result,
    Talent,
    User,
)

from . import (
    amounts,
    arrivals,
    attraction,
    carried,
    changes,
    closing,
    happenings,
    january,
    published,
    register,
    reporting,
    samples,
)

# Whatever people enter: none of it may be there before the load.
ENTERED = (
    Area, Organisation, Official, User, Category, ActionPlan, Project, AnnualPlan, MonthlyReport, Contract, Talent,
    Event, Activity, Problem, MediaReport, Indicator, Result,
)  # fmt: skip


class DatabaseNotEmptyError(Exception):
    """The database holds data of others. Nothing was changed; the message says in Chinese what it holds."""


def is_loaded() -> bool:
    """Whether the sample projects of 2018 are all there, whatever was entered since."""
    wanted = sum(sum(places.values()) for places in samples.SPREAD.values())
    return Project.objects.filter(code__startswith=samples.CODE_PREFIX, is_sample=True).count() == wanted


def load_2018(password: str) -> list[User]:
    """Load 2018 and January 2019 and return the accounts made, each with this password.

    Raises DatabaseNotEmptyError, having done nothing, if the database holds anything that people enter.
    """
    today = timezone.localdate()
    with disable_auditlog(), transaction.atomic():  # what stands there from the beginning is no change
        _require_empty_database()
        standing = register.write_register(password)
        drawn = _write_projects(standing)
        all_samples = [sample for each in drawn.values() for sample in each]
        carried_over = carried.carry_over(all_samples)
        closing.close_year(standing, all_samples)
        january.open_january(standing, carried_over, today)
        closing.reopen_december(standing, today)
        changes.propose(standing, today)
        for year in (2018, 2019):
            closing.count(year)
    return list(standing.cast.values())


def data_found() -> list[str]:
    """What people entered that the database already holds, as '项目 3 条'; nothing for an empty database."""
    return [f"{model._meta.verbose_name} {count} 条" for model in ENTERED if (count := model._default_manager.count())]


def _require_empty_database() -> None:
    if found := data_found():
        raise DatabaseNotEmptyError("、".join(found))


def _write_projects(standing: register.Register) -> dict[str, list[samples.Sample]]:
    """All projects with what happened to them in 2018; returns the samples of each category by code."""
    drawn = samples.draw_samples(standing)
    companies_500 = attraction.write_companies()
    amounts.set_amounts(drawn)
    contracts = attraction.draw_contracts(drawn["investment"], companies_500)
    talents = attraction.draw_talents(drawn["talent"])
    samples.write_samples(standing, [sample for each in drawn.values() for sample in each])
    published.write_published(standing)
    Contract.objects.bulk_create(contracts)
    Talent.objects.bulk_create(talents)

    planned = [sample for code in samples.COURSES for sample in drawn[code]]
    changes.write_plan_changes(standing, reporting.write_plans(planned))
    reports = [*reporting.draw_reports(planned), *reporting.draw_procedures(drawn["investment"], contracts)]
    changes.make_slip(reports)
    arrivals.write_reports(standing, reports)

    industry = [sample.project for sample in drawn["industry"]]
    happenings.write_events(standing, drawn)
    happenings.write_activities(standing, industry, companies_500)
    happenings.write_problems(industry)
    happenings.write_results(standing, drawn["technology"])
    happenings.write_media()
    return drawn
