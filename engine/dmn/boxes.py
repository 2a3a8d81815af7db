"""XML of boxed expressions -> boxes.  Namespaces of all DMN versions count alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
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


def find_box(element: Any) -> m.Box | None:
    """The box of the first expression among the children, None when there is none."""
    for inner in element if element is not None else ():
        if isinstance(inner.tag, str) and kind(inner) in _READERS:
            return box(inner)
    return None


def box(element: Any) -> m.Box:
    """The box of an expression element."""
    common = (element.get("id") or "", element.sourceline or 0, type_ref(element))
    return _READERS[kind(element)](element, common)


def _literal(element: Any, common: tuple[str, int, str | None]) -> m.Box:
    return m.LiteralBox(*common, text(element))


def _context(element: Any, common: tuple[str, int, str | None]) -> m.Box:
    entries: list[tuple[str, str | None, m.Box | None]] = []
    result: m.Box | None = None
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        if variable is None:
            result = find_box(entry)
        else:
            entries.append((name_of(variable), type_ref(variable), find_box(entry)))
    return m.ContextBox(*common, tuple(entries), result)


def _list(element: Any, common: tuple[str, int, str | None]) -> m.Box:
    return m.ListBox(*common, tuple(box(inner) for inner in _expressions(element)))


def _expressions(element: Any) -> Iterator[Any]:
    return (inner for inner in element if isinstance(inner.tag, str) and kind(inner) in _READERS)


def _relation(element: Any, common: tuple[str, int, str | None]) -> m.Box:
    columns = tuple((name_of(column), type_ref(column)) for column in children(element, "column"))
    rows = tuple(tuple(box(cell) for cell in _expressions(row)) for row in children(element, "row"))
    return m.RelationBox(*common, columns, rows)


def _invocation(element: Any, common: tuple[str, int, str | None]) -> m.Box:
    bindings = []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        bindings.append(("" if parameter is None else name_of(parameter), find_box(binding)))
    return m.InvocationBox(*common, find_box(element), tuple(bindings))


def function(element: Any) -> m.FunctionBox:
    """The function of a functionDefinition or encapsulatedLogic element."""
    parameters = tuple((name_of(p), type_ref(p)) for p in children(element, "formalParameter"))
    common = (element.get("id") or "", element.sourceline or 0, type_ref(element))
    return m.FunctionBox(*common, element.get("kind") or "FEEL", parameters, find_box(element))


def _conditional(element: Any, common: tuple[str, int, str | None]) -> m.Box:
    parts = (find_box(child(element, name)) for name in ("if", "then", "else"))
    return m.ConditionalBox(*common, *parts)


def _filter(element: Any, common: tuple[str, int, str | None]) -> m.Box:
    return m.FilterBox(*common, find_box(child(element, "in")), find_box(child(element, "match")))


def _iterator(element: Any, common: tuple[str, int, str | None]) -> m.Box:
    body = child(element, "return")
    if body is None:
        body = child(element, "satisfies")
    variable = " ".join((element.get("iteratorVariable") or "").split())
    return m.IteratorBox(
        *common, kind(element), variable, find_box(child(element, "in")), find_box(body)
    )


def _table(element: Any, common: tuple[str, int, str | None]) -> m.Box:
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


_READERS: dict[str, Callable[[Any, tuple[str, int, str | None]], m.Box]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": lambda element, common: function(element),
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
    "decisionTable": _table,
}
