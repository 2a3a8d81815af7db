"""How the limits of an installation are called: each is a setting TETSUZUKI_LIMIT_<NAME> (docs/operations.md)."""

from __future__ import annotations


def setting(name: str) -> str:
    """The environment variable of the limit. name: steps, tokens, ..., as docs/operations.md lists them."""
    return f"TETSUZUKI_LIMIT_{name.upper()}"


def how_to_change(name: str) -> str:
    """The Japanese sentence that says to an operator which setting holds the limit."""
    return f"上限は設定 {setting(name)} で変えられます。"
