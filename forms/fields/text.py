"""One line of text: form-js textfield. Names keep their characters; only outer spaces go."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import regex

from forms.component import Choice, Component
from forms.fields.base import FieldProblem, FieldType, characters, example, one_line

PATTERN_TIMEOUT_S = 0.3


class TextField(FieldType):
    component = "textfield"
    keys = frozenset({"readonly"})
    validate_keys = frozenset({"minLength", "maxLength", "pattern", "validationType"})
    properties = frozenset({"patternMessage", "inputmode"})

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        yield from length_problems(component)
        pattern = component.options.get("pattern")
        if pattern is not None:
            try:
                regex.compile(str(pattern))
            except regex.error as error:
                yield (
                    f"validate.patternが正規表現として読めません（{error}）。",
                    "正規表現を直してください。",
                )
            if "patternMessage" not in component.properties:
                yield (
                    "validate.patternがあるのにproperties.patternMessageがありません。",
                    "何をどう直すかを例つきで書いた文をpatternMessageに入れてください。",
                )
        if component.options.get("validationType") not in (None, "", "custom", "email"):
            yield (
                f"validationType「{component.options['validationType']}」は使えません。",
                "emailにするか、電話番号ならproperties.govをphoneにしてください。",
            )

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> str:
        text = one_line(component, raw, longest=int(component.options.get("maxLength", 200)))
        too_short(component, text)
        if component.options.get("validationType") == "email":
            return _email(component, text)
        pattern = component.options.get("pattern")
        if pattern is not None:
            try:
                fits = regex.search(str(pattern), text, timeout=PATTERN_TIMEOUT_S) is not None
            except TimeoutError:
                fits = False
            if not fits:
                raise FieldProblem(component.properties["patternMessage"])
        return text

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        is_email = component.options.get("validationType") == "email"
        return {
            "value": "" if raw is None else raw,
            "type": "email" if is_email else "text",
            "inputmode": component.properties.get("inputmode"),
            "autocomplete": "email" if is_email else None,
            "width": width_of(component.options.get("maxLength")),
        }


def length_problems(component: Component) -> Iterator[tuple[str, str]]:
    """Problems of minLength and maxLength."""
    for name in ("minLength", "maxLength"):
        value = component.options.get(name)
        if value is not None and (not str(value).isdecimal() or int(value) > 10_000):
            yield f"validate.{name}は0から10000までの整数です。", "整数に直してください。"


def too_short(component: Component, text: str) -> None:
    """Raises FieldProblem when the text has fewer characters than minLength."""
    shortest = int(component.options.get("minLength") or 0)
    if characters(text) < shortest:
        raise FieldProblem(
            f"{component.label}は{shortest}文字以上で入力してください（いま{characters(text)}文字です）。"
        )


def width_of(longest: Any) -> int | None:
    """The width class (characters) of a short field, None for a full-width one."""
    if longest is None:
        return None
    return next((width for width in (2, 4, 7, 10, 13, 20) if int(longest) <= width), None)


def _email(component: Component, text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) > 254 or not re.fullmatch(
        r"[^\s@,;<>()\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", plain
    ):
        shown = example(component) or "（例 taro@example.jp）"
        raise FieldProblem(
            f"{component.label}は半角の英数字で、@を含む形で入力してください{shown}。"
        )
    return plain
