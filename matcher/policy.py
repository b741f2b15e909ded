"""Who may see and do what: the one place that decides.

`can` answers for one actor, one action and one thing, with the reason; `require` raises what it
answers; `visible` gives the same rule for reading needs and results as a query. What an actor may
not know of is refused as if it did not exist; what they may know of but not do, with the reason.

How much of a need or result is shown is a `View`, by its disclosure tier and by who looks:

    tier      anonymous   participant   participant with consent   own organisation
    public    public      public        full                       full
    summary   nothing     summary       full                       full
    consent   nothing     field         full                       full

A participant acts for an organisation, or for the platform as a matchmaker or operator. Withdrawn
ones are shown to their own organisation alone. `matcher.disclosure` says what each view holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlmodel import col

from matcher.actors import Actor
from matcher.drafts import Disclosure
from matcher.entities import Kind, Need, PlatformRole, Result, Role
from matcher.errors import Forbidden, NotFound, Unauthenticated
from matcher.states import ItemState


class View(IntEnum):
    """How much of a need or result somebody is shown; each holds what the ones before it hold."""

    NOTHING = 0
    FIELD = 1
    SUMMARY = 2
    PUBLIC = 3
    FULL = 4


@dataclass(frozen=True, slots=True)
class Thing:
    """What an action is about, as far as the policy asks."""

    name: str
    """As it is called in a refusal: need, organisation …"""
    id: str = ""
    owner: str | None = None
    """The organisation it belongs to."""
    person: str | None = None
    """The person it belongs to."""


@dataclass(frozen=True, slots=True)
class ItemThing(Thing):
    """A need or a result."""

    kind: Kind = Kind.NEED
    state: ItemState = ItemState.OPEN
    tier: Disclosure = Disclosure.PUBLIC
    consented: bool = False
    """The actor's organisation has the owner's consent, just now."""


@dataclass(frozen=True, slots=True)
class ConsentThing(Thing):
    """A request for consent: `owner` was asked, `asking` asks."""

    asking: str | None = None


PLATFORM = Thing("platform")
"""For actions that are about no single thing."""


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    reason: str = ""
    """Why not, as a sentence for the one who asked."""
    hidden: bool = False
    """The actor may not even know of the thing."""


YES = Decision(True)


# -- who somebody is to a thing: small named questions --------------------------------------------

Who = Callable[[Actor, Thing], bool]


def anyone(actor: Actor, thing: Thing) -> bool:
    """anyone, signed in or not"""
    return True


def participant(actor: Actor, thing: Thing) -> bool:
    """who acts for an organisation, matchmakers, operators"""
    return bool(actor.organisation_id and actor.roles) or bool(
        actor.platform_roles & {PlatformRole.MATCHMAKER, PlatformRole.OPERATOR}
    )


def of_owner(actor: Actor, thing: Thing) -> bool:
    """people of the organisation it belongs to"""
    return thing.owner is not None and actor.organisation_id == thing.owner and bool(actor.roles)


def poster(actor: Actor, thing: Thing) -> bool:
    """its organisation's posters"""
    return of_owner(actor, thing) and Role.POSTER in actor.roles


def researcher(actor: Actor, thing: Thing) -> bool:
    """its organisation's researchers"""
    return of_owner(actor, thing) and Role.RESEARCHER in actor.roles


def manager(actor: Actor, thing: Thing) -> bool:
    """its organisation's managers"""
    return of_owner(actor, thing) and Role.MANAGER in actor.roles


def member(actor: Actor, thing: Thing) -> bool:
    """who acts for an organisation"""
    return bool(actor.organisation_id and actor.roles)


def outsider(actor: Actor, thing: Thing) -> bool:
    """who acts for another organisation"""
    return member(actor, thing) and not of_owner(actor, thing)


def asking(actor: Actor, thing: Thing) -> bool:
    """people of the organisation that asks"""
    wanted = thing.asking if isinstance(thing, ConsentThing) else None
    return wanted is not None and actor.organisation_id == wanted and bool(actor.roles)


def either_side(actor: Actor, thing: Thing) -> bool:
    """people of the organisation that asks, and of the owner's"""
    return asking(actor, thing) or of_owner(actor, thing)


def operator(actor: Actor, thing: Thing) -> bool:
    """operators"""
    return PlatformRole.OPERATOR in actor.platform_roles


def oneself(actor: Actor, thing: Thing) -> bool:
    """the person it belongs to"""
    return thing.person is not None and actor.person_id == thing.person


def in_person(actor: Actor, thing: Thing) -> bool:
    """the person it belongs to, signed in and not by a token"""
    return oneself(actor, thing) and actor.token_id is None


def nobody(actor: Actor, thing: Thing) -> bool:
    """nobody but who has a shell where the data lies"""
    return False


def reader(actor: Actor, thing: Thing) -> bool:
    """whoever is shown any of it"""
    return isinstance(thing, ItemThing) and view(actor, thing) > View.NOTHING


