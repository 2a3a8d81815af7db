"""What is wrong with a YAML text that every reader of it would pass over: of a key that stands twice, the first is lost.

Asked at the deployment, not when a text is read: a version that is already deployed goes on being read as it was.
"""

from __future__ import annotations

from collections.abc import Iterator

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
