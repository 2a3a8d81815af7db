"""The known word that somebody most likely meant."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

# Longer names, and names past these, are nobody's misspelling; comparing them all would take seconds.
LONGEST, MOST = 60, 500


def nearest(word: str, known: Iterable[str], *, cutoff: float | None = None) -> str | None:
    """The known word that differs only in width, case, separators or order of letters, else the one spelled most alike; None when none is.

    cutoff: how much alike at least, from 0 to 1 (difflib).
    """
    if len(word) > LONGEST:
        return None
    folded: dict[str, str] = {}
    for one in sorted(one for one in islice(known, MOST) if len(one) <= LONGEST):
        folded.setdefault(_folded(one), one)
    found = folded.get(_folded(word))
    if found is not None:
        return found
    swapped = [one for one in folded if sorted(one) == sorted(_folded(word))]
    # Of a short word any other shares a good part.
    cutoff = cutoff or (0.75 if len(word) < 5 and word.isascii() else 0.6)
    near = (
        swapped
        or _of_two(_folded(word), folded)
        or difflib.get_close_matches(_folded(word), folded, n=1, cutoff=cutoff)
    )
    return folded[near[0]] if near else None


def _of_two(word: str, known: Iterable[str]) -> list[str]:
    """Of a Japanese word of two letters, the only known one that shares one of them at its place."""
    if len(word) != 2 or word.isascii():
        return []
    found = [one for one in known if len(one) == 2 and (one[0] == word[0]) != (one[1] == word[1])]
    return found if len(found) == 1 else []


def suggestion(
    word: str, known: Iterable[str], *, head: str = "", cutoff: float | None = None
) -> str:
    """A remedy that names the nearest word, empty when none is near.  head: what stands before the word.  cutoff: as of nearest."""
    found = nearest(word, known, cutoff=cutoff)
    return f"「{head}{found}」の誤りではないか確かめてください。" if found else ""


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).casefold()
    return re.sub(r"[\s_\-・.]", "", plain) or plain
