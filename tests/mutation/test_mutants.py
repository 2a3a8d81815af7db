"""Every change the mutation run tries is one a reader can name, and none touches what no behaviour hangs on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.mutants import compiled, mutants

KERNEL = Path(__file__).parents[2] / "engine" / "kernel"


def changes(tmp_path: Path, source: str) -> set[tuple[str, str]]:
    path = tmp_path / "m.py"
    path.write_text(source, encoding="utf-8")
    return {(m.before, m.after) for m in mutants(path)}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return a < b", {("a < b", "a <= b"), ("return a < b", "return None")}),
        ("return a is b", {("a is b", "a is not b"), ("return a is b", "return None")}),
        ("if a: f()", {("a", "not a"), ("f()", "")}),
        ("if not a: f()", {("not a", "a"), ("f()", "")}),
        ("if a and b: f()", {("a and b", "a or b"), ("a and b", "not (a and b)"), ("f()", "")}),
        ("a.n += 1", {("a.n += 1", "a.n -= 1"), ("a.n += 1", ""), ("1", "2"), ("1", "0")}),
        ("f(a, late=b)", {("f(a, late=b)", ""), ("f(a, late=b)", "f(a)")}),
        ("a = b[1:]", {("a = b[1:]", ""), ("1:", ":"), ("1", "2"), ("1", "0")}),
        ("x = b", set()),  # without it x would be no name
        ("x = True", {("True", "False")}),
        ("for a in b:\n  break", {("break", "continue"), ("break", "")}),
        ("raise ValueError", {("raise ValueError", "")}),
    ],
)
def test_a_statement_has_these_mutants(
    tmp_path: Path, line: str, expected: set[tuple[str, str]]
) -> None:
    assert changes(tmp_path, f"def g(a, b):\n {line}\n") == expected


@pytest.mark.parametrize(
    "source",
    [
        'def g(a: int | None = None) -> int | None:\n "says 1"\n',
        "def g(a):\n assert a > 1\n",
        "Effect = A | B\n",
        "@dataclass(frozen=True)\nclass A:\n a: int | None\n",
        'def named(n):\n return f"{n + 1}" if n else "1"\n',
    ],
)
def test_what_no_behaviour_hangs_on_is_left_alone(tmp_path: Path, source: str) -> None:
    assert changes(tmp_path, source) == set()


def test_of_a_refusal_only_the_whole_is_taken_away(tmp_path: Path) -> None:
    found = changes(tmp_path, "def g(n):\n raise Stop(str(n + 1))\n")
    assert found == {("raise Stop(str(n + 1))", "")}


def test_the_changed_code_does_something_else(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text("def g(a):\n return a + 1\n", encoding="utf-8")
    results = []
    for mutant in mutants(path):
        made: dict[str, object] = {}
        exec(compiled(mutant), made)  # noqa: S102
        results.append(made["g"](1))  # type: ignore[operator]
    assert sorted(map(str, results)) == ["0", "1", "3", "None"]


def test_every_mutant_of_the_kernel_can_be_compiled() -> None:
    for mutant in mutants(KERNEL / "flowing.py"):
        assert compiled(mutant)
