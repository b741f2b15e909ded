"""Challenges: opened from needs, judged, published, changed, ended; and the public list 榜单."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import challenge_presenting as presenting
from api import described, idempotency
from api import described_challenges as examples
from api.deps import Asking, AskingDep, FollowerDep, KeyDep, VersionsDep, index
from api.idempotency import Created
from api.schemas.base import Listed
from api.schemas.challenges import (
    Amendment,
    ChallengeOut,
    ChallengesQuery,
    Decision,
    Extension,
    FundingPost,
    FundingWithdrawal,
    GateOut,
    GateQuery,
    GivingBack,
    PossibleMoveOut,
    VersionOut,
)
from api.schemas.mechanisms import MechanismOut
from api.timed import turn, writing_now
from matcher.challenges import amendments, drafting, funding, listing, publishing
from matcher.engine import challenge_moves, clock
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Challenge
from matcher.indexing import SearchIndex
from matcher.matching.pipeline import match_draft
from matcher.sessions import reading

router = APIRouter(prefix="/challenges", tags=["challenges"])

LABS_LOOKED_AT = 50
"""Matches that the likely number of able labs is taken from: what ranks lower adds next to nothing."""

_MOVED = described.refusals(403, 404, 409)
Change = Callable[[Session, datetime], Challenge]


@router.post("", status_code=201, response_model=ChallengeOut, responses=described.POSTED)
def open_challenge(
    draft: Annotated[ChallengeDraft, Body(openapi_examples=examples.CHALLENGES)], asking: AskingDep, key: KeyDep
) -> JSONResponse:
    """Opens a challenge as a draft, for the organisation whose needs it names. What is left open comes from them."""

    def make(session: Session) -> Created:
        challenge = drafting.open_challenge(
            session, asking.actor, draft, at=turn(session), mechanisms=asking.home.mechanisms
        )
        [told] = presenting.shown(session, asking.actor, [challenge])
        location = asking.request.url_for("read_challenge", id=challenge.id).path
        return Created(told, location, presenting.etag(challenge))

    return idempotency.create(asking.home.engine, asking.actor, key, draft, make)


@router.get("", responses=described.refusals())
def list_challenges(query: Annotated[ChallengesQuery, Query()], asking: AskingDep) -> Listed[ChallengeOut]:
    """Those that you may read, the newest first: everybody the published ones, a setter its drafts too."""
    with reading(asking.home.engine) as session:
        page = listing.page(
            session,
            asking.actor,
            query.narrowed(),
            cursor=query.cursor,
            limit=query.limit,
            mechanisms=asking.home.mechanisms,
        )
        shown = presenting.shown(session, asking.actor, page.items)
    return Listed(items=shown, next_cursor=page.next_cursor)


@router.get("/{id}", response_model=ChallengeOut, responses=described.SHOWN)
def read_challenge(id: str, asking: AskingDep) -> ChallengeOut:
    with reading(asking.home.engine) as session:
        return _answer(asking, session, challenge_moves.find(session, asking.actor, id))


@router.put("/{id}", response_model=ChallengeOut, responses=described.EDITED)
def edit_challenge(
    id: str,
    draft: Annotated[ChallengeDraft, Body(openapi_examples=examples.CHALLENGES)],
    asking: AskingDep,
    versions: VersionsDep,
) -> ChallengeOut:
    """Replaces a draft. What is published is amended instead."""
    known = asking.home.mechanisms
    return _changed(
        asking,
        lambda session, at: drafting.edit(session, asking.actor, id, draft, at=at, versions=versions, mechanisms=known),
    )


@router.get("/{id}/gate", responses=described.refusals(404))
def judge_challenge(id: str, query: Annotated[GateQuery, Query()], asking: AskingDep, follower: FollowerDep) -> GateOut:
    """The quality gate: what is missing, what is good, and how many labs can likely do it."""
    found = index(asking.home, follower) if query.matched else None
    with reading(asking.home.engine) as session:
        matching = _matching(asking, session, found) if found else None
        at = clock.of_database(session)
        return GateOut.of(publishing.judged(session, asking.actor, id, at=at, matching=matching))


@router.get("/{id}/moves", responses=described.refusals(404))
def list_moves(id: str, asking: AskingDep) -> list[PossibleMoveOut]:
    """What you can do with it from here, and what is in the way of it just now."""
    with reading(asking.home.engine) as session:
        challenge = challenge_moves.find(session, asking.actor, id)
        found = challenge_moves.possible(session, asking.actor, challenge, clock.of_database(session))
    return [PossibleMoveOut(move=name, hindrance=hindrance) for name, hindrance in found.items()]


@router.get("/{id}/mechanism", responses=described.refusals(404))
def read_rules(id: str, asking: AskingDep) -> MechanismOut:
    """Its mechanism as it was when it was opened, whatever has become of that since."""
    with reading(asking.home.engine) as session:
        return MechanismOut.of(challenge_moves.mechanism_of(challenge_moves.find(session, asking.actor, id)))


@router.get("/{id}/versions", responses=described.refusals(404))
def list_versions(id: str, asking: AskingDep) -> list[VersionOut]:
    """What was told when: as published, then each amendment and extension."""
    with reading(asking.home.engine) as session:
        return presenting.versions(session, asking.actor, amendments.versions_of(session, asking.actor, id))


@router.post("/{id}/propose", response_model=ChallengeOut, responses=_MOVED)
def propose_challenge(id: str, asking: AskingDep) -> ChallengeOut:
    """The setter hands a draft to the matchmakers and operators."""
    return _changed(asking, lambda session, at: drafting.propose(session, asking.actor, id, at=at))


@router.post("/{id}/give-back", response_model=ChallengeOut, responses=_MOVED)
def give_back_challenge(id: str, asking: AskingDep, sent: GivingBack = GivingBack()) -> ChallengeOut:  # noqa: B008  # never changed
    """A proposed one becomes a draft again: given back to be mended, or taken back."""
    return _changed(
        asking, lambda session, at: drafting.give_back(session, asking.actor, id, reason=sent.reason, at=at)
    )


@router.post("/{id}/funding", response_model=ChallengeOut, responses=_MOVED)
def confirm_funding(
    id: str, sent: Annotated[FundingPost, Body(openapi_examples=examples.FUNDING)], asking: AskingDep
) -> ChallengeOut:
    """The public funder confirms its part of the budget, before the challenge is published."""
    return _changed(
        asking, lambda session, at: funding.agree(session, asking.actor, id, sent.amount, sent.currency, at=at)
    )


@router.post("/{id}/funding/withdraw", response_model=ChallengeOut, responses=_MOVED)
def withdraw_funding(
    id: str,
    asking: AskingDep,
    sent: FundingWithdrawal = FundingWithdrawal(),  # noqa: B008  # never changed
) -> ChallengeOut:
    """The public funder takes its confirmation back, before the challenge is published."""
    return _changed(asking, lambda session, at: funding.withdraw(session, asking.actor, id, at=at, reason=sent.reason))


@router.post("/{id}/publish", response_model=ChallengeOut, responses=described.EDITED)
def publish_challenge(id: str, asking: AskingDep, versions: VersionsDep) -> ChallengeOut:
    """A matchmaker or operator opens it for answers, as it was read."""
    secrets = asking.home.secrets
    return _changed(
        asking,
        lambda session, at: publishing.publish(session, asking.actor, secrets, id, at=at, versions=versions),
    )


@router.post("/{id}/amendments", response_model=ChallengeOut, responses=described.EDITED)
def amend_challenge(
    id: str,
    sent: Annotated[Amendment, Body(openapi_examples=examples.AMENDMENTS)],
    asking: AskingDep,
    versions: VersionsDep,
) -> ChallengeOut:
    """Puts another text in the place of the published one. Needs, mechanism, funder and dates stay; each indicator
    keeps its place, name, operator and unit, others are added behind the last."""
    return _changed(
        asking,
        lambda session, at: amendments.amend(
            session, asking.actor, id, sent.draft, reason=sent.reason, at=at, versions=versions
        ),
    )


@router.post("/{id}/extensions", response_model=ChallengeOut, responses=_MOVED)
def extend_challenge(
    id: str, sent: Annotated[Extension, Body(openapi_examples=examples.EXTENSIONS)], asking: AskingDep
) -> ChallengeOut:
    """Moves the current round's deadline to a later moment, before it has passed."""
    return _changed(
        asking,
        lambda session, at: amendments.extend(session, asking.actor, id, sent.deadline, reason=sent.reason, at=at),
    )


