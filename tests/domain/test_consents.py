"""Asking for the whole of an item, the owner's answer, agreements, and who has read what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from databases import ON_BOTH
from policy_tables import at
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import access, agreements, consents, events, items, needs, organisations, readings
from matcher.actors import ANONYMOUS, COMMAND_LINE, Actor
from matcher.agreements import AgreementDraft
from matcher.consents import Questions, Side
from matcher.drafts import Disclosure, NeedDraft
from matcher.entities import Consent, Kind, Need, OrganisationKind, PlatformRole, Role, now
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound, Unauthenticated
from matcher.organisations import OrganisationDraft
from matcher.policy import View
from matcher.states import ConsentState

pytestmark = ON_BOTH

QUESTIONS = Questions(why_you="八年经验", what_you_bring="中试线", what_you_want="合作开发")
DAY = timedelta(days=1)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


class Sides:
    """A company with a need by consent, a lab that asks, and another lab."""

    def __init__(self, session: Session) -> None:
        ids = [
            organisations.admit(session, COMMAND_LINE, OrganisationDraft(kind=kind, name=name)).id
            for kind, name in (
                (OrganisationKind.COMPANY, "甲公司"),
                (OrganisationKind.LAB, "乙实验室"),
                (OrganisationKind.LAB, "丙实验室"),
            )
        ]
        self.owner, self.asker, self.stranger = (at(id, Role.MANAGER) for id in ids)
        self.poster = at(ids[0], Role.POSTER)
        draft = NeedDraft(title="残碱", problem="机密", disclosure=Disclosure.CONSENT)
        self.need = needs.post_need(session, self.owner, ids[0], draft).id

    def view(self, session: Session, actor: Actor) -> View:
        return access.viewer(session, actor).view(session.get_one(Need, self.need))

    def ask(self, session: Session) -> str:
        return consents.ask(session, self.asker, Kind.NEED, self.need, QUESTIONS).id

    def agreement(self, session: Session, actor: Actor | None = None) -> str:
        actor = actor or self.owner
        assert actor.organisation_id is not None
        draft = AgreementDraft(title="保密协议", text="保密三年。")
        return agreements.write(session, actor, actor.organisation_id, draft).id


@pytest.fixture
def sides(session: Session) -> Sides:
    return Sides(session)


def test_a_grant_lets_the_organisation_that_asked_read_all_and_nobody_else(session: Session, sides: Sides) -> None:
    id = sides.ask(session)
    assert sides.view(session, sides.asker) is View.FIELD
    consents.grant(session, sides.owner, id)
    colleague = at(sides.asker.organisation_id or "", Role.RESEARCHER)
    assert [sides.view(session, one) for one in (sides.asker, colleague, sides.stranger, ANONYMOUS)] == [
        View.FULL,
        View.FULL,
        View.FIELD,
        View.NOTHING,
    ]


def test_it_holds_until_the_day_named_without_anything_being_run(session: Session, sides: Sides) -> None:
    consents.grant(session, sides.owner, sides.ask(session), until=now() + DAY)
    need = session.get_one(Need, sides.need)
    views = [access.viewer(session, sides.asker, at=now() + wait).view(need) for wait in (DAY / 2, 2 * DAY)]
    assert views == [View.FULL, View.FIELD]


def test_it_can_be_withdrawn_by_the_owner_and_given_back_by_who_asked(session: Session, sides: Sides) -> None:
    for actor in (sides.owner, sides.asker):
        id = sides.ask(session)
        consents.grant(session, sides.owner, id)
        assert consents.withdraw(session, actor, id).state is ConsentState.WITHDRAWN
        assert sides.view(session, sides.asker) is View.FIELD


def test_under_an_agreement_it_holds_once_the_text_offered_is_accepted(session: Session, sides: Sides) -> None:
    id = sides.ask(session)
    agreement = agreements.get(session, sides.owner, sides.agreement(session))
    consents.offer(session, sides.owner, id, agreement.id, until=now() + DAY)
    offered = consents.get(session, sides.asker, id)
    read = consents.agreement_of(session, sides.asker, offered)
    assert read is not None
    assert (read.text, sides.view(session, sides.asker)) == ("保密三年。", View.FIELD)
    with pytest.raises(Invalid, match="^text_hash: "):
        consents.accept(session, sides.asker, id, "0" * 64)
    with pytest.raises(Forbidden):
        consents.accept(session, sides.owner, id, read.text_hash)
    accepted = consents.accept(session, sides.asker, id, read.text_hash)
    assert (accepted.accepted_by, sides.view(session, sides.asker)) == (sides.asker.name, View.FULL)
    assert accepted.accepted_at is not None


def test_an_offer_that_has_run_out_cannot_be_accepted(session: Session, sides: Sides) -> None:
    id = sides.ask(session)
    agreement = agreements.get(session, sides.owner, sides.agreement(session))
    consents.offer(session, sides.owner, id, agreement.id, until=now() + DAY)
    session.get_one(Consent, id).expires_at = now() - DAY
    with pytest.raises(Conflict, match="expired"):
        consents.accept(session, sides.asker, id, agreement.text_hash)


def test_only_the_owner_s_own_agreement_is_offered(session: Session, sides: Sides) -> None:
    foreign = sides.agreement(session, sides.stranger)
    with pytest.raises(NotFound):
        consents.offer(session, sides.owner, sides.ask(session), foreign)


@pytest.mark.parametrize("until", [-DAY, timedelta(0)])
def test_a_grant_into_the_past_is_refused(session: Session, sides: Sides, until: timedelta) -> None:
    with pytest.raises(Invalid, match="^until: "):
        consents.grant(session, sides.owner, sides.ask(session), until=now() + until)


def test_a_request_stands_once_and_may_be_made_again_after_the_answer(session: Session, sides: Sides) -> None:
    first = sides.ask(session)
    with pytest.raises(Conflict):
        sides.ask(session)
    consents.refuse(session, sides.owner, first, answer="不")
    second = sides.ask(session)
    consents.grant(session, sides.owner, second)
    with pytest.raises(Conflict):
        sides.ask(session)
    session.get_one(Consent, second).expires_at = now() - DAY
    sides.ask(session)


def test_an_answer_is_given_once(session: Session, sides: Sides) -> None:
    id = sides.ask(session)
    consents.refuse(session, sides.owner, id)
    for move in (consents.grant, consents.refuse, consents.withdraw):
        with pytest.raises(NotAllowed):
            move(session, sides.owner, id)


def test_who_may_ask_and_who_may_answer(session: Session, sides: Sides) -> None:
    matchmaker = Actor("person:m", platform_roles=frozenset({PlatformRole.MATCHMAKER}), person_id="m")
    with pytest.raises(NotFound):
        consents.ask(session, ANONYMOUS, Kind.NEED, sides.need, QUESTIONS)
    with pytest.raises(Forbidden):
        consents.ask(session, matchmaker, Kind.NEED, sides.need, QUESTIONS)
    with pytest.raises(Forbidden, match="other organisations"):
        consents.ask(session, sides.poster, Kind.NEED, sides.need, QUESTIONS)
    id = sides.ask(session)
    for actor, error in (
        (sides.poster, Forbidden),
        (sides.asker, Forbidden),
        (sides.stranger, NotFound),
        (matchmaker, NotFound),
        (ANONYMOUS, NotFound),
    ):
        with pytest.raises(error):
            consents.grant(session, actor, id)


def test_requests_are_listed_for_their_two_sides(session: Session, sides: Sides) -> None:
    id = sides.ask(session)
    found = {
        (who, side): [one.id for one in consents.listed(session, actor, side=side)]
        for who, actor in (("owner", sides.poster), ("asker", sides.asker), ("stranger", sides.stranger))
        for side in (None, Side.RECEIVED, Side.SENT)
    }
    assert {key for key, ids in found.items() if ids == [id]} == {
        ("owner", None),
        ("owner", Side.RECEIVED),
        ("asker", None),
        ("asker", Side.SENT),
    }
    assert consents.listed(session, sides.asker, state=ConsentState.GRANTED) == []
    with pytest.raises(Unauthenticated):
        consents.listed(session, ANONYMOUS)


@pytest.mark.parametrize("missing", list(Questions.model_fields))
def test_each_of_the_three_questions_is_answered(missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        Questions.model_validate(QUESTIONS.model_dump() | {missing: "  "})


def test_the_record_names_every_step_and_repeats_nothing_confidential(session: Session, sides: Sides) -> None:
    id = sides.ask(session)
    agreement = sides.agreement(session)
    consents.offer(session, sides.owner, id, agreement, answer="机密答复")
    consents.accept(session, sides.asker, id, agreements.get(session, sides.owner, agreement).text_hash)
    consents.withdraw(session, sides.owner, id)
    history = events.of_thing(session, f"need:{sides.need}")[1:]
    assert [(event.action, event.actor, event.detail["consent"]) for event in history] == [
        ("consent.asked", sides.asker.name, id),
        ("consent.offer", sides.owner.name, id),
        ("consent.accept", sides.asker.name, id),
        ("consent.withdraw", sides.owner.name, id),
    ]
    recorded = str([event.detail for event in history])
    assert not any(text in recorded for text in ("机密", "八年", "中试线", "合作开发", "保密"))


def test_agreements_are_their_writers_alone(session: Session, sides: Sides) -> None:
    id = sides.agreement(session)
    assert [one.id for one in agreements.listed(session, sides.poster)] == [id]
    assert agreements.listed(session, sides.stranger) == []
    with pytest.raises(NotFound):
        agreements.get(session, sides.stranger, id)
    with pytest.raises(Forbidden):
        sides.agreement(session, sides.poster)


# -- readings --------------------------------------------------------------------------------------


def read(session: Session, sides: Sides, actor: Actor) -> list[tuple[str, str | None, str]]:
    """What the owner sees of one reading by this actor."""
    need = items.get(session, actor, Need, sides.need)
    readings.keep(session, readings.worth_keeping(access.viewer(session, actor), [need], "read"))
    found = readings.of_item(session, sides.poster, Need, sides.need)
    return [(one.actor, one.organisation_id, one.view) for one in found]


def test_the_owner_sees_who_of_others_has_read_how_much(session: Session, sides: Sides) -> None:
    consents.grant(session, sides.owner, sides.ask(session))
    for actor in (sides.owner, sides.poster, COMMAND_LINE):
        assert read(session, sides, actor) == []
    assert read(session, sides, sides.asker) == [(sides.asker.name, sides.asker.organisation_id, "full")]
    assert read(session, sides, sides.stranger)[0] == (sides.stranger.name, sides.stranger.organisation_id, "field")


def test_what_anybody_could_read_is_not_kept(session: Session, sides: Sides) -> None:
    session.get_one(Need, sides.need).disclosure = Disclosure.PUBLIC
    assert read(session, sides, sides.stranger) == []
    assert read(session, sides, ANONYMOUS) == []


def test_nobody_else_sees_who_has_read(session: Session, sides: Sides) -> None:
    with pytest.raises(Forbidden):
        readings.of_item(session, sides.stranger, Need, sides.need)
    with pytest.raises(NotFound):
        readings.of_item(session, ANONYMOUS, Need, sides.need)
