"""The words a form definition may use: keys of the form, of components, of validate and properties."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from forms.fields import FieldType

FORM_KEYS = frozenset(
    "type id components checks title schemaVersion versionTag executionPlatform executionPlatformVersion "
    "exporter properties".split()
)
COMMON_KEYS = frozenset(
    "type id key label description conditional validate properties defaultValue layout appearance "
    "verticalAlignment disabled".split()
)
COMMON_PROPERTIES = frozenset(
    "gov page pageHint autocomplete example requiredIf lock hint width".split()
)
WHOLE_NUMBERS = frozenset({"minRows", "maxRows", "rows", "maxFiles", "maxMegabytes"})


def strange_words(
    given: Mapping[str, Any], kind: FieldType, properties: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """(problem, remedy) for every key of a component that its type does not know: a typing mistake is never ignored."""
    allowed = COMMON_KEYS | kind.keys
    for name in sorted(set(given) - allowed):
        yield f"「{name}」は{kind.component}では使えません。", instead(allowed)
    validate = given.get("validate") or {}
    if isinstance(validate, dict):
        rules = kind.validate_keys | {"required"}
        for name in sorted(set(validate) - rules):
            yield f"validate.{name}は使えません。", instead(rules)
    else:
        yield "validateが{}ではありません。", "form-jsの形に直してください。"
    conditional = given.get("conditional") or {}
    if not isinstance(conditional, dict) or set(conditional) - {"hide"}:
        yield "conditionalにはhideだけが使えます。", "隠す条件をhideに書いてください。"
    own = COMMON_PROPERTIES | kind.properties
    for name in sorted(set(properties) - own):
        yield f"properties.{name}は知らない名前です。", instead(own)
    for name in sorted(WHOLE_NUMBERS & set(properties)):
        if not is_whole_number(properties[name]):
            yield f"properties.{name}が整数ではありません。", "整数にしてください（例 50）。"


def is_whole_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,4}", text) is not None


def instead(names: Iterable[str]) -> str:
    """The remedy for an unknown name."""
    return f"消すか、{'、'.join(sorted(names))}に直してください。"
