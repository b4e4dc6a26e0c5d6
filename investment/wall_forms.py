"""What the city office sets of the wall."""

from collections.abc import Sequence
from typing import Any

from django import forms

from .models import Wall
from .months import Month

LATEST = "始终显示最近关账的月份"


class WallForm(forms.ModelForm):
    """The pages and their order, how long each stays, the month, and whether leaders are named."""

    class Meta:
        model = Wall
        fields = (*Wall.PAGES, "seconds", "month", "shows_people")
        labels = {name: str(Wall._meta.get_field(name).verbose_name).split("：")[0] for name in Wall.PAGES}  # type: ignore[union-attr]
        help_texts = {
            "seconds": "5 至 600 秒，建议 20 秒。",
            "month": "固定一个月份后，新月份关账时大屏不会跟着换。",
            "shows_people": "不勾选时，大屏上不出现任何领导的姓名和职务。",
        }

    def __init__(self, *args: Any, months: Sequence[Month] = (), **kwargs: Any) -> None:
        """`months`: those that can be fixed, in order."""
        super().__init__(*args, **kwargs)
        choices = [("", LATEST), *((str(each), each.label) for each in reversed(months))]
        kept = self.instance.month
        if kept and kept not in dict(choices):
            choices.append((kept, f"{kept}（目前没有数据）"))
        self.fields["month"] = forms.ChoiceField(
            label="月份", choices=choices, required=False, help_text=self.fields["month"].help_text
        )
        for name in Wall.PAGES:
            self.fields[name].widget.attrs |= {"min": 1, "max": 99, "class": "number"}

    @property
    def places(self) -> list[forms.BoundField]:
        """The fields of the pages."""
        return [self[name] for name in Wall.PAGES]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if not self.errors and all(typed.get(name) is None for name in Wall.PAGES):
            raise forms.ValidationError("至少要有一个页面。请给要显示的页面填上顺序。")
        return typed
