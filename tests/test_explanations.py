"""What is told of a match is what its score is made of: on the demonstration set, with the real model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sqlmodel import select

from api.composition import Home, open_home
from api.settings import Settings
from matcher.actors import COMMAND_LINE
from matcher.entities import Kind, Need, Result
from matcher.matching import query
from matcher.matching.matches import Match
from matcher.matching.pipeline import match_item
from matcher.matching.score import meanings, scores
from matcher.matching.words import weigh
from matcher.passages import Cut
from matcher.sessions import reading
from seed_data import loading

NOBODY = 10**9
"""A number that no item has."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with open_home(Settings(home=tmp_path_factory.mktemp("explanations"), _env_file=None)) as opened:
        loading.fill(opened.engine, COMMAND_LINE)
        opened.index.catch_up()
        yield opened


@pytest.fixture(scope="module")
def matches(home: Home) -> list[tuple[str, Match]]:
    with reading(home.engine) as session:
        needs = list(session.exec(select(Need.id)))
        return [
            (id, match) for id in needs for match in match_item(session, home.index, COMMAND_LINE, Kind.NEED, id, top=3)
        ]


def test_the_shares_of_every_match_add_up_to_its_score(matches: list[tuple[str, Match]]) -> None:
    for _, match in matches:
        assert sum(share.share for share in match.shares) == pytest.approx(match.score, abs=1e-9)
        assert all(share.message for share in match.shares)


def test_without_the_passage_that_is_shown_as_the_reason_every_score_is_lower(
    home: Home, matches: list[tuple[str, Match]]
) -> None:
    with reading(home.engine) as session:
        for need, match in matches:
            if not match.agreements:
                continue
            reason = match.agreements[0]
            asked = query.of_item(session, home.encoder, COMMAND_LINE, Kind.NEED, need)
            offered = query.of_item(session, home.encoder, COMMAND_LINE, Kind.RESULT, match.id)
            left = [row for row, cut in enumerate(offered.cuts) if cut != Cut(reason.part_there, reason.text_there)]
            assert len(left) == len(offered.cuts) - 1
            number = session.exec(select(Result.number).where(Result.id == match.id)).one()
            text = "\n".join(offered.cuts[row].text for row in left)
            home.index.lexical.upsert([NOBODY], [text], [{}], counted=[])
            alike = home.index.lexical.alike(asked.text, [NOBODY])
            chinese = np.array([home.index.chinese_share(number)])
            words = weigh(home.index.lexical.telling(asked.text), asked.text).evidence(alike, chinese)
            passages, whole = meanings(asked.vectors, [offered.vectors[left]])
            values = {share.part: np.array([share.value]) for share in match.shares[:-1]}
            without = scores(values | {"passages": passages, "whole": whole, "words": words}, home.index.calibration)
            assert without[0] < match.score, f"{match.reference} for {need}"
    home.index.lexical.remove([NOBODY])


def test_nearly_every_best_match_has_such_a_passage(matches: list[tuple[str, Match]]) -> None:
    first = [match for _, match in matches if match.rank == 1]
    assert sum(bool(match.agreements) for match in first) >= 0.95 * len(first)
