"""Names of indicators are encoded when an item is taken in, and never again for a match."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlmodel import select
from words_encoder import WordsEncoder

from api.composition import make_backends
from embeddings.base import Vectors
from matcher import items, needs, organisations, results
from matcher.actors import Actor
from matcher.drafts import IndicatorAchieved, IndicatorTarget, NeedDraft, Operator, ResultDraft
from matcher.entities import Kind, OrganisationKind, Result
from matcher.indexing import SearchIndex
from matcher.indicator_names import IndicatorNames, comparable
from matcher.matching.pipeline import match_item
from matcher.organisations import OrganisationDraft
from matcher.passages import Cut
from matcher.quantities.compare import Outcome
from matcher.sessions import reading, writing

ACTOR = Actor("tester", trusted=True)
NEED = NeedDraft(
    title="耐磨涂层",
    problem="希望摩擦系数不高于0.2 mm。",
    indicators=[IndicatorTarget(name="轴承寿命", operator=Operator.AT_LEAST, value=8000, unit="h")],
)
RESULT = ResultDraft(
    title="耐磨涂层 试验",
    abstract="涂层厚度3 mm。",
    indicators=[
        IndicatorAchieved(name="轴承寿命", value=9000, unit="h"),
        IndicatorAchieved(name="等级", value=3, unit="某级"),
    ],
)


class Unloaded(WordsEncoder):
    """A model that is not there yet: whoever asks it would have to wait."""

    @property
    def dimension(self) -> int:  # type: ignore[override]  # a constant of its parent
        raise AssertionError("the model is not loaded")

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"the model is not loaded, and was asked for {texts}")

    encode_queries = encode_documents


@pytest.fixture
def need(engine: Engine) -> str:
    with writing(engine) as session:
        draft = OrganisationDraft(kind=OrganisationKind.LAB, name="lab")
        owner = organisations.admit(session, ACTOR, draft).id
        results.post_result(session, ACTOR, owner, RESULT)
        return needs.post_need(session, ACTOR, owner, NEED).id


def opened(engine: Engine, folder: Path | None, encoder: WordsEncoder) -> SearchIndex:
    index = SearchIndex(engine, make_backends(encoder), folder)
    index.catch_up()
    return index


def outcomes(engine: Engine, index: SearchIndex, need: str) -> list[list[tuple[str, Outcome]]]:
    with reading(engine) as session:
        found = match_item(session, index, ACTOR, Kind.NEED, need)
        return [[(one.name, one.outcome) for one in match.indicators] for match in found]


def test_what_is_handed_in_and_what_is_read_from_a_text_is_learned_where_its_unit_is_known(
    engine: Engine, need: str
) -> None:
    index = opened(engine, None, WordsEncoder())
    assert len(index.names) == 3
    index.names.vectors(["轴承寿命", "涂层厚度", "摩擦系数"])
    assert isinstance(index.encoder, WordsEncoder)
    assert [index.encoder.encoded.count(name) for name in ("轴承寿命", "涂层厚度", "摩擦系数", "等级")] == [1, 1, 1, 0]


def test_a_match_of_what_is_stored_never_waits_for_the_model(engine: Engine, need: str, tmp_path: Path) -> None:
    first = opened(engine, tmp_path / "index", WordsEncoder())
    found = outcomes(engine, first, need)
    assert found == [[("轴承寿命", Outcome.MET)]]
    first.close()
    again = opened(engine, tmp_path / "index", Unloaded())
    assert outcomes(engine, again, need) == found


def test_an_edit_brings_its_new_names_along(engine: Engine, need: str) -> None:
    index = opened(engine, None, WordsEncoder())
    with writing(engine) as session:
        result = session.exec(select(Result)).one()
        renamed = RESULT.indicators[0].model_copy(update={"name": "轴承寿命 时间"})
        items.replace(session, ACTOR, result, RESULT.model_copy(update={"indicators": [renamed]}))
    index.catch_up()
    assert len(index.names) == 4


def test_a_rebuild_encodes_no_name_again(engine: Engine, need: str) -> None:
    index = opened(engine, None, WordsEncoder())
    assert isinstance(index.encoder, WordsEncoder)
    index.encoder.encoded.clear()
    index.rebuild()
    assert (index.encoder.encoded, len(index.names)) == ([], 3)


def test_damaged_names_are_learned_anew(engine: Engine, need: str, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    opened(engine, folder, WordsEncoder()).close()
    file = folder / (folder / "current").read_text() / "names.npz"
    file.write_bytes(file.read_bytes()[:-1])
    again = opened(engine, folder, WordsEncoder())
    assert len(again.names) == 3
    assert outcomes(engine, again, need) == [[("轴承寿命", Outcome.MET)]]


@pytest.mark.parametrize("names", [[], ["纯度"], ["纯度", "厚度", "purity"]])
def test_vectors_are_the_same_whether_kept_stored_or_made_anew(names: list[str], tmp_path: Path) -> None:
    kept, stored, fresh = (IndicatorNames(encoder) for encoder in (WordsEncoder(), Unloaded(), WordsEncoder()))
    kept.learn(names)
    kept.save(tmp_path / "names.npz")
    stored.load(tmp_path / "names.npz")
    made = [fresh.vectors(names), kept.vectors(names), stored.vectors(names)]
    assert all(np.array_equal(one, made[0]) for one in made)


def test_only_names_of_known_units_can_be_compared() -> None:
    cuts = [Cut("abstract", "涂层厚度3 mm。"), Cut("advantage", "成本2 mm。")]
    assert comparable(Kind.RESULT, RESULT.indicators, cuts) == {"轴承寿命", "涂层厚度"}
