"""The candidates that are kept, as matches with their reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from matcher import items, organisations
from matcher.entities import Passage
from matcher.indexing import SearchIndex
from matcher.matching import explain, indicators, redaction
from matcher.matching.candidates import Scored
from matcher.matching.matches import Agreement, Compared, Match, Share
from matcher.matching.parts import PARTS, TEXT
from matcher.matching.query import Query
from matcher.matching.score import Calibration, meanings, shares
from matcher.passages import Cut
from matcher.quantities.reading import handed_in


def matches(
    session: Session,
    index: SearchIndex,
    asked: Query,
    telling: Mapping[str, float],
    kept: Sequence[Scored],
    calibration: Calibration,
) -> list[Match]:
    """Each with its rank among those `kept`."""
    cuts = _cuts(session, [scored.candidate.number for scored in kept])
    owners = organisations.names(session, {scored.candidate.organisation_id for scored in kept})
    measured_by_number = compared(session, index, asked, kept, cuts)
    agreements = _agreements(index, asked, kept, cuts, calibration)
    found: list[Match] = []
    for rank, scored in enumerate(kept, start=1):
        candidate = scored.candidate
        measured = measured_by_number.get(candidate.number, ())
        passages = cuts.get(candidate.number, [])[: len(candidate.vectors)]
        text = "\n".join(cut.text for cut in passages)
        found.append(
            Match(
                rank=rank,
                kind=asked.wanted,
                id=candidate.id,
                reference=candidate.reference,
                title=candidate.title,
                organisation_id=candidate.organisation_id,
                organisation=owners.get(candidate.organisation_id, ""),
                score=scored.score,
                shares=_shares(scored, calibration),
                agreements=agreements[rank - 1],
                terms=explain.terms_in_common(telling, text),
                gaps=scored.gaps + indicators.gaps(measured),
                indicators=measured,
                duplicates=scored.duplicates,
                view=scored.view,
            )
        )
    return found


def compared(
    session: Session, index: SearchIndex, asked: Query, kept: Sequence[Scored], cuts: Mapping[int, list[Cut]]
) -> dict[int, tuple[Compared, ...]]:
    """How indicators compare, by the candidate's number, for those of which that may be shown.

    Without `cuts` what only the texts say is left out, of both sides.
    """
    numbers = [scored.candidate.number for scored in kept if redaction.comparable(scored.view)]
    stated = items.indicators_of(session, numbers)
    found = [indicators.Side(list(map(handed_in, stated.get(number, []))), cuts.get(number, [])) for number in numbers]
    here = indicators.Side(asked.indicators, asked.cuts if cuts else [])
    return dict(zip(numbers, indicators.compared(index.names, asked.wanted, here, found), strict=True))


def _agreements(
    index: SearchIndex,
    asked: Query,
    kept: Sequence[Scored],
    cuts: Mapping[int, list[Cut]],
    calibration: Calibration,
) -> list[tuple[Agreement, ...]]:
    """The passages of each that agree best, the first of them one that the score rests on: without it the score would
    be lower. The nearest need not be, where the rest says the same in more of the words that both sides have; where
    none is, the passages are no reason."""
    agreeing = []
    for scored in kept:
        passages, vectors = cuts.get(scored.candidate.number, []), scored.candidate.vectors
        both = min(len(passages), len(vectors))
        agreeing.append(explain.agreements(asked.cuts, asked.vectors, passages[:both], vectors[:both]))
    if not kept or kept[0].values.keys() != PARTS.keys():
        return [tuple(one.values()) for one in agreeing]
    found: list[tuple[Agreement, ...]] = [()] * len(kept)
    doubted = list(range(len(kept)))
    for choice in range(explain.AGREEMENTS):
        doubted = [row for row in doubted if len(agreeing[row]) > choice]
        places = [list(agreeing[row])[choice] for row in doubted]
        texts = [agreeing[row][place].text_there for row, place in zip(doubted, places, strict=True)]
        carried = _carried(index, asked, [kept[row] for row in doubted], places, texts, calibration)
        for row, place, rests in zip(doubted, places, carried, strict=True):
            if rests:
                told = agreeing[row]
                found[row] = (told[place], *(other for at, other in told.items() if at != place))
        doubted = [row for row in doubted if not found[row]]
    return found


def _carried(
    index: SearchIndex,
    asked: Query,
    kept: Sequence[Scored],
    places: Sequence[int],
    texts: Sequence[str],
    calibration: Calibration,
) -> list[bool]:
    """Whether the score of each rests on the passage at this place of it, which reads so."""
    if not kept:
        return []
    numbers = [scored.candidate.number for scored in kept]
    fewer = index.lexical.alike(asked.text, numbers, texts) - index.lexical.alike(asked.text, numbers)
    left = [np.delete(scored.candidate.vectors, place, axis=0) for scored, place in zip(kept, places, strict=True)]
    # Nothing is left of a text of one passage: a zero vector means as much.
    passages, whole = meanings(
        asked.vectors, [some if len(some) else np.zeros_like(asked.vectors[:1]) for some in left]
    )
    before = {part: np.array([scored.values[part] for scored in kept]) for part in TEXT}
    weights = calibration.weights
    gained = (
        weights["passages"] * (passages - before["passages"])
        + weights["whole"] * (whole - before["whole"])
        + weights["words"] * fewer
    )
    return [amount < 0 for amount in gained.tolist()]


def _shares(scored: Scored, calibration: Calibration) -> tuple[Share, ...]:
    """Where one kind of evidence alone is looked at, it is the score."""
    if scored.values.keys() != PARTS.keys():
        return tuple(Share(part, value, value, f"{part} alone ({value:.2f})") for part, value in scored.values.items())
    return shares(scored.values, calibration)


_PASSAGES = (
    select(Passage.item_number, Passage.part, Passage.text)
    .where(col(Passage.item_number).in_(bindparam("numbers", expanding=True)))
    .order_by(col(Passage.id))
)


def _cuts(session: Session, numbers: Sequence[int]) -> dict[int, list[Cut]]:
    found: dict[int, list[Cut]] = {}
    for number, part, text in session.exec(_PASSAGES, params={"numbers": numbers}):
        found.setdefault(number, []).append(Cut(part, text))
    return found
