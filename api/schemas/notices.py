"""Notices as they are shown, and what is said about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from api.schemas.base import Id, Listed, Paging, Sent
from matcher.entities import Notice
from matcher.notice_turns import KINDS, words
from matcher.notices import NoticeWish


class NoticeOut(BaseModel):
    id: str
    kind: str = Field(description="What happened, such as `challenge.publish`.")
    thing: str = Field(description="To what, such as `challenge:<id>`.")
    zh: str
    en: str
    at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, notice: Notice) -> Self:
        zh, en = words(notice.kind, notice.told)
        return cls(
            id=notice.id,
            kind=notice.kind,
            thing=notice.thing,
            zh=zh,
            en=en,
            at=notice.at,
            read_at=notice.read_at,
        )


class NoticesOut(Listed[NoticeOut]):
    unread: int = Field(description="All that have not been read, on whichever page.")


class NoticeQuery(Paging):
    unread: bool = Field(default=False, description="Only what has not been read.")


class ReadPost(Sent):
    ids: Annotated[list[Id], Field(max_length=200)] | None = Field(
        default=None, description="Notices that were read; absent or null for all."
    )


class NoticeWishOut(BaseModel):
    kind: str
    zh: str
    en: str
    by_mail: bool
    in_app: bool

    @classmethod
    def of(cls, kind: str, wish: NoticeWish) -> Self:
        zh, en = KINDS[kind]
        return cls(kind=kind, zh=zh, en=en, by_mail=wish.by_mail, in_app=wish.in_app)
