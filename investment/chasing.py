"""Reminders by the calendar, and urging by hand (催报).

Both may run at any time and any number of times: an occasion is told to an account once. What was missed while the
clock (beat) was down is not made up for one by one; the occasion that is due now says how it stands.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from projects import roles
from projects.models import Organisation, Project, User
from projects.models.projects import ProjectQuerySet
from projects.models.scope import reported_by, seen_by

from .addresses import closing_of, reports_behind, typing_of
from .models import MonthlyReport, Notice, Period
from .models.reports import MonthlyReportQuerySet
from .months import Month
from .notices import accounts_with, is_quiet, some_of, tell, typists
from .reporting import NotAllowedError, ReportingError

State = MonthlyReport.State
REVIEW_DAYS_BEFORE = (1,)
URGE_PAUSE = datetime.timedelta(hours=1)


def occasion(due_on: datetime.date, today: datetime.date, days_before: Sequence[int]) -> str | None:
    """Which reminder the day calls for; None while it is too early for one.

    The days before count downwards until the next one is reached; what is late is late anew each week.
    """
    left = (due_on - today).days
    if left < 0:
        return f"late-{(-left - 1) // 7}"
    if left == 0:
        return "due"
    before = min((days for days in days_before if left <= days), default=None)
    return None if before is None else f"before-{before}"


def time_left(due_on: datetime.date, today: datetime.date) -> str:
    """'还有 3 天截止', '今天截止', '已逾期 2 天'."""
    left = (due_on - today).days
    return f"已逾期 {-left} 天" if left < 0 else f"还有 {left} 天截止" if left else "今天截止"


def remind() -> int:
    """Tell units, reviewers and the office what the day calls for in each open month; returns how many were told.

    Nobody is reminded in the quiet hours: afterwards the numbers are those of the morning.
    """
    now = timezone.now()
    if is_quiet(now):
        return 0
    today, new = timezone.localdate(now), 0
    for period in Period.objects.going():
        for notices in (_to_units(period, today), _to_reviewers(period, today), _to_office(period, today)):
            new += len(tell(notices))
    return new


def first_reviews(user: User) -> MonthlyReportQuerySet:
    """Reports that wait for the account's first review."""
    if not user.has_role(roles.REVIEWER):
        return MonthlyReport.objects.none()
    waiting = MonthlyReport.objects.filter(state=State.SUBMITTED, project__in=Project.objects.reviewed_by(user))
    return waiting.exclude(submitted_by=user)


def _to_units(period: Period, today: datetime.date) -> list[Notice]:
    month, kind, when = period.of_month, Notice.Kind.REMINDER, time_left(period.due_on, today)
    code = occasion(period.due_on, today, settings.REMIND_DAYS_BEFORE)
    if code is None:
        code, kind, when = "opened", Notice.Kind.OPENED, f"开始填报，{when}"
    owed = _owed_by_organisation(MonthlyReport.objects.of(month))
    return [
        Notice(
            recipient=account,
            kind=kind,
            title=f"{month.label}月报{when}：{len(names)} 份未报送",
            body=f"{some_of(names)}。填报截止 {period.due_on}。",
            address=typing_of(month),
            key=f"report:{month}:{period.due_on}:{code}",
        )
        for account in typists(owed)
        if (names := owed[account.organisation_id])
    ]


def _to_reviewers(period: Period, today: datetime.date) -> list[Notice]:
    month, code = period.of_month, occasion(period.first_review_due_on, today, REVIEW_DAYS_BEFORE)
    if code is None:
        return []
    when = time_left(period.first_review_due_on, today)
    return [
        Notice(
            recipient=account,
            kind=Notice.Kind.REVIEW,
            title=f"{month.label}月报初审{when}：{waiting} 份待审",
            body=f"初审截止 {period.first_review_due_on}。",
            address=reports_behind(month, state="submitted"),
            key=f"first-review:{month}:{period.first_review_due_on}:{code}",
        )
        for account in accounts_with(roles.REVIEWER)
        if (waiting := first_reviews(account).of(month).count())
    ]


