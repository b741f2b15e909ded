"""Filling the queue: open needs whose candidates may have changed are ranked again, and the best kept as pairs.

It goes on from where it left off, a few needs at a time, each step a transaction of its own; of two
that go on at the same moment one does the step. What was changed is found by the sequence number that
the indexes follow too: a need is ranked when it changed, and when a result changed that may be among
its best. Where more results changed than there are needs, all needs are ranked once instead.

A pair that nobody decided on is no act of anybody's, and so stands in no record.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from sqlalchemy import Engine, exists, func
from sqlmodel import Session, col, delete, insert, select

from matcher import events
from matcher.actors import Actor
from matcher.drafts import Disclosure
from matcher.entities import Kind, Need, Pair, PairNote, PairShowing, PairVerdict, ProposalPosition, Result, random_id
from matcher.entities import now as moment
from matcher.indexing import SearchIndex
from matcher.matching.matches import Match
from matcher.matching.pipeline import match_item
from matcher.matching.score import Calibration
from matcher.reviews import worth
from matcher.sessions import reading, writing
from matcher.states import ItemState, PairState

S = TypeVar("S", Need, Result)

AT_ONCE = 20
"""Needs, or changed results, that one step looks at."""
KEPT = 8
"""Pairs of a need, at most: a matchmaker who wants more asks for its matches."""
_LOOKED_AT = 4 * KEPT
"""Matches that these are chosen from."""
LEAST = 0.2
"""What scores less is not worth anybody's time."""

