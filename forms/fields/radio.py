"""One of a few, all in sight: form-js radio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.component import Component
from forms.fields.choices import ChoiceField


class RadioField(ChoiceField):
    component = "radio"
    control = "choices"
    is_fieldset = True

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        return {"kind": "radio", "chosen": [raw]}
