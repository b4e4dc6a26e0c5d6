"""What each role may do in the administration pages. Roles are groups, remade after every migration.

An administrator keeps accounts and registers and enters no figures; the city office enters plans. Reports are moved on
their own pages only. Whoever only looks has no access to the administration pages at all.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

REPORTER = "填报员"
REVIEWER = "审核员"
OFFICE = "市发改委"
LEADER = "市领导"
ADMIN = "系统管理员"
NAMES = (REPORTER, REVIEWER, OFFICE, LEADER, ADMIN)

ALL = ("add", "change", "delete", "view")
KEEP = ("add", "change", "view")
REGISTERS = (
    "area", "organisation", "official", "category", "actionplan", "categorytarget", "enlistment", "project",
    "teammember", "contract", "talent", "event", "activity", "problem", "mediareport", "indicator", "result",
)  # fmt: skip
DERIVED = ("projectprogress", "groupprogress", "progressyear", "staleprogress", "refreshrun")

PERMISSIONS: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {
    REPORTER: [],
    REVIEWER: [],
    LEADER: [],
    OFFICE: [
        (REGISTERS, KEEP),
        (("annualplan", "plannedmonth"), ("add", "view")),
        (("period",), ("change", "view")),
        (("monthlyreport", "correction", "planchange", *DERIVED), ("view",)),
    ],
    ADMIN: [
        (REGISTERS, ALL),
        (("user",), KEEP),
        (("group",), ("view",)),
        (("annualplan", "plannedmonth", "monthlyreport", "period", "correction", "planchange", *DERIVED), ("view",)),
        (("refreshrun",), ("add",)),
    ],
}


def ensure_roles(**kwargs: Any) -> None:
    """Make the five groups and give each exactly the permissions above."""
    for label in ("projects", "investment", "auth"):
        create_permissions(apps.get_app_config(label), verbosity=0)
    for name, grants in PERMISSIONS.items():
        wanted = Q(pk=None)
        for models, actions in grants:
            wanted |= Q(codename__in=[f"{action}_{model}" for model in models for action in actions])
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(wanted))
