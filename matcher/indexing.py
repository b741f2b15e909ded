"""The searchable copy of the database: embed what changed, catch up, snapshot, rebuild.

The database is the truth. A `SearchIndex` remembers up to which event it has read and catches up
before it answers, so whatever was committed, by this process or another, is found. The snapshot on
disk only makes the next start fast; one that is missing, damaged, of another model, or from another
history of events is thrown away and built again from the vectors kept in the database.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Engine
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from embeddings.base import Encoder, LexicalIndex, Metadata, VectorIndex, Vectors
from embeddings.text import chinese_share
from matcher import events
from matcher.drafts import Disclosure
from matcher.embedding import Progress, embed_pending, unpack
from matcher.entities import PASSAGES_PER_ITEM, Kind, Need, Organisation, Passage, Result, new_id
from matcher.indicator_names import IndicatorNames, comparable
from matcher.items import TABLES, indicators_of
from matcher.matching.score import Calibration, shipped
from matcher.passages import Cut
from matcher.sessions import reading
from matcher.states import ItemState

log = logging.getLogger(__name__)

SNAPSHOT_FORMAT = 5
_FILES = ("items.npy", "names.npz")
_APPLY_BATCH = 2000
_ABANDONED_AFTER = 24 * 3600.0
_SNAPSHOT_AFTER = 20_000
"""Changed items after which a running server writes a snapshot without being asked."""


@dataclass(frozen=True)
class Backends:
    """What an index, and the ranking over it, are built of; the composition root chooses."""

    encoder: Encoder
    new_vectors: Callable[[], VectorIndex]
    load_vectors: Callable[[Path], VectorIndex]
    new_lexical: Callable[[], LexicalIndex]
    load_lexical: Callable[[Path], LexicalIndex]
    calibration: Callable[[], Calibration] = shipped
    """How evidence becomes a score, asked for at every match: an installation may learn a better one."""


class _Indexed(NamedTuple):
    passages: int
    chinese_percent: int


class SearchIndex:
    """Vectors of passages and of indicators' names and words of items, all following the database by event number.

    `folder` holds the snapshots; None keeps none. Threads may search while one catches up.
    """

    def __init__(self, engine: Engine, backends: Backends, folder: Path | None = None) -> None:
        self.engine, self.backends, self.folder = engine, backends, folder
        self._lock = threading.RLock()
        self._changed_since_snapshot = 0
        self._seq = 0
        self.names = IndicatorNames(backends.encoder)
        # An empty index wants the encoder's dimension, and so the model loaded: not beside a snapshot.
        if folder is None or not self._load_snapshot(folder):
            self._start_empty()

    @property
    def encoder(self) -> Encoder:
        return self.backends.encoder

    @property
    def calibration(self) -> Calibration:
        return self.backends.calibration()

    def __len__(self) -> int:
        return len(self._indexed)

    @property
    def seq(self) -> int:
        """The last event that this index has taken in."""
        return self._seq

    def passage_ids(self, number: int) -> range:
        """Ids of an item's indexed passages; empty for an item that is not indexed."""
        start = number * PASSAGES_PER_ITEM
        return range(start, start + (self._indexed[number].passages if number in self._indexed else 0))

    def chinese_share(self, number: int) -> float:
        """How much of an item's text is Chinese, 0 to 1; 0 for one that is not indexed."""
        return self._indexed[number].chinese_percent / 100 if number in self._indexed else 0.0

    def vectors_of(self, numbers: Sequence[int]) -> dict[int, Vectors]:
        """The passages' vectors of each item; those that are not indexed (any more) are left out."""
        known = [number for number in numbers if number in self._indexed]
        spans = [self.passage_ids(number) for number in known]
        ids = np.fromiter((id for span in spans for id in span), np.int64)
        try:
            rows = self.vectors.vectors(ids)
        except KeyError:  # another thread is replacing one of them just now
            return self._one_by_one(known)
        ends = list(accumulate(map(len, spans)))
        return {number: rows[end - len(span) : end] for number, span, end in zip(known, spans, ends, strict=True)}

    def _one_by_one(self, numbers: Sequence[int]) -> dict[int, Vectors]:
        found: dict[int, Vectors] = {}
        for number in numbers:
            with contextlib.suppress(KeyError):
                found[number] = self.vectors.vectors(np.array(self.passage_ids(number), np.int64))
        return found

    def catch_up(self, progress: Progress | None = None) -> int:
        """Takes in everything committed so far and returns how many items had changed."""
        with reading(self.engine) as session:
            if events.head(session)[0] == self._seq:
                return 0
        with self._lock:
            with reading(self.engine) as session:
                head, _ = events.head(session)
                if head < self._seq:
                    log.warning("the database is older than the index: rebuilding the index")
                    self._start_empty()
            embed_pending(self.engine, self.encoder, progress)
            changed = self._apply_changes(head, progress)
            self._seq = head
            self._changed_since_snapshot += changed
            if self.folder is not None and self._changed_since_snapshot >= _SNAPSHOT_AFTER:
                self.save_snapshot()
            return changed

    def rebuild(self, progress: Progress | None = None) -> int:
        """Forgets everything and reads the database again. Vectors there are not made again."""
        with self._lock:
            self._start_empty()
            changed = self.catch_up(progress)
            self.save_snapshot()
            return changed

    def close(self) -> None:
        """Writes a snapshot if anything changed since the last one."""
        with self._lock:
            if self._changed_since_snapshot:
                self.save_snapshot()

    # -- following the database ------------------------------------------------------------------

    def _start_empty(self) -> None:
        self.vectors = self.backends.new_vectors()
        self.lexical = self.backends.new_lexical()
        self._indexed: dict[int, _Indexed] = {}
        self._seq = 0

    def _apply_changes(self, head: int, progress: Progress | None) -> int:
        with reading(self.engine) as session:
            changed = [
                (number, kind)
                for kind, table in TABLES.items()
                for number in session.exec(
                    select(table.number).where(col(table.seq) > self._seq, col(table.seq) <= head)
                )
            ]
            for start in range(0, len(changed), _APPLY_BATCH):
                some = changed[start : start + _APPLY_BATCH]
                for kind in Kind:
                    self._apply(session, kind, [number for number, of in some if of is kind])
                session.expunge_all()
                if progress is not None:
                    progress("index", start + len(some), len(changed))
        return len(changed)

    def _apply(self, session: Session, kind: Kind, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        before = {id for number in numbers for id in self.passage_ids(number)}
        known = {number for number in numbers if number in self._indexed}
        facts = _facts(session, kind, numbers)
        query = (
            columns(
                col(Passage.id), col(Passage.item_number), col(Passage.part), col(Passage.text), col(Passage.vector)
            )
            .where(col(Passage.item_number).in_(facts), col(Passage.model_id) == self.encoder.model_id)
            .order_by(col(Passage.id))
        )
        ids: list[int] = []
        vectors: list[bytes] = []
        cuts: dict[int, list[Cut]] = {}
        for id, number, part, text, vector in session.execute(query):
            ids.append(id)
            vectors.append(vector or b"")
            cuts.setdefault(number, []).append(Cut(part, text))
        if gone := before.difference(ids):
            self.vectors.remove(np.array(sorted(gone), np.int64))
        if withdrawn := known.difference(cuts):
            self.lexical.remove(sorted(withdrawn))
        if ids:
            owners = [id // PASSAGES_PER_ITEM for id in ids]
            texts = ["\n".join(piece.text for piece in pieces) for pieces in cuts.values()]
            # Beside each other: the one index computes, the other cuts texts into words.
            with ThreadPoolExecutor(1) as beside:
                adding = beside.submit(
                    self.vectors.upsert, np.array(ids, np.int64), unpack(vectors), [facts[owner] for owner in owners]
                )
                told = [facts[number] for number in cuts]
                # Words weigh as the public texts have them: weights, and so scores, tell nothing of the others.
                public = {number for number in cuts if facts[number]["disclosure"] == Disclosure.PUBLIC}
                self.lexical.upsert(list(cuts), texts, told, public)
                stated = indicators_of(session, list(cuts))
                self.names.learn(
                    name for number in cuts for name in comparable(kind, stated.get(number, []), cuts[number])
                )
                adding.result()
        for number in numbers:
            self._indexed.pop(number, None)
        for number, pieces in cuts.items():
            share = chinese_share(" ".join(piece.text for piece in pieces))
            self._indexed[number] = _Indexed(len(pieces), round(100 * share))

    # -- snapshots -------------------------------------------------------------------------------

    def save_snapshot(self) -> None:
        """Writes a snapshot beside the old one, then points to it in one atomic step."""
        if self.folder is None:
            return
        with self._lock, reading(self.engine) as session:
            mark = events.hash_of(session, self._seq)
            name = f"snapshot-{new_id()}"
            target = self.folder / f"writing-{name}"
            for part in ("vectors", "lexical"):
                (target / part).mkdir(parents=True)
            self.vectors.save(target / "vectors")
            self.lexical.save(target / "lexical")
            rows = [(number, *indexed) for number, indexed in self._indexed.items()]
            np.save(target / "items.npy", np.array(rows, np.int64).reshape(-1, 3))
            self.names.save(target / "names.npz")
            manifest = {
                "format": SNAPSHOT_FORMAT,
                "model_id": self.encoder.model_id,
                "seq": self._seq,
                "event_hash": mark,
                "files": {name: _digest(target / name) for name in _FILES},
            }
            (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
            target.rename(self.folder / name)
            _point(self.folder / "current", name)
            self._changed_since_snapshot = 0
            self._clear_away(name)

    def _clear_away(self, newest: str) -> None:
        """Removes finished snapshots but the newest, and unfinished ones that were left a day ago: another
        process that serves the same home may be writing its own just now."""
        assert self.folder is not None
        for other in self.folder.glob("snapshot-*"):
            if other.name != newest:
                shutil.rmtree(other, ignore_errors=True)
        for unfinished in self.folder.glob("writing-*"):
            with contextlib.suppress(OSError):
                if time.time() - unfinished.stat().st_mtime > _ABANDONED_AFTER:
                    shutil.rmtree(unfinished, ignore_errors=True)

    def _load_snapshot(self, folder: Path) -> bool:
        """False when there is none that is of use."""
        folder.mkdir(parents=True, exist_ok=True)
        pointer = folder / "current"
        if not pointer.exists():
            return False
        try:
            source = folder / pointer.read_text(encoding="utf-8").strip()
            manifest = json.loads((source / "manifest.json").read_text(encoding="utf-8"))
            self._check(manifest, source)
            rows = np.load(source / "items.npy")
            self.names.load(source / "names.npz")
            vectors = self.backends.load_vectors(source / "vectors")
            lexical = self.backends.load_lexical(source / "lexical")
        except Exception as error:  # whatever is wrong with it, the database can replace it
            log.warning("the index snapshot is of no use (%s): building the index again", error)
            pointer.unlink(missing_ok=True)
            return False
        self.vectors, self.lexical = vectors, lexical
        self._indexed = dict(zip(rows[:, 0].tolist(), map(_Indexed._make, rows[:, 1:].tolist()), strict=True))
        self._seq = manifest["seq"]
        return True

    def _check(self, manifest: dict[str, Any], source: Path) -> None:
        if manifest["format"] != SNAPSHOT_FORMAT:
            raise ValueError(f"of format {manifest['format']}, not {SNAPSHOT_FORMAT}")
        if manifest["model_id"] != self.encoder.model_id:
            raise ValueError(f"made with the model {manifest['model_id']}, not {self.encoder.model_id}")
        with reading(self.engine) as session:
            if events.hash_of(session, manifest["seq"]) != manifest["event_hash"]:
                raise ValueError("from another history of events than this database's")
        # The other files are the indexes' own, which check them when they load.
        for name in _FILES:
            if _digest(source / name) != manifest["files"][name]:
                raise ValueError(f"{name} is damaged")


def _facts(session: Session, kind: Kind, numbers: Sequence[int]) -> dict[int, Metadata]:
    """What searches may be narrowed by, for those items that can be found at all."""
    table = TABLES[kind]
    region, maturity = (
        (col(Organisation.region), col(Need.maturity_wanted))
        if kind is Kind.NEED
        else (col(Result.region), col(Result.maturity))
    )
    query = (
        columns(
            col(table.number),
            col(table.field),
            col(table.state),
            col(table.disclosure),
            col(table.organisation_id),
            region,
            maturity,
        )
        .join(Organisation)
        .where(col(table.number).in_(numbers), col(table.state) != ItemState.WITHDRAWN)
    )
    return {
        number: {
            "kind": str(kind),
            "field": field,
            "state": str(state),
            "disclosure": str(disclosure),
            "organisation": owner,
            "region": place,
            "maturity": level,
        }
        for number, field, state, disclosure, owner, place, level in session.execute(query)
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha1").hexdigest()


def _point(pointer: Path, name: str) -> None:
    fresh = pointer.with_name(f"{pointer.name}-{new_id()}")
    fresh.write_text(name, encoding="utf-8")
    os.replace(fresh, pointer)
