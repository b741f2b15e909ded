"""Whether this process lives, whether it can answer, and where to read on."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError

from api import db, described
from api.deps import FollowerDep, HomeDep
from api.errors import Problem
from api.schemas.installation import Alive, Readiness
from matcher.errors import Unready

router = APIRouter(tags=["installation"])


@router.get("/healthz")
async def alive() -> Alive:
    """The process answers. Says nothing about the database or the index: /readyz does."""
    return Alive()


@router.get("/readyz", responses={503: described.refusals()[503]})
def ready(home: HomeDep, follower: FollowerDep) -> Readiness:
    """The database answers and has this version's tables, and the index has caught up since the start."""
    missing: list[str] = []
    found: str | None = None
    try:
        found = db.revision(home.engine)
        if found != db.head_revision():
            missing.append(f"database: it stands at migration {found}, not {db.head_revision()}")
    except Unready as error:
        missing.append(f"database: {error}")
    except SQLAlchemyError as error:
        missing.append(f"database: it does not answer ({type(error).__name__})")
    if not follower.ready:
        missing.append(f"index: {follower.hindrance}")
    if missing or found is None:
        raise Problem(503, "unready", "Not ready; see missing.", missing=missing)
    return Readiness(migration=found, indexed=len(home.index), event=home.index.seq)
