"""What reviewers and the city office decide: which reports to pass together, excuses, the days of a month."""

from collections.abc import Iterable
from typing import Any

from django import forms

from .forms import text_field
from .models import Period

DAYS = "填写日期，例如 2019-01-25。"


def chosen_reports(ticked: Iterable[str]) -> dict[int, int]:
    """The versions that were read of the reports ticked in a list, by id; each comes as 'id:version'.

    Raises ValueError for what the list never sends.
    """
    return {int(pk): int(version) for pk, version in (each.split(":") for each in ticked)}


def day_field(label: str) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})
    return forms.DateField(
        label=label, widget=widget, error_messages={"required": f"没有填写{label}。", "invalid": f"{label}：{DAYS}"}
    )


class ReasonForm(forms.Form):
    """Why a report need not be handed in."""

    reason = text_field("免报原因", 2, "填报单位会看到。")


class ReopenForm(forms.Form):
    """Why one report is reopened after the close, and until when."""

    reason = text_field("补报原因", 2, "填报单位会看到。")
    until_on = day_field("补报截止")


class DaysForm(forms.Form):
    """The days of a month. The order is checked where they are stored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in Period.DAYS:
            self.fields[name] = day_field(str(Period._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


class CloseForm(forms.Form):
    """The reports to be named as missing, as they were read, and that this is meant."""

    missing = forms.CharField(required=False, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(required=False)

    def clean_missing(self) -> list[int]:
        ids: str = self.cleaned_data["missing"]
        if not all(each.isdecimal() for each in ids.split()):
            raise forms.ValidationError("页面不完整，请刷新后再试。")
        return [int(each) for each in ids.split()]

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("missing") and not self.cleaned_data.get("confirmed"):
            raise forms.ValidationError("请先核对名单，并勾选确认，再关账。")
        return self.cleaned_data
