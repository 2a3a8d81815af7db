"""Pages for what went wrong: what happened, why, what to do now. Errors of the engine become answers here."""

from __future__ import annotations

import errno
import logging
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from flask import Flask, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from engine.drafts import DraftGone
from engine.errors import CaseDamaged, CaseStopped, Duplicate, NotAllowed, NotFound, TaskClosed
from engine.file_store import StorageFull
from engine.kernel import StepRefused
from engine.locks import CaseBusy
from web import carried, refused
from web.words import clock_time

log = logging.getLogger("tetsuzuki.web")
FAILED = "tetsuzuki.failed"


@dataclass(frozen=True)
class Explained:
    """One error page. remedies: what the person can do now, the likeliest first.  back: words and address of a link."""

    status: int
    title: str
    what: str
    remedies: tuple[str, ...]
    retry_after_s: int | None = None
    back: tuple[str, str] | None = None


NOT_FOUND = Explained(
    404,
    "ページが見つかりません",
    "お探しのページは、ないか、別の人だけが見られるものです。",
    (
        "アドレスを打ち間違えていないか、確かめてください。",
        "ログインしている人の案件だけが表示されます。別のアカウントで届け出たときは、そのアカウントでログインしてください。",
        "マイページ（職員は自分の仕事）から開き直してください。",
    ),
)
DRAFT_GONE = Explained(
    404,
    "この下書きはありません",
    "すでに提出したか、削除した下書きです。別のアカウントの下書きも、ここには表示されません。二重に届け出てはいません。",
    (
        "提出できたかどうかは、マイページの「案件」の一覧で確かめられます。",
        "この画面の前に入力した内容は保存されていません。ブラウザーの「戻る」で前の画面に戻ると、写せます。",
        "はじめから入力するときは、手続の一覧から選んでください。",
    ),
)
NOT_ALLOWED = Explained(
    403,
    "この操作はできません",
    "いまログインしているアカウントでは、この操作をする権限がありません。",
    (
        "申請者の画面は申請者のアカウント、職員の画面は職員のアカウントで使います。ログインし直してください。",
        "担当（職）が変わったときは、ログインし直すと反映されます。",
    ),
)
FORM_TOO_OLD = Explained(
    403,
    "画面を開き直してください",
    "この画面を開いてから時間がたったか、ログインし直したため、安全のため送信を受け付けませんでした。何も変わっていません。",
    (
        "ブラウザーの「戻る」で前の画面に戻り、再読み込みしてから、もう一度送信してください。",
        "届出の入力は、前のページまで下書きに保存されています。マイページから続けられます。",
    ),
)
NOT_HANDED_IN = Explained(
    403,
    "提出を受け付けませんでした",
    "確認の画面を開いてから時間がたったか、ログインし直したため、安全のため受け付けませんでした。保存した内容は変わっていません。",
    ("確認の画面に戻り、内容を確かめて、もう一度提出してください。",),
)
TOO_LARGE = Explained(
    413,
    "送信されたデータが大きすぎます",
    "ファイルや文章の合計が、1回に送れる大きさを超えています。送信は受け付けていません。前のページまでの入力は下書きに残っています。",
    (
        "写真の大きさを小さくするか、1枚ずつ追加してください。文章なら短くしてください。",
        "ブラウザーの「戻る」で前の画面に戻ると、続けられます。",
    ),
)
UNPROCESSABLE = Explained(
    422,
    "送信された内容を処理できません",
    "送信された内容に足りないものがあるか、形が違っています。何も変わっていません。",
    ("前の画面に戻り、再読み込みしてから、もう一度送信してください。",),
)
CASE_STOPPED = Explained(
    409,
    "この案件は確認のため一時的に止まっています",
    "システムの確認が必要なため、この案件の処理を止めています。受け付けた内容と日時はそのまま残っています。",
    (
        "担当部署が対応しています。しばらくしてから、もう一度お試しください。",
        "お急ぎのときは、案件のページにある連絡先へお電話ください。",
    ),
)
STEP_REFUSED = Explained(
    409,
    "この操作を行えませんでした",
    "案件が持てる内容の大きさなどの上限を超えるため、何も変えていません。原因を運用担当者に知らせました。",
    (
        "運用担当者が直すまで、案件は止まります。しばらくしてから、もう一度お試しください。",
        "お急ぎのときは、案件のページにある連絡先へお電話ください。",
    ),
)
ALREADY_DONE = Explained(
    409,
    "すでに処理されています",
    "同じ操作がすでに行われています。二重には処理していません。",
    ("案件のページを開き直して、いまの状態を確かめてください。",),
)
DATABASE_DOWN = Explained(
    503,
    "ただいま利用できません",
    "データを保管しているところとつながりません。受付済みの届出や下書きは、消えていません。",
    (
        "1分ほど待ってから、再読み込みしてください。送信の途中だったときは、同じ内容がもう一度送信されます。二重に受け付けることはありません。",
        "長く続くときは、お手数ですが担当部署へお電話ください。",
    ),
    retry_after_s=60,
)
BUSY = Explained(
    503,
    "ただいま混み合っています",
    "同じ案件を、ほかの人かシステムが処理しているところです。いまの操作は行われず、何も変わっていません。",
    ("数秒待ってから、前の画面に戻り、もう一度お試しください。",),
    retry_after_s=5,
)
NO_ROOM = Explained(
    503,
    "ただいま保存できません",
    "保存先の空きが足りないため、この操作は行われていません。受付済みの届出や、前のページまでの下書きは消えていません。",
    (
        "時間をおいてから、再読み込みしてください。同じ内容がもう一度送信されます。",
        "急ぐときや長く続くときは、お手数ですが担当部署へお電話ください。",
    ),
    retry_after_s=600,
)
BROKEN = Explained(
    500,
    "システムの不具合が起きました",
    "お使いの方の操作に誤りはありません。この操作は取り消され、何も変わっていません。不具合は記録しました。",
    (
        "しばらくしてから、もう一度お試しください。",
        "くり返し起きるときは、この画面の日時を担当部署へお知らせください。",
    ),
)
# Lock or statement time-out, conflict, deadlock, no free connection.
BUSY_STATES = {"55P03", "57014", "40001", "40P01", "53300"}
NO_ROOM_STATE = "53100"
NO_ROOM_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
TITLES = {
    400: "送信された内容を読み取れません",
    405: "この操作はこのアドレスではできません",
    429: "短い間に何度も送信されました",
}


