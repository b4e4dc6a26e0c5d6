"""Many reports reviewed with one click: only such as look right, each in a transaction of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects import roles
from projects.models import User
from projects.models.scope import seen_by

from .models import LostUpdateError, MonthlyReport
from .months import Month
from .reporting import ReportingError, approve_report, pass_report

CHANGED = "您打开列表之后，这份月报已有变动，请核对最新内容。"
ODD = "金额有系统提示，请打开逐份核对。"
UNKNOWN = "没有这份月报，或者您没有查看的权限。"


@dataclass(frozen=True)
class Outcome:
    """How many reports were passed or approved, and which were not: the project's name, and why."""

    word: str
    done: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def review_chosen(user: User, month: Month, chosen: Mapping[int, int]) -> Outcome:
    """Approve (the office) or pass (others) the reports of these ids, each with the version that was read.

    What has a doubt is refused: somebody has to look at it.
    """
    final = user.has_role(roles.OFFICE)
    outcome = Outcome("审定" if final else "初审通过")
    reports = MonthlyReport.objects.filter(seen_by(user, "project__"), pk__in=chosen).of(month)
    found = list(reports.select_related("project__category").order_by("project__code"))
    for report in found:
        said = str(report.project)
        if report.doubts and report.state not in MonthlyReport.UNTOLD and report.version == chosen[report.pk]:
            outcome.refused.append((said, ODD))
            continue
        report.version = chosen[report.pk]
        try:
            (approve_report if final else pass_report)(report, user)
        except LostUpdateError:
            outcome.refused.append((said, CHANGED))
        except ReportingError as refusal:
            outcome.refused.append((said, str(refusal)))
        else:
            outcome.done.append(said)
    outcome.refused.extend(("", UNKNOWN) for _ in range(len(chosen) - len(found)))
    return outcome
