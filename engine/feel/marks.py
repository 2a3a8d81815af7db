"""Signs that forms on paper take for yes, no and "anything"."""

from __future__ import annotations

_YES = "○◯〇●◎✓✔☑レ"
_NO = "×✕✖✗☒╳"
# What stands in for the hyphen of a cell that holds for everything.
_ANY = "ー―‐‑–—─━*＊〜～"
_FOR_EVERYTHING = "何にでも当てはまるセルは「-」（半角のハイフン）と書いてください。"


def remedy(text: str, *, kind: str | None = None) -> str:
    """What FEEL writes for a text that is one such sign or `else`, which no name may be; empty for any other.

    kind: of the column, None when it is not known.
    """
    sign = text.strip()
    if sign == "else":
        return _FOR_EVERYTHING
    if len(sign) != 1:
        return ""
    if sign in _ANY:
        return _FOR_EVERYTHING
    value = "true" if sign in _YES else "false" if sign in _NO else ""
    if not value or kind not in (None, "boolean"):
        return ""
    if kind == "boolean":
        return f"「{value}」と書いてください。"
    return f'真偽の列なら「{value}」、文字の列なら "{sign}" と書いてください。'
