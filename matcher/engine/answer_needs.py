"""What an answer has to say before it can be handed in, and what of it is still missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from matcher.drafts import IndicatorTarget
from matcher.engine import answer_texts
from matcher.engine.answer_drafts import AnswerDraft
from matcher.engine.answer_texts import Contents
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Challenge, Partner
from matcher.quantities import units
from matcher.quantities.kinds import conversion


def missing(challenge: Challenge, contents: Contents, partners: Mapping[str, Partner]) -> list[str]:
    """What is missing, each in a few words; empty: it can be handed in."""
    content = ChallengeDraft.model_validate(challenge.content)
    return [*_texts(contents.draft), *_claims(content, contents.draft), *_money(contents.draft),
            *_consortium(contents, partners)]  # fmt: skip


def unconfirmed(contents: Contents, partners: Mapping[str, Partner]) -> list[str]:
    """The partners who have not agreed to their part as it stands."""
    hashes = answer_texts.part_hashes(contents)
    return [id for id, partner in sorted(partners.items()) if partner.confirmed_hash != hashes.get(id, "-")]


def _texts(draft: AnswerDraft) -> Iterator[str]:
    if not draft.title:
        yield "a title"
    if not draft.approach:
        yield "the approach"
    if draft.conflicts is None:
        yield "a declaration of conflicts of interest (empty where there are none)"


def _claims(content: ChallengeDraft, draft: AnswerDraft) -> Iterator[str]:
    """Against every must-have indicator a value in a unit that can be compared, and what it rests on."""
    claims = {claim.indicator: claim for claim in draft.claims}
    for place, target in enumerate(content.indicators):
        claim = claims.get(place)
        if claim is None:
            if target.must:
                yield f"a value for the indicator {target.name!r}"
            continue
        if not _comparable(target, claim.unit):
            yield f"a value in {target.unit or 'no unit'} for the indicator {target.name!r}, not in {claim.unit!r}"
        if claim.value_high is not None and claim.value_high < claim.value:
            yield f"a range for the indicator {target.name!r} that does not end below its start"
        if target.must and not claim.evidence:
            yield f"evidence for the indicator {target.name!r}"


def _comparable(target: IndicatorTarget, unit: str) -> bool:
    if unit.strip() == target.unit.strip():
        return True
    wanted, claimed = units.read(target.unit), units.read(unit)
    if wanted is None or claimed is None:
        return False
    return not isinstance(conversion(wanted, target.name, claimed, target.name), str)


def _money(draft: AnswerDraft) -> Iterator[str]:
    planned = [milestone.amount for milestone in draft.milestones if milestone.amount is not None]
    if planned and draft.budget is None:
        yield "a budget, which its milestones are part of"
    elif draft.budget is not None and sum(planned) > draft.budget:
        yield f"milestones ({sum(planned):,}) that stay within the budget ({draft.budget:,})"
    if sum(part.gets for part in draft.parts) > 1 + 1e-6:
        yield "shares of the partners that are no more than the whole"


def _consortium(contents: Contents, partners: Mapping[str, Partner]) -> Iterator[str]:
    waiting = len(unconfirmed(contents, partners))
    if waiting:
        yield f"the agreement of every partner to its part as it stands ({waiting} still to come)"
