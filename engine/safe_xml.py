"""XML from strangers, read without entities, DTDs, network or surprises."""

from __future__ import annotations

import codecs
import contextlib
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine import xml_faults
from engine.errors import Problem
from engine.limits import how_to_change

Element = etree._Element
# As deep as libxml2 itself goes with its guards on.
_GUARDED = 256
_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "remove_comments": True,
    "remove_pis": True,
}
# How a text begins that says its encoding by its first bytes (XML 1.0, appendix F).
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
# What machines in Japan write under the name of Shift_JIS: with ①, 髙 and the like, which that standard lacks.
_CODECS = {
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "ms932", "cp932"), "cp932"),
    **{name: name for name in ("euc-jp", "iso-2022-jp", "iso-8859-1", "windows-1252")},
    **dict.fromkeys(("utf-8", "utf8", "us-ascii"), "utf-8"),
}  # fmt: skip
_DECLARED = re.compile(r"""(<\?xml[^>]*?encoding\s*=\s*["'])([^"']*)""")
_ENCODING_ERRORS = (
    etree.ErrorTypes.ERR_INVALID_ENCODING,
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
    etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
)


@dataclass(frozen=True)
class Limits:
    """What a file may be. size_bytes: of its text.  depth: elements that stand inside each other."""

    size_bytes: int = 10_000_000
    depth: int = 400


# What can be read at all; an installation may allow less (settings).
LARGEST = Limits()


def parse(xml: bytes, *, file: str, limits: Limits = LARGEST) -> Element | Problem:
    """The root element, or the one Problem that says why the text cannot be read."""
    if len(xml) > limits.size_bytes:
        return Problem(
            file,
            f"ファイルが大きすぎます（{len(xml):,}バイト、上限は{limits.size_bytes:,}バイト）。",
            "いくつかのファイルに分けてください。" + how_to_change("xml_mb"),
        )
    if _codec(xml) not in (None, "utf-8"):  # libxml2 knows more, and less of Shift_JIS
        decoded = text(xml, file=file)
        if isinstance(decoded, Problem):
            return decoded
        xml = decoded.encode()
    try:
        root = etree.fromstring(xml, etree.XMLParser(huge_tree=False, **_OPTIONS))
    except (etree.XMLSyntaxError, ValueError) as error:
        if b"<!DOCTYPE" in xml:  # also when its entities were too much for the parser
            return _doctype(file, xml)
        line = error.lineno if isinstance(error, etree.XMLSyntaxError) else None
        if isinstance(error, etree.XMLSyntaxError) and "depth" in error.msg:
            return _deep(xml, file, limits.depth, line)
        if getattr(error, "code", None) in _ENCODING_ERRORS:  # the stubs of lxml do not know it
            return _undecodable(file, line)
        return _broken(file, line, xml_faults.cause(error, xml))
    if root.getroottree().docinfo.internalDTD is not None:
        return _doctype(file, xml)
    if limits.depth < _GUARDED and _depth(root) > limits.depth:
        return _nested(file, limits.depth, line=None)
    return root


def text(xml: bytes, *, file: str) -> str | Problem:
    """The text of an XML file in the encoding it says, its declaration made to say UTF-8; else the one Problem."""
    codec = _codec(xml)
    if codec is None:
        return _undecodable(file, line=1)
    try:
        decoded = xml.decode(codec)
    except UnicodeDecodeError:
        return _undecodable(file, line=1)
    # Nothing but a declaration at the very start is one.
    plain = decoded.removeprefix("\ufeff")
    found = _DECLARED.match(plain)
    return plain if found is None else f"{found[1]}UTF-8{plain[found.end() :]}"


def _codec(xml: bytes) -> str | None:
    """Python's name of the encoding that the text says it is in; None for one that only libxml2 may know."""
    for mark, codec in _MARKS:
        if xml.startswith(mark):
            return codec
    declared = _DECLARED.match(xml[:1000].decode("latin-1"))
    return "utf-8" if declared is None else _CODECS.get(declared[2].lower())


def _deep(xml: bytes, file: str, deepest: int, line: int | None) -> Element | Problem:
    """The root of a text whose elements stand inside each other deeper than libxml2 goes with its guards on."""
    # Without its guards entities could grow without end: only for a text that declares none.
    guarded = etree.XMLPullParser(events=("start",), huge_tree=False, **_OPTIONS)
    with contextlib.suppress(etree.XMLSyntaxError):
        guarded.feed(xml)
    _, first = next(iter(guarded.read_events()))
    assert isinstance(first, Element)
    if first.getroottree().docinfo.internalDTD is not None:
        return _doctype(file, xml)
    try:
        root = etree.fromstring(xml, etree.XMLParser(huge_tree=True, **_OPTIONS))
    except etree.XMLSyntaxError as error:
        if "depth" not in error.msg:
            return _broken(file, error.lineno, xml_faults.cause(error, xml))
    else:
        if _depth(root) <= deepest:
            return root
    return _nested(file, deepest, line)


def _nested(file: str, deepest: int, line: int | None) -> Problem:
    return Problem(
        file,
        f"要素の入れ子が深すぎます（上限は{deepest}段）。",
        "内側を別のプロセスや別のファイルに分けてください。" + how_to_change("xml_depth"),
        line=line,
    )


def _depth(root: Element) -> int:
    depth = most = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        most = max(most, depth)
    return most


def _broken(file: str, line: int | None, cause: tuple[str, str]) -> Problem:
    """cause: (problem, remedy)."""
    problem, remedy = cause
    return Problem(file, f"XMLとして読めません。{problem}", remedy, line=line or None)


def _undecodable(file: str, line: int | None) -> Problem:
    return Problem(
        file,
        "文字コードが読めません。先頭の encoding と、実際に保存された文字コードが違います。",
        'UTF-8で保存し直し、先頭を encoding="UTF-8" にしてください。',
        line=line or None,
    )


def _doctype(file: str, xml: bytes) -> Problem:
    if (other := xml_faults.kind(xml)) is not None:
        return _broken(file, 1, other)
    return Problem(
        file,
        "DOCTYPE宣言（外部参照・実体宣言）があります。安全のため受け付けません。",
        "DOCTYPEの行を消してください。",
        line=1,
    )
