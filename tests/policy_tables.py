"""The policy as people read it. Written by hand; nothing here asks the policy's own code.

A cell answers for one column and one row: `Y` yes, `n` no, with a reason, and `.` there is no such
thing as far as this one may know.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from matcher.actors import ANONYMOUS, COMMAND_LINE, Actor
from matcher.drafts import Disclosure
from matcher.entities import PlatformRole, Role
from matcher.policy import Action, View
from matcher.states import ItemState

HOME, OTHER, THIRD = "home", "other", "third"
"""Organisations: whose the thing is, one with consent or that asks for it, and one that is neither."""


def at(organisation: str, *roles: Role, may_write: bool = True) -> Actor:
    name = f"{organisation}-{'-'.join(roles)}"
    return Actor(f"person:{name}", organisation, frozenset(roles), person_id=name, may_write=may_write)


def on_platform(role: PlatformRole) -> Actor:
    return Actor(f"person:{role}", platform_roles=frozenset({role}), person_id=str(role))


ACTORS: dict[str, Actor] = {
    "anonymous": ANONYMOUS,
    "person": Actor("person:mei", person_id="mei"),
    "poster": at(HOME, Role.POSTER),
    "researcher": at(HOME, Role.RESEARCHER),
    "manager": at(HOME, Role.MANAGER),
    "token": at(HOME, Role.MANAGER, may_write=False),
    "other": at(OTHER, Role.MANAGER),
    "third": at(THIRD, Role.MANAGER),
    "match": on_platform(PlatformRole.MATCHMAKER),
    "grader": on_platform(PlatformRole.GRADER),
    "oper": on_platform(PlatformRole.OPERATOR),
    "shell": COMMAND_LINE,
}
"""`person`: signed in, acting for nobody. `poster` … `token`: of the owner, `token` a manager's that
may only read. `other`: with consent, or asking for it. `match`: a matchmaker. `shell`: the command line."""

# How much of an item is shown.  - nothing  f field  s summary  p public  F full
#             anonymous person poster researcher manager token other third match grader oper shell
VIEWS = """
public             p      p      F          F       F     F     F     p     p      p    p     F
summary            -      -      F          F       F     F     F     s     s      -    s     F
consent            -      -      F          F       F     F     F     f     f      -    f     F
withdrawn          -      -      F          F       F     F     -     -     -      -    -     F
"""

# Each cell: public, summary, by consent, withdrawn (whatever its tier).
#             anonymous person poster researcher manager token other third match grader oper shell
ITEM_ACTIONS = """
READ_ITEM          Y...   Y...   YYYY       YYYY    YYYY  YYYY  YYY.  YYY.  YYY.   Y... YYY.  YYYY
MATCH_ITEM         Y...   Y...   YYYY       YYYY    YYYY  YYYY  YYY.  Ynn.  Ynn.   Y... Ynn.  YYYY
EDIT_NEED          n...   n...   YYYY       nnnn    YYYY  nnnn  nnn.  nnn.  nnn.   n... nnn.  YYYY
EDIT_RESULT        n...   n...   nnnn       YYYY    YYYY  nnnn  nnn.  nnn.  nnn.   n... nnn.  YYYY
READ_HISTORY       n...   n...   YYYY       YYYY    YYYY  YYYY  nnn.  nnn.  nnn.   n... nnn.  YYYY
READ_READINGS      n...   n...   YYYY       YYYY    YYYY  YYYY  nnn.  nnn.  nnn.   n... nnn.  YYYY
ASK_CONSENT        n...   n...   nnnn       nnnn    nnnn  nnnn  YYY.  YYY.  nnn.   n... nnn.  YYYY
EXPORT_RECORD      n...   n...   YYYY       YYYY    YYYY  YYYY  nnn.  nnn.  nnn.   n... YYYY  YYYY
"""

# Of things that belong to HOME: the organisation itself, its problem lists, its agreements.
#             anonymous person poster researcher manager token other third match grader oper shell
ORGANISATION_ACTIONS = """
POST_NEED          n      n      Y          n       Y     n     n     n     n      n    n     Y
POST_RESULT        n      n      n          Y       Y     n     n     n     n      n    n     Y
READ_LIST          .      .      Y          Y       Y     Y     .     .     .      .    .     Y
WRITE_AGREEMENT    n      n      n          n       Y     n     n     n     n      n    n     Y
READ_AGREEMENT     .      .      Y          Y       Y     Y     .     .     .      .    .     Y
INVITE             n      n      n          n       Y     n     n     n     n      n    Y     Y
READ_MEMBERS       n      n      Y          Y       Y     Y     n     n     n      n    Y     Y
CHANGE_MEMBERS     n      n      n          n       Y     n     n     n     n      n    Y     Y
EXPORT_RECORD      .      .      Y          Y       Y     Y     .     .     .      .    Y     Y
OPEN_CHALLENGE     n      n      Y          n       Y     n     n     n     n      n    n     Y
"""

# Of a request for consent: HOME was asked, OTHER asks.
#             anonymous person poster researcher manager token other third match grader oper shell
CONSENT_ACTIONS = """
READ_CONSENT       .      .      Y          Y       Y     Y     Y     .     .      .    .     Y
ANSWER_CONSENT     .      .      n          n       Y     n     n     .     .      .    .     Y
ACCEPT_AGREEMENT   .      .      n          n       n     n     Y     .     .      .    .     Y
"""

# About no single thing.
#             anonymous person poster researcher manager token other third match grader oper shell
PLATFORM_ACTIONS = """
LIST_ITEMS         Y      Y      Y          Y       Y     Y     Y     Y     Y      Y    Y     Y
MATCH_TEXT         Y      Y      Y          Y       Y     Y     Y     Y     Y      Y    Y     Y
LIST_LISTS         n      n      Y          Y       Y     Y     Y     Y     n      n    n     Y
LIST_CONSENTS      n      n      Y          Y       Y     Y     Y     Y     n      n    n     Y
LIST_ORGANISATIONS n      n      Y          Y       Y     Y     Y     Y     Y      n    Y     Y
ADMIT_ORGANISATION n      n      n          n       n     n     n     n     n      n    Y     Y
FOUND              n      n      n          n       n     n     n     n     n      n    Y     Y
ACCREDIT           n      n      n          n       n     n     n     n     n      n    Y     Y
READ_PEOPLE        n      n      n          n       n     n     n     n     n      n    Y     Y
DISABLE_PERSON     n      n      n          n       n     n     n     n     n      n    Y     Y
ADMIT_PERSON       n      n      n          n       n     n     n     n     n      n    Y     Y
SET_PASSWORD       n      n      n          n       n     n     n     n     n      n    n     Y
VERIFY_RECORD      n      n      n          n       n     n     n     n     n      n    Y     Y
READ_FIGURES       n      n      n          n       n     n     n     n     n      n    Y     Y
SIGN_IN            Y      Y      Y          Y       Y     n     Y     Y     Y      Y    Y     Y
LIST_CHALLENGES    Y      Y      Y          Y       Y     Y     Y     Y     Y      Y    Y     Y
REFRESH_PAIRS      n      n      n          n       n     n     n     n     Y      n    Y     Y
READ_BOARD         n      n      n          n       n     n     n     n     Y      n    Y     Y
LIST_PAIRS         n      n      Y          Y       Y     Y     Y     Y     n      n    n     Y
"""

# Of a person: each cell one's own account, and somebody else's. Nobody is no person, nor is a shell.
#             anonymous person poster researcher manager token other third match grader oper shell
PERSON_ACTIONS = """
READ_ACCOUNT       ..     Y.     Y.         Y.      Y.    Y.    Y.    Y.    Y.     Y.   Y.    YY
OWN_ACCOUNT        ..     Y.     Y.         Y.      Y.    n.    Y.    Y.    Y.     Y.   Y.    YY
ERASE_PERSON       nn     Yn     Yn         Yn      Yn    nn    Yn    Yn    Yn     Yn   YY    YY
READ_NOTICES       ..     Y.     Y.         Y.      Y.    Y.    Y.    Y.    Y.     Y.   Y.    YY
SET_NOTICES        ..     Y.     Y.         Y.      Y.    n.    Y.    Y.    Y.     Y.   Y.    YY
HOLD_KEY           ..     Y.     Y.         Y.      Y.    n.    Y.    Y.    Y.     Y.   Y.    YY
GRADE              ..     Y.     Y.         Y.      Y.    n.    Y.    Y.    Y.     Y.   Y.    YY
TRY_OUT            ..     Y.     Y.         Y.      Y.    n.    Y.    Y.    Y.     Y.   Y.    YY
REVIEW_PAIRS       ..     n.     n.         n.      n.    n.    n.    n.    Y.     n.   n.    YY
SAVE_SEARCHES      ..     Y.     Y.         Y.      Y.    n.    Y.    Y.    Y.     Y.   Y.    YY
"""

# Of a pair: each cell one that is in the queue, and one that `match` follows, of which HOME and OTHER were asked.
# It is HOME's answer that is asked about.
#                   anonymous person poster researcher manager token other third match grader oper shell
PAIR_ACTIONS = """
READ_PAIR           ..     ..     .Y         .Y      .Y    .Y    .Y    ..    YY     ..   YY    YY
FOLLOW_PAIR         ..     ..     .n         .n      .n    .n    .n    ..    nY     ..   nn    YY
HAND_OVER_PAIR      ..     ..     .n         .n      .n    .n    .n    ..    nY     ..   YY    YY
READ_PAIR_NOTES     ..     ..     .n         .n      .n    .n    .n    ..    YY     ..   nn    YY
WRITE_PAIR_NOTE     ..     ..     .n         .n      .n    .n    .n    ..    YY     ..   nn    YY
READ_INTRODUCTION   ..     ..     YY         YY      YY    YY    ..    ..    nn     ..   nn    YY
ANSWER_INTRODUCTION ..     ..     YY         YY      YY    nn    ..    ..    nn     ..   nn    YY
"""


def table(text: str, columns: Iterable[str] = ACTORS) -> dict[str, dict[str, str]]:
    """Row → column → cell."""
    return _table(text, tuple(columns))


@cache
def _table(text: str, columns: tuple[str, ...]) -> dict[str, dict[str, str]]:
    rows = [line.split() for line in text.strip().splitlines()]
    return {name: dict(zip(columns, cells, strict=True)) for name, *cells in rows}


def actions(text: str, columns: Iterable[str] = ACTORS) -> dict[Action, dict[str, str]]:
    return {Action[name]: cells for name, cells in table(text, columns).items()}


def column(state: ItemState, tier: Disclosure) -> int:
    """Where a cell of `ITEM_ACTIONS` answers for this state and tier."""
    return 3 if state is ItemState.WITHDRAWN else list(Disclosure).index(tier)


def expected_view(who: str, state: ItemState, tier: Disclosure) -> View:
    row = "withdrawn" if state is ItemState.WITHDRAWN else str(tier)
    letters = {"-": View.NOTHING, "f": View.FIELD, "s": View.SUMMARY, "p": View.PUBLIC, "F": View.FULL}
    return letters[table(VIEWS)[row][who]]
