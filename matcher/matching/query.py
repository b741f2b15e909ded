"""The asking side of a match: a stored item, a draft, or free text, as passages with vectors."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from embeddings import text as texts
from embeddings.base import Encoder, Vectors
from matcher import items
from matcher.actors import Actor
from matcher.drafts import ItemDraft, NeedDraft, ResultDraft
from matcher.embedding import unpack
from matcher.entities import Kind, Passage
from matcher.matching.fit import Facts, facts_of
from matcher.passages import Cut, cut
from matcher.policy import Action
from matcher.quantities.reading import Stated, handed_in


@dataclass(frozen=True)
class Query:
    """What is asked with: n passages and their vectors, shape (n, dimension)."""

    wanted: Kind
    cuts: list[Cut]
    vectors: Vectors
    facts: Facts | None
    """Fields, maturity, budget and the like; None for free text."""
    indicators: tuple[Stated, ...] = ()
    """Those handed in as such."""
    stored: bool = False
    """Asked with something that was posted, and so stands in the record."""

    @property
    def text(self) -> str:
        return "\n".join(piece.text for piece in self.cuts)


def of_item(session: Session, encoder: Encoder, actor: Actor, kind: Kind, id: str) -> Query:
    """From what is stored; nothing is encoded when the passages have this model's vectors."""
    item = items.get(session, actor, items.TABLES[kind], id, Action.MATCH_ITEM)
    rows = session.exec(
        select(Passage.part, Passage.text, Passage.model_id, Passage.vector)
        .where(Passage.item_number == item.number)
        .order_by(col(Passage.id))
    ).all()
    cuts = [Cut(part, text) for part, text, _, _ in rows]
    if all(model == encoder.model_id for _, _, model, _ in rows):
        vectors = unpack([vector or b"" for _, _, _, vector in rows])
    else:
        vectors = encoder.encode_queries([piece.text for piece in cuts])
    indicators = items.indicators_of(session, [item.number]).get(item.number, [])
    return Query(kind.other, cuts, vectors, facts_of(item), tuple(map(handed_in, indicators)), stored=True)


def of_draft(encoder: Encoder, draft: ItemDraft) -> Query:
    kind = Kind.NEED if isinstance(draft, NeedDraft) else Kind.RESULT
    cuts = cut(draft)
    vectors = encoder.encode_queries([piece.text for piece in cuts])
    assert isinstance(draft, NeedDraft | ResultDraft)
    return Query(kind.other, cuts, vectors, facts_of(draft), tuple(map(handed_in, draft.indicators)))


def of_text(encoder: Encoder, text: str, wanted: Kind) -> Query:
    cuts = [Cut("text", passage) for passage in texts.passages(text)]
    return Query(wanted, cuts, encoder.encode_queries([piece.text for piece in cuts]), None)
