"""Why a call or a case stopped, in words: what the code of the failure means and what is to be done about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from web.operation_titles import in_words

# Code of a failed call -> (what it is called, what to do while it is tried again, what to do once it was given up).
CALLS = {
    "temporary": (
        "相手につながらない",
        "相手はまだ受け取っていません。間をあけて、自動でもう一度試します。",
        "相手は受け取っていません。相手のシステムとつなぎ先の設定を確かめてから、再実行してください。",
    ),
    "unknown": (
        "届いたか不明",
        "送ったあとに返事がありません。処理されたかを、自動で相手に確かめます。二重には送りません。",
        "処理されたかを、相手に問い合わせてください。再実行しても二重には送りません。はじめに処理されたかを確かめます。送る値を直したときも、先に前のものを確かめ、処理されていないと分かってから、別の照会として送ります。",
    ),
    "processed": (
        "直す前の値で処理済み",
        "",
        "直した値は、まだ送っていません。前の処理でよいときは、相手に結果を確かめ、とばして値を入れてください。"
        "前の処理を相手に取り消してもらったときや、もう一度処理されてもよいときだけ、再実行してください。直した値を、別の照会として送ります。",
    ),
    "too-large": (
        "回答が大きすぎる",
        "",
        "再実行しても、同じ回答では成功しません。とばして、必要な値だけを入れてください。",
    ),
    "unreadable": (
        "相手の答えを読み取れません",
        "",
        "こちらの送った内容の誤りではありません。相手の担当に、答えがおかしいことを伝えてください。直ったら再実行します（同じ鍵でたずねるので、二重には処理されません）。"
        "急ぐときは、答えを相手に確かめ、とばして値を入れます。",
    ),
    "not-begun": (
        "案件を始められない",
        "",
        "呼び出す手続を直して公開するか、渡す値を直してから、再実行してください。",
    ),
    "erased": (
        "呼び出した案件が消去済み",
        "",
        "再実行すると、新しい案件を始めます。始めないときは、とばして値を入れてください。",
    ),
    "permanent": (
        "相手が処理できない",
        "",
        "送った内容か設定が、相手の決まりに合いません。同じままでは成功しません。値か設定を直してから、再実行してください。",
    ),
}
REFUSED = (
    "断られた",
    "相手が業務上の理由で断りました。案件は、断られたときの道に進みます。その道が図になければ障害になります。",
)
# Code of what stopped a case in the engine -> what it is called. The incident says its remedy itself.
STOPS = {
    "ADHOC": "任意の作業を始められない",
    "CALLED_PROCESS": "呼び出すプロセスがない",
    "CONDITION": "条件が決まらない",
    "DECISION": "判定できない",
    "ERROR_UNCAUGHT": "エラーを受けるところがない",
    "FEEL": "式を計算できない",
    "JOIN": "合流がそろわない",
    "LOOP": "繰返しを始められない",
    "MESSAGE_KEY": "連絡の照合キーがない",
    "NO_FLOW": "進む道がない",
    "NO_OPERATION": "処理が決まっていない",
    "NO_START": "始まりがない",
    "OUTPUTS": "繰返しの結果が大きすぎる",
    "SCOPE_DEPTH": "入れ子が深すぎる",
    "STEP_BUDGET": "終わらない繰返し",
    "TIMER": "時期が決まらない",
    "TOKEN_LIMIT": "道が分かれすぎた",
    "WORK": "担当者や期限が決まらない",
    "crashed": "処理が異常終了した",
    "damaged": "案件の状態を読めない",
    "step-budget": "終わらない繰返し",
    "step-refused": "案件が受け取れない",
    "work-refused": "作業を終えられない",
    # What the engine's own operations raise.
    "DataError": "データベースが値を受け付けない",
    "MessageRefused": "連絡の相手が一つに決まらない",
    "NotFound": "あるはずのものがない",
    "RegisterConflict": "台帳がほかの案件で変わった",
    "TetsuzukiError": "処理できない値",
    "WrongParameters": "処理に渡す値が違う",
}
OTHER = "処理できない"


@dataclass(frozen=True)
class Failure:
    """code: to quote.  word: what it is called.  message: what happened this time.  advice: may be empty."""

    code: str
    word: str
    message: str
    advice: str


def of_call(error: str | None, status: str = "failed") -> Failure | None:
    """What the error of a call says (`code: sentence`, as engine.calls writes it); None for none. status: of the call."""
    if not error:
        return None
    code, sign, message = error.partition(": ")
    if status == "refused":
        return Failure(code, *_said(REFUSED[0], message, REFUSED[1]))
    if not sign or code not in CALLS:
        return Failure("", *_said(OTHER, error, ""))
    word, waiting, given_up = CALLS[code]
    return Failure(code, *_said(word, message, given_up if status == "failed" else waiting))


def of_incident(code: str, message: str) -> Failure:
    """What the incident says."""
    word, _, advice = CALLS.get(code, (STOPS.get(code, OTHER), "", ""))
    return Failure(code, *_said(word, message, advice))


def word_of(code: str) -> str:
    """What the failure with this code is called."""
    return of_incident(code, "").word


def _said(word: str, message: str, advice: str) -> tuple[str, str, str]:
    return word, in_words(message), advice
