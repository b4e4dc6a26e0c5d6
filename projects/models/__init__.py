"""The register: areas and people, the action plan, the projects, and what happens around them."""

from .action_plan import ActionPlan, Category, CategoryTarget, Enlistment, Nature
from .attraction import Contract, Talent
from .events import Activity, Event, MediaReport, Problem
from .history import HistoryEntry
from .people import Area, Official, Organisation, User
from .projects import Level, Project, Stage, Status, TeamMember
from .register import Register
from .results import Indicator, Result
from .shapes import AreaShape

__all__ = [
    "ActionPlan",
    "Activity",
    "Area",
    "AreaShape",
    "Category",
    "CategoryTarget",
    "Contract",
    "Enlistment",
    "Event",
    "HistoryEntry",
    "Indicator",
    "Level",
    "MediaReport",
    "Nature",
    "Official",
    "Organisation",
    "Problem",
    "Project",
    "Register",
    "Result",
    "Stage",
    "Status",
    "Talent",
    "TeamMember",
    "User",
]
