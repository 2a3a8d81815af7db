"""HTML of the stand-ins' pages: plain, Japanese, usable without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.standins.server import Standin

STYLE = """
body{font:16px/1.7 "Noto Sans JP","BIZ UDPGothic","Hiragino Sans","Yu Gothic UI",Meiryo,sans-serif;
  color:#1a1a1c;background:#fff;margin:0 auto;max-width:64rem;padding:1rem}
header{border-left:8px solid #b78f00;padding-left:1rem;margin-bottom:1.5rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-weight:bold}
th,td{border-bottom:1px solid #949494;padding:.4rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#f2f2f2}fieldset{border:1px solid #949494;border-radius:8px;margin:1rem 0;padding:1rem}
label{display:inline-block;margin:.2rem 1rem .2rem 0}input,select,button{font:inherit;padding:.4rem .6rem}
button{background:#0017c1;color:#fff;border:0;border-radius:8px;padding:.6rem 1.2rem;cursor:pointer}
a{color:#0017c1}:focus-visible{outline:4px solid #000;outline-offset:2px}
.now{font-weight:bold;color:#8b0000}.mail{white-space:pre-wrap;border:1px solid #949494;border-radius:8px;padding:1rem}
"""


def document(title: str, body: str) -> str:
    """One whole page. body: HTML that is escaped already."""
    return (
        '<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<header><h1>{escape(title)}</h1><p>実物の代わりに動く練習用のサーバーです。"
        f"本物のデータはありません。</p></header><main>{body}</main></body></html>"
    )


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of plain texts."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    lines = "".join(
        "<tr>"
        + "".join(f"<td>{escape('' if cell is None else str(cell))}</td>" for cell in row)
        + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table>"
    )


def control(standin: Standin, faults: Mapping[str, str]) -> str:
    """The page /control of a stand-in: faults, its own panel, the last requests."""
    options = "".join(
        f'<label><input type="radio" name="fault" value="{name}"'
        f"{' checked' if name == standin.fault else ''}> {escape(faults[name])}</label>"
        for name in standin.fault_names
    )
    left = "切るまで" if standin.fault_left is None else f"あと{standin.fault_left}回"
    state = f'<p class="now">いま: {escape(faults[standin.fault])}（{left}）</p>'
    form = (
        '<form method="post" action="/control"><fieldset><legend>故障のまね</legend>'
        f"{options}<p><label>回数（空欄は切るまで） "
        '<input name="times" inputmode="numeric" size="4"></label>'
        f'<label>待たせる秒数 <input name="delay_s" value="{standin.delay_s:g}" size="4"></label></p>'
        '<button type="submit">切り替える</button></fieldset></form>'
    )
    journal = table(
        "最近の要求（新しい順）",
        ("方法", "宛先", "鍵", "応答", "故障"),
        [
            (entry["method"], entry["path"], entry["key"], entry["status"], faults[entry["fault"]])
            for entry in list(standin.journal)[:-51:-1]
        ],
    )
    return document(f"{standin.title} 操作盤", state + form + standin.panel() + journal)
