"""One of many: form-js select."""

from __future__ import annotations

from forms.fields.choices import ChoiceField


class SelectField(ChoiceField):
    component = "select"
    control = "select"
