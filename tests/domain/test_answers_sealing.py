"""What is sealed stays sealed until the opening, is opened by who has to come together for it, and a change shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from answers_support import (
    DAY,
    DEADLINE,
    NOON,
    PASSPHRASES,
    SECRETS,
    Stage,
    complete,
    everything_stored,
    with_partner,
)
from databases import ON_BOTH
from policy_tables import on_platform
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from matcher import events
from matcher.actors import ANONYMOUS, COMMAND_LINE, Actor
from matcher.answers import attaching, consortium, custody, drafting, handing_in, opening, reading, supplements
from matcher.engine import answer_texts, key_shares, sealed_keys
from matcher.engine.answer_drafts import AnswerDraft, Claim, Member
from matcher.engine.key_shares import Cost
from matcher.entities import Answer, AnswerText, Attachment, Challenge, Custodian, KeyShare, PlatformRole, Round
from matcher.errors import Conflict, Forbidden, Invalid, JiebangError, NotAllowed, NotFound, Unready
from matcher.record import verification
from matcher.states import AnswerState, ChallengeState

MARK = "蓝鲸"
"""Stands in every field of a text that is sealed, and in its file and the file's name."""
FILE = f"{MARK}的实验数据".encode()


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_shares, "COST", Cost(1, 8192))


@pytest.fixture
def stage(engine: Engine) -> Iterator[Stage]:
    with Session(engine) as opened:
        yield Stage(opened)


def marked(stage: Stage) -> AnswerDraft:
    draft = with_partner(stage, approach=MARK, plan=MARK, title=MARK)
    draft.parts[0].does = MARK
    draft.team = [Member(name=MARK, part=MARK)]
    draft.claims = [Claim(indicator=0, value=61.25, unit="ppm", evidence=MARK, method=MARK)]
    return draft.model_copy(update={"joint_patents": MARK, "conflicts": MARK})


def sealed_answer(stage: Stage, challenge: Challenge) -> str:
    """Handed in, with a partner that agreed and a file."""
    id = stage.answer(challenge, draft=marked(stage))
    attaching.attach(stage.session, SECRETS, stage.lead, id, f"{MARK}.txt", FILE, at=NOON)
    standing = reading.standing(stage.session, SECRETS, stage.rival, id)
    assert standing is not None
    mine = standing.part_hashes[stage.ids["rival"]]
    consortium.confirm_part(stage.session, SECRETS, stage.rival, id, mine, at=NOON)
    handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
    return id


def key_from(stage: Stage, custodian: Actor, passphrase: str, challenge: Challenge) -> key_shares.PrivateKey:
    return key_shares.key_of(passphrase, custody.salt_of(stage.session, custodian, challenge.id))


def give(stage: Stage, challenge: Challenge, custodian: Actor, passphrase: str) -> list[custody.Held]:
    key = key_from(stage, custodian, passphrase, challenge)
    return custody.give_share(stage.session, SECRETS, custodian, challenge.id, key, at=DEADLINE)


# -- nothing is to be found ------------------------------------------------------------------------


@ON_BOTH
def test_no_column_of_any_table_tells_what_is_sealed_nor_does_any_statement(engine: Engine, stage: Stage) -> None:
    """The database's own log may hold whatever is sent to it."""
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: sent.append(f"{told[2]} {told[3]}"))
    challenge, _ = stage.with_custodians()
    id = sealed_answer(stage, challenge)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    stage.session.commit()
    stored = everything_stored(engine)
    forms = [*(MARK.encode(as_) for as_ in ("utf-8", "gb18030", "unicode_escape")), b"61.25"]
    forms += [passphrase.encode() for passphrase in PASSPHRASES]
    assert [form for form in forms if form in stored] == []
    assert [form for form in (MARK, "61.25", *PASSPHRASES) if any(form in one for one in sent)] == []
    assert id.encode() in stored
    assert challenge.title.encode() in stored


