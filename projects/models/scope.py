"""Who sees which projects: the one rule behind `visible_to(user)` of every model.

City office, leaders and administrators see their city; a reviewer sees the area of his or her district office and the
categories that his or her department leads; a reporter sees what the own unit answers for or owns. Several roles see
what each of them sees. An account without an organisation sees nothing, except that the city-wide roles then see all.
"""

from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from .. import roles

if TYPE_CHECKING:
    from .people import Area, Organisation, User

NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING  # not Q(), which an OR leaves out


def seen_by(user: "User", project: str = "") -> Q:
    """The condition on projects, reached through a prefix such as 'project__', under which the user sees them."""
    if user.sees_city:
        return inside(user.city, project) if user.city else EVERYTHING
    own, organisation = NOTHING, user.organisation
    if organisation and user.has_role(roles.REVIEWER):
        own |= reviewed_by(organisation, project)
    if organisation and user.has_role(roles.REPORTER):
        own |= reported_by(organisation, project)
    return own


def inside(area: "Area", project: str = "") -> Q:
    """Projects in the area or in an area directly below it."""
    return Q(**{f"{project}area": area}) | Q(**{f"{project}area__parent": area})


def reported_by(organisation: "Organisation", project: str = "") -> Q:
    """Projects whose figures the organisation types: it answers for them or owns them."""
    return Q(**{f"{project}responsible_unit": organisation}) | Q(**{f"{project}owner": organisation})


def reviewed_by(organisation: "Organisation", project: str = "") -> Q:
    """Projects whose reports the organisation reviews: those of its area, and of the categories that it leads."""
    led = Q(**{f"{project}category__lead_department": organisation})
    if organisation.area and organisation.area.city:
        led &= inside(organisation.area.city, project)
    if organisation.area and organisation.kind == organisation.Kind.DISTRICT_OFFICE:
        return led | inside(organisation.area, project)
    return led


def first_reviewed_by(organisation: "Organisation", project: str = "") -> Q:
    """Projects whose reports the organisation reviews first, as the category has it: the area's office, or the lead
    department; where the area has no office, the department.
    """
    kinds, wanted = type(organisation).Kind, f"{project}category__first_review"
    if organisation.kind == kinds.DISTRICT_OFFICE and organisation.area:
        return inside(organisation.area, project) & Q(**{wanted: "area"})
    led = Q(**{f"{project}category__lead_department": organisation})
    return led & (Q(**{wanted: "department"}) | Q(**{f"{project}area__kind__in": ["city", "direct"]}))


class OfProjectQuerySet(QuerySet[Any]):
    """Rows that belong to a project are seen by whoever sees the project."""

    def visible_to(self, user: "User") -> Any:
        return self.filter(seen_by(user, "project__"))
