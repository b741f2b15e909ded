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

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlmodel import col

from matcher.actors import Actor
from matcher.drafts import Disclosure
from matcher.entities import Need, Result
from matcher.errors import Forbidden, NotFound, Unauthenticated
from matcher.policy_things import PLATFORM, AnswerThing, ChallengeThing, ConsentThing, ItemThing, PairThing, Thing, View
from matcher.policy_who import (
    Who,
    answer_reader,
    answerer,
    answering,
    anyone,
    asking,
    author,
    challenge_reader,
    desk,
    either_side,
    follower,
    full_reader,
    funder_manager,
    in_person,
    investor,
    manager,
    matchmaker,
    member,
    mover,
    nobody,
    of_owner,
    oneself,
    onlooker,
    operator,
    outsider,
    pair_reader,
    participant,
    partner_manager,
    party,
    poster,
    reader,
    researcher,
    setter,
    setter_manager,
    setter_side,
    setter_writer,
    view,
)
from matcher.states import ItemState

__all__ = [
    "PLATFORM",
    "RULES",
    "Action",
    "Actor",
    "AnswerThing",
    "ChallengeThing",
    "ConsentThing",
    "Decision",
    "ItemThing",
    "PairThing",
    "Rule",
    "Thing",
    "View",
    "can",
    "require",
    "view",
    "visible",
]


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    reason: str = ""
    """Why not, as a sentence for the one who asked."""
    hidden: bool = False
    """The actor may not even know of the thing."""


