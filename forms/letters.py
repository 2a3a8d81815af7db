"""Letters: a sandboxed Jinja template and its values to a page, mails of the same values, and what is wrong with them.

letter_pdf makes the PDF of the page.  Layout: templates/letter_base.html, docs/letter-format.md.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import (
    DictLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
)
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.errors import Problem, TetsuzukiError
from forms import letter_codes
from forms.letter_words import FILTERS, Unwritable, printed

TEMPLATES = Path(__file__).parent / "templates"
BASE, PARTS = "letter_base.html", "letter_parts.html"
# What every letter sees beside the values it was ordered with.
ALWAYS = frozenset({"title", "office", "letter", "procedure", "decisions"})
ADVERSE_BLOCKS = ("reason", "appeal")
MOST_CHARS = 500_000
_OF_JINJA = frozenset({"loop", "self", "super", "caller", "varargs", "kwargs"})


class LetterRefused(TetsuzukiError):
    """The letter cannot be made as it stands; the text says what is missing, without the values themselves."""


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox: no private attributes, no changing of values, no text of a million repetitions."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError(f"the operator {operator} is not for letters")
        return super().call_binop(context, operator, left, right)


def to_html(
    template: str,
    values: Mapping[str, Any],
    *,
    title: str,
    office: Mapping[str, Any],
    fonts: Path,
    require: Collection[str] = (),
    is_compact: bool = False,
) -> str:
    """The page the PDF is made of; for previews. is_compact: with less space around the lines. Raises LetterRefused."""
    context = {"letter": {}, "procedure": {}, **values, "title": title, "office": dict(office)}
    context["is_compact"] = is_compact
    context["font_folder"] = fonts.resolve().as_uri()
    try:
        made = ENVIRONMENT.from_string(template)
        for name in require:
            if name not in made.blocks or not _words(made, name, context):
                raise LetterRefused(
                    f"通知書の「{name}」の欄が空です。理由と教示のない不利益な通知は出せません。"
                )
        page = made.render(context)
    except UndefinedError as error:
        raise LetterRefused(f"通知書に入れる値がありません（{error.message}）。") from None
    except TemplateError as error:
        raise LetterRefused(f"通知書の様式が正しくありません（{error.message}）。") from None
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise LetterRefused(f"通知書に入れる値を書けません（{_kind(error)}）。") from None
    if len(page) > MOST_CHARS:
        raise LetterRefused(f"通知書が長すぎます（{MOST_CHARS:,}文字まで）。")
    return page


def mail(template: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """(subject, body) of a mail template, whose first line is the subject. Raises LetterRefused."""
    try:
        text = MAIL_ENVIRONMENT.from_string(template).render(dict(values))
    except TemplateError as error:
        raise LetterRefused(
            f"メールの様式に値がないか、様式が正しくありません（{error.message}）。"
        ) from None
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise LetterRefused(f"メールに入れる値を書けません（{_kind(error)}）。") from None
    subject, _, body = text.strip().partition("\n")
    subject = re.sub(r"\s+", " ", re.sub(r"^件名[:：]\s*", "", subject)).strip()
    if not subject or not body.strip():
        raise LetterRefused("メールの様式は1行目が件名、2行目からが本文です。どちらかが空です。")
    return subject, body.strip() + "\n"


def check(template: str, *, file: str, adverse: bool = False) -> list[Problem]:
    """What is wrong with a letter or mail template before it is ever used.

    adverse: a refusal, which must give its reason and say how to contest it (理由, 教示).
    """
    environment = MAIL_ENVIRONMENT if file.endswith(".txt") else ENVIRONMENT
    try:
        tree = environment.parse(template)
        environment.from_string(template)
    except TemplateSyntaxError as error:
        return [
            Problem(
                file,
                f"様式が読めません（{error.message}）。",
                "この行のかっこや名前を直してください。",
                line=error.lineno,
            )
        ]
    except TemplateError as error:
        return [
            Problem(
                file, f"様式が読めません（{error.message}）。", "様式の書き方を確かめてください。"
            )
        ]
    found = list(_unknown_blocks(tree, file))
    if adverse:
        given = {block.name for block in tree.find_all(nodes.Block)}
        found += [
            Problem(
                file,
                f"不利益な通知に「{name}」の欄がありません。",
                f"{{% block {name} %}}を書いてください。",
                element=name,
            )
            for name in ADVERSE_BLOCKS
            if name not in given
        ]
    return found


def decisions_used(template: str) -> list[tuple[str | None, int]]:
    """(id, line) of every use of `decisions`; None where no id follows. [] when the template cannot be read."""
    try:
        tree = ENVIRONMENT.parse(template)
    except TemplateSyntaxError:
        return []
    followed = {}
    for attribute in tree.find_all(nodes.Getattr):
        followed[id(attribute.node)] = attribute.attr
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.arg, nodes.Const) and isinstance(item.arg.value, str):
            followed[id(item.node)] = item.arg.value
    return [
        (followed.get(id(use)), use.lineno)
        for use in tree.find_all(nodes.Name)
        if use.name == "decisions"
    ]


def entries_of_decisions(template: str) -> list[tuple[str, int]]:
    """(name, line) of whatever is read by name in a template that uses `decisions`; [] in any other."""
    if not decisions_used(template):
        return []
    tree = ENVIRONMENT.parse(template)
    found = [(use.attr, use.lineno) for use in tree.find_all(nodes.Getattr)]
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.arg, nodes.Const) and isinstance(item.arg.value, str):
            found.append((item.arg.value, item.lineno))
    return found


def reads(template: str) -> list[tuple[tuple[str, ...], int]]:
    """(path, line) of every value read that the template does not make itself: `notice.holder` is (notice, holder).

    Not of those it asks about (is defined, default). [] when the template cannot be read.
    """
    try:
        tree = ENVIRONMENT.parse(template)
    except TemplateSyntaxError:
        return []
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    own |= (
        {one.target for one in tree.find_all(nodes.Import)} | _OF_JINJA | set(ENVIRONMENT.globals)
    )
    for asked in (*tree.find_all(nodes.Test), *tree.find_all(nodes.Filter)):
        if asked.name in ("defined", "undefined", "default", "d"):
            own |= {name.name for name in asked.find_all(nodes.Name)}
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    behind: dict[int, tuple[nodes.Node, str]] = {
        id(one.node): (one, one.attr) for one in tree.find_all(nodes.Getattr)
    }
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.arg, nodes.Const) and isinstance(item.arg.value, str):
            behind[id(item.node)] = item, item.arg.value
    found = []
    for use in tree.find_all(nodes.Name):
        node: nodes.Node = use
        path = [use.name]
        while id(node) in behind and id(behind[id(node)][0]) not in called:
            node, entry = behind[id(node)]
            path.append(entry)
        if use.ctx == "load" and use.name not in own:
            found.append((tuple(path), use.lineno))
    return found


def decisions_named(template: str) -> frozenset[str]:
    """The ids behind `decisions.` in a letter."""
    return frozenset(name for name, _ in decisions_used(template) if name is not None)


def visible(page: str) -> str:
    """The text of an HTML page without head and tags."""
    body = re.sub(r"(?s)<head>.*?</head>|<style.*?</style>|<!--.*?-->", "", page)
    return html.unescape(re.sub(r"<[^>]*>", "", body))


def _unknown_blocks(tree: nodes.Template, file: str) -> Iterable[Problem]:
    extends = [node for node in tree.find_all(nodes.Extends)]
    if not extends:
        return
    known = {block.name for block in ENVIRONMENT.parse(_read(BASE)).find_all(nodes.Block)}
    for block in tree.find_all(nodes.Block):
        if block.name not in known:
            yield Problem(
                file,
                f"「{block.name}」という欄は様式にありません。",
                f"{'、'.join(sorted(known))}のどれかにしてください。",
                element=block.name,
                line=block.lineno,
            )


def _words(made: Any, block: str, context: Mapping[str, Any]) -> str:
    """The visible text of one block."""
    return visible("".join(made.blocks[block](made.new_context(dict(context))))).strip()


def _kind(error: Exception) -> str:
    """What kind of value it was, for the message; other errors may quote the value, so only their name is told."""
    return str(error) if isinstance(error, Unwritable) else type(error).__name__


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _environment(*, is_html: bool) -> _Environment:
    environment = _Environment(
        loader=DictLoader({name: _read(name) for name in (BASE, PARTS)}),
        autoescape=is_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=printed,
    )
    environment.filters.update(FILTERS)
    environment.filters.update(qr=letter_codes.qr, barcode=letter_codes.barcode)
    return environment


ENVIRONMENT = _environment(is_html=True)
MAIL_ENVIRONMENT = _environment(is_html=False)
