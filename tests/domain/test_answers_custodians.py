"""Who can be named to hold a key, how they are called, and what a passphrase has to be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from answers_support import NOON, Stage
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session

from matcher.accounts import accreditations, members, people
from matcher.accounts.accreditations import AccreditationDraft
from matcher.actors import COMMAND_LINE
from matcher.answers import custody
from matcher.entities import Challenge, Person, PlatformRole, Role
from matcher.errors import Forbidden, Invalid, NotFound


@pytest.fixture
def stage(engine: Engine) -> Iterator[Stage]:
    with Session(engine) as opened:
        yield Stage(opened)


class Circle:
    """A challenge, people of its setter, of the platform and of others."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.session = stage, stage.session
        self.challenge: Challenge = stage.propose("open_challenge")
        self.ids: dict[str, str] = {}
        for name, organisation in (("own", "setter"), ("left", "setter"), ("labs", "lead"), ("nobodys", "")):
            self.add(name)
            if organisation:
                roles = [Role.RESEARCHER]
                members.set_roles(self.session, COMMAND_LINE, stage.ids[organisation], self.ids[name], roles)
        for name, role in (
            ("match", PlatformRole.MATCHMAKER), ("oper", PlatformRole.OPERATOR), ("grades", PlatformRole.GRADER)
        ):  # fmt: skip
            self.add(name)
            accreditations.grant(self.session, COMMAND_LINE, self.ids[name], AccreditationDraft(role=role))
        self.session.get_one(Person, self.ids["left"]).disabled_at = NOON

    def add(self, name: str) -> None:
        self.ids[name] = self.stage.person(name).person_id or ""

    def names(self, *named: str) -> list[str]:
        """Names custodians, as the setter's manager, and answers who they are."""
        held = custody.name_custodians(self.session, self.stage.setter, self.challenge.id, named, at=NOON)
        by_id = {id: name for name, id in self.ids.items()}
        return sorted(by_id[one.person_id] for one in held)


@ON_BOTH
def test_the_setter_s_people_and_the_desk_can_be_named(stage: Stage) -> None:
    circle = Circle(stage)
    for actor in (stage.setter, stage.operator):
        found = custody.candidates(stage.session, actor, circle.challenge.id)
        assert {one.email.partition("@")[0] for one in found} == {"own", "match", "oper"}
    with pytest.raises(NotFound):
        custody.candidates(stage.session, stage.lead, circle.challenge.id)
    with pytest.raises(Forbidden):
        custody.candidates(stage.session, stage.matchmaker, circle.challenge.id)


def test_they_are_called_by_their_address_or_their_id(stage: Stage) -> None:
    circle = Circle(stage)
    assert circle.names("own@example.com", " OPER@example.com ") == ["oper", "own"]
    assert circle.names(circle.ids["match"], "oper@example.com") == ["match", "oper"]
    with pytest.raises(Invalid, match="^people: 2 different people"):
        circle.names("own@example.com", circle.ids["own"])


def test_an_address_that_is_refused_does_not_tell_whether_somebody_has_an_account(stage: Stage) -> None:
    circle = Circle(stage)
    where = f"GET /challenges/{circle.challenge.id}/custodians/candidates lists who can"
    unknown = ("labs@example.com", "nobodys@example.com", "grades@example.com", "left@example.com", "none@example.com")
    for named in (*unknown, "@", "nobody", circle.ids["left"]):
        with pytest.raises(Invalid) as refused:
            circle.names("own@example.com", named)
        assert str(refused.value) == f"people[1]: names nobody who can hold a key of this challenge; {where}"


def test_who_may_know_all_accounts_names_any_by_its_address_and_an_id_names_whoever_gave_it(stage: Stage) -> None:
    circle = Circle(stage)
    people_ = ["labs@example.com", "nobodys@example.com"]
    held = custody.name_custodians(stage.session, stage.operator, circle.challenge.id, people_, at=NOON)
    assert {one.person_id for one in held} == {circle.ids["labs"], circle.ids["nobodys"]}
    assert circle.names(circle.ids["labs"], circle.ids["nobodys"]) == ["labs", "nobodys"]
    people.disable(stage.session, COMMAND_LINE, circle.ids["labs"])
    with pytest.raises(Invalid, match=r"^people\[0\]: names nobody"):
        custody.name_custodians(stage.session, stage.operator, circle.challenge.id, people_, at=NOON)


@pytest.mark.parametrize(
    ("passphrase", "told"),
    [
        ("short", "a passphrase has 16 to 200 characters"),
        ("quartz lantern", "a passphrase has 16 to 200 characters"),
        ("quartz lantern 7", None),
        ("q7" * 100 + "x", "a passphrase has 16 to 200 characters"),
        ("aaaaaaaaaaaaaaaaaaaa", "this passphrase is among the first that anybody would try"),
    ],
)
def test_a_passphrase_that_will_not_do_is_told_the_rule_of_passphrases(
    monkeypatch: pytest.MonkeyPatch, passphrase: str, told: str | None
) -> None:
    monkeypatch.setattr(custody.key_shares, "COST", custody.key_shares.Cost(1, 8192))
    if told is None:
        custody.new_key(passphrase)
        return
    with pytest.raises(Invalid) as refused:
        custody.new_key(passphrase)
    assert str(refused.value) == f"passphrase: {told}"
