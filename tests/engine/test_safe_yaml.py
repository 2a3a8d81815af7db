"""YAML of a procedure's folder is read within bounds, and what cannot be read is one kind of error with its line."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from engine import decision_examples, parameters, procedure_file, safe_yaml, yaml_checks
from engine.errors import ModelRejected

LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


def test_plain_values_and_aliases_are_read() -> None:
    text = "a: &x {n: 1, d: 2026-05-07}\nb: *x\nc: [*x, *x]\n"
    one = {"n": 1, "d": dt.date(2026, 5, 7)}
    assert safe_yaml.load(text) == {"a": one, "b": one, "c": [one, one]}
    assert safe_yaml.load("") is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [", 1),
        ("a: 1\nb: 2026-13-45", None),
        ("a: &x [*x]", 1),
        ("a: *nothing", 1),
        ("!!python/object/apply:os.system [ls]", 1),
        (LAUGHS, 7),
        ("[" * 5000, None),
        ("a: 1\n---\nb: 2", 2),
        ("? [1]\n: 2", 1),
        ("a: 1\nb: x\x0by", 2),
        ('a: 1\nb: "\\ud800"', 2),
        ('a: "\\0"', 1),
        ('a: "\\UFFFFFFFF"', None),
        ("a: !!bool foo", None),
        ('a: !!int ""', None),
        ('a: !!float ""', None),
        ("a: !!timestamp foo", None),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(text: str, line: int | None) -> None:
    begun = time.process_time()
    with pytest.raises(safe_yaml.Unreadable) as refused:
        safe_yaml.load(text)
    assert refused.value.line == line
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "text",
    [
        "a: {values: [{from: 2026-13-45, value: 1}]}",
        LAUGHS,
        "[" * 5000,
        "name: x\x0by",
        "name: !!bool foo",
        'name: "\\UFFFFFFFF"',
    ],
)
def test_the_files_of_a_procedure_name_it_as_a_problem(text: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        parameters.read(text)
    assert refused.value.problems[0].file == "parameters.yaml"
    with pytest.raises(ModelRejected) as refused:
        decision_examples.read(text, file="decisions/fee.examples.yaml")
    assert refused.value.problems[0].file == "decisions/fee.examples.yaml"
    assert procedure_file.read(text)[1][0].file == "procedure.yaml"
    assert list(yaml_checks.problems(text, file="procedure.yaml")) == []
