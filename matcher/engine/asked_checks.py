"""What has to be said before anybody is asked to solve something: judged alike of a challenge, by its quality
gate, and of a need's draft, in the clinic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from unicodedata import east_asian_width

from matcher.drafts import IndicatorTarget

ENOUGH_TEXT = 120
"""The length of a text, below which nobody knows what is asked; a Chinese character counts twice."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What both say."""

    text: str
    indicators: Sequence[IndicatorTarget]
    decision_owner: str
    budget: Decimal | None

    @property
    def musts(self) -> list[IndicatorTarget]:
        return [indicator for indicator in self.indicators if indicator.must]


class Question(StrEnum):
    TEXT = "text"
    MUST_HAVE = "must_have"
    TEST_METHODS = "test_methods"
    DECISION_OWNER = "decision_owner"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Wanted:
    weight: float
    message: str
    """What is wanted, whether it is there or not; for people to read."""
    said: Callable[[Asked], bool]


def _tested(asked: Asked) -> bool:
    return bool(asked.musts) and all(indicator.test_method for indicator in asked.musts)


QUESTIONS: Mapping[Question, Wanted] = {
    Question.TEXT: Wanted(
        2,
        f"what is asked, in {ENOUGH_TEXT // 2} Chinese characters or {ENOUGH_TEXT} letters at least",
        lambda asked: length(asked.text) >= ENOUGH_TEXT,
    ),
    Question.MUST_HAVE: Wanted(3, "at least one must-have indicator with a number", lambda asked: bool(asked.musts)),
    Question.TEST_METHODS: Wanted(1, "how each must-have indicator is measured", _tested),
    Question.DECISION_OWNER: Wanted(2, "who decides, by name", lambda asked: bool(asked.decision_owner)),
    Question.BUDGET: Wanted(3, "a budget", lambda asked: bool(asked.budget)),
}


def length(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
