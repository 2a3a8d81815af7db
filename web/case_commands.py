"""`tetsuzuki case …`: what an operator does to one case. Each parses its options, shows what would happen, and does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from web import settings
from web.when_used import when_used

if TYPE_CHECKING:
    from web import installation, operating
else:
    installation = when_used("web.installation")
    operating = when_used("web.operating")

NUMBER = click.argument("number")
LOGIN = click.option(
    "--as", "login", required=True, help="操作する運用担当のログインID。記録に残ります。"
)
REASON = click.option("--reason", required=True, help="理由。記録に残ります。")
YES = click.option("--yes", is_flag=True, help="確かめずに行います。")


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (YES, REASON, LOGIN, NUMBER):
        command = option(command)
    return command


@click.group()
def case() -> None:
    """ひとつの案件（受付番号）を、一時停止、再開、取消し、再実行します。"""


@case.command()
@_options
def suspend(number: str, login: str, reason: str, yes: bool) -> None:
    """再開するまで、作業もタイマーも照会も止めます。"""
    _operate(operating.Asked("suspend", number, login, reason, {}), yes)


@case.command()
@_options
@click.option(
    "--decide",
    "decided",
    multiple=True,
    metavar="KEY=CHOICE",
    help="止めている間に来た時刻（fire すぐに起こす、wait あとにする）や連絡（deliver 届ける、discard 捨てる）を"
    "どうするか。選ばずに行うと、選ぶものを示します。",
)
def resume(number: str, login: str, reason: str, yes: bool, decided: tuple[str, ...]) -> None:
    """一時停止した案件を続けます。"""
    said = dict(one.partition("=")[::2] for one in decided)
    _operate(operating.Asked("resume", number, login, reason, {"decided": said}), yes)


@case.command()
@_options
def cancel(number: str, login: str, reason: str, yes: bool) -> None:
    """開いているものをすべて終わらせ、案件を「取消し」で終わります。元には戻せません。"""
    _operate(operating.Asked("cancel", number, login, reason, {}), yes)


@case.command()
@_options
@click.option("--incident", type=int, help="障害が二つ以上あるとき、その番号。")
def retry(number: str, login: str, reason: str, yes: bool, incident: int | None) -> None:
    """障害で止まったところを、もう一度実行します。"""
    _operate(operating.Asked("retry", number, login, reason, {"incident": incident}), yes)


def _operate(asked: operating.Asked, yes: bool) -> None:
    with installation.opened(settings.read()) as parts:
        ahead = operating.look_ahead(parts, asked)
        for line in _lines(asked, ahead):
            click.echo(line)
        if not yes:
            click.confirm("行いますか。", abort=True)
        click.echo(operating.carry_out(parts, asked, seen=ahead.seen))


def _lines(asked: operating.Asked, ahead: operating.Ahead) -> list[str]:
    foreseen = ahead.foreseen
    return [
        f"{asked.number}：{ahead.title}",
        *ahead.lead,
        *(f"  始まる：{one}" for one in foreseen.opened),
        *(f"  終わる：{one}" for one in foreseen.closed),
        *(f"  変わる値：{one}" for one in foreseen.changed),
        f"  行ったあと：{'、'.join(filter(None, (foreseen.status[0], foreseen.outcome, foreseen.stage)))}",
        *(["  障害で止まります。"] if foreseen.would_stop else ()),
    ]
