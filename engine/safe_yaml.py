"""YAML from strangers: plain values only, bounded when its aliases are written out, one error for all that can be wrong."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.reader import ReaderError

from engine import yaml_faults
from engine.errors import Problem

MOST_NODES = 1_000_000
# What PyYAML lets out of `!!bool foo`, `!!int ""`, `!!timestamp foo`, `"\UFFFFFFFF"`, 2026-13-45, or a deep nesting.
_OF_VALUES = (RecursionError, ValueError, OverflowError, LookupError, AttributeError, TypeError)
# An escape can write what neither a page nor the database can hold: half a character, and NUL.
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


class Unreadable(ValueError):
    """The text is no YAML that can be used; what is wrong and its remedy, in Japanese, and the line, if known.

    further: what is wrong at other places, as far as it is known too.
    """

    def __init__(
        self,
        reason: str,
        line: int | None = None,
        remedy: str = yaml_faults.REMEDY,
        further: tuple[Unreadable, ...] = (),
    ) -> None:
        super().__init__(reason)
        self.line = line
        self.remedy = remedy
        self.further = further

    @property
    def where(self) -> str:
        """The reason with its line."""
        return str(self) if self.line is None else f"{self.line}行目: {self}"

    def problems(self, file: str, said: str = "YAMLとして読めません。") -> list[Problem]:
        """A problem for each place, told after what is said of all."""
        return [
            Problem(file, f"{said}{one}", one.remedy, line=one.line)
            for one in (self, *self.further)
        ]


def load(text: str) -> Any:
    """The value of the text. Raises Unreadable."""
    return value_of(compose(text))


def value_of(node: yaml.Node | None) -> Any:
    """The value of the nodes. Raises Unreadable."""
    if node is None:
        return None
    try:
        with _one_error():
            return yaml.SafeLoader("").construct_document(node)
    except Unreadable as error:
        wrong = [] if error.line else [_of_value(one) for one in _wrong_values(node)]
        if not wrong:
            raise
        first, *further = wrong
        raise Unreadable(str(first), first.line, first.remedy, tuple(further)) from error


def _of_value(wrong: yaml.ScalarNode) -> Unreadable:
    return Unreadable(
        f"「{wrong.value[:40]}」は、ありえない日付か数か型です。",
        wrong.start_mark.line + 1,
        'ある日付（2026-04-01 の形）か数に直すか、文字なら「"」で囲んでください。',
    )


def compose(text: str) -> yaml.Node | None:
    """The text as nodes that know their lines, None for an empty one. Raises Unreadable."""
    with _one_error(text):
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            _weigh(node)
        return node


@contextlib.contextmanager
def _one_error(text: str = "") -> Iterator[None]:
    """Whatever PyYAML raises of the text is Unreadable."""
    try:
        yield
    except Unreadable:
        raise
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable("使えない文字（制御文字など）があります。", line) from error
    except yaml.YAMLError as error:
        reason, remedy, at = yaml_faults.cause(error)
        raise Unreadable(reason, at, remedy) from error
    except _OF_VALUES as error:
        raise Unreadable(
            "入れ子が深すぎるか、ありえない日付や数、型（!!）や文字の番号があります。"
        ) from error


def _weigh(root: yaml.Node) -> None:
    """Refuses what a few aliases of aliases would blow up, an alias inside of what it stands for, and what is no text."""
    sizes: dict[int, int] = {}
    waiting: list[tuple[yaml.Node, bool]] = [(root, False)]
    opened: set[int] = set()
    while waiting:
        node, is_left = waiting.pop()
        key = id(node)
        if is_left:
            opened.discard(key)
            sizes[key] = 1 + sum(sizes[id(child)] for child in _children(node))
            if sizes[key] > MOST_NODES:
                raise Unreadable("大きすぎます。", node.start_mark.line + 1)
        elif key in opened:
            raise Unreadable("別名（*）が自分自身を指しています。", node.start_mark.line + 1)
        elif isinstance(node, yaml.ScalarNode) and _NOT_TEXT.search(node.value):
            raise Unreadable("使えない文字（制御文字など）があります。", node.start_mark.line + 1)
        elif key not in sizes:
            opened.add(key)
            waiting.append((node, True))
            waiting += [(child, False) for child in _children(node)]


def _wrong_values(root: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """The single values that no value can be made of."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        waiting += reversed(_children(node))
        if isinstance(node, yaml.ScalarNode):
            try:
                yaml.SafeLoader("").construct_object(node)
            except (*_OF_VALUES, yaml.YAMLError):
                yield node


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []
