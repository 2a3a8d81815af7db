"""Stand-in of a mail server: takes mail by SMTP on loopback, shows it on a page, fails on demand.

The page / lists what arrived (`/?to=address` for one reader), /mail/<n> shows one message.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from typing import Any, ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from adapters.standins import page, server
from adapters.standins.server import Request, Response, html_response

JST = ZoneInfo("Asia/Tokyo")
LINK = re.compile(r"https?://[^\s<>\"]+")
FAULT_NAMES = ("none", "outage", "error", "rate", "delay", "unreachable", "drop_after")


@dataclass(frozen=True)
class Mail:
    arrived_at: datetime
    message_id: str
    to: str
    subject: str
    body: str
    headers: tuple[tuple[str, str], ...]


class Mailbox(server.Standin):
    """fault, as the mail server means it: outage 421, error 550, rate 451 (greylisting), unreachable = cut within DATA."""

    title = "メールの代役"
    fault_names: ClassVar[tuple[str, ...]] = FAULT_NAMES

    def __init__(self, smtp_port: int):
        super().__init__()
        self.mails: list[Mail] = []
        self.unknown: set[str] = set()  # addresses this server has no box for
        self.controller = _Controller(self, smtp_port)
        self.controller.start()
        self.announcement = f"smtp {self.controller.port}"

    def answer(self, request: Request) -> Response:
        if request.method != "GET":
            return Response(405)
        if request.path == "/":
            return html_response(200, self._list(request.query.get("to", [""])[0]))
        number = request.path.removeprefix("/mail/")
        if number.isdigit() and int(number) < len(self.mails):
            return html_response(200, self._one(self.mails[int(number)]))
        return html_response(404, page.document("ありません", "<p>そのメールはありません。</p>"))

    def knows(self, address: str) -> bool:
        """Whether mail to the address is taken; one that is not is on the journal."""
        with self.lock:
            known = address not in self.unknown
            if not known:
                self.journal.append(
                    {"method": "RCPT", "path": "smtp", "key": "", "status": 550, "fault": "unknown"}
                )
        return known

    def take_fault(self) -> str:
        """Faults are for SMTP; the pages always work."""
        return "none"

    def take_smtp_fault(self) -> str:
        return super().take_fault()

    def arrived(self, raw: bytes, recipients: list[str], fault: str, status: int) -> None:
        """Puts the message on the journal, and into the box when it was taken (250)."""
        message = message_from_bytes(raw, policy=policy.default)
        key = str(message.get("Message-ID", ""))
        with self.lock:
            self.journal.append(
                {"method": "DATA", "path": "smtp", "key": key, "status": status, "fault": fault}
            )
            if status == 250:
                self.mails.append(_mail(message, key, recipients))

    def _list(self, to: str) -> str:
        with self.lock:
            numbered = [(n, m) for n, m in enumerate(self.mails) if not to or m.to == to]
        rows = "".join(
            f"<tr><td>{m.arrived_at:%m月%d日 %H:%M:%S}</td>"
            f'<td><a href="/?to={quote(m.to)}">{escape(m.to)}</a></td>'
            f'<td><a href="/mail/{n}">{escape(m.subject)}</a></td></tr>'
            for n, m in reversed(numbered)
        )
        title = f"{to} あてのメール" if to else "届いたメール"
        body = (
            f'<table><caption>{escape(title)}（{len(numbered)}通）</caption><thead><tr><th scope="col">時刻</th>'
            f'<th scope="col">あて先</th><th scope="col">件名</th></tr></thead><tbody>{rows}</tbody></table>'
            '<p><a href="/">更新</a>　<a href="/control">操作盤</a></p>'
        )
        return page.document("デモ用の受信箱", body)

    def _one(self, mail: Mail) -> str:
        headers = page.table("ヘッダー", ("名前", "値"), mail.headers)
        body = (
            f"<h2>{escape(mail.subject)}</h2><p>あて先 {escape(mail.to)}　{mail.arrived_at:%Y-%m-%d %H:%M:%S}</p>"
            f'<div class="mail">{_linked(mail.body)}</div>{headers}<p><a href="/">一覧へ戻る</a></p>'
        )
        return page.document("メール", body)

    def panel(self) -> str:
        return (
            "<p>メールでの意味: 停止は421、内部エラーは550（受け取り拒否）、混雑は451（グレーリスト）、"
            f'つながらないは本文の途中で切断。</p><p><a href="/">受信箱（{len(self.mails)}通）</a></p>'
            '<form method="post" action="/control"><p><label>ないことにするアドレス（550 5.1.1 を返す）'
            '<input name="unknown" type="email"></label> <button>加える</button></p></form>'
            f"<p>いま、ないことにしているアドレス：{escape('、'.join(sorted(self.unknown)) or 'なし')}</p>"
            '<form method="post" action="/control"><p><button name="all_known" value="1">すべて、あることに戻す</button></p></form>'
        )

    def control(self, form: Mapping[str, str]) -> None:
        if form.get("clear"):
            self.mails.clear()
        if form.get("all_known"):
            self.unknown.clear()
        if form.get("unknown"):
            self.unknown.add(form["unknown"])


class _Controller(Controller):
    """aiosmtpd's thread; port 0 gives a free port, which is known after start."""

    def __init__(self, box: Mailbox, port: int):
        self.box = box
        super().__init__(_Taker(box), hostname="127.0.0.1", port=port)

    def factory(self) -> Any:
        return _Smtp(self.handler, box=self.box, ident="Tetsuzuki mailbox", enable_SMTPUTF8=False)

    def _trigger_server(self) -> None:
        # The base class connects to self.port to see it answer: tell it the port the system chose.
        running: Any = self.server
        self.port = running.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class _Smtp(SMTP):
    """Cuts the line within DATA when told so."""

    def __init__(self, *arguments: Any, box: Mailbox, **options: Any):
        super().__init__(*arguments, **options)
        self.box = box

    async def smtp_DATA(self, arg: str) -> None:
        if self.box.fault == "unreachable":
            self.box.take_smtp_fault()
            await self.push("354 go on")
            _abort(self)
            return
        await super().smtp_DATA(arg)


