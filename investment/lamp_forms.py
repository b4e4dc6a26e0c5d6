"""The rules of the lamps as the city office types them: a row for each rule, and some blank ones to add more."""

import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from .lamps import BANDS, DELAYS, LAMPS, PERCENT, STATES, UNRATED, VALUED, Measure, Rule, Rules, lamps_for

SPARE = 2  # blank rows to add rules in
LIMITS = {
    Measure.RATIO: (0, 1000),
    Measure.GAP: (-1000, 1000),
    Measure.START_OVERDUE: (0, 60),
    Measure.REPORTS_OVERDUE: (1, 12),
}
VALUE = "{value}"
CODES = {lamp.code: lamp for lamp in LAMPS}
REQUIRED = "没有填写{}。"


class RuleForm(forms.Form):
    """One rule. A row with nothing in it is no rule; nor is one that is marked to go."""

    measure = forms.ChoiceField(
        label="指标", required=False,
        choices=[("", "（选择指标）"), *((str(each.value), each.label) for each in Measure)],
        error_messages={"invalid_choice": "没有这个指标。"},
    )  # fmt: skip
    at_least = forms.CharField(label="从", required=False, max_length=20)
    lamp = forms.ChoiceField(
        label="亮灯", required=False, choices=[("", "（选择）"), *((lamp.code, lamp.word) for lamp in LAMPS)],
        error_messages={"invalid_choice": "没有这种灯。"},
    )  # fmt: skip
    first_month = forms.IntegerField(
        label="起始月", required=False, min_value=1, max_value=12, initial=1,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "起始月应为 1 至 12。"),
    )  # fmt: skip
    word = forms.CharField(
        label="显示文字", required=False, max_length=8, error_messages={"max_length": "显示文字不能超过 8 个字。"}
    )
    reason = forms.CharField(
        label="原因", required=False, max_length=60, error_messages={"max_length": "原因不能超过 60 个字。"}
    )
    gone = forms.BooleanField(label="删除", required=False)
    rule: Rule | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            kind = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs["class"] = "form-check-input" if name == "gone" else kind
        for name in ("at_least", "first_month"):
            self.fields[name].widget.attrs |= {"inputmode": "text" if name == "at_least" else "numeric"}

    @property
    def is_blank(self) -> bool:
        texts = ("measure", "at_least", "lamp", "word", "reason")
        return self.is_bound and not any(self.data.get(self.add_prefix(name), "").strip() for name in texts)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("gone") or self.is_blank:
            self._errors = forms.utils.ErrorDict()
            return typed
        for name in ("measure", "lamp", "word", "reason"):
            if name in typed and not typed[name]:
                self.add_error(name, REQUIRED.format(self.fields[name].label))
        if not typed.get("measure"):
            return typed
        measure = Measure(int(typed["measure"]))
        least = self._least(measure)
        self._check_lamp(measure)
        self._check_reason(measure)
        if not self.errors:
            self.rule = Rule(
                measure, CODES[typed["lamp"]], typed["word"], typed["reason"], least, typed.get("first_month") or 1
            )
        return typed

    def _least(self, measure: Measure) -> Decimal | None:
        """The threshold, where the measure has one. An error says what is wrong with it."""
        text = (
            unicodedata.normalize("NFKC", self.cleaned_data.get("at_least", "")).replace("−", "-").rstrip("%").strip()
        )
        if measure not in LIMITS:
            if text:
                self.add_error("at_least", "这个指标没有起点，请留空。")
            return None
        if not text:
            if measure in DELAYS:
                self.add_error("at_least", f"请填写从几{measure.unit}起。")
            return None
        low, high = LIMITS[measure]
        try:
            number = Decimal(text)
        except InvalidOperation:
            self.add_error("at_least", f"“{text}”不是数字。")
            return None
        if not number.is_finite() or number % (Decimal("0.01") if measure in PERCENT else 1):
            self.add_error("at_least", "最多两位小数。" if measure in PERCENT else "请填整数。")
        elif not low <= number <= high:
            self.add_error("at_least", f"应在 {low} 至 {high} 之间。")
        else:
            return number
        return None

    def _check_lamp(self, measure: Measure) -> None:
        wanted = self.cleaned_data.get("lamp")
        if wanted and CODES[wanted] not in lamps_for(measure):
            words = "、".join(lamp.word for lamp in lamps_for(measure))
            self.add_error("lamp", f"这个指标只能亮：{words}。")

    def _check_reason(self, measure: Measure) -> None:
        reason = self.cleaned_data.get("reason", "")
        if set("{}") & set(reason.replace(VALUE, "")):
            self.add_error("reason", f"大括号只能用来写 {VALUE}，显示时换成数值。")
        elif VALUE in reason and measure not in VALUED:
            self.add_error("reason", f"这个指标没有数值，不能用 {VALUE}。")


class RulesFormSet(forms.BaseFormSet):
    """All rules of a year: each alone is right, and together they leave nothing open."""

    rules: Rules = ()

    def clean(self) -> None:
        if any(form.errors for form in self.forms):
            return
        rules: list[Rule] = [form.rule for form in self.forms if form.rule]
        problems = [*_doubled(rules), *_open_bands(rules), *_out_of_order(rules)]
        if not any(rule.measure in BANDS for rule in rules):
            problems.append("至少要有一组分档：累计完成 ÷ 累计计划，或较时间进度。")
        missing = [each.label for each in UNRATED if not any(rule.measure == each for rule in rules)]
        if missing:
            problems.append(f"不能缺少“{'”“'.join(missing)}”：这些项目要说明为什么不评价。")
        if problems:
            raise forms.ValidationError(problems)
        self.rules = tuple(rules)


def _doubled(rules: list[Rule]) -> list[str]:
    keys = [(rule.measure, rule.at_least) for rule in rules]
    twice = {key[0] for key in keys if keys.count(key) > 1}
    return [f"“{measure.label}”有两行的起点相同。" for measure in sorted(twice)]


def _open_bands(rules: list[Rule]) -> list[str]:
    return [
        f"“{measure.label}”要有一行的起点留空，表示其余（最低的一档）。"
        for measure in BANDS
        if any(rule.measure == measure for rule in rules)
        and not any(rule.measure == measure and rule.at_least is None for rule in rules)
    ]


def _out_of_order(rules: list[Rule]) -> list[str]:
    """The further behind the worse the lamp."""
    found = []
    for measure in (*BANDS, *DELAYS):
        lowest = Decimal("-Infinity")
        own = sorted(
            (rule for rule in rules if rule.measure == measure),
            key=lambda rule: lowest if rule.at_least is None else rule.at_least,
            reverse=measure in BANDS,
        )
        order = [STATES.index(rule.lamp) for rule in own]
        if order != sorted(order):
            found.append(f"“{measure.label}”的亮灯次序不对：{'越低' if measure in BANDS else '越久'}应当越差。")
    return found


def rules_form(rules: Rules, typed: Any = None) -> RulesFormSet:
    """The form with the rules in it, or with what was typed."""
    kind = forms.formset_factory(RuleForm, formset=RulesFormSet, extra=SPARE, max_num=60, absolute_max=60)
    made: Any = kind(typed, prefix="rule") if typed is not None else kind(
        prefix="rule", initial=[_typed(rule) for rule in rules]
    )  # fmt: skip
    return made


def _typed(rule: Rule) -> dict[str, Any]:
    least = "" if rule.at_least is None else f"{rule.at_least.normalize():f}"
    return {
        "measure": str(rule.measure.value),
        "at_least": least,
        "lamp": rule.lamp.code,
        "first_month": rule.first_month,
        "word": rule.word,
        "reason": rule.reason,
    }
