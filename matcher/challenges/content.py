"""What a challenge says: filled up from its needs, checked against its mechanism, kept with a hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from matcher import fields
from matcher.drafts import LAST_YEAR, MOST_MONEY, Disclosure, IndicatorTarget, NeedDraft
from matcher.engine.challenge_drafts import ChallengeDraft, public_part
from matcher.entities import Challenge
from matcher.errors import Invalid
from matcher.mechanisms import Funding, Mechanism

_INDICATORS = 100
"""As many as a draft may have."""


def filled(draft: ChallengeDraft, needs: Sequence[NeedDraft]) -> ChallengeDraft:
    """The draft with what it leaves open taken from the needs.

    A challenge is published, so only from what is public of them: of a need that is shown in summary
    or by consent nothing is said but what the setter writes.
    """
    public = [need for need in needs if need.disclosure is Disclosure.PUBLIC]
    told: dict[str, Any] = {}
    if not draft.indicators:
        told["indicators"] = _indicators(public)
    if draft.budget is None and len(public) == len(needs):
        told |= _budget(public)
    owners = {need.decision_owner for need in public if need.decision_owner}
    if not draft.decision_owner and len(owners) == 1:
        told["decision_owner"] = owners.pop()
    return draft.model_copy(update=told)


def _indicators(needs: Sequence[NeedDraft]) -> list[IndicatorTarget]:
    found: list[IndicatorTarget] = []
    for indicator in (one for need in needs for one in need.indicators):
        if indicator not in found:
            found.append(indicator)
    return found[:_INDICATORS]


def _budget(needs: Sequence[NeedDraft]) -> dict[str, Any]:
    """What the needs allow together; nothing where one of them names no sum, or another currency, or where
    all together are more than an amount can be."""
    sums = [need.budget_max for need in needs]
    currencies = {need.currency for need in needs}
    if len(currencies) != 1 or None in sums:
        return {}
    whole = sum((one for one in sums if one is not None), Decimal(0))
    return {"budget": whole, "currency": currencies.pop()} if whole <= MOST_MONEY else {}


def field_of(needs: Sequence[NeedDraft]) -> str | None:
    """The field that all the needs lie in, as narrow as it can be said."""
    codes = {need.field for need in needs}
    if len(codes) == 1:
        return codes.pop()
    tops = {fields.top(code) if code else None for code in codes}
    return tops.pop() if len(tops) == 1 else None


def mechanism_named(name: str, mechanisms: Mapping[str, Mechanism]) -> Mechanism:
    """Raises Invalid for one that is not known here."""
    if name not in mechanisms:
        raise Invalid(f"unknown mechanism {name!r}; known are {', '.join(sorted(mechanisms))}", place="mechanism")
    return mechanisms[name]


def check(draft: ChallengeDraft, mechanism: Mechanism) -> None:
    """Raises Invalid for what the mechanism has no room for."""
    foreseen = len(mechanism.rounds)
    if len(draft.rounds) > foreseen:
        raise Invalid(f"the mechanism {mechanism.name} has {foreseen}, not {len(draft.rounds)}", place="rounds")
    if any(plan.deadline is not None and plan.deadline.year > LAST_YEAR for plan in draft.rounds):
        raise Invalid(f"a deadline before the year {LAST_YEAR + 1} is expected", place="rounds")
    if draft.funder_id is not None and mechanism.funding is not Funding.MATCHED:
        raise Invalid(f"the mechanism {mechanism.name} knows no public funder", place="funder_id")
    if mechanism.funding is Funding.MATCHED and draft.budget is not None:
        whole = draft.budget + public_part(draft.budget, mechanism.public_ratio)
        if whole > MOST_MONEY:
            raise Invalid(f"with the public part it is more than {MOST_MONEY:,}", place="budget")


def draft_of(challenge: Challenge) -> ChallengeDraft:
    return ChallengeDraft.model_validate(challenge.content)


def put(challenge: Challenge, draft: ChallengeDraft) -> None:
    """Makes it say this, in its content and in the columns that lists are narrowed by."""
    challenge.content = draft.model_dump(mode="json")
    challenge.title = draft.title
    challenge.budget, challenge.currency = draft.budget, draft.currency
    challenge.funder_id = draft.funder_id


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of what a challenge says, for the record."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