def test_without_the_custodians_the_installation_s_secret_opens_nothing_of_it(stage: Stage) -> None:
    challenge, _ = stage.with_custodians()
    sealed_answer(stage, challenge)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    [held] = stage.session.exec(select(Round).where(Round.challenge_id == challenge.id))
    texts = stage.session.exec(select(AnswerText)).all()
    assert (held.private_key, {text.own_key for text in texts}) == (None, {None})
    with pytest.raises(NotAllowed, match="still to be given: 2"):
        sealed_keys.private_key(stage.session, SECRETS, held)
    sealed_keys.release_installations(stage.session, SECRETS, sealed_keys.shares(stage.session, held)[-1], at=DEADLINE)
    with pytest.raises(NotAllowed, match="still to be given: 1"):
        sealed_keys.private_key(stage.session, SECRETS, held)


Reader = Callable[[Stage, Actor, str, Challenge], object]
READERS: dict[str, Reader] = {
    "text": lambda stage, who, id, challenge: reading.text(stage.session, SECRETS, who, id)[1],
    "version": lambda stage, who, id, challenge: reading.text(stage.session, SECRETS, who, id, 2)[1],
    "versions": lambda stage, who, id, challenge: reading.versions(stage.session, who, id),
    "standing": lambda stage, who, id, challenge: reading.standing(stage.session, SECRETS, who, id),
    "list": lambda stage, who, id, challenge: reading.texts_for(stage.session, SECRETS, who, challenge.id),
    "file": lambda stage, who, id, challenge: reading.file(
        stage.session, SECRETS, who, id, stage.session.exec(select(Attachment.id)).one()
    ),
    "copy": lambda stage, who, id, challenge: drafting.start(
        stage.session, SECRETS, who, stage.publish().id, organisation_id=who.organisation_id, like=id, at=NOON
    ),
    "supplements": lambda stage, who, id, challenge: supplements.of_answer(stage.session, who, id),
}


@pytest.mark.parametrize("closed", [False, True])
def test_no_verb_reads_it_before_the_opening_whoever_asks(stage: Stage, closed: bool) -> None:
    challenge = stage.publish()
    id = sealed_answer(stage, challenge)
    if closed:
        opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    asking = {
        "setter": stage.setter,
        "third": stage.third,
        "operator": stage.operator,
        "matchmaker": stage.matchmaker,
        "grader": on_platform(PlatformRole.GRADER),
        "shell": COMMAND_LINE,
        "anonymous": ANONYMOUS,
    } | ({"lead": stage.lead, "partner": stage.rival} if closed else {})
    for who, actor in asking.items():
        for way, read in READERS.items():
            if (who, way) in {("lead", "versions"), ("partner", "versions")}:
                continue  # that there are some, they know
            try:
                found = read(stage, actor, id, challenge)
            except JiebangError as refused:
                found = str(refused)
            told = str(found)
            assert MARK not in told, (who, way)
            assert found is None or found == [] or isinstance(found, str), (who, way, told)


def test_hashes_in_the_record_cannot_be_tried(stage: Stage) -> None:
    """The same text twice has two hashes, and so has the same part in two answers."""
    first, second = stage.publish(), stage.publish()
    for challenge in (first, second):
        sealed_answer(stage, challenge)
    details = [
        [one.detail for one in events.of_thing(stage.session, f"challenge:{challenge.id}")]
        for challenge in (first, second)
    ]
    names = ("hash", "part_hash", "file_hash")
    hashes = [{detail[name] for detail in each for name in names if name in detail} for each in details]
    assert [len(one) for one in hashes] == [5, 5]
    assert hashes[0] & hashes[1] == set()


# -- close and open --------------------------------------------------------------------------------


def test_closing_is_refused_before_the_deadline_and_opening_before_the_close(stage: Stage) -> None:
    challenge = stage.publish()
    sealed_answer(stage, challenge)
    with pytest.raises(NotAllowed, match="until 2026-04-01 12:00:00"):
        opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE - timedelta(microseconds=1))
    with pytest.raises(NotAllowed, match="Cannot open what is answering"):
        opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    with pytest.raises(Forbidden):
        opening.close(stage.session, stage.lead, challenge.id, at=DEADLINE)