_RANKING = Actor("ranking", trusted=True)
"""Sees all of every text, as matching does; what is told of it is the reader's own view of the two sides."""


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where needs and results were ranked, and by what."""

    needs: int
    results: int
    ranked_by: str


class Candidate(NamedTuple):
    """A pair as the ranking has it."""

    result_id: str
    rank: int
    score: float
    told_score: float
    priority: float
    evidence: dict[str, float]


def behind(session: Session, index: SearchIndex) -> bool:
    """Whether there is something to rank."""
    found = _position(session)
    if found.ranked_by != worth.ranked_by(index):
        return session.exec(select(Need.id).limit(1)).first() is not None
    newest = [session.exec(select(func.max(table.seq))).one() or 0 for table in (Need, Result)]
    return newest[0] > found.needs or newest[1] > found.results


def step(engine: Engine, index: SearchIndex) -> int:
    """Ranks the next few needs and keeps their best pairs. Returns of how many; call it until nothing is `behind`."""
    index.catch_up()
    until = index.seq  # read first: the session sees at least as much
    with reading(engine) as session:
        before = _position(session)
        start = _start(session, before, until, worth.ranked_by(index))
        needs, after = _next(session, index, start, until)
        found = {need.id: _candidates(session, index, need) for need in needs}
    with writing(engine) as session:
        events.lock(session)  # nobody draws, decides or goes on from here meanwhile
        if _position(session) != before:
            return 0
        for need_id, candidates in found.items():
            _keep(session, need_id, candidates, after.ranked_by)
        _move(session, after)
    return len(found)


def rank(session: Session, index: SearchIndex, need: Need) -> list[Pair]:
    """Ranks one need now, whatever its turn, and keeps its best pairs: returns them, the best first.

    The index has to have caught up with the session.
    """
    _keep(session, need.id, _candidates(session, index, need), worth.ranked_by(index))
    query = select(Pair).where(Pair.need_id == need.id, col(Pair.rank).is_not(None)).order_by(col(Pair.rank))
    return list(session.exec(query))


# -- what comes next ------------------------------------------------------------------------------


def _start(session: Session, before: Position, until: int, ranked_by: str) -> Position:
    """Where to go on from: all over again where scores are made in another way, or results changed by the lot."""
    if before.ranked_by == ranked_by:
        changed = session.exec(select(func.count()).select_from(Result).where(Result.seq > before.results)).one()
        if changed <= max(AT_ONCE, _count_open(session)):
            return before
    return Position(0, until, ranked_by)


def _next(session: Session, index: SearchIndex, start: Position, until: int) -> tuple[list[Need], Position]:
    """The needs to be ranked, and the position after that. What the index has not taken in yet waits."""
    needs = _changed(session, Need, start.needs, until)
    if needs:
        reached = needs[-1].seq if len(needs) == AT_ONCE else until
        open_ones = [need for need in needs if need.state is ItemState.OPEN]
        return open_ones, Position(reached, start.results, start.ranked_by)
    results = _changed(session, Result, start.results, until)
    reached = results[-1].seq if len(results) == AT_ONCE else until
    return _concerned(session, index, results), Position(until, reached, start.ranked_by)


def _changed(session: Session, table: type[S], after: int, until: int) -> list[S]:
    query = select(table).where(col(table.seq) > after, col(table.seq) <= until)
    return list(session.exec(query.order_by(col(table.seq)).limit(AT_ONCE)))


def _concerned(session: Session, index: SearchIndex, results: Sequence[Result]) -> list[Need]:
    """Open needs of which one of these results may be, or was, among the best."""
    ids = {result.id for result in results}
    wanted = set(session.exec(select(Pair.need_id).where(col(Pair.result_id).in_(ids), _UNDECIDED)))
    for result in results:
        if result.state is ItemState.OPEN:
            likely = match_item(session, index, _RANKING, Kind.RESULT, result.id, top=KEPT, min_score=LEAST)
            wanted.update(match.id for match in likely)
    query = select(Need).where(col(Need.id).in_(wanted), Need.state == ItemState.OPEN).order_by(col(Need.seq))
    return list(session.exec(query))


def _count_open(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Need).where(Need.state == ItemState.OPEN)).one()


# -- ranked ---------------------------------------------------------------------------------------


def _candidates(session: Session, index: SearchIndex, need: Need) -> list[Candidate]:
    """Its best results, without those of its own organisation, and those of which no title is shown."""
    if need.disclosure is Disclosure.CONSENT:
        return []  # nobody at the desk could judge it
    matches = match_item(session, index, _RANKING, Kind.NEED, need.id, top=_LOOKED_AT, min_score=LEAST)
    wanted = select(Result).where(
        col(Result.id).in_([match.id for match in matches]),
        Result.organisation_id != need.organisation_id,
        Result.disclosure != Disclosure.CONSENT,
    )
    results = {result.id: result for result in session.exec(wanted)}
    kept = [match for match in matches if match.id in results][:KEPT]
    made_by = index.calibration
    return [_candidate(rank, match, need, results[match.id], made_by) for rank, match in enumerate(kept, start=1)]


def _candidate(rank: int, match: Match, need: Need, result: Result, calibration: Calibration) -> Candidate:
    view = worth.shown_to_matchmakers(need, result)
    told = worth.told_score(match, view, calibration)
    priority = worth.priority(told, view, need, result)
    return Candidate(result.id, rank, match.score, told, priority, worth.evidence(match))


# -- kept -----------------------------------------------------------------------------------------

_UNDECIDED = col(Pair.state) == PairState.PROPOSED


def _keep(session: Session, need_id: str, candidates: Sequence[Candidate], ranked_by: str) -> None:
    """New pairs are added and undecided ones scored anew; those that fell behind go, or rest where somebody has
    looked at them."""
    known = {pair.result_id: pair for pair in session.exec(select(Pair).where(Pair.need_id == need_id))}
    fresh = []
    for one in candidates:
        told = one._asdict() | {"ranked_by": ranked_by}
        pair = known.pop(one.result_id, None)
        if pair is None:
            at = moment()
            fresh.append(Pair(id=random_id(), need_id=need_id, since=at, proposed_at=at, **told).model_dump())
        elif pair.state is PairState.PROPOSED:
            pair.sqlmodel_update(told)
            session.add(pair)
    behind = [pair for pair in known.values() if pair.state is PairState.PROPOSED]
    for pair in behind:
        pair.rank = None
        session.add(pair)
    session.flush()
    _forget(session, [pair.id for pair in behind])
    if fresh:
        session.execute(insert(Pair.__table__), fresh)  # type: ignore[attr-defined]


def _forget(session: Session, ids: Collection[str]) -> None:
    traces = [exists().where(col(table.pair_id) == col(Pair.id)) for table in (PairVerdict, PairShowing, PairNote)]
    untouched = delete(Pair).where(col(Pair.id).in_(ids), *(~trace for trace in traces))
    session.execute(untouched, execution_options={"synchronize_session": False})


# -- the position ---------------------------------------------------------------------------------


def _position(session: Session) -> Position:
    found = {one.kind: one for one in session.exec(select(ProposalPosition))}
    return Position(found[Kind.NEED].seq, found[Kind.RESULT].seq, found[Kind.NEED].ranked_by)


def _move(session: Session, to: Position) -> None:
    for kind, seq in ((Kind.NEED, to.needs), (Kind.RESULT, to.results)):
        row = session.get_one(ProposalPosition, kind)
        row.seq, row.ranked_by = seq, to.ranked_by
        session.add(row)
