"""The rows behind the pages of categories, areas, liaison leaders and units: the groups of a month side by side, and
the year of one of them.

Amounts and rates stand in `GroupProgress` and are shown as they stand there. A group has no amount until a report of
the year was approved, and no rate without an annual plan. Amounts in 万元, rates in percent.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, Exists, F, Model, OuterRef, QuerySet, Value, When
from django.urls import reverse

from projects.models import Area, Category, Official, Organisation

from .addresses import listed_behind
from .attention import LAGGING
from .lamps import BEHIND, FAR_BEHIND, LAMPS, NOT_RATED, Lamp, condition
from .models import GroupProgress, ProjectProgress
from .models.progress import ProjectProgressQuerySet
from .overview import CategoryCard, CurveMonth, categories, curve
from .places import AREA, CATEGORY, LEADER, UNIT, Grouping, Place, added_up, approved_by

WORST = 20  # projects, or parts, named on the page of a group; the list has them all
RANKINGS = {CATEGORY: "categories", AREA: "areas", LEADER: "leaders", UNIT: "units"}  # the names of their pages


@dataclass(frozen=True)
class Lag:
    """How many projects of a group lag."""

    far_behind: int = 0
    behind: int = 0


@dataclass(frozen=True)
class Ranked:
    """A group in a month, beside the others. `key` is 0 for the projects without a group and None for all projects."""

    place: Place
    grouping: Grouping
    key: int | None
    name: str
    figures: GroupProgress
    reported: bool  # whether a report of the year was approved, up to the month
    lag: Lag
    note: str = ""
    card: CategoryCard | None = None  # of a category
    within: Mapping[str, int] = field(default_factory=dict)  # filters of the list: the group of which this is a part

    @property
    def projects(self) -> int:
        return self.figures.projects

    @property
    def far_behind(self) -> int:
        return self.lag.far_behind

    @property
    def behind(self) -> int:
        return self.lag.behind

    @property
    def planned_year(self) -> Decimal | None:
        return self.figures.planned_year if self.figures.planned_projects else None

    @property
    def year_to_date(self) -> Decimal | None:
        return self.figures.year_to_date if self.reported else None

    @property
    def lagging(self) -> int:
        """Projects behind and far behind."""
        return self.far_behind + self.behind

    @property
    def rate(self) -> Decimal | None:
        return self.figures.rate if self.reported else None

    @property
    def gap(self) -> Decimal | None:
        return self.figures.gap if self.reported else None

    @property
    def time_progress(self) -> Decimal:
        return self.figures.time_progress

    @property
    def lamp(self) -> Lamp:
        if self.card:
            return self.card.lamp
        return self.figures.lamp if self.reported else NOT_RATED

    @property
    def page(self) -> str | None:
        """The address of the group's own page; none for the projects of the city that stand in none of its areas."""
        if not self.key or (self.grouping == AREA and self.key == self.place.city.pk):
            return None
        return f"{reverse(self.grouping.code, args=[self.key])}?{self.place.query}"

    @property
    def all_projects(self) -> str:
        """The address of the list of the projects counted here."""
        return self._projects()

    @property
    def projects_workbook(self) -> str:
        """The same list as a workbook."""
        return self.all_projects.replace(reverse("projects"), reverse("projects_xlsx"), 1)

    @property
    def far_behind_projects(self) -> str | None:
        return self._projects(lamp=FAR_BEHIND.code) if self.far_behind else None

    @property
    def behind_projects(self) -> str | None:
        return self._projects(lamp=BEHIND.code) if self.behind else None

    @property
    def lagging_projects(self) -> str | None:
        return self._projects(attention=LAGGING.code) if self.lagging else None

    def _projects(self, **filters: str) -> str:
        group: dict[str, str | int] = {} if self.key is None else {self.grouping.code: self.key}
        return listed_behind(self.place, **{**self.within, **group, **filters})


@dataclass(frozen=True)
class Ranking:
    """All groups of one kind in a month, the lowest rate first; then the projects without a group, and all together."""

    place: Place
    grouping: Grouping
    rows: list[Ranked]
    nobody: Ranked | None
    total: Ranked

    @property
    def measure_word(self) -> str:
        return "位" if self.grouping == LEADER else "个"

    @cached_property
    def rated(self) -> list[Ranked]:
        return [row for row in self.rows if row.rate is not None]

    @property
    def behind_time(self) -> list[Ranked]:
        return [row for row in self.rated if row.gap is not None and row.gap < 0]

    @property
    def lowest(self) -> list[Ranked]:
        """The groups that share the lowest rate."""
        return [row for row in self.rated if row.rate == self.rated[0].rate]

    @property
    def highest(self) -> list[Ranked]:
        """The groups that share the highest rate."""
        return [row for row in self.rated if row.rate == self.rated[-1].rate]

    def extremes(self, each: int) -> "Extremes":
        """The lowest and the highest, so many `each`; all in one row if they are few. None stands in both."""
        if len(self.rated) <= 2 * each:
            return Extremes(self.rated, [], 0, len(self.rows), self.measure_word)
        between = len(self.rated) - 2 * each
        return Extremes(self.rated[:each], self.rated[-each:], between, len(self.rows), self.measure_word)


