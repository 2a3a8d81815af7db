"""YAML from strangers: plain values only, bounded when its aliases are written out, one error for all that can be wrong."""

from __future__ import annotations

from typing import Any

import yaml

MOST_NODES = 1_000_000


class Unreadable(ValueError):
    """The text is no YAML that can be used; what is wrong, in Japanese, and the line it was met on, if known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line

    @property
    def where(self) -> str:
        """The reason with its line."""
        return str(self) if self.line is None else f"{self.line}行目: {self}"


def load(text: str) -> Any:
    """The value of the text. Raises Unreadable."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _weigh(node)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Unreadable("書式の誤りです。", mark.line + 1 if mark else None) from error
    except (RecursionError, ValueError, OverflowError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("入れ子が深すぎるか、ありえない日付や数があります。") from error
    finally:
        loader.dispose()


def _weigh(root: yaml.Node) -> None:
    """Refuses what a few aliases of aliases would blow up, and an alias inside of what it stands for."""
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
        elif key not in sizes:
            opened.add(key)
            waiting.append((node, True))
            waiting += [(child, False) for child in _children(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []
