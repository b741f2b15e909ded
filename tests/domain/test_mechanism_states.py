"""Every mechanism explored to the end: every state × every move × every role, through the one door.

What happens is held against the mechanism's own table, and the graph of what happened is then searched
for states that nothing leads to, and for traps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from challenge_policy_tables import CHALLENGE_ACTORS, FUNDER
from databases import sqlite_engine
from policy_tables import HOME, OTHER, THIRD
from sqlmodel import Session

from matcher import events
from matcher.actors import Actor
from matcher.engine import challenge_guards, challenge_moves
from matcher.engine.challenge_moves import UNPUBLISHED
from matcher.engine.mechanism_checks import EVERY_MOVE, UNSURE, reachable
from matcher.engine.mechanism_files import look_through
from matcher.entities import Challenge, ChallengeInvitation, Organisation, OrganisationKind
from matcher.errors import Forbidden, NotAllowed, NotFound, Unauthenticated
from matcher.mechanisms import SHIPPED, By, Guard, Mechanism
from matcher.states import ChallengeState as S

AT = datetime(2026, 3, 1, tzinfo=UTC)
OWN = (
    b'name = "own"\nzh = "\xe8\x87\xaa\xe5\xae\x9a"\nen = "own"\nlike = "race"\nleave_out = ["no_award"]\n'
    b'[moves.settle]\nfrom = ["objecting"]\nto = "awarded"\nby = ["operator"]\nonly_if = ["objections_over"]\n'
)
"""A mechanism from a file, which has to hold as the shipped ones do."""


def own() -> Mechanism:
    found = look_through(OWN)
    assert isinstance(found, Mechanism)
    return found


MECHANISMS = {**SHIPPED, "own": own()}
EVERY_MECHANISM = pytest.mark.parametrize("mechanism", MECHANISMS.values(), ids=MECHANISMS)
STRANGE = "dance"
MOVES = (*EVERY_MOVE, STRANGE)

MAKERS: dict[By, set[str]] = {
    By.SETTER: {"poster", "manager"},
    By.DESK: {"match", "oper"},
    By.OPERATOR: {"oper"},
}
"""Written by hand: who of `CHALLENGE_ACTORS` is meant. Whoever has a shell may make every move."""

HIDDEN: dict[str, set[str]] = {
    "unpublished": {"anonymous", "person", "invited", "lab", "clerk", "grader"},
    "private": {"anonymous", "person", "lab", "clerk", "grader"},
    "public": set(),
}
"""To whom a challenge does not exist."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder: Path = tmp_path_factory.mktemp("states")
    with sqlite_engine(folder) as engine, Session(engine) as opened:
        for id in (HOME, OTHER, THIRD, FUNDER):
            opened.add(Organisation(id=id, kind=OrganisationKind.COMPANY, name=id))
        opened.commit()
        yield opened


@pytest.fixture
def shut(monkeypatch: pytest.MonkeyPatch) -> set[Guard]:
    """The guards in this set refuse, all others are content: what each looks at is tested with it."""
    closed: set[Guard] = set()

    def judge(guard: Guard) -> challenge_guards.Judge:
        return lambda session, challenge, mechanism, at: f"{guard} says no." if guard in closed else None

    for guard in Guard:
        monkeypatch.setitem(challenge_guards.GUARDS, guard, judge(guard))
    return closed


def standing(session: Session, mechanism: Mechanism, state: S) -> Challenge:
    challenge = Challenge(
        organisation_id=HOME,
        state=state,
        mechanism=mechanism.name,
        rules=challenge_moves.rules_of(mechanism),
        title="残碱",
        content={},
        funder_id=FUNDER,
        published_at=None if state in UNPUBLISHED else AT,
    )
    session.add(challenge)
    session.flush()
    session.add(ChallengeInvitation(challenge_id=challenge.id, organisation_id=OTHER))
    session.commit()
    session.refresh(challenge)
    return challenge


def outcome(session: Session, actor: Actor, challenge: Challenge, move: str) -> S | type[Exception]:
    """Where the door leads, or what it raises. Afterwards all is as before; a refusal has left no trace."""
    try:
        challenge_moves.move(session, actor, challenge, move, at=AT)
    except (Forbidden, NotAllowed, NotFound, Unauthenticated) as refusal:
        assert not session.dirty
        assert not session.new
        return type(refusal)
    reached, version = challenge.state, challenge.version
    [recorded] = events.of_thing(session, f"challenge:{challenge.id}")
    assert (recorded.action, recorded.actor, version) == (f"challenge.{move}", actor.name, 2)
    session.rollback()
    return reached


