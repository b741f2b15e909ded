"""Needs, results, pairs of them, and matchmakers, for tests of the matchmaker's work."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from matcher import events, needs, organisations, results
from matcher.accounts import accreditations, members, people
from matcher.accounts.accreditations import AccreditationDraft
from matcher.accounts.people import PersonDraft
from matcher.actors import COMMAND_LINE, Actor
from matcher.drafts import NeedDraft, ResultDraft
from matcher.entities import Judgement, Kind, Need, OrganisationKind, Pair, PlatformRole, Result, Role
from matcher.organisations import OrganisationDraft
from matcher.reviews import following, introductions, queue, verdicts
from matcher.reviews.introductions import Asking, Assent
from matcher.reviews.verdicts import VerdictDraft
from matcher.states import PairState

NOON = datetime(2027, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)

_names = itertools.count(1)


def organisation(session: Session, kind: OrganisationKind, region: str | None = None) -> str:
    draft = OrganisationDraft(kind=kind, name=f"对接单位{next(_names)}", region=region)
    return organisations.admit(session, COMMAND_LINE, draft).id


def person(session: Session, organisation_id: str | None = None, *roles: Role, name: str = "") -> str:
    number = next(_names)
    draft = PersonDraft(email=f"desk{number}@example.org", name=name or f"某人{number}")
    made = people.register(session, COMMAND_LINE, draft, password_hash="", confirmed=NOON)
    if organisation_id is not None:
        members.set_roles(session, COMMAND_LINE, organisation_id, made.id, roles)
    return made.id


def matchmaker(session: Session, **accredited: Any) -> Actor:
    id = person(session)
    draft = AccreditationDraft(role=PlatformRole.MATCHMAKER, **accredited)
    accreditations.grant(session, COMMAND_LINE, id, draft)
    return Actor(f"person:{id}", platform_roles=frozenset({PlatformRole.MATCHMAKER}), person_id=id)


def member(session: Session, organisation_id: str, role: Role = Role.MANAGER) -> Actor:
    id = person(session, organisation_id, role)
    return Actor(f"person:{id}", organisation_id, frozenset({role}), person_id=id)


def id_of(actor: Actor) -> str:
    assert actor.person_id is not None
    return actor.person_id


@dataclass
class Scene:
    """A company and a lab, and pairs of what they have posted."""

    session: Session
    company: str = ""
    lab: str = ""
    at: datetime = NOON
    pairs: list[Pair] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.company = organisation(self.session, OrganisationKind.COMPANY, "320500")
        self.lab = organisation(self.session, OrganisationKind.LAB, "410100")

    def need(self, **said: Any) -> Need:
        owner = said.pop("owner", self.company)
        draft = NeedDraft(title=said.pop("title", f"需求{next(_names)}"), **said)
        return needs.post_need(self.session, COMMAND_LINE, owner, draft)

    def result(self, **said: Any) -> Result:
        owner = said.pop("owner", self.lab)
        draft = ResultDraft(title=said.pop("title", f"成果{next(_names)}"), **said)
        return results.post_result(self.session, COMMAND_LINE, owner, draft)

    def pair(self, score: float = 0.5, need: Need | None = None, result: Result | None = None, **said: Any) -> Pair:
        """As the ranking would propose it."""
        made = Pair(
            need_id=(need or self.need()).id,
            result_id=(result or self.result()).id,
            rank=1,
            score=score,
            told_score=round(score, 1),
            evidence={"meaning": score},
            ranked_by="hybrid-test",
            priority=math.log(score),
            **said,
        )
        self.session.add(made)
        self.session.flush()
        self.pairs.append(made)
        return made

    # -- steps that many tests take ---------------------------------------------------------------

    def drawn(self, actor: Actor, count: int = 20) -> list[str]:
        desk = queue.draw(self.session, actor, id_of(actor), at=self.at, count=count)
        return [one.pair.id for one in desk.drawn]

    def decide(self, actor: Actor, pair: Pair, judgement: Judgement, reason: str = "", **said: Any) -> None:
        draft = VerdictDraft(judgement=judgement, reason=reason, **said)
        verdicts.decide(self.session, actor, id_of(actor), pair.id, draft, at=self.at)

    def taken(self, actor: Actor, **said: Any) -> Pair:
        made = self.pair(**said)
        self.decide(actor, made, Judgement.TAKE_FURTHER)
        return made

    def asked(self, actor: Actor, **said: Any) -> Pair:
        made = self.taken(actor, **said)
        draft = Asking(to_need="请看这项成果", to_result="A company asks")
        introductions.ask(self.session, actor, made.id, draft, at=self.at)
        return made

    def introduced(self, actor: Actor, **said: Any) -> Pair:
        made = self.asked(actor, **said)
        for side in Kind:
            one = introductions.of_side(self.session, made, side)
            assert one is not None
            answering = member(self.session, one.organisation_id)
            introductions.accept(self.session, answering, one.id, Assent(), at=self.at)
        return made

    def come_to(self, actor: Actor, state: PairState) -> Pair:
        """A pair that has come to this state as pairs do."""
        match state:
            case PairState.PROPOSED:
                return self.pair()
            case PairState.TAKEN:
                return self.taken(actor)
            case PairState.ASKED:
                return self.asked(actor)
            case PairState.INTRODUCED:
                return self.introduced(actor)
            case PairState.TALKING:
                made = self.introduced(actor)
                following.talk(self.session, actor, made.id, at=self.at)
            case PairState.CONTRACTED:
                made = self.introduced(actor)
                following.contract(self.session, actor, made.id, following.ContractedDraft(), at=self.at)
            case PairState.ENDED:
                made = self.taken(actor)
                following.end(self.session, actor, made.id, following.EndDraft(reason="no_answer"), at=self.at)
        return made

    def history(self, pair: Pair) -> list[str]:
        return [event.action for event in events.of_thing(self.session, f"pair:{pair.id}")]

    def reread(self, pair: Pair) -> Pair:
        self.session.flush()
        return self.session.exec(select(Pair).where(Pair.id == pair.id)).one()


def one_of_each(session: Session, need_id: str, result_id: str) -> dict[str, str]:
    """Ids of a pair of these two, of which both sides are asked, and of what one of them is asked."""
    need, result = session.get_one(Need, need_id), session.get_one(Result, result_id)
    scene = Scene(session)
    pair = scene.asked(matchmaker(session), need=need, result=result)
    introduction = introductions.of_side(session, pair, Kind.NEED)
    assert introduction is not None
    return {"pairs": pair.id, "introductions": introduction.id}
