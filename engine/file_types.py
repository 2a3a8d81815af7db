"""What an uploaded file is, by its content, and whether it may be taken: PDF, JPEG, PNG, Excel. Messages are for the person."""

from __future__ import annotations

import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

import filetype
import pikepdf
from pikepdf.settings import set_qpdf_limits
from PIL import Image, ImageFile, UnidentifiedImageError

from engine.errors import TetsuzukiError

PDF_PAGES = 500
IMAGE_PIXELS = 120_000_000  # a phone's largest camera setting; one plane of it fits in memory
UNPACKED_BYTES = 200 * 1024 * 1024
UNPACKED_RATIO = 200  # a real workbook stays under 30
ARCHIVE_ENTRIES = 5000
NAME_LENGTH = 120
PDF_STREAM_BYTES = 64 * 1024 * 1024  # the tables of a PDF of 500 pages unpack to a hundredth of it
# A PDF packs its own tables: without a limit one megabyte unpacks to a gigabyte when it is opened.
set_qpdf_limits(
    flate_max_memory=PDF_STREAM_BYTES,
    run_length_max_memory=PDF_STREAM_BYTES,
    png_max_memory=PDF_STREAM_BYTES,
    tiff_max_memory=PDF_STREAM_BYTES,
)

SUFFIX = {"pdf": ".pdf", "jpg": ".jpg", "png": ".png", "xlsx": ".xlsx"}
CONTENT_TYPE = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SPOKEN = {"pdf": "PDF", "jpg": "JPEG", "png": "PNG", "xlsx": "Excel（xlsx）"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # also an .xlsx with a password
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RESERVED = re.compile(r'[<>:"|?*\\/]')


class FileRefused(TetsuzukiError):
    """The file cannot be taken; nothing was stored. message_ja says why and what to do."""

    def __init__(self, message_ja: str):
        super().__init__(message_ja)
        self.message_ja = message_ja


def examine(path: Path, *, kinds: Collection[str]) -> tuple[str, str]:
    """Content type and suffix of the file at path. kinds: of pdf, jpg, png, xlsx. Raises FileRefused."""
    kind = _kind(path)
    if kind is None or kind not in kinds:
        allowed = "、".join(SPOKEN[k] for k in SPOKEN if k in kinds)
        raise FileRefused(
            f"この種類のファイルは添付できません。{allowed}のファイルを選んでください"
            "（ファイル名ではなく、中身の形式で確かめています）。"
        )
    match kind:
        case "pdf":
            _check_pdf(path)
        case "jpg" | "png":
            _check_image(path)
        case "xlsx":
            _check_workbook(path)
    return CONTENT_TYPE[kind], SUFFIX[kind]


def safe_name(name: str, suffix: str) -> str:
    """The name as the person called it, without folders, control and direction signs, with the suffix of its content."""
    plain = re.split(r"[\\/]", name)[-1]
    plain = _RESERVED.sub("_", _CONTROLS.sub("", plain)).strip()
    stem, dot, given = plain.rpartition(".")
    same = {".jpg": {"jpg", "jpeg", "jpe", "jfif"}}.get(suffix, {suffix[1:]})
    if not dot or given.lower() not in same:
        stem = plain
    stem = _cut(stem.strip(" ."), NAME_LENGTH - len(suffix)) or "ファイル"
    return stem + suffix


def _cut(text: str, length: int) -> str:
    """At most `length` characters, never ending between a character and its variation selector or mark."""
    while length > 0 and len(text) > length and unicodedata.category(text[length]).startswith("M"):
        length -= 1
    return text[:length]


def _kind(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(8192)
    if head.startswith(_OLE):
        raise FileRefused(
            "古い形式のExcel、またはパスワードの付いたExcelです。"
            "パスワードを外し、「Excelブック（.xlsx）」で保存し直してください。"
        )
    # filetype tells a workbook from another archive only by its first entries; the check below looks inside.
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    guess = filetype.guess(head)
    return {"image/jpeg": "jpg", "image/png": "png"}.get(guess.mime if guess else "")


def _check_pdf(path: Path) -> None:
    try:
        with pikepdf.open(path) as pdf:
            pages = len(pdf.pages)
            # Opened without a password, but the owner forbade reading in other programs: letters could not be made of it.
            locked = pdf.is_encrypted and not pdf.allow.accessibility
    except pikepdf.PasswordError as error:
        raise FileRefused(
            "パスワードの付いたPDFは添付できません。パスワードを外してから添付してください。"
        ) from error
    except (pikepdf.PdfError, RuntimeError, ValueError) as error:
        raise FileRefused(
            "PDFを開けませんでした。ファイルが壊れているようです。作り直してから添付してください。"
        ) from error
    if locked:
        raise FileRefused("閲覧が制限されたPDFは添付できません。制限を外してから添付してください。")
    if pages == 0:
        raise FileRefused("ページのないPDFです。別のファイルを選んでください。")
    if pages > PDF_PAGES:
        raise FileRefused(
            f"PDFのページが多すぎます（{pages}ページ）。{PDF_PAGES}ページ以下に分けて添付してください。"
        )


def _check_image(path: Path) -> None:
    try:
        with warnings.catch_warnings():
            # Our own limit follows at once; Pillow's warning would only be noise.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=("JPEG", "PNG")) as image:
                width, height = image.size
                if width * height > IMAGE_PIXELS:
                    raise FileRefused(
                        f"画像が大きすぎます（{width}×{height}画素）。小さくしてから添付してください。"
                    )
                if image.format == "JPEG":
                    image.draft("RGB", (max(1, width // 8), max(1, height // 8)))
                    # The PDF library switches this on for the whole process when it is imported.
                    ImageFile.LOAD_TRUNCATED_IMAGES = False
                    image.load()  # an eighth of the size: finds a cut-off file at little cost
                else:
                    image.verify()
    except Image.DecompressionBombError as error:
        raise FileRefused("画像が大きすぎます。小さくしてから添付してください。") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, zlib.error) as error:
        raise FileRefused(
            "画像を開けませんでした。ファイルが壊れているようです。撮り直すか、別のファイルを選んでください。"
        ) from error


def _check_workbook(path: Path) -> None:
    broken = "Excelファイルを開けませんでした。「Excelブック（.xlsx）」で保存し直してから添付してください。"
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
                raise FileRefused(
                    "この種類のファイルは添付できません。圧縮ファイルは展開し、中のファイルを1つずつ添付してください。"
                )
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise FileRefused(
                    "マクロの入ったExcelは添付できません。マクロのない形式（.xlsx）で保存し直してください。"
                )
            if any(entry.flag_bits & 1 for entry in entries):
                raise FileRefused(
                    "パスワードの付いたファイルは添付できません。パスワードを外してください。"
                )
            if (
                len(entries) > ARCHIVE_ENTRIES
                or _unpacked(archive, entries, path.stat().st_size) is None
            ):
                raise FileRefused(
                    "展開すると大きくなりすぎるファイルです。表を分けるか、PDFにしてから添付してください。"
                )
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        # NotImplementedError is a RuntimeError; OSError: it points before its own beginning.
        raise FileRefused(broken) from error


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], size: int) -> int | None:
    """Unpacked bytes, counted by really unpacking: declared sizes may lie. None over the limit."""
    allowed = min(UNPACKED_BYTES, max(size * UNPACKED_RATIO, 1024 * 1024))
    if sum(entry.file_size for entry in entries) > allowed:
        return None
    total = 0
    for entry in entries:
        with archive.open(entry) as file:
            while chunk := file.read(256 * 1024):
                total += len(chunk)
                if total > allowed:
                    return None
    return total
