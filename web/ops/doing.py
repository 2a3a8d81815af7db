"""Carrying out what an operator has looked at, once, and saying what came of it; also why nothing did."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from werkzeug.wrappers import Response

from engine.errors import CaseDamaged, NotFound, TetsuzukiError
from engine.interventions import CaseMoved, Undecided
from engine.kernel import StepRefused
from engine.locks import CaseBusy
from web import once, refused

NOT_NOW = "この操作は、案件のいまの状態ではできません。"


def why_not(error: TetsuzukiError) -> str:
    """Why nothing was done, and what to do now."""
    if isinstance(error, CaseMoved):
        return "確かめたあとに案件が進んだため、何もしていません。いまの状態を見て、もう一度確かめてください。"
    if isinstance(error, Undecided):
        return "確かめたあとに事情が変わった（別のタイマーの時刻が来た、連絡が届いたなど）ため、何もしていません。もう一度選んで、確かめてください。"
    if isinstance(error, CaseBusy):
        return "ほかの処理がこの案件を動かしているため、何もしていません。少し待って、もう一度実行してください。"
    if isinstance(error, StepRefused | CaseDamaged):
        return f"実行できませんでした：{error}"
    # Every other error is written for developers.
    return f"実行できませんでした。{NOT_NOW}いまの状態を見てください。"


def carry_out(work: Any, *, back: str, choose: str | None = None) -> Response:
    """Where `work` (of the open transaction) leads; to `back` with the reason when nothing was done.

    choose: where something is to be chosen again. Raises NotFound for what the operator may not know of.
    """
    try:
        return once.carry_out(work)
    except NotFound:
        raise
    except TetsuzukiError as error:
        if isinstance(error, CaseDamaged):
            refused.note_damaged(error)
        flash(why_not(error), "warning")
        if isinstance(error, Undecided):
            back = choose or back
    return redirect(back, 303)
