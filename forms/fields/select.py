"""One of many: form-js select; with properties.lookup a button fills other fields with what the choice says."""

from __future__ import annotations

from forms.fields.choices import ChoiceField


class SelectField(ChoiceField):
    component = "select"
    control = "select"
    properties = frozenset({"lookup", "lookupLabel"})
