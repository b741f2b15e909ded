"""Whoever belongs to both sides of a challenge writes no answer to it, and reads none before it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from answers_support import DEADLINE, NOON, SECRETS, Stage, complete, with_partner
from sqlalchemy import Engine
from sqlmodel import Session

from matcher.accounts import members
from matcher.actors import COMMAND_LINE, Actor
from matcher.answers import attaching, consortium, drafting, handing_in, opening, reading
from matcher.entities import OrganisationKind, Role
from matcher.errors import Forbidden, NotAllowed
from matcher.organisations import OrganisationDraft, admit

SETS = "^You belong to the organisation that sets a challenge: somebody else answers it.$"


@pytest.fixture
def stage(engine: Engine) -> Iterator[Stage]:
    with Session(engine) as opened:
        yield Stage(opened)


def of_both(stage: Stage, own: str, other: str, name: str = "zhao") -> Actor:
    """A manager of both organisations who acts for the first."""
    person = stage.person(name)
    for id in (own, other):
        members.set_roles(stage.session, COMMAND_LINE, id, person.person_id or "", [Role.MANAGER])
    return replace(person, organisation_id=own, roles=frozenset({Role.MANAGER}))


WRITING: dict[str, Callable[[Session, Actor, str], Any]] = {
    "save": lambda session, who, id: drafting.save(session, SECRETS, who, id, complete(title="x"), at=NOON),
    "attach": lambda session, who, id: attaching.attach(session, SECRETS, who, id, "a.pdf", b"%PDF-1.7\n", at=NOON),
    "hand_in": lambda session, who, id: handing_in.hand_in(session, SECRETS, who, id, at=NOON),
    "take_back": lambda session, who, id: handing_in.take_back(session, who, id, at=NOON),
    "withdraw": lambda session, who, id: drafting.withdraw(session, who, id, at=NOON),
    "resume": lambda session, who, id: drafting.resume(session, who, id, at=NOON),
}


@pytest.mark.parametrize("verb", WRITING)
def test_who_belongs_to_the_setter_too_writes_nothing_for_the_lab(stage: Stage, verb: str) -> None:
    id = stage.answer(stage.publish())
    both = of_both(stage, stage.ids["lead"], stage.ids["setter"])
    with pytest.raises(Forbidden, match=SETS):
        WRITING[verb](stage.session, both, id)


def test_nor_do_they_start_an_answer_though_a_colleague_may(stage: Stage) -> None:
    challenge = stage.publish()
    both = of_both(stage, stage.ids["lead"], stage.ids["setter"])
    with pytest.raises(Forbidden, match=SETS):
        drafting.start(stage.session, SECRETS, both, challenge.id, at=NOON)
    assert drafting.start(stage.session, SECRETS, stage.lead, challenge.id, at=NOON).number == 1


def test_nor_do_they_agree_to_a_partner_s_part(stage: Stage) -> None:
    id = stage.answer(stage.publish(), draft=with_partner(stage))
    both = of_both(stage, stage.ids["rival"], stage.ids["setter"])
    found = reading.standing(stage.session, SECRETS, stage.rival, id)
    assert found is not None
    part = found.part_hashes[stage.ids["rival"]]
    with pytest.raises(Forbidden, match=SETS):
        consortium.confirm_part(stage.session, SECRETS, both, id, part, at=NOON)
    consortium.confirm_part(stage.session, SECRETS, stage.rival, id, part, at=NOON)


def test_who_funds_or_may_invest_stands_on_the_other_side_as_well(stage: Stage) -> None:
    fund = admit(stage.session, COMMAND_LINE, OrganisationDraft(kind=OrganisationKind.SERVICE, name="省基金")).id
    for mechanism, name, why in (
        ("explorer", "qian", "the organisation that funds a challenge"),
        ("invest_to_evaluate", "sun", "an organisation that is invited to invest"),
    ):
        challenge = stage.publish(mechanism, funder_id=fund if mechanism == "explorer" else None)
        if mechanism == "invest_to_evaluate":
            stage.invite(challenge, "third", invests=True)
        other = fund if mechanism == "explorer" else stage.ids["third"]
        both = of_both(stage, stage.ids["lead"], other, name)
        with pytest.raises(Forbidden, match=f"^You belong to {why}: "):
            drafting.start(stage.session, SECRETS, both, challenge.id, at=NOON)


def test_nor_do_they_read_what_is_sealed_until_it_is_opened_to_the_setter(stage: Stage) -> None:
    challenge = stage.publish()
    id = stage.handed_in(challenge)
    both = of_both(stage, stage.ids["lead"], stage.ids["setter"])
    assert reading.standing(stage.session, SECRETS, both, id) is None
    assert reading.versions(stage.session, both, id) == []
    with pytest.raises(NotAllowed, match="sealed until the round is opened"):
        reading.text(stage.session, SECRETS, both, id)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    assert reading.text(stage.session, SECRETS, both, id)[1].draft == complete()


def test_whoever_belongs_to_two_labs_writes_for_the_one_they_act_for(stage: Stage) -> None:
    id = stage.answer(stage.publish())
    both = of_both(stage, stage.ids["lead"], stage.ids["rival"])
    assert handing_in.hand_in(stage.session, SECRETS, both, id, at=NOON).handed_in_at == NOON
