"""Answers as they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from api.schemas.answers import (
    AdditionOut,
    AnswerContent,
    AnswerFileOut,
    AnswerOut,
    AnswerStandingOut,
    AnswerTextOut,
    AnswerVersionOut,
    PartnerOut,
)
from api.schemas.organisations import OrganisationName
from matcher import organisations
from matcher.actors import Actor
from matcher.answers import reading
from matcher.answers.reading import Standing
from matcher.engine.answer_texts import Contents
from matcher.entities import Answer, AnswerText


def etag(answer: Answer | AnswerOut) -> str:
    return f'"{answer.version}"'


def shown(session: Session, actor: Actor, found: Sequence[Answer]) -> list[AnswerOut]:
    told = {answer.id: reading.as_told(session, actor, answer) for answer in found}
    ids = {answer.organisation_id for answer in found}.union(*(one["partners"] for one in told.values()))
    names = {id: OrganisationName(id=id, name=name) for id, name in organisations.names(session, ids).items()}
    return [
        AnswerOut.model_validate(
            answer.model_dump()
            | told[answer.id]
            | {
                "organisation": names[answer.organisation_id],
                "partners": [names[id] for id in told[answer.id]["partners"]],
            }
        )
        for answer in found
    ]


def standing(session: Session, found: Standing) -> AnswerStandingOut:
    names = organisations.names(session, set(found.partners))
    return AnswerStandingOut(
        missing=found.missing,
        partners=[
            PartnerOut(
                organisation=OrganisationName(id=id, name=names[id]),
                part_hash=found.part_hashes.get(id, ""),
                confirmed=id not in found.unconfirmed,
                confirmed_at=partner.confirmed_at,
            )
            for id, partner in sorted(found.partners.items())
        ],
    )


def text(found: AnswerText, contents: Contents) -> AnswerTextOut:
    version = AnswerVersionOut.model_validate(found)
    return AnswerTextOut(
        **version.model_dump(),
        content=AnswerContent.model_validate(contents.draft.model_dump()),
        files=[AnswerFileOut.model_validate(file) for file in contents.files],
        additions=[AdditionOut.model_validate(one) for one in contents.additions],
    )
