"""Why a text cannot be read as YAML, said of what PyYAML says in English."""

from __future__ import annotations

import re

import yaml

REMEDY = "字下げと「:」の書き方を確かめてください。"
_OPEN = "閉じるかっこを書くか、項目の間に「,」を書いてください。"
_QUOTE = '「:」「#」「{」「[」「@」「*」「&」などを含む値は、「"」で囲んでください。'
# What PyYAML says, its context before it -> (problem, remedy); the group is what it met. Where it begins is the line of
# what was never closed.
_SAID = (
    (
        r"quoted scalar: found unexpected end",
        "引用符（\"か'）が閉じていません。",
        "同じ引用符で閉じてください。",
    ),
    (
        r"escape character '(.)'",
        '「\\{0}」という書き方は、「"」の中ではできません。',
        "「\\」を書く値は、「'」で囲んでください。",
    ),
    (r"flow sequence: expected ',' or", "「[」が閉じていないか、「,」が足りません。", _OPEN),
    (r"flow mapping: expected ',' or", "「{{」が閉じていないか、「,」が足りません。", _OPEN),
    (r"flow \w+: .*stream end", "かっこが閉じていません。", _OPEN),
    (
        r"mapping values are not allowed",
        "「:」を書けない所に「:」があります。",
        '上の行と字下げをそろえるか、値に「:」があるなら値を「"」で囲んでください。全角の「：」は使えません。',
    ),
    (
        r"could not find expected ':'",
        "項目の名前のあとに「:」がありません。",
        "「項目: 値」の形で書いてください（「:」は半角で、あとに空白）。",
    ),
    (r"character '\\t'", "字下げにタブ文字があります。", "タブ文字を空白に直してください。"),
    (r"character '(.)' that cannot start", "値が「{0}」で始まっています。", _QUOTE),
    (r"undefined alias '(.+)'", "別名「*{0}」のもと（&{0}）がありません。", _QUOTE),
    (r"scanning an (?:alias|anchor)", "「*」か「&」で始まる値は、別名の書き方です。", _QUOTE),
    (r"unhashable key", "項目の名前に「{{ }}」や「[ ]」は使えません。", _QUOTE),
    (
        r"another document",
        "「---」のあとに、もうひとつの内容があります。",
        "一つのファイルには一つだけ書き、「---」を消してください。",
    ),
    (r"tag '(.+)'", "型の指定「{0}」は使えません。", '「!」で始まる値は「"」で囲んでください。'),
    (
        r"expected <block end>, but found '(?:<scalar>|[\]},])",
        "値のあとに、余分なものがあります。",
        '余分なものを消すか、値の全体を「"」で囲んでください。',
    ),
    (
        r"expected <block end>",
        "この行の字下げが、まわりとそろっていません。",
        "同じ並びの項目は、同じ数の空白で字下げしてください。",
    ),
)
_BEGUN = re.compile("quoted scalar|simple key|flow")


def cause(error: yaml.YAMLError) -> tuple[str, str, int | None]:
    """(problem, remedy, line from 1 if known) of what PyYAML raised."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return "書式の誤りです。", REMEDY, None
    said = f"{error.context or ''}: {error.problem or ''}"
    is_begun = error.context_mark is not None and _BEGUN.search(error.context or "")
    mark = error.context_mark if is_begun else error.problem_mark
    line = None if mark is None else mark.line + 1
    for pattern, problem, remedy in _SAID:
        if found := re.search(pattern, said):
            return problem.format(*found.groups()), remedy, line
    return "書式の誤りです。", REMEDY, line
