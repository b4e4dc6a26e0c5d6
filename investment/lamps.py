"""How far behind is said: by a shape, by a word, and only then by a colour.

The rule stands here once, for rows in Python and, as a condition, for rows in the database. Thresholds are the
completed ÷ planned to date, in percent (plan ratio).
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q


@dataclass(frozen=True)
class Lamp:
    """A state: its code in addresses, its shape, its word, and its tone in the style sheet."""

    code: str
    shape: str
    word: str
    tone: str


AHEAD = Lamp("ahead", "●", "超前", "green")
NORMAL = Lamp("normal", "●", "正常", "green")
BEHIND = Lamp("behind", "◆", "滞后", "yellow")
FAR_BEHIND = Lamp("far-behind", "■", "严重滞后", "red")
NOT_RATED = Lamp("none", "○", "暂不评价", "grey")
REACHED = Lamp("reached", "●", "达到目标", "green")  # of categories that count contracts or people

STEPS = ((105, AHEAD), (95, NORMAL), (60, BEHIND), (0, FAR_BEHIND))  # from this plan ratio on
LAMPS = (FAR_BEHIND, BEHIND, NORMAL, AHEAD, NOT_RATED)  # the worst first


def lamp(plan_ratio: Decimal | None) -> Lamp:
    """The lamp of a plan ratio in percent; without one nothing is rated."""
    if plan_ratio is None:
        return NOT_RATED
    return next((state for least, state in STEPS if plan_ratio >= least), FAR_BEHIND)


def condition(wanted: Lamp, field: str = "plan_ratio") -> Q:
    """The rows that have this lamp."""
    if wanted == NOT_RATED:
        return Q(**{field: None})
    place = [state for _, state in STEPS].index(wanted)
    least = Q(**{f"{field}__gte": STEPS[place][0]})
    return least & Q(**{f"{field}__lt": STEPS[place - 1][0]}) if place else least
