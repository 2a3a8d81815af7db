"""The expressions that forms use mean the same in the browser's FEEL (feelin of form-js), but for the listed differences.

The browser only shows and hides fields in the studio's preview; the server evaluates again and decides.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import feel
from engine.feel.values import to_feel
from engine.feel_functions import NAMES

ROOT = Path(__file__).parent.parent.parent
FEELIN = ROOT / "frontend" / "node_modules" / "@bpmn-io" / "feelin" / "dist" / "index.js"
CLOCK = feel.Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
REFUSED = "refused"
CONTEXT = {
    "kind": "新規",
    "amount": 150,
    "flag": True,
    "missing": None,
    "empty": "",
    "none": [],
    "tags": ["a", "b"],
    "zip": "1638001",
    "day": "2026-05-07",
    "申請者": "個人",
    "申請額（税込）": 1100,
    "rows": [{"plate": "品川100あ1", "price": 50}, {"plate": "品川100あ2", "price": 150}],
    "holder": {"age": 40, "name": None, "kind": "個人"},
    "世帯員": [{"年齢": 70}, {"年齢": 12}],
}

pytestmark = pytest.mark.skipif(
    not FEELIN.exists() or shutil.which("node") is None,
    reason="node or frontend/node_modules is absent; make setup-check brings them where node is installed",
)


def theirs(asked: list[tuple[str, Any]]) -> list[Any]:
    """What feelin makes of (expression, context) pairs."""
    answer = subprocess.run(
        ["node", str(Path(__file__).parent / "feelin.mjs")],
        input=json.dumps({"module": str(FEELIN), "asked": asked}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[Any] = json.loads(answer.stdout)
    return found


def ours(source: str, context: Any) -> Any:
    try:
        compiled = feel.compile(source, names=context)
    except feel.SyntaxProblem:
        return REFUSED
    return plain(compiled.evaluate(to_feel(context), clock=CLOCK).value)


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def written(value: Any) -> str:
    return value if value == REFUSED else json.dumps(value, ensure_ascii=False)


def documented() -> dict[str, tuple[str, str]]:
    """Expression -> (server, browser) of the table in docs/feel-extensions.md."""
    text = (ROOT / "docs" / "feel-extensions.md").read_text("utf-8")
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|", text, re.MULTILINE)
    return {source: (server, browser) for source, server, browser in rows}


def test_the_browser_differs_exactly_where_the_documentation_says() -> None:
    lines = (Path(__file__).parent / "form_expressions.txt").read_text("utf-8").splitlines()
    found = {}
    for source, other in zip(lines, theirs([(line, CONTEXT) for line in lines]), strict=True):
        mine = ours(source, CONTEXT)
        if type(mine) is not type(other) or mine != other:
            found[source] = (written(mine), written(other))
    assert found == documented()


def conditions() -> Iterator[tuple[str, Any]]:
    """The conditions of every form of every procedure, on answers that are missing and on ones they name."""
    for path in sorted((ROOT / "process_models").glob("*/forms/*.form")):
        for source in re.findall(r'"hide": "=((?:[^"\\]|\\.)*)"', path.read_text("utf-8")):
            text = json.loads(f'"{source}"')
            compiled = feel.compile(text)
            if compiled.called & set(NAMES):
                continue
            for answer in (None, *re.findall(r'"([^"]*)"', text)):
                context: dict[str, Any] = dict.fromkeys(compiled.names, answer)
                for name, entry in compiled.paths:
                    inner = context[name] if isinstance(context[name], dict) else {}
                    context[name] = {**inner, entry: answer}
                yield text, context


def test_the_conditions_of_every_form_mean_the_same_in_the_browser() -> None:
    asked = list(conditions())
    assert len(asked) > 10
    for (source, context), other in zip(asked, theirs(asked), strict=True):
        assert (ours(source, context) is True) == (other is True), (source, context)
