"""The platform in figures, for operators."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from api import described
from api.deps import AskingDep, IndexDep
from api.schemas.figures import FiguresOut, FiguresQuery, PointOut
from matcher import figures, landscape
from matcher.sessions import reading

router = APIRouter(prefix="/figures", tags=["figures"])


@router.get("", responses=described.refusals(401, 403))
def read_figures(query: Annotated[FiguresQuery, Query()], asking: AskingDep) -> FiguresOut:
    """What came in and what became of it, by month, field and region."""
    zone = ZoneInfo(asking.home.settings.time_zone)
    with reading(asking.home.engine) as session:
        found = figures.figures(session, asking.actor, zone=zone, months=query.months)
    return FiguresOut.model_validate(found)


@router.get("/landscape", responses=described.refusals(401, 403))
def read_landscape(asking: AskingDep, index: IndexDep) -> list[PointOut]:
    """Open needs and results laid out by meaning, each with how near the nearest of the other side is."""
    with reading(asking.home.engine) as session:
        return [PointOut.model_validate(point) for point in landscape.landscape(session, index, asking.actor)]
