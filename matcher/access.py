"""What the policy has to be told from the database: whose an item is, and who has consent just now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from matcher import policy
from matcher.actors import Actor
from matcher.drafts import Disclosure
from matcher.entities import Consent, Item, Kind, Need, Result, now
from matcher.policy import Action, ItemThing, View
from matcher.states import ConsentState, ItemState

EDITS = {Kind.NEED: Action.EDIT_NEED, Kind.RESULT: Action.EDIT_RESULT}
_TABLES: dict[Kind, type[Need] | type[Result]] = {Kind.NEED: Need, Kind.RESULT: Result}


@dataclass(frozen=True, slots=True)
class Viewer:
    """An actor with the needs and results that their organisation has been let in to."""

    actor: Actor
    consented: frozenset[str] = frozenset()
    """Ids. Expired and withdrawn consents are not among them."""

    def thing(self, item: Item) -> ItemThing:
        """As the policy sees it."""
        return self.thing_of(item.kind, item.id, item.organisation_id, item.state, item.disclosure)

    def thing_of(self, kind: Kind, id: str, owner: str, state: ItemState, tier: Disclosure) -> ItemThing:
        """The same from some columns of an item."""
        return ItemThing(str(kind), id, owner, kind=kind, state=state, tier=tier, consented=id in self.consented)

    def view(self, item: Item) -> View:
        return policy.view(self.actor, self.thing(item))

    def require(self, action: Action, item: Item) -> None:
        """Raises as `policy.require` does."""
        policy.require(self.actor, action, self.thing(item))

    def visible(self, kind: Kind, at_least: View = View.FIELD) -> ColumnElement[bool]:
        """The items of which `view` is at least that, as a condition of a query."""
        return policy.visible(self.actor, _TABLES[kind], at_least=at_least, consented=self.consented)


def viewer(session: Session, actor: Actor, *, at: datetime | None = None) -> Viewer:
    """The actor with the consents in force at that moment (now, unless another is given)."""
    if actor.trusted or actor.organisation_id is None:
        return Viewer(actor)
    query = select(Consent.item_id).where(Consent.organisation_id == actor.organisation_id, in_force(at or now()))
    return Viewer(actor, frozenset(session.exec(query)))


def in_force(at: datetime) -> ColumnElement[bool]:
    """Consents that hold at that moment. Time alone ends them: nothing has to run when one expires."""
    granted: ColumnElement[bool] = col(Consent.state) == ConsentState.GRANTED
    return granted & or_(col(Consent.expires_at).is_(None), col(Consent.expires_at) > at)
