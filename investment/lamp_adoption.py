"""The rules of the lamps are changed: tried on the projects of a month first, then adopted as another version."""

from collections import Counter
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.utils import timezone

from projects import roles
from projects.models import Project, User

from .lamps import LAMPS, STATES, Judged, Lamp, Rules
from .lamps_sql import judged
from .models import LampRule, LampRules, Period
from .models.lamp_rules import rules_of
from .places import Place
from .progress import lock_year
from .progress_sql import Scope
from .reporting import NotAllowedError, ReportingError

LISTED = 100  # projects named in a trial


@dataclass(frozen=True)
class Change:
    """A project whose lamp would be another one."""

    project: Project
    before: Lamp
    after: Lamp
    reason: str


@dataclass(frozen=True)
class Trial:
    """What some rules would make of the projects of a month; nothing is stored."""

    closed: bool
    before: Counter[Lamp]
    after: Counter[Lamp]
    moves: Counter[tuple[Lamp, Lamp]]
    changes: list[Change]  # the first of them

    @property
    def changed(self) -> int:
        return sum(self.moves.values())

    @property
    def recoloured(self) -> int:
        """How many of them would also have another colour."""
        return sum(number for (before, after), number in self.moves.items() if before.tone != after.tone)

    @property
    def lamps(self) -> list[tuple[Lamp, int, int, int]]:
        """Each lamp with its projects now, then, and the difference; the worst first."""
        return [(lamp, self.before[lamp], self.after[lamp], self.after[lamp] - self.before[lamp]) for lamp in LAMPS]

    @property
    def ways(self) -> list[tuple[Lamp, Lamp, int]]:
        """From which lamp to which, the most projects first."""
        return [(before, after, number) for (before, after), number in self.moves.most_common()]


def try_rules(place: Place, rules: Rules) -> Trial:
    """What the rules would make of the lamps that the reader sees in the month."""
    numbered = tuple(replace(rule, pk=-number) for number, rule in enumerate(rules, start=1))
    found = _found(place, numbered)
    moves = Counter((before, after) for _, before, after, _, _ in found if before != after)
    period = Period.objects.filter(year=place.month.year, month=place.month.number).first()
    named = [row for row in found if row[1] != row[2]][:LISTED]
    projects = Project.objects.visible_to(place.user).in_bulk([row[0] for row in named])
    rule_of = {rule.pk: rule for rule in numbered}
    return Trial(
        closed=bool(period and period.closed_at),
        before=Counter(row[1] for row in found),
        after=Counter(row[2] for row in found),
        moves=moves,
        changes=[
            Change(projects[pk], before, judgement.lamp, judgement.reason)
            for pk, before, _, rule, value in named
            for judgement in [Judged(rule_of.get(rule), value)]
            if pk in projects
        ],
    )


def _found(place: Place, rules: Rules) -> list[tuple[int, Lamp, Lamp, int, int | None]]:
    """Project, lamp now, lamp then, the rule and its value; the worst first."""
    month = place.month
    seen, values = place.progress.order_by().values("project").query.sql_with_params()
    query = judged(rules, f"m.month = {month.number}")
    with connection.cursor() as cursor:
        scope = Scope(f"IN ({seen})")  # which stands in the query once, as its values do
        cursor.execute(query.format(year=month.year, scope=scope, today=f"'{timezone.localdate()}'"), values)
        rows = [
            (project, STATES[lit or 0], STATES[state], rule, value)
            for _, project, lit, state, rule, value, *_ in cursor.fetchall()
        ]
    return sorted(rows, key=lambda row: (-STATES.index(row[2]), row[0]))


@transaction.atomic
def adopt_rules(year: int, by: User, version: int, rules: Rules) -> LampRules:
    """Adopt another version of a year's rules; `version` is the one that was read, 0 for none.

    Raises NotAllowedError, or ReportingError where there is nothing new, or another version by now.
    """
    if not by.has_role(roles.OFFICE):
        raise NotAllowedError("只有市发改委可以更改亮灯规则。")
    lock_year(year)
    latest = LampRules.objects.filter(year=year).order_by("-version").first()
    if latest and latest.version != version:
        who = f"由{latest.adopted_by}" if latest.adopted_by else ""
        raise ReportingError(
            f"{year}年的规则在您打开之后已{who}改为第 {latest.version} 版。您填写的内容还在下面，没有采用；"
            "请与现行规则核对，确需采用的再点一次“采用”。"
        )
    if latest and [replace(rule, pk=None) for rule in rules_of(latest.pk)] == list(rules):
        raise ReportingError("与现行规则相同，没有需要采用的改动。")
    adopted = LampRules(year=year, version=latest.version + 1 if latest else 1, adopted_by=by)
    adopted.save()
    for rule in rules:
        LampRule.of(adopted, rule).save()
    return adopted
