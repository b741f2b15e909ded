"""The index follows the database, whatever happens, and answers as an exact scan of it would."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Engine
from sqlmodel import select
from words_encoder import WordsEncoder

from api.composition import make_backends
from api.db import make_engine, upgrade
from api.settings import Settings
from embeddings.base import OneOf
from matcher import items, organisations, results
from matcher.actors import Actor
from matcher.drafts import ResultDraft
from matcher.embedding import unpack
from matcher.entities import PASSAGES_PER_ITEM, Organisation, OrganisationKind, Passage, Result
from matcher.indexing import SearchIndex
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading, writing
from matcher.states import ItemState

ACTOR = Actor("tester", trusted=True)
WORDS = ["轴承", "磨损", "涂层", "battery", "cell", "仿真", "SKF-6205", "高纯", "石英", "catalyst"]
drafts = st.builds(
    lambda title, problem, field: ResultDraft(title=" ".join(title), problem=" ".join(problem), field=field),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    st.lists(st.sampled_from(WORDS), max_size=6),
    st.sampled_from(["energy.batteries", "new_materials.metals", None]),
)


def open_index(engine: Engine, folder: Path | None, model_id: str = "words-1") -> SearchIndex:
    return SearchIndex(engine, make_backends(WordsEncoder(model_id)), folder)


def lab(engine: Engine) -> str:
    with writing(engine) as session:
        draft = OrganisationDraft(kind=OrganisationKind.LAB, name="lab")
        return organisations.admit(session, ACTOR, draft).id


def post(engine: Engine, draft: ResultDraft) -> str:
    with writing(engine) as session:
        owner = session.exec(select(Organisation.id)).one()
        return results.post_result(session, ACTOR, owner, draft).id


def exact(engine: Engine, asked: str, field: str | None) -> dict[int, float]:
    """Best cosine of every result that is not withdrawn, straight from the database."""
    query = WordsEncoder().encode_queries([asked])[0]
    with reading(engine) as session:
        found: dict[int, float] = {}
        for result in session.exec(select(Result).where(Result.state != ItemState.WITHDRAWN)):
            if field in (None, result.field):
                rows = session.exec(select(Passage).where(Passage.item_number == result.number)).all()
                cosines = unpack([row.vector or b"" for row in rows]) @ query
                found[result.number] = float(cosines.max())
    return found


def searched(index: SearchIndex, asked: str, field: str | None) -> dict[int, float]:
    where = {"kind": OneOf(frozenset({"result"}))} | ({"field": OneOf(frozenset({field}))} if field else {})
    found: dict[int, float] = {}
    for hit in index.vectors.search(index.encoder.encode_queries([asked]), 1000, where)[0]:
        number = hit.id // PASSAGES_PER_ITEM
        found[number] = max(found.get(number, -1), hit.score)
    return found


class FollowingTheDatabase(RuleBasedStateMachine):
    """Adds, edits, withdrawals and returns in any order, with restarts anywhere in between."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.engine = make_engine(Settings(home=self.folder, _env_file=None))
        upgrade(self.engine)
        lab(self.engine)
        self.index = open_index(self.engine, self.folder / "index")
        self.ids: list[str] = []

    @rule(draft=drafts)
    def add(self, draft: ResultDraft) -> None:
        draft = draft.model_copy(update={"reference": f"R{len(self.ids)}"})
        self.ids.append(post(self.engine, draft))

    @rule(draft=drafts, data=st.data())
    def edit(self, draft: ResultDraft, data: st.DataObject) -> None:
        if self.ids:
            id = data.draw(st.sampled_from(self.ids))
            with writing(self.engine) as session:
                result = items.hold(session, ACTOR, Result, id)
                items.replace(session, ACTOR, result, draft.model_copy(update={"reference": result.reference}))

    @rule(data=st.data())
    def withdraw_or_bring_back(self, data: st.DataObject) -> None:
        if self.ids:
            id = data.draw(st.sampled_from(self.ids))
            with writing(self.engine) as session:
                result = items.hold(session, ACTOR, Result, id)
                items.move(session, ACTOR, result, "reopen" if result.state is ItemState.WITHDRAWN else "withdraw")

    @rule()
    def stop_and_start(self) -> None:
        self.index.close()
        self.index = open_index(self.engine, self.folder / "index")

    @rule()
    def crash_and_start(self) -> None:
        self.index = open_index(self.engine, self.folder / "index")

    @rule()
    def rebuild(self) -> None:
        self.index.rebuild()

    @invariant()
    def answers_as_an_exact_scan(self) -> None:
        if not hasattr(self, "index"):
            return
        self.index.catch_up()
        for asked, field in (("轴承 磨损", None), ("battery cell", "energy.batteries")):
            wanted = exact(self.engine, asked, field)
            found = searched(self.index, asked, field)
            assert found.keys() == wanted.keys()
            assert list(found.values()) == pytest.approx([wanted[number] for number in found], abs=2e-3)
        with reading(self.engine) as session:
            alive = session.exec(select(Result.number).where(Result.state != ItemState.WITHDRAWN)).all()
            with_word = {
                row.item_number
                for row in session.exec(select(Passage))
                if "石英" in row.text and row.item_number in alive
            }
        assert {hit.id for hit in self.index.lexical.search("石英", 1000)} == with_word

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()
            shutil.rmtree(self.folder)