@ON_BOTH
def test_the_opening_lets_in_who_may_read_and_is_an_event_with_every_hash(stage: Stage) -> None:
    challenge = stage.publish()
    draft = stage.answer(challenge, stage.third)
    id = sealed_answer(stage, challenge)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE + DAY)
    states = dict(stage.session.exec(select(Answer.id, Answer.state)).all())
    assert states == {draft: AnswerState.LAPSED, id: AnswerState.ADMITTED}
    assert challenge.state is ChallengeState.GRADING
    for actor in (stage.setter, stage.operator, stage.lead, stage.rival, COMMAND_LINE):
        text, contents = reading.text(stage.session, SECRETS, actor, id)
        assert contents.draft == marked(stage)
        assert reading.file(stage.session, SECRETS, actor, id, contents.files[0].id)[1] == FILE
        assert [answer.id for answer, _ in reading.texts_for(stage.session, SECRETS, actor, challenge.id)] == [id]
    for actor in (stage.third, stage.matchmaker, ANONYMOUS):
        with pytest.raises(NotFound):
            reading.text(stage.session, SECRETS, actor, id)
    assert [one.number for one in reading.versions(stage.session, stage.setter, id)] == [text.number]
    assert [one.number for one in reading.versions(stage.session, stage.lead, id)] == [1, 2, 3]
    assert reading.text(stage.session, SECRETS, stage.lead, id, 2)[1].draft.title == MARK
    with pytest.raises(NotFound):
        reading.text(stage.session, SECRETS, stage.setter, draft)
    [told] = [
        one.detail
        for one in events.of_thing(stage.session, f"challenge:{challenge.id}")
        if one.action == "challenge.open"
    ]
    assert told == {"round": 1, "hashes": {"2": text.hash}}
    stage.session.commit()
    assert verification.verify(stage.session).intact


def test_the_authors_keys_go_at_the_deadline_though_nobody_closes_the_round(stage: Stage) -> None:
    challenge = stage.publish()
    id = sealed_answer(stage, challenge)
    draft = stage.answer(challenge, stage.third)
    assert opening.forget_due_keys(stage.session, at=DEADLINE - timedelta(microseconds=1)) == 0
    assert opening.forget_due_keys(stage.session, at=DEADLINE) == 1
    assert opening.forget_due_keys(stage.session, at=DEADLINE) == 0
    with pytest.raises(NotAllowed, match="sealed"):
        reading.text(stage.session, SECRETS, stage.lead, id)
    assert reading.text(stage.session, SECRETS, stage.third, draft)[1].draft == complete()
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    assert reading.text(stage.session, SECRETS, stage.setter, id)[1].draft == marked(stage)


def test_with_nobody_to_open_it_is_refused(stage: Stage) -> None:
    challenge = stage.publish()
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    with pytest.raises(NotAllowed, match="No answer was handed in"):
        opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)


def test_where_nothing_is_sealed_the_setter_reads_what_was_handed_in_at_once(stage: Stage) -> None:
    challenge = stage.publish("directed_commission")
    stage.invite(challenge, "lead")
    id = stage.answer(challenge)
    with pytest.raises(NotFound):
        reading.text(stage.session, SECRETS, stage.setter, id)
    handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
    assert reading.text(stage.session, SECRETS, stage.setter, id)[1].draft == complete()
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    assert stage.session.get_one(Answer, id).state is AnswerState.ADMITTED
    assert challenge.state is ChallengeState.GRADING


def test_an_answer_whose_authors_lost_their_key_ahead_of_time_is_not_taken_back_for_good(stage: Stage) -> None:
    id = stage.handed_in(stage.publish())
    opening.forget_due_keys(stage.session, at=DEADLINE + DAY)
    with pytest.raises(NotAllowed, match="could not be handed in again"):
        handing_in.take_back(stage.session, stage.lead, id, at=NOON + DAY)
    assert stage.session.get_one(Answer, id).state is AnswerState.HANDED_IN


# -- a further round -------------------------------------------------------------------------------


def test_in_a_further_round_it_begins_with_the_former_text_and_is_sealed_anew(stage: Stage) -> None:
    challenge = stage.publish()
    id = stage.handed_in(challenge)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    answer = stage.session.get_one(Answer, id)
    answer.state, answer.round = AnswerState.DRAFT, 2
    challenge.state, challenge.round = ChallengeState.ANSWERING, 2
    stage.session.flush()
    later = DEADLINE + DAY
    assert reading.text(stage.session, SECRETS, stage.lead, id)[1].draft == complete()
    drafting.save(stage.session, SECRETS, stage.lead, id, complete(title="样机"), at=later)
    handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=later)
    assert reading.text(stage.session, SECRETS, stage.setter, id)[1].draft.title == "干法包覆"
    with pytest.raises(NotFound):
        reading.text(stage.session, SECRETS, stage.setter, id, 3)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE + 60 * DAY)
    assert reading.text(stage.session, SECRETS, stage.setter, id)[1].draft.title == "干法包覆"
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE + 60 * DAY)
    assert reading.text(stage.session, SECRETS, stage.setter, id)[1].draft.title == "样机"
    assert [one.number for one in reading.versions(stage.session, stage.setter, id)] == [2, 3]


