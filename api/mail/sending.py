"""Mails, handed to the mail server of the settings; without one, written to the log."""

from __future__ import annotations

import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from urllib.parse import urlsplit

from api.settings import Settings

log = logging.getLogger(__name__)

SECONDS = 30
"""How long a mail server is waited for."""


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str


def deliver(settings: Settings, letter: Letter) -> None:
    """Takes as long as the mail server does: for `api.background`. Raises what smtplib raises."""
    if not settings.smtp_host:
        # The one place where a link is logged: without a mail server there is no other way to it.
        log.warning("No mail server is set. To: %s\nSubject: %s\n\n%s", letter.to, letter.subject, letter.text)
        return
    message = _message(settings, letter)
    with _connected(settings) as server:
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)


def _message(settings: Settings, letter: Letter) -> EmailMessage:
    sender = settings.mail_from or f"jiebang@{urlsplit(settings.address).hostname}"
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="base64")
    return message


def _connected(settings: Settings) -> smtplib.SMTP:
    where = settings.smtp_host, settings.smtp_port
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(*where, timeout=SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(*where, timeout=SECONDS)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())  # raises where there is none: never in the clear
        except BaseException:
            server.close()
            raise
    return server
