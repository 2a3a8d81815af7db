"""XML from strangers, read without entities, DTDs, network or surprises."""

from __future__ import annotations

from lxml import etree

from engine.errors import Problem

Element = etree._Element


def parse(xml: bytes, *, file: str, largest_bytes: int) -> Element | Problem:
    """The root element, or the one Problem that says why the text cannot be read."""
    if len(xml) > largest_bytes:
        return Problem(
            file,
            f"ファイルが大きすぎます（{len(xml):,}バイト、上限は{largest_bytes:,}バイト）。",
            "いくつかのファイルに分けてください。",
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if b"<!DOCTYPE" in xml:  # also when its entities were too much for the parser
            return _doctype(file)
        line = error.lineno if isinstance(error, etree.XMLSyntaxError) else None
        return Problem(
            file,
            "XMLとして読めません。途中で切れているか、書式が壊れています。",
            "モデラーで開き直して保存してください。",
            line=line or None,
        )
    if root.getroottree().docinfo.internalDTD is not None:
        return _doctype(file)
    return root


def _doctype(file: str) -> Problem:
    return Problem(
        file,
        "DOCTYPE宣言（外部参照・実体宣言）があります。安全のため受け付けません。",
        "DOCTYPEの行を消してください。",
        line=1,
    )