FollowingTheDatabase.TestCase.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestFollowingTheDatabase = FollowingTheDatabase.TestCase


@pytest.fixture
def filled(engine: Engine) -> Engine:
    lab(engine)
    for number in range(5):
        post(engine, ResultDraft(title=f"轴承 {number}", reference=str(number), abstract="磨损 试验"))
    return engine


def test_what_another_process_wrote_is_found(filled: Engine) -> None:
    mine, other = open_index(filled, None), open_index(filled, None)
    mine.catch_up()
    post(filled, ResultDraft(title="石英 提纯"))
    other.catch_up()
    assert mine.catch_up() == 1
    assert len(mine.lexical.search("石英", 10)) == 1


def test_a_start_from_a_snapshot_reads_and_encodes_nothing(filled: Engine, tmp_path: Path) -> None:
    first = open_index(filled, tmp_path / "index")
    first.catch_up()
    first.close()
    again = open_index(filled, tmp_path / "index")
    assert (len(again), again.seq, again.catch_up()) == (5, first.seq, 0)
    assert isinstance(again.encoder, WordsEncoder)
    assert again.encoder.encoded == []


def test_the_same_words_are_encoded_once(filled: Engine) -> None:
    index = open_index(filled, None)
    index.catch_up()
    assert isinstance(index.encoder, WordsEncoder)
    assert sorted(index.encoder.encoded) == ["磨损 试验", *(f"轴承 {number}" for number in range(5))]


def test_a_rebuild_encodes_nothing_again(filled: Engine) -> None:
    open_index(filled, None).catch_up()
    again = open_index(filled, None)
    assert again.rebuild() == 5
    assert isinstance(again.encoder, WordsEncoder)
    assert again.encoder.encoded == []


def test_another_model_encodes_everything_again(filled: Engine, tmp_path: Path) -> None:
    first = open_index(filled, tmp_path / "index")
    first.catch_up()
    first.close()
    other = open_index(filled, tmp_path / "index", "words-2")
    assert other.seq == 0
    other.catch_up()
    with reading(filled) as session:
        assert set(session.exec(select(Passage.model_id))) == {"words-2"}
    assert len(searched(other, "轴承", None)) == 5


@pytest.mark.parametrize("damage", ["truncate", "flip", "remove", "manifest", "pointer", "empty pointer", "format"])
def test_a_damaged_snapshot_is_replaced(filled: Engine, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "index"
    first = open_index(filled, folder)
    first.catch_up()
    first.close()
    snapshot = folder / (folder / "current").read_text()
    victim = max((path for path in (snapshot / "vectors").iterdir()), key=lambda path: path.stat().st_size)
    content = victim.read_bytes()
    manifest = json.loads((snapshot / "manifest.json").read_text())
    match damage:
        case "truncate":
            victim.write_bytes(content[: len(content) // 2])
        case "flip":
            victim.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        case "remove":
            victim.unlink()
        case "manifest":
            (snapshot / "manifest.json").write_text("{")
        case "pointer":
            (folder / "current").write_text("snapshot-nowhere")
        case "empty pointer":
            (folder / "current").write_text("")
        case "format":
            (snapshot / "manifest.json").write_text(json.dumps(manifest | {"format": 0}))
    again = open_index(filled, folder)
    assert again.seq == 0
    assert again.catch_up() == 5
    again.close()
    assert open_index(filled, folder).seq == again.seq


def test_a_snapshot_of_another_database_is_not_used(filled: Engine, tmp_path: Path) -> None:
    first = open_index(filled, tmp_path / "index")
    first.catch_up()
    first.close()
    (tmp_path / "other").mkdir()
    other = make_engine(Settings(home=tmp_path / "other", _env_file=None))
    upgrade(other)
    lab(other)
    for number in range(5):
        post(other, ResultDraft(title=f"other {number}"))
    assert open_index(other, tmp_path / "index").seq == 0
    other.dispose()


def test_only_the_newest_snapshot_is_kept(filled: Engine, tmp_path: Path) -> None:
    index = open_index(filled, tmp_path / "index")
    index.catch_up()
    index.save_snapshot()
    index.save_snapshot()
    assert len(list((tmp_path / "index").glob("snapshot-*"))) == 1


def test_an_edit_while_its_passage_is_being_encoded_leaves_no_wrong_vector(filled: Engine) -> None:
    class EditsMeanwhile(WordsEncoder):
        def encode_documents(self, texts):  # type: ignore[no-untyped-def]  # as its parent
            if not self.encoded:
                with writing(filled) as session:
                    result = session.exec(select(Result).where(Result.reference == "0")).one()
                    items.replace(session, ACTOR, result, ResultDraft(title="石英", reference="0"))
            return super().encode_documents(texts)

    index = SearchIndex(filled, make_backends(EditsMeanwhile()), None)
    index.catch_up()
    index.catch_up()
    with reading(filled) as session:
        for passage in session.exec(select(Passage)):
            stored = unpack([passage.vector or b""])[0]
            assert np.allclose(stored, WordsEncoder().encode_queries([passage.text])[0], atol=2e-3)
    assert len(searched(index, "石英", None)) == 5
