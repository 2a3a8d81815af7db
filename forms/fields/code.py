"""What the codes of offices share: width folded, checked by engine.text, stored in one form. Not a field type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from engine.text import CodeProblem
from forms.component import Choice, Component
from forms.fields.base import FieldProblem, FieldType, one_line


class CodeField(FieldType):
    """A textfield whose text is a code."""

    keys = frozenset({"readonly"})
    width: ClassVar[int | None] = None
    inputmode: ClassVar[str | None] = "numeric"
    autocomplete: ClassVar[str | None] = None
    input_type: ClassVar[str] = "text"

    @staticmethod
    def read(text: str) -> str:
        """The stored form of an entered code; CodeProblem carries the sentence for the person."""
        raise CodeProblem("この項目には読み方が決められていません。")

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> str:
        text = one_line(component, str(raw) if isinstance(raw, int) else raw, longest=60)
        try:
            return type(self).read(text)
        except CodeProblem as problem:
            raise FieldProblem(str(problem)) from None

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        return {
            "value": "" if raw is None else raw,
            "type": self.input_type,
            "inputmode": self.inputmode,
            "autocomplete": self.autocomplete,
            "width": self.width,
        }
