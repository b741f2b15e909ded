"""Where no one result has all that a need must have: the fewest that have it together, offered as a consortium.

A must-have is covered by a figure that the result's owner handed in as such and that surely meets it. Who may work
together is who may answer: organisations other than the need's own, several results of one among them. What is
closed or withdrawn is out, and so is what whoever asks is shown in part: that it covers something would tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session

from matcher import access, items, organisations
from matcher.actors import Actor
from matcher.entities import Kind, Need
from matcher.indexing import SearchIndex
from matcher.matching import cover, indicators, pipeline, query
from matcher.matching.candidates import Scored
from matcher.matching.matches import Narrowing, Ranker
from matcher.policy import Action, View
from matcher.quantities.compare import Outcome
from matcher.quantities.reading import Stated, handed_in

LEAST_SCORE = 0.1
"""What scores less is about something else, whatever its figures: of the demonstration set's pairs that solve a
part of the need, 177 of 183 score more."""
DEPTH = 100
"""Results that each way of looking contributes."""


class Coverage(StrEnum):
    """How far the need's must-haves are covered."""

    NOTHING_ASKED = "nothing_asked"
    """It has none."""
    ONE = "one"
    """One result has them all."""
    TEAM = "team"
    """The members have them all together."""
    PART = "part"
    """Some must-have nobody covers; the members cover the others."""
    NONE = "none"
    """Nobody covers any."""


@dataclass(frozen=True, slots=True)
class MustHave:
    position: int
    """In the need's list of indicators."""
    text: str
    """How the need states it."""


@dataclass(frozen=True, slots=True)
class Contribution:
    must_have: MustHave
    result: str
    """How the result states it."""
    margin: float | None
    """Relative distance to what is wanted, not negative."""
    alone: bool
    """No other member covers it."""


@dataclass(frozen=True, slots=True)
class Member:
    id: str
    reference: str
    title: str
    organisation_id: str
    organisation: str
    score: float
    contributes: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Team:
    coverage: Coverage
    members: tuple[Member, ...]
    """The best first."""
    must_haves: tuple[MustHave, ...]
    uncovered: tuple[MustHave, ...]
    looked_at: int
    """Results whose figures were compared."""


def for_need(session: Session, index: SearchIndex, actor: Actor, id: str) -> Team:
    """Of the fewest members, and of several such teams the one of the best scores.

    Raises NotFound, and Forbidden for who is not shown the need's text. The caller lets the index catch up first.
    """
    need = items.get(session, actor, Need, id, Action.MATCH_ITEM)
    asked = query.of_item(session, index.encoder, actor, Kind.NEED, id)
    musts = {MustHave(position, stated.text): stated for position, stated in enumerate(asked.indicators) if stated.must}
    if not musts:
        return Team(Coverage.NOTHING_ASKED, (), (), (), 0)
    viewer = access.viewer(session, actor)
    telling = index.lexical.telling(asked.text)
    found = pipeline.shown(session, index, viewer, asked, telling, Narrowing(), Ranker.FULL, DEPTH, least=View.PUBLIC)
    scored = [
        one
        for one in pipeline.with_indicators(session, index, asked, found, index.calibration)
        if one.score >= LEAST_SCORE and one.candidate.organisation_id != need.organisation_id
    ]
    met = _met(session, index, list(musts.values()), scored)
    chosen = cover.fewest([frozenset(one) for one in met], [one.score for one in scored])
    covered = {row for position in chosen for row in met[position]}
    uncovered = tuple(must for row, must in enumerate(musts) if row not in covered)
    members = _members(session, list(musts), [scored[row] for row in chosen], [met[row] for row in chosen])
    return Team(_coverage(members, uncovered), members, tuple(musts), uncovered, len(scored))


def _coverage(members: Sequence[Member], uncovered: Sequence[MustHave]) -> Coverage:
    if not members:
        return Coverage.NONE
    if uncovered:
        return Coverage.PART
    return Coverage.ONE if len(members) == 1 else Coverage.TEAM


@dataclass(frozen=True, slots=True)
class _Met:
    result: str
    margin: float | None


def _met(session: Session, index: SearchIndex, musts: list[Stated], scored: Sequence[Scored]) -> list[dict[int, _Met]]:
    """For each candidate the must-haves that it surely meets, by their place among `musts`."""
    numbers = [one.candidate.number for one in scored]
    stated = items.indicators_of(session, numbers) if numbers else {}
    theirs = [list(map(handed_in, stated.get(number, []))) for number in numbers]
    found: list[dict[int, _Met]] = []
    for paired in indicators.counterparts(index.names, musts, theirs):
        verdicts = {row: indicators.judged(musts[row], counterpart) for row, counterpart in paired.items()}
        found.append(
            {
                row: _Met(paired[row].result.text, verdict.margin)
                for row, verdict in verdicts.items()
                if verdict.outcome is Outcome.MET
            }
        )
    return found


def _members(
    session: Session, musts: Sequence[MustHave], chosen: Sequence[Scored], met: Sequence[dict[int, _Met]]
) -> tuple[Member, ...]:
    names = organisations.names(session, {one.candidate.organisation_id for one in chosen})
    members = [
        Member(
            one.candidate.id,
            one.candidate.reference,
            one.candidate.title,
            one.candidate.organisation_id,
            names.get(one.candidate.organisation_id, ""),
            one.score,
            tuple(
                Contribution(musts[row], shown.result, shown.margin, sum(row in other for other in met) == 1)
                for row, shown in sorted(mine.items())
            ),
        )
        for one, mine in zip(chosen, met, strict=True)
    ]
    return tuple(sorted(members, key=lambda member: -member.score))