def expected(mechanism: Mechanism, state: S, who: str, move: str) -> S | type[Exception]:
    if move not in mechanism.moves:
        return NotAllowed
    rule = mechanism.moves[move]
    if who != "shell" and who not in set().union(*(MAKERS[by] for by in rule.by)):
        if state in UNPUBLISHED:
            to = "unpublished"
        else:
            to = "private" if mechanism.name == "directed_commission" else "public"
        if who in HIDDEN[to]:
            return NotFound
        return Unauthenticated if who == "anonymous" else Forbidden
    return rule.target if state in rule.sources else NotAllowed


@EVERY_MECHANISM
def test_only_the_moves_of_the_table_happen_by_whom_it_names(
    session: Session, mechanism: Mechanism, shut: set[Guard]
) -> None:
    for state in S:
        challenge = standing(session, mechanism, state)
        cases = [(who, move) for who in CHALLENGE_ACTORS for move in MOVES]
        found = {case: outcome(session, CHALLENGE_ACTORS[case[0]], challenge, case[1]) for case in cases}
        assert found == {case: expected(mechanism, state, *case) for case in cases}, state


@EVERY_MECHANISM
def test_what_may_be_done_next_is_what_can_be_done(session: Session, mechanism: Mechanism, shut: set[Guard]) -> None:
    """The list that people are shown, with each guard open and each shut."""
    for state in S:
        challenge = standing(session, mechanism, state)
        for who, actor in CHALLENGE_ACTORS.items():
            done = {move for move in MOVES if isinstance(expected(mechanism, state, who, move), S)}
            assert challenge_moves.possible(session, actor, challenge, AT) == dict.fromkeys(done), (state, who)
        shut.update(Guard)
        told = challenge_moves.possible(session, CHALLENGE_ACTORS["shell"], challenge, AT)
        assert told == {
            name: f"{move.guards[0]} says no." if move.guards else None
            for name, move in mechanism.moves.items()
            if state in move.sources
        }
        shut.clear()


@EVERY_MECHANISM
@pytest.mark.parametrize("guard", Guard)
def test_a_guard_that_refuses_holds_back_the_moves_that_name_it_and_no_other(
    session: Session, mechanism: Mechanism, guard: Guard, shut: set[Guard]
) -> None:
    shut.add(guard)
    shell = CHALLENGE_ACTORS["shell"]
    for state in S:
        challenge = standing(session, mechanism, state)
        for name, move in mechanism.moves.items():
            if state not in move.sources:
                continue
            found = outcome(session, shell, challenge, name)
            assert found == (NotAllowed if guard in move.guards else move.target), (state, name)


# -- the graph of what happened -------------------------------------------------------------------


def graph(session: Session, mechanism: Mechanism) -> Mapping[S, set[S]]:
    """From which state somebody gets to which, as the door has it."""
    steps: dict[S, set[S]] = defaultdict(set)
    for state in S:
        challenge = standing(session, mechanism, state)
        ends_in = (outcome(session, CHALLENGE_ACTORS["shell"], challenge, move) for move in MOVES)
        steps[state] = {target for target in ends_in if isinstance(target, S)}
    return steps


def reached(steps: Mapping[S, set[S]], start: S) -> set[S]:
    found, fresh = {start}, [start]
    while fresh:
        for target in steps[fresh.pop()] - found:
            found.add(target)
            fresh.append(target)
    return found


ENDED = {S.FINISHED, S.FAILED, S.CANCELLED}


@EVERY_MECHANISM
def test_every_state_is_reached_and_every_state_reaches_an_end(
    session: Session, mechanism: Mechanism, shut: set[Guard]
) -> None:
    steps = graph(session, mechanism)
    unused = ({S.SEALED} if not mechanism.sealed else set()) | ({S.FAILED} if mechanism.name == "own" else set())
    assert reached(steps, S.DRAFT) == set(S) - unused
    for state in set(S) - unused:
        assert reached(steps, state) & ENDED, f"{state} is a trap"
        assert (state in ENDED) is (not steps[state]), f"nothing leads out of an end, and out of {state}"
        if state not in {S.FAILED, S.CANCELLED}:
            assert S.FINISHED in reached(steps, state), f"no way from {state} to where everybody wants to get"


@EVERY_MECHANISM
def test_an_end_is_reached_whatever_never_comes_true(session: Session, mechanism: Mechanism, shut: set[Guard]) -> None:
    """No answer, no agreement, no objection, no key: there is always a way to end it."""
    shut.update(UNSURE)
    steps = graph(session, mechanism)
    assert [state for state in reachable(mechanism.moves) if not reached(steps, state) & ENDED] == []


@EVERY_MECHANISM
def test_an_elimination_is_the_only_way_back_to_answering(
    session: Session, mechanism: Mechanism, shut: set[Guard]
) -> None:
    steps = graph(session, mechanism)
    before = {S.PROPOSED, S.ANSWERING} | ({S.DECIDING} if len(mechanism.rounds) > 1 else set())
    assert {state for state in S if S.ANSWERING in steps[state]} == before
    assert {state for state in S if S.DRAFT in steps[state]} == {S.PROPOSED}
