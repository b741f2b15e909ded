"""Personal API tokens. They are made and revoked by who is signed in, never by a token."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api import described
from api.deps import ActorDep, HomeDep
from api.routes.account import oneself
from api.schemas.accounts import NewTokenOut, TokenOut
from matcher.accounts import tokens
from matcher.accounts.tokens import TokenDraft
from matcher.sessions import reading, writing

router = APIRouter(prefix="/account/tokens", tags=["tokens"])


@router.get("", responses=described.refusals(401))
def list_tokens(home: HomeDep, actor: ActorDep) -> list[TokenOut]:
    """Those that are still good, the newest first."""
    with reading(home.engine) as session:
        return [TokenOut.model_validate(token) for token in tokens.listed(session, actor, oneself(actor))]


@router.post("", status_code=201, responses=described.refusals(401, 403))
def create_token(
    sent: Annotated[TokenDraft, Body(openapi_examples=described.TOKENS)], home: HomeDep, actor: ActorDep
) -> NewTokenOut:
    """Makes a token that acts as oneself, for one organisation or with one's platform roles. Its secret
    is shown this once."""
    with writing(home.engine) as session:
        made, secret = tokens.create(session, actor, oneself(actor), sent)
        return NewTokenOut.model_validate({**made.model_dump(), "secret": secret})


@router.delete("/{id}", status_code=204, response_class=Response, responses=described.refusals(401, 403, 404))
def revoke_token(id: str, home: HomeDep, actor: ActorDep) -> Response:
    """It is refused from now on."""
    oneself(actor)
    with writing(home.engine) as session:
        tokens.revoke(session, actor, id)
    return Response(status_code=204)
