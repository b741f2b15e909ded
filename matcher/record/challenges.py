"""The matter of a challenge: its dossier, from the need's opening to the outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from matcher import policy
from matcher.actors import Actor
from matcher.awards import awards, cases, ledger, negotiations
from matcher.awards.drafts import text_hash
from matcher.challenges import content
from matcher.engine import challenge_moves
from matcher.entities import (
    Answer,
    AnswerText,
    Attachment,
    Award,
    Challenge,
    ChallengeVersion,
    Contract,
    ContractChange,
    Event,
    Milestone,
    Offer,
    Partner,
)
from matcher.errors import NotAllowed, NotFound
from matcher.policy import Action
from matcher.record.papers import ADMITTED, Matter, Paper
from matcher.states import ChallengeState

_SHUT = (ChallengeState.ANSWERING, ChallengeState.SEALED)


def of_challenge(session: Session, actor: Actor, id: str) -> Matter:
    """For the setter and operators, who learn nothing from it that is sealed from them.

    Events about answers that were never opened, and all of organisations that have part in no other, stand
    in it by their hashes alone. Raises NotAllowed while answers to a round are sealed.
    """
    challenge = session.get(Challenge, id)
    if challenge is None:
        raise NotFound("challenge", id)
    policy.require(actor, Action.EXPORT_DOSSIER, challenge_moves.thing(session, challenge))
    mechanism = challenge_moves.mechanism_of(challenge)
    if mechanism.sealed and challenge.state in _SHUT:
        raise NotAllowed("Answers to this round are sealed: the dossier can be had once they are opened.")
    answers = list(session.exec(select(Answer).where(Answer.challenge_id == id).order_by(col(Answer.number))))
    opened = [answer for answer in answers if challenge_moves.is_open(mechanism, answer)]
    seen = _organisations(session, opened) | {challenge.organisation_id}
    hidden = _organisations(session, answers) - seen
    about = col(Event.detail)["answer"].as_string()
    own = and_(
        col(Event.thing) == f"challenge:{id}",
        or_(about.is_(None), about.not_in({answer.id for answer in answers} - {answer.id for answer in opened})),
        or_(col(Event.organisation_id).is_(None), col(Event.organisation_id).not_in(hidden)),
    )
    parties = sorted(seen | {challenge.funder_id} - {None})  # type: ignore[type-var]
    admissions = and_(
        col(Event.thing).in_([f"organisation:{party}" for party in parties]), col(Event.action) == ADMITTED
    )
    texts = [
        *_versions(session, challenge),
        *_answers(session, opened),
        *_awards(session, challenge),
        *_ledger(session, challenge),
    ]
    return Matter(f"challenge:{id}", or_(own, admissions), texts, _reasons(session, challenge))


def _organisations(session: Session, answers: list[Answer]) -> set[str]:
    ids = [answer.id for answer in answers]
    partners = session.exec(select(Partner.organisation_id).where(col(Partner.answer_id).in_(ids)))
    return {answer.organisation_id for answer in answers} | set(partners)


def _versions(session: Session, challenge: Challenge) -> Iterator[Paper]:
    query = select(ChallengeVersion).where(ChallengeVersion.challenge_id == challenge.id)
    for version in session.exec(query.order_by(col(ChallengeVersion.number))):
        thing = f"challenge:{challenge.id}"
        yield Paper("content", thing, "content_hash", "SHA-256", content.digest(version.content))


def _answers(session: Session, opened: list[Answer]) -> Iterator[Paper]:
    ids = [answer.id for answer in opened]
    handed_in = select(AnswerText).where(col(AnswerText.answer_id).in_(ids), col(AnswerText.handed_in))
    for text in session.exec(handed_in.order_by(col(AnswerText.id))):
        yield Paper("sealed_answer", f"answer:{text.answer_id}", "hash", "SHA-256", text.hash)
    for offer in session.exec(select(Offer).where(col(Offer.answer_id).in_(ids)).order_by(col(Offer.id))):
        yield Paper("offer", f"offer:{offer.id}", "terms_hash", "SHA-256", negotiations.terms_hash(offer))


def _awards(session: Session, challenge: Challenge) -> Iterator[Paper]:
    query = select(Award).where(Award.challenge_id == challenge.id).order_by(col(Award.id))
    for award in session.exec(query).all():
        yield Paper("award", f"award:{award.id}", "award_hash", "SHA-256", awards.hash_of(award))
        contract = cases.contract_of(session, award)
        if contract is None:
            continue
        for milestone in cases.milestones_of(session, contract):
            thing = f"milestone:{milestone.id}"
            for file in session.exec(select(Attachment).where(Attachment.thing == thing).order_by(col(Attachment.id))):
                yield Paper("attachment", thing, "sha256", "SHA-256", file.sha256)


def _ledger(session: Session, challenge: Challenge) -> Iterator[Paper]:
    lines = ledger.entries(session, challenge.id)
    for posting in dict.fromkeys(line.posting for line in lines):
        own = [line for line in lines if line.posting == posting]
        yield Paper("posting", f"posting:{posting}", "posting_hash", "SHA-256", ledger.posting_hash(own))


def _reasons(session: Session, challenge: Challenge) -> dict[str, str]:
    """What the two sides wrote about contracts and offers, which events hold as hashes."""
    words: list[str] = []
    contracts = select(Contract).join(Award).where(Award.challenge_id == challenge.id)
    for contract in session.exec(contracts).all():
        words.append(contract.outcome_text)
        words += session.exec(select(Milestone.remark).where(Milestone.contract_id == contract.id))
        words += session.exec(select(ContractChange.remark).where(ContractChange.contract_id == contract.id))
    words += session.exec(select(Offer.remark).join(Answer).where(Answer.challenge_id == challenge.id))
    return {text_hash(text): text for text in words if text}
