"""What people write who know Excel, Python, JavaScript, SQL or Japanese prose, and what FEEL says instead.

Asked only about a text that could not be read, at the place where reading ended: nothing legal is ever refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from engine.feel import marks
from engine.feel.lookalikes import Found, amounts, blanked, dates
from engine.feel.unknown import function_remedy

# What people type with a Japanese input method still on, and the half-width character meant.
FULL_WIDTH = {
    "＞": ">", "＜": "<", "＝": "=", "＋": "+", "－": "-", "＊": "*", "／": "/", "≧": ">=", "≦": "<=",
    "≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "，": ",", "、": ",", "．": ".", "。": ".",
    "：": ":", "［": "[", "］": "]", "｛": "{", "｝": "}", "（": "(", "）": ")", "“": '"', "”": '"',
    "＂": '"', "？": "?", "！": "!", "−": "-", "｜": "or", "＆": "and", "；": ",", "＠": "@", "’": '"', "‘": '"',
    "∧": "and", "∨": "or", "¬": "not(…)", "∈": "in",
}  # fmt: skip
FULL_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
# Beyond this a habit is not looked for: it would take longer than reading.
_LONGEST = 2000

Told = tuple[str, str]
_VALUE = r'(?:@?"[^"]*"|[\w.]+(?:\([^()]*\))?)'
_SIGNS = {
    "===": "=", "==": "=", "!==": "!=", "<>": "!=", "=>": ">=", "=<": "<=", "=!": "!=", "~=": "!=", "&&": "and",
    "||": "or", "^": "**", ":=": "=",
}  # fmt: skip
_OTHERS = {
    "&": "文字列をつなぐときは +、条件をつなぐときは and と書いてください。",
    "|": "条件は or でつなぎ、表のセルでは値を「,」で区切ってください。",
    "%": "割合は 0.5 のような小数で、余りは modulo(割られる数, 割る数) で書いてください。",
    "!": "否定は not(…)、等しくないは != と書いてください。",
    ";": "値は「,」で区切ってください。式は一つだけ書けます。",
    "$": "${…} で囲まず、式だけを書いてください。",
    "#": "#{…} で囲まず、式だけを書いてください。",
    "`": '文字は半角の " で囲んでください。',
    "~": "範囲は [1..10] のように書いてください。",
    "\\": '「\\」は " で囲んだ文字の中だけで使えます。',
}
_WORDS = {
    **dict.fromkeys(("または", "又は", "もしくは", "若しくは", "あるいは"), "or"),
    **dict.fromkeys(("かつ", "且つ", "および", "及び", "並びに", "ならびに"), "and"),
    **dict.fromkeys(("もし",), "if"),
    **dict.fromkeys(("なら", "ならば", "のとき", "の場合"), "then"),
    **dict.fromkeys(("でなければ", "そうでなければ", "それ以外"), "else"),
}
_CASED = "if then else for in return some every satisfies and or between instance of function true false null not"


def _sign(found: re.Match[str], source: str) -> Told:
    right = _SIGNS[found[0]]
    return f"「{found[0]}」という演算子はありません。", f"「{right}」と書いてください。"


def _other(found: re.Match[str], source: str) -> Told:
    return f"「{found[0]}」という記号は FEEL にありません。", _OTHERS[found[0]]


def _quoted(found: re.Match[str], source: str) -> Told:
    inside = source[found.start() + 1 : found.end()].rstrip("'’‘“”„‟＂｀`\"")
    is_given = source[: found.start()].rstrip().endswith("(")
    if not is_given and re.fullmatch(r"\d{4}-\d\d-\d\d", inside):
        remedy = f'日付なら @"{inside}"、文字なら "{inside}" と書いてください。'
        return '文字を囲めるのは半角の「"」だけです。', remedy
    return '文字を囲めるのは半角の「"」だけです。', f'"{inside}" と書いてください。'


def _half_width(found: re.Match[str], source: str) -> Told:
    char = source[found.start()]
    if char in "、，；":
        return f"「{char}」は区切りとして使えません。", "半角の「,」で区切ってください。"
    return f"全角の「{char}」は式の記号として使えません。", f"半角の「{FULL_WIDTH[char]}」に直してください。"  # fmt: skip


def _range(found: re.Match[str], source: str) -> Told:
    low, high = (source[found.start(group) : found.end(group)] for group in (1, 3))
    whole = f"範囲は「{found[2]}」ではなく「..」で、角括弧で囲んで書きます。"
    if found[2] == "..":
        whole = "範囲が角括弧で囲まれていません。"
    return whole, f"[{low}..{high}] と書いてください（端を含めないときは ( や ) で囲みます）。"


def _joined(found: re.Match[str], source: str) -> Told:
    text = f"「{found[1]}」の右の「{found[2]}」に、比べる値がありません。"
    remedy = f"「金額 >= 1000 {found[1]} 金額 < 2000」のように両側に値を書いてください"
    return text, f"{remedy}（表のセルでは「? >= 1000 {found[1]} ? < 2000」か [1000..2000)）。"


def _word(found: re.Match[str], source: str) -> Told:
    right = _WORDS[found[0]]
    more = "（表のセルでは値を「,」で区切ります）" if right == "or" else ""
    if right in ("if", "then", "else"):
        more = "（if 条件 then 値 else 値）"
    text = f"「{found[0]}」という言葉は式では使えません。"
    return text, f"「{right}」と書いてください{more}。"


def _is_null(found: re.Match[str], source: str) -> Told:
    right = "!= null" if found[1] else "= null"
    return f"「{found[0]}」という書き方はありません。", f"「{right}」と書いてください。"


def _not(found: re.Match[str], source: str) -> Told:
    text = f"「{found[0].strip()}」という書き方はありません。"
    if found[1] == "in":
        return text, "「not(値 in (…))」と書いてください。"
    if found[1] == "null":
        return text, "「!= null」と書いてください。"
    return text, "否定は not(…) と、かっこで囲んで書いてください。"


def _if(found: re.Match[str], source: str) -> Told:
    return (
        "「if(条件, 値, 値)」という書き方はありません。",
        "「if 条件 then 値 else 値」と書いてください。",
    )


def _case(found: re.Match[str], source: str) -> Told:
    return (
        "「case when」という書き方はありません。",
        "「if 条件 then 値 else 値」と書いてください。",
    )


def _choice(found: re.Match[str], source: str) -> Told:
    return (
        "「条件 ? 値 : 値」という書き方はありません。",
        "「if 条件 then 値 else 値」と書いてください。",
    )


def _cased(found: re.Match[str], source: str) -> Told:
    low = found[0].lower()
    if low == "not":
        return f"「{found[0]}」という書き方はありません。", "「not(…)」と書いてください。"
    return f"式の用語は小文字で書きます（「{found[0]}」）。", f"「{low}」と書いてください。"


def _else_if(found: re.Match[str], source: str) -> Told:
    return f"「{found[0]}」という用語はありません。", "「else if 条件 then 値 else 値」と書いてください。"  # fmt: skip


def _loop(found: re.Match[str], source: str) -> Told:
    return (
        "リストの中で「for」を後ろに置くことはできません。",
        "「for 要素 in リスト return 値」と書き、絞り込みは「リスト[条件]」と書いてください。",
    )


def _like(found: re.Match[str], source: str) -> Told:
    text = f"「{found[0].strip()}」という演算子はありません。"
    pattern = re.match(r'"(%?)([^"%_]+)(%?)"', source[found.end() :])
    if pattern is None or not (pattern[1] or pattern[3]):
        remedy = (
            'contains(値, "…")、starts with(値, "…")、matches(値, "…") のどれかを使ってください。'
        )
        return text, remedy
    function, words = _of_part(is_start=not pattern[1], is_end=not pattern[3])
    before = source[: found.start()].strip()
    value = before if re.fullmatch(r"[\w.]+", before) else "値" if before else "?"
    inside = pattern[2]
    return text, f'「{inside}」{words}文字は {function}({value}, "{inside}") と書いてください。'


def _of_part(*, is_start: bool, is_end: bool) -> tuple[str, str]:
    """The function that looks for a part of a text, and how it is said.  Not at either end: anywhere."""
    if is_start == is_end:
        return "contains", "を含む"
    return ("starts with", "で始まる") if is_start else ("ends with", "で終わる")


def _not_value(found: re.Match[str], source: str) -> Told:
    text = f"「{found[0].strip()}」という書き方はありません。"
    return text, 'それ以外に当てはまることは、not("…") のように not( ) で囲んで書いてください。'


def _wildcard(found: re.Match[str], source: str) -> Told:
    start = found[0].rstrip().removesuffix("*")
    remedy = f'「{start}」で始まる文字は、表のセルでは starts with(?, "{start}") と書いてください。'
    return "「*」を「どの文字でも」の意味では使えません。", remedy


def _any_start(found: re.Match[str], source: str) -> Told:
    text = f"「{found[0].strip()}」という書き方はありません。"
    is_start = found[1] == "^"
    function, words = _of_part(is_start=is_start, is_end=not is_start and not found[3])
    remedy = (
        f'「{found[2]}」{words}文字は、表のセルでは {function}(?, "{found[2]}") と書いてください。'
    )
    return text, remedy


def _both_signs(found: re.Match[str], source: str) -> Told:
    values = [source[found.start(group) : found.end(group)] for group in (2, 4)]
    signs = [found[1], found[3]]
    if signs[0][0] == "<":
        values, signs = values[::-1], signs[::-1]
    opened, closed = "[" if "=" in signs[0] else "(", "]" if "=" in signs[1] else ")"
    remedy = f"両方に当てはまる値は {opened}{'..'.join(values)}{closed} と書いてください。"
    return "比べる記号を二つ続けて書くことはできません。", remedy


def _lookup(found: re.Match[str], source: str) -> Told:
    return f"「{found[1]}」という関数はありません。", function_remedy(found[1], ())


def _leading_dot(found: re.Match[str], source: str) -> Told:
    return "項目の名前の後に数があります。", "リストの何番目かは リスト[1] のように書いてください。"


_HABITS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Told]], ...] = tuple(
    (re.compile(pattern), tell)
    for pattern, tell in (
        (r"\A\s*(\^|\*)([^\W\d_]\w*)(\*?)\s*\Z", _any_start),
        (rf"\A\s*(>=?)\s*({_VALUE})\s*(<=?)\s*({_VALUE})\s*\Z", _both_signs),
        (rf"\A\s*(<=?)\s*({_VALUE})\s*(>=?)\s*({_VALUE})\s*\Z", _both_signs),
        (r"(?s)\b([A-Z]?LOOKUP|[a-z]?lookup)\s*\(.*", _lookup),
        (r"\bif\s*\((?:[^()]|\([^()]*\))*,", _if),
        (r"(?i:\bcase\s+when\b)[^()]*?(?i:\bthen\b)", _case),
        (r"\?[^?:]*:", _choice),
        (r"\b(?i:elseif|elsif|elif)\b", _else_if),
        (r"\bis\s+(not\s+)?(?i:null|none|nil|empty|blank)\b", _is_null),
        (r"\bnot\s+(in|null|between|true|false)\b", _not),
        (r"[\[(][^\[\]()]*?\S\s+for\b", _loop),
        (r"(?i:\bnot)\s+(?=[\"\d])", _not_value),
        (r"(?<=\")\s*(?:以外|を除く|ではない|でない)|除く\s*(?=\")", _not_value),
        (r"[^\W\d_]\w*\*\s*\Z", _wildcard),
        (r"(?:\A|\s)(?i:like)\s*(?=\")", _like),
        (r"\b(and|or)\s*(<=|>=|!=|<|>|=)", _joined),
        ("|".join(map(re.escape, sorted(_SIGNS, key=len, reverse=True))), _sign),
        (rf"({_VALUE})\s*(~|〜|から|\bto\b)\s*({_VALUE})", _range),
        (rf"(?<![\[(\]\w.@\"])(?<![\[(\]]\s)({_VALUE})\s*(\.\.)\s*({_VALUE})", _range),
        (r"'[^']*'?|[“”„‟][^“”\"]*[“”\"]?|[‘’][^‘’]*[‘’]?|`[^`]*`", _quoted),
        ("|".join(sorted(_WORDS, key=len, reverse=True)), _word),
        (rf"\b(?:{'|'.join(word.upper() for word in _CASED.split())})\b", _cased),
        (rf"\b(?:{'|'.join(word.title() for word in _CASED.split())})\b", _cased),
        (r"(?<=[^\W\d_])\.\d+", _leading_dot),
        ("|".join(map(re.escape, _OTHERS)), _other),
    )
)


def told(source: str, at: int) -> Found | None:
    """The habit that shows where reading ended, None when there is none."""
    if len(source) > _LONGEST:
        return None
    whole = marks.remedy(source)
    if whole:
        start = len(source) - len(source.lstrip())
        text = f"「{source.strip()}」だけのセルは読めません。"
        return Found(start, start + 1, text, whole)
    char = source[at : at + 1]
    if char in FULL_WIDTH and char not in "“”‘’！＂":
        sign = re.match(r".", source[at:])
        assert sign is not None
        message, remedy = _half_width(re.compile(re.escape(char)).match(source, at) or sign, source)
        return Found(at, at + 1, message, remedy)
    text = blanked(source)
    for found in _candidates(text, source):
        if found.start <= at <= found.end:
            return found
    return None


def _candidates(text: str, source: str) -> Iterator[Found]:
    yield from (
        Found(_before(text, one.start), _after(text, one.end), *one[2:]) for one in dates(text)
    )
    yield from amounts(text)
    for pattern, tell in _HABITS:
        for match in islice(pattern.finditer(text), 100):
            yield Found(match.start(), match.end(), *tell(match, source))


def _before(text: str, start: int) -> int:
    """The start with the # before it, as Visual Basic writes dates."""
    before = text[:start].rstrip()
    return len(before) - 1 if before.endswith("#") else start


def _after(text: str, end: int) -> int:
    """The end with the spaces behind it, where reading may have ended too."""
    return end + len(text[end:]) - len(text[end:].lstrip())
