"""Reads a mail that came back: a delivery status notification (RFC 3464), as a mail server hands it to a program.

Only a final failure counts (Action: failed). Which of our messages it was stands in the address it came back to (the key
in the envelope sender, see adapters/mail.py), else in the Message-ID of the message it carries. Mail servers answer to
the envelope sender only, and the key cannot be guessed, so a stranger cannot report a message lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

RETURNED_TO = re.compile(r"bounce\+([A-Za-z0-9._-]{1,120})@")
OUR_ID = re.compile(r"<([A-Za-z0-9._-]{1,120})@[^<>\s]+>")
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
ADDRESSES = ("Delivered-To", "X-Original-To", "Envelope-To", "To")


@dataclass(frozen=True)
class Bounce:
    """A message that could not be delivered. key: of our message.  status: of RFC 3463 (5.1.1), empty if not given."""

    key: str
    status: str


def read(raw: bytes, *, to: str = "") -> Bounce | None:
    """The failure the message reports; None for anything else (a delay, an answering machine, somebody's letter).

    raw: the whole message.  to: the address it was delivered to, where the mail server tells it.
    """
    message = message_from_bytes(raw, policy=policy.default)
    report = message.get_param("report-type") if isinstance(message, EmailMessage) else None
    if message.get_content_type() != "multipart/report" or report != "delivery-status":
        return None
    failed = next((one for one in _recipients(message) if _is_failed(one)), None)
    key = _key(message, to)
    if failed is None or key is None:
        return None
    status = STATUS.search(str(failed.get("Status", "")))
    return Bounce(key, status[1] if status else "")


def _recipients(message: Message) -> Iterator[Message]:
    """The fields of the report, one block for each recipient (and one for the message, which has no Action)."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            yield from (block for block in part.get_payload() if isinstance(block, Message))


def _is_failed(block: Message) -> bool:
    return str(block.get("Action", "")).strip().lower() == "failed"


def _key(message: Message, to: str) -> str | None:
    for address in [to, *(str(value) for name in ADDRESSES for value in message.get_all(name, []))]:
        found = RETURNED_TO.search(address)
        if found:
            return found[1]
    for part in message.walk():
        if part is not message:
            carried = _carried_id(part)
            if carried:
                return carried
    return None


def _carried_id(part: Message) -> str | None:
    """The key in the Message-ID of the message, or of its headers, that the report carries."""
    text = ""
    if part.get_content_type() == "text/rfc822-headers":
        text = str(part.get_payload())
        line = re.search(r"(?im)^message-id:\s*(<[^>]+>)", text)
        text = line[1] if line else ""
    elif part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        text = str(first.get("Message-ID", "")) if isinstance(first, Message) else ""
    found = OUR_ID.search(text)
    return found[1] if found else None
