"""Opening a challenge from needs, editing it, and handing it to the desk that publishes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import Session, col, delete, select

from matcher import events, items, organisations, policy
from matcher.actors import Actor
from matcher.challenges import content
from matcher.drafts import NeedDraft
from matcher.engine import challenge_moves, matched_funding
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Challenge, ChallengeNeed, Need, Organisation
from matcher.errors import Invalid, NotAllowed
from matcher.mechanisms import SHIPPED, Mechanism
from matcher.policy import Action, Thing
from matcher.policy_who import setter
from matcher.states import ChallengeState, ItemState


def open_challenge(
    session: Session,
    actor: Actor,
    draft: ChallengeDraft,
    *,
    at: datetime,
    mechanisms: Mapping[str, Mechanism] = SHIPPED,
    topic_id: str | None = None,
) -> Challenge:
    """Opens a challenge as a draft, for the organisation whose needs it names.

    Raises NotFound for a need that the actor may not know of, Forbidden where they are another
    organisation's, and Invalid where they are of several, withdrawn, or the draft does not suit its
    mechanism.
    """
    events.lock(session)
    mechanism = content.mechanism_named(draft.mechanism, mechanisms)
    needs = _needs(session, actor, draft)
    owner = needs[0].organisation_id
    policy.require(actor, Action.OPEN_CHALLENGE, Thing("challenge", owner=owner))
    challenge = Challenge(
        organisation_id=owner,
        mechanism=mechanism.name,
        rules=challenge_moves.rules_of(mechanism),
        title=draft.title,
        content={},
        topic_id=topic_id,
        created_at=at,
        updated_at=at,
    )
    _write(session, challenge, draft, mechanism, needs)
    session.add(challenge)
    session.flush()
    _tie(session, challenge, needs)
    told = {"mechanism": mechanism.name, "content_hash": content.digest(challenge.content)}
    events.record(session, actor, events.Entry("challenge.opened", f"challenge:{challenge.id}", told), at=at)
    return challenge


def edit(
    session: Session,
    actor: Actor,
    id: str,
    draft: ChallengeDraft,
    *,
    at: datetime,
    versions: Collection[int] | None = None,
    mechanisms: Mapping[str, Mechanism] = SHIPPED,
) -> Challenge:
    """Puts another draft in the place of one that is not proposed yet.

    Its mechanism is looked up anew only when it is another one: an operator's file that was changed
    meanwhile changes no draft behind its setter's back.
    """
    challenge = challenge_moves.hold(session, actor, id, Action.EDIT_CHALLENGE, versions=versions)
    if challenge.state is not ChallengeState.DRAFT:
        raise NotAllowed("Only a draft can be edited: take it back first, or amend what is published.")
    funded = matched_funding.terms_of(challenge)
    if draft.mechanism == challenge.mechanism:
        mechanism = challenge_moves.mechanism_of(challenge)
    elif challenge.topic_id is not None:
        raise Invalid("is that of the programme which the topic belongs to", place="mechanism")
    else:
        mechanism = content.mechanism_named(draft.mechanism, mechanisms)
        challenge.mechanism, challenge.rules = mechanism.name, challenge_moves.rules_of(mechanism)
    if challenge.topic_id is not None and draft.funder_id is None:
        draft = draft.model_copy(update={"funder_id": challenge.funder_id})  # the programme's, named or not
    needs = _needs(session, actor, draft)
    if needs[0].organisation_id != challenge.organisation_id:
        raise Invalid("names needs of another organisation", place="need_ids")
    _write(session, challenge, draft, mechanism, needs)
    _tie(session, challenge, needs)
    told = {"mechanism": mechanism.name, "content_hash": content.digest(challenge.content)}
    if challenge.funder_amount is not None and matched_funding.terms_of(challenge) != funded:
        challenge.funder_amount = None
        told["funding"] = "fallen"
    challenge_moves.touch(session, actor, challenge, "challenge.edited", at=at, told=told)
    return challenge


def propose(session: Session, actor: Actor, id: str, *, at: datetime) -> Challenge:
    """Hands a draft to the matchmakers and operators, who publish it or give it back.

    A public funder that has not confirmed its part is asked to.
    """
    challenge = challenge_moves.hold(session, actor, id, Action.MOVE_CHALLENGE, move="propose")
    told = {"content_hash": content.digest(challenge.content)}
    challenge_moves.move(session, actor, challenge, "propose", at=at, told=told)
    part = matched_funding.part_of(challenge)
    if part and part != challenge.funder_amount:
        asked = {"funder": challenge.funder_id, **matched_funding.told_of(challenge, part)}
        events.record(
            session, actor, events.Entry("challenge.funding_asked", f"challenge:{challenge.id}", asked), at=at
        )
    return challenge


def give_back(session: Session, actor: Actor, id: str, *, reason: str, at: datetime) -> Challenge:
    """Gives a proposed one back to its setter, who is told why; or takes back one's own, without a word."""
    challenge = challenge_moves.hold(session, actor, id, Action.MOVE_CHALLENGE, move="give_back")
    of_desk = actor.trusted or not setter(actor, challenge_moves.thing(session, challenge))
    if of_desk and not reason.strip():
        raise Invalid("say what is to be mended: it is told to the setter", place="reason")
    challenge_moves.move(session, actor, challenge, "give_back", at=at, reason=reason)
    return challenge


def require_standing_needs(session: Session, challenge: Challenge) -> None:
    """Raises NotAllowed when one of its needs was withdrawn."""
    query = select(Need.title).join(ChallengeNeed).where(ChallengeNeed.challenge_id == challenge.id)
    gone = session.exec(query.where(Need.state == ItemState.WITHDRAWN)).all()
    if gone:
        raise NotAllowed(f"{len(gone)} of its needs were withdrawn: open it from others.")


def _needs(session: Session, actor: Actor, draft: ChallengeDraft) -> list[Need]:
    """The needs in the order named, each once, of one organisation."""
    needs = [items.get(session, actor, Need, id, Action.READ_ITEM) for id in dict.fromkeys(draft.need_ids)]
    if len({need.organisation_id for need in needs}) > 1:
        raise Invalid("names needs of several organisations", place="need_ids")
    for need in needs:
        if need.state is ItemState.WITHDRAWN:
            raise Invalid(f"names the need {need.id}, which was withdrawn", place="need_ids")
    return needs


def _write(
    session: Session, challenge: Challenge, draft: ChallengeDraft, mechanism: Mechanism, needs: list[Need]
) -> None:
    content.check(draft, mechanism)
    if draft.funder_id is not None:
        _check_funder(session, draft.funder_id, challenge.organisation_id)
    said = [one for one in items.drafts_of(session, needs) if isinstance(one, NeedDraft)]
    content.put(challenge, content.filled(draft, said))
    challenge.field = content.field_of(said)
    challenge.region = organisations.get(session, challenge.organisation_id).region


def _check_funder(session: Session, funder: str, setter: str) -> None:
    if session.get(Organisation, funder) is None:
        raise Invalid("names no organisation here", place="funder_id")
    if funder == setter:
        raise Invalid("names the setter itself", place="funder_id")


def _tie(session: Session, challenge: Challenge, needs: list[Need]) -> None:
    session.execute(delete(ChallengeNeed).where(col(ChallengeNeed.challenge_id) == challenge.id))
    session.add_all(ChallengeNeed(challenge_id=challenge.id, need_id=need.id) for need in needs)
