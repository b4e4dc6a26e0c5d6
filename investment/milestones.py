"""Starts and finishes in a month: sets of projects, counted for groups and listed on the projects' page alike.

By the end of the month a project is started or finished where its date says so. Where the day of the finish is unknown
the register's stage of today says it; likewise for the start, where neither the planned nor the actual day is known.
Planned for the year is what its action plan says (新开工, 竣工投产), and what has its planned finish in the year.

    开工率 (a)  planned new starts that are started ÷ planned new starts of the year
    开工率 (b)  started since the year began ÷ due to start by the end of the month
    竣工率      finished ÷ planned to finish in the year
    投产率      put into production ÷ planned to finish in the year
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from projects.models import Nature, Stage, Status

from .addresses import listed_behind
from .places import Grouping, Place
from .rates import percent

# By code, which stands in addresses, what the projects of the set are called.
MILESTONES = {
    "enlisted": "列入本年计划",
    "to-start": "计划当年新开工",
    "to-start-started": "计划当年新开工，已开工",
    "started": "已开工",
    "due-to-start": "应开工",
    "due-started": "应开工，已开工",
    "to-finish": "计划当年竣工",
    "to-finish-finished": "计划当年竣工，已竣工",
    "to-finish-in-production": "计划当年竣工，已投产",
    "due-to-finish": "应竣工未竣工",
    "finished": "已竣工",
    "in-production": "已投产",
}


def is_started(next_day: datetime.date) -> Q:
    """Projects of which the works began before the day."""
    return Q(actual_start__lt=next_day) | Q(planned_start=None, actual_start=None, stage__gt=Stage.PREPARATORY)


def is_due_to_start(next_day: datetime.date) -> Q:
    """Planned to start before the day, and not started then."""
    due = Q(planned_start__lt=next_day) & ~Q(status__in=(Status.WITHDRAWN, Status.FINISHED))
    return due & ~is_started(next_day)


def conditions(place: Place) -> dict[str, Q]:
    """By code, the condition on `place.listed` under which a project belongs to the set."""
    next_day, year = place.next_day, place.month.year
    started, began = is_started(next_day), Q(actual_start__year=year, actual_start__lt=next_day)
    done = Q(stage=Stage.PRODUCTION) | Q(status=Status.FINISHED)
    finished = Q(actual_finish__lt=next_day) | Q(actual_finish=None) & done
    in_production = Q(stage=Stage.PRODUCTION) & (Q(actual_finish=None) | Q(actual_finish__lt=next_day))
    to_start = Q(now__nature=Nature.NEW)
    to_finish = Q(now__nature=Nature.FINISHING) | Q(now__nature__isnull=False, planned_finish__year=year)
    due_started = Q(planned_start__lt=next_day) & began & ~Q(status=Status.WITHDRAWN)
    return {
        "enlisted": Q(now__nature__isnull=False),
        "to-start": to_start,
        "to-start-started": to_start & started,
        "started": started,
        "due-to-start": is_due_to_start(next_day) | due_started,
        "due-started": due_started,
        "to-finish": to_finish,
        "to-finish-finished": to_finish & finished,
        "to-finish-in-production": to_finish & in_production,
        "due-to-finish": Q(planned_finish__lt=next_day) & ~finished & ~Q(status=Status.WITHDRAWN),
        "finished": finished,
        "in-production": in_production,
    }


@dataclass(frozen=True)
class Share:
    """One of the rates: how many of how many, each with the address of its list."""

    label: str
    base: str  # what the percentage is of
    done: str  # what the others of them are
    part: int
    whole: int
    part_projects: str
    whole_projects: str

    @property
    def rate(self) -> Decimal | None:
        return percent(self.part, self.whole)


SHARES = (
    ("开工率（按年度计划）", "计划当年新开工", "已开工", "to-start-started", "to-start"),
    ("开工率（按应开工）", "应开工", "已开工", "due-started", "due-to-start"),
    ("竣工率", "计划当年竣工", "已竣工", "to-finish-finished", "to-finish"),
    ("投产率", "计划当年竣工", "已投产", "to-finish-in-production", "to-finish"),
)


@dataclass(frozen=True)
class Milestones:
    """How many projects of a group, or of all that the reader sees, stand at each of the milestones."""

    place: Place
    filters: Mapping[str, int]  # of the projects' list: those of the group
    counts: Mapping[str, int]

    def projects_at(self, code: str) -> str:
        """The address of the list of a set."""
        return listed_behind(self.place, **self.filters, milestone=code)

    @property
    def shares(self) -> list[Share]:
        return [
            Share(
                label, base, done, self.counts[part], self.counts[whole], self.projects_at(part),
                self.projects_at(whole),
            )
            for label, base, done, part, whole in SHARES
        ]  # fmt: skip


def counts_of(place: Place, grouping: Grouping | None = None, key: int | None = None) -> dict[int, Milestones]:
    """The milestones of each group with a project, 0 being that without one; of all together, as 0, without a grouping.

    With a key only those of that group.
    """
    sets = conditions(place)
    numbers = {code.replace("-", "_") + "_count": Count("pk", filter=rule) for code, rule in sets.items()}
    column = f"now__{grouping.column}" if grouping else "now__city"
    rows = place.listed if key is None else place.listed.filter(**{column: key or None})
    found = {}
    for row in rows.order_by().values(column).annotate(**numbers):
        group = (row[column] or 0) if grouping else 0
        filters = {grouping.code: group} if grouping else {}
        counts = {code: row[code.replace("-", "_") + "_count"] for code in sets}
        found[group] = Milestones(place, filters, counts)
    return found
