"""Who belongs to which organisation in which roles, and who has platform roles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from accounts_support import acting, operator, organisation, person, recorded
from databases import ON_BOTH
from pydantic import ValidationError
from sqlalchemy import Engine

from matcher import events
from matcher.accounts import accreditations, members, people
from matcher.accounts.accreditations import AccreditationDraft
from matcher.actors import ANONYMOUS, COMMAND_LINE
from matcher.entities import PlatformRole, Role
from matcher.errors import Forbidden, NotAllowed, NotFound, Unauthenticated
from matcher.sessions import reading, writing

pytestmark = ON_BOTH


def test_a_manager_changes_the_roles_of_their_own_people(engine: Engine) -> None:
    mei, wei, lan = person(engine), person(engine, "wei"), person(engine, "lan")
    company = organisation(engine, manager=mei, poster=wei)
    actor = acting(engine, mei, company)
    with writing(engine) as session:
        assert members.set_roles(session, actor, company, wei, [Role.RESEARCHER, Role.MANAGER]) == {
            Role.RESEARCHER,
            Role.MANAGER,
        }
        members.set_roles(session, actor, company, wei, [Role.MANAGER, Role.RESEARCHER])
        with pytest.raises(NotFound):
            members.set_roles(session, actor, company, lan, [Role.POSTER])
        there = members.of_organisation(session, actor, company)
        assert [(one.name, roles) for one, roles in there] == [
            ("mei", {Role.MANAGER}),
            ("wei", {Role.RESEARCHER, Role.MANAGER}),
        ]
        last = events.of_thing(session, f"organisation:{company}")[-1]
        assert (last.action, last.actor, last.detail) == (
            "membership.changed",
            f"person:{mei}",
            {"person": wei, "roles": ["manager", "researcher"], "before": ["poster"]},
        )
        assert recorded(session, f"organisation:{company}").count("membership.changed") == 3


def test_nobody_else_changes_or_sees_them(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    company = organisation(engine, manager=mei, poster=wei)
    other = organisation(engine, "乙公司", manager=wei)
    poster, stranger = acting(engine, wei, company), acting(engine, wei, other)
    with writing(engine) as session:
        for actor, error in ((poster, Forbidden), (stranger, Forbidden), (ANONYMOUS, Unauthenticated)):
            with pytest.raises(error):
                members.set_roles(session, actor, company, wei, [Role.MANAGER])
        for actor, error in ((stranger, Forbidden), (ANONYMOUS, Unauthenticated)):
            with pytest.raises(error):
                members.of_organisation(session, actor, company)
        assert len(members.of_organisation(session, poster, company)) == 2
        with pytest.raises(NotFound):
            members.of_organisation(session, COMMAND_LINE, "nowhere")
        with pytest.raises(NotFound):
            members.set_roles(session, COMMAND_LINE, "nowhere", wei, [Role.POSTER])
        with pytest.raises(NotFound):
            members.set_roles(session, COMMAND_LINE, company, "nobody", [Role.POSTER])


def test_the_last_manager_stays_unless_an_operator_takes_it_on(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    company = organisation(engine, manager=mei, poster=wei)
    actor = acting(engine, mei, company)
    with writing(engine) as session:
        for roles in ([], [Role.POSTER]):
            with pytest.raises(NotAllowed, match="last manager"):
                members.set_roles(session, actor, company, mei, roles)
        with pytest.raises(NotAllowed, match="last manager"):
            members.leave(session, actor, company, mei)
        members.set_roles(session, actor, company, mei, [Role.MANAGER, Role.POSTER])
        members.set_roles(session, actor, company, wei, [Role.MANAGER])
        members.leave(session, actor, company, mei)
        with pytest.raises(NotFound):
            members.leave(session, actor, company, mei)
    olga = operator(engine)
    with writing(engine) as session:
        members.set_roles(session, olga, company, wei, [])
        members.set_roles(session, olga, company, mei, [Role.MANAGER])
        assert [one.id for one, _ in members.of_organisation(session, olga, company)] == [mei]


def test_a_disabled_manager_is_none(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    company = organisation(engine, manager=mei)
    with writing(engine) as session:
        members.set_roles(session, COMMAND_LINE, company, wei, [Role.MANAGER])
        people.disable(session, COMMAND_LINE, wei)
        with pytest.raises(NotAllowed, match="last manager"):
            members.leave(session, people.actor_for(session, people.find(session, mei), company), company, mei)
        with pytest.raises(NotAllowed, match="disabled"):
            members.set_roles(session, COMMAND_LINE, company, wei, [Role.POSTER])


def test_of_two_managers_who_leave_at_once_one_stays(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    company = organisation(engine, manager=mei)
    with writing(engine) as session:
        members.set_roles(session, COMMAND_LINE, company, wei, [Role.MANAGER])
    actors = [acting(engine, mei, company), acting(engine, wei, company)]

    def leave(which: int) -> str:
        try:
            with writing(engine) as session:
                members.leave(session, actors[which], company, str(actors[which].person_id))
        except NotAllowed:
            return "stays"
        return "left"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, range(2))) == ["left", "stays"]


def test_one_sees_ones_own_organisations_and_operators_anybodys(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    second, first = organisation(engine, "B", manager=mei), organisation(engine, "A", poster=mei)
    olga = operator(engine)
    with reading(engine) as session:
        for actor in (people.actor_for(session, people.find(session, mei), None), olga):
            found = members.of_person(session, actor, mei)
            assert [(one.id, roles) for one, roles in found] == [(first, {Role.POSTER}), (second, {Role.MANAGER})]
        with pytest.raises(NotFound):
            members.of_person(session, people.actor_for(session, people.find(session, wei), None), mei)


def test_operators_give_change_and_take_platform_roles(engine: Engine) -> None:
    mei = person(engine)
    olga = operator(engine)
    draft = AccreditationDraft(
        role=PlatformRole.MATCHMAKER, fields=["new_materials", "new_materials"], regions=["320500"], workload=20
    )
    with writing(engine) as session:
        accreditations.grant(session, olga, mei, draft)
        accreditations.grant(session, olga, mei, draft)
        accreditations.grant(session, olga, mei, AccreditationDraft(role=PlatformRole.GRADER))
        accreditations.grant(session, olga, mei, draft.model_copy(update={"workload": None}))
        actor = people.actor_for(session, people.find(session, mei), None)
        assert actor.platform_roles == {PlatformRole.MATCHMAKER, PlatformRole.GRADER}
        found = accreditations.of_person(session, actor, mei)
        assert [(one.role, one.fields, one.regions, one.workload) for one in found] == [
            (PlatformRole.GRADER, [], [], None),
            (PlatformRole.MATCHMAKER, ["new_materials"], ["320500"], None),
        ]
        assert [one.name for one, _ in accreditations.listed(session, olga, PlatformRole.MATCHMAKER)] == ["mei"]
        accreditations.withdraw(session, olga, mei, PlatformRole.GRADER)
        with pytest.raises(NotFound):
            accreditations.withdraw(session, olga, mei, PlatformRole.GRADER)
        assert recorded(session, f"person:{mei}") == [
            "person.registered",
            *["accreditation.granted"] * 3,
            "accreditation.withdrawn",
        ]


def test_nobody_accredits_themselves(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    company = organisation(engine, manager=mei)
    manager = acting(engine, mei, company)
    draft = AccreditationDraft(role=PlatformRole.OPERATOR)
    with writing(engine) as session:
        for actor, error in ((manager, Forbidden), (ANONYMOUS, Unauthenticated)):
            with pytest.raises(error):
                accreditations.grant(session, actor, mei, draft)
            with pytest.raises(error):
                accreditations.withdraw(session, actor, mei, PlatformRole.OPERATOR)
            with pytest.raises(NotFound):
                accreditations.of_person(session, actor, wei)
            with pytest.raises(error):
                accreditations.listed(session, actor, PlatformRole.OPERATOR)


def test_the_last_operator_stays_and_a_disabled_one_does_not_count(engine: Engine) -> None:
    olga, otto = operator(engine), operator(engine, "otto")
    with writing(engine) as session:
        people.disable(session, olga, str(otto.person_id))
        with pytest.raises(NotAllowed, match="last operator"):
            accreditations.withdraw(session, COMMAND_LINE, str(olga.person_id), PlatformRole.OPERATOR)
        with pytest.raises(NotAllowed, match="disabled"):
            accreditations.grant(session, olga, str(otto.person_id), AccreditationDraft(role=PlatformRole.GRADER))
        accreditations.withdraw(session, olga, str(otto.person_id), PlatformRole.OPERATOR)


@pytest.mark.parametrize(
    "draft", [{"fields": ["alchemy"]}, {"regions": ["999999"]}, {"workload": -1}, {"role": "king"}, {"person_id": "x"}]
)
def test_an_accreditation_names_what_is_known(engine: Engine, draft: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AccreditationDraft.model_validate({"role": "matchmaker", **draft})
