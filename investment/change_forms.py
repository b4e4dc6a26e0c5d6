"""What people type to change a figure afterwards: a correction, a change of plan, a decision. Amounts in 万元."""

from decimal import Decimal
from typing import Any

from django import forms

from projects.money import MoneyFormField, format_wan

from .forms import text_field


def amount_field(label: str, hint: str = "") -> MoneyFormField:
    field = MoneyFormField(label=label, required=False, help_text=hint)
    field.widget.attrs["class"] = "number"
    return field


class CorrectionForm(forms.Form):
    """The new amount of a month, or what is to be added to it; the other one follows. With the amount that was read."""

    read = MoneyFormField(widget=forms.HiddenInput)
    new_amount = amount_field("更正后本月完成投资（万元）", "这个月应当是多少。可以是负数：核减以前多报的。")
    difference = amount_field("或者填增减（万元）", "在现行金额上加多少；核减填负数，如 -120。")
    reason = text_field("更正原因", 3, "写明依据，如审计、结算、统计核查的结论；审批人和以后查看的人都会看到。")

    def __init__(self, *args: Any, proposing: bool = False, **kwargs: Any) -> None:
        """`proposing`: not only to look at what would follow, so the reason must be there."""
        super().__init__(*args, **kwargs)
        self.proposing = proposing

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if self.proposing and not reason:
            raise forms.ValidationError("更正必须写明原因。")
        return reason

    def clean(self) -> dict[str, Any]:
        """`new_amount` is there afterwards, whichever of the two was typed."""
        cleaned: dict[str, Any] = self.cleaned_data
        if self.errors.keys() & {"read", "new_amount", "difference"}:
            return cleaned
        read, new, more = cleaned["read"], cleaned["new_amount"], cleaned["difference"]
        if new is None and more is None:
            self.add_error("new_amount", "请填写更正后的金额，或者填写增减的金额。")
        elif new is not None and more is not None and read + more != new:
            self.add_error(
                "difference",
                f"两处不一致：现行 {format_wan(read)} 加上增减应为 {format_wan(read + more)}。只填一处即可。",
            )
        cleaned["new_amount"] = read + more if new is None and more is not None else new
        return cleaned

    def clean_read(self) -> Decimal:
        read: Decimal | None = self.cleaned_data["read"]
        if read is None:
            raise forms.ValidationError("页面不完整，请刷新后再填。")
        return read


class PlanChangeForm(forms.Form):
    """The new amount of a year's plan, and by which document from when on."""

    amount = amount_field("调整后年度计划（万元）", "全年的总数，不是增减的数。")
    document_number = forms.CharField(
        label="文号", required=False, max_length=60, help_text="下达这次调整的文件，如 张发改〔2018〕66号。"
    )
    effective_on = forms.DateField(
        label="执行日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="从这一天所在的月份起按新计划计算；已关账的月份不变。",
        error_messages={"required": "请填写执行日期。", "invalid": "请填写日期，例如 2018-07-01。"},
    )
    reason = text_field("调整原因", 3, "审批人和以后查看的人都会看到。")

    def __init__(self, *args: Any, proposing: bool = False, **kwargs: Any) -> None:
        """`proposing`: not only to look at what would follow, so everything must be there."""
        super().__init__(*args, **kwargs)
        self.proposing = proposing

    def clean_amount(self) -> Decimal:
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount is None:
            raise forms.ValidationError("请填写调整后的全年计划。")
        if amount < 0:
            raise forms.ValidationError("年度计划投资不能为负数。")
        return amount

    def clean_document_number(self) -> str:
        return self._said("document_number", "计划调整必须有文号。")

    def clean_reason(self) -> str:
        return self._said("reason", "计划调整必须写明原因。")

    def _said(self, name: str, missing: str) -> str:
        text: str = self.cleaned_data[name]
        if self.proposing and not text:
            raise forms.ValidationError(missing)
        return text


class DecisionForm(forms.Form):
    """What the office says to a proposal."""

    decision = text_field("审批意见", 3, "不批准时必须写明原因，提出人会看到。")
