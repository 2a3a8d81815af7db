"""Letters and mails: what comes out on paper, and when a letter is refused rather than half made."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from weasyprint import HTML

from forms import letter_pdf, letters
from forms.letters import LetterRefused

FONTS = Path(__file__).parents[2] / "web/static/dist/fonts"
OFFICE = {
    "bureau": "環境局",
    "section": "sanpai",
    "name": "産業廃棄物対策課",
    "sender": "東京都知事",
    "phone": "03-0000-0000",
    "email": "sanpai@example.tokyo",
    "hours": "9:00–17:00（開庁日）",
}
HEAD = '{% extends "letter_base.html" %}{% import "letter_parts.html" as parts %}'
LETTER = (
    HEAD
    + """
{% block addressee %}<p class="name">{{ holder|sama }}</p>{% endblock %}
{% block body %}<p>{{ arrived|era }}に届出のあった車両を登録しました。</p>{% endblock %}
{% block items %}{{ parts.items([["受付番号", number], ["変更年月日", changed]]) }}{% endblock %}
"""
)
REFUSAL = (
    LETTER
    + "{% block reason %}<p>{{ reason }}</p>{% endblock %}{% block appeal %}<p>３か月以内に審査請求ができます。</p>{% endblock %}"
)
VALUES: dict[str, Any] = {
    "holder": "株式会社髙田環境",
    "arrived": date(2026, 5, 7),
    "number": "R8-000417",
    "changed": date(2026, 4, 23),
    "reason": "許可番号の表示が確かめられません。",
    "letter": {"number": "8環産収第123号", "dated_on": date(2026, 5, 12)},
}


def made(template: str = LETTER, **changes: Any) -> PdfReader:
    pdf = letter_pdf.render(
        template, VALUES | changes, title="登録完了通知書", office=OFFICE, fonts=FONTS
    )
    return PdfReader(io.BytesIO(pdf))


def refusal(template: str = LETTER, require: Any = (), **changes: Any) -> str:
    with pytest.raises(LetterRefused) as caught:
        letter_pdf.render(
            template, VALUES | changes, title="通知書", office=OFFICE, fonts=FONTS, require=require
        )
    return str(caught.value)


@pytest.fixture(scope="module")
def pdf() -> PdfReader:
    return made()


def test_a_letter_has_every_element_in_its_order(pdf: PdfReader) -> None:
    text = "".join(page.extract_text() for page in pdf.pages).replace(" ", "").replace("\n", "")
    at = [
        text.index(part)
        for part in (
            "8環産収第123号",
            "令和8年5月12日",
            "株式会社髙田環境\u3000御中",
            "東京都知事",
            "登録完了通知書",
            "令和8年5月7日に届出",
            "記",
            "R8-000417",
            "令和8年4月23日",
            "以上",
            "問い合わせ先",
            "1／1",
        )
    ]
    assert at == sorted(at)


def test_a_letter_is_pdf_a_3u_and_tagged_for_pdf_ua(pdf: PdfReader) -> None:
    root = pdf.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in xmp and 'pdfaid:conformance="U"' in xmp
    assert 'pdfuaid:part="1"' in xmp and xmp.count("<rdf:RDF") == 1
    assert root["/MarkInfo"]["/Marked"] and root["/StructTreeRoot"] and root["/Lang"] == "ja"
    assert root["/OutputIntents"] and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None and pdf.metadata.title == "登録完了通知書"


def test_every_font_of_a_letter_is_embedded(pdf: PdfReader) -> None:
    fonts = [
        font.get_object() for page in pdf.pages for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    for font in fonts:
        described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in described or "/FontFile3" in described
        assert "/ToUnicode" in font


def test_a_long_letter_repeats_its_number_and_counts_its_pages() -> None:
    body = "{% block after %}{% for n in range(80) %}<p>{{ n }}行目</p>{% endfor %}{% endblock %}"
    reader = made(LETTER + body)
    assert len(reader.pages) >= 2
    second = reader.pages[1].extract_text()
    assert "8環産収第123号" in second and f"2／{len(reader.pages)}" in second
    assert (
        "登録完了通知書" in second and reader.pages[0].extract_text().count("登録完了通知書") == 1
    )


def test_the_foot_of_a_letter_never_stands_alone_on_a_page() -> None:
    template = LETTER.replace(
        "{% endblock %}\n{% block items %}",
        "{% endblock %}\n{% block items %}{{ parts.table(['番号', '車両'], rows) }}",
    )
    numbers = []
    for count in range(12, 26, 2):
        rows = [[n, f"多摩130あ{1000 + n}"] for n in range(count)]
        pages = [page.extract_text() for page in made(template, rows=rows).pages]
        assert "問い合わせ先" in pages[-1] and "以上" in pages[-1]
        assert "変更年月日" in pages[-1], "what stands before the foot went with it"
        numbers.append(len(pages))
    assert set(numbers) == {1, 2}, "the foot stood once on either page"


def test_a_letter_a_little_too_long_for_one_page_is_set_closer() -> None:
    template = LETTER + (
        "{% block after %}{% for n in range(count) %}<p>{{ n }}行目</p>{% endfor %}{% endblock %}"
    )
    longest = VALUES | {"count": 16}
    pages = [
        letters.to_html(
            template, longest, title="通知書", office=OFFICE, fonts=FONTS, is_compact=is_compact
        )
        for is_compact in (False, True)
    ]
    assert [len(HTML(string=page).render().pages) for page in pages] == [2, 1]
    assert len(made(template, count=16).pages) == 1
    assert len(made(template, count=30).pages) == 2


@pytest.mark.parametrize(
    "name", ["髙﨑", "𠮷田", "辻\U000e0100子", "①㈱", "葛\U000e0101城", "渡邉"]
)
def test_names_of_real_people_can_be_drawn(name: str) -> None:
    assert name[0] in "".join(page.extract_text() for page in made(holder=name).pages)


def test_a_character_without_glyph_refuses_the_letter_and_names_it() -> None:
    message = refusal(holder="\ue001田")
    assert "U+E001" in message and "書体にありません" in message


def test_a_variation_without_glyph_refuses_the_letter() -> None:
    assert "U+4E00 U+E01EF" in refusal(holder="一\U000e01ef郎")


def test_a_missing_or_empty_value_refuses_the_letter() -> None:
    values = {key: value for key, value in VALUES.items() if key != "number"}
    with pytest.raises(LetterRefused, match="number"):
        letter_pdf.render(LETTER, values, title="通知書", office=OFFICE, fonts=FONTS)
    assert "空の値" in refusal(number=None)


def test_a_refusal_without_its_reason_is_refused() -> None:
    assert "「reason」の欄が空" in refusal(REFUSAL, require=letters.ADVERSE_BLOCKS, reason=" ")
    assert "「reason」の欄が空" in refusal(LETTER, require=letters.ADVERSE_BLOCKS)
    text = "".join(page.extract_text() for page in made(REFUSAL).pages)
    assert "理由" in text and "教示" in text


def test_the_title_of_a_table_never_stands_alone_at_the_foot_of_a_page() -> None:
    template = LETTER.replace(
        "{% endblock %}\n{% block items %}",
        '{% for n in range(lines) %}<p>{{ n }}</p>{% endfor %}<table class="list"><caption>車両の一覧</caption>'
        "<thead><tr><th>番号</th></tr></thead><tr><td>多摩130</td></tr></table>{% endblock %}\n{% block items %}",
    )
    moved = 0
    for lines in range(18, 28):
        pages = [page.extract_text() for page in made(template, lines=lines).pages]
        assert ["一覧" in page for page in pages] == ["多摩130" in page for page in pages]
        moved += "一覧" not in pages[0]
    assert 0 < moved < 10, "the table stood once on either page"


def test_values_are_escaped() -> None:
    page = letters.to_html(
        LETTER, VALUES | {"holder": "<b>甲</b>"}, title="通知書", office=OFFICE, fonts=FONTS
    )
    assert "&lt;b&gt;甲" in page


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ holder.__init__.__globals__ }}",
        "{% for n in range(10000000) %}x{% endfor %}",
        '{% include "page.html" %}',
        "{% set _ = office.clear() %}",
    ],
)
def test_a_template_cannot_leave_its_sandbox(attack: str) -> None:
    assert "通知書" in refusal(LETTER.replace("{% block body %}", "{% block body %}" + attack))


def test_a_letter_reads_no_file_outside_the_fonts(tmp_path: Path) -> None:
    picture = tmp_path / "secret.svg"
    picture.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>秘密</text></svg>'
    )
    body = f'<img alt="x" src="{picture.as_uri()}"><img alt="y" src="http://127.0.0.1:9/x.png">'
    reader = made(LETTER.replace("{% block body %}", "{% block body %}" + body))
    assert "秘密" not in "".join(page.extract_text() for page in reader.pages)


def test_a_folder_without_fonts_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no fonts"):
        letter_pdf.render(LETTER, VALUES, title="通知書", office=OFFICE, fonts=tmp_path)


def test_check_finds_mistakes_before_the_letter_is_used() -> None:
    assert letters.check(LETTER, file="letters/a.html") == []
    (syntax,) = letters.check("{% if x %}", file="letters/a.html")
    assert syntax.line == 1
    (unknown,) = letters.check("{{ x|moon }}", file="letters/a.html")
    assert "moon" in unknown.problem
    (block,) = letters.check(HEAD + "{% block bodi %}{% endblock %}", file="letters/a.html")
    assert block.element == "bodi" and "body" in block.remedy
    assert {path[0] for path, _ in letters.reads(LETTER)} <= {*VALUES, *letters.ALWAYS}
    adverse = letters.check(LETTER, file="letters/a.html", adverse=True)
    assert {problem.element for problem in adverse} == {"reason", "appeal"}
    assert letters.check(REFUSAL, file="letters/a.html", adverse=True) == []


def test_a_mail_has_its_subject_in_the_first_line() -> None:
    template = "件名：【東京都】{{ number }} の受付\n\n{{ holder }} 様\n{{ url }}\n"
    subject, body = letters.mail(
        template, {"number": "R8-000417", "holder": "A&B", "url": "https://x/"}
    )
    assert subject == "【東京都】R8-000417 の受付"
    assert body == "A&B 様\nhttps://x/\n"


def test_a_mail_subject_cannot_carry_a_second_header() -> None:
    subject, _ = letters.mail("{{ number }}\n\n本文", {"number": "a\r\rBcc: x"})
    assert "\r" not in subject and "\n" not in subject


@pytest.mark.parametrize("template", ["{{ missing }}\n本文", "件名だけ", "", "{% if %}"])
def test_a_mail_that_cannot_be_written_is_refused(template: str) -> None:
    with pytest.raises(LetterRefused):
        letters.mail(template, {})


def test_values_are_written_as_offices_write_them() -> None:
    template = "件名\n{{ a|both }} {{ b|moment }} {{ c|yen }} {{ d|number }} {{ e|sama }} {{ f|sama }} {{ g|plate }} {{ h }} {{ a }} {{ i }}"
    _, body = letters.mail(
        template,
        {
            "a": date(2026, 5, 7),
            "b": datetime(2026, 5, 7, 7, 59, tzinfo=UTC),
            "c": Decimal(24300),
            "d": Decimal(2000),
            "e": "多摩太郎",
            "f": "株式会社髙田環境",
            "g": "多摩130あ12",
            "h": Decimal("1E+3"),
            "i": True,
        },
    )
    assert body.strip() == (
        "2026年（令和8年）5月7日（木） 令和8年5月7日 16時59分 24,300円 2,000 多摩太郎\u3000様 "
        "株式会社髙田環境\u3000御中 多摩 130 あ ・・12 1000 令和8年5月7日 はい"
    )


def test_the_foot_of_a_letter_carries_the_codes_of_its_case() -> None:
    own = {
        **VALUES["letter"],
        "case_number": "R8-000417",
        "url": "https://portal.example.jp/cases/MvyEIIZFLtLFQxz62RAmwrX_",
    }
    reader = made(letter=own)
    text = "".join(reader.pages[0].extract_text().split())
    assert text.endswith("1／1") and "R8-000417" in text[text.index("以上") :]
    figures = [
        str(element.get("/Alt"))
        for element in _structure(reader.trailer["/Root"]["/StructTreeRoot"])
        if element.get("/S") == "/Figure"
    ]
    assert figures == ["この案件のページの二次元コード", "受付番号のバーコード"]
    assert len(reader.pages) == 1


def _structure(element: Any) -> Iterator[Any]:
    children = element.get("/K", []) if hasattr(element, "get") else []
    for child in children if isinstance(children, list) else [children]:
        child = child.get_object() if hasattr(child, "get_object") else child
        if hasattr(child, "get"):
            yield child
            yield from _structure(child)


def test_the_addressee_stands_in_the_window_of_the_envelope(pdf: PdfReader) -> None:
    found: list[tuple[float, float]] = []

    def note(text: str, matrix: Any, transform: Any, *_: Any) -> None:
        if "髙田環境" in text:
            found.append(
                (
                    transform[4] * matrix[0] + matrix[4],
                    transform[5] * matrix[3] + matrix[5],
                )
            )

    pdf.pages[0].extract_text(visitor_text=note)
    mm = 72 / 25.4
    across, down = found[0][0] / mm, 297 - found[0][1] / mm
    assert 20 < across < 110 and 20 < down < 50


def test_codes_take_only_what_they_can_carry() -> None:
    with pytest.raises(LetterRefused):
        made(LETTER + "{% block after %}{{ number|qr }}{% endblock %}")
    with pytest.raises(LetterRefused):
        made(LETTER + "{% block after %}{{ holder|barcode }}{% endblock %}")
