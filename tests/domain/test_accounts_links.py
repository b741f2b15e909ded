"""Links sent by mail: confirm an address, reset a password, invite."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from accounts_support import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PASSWORD,
    SECRETS,
    acting,
    email,
    operator,
    organisation,
    person,
    recorded,
    signed_in,
    stored,
)
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import select

from matcher.accounts import erasure, invitations, keys, links, members, passwords, people, sign_ins, tokens
from matcher.accounts.invitations import Acceptance
from matcher.accounts.secrets import Secrets
from matcher.accounts.tokens import TokenDraft
from matcher.actors import ANONYMOUS, COMMAND_LINE, Actor
from matcher.entities import Event, Link, LinkPurpose, Organisation, OrganisationKind, Role
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound, Unauthenticated
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading, writing

pytestmark = ON_BOTH

NEW = "velvet-harbour-31"
SECOND = timedelta(seconds=1)
FOUNDED = OrganisationDraft(kind=OrganisationKind.LAB, name="新实验室")


def confirmation(engine: Engine, person_id: str, at: datetime = NOON) -> str:
    with writing(engine) as session:
        actor = people.actor_for(session, people.find(session, person_id), None)
        letter = links.request_confirmation(session, actor, SECRETS, person_id, at=at)
    assert letter is not None
    return letter.signed


def confirm(engine: Engine, signed: str, at: datetime = NOON) -> None:
    with writing(engine) as session:
        links.confirm_email(session, ANONYMOUS, SECRETS, signed, at=at)


def asked_reset(engine: Engine, address: str = "mei@example.com", at: datetime = NOON) -> str | None:
    with writing(engine) as session:
        letter = links.request_reset(session, ANONYMOUS, SECRETS, address, at=at)
    return letter.signed if letter else None


def reset(engine: Engine, signed: str | None, new: str = NEW, at: datetime = NOON) -> keys.Ended:
    return links.reset_password(engine, ANONYMOUS, SECRETS, signed or "", new, at=at)


def invited(
    engine: Engine, actor: Actor, address: str, organisation_id: str, *roles: Role, at: datetime = NOON
) -> tuple[str, str]:
    """Id and signed text."""
    with writing(engine) as session:
        link, signed = invitations.invite(session, actor, SECRETS, address, organisation_id, roles, at=at)
        return link.id, signed


def accept(engine: Engine, signed: str, actor: Actor = ANONYMOUS, at: datetime = NOON, **given: Any) -> str:
    """The id of who accepted; given nothing, somebody new called Wei."""
    acceptance = Acceptance(**(given or {"name": "Wei", "password": NEW}))
    return invitations.accept(engine, actor, SECRETS, signed, acceptance, at=at)[0].id


# -- confirm and reset ----------------------------------------------------------------------------


def test_a_letter_says_to_whom_and_until_when_and_does_not_show_its_link(engine: Engine) -> None:
    mei = person(engine, confirmed=False)
    with writing(engine) as session:
        letter = links.request_confirmation(session, COMMAND_LINE, SECRETS, mei, at=NOON)
        assert letter is not None
        assert (letter.email, letter.name, letter.expires_at) == (email("mei"), "mei", NOON + 3 * DAY)
        assert letter.signed not in repr(letter)
        assert letter.signed not in str([link.model_dump() for link in session.exec(select(Link))])


def test_a_confirmed_address_needs_no_letter(engine: Engine) -> None:
    mei = person(engine, confirmed=False)
    confirm(engine, confirmation(engine, mei), at=NOON + DAY)
    assert stored(engine, mei).email_confirmed_at == NOON + DAY
    with writing(engine) as session:
        assert links.request_confirmation(session, acting(engine, mei), SECRETS, mei, at=NOON + DAY) is None


def test_a_reset_sets_the_password_ends_sign_ins_and_tokens_and_confirms_the_address(engine: Engine) -> None:
    mei = person(engine, confirmed=False)
    _, token = signed_in(engine)
    with writing(engine) as session:
        _, secret = tokens.create(session, COMMAND_LINE, mei, TokenDraft(name="nightly"), at=NOON)
    assert reset(engine, asked_reset(engine, " MEI@example.com")) == keys.Ended(sign_ins=1, tokens=1)
    kept = stored(engine, mei)
    assert passwords.check(NEW, kept.password_hash)[0]
    assert kept.email_confirmed_at == NOON
    with reading(engine) as session:
        with pytest.raises(Unauthenticated):
            sign_ins.actor_of(session, token, at=NOON)
        with pytest.raises(Unauthenticated):
            tokens.actor_of(session, secret, at=NOON)
        assert recorded(session, f"person:{mei}")[-2:] == ["person.reset_password_asked", "person.password_changed"]


def test_no_reset_for_who_has_no_account_in_use(engine: Engine) -> None:
    mei = person(engine)
    with writing(engine) as session:
        people.disable(session, COMMAND_LINE, mei)
    assert [asked_reset(engine, one) for one in ("mei@example.com", "nobody@example.com", "no address")] == [None] * 3


def test_a_refused_password_leaves_the_reset_link_good(engine: Engine) -> None:
    mei = person(engine)
    signed = asked_reset(engine)
    for bad in ("short", "mei@example.com"):
        with pytest.raises(Invalid):
            reset(engine, signed, bad)
    reset(engine, signed)
    assert passwords.check(NEW, stored(engine, mei).password_hash)[0]


def test_nobodys_mailbox_is_filled(engine: Engine) -> None:
    person(engine)
    assert asked_reset(engine)
    assert asked_reset(engine, at=NOON + MINUTE - SECOND) is None
    assert asked_reset(engine, at=NOON + MINUTE)


# -- what holds for every link --------------------------------------------------------------------

Use = Callable[[Engine, str, datetime], object]


def an_invitation(engine: Engine, at: datetime) -> str:
    with reading(engine) as session:
        there = session.exec(select(Organisation.id)).first()
    return invited(engine, COMMAND_LINE, "wei@example.com", there or organisation(engine), Role.POSTER, at=at)[1]


KINDS: dict[str, tuple[Callable[[Engine, datetime], str], Use, timedelta]] = {
    "confirm": (
        lambda engine, at: confirmation(engine, mei_of(engine), at),
        lambda engine, signed, at: confirm(engine, signed, at),
        3 * DAY,
    ),
    "reset": (
        lambda engine, at: str(asked_reset(engine, at=at)),
        lambda engine, signed, at: reset(engine, signed, at=at),
        HOUR,
    ),
    "invite": (an_invitation, lambda engine, signed, at: accept(engine, signed, at=at), 14 * DAY),
}


def mei_of(engine: Engine) -> str:
    with reading(engine) as session:
        mei = people.by_email(session, email("mei"))
        assert mei is not None
        return mei.id


EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


@EVERY_KIND
def test_a_link_is_good_once(engine: Engine, kind: str) -> None:
    person(engine, confirmed=False)
    make, use, _ = KINDS[kind]
    signed = make(engine, NOON)
    use(engine, signed, NOON)
    with pytest.raises(NotAllowed, match="was used, replaced by a newer one, or has expired"):
        use(engine, signed, NOON)


@EVERY_KIND
def test_a_link_is_good_until_it_expires(engine: Engine, kind: str) -> None:
    person(engine, confirmed=False)
    make, use, lasts = KINDS[kind]
    with pytest.raises(NotAllowed, match="has expired"):
        use(engine, make(engine, NOON), NOON + lasts)
    use(engine, make(engine, NOON + DAY), NOON + DAY + lasts - SECOND)


@EVERY_KIND
def test_a_newer_link_replaces_the_older(engine: Engine, kind: str) -> None:
    person(engine, confirmed=False)
    make, use, _ = KINDS[kind]
    older, newer = make(engine, NOON), make(engine, NOON + MINUTE)
    with pytest.raises(NotAllowed, match="replaced by a newer one"):
        use(engine, older, NOON + MINUTE)
    use(engine, newer, NOON + MINUTE)


@EVERY_KIND
def test_a_link_cannot_be_made_up_changed_or_used_for_another_purpose(engine: Engine, kind: str) -> None:
    person(engine, confirmed=False)
    make, use, _ = KINDS[kind]
    signed = make(engine, NOON)
    with reading(engine) as session:
        id = session.exec(select(Link.id)).one()
    others = [other for name, (other, _, _) in KINDS.items() if name != kind]
    forged = Secrets(bytes(32)).sign("link reset_password", id)
    for bad in ("", id, signed + "x", signed[1:], forged, "\udcff", *(other(engine, NOON) for other in others)):
        with pytest.raises(NotAllowed, match="not complete, or was never made here"):
            use(engine, bad, NOON)
    use(engine, signed, NOON)


@EVERY_KIND
def test_of_two_uses_at_once_one_wins(engine: Engine, kind: str) -> None:
    person(engine, confirmed=False)
    make, use, _ = KINDS[kind]
    signed = make(engine, NOON)

    def tried(_: int) -> str:
        try:
            use(engine, signed, NOON)
        except (NotAllowed, Unauthenticated) as refused:
            return type(refused).__name__
        return "won"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(tried, range(4)))
    assert outcomes.count("won") == 1, outcomes


@pytest.mark.parametrize("kind", ["confirm", "reset"])
@pytest.mark.parametrize("end", [people.disable, erasure.erase])
def test_the_links_of_an_ended_account_are_dead(engine: Engine, kind: str, end: Callable[..., object]) -> None:
    mei = person(engine, confirmed=False)
    make, use, _ = KINDS[kind]
    signed = make(engine, NOON)
    with writing(engine) as session:
        end(session, COMMAND_LINE, mei)
    with pytest.raises(NotAllowed):
        use(engine, signed, NOON)


# -- invitations ----------------------------------------------------------------------------------


def test_who_is_new_accepts_with_a_name_and_a_password_and_is_confirmed(engine: Engine) -> None:
    mei = person(engine)
    company = organisation(engine, manager=mei)
    id, signed = invited(engine, acting(engine, mei, company), " WEI@example.com", company, Role.POSTER)
    with reading(engine) as session:
        shown = invitations.look(session, ANONYMOUS, SECRETS, signed, at=NOON)
        assert shown.organisation is not None
        assert (shown.email, shown.organisation.id, shown.roles, shown.has_account, shown.expires_at) == (
            "wei@example.com", company, {Role.POSTER}, False, NOON + 14 * DAY,
        )  # fmt: skip
    wei = accept(engine, signed, at=NOON + DAY)
    kept = stored(engine, wei)
    assert (kept.email, kept.name, kept.email_confirmed_at) == ("wei@example.com", "Wei", NOON + DAY)
    assert acting(engine, wei, company).roles == {Role.POSTER}
    signed_in_as, _ = sign_ins.sign_in(engine, ANONYMOUS, SECRETS, "wei@example.com", NEW, at=NOON)
    assert signed_in_as.organisation_id == company
    with reading(engine) as session:
        joined = session.exec(select(Event).where(Event.action == "membership.changed")).all()[-1]
        assert (joined.actor, joined.detail) == (
            f"person:{wei}",
            {"person": wei, "roles": ["poster"], "before": [], "invitation": id},
        )
        assert "wei@" not in str([event.detail for event in session.exec(select(Event))])


def test_who_has_an_account_accepts_signed_in_to_it(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    company = organisation(engine, manager=mei, poster=wei)
    _, signed = invited(engine, acting(engine, mei, company), email("wei"), company, Role.RESEARCHER)
    with pytest.raises(Unauthenticated, match="sign in, then open the link again"):
        accept(engine, signed)
    with pytest.raises(Forbidden, match="another account"):
        accept(engine, signed, acting(engine, mei))
    assert accept(engine, signed, acting(engine, wei)) == wei
    assert acting(engine, wei, company).roles == {Role.POSTER, Role.RESEARCHER}
    assert passwords.check(PASSWORD, stored(engine, wei).password_hash)[0], "what was handed in is not taken"


def test_somebody_signed_in_does_not_make_an_account_for_another(engine: Engine) -> None:
    mei = person(engine)
    company = organisation(engine, manager=mei)
    _, signed = invited(engine, acting(engine, mei, company), "wei@example.com", company, Role.POSTER)
    with pytest.raises(Forbidden, match="another address"):
        accept(engine, signed, acting(engine, mei))


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"name": " \u200b", "password": NEW}, "name"),
        ({"name": "x" * 201, "password": NEW}, "name"),
        ({"name": "Wei", "password": "short"}, "password"),
        ({"name": "Wei", "password": "wei@example.com"}, "password"),
        ({"name": "Wei", "password": NEW, "organisation": FOUNDED}, "organisation"),
    ],
)
def test_a_refused_acceptance_leaves_the_link_good(engine: Engine, given: dict[str, Any], place: str) -> None:
    mei = person(engine)
    company = organisation(engine, manager=mei)
    _, signed = invited(engine, acting(engine, mei, company), "wei@example.com", company, Role.POSTER)
    with pytest.raises(Invalid) as refused:
        accept(engine, signed, **given)
    assert refused.value.place == place
    accept(engine, signed)


def test_managers_and_operators_invite_and_nobody_else(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    company = organisation(engine, manager=mei, poster=wei)
    other = organisation(engine, "乙公司", manager=wei)
    refused = {
        "poster": (acting(engine, wei, company), Forbidden),
        "manager elsewhere": (acting(engine, wei, other), Forbidden),
        "manager for none": (acting(engine, mei), Forbidden),
        "nobody": (ANONYMOUS, Unauthenticated),
    }
    for actor, error in refused.values():
        with pytest.raises(error):
            invited(engine, actor, "x@example.com", company, Role.POSTER)
        with reading(engine) as session, pytest.raises(error):
            invitations.listed(session, actor, company)
    invited(engine, operator(engine), "x@example.com", company, Role.MANAGER)
    with pytest.raises(Invalid, match="at least one of poster, researcher, manager"):
        invited(engine, acting(engine, mei, company), "x@example.com", company)
    with pytest.raises(Invalid, match="not an e-mail address"):
        invited(engine, acting(engine, mei, company), "x", company, Role.POSTER)
    with pytest.raises(NotFound):
        invited(engine, operator(engine, "otto"), "x@example.com", "nowhere", Role.POSTER)


def test_whoever_may_not_invite_any_more_has_no_invitation_left(engine: Engine) -> None:
    mei, lan = person(engine), person(engine, "lan")
    company = organisation(engine, manager=mei)
    _, signed = invited(engine, acting(engine, mei, company), "wei@example.com", company, Role.MANAGER)
    with writing(engine) as session:
        members.set_roles(session, COMMAND_LINE, company, lan, [Role.MANAGER])
        members.leave(session, COMMAND_LINE, company, mei)
    with pytest.raises(NotAllowed, match="may not invite any more"):
        accept(engine, signed)
    with writing(engine) as session:
        members.set_roles(session, COMMAND_LINE, company, mei, [Role.MANAGER])
    accept(engine, signed)


def test_who_founds_an_organisation_manages_it(engine: Engine) -> None:
    mei = person(engine)
    olga = operator(engine)
    with writing(engine) as session:
        with pytest.raises(Forbidden):
            invitations.found(session, people.actor_for(session, people.find(session, mei), None), SECRETS, "x@y.cn")
        _, signed = invitations.found(session, olga, SECRETS, "wei@example.com", [Role.RESEARCHER], at=NOON)
        assert invitations.look(session, ANONYMOUS, SECRETS, signed, at=NOON).organisation is None
    with pytest.raises(Invalid, match="organisation: is needed to found one"):
        accept(engine, signed)
    acceptance = Acceptance(name="Wei", password=NEW, organisation=FOUNDED)
    wei, founded = invitations.accept(engine, ANONYMOUS, SECRETS, signed, acceptance, at=NOON)
    actor = acting(engine, wei.id, founded)
    assert (actor.roles, actor.platform_roles) == ({Role.MANAGER, Role.RESEARCHER}, frozenset())
    with reading(engine) as session:
        admitted = session.exec(select(Event).where(Event.action == "organisation.admitted")).one()
        assert (admitted.actor, admitted.thing) == (f"person:{wei.id}", f"organisation:{founded}")


def test_a_name_taken_meanwhile_leaves_the_founding_link_good(engine: Engine) -> None:
    organisation(engine, "新实验室")
    with writing(engine) as session:
        _, signed = invitations.found(session, COMMAND_LINE, SECRETS, "wei@example.com", at=NOON)
    with pytest.raises(Conflict, match="already an organisation named"):
        accept(engine, signed, name="Wei", password=NEW, organisation=FOUNDED)
    with reading(engine) as session:
        assert people.by_email(session, "wei@example.com") is None
    other = FOUNDED.model_copy(update={"name": "另一实验室"})
    accept(engine, signed, name="Wei", password=NEW, organisation=other)


def test_waiting_invitations_are_listed_and_taken_back_by_those_who_may_invite(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    olga = operator(engine)
    company = organisation(engine, manager=mei)
    other = organisation(engine, "乙公司", manager=wei)
    manager, stranger = acting(engine, mei, company), acting(engine, wei, other)
    first, signed = invited(engine, manager, "a@example.com", company, Role.POSTER)
    second, _ = invited(engine, manager, "b@example.com", company, Role.POSTER, at=NOON + MINUTE)
    with writing(engine) as session:
        founding, _ = invitations.found(session, olga, SECRETS, "c@example.com", at=NOON)
        listed = partial(invitations.listed, session, manager, company)
        assert [link.id for link in listed(at=NOON)] == [second, first]
        assert [link.id for link in listed(at=NOON + 14 * DAY)] == [second]
        assert [link.id for link in invitations.listed(session, olga, None, at=NOON)] == [founding.id]
        with pytest.raises(Forbidden):
            invitations.listed(session, manager, None)
        for actor, id in ((stranger, first), (manager, founding.id), (manager, "nothing")):
            with pytest.raises(NotFound):
                invitations.take_back(session, actor, id)
        invitations.take_back(session, manager, first, at=NOON)
        invitations.take_back(session, olga, founding.id, at=NOON)
        assert [link.id for link in listed(at=NOON)] == [second]
        assert recorded(session, f"invitation:{first}") == ["invitation.made", "invitation.taken_back"]
    with pytest.raises(NotAllowed):
        accept(engine, signed)


def test_only_invitations_are_taken_back(engine: Engine) -> None:
    person(engine)
    assert asked_reset(engine)
    with writing(engine) as session:
        reset_link = session.exec(select(Link).where(Link.purpose == LinkPurpose.RESET_PASSWORD)).one()
        with pytest.raises(NotFound):
            invitations.take_back(session, COMMAND_LINE, reset_link.id)


def test_an_invitation_gives_no_roles_elsewhere(engine: Engine) -> None:
    mei = person(engine)
    company, other = organisation(engine, manager=mei), organisation(engine, "乙公司")
    _, signed = invited(engine, acting(engine, mei, company), "wei@example.com", company, Role.POSTER)
    wei = accept(engine, signed)
    with pytest.raises(Forbidden):
        acting(engine, wei, other)
    with reading(engine) as session:
        assert [(one.id, roles) for one, roles in members.of_person(session, acting(engine, wei), wei)] == [
            (company, {Role.POSTER})
        ]
