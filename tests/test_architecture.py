"""ARCHITECTURE.md is true: every function its walks name exists, and every folder it lists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
WALKS = TEXT[TEXT.index("## Six straight walks") : TEXT.index("## A procedure is one folder")]
NAMED = sorted(set(re.findall(r"`((?:[a-z_]+\.)+[a-z_]+)(?:\([^`]*\))?`", WALKS)))


def functions(name: str) -> list[Path]:
    """Files in which the function `package.module.function` (any leading part left out) is defined."""
    *module, function = name.split(".")
    found = []
    for package in ("engine", "forms", "adapters", "web"):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            inside = any(
                parts[-len(module) - i : len(parts) - i or None] == tuple(module) for i in (0, 1)
            )
            if inside and defines(path, function):
                found.append(path)
    return found


def defines(path: Path, function: str) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == function
        for node in ast.walk(tree)
    )


def test_the_walks_name_functions() -> None:
    assert len(NAMED) > 12


@pytest.mark.parametrize("name", NAMED)
def test_a_function_named_in_the_walks_exists(name: str) -> None:
    assert functions(name), f"ARCHITECTURE.md names {name}, which no module defines"


@pytest.mark.parametrize(
    ("package", "begins", "ends"),
    [("engine", "```\nengine/", "\nforms/ "), ("web", "\nweb/ ", "\nfrontend/ ")],
)
def test_every_file_of_the_package_stands_in_the_list_of_folders(
    package: str, begins: str, ends: str
) -> None:
    listed = TEXT[TEXT.index(begins) : TEXT.index(ends)].split()
    missing = [
        path.name
        for path in (ROOT / package).glob("*.py")
        if not path.name.startswith("__") and path.name not in listed
    ]
    assert not missing