@dataclass(frozen=True)
class Extremes:
    """Who stands lowest and who highest in a ranking, how many stand between, and how many there are with those
    without a rate.
    """

    lowest: list[Ranked]
    highest: list[Ranked]
    between: int
    total: int
    measure_word: str


def ranking(place: Place, grouping: Grouping) -> Ranking:
    """The groups in which a visible project stands, by rate; of equal rates the larger plan stands first.

    Without a rate a group has no rank: it follows those that have one, in the order of the register.
    """
    figures, nobody = _figures(place, grouping)
    reported, lags = place.reported(grouping), _lags(place.progress, grouping)
    cards = {card.category.pk: card for card in categories(place)} if grouping == CATEGORY else {}
    rows = [
        Ranked(
            place, grouping, subject.pk, str(subject), figures[subject.pk], subject.pk in reported,
            lags.get(subject.pk, Lag()), note_of(subject, cards.get(subject.pk)), cards.get(subject.pk),
        )
        for subject in _subjects(grouping, figures)
    ]  # fmt: skip
    all_lags = Lag(sum(lag.far_behind for lag in lags.values()), sum(lag.behind for lag in lags.values()))
    return Ranking(
        place, grouping, sorted(rows, key=_worst_first),
        nobody=_nobody(place, grouping, nobody, lags.get(nobody.key, Lag())) if nobody else None,
        total=Ranked(place, grouping, None, "合计", place.total, place.approved, all_lags),
    )  # fmt: skip


def _figures(place: Place, grouping: Grouping) -> tuple[dict[int, GroupProgress], GroupProgress | None]:
    """The month's rows of the groups by key, and the row of the projects that stand in none.

    No area is an area too: a project may stand in the city itself, and the city's own row says all of the city.
    """
    rows = {row.key: row for row in place.groups(grouping)}
    if grouping != AREA:
        return rows, rows.pop(0, None)
    nobody = rows.pop(place.city.pk, None)
    if nobody is None and sum(row.projects for row in rows.values()) < place.total.projects:
        nobody = added_up(place.progress.filter(area=place.city), AREA)[0]
        nobody.rules = place.rules
    return rows, nobody


def _nobody(place: Place, grouping: Grouping, figures: GroupProgress, lag: Lag) -> Ranked:
    reports = place.year.filter(month__lte=place.month.number, amount__isnull=False)
    reported = reports.filter(**{grouping.column: figures.key or None}).exists()
    name = grouping.nobody or f"未分到{grouping.label}"
    return Ranked(place, grouping, figures.key, name, figures, reported, lag)


def _lags(rows: ProjectProgressQuerySet, grouping: Grouping) -> dict[int, Lag]:
    counts = rows.order_by().values_list(grouping.column).annotate(
        far_behind=Count("pk", filter=condition(FAR_BEHIND)), behind=Count("pk", filter=condition(BEHIND))
    )  # fmt: skip
    return {key or 0: Lag(far_behind, behind) for key, far_behind, behind in counts}


def _subjects(grouping: Grouping, keys: Collection[int]) -> QuerySet[Any]:
    """The groups of these keys, which come from visible projects, in the order of the register."""
    found = grouping.model._default_manager.filter(pk__in=keys)
    return found.select_related("area") if grouping == UNIT else found


def _worst_first(row: Ranked) -> tuple[bool, Decimal, Decimal]:
    if row.rate is None:
        return True, Decimal(0), Decimal(0)
    return False, row.rate, -row.figures.planned_year


def note_of(subject: Model, card: CategoryCard | None = None) -> str:
    """What the pages say beside a group's name: targets and counts, that an area is a zone, where a unit sits."""
    if isinstance(subject, Organisation):
        return str(subject.area or "")
    if isinstance(subject, Area):
        return subject.get_kind_display() if subject.kind == Area.Kind.ZONE else ""
    if isinstance(subject, Official):
        return str(subject.organisation or "")
    return _counts(card) if card else ""


