"""How long one letter takes, beside WeasyPrint alone on the same page: what guard, tags and PDF/A cost."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from forms import glyphs, letter_pdf, letters

FONTS = Path(__file__).parent.parent / "web/static/dist/fonts"
ROUNDS = 7
# One page, made in a job: a second keeps 3,600 letters an hour and worker.
GOALS = {"letter_s": 1.0, "ratio": 1.6}
OFFICE = {
    "bureau": "環境局",
    "name": "産業廃棄物対策課",
    "sender": "東京都知事",
    "phone": "03-0000-0000",
    "email": "sanpai@example.tokyo",
    "hours": "9:00–17:00（開庁日）",
}
TEMPLATE = """{% extends "letter_base.html" %}{% import "letter_parts.html" as parts %}
{% block addressee %}<p class="name">{{ holder|sama }}</p>{% endblock %}
{% block body %}<p>{{ changed|era }}の変更の届出について、下記のとおり台帳に登録しました。</p>{% endblock %}
{% block items %}{{ parts.items([["受付番号", "R8-000417"], ["変更年月日", changed]]) }}
{{ parts.table(["区分", "自動車登録番号"], rows, caption="登録した車両") }}{% endblock %}"""
VALUES: dict[str, Any] = {
    "holder": "株式会社髙田環境",
    "changed": date(2026, 4, 23),
    "rows": [["増車", f"多摩 130 あ 10-{n:02d}"] for n in range(8)],
    "letter": {"number": "8環産収第123号", "dated_on": date(2026, 5, 12)},
}


def letter() -> None:
    letter_pdf.render(TEMPLATE, VALUES, title="登録完了通知書", office=OFFICE, fonts=FONTS)


def plain(page: str) -> Callable[[], None]:
    return lambda: HTML(string=page).write_pdf(font_config=FontConfiguration())


def median_s(work: Callable[[], Any]) -> float:
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> None:
    page = letters.to_html(TEMPLATE, VALUES, title="登録完了通知書", office=OFFICE, fonts=FONTS)
    started = time.perf_counter()
    glyphs.missing(page, FONTS)
    fonts_s = time.perf_counter() - started
    letter()
    baseline_s, letter_s = median_s(plain(page)), median_s(letter)
    figures = {
        "letter_s": round(letter_s, 3),
        "weasyprint_alone_s": round(baseline_s, 3),
        "ratio": round(letter_s / baseline_s, 2),
        "guard_s": round(median_s(lambda: glyphs.missing(page, FONTS)), 4),
        "first_read_of_fonts_s": round(fonts_s, 3),
    }
    print(
        f"1通（1ページ）{letter_s:.2f} 秒。WeasyPrint だけなら {baseline_s:.2f} 秒、比 {letter_s / baseline_s:.2f}。"
    )
    holds = all(figures[name] <= goal for name, goal in GOALS.items())
    print(json.dumps({"bench": "letter", "figures": figures, "goals": GOALS, "holds": holds}))


if __name__ == "__main__":
    main()
