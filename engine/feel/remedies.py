"""How to mend a mistake: one sentence for the person who wrote the expression, or whose data it met."""

from __future__ import annotations

# By the code of a diagnostic, where nothing nearer is known.
REMEDIES = {
    "aggregate": "集計する列の結果を、数か期間だけにしてください。",
    "allowed": "値を直すか、表の許す値の一覧に加えてください。",
    "any": "条件が重なる行の結果を同じにするか、条件を重ならないように直してください。",
    "argument": "引数の値と順序を確かめてください。",
    "arithmetic": "使う値を確かめてください。",
    "call": "関数の名前と引数を確かめてください。",
    "comparison": "同じ種類の値と比べてください。",
    "condition": "「=」や「>」で比べる条件にしてください。",
    "cycle": "要求の矢印を一つ取り除いてください。",
    "depth": "入れ子を浅くするか、式をいくつかに分けてください。",
    "external": "FEEL の式で書いてください。",
    "filter": "[ ] の中に、真偽になる条件か位置の数を書いてください。",
    "function": "引数の値を確かめてください。",
    "index": "位置は1から件数までにし、件数が分からないときは count(…) で確かめてください。",
    "literal": '@"2026-05-07" や @"P10D" のように書いてください。',
    "logic": "and と or でつなぐのは、「=」や「>」で比べる条件だけにしてください。",
    "loop": "リストか、[1..10] のような整数か日付の範囲を渡してください。",
    "no-logic": "式か表を書いてください。",
    "range": "両端を同じ種類の値にしてください。",
    "regex": "正規表現を簡単にするか、調べる文字列を短くしてください。",
    "relation": "行ごとに、列と同じ数の欄を書いてください。",
    "size": "扱う文字列やリストを小さくしてください。",
    "stack": "入れ子を浅くするか、式をいくつかに分けてください。",
    "steps": "扱う件数か繰り返しを減らしてください。",
    "syntax": "式を書き直してください。",
    "time": "式を簡単にするか、扱う件数を減らしてください。",
    "type": "値を直すか、宣言した型を直してください。",
    "unique": "条件が重ならないように直すか、当たり方（hitPolicy）を変えてください。",
    "unknown-entry": "項目の名前の綴りを確かめてください。",
    "unknown-function": "関数の名前の綴りを確かめてください。",
    "unknown-name": "名前の綴りを直すか、この名前の値を用意してください。",
    "unknown-type": "number、string、boolean、date などの型を書いてください。",
}
_DAYS, _MONTHS, _POINT = "days and time duration", "years and months duration", "date and time"
_DATES = ("date", _POINT)
_NULL = "値が入らないことがあるなら、get or else(値, 0) のように代わりの値を決めてください。"

NO_END = (
    "範囲の端に値がないので（null）、範囲に入るかを決められません。",
    "端の値が必ず入るようにするか、端がないときの条件を「端 = null or 値 <= 端」のように書いてください。",
)
# By the word a test of a cell begins with, in front of which an expression has a value.
BARE_TEST = {
    "in": "「in」を消して範囲や値だけを書くか、「? in …」と書いてください。",
    "between": "「[1..5]」のような範囲にするか、「? between 1 and 5」のように書いてください。",
}


def compared(one: str, other: str) -> str:
    """How to compare values of two kinds."""
    kinds = {one, other}
    if "function" in kinds:
        return "関数は today() のように、括弧を付けて呼んでください。"
    if kinds <= {"string", "number"}:
        return "文字列は number(…) で数に、数は string(…) で文字列にしてから比べてください。"
    if kinds == {"date", _POINT}:
        return "日時は date(…) で日付にしてから比べてください。"
    if "string" in kinds and kinds & {*_DATES, "time"}:
        kind = next(kind for kind in (one, other) if kind != "string")
        return f"文字列は {kind}(…) で変えてから比べてください。"
    if kinds & {_DAYS, _MONTHS} and "number" in kinds:
        return '期間は @"P30D" のような期間と比べるか、@"P1D" で割って日数にしてください。'
    if "list" in kinds:
        return "リストの中にあるかは list contains(リスト, 値) で調べてください。"
    if "range" in kinds:
        return "範囲に入るかは「値 in [1..10]」のように、両端を同じ種類の値にして調べてください。"
    if "context" in kinds:
        return "「名前.項目」のように、比べる項目まで書いてください。"
    if "boolean" in kinds:
        return "true や false と比べられるのは真偽だけです。"
    return REMEDIES["comparison"]


def zones(kind: str) -> tuple[str, str]:
    """The problem and its remedy where only one of two times of a kind has a time zone."""
    word = "時刻" if kind == "time" else "日時"
    text = f"片方にだけ時間帯（+09:00 など）があります。この{word}どうしは比べられません。"
    if kind == "time":
        return (
            text,
            '両方に @"09:00:00+09:00" のように時間帯を付けるか、両方から取り除いてください。',
        )
    return (
        text,
        '両方に @"2026-04-01T00:00:00+09:00" のように時間帯を付けるか、両方を date(…) で日付にしてください。',
    )


def ordered(kind: str) -> str:
    """How to compare two values of a kind that has no order."""
    if kind == "function":
        return compared(kind, kind)
    if kind == "list":
        return "件数は count(…)、合計は sum(…) で比べてください。"
    return "「=」か「!=」を使ってください。"


def calculated(operator: str, left: str, right: str) -> str:
    """How to calculate with values of two kinds."""
    kinds = {left, right}
    if "null" in kinds:
        return _NULL
    if "function" in kinds:
        return compared(left, right)
    if kinds & set(_DATES) and "number" in kinds and operator in "+-":
        return f'日数は数ではなく期間にし、「{operator} @"P30D"」のように書いてください。'
    if kinds & set(_DATES) and "string" in kinds and operator == "+":
        return "日付は string(…) で文字列にしてからつないでください。"
    if kinds <= set(_DATES):
        return "日付どうしでできるのは引き算だけです（結果は期間）。"
    if kinds & {_DAYS, _MONTHS} and "number" in kinds:
        return '数は @"P1D" に掛けて期間にするか、期間を @"P1D" で割って日数にしてください。'
    if "list" in kinds:
        return "リストは sum(…) などで一つの値にするか、for で要素ごとに計算してください。"
    if "string" in kinds and operator == "+":
        return "数は string(…) で文字列にしてからつなぎ、足すときは number(…) で数にしてください。"
    if "string" in kinds:
        return "文字列は number(…) で数にしてから計算してください。"
    if "boolean" in kinds:
        return "真偽は「if 条件 then 1 else 0」のように数にしてから計算してください。"
    return "計算できる種類の値にそろえてください。"


def condition(kind: str) -> str:
    """How to make a condition of something that is none."""
    if kind == "null":
        return "値が入らないことがあるなら「値 != null and …」のように先に確かめてください。"
    if kind == "function":
        return compared(kind, kind)
    return REMEDIES["condition"]