def _abort(connection: Any) -> None:
    connection.transport.abort()


class _Taker:
    def __init__(self, box: Mailbox):
        self.box = box

    async def handle_RCPT(
        self, smtp: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if not self.box.knows(address):
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp: Any, session: Any, envelope: Any) -> str:
        fault = self.box.take_smtp_fault()
        if fault == "delay":
            await asyncio.sleep(self.box.delay_s)
        refusals = {
            "outage": "421 4.3.2 out of service",
            "error": "550 5.7.1 refused",
            "rate": "451 4.7.1 greylisted, try again",
        }
        reply = refusals.get(fault, "250 OK")
        self.box.arrived(envelope.content, envelope.rcpt_tos, fault, int(reply[:3]))
        if fault == "drop_after":
            _abort(smtp)
        return reply


def _mail(message: EmailMessage, key: str, recipients: list[str]) -> Mail:
    part = message.get_body(("plain",))
    return Mail(
        arrived_at=datetime.now(JST),
        message_id=key,
        to=", ".join(recipients),
        subject=str(message.get("Subject", "（件名なし）")),
        body=part.get_content() if part else "",
        headers=tuple((name, str(value)) for name, value in message.items()),
    )


def _linked(body: str) -> str:
    parts, end = [], 0
    for match in LINK.finditer(body):
        address = escape(match[0])
        parts += [escape(body[end : match.start()]), f'<a href="{address}">{address}</a>']
        end = match.end()
    return "".join([*parts, escape(body[end:])])


def main(argv: list[str]) -> int:
    """Runs until interrupted. Options: --port (pages), --smtp-port."""

    def make(arguments: argparse.Namespace) -> Mailbox:
        return Mailbox(int(arguments.smtp_port))

    return server.run(make, argv, smtp_port="0")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
