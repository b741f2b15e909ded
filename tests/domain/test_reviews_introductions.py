"""Introducing two sides: what each sees and says, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from reviews_support import DAY, NOON, Scene, id_of, matchmaker, member
from sqlalchemy import Engine
from sqlmodel import select

from matcher import access, consents, events, items
from matcher.accounts import accreditations, erasure, members
from matcher.actors import COMMAND_LINE, Actor
from matcher.drafts import Disclosure
from matcher.entities import Consent, Judgement, Kind, Need, Pair, PlatformRole, Role
from matcher.errors import Forbidden, Invalid, NotAllowed, NotFound
from matcher.policy import View
from matcher.reviews import following, introductions, pairs, sides
from matcher.reviews.following import EndDraft
from matcher.reviews.introductions import Asking, Assent, Declining
from matcher.reviews.reasons import REASONS
from matcher.sessions import writing
from matcher.states import IntroductionState, PairState


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as session:
        yield Scene(session)


@pytest.fixture
def desk(scene: Scene) -> Actor:
    return matchmaker(scene.session)


@pytest.fixture
def company(scene: Scene) -> Actor:
    return member(scene.session, scene.company, Role.POSTER)


@pytest.fixture
def lab(scene: Scene) -> Actor:
    return member(scene.session, scene.lab, Role.RESEARCHER)


def asked_of(scene: Scene, pair: Pair, side: Kind) -> str:
    found = introductions.of_side(scene.session, pair, side)
    assert found is not None
    return found.id


def test_a_side_sees_nothing_before_it_is_asked(scene: Scene, desk: Actor, company: Actor) -> None:
    pair = scene.taken(desk)
    assert sides.listed(scene.session, company) == []
    with pytest.raises(NotFound, match="No pair"):
        pairs.find(scene.session, company, pair.id)


def test_each_side_is_asked_in_words_of_its_own(scene: Scene, desk: Actor, company: Actor, lab: Actor) -> None:
    pair = scene.asked(desk)
    [one], [other] = sides.listed(scene.session, company), sides.listed(scene.session, lab)
    assert (one.introduction.message, other.introduction.message) == ("请看这项成果", "A company asks")
    assert (one.own.id, one.other.id) == (pair.need_id, pair.result_id) == (other.other.id, other.own.id)
    assert (one.contact, one.end, one.state) == (None, None, PairState.ASKED)


def test_after_both_have_accepted_each_has_the_other_s_contact(
    scene: Scene, desk: Actor, company: Actor, lab: Actor
) -> None:
    pair = scene.asked(desk)
    introductions.accept(scene.session, company, asked_of(scene, pair, Kind.NEED), Assent(), at=NOON)
    assert sides.read(scene.session, lab, asked_of(scene, pair, Kind.RESULT)).contact is None
    introductions.accept(scene.session, lab, asked_of(scene, pair, Kind.RESULT), Assent(), at=NOON + DAY)
    assert (pair.state, pair.since) == (PairState.INTRODUCED, NOON + DAY)
    told = sides.read(scene.session, lab, asked_of(scene, pair, Kind.RESULT)).contact
    assert told is not None
    assert told.organisation.id == scene.company
    assert told.email.startswith("desk")
    erasure.erase(scene.session, COMMAND_LINE, id_of(company), at=NOON + DAY)
    told = sides.read(scene.session, lab, asked_of(scene, pair, Kind.RESULT)).contact
    assert told is not None
    assert (told.organisation.id, told.name, told.email) == (scene.company, "", "")


def test_declining_ends_it_and_tells_the_other_side_what_would_make_it_fit(
    scene: Scene, desk: Actor, company: Actor, lab: Actor
) -> None:
    pair = scene.asked(desk)
    declining = Declining(reason="too_expensive", note="另有报价")
    introductions.decline(scene.session, company, asked_of(scene, pair, Kind.NEED), declining, at=NOON)
    assert (pair.state, pair.ended_for, pair.ended_by) == (PairState.ENDED, "too_expensive", Kind.NEED)
    with pytest.raises(NotAllowed):
        introductions.accept(scene.session, lab, asked_of(scene, pair, Kind.RESULT), Assent(), at=NOON)


def test_who_has_answered_is_told_why_it_ended_and_who_has_not_is_not_bothered_any_more(
    scene: Scene, desk: Actor, company: Actor, lab: Actor
) -> None:
    answered, unanswered = scene.asked(desk), scene.asked(desk)
    introductions.accept(scene.session, lab, asked_of(scene, answered, Kind.RESULT), Assent(), at=NOON)
    declining = Declining(reason="too_expensive")
    for pair in (answered, unanswered):
        introductions.decline(scene.session, company, asked_of(scene, pair, Kind.NEED), declining, at=NOON)
    [one] = sides.listed(scene.session, lab)
    assert one.introduction.pair_id == answered.id
    assert one.end is not None
    assert (one.end.code, one.end.by, list(one.end.fitting)) == (
        "too_expensive",
        Kind.NEED,
        [REASONS["too_expensive"].fit[Kind.RESULT]],
    )
    assert one.contact is None
    assert len(sides.listed(scene.session, company)) == 2


@pytest.mark.parametrize(
    ("reason", "note", "refused"),
    [("no_answer", "", "one of .* is expected"), ("other", "", "say which"), ("other", "停产", "")],
)
def test_reasons_for_declining(scene: Scene, desk: Actor, lab: Actor, reason: str, note: str, refused: str) -> None:
    asked = asked_of(scene, scene.asked(desk), Kind.RESULT)
    declining = Declining(reason=reason, note=note)
    if refused:
        with pytest.raises(Invalid, match=refused):
            introductions.decline(scene.session, lab, asked, declining, at=NOON)
    else:
        introductions.decline(scene.session, lab, asked, declining, at=NOON)


def test_nobody_answers_for_the_other_side_nor_the_matchmaker_for_either(
    scene: Scene, desk: Actor, company: Actor
) -> None:
    asked = asked_of(scene, scene.asked(desk), Kind.RESULT)
    with pytest.raises(NotFound, match="No pair"):
        introductions.accept(scene.session, company, asked, Assent(), at=NOON)
    with pytest.raises(Forbidden, match="The people of the side that is asked answer"):
        introductions.accept(scene.session, desk, asked, Assent(), at=NOON)
    with pytest.raises(NotFound, match="No introduction 'none'"):
        introductions.accept(scene.session, company, "none", Assent(), at=NOON)


def test_a_question_taken_back_is_as_if_it_was_not_asked(scene: Scene, desk: Actor, company: Actor) -> None:
    pair = scene.asked(desk)
    introductions.accept(scene.session, company, asked_of(scene, pair, Kind.NEED), Assent(), at=NOON)
    introductions.ask_no_more(scene.session, desk, pair.id, at=NOON)
    assert pair.state is PairState.TAKEN
    assert sides.listed(scene.session, company) == []
    introductions.ask(scene.session, desk, pair.id, Asking(to_need="再问一次"), at=NOON + DAY)
    [again] = sides.listed(scene.session, company)
    assert (again.introduction.message, again.introduction.state) == ("再问一次", IntroductionState.ASKED)


def test_nobody_is_introduced_for_what_is_closed(scene: Scene, desk: Actor) -> None:
    pair = scene.taken(desk)
    need = items.hold(scene.session, COMMAND_LINE, Need, pair.need_id)
    items.move(scene.session, COMMAND_LINE, need, "close")
    with pytest.raises(NotAllowed, match="The need is closed"):
        introductions.ask(scene.session, desk, pair.id, Asking(), at=NOON)


def test_only_the_matchmaker_who_follows_it_asks(scene: Scene, desk: Actor) -> None:
    with pytest.raises(Forbidden, match="The matchmaker who follows it does this"):
        introductions.ask(scene.session, matchmaker(scene.session), scene.taken(desk).id, Asking(), at=NOON)


def test_nor_do_they_once_they_belong_to_one_of_the_sides(scene: Scene, desk: Actor) -> None:
    pair = scene.taken(desk)
    members.set_roles(scene.session, COMMAND_LINE, scene.lab, id_of(desk), [Role.RESEARCHER])
    with pytest.raises(Forbidden, match="belongs to one of the two sides"):
        introductions.ask(scene.session, desk, pair.id, Asking(), at=NOON)


# -- letting the other side in --------------------------------------------------------------------


def seen(scene: Scene, actor: Actor, pair: Pair) -> View:
    viewer = access.viewer(scene.session, actor)
    return min(viewer.view(side) for side in pairs.sides(scene.session, pair))


def test_a_manager_lets_the_other_side_in_once_both_have_accepted(scene: Scene, desk: Actor, company: Actor) -> None:
    pair = scene.asked(desk, result=scene.result(disclosure=Disclosure.SUMMARY))
    head = member(scene.session, scene.lab, Role.MANAGER)
    asked = asked_of(scene, pair, Kind.RESULT)
    introductions.accept(scene.session, head, asked, Assent(lets_in=True), at=NOON)
    assert seen(scene, company, pair) is View.SUMMARY
    introductions.accept(scene.session, company, asked_of(scene, pair, Kind.NEED), Assent(), at=NOON)
    assert seen(scene, company, pair) is View.FULL
    consent = scene.session.exec(select(Consent)).one()
    assert (consent.answered_by, consent.organisation_id) == (head.name, scene.company)
    consents.withdraw(scene.session, head, consent.id)
    assert seen(scene, company, pair) is View.SUMMARY


def test_without_that_consent_is_asked_for_as_ever(scene: Scene, desk: Actor, company: Actor, lab: Actor) -> None:
    pair = scene.asked(desk, result=scene.result(disclosure=Disclosure.SUMMARY))
    for actor, side in ((company, Kind.NEED), (lab, Kind.RESULT)):
        introductions.accept(scene.session, actor, asked_of(scene, pair, side), Assent(), at=NOON)
    assert seen(scene, company, pair) is View.SUMMARY


def test_a_request_that_waits_is_granted_by_it(scene: Scene, desk: Actor, company: Actor) -> None:
    result = scene.result(disclosure=Disclosure.CONSENT)
    questions = consents.Questions(why_you="a", what_you_bring="b", what_you_want="c")
    asked = consents.ask(scene.session, company, Kind.RESULT, result.id, questions)
    pair = scene.asked(desk, result=result)
    head = member(scene.session, scene.lab, Role.MANAGER)
    introductions.accept(scene.session, head, asked_of(scene, pair, Kind.RESULT), Assent(lets_in=True), at=NOON)
    introductions.accept(scene.session, company, asked_of(scene, pair, Kind.NEED), Assent(), at=NOON)
    assert scene.session.exec(select(Consent)).all() == [asked]
    assert seen(scene, company, pair) is View.FULL


def test_who_is_no_manager_lets_nobody_in(scene: Scene, desk: Actor, lab: Actor) -> None:
    asked = asked_of(scene, scene.asked(desk), Kind.RESULT)
    with pytest.raises(Forbidden, match="Managers let another organisation in"):
        introductions.accept(scene.session, lab, asked, Assent(lets_in=True), at=NOON)


# -- followed, ended, handed over -----------------------------------------------------------------


def test_an_end_by_the_matchmaker_is_told_to_both_without_the_note(
    scene: Scene, desk: Actor, company: Actor, lab: Actor
) -> None:
    pair = scene.introduced(desk)
    following.end(scene.session, desk, pair.id, EndDraft(reason="no_terms", note="价格差太远"), at=NOON + DAY)
    for actor, side in ((company, Kind.NEED), (lab, Kind.RESULT)):
        [one] = sides.listed(scene.session, actor)
        assert one.end is not None
        assert (one.end.code, one.end.by, one.end.at) == ("no_terms", None, NOON + DAY)
        assert list(one.end.fitting) == [REASONS["no_terms"].fit[side]]
        assert one.contact is not None
    assert [note.text for note in following.notes(scene.session, desk, pair.id)] == ["价格差太远"]


def test_notes_are_for_matchmakers_of_neither_side(scene: Scene, desk: Actor, company: Actor) -> None:
    pair, other = scene.introduced(desk), matchmaker(scene.session)
    following.add_note(scene.session, other, pair.id, following.NoteDraft(text="周三电话"), at=NOON)
    assert [note.person_id for note in following.notes(scene.session, desk, pair.id)] == [id_of(other)]
    with pytest.raises(Forbidden, match="Matchmakers see this"):
        following.notes(scene.session, company, pair.id)
    members.set_roles(scene.session, COMMAND_LINE, scene.lab, id_of(other), [Role.RESEARCHER])
    with pytest.raises(Forbidden, match="belongs to one of the two sides"):
        following.notes(scene.session, other, pair.id)


def test_the_record_holds_no_words_of_notes_and_messages(scene: Scene, desk: Actor) -> None:
    pair = scene.asked(desk)
    following.add_note(scene.session, desk, pair.id, following.NoteDraft(text="周三电话"), at=NOON)
    told = str([event.detail for event in events.of_thing(scene.session, f"pair:{pair.id}")])
    assert "周三" not in told
    assert "请看" not in told


@pytest.mark.parametrize("who", ["follower", "operator"])
def test_a_pair_is_handed_over(scene: Scene, desk: Actor, who: str) -> None:
    pair, other = scene.taken(desk), matchmaker(scene.session)
    operator = Actor("person:o", platform_roles=frozenset({PlatformRole.OPERATOR}), person_id="o")
    actor = desk if who == "follower" else operator
    following.hand_over(scene.session, actor, pair.id, id_of(other), at=NOON)
    assert pair.follower_id == id_of(other)
    introductions.ask(scene.session, other, pair.id, Asking(), at=NOON)
    with pytest.raises(Forbidden, match="The matchmaker who follows it does this"):
        introductions.ask_no_more(scene.session, desk, pair.id, at=NOON)


def test_it_is_not_handed_over_to_who_cannot_follow_it(scene: Scene, desk: Actor, company: Actor) -> None:
    pair, full = scene.taken(desk), matchmaker(scene.session, workload=0)
    partial = matchmaker(scene.session)
    members.set_roles(scene.session, COMMAND_LINE, scene.lab, id_of(partial), [Role.RESEARCHER])
    gone = matchmaker(scene.session)
    accreditations.withdraw(scene.session, COMMAND_LINE, id_of(gone), PlatformRole.MATCHMAKER)
    for to, error in (
        (desk, Invalid), (full, NotAllowed), (partial, Forbidden), (gone, NotFound), (company, NotFound)
    ):  # fmt: skip
        with pytest.raises(error):
            following.hand_over(scene.session, desk, pair.id, id_of(to), at=NOON)
    assert pair.follower_id == id_of(desk)


def test_what_ended_is_taken_up_again_by_who_followed_it(scene: Scene, desk: Actor) -> None:
    pair, other = scene.taken(desk), matchmaker(scene.session)
    following.end(scene.session, desk, pair.id, EndDraft(reason="no_answer"), at=NOON)
    with pytest.raises(Forbidden, match="Another matchmaker follows it"):
        following.reopen(scene.session, other, id_of(other), pair.id, at=NOON)
    following.reopen(scene.session, desk, id_of(desk), pair.id, at=NOON)
    assert (pair.state, pair.ended_for) == (PairState.TAKEN, "")


# -- what would make it fit -----------------------------------------------------------------------


def test_what_would_make_it_fit_is_told_of_refusals_at_the_first_look_too(
    scene: Scene, desk: Actor, lab: Actor, company: Actor
) -> None:
    result = scene.result()
    said = [("too_early", Disclosure.PUBLIC), ("not_shown", Disclosure.PUBLIC), ("too_expensive", Disclosure.SUMMARY)]
    for reason, tier in said:
        pair = scene.pair(need=scene.need(disclosure=tier), result=result)
        scene.decide(desk, pair, Judgement.NO, reason)
    told = sides.what_would_fit(scene.session, lab, Kind.RESULT, result.id)
    assert told == [REASONS["not_shown"].fit[Kind.RESULT], REASONS["too_early"].fit[Kind.RESULT]]
    with pytest.raises(Forbidden):
        sides.what_would_fit(scene.session, company, Kind.RESULT, result.id)
