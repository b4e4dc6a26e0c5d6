"""What the city office chooses for the map: a file with outlines, and which area each shape is."""

from typing import Any

from django import forms

from .boundaries import Looked, Shape


class BoundariesForm(forms.Form):
    """The file with the outlines."""

    file = forms.FileField(
        label="边界文件",
        help_text="GeoJSON（.geojson 或 .json），经纬度坐标，UTF-8，不超过 5 MB。",
        widget=forms.ClearableFileInput(attrs={"accept": ".geojson,.json", "class": "form-control"}),
        error_messages={
            "required": "请选择一个文件。",
            "empty": "这个文件是空的，请重新导出。",
            "missing": "没有收到文件，请重新选择。",
            "invalid": "没有收到文件，请重新选择。",
        },
    )


class ConfirmForm(forms.Form):
    """Which area each shape of the file is; carries the outlines along."""

    token = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, looked: Looked) -> None:
        super().__init__(initial={"token": looked.token})
        self.looked = looked
        choices = [("", "不装入"), *((str(area.pk), str(area)) for area in looked.areas)]
        for place, shape in enumerate(looked.shapes):
            self.fields[f"area-{place}"] = forms.ChoiceField(
                label=f"第 {shape.number} 个要素“{shape.name}”对应的地区",
                choices=choices,
                required=False,
                initial=str(shape.area.pk) if shape.area else "",
            )

    @property
    def rows(self) -> list[tuple[Shape, forms.BoundField]]:
        """The shapes, each with the field that says which area it is."""
        return [(shape, self[f"area-{place}"]) for place, shape in enumerate(self.looked.shapes)]


def chosen_areas(data: Any) -> dict[int, str]:
    """What was chosen in the form above, by the place of the shape."""
    prefix = "area-"
    names = [name for name in data if name.startswith(prefix) and name.removeprefix(prefix).isdecimal()]
    return {int(name.removeprefix(prefix)): data[name] for name in names}
