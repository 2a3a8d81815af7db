"""Two states of a decision table compared by its decisions, columns and rules."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.safe_xml import Element
from web.studio.differences import xml
from web.studio.differences.difference import Detail, Difference, Said, between, put

_KINDS = {
    "inputData": "入力データ",
    "decision": "判定",
    "businessKnowledgeModel": "計算の部品",
    "knowledgeSource": "根拠",
    "decisionService": "判定のまとまり",
    "itemDefinition": "データの型",
    "input": "入力の列",
    "output": "結果の列",
    "rule": "規則",
    "textAnnotation": "注釈",
}
_ABOUT = "規則の説明"
_COLUMNS = ("input", "output")
# An input cell that lets everything pass says nothing.
_ANYTHING = ("", "-")
_ORDERED = ("FIRST", "RULE ORDER", "OUTPUT ORDER")
_WORDS = xml.Words(
    labels={
        "name": "名称",
        "label": "見出し",
        "description": "説明",
        "question": "問い",
        "allowedAnswers": "答え",
        "inputExpression": "調べる式",
        "inputValues": "とりうる値",
        "outputValues": "とりうる値",
        "allowedValues": "とりうる値",
        "defaultOutputEntry": "既定の値",
        "typeRef": "型",
        "isCollection": "一覧である",
        "hitPolicy": "ヒットポリシー",
        "aggregation": "集計",
        "literalExpression": "式",
        "requiredDecision.href": "使う判定",
        "requiredInput.href": "使う入力",
        "requiredKnowledge.href": "使う計算の部品",
        "requiredAuthority.href": "根拠",
        "variable.name": "結果の名前",
    },
    pairs={},
    skipped=frozenset({"DMNDI", "annotation", "preferredOrientation", "width"}),
    references=frozenset({"href"}),
)


@dataclass
class Tables:
    """One state of the file: what its parts say by id, what they are called, where they are drawn, the order of rules."""

    said: dict[str, Said] = field(default_factory=dict)
    titles: dict[str, tuple[str, str]] = field(default_factory=dict)
    drawn: dict[str, str] = field(default_factory=dict)
    rules: dict[str, list[str]] = field(default_factory=dict)  # id of the decision -> ids
    policies: dict[str, str] = field(default_factory=dict)


def differences(old: str, new: str) -> list[Difference] | None:
    """What differs between two texts of a table; None when one of them cannot be read."""
    roots = xml.read(old), xml.read(new)
    if roots[0] is None or roots[1] is None:
        return None
    keys = _rule_keys(roots[0], roots[1])
    # Both states call a part by its newest name: a decision that was renamed changes none that uses it.
    names = _names(roots[0]) | _names(roots[1])
    before, after = (_tables(root, keys, names) for root in roots if root is not None)

    def title(key: str, is_new: bool) -> tuple[str, str]:
        return (after if is_new else before).titles[key]

    found = [_readable(one) for one in between(before.said, after.said, title)]
    found = [one for one in found if one.kind != "changed" or one.details]
    known = {one.id for one in found}
    for key, rules in after.rules.items():
        if key in before.rules and (order := _new_order(before.rules[key], rules)):
            kind = "changed" if after.policies.get(key) in _ORDERED else "reordered"
            found.append(
                Difference(
                    key, kind, *title(key, True), (Detail("規則の順番（前の番号で）", *order),)
                )
            )
    moved = [
        Difference(key, "moved", *title(key, True))
        for key, place in after.drawn.items()
        if before.drawn.get(key) not in (None, place) and key in after.titles and key not in known
    ]
    return found + moved


def _names(root: Element) -> dict[str, str]:
    return {key: e.get("name") or key for e in _tags(root) if (key := e.get("id"))}


def _tables(root: Element, keys: Mapping[Element, str], names: Mapping[str, str]) -> Tables:
    state = Tables()

    def name(reference: str) -> str:
        return names.get(reference.rpartition("#")[2], reference)

    def is_part(element: Element) -> bool:
        return xml.local(element) in _KINDS and _key(element, keys) != ""

    for element in _tags(root):
        tag, key = xml.local(element), _key(element, keys)
        if tag in ("DMNShape", "DMNEdge"):
            drawn = " ".join(
                v for e in _tags(element) for k, v in sorted(xml.attributes(e)) if k != "id"
            )
            state.drawn[element.get("dmnElementRef", "").rpartition(":")[2]] = drawn
        if not is_part(element):
            continue
        owner = _decision(element)
        if tag == "rule":
            number = len(state.rules.setdefault(owner, [])) + 1
            state.rules[owner].append(key)
            said = _cells(element)
            about = said.get(_ABOUT, "")
            title = f"{name(owner)}　規則{number}{'：' if about else ''}{about}"
        else:
            said = xml.said(element, _WORDS, is_part=is_part, name=name)
            title = element.get("label") or _text(element) if tag in _COLUMNS else name(key)
            title = (
                f"{name(owner)}　{title or element.get('name', '')}" if tag in _COLUMNS else title
            )
        for table in (child for child in element if xml.local(child) == "decisionTable"):
            state.policies[key] = table.get("hitPolicy", "UNIQUE")
        state.said[key], state.titles[key] = said, (_KINDS[tag], title)
    return state


def _readable(one: Difference) -> Difference:
    """Without cells that say nothing beside a column that is new or gone."""
    if one.what != _KINDS["rule"]:
        return one
    kept = tuple(
        detail
        for detail in one.details
        if not (detail.before is None and detail.after in _ANYTHING)
        and not (detail.after is None and detail.before in _ANYTHING)
    )
    return Difference(one.id, one.kind, one.what, one.name, kept)


def _cells(rule: Element) -> Said:
    """The cells of a rule by the headings of their columns."""
    table = rule.getparent()
    columns = [] if table is None else [e for e in xml.children(table) if xml.local(e) in _COLUMNS]
    notes = (
        [] if table is None else [e for e in xml.children(table) if xml.local(e) == "annotation"]
    )
    heads = [
        *((c.get("label") or _text(c) or c.get("name", "") or "結果") for c in columns),
        *((note.get("name") or "注釈") for note in notes),
    ]
    found: Said = {}
    cells = [e for e in xml.children(rule) if xml.local(e).endswith("Entry")]
    for number, cell in enumerate(cells):
        put(found, heads[number] if number < len(heads) else "注釈", _text(cell) or "-")
    for child in xml.children(rule):
        if xml.local(child) == "description":
            put(found, _ABOUT, child.text or "")
    return found


def _rule_keys(old: Element, new: Element) -> dict[Element, str]:
    """A key for every rule: its id where all rules of both states have one, else rules that say the same or stand
    in the same place share one."""
    rules = [[e for e in _tags(root) if xml.local(e) == "rule"] for root in (old, new)]
    if all(rule.get("id") for side in rules for rule in side):
        return {rule: rule.get("id", "") for side in rules for rule in side}
    keys = {rule: f"rule-{number}" for number, rule in enumerate(rules[0])}
    said = [[(_decision(rule), tuple(_cells(rule).items())) for rule in side] for side in rules]
    matcher = difflib.SequenceMatcher(None, said[0], said[1], autojunk=False)
    for _, start, end, first, last in matcher.get_opcodes():
        for offset, rule in enumerate(rules[1][first:last]):
            same = start + offset
            keys[rule] = f"rule-{same}" if same < end else f"new-rule-{first + offset}"
    return keys


def _new_order(old: list[str], new: list[str]) -> tuple[str, str] | None:
    """The numbers the rules had, in the order before and after; None when it is the same order."""
    numbers = {key: number for number, key in enumerate(old, start=1)}
    order = [numbers[key] for key in new if key in numbers]
    if order == sorted(order):
        return None
    return "、".join(map(str, sorted(order))), "、".join(map(str, order))


def _key(element: Element, keys: Mapping[Element, str]) -> str:
    return keys[element] if element in keys else element.get("id", "")


def _decision(element: Element) -> str:
    """The id of the decision or knowledge model the element stands in, or its own."""
    owner: Element | None = element
    while owner is not None and xml.local(owner) not in ("decision", "businessKnowledgeModel"):
        owner = owner.getparent()
    return "" if owner is None else owner.get("id", "")


def _text(element: Element) -> str:
    """The text of a cell or column."""
    found = next((e.text or "" for e in element.iter() if xml.local(e) == "text"), "")
    return " ".join(found.split())


def _tags(root: Element) -> Iterator[Element]:
    return (element for element in root.iter() if isinstance(element.tag, str))
