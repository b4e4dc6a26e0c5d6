"""What an account has to do now (待办). Worked out each time and stored nowhere, so that it empties itself."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from projects import roles
from projects.models import Project, User
from projects.models.scope import seen_by

from .addresses import closing_of, reports_behind, typing_of
from .chasing import Standing, first_reviews, standing_of, time_left
from .lamps import Lamp
from .models import Correction, Delivery, MonthlyReport, Notice, Period, PlanChange, Reopening
from .models.reports import MonthlyReportQuerySet
from .months import Month

State = MonthlyReport.State
LATE = Lamp("late", "■", "已逾期", "red")
SOON = Lamp("soon", "◆", "快到期", "yellow")
RETURNED = Lamp("returned", "■", "已退回", "red")
WAITING = Lamp("waiting", "○", "待办", "grey")
SOON_DAYS = 3
RETURNED_NAMED = 10  # so many returned reports are named one by one
GIVEN_UP_SHOWN = datetime.timedelta(days=7)


@dataclass(frozen=True)
class Item:
    """One thing to do: what, how many, until when, how urgent, where. `note` says why or gives the particulars."""

    what: str
    address: str
    number: int
    unit: str
    until: datetime.date | None = None
    note: str = ""
    returned: bool = False
    urge: Month | None = None  # whoever owes a report of this month can be urged from here

    @property
    def lamp(self) -> Lamp:
        today = timezone.localdate()
        if self.until and self.until < today:
            return LATE
        if self.returned:
            return RETURNED
        return SOON if self.until and (self.until - today).days <= SOON_DAYS else WAITING

    @property
    def time_left(self) -> str:
        return time_left(self.until, timezone.localdate()) if self.until else ""


@dataclass(frozen=True)
class Todo:
    """What an account has to do, the most urgent first. `duties`: whether the months' reports ask anything of it."""

    items: list[Item]
    duties: bool

    @property
    def late(self) -> int:
        return sum(item.lamp == LATE for item in self.items)


def todo_of(user: User) -> Todo:
    """All that the account has to do in its roles."""
    items = [*_typing(user), *_first_review(user), *_office(user), *_deliveries(user), *_unread(user)]
    order = [LATE, RETURNED, SOON, WAITING]
    items.sort(key=lambda item: (order.index(item.lamp), item.until or datetime.date.max))
    return Todo(items, duties=user.has_role(roles.REPORTER, roles.REVIEWER, roles.OFFICE))


def _typing(user: User) -> Iterator[Item]:
    """What the unit has still to hand in: of reopened months, returned, not begun, not submitted."""
    projects = Project.objects.reported_by(user)
    if not user.has_role(roles.REPORTER):
        return
    today = timezone.localdate()
    reopened = Reopening.objects.filter(
        ended_at=None,
        until_on__gte=today,
        report__project__in=projects,
        report__state__in=[*MonthlyReport.OWED, State.MISSING],
    ).select_related("report__project")
    again = set()
    for each in reopened.order_by("until_on", "id"):
        month = each.report.of_month
        again.add(each.report_id)
        what = f"补报{month.label}月报：{each.report.project}"
        yield Item(what, each.report.get_absolute_url(), 1, "份", each.until_on, each.reason)
    for period in Period.objects.going():
        owed = MonthlyReport.objects.of(period.of_month).owed().filter(project__in=projects).exclude(pk__in=again)
        yield from _owed(period, list(owed.select_related("project").order_by("project__code")))


def _owed(period: Period, owed: list[MonthlyReport]) -> Iterator[Item]:
    """The unit's reports of an open month, by what is to be done with them."""
    month, by_state = period.of_month, defaultdict(list)
    for report in owed:
        by_state[report.state].append(report)
    returned = by_state[State.RETURNED]
    for report in returned[:RETURNED_NAMED]:
        what = f"修改后重新报送：{report.project}（{month.label}）"
        address = report.get_absolute_url()
        yield Item(what, address, 1, "份", report.due_on or period.due_on, report.return_reason, returned=True)
    if more := len(returned[RETURNED_NAMED:]):
        address = reports_behind(month, state="returned")
        yield Item(f"其余被退回的{month.label}月报", address, more, "份", period.due_on, returned=True)
    if missing := len(by_state[State.EXPECTED]):
        yield Item(f"填报{month.label}月报", typing_of(month), missing, "份", period.due_on)
    if drafts := len(by_state[State.DRAFT]):
        yield Item(f"报送{month.label}月报的草稿", typing_of(month), drafts, "份", period.due_on)


