"""Challenges as they are shown: of their needs only what whoever asks may read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlmodel import Session

from api.schemas.challenges import (
    ChallengeContent,
    ChallengeInvitationOut,
    ChallengeOut,
    ProgrammeOut,
    QuestionOut,
    TopicOut,
    VersionOut,
    WinnerOut,
)
from api.schemas.organisations import OrganisationName
from matcher import organisations
from matcher.actors import Actor
from matcher.challenges import announcing, programmes
from matcher.challenges.announcing import Winner
from matcher.engine import challenge_access
from matcher.entities import Challenge, ChallengeInvitation, ChallengeVersion, Programme, Question


def etag(challenge: Challenge) -> str:
    return f'"{challenge.version}"'


def shown(session: Session, actor: Actor, found: Sequence[Challenge]) -> list[ChallengeOut]:
    names = organisations.names(session, {one.organisation_id for one in found})
    told = _told_needs(session, actor, [one.content for one in found])
    winners = announcing.winners(session, {one.id for one in found})
    return [
        ChallengeOut.model_validate(
            _content(one.content, told)
            | one.model_dump(include=set(ChallengeOut.model_fields) - set(ChallengeContent.model_fields))
            | {
                "organisation": OrganisationName(id=one.organisation_id, name=names[one.organisation_id]),
                "winners": [_winner(winner) for winner in winners[one.id]],
            }
        )
        for one in found
    ]


def _winner(winner: Winner) -> WinnerOut:
    return WinnerOut(
        organisation=OrganisationName(id=winner.id, name=winner.name),
        partners=[OrganisationName(id=id, name=name) for id, name in winner.partners],
    )


def versions(session: Session, actor: Actor, found: Sequence[ChallengeVersion]) -> list[VersionOut]:
    told = _told_needs(session, actor, [one.content for one in found])
    return [
        VersionOut(
            number=one.number,
            at=one.at,
            reason=one.reason,
            content=ChallengeContent.model_validate(_content(one.content, told)),
        )
        for one in found
    ]


def questions(actor: Actor, found: Sequence[Question]) -> list[QuestionOut]:
    return [
        QuestionOut.model_validate(one.model_dump() | {"own": one.organisation_id == actor.organisation_id})
        for one in found
    ]


def invitations(session: Session, found: Sequence[ChallengeInvitation]) -> list[ChallengeInvitationOut]:
    names = organisations.names(session, {one.organisation_id for one in found})
    return [
        ChallengeInvitationOut.model_validate(
            one.model_dump()
            | {"organisation": OrganisationName(id=one.organisation_id, name=names[one.organisation_id])}
        )
        for one in found
    ]


def programme(session: Session, made: Programme) -> ProgrammeOut:
    found = programmes.topics_of(session, made)
    became = {topic: challenge.id for topic, challenge in programmes.challenges_of(session, found).items()}
    topics = [TopicOut.model_validate(one.model_dump() | {"challenge_id": became.get(one.id)}) for one in found]
    return ProgrammeOut.model_validate(made.model_dump() | {"topics": topics})


def _content(content: dict[str, Any], told: Collection[str]) -> dict[str, Any]:
    return content | {"need_ids": [id for id in content["need_ids"] if id in told]}


def _told_needs(session: Session, actor: Actor, contents: Sequence[dict[str, Any]]) -> set[str]:
    return challenge_access.told_needs(session, actor, {id for content in contents for id in content["need_ids"]})
