"""The codes that needs and results are sorted by."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter

from api import described, review_presenting
from api.schemas.installation import FieldOut, RegionOut
from api.schemas.reviews import PairReasonOut
from matcher import fields, regions

router = APIRouter(tags=["codes"])


@router.get("/fields", responses=described.refusals())
def list_fields() -> list[FieldOut]:
    """The tree of technical fields, in two levels."""
    return _fields()


@router.get("/regions", responses=described.refusals())
def list_regions() -> list[RegionOut]:
    """Provinces with their prefectures, by GB/T 2260 code."""
    return _regions()


@router.get("/reasons", responses=described.refusals())
def list_reasons() -> list[PairReasonOut]:
    """Why pairs are not taken further, declined or ended, each with what would make it fit."""
    return review_presenting.reasons()


@cache
def _fields() -> list[FieldOut]:
    shown = {
        field.code: FieldOut(code=field.code, zh=field.zh, en=field.en, gbt4754=list(field.gbt4754))
        for field in fields.tree()
    }
    for field in fields.tree():
        if field.parent:
            shown[field.parent].children.append(shown[field.code])
    return [shown[field.code] for field in fields.tree() if not field.parent]


@cache
def _regions() -> list[RegionOut]:
    provinces: dict[str, RegionOut] = {}
    for code, name in regions.names().items():
        if code == regions.province(code):
            provinces[code] = RegionOut(code=code, zh=name, en=regions.ENGLISH[code[:2]])
        else:
            provinces[regions.province(code)].children.append(RegionOut(code=code, zh=name))
    return list(provinces.values())
