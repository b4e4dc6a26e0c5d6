"""What people type: a month's report, and the reason why one is returned. Amounts in 万元."""

from decimal import Decimal
from typing import Any

from django import forms

from projects.models import Project, Stage
from projects.money import MoneyFormField, format_wan

from .models import MonthlyReport
from .moves import TYPED

TEXT_LENGTH = 2000
TOO_LONG = f"不能超过 {TEXT_LENGTH} 个字，请精简（现有 %(show_value)s 个字）。"


class AmountField(MoneyFormField):
    """An amount of a month, which may be blank and is never negative."""

    def __init__(self, *, name: str, **kwargs: Any) -> None:
        self.name = name
        super().__init__(required=False, **kwargs)
        self.widget.attrs["class"] = "number"

    def to_python(self, value: Any) -> Any:
        amount = super().to_python(value)
        if amount is not None and amount < 0:
            raise forms.ValidationError(f"{self.name}不能是负数。需要核减以前月份的，请在那个月的月报页面提出更正。")
        return amount


def text_field(label: str, rows: int, hint: str = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label,
        required=False,
        max_length=TEXT_LENGTH,
        widget=area,
        help_text=hint,
        error_messages={"max_length": f"{label}{TOO_LONG}"},
    )


class ReportForm(forms.Form):
    """A month's report as the unit types it, with the version it had read."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    amount = AmountField(
        name="本月完成投资",
        label="本月完成投资（万元）",
        help_text="只计本月新增，本月没有投资请填 0。可以写成 1,234.50 或 1.2亿元。",
    )
    year_to_date = AmountField(
        name="本年累计完成投资",
        label="或本年累计（万元）",
        help_text="只知道累计数时填这一栏，本月数自动算出。",
    )
    received = AmountField(name="本月到位资金", label="本月到位资金（万元）", help_text="可不填。")
    stage = forms.TypedChoiceField(
        label="建设阶段", required=False, choices=[("", "（未选）"), *Stage.choices], coerce=int, empty_value=None
    )
    image_progress = text_field("形象进度", 4, "工程进展到什么部位、完成多少。")
    problems = text_field("存在问题", 3, "需要协调解决的困难；没有可不填。")
    next_plan = text_field("下月计划", 3)
    contact = forms.CharField(label="填报人及电话", required=False, max_length=60)
    explanation = text_field("情况说明", 3, "上面提示的金额若属实，写明原因后即可报送。")

    def __init__(
        self,
        *args: Any,
        submitting: bool = False,
        before: Decimal = Decimal(0),
        procedures: bool = False,
        **kwargs: Any,
    ) -> None:
        """`submitting`: the report is to be handed in, and must be complete. `before`: the year up to the month, 万元.

        `procedures`: the report is of a preparatory project, which has no amounts.
        """
        super().__init__(*args, **kwargs)
        self.submitting, self.before, self.procedures = submitting, before, procedures
        self.theirs: dict[str, str] = {}
        if procedures:
            for name in ("amount", "year_to_date", "received"):
                del self.fields[name]
            self.fields["image_progress"].label = "手续办理情况"
            self.fields["next_plan"].label = "下季计划"
            self.fields["image_progress"].help_text = "立项、用地、环评、规划、施工许可等办到哪一步。"

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("year_to_date") is not None and "amount" in typed:
            self._derive(typed["year_to_date"])
        if not self.submitting:
            return typed
        if self.procedures and not typed.get("image_progress"):
            self.add_error("image_progress", "报送前必须写明前期手续办理情况。")
        elif "amount" in typed and typed["amount"] is None and not self.errors:
            self.add_error("amount", "报送前必须填写本月完成投资；本月没有投资，请填 0。")
        return typed

    def _derive(self, year_to_date: Decimal) -> None:
        """The month's amount from the year to date. Where both were typed they must agree."""
        amount, before = self.cleaned_data["amount"], format_wan(self.before)
        if year_to_date < self.before:
            self.add_error("year_to_date", f"小于本月之前的累计 {before}。需要核减以前月份的，请提出更正。")
        elif amount is not None and amount != year_to_date - self.before:
            both = format_wan(self.before + amount)
            self.add_error(
                "year_to_date", f"与本月完成对不上：本月之前累计 {before}，加上本月是 {both}。只填一栏即可。"
            )
        else:
            self.cleaned_data["amount"] = year_to_date - self.before

    def fill(self, report: MonthlyReport) -> MonthlyReport:
        """Put what was typed, and the version that was read, into the report."""
        for name in ("version", *TYPED):
            if name in self.cleaned_data:
                setattr(report, name, self.cleaned_data[name])
        return report

    def compare_with(self, other: MonthlyReport) -> None:
        """Fill `theirs`: what somebody else stored, by field, where that is not what was typed here."""
        for name, value in typed_in(other).items():
            if name in self.fields and self.fields[name].has_changed(value, self[name].data):
                self.theirs[name] = _shown(other, name)


def typed_in(report: MonthlyReport) -> dict[str, Any]:
    """The fields of a report that the unit types, as they are stored."""
    return {name: getattr(report, name) for name in TYPED}


def _shown(report: MonthlyReport, name: str) -> str:
    if name == "stage":
        return report.get_stage_display() if report.stage else "（未选）"
    value = getattr(report, name)
    return "（空白）" if value in (None, "") else str(MoneyFormField().prepare_value(value))


class ReviewForm(forms.Form):
    """The reason of a return, with the version that the reviewer had read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = text_field("退回原因", 3, "退回时必须填写，填报单位会看到。")

    def __init__(self, *args: Any, returning: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.returning = returning

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if self.returning and not reason:
            raise forms.ValidationError("退回必须写明原因，填报单位要知道改什么。")
        return reason


def first_stage(project: Project, last: MonthlyReport | None) -> int:
    """The construction stage a new report starts from: last month's, else that of the register."""
    return last.stage if last and last.stage else project.stage