def _to_office(period: Period, today: datetime.date) -> list[Notice]:
    """Once when all is in, and when the final review is due."""
    month, code = period.of_month, occasion(period.final_review_due_on, today, ())
    notices = []
    for account in accounts_with(roles.OFFICE):
        standing = standing_of(period, account)
        said = {"recipient": account, "kind": Notice.Kind.REVIEW, "address": closing_of(month)}
        said["body"] = f"终审截止 {period.final_review_due_on}。"
        if standing.total and not standing.owed:
            title = f"{month.label}月报已全部报送：{standing}"
            notices.append(Notice(title=title, key=f"all-in:{month}", **said))
        if standing.total and code:
            title = f"{month.label}月报终审{time_left(period.final_review_due_on, today)}：{standing}"
            key = f"final-review:{month}:{period.final_review_due_on}:{code}"
            notices.append(Notice(title=title, key=key, **said))
    return notices


@dataclass(frozen=True)
class Standing:
    """How far the reports of a month are: how many there are, owed, and waiting for either review."""

    total: int
    owed: int
    first: int
    final: int

    def __str__(self) -> str:
        """'3 份未报送、2 份待初审'; when nothing is left to be done, what comes next."""
        parts = ((self.owed, "未报送"), (self.first, "待初审"), (self.final, "待终审"))
        return "、".join(f"{number} 份{what}" for number, what in parts if number) or "可以关账"

    @property
    def is_done(self) -> bool:
        return bool(self.total) and not (self.owed or self.first or self.final)


def standing_of(period: Period, user: User) -> Standing:
    """How far the reports of the month are in what the account sees."""
    reports = MonthlyReport.objects.of(period.of_month).filter(seen_by(user, "project__")).order_by()
    numbers = reports.aggregate(
        total=Count("pk"),
        owed=Count("pk", filter=Q(state__in=MonthlyReport.OWED)),
        first=Count("pk", filter=Q(state=State.SUBMITTED)),
        final=Count("pk", filter=Q(state=State.PASSED)),
    )
    return Standing(**numbers)


def _owed_by_organisation(reports: MonthlyReportQuerySet) -> dict[int | None, list[str]]:
    """The names of the projects that owe a report, by each organisation that could type it."""
    rows = reports.owed().order_by("project__code")
    owed: dict[int | None, list[str]] = defaultdict(list)
    for name, *organisations in rows.values_list("project__name", "project__responsible_unit", "project__owner"):
        for organisation in {*organisations} - {None}:
            owed[organisation].append(name)
    return owed


@dataclass(frozen=True)
class Urged:
    """What urging did: whom it reached, who had been urged within the hour, and which units nobody can be told of."""

    month: Month
    reports: int = 0
    accounts: int = 0
    units: int = 0
    already: int = 0
    unreached: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        parts = []
        if self.accounts:
            parts.append(
                f"已催报 {self.units} 个单位的 {self.accounts} 个账号，共 {self.reports} 份{self.month.label}月报。"
            )
        if self.already:
            parts.append(f"{self.already} 个账号一小时内已经催过，没有重复发送。")
        if self.unreached:
            parts.append(f"以下单位没有可用的填报账号，请电话联系：{'、'.join(self.unreached)}。")
        return "".join(parts) or f"{self.month.label}没有需要催报的月报。"