def _first_review(user: User) -> Iterator[Item]:
    if not user.has_role(roles.REVIEWER):
        return
    for month, waiting in _by_month(first_reviews(user)):
        address = _to_review(user, month, "submitted")
        yield Item(f"初审{month.label}月报", address, waiting, "份", _period(month).first_review_due_on)
    if not user.has_role(roles.OFFICE):
        yield from _to_urge(user)


def _to_urge(user: User) -> Iterator[Item]:
    """Who owes a report that was due, in what the account reviews."""
    today = timezone.localdate()
    for period in Period.objects.going().filter(due_on__lt=today):
        month = period.of_month
        owed = MonthlyReport.objects.of(month).owed().filter(project__in=Project.objects.reviewed_by(user))
        numbers = owed.aggregate(reports=Count("pk"), units=Count("project__responsible_unit", distinct=True))
        if numbers["reports"]:
            note = f"共 {numbers['reports']} 份月报"
            address = _to_review(user, month, "missing")
            units = max(1, numbers["units"])
            yield Item(f"催报{month.label}月报", address, units, "个单位", period.due_on, note, urge=month)


def _office(user: User) -> Iterator[Item]:
    if not user.has_role(roles.OFFICE):
        return
    seen = MonthlyReport.objects.filter(seen_by(user, "project__"))
    for month, waiting in _by_month(seen.filter(state=State.PASSED).exclude(submitted_by=user)):
        address = _to_review(user, month, "passed")
        yield Item(f"终审{month.label}月报", address, waiting, "份", _period(month).final_review_due_on)
    yield from _to_decide(user)
    for period in Period.objects.going():
        yield from _closing(user, period, standing_of(period, user))
    yield from _to_urge(user)


def _to_decide(user: User) -> Iterator[Item]:
    """What somebody else proposed."""
    for model, what, address in (
        (Correction, "审批关账后的更正", "/corrections/"),
        (PlanChange, "审批计划调整", "/plan-changes/"),
    ):
        proposed = model.objects.visible_to(user).filter(state=model.State.PROPOSED)
        if number := proposed.exclude(proposed_by=user).count():
            yield Item(what, address, number, "项")


def _closing(user: User, period: Period, standing: Standing) -> Iterator[Item]:
    """What keeps an open month from its close, once that is due; and that nothing does any more."""
    month, today = period.of_month, timezone.localdate()
    if standing.first and period.first_review_due_on < today:
        address = _to_review(user, month, "submitted")
        yield Item(f"督促{month.label}月报初审", address, standing.first, "份", period.first_review_due_on)
    if standing.is_done:
        what = f"{month.label}月报已全部审定，可以关账"
    elif standing.total and period.final_review_due_on < today:
        what = f"{month.label}月报应当终审并关账"
    else:
        return
    yield Item(
        what, closing_of(month), 1, "个月", period.final_review_due_on, "" if standing.is_done else f"还有 {standing}"
    )


def _deliveries(user: User) -> Iterator[Item]:
    if not user.has_role(roles.ADMIN):
        return
    lately = timezone.now() - GIVEN_UP_SHOWN
    if given_up := Delivery.objects.visible_to(user).given_up().filter(give_up_at__gt=lately).count():
        yield Item("处理发送失败的通知", reverse("inbox_log"), given_up, "条", note="多次重试没有成功，已放弃发送")


def _unread(user: User) -> Iterator[Item]:
    if unread := Notice.objects.filter(recipient=user).unread().count():
        yield Item("阅读通知", reverse("inbox"), unread, "条")


def _by_month(reports: MonthlyReportQuerySet) -> list[tuple[Month, int]]:
    """How many of the reports each month has, the earliest first."""
    rows = reports.order_by("year", "month").values_list("year", "month").annotate(number=Count("pk"))
    return [(Month(year, number), count) for year, number, count in rows]


def _period(month: Month) -> Period:
    """The period of a month; by rule, where nobody made one."""
    stored = Period.objects.filter(year=month.year, month=month.number).first()
    return stored or Period.by_rule(month.year, month.number)


def _to_review(user: User, month: Month, state: str) -> str:
    """The reports of a month for whoever reviews them; who also types has to be led to that desk."""
    return reports_behind(month, state=state, **({"desk": "review"} if user.has_role(roles.REPORTER) else {}))
