"""The PDF of a letter (PDF/A-3u with the tags of PDF/UA-1). Apart from letters: WeasyPrint alone takes a second to import.

Slow (0.2-0.3 s a page): only in jobs, never in a request.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from forms import glyphs, letters
from forms.letters import LetterRefused

_OPTIONS: dict[str, Any] = {"pdf_variant": "pdf/a-3u", "pdf_tags": True}


def render(
    template: str,
    values: Mapping[str, Any],
    *,
    title: str,
    office: Mapping[str, Any],
    fonts: Path,
    require: Collection[str] = (),
) -> bytes:
    """The PDF of a letter.

    values: plain Python, what the template names.  fonts: folder of the .ttf files.  require: blocks that must not
    come out empty (ADVERSE_BLOCKS for a refusal).  A letter a little longer than one page is set closer to fit on it.
    Raises LetterRefused: a value is missing or null, a required block is empty, a character has no glyph.
    """
    written = partial(
        letters.to_html, template, values, title=title, office=office, fonts=fonts, require=require
    )
    page = written()
    unknown = glyphs.missing(letters.visible(page), fonts)
    if unknown:
        raise LetterRefused(
            f"通知書の文字{'、'.join(map(glyphs.named, unknown[:10]))}が書体にありません。"
            "本人に確かめて代わりの文字を決め、値を直してからやり直してください。"
        )
    document = _laid_out(page, fonts)
    if len(document.pages) == 2:
        closer = _laid_out(written(is_compact=True), fonts)
        document = closer if len(closer.pages) == 1 else document
    return cast(bytes, document.write_pdf(finisher=_declare_ua, **_OPTIONS))


class _OnlyFonts(URLFetcher):  # type: ignore[misc]
    """Lets a letter load the files of the fonts folder and data: URLs, nothing else."""

    def __init__(self, folder: Path):
        super().__init__(allowed_protocols={"file", "data"})
        self._folder = folder.resolve()

    def fetch(self, url: str, headers: Any = None) -> Any:
        parts = urlsplit(url)
        if parts.scheme == "file" and not Path(unquote(parts.path)).resolve().is_relative_to(
            self._folder
        ):
            raise ValueError(f"a letter may not read {url}")
        return super().fetch(url, headers)


def _laid_out(page: str, fonts: Path) -> Any:
    """The letter as pages, not yet written."""
    document = HTML(string=page, url_fetcher=_OnlyFonts(fonts))
    return document.render(font_config=FontConfiguration(), **_OPTIONS)


def _declare_ua(document: Any, pdf: Any) -> None:
    """Adds PDF/UA-1 to the XMP metadata; the library declares one standard only, the tags are there already."""
    for one in pdf.objects:
        extra = getattr(one, "extra", None)
        if extra and extra.get("Type") == "/Metadata":
            one.stream = [one.stream[0].replace(b"</rdf:RDF>", _UA.encode() + b"</rdf:RDF>")]


# The schema of pdfuaid has to be described, because PDF/A knows its own properties only (ISO 19005-3, 6.6.2.3).
_UA = """
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
