"""Every way of a report from one state to another. `reporting` and `periods` decide who may go it; nobody else moves.

未填报 ──save──▶ 草稿 ──submit──▶ 已报送 ──pass──▶ 初审通过 ──approve──▶ 已审定
   │             ▲ │ ◀──withdraw──  │                 │               │
   │       save  │ └────────────────┴─────return──────┴───────────────┘
   │           已退回 ◀──────────────────────
   ├──excuse──▶ 免报 ──expect──▶ 未填报, or 草稿 if something was typed
   └──miss (at the close)──▶ 缺报 ──expect (reopened)──▶ the same
"""

from dataclasses import dataclass

from projects.models import User

from .models import MonthlyReport, ReportMove

State = MonthlyReport.State
TYPED = ("amount", "received", "stage", "image_progress", "problems", "next_plan", "contact", "explanation")


@dataclass(frozen=True)
class Move:
    """A way: what it is called, the states it starts from, the state it leads to."""

    word: str
    sources: tuple[State, ...]
    target: State

    def starts_from(self, state: int) -> bool:
        return state in self.sources


SAVE = Move("存为草稿", MonthlyReport.OWED, State.DRAFT)
SUBMIT = Move("报送", MonthlyReport.OWED, State.SUBMITTED)
WITHDRAW = Move("撤回", (State.SUBMITTED,), State.DRAFT)
PASS = Move("初审通过", (State.SUBMITTED,), State.PASSED)
APPROVE = Move("审定", (State.PASSED,), State.APPROVED)
RETURN = Move("退回", (State.SUBMITTED, State.PASSED, State.APPROVED), State.RETURNED)
EXCUSE = Move("准予免报", MonthlyReport.OWED, State.EXCUSED)
MISS = Move("列为缺报", MonthlyReport.OWED, State.MISSING)
EXPECT = Move("恢复填报", (State.EXCUSED, State.MISSING), State.EXPECTED)
RESUME = Move("恢复填报", (State.EXCUSED, State.MISSING), State.DRAFT)  # what was typed before is still there
MOVES = (SAVE, SUBMIT, WITHDRAW, PASS, APPROVE, RETURN, EXCUSE, MISS, EXPECT, RESUME)


def move(report: MonthlyReport, way: Move, by: User | None, reason: str = "") -> MonthlyReport:
    """Save the report in its new state and record the move, which from draft to draft is none. In a transaction.

    Raises LostUpdateError if the row is not as it was read, ValueError if the way does not start from its state.
    """
    before = State(report.state)
    if not way.starts_from(before):
        raise ValueError(f"{way.word} does not start from {before.label}")
    report.state = way.target
    report.updated_by = by or report.updated_by
    report.save()
    if before != way.target:
        ReportMove.objects.create(report=report, by=by, from_state=before, to_state=way.target, reason=reason)
    return report


def back_to_typing(report: MonthlyReport) -> Move:
    """Where an excused or missing report goes back to: to where the unit had left it."""
    return RESUME if any(getattr(report, name) not in (None, "") for name in TYPED) else EXPECT
