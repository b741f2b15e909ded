"""What mails say, in both languages at once: who gets them may read either."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from api.mail.sending import Letter
from api.settings import Settings


def reset_password(settings: Settings, to: str, link: str, until: datetime) -> Letter:
    return _letter(
        settings, to, link, until,
        "重设密码 · Reset your password",
        "有人（应当是您）请求重设您在揭榜平台的密码。请打开以下链接：",
        "Somebody, hopefully you, asked to reset your password on Jiebang. Open this link:",
        "若非本人操作，请忽略本邮件，密码不会改变。",
        "If it was not you, ignore this mail: nothing changes.",
    )  # fmt: skip


def confirm_email(settings: Settings, to: str, link: str, until: datetime) -> Letter:
    return _letter(
        settings, to, link, until,
        "确认邮箱地址 · Confirm your e-mail address",
        "请打开以下链接，确认这是您在揭榜平台使用的邮箱地址：",
        "Open this link to confirm that this is your e-mail address on Jiebang:",
        "若您没有揭榜平台的账号，请忽略本邮件。",
        "If you have no account there, ignore this mail.",
    )  # fmt: skip


def invitation(settings: Settings, to: str, link: str, until: datetime, organisation: str | None) -> Letter:
    """`organisation` is the name of where to; None: to bring an organisation of one's own."""
    zh, en = (
        (f"“{organisation}”邀请您加入其在揭榜平台的团队。", f"{organisation} invites you to its team on Jiebang.")
        if organisation
        else ("您的单位受邀加入揭榜平台。", "Your organisation is invited to Jiebang.")
    )
    return _letter(
        settings, to, link, until,
        "邀请加入揭榜平台 · Invitation to Jiebang",
        f"{zh}请打开以下链接：",
        f"{en} Open this link:",
        "若您不认识邀请方，请忽略本邮件。",
        "If you do not know who invites you, ignore this mail.",
    )  # fmt: skip


def notices(settings: Settings, to: str, told: Sequence[tuple[str, str, str]]) -> Letter:
    """What waits for somebody in one mail: each in Chinese, in English, and with the path of its page."""
    lines = "\n\n".join(f"{zh}\n{en}\n{settings.address}{path}" for zh, en, path in told)
    text = f"{lines}\n\n您可以在平台上设定接收哪些通知。\nOn the platform you can say which notices you want.\n"
    return Letter(to, "揭榜平台通知 · Notices from Jiebang", text)


def address_of(address: str, link: str) -> str:
    return f"{address}/links/{link}"


def _letter(
    settings: Settings, to: str, link: str, until: datetime, subject: str, zh: str, en: str, zh_end: str, en_end: str
) -> Letter:
    address = address_of(settings.address, link)
    moment = f"{until:%Y-%m-%d %H:%M} UTC"
    text = (
        f"{zh}\n{en}\n\n{address}\n\n"
        f"链接只能使用一次，有效期至 {moment}。{zh_end}\n"
        f"It can be used once, until {moment}. {en_end}\n"
    )
    return Letter(to, subject, text)