def test_what_did_not_change_is_handed_in_to_the_further_round_as_it_was(stage: Stage) -> None:
    challenge = stage.publish()
    id = stage.handed_in(challenge)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    answer = stage.session.get_one(Answer, id)
    answer.state, answer.round = AnswerState.DRAFT, 2
    challenge.state, challenge.round = ChallengeState.ANSWERING, 2
    stage.session.flush()
    handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=DEADLINE + DAY)
    texts = reading.versions(stage.session, stage.lead, id)
    assert [(one.number, one.round, one.handed_in) for one in texts] == [(1, 1, False), (2, 1, True), (3, 2, True)]


# -- custodians ------------------------------------------------------------------------------------


@ON_BOTH
def test_two_custodians_have_to_come_together(stage: Stage) -> None:
    challenge, (anna, bela) = stage.with_custodians()
    id = stage.handed_in(challenge)
    with pytest.raises(NotAllowed, match="between the round's close and its opening"):
        give(stage, challenge, anna, PASSPHRASES[0])
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    for missing, custodian, passphrase in ((2, anna, PASSPHRASES[0]), (1, bela, PASSPHRASES[1])):
        with pytest.raises(NotAllowed, match=f"Shares of its key still to be given: {missing}"):
            opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
        give(stage, challenge, custodian, passphrase)
    assert [one.given for one in custody.of_challenge(stage.session, stage.setter, challenge.id)] == [True, True]
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    assert reading.text(stage.session, SECRETS, stage.setter, id)[1].draft == complete()


def test_a_share_opens_with_its_own_passphrase_alone_and_is_given_once_by_its_holder(stage: Stage) -> None:
    challenge, (anna, bela) = stage.with_custodians()
    stage.handed_in(challenge)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    for wrong in (PASSPHRASES[1], "something else altogether"):
        with pytest.raises(Invalid, match="^passphrase: "):
            give(stage, challenge, anna, wrong)
    for actor in (stage.operator, stage.setter, ANONYMOUS):
        with pytest.raises(NotFound):
            custody.give_share(
                stage.session, SECRETS, actor, challenge.id, key_from(stage, anna, PASSPHRASES[0], challenge), at=NOON
            )
    give(stage, challenge, anna, PASSPHRASES[0])
    with pytest.raises(NotAllowed, match="already"):
        give(stage, challenge, anna, PASSPHRASES[0])


@pytest.mark.parametrize("left", [0, 1])
def test_for_a_lost_share_an_operator_gives_the_installation_s_and_the_record_says_why(stage: Stage, left: int) -> None:
    challenge, custodians = stage.with_custodians()
    id = stage.handed_in(challenge)
    with pytest.raises(NotAllowed, match="between"):
        custody.use_recovery_share(stage.session, SECRETS, stage.operator, challenge.id, reason="丢失", at=NOON)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    give(stage, challenge, custodians[left], PASSPHRASES[left])
    with pytest.raises(Invalid, match="^reason: "):
        custody.use_recovery_share(stage.session, SECRETS, stage.operator, challenge.id, reason=" ", at=DEADLINE)
    custody.use_recovery_share(stage.session, SECRETS, stage.operator, challenge.id, reason="口令丢失", at=DEADLINE)
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    assert reading.text(stage.session, SECRETS, stage.setter, id)[1].draft == complete()
    history = events.of_thing(stage.session, f"challenge:{challenge.id}")
    [told] = [one for one in history if one.action == "challenge.recovery_share_used"]
    assert (told.actor, told.detail) == (stage.operator.name, {"round": 1, "reason": "口令丢失"})


