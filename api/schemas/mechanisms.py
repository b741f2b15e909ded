"""Mechanisms as they are shown."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field

from matcher.engine import mechanism_diagrams
from matcher.mechanisms import SHIPPED, Answerers, By, Decider, Funding, Guard, Mechanism
from matcher.states import ChallengeState


class RoundRuleOut(BaseModel):
    zh: str
    en: str
    days: int = Field(description="From its beginning to its deadline, unless a challenge says otherwise.")
    goes_on: int | None = Field(description="How many answers at most go on; null: as many as are good enough.")


class MoveOut(BaseModel):
    name: str
    sources: list[ChallengeState] = Field(description="States that it may start from.")
    target: ChallengeState
    by: list[By]
    only_if: list[Guard]


class MechanismOut(BaseModel):
    name: str
    zh: str
    en: str
    shipped: bool = Field(description="It comes with the program; false: the operator has added it.")
    answerers: Answerers
    sealed: bool
    custodians: int
    rounds: list[RoundRuleOut]
    decider: Decider
    funding: Funding
    blind: bool
    graders_each: int
    industry_share: float
    public_ratio: float
    objection_days: int
    reverse_days: int
    moves: list[MoveOut]
    diagram: str = Field(description="States and moves, as a Mermaid diagram.")

    @classmethod
    def of(cls, one: Mechanism) -> Self:
        return cls(
            name=one.name,
            zh=one.zh,
            en=one.en,
            shipped=one.name in SHIPPED,
            answerers=one.answerers,
            sealed=one.sealed,
            custodians=one.custodians,
            rounds=[RoundRuleOut(zh=rule.zh, en=rule.en, days=rule.days, goes_on=rule.goes_on) for rule in one.rounds],
            decider=one.decider,
            funding=one.funding,
            blind=one.blind,
            graders_each=one.graders_each,
            industry_share=one.industry_share,
            public_ratio=one.public_ratio,
            objection_days=one.objection_days,
            reverse_days=one.reverse_days,
            moves=[
                MoveOut(
                    name=name,
                    sources=[state for state in ChallengeState if state in move.sources],
                    target=move.target,
                    by=[by for by in By if by in move.by],
                    only_if=list(move.guards),
                )
                for name, move in one.moves.items()
            ],
            diagram=mechanism_diagrams.mermaid(one),
        )
