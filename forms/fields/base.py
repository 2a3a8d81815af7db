"""What a field type is: how a component is written, read from a request, checked, shown. One type per file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from engine.feel.types import Type

if TYPE_CHECKING:
    from forms.component import Choice, Component


class FormData(Protocol):
    """Posted fields, as werkzeug's MultiDict gives them."""

    def get(self, key: str, default: str) -> str: ...
    def getlist(self, key: str) -> list[str]: ...


class FieldProblem(Exception):
    """The entered value is not acceptable; str(problem) tells the person what is wrong, how to mend it, an example."""


class FieldType:
    """The contract of one field type. Stateless; the component carries the settings.

    component: the form-js `type`.  gov: our `properties.gov`, None for the plain type.
    role: field | group | list | display.  control: the template in templates/controls that draws it.
    keys, validate_keys, properties: what a definition may say beyond what every component may.
    """

    component: ClassVar[str]
    gov: ClassVar[str | None] = None
    role: ClassVar[str] = "field"
    control: ClassVar[str] = "input"
    is_fieldset: ClassVar[bool] = False
    takes_choices: ClassVar[bool] = False
    keys: ClassVar[frozenset[str]] = frozenset()
    validate_keys: ClassVar[frozenset[str]] = frozenset()
    properties: ClassVar[frozenset[str]] = frozenset()

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        """What is wrong with a definition beyond its keys: (problem, remedy) in Japanese."""
        return iter(())

    def parse(self, component: Component, form: FormData, path: str) -> Any:
        """What was entered, whole, unchecked and JSON-able: a text unless the type says otherwise."""
        return form.get(path, "")

    def is_empty(self, raw: Any) -> bool:
        """True when nothing was entered."""
        return raw is None or (isinstance(raw, str) and not raw.strip())

    def type(self, component: Component) -> Type:
        """The type of the answer, for the checks of expressions that read it."""
        return Type("string")

    def empty(self) -> Any:
        """The answer of a visible field that was left out."""
        return None

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> Any:
        """The FEEL value of something entered (never empty) or given as a value. Raises FieldProblem."""
        raise NotImplementedError(f"{type(self).__name__} has no value")

    def warning(self, component: Component, raw: Any) -> str | None:
        """What was accepted but should be looked at again, in Japanese."""
        return None

    def raw(self, value: Any) -> Any:
        """What the controls show for a stored value; the inverse of clean."""
        return value

    def text(self, component: Component, value: Any, choices: Sequence[Choice]) -> str:
        """The value as a person reads it; "" when there is none."""
        return "" if value is None else str(value)

    def missing(self, component: Component) -> str:
        """What a person is told who left out a required answer."""
        return f"{component.label}を入力してください{example(component)}。"

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        """What the control's template needs beside the component: attributes, parts."""
        return {"value": "" if raw is None else raw}


def example(component: Component) -> str:
    """（例 163-8001）, or nothing when the definition gives none."""
    given = component.properties.get("example")
    return f"（例 {given}）" if given else ""


def one_line(component: Component, raw: Any, *, longest: int) -> str:
    """An entered text without control characters and outer spaces. Raises FieldProblem.

    Ideographs are left as entered, never normalised (names).
    """
    text = entered_text(component, raw, longest=longest)
    if "\n" in text:
        raise FieldProblem(f"{component.label}は改行せずに入力してください{example(component)}。")
    return text


def entered_text(component: Component, raw: Any, *, longest: int) -> str:
    """An entered text of several lines. Raises FieldProblem when too long or with characters that cannot be kept."""
    if not isinstance(raw, str):
        raise FieldProblem(f"{component.label}は文字で入力してください{example(component)}。")
    text = raw.replace("\r\n", "\n").replace("\r", "\n").strip().strip("\u3000")
    count = characters(text)
    if count > longest:
        raise FieldProblem(
            f"{component.label}は{longest}文字以内で入力してください（いま{count}文字です）。"
        )
    for char in text:
        kind = unicodedata.category(char)
        if kind == "Co":
            raise FieldProblem(
                f"{component.label}に外字（この端末だけの文字）があります。別の文字で入力してください。"
            )
        if (kind in ("Cc", "Cs") and char not in "\n\t") or kind == "Cn":
            raise FieldProblem(
                f"{component.label}に使えない文字（制御文字など）があります。消して入力し直してください。"
            )
    return text


def characters(text: str) -> int:
    """How many characters a person counts: combining marks and variation selectors belong to the one before."""
    return len(text) - len(_JOINED.findall(text))


_JOINED = re.compile("[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef\u200d]")
