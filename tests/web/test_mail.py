"""Mails to a mail server on this machine, and what is done in the background."""

from __future__ import annotations

import logging
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import pytest

from api.background import Background
from api.mail import letters
from api.mail.sending import Letter, deliver
from api.settings import Settings

UNTIL = datetime(2027, 1, 2, 3, 4, tzinfo=UTC)


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mails as RFC 5321 has it, in the clear; refuses those to `refused@…` and quotes them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.said: list[str] = []
        self.mails: list[Any] = []


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            self.server.said.append(line)
            match line.split()[0].upper():
                case "EHLO":
                    self._say("250-here", "250 AUTH PLAIN")
                case "AUTH":
                    self._say("235 welcome")
                case "RCPT" if "refused@" in line:
                    self._say(f"550 no such mailbox: {line}")
                case "DATA":
                    self._say("354 go on")
                    content = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        content += part
                    self.server.mails.append(message_from_bytes(content, policy=policy.default))
                    self._say("250 taken")
                case "QUIT":
                    self._say("221 bye")
                    return
                case "STARTTLS":
                    self._say("502 not here")
                case _:
                    self._say("250 fine")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def settings(server: MailServer, **changed: Any) -> Settings:
    plain = {"smtp_host": "127.0.0.1", "smtp_port": server.server_address[1], "smtp_security": "none"}
    return Settings(**(plain | changed), public_url="https://jiebang.example.org/x", _env_file=None)


def test_a_mail_arrives_as_it_was_written(server: MailServer) -> None:
    deliver(settings(server), letters.invitation(settings(server), "li@example.org", "L.i-nk", UNTIL, "甲公司"))
    [mail] = server.mails
    assert (mail["From"], mail["To"]) == ("jiebang@jiebang.example.org", "li@example.org")
    assert mail["Subject"] == "邀请加入揭榜平台 · Invitation to Jiebang"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@jiebang.example.org>")
    text = mail.get_content()
    assert "https://jiebang.example.org/x/links/L.i-nk\n" in text
    assert "“甲公司”邀请您" in text
    assert "甲公司 invites you" in text
    assert text.count("2027-01-02 03:04 UTC") == 2


def test_the_mail_server_is_told_who_sends_where_it_asks(server: MailServer) -> None:
    asked = settings(server, smtp_user="user", smtp_password="hush", mail_from="揭榜 <post@example.org>")
    deliver(asked, Letter("li@example.org", "s", "t"))
    assert [line.split()[0] for line in server.said[:3]] == ["ehlo", "AUTH", "mail"]
    assert server.mails[0]["From"] == "揭榜 <post@example.org>"
    assert "hush" not in repr(asked)


def test_a_mail_is_never_sent_in_the_clear_unless_the_settings_say_so(server: MailServer) -> None:
    with pytest.raises(Exception, match="STARTTLS"):
        deliver(settings(server, smtp_security="starttls"), Letter("li@example.org", "s", "t"))
    assert server.mails == []


@pytest.mark.parametrize("to", ["li@example.org\r\nBcc: all@example.org", "li@example.org\nX: y"])
def test_no_further_header_is_slipped_in(server: MailServer, to: str) -> None:
    with pytest.raises(ValueError, match="newline|linefeed|carriage"):
        deliver(settings(server), Letter(to, "s", "t"))
    assert server.said == []


def test_a_failure_is_logged_without_the_mail(server: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    background = Background()
    background.start()
    letter = Letter("refused@example.org", "subject", "the link")
    background.later(lambda: deliver(settings(server), letter))
    background.later(lambda: deliver(settings(server), Letter("li@example.org", "s", "t")))
    background.stop()
    assert len(server.mails) == 1
    [logged] = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert "SMTPRecipientsRefused" in logged
    assert not any(part in caplog.text for part in ("refused@", "subject", "the link"))


def test_what_waits_is_still_done_at_the_end() -> None:
    done: list[int] = []
    background = Background()
    for number in range(3):
        background.later(lambda number=number: done.append(number))
    background.start()
    background.stop()
    assert done == [0, 1, 2]
