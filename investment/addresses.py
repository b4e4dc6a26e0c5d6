"""Where a number leads: the address of the list of the projects or reports that make it up."""

from urllib.parse import urlencode

from django.urls import reverse

from .months import Month
from .places import Place


def projects_behind(month: Month, **filters: str | int) -> str:
    """'/projects/?month=2018-06&leader=7'. The filters are those of the list: `leader=0` is 'without a leader'."""
    return f"{reverse('projects')}?{urlencode({'month': month, **filters})}"


def listed_behind(place: Place, **group: str | int) -> str:
    """The same for one of the groups of a place, in its month and with its filters."""
    return projects_behind(place.month, **{**place.filters, **group})


def chosen_behind(place: Place, month: Month, **group: str | int) -> str | None:
    """The same for any month.

    None for another month where the choice depends on the month: its list would be of other projects.
    """
    if place.chosen and not place.chosen.lasting and month != place.month:
        return None
    return projects_behind(month, **{**place.filters, **group})


def reports_behind(month: Month, **filters: str | int) -> str:
    """'/reports/?month=2018-06&unit=7'. The filters are state, unit, area and category; 0 is 'without one'."""
    return f"{reverse('reports')}?{urlencode({'month': month, **filters})}"


def typing_of(month: Month) -> str:
    """Where a unit types the reports of a month."""
    return f"{reverse('month')}?{urlencode({'month': month})}"


def closing_of(month: Month) -> str:
    """Where the city office follows a month to its close."""
    return reverse("period", args=[str(month)])