def install(app: Flask) -> None:
    """Every error of the application is answered by a page of this module afterwards."""
    for error, page in (
        (NotFound, NOT_FOUND),
        (DraftGone, DRAFT_GONE),
        (CaseBusy, BUSY),
        (StorageFull, NO_ROOM),
        (NotAllowed, NOT_ALLOWED),
        (CaseStopped, CASE_STOPPED),
        (Duplicate, ALREADY_DONE),
    ):
        app.register_error_handler(error, _answer_with(page))
    app.register_error_handler(CSRFError, _form_too_old)
    app.register_error_handler(CaseDamaged, _damaged)
    app.register_error_handler(StepRefused, _step_refused)
    app.register_error_handler(TaskClosed, _task_closed)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def task_closed_sentence(error: TaskClosed) -> str:
    """10時03分に佐藤さんが完了しています。"""
    if error.completed_by and error.completed_at is not None:
        at: Any = error.completed_at
        return f"{clock_time(at)}に{error.completed_by}さんが完了しています。"
    return error.because or "この作業はすでに終わっています。"


def answer(page: Explained) -> Any:
    """The page (or JSON for the API) with its status."""
    if page.status >= 500:
        request.environ[FAILED] = True
    if request.path.startswith("/api/"):
        body: Any = jsonify({"error": page.title, "detail": page.what})
    else:
        body = render_template("errors/problem.html", page=page)
    headers = {} if page.retry_after_s is None else {"Retry-After": str(page.retry_after_s)}
    return body, page.status, headers


def _answer_with(page: Explained) -> Any:
    def handler(error: Exception) -> Any:
        if page.status >= 500:
            log.error("%s %s: %s", request.method, request.endpoint, error)
        return answer(page)

    return handler


def task_closed_page(error: TaskClosed) -> Explained:
    return Explained(
        409,
        "この作業はすでに終わっています",
        f"{task_closed_sentence(error)}入力した内容は反映していません。",
        ("一覧に戻って、いまの状態を確かめてください。",),
    )


def _form_too_old(error: CSRFError) -> Any:
    """What was typed into a page of this site goes along; a post that comes from elsewhere gets nothing back."""
    if looked_at := carried.page_to_look_at():
        return answer(replace(NOT_HANDED_IN, back=("確認の画面に戻る", looked_at)))
    headers = request.headers
    is_ours = headers.get("Sec-Fetch-Site") == "same-origin"
    fields = carried.kept_on_the_page(carried.of_request())
    if not is_ours or headers.get("Sec-Fetch-Mode") != "navigate" or len(fields) == 1:
        return answer(FORM_TOO_OLD)
    page = carried.page(request.full_path.rstrip("?"), fields, signed_in=False)
    return page, FORM_TOO_OLD.status, {"Cache-Control": "no-store"}


def _damaged(error: CaseDamaged) -> Any:
    """The case stops until an operator has restored it; nothing of it is overwritten meanwhile."""
    refused.note_damaged(error)
    return answer(CASE_STOPPED)


def _step_refused(error: StepRefused) -> Any:
    refused.note(error)
    return answer(STEP_REFUSED)


def _task_closed(error: TaskClosed) -> Any:
    return answer(task_closed_page(error))


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    known = {
        404: NOT_FOUND,
        403: NOT_ALLOWED,
        413: TOO_LARGE,
        422: UNPROCESSABLE,
        503: DATABASE_DOWN,
    }
    page = known.get(status)
    if page is None and status < 500:
        page = Explained(
            status,
            TITLES.get(status, UNPROCESSABLE.title),
            UNPROCESSABLE.what,
            UNPROCESSABLE.remedies,
        )
    return answer(page or BROKEN)


def _page_of(error: Exception) -> Explained | None:
    """The page when a part of the machine is the cause: a full disk, a database that is away or busy; None for others."""
    if isinstance(error, OSError) and error.errno in NO_ROOM_ERRORS:
        return NO_ROOM  # also while the request was read: large uploads wait in a temporary file
    if type(error).__module__ == "sqlalchemy.exc" and type(error).__name__ == "TimeoutError":
        return BUSY  # every connection of the pool is in use
    cause = getattr(error, "orig", error)
    if not isinstance(cause, psycopg.OperationalError):
        return None
    if cause.sqlstate == NO_ROOM_STATE:
        return NO_ROOM
    return BUSY if cause.sqlstate in BUSY_STATES else DATABASE_DOWN


def _broken(error: Exception) -> Any:
    page = _page_of(error)
    if page is not None:
        log.error(
            "%s %s: %s: %s", request.method, request.endpoint, type(error).__name__, page.title
        )
        return answer(page)
    # The text of an unexpected error may hold personal data: the log gets its type and place, not its message.
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    log.error(
        "%s %s failed: %s at %s", request.method, request.endpoint, type(error).__name__, where
    )
    return answer(BROKEN)