def full_reader(actor: Actor, thing: Thing) -> bool:
    """whoever is shown the whole text"""
    return isinstance(thing, ItemThing) and view(actor, thing) >= View.PUBLIC


def party(actor: Actor, thing: Thing) -> bool:
    """its organisation's people, operators, and whoever is shown any of it"""
    return of_owner(actor, thing) or operator(actor, thing) or reader(actor, thing)


# -- the table ------------------------------------------------------------------------------------


class Action(StrEnum):
    LIST_ITEMS = "list needs and results"
    READ_ITEM = "read a need or result, as far as its tier goes"
    MATCH_ITEM = "see the matches of a need or result"
    MATCH_TEXT = "match a text that is not stored"
    POST_NEED = "post needs and problem lists"
    POST_RESULT = "register results"
    EDIT_NEED = "edit, close, withdraw, reopen a need"
    EDIT_RESULT = "edit, close, withdraw, reopen a result"
    READ_HISTORY = "read the history of a need or result"
    READ_READINGS = "see who has read a need or result"
    READ_LIST = "read a problem list as a whole"
    LIST_LISTS = "list one's organisation's problem lists"
    ASK_CONSENT = "ask for consent to read in full"
    LIST_CONSENTS = "list one's organisation's requests for consent and agreements"
    READ_CONSENT = "read a request for consent"
    ANSWER_CONSENT = "grant, refuse, withdraw consent"
    ACCEPT_AGREEMENT = "accept a confidentiality agreement, take a request back"
    WRITE_AGREEMENT = "write confidentiality agreements"
    READ_AGREEMENT = "read a confidentiality agreement outside of a request"
    LIST_ORGANISATIONS = "list organisations"
    ADMIT_ORGANISATION = "admit organisations"
    INVITE = "invite people into an organisation"
    READ_MEMBERS = "see an organisation's people"
    CHANGE_MEMBERS = "change roles in an organisation"
    FOUND = "invite an organisation onto the platform"
    ACCREDIT = "give platform roles"
    READ_PEOPLE = "list people"
    DISABLE_PERSON = "disable and re-enable an account"
    SIGN_IN = "sign in, use a link that was sent by mail"
    READ_ACCOUNT = "read one's own account, sessions and tokens"
    OWN_ACCOUNT = "change one's own account, sessions and tokens"
    ADMIT_PERSON = "make an account for somebody who was not invited"
    SET_PASSWORD = "set a password without the old one or a link"
    ERASE_PERSON = "erase a person's particulars"
    VERIFY_RECORD = "verify the record"
    EXPORT_RECORD = "export the evidence of one matter"


@dataclass(frozen=True, slots=True)
class Rule:
    who: tuple[Who, ...]
    """Any one of these is enough."""
    otherwise: str
    """The reason of a refusal."""
    seen_by: Who = anyone
    """Who may know of the thing: to anybody else it does not exist."""
    writes: bool = field(default=True)


_READ_ONLY = "This token may only read."
_SIGN_IN = "Sign in first."

