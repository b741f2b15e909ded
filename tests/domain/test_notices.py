"""Who is told of what, once, as they wish; and what is mailed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matcher import events, notices
from matcher.accounts import erasure
from matcher.actors import ANONYMOUS, COMMAND_LINE, Actor
from matcher.drafts import CooperationMode
from matcher.engine import challenge_moves
from matcher.entities import (
    Accreditation,
    Answer,
    Assignment,
    Award,
    Challenge,
    ChallengeInvitation,
    Contract,
    Custodian,
    Event,
    Membership,
    Notice,
    NoticePosition,
    NoticeSetting,
    Objection,
    Organisation,
    OrganisationKind,
    Ownership,
    Partner,
    Person,
    PlatformRole,
    Question,
    Role,
    Trial,
)
from matcher.errors import Forbidden, NotFound
from matcher.events import Entry
from matcher.mechanisms import SHIPPED
from matcher.notice_circles import _CIRCLES
from matcher.notice_turns import KINDS, PAIR_TURNS, TURNS, To, kind_of, words
from matcher.notices import FAR_BEHIND, MAILED_FOR, NoticeWish
from matcher.states import AnswerState, ChallengeState

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
SYSTEM = Actor("test", trusted=True)

PEOPLE: dict[str, tuple[str, Role]] = {
    "poster": ("setter", Role.POSTER),
    "owner": ("setter", Role.MANAGER),
    "engineer": ("setter", Role.RESEARCHER),
    "author": ("lead", Role.RESEARCHER),
    "head": ("lead", Role.MANAGER),
    "clerk": ("lead", Role.POSTER),
    "partner": ("partner", Role.MANAGER),
    "fellow": ("partner", Role.RESEARCHER),
    "late": ("late", Role.MANAGER),
    "guest": ("guest", Role.RESEARCHER),
    "funder": ("funder", Role.MANAGER),
    "asker": ("asker", Role.MANAGER),
    "quitter": ("quitter", Role.MANAGER),
    "stranger": ("stranger", Role.MANAGER),
}
ON_PLATFORM = {"match": PlatformRole.MATCHMAKER, "oper": PlatformRole.OPERATOR, "grader": PlatformRole.GRADER}
OTHERS = ("custodian", "tester", "recalled")

CIRCLES: dict[To, set[str]] = {
    To.SETTER: {"poster", "owner"},
    To.SETTER_IF_OPEN: {"poster", "owner"},
    To.DESK: {"match", "oper"},
    To.OPERATORS: {"oper"},
    To.FUNDER: {"funder"},
    To.INVITED: {"guest"},
    To.NAMED: {"stranger"},
    To.ANSWERERS: {"author", "head", "partner", "late"},
    To.ASKERS: {"asker"},
    To.LEAD: {"author", "head"},
    To.PARTNERS: {"partner", "late"},
    To.UNCONFIRMED: {"late"},
    To.OBJECTOR: {"author", "head"},
    To.GRADERS: {"grader"},
    To.DRAWN: {"grader", "recalled"},
    To.TESTER: {"tester"},
    To.CUSTODIANS: {"custodian"},
}
"""Written by hand: whom of the people above each circle holds, of the event that `World.happens` records."""


class World:
    """A published challenge with all that may surround one, and people at every place."""

    def __init__(self, session: Session) -> None:
        self.session = session
        for id in {organisation for organisation, _ in PEOPLE.values()}:
            session.add(Organisation(id=id, kind=OrganisationKind.LAB, name=id))
        for id in (*PEOPLE, *ON_PLATFORM, *OTHERS):
            session.add(Person(id=id, email=f"{id}@example.org", name=id, email_confirmed_at=AT))
        session.flush()
        for id, (organisation, role) in PEOPLE.items():
            session.add(Membership(person_id=id, organisation_id=organisation, role=role))
        for id, accredited in ON_PLATFORM.items():
            session.add(Accreditation(person_id=id, role=accredited))
        rules = challenge_moves.rules_of(SHIPPED["open_challenge"])
        self.challenge = Challenge(
            id="c", organisation_id="setter", mechanism="open_challenge", rules=rules, title="残碱", content={},
            funder_id="funder", published_at=AT, deadline=AT + timedelta(days=45),
        )  # fmt: skip
        self.answer = Answer(id="a", challenge_id="c", organisation_id="lead", number=7, state=AnswerState.ADMITTED)
        given_up = Answer(challenge_id="c", organisation_id="quitter", number=8, state=AnswerState.WITHDRAWN)
        session.add(self.challenge)
        session.flush()
        session.add_all([self.answer, given_up])
        session.flush()
        session.add_all(
            [
                Partner(answer_id="a", organisation_id="partner", confirmed_at=AT),
                Partner(answer_id="a", organisation_id="late"),
                ChallengeInvitation(challenge_id="c", organisation_id="guest"),
                Custodian(challenge_id="c", person_id="custodian"),
                Question(id="q", challenge_id="c", organisation_id="asker", text="?"),
                Objection(id="o", challenge_id="c", organisation_id="lead", round=1, text="!"),
                Trial(id="t", answer_id="a", person_id="tester", round=1),
                Assignment(id="g1", answer_id="a", round=1, person_id="grader"),
                Assignment(id="g2", answer_id="a", round=1, person_id="recalled", state="recalled"),
                Award(id="w", challenge_id="c", answer_id="a", amount=Decimal(1)),
            ]
        )
        session.flush()
        contract = Contract(
            id="k",
            award_id="w",
            kind=CooperationMode.DEVELOPMENT,
            ownership=Ownership.FULL,
            terms={},
            amount=Decimal(1),
        )
        session.add(contract)
        session.commit()

    DETAIL: dict[str, Any] = {  # noqa: RUF012
        "answer": "a", "organisations": ["stranger"], "questions": ["q"], "objection": "o", "trial": "t",
        "assignments": ["g1", "g2"],
    }  # fmt: skip
    """Names one of everything; an event of the program names what it is about."""

    def happens(self, action: str, detail: dict[str, Any] | None = None, *, by: str = "", at: datetime = AT) -> None:
        actor = Actor(f"person:{by}", person_id=by) if by else SYSTEM
        told = self.DETAIL if detail is None else detail
        events.record(self.session, actor, Entry(action, "challenge:c", told), at=at)

    def told(self, *, at: datetime = AT) -> dict[str, list[str]]:
        """Who is told of what by following now, in the order of the events."""
        before = set(self.session.exec(select(Notice.id)))
        while notices.behind(self.session):
            notices.follow(self.session, at=at)
        found: dict[str, list[str]] = {}
        for notice in self.session.exec(select(Notice).order_by(col(Notice.event_id))):
            if notice.id not in before:
                found.setdefault(notice.person_id, []).append(notice.kind)
        return found


def oneself(id: str, *, may_write: bool = True) -> Actor:
    return Actor(f"person:{id}", person_id=id, may_write=may_write)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


def test_the_tables_agree_with_each_other() -> None:
    assert set(CIRCLES) == set(_CIRCLES) == set(To) - {To.SIDE, To.FOLLOWER}
    assert {kind_of(action) for action in TURNS} == set(KINDS)
    told = {"title": "残碱", "number": "7", "deadline": "2026-03-01 08:00 UTC"}
    assert all("残碱" in said for action in TURNS for said in words(action, told))


@ON_BOTH
def test_each_turn_is_told_to_its_circles_and_to_nobody_else(world: World) -> None:
    for action in TURNS.keys() - PAIR_TURNS.keys():
        turn = TURNS[action]
        world.happens(action)
        assert world.told() == {name: [action] for circle in turn.to for name in CIRCLES[circle]}, action


def test_what_is_not_in_the_table_tells_nobody(world: World) -> None:
    world.happens("challenge.edited")
    world.happens("determination.decided")
    assert not notices.behind(world.session)
    assert world.told() == {}


def test_a_notice_says_what_it_is_about_in_both_languages_and_nothing_else_of_an_answer(world: World) -> None:
    world.happens("answer.supplement_asked", {"answer": "a", "due": "2026-04-01T20:00:00+08:00"})
    world.told()
    found = notices.listed(world.session, oneself("head"), "head")
    assert [(one.kind, one.thing, one.told, one.at) for one in found] == [
        (
            "answer.supplement_asked",
            "challenge:c",
            {"title": "残碱", "number": "7", "deadline": "2026-04-01 12:00 UTC"},
            AT,
        )
    ]
    assert words(found[0].kind, found[0].told) == (
        "《残碱》要求补充材料，期限 2026-04-01 12:00 UTC。",
        "More is asked for on your answer to “残碱”, until 2026-04-01 12:00 UTC.",
    )


def test_a_decision_is_told_with_its_reason(world: World) -> None:
    world.happens("challenge.give_back", {"reason": "预算写清楚"})
    world.happens("challenge.give_back")
    world.told()
    assert [words(one.kind, one.told) for one in notices.listed(world.session, oneself("poster"), "poster")] == [
        ("《残碱》被退回修改。", "“残碱” was given back to be worked over."),
        ("《残碱》被退回修改。理由：预算写清楚", "“残碱” was given back to be worked over. The reason: 预算写清楚"),
    ]


def test_a_reason_is_told_only_where_it_is_meant_for_all_who_are_told(world: World) -> None:
    assert {action for action, turn in TURNS.items() if turn.with_reason} == {
        f"challenge.{move}" for move in ("give_back", "funding_withdrawn", "amend", "extend", "cancel", "no_award")
    }
    world.happens("answer.supplement_waived", {"answer": "a", "reason": "已足够"})
    world.told()
    [found] = notices.listed(world.session, oneself("head"), "head")
    assert "reason" not in found.told


def test_who_did_it_is_not_told_of_it_nor_who_cannot_sign_in(world: World) -> None:
    world.session.get_one(Person, "author").disabled_at = AT
    world.happens("answer.handed_in", by="head")
    assert sorted(world.told()) == ["late", "owner", "partner", "poster"]


@ON_BOTH
def test_nobody_is_told_twice_however_often_events_are_gone_through(world: World) -> None:
    world.happens("challenge.publish")
    assert world.told() == {name: ["challenge.publish"] for name in ("poster", "owner", "funder", "guest")}
    assert world.told() == {}
    world.session.get_one(NoticePosition, 1).event_id = 0
    with pytest.raises(Exception, match=r"(?i)unique"):
        notices.follow(world.session, at=AT)


def test_a_sealed_answer_s_turns_are_not_told_to_the_setter(world: World) -> None:
    world.answer.state = AnswerState.HANDED_IN
    world.happens("answer.handed_in")
    assert sorted(world.told()) == ["author", "head", "late", "partner"]


def test_nor_are_those_in_a_further_round_of_one_that_was_opened_before(world: World) -> None:
    world.challenge.state, world.challenge.round = ChallengeState.ANSWERING, 2
    world.answer.state, world.answer.round = AnswerState.HANDED_IN, 2
    world.happens("answer.handed_in")
    assert sorted(world.told()) == ["author", "head", "late", "partner"]


def test_of_a_challenge_that_is_not_published_only_its_own_side_is_told(world: World) -> None:
    world.challenge.published_at = None
    world.happens("challenge.cancel")
    world.happens("challenge.invited")
    world.happens("challenge.propose")
    assert world.told() == {
        "funder": ["challenge.cancel"],
        "match": ["challenge.propose"],
        "oper": ["challenge.propose"],
    }


def test_what_is_told_once_is_told_again_only_after_it_was_read(world: World) -> None:
    world.happens("answer.saved")
    world.happens("question.asked")
    assert world.told() == {"late": ["answer.saved"], "poster": ["question.asked"], "owner": ["question.asked"]}
    world.happens("answer.saved")
    world.happens("answer.saved")
    assert world.told() == {}
    notices.mark_read(world.session, oneself("late"), "late", None, at=AT)
    world.happens("answer.saved")
    assert world.told() == {"late": ["answer.saved"]}


def test_a_question_s_own_event_leads_to_its_challenge_and_not_to_who_asked(world: World) -> None:
    events.record(world.session, oneself("asker"), Entry("question.asked", "question:q", {"challenge": "c"}), at=AT)
    assert world.told() == {"poster": ["question.asked"], "owner": ["question.asked"]}
    [notice] = notices.listed(world.session, oneself("owner"), "owner")
    assert (notice.thing, notice.told["number"]) == ("challenge:c", "")


@pytest.mark.parametrize(
    ("action", "detail"),
    [
        ("contract.sign", {"contract": "k", "award": "w"}),
        ("milestone.accept", {"milestone": "m", "contract": "k"}),
        ("award.made", {"award": "w"}),
        ("trial.named", {"trial": "t"}),
        ("assignment.recall", {"assignment": "g2"}),
    ],
)
def test_what_belongs_to_an_answer_leads_to_it(world: World, action: str, detail: dict[str, Any]) -> None:
    world.happens(action, detail)
    world.told()
    assert {notice.told["number"] for notice in world.session.exec(select(Notice))} == {"7"}


def test_an_erased_detail_and_a_thing_that_is_gone_tell_nobody(world: World) -> None:
    world.happens("challenge.invited", {})
    world.happens("contract.sign", {"contract": "gone"})
    events.record(world.session, SYSTEM, Entry("challenge.publish", "challenge:gone"), at=AT)
    assert world.told() == {}
    assert not notices.behind(world.session)


def test_events_that_concern_nobody_are_passed_over_for_good_once_they_are_many(world: World) -> None:
    position = world.session.get_one(NoticePosition, 1)
    events.record_all(world.session, SYSTEM, [Entry("need.posted", "need:1")] * FAR_BEHIND, at=AT)
    assert not notices.behind(world.session)
    world.happens("need.edited")
    assert notices.behind(world.session)
    notices.follow(world.session, at=AT)
    assert position.event_id == events.head(world.session)[0]
    assert not notices.behind(world.session)


def test_more_events_than_are_taken_at_once_are_told_in_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "AT_ONCE", 2)
    actions = ["challenge.amend", "challenge.extend", "challenge.amend", "challenge.open", "challenge.extend"]
    for action in actions:
        world.happens(action)
    assert world.told()["author"] == actions


# -- as they wish ---------------------------------------------------------------------------------


@ON_BOTH
def test_a_wish_holds_for_its_kind_from_then_on(world: World) -> None:
    notices.wish(world.session, oneself("head"), "head", "answer", NoticeWish(by_mail=False), at=AT)
    notices.wish(world.session, oneself("author"), "author", "answer", NoticeWish(in_app=False), at=AT)
    notices.wish(world.session, oneself("partner"), "partner", "answer", NoticeWish(by_mail=False, in_app=False), at=AT)
    world.happens("answer.lapsed")
    world.happens("challenge.amend")
    assert world.told() == {
        "head": ["answer.lapsed", "challenge.amend"],
        "author": ["answer.lapsed", "challenge.amend"],
        "late": ["answer.lapsed", "challenge.amend"],
        "partner": ["challenge.amend"],
        "guest": ["challenge.amend"],
    }
    seen = {
        name: [one.kind for one in notices.listed(world.session, oneself(name), name)] for name in ("head", "author")
    }
    assert seen == {"head": ["challenge.amend", "answer.lapsed"], "author": ["challenge.amend"]}
    mailed = {one.email: [told.kind for told in one.notices] for one in notices.claim_mails(world.session, at=AT)}
    assert mailed["head@example.org"] == ["challenge.amend"]
    assert mailed["author@example.org"] == ["answer.lapsed", "challenge.amend"]


def test_wishes_are_shown_for_every_kind_and_recorded(world: World) -> None:
    wanted = NoticeWish(by_mail=False)
    notices.wish(world.session, oneself("head"), "head", "offer", NoticeWish(in_app=False), at=AT)
    notices.wish(world.session, oneself("head"), "head", "offer", wanted, at=AT)
    shown = notices.wishes(world.session, oneself("head", may_write=False), "head")
    assert shown == {kind: NoticeWish() for kind in KINDS} | {"offer": wanted}
    last = world.session.exec(select(Event).order_by(col(Event.id).desc())).first()
    assert last is not None
    assert (last.action, last.thing, last.detail) == (
        "person.notices_set", "person:head", {"kind": "offer", "by_mail": False, "in_app": True}
    )  # fmt: skip
    with pytest.raises(NotFound, match=r"^No kind of notice 'dance'\.$"):
        notices.wish(world.session, oneself("head"), "head", "dance", wanted, at=AT)


def test_notices_are_their_reader_s_alone(world: World) -> None:
    world.happens("challenge.amend")
    world.told()
    [own] = notices.listed(world.session, oneself("head"), "head")
    for other in (oneself("author"), oneself("oper"), ANONYMOUS):
        for ask in (notices.listed, notices.unread, notices.wishes):
            with pytest.raises(NotFound):
                ask(world.session, other, "head")
        with pytest.raises(NotFound):
            notices.mark_read(world.session, other, "head", None, at=AT)
    with pytest.raises(NotFound, match=f"^No notice '{own.id}'.$"):
        notices.mark_read(world.session, oneself("author"), "author", [own.id], at=AT)
    with pytest.raises(NotFound):
        notices.listed(world.session, oneself("author"), "author", cursor=own.id)
    reader = oneself("head", may_write=False)
    with pytest.raises(Forbidden, match=r"^This token may only read\.$"):
        notices.mark_read(world.session, reader, "head", [own.id], at=AT)
    assert notices.unread(world.session, reader, "head") == 1
    assert len(notices.listed(world.session, COMMAND_LINE, "head")) == 1


@ON_BOTH
def test_notices_are_listed_newest_first_by_pages_and_marked_as_read(world: World) -> None:
    for action in ("challenge.amend", "challenge.extend", "challenge.open"):
        world.happens(action)
    world.told()
    head = oneself("head")
    first = notices.listed(world.session, head, "head", limit=2)
    rest = notices.listed(world.session, head, "head", limit=2, cursor=first[-1].id)
    assert [one.kind for one in (*first, *rest)] == ["challenge.open", "challenge.extend", "challenge.amend"]
    notices.mark_read(world.session, head, "head", [first[0].id], at=AT)
    notices.mark_read(world.session, head, "head", [first[0].id], at=AT + timedelta(days=1))
    assert first[0].read_at == AT
    assert [one.kind for one in notices.listed(world.session, head, "head", unread=True)] == [
        "challenge.extend", "challenge.amend"
    ]  # fmt: skip
    notices.mark_read(world.session, head, "head", None, at=AT)
    assert notices.unread(world.session, head, "head") == 0
    assert notices.unread(world.session, oneself("author"), "author") == 3


# -- mails ----------------------------------------------------------------------------------------


@ON_BOTH
def test_mails_are_claimed_once_and_wait_again_when_given_back(world: World) -> None:
    world.happens("answer.supplemented")
    world.told()
    first = notices.claim_mails(world.session, at=AT)
    assert sorted(one.email for one in first) == ["owner@example.org", "poster@example.org"]
    assert notices.claim_mails(world.session, at=AT) == []
    [again] = [one for one in first if one.email.startswith("owner")]
    notices.give_back(world.session, [told.id for told in again.notices])
    world.session.expire_all()
    assert [one.email for one in notices.claim_mails(world.session, at=AT)] == ["owner@example.org"]


def test_old_news_and_addresses_that_nobody_confirmed_are_not_mailed(world: World) -> None:
    world.session.get_one(Person, "poster").email_confirmed_at = None
    world.happens("answer.supplemented", at=AT - MAILED_FOR)
    world.happens("answer.supplemented", at=AT)
    assert world.told(at=AT)["owner"] == ["answer.supplemented"] * 2
    [waiting] = notices.claim_mails(world.session, at=AT)
    assert (waiting.email, [one.at for one in waiting.notices]) == ("owner@example.org", [AT])
    notices.give_back(world.session, [one.id for one in waiting.notices])
    world.session.expire_all()
    assert notices.claim_mails(world.session, at=AT + MAILED_FOR) == []


@ON_BOTH
def test_who_is_erased_has_no_notices_any_more(world: World) -> None:
    notices.wish(world.session, oneself("head"), "head", "offer", NoticeWish(by_mail=False), at=AT)
    world.happens("challenge.amend")
    world.told()
    erasure.erase(world.session, COMMAND_LINE, "head")
    left = world.session.exec(select(Notice.person_id)).all()
    assert sorted(left) == ["author", "guest", "late", "partner"]
    assert world.session.exec(select(NoticeSetting)).all() == []
