"""What only the text of a file tells: of a YAML key that stands twice, the first is lost; and the line a problem is on.

Asked at the deployment, not when a text is read: a version that is already deployed goes on being read as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import yaml

from engine import safe_yaml
from engine.errors import Problem


def problems(text: str, *, file: str) -> Iterator[Problem]:
    """An error for every key that stands again in its mapping. Of a text that is no YAML nothing is said here."""
    try:
        root = safe_yaml.compose(text)
    except safe_yaml.Unreadable:
        return
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:  # an alias is the node of its anchor
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        if isinstance(node, yaml.MappingNode):
            yield from _repeated(node, file)
            waiting += [value for _, value in node.value]


def with_lines(problems: Iterable[Problem], files: Mapping[str, str]) -> list[Problem]:
    """The problems; one of a YAML file or form without a line has that of the part it names. files: texts by path."""
    roots: dict[str, yaml.Node | None] = {}
    found = []
    for one in problems:
        is_open = one.line is None and one.element and one.file in files
        if is_open and one.element and one.file.endswith(".form"):
            one = replace(one, line=_line_of_field(files[one.file], one.element))
        elif is_open and one.element and one.file.endswith(".yaml"):
            if one.file not in roots:
                roots[one.file] = _root(files[one.file])
            one = replace(one, line=_line(roots[one.file], one.element))
        found.append(one)
    return found


def _line_of_field(text: str, element: str) -> int | None:
    """The line (from 1) on which a form gives the field its name; of a field of a list (rows.name) its own."""
    name = re.escape(element.rpartition(".")[2])
    places = (re.search(rf'"{word}"\s*:\s*"{name}"', text) for word in ("key", "path", "id"))
    found = next(filter(None, places), None)
    return None if found is None else text.count("\n", 0, found.start()) + 1


def _root(text: str) -> yaml.Node | None:
    try:
        return safe_yaml.compose(text)
    except safe_yaml.Unreadable:
        return None


def _line(node: yaml.Node | None, path: str) -> int | None:
    """The line (from 1) of the part named like `lanes.clerk.post` or `facts.期間`, or of its nearest owner."""
    line = None
    while path and (found := _part(node, path)) is not None:
        line, node, path = found
    return line


def _part(node: yaml.Node | None, path: str) -> tuple[int, yaml.Node, str] | None:
    """(line, value, rest of the path) of the entry the path begins with; of a list, of the item that holds the text."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and f"{path}.".startswith(f"{key.value}."):
                return key.start_mark.line + 1, value, path[len(key.value) + 1 :]
    if isinstance(node, yaml.SequenceNode):
        number, _, rest = path.partition(".")
        for at, item in enumerate(node.value):
            if number == str(at):  # as marshmallow names an item
                return item.start_mark.line + 1, item, rest
            held = [v for _, v in item.value] if isinstance(item, yaml.MappingNode) else [item]
            if any(isinstance(one, yaml.ScalarNode) and one.value == path for one in held):
                return item.start_mark.line + 1, item, ""
    return None


def _repeated(node: yaml.MappingNode, file: str) -> Iterator[Problem]:
    first: dict[tuple[str, str], int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        line = key.start_mark.line + 1
        place = (key.tag, key.value)  # the tag too: 1 and "1" are two keys
        if place not in first:
            first[place] = line
        else:
            yield Problem(
                file,
                f"項目「{key.value}」が{first[place]}行目と{line}行目にあります。先のものは使われません。",
                "どちらかを消してください。",
                element=key.value,
                line=line,
            )
