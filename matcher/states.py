"""What may become of each noun, read top to bottom, and the one door through which it does."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from matcher.errors import NotAllowed

S = TypeVar("S", bound=StrEnum)
Moves = Mapping[str, tuple[frozenset[S], S]]
"""Move → the states it may start from, and the one it leads to."""


class ItemState(StrEnum):
    """The life of a need or a result."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# move            from                                        to
ITEM_MOVES: Moves[ItemState] = {
    "close":    (frozenset({ItemState.OPEN}),                   ItemState.CLOSED),
    "withdraw": (frozenset({ItemState.OPEN, ItemState.CLOSED}), ItemState.WITHDRAWN),
    "reopen":   (frozenset({ItemState.CLOSED, ItemState.WITHDRAWN}), ItemState.OPEN),
}  # fmt: skip


class ConsentState(StrEnum):
    """The life of one request to see a need or result in full."""

    ASKED = "asked"
    OFFERED = "offered"
    """Granted once the one who asked accepts a confidentiality agreement."""
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


# move            from                                                         to
CONSENT_MOVES: Moves[ConsentState] = {
    "offer":    (frozenset({ConsentState.ASKED}),                                ConsentState.OFFERED),
    "accept":   (frozenset({ConsentState.OFFERED}),                              ConsentState.GRANTED),
    "grant":    (frozenset({ConsentState.ASKED}),                                ConsentState.GRANTED),
    "refuse":   (frozenset({ConsentState.ASKED}),                                ConsentState.REFUSED),
    "withdraw": (frozenset({ConsentState.ASKED, ConsentState.OFFERED, ConsentState.GRANTED}),
                 ConsentState.WITHDRAWN),
}  # fmt: skip


class ChallengeState(StrEnum):
    """The life of a challenge. Which moves lead from one to the next is its mechanism's (`matcher.mechanisms`)."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    """Handed to a matchmaker or operator, who publishes it or gives it back."""
    ANSWERING = "answering"
    """Published: answers to the current round may be handed in."""
    SEALED = "sealed"
    """The round's deadline has passed, and nobody has opened the answers."""
    GRADING = "grading"
    DECIDING = "deciding"
    """The grades of the round are closed; somebody entitled has to decide."""
    OBJECTING = "objecting"
    """Decided and told; objections may be raised."""
    AWARDED = "awarded"
    FINISHED = "finished"
    FAILED = "failed"
    """Ended without an award 流标."""
    CANCELLED = "cancelled"


class AnswerState(StrEnum):
    """The life of an answer in the round it stands in."""

    DRAFT = "draft"
    HANDED_IN = "handed_in"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Still a draft when the round's deadline passed."""
    UNJUDGED = "unjudged"
    """The challenge ended before this was opened. What is sealed stays so for good."""
    ADMITTED = "admitted"
    """Opened, and read by who may."""
    SUPPLEMENTING = "supplementing"
    """Asked for more 补充材料."""
    ELIMINATED = "eliminated"
    SELECTED = "selected"
    REJECTED = "rejected"


# move              from                                                        to
ANSWER_MOVES: Moves[AnswerState] = {
    "hand_in":        (frozenset({AnswerState.DRAFT}),                            AnswerState.HANDED_IN),
    "take_back":      (frozenset({AnswerState.HANDED_IN}),                        AnswerState.DRAFT),
    "withdraw":       (frozenset({AnswerState.DRAFT, AnswerState.HANDED_IN}),     AnswerState.WITHDRAWN),
    "resume":         (frozenset({AnswerState.WITHDRAWN}),                        AnswerState.DRAFT),
    "lapse":          (frozenset({AnswerState.DRAFT}),                            AnswerState.LAPSED),
    "end":            (frozenset({AnswerState.DRAFT, AnswerState.HANDED_IN}),     AnswerState.UNJUDGED),
    "admit":          (frozenset({AnswerState.HANDED_IN}),                        AnswerState.ADMITTED),
    "set_aside":      (frozenset({AnswerState.HANDED_IN}),                        AnswerState.REJECTED),
    "ask_more":       (frozenset({AnswerState.ADMITTED}),                         AnswerState.SUPPLEMENTING),
    "supplement":     (frozenset({AnswerState.SUPPLEMENTING}),                    AnswerState.ADMITTED),
    "go_on":          (frozenset({AnswerState.ADMITTED}),                         AnswerState.DRAFT),
    "eliminate":      (frozenset({AnswerState.ADMITTED, AnswerState.SUPPLEMENTING}), AnswerState.ELIMINATED),
    "select":         (frozenset({AnswerState.ADMITTED}),                         AnswerState.SELECTED),
    "reject":         (frozenset({AnswerState.ADMITTED, AnswerState.SUPPLEMENTING}), AnswerState.REJECTED),
    "reconsider":     (frozenset({AnswerState.SELECTED, AnswerState.ELIMINATED, AnswerState.REJECTED}),
                       AnswerState.ADMITTED),
}  # fmt: skip
"""`set_aside` is for one that does not open as it was handed in, `end` for one whose challenge is called off
or ends without an award; of those opened by then, that rejects what is still in play. A reversed
elimination puts back the states that it recorded, whatever they were."""


