"""The announcement of awards 中榜公告: once a challenge is settled, who has won is told to whoever may read it.

Who, and nothing else: what an answer is called, what it says and how much it is awarded stays with those whose
award it is (`policy.Action.READ_AWARD`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from matcher import organisations
from matcher.entities import Answer, Award, Partner


@dataclass(frozen=True, slots=True)
class Winner:
    """An organisation whose answer is awarded, and those that handed it in with it."""

    id: str
    name: str
    partners: list[tuple[str, str]] = field(default_factory=list)
    """Id and name of each."""


def winners(session: Session, challenge_ids: Collection[str]) -> dict[str, list[Winner]]:
    """Challenge → its winners in the order of their answers. There are none before it is settled."""
    query = select(Award.challenge_id, Answer.id, Answer.organisation_id)
    query = query.join(Answer, col(Answer.id) == col(Award.answer_id)).where(col(Award.challenge_id).in_(challenge_ids))
    awarded = session.exec(query.order_by(col(Answer.number))).all()
    joined = select(Partner.answer_id, Partner.organisation_id).where(
        col(Partner.answer_id).in_([answer for _, answer, _ in awarded])
    )
    partners = session.exec(joined.order_by(col(Partner.organisation_id))).all()
    ids = {lead for _, _, lead in awarded} | {partner for _, partner in partners}
    names = organisations.names(session, ids)
    found: dict[str, list[Winner]] = {id: [] for id in challenge_ids}
    for challenge, answer, lead in awarded:
        others = [(partner, names[partner]) for of, partner in partners if of == answer]
        found[challenge].append(Winner(lead, names[lead], others))
    return found


def named(winner: Winner) -> str:
    """On one line."""
    return "、".join((winner.name, *(name for _, name in winner.partners)))
