"""The policy about challenges and answers as people read it: the same as `policy_tables`, with other columns."""

from __future__ import annotations

from policy_tables import HOME, OTHER, THIRD, at, on_platform

from matcher.actors import ANONYMOUS, COMMAND_LINE, Actor
from matcher.entities import PlatformRole, Role

LEAD, PARTNER, FUNDER, INVESTOR = "lead", "partner", "funder", "investor"
"""Organisations about an answer; HOME is the setter, OTHER invited where a challenge is private, THIRD is neither."""

_PLATFORM: dict[str, Actor] = {
    "match": on_platform(PlatformRole.MATCHMAKER),
    "grader": on_platform(PlatformRole.GRADER),
    "oper": on_platform(PlatformRole.OPERATOR),
    "shell": COMMAND_LINE,
}
CHALLENGE_ACTORS: dict[str, Actor] = {
    "anonymous": ANONYMOUS,
    "person": Actor("person:mei", person_id="mei"),
    "poster": at(HOME, Role.POSTER),
    "researcher": at(HOME, Role.RESEARCHER),
    "manager": at(HOME, Role.MANAGER),
    "token": at(HOME, Role.MANAGER, may_write=False),
    "invited": at(OTHER, Role.MANAGER),
    "lab": at(THIRD, Role.RESEARCHER),
    "clerk": at(THIRD, Role.POSTER),
    "funder": at(FUNDER, Role.MANAGER),
} | _PLATFORM
"""`poster` … `token`: of the setter, `token` a manager's that may only read."""

# Each cell: a draft, published, published to those invited alone.
#                anonymous person poster researcher manager token invited lab clerk funder match grader oper shell
CHALLENGE_ACTIONS = """
READ_CHALLENGE   .Y.       .Y.    YYY    YYY        YYY     YYY   .YY     .Y. .Y.   YYY    YYY   .Y.    YYY  YYY
EDIT_CHALLENGE   .n.       .n.    YYY    nnn        YYY     nnn   .nn     .n. .n.   nnn    nnn   .n.    nnn  YYY
FUND_CHALLENGE   .n.       .n.    nnn    nnn        nnn     nnn   .nn     .n. .n.   YYY    nnn   .n.    nnn  YYY
INVITE_ANSWERERS .n.       .n.    YYY    nnn        YYY     nnn   .nn     .n. .n.   nnn    YYY   .n.    YYY  YYY
NAME_CUSTODIANS  .n.       .n.    nnn    nnn        YYY     nnn   .nn     .n. .n.   nnn    nnn   .n.    YYY  YYY
RECOVER_KEY      .n.       .n.    nnn    nnn        nnn     nnn   .nn     .n. .n.   nnn    nnn   .n.    YYY  YYY
ASK_QUESTION     .n.       .n.    nnn    nnn        nnn     nnn   .YY     .Y. .Y.   YYY    nnn   .n.    nnn  YYY
START_ANSWER     .n.       .n.    nnn    nnn        nnn     nnn   .YY     .Y. .n.   YYY    nnn   .n.    nnn  YYY
DRAW_GRADERS     .n.       .n.    nnn    nnn        YYY     nnn   .nn     .n. .n.   nnn    nnn   .n.    YYY  YYY
ANSWER_OBJECTION .n.       .n.    nnn    nnn        nnn     nnn   .nn     .n. .n.   nnn    nnn   .n.    YYY  YYY
EXPORT_DOSSIER   .n.       .n.    YYY    nnn        YYY     YYY   .nn     .n. .n.   nnn    nnn   .n.    YYY  YYY
"""

# Who makes a move, by whom the mechanism names for it; the cells as above.
#                anonymous person poster researcher manager token invited lab clerk funder match grader oper shell
MOVE_CHALLENGE = """
setter           .n.       .n.    YYY    nnn        YYY     nnn   .nn     .n. .n.   nnn    nnn   .n.    nnn  YYY
desk             .n.       .n.    nnn    nnn        nnn     nnn   .nn     .n. .n.   nnn    YYY   .n.    YYY  YYY
operator         .n.       .n.    nnn    nnn        nnn     nnn   .nn     .n. .n.   nnn    nnn   .n.    YYY  YYY
"""

ANSWER_ACTORS: dict[str, Actor] = {
    "anonymous": ANONYMOUS,
    "clerk": at(LEAD, Role.POSTER),
    "author": at(LEAD, Role.RESEARCHER),
    "head": at(LEAD, Role.MANAGER),
    "token": at(LEAD, Role.MANAGER, may_write=False),
    "partner": at(PARTNER, Role.MANAGER),
    "fellow": at(PARTNER, Role.RESEARCHER),
    "poster": at(HOME, Role.POSTER),
    "staff": at(HOME, Role.RESEARCHER),
    "manager": at(HOME, Role.MANAGER),
    "funder": at(FUNDER, Role.MANAGER),
    "investor": at(INVESTOR, Role.MANAGER),
    "teller": at(INVESTOR, Role.POSTER),
    "third": at(THIRD, Role.MANAGER),
} | _PLATFORM
"""`clerk` … `token`: of the lead, `partner` and `fellow` of a partner, `poster` … `manager` of the setter,
`investor` and `teller` of an organisation that was invited to invest."""

# Each cell: sealed, opened.
#           anonymous clerk author head token partner fellow poster staff manager funder investor teller third
#                                                                                     match grader oper shell
ANSWER_ACTIONS = """
READ_ANSWER      ..   YY    YY     YY   YY    YY      YY     .Y     .Y    .Y      .Y     .Y       ..     .. .. .. .Y YY
WRITE_ANSWER     ..   nn    YY     YY   nn    nn      nn     .n     .n    .n      .n     .n       ..     .. .. .. .n YY
CONFIRM_PART     ..   nn    nn     nn   nn    YY      nn     .n     .n    .n      .n     .n       ..     .. .. .. .n YY
NEGOTIATE        ..   nn    YY     YY   nn    nn      nn     .Y     .n    .Y      .n     .n       ..     .. .. .. .n YY
READ_COMMITMENTS ..   nn    nn     nn   nn    nn      nn     .Y     .Y    .Y      .Y     .n       ..     .. .. .. .Y YY
COMMIT_MONEY     ..   nn    nn     nn   nn    nn      nn     .n     .n    .n      .n     .Y       ..     .. .. .. .n YY
READ_GRADES      ..   nn    nn     nn   nn    nn      nn     .Y     .Y    .Y      .Y     .n       ..     .. .. .. .Y YY
RAISE_OBJECTION  ..   nn    YY     YY   nn    nn      nn     .n     .n    .n      .n     .n       ..     .. .. .. .n YY
READ_AWARD       ..   YY    YY     YY   YY    YY      YY     .Y     .Y    .Y      .Y     .Y       ..     .. .. .. .Y YY
WRITE_CONTRACT   ..   nn    YY     YY   nn    nn      nn     .Y     .n    .Y      .n     .n       ..     .. .. .. .n YY
SIGN_CONTRACT    ..   nn    nn     YY   nn    nn      nn     .n     .n    .Y      .n     .n       ..     .. .. .. .n YY
DELIVER          ..   nn    YY     YY   nn    nn      nn     .n     .n    .n      .n     .n       ..     .. .. .. .n YY
ACCEPT_DELIVERY  ..   nn    nn     nn   nn    nn      nn     .Y     .n    .Y      .n     .n       ..     .. .. .. .n YY
"""
