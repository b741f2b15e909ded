"""The ways in which a challenge is answered and decided, as data: one engine reads them all.

                       who may     sealed until    rounds      who        goes on       decides
                       answer      the opening                 pays
    open challenge     anyone      yes             1           setter     one           grades
    race               anyone      yes             3           staged     fewer each    measurement and grades
    directed           invited     no              1           setter     one           negotiation
    explorer           research    yes             1           1 : 1      one a topic   grades of the company
    innovation         anyone      yes             2           prizes     a ranking     a jury
    invest             anyone      yes             1           investors  those funded  committed capital

An operator adds others as TOML files without code (`matcher.engine.mechanism_files`). A challenge keeps the
mechanism as it was when the challenge was opened: editing a file changes nothing that is running.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from matcher.states import ChallengeState as S


class Answerers(StrEnum):
    """Who may answer."""

    ANYONE = "anyone"
    RESEARCH = "research"
    """Labs."""
    INVITED = "invited"


class Decider(StrEnum):
    """What a determination is held against."""

    GRADES = "grades"
    MEASURED = "measured"
    """Indicators as measured, and grades."""
    NEGOTIATION = "negotiation"
    COMMITMENTS = "commitments"
    """What investors put in; grades stand beside it."""


class Funding(StrEnum):
    SETTER = "setter"
    STAGED = "staged"
    """By the setter, a part for each round that an answer is in."""
    MATCHED = "matched"
    """A public funder beside the setter, in the ratio of `Mechanism.public_ratio`."""
    PRIZES = "prizes"
    INVESTORS = "investors"


class By(StrEnum):
    """Who may make a move."""

    SETTER = "setter"
    """Posters and managers of the organisation whose challenge it is."""
    DESK = "desk"
    """Matchmakers and operators."""
    OPERATOR = "operator"


class Guard(StrEnum):
    """What has to be so before a move, judged by `matcher.engine.challenge_guards`."""

    COMPLETE = "complete"
    """Nothing that the quality gate insists on is missing."""
    DEADLINE_AHEAD = "deadline_ahead"
    """That of the current round: later nobody could do anything about a change."""
    DEADLINE_PASSED = "deadline_passed"
    """That of the current round; where negotiation decides, also once it has agreed on as many as go on."""
    KEY_RELEASED = "key_released"
    """As many custodians as the mechanism asks for have given their share, or none is asked for."""
    ANSWERS_THERE = "answers_there"
    """At least one answer stands in the round."""
    GRADES_IN = "grades_in"
    """Every grader has submitted, declined or been recalled, and every answer has a grade; no trial that is
    still to be reported is on time."""
    AGREED = "agreed"
    """An offer was agreed on."""
    ROUND_LEFT = "round_left"
    LAST_ROUND = "last_round"
    IN_TIME_TO_REVERSE = "in_time_to_reverse"
    """The elimination is not older than the mechanism's `reverse_days`."""
    OBJECTION_UPHELD = "objection_upheld"
    OBJECTIONS_OVER = "objections_over"
    """The time to object has passed, and every objection is answered."""
    CONTRACTS_ENDED = "contracts_ended"


@dataclass(frozen=True, slots=True)
class Move:
    sources: frozenset[S]
    target: S
    by: frozenset[By]
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class RoundRule:
    """A round as the mechanism foresees it; a challenge sets its dates, and may change how many go on."""

    zh: str
    en: str
    days: int
    """From its beginning to its deadline, unless the challenge says otherwise."""
    goes_on: int | None = None
    """How many answers at most go on, or are awarded after the last round; None: as many as are good enough."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    name: str
    zh: str
    en: str
    answerers: Answerers
    sealed: bool
    """Answers are encrypted until a round's deadline has passed and somebody entitled opens them."""
    custodians: int
    """How many people have to come together for that 双人开标; 0: the setter alone opens."""
    rounds: tuple[RoundRule, ...]
    decider: Decider
    funding: Funding
    moves: Mapping[str, Move]
    blind: bool = True
    """Graders do not learn whose an answer is."""
    graders_each: int = 3
    """Graders for each answer; 0: none are drawn."""
    industry_share: float = 0.0
    """The part of an answer's graders, 0 to 1, who have to come from companies."""
    public_ratio: float = 0.0
    """What a public funder puts in for each unit of the setter's."""
    objection_days: int = 7
    reverse_days: int = 7


def _move(sources: set[S], target: S, by: set[By], *guards: Guard) -> Move:
    return Move(frozenset(sources), target, frozenset(by), guards)


_SETTER, _DESK, _EITHER = {By.SETTER}, {By.DESK}, {By.SETTER, By.DESK}

