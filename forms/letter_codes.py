"""The two codes at the foot of a letter: a QR code of an address, a Code 128 barcode of a case number; as SVG data URLs.

Sources: ISO/IEC 18004 (segno), ISO/IEC 15417 (python-barcode). Both are drawn as one path, without text and fonts.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import segno
from barcode.codex import Code128

from forms.letter_words import Unwritable

QUIET_MODULES = 10  # a scanner needs this much white on both sides of the bars
_CASE_NUMBER = re.compile(r"[ -~]{1,40}")


def qr(address: str) -> str:
    """The data URL of the QR code of an address, error correction M, with its quiet zone."""
    if not re.match(r"https?://", address):
        raise Unwritable("ウェブのアドレスでない値")
    return segno.make_qr(address, error="m").svg_data_uri(border=4, xmldecl=False, omitsize=True)


def barcode(number: str) -> str:
    """The data URL of the Code 128 barcode of a case number (ASCII), one unit high and as wide as it has modules."""
    if not _CASE_NUMBER.fullmatch(number):
        raise Unwritable("半角の英数字でない番号")
    modules = Code128(number).build()[0]
    bars = "".join(
        f"M{QUIET_MODULES + bar.start()} 0h{len(bar.group())}v20h-{len(bar.group())}z"
        for bar in re.finditer("1+", modules)
    )
    width = len(modules) + 2 * QUIET_MODULES
    return "data:image/svg+xml," + quote(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 20" preserveAspectRatio="none">'
        f'<path d="{bars}"/></svg>'
    )
