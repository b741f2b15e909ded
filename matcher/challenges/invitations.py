"""Who is asked to answer a challenge, or to invest in its answers, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from matcher.actors import Actor
from matcher.drafts import Disclosure
from matcher.engine import challenge_moves
from matcher.entities import Answer, Challenge, ChallengeInvitation, Organisation, OrganisationKind, Partner, Result
from matcher.errors import Conflict, Invalid, NotAllowed, NotFound
from matcher.matching.matches import Match
from matcher.mechanisms import Answerers, Decider
from matcher.policy import Action
from matcher.policy_who import desk, of_owner
from matcher.states import ChallengeState as S

LIKELY = 0.5
"""A match below it is no reason to trouble a lab: it is more likely wrong than right."""
_WHILE = {False: (S.DRAFT, S.PROPOSED, S.ANSWERING), True: (S.ANSWERING, S.SEALED, S.GRADING)}
"""States in which organisations are invited to answer, and (True) to invest."""


def invite(
    session: Session,
    actor: Actor,
    id: str,
    organisations: Collection[str],
    *,
    reason: str,
    at: datetime,
    invests: bool = False,
) -> list[ChallengeInvitation]:
    """Invites organisations by name, for a reason that each of them is told. Those invited before are left out.

    Raises Invalid for the setter itself and for one that the mechanism does not let answer, Conflict
    for one that would both answer and invest.
    """
    challenge = _held(session, actor, id, invests)
    if not reason.strip():
        raise Invalid("say why they are invited: they are told", place="reason")
    return _invited(session, actor, challenge, dict.fromkeys(organisations, reason), {}, at, invests)


def invite_matching(
    session: Session, actor: Actor, id: str, matches: Sequence[Match], *, at: datetime, least: float = LIKELY
) -> list[ChallengeInvitation]:
    """Invites the labs of which a result likely helps, each with the reason why.

    `matches` are those of `publishing.as_need`. Only results that are public count: an invitation on
    account of another would tell the setter whose it is.
    """
    challenge = _held(session, actor, id, False)
    likely = {match.id: match for match in matches if match.score >= least}
    public = select(Result).where(col(Result.id).in_(likely), Result.disclosure == Disclosure.PUBLIC)
    best: dict[str, Match] = {}
    for result in session.exec(public):
        match = likely[result.id]
        if result.organisation_id not in best or match.score > best[result.organisation_id].score:
            best[result.organisation_id] = match
    able = _able(session, challenge, best)
    ranked = sorted((lab for lab in best if lab in able), key=lambda lab: -best[lab].score)
    reasons = {lab: f"{best[lab].title}: {best[lab].reason}" for lab in ranked}
    return _invited(session, actor, challenge, reasons, best, at, False)


def take_back(session: Session, actor: Actor, id: str, organisation_id: str, *, at: datetime) -> None:
    """Takes an invitation back. Raises Conflict once the organisation has started an answer."""
    challenge = challenge_moves.hold(session, actor, id, Action.INVITE_ANSWERERS)
    invitation = session.get(ChallengeInvitation, (challenge.id, organisation_id))
    if invitation is None:
        raise NotFound("invitation", organisation_id)
    if organisation_id in _answering(session, challenge):
        raise Conflict("It has started an answer: the invitation stands.")
    session.delete(invitation)
    told = {"organisations": [organisation_id]}
    challenge_moves.touch(session, actor, challenge, "challenge.uninvited", at=at, told=told)


def listed(session: Session, actor: Actor, id: str) -> list[ChallengeInvitation]:
    """All of them for the setter and the desk, the best match first; to others their own."""
    challenge = challenge_moves.find(session, actor, id)
    query = select(ChallengeInvitation).where(ChallengeInvitation.challenge_id == challenge.id)
    thing = challenge_moves.thing(session, challenge)
    if not (actor.trusted or of_owner(actor, thing) or desk(actor, thing)):
        query = query.where(ChallengeInvitation.organisation_id == actor.organisation_id)
    return sorted(session.exec(query), key=lambda one: (-(one.score or 0), one.at, one.organisation_id))


def _held(session: Session, actor: Actor, id: str, invests: bool) -> Challenge:
    challenge = challenge_moves.hold(session, actor, id, Action.INVITE_ANSWERERS)
    if invests and challenge_moves.mechanism_of(challenge).decider is not Decider.COMMITMENTS:
        raise Invalid(f"nobody invests under the mechanism {challenge.mechanism}", place="invests")
    if challenge.state not in _WHILE[invests]:
        raise NotAllowed(f"Nobody is invited any more: the challenge is {challenge.state}.")
    return challenge


def _invited(
    session: Session,
    actor: Actor,
    challenge: Challenge,
    reasons: Mapping[str, str],
    matches: Mapping[str, Match],
    at: datetime,
    invests: bool,
) -> list[ChallengeInvitation]:
    _check(session, challenge, reasons, invests)
    query = select(ChallengeInvitation).where(ChallengeInvitation.challenge_id == challenge.id)
    known = {one.organisation_id: one for one in session.exec(query)}
    if any(known[id].invests != invests for id in reasons if id in known):
        raise Conflict("One of them is invited for the other part: nobody answers and invests.")
    fresh = [
        ChallengeInvitation(
            challenge_id=challenge.id,
            organisation_id=id,
            invests=invests,
            result_id=matches[id].id if id in matches else None,
            reason=reason,
            score=matches[id].score if id in matches else None,
            at=at,
        )
        for id, reason in reasons.items()
        if id not in known
    ]
    if fresh:
        session.add_all(fresh)
        told = {"organisations": [one.organisation_id for one in fresh], "invests": invests}
        challenge_moves.touch(session, actor, challenge, "challenge.invited", at=at, told=told)
    return fresh


def _check(session: Session, challenge: Challenge, organisations: Collection[str], invests: bool) -> None:
    there = set(session.exec(select(Organisation.id).where(col(Organisation.id).in_(organisations))))
    if unknown := sorted(set(organisations) - there):
        raise NotFound("organisation", unknown[0])
    if invests:
        if challenge.organisation_id in there or there & _answering(session, challenge):
            raise Conflict("The setter, and who answers, cannot be asked to invest.")
    elif barred := sorted(there - _able(session, challenge, organisations)):
        raise Invalid(f"the organisation {barred[0]} may not answer this challenge", place="organisations")


def _able(session: Session, challenge: Challenge, organisations: Collection[str]) -> set[str]:
    """Those of them that the mechanism lets answer."""
    query = select(Organisation.id).where(
        col(Organisation.id).in_(organisations), Organisation.id != challenge.organisation_id
    )
    if challenge_moves.mechanism_of(challenge).answerers is Answerers.RESEARCH:
        query = query.where(Organisation.kind == OrganisationKind.LAB)
    return set(session.exec(query))


def _answering(session: Session, challenge: Challenge) -> set[str]:
    """The organisations of all its answers, leads and partners."""
    query = (
        select(Answer.organisation_id, Partner.organisation_id)
        .join(Partner, isouter=True)
        .where(Answer.challenge_id == challenge.id)
    )
    return {id for pair in session.exec(query) for id in pair if id is not None}