# move            from              to             by        only if
_PREPARED: dict[str, Move] = {
    "propose":    _move({S.DRAFT},     S.PROPOSED,  _SETTER),
    "give_back":  _move({S.PROPOSED},  S.DRAFT,     _EITHER),
    "publish":    _move({S.PROPOSED},  S.ANSWERING, _DESK,   Guard.COMPLETE),
    "amend":      _move({S.ANSWERING}, S.ANSWERING, _SETTER, Guard.DEADLINE_AHEAD),
    "extend":     _move({S.ANSWERING}, S.ANSWERING, _SETTER, Guard.DEADLINE_AHEAD),
}  # fmt: skip
_SEALED: dict[str, Move] = {
    "close":      _move({S.ANSWERING}, S.SEALED,    _EITHER, Guard.DEADLINE_PASSED),
    "open":       _move({S.SEALED},    S.GRADING,   _EITHER, Guard.KEY_RELEASED, Guard.ANSWERS_THERE),
    "rank":       _move({S.GRADING},   S.DECIDING,  _EITHER, Guard.GRADES_IN),
}  # fmt: skip
_NEGOTIATED: dict[str, Move] = {
    "close":      _move({S.ANSWERING}, S.GRADING,   _EITHER, Guard.DEADLINE_PASSED),
    "rank":       _move({S.GRADING},   S.DECIDING,  _SETTER, Guard.AGREED),
}  # fmt: skip
_ELIMINATED: dict[str, Move] = {
    "eliminate":  _move({S.DECIDING},  S.ANSWERING, _SETTER, Guard.ROUND_LEFT),
    "reverse":    _move({S.ANSWERING}, S.DECIDING,  _EITHER, Guard.IN_TIME_TO_REVERSE),
}  # fmt: skip
_DECIDED: dict[str, Move] = {
    "determine":  _move({S.DECIDING},  S.OBJECTING, _SETTER, Guard.LAST_ROUND),
    "reconsider": _move({S.OBJECTING}, S.DECIDING,  {By.OPERATOR}, Guard.OBJECTION_UPHELD),
    "settle":     _move({S.OBJECTING}, S.AWARDED,   _EITHER, Guard.OBJECTIONS_OVER),
    "finish":     _move({S.AWARDED},   S.FINISHED,  _EITHER, Guard.CONTRACTS_ENDED),
}  # fmt: skip


def _ended(*running: S) -> dict[str, Move]:
    """One that nobody answers well enough ends without an award; one that is not decided may be called off."""
    return {
        "no_award":   _move(set(running), S.FAILED, _SETTER),
        "cancel":     _move({S.DRAFT, S.PROPOSED, S.ANSWERING, *running}, S.CANCELLED, _SETTER),
    }  # fmt: skip


SEALED_ONCE = _PREPARED | _SEALED | _DECIDED | _ended(S.SEALED, S.GRADING, S.DECIDING)
SEALED_ROUNDS = _PREPARED | _SEALED | _ELIMINATED | _DECIDED | _ended(S.SEALED, S.GRADING, S.DECIDING)
NEGOTIATED = _PREPARED | _NEGOTIATED | _DECIDED | _ended(S.GRADING, S.DECIDING)

SHIPPED: Mapping[str, Mechanism] = {
    mechanism.name: mechanism
    for mechanism in (
        Mechanism(
            "open_challenge", "揭榜挂帅", "open challenge",
            Answerers.ANYONE, sealed=True, custodians=2,
            rounds=(RoundRule("揭榜", "answers", 45, goes_on=1),),
            decider=Decider.GRADES, funding=Funding.SETTER, moves=SEALED_ONCE, industry_share=1 / 3,
        ),
        Mechanism(
            "race", "赛马制", "race",
            Answerers.ANYONE, sealed=True, custodians=0,
            rounds=(
                RoundRule("方案", "proposals", 30, goes_on=5),
                RoundRule("样机", "prototypes", 180, goes_on=2),
                RoundRule("应用验证", "proof in use", 365, goes_on=1),
            ),
            decider=Decider.MEASURED, funding=Funding.STAGED, moves=SEALED_ROUNDS, reverse_days=14,
        ),
        Mechanism(
            "directed_commission", "定向委托", "directed commission",
            Answerers.INVITED, sealed=False, custodians=0,
            rounds=(RoundRule("洽谈", "negotiation", 30, goes_on=1),),
            decider=Decider.NEGOTIATION, funding=Funding.SETTER, moves=NEGOTIATED, blind=False, graders_each=0,
            objection_days=0,
        ),
        Mechanism(
            "explorer", "探索者计划", "explorer",
            Answerers.RESEARCH, sealed=True, custodians=0,
            rounds=(RoundRule("申请", "applications", 45, goes_on=1),),
            decider=Decider.GRADES, funding=Funding.MATCHED, moves=SEALED_ONCE, industry_share=0.5, public_ratio=1.0,
        ),
        Mechanism(
            "innovation_challenge", "创新挑战赛", "innovation challenge",
            Answerers.ANYONE, sealed=True, custodians=0,
            rounds=(
                RoundRule("初赛", "preliminary", 45, goes_on=10),
                RoundRule("现场赛", "live event", 30, goes_on=3),
            ),
            decider=Decider.GRADES, funding=Funding.PRIZES, moves=SEALED_ROUNDS, blind=False, graders_each=5,
        ),
        Mechanism(
            "invest_to_evaluate", "以投代评", "invest-to-evaluate",
            Answerers.ANYONE, sealed=True, custodians=0,
            rounds=(RoundRule("路演与出资", "pitches and commitments", 60),),
            decider=Decider.COMMITMENTS, funding=Funding.INVESTORS, moves=SEALED_ONCE, blind=False, graders_each=0,
        ),
    )
}  # fmt: skip
"""Name → mechanism, those that come with the project."""
