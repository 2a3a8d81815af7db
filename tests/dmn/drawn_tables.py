"""Decision tables drawn for the tests of their checks, and what is found of them."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from engine import dmn
from engine.errors import Problem
from tests.dmn.test_decisions import data, model, needs

KINDS = (
    '<itemDefinition name="区分"><typeRef>string</typeRef><allowedValues><text>"新規", "変更", "廃止"</text>'
    '</allowedValues></itemDefinition><itemDefinition name="台数"><typeRef>integer</typeRef><allowedValues>'
    "<text>[0..100]</text></allowedValues></itemDefinition>"
    '<itemDefinition name="五の倍数"><typeRef>number</typeRef><allowedValues><text>modulo(?, 5) = 0</text>'
    '</allowedValues></itemDefinition><itemDefinition name="番号"><typeRef>string</typeRef><allowedValues>'
    '<text>matches(?, "^[0-9]{4}$")</text></allowedValues></itemDefinition>'
    '<itemDefinition name="結果"><itemComponent name="ok"><typeRef>boolean</typeRef></itemComponent>'
    '<itemComponent name="why"><typeRef>string</typeRef></itemComponent></itemDefinition>'
)


def head(text: str, kind: str = "", values: str = "", label: str = "") -> str:
    declared = f' typeRef="{kind}"' if kind else ""
    allowed = f"<inputValues><text>{escape(values)}</text></inputValues>" if values else ""
    return (
        f'<input id="in_{text}" label="{label}"><inputExpression{declared}><text>{escape(text)}</text></inputExpression>'
        f"{allowed}</input>"
    )


def output(name: str = "", kind: str = "", values: str = "", default: str = "") -> str:
    declared = f' typeRef="{kind}"' if kind else ""
    allowed = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    otherwise = f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>"
    return f'<output id="out_{name}" name="{name}"{declared}>{allowed}{otherwise if default else ""}</output>'


def rule(number: int, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> str:
    cells = [
        f'<{kind}Entry id="r{number}{kind[0]}{n}"><text>{escape(cell)}</text></{kind}Entry>'
        for kind, row in (("input", inputs), ("output", outputs))
        for n, cell in enumerate(row, 1)
    ]
    return f'<rule id="r{number}">\n' + "\n".join(cells) + "</rule>\n"


def table(
    heads: str | list[str],
    rows: list[tuple[Any, Any]],
    *,
    outputs: list[str] | None = None,
    policy: str = "UNIQUE",
    inputs: dict[str, str] | None = None,
    declared: str = "",
) -> dmn.Model:
    """A table; rows: (conditions, results), one as a text or several as a tuple.  inputs: types of the input data."""
    inside = {"x": ""} if inputs is None else inputs
    written = "".join(
        rule(n, *(part if isinstance(part, tuple) else (part,) for part in row))
        for n, row in enumerate(rows, 1)
    )
    body = (
        f'<decisionTable id="t" hitPolicy="{policy}">{heads if isinstance(heads, str) else "".join(heads)}'
        f"{''.join(outputs or [output('o')])}{written}</decisionTable>"
    )
    kind = f' typeRef="{declared}"' if declared else ""
    datas = "".join(
        data(*pair) if pair[1] else f'<inputData id="{pair[0]}" name="{pair[0]}"/>'
        for pair in inside.items()
    )
    xml = model(
        f'{KINDS}{datas}<decision id="d" name="判定"><variable name="判定"{kind}/>{needs(*inside)}{body}</decision>'
    )
    return dmn.read(xml.encode(), file="d.dmn")


def findings(read: dmn.Model) -> list[tuple[str | None, str, str]]:
    return [(p.element, p.severity, p.problem) for p in dmn.check(read)]


def only(read: dmn.Model) -> Problem:
    [problem] = dmn.check(read)
    assert problem.line and problem.remedy
    return problem


def proof(read: dmn.Model) -> dmn.TableProof:
    [found] = dmn.proofs(read)
    return found