def test_the_recovery_share_is_no_way_for_one_to_open_alone(stage: Stage) -> None:
    challenge, (anna, _) = stage.with_custodians()
    stage.handed_in(challenge)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    both = Actor(anna.name, platform_roles=frozenset({PlatformRole.OPERATOR}), person_id=anna.person_id)
    for actor in (both, stage.setter, stage.matchmaker):
        with pytest.raises(Forbidden):
            custody.use_recovery_share(stage.session, SECRETS, actor, challenge.id, reason="丢失", at=DEADLINE)
    custody.use_recovery_share(stage.session, SECRETS, stage.operator, challenge.id, reason="丢失", at=DEADLINE)
    with pytest.raises(NotAllowed, match="still to be given: 1"):
        opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)


def test_it_is_not_published_before_two_custodians_have_chosen_passphrases(stage: Stage) -> None:
    challenge = stage.propose("open_challenge")
    with pytest.raises(NotAllowed, match="2 custodians have to be named"):
        stage.published(challenge)
    anna, bela = stage.person("anna"), stage.person("bela")
    ids = [anna.person_id or "", bela.person_id or ""]
    for wrong in ([], ids[:1], [ids[0], ids[0]], [*ids, ids[0]], [ids[0], "nobody"]):
        with pytest.raises(Invalid, match="^people"):
            custody.name_custodians(stage.session, stage.setter, challenge.id, wrong, at=NOON)
    custody.name_custodians(stage.session, stage.setter, challenge.id, ids, at=NOON)
    for short in ("short", "quartz lantern", "aaaaaaaaaaaaaaaaaaaa"):
        with pytest.raises(Invalid, match="^passphrase: "):
            custody.new_key(short)
    salt, key = custody.new_key(PASSPHRASES[0])
    custody.choose_passphrase(stage.session, anna, challenge.id, salt, key, at=NOON)
    with pytest.raises(NotFound):
        custody.choose_passphrase(stage.session, stage.setter, challenge.id, salt, key, at=NOON)
    with pytest.raises(NotAllowed, match="have not chosen a passphrase yet: 1"):
        stage.published(challenge)
    custody.choose_passphrase(stage.session, bela, challenge.id, salt, key, at=NOON)
    stage.published(challenge)
    with pytest.raises(NotAllowed):
        custody.choose_passphrase(stage.session, bela, challenge.id, salt, key, at=NOON)
    with pytest.raises(NotAllowed):
        custody.name_custodians(stage.session, stage.setter, challenge.id, ids, at=NOON)


def test_custodians_may_be_named_where_the_mechanism_asks_for_none_and_not_where_nothing_is_sealed(
    stage: Stage,
) -> None:
    challenge, _ = stage.with_custodians("race")
    assert stage.session.exec(select(Custodian)).all() != []
    assert {held.private_key for held in stage.session.exec(select(Round))} == {None}
    named = [stage.person("carla").person_id or "", stage.person("dora").person_id or ""]
    with pytest.raises(NotAllowed, match="not sealed"):
        custody.name_custodians(stage.session, stage.operator, stage.propose("directed_commission").id, named, at=NOON)
    assert challenge.state is ChallengeState.ANSWERING


# -- what was tampered with ------------------------------------------------------------------------

Tamper = Callable[[Session, AnswerText, AnswerText], None]


