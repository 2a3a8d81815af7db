"""Names that are really expressions typed with the Japanese input method on."""

from __future__ import annotations

from engine.feel.habits import FULL_WIDTH, FULL_WIDTH_DIGITS, told
from engine.feel.problems import SyntaxProblem, line_and_column

OPERATORS = "＞＜＝＋－＊／，、．。：；［］｛｝＂？！｜＆＠"


def refuse_full_width(
    source: str, name: str, at: int, *, known: bool, callables: frozenset[str]
) -> None:
    """Raise SyntaxProblem when an unknown name holds full-width operators, digits only or a call's brackets.

    FEEL counts these characters as parts of a name, so `amount＞100` would be one unknown name and silently null.
    """
    if known or name.isascii():
        return
    found = told(source, at)
    if found and (name[0] in "０１２３４５６７８９" or name == "＊"):
        line, column = line_and_column(source, found.start)
        raise SyntaxProblem(found.message, line=line, column=column, remedy=found.remedy)
    opened, _, rest = name.partition("（")
    if rest and opened in callables:
        raise _problem(source, at + len(opened), "全角の「（」は括弧として働きません。", "（")
    for offset, char in enumerate(name):
        if char in OPERATORS:
            whole = f"この式の「{name}」は全角の記号を含むため、ひとつの名前として読まれました。"
            raise _problem(source, at + offset, whole, char)
    if rest and (not rest.endswith("）") or rest.count("（") + 1 != rest.count("）")):
        raise _problem(source, at + len(opened), "全角の「（」は括弧として働きません。", "（")
    if not rest and name.endswith("）"):
        raise _problem(source, at + len(name) - 1, "全角の「）」は括弧として働きません。", "）")
    if name[0] in "０１２３４５６７８９" and name.translate(FULL_WIDTH_DIGITS).isdigit():
        line, column = line_and_column(source, at)
        half = name.translate(FULL_WIDTH_DIGITS)
        raise SyntaxProblem(
            f"全角の数字「{name}」は数として働きません。",
            line=line,
            column=column,
            remedy=f"半角の「{half}」に直してください。",
        )


def _problem(source: str, at: int, message: str, char: str) -> SyntaxProblem:
    line, column = line_and_column(source, at)
    return SyntaxProblem(
        message, line=line, column=column, remedy=f"半角の「{FULL_WIDTH[char]}」に直してください。"
    )
