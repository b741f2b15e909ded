"""What belongs to one matter: whose it is, which events are its own, which documents stand behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeVar

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from matcher import access, items, policy
from matcher.actors import Actor
from matcher.consents import Questions
from matcher.entities import Agreement, Consent, Event, Need, Organisation, ProblemList, Result
from matcher.errors import Invalid, NotFound
from matcher.policy import Action, ConsentThing, Thing
from matcher.record.challenges import of_challenge
from matcher.record.papers import ADMITTED, Matter, Paper

S = TypeVar("S", Need, Result)


def matter(session: Session, actor: Actor, thing: str) -> Matter:
    """Raises as the policy does, NotFound, and Invalid for what evidence is not given of."""
    kind, _, id = thing.partition(":")
    if kind not in _KINDS:
        known = ", ".join(f"{name}:ID" for name in _KINDS)
        raise Invalid(f"evidence is given of {known}; not of {thing!r}", place="thing")
    return _KINDS[kind](session, actor, id)


def _of_item(table: type[S]) -> Callable[[Session, Actor, str], Matter]:
    def found(session: Session, actor: Actor, id: str) -> Matter:
        item = session.get(table, id)
        if item is None:
            raise NotFound(table.kind, id)
        access.viewer(session, actor).require(Action.EXPORT_RECORD, item)
        asked = select(Consent).where(Consent.item_id == id).order_by(col(Consent.id))
        consents: Sequence[Consent] = session.exec(asked).all()
        agreed = {consent.agreement_id for consent in consents if consent.agreement_id}
        agreements = session.exec(select(Agreement).where(col(Agreement.id).in_(agreed)).order_by(col(Agreement.id)))
        thing = f"{item.kind}:{id}"
        text = Paper("text", thing, "fingerprint", "BLAKE2b-128", items.fingerprint(items.draft_of(session, item)))
        papers, reasons = [text], {}
        for consent in consents:
            papers.extend(_papers(consent))
            if consent.answer and policy.can(actor, Action.READ_CONSENT, _thing(consent)).allowed:
                reasons[_sha256(consent.answer)] = consent.answer
        related = [thing]
        for agreement in agreements:
            name = f"agreement:{agreement.id}"
            related.append(name)
            papers.append(Paper("agreement", name, "text_hash", "SHA-256", _sha256(agreement.text)))
        parties = {item.organisation_id, *(consent.organisation_id for consent in consents)}
        admitted = [f"organisation:{party}" for party in sorted(parties)]
        own = col(Event.thing).in_(related)
        admissions = and_(col(Event.thing).in_(admitted), col(Event.action) == ADMITTED)
        return Matter(thing, or_(own, admissions), papers, reasons)

    return found


def _of_problem_list(session: Session, actor: Actor, id: str) -> Matter:
    found = session.get(ProblemList, id)
    if found is None:
        raise NotFound("problem list", id)
    policy.require(actor, Action.EXPORT_RECORD, Thing("problem list", id, owner=found.organisation_id))
    return Matter(f"problem_list:{id}", col(Event.thing) == f"problem_list:{id}")


def _of_organisation(session: Session, actor: Actor, id: str) -> Matter:
    if session.get(Organisation, id) is None:
        raise NotFound("organisation", id)
    policy.require(actor, Action.EXPORT_RECORD, Thing("organisation", id, owner=id))
    return Matter(f"organisation:{id}", col(Event.thing) == f"organisation:{id}")


_KINDS: dict[str, Callable[[Session, Actor, str], Matter]] = {
    "need": _of_item(Need),
    "result": _of_item(Result),
    "problem_list": _of_problem_list,
    "organisation": _of_organisation,
    "challenge": of_challenge,
}


def _papers(consent: Consent) -> list[Paper]:
    name = f"consent:{consent.id}"
    asked = Questions.model_construct(
        why_you=consent.why_you, what_you_bring=consent.what_you_bring, what_you_want=consent.what_you_want
    )
    papers = [Paper("questions", name, "questions_hash", "SHA-256", _sha256(asked.model_dump_json()))]
    if consent.answer:
        papers.append(Paper("answer", name, "answer_hash", "SHA-256", _sha256(consent.answer)))
    return papers


def _thing(consent: Consent) -> ConsentThing:
    return ConsentThing("consent", consent.id, owner=consent.owner_id, asking=consent.organisation_id)


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
