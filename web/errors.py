"""Pages for what went wrong: what happened, why, what to do now. Errors of the engine become answers here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import Flask, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from engine.errors import CaseStopped, Duplicate, NotAllowed, NotFound, TaskClosed
from web.words import clock_time

log = logging.getLogger("tetsuzuki.web")
FAILED = "tetsuzuki.failed"


@dataclass(frozen=True)
class Explained:
    """One error page. remedies: what the person can do now, the likeliest first."""

    status: int
    title: str
    what: str
    remedies: tuple[str, ...]


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
TOO_LARGE = Explained(
    413,
    "送信されたデータが大きすぎます",
    "ファイルの合計が、1回に送れる大きさを超えています。送信は受け付けていません。前のページまでの入力は下書きに残っています。",
    (
        "写真の大きさを小さくするか、1枚ずつ追加してください。",
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
        "1分ほど待ってから、再読み込みしてください。",
        "長く続くときは、お手数ですが担当部署へお電話ください。",
    ),
)
BUSY = Explained(
    503,
    "ただいま混み合っています",
    "同じ案件を、ほかの人かシステムが処理しているところです。いまの操作は行われず、何も変わっていません。",
    ("数秒待ってから、前の画面に戻り、もう一度お試しください。",),
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
BUSY_STATES = {"55P03", "57014", "40001", "40P01"}  # lock or statement time-out, conflict, deadlock
TITLES = {
    400: "送信された内容を読み取れません",
    405: "この操作はこのアドレスではできません",
    429: "短い間に何度も送信されました",
}


def install(app: Flask) -> None:
    """Every error of the application is answered by a page of this module afterwards."""
    for error, page in (
        (NotFound, NOT_FOUND),
        (NotAllowed, NOT_ALLOWED),
        (CaseStopped, CASE_STOPPED),
        (Duplicate, ALREADY_DONE),
        (CSRFError, FORM_TOO_OLD),
    ):
        app.register_error_handler(error, _answer_with(page))
    app.register_error_handler(TaskClosed, _task_closed)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def task_closed_sentence(error: TaskClosed) -> str:
    """10時03分に佐藤さんが完了しています。"""
    if error.completed_by and error.completed_at is not None:
        at: Any = error.completed_at
        return f"{clock_time(at)}に{error.completed_by}さんが完了しています。"
    return "この作業はすでに終わっています。"


def answer(page: Explained) -> Any:
    """The page (or JSON for the API) with its status."""
    if page.status >= 500:
        request.environ[FAILED] = True
    if request.path.startswith("/api/"):
        return jsonify({"error": page.title, "detail": page.what}), page.status
    return render_template("errors/problem.html", page=page), page.status


def _answer_with(page: Explained) -> Any:
    def handler(error: Exception) -> Any:
        if page.status >= 500:
            log.error("%s %s: %s", request.method, request.endpoint, error)
        return answer(page)

    return handler


def _task_closed(error: TaskClosed) -> Any:
    return answer(
        Explained(
            409,
            "この作業はすでに終わっています",
            f"{task_closed_sentence(error)}入力した内容は反映していません。",
            ("一覧に戻って、いまの状態を確かめてください。",),
        )
    )


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


def _database_page(error: Exception) -> Explained | None:
    """The page when the database is the cause: it cannot be reached, or it is busy; None for any other error."""
    if type(error).__module__ == "sqlalchemy.exc" and type(error).__name__ == "TimeoutError":
        return BUSY  # every connection of the pool is in use
    cause = getattr(error, "orig", error)
    if not isinstance(cause, psycopg.OperationalError):
        return None
    return BUSY if cause.sqlstate in BUSY_STATES else DATABASE_DOWN


def _broken(error: Exception) -> Any:
    page = _database_page(error)
    if page is not None:
        log.error("%s %s: the database: %s", request.method, request.endpoint, page.title)
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
