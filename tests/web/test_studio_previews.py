"""What the studio shows of a form and a letter before anybody gets one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forms import letters
from tests.support import office
from tests.web.person import Person
from tests.web.studio_work import ROOT, editing
from web.parts import FONTS
from web.studio import samples

CONDITIONAL = Path(__file__).parent / "conditional.form"


def test_the_form_preview_shows_our_own_pages(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/preview/forms/inquiry.form")
    assert analyst.status == 200 and "※必須" in analyst.text and "相談の内容" in analyst.text


def test_the_preview_answers_to_what_is_entered_and_judges_it(analyst: Person) -> None:
    editing(analyst)
    token = analyst.open("/studio/inquiry/draft/edit/forms/inquiry.form").form("保存").to_dict()
    address = "/studio/inquiry/draft/preview/forms/inquiry.form"
    text = CONDITIONAL.read_text(encoding="utf-8")

    def shown(**entered: str) -> str:
        return analyst.client.post(
            address, data={"csrf_token": token["csrf_token"], "_text": text, **entered}
        ).get_data(as_text=True)

    assert "戻す理由" not in shown()
    assert "戻す理由" in shown(decision="return")
    assert "入力してください" not in shown(decision="return")
    assert "戻す理由を入力してください" in shown(decision="return", _check="1")
    assert "この入力に誤りはありません" in shown(
        decision="return", reason="書類が足りません。", _check="1"
    )


def test_a_broken_form_is_explained_instead_of_shown(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/edit/forms/inquiry.form?text=1")
    form = analyst.form("保存").to_dict() | {"_text": '{"type": "default", '}
    analyst.send("/studio/inquiry/draft/preview/forms/inquiry.form", form)
    assert "JSONとして読めません" in analyst.page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("procedure", "letter"),
    [
        (file.parent.parent.name, file.stem)
        for file in sorted(ROOT.glob("process_models/*/letters/*.html"))
    ],
)
def test_every_letter_of_the_repository_has_a_preview(procedure: str, letter: str) -> None:
    template = (ROOT / "process_models" / procedure / "letters" / f"{letter}.html").read_text()
    values = samples.values(template, today=office.NOW.date())
    given = {
        **dict.fromkeys(("number", "date", "case_number"), "R0-000000"),
        "url": "http://portal",
        "dated_on": office.NOW.date(),
    }
    blank = dict.fromkeys(("bureau", "section", "name", "sender", "phone", "email", "hours"), "")
    page = letters.to_html(
        template,
        {**values, "letter": given, "procedure": {}},
        title="",
        office=blank,
        fonts=FONTS,
    )
    assert "【" in page


def test_a_letter_preview_is_a_pdf_with_names_in_place_of_values(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/preview/letters/reply.html")
    assert analyst.page.content_type == "application/pdf"
    assert analyst.page.data.startswith(b"%PDF-")


def test_the_preview_of_a_letter_with_reasons_has_a_rule_a_value_and_a_law() -> None:
    template = (
        "{% set why = decisions.kind %}{{ why.result.days }}、{{ why.rules[0].number }}番、"
        "{% for name, value in why.inputs.items() %}{{ name }}＝{{ value }}{% endfor %}、"
        "{{ why.inputs['額'] }}、{{ why.parameters.limit.law }}、{{ why.parameters.limit.valid_from|era }}"
    )
    values = samples.values(template, today=date(2026, 5, 8))
    page = letters.to_html(template, values, title="通知", office={}, fonts=Path())
    assert page == "【days】、1番、【入力】＝【値】、【値】、【根拠】、令和8年5月8日"
