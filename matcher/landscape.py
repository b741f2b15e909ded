"""Supply and demand as a map: needs and results laid out so that what means the same lies together.

The two directions in which the items' vectors differ most (principal components, by singular value
decomposition); beside each item, how near the nearest of the other side comes to it by meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, select

from matcher import access, policy
from matcher.actors import Actor
from matcher.entities import Kind, Need, Result
from matcher.indexing import SearchIndex
from matcher.policy import Action, View
from matcher.states import ItemState

MOST = 2000
"""Of each kind, the newest: more is no picture any more."""


@dataclass(frozen=True, slots=True)
class Point:
    kind: Kind
    id: str
    title: str
    """Id and title are empty for what the viewer is shown in part only."""
    field: str | None
    x: float
    y: float
    nearest: float
    """Cosine of the nearest of the other side; low: demand that nothing meets, or a result that nobody asks for."""


def landscape(session: Session, index: SearchIndex, actor: Actor) -> list[Point]:
    """The open items that the actor is shown anything of, as the index knows them."""
    policy.require(actor, Action.READ_FIGURES)
    viewer = access.viewer(session, actor)
    found: list[tuple[Kind, str, int, str, str | None]] = []
    for table in (Need, Result):
        query = (
            select(table.id, table.number, table.title, table.field)
            .where(viewer.visible(table.kind), table.state == ItemState.OPEN)
            .order_by(col(table.created_at).desc())
            .limit(MOST)
        )
        newest = session.exec(query).all()
        in_full = viewer.visible(table.kind, View.PUBLIC)
        whole = set(session.exec(select(table.id).where(col(table.id).in_([id for id, *_ in newest]), in_full)))
        found += [
            (table.kind, *((id, number, title) if id in whole else ("", number, "")), field)
            for id, number, title, field in newest
        ]
    passages = index.vectors_of([number for _, _, number, _, _ in found])
    known = [one for one in found if len(passages.get(one[2], ()))]
    if not known:
        return []
    vectors = np.stack([_direction(np.asarray(passages[number], dtype=np.float32)) for _, _, number, _, _ in known])
    places, nearest = _laid_out(vectors), _nearest(vectors, [kind for kind, *_ in known])
    return [
        Point(kind, id, title, field, float(x), float(y), float(near))
        for (kind, id, _, title, field), (x, y), near in zip(known, places, nearest, strict=True)
    ]


def _direction(passages: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of an item as a whole: the mean of its passages, of length 1."""
    mean = passages.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


def _laid_out(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    places = centred @ axes[:2].T
    if places.shape[1] < 2:
        places = np.pad(places, ((0, 0), (0, 2 - places.shape[1])))
    return np.asarray(places, dtype=np.float32)


def _nearest(vectors: NDArray[np.float32], kinds: Sequence[Kind]) -> NDArray[np.float32]:
    needs = np.array([kind is Kind.NEED for kind in kinds])
    near = np.zeros(len(kinds), dtype=np.float32)
    if needs.any() and not needs.all():
        cosines = vectors[needs] @ vectors[~needs].T
        near[needs], near[~needs] = cosines.max(axis=1), cosines.max(axis=0)
    return near