@transaction.atomic
def urge(month: Month, by: User, unit: Organisation | None = None, project: Project | None = None) -> Urged:
    """Urge whoever owes a report of the month: for one project, of one unit, or all that the account reviews.

    Raises NotAllowedError for what the account does not review, ReportingError unless the month is open.
    """
    projects = _urged_projects(by, unit, project)
    period = Period.objects.going().filter(year=month.year, month=month.number).first()
    if period is None:
        raise ReportingError(f"{month.label}没有在填报：还没有开放，或者已经关账，不能催报。")
    reports = MonthlyReport.objects.of(month).owed().filter(project__in=projects)
    owed = list(reports.select_related("project__responsible_unit", "project__owner").order_by("project__code"))
    accounts = typists([unit] if unit else _organisations(owed))
    spared = _urged_lately(month, by, unit, project).filter(recipient__in=accounts)
    spared_accounts = set(spared.values_list("recipient", flat=True))
    told = tell([_urging(period, by, each, owed, unit, project) for each in accounts if each.pk not in spared_accounts])
    reached = {notice.recipient.organisation_id for notice in told}
    return Urged(
        month=month,
        reports=sum(not reached.isdisjoint(_typed_by(report.project)) for report in owed),
        accounts=len(told),
        units=len(reached),
        already=len(accounts) - len(told),
        unreached=_unreached(owed, {account.organisation_id for account in accounts}, unit),
    )


def _urged_projects(by: User, unit: Organisation | None, project: Project | None) -> ProjectQuerySet:
    """The projects that are meant, all of them in the account's own part. Raises NotAllowedError."""
    projects = Project.objects.reviewed_by(by)
    if unit:
        projects = projects.filter(reported_by(unit))
    if project:
        projects = projects.filter(pk=project.pk)
    if not by.has_role(roles.REVIEWER, roles.OFFICE) or ((unit or project) and not projects.exists()):
        raise NotAllowedError("催报由市发改委，以及项目所在区县（园区）或牵头部门进行，您的账号不能催报。")
    return projects


def _target(unit: Organisation | None, project: Project | None) -> str:
    return f"project-{project.pk}" if project else f"unit-{unit.pk}" if unit else "all"


def _urged_lately(month: Month, by: User, unit: Organisation | None, project: Project | None) -> QuerySet[Notice]:
    """What the own office sent within the hour that says the same, or the same and more."""
    wider = [_target(None, None), _target(unit, None), _target(unit, project)]
    if project:
        wider += [f"unit-{organisation}" for organisation in _typed_by(project)]
    same = Q()
    for target in wider:
        same |= Q(key__startswith=f"urge:{month}:{target}:")
    lately = timezone.now() - URGE_PAUSE
    return Notice.objects.filter(
        same, kind=Notice.Kind.URGE, created_at__gt=lately, sent_by__organisation=by.organisation
    )


def _urging(
    period: Period,
    by: User,
    account: User,
    owed: Iterable[MonthlyReport],
    unit: Organisation | None,
    project: Project | None,
) -> Notice:
    """What the account is told. The hour in the key lets only one of two clicks through that come at once."""
    month = period.of_month
    names = [str(report.project) for report in owed if account.organisation_id in _typed_by(report.project)]
    when = time_left(period.due_on, timezone.localdate())
    return Notice(
        recipient=account,
        kind=Notice.Kind.URGE,
        title=f"催报：{month.label}月报{when}，{len(names)} 份未报送",
        body=f"{some_of(names)}。填报截止 {period.due_on}。催报人：{by}（{by.organisation or by.role_label}）。",
        address=typing_of(month),
        key=f"urge:{month}:{_target(unit, project)}:{by.organisation_id}:{timezone.localtime():%Y%m%d%H}",
        sent_by=by,
    )


def _typed_by(project: Project) -> set[int]:
    """The organisations that type the project's reports."""
    return {key for key in (project.responsible_unit_id, project.owner_id) if key is not None}


def _organisations(owed: Iterable[MonthlyReport]) -> set[int]:
    return {organisation for report in owed for organisation in _typed_by(report.project)}


def _unreached(owed: Iterable[MonthlyReport], with_account: set[int | None], unit: Organisation | None) -> list[str]:
    """The units that owe a report and have no account, by name; whoever clicked must phone them."""
    names = {}
    for report in owed:
        units = {unit.pk} if unit else _typed_by(report.project)
        if units.isdisjoint(with_account):
            named = unit or report.project.responsible_unit or report.project.owner
            names[str(named) if named else f"{report.project}（责任单位尚未明确）"] = True
    return list(names)