@router.post("/{id}/cancel", response_model=ChallengeOut, responses=_MOVED)
def cancel_challenge(
    id: str, sent: Annotated[Decision, Body(openapi_examples=examples.DECISIONS)], asking: AskingDep
) -> ChallengeOut:
    """Calls it off. Answers that were not opened stay sealed."""
    return _changed(asking, lambda session, at: amendments.cancel(session, asking.actor, id, reason=sent.reason, at=at))


@router.post("/{id}/no-award", response_model=ChallengeOut, responses=_MOVED)
def end_without_award(
    id: str, sent: Annotated[Decision, Body(openapi_examples=examples.DECISIONS)], asking: AskingDep
) -> ChallengeOut:
    """Ends it without an award 流标: nobody answered, or nobody well enough."""
    return _changed(
        asking, lambda session, at: amendments.no_award(session, asking.actor, id, reason=sent.reason, at=at)
    )


def _matching(asking: Asking, session: Session, found: SearchIndex) -> publishing.Matching:
    return lambda need: match_draft(session, found, asking.actor, need, top=LABS_LOOKED_AT)


def _changed(asking: Asking, change: Change) -> ChallengeOut:
    with writing_now(asking.home.engine) as (session, at):
        return _answer(asking, session, change(session, at))


def _answer(asking: Asking, session: Session, challenge: Challenge) -> ChallengeOut:
    [told] = presenting.shown(session, asking.actor, [challenge])
    asking.response.headers["ETag"] = presenting.etag(challenge)
    return told
