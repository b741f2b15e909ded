"""Who somebody is to a thing: small named questions, which the policy's table is made of."""

from __future__ import annotations

from collections.abc import Callable

from matcher.actors import Actor
from matcher.drafts import Disclosure
from matcher.entities import PlatformRole, Role
from matcher.mechanisms import By
from matcher.policy_things import AnswerThing, ChallengeThing, ConsentThing, ItemThing, PairThing, Thing, View
from matcher.states import ItemState

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


# -- to challenges --------------------------------------------------------------------------------


def desk(actor: Actor, thing: Thing) -> bool:
    """matchmakers and operators"""
    return bool(actor.platform_roles & {PlatformRole.MATCHMAKER, PlatformRole.OPERATOR})


def setter(actor: Actor, thing: Thing) -> bool:
    """the setter's posters and managers"""
    return poster(actor, thing) or manager(actor, thing)


def challenge_reader(actor: Actor, thing: Thing) -> bool:
    """whoever may know of a challenge: anybody once it is published, those invited where it is private"""
    if not isinstance(thing, ChallengeThing):
        return False
    if of_owner(actor, thing) or desk(actor, thing) or _acts_for(actor, {thing.funder}):
        return True
    return thing.published and (not thing.private or _acts_for(actor, thing.invited))


def mover(actor: Actor, thing: Thing) -> bool:
    """whom the mechanism names for the move"""
    if not isinstance(thing, ChallengeThing):
        return False
    return (
        (By.SETTER in thing.movers and setter(actor, thing))
        or (By.DESK in thing.movers and desk(actor, thing))
        or (By.OPERATOR in thing.movers and operator(actor, thing))
    )


def funder_manager(actor: Actor, thing: Thing) -> bool:
    """managers of the public funder"""
    return isinstance(thing, ChallengeThing) and _acts_for(actor, {thing.funder}) and Role.MANAGER in actor.roles


def answerer(actor: Actor, thing: Thing) -> bool:
    """researchers and managers of other organisations"""
    return outsider(actor, thing) and bool(actor.roles & {Role.RESEARCHER, Role.MANAGER})


# -- to answers, and what comes of them -----------------------------------------------------------


def author(actor: Actor, thing: Thing) -> bool:
    """researchers and managers of the answer's lead"""
    return researcher(actor, thing) or manager(actor, thing)


def own_side(actor: Actor, thing: Thing) -> bool:
    """people of the consortium"""
    return of_owner(actor, thing) or (isinstance(thing, AnswerThing) and _acts_for(actor, thing.partners))


def partner_manager(actor: Actor, thing: Thing) -> bool:
    """managers of a partner"""
    return isinstance(thing, AnswerThing) and _acts_for(actor, thing.partners) and Role.MANAGER in actor.roles


def setter_side(actor: Actor, thing: Thing) -> bool:
    """people of the setter, once the answer is open to them"""
    return isinstance(thing, AnswerThing) and thing.opened and _acts_for(actor, {thing.setter})


def setter_writer(actor: Actor, thing: Thing) -> bool:
    """the setter's posters and managers, once the answer is open to them"""
    return setter_side(actor, thing) and bool(actor.roles & {Role.POSTER, Role.MANAGER})


def setter_manager(actor: Actor, thing: Thing) -> bool:
    """the setter's managers, once the answer is open to them"""
    return setter_side(actor, thing) and Role.MANAGER in actor.roles


def investor(actor: Actor, thing: Thing) -> bool:
    """managers of an organisation invited to invest, once the answer is open to them"""
    return (
        isinstance(thing, AnswerThing)
        and thing.opened
        and _acts_for(actor, thing.investors)
        and Role.MANAGER in actor.roles
    )


def onlooker(actor: Actor, thing: Thing) -> bool:
    """the public funder's people and operators, once the answer is open to others"""
    if not (isinstance(thing, AnswerThing) and thing.opened):
        return False
    return operator(actor, thing) or _acts_for(actor, {thing.funder})


def answer_reader(actor: Actor, thing: Thing) -> bool:
    """its authors, and once it is opened the setter, the funder, investors, operators"""
    return own_side(actor, thing) or setter_side(actor, thing) or onlooker(actor, thing) or investor(actor, thing)


# -- to pairs -------------------------------------------------------------------------------------


def matchmaker(actor: Actor, thing: Thing) -> bool:
    """matchmakers"""
    return PlatformRole.MATCHMAKER in actor.platform_roles


def follower(actor: Actor, thing: Thing) -> bool:
    """the matchmaker it belongs to"""
    return matchmaker(actor, thing) and oneself(actor, thing)


def pair_reader(actor: Actor, thing: Thing) -> bool:
    """matchmakers, operators, and people of the two sides once they were asked"""
    return desk(actor, thing) or (isinstance(thing, PairThing) and _acts_for(actor, thing.asked))


def answering(actor: Actor, thing: Thing) -> bool:
    """matchmakers, operators, and people of the side that is asked"""
    return desk(actor, thing) or of_owner(actor, thing)


def _acts_for(actor: Actor, organisations: frozenset[str] | set[str | None]) -> bool:
    return bool(actor.roles) and actor.organisation_id is not None and actor.organisation_id in organisations
