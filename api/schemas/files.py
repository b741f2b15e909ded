"""What becomes of files of needs and results."""

from __future__ import annotations

from datetime import datetime

from pydantic import (
    BaseModel,
    Field,
)

from api.schemas.base import Shown
from api.schemas.organisations import OrganisationName


class RowProblemOut(Shown):
    sheet: str
    row: int = Field(description="As a spreadsheet numbers it, from 1; 0: the sheet as a whole.")
    column: str
    value: str
    problem: str
    expected: str


class ImportCounts(BaseModel):
    created: int
    updated: int
    unchanged: int
    rejected: int


class ImportOut(BaseModel):
    file: str
    counts: ImportCounts
    created: list[str] = Field(description="Ids, in the file's order.")
    updated: list[str]
    problem_lists: list[str] = Field(description="Ids of the lists that new needs were published in.")
    problems: list[RowProblemOut] = Field(description="Why rows were rejected.")
    notices: list[RowProblemOut] = Field(description="What was understood in part or passed over.")


class ProblemListOut(BaseModel):
    id: str
    organisation: OrganisationName
    title: str
    created_at: datetime