YES = Decision(True)


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
    READ_FIGURES = "see the platform's figures"
    LIST_CHALLENGES = "list challenges and mechanisms"
    READ_CHALLENGE = "read a challenge"
    OPEN_CHALLENGE = "open a challenge, compile a guide"
    EDIT_CHALLENGE = "edit a challenge, answer questions, name users who try"
    MOVE_CHALLENGE = "propose, publish, close, open, decide … a challenge"
    FUND_CHALLENGE = "confirm the public part of a challenge's money, take that back"
    INVITE_ANSWERERS = "invite organisations to a challenge"
    NAME_CUSTODIANS = "name who holds the key of a challenge"
    HOLD_KEY = "choose a passphrase, give one's share of a key"
    RECOVER_KEY = "give the installation's share in place of a lost one"
    ASK_QUESTION = "ask a question about a challenge"
    START_ANSWER = "start an answer"
    READ_ANSWER = "read an answer"
    WRITE_ANSWER = "write, hand in, take back an answer"
    CONFIRM_PART = "confirm one's part in a consortium"
    NEGOTIATE = "make, counter, agree to, decline an offer"
    READ_COMMITMENTS = "read what investors commit"
    COMMIT_MONEY = "commit money to an answer"
    DRAW_GRADERS = "draw graders, record conflicts"
    GRADE = "read and grade an answer on one's desk, declare a conflict"
    TRY_OUT = "report a trial"
    READ_GRADES = "read grades and their aggregates, once the round is closed"
    RAISE_OBJECTION = "object to a determination"
    ANSWER_OBJECTION = "answer an objection"
    READ_AWARD = "read an award, its contract, its ledger"
    WRITE_CONTRACT = "draft a contract, ask for a change"
    SIGN_CONTRACT = "confirm a contract, agree to a change"
    DELIVER = "hand in a milestone"
    ACCEPT_DELIVERY = "accept a milestone, record its payment, close the contract"
    EXPORT_DOSSIER = "export the dossier of a challenge"
    READ_NOTICES = "read one's notices"
    SET_NOTICES = "mark one's notices as read, say how one wants them"
    REVIEW_PAIRS = "draw pairs from the queue, decide on them, take it back"
    REFRESH_PAIRS = "have the queue of pairs made anew"
    READ_BOARD = "see the board of pairs"
    READ_PAIR = "read a pair, once its sides are asked"
    FOLLOW_PAIR = "introduce the sides of a pair that one follows, end it"
    HAND_OVER_PAIR = "hand a pair over to another matchmaker"
    READ_PAIR_NOTES = "read the verdicts and notes on a pair"
    WRITE_PAIR_NOTE = "write a note on a pair, reopen it"
    LIST_PAIRS = "list the pairs that one's organisation was asked about"
    READ_INTRODUCTION = "read what one's organisation was asked about a pair"
    ANSWER_INTRODUCTION = "accept or decline an introduction"
    SAVE_SEARCHES = "keep one's own searches"


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
    Action.READ_FIGURES: Rule((operator,), "Operators see this.", writes=False),
    Action.EXPORT_RECORD: Rule((of_owner, operator), "Its own organisation and operators do this.", seen_by=party,
                               writes=False),
    Action.LIST_CHALLENGES: Rule((anyone,), "", writes=False),
    Action.READ_CHALLENGE: Rule((challenge_reader,), "", seen_by=challenge_reader, writes=False),
    Action.OPEN_CHALLENGE: Rule((setter,), "Only its organisation's posters and managers open challenges."),
    Action.EDIT_CHALLENGE: Rule((setter,), "Only the setter's posters and managers do this.",
                                seen_by=challenge_reader),
    Action.MOVE_CHALLENGE: Rule((mover,), "The mechanism leaves this to others: GET /challenges/{id}/moves lists "
                                "what is yours to do.", seen_by=challenge_reader),
    Action.FUND_CHALLENGE: Rule((funder_manager,), "Managers of its public funder do this.",
                                seen_by=challenge_reader),
    Action.INVITE_ANSWERERS: Rule((setter, desk), "The setter, matchmakers and operators invite.",
                                  seen_by=challenge_reader),
    Action.NAME_CUSTODIANS: Rule((manager, operator), "The setter's managers and operators do this.",
                                 seen_by=challenge_reader),
    Action.HOLD_KEY: Rule((oneself,), "Each custodian holds their own share.", seen_by=oneself),
    Action.RECOVER_KEY: Rule((operator,), "Operators do this.", seen_by=challenge_reader),
    Action.ASK_QUESTION: Rule((outsider,), "Act for another organisation than the setter's.",
                              seen_by=challenge_reader),
    Action.START_ANSWER: Rule((answerer,), "Researchers and managers of other organisations answer.",
                              seen_by=challenge_reader),
    Action.READ_ANSWER: Rule((answer_reader,), "", seen_by=answer_reader, writes=False),
    Action.WRITE_ANSWER: Rule((author,), "Its lead's researchers and managers write it.", seen_by=answer_reader),
    Action.CONFIRM_PART: Rule((partner_manager,), "The partner's managers confirm its part.", seen_by=answer_reader),
    Action.NEGOTIATE: Rule((author, setter_writer), "The setter and the answer's lead negotiate.",
                           seen_by=answer_reader),
    Action.READ_COMMITMENTS: Rule((setter_side, onlooker), "The setter and operators see this.",
                                  seen_by=answer_reader, writes=False),
    Action.COMMIT_MONEY: Rule((investor,), "Managers of organisations invited to invest do this.",
                              seen_by=answer_reader),
    Action.DRAW_GRADERS: Rule((manager, operator), "The setter's managers and operators do this.",
                              seen_by=challenge_reader),
    Action.GRADE: Rule((oneself,), "", seen_by=oneself),
    Action.TRY_OUT: Rule((oneself,), "", seen_by=oneself),
    Action.READ_GRADES: Rule((setter_side, onlooker), "The setter, the funder and operators see this.",
                             seen_by=answer_reader, writes=False),
    Action.RAISE_OBJECTION: Rule((author,), "Its lead's researchers and managers object.", seen_by=answer_reader),
    Action.ANSWER_OBJECTION: Rule((operator,), "Operators answer objections.", seen_by=challenge_reader),
    Action.READ_AWARD: Rule((answer_reader,), "", seen_by=answer_reader, writes=False),
    Action.WRITE_CONTRACT: Rule((author, setter_writer), "The two sides do this.", seen_by=answer_reader),
    Action.SIGN_CONTRACT: Rule((manager, setter_manager), "Managers of the two sides do this.",
                               seen_by=answer_reader),
    Action.DELIVER: Rule((author,), "Its lead's researchers and managers do this.", seen_by=answer_reader),
    Action.ACCEPT_DELIVERY: Rule((setter_writer,), "The setter's posters and managers do this.",
                                 seen_by=answer_reader),
    Action.EXPORT_DOSSIER: Rule((setter, operator), "The setter and operators do this.", seen_by=challenge_reader,
                                writes=False),
    Action.READ_NOTICES: Rule((oneself,), _SIGN_IN, seen_by=lambda a, t: t.person is None or oneself(a, t),
                              writes=False),
    Action.SET_NOTICES: Rule((oneself,), _SIGN_IN, seen_by=lambda a, t: t.person is None or oneself(a, t)),
    Action.REVIEW_PAIRS: Rule((follower,), "Matchmakers do this.", seen_by=oneself),
    Action.REFRESH_PAIRS: Rule((desk,), "Matchmakers and operators do this."),
    Action.READ_BOARD: Rule((desk,), "Matchmakers and operators see this.", writes=False),
    Action.READ_PAIR: Rule((pair_reader,), "", seen_by=pair_reader, writes=False),
    Action.FOLLOW_PAIR: Rule((follower,), "The matchmaker who follows it does this.", seen_by=pair_reader),
    Action.HAND_OVER_PAIR: Rule((follower, operator), "The matchmaker who follows it and operators do this.",
                                seen_by=pair_reader),
    Action.READ_PAIR_NOTES: Rule((matchmaker,), "Matchmakers see this.", seen_by=pair_reader, writes=False),
    Action.WRITE_PAIR_NOTE: Rule((matchmaker,), "Matchmakers do this.", seen_by=pair_reader),
    Action.LIST_PAIRS: Rule((member,), "Introductions are between organisations: act for one first.", writes=False),
    Action.READ_INTRODUCTION: Rule((of_owner,), "The people of the side that is asked see this.",
                                   seen_by=answering, writes=False),
    Action.ANSWER_INTRODUCTION: Rule((poster, researcher, manager), "The people of the side that is asked answer.",
                                     seen_by=answering),
    Action.SAVE_SEARCHES: Rule((oneself,), _SIGN_IN, seen_by=oneself),
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
