"""Pairs and introductions as they are shown: of both sides no more than whoever asks may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlmodel import Session

from api.presenting import all_shown
from api.schemas.items import NeedOut, ResultOut
from api.schemas.organisations import OrganisationName
from api.schemas.reviews import (
    AskedOut,
    ContactOut,
    DeskOfPairsOut,
    DrawnOut,
    DueOut,
    EndOut,
    FittingOut,
    IntroductionOut,
    MatchmakerName,
    PairNoteOut,
    PairOut,
    PairReasonOut,
    VerdictOut,
    WordsOut,
)
from matcher import access
from matcher.access import Viewer
from matcher.accounts import people
from matcher.actors import Actor
from matcher.entities import Introduction, Kind, Pair, PairNote, PairVerdict
from matcher.items import Stored
from matcher.policy import View
from matcher.reviews import board, introductions, pairs
from matcher.reviews.board import Card, Due
from matcher.reviews.introductions import Contact
from matcher.reviews.queue import Desk
from matcher.reviews.reasons import REASONS
from matcher.reviews.sides import Side

Item = NeedOut | ResultOut


def reasons() -> list[PairReasonOut]:
    return [
        PairReasonOut(
            code=code,
            uses=sorted(reason.uses),
            zh=reason.zh,
            en=reason.en,
            fit_need=_words(reason.fit.get(Kind.NEED)),
            fit_result=_words(reason.fit.get(Kind.RESULT)),
        )
        for code, reason in REASONS.items()
    ]


def fitting(found: Sequence[tuple[str, str]]) -> list[FittingOut]:
    return [FittingOut(zh=zh, en=en) for zh, en in found]


def _words(said: tuple[str, str] | None) -> WordsOut | None:
    return WordsOut(zh=said[0], en=said[1]) if said else None


# -- for the desk ---------------------------------------------------------------------------------


def cards(session: Session, actor: Actor, found: Sequence[Card]) -> list[PairOut]:
    viewer = access.viewer(session, actor)
    items = _items(session, viewer, [item for card in found for item in (card.need, card.result)])
    names = _names(session, {card.pair.follower_id for card in found})
    return [_card(viewer, card, items, names) for card in found]


def card(session: Session, actor: Actor, found: Card) -> PairOut:
    return cards(session, actor, [found])[0]


def desk(session: Session, actor: Actor, found: Desk) -> DeskOfPairsOut:
    shown = cards(session, actor, board.of_pairs(session, [one.pair for one in found.drawn]))
    return DeskOfPairsOut(
        drawn=[
            DrawnOut(position=one.position, reserved_until=one.pair.reserved_until, pair=pair)
            for one, pair in zip(found.drawn, shown, strict=True)
        ],
        waiting=found.waiting,
        following=found.following,
        workload=found.workload,
        has_room=found.has_room,
    )


def due(session: Session, actor: Actor, found: Sequence[Due]) -> list[DueOut]:
    shown = cards(session, actor, [one.card for one in found])
    return [DueOut(why=one.why, pair=pair) for one, pair in zip(found, shown, strict=True)]


def verdicts(session: Session, found: Sequence[PairVerdict]) -> list[VerdictOut]:
    names = _names(session, {one.person_id for one in found})
    return [VerdictOut.model_validate(one.model_dump() | {"by": names[one.person_id]}) for one in found]


def notes(session: Session, found: Sequence[PairNote]) -> list[PairNoteOut]:
    names = _names(session, {one.person_id for one in found})
    return [
        PairNoteOut(id=one.id, by=names[one.person_id] if one.person_id else None, text=one.text, at=one.at)
        for one in found
    ]


def asked(session: Session, actor: Actor, pair: Pair, found: Sequence[Introduction]) -> list[AskedOut]:
    """The contacts only to who follows the pair: both sides have accepted that they introduce them."""
    follows = actor.trusted or (actor.person_id is not None and actor.person_id == pair.follower_id)
    return [
        AskedOut.model_validate(
            one.model_dump()
            | {"contact": _contact(introductions.contact(session, pair, one.side)) if follows else None}
        )
        for one in found
    ]


def _card(viewer: Viewer, card: Card, items: dict[str, Item], names: dict[str, MatchmakerName]) -> PairOut:
    pair = card.pair
    values: dict[str, Any] = {name: getattr(pair, name) for name in PairOut.model_fields if hasattr(pair, name)}
    return PairOut.model_validate(
        values
        | {
            "need": items.get(card.need.id),
            "result": items.get(card.result.id),
            "score": pairs.shown_score(viewer, pair, card.need, card.result),
            "waits_on": card.waits_on,
            "follower": names.get(pair.follower_id or ""),
            "end": end(pair),
        }
    )


def end(pair: Pair) -> EndOut | None:
    """Why it ended; None where it has not."""
    if not pair.ended_for:
        return None
    reason = REASONS.get(pair.ended_for, REASONS["other"])
    return EndOut(code=pair.ended_for, by=pair.ended_by, at=pair.since, zh=reason.zh, en=reason.en)


# -- for the sides --------------------------------------------------------------------------------


def sides(session: Session, actor: Actor, found: Sequence[Side]) -> list[IntroductionOut]:
    viewer = access.viewer(session, actor)
    items = _items(session, viewer, [item for side in found for item in (side.own, side.other)])
    return [_side(session, side, items) for side in found]


def side(session: Session, actor: Actor, found: Side) -> IntroductionOut:
    return sides(session, actor, [found])[0]


def _side(session: Session, side: Side, items: dict[str, Item]) -> IntroductionOut:
    shown = {item.kind: items.get(item.id) for item in (side.own, side.other)}
    pair = session.get_one(Pair, side.introduction.pair_id)
    return IntroductionOut.model_validate(
        side.introduction.model_dump()
        | {
            "pair_state": side.state,
            "since": side.since,
            "need": shown[Kind.NEED],
            "result": shown[Kind.RESULT],
            "contact": _contact(side.contact),
            "end": end(pair),
            "fitting": fitting(side.end.fitting if side.end else ()),
        }
    )


# -- both -----------------------------------------------------------------------------------------


def _items(session: Session, viewer: Viewer, stored: Collection[Stored]) -> dict[str, Item]:
    """By id, without what is withdrawn from whoever asks."""
    found = {item.id: item for item in stored if viewer.view(item) > View.NOTHING}
    shown = all_shown(session, viewer, list(found.values()))
    return dict(zip(found, shown, strict=True))


def _names(session: Session, ids: Collection[str | None]) -> dict[str, MatchmakerName]:
    names = people.names(session, {id for id in ids if id})
    return {id: MatchmakerName(id=id, name=name) for id, name in names.items()}


def _contact(found: Contact | None) -> ContactOut | None:
    if found is None:
        return None
    organisation = OrganisationName(id=found.organisation.id, name=found.organisation.name)
    return ContactOut(organisation=organisation, name=found.name, email=found.email)