RULES: dict[Action, Rule] = {
    Action.LIST_ITEMS: Rule((anyone,), "", writes=False),
    Action.READ_ITEM: Rule((reader,), "", seen_by=reader, writes=False),
    Action.MATCH_ITEM: Rule(
        (full_reader,), "Matches quote its text: ask its owner for consent first.", seen_by=reader, writes=False
    ),
    Action.MATCH_TEXT: Rule((anyone,), "", writes=False),
    Action.POST_NEED: Rule((poster, manager), "Only its organisation's posters and managers post needs."),
    Action.POST_RESULT: Rule((researcher, manager), "Only its organisation's researchers and managers do that."),
    Action.EDIT_NEED: Rule(
        (poster, manager), "Only its organisation's posters and managers change a need.", seen_by=reader
    ),
    Action.EDIT_RESULT: Rule(
        (researcher, manager), "Only its organisation's researchers and managers change a result.", seen_by=reader
    ),
    Action.READ_HISTORY: Rule((of_owner,), "Only its own organisation reads this.", seen_by=reader, writes=False),
    Action.READ_READINGS: Rule((of_owner,), "Only its own organisation sees this.", seen_by=reader, writes=False),
    Action.READ_LIST: Rule((of_owner,), "", seen_by=of_owner, writes=False),
    Action.LIST_LISTS: Rule((member,), "Problem lists belong to organisations: act for one first.", writes=False),
    Action.ASK_CONSENT: Rule((outsider,), "Consent is given to other organisations: act for one.", seen_by=reader),
    Action.LIST_CONSENTS: Rule((member,), "Consent is between organisations: act for one first.", writes=False),
    Action.READ_CONSENT: Rule((either_side,), "", seen_by=either_side, writes=False),
    Action.ANSWER_CONSENT: Rule((manager,), "The owner's managers answer.", seen_by=either_side),
    Action.ACCEPT_AGREEMENT: Rule((asking,), "The organisation that asked does this.", seen_by=either_side),
    Action.WRITE_AGREEMENT: Rule((manager,), "Only the organisation's managers write its agreements."),
    Action.READ_AGREEMENT: Rule((of_owner,), "", seen_by=of_owner, writes=False),
    Action.LIST_ORGANISATIONS: Rule((participant,), _SIGN_IN, writes=False),
    Action.ADMIT_ORGANISATION: Rule((operator,), "Operators admit organisations."),
    Action.INVITE: Rule((manager, operator), "Only its managers and operators invite."),
    Action.READ_MEMBERS: Rule((of_owner, operator), "Only its own people see this.", writes=False),
    Action.CHANGE_MEMBERS: Rule((manager, operator), "Only its managers and operators change roles."),
    Action.FOUND: Rule((operator,), "Operators invite organisations."),
    Action.ACCREDIT: Rule((operator,), "Operators give platform roles."),
    Action.READ_PEOPLE: Rule((operator,), "Operators see this.", writes=False),
    Action.DISABLE_PERSON: Rule((operator,), "Operators do this."),
    Action.SIGN_IN: Rule((anyone,), ""),
    Action.READ_ACCOUNT: Rule(
        (oneself,), _SIGN_IN, seen_by=lambda a, t: t.person is None or oneself(a, t), writes=False
    ),
    Action.OWN_ACCOUNT: Rule(
        (in_person,), "Sign in for this: a token may not.", seen_by=lambda a, t: t.person is None or oneself(a, t)
    ),
    Action.ADMIT_PERSON: Rule((operator,), "Operators make accounts; everybody else is invited."),
    Action.SET_PASSWORD: Rule((nobody,), "A password is changed by its owner, or reset by mail."),
    Action.ERASE_PERSON: Rule((in_person, operator), "Operators do this, or the person."),
    Action.VERIFY_RECORD: Rule((operator,), "Operators do this.", writes=False),
    Action.EXPORT_RECORD: Rule((of_owner, operator), "Its own organisation and operators do this.", seen_by=party,
                               writes=False),
}  # fmt: skip


# -- the door -------------------------------------------------------------------------------------


def can(actor: Actor, action: Action, thing: Thing = PLATFORM) -> Decision:
    """Whether this actor may do this to this thing, and if not, why."""
    rule = RULES[action]
    if actor.trusted:
        return YES
    if not rule.seen_by(actor, thing):
        return Decision(False, f"No {thing.name} {thing.id!r}.", hidden=True)
    if not any(who(actor, thing) for who in rule.who):
        return Decision(False, rule.otherwise if actor.known else _SIGN_IN)
    if rule.writes and not actor.may_write:
        return Decision(False, _READ_ONLY)
    return YES


def require(actor: Actor, action: Action, thing: Thing = PLATFORM) -> None:
    """Raises NotFound for what the actor may not know of, Forbidden with the reason for the rest, and
    Unauthenticated where signing in may help."""
    decision = can(actor, action, thing)
    if decision.hidden:
        raise NotFound(thing.name, thing.id)
    if not decision.allowed:
        raise Forbidden(decision.reason) if actor.known else Unauthenticated(decision.reason)


def view(actor: Actor, item: ItemThing) -> View:
    """How much of a need or result this actor is shown: the table above."""
    if actor.trusted or of_owner(actor, item):
        return View.FULL
    if item.state is ItemState.WITHDRAWN:
        return View.NOTHING
    if item.consented and member(actor, item):
        return View.FULL
    if item.tier is Disclosure.PUBLIC:
        return View.PUBLIC
    if not participant(actor, item):
        return View.NOTHING
    return View.SUMMARY if item.tier is Disclosure.SUMMARY else View.FIELD


def visible(
    actor: Actor, table: type[Need] | type[Result], *, at_least: View = View.FIELD, consented: Collection[str] = ()
) -> ColumnElement[bool]:
    """The needs or results of which `view` is `at_least` that, as a condition of a query.

    `consented` are ids that the actor's organisation has consent for.
    """
    if actor.trusted:
        return true()
    shown: list[ColumnElement[bool]] = []
    tiers = [tier for tier, reached in _TIERS.items() if reached >= at_least]
    if not participant(actor, PLATFORM):
        tiers = [tier for tier in tiers if tier is Disclosure.PUBLIC]
    if tiers:
        shown.append(col(table.disclosure).in_(tiers))
    if consented and member(actor, PLATFORM):
        shown.append(col(table.id).in_(consented))
    standing = and_(col(table.state) != ItemState.WITHDRAWN, or_(*shown)) if shown else false()
    if member(actor, PLATFORM):
        return or_(standing, col(table.organisation_id) == actor.organisation_id)
    return standing


_TIERS: dict[Disclosure, View] = {
    Disclosure.PUBLIC: View.PUBLIC,
    Disclosure.SUMMARY: View.SUMMARY,
    Disclosure.CONSENT: View.FIELD,
}
"""What a participant is shown of each tier."""
