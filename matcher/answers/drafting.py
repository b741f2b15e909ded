"""Starting an answer, and writing it until the round's deadline, one version after the other."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, select

from matcher import items, organisations
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.drafts import ResultDraft
from matcher.engine import answer_moves, answer_texts, challenge_moves
from matcher.engine.answer_drafts import AnswerDraft, Claim
from matcher.engine.answer_texts import Contents
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import (
    Answer,
    Challenge,
    Organisation,
    OrganisationKind,
    Partner,
    Result,
)
from matcher.errors import Conflict, Invalid, NotAllowed, NotFound
from matcher.mechanisms import Answerers
from matcher.policy import Action
from matcher.states import AnswerState

_LONGEST = 50_000
"""Signs of a text in a draft."""


def start(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    challenge_id: str,
    *,
    organisation_id: str | None = None,
    like: str | None = None,
    result_id: str | None = None,
    at: datetime,
) -> Answer:
    """Starts the answer of the organisation acted for: empty, with the text of an earlier answer of its
    own (`like`), or from a result that it has registered.

    Raises NotAllowed where the mechanism does not let it answer or too late, Conflict when it has one.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.START_ANSWER)
    organisation = _answering(session, actor, organisation_id)
    answer_moves.require_in_time(session, challenge, at)
    if challenge.round > 1:
        raise NotAllowed(f"Answers are started in the first round, and this is round {challenge.round}.")
    answer_moves.require_no_interest(session, actor, challenge)
    _require_eligible(session, challenge, organisation)
    existing = select(Answer.id).where(Answer.challenge_id == challenge.id, Answer.organisation_id == organisation.id)
    if session.exec(existing).first() is not None:
        raise Conflict("Your organisation has an answer to this challenge already; a withdrawn one can be resumed.")
    last = session.exec(select(func.max(Answer.number)).where(Answer.challenge_id == challenge.id)).one()
    answer = Answer(
        challenge_id=challenge.id,
        organisation_id=organisation.id,
        number=(last or 0) + 1,
        version=0,
        created_at=at,
    )
    session.add(answer)
    session.flush()
    draft = _beginning(session, secrets, actor, challenge, answer, like=like, result_id=result_id)
    text = answer_texts.write(session, secrets, answer, answer_texts.new(answer, draft), at=at)
    answer_moves.record(session, actor, answer, "answer.started", at=at, told=_told(text.number, text.hash))
    return answer


def save(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    id: str,
    draft: AnswerDraft,
    *,
    versions: Collection[int] | None = None,
    at: datetime,
) -> Answer:
    """Stores what is written so far as a further version; nothing where it says the same as the last.

    Organisations named in its parts become partners, and read it; those no longer named cease to be.
    """
    challenge, answer = hold_draft(session, actor, id, versions=versions, at=at)
    _check(session, actor, challenge, answer, draft)
    contents = answer_texts.read(secrets, answer_texts.standing(session, answer))
    if contents.draft == draft:
        return answer
    contents.draft = draft
    _keep_partners(session, answer, draft)
    store(session, secrets, actor, answer, contents, "answer.saved", at=at)
    return answer


def withdraw(
    session: Session, actor: Actor, id: str, *, versions: Collection[int] | None = None, at: datetime
) -> Answer:
    """Takes an answer out of the challenge, until the deadline; it can be resumed until then."""
    challenge, answer = answer_moves.hold(session, actor, id, Action.WRITE_ANSWER, versions=versions)
    answer_moves.require_in_round(challenge, answer)
    answer_moves.require_in_time(session, challenge, at)
    answer_moves.require_not_agreed(session, answer)
    answer_moves.move(answer, "withdraw")
    for text in answer_texts.of_round(session, answer, answer.round):
        text.handed_in, text.round_key = False, None
        session.add(text)
    answer.handed_in_at = None
    answer_moves.record(session, actor, answer, "answer.withdrawn", at=at)
    return answer


def resume(session: Session, actor: Actor, id: str, *, versions: Collection[int] | None = None, at: datetime) -> Answer:
    """Goes on with an answer that was withdrawn."""
    challenge, answer = answer_moves.hold(session, actor, id, Action.WRITE_ANSWER, versions=versions)
    answer_moves.require_in_round(challenge, answer)
    answer_moves.require_in_time(session, challenge, at)
    answer_moves.move(answer, "resume")
    answer_moves.record(session, actor, answer, "answer.resumed", at=at)
    return answer


def hold_draft(
    session: Session, actor: Actor, id: str, *, versions: Collection[int] | None = None, at: datetime
) -> tuple[Challenge, Answer]:
    """One that may be written just now. Raises NotAllowed for another."""
    challenge, answer = answer_moves.hold(session, actor, id, Action.WRITE_ANSWER, versions=versions)
    answer_moves.require_in_round(challenge, answer)
    answer_moves.require_in_time(session, challenge, at)
    if answer.state is not AnswerState.DRAFT:
        hint = ": take it back to change it" if answer.state is AnswerState.HANDED_IN else ""
        raise NotAllowed(f"This answer is {answer.state}{hint}.")
    return challenge, answer


def store(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    answer: Answer,
    contents: Contents,
    action: str,
    *,
    at: datetime,
) -> None:
    """Writes a further version of a held answer, and records its hash."""
    text = answer_texts.write(session, secrets, answer, contents, at=at)
    answer_moves.record(session, actor, answer, action, at=at, told=_told(text.number, text.hash))


