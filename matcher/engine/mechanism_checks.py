"""What a mechanism has to be so that every challenge under it can be carried to an end, and safely.

The name of a move says what is done by it, so it is not for a file to invent one: a mechanism chooses
which there are, who makes them, and on which further conditions. `EVERY_MOVE` holds for each what the
shipped mechanisms make of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from matcher.mechanisms import SHIPPED, Answerers, Decider, Funding, Guard, Mechanism, Move
from matcher.states import ChallengeState as S

Path = tuple[str | int, ...]
Fault = tuple[Path, str]

ENDS = frozenset({S.FINISHED, S.FAILED, S.CANCELLED})
UNSURE = frozenset({Guard.KEY_RELEASED, Guard.ANSWERS_THERE, Guard.AGREED, Guard.OBJECTION_UPHELD})
"""Conditions that may never come true, whatever anybody does."""
INDISPENSABLE = ("propose", "publish", "close", "rank", "determine", "reconsider", "settle", "finish")
"""Without these no challenge comes from its draft to an award."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is fixed about a move by its name."""

    sources: frozenset[S]
    targets: frozenset[S]
    guards: frozenset[Guard]
    """Those that all shipped mechanisms which know the move insist on."""


def _shape(name: str) -> Shape:
    known = [one.moves[name] for one in SHIPPED.values() if name in one.moves]
    return Shape(
        frozenset[S]().union(*(move.sources for move in known)),
        frozenset(move.target for move in known),
        frozenset[Guard](known[0].guards).intersection(*(move.guards for move in known)),
    )


EVERY_MOVE: Mapping[str, Shape] = {
    name: _shape(name) for name in dict.fromkeys(name for one in SHIPPED.values() for name in one.moves)
}


def faults(mechanism: Mechanism) -> list[Fault]:
    """What is wrong with it, each with the path to where; nothing for one that can be used.

    What is looked at later is told only where all before is right: one mistake shall not be told as ten.
    """
    for looks in ((_shapes,), (_missing, _seal, _rounds, _decider), (_unreachable,), (_traps,)):
        found = [fault for look in looks for fault in look(mechanism)]
        if found:
            return found
    return []


def reachable(moves: Mapping[str, Move], start: S = S.DRAFT) -> set[S]:
    found, fresh = {start}, [start]
    while fresh:
        state = fresh.pop()
        further = {move.target for move in moves.values() if state in move.sources} - found
        found |= further
        fresh += further
    return found


def traps(moves: Mapping[str, Move], *, unsure: Collection[Guard] = UNSURE) -> list[S]:
    """States from which no end can be reached by moves that come true for certain, in the order of `ChallengeState`."""
    sure = {name: move for name, move in moves.items() if not set(move.guards) & set(unsure)}
    return [state for state in S if state in reachable(moves) and not reachable(sure, state) & ENDS]


def _shapes(mechanism: Mechanism) -> Iterator[Fault]:
    for name, move in mechanism.moves.items():
        shape, path = EVERY_MOVE[name], ("moves", name)
        if strange := move.sources - shape.sources:
            yield (*path, "from"), f"{name} does not start from {_listed(strange)}, but from {_listed(shape.sources)}"
        if move.target not in shape.targets:
            yield (*path, "to"), f"{name} does not lead to {move.target}, but to {_listed(shape.targets)}"
        if missing := shape.guards - set(move.guards):
            yield (*path, "only_if"), f"{name} may not go without the guard {_listed(missing)}"


def _missing(mechanism: Mechanism) -> Iterator[Fault]:
    for name in INDISPENSABLE:
        if name not in mechanism.moves:
            yield ("moves",), f"the move {name} is missing: without it no challenge comes to an award"


def _unreachable(mechanism: Mechanism) -> Iterator[Fault]:
    there = reachable(mechanism.moves)
    for name, move in mechanism.moves.items():
        if lost := move.sources - there:
            yield ("moves", name, "from"), f"no move leads to {_listed(lost)}, from where {name} starts"


def _traps(mechanism: Mechanism) -> Iterator[Fault]:
    if found := traps(mechanism.moves):
        yield ("moves",), f"a trap: from {_listed(found)} no end can be reached for certain"


def _seal(mechanism: Mechanism) -> Iterator[Fault]:
    closes = mechanism.moves.get("close")
    if mechanism.sealed and "open" not in mechanism.moves:
        yield ("sealed",), "what is sealed has to be opened: the move open is missing"
    if mechanism.sealed and closes and closes.target is not S.SEALED:
        yield ("moves", "close", "to"), f"answers are sealed: close leads to sealed, not to {closes.target}"
    if not mechanism.sealed and closes and closes.target is S.SEALED:
        yield ("moves", "close", "to"), "nothing is sealed: close leads to grading"
    if not mechanism.sealed and mechanism.custodians:
        yield ("custodians",), "nothing is sealed, so there is no key for custodians to hold"
    if mechanism.custodians not in (0, 2):
        yield ("custodians",), "two custodians hold a key together, or none (0)"


def _rounds(mechanism: Mechanism) -> Iterator[Fault]:
    several = len(mechanism.rounds) > 1
    if several and "eliminate" not in mechanism.moves:
        yield ("rounds",), f"{len(mechanism.rounds)} rounds need the move eliminate, from one to the next"
    if not several and "eliminate" in mechanism.moves:
        yield ("moves", "eliminate"), "there is one round, so nothing to eliminate for"
    if "reverse" in mechanism.moves and "eliminate" not in mechanism.moves:
        yield ("moves", "reverse"), "without the move eliminate there is nothing to reverse"
    if mechanism.funding is Funding.STAGED and not several:
        yield ("funding",), "staged funding pays a part for each round: one round has no stages"
    limits = [rule.goes_on for rule in mechanism.rounds]
    for place, (before, after) in enumerate(zip(limits, limits[1:], strict=False), start=1):
        if before is not None and (after is None or after > before):
            yield ("rounds", place, "goes_on"), f"at most {before} answers are left in this round"


def _decider(mechanism: Mechanism) -> Iterator[Fault]:
    guards = mechanism.moves["rank"].guards if "rank" in mechanism.moves else ()
    graded = mechanism.decider in (Decider.GRADES, Decider.MEASURED)
    if graded and not mechanism.graders_each:
        yield ("graders_each",), f"{mechanism.decider} decide, so each answer needs a grader"
    if mechanism.graders_each and Guard.GRADES_IN not in guards:
        yield ("moves", "rank", "only_if"), "graders are drawn: rank may not go without the guard grades_in"
    if mechanism.decider is Decider.NEGOTIATION:
        if mechanism.sealed or mechanism.answerers is not Answerers.INVITED:
            yield ("decider",), "it is negotiated with those invited, and nothing is sealed"
        if Guard.AGREED not in guards:
            yield ("moves", "rank", "only_if"), "negotiation decides: rank may not go without the guard agreed"
    elif Guard.AGREED in guards:
        yield ("moves", "rank", "only_if"), "there are no offers to agree on unless negotiation decides"
    if (mechanism.decider is Decider.COMMITMENTS) is not (mechanism.funding is Funding.INVESTORS):
        yield ("funding",), "investors fund where their commitments decide, and nowhere else"
    if (mechanism.funding is Funding.MATCHED) is not (mechanism.public_ratio > 0):
        yield ("public_ratio",), "a public funder's ratio belongs to matched funding, and has to be above 0 there"


def _listed(names: Collection[str]) -> str:
    return ", ".join(state for state in S if state in names) or ", ".join(sorted(names))
