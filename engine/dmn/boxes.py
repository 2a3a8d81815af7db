"""XML of boxed expressions -> boxes.  Namespaces of all DMN versions count alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

from lxml import etree

from engine.dmn import model as m

POLICIES = {
    "UNIQUE": "U",
    "ANY": "A",
    "PRIORITY": "P",
    "FIRST": "F",
    "RULE ORDER": "R",
    "OUTPUT ORDER": "O",
    "COLLECT": "C",
}
# What other products write; FEEL has no type of whole numbers, engine.dmn.types makes one of "integer".
PLATFORM_TYPES = {"long": "integer", "int": "integer", "double": "number"}
# Of every box: its id, its line, its declared type and its label.
Common = tuple[str, int, str | None, str]


def kind(element: Any) -> str:
    """The local name of an element."""
    return etree.QName(element).localname


def children(element: Any, *names: str) -> list[Any]:
    """Child elements with these local names."""
    return [child for child in element if isinstance(child.tag, str) and kind(child) in names]


def child(element: Any, name: str) -> Any:
    """The first child of that local name or None."""
    found = children(element, name)
    return found[0] if found else None


def text(element: Any) -> str:
    """The text of the <text> child, empty when there is none."""
    inner = child(element, "text") if element is not None else None
    return "" if inner is None else "".join(inner.itertext())


def type_ref(element: Any) -> str | None:
    """The declared type."""
    if element is None:
        return None
    value: str | None = element.get("typeRef")
    if value is None:
        inner = child(element, "typeRef")
        value = inner.text if inner is not None else None
    return type_name(value)


def type_name(value: str | None) -> str | None:
    """The name of a type as FEEL knows it; DMN 1.1 prefixes are dropped."""
    if value is None:
        return None
    value = value.strip()
    _prefix, colon, rest = value.partition(":")
    value = rest if colon else value
    value = value.removeprefix("feel.")
    return PLATFORM_TYPES.get(value, value)


def name_of(element: Any) -> str:
    """The name with its white space folded, composed as names in expressions are."""
    return unicodedata.normalize("NFC", " ".join((element.get("name") or "").split()))


def find_box(element: Any, label: str = "") -> m.Box | None:
    """The box of the first expression among the children, None when there is none.  label: how a person finds it."""
    for inner in element if element is not None else ():
        if isinstance(inner.tag, str) and kind(inner) in _READERS:
            return box(inner, label)
    return None


def box(element: Any, label: str) -> m.Box:
    """The box of an expression element."""
    common = (element.get("id") or "", element.sourceline or 0, type_ref(element), label)
    return _READERS[kind(element)](element, common)


def _within(common: Common, own: str) -> str:
    """The label of a box in the box these belong to."""
    outer = common[-1]
    return f"{outer}の{own}" if outer else own


def _literal(element: Any, common: Common) -> m.Box:
    return m.LiteralBox(*common, text(element))


def _context(element: Any, common: Common) -> m.Box:
    entries: list[tuple[str, str | None, m.Box | None]] = []
    result: m.Box | None = None
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        if variable is None:
            result = find_box(entry, _within(common, "結果の項目"))
        else:
            name = name_of(variable)
            inner = find_box(entry, _within(common, f"項目「{name}」"))
            entries.append((name, type_ref(variable), inner))
    return m.ContextBox(*common, tuple(entries), result)


def _list(element: Any, common: Common) -> m.Box:
    items = (
        box(inner, _within(common, f"{at}番目"))
        for at, inner in enumerate(_expressions(element), 1)
    )
    return m.ListBox(*common, tuple(items))


def _expressions(element: Any) -> Iterator[Any]:
    return (inner for inner in element if isinstance(inner.tag, str) and kind(inner) in _READERS)


def _relation(element: Any, common: Common) -> m.Box:
    columns = tuple((name_of(column), type_ref(column)) for column in children(element, "column"))
    heads = [name for name, _ in columns]
    rows = tuple(
        tuple(
            box(cell, _within(common, f"{number}行目「{head}」"))
            for cell, head in zip_longest(_expressions(row), heads, fillvalue="")
            if not isinstance(cell, str)
        )
        for number, row in enumerate(children(element, "row"), 1)
    )
    return m.RelationBox(*common, columns, rows)


def _invocation(element: Any, common: Common) -> m.Box:
    bindings = []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        name = "" if parameter is None else name_of(parameter)
        bindings.append((name, find_box(binding, _within(common, f"引数「{name}」"))))
    callee = find_box(element, _within(common, "呼び出す関数"))
    return m.InvocationBox(*common, callee, tuple(bindings))


def function(element: Any, label: str = "") -> m.FunctionBox:
    """The function of a functionDefinition or encapsulatedLogic element."""
    parameters = tuple((name_of(p), type_ref(p)) for p in children(element, "formalParameter"))
    common = (element.get("id") or "", element.sourceline or 0, type_ref(element), label)
    body = find_box(element, label)
    return m.FunctionBox(*common, element.get("kind") or "FEEL", parameters, body)


def _conditional(element: Any, common: Common) -> m.Box:
    parts = (_part(element, name, common) for name in ("if", "then", "else"))
    return m.ConditionalBox(*common, *parts)


def _filter(element: Any, common: Common) -> m.Box:
    return m.FilterBox(*common, *(_part(element, name, common) for name in ("in", "match")))


def _iterator(element: Any, common: Common) -> m.Box:
    body = "satisfies" if child(element, "return") is None else "return"
    variable = " ".join((element.get("iteratorVariable") or "").split())
    parts = (_part(element, name, common) for name in ("in", body))
    return m.IteratorBox(*common, kind(element), variable, *parts)


def _part(element: Any, name: str, common: Common) -> m.Box | None:
    """The box in a child of that local name, which is also how a person finds it."""
    return find_box(child(element, name), _within(common, f"「{name}」"))


def _table(element: Any, common: Common) -> m.Box:
    inputs = tuple(_input(*pair) for pair in enumerate(children(element, "input"), 1))
    outputs = tuple(_output(*pair) for pair in enumerate(children(element, "output"), 1))
    labels = [clause.label for clause in inputs], [clause.label for clause in outputs]
    rules = tuple(
        _rule(row, number, *labels) for number, row in enumerate(children(element, "rule"), 1)
    )
    written = element.get("hitPolicy") or "UNIQUE"
    # A word DMN does not have stays as it is written: the check refuses it, and no letter of ours is taken for one.
    policy = POLICIES.get(written, f"「{written}」")
    return m.TableBox(*common, policy, element.get("aggregation") or "", inputs, outputs, rules)


def _input(number: int, clause: Any) -> m.Input:
    expression = child(clause, "inputExpression")
    written = text(expression)
    label = clause.get("label") or written.strip() or f"入力{number}列目"
    allowed = text(child(clause, "inputValues"))
    return m.Input(*_head(clause), label, written, allowed.strip() or None, type_ref(expression))


def _output(number: int, clause: Any) -> m.Output:
    allowed, default = (text(child(clause, k)) for k in ("outputValues", "defaultOutputEntry"))
    label = clause.get("label") or name_of(clause) or f"出力{number}列目"
    values = allowed.strip() or None, default.strip() or None
    return m.Output(*_head(clause), name_of(clause), label, type_ref(clause), *values)


def _head(clause: Any) -> tuple[str, int]:
    return clause.get("id") or "", clause.sourceline or 0


def _rule(row: Any, number: int, heads: list[str], results: list[str]) -> m.RuleRow:
    notes = [text(note).strip() for note in children(row, "annotationEntry")]
    description = child(row, "description")
    if not any(notes) and description is not None and description.text:
        notes = [description.text.strip()]
    inputs, outputs = children(row, "inputEntry"), children(row, "outputEntry")
    rule_id, line = row.get("id") or "", row.sourceline or 0
    places = tuple(
        m.Place(cell.get("id") or rule_id, cell.sourceline or line, f"{number}行目「{label}」")
        for cells, labels in ((inputs, heads), (outputs, results))
        for column, cell in enumerate(cells)
        for label in [labels[column] if column < len(labels) else f"見出しのない{column + 1}列目"]
    )
    return m.RuleRow(
        rule_id or f"{number}",
        number,
        tuple(text(cell) for cell in inputs),
        tuple(text(cell) for cell in outputs),
        " ".join(filter(None, notes)),
        line,
        places,
    )


_READERS: dict[str, Callable[[Any, Common], m.Box]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": lambda element, common: function(element, common[-1]),
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
    "decisionTable": _table,
}