def _told(number: int, hash: str) -> dict[str, str | int]:
    return {"number": number, "hash": hash}


# -- who may answer -------------------------------------------------------------------------------


def _answering(session: Session, actor: Actor, organisation_id: str | None) -> Organisation:
    if actor.trusted:
        if organisation_id is None:
            raise Invalid("says whose answer it is", place="organisation")
        return organisations.get(session, organisation_id)
    if organisation_id not in (None, actor.organisation_id):
        raise Invalid("is another than the one you act for", place="organisation_id")
    assert actor.organisation_id is not None
    return organisations.get(session, actor.organisation_id)


def _require_eligible(session: Session, challenge: Challenge, organisation: Organisation) -> None:
    mechanism = challenge_moves.mechanism_of(challenge)
    if why_not := answer_moves.interest(session, challenge, organisation.id):
        raise NotAllowed(f"{why_not} does not answer it.")
    if mechanism.answerers is Answerers.RESEARCH and organisation.kind is not OrganisationKind.LAB:
        raise NotAllowed("Only research organisations answer this challenge.")
    if mechanism.answerers is Answerers.INVITED and organisation.id not in challenge_moves.invited(session, challenge):
        raise NotAllowed("Only organisations that were invited answer this challenge.")


# -- what it says ---------------------------------------------------------------------------------


def _beginning(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    challenge: Challenge,
    answer: Answer,
    *,
    like: str | None,
    result_id: str | None,
) -> AnswerDraft:
    if like and result_id:
        raise Invalid("is given beside like; one of them is expected", place="result_id")
    if like:
        return _as_before(session, secrets, actor, challenge, answer, like)
    if result_id:
        return _from_result(session, actor, challenge, answer, result_id)
    return AnswerDraft()


def _as_before(
    session: Session, secrets: Secrets, actor: Actor, challenge: Challenge, answer: Answer, like: str
) -> AnswerDraft:
    """What an earlier answer of the same organisation says, but for what was about another challenge:
    the claims, the partners' parts, the conflicts declared."""
    _, earlier = answer_moves.find(session, actor, like, Action.WRITE_ANSWER)
    if earlier.organisation_id != answer.organisation_id:
        raise NotFound("answer", like)
    said = answer_texts.read(secrets, answer_texts.standing(session, earlier)).draft
    if earlier.challenge_id == challenge.id:
        return said
    return said.model_copy(update={"claims": [], "parts": [], "joint_patents": "", "conflicts": None})


def _from_result(session: Session, actor: Actor, challenge: Challenge, answer: Answer, result_id: str) -> AnswerDraft:
    """A result's own words, and what it has shown against the indicators that have the same name."""
    result = _own_result(session, actor, answer, result_id)
    shown = items.draft_of(session, result)
    assert isinstance(shown, ResultDraft)
    achieved = {indicator.name: indicator for indicator in shown.indicators}
    claims = [
        Claim(
            indicator=place,
            value=found.value,
            value_high=found.value_high,
            unit=found.unit,
            evidence=found.evidence,
            method=found.conditions,
        )
        for place, target in enumerate(_content(challenge).indicators)
        if (found := achieved.get(target.name)) is not None
    ]
    approach = "\n\n".join(text for text in (shown.abstract, shown.innovation, shown.advantage) if text)
    return AnswerDraft(title=shown.title, approach=approach[:_LONGEST], claims=claims, result_id=result.id)


def _own_result(session: Session, actor: Actor, answer: Answer, result_id: str) -> Result:
    result = items.get(session, actor, Result, result_id)
    if result.organisation_id != answer.organisation_id:
        raise Invalid("is not a result of the organisation that answers", place="result_id")
    return result


def _check(session: Session, actor: Actor, challenge: Challenge, answer: Answer, draft: AnswerDraft) -> None:
    """Raises Invalid for what names something that is not there. What is still missing may be."""
    there = len(_content(challenge).indicators)
    for place, claim in enumerate(draft.claims):
        if claim.indicator >= there:
            raise Invalid(f"the challenge has {there} indicators, counted from 0", place=f"claims[{place}].indicator")
    if len({claim.indicator for claim in draft.claims}) < len(draft.claims):
        raise Invalid("two claims are about the same indicator", place="claims")
    if draft.result_id is not None:
        _own_result(session, actor, answer, draft.result_id)
    named = [part.organisation_id for part in draft.parts]
    if len(set(named)) < len(named):
        raise Invalid("an organisation has two parts", place="parts")
    known = organisations.by_id(session, named)
    for place, id in enumerate(named):
        where = f"parts[{place}].organisation_id"
        if id not in known:
            raise Invalid("there is no such organisation", place=where)
        if why_not := answer_moves.interest(session, challenge, id):
            raise Invalid(f"{why_not[0].lower()}{why_not[1:]} is no partner in an answer to it", place=where)


def _content(challenge: Challenge) -> ChallengeDraft:
    return ChallengeDraft.model_validate(challenge.content)


def _keep_partners(session: Session, answer: Answer, draft: AnswerDraft) -> None:
    wanted = {part.organisation_id for part in draft.parts} - {answer.organisation_id}
    there = answer_moves.partners_of(session, answer)
    for id in wanted - there.keys():
        session.add(Partner(answer_id=answer.id, organisation_id=id))
    for id in there.keys() - wanted:
        session.delete(there[id])
    session.flush()
