"""What accounts are told: one function that writes notices, and whom it concerns.

A notice is written in the transaction of the act that it tells of. It leaves the house later (`delivery`).
"""

import datetime
from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone

from projects import roles
from projects.models import Organisation, Project, User

from .models import Notice

NAMED = 3  # so many projects are named; the others are counted
TITLE_LENGTH = 200


def notify(
    accounts: Iterable[User], kind: Notice.Kind, title: str, body: str, address: str, key: str, by: User | None = None
) -> int:
    """Tell each account the same, once: whoever was told under this key before is not told again.

    `address` is where the notice leads, a path of this site; `by` is who tells it, None for the system. Returns how
    many accounts were told.
    """
    said = {"kind": kind, "title": title, "body": body, "address": address, "key": key, "sent_by": by}
    return len(tell([Notice(recipient=account, **said) for account in {each.pk: each for each in accounts}.values()]))


def tell(notices: list[Notice]) -> list[Notice]:
    """Write the notices but for those whose recipient has one of this key; returns what was written."""
    recipients, keys = {notice.recipient_id for notice in notices}, {notice.key for notice in notices}
    told = set(Notice.objects.filter(recipient__in=recipients, key__in=keys).values_list("recipient", "key"))
    new = [notice for notice in notices if (notice.recipient_id, notice.key) not in told]
    for notice in new:
        notice.title = notice.title[:TITLE_LENGTH]
    # Another worker may be telling the same at this moment: the constraint lets only one of them.
    Notice.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    return new


def typists(organisations: Iterable[Organisation | int | None]) -> list[User]:
    """The accounts that type the reports of these organisations, by user name."""
    found = User.objects.filter(is_active=True, groups__name=roles.REPORTER, organisation__in=_known(organisations))
    return list(found.select_related("organisation").order_by("username"))


def typists_of(project: Project) -> list[User]:
    """The accounts that type the project's reports."""
    return typists([project.responsible_unit, project.owner])


def accounts_with(role: str) -> list[User]:
    """The active accounts of a role, with what `visible_to` asks of them."""
    found = User.objects.filter(is_active=True, groups__name=role)
    return list(found.select_related("organisation__area__parent").order_by("username"))


def some_of(names: list[str]) -> str:
    """'甲、乙、丙 等 12 个项目'; up to NAMED of them are simply named."""
    if len(names) <= NAMED:
        return "、".join(names)
    return f"{'、'.join(names[:NAMED])} 等 {len(names)} 个项目"


def is_quiet(now: datetime.datetime) -> bool:
    """Whether nobody is to be disturbed now: between the hours of QUIET_HOURS, by the clock of the site."""
    start, end = settings.QUIET_HOURS
    hour = timezone.localtime(now).hour
    return start <= hour < end if start <= end else hour >= start or hour < end


def _known(organisations: Iterable[Organisation | int | None]) -> list[Organisation | int]:
    return [organisation for organisation in organisations if organisation is not None]
