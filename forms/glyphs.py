"""Which characters the letters' fonts can draw. A missing glyph is a silent box on paper, so it is looked for before."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

# Drawn by no glyph: line ends, joiners, marks of direction.
INVISIBLE = frozenset("\n\r\t\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad")


def missing(text: str, fonts: Path) -> list[str]:
    """The characters of a text that no font of the folder can draw, each once, variation sequences as two code points.

    Raises FileNotFoundError when the folder holds no .ttf file.
    """
    plain, sequences = _coverage(str(fonts))
    found: dict[str, None] = {}
    for base, selector in _characters(text):
        drawable = ord(base) in plain
        if drawable and selector:
            drawable = (ord(selector), ord(base)) in sequences
        if not drawable and base not in INVISIBLE:
            found[base + selector] = None
    return list(found)


def named(character: str) -> str:
    """「𠮷」（U+20BB7）: how a missing character is told."""
    return f"「{character}」（{' '.join(f'U+{ord(char):04X}' for char in character)}）"


def _characters(text: str) -> Iterator[tuple[str, str]]:
    """Each character with the variation selector behind it, "" without one."""
    for at, char in enumerate(text):
        if _is_selector(char):
            continue
        after = text[at + 1] if at + 1 < len(text) else ""
        yield char, after if after and _is_selector(after) else ""


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


@lru_cache(maxsize=4)
def _coverage(folder: str) -> tuple[frozenset[int], frozenset[tuple[int, int]]]:
    """(code points, (selector, base) pairs) that the fonts of a folder draw; spaces count as drawn."""
    files = sorted(Path(folder).glob("*.ttf"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no fonts (*.ttf); run the front-end build")
    points: set[int] = {
        point for point in range(0x3001) if unicodedata.category(chr(point)) == "Zs"
    }
    sequences: set[tuple[int, int]] = set()
    for file in files:
        with TTFont(file, lazy=True) as font:
            points |= set(font.getBestCmap())
            sequences |= set(_sequences(font))
    return frozenset(points), frozenset(sequences)


def _sequences(font: Any) -> Iterator[tuple[int, int]]:
    for table in font["cmap"].tables:
        if table.format == 14:
            for selector, pairs in table.uvsDict.items():
                for base, _ in pairs:
                    yield selector, base
