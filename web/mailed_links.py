"""Mails with a link that signs somebody in: never by way of a row, the secret stands in no table."""

from __future__ import annotations

import hashlib
from typing import Any

from web.parts import parts


def mail_secret(to: str, secret: str, path: str, subject: str, body: str, **words: str) -> None:
    """The mail with a link is on its way, from a thread.

    subject, body: with {name} of the portal, {address} of the link and the given words.
    """
    found = parts()
    mail: Any = found.adapters.get("mail")
    if mail is None:
        return
    words |= {"name": found.settings.portal_name, "address": found.settings.public_url + path}
    key = "link-" + hashlib.sha256(secret.encode()).hexdigest()[:32]
    found.background.submit(mail.send, key, to, subject.format(**words), body.format(**words))