SHUT = (
    AnswerState.DRAFT, AnswerState.HANDED_IN, AnswerState.WITHDRAWN, AnswerState.LAPSED, AnswerState.UNJUDGED,
)  # fmt: skip
"""States of an answer to a sealed round in which nobody but its authors reads it."""


class AssignmentState(StrEnum):
    """One answer on one grader's desk."""

    ASSIGNED = "assigned"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    """By the grader, for a conflict of interest or another reason."""
    RECALLED = "recalled"


# move              from                                                               to
ASSIGNMENT_MOVES: Moves[AssignmentState] = {
    "submit":         (frozenset({AssignmentState.ASSIGNED}),                            AssignmentState.SUBMITTED),
    "reopen":         (frozenset({AssignmentState.SUBMITTED}),                           AssignmentState.ASSIGNED),
    "decline":        (frozenset({AssignmentState.ASSIGNED, AssignmentState.SUBMITTED}), AssignmentState.DECLINED),
    "recall":         (frozenset({AssignmentState.ASSIGNED, AssignmentState.SUBMITTED}), AssignmentState.RECALLED),
}  # fmt: skip


class ObjectionState(StrEnum):
    RAISED = "raised"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    TAKEN_BACK = "taken_back"


# move              from                                   to
OBJECTION_MOVES: Moves[ObjectionState] = {
    "uphold":         (frozenset({ObjectionState.RAISED}),   ObjectionState.UPHELD),
    "dismiss":        (frozenset({ObjectionState.RAISED}),   ObjectionState.DISMISSED),
    "take_back":      (frozenset({ObjectionState.RAISED}),   ObjectionState.TAKEN_BACK),
}  # fmt: skip


class OfferState(StrEnum):
    """One version of the terms in a negotiation."""

    MADE = "made"
    COUNTERED = "countered"
    """The other side has made one of its own."""
    AGREED = "agreed"
    DECLINED = "declined"


# move              from                                   to
OFFER_MOVES: Moves[OfferState] = {
    "counter":        (frozenset({OfferState.MADE}),         OfferState.COUNTERED),
    "agree":          (frozenset({OfferState.MADE}),         OfferState.AGREED),
    "decline":        (frozenset({OfferState.MADE}),         OfferState.DECLINED),
}  # fmt: skip


class CommitmentState(StrEnum):
    """An investor's word for an answer 出资承诺."""

    MADE = "made"
    FIRM = "firm"
    """The round closed with it standing: it decides."""
    WITHDRAWN = "withdrawn"


# move              from                                   to
COMMITMENT_MOVES: Moves[CommitmentState] = {
    "withdraw":       (frozenset({CommitmentState.MADE}),    CommitmentState.WITHDRAWN),
    "confirm":        (frozenset({CommitmentState.MADE}),    CommitmentState.FIRM),
}  # fmt: skip


class ContractState(StrEnum):
    DRAFT = "draft"
    SIGNED = "signed"
    """Both sides have confirmed the same version."""
    COMPLETED = "completed"
    TERMINATED = "terminated"
    DROPPED = "dropped"
    """Never signed."""


# move              from                                   to
CONTRACT_MOVES: Moves[ContractState] = {
    "sign":           (frozenset({ContractState.DRAFT}),     ContractState.SIGNED),
    "drop":           (frozenset({ContractState.DRAFT}),     ContractState.DROPPED),
    "complete":       (frozenset({ContractState.SIGNED}),    ContractState.COMPLETED),
    "terminate":      (frozenset({ContractState.SIGNED}),    ContractState.TERMINATED),
}  # fmt: skip


