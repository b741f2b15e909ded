"""Two matchmakers, or two sides, at the same moment: it ends as one of the two orders, on every database."""

from __future__ import annotations

from at_once import at_once
from databases import ON_BOTH
from reviews_support import NOON, Scene, id_of, matchmaker, member
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher import events
from matcher.actors import Actor
from matcher.entities import Introduction, Judgement, Kind, Pair, PairShowing, PairVerdict
from matcher.reviews import introductions, queue, verdicts
from matcher.reviews.introductions import Assent, Declining
from matcher.reviews.verdicts import VerdictDraft
from matcher.sessions import reading, writing
from matcher.states import IntroductionState, PairState

pytestmark = ON_BOTH


def scene_of(session: Session) -> Scene:
    """Kept readable after the transaction."""
    session.expire_on_commit = False
    return Scene(session)


def test_two_matchmakers_never_draw_the_same_pair(engine: Engine) -> None:
    with writing(engine) as session:
        scene = scene_of(session)
        for score in (0.9, 0.8, 0.7, 0.6):
            scene.pair(score)
        one, other = matchmaker(session), matchmaker(session)

    def draw(actor: Actor) -> object:
        return lambda session: queue.draw(session, actor, id_of(actor), at=NOON, count=2)

    assert at_once(engine, draw(one), draw(other)) == ["done", "done"]  # type: ignore[arg-type]
    with reading(engine) as session:
        shown = session.exec(select(PairShowing)).all()
        assert len({showing.pair_id for showing in shown}) == len(shown) == 4
        assert sorted(pair.reserved_by or "" for pair in session.exec(select(Pair))) == sorted(
            [id_of(one)] * 2 + [id_of(other)] * 2
        )


def test_two_who_take_the_same_pair_further_are_one(engine: Engine) -> None:
    with writing(engine) as session:
        pair = scene_of(session).pair().id
        one, other = matchmaker(session), matchmaker(session)
    draft = VerdictDraft(judgement=Judgement.TAKE_FURTHER)
    told = at_once(
        engine,
        lambda session: verdicts.decide(session, one, id_of(one), pair, draft, at=NOON),
        lambda session: verdicts.decide(session, other, id_of(other), pair, draft, at=NOON),
    )
    assert told == ["NotAllowed", "done"]
    with reading(engine) as session:
        [verdict] = session.exec(select(PairVerdict)).all()
        assert session.get_one(Pair, pair).follower_id == verdict.person_id


def test_taking_back_and_asking_the_sides_in_two_windows(engine: Engine) -> None:
    with writing(engine) as session:
        actor = matchmaker(session)
        pair = scene_of(session).taken(actor).id
    told = at_once(
        engine,
        lambda session: verdicts.undo(session, actor, id_of(actor), pair, at=NOON),
        lambda session: introductions.ask(session, actor, pair, introductions.Asking(), at=NOON),
    )
    assert told in (["NotAllowed", "done"], ["Forbidden", "done"])
    with reading(engine) as session:
        state = session.get_one(Pair, pair).state
        asked = len(session.exec(select(Introduction)).all())
    assert (state, asked) in ((PairState.PROPOSED, 0), (PairState.ASKED, 2))


def test_both_sides_accept_at_the_same_moment_and_are_introduced_once(engine: Engine) -> None:
    with writing(engine) as session:
        scene = scene_of(session)
        pair = scene.asked(matchmaker(session))
        asked = introductions.standing(session, pair)
        people = {one.id: member(session, one.organisation_id) for one in asked}
        id = pair.id

    def accept(introduction: str) -> object:
        return lambda session: introductions.accept(session, people[introduction], introduction, Assent(), at=NOON)

    assert at_once(engine, *map(accept, people)) == ["done", "done"]  # type: ignore[arg-type]
    with reading(engine) as session:
        assert session.get_one(Pair, id).state is PairState.INTRODUCED
        told = [event.action for event in events.of_thing(session, f"pair:{id}")]
    assert told.count("pair.introduce") == 1


def test_one_side_accepts_while_the_other_declines(engine: Engine) -> None:
    """Declining ends it, whichever comes first; who came too late with accepting is told so."""
    with writing(engine) as session:
        scene = scene_of(session)
        pair = scene.asked(matchmaker(session))
        need, result = introductions.standing(session, pair)
        one, other = member(session, scene.company), member(session, scene.lab)
        id = pair.id
    told = at_once(
        engine,
        lambda session: introductions.accept(session, one, need.id, Assent(), at=NOON),
        lambda session: introductions.decline(session, other, result.id, Declining(reason="busy"), at=NOON),
    )
    assert told in (["done", "done"], ["NotAllowed", "done"])
    with reading(engine) as session:
        found = session.get_one(Pair, id)
        assert (found.state, found.ended_for, found.ended_by) == (PairState.ENDED, "busy", Kind.RESULT)
        first = session.get_one(Introduction, need.id).state
    assert first is (IntroductionState.ACCEPTED if told == ["done", "done"] else IntroductionState.TAKEN_BACK)