def _flip(name: str) -> Tamper:
    def change(session: Session, text: AnswerText, other: AnswerText) -> None:
        value = bytearray(getattr(text, name))
        value[len(value) // 2] ^= 1
        setattr(text, name, bytes(value))

    return change


def _swap(*names: str) -> Tamper:
    def change(session: Session, text: AnswerText, other: AnswerText) -> None:
        for name in names:
            mine, theirs = getattr(text, name), getattr(other, name)
            setattr(text, name, theirs)
            setattr(other, name, mine)

    return change


def _forge(session: Session, text: AnswerText, other: AnswerText) -> None:
    """As somebody would who can write to the database: another text, well sealed to the round's public key."""
    answer = session.get_one(Answer, text.answer_id)
    forged = answer_texts.write(session, SECRETS, answer, answer_texts.new(answer, complete(title="假")), at=NOON)
    round = session.exec(select(Round).where(Round.challenge_id == answer.challenge_id, Round.number == 1)).one()
    answer_texts.seal_key(SECRETS, forged, sealed_keys.public_key(session, round))
    forged.handed_in, forged.own_key = True, None


def _change_file(session: Session, text: AnswerText, other: AnswerText) -> None:
    file = session.get_one(Attachment, text.attachment_ids[0])
    file.content = file.content[:-1] + bytes([file.content[-1] ^ 1])


def _lose_file(session: Session, text: AnswerText, other: AnswerText) -> None:
    session.delete(session.get_one(Attachment, text.attachment_ids[0]))


TAMPERED: dict[str, tuple[Tamper, str]] = {
    "text": (_flip("sealed"), "its text was changed"),
    "key": (_flip("round_key"), "its key does not open with the round's"),
    "another's text and key": (_swap("sealed", "round_key"), "its text is not the one whose hash is kept"),
    "another's text, key and hash": (_swap("sealed", "round_key", "hash"), "not the one that the record names"),
    "a forged version": (_forge, "not the one that the record names"),
    "a file": (_change_file, "a file of it was changed"),
    "a lost file": (_lose_file, "a file of it is gone"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_found_at_the_opening(stage: Stage, what: str) -> None:
    tamper, why = TAMPERED[what]
    challenge = stage.publish()
    id = sealed_answer(stage, challenge)
    other = stage.handed_in(challenge, stage.third)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    query = select(AnswerText).where(col(AnswerText.handed_in).is_(True)).order_by(col(AnswerText.answer_id))
    texts = {text.answer_id: text for text in stage.session.exec(query)}
    tamper(stage.session, texts[id], texts[other])
    stage.session.commit()
    with pytest.raises(Conflict, match=f"answer 1: .*{why}"):
        opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    stage.session.rollback()
    assert stage.session.get_one(Challenge, challenge.id).state is ChallengeState.SEALED
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, set_aside="已报案", at=DEADLINE)
    states = [answer.state for answer in stage.session.exec(select(Answer).order_by(col(Answer.number)))]
    whole = "another's" not in what
    assert states == [AnswerState.REJECTED, AnswerState.ADMITTED if whole else AnswerState.REJECTED]
    history = events.of_thing(stage.session, f"challenge:{challenge.id}")
    told = [one.detail["why"] for one in history if one.action == "answer.set_aside"]
    assert told[0].endswith(why)


def test_another_s_public_key_in_the_round_s_place_is_not_sealed_to(stage: Stage) -> None:
    challenge = stage.publish()
    id = stage.answer(challenge)
    [first, second, _] = stage.session.exec(select(Round).order_by(col(Round.number)))
    first.public_key = second.public_key
    with pytest.raises(Unready, match="not the one that the record names"):
        handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)


def test_another_s_key_in_a_custodian_s_place_is_not_sealed_to(stage: Stage) -> None:
    challenge = stage.propose("open_challenge")
    custodians = [stage.person("anna"), stage.person("bela")]
    custody.name_custodians(
        stage.session, stage.setter, challenge.id, [one.person_id or "" for one in custodians], at=NOON
    )
    for custodian, passphrase in zip(custodians, PASSPHRASES, strict=True):
        custody.choose_passphrase(stage.session, custodian, challenge.id, *custody.new_key(passphrase), at=NOON)
    first = stage.session.exec(select(Custodian)).all()[0]
    first.public_key = bytes(custody.new_key("an attacker's own passphrase")[1].public_key)
    with pytest.raises(Unready, match="A custodian's key is not the one that the record names"):
        stage.published(challenge)


def test_a_share_that_was_exchanged_does_not_keep_the_others_from_opening(stage: Stage) -> None:
    challenge, (anna, bela) = stage.with_custodians()
    id = stage.handed_in(challenge)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    share = stage.session.exec(select(KeyShare).where(KeyShare.person_id == anna.person_id)).one()
    key = key_from(stage, anna, PASSPHRASES[0], challenge)
    share.sealed = sealed_keys.SealedBox(key.public_key).encrypt(bytes(64))
    give(stage, challenge, anna, PASSPHRASES[0])
    give(stage, challenge, bela, PASSPHRASES[1])
    stage.session.commit()
    with pytest.raises(Unready, match="tampered"):
        opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    stage.session.rollback()
    custody.use_recovery_share(stage.session, SECRETS, stage.operator, challenge.id, reason="被调换", at=DEADLINE)
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    assert reading.text(stage.session, SECRETS, stage.setter, id)[1].draft == complete()
