"""A code of letters and digits with no rule of its own (chassis number, emission mark): folded, then as a text is checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.text import written_code
from forms.component import Choice, Component
from forms.fields.text import TextField


class WrittenCodeField(TextField):
    gov = "code"

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> str:
        return super().clean(component, written_code(raw) if isinstance(raw, str) else raw, choices)
