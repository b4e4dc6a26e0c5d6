"""What a correction and a change of plan have in common: who proposes, withdraws, decides, and that it is done once."""

from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from projects import roles
from projects.models import Project, User

from .models import Notice, Proposal
from .notices import notify
from .reporting import AlreadyDoneError, NotAllowedError, ReportingError, clock

Kind = TypeVar("Kind", bound=Proposal)
State = Proposal.State
DONE = {State.APPROVED: "批准", State.REJECTED: "退回，未予批准", State.WITHDRAWN: "撤回"}


def may_propose(project: Project, user: User) -> bool:
    """Whether the account types the project's reports, reviews them, or is the city office."""
    return any(
        answering(user).filter(pk=project.pk).exists()
        for answering in (Project.objects.reported_by, Project.objects.reviewed_by)
    )


def may_decide(project: Project, user: User) -> bool:
    """Whether the account is the project's city office."""
    return user.has_role(roles.OFFICE) and Project.objects.visible_to(user).filter(pk=project.pk).exists()


def check_proposer(project: Project, user: User, what: str) -> None:
    if not may_propose(project, user):
        raise NotAllowedError(f"“{project}”的{what}由填报单位、审核单位或市发改委提出，您的账号不能提出。")


def check_decider(project: Project, user: User, what: str) -> None:
    if not may_decide(project, user):
        raise NotAllowedError(f"“{project}”的{what}由市发改委审批，您的账号不能审批。")


def reason_given(text: str, missing: str) -> str:
    """The text without the blanks around it; refused with this sentence if nothing is left."""
    if not text.strip():
        raise ReportingError(missing)
    return text.strip()


def check_undecided(proposal: Proposal, by: User, *, approve: bool) -> None:
    """The row must be locked. Who comes second is told who decided; who clicked twice, that nothing was done twice."""
    if not proposal.is_open:
        state = State(proposal.state)
        if proposal.decided_by == by and state == (State.APPROVED if approve else State.REJECTED):
            raise AlreadyDoneError(f"您已经{DONE[state]}过这项{proposal._meta.verbose_name}，没有重复审批。")
        raise ReportingError(f"{_done(proposal)}，您的审批没有执行。")
    if proposal.proposed_by == by:
        raise ReportingError(f"这项{proposal._meta.verbose_name}由您本人提出，须由其他人审批。")


def _done(proposal: Proposal) -> str:
    """'这项更正已由office于 2018-08-03 09:00 批准'."""
    who = proposal.decided_by or "市发改委"
    when = f" {clock(proposal.decided_at)} " if proposal.decided_at else ""
    return f"这项{proposal._meta.verbose_name}已由{who}于{when}{DONE[State(proposal.state)]}"


@transaction.atomic
def withdraw(proposal: Kind, by: User) -> Kind:
    """Take back what one has proposed, as long as nobody has decided it.

    Raises NotAllowedError, AlreadyDoneError or ReportingError.
    """
    stored: Kind = type(proposal)._default_manager.select_for_update().get(pk=proposal.pk)
    if stored.proposed_by != by:
        raise NotAllowedError(f"这项{stored._meta.verbose_name}只能由提出人撤回。")
    if stored.state == State.WITHDRAWN:
        raise AlreadyDoneError(f"您已经撤回过这项{stored._meta.verbose_name}。")
    if not stored.is_open:
        raise ReportingError(f"{_done(stored)}，不能撤回。")
    stored.state, stored.decided_by, stored.decided_at = State.WITHDRAWN, by, timezone.now()
    stored.save()
    return stored


def settle(proposal: Kind, by: User, decision: str, *, approve: bool) -> Kind:
    """Write the decision down and tell the proposer; the caller has checked it and holds the row."""
    proposal.state = State.APPROVED if approve else State.REJECTED
    proposal.decided_by, proposal.decided_at, proposal.decision = by, timezone.now(), decision
    proposal.save()
    if proposal.proposed_by:
        title, key = f"{proposal}{DONE[State(proposal.state)]}", f"{proposal._meta.model_name}:{proposal.pk}"
        notify([proposal.proposed_by], Notice.Kind.DECIDED, title, decision, proposal.get_absolute_url(), key, by)
    return proposal


def decision_given(decision: str, *, approve: bool) -> str:
    """What the office says to its decision; whoever is refused must learn why."""
    if approve:
        return decision.strip()
    return reason_given(decision, "不批准必须写明原因，提出人要知道为什么。")
