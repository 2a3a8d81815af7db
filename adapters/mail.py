"""Outgoing mail by SMTP submission (RFC 5321, 6409): one plain-text message to one address.

Not an operation of models: a letter's mail goes out by the engine's own notification job. Message-ID comes from
our key, so that a message sent twice can be recognised as one; `Auto-Submitted: auto-generated` (RFC 3834) keeps
answering machines quiet; the envelope sender carries the key (VERP), so that a bounce names its message.
Subjects and bodies hold no personal data: that is the caller's duty. 4xx = Temporary, 5xx = Permanent, 5xx to the
address = Refused; no answer after the text was sent = Unknown. A 250 means accepted, not delivered: what comes back
later is read by adapters/bounces.py.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from adapters.base import (
    Adapter,
    Done,
    Outcome,
    Permanent,
    Refused,
    RetryPolicy,
    Temporary,
    Unknown,
)

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
MESSAGE_ID = re.compile(r"[A-Za-z0-9._-]{1,120}")
LONGEST_SUBJECT = 200


class Settings(Schema):
    host = fields.String(required=True)
    port = fields.Integer(load_default=587)
    security = fields.String(
        load_default="starttls", validate=validate.OneOf(["starttls", "tls", "none"])
    )
    user = fields.String(load_default=None, allow_none=True)
    password = fields.String(load_default=None, allow_none=True, load_only=True)
    sender = fields.String(required=True)  # address in From
    sender_name = fields.String(load_default="")
    bounce_domain = fields.String(load_default=None, allow_none=True)  # None: domain of sender
    timeout_s = fields.Float(load_default=30.0)
    web = fields.String(load_default=None, allow_none=True)  # page of the stand-in mailbox


class Mail(Adapter):
    name = "mail"
    title = "電子メール（SMTP）"
    settings = Settings
    zone = "internet"
    retry: ClassVar[RetryPolicy] = RetryPolicy(attempts=8)

    def send(self, message_id: str, to: str, subject: str, body: str) -> Outcome:
        """Done({"message_id"}) when the server took it.

        message_id: our key (letters, digits, . _ -), the same on every attempt; becomes <key@domain>.
        to: one bare address.  body: plain text.  Line breaks in an address or subject are refused.
        """
        problem = _problem(message_id, to, subject)
        if problem:
            return Permanent(f"mail：{problem}")
        domain = self.config["sender"].rpartition("@")[2]
        message = self._message(message_id, domain, to, subject, body)
        bounce = _return_path(message_id, self.config.get("bounce_domain") or domain)
        return self._deliver(message, bounce, to)

    def find(self, operation: str, key: str) -> Outcome | None:
        """None always: SMTP cannot be asked. Sending again is right, the same Message-ID makes a double one message."""
        return None

    def _message(
        self, message_id: str, domain: str, to: str, subject: str, body: str
    ) -> EmailMessage:
        message = EmailMessage(policy=policy.SMTP)
        name = self.config.get("sender_name") or ""
        message["From"] = Address(name, addr_spec=self.config["sender"])
        message["To"] = to
        message["Subject"] = subject
        message["Message-ID"] = f"<{message_id}@{domain}>"
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body, charset="utf-8", cte="base64")
        return message

    def _deliver(self, message: EmailMessage, bounce: str, to: str) -> Outcome:
        sent = False
        try:
            with self._connect() as smtp:
                smtp.ehlo_or_helo_if_needed()
                code, _ = smtp.mail(bounce)
                if code >= 400:
                    return _by_code(code)
                code, said = smtp.rcpt(to)
                if code >= 400:
                    return _refusal(code, said)
                sent = True
                code, _ = smtp.data(message.as_bytes())
                return Done({"message_id": message["Message-ID"]}) if code < 400 else _by_code(code)
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code < 500:
                return _by_code(error.smtp_code)
            return Permanent(
                "mail：サーバーが認証を受け付けません。設定のログイン名とパスワードを直してください"
            )
        except smtplib.SMTPResponseException as error:
            return _by_code(error.smtp_code)
        except smtplib.SMTPNotSupportedError:
            return Permanent("mail：サーバーが、設定で求めた方式（TLS・認証）に対応していません")
        except ssl.SSLError as error:
            return Permanent(f"mail：暗号化した接続ができません（{error.reason}）")
        except (smtplib.SMTPException, OSError) as error:
            if sent:
                return Unknown(f"mail：本文を送ったあと返事がありません（{type(error).__name__}）")
            return Temporary(f"mail：送る前に切れました（{type(error).__name__}）")

    def _connect(self) -> smtplib.SMTP:
        host, port = self.config["host"], self.config.get("port", 587)
        timeout_s = self.config.get("timeout_s", 30.0)
        security = self.config.get("security", "starttls")
        if security == "tls":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = _Tls(host, port, timeout=timeout_s, context=context)
        else:
            smtp = _Plain(host, port, timeout=timeout_s)
        try:
            if security == "starttls":
                smtp.starttls(context=ssl.create_default_context())
            if self.config.get("user"):
                smtp.login(self.config["user"], self.config["password"])
        except BaseException:
            smtp.close()
            raise
        return smtp


class _QuietEnd:
    """After the answer to our text nothing that happens to the connection changes the outcome."""

    def __exit__(self, *exception: Any) -> None:
        if exception[0] is None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self.quit()  # type: ignore[attr-defined]
        self.close()  # type: ignore[attr-defined]


class _Plain(_QuietEnd, smtplib.SMTP):
    pass


class _Tls(_QuietEnd, smtplib.SMTP_SSL):
    pass


def _return_path(message_id: str, domain: str) -> str:
    """The envelope sender: with the key where the local part stays within 64 characters (RFC 5321, 4.5.3.1.1)."""
    local = f"bounce+{message_id}"
    return f"{local if len(local) <= 64 else 'bounce'}@{domain}"


def _refusal(code: int, said: bytes) -> Outcome:
    """What a refused address means. 5.7.x is about us (relaying, policy): the operator mends that, not the recipient."""
    detail = re.match(rb"\s*(5\.\d{1,3}\.\d{1,3})\b", said)
    enhanced = detail[1].decode() if detail else ""
    if not 500 <= code < 600 or enhanced.startswith("5.7."):
        return _by_code(code)
    return Refused(
        "recipient",
        f"宛先のサーバーが、このアドレスを受け付けません（{code}{' ' + enhanced if enhanced else ''}）",
    )


def _problem(message_id: str, to: str, subject: str) -> str | None:
    if not MESSAGE_ID.fullmatch(message_id):
        return "メッセージの番号に使えるのは、英数字と . _ - だけです"
    if not ADDRESS.fullmatch(to) or len(to) > 254:
        return "宛先が、英数字のメールアドレス一つではありません"
    if any(ord(character) < 32 or ord(character) == 127 for character in subject):
        return "件名に改行か制御文字があります"
    if not subject.strip() or len(subject) > LONGEST_SUBJECT:
        return f"件名は1〜{LONGEST_SUBJECT}文字です"
    return None


def _by_code(code: int) -> Outcome:
    if 400 <= code < 500 or code == -1:
        return Temporary(f"mail：サーバーが {code} を返しました")
    return Permanent(f"mail：サーバーが {code} を返しました")
