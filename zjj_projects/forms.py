"""How a control of a form looks: `{{ field }}` comes with Bootstrap's class for its kind, in every form."""

from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.forms.widgets import Input

STYLES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (Input, "form-control"),
    (forms.Textarea, "form-control"),
)


class StyledField(forms.BoundField):
    """A field of a form, whose control carries the class of the style sheet beside its own ones."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        style = next((style for kind, style in STYLES if isinstance(widget, kind)), "")
        if style and not widget.is_hidden:
            attrs["class"] = f"{widget.attrs.get('class', '')} {style}".strip()
        return attrs


class FormRenderer(DjangoTemplates):
    """Django's own, with our fields; named in the settings."""

    bound_field_class = StyledField
