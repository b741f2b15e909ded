"""The need clinic: what a draft lacks, and what its chances are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query

from api import described
from api.deps import AskingDep, IndexDep
from api.routes import items
from api.schemas.clinic import ClinicOut, ClinicQuery
from matcher import access, readings
from matcher.drafts import NeedDraft
from matcher.entities import Kind
from matcher.matching import clinic
from matcher.sessions import reading

router = APIRouter(tags=["matches"])


@router.post("/clinic", responses=described.refusals())
def examine(
    draft: Annotated[NeedDraft, Body(openapi_examples=described.NEEDS)],
    query: Annotated[ClinicQuery, Query()],
    asking: AskingDep,
    index: IndexDep,
) -> ClinicOut:
    """Examines a need's draft: what is missing, what was understood, who asked nearly the same, how many results
    would do, and how many more if one demand gave way. Nothing of it is stored.

    Counted is what you are shown in full; what you are shown in part only moves nothing.
    """
    with reading(asking.home.engine) as session:
        examined = clinic.examine(session, index, asking.actor, draft, besides=query.besides)
        viewer = access.viewer(session, asking.actor)
        seen = readings.of_ids(session, viewer, Kind.NEED, [one.id for one in examined.duplicates])
        brought = {id for one in examined.chances.relaxations for step in one.steps for id in step.brings}
        seen += readings.of_ids(session, viewer, Kind.RESULT, brought)
    items.keep(asking, seen)
    return ClinicOut.of(examined)