class MilestoneState(StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PAID = "paid"
    CANCELLED = "cancelled"


# move              from                                                           to
MILESTONE_MOVES: Moves[MilestoneState] = {
    "submit":         (frozenset({MilestoneState.OPEN}),                             MilestoneState.SUBMITTED),
    "send_back":      (frozenset({MilestoneState.SUBMITTED}),                        MilestoneState.OPEN),
    "accept":         (frozenset({MilestoneState.SUBMITTED}),                        MilestoneState.ACCEPTED),
    "pay":            (frozenset({MilestoneState.ACCEPTED}),                         MilestoneState.PAID),
    "cancel":         (frozenset({MilestoneState.OPEN, MilestoneState.SUBMITTED}),   MilestoneState.CANCELLED),
}  # fmt: skip


class ChangeState(StrEnum):
    """A change to a signed contract that one side asks for."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"


# move              from                                   to
CHANGE_MOVES: Moves[ChangeState] = {
    "agree":          (frozenset({ChangeState.PROPOSED}),    ChangeState.AGREED),
    "decline":        (frozenset({ChangeState.PROPOSED}),    ChangeState.DECLINED),
    "take_back":      (frozenset({ChangeState.PROPOSED}),    ChangeState.TAKEN_BACK),
}  # fmt: skip


class PairState(StrEnum):
    """The life of a need with one result, from the first look to the contract."""

    PROPOSED = "proposed"
    """Ranked, and in the queue of the matchmakers."""
    TAKEN = "taken"
    """Taken further: a matchmaker follows it."""
    ASKED = "asked"
    """Both sides are asked whether they want to be introduced."""
    INTRODUCED = "introduced"
    """Both do, and each has the other's contact."""
    TALKING = "talking"
    CONTRACTED = "contracted"
    ENDED = "ended"
    """At whatever stage, for a coded reason (`matcher.reviews.reasons`)."""


# move              from                                                          to
PAIR_MOVES: Moves[PairState] = {
    "take_further":   (frozenset({PairState.PROPOSED}),                             PairState.TAKEN),
    "refuse":         (frozenset({PairState.PROPOSED}),                             PairState.ENDED),
    "put_back":       (frozenset({PairState.TAKEN, PairState.ENDED}),               PairState.PROPOSED),
    "ask":            (frozenset({PairState.TAKEN}),                                PairState.ASKED),
    "ask_no_more":    (frozenset({PairState.ASKED}),                                PairState.TAKEN),
    "introduce":      (frozenset({PairState.ASKED}),                                PairState.INTRODUCED),
    "decline":        (frozenset({PairState.ASKED}),                                PairState.ENDED),
    "talk":           (frozenset({PairState.INTRODUCED}),                           PairState.TALKING),
    "contract":       (frozenset({PairState.INTRODUCED, PairState.TALKING}),        PairState.CONTRACTED),
    "end":            (frozenset({PairState.TAKEN, PairState.ASKED, PairState.INTRODUCED, PairState.TALKING}),
                       PairState.ENDED),
    "reopen":         (frozenset({PairState.ENDED}),                                PairState.TAKEN),
}  # fmt: skip
"""`put_back` undoes `take_further` and `refuse`, while nothing followed from them."""

FOLLOWED = (PairState.TAKEN, PairState.ASKED, PairState.INTRODUCED, PairState.TALKING)
"""States in which a pair waits on the matchmaker who follows it, sooner or later."""


class IntroductionState(StrEnum):
    """What one side says to being introduced to the other."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    """Not asked any more: by the matchmaker, or because the pair ended before an answer."""


# move              from                                         to
INTRODUCTION_MOVES: Moves[IntroductionState] = {
    "accept":         (frozenset({IntroductionState.ASKED}),       IntroductionState.ACCEPTED),
    "decline":        (frozenset({IntroductionState.ASKED}),       IntroductionState.DECLINED),
    "take_back":      (frozenset({IntroductionState.ASKED, IntroductionState.ACCEPTED}),
                       IntroductionState.TAKEN_BACK),
}  # fmt: skip


def advance(state: S, move: str, moves: Moves[S]) -> S:
    """The state after a move. Raises NotAllowed when the table has no such move from here."""
    sources, target = moves[move]
    if state not in sources:
        allowed = sorted(name for name, (origins, _) in moves.items() if state in origins)
        possible = f"possible now: {', '.join(allowed)}" if allowed else "nothing is possible any more"
        raise NotAllowed(f"Cannot {move} what is {state}; {possible}.")
    return target
