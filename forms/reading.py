"""Reads the JSON of a form and collects what is wrong with it, each finding with element, problem and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine import feel
from engine.errors import Problem
from engine.feel import Expression
from engine.feel.builtins import BUILTINS
from engine.feel.remedies import REMEDIES
from engine.feel.unknown import function_remedy
from forms.component import Choice, Component, answered
from forms.fields import FieldType, discover
from forms.form import Check, FormDefinition
from forms.vocabulary import FORM_KEYS, WHOLE_NUMBERS, instead, is_whole_number, strange_words

MOST_COMPONENTS = 2000


class Reader:
    """Reads one file and collects what is wrong with it."""

    def __init__(self, file: str, functions: tuple[str, ...]):
        self.file = file
        self.functions = functions
        self.problems: list[Problem] = []
        self.count = 0
        self.ids: set[str] = set()

    def form(self, given: Any) -> FormDefinition:
        if not isinstance(given, dict):
            self.fail(
                None, "フォームではありません。", "form-jsのJSON（一番外側が{}）にしてください。"
            )
            return FormDefinition("", ())
        for name in sorted(set(given) - FORM_KEYS):
            self.fail(
                None,
                f"フォームの「{name}」は知らない項目です。",
                instead(FORM_KEYS),
            )
        identity = str(given.get("id") or "")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", identity):
            self.fail(
                None,
                "フォームのidがないか、英数字と下線だけではありません。",
                "idを付けてください（例 notice）。",
            )
        components = self.components(given.get("components"), in_list=False)
        form = FormDefinition(identity, components, (), str(given.get("title") or ""), self.file)
        self.unique(form)
        checks = tuple(self.checks(given.get("checks", []), form))
        return FormDefinition(identity, components, checks, form.title, self.file)

    def components(self, given: Any, *, in_list: bool) -> tuple[Component, ...]:
        if not isinstance(given, list):
            self.fail(None, "componentsがありません。", "項目の一覧をcomponentsに書いてください。")
            return ()
        found = []
        for entry in given:
            self.count += 1
            if self.count > MOST_COMPONENTS:
                self.fail(
                    None, f"項目が{MOST_COMPONENTS}個を超えています。", "フォームを分けてください。"
                )
                break
            component = self.component(entry, in_list=in_list)
            if component is not None:
                found.append(component)
        return tuple(found)

    def component(self, given: Any, *, in_list: bool) -> Component | None:
        if not isinstance(given, dict):
            self.fail(None, "項目が{}ではありません。", "form-jsの項目の形に直してください。")
            return None
        element = str(given.get("key") or given.get("path") or given.get("id") or given.get("type"))
        properties = self.properties(element, given.get("properties"))
        kind = self.kind(element, given, properties)
        if kind is None:
            return None
        if in_list and kind.role == "list":
            self.fail(
                element,
                "繰り返しの中に繰り返しは置けません。",
                "内側の繰り返しを別の項目にしてください。",
            )
            return None
        for problem, remedy in strange_words(given, kind, properties):
            self.fail(element, problem, remedy)
        properties = {
            name: text
            for name, text in properties.items()
            if name not in WHOLE_NUMBERS or is_whole_number(text)
        }
        validate, conditional = _mapping(given.get("validate")), _mapping(given.get("conditional"))
        inner = (
            self.components(given.get("components"), in_list=in_list or kind.role == "list")
            if (kind.role in ("group", "list"))
            else ()
        )
        readonly = given.get("readonly", False)
        component = Component(
            kind=kind,
            id=self.identity(element, given),
            key=self.key(element, given, kind),
            label=self.label(element, given, kind),
            hint=str(given.get("description") or properties.get("hint") or ""),
            required=validate.get("required") is True,
            required_if=self.expression(element, "requiredIf", properties.get("requiredIf")),
            hide=self.expression(element, "conditional.hide", conditional.get("hide")),
            is_readonly=readonly is True or given.get("disabled") is True,
            lock=self.expression(
                element,
                "readonly",
                properties.get("lock") or (readonly if isinstance(readonly, str) else None),
            ),
            choices=self.choices(element, given.get("values")),
            choices_from=self.expression(
                element, "valuesExpression", given.get("valuesExpression")
            ),
            default=given.get("defaultValue"),
            options={
                **{name: given[name] for name in kind.keys if name in given},
                **_plain(validate),
                "appearance": given.get("appearance"),
            },
            properties=properties,
            components=inner,
        )
        for problem, remedy in kind.problems(component):
            self.fail(element, problem, remedy, name=component.label)
        return component

    def kind(
        self, element: str, given: dict[str, Any], properties: Mapping[str, str]
    ) -> FieldType | None:
        name, gov = str(given.get("type")), properties.get("gov") or None
        types = discover()
        # era-date is what a date field always is; the name is accepted for clearness.
        if name == "datetime" and gov == "era-date":
            gov = None
        kind = types.get((name, gov))
        if kind is not None:
            return kind
        if not any(known == name for known, _ in types):
            known = sorted({known for known, _ in types})
            self.fail(
                element,
                f"項目の種類「{name}」は使えません。",
                f"{'、'.join(known)}のどれかにしてください。",
            )
        else:
            offered = sorted(known for place, known in types if place == name and known)
            self.fail(
                element,
                f"properties.govの「{gov}」は{name}では使えません。",
                f"{'、'.join(offered)}のどれかにするか、govを消してください。"
                if offered
                else "govを消してください。",
            )
        return None

    def properties(self, element: str, given: Any) -> dict[str, str]:
        if given is None:
            return {}
        if not isinstance(given, dict) or not all(
            isinstance(value, str | int | float | bool) for value in given.values()
        ):
            self.fail(
                element,
                "propertiesが名前と文字列の組ではありません。",
                "値を文字列にしてください。",
            )
            return {}
        texts = {str(name): str(value) for name, value in given.items() if value != ""}
        return texts

    def identity(self, element: str, given: dict[str, Any]) -> str:
        identity = str(given.get("id") or element)
        if identity in self.ids and given.get("id"):
            self.fail(element, f"id「{identity}」が重なっています。", "別のidにしてください。")
        self.ids.add(identity)
        return identity

    def key(self, element: str, given: dict[str, Any], kind: FieldType) -> str:
        if kind.role in ("group", "display"):
            return ""
        key = str(given.get("key") or (given.get("path") if kind.role == "list" else "") or "")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,60}", key):
            self.fail(
                element,
                f"key「{key}」が名前の形ではありません。",
                "英字で始め、英数字と下線だけにしてください（例 change_date）。",
            )
        return key

    def label(self, element: str, given: dict[str, Any], kind: FieldType) -> str:
        # form-js writes the label of a date as dateLabel.
        label = str(given.get("label") or given.get("dateLabel") or "").strip()
        if not label and kind.role in ("field", "list"):
            self.fail(element, "labelがありません。", "画面に出す項目名をlabelに書いてください。")
        return label

    def choices(self, element: str, given: Any) -> tuple[Choice, ...]:
        if given is None:
            return ()
        if not isinstance(given, list) or not all(
            isinstance(one, dict) and one.get("value") not in (None, "") for one in given
        ):
            self.fail(
                element,
                "valuesがlabelとvalueの一覧ではありません。",
                '{"label": "軽油", "value": "diesel"} の形に直してください。',
            )
            return ()
        return tuple(
            Choice(str(one["value"]), str(one.get("label") or one["value"])) for one in given
        )

    def expression(self, element: str, place: str, source: Any) -> Expression | None:
        if source is None or source == "":
            return None
        try:
            compiled = feel.compile(str(source), functions=self.functions)
        except feel.SyntaxProblem as error:
            self.fail(
                element,
                f"{place}の式「{source}」の{error.line}行{error.column}文字目が読めません：{error.message_ja}",
                error.remedy,
            )
            return None
        known = {*BUILTINS, *self.functions}
        for name in sorted(compiled.called - known) if self.functions else ():
            self.fail(
                element,
                f"{place}の式の関数「{name}」はありません。",
                function_remedy(name, known) or REMEDIES["unknown-function"],
            )
        return compiled

    def unique(self, form: FormDefinition) -> None:
        for group in (
            [c.key for c in form.answered],
            *(_keys(c) for c in form.answered if c.role == "list"),
        ):
            for key in sorted({key for key in group if key and group.count(key) > 1}):
                self.fail(key, f"key「{key}」が重なっています。", "別のkeyにしてください。")

    def checks(self, given: Any, form: FormDefinition) -> Iterator[Check]:
        if not isinstance(given, list):
            self.fail("checks", "checksが一覧ではありません。", "[]の中に規則を書いてください。")
            return
        for number, one in enumerate(given, 1):
            element = f"checks {number}"
            if not isinstance(one, dict) or set(one) - {"rule", "message", "fields", "each"}:
                self.fail(
                    element,
                    "規則の形が違います。",
                    "rule、message、fields、eachだけを書いてください。",
                )
                continue
            if (
                not one.get("message")
                or not isinstance(one.get("fields"), list)
                or not one["fields"]
            ):
                self.fail(
                    element,
                    "messageかfieldsがありません。",
                    "直し方を書いたmessageと、印を付けるfieldsを書いてください。",
                )
                continue
            for path in one["fields"]:
                if form.find(str(path)) is None:
                    self.fail(
                        element,
                        f"fieldsの「{path}」という項目はありません。",
                        "keyか、繰り返しならrows.keyの形に直してください。",
                    )
            each = one.get("each")
            if each is not None and each not in form.rows:
                self.fail(
                    element,
                    f"eachの「{each}」という繰り返しはありません。",
                    "dynamiclistのpathを書いてください。",
                )
            rule = self.expression(element, "rule", one.get("rule") or " ")
            if rule is not None:
                yield Check(rule, str(one["message"]), tuple(map(str, one["fields"])), each)

    def fail(
        self, element: str | None, problem: str, remedy: str, *, name: str | None = None
    ) -> None:
        self.problems.append(
            Problem(self.file, problem, remedy, element=element, name=name or None)
        )


def _keys(component: Component) -> list[str]:
    return [inner.key for inner in answered(component.components)]


def _plain(validate: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in validate.items() if k != "required" and v not in (None, "")}


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else {}