def _counts(card: CategoryCard) -> str:
    people = card.category.counts == Category.Counts.PEOPLE
    parts = ["未定目标" if card.target is None else f"全市目标 {card.target}"]
    parts.append(f"列入 {card.enlisted} {'人' if people else '项'}")
    if people:
        parts.append(f"引进 {card.people['people'] if card.people else 0} 人")
    if card.contracts:
        parts.append(f"签约 {card.contracts['signed']} 项")
    return " · ".join(parts)


@dataclass(frozen=True)
class Group:
    """The year of one category, area, leader or unit; `now` is its month, None while no visible project is in it."""

    place: Place
    grouping: Grouping
    subject: Any
    rows: list[GroupProgress]
    now: Ranked | None

    @property
    def note(self) -> str:
        return self.now.note if self.now else note_of(self.subject)

    @property
    def ranking(self) -> str:
        """The address of the page on which the group stands beside the others."""
        return f"{reverse(RANKINGS[self.grouping])}?{self.place.query}"

    @cached_property
    def months(self) -> list[CurveMonth]:
        before = self.place.year_before
        last_year = before.group_year(self.grouping, self.subject.pk) if before else ()
        return curve(self.rows, self.place.month, last_year)

    @property
    def drawn(self) -> bool:
        """Whether there is a curve to draw: a plan or an approved amount."""
        return any(row.planned_to_date is not None or row.year_to_date is not None for row in self.months)

    @cached_property
    def progress(self) -> ProjectProgressQuerySet:
        """The rows of the month of its projects."""
        return self.place.progress.filter(**{self.grouping.column: self.subject.pk})

    @property
    def worst(self) -> QuerySet[Any]:
        """The rows of the projects that stand worst: by their lamps, then by the rate; `reported`: it has an amount."""
        reports = ProjectProgress.objects.filter(
            project=OuterRef("project"), year=OuterRef("year"), month__lte=OuterRef("month"), amount__isnull=False
        )
        lamps = [When(condition(lamp), then=Value(rank)) for rank, lamp in enumerate(LAMPS)]
        rows = self.progress.annotate(lit=Case(*lamps, default=Value(len(LAMPS))), reported=Exists(reports))
        rows = rows.order_by("lit", F("rate").asc(nulls_last=True), "project__code")
        return rows.select_related("project")[:WORST]

    def parts(self, by: Grouping) -> list[Ranked]:
        """Its projects by another kind of group, the lowest rate first; those without one are a group too."""
        figures, rules = {row.key: row for row in added_up(self.progress, by)}, self.place.rules
        for row in figures.values():
            row.rules = rules
        reported, lags = self._reported(by, figures.values()), _lags(self.progress, by)
        names = {each.pk: str(each) for each in _subjects(by, figures) if each != self.place.city}
        rows = [
            Ranked(
                self.place, by, key, names.get(key) or by.nobody or f"未分到{by.label}", row, key in reported,
                lags.get(key, Lag()), within={self.grouping.code: self.subject.pk},
            )
            for key, row in figures.items()
        ]  # fmt: skip
        return sorted(rows, key=_worst_first)

    def _reported(self, by: Grouping, rows: Collection[GroupProgress]) -> set[int]:
        """The parts that have an amount; where it is zero, because zero was reported, and not because nothing was."""
        reported = {row.key for row in rows if row.reported_projects or row.year_to_date}
        if len(reported) < len(rows):
            of_group = self.place.year.filter(**{self.grouping.column: self.subject.pk})
            approved = of_group.filter(month__lte=self.place.month.number, amount__isnull=False)
            reported |= {key or 0 for key in approved.order_by().values_list(by.column, flat=True).distinct()}
        return reported


def group(place: Place, grouping: Grouping, key: int) -> Group:
    """Raises ObjectDoesNotExist for what the reader may not know of, and for the city, whose page is the overview.

    A group is known to whom the register shows it, and to whoever sees a project of the year in it.
    """
    if grouping == AREA and key == place.city.pk:
        raise Area.DoesNotExist
    rows = place.group_year(grouping, key) if key else []
    known: Any = grouping.model._default_manager
    subject = (known if rows else known.visible_to(place.user)).get(pk=key)
    return Group(place, grouping, subject, rows, _now(place, grouping, subject, rows))


def _now(place: Place, grouping: Grouping, subject: Any, rows: list[GroupProgress]) -> Ranked | None:
    figures = next((row for row in rows if row.month == place.month.number), None)
    if figures is None:
        return None
    reported = approved_by(place.month, rows)
    cards = categories(place) if grouping == CATEGORY else []
    card = next((card for card in cards if card.category == subject), None)
    lags = _lags(place.progress.filter(**{grouping.column: subject.pk}), grouping)
    return Ranked(
        place, grouping, subject.pk, str(subject), figures, reported,
        lags.get(subject.pk, Lag()), note_of(subject, card), card,
    )  # fmt: skip
