"""A contract to begin with: what was agreed, answered or asked for already, put into a draft's form."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session, select

from matcher import organisations
from matcher.actors import Actor
from matcher.awards import cases
from matcher.awards.drafts import ConsortiumPart, ContractDraft, MilestoneDraft, total
from matcher.drafts import CooperationMode
from matcher.engine.answer_drafts import AnswerDraft
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Answer, Award, Offer, Ownership
from matcher.policy import Action
from matcher.states import OfferState


def proposed(
    session: Session, actor: Actor, award_id: str, answer: AnswerDraft | None = None, *, at: datetime
) -> ContractDraft:
    """The terms agreed on; else those of the challenge, with the answer's milestones where they fit the award.

    `answer`: what the answer says, where the caller may open it.
    """
    case = cases.of_award(session, actor, award_id, Action.READ_AWARD, hold=False)
    query = select(Offer).where(Offer.answer_id == case.answer.id, Offer.state == OfferState.AGREED)
    agreed = session.exec(query).first()
    if agreed is not None:
        return ContractDraft.model_validate(agreed.terms)
    content = ChallengeDraft.model_validate(case.challenge.content)
    milestones = _milestones(case.award, content, answer, at)
    if milestones:
        milestones[-1].indicators = list(range(len(content.indicators)))
    return ContractDraft(
        kind=CooperationMode.DEVELOPMENT,
        ownership=Ownership.PARTIAL,
        ownership_text=content.ownership,
        subject=content.title,
        amount=case.award.amount,
        currency=case.award.currency,
        milestones=milestones,
        parts=_parts(session, case.answer, answer) if answer else [],
        benefit_sharing=content.benefit_sharing,
        risk_sharing=content.risk_sharing,
        joint_ip=answer.joint_patents if answer else "",
    )


def _parts(session: Session, answer: Answer, said: AnswerDraft) -> list[ConsortiumPart]:
    """As every partner agreed to them before the answer was handed in; the lead keeps what is left, unless it
    has a part of its own."""
    names = organisations.names(session, {answer.organisation_id, *(part.organisation_id for part in said.parts)})
    found = [ConsortiumPart(party=names[part.organisation_id], does=part.does, share=part.gets) for part in said.parts]
    if found and all(part.organisation_id != answer.organisation_id for part in said.parts):
        left = max(0.0, round(1 - sum(one.share for one in found), 6))
        found.insert(0, ConsortiumPart(party=names[answer.organisation_id], share=left))
    return found


def _milestones(
    award: Award, content: ChallengeDraft, answer: AnswerDraft | None, at: datetime
) -> list[MilestoneDraft]:
    if not award.amount:
        return []
    planned = [
        MilestoneDraft(title=one.title, due=_months_after(at.date(), one.months), amount=one.amount or Decimal(0))
        for one in (answer.milestones if answer else ())
    ]
    if planned and total(planned) == award.amount:
        return planned
    stages = [(stage.title, stage.share) for stage in content.payment_stages] or [(content.title, 1.0)]
    found, reached, before = [], Decimal(0), Decimal(0)
    for title, share in stages:
        reached += Decimal(str(share))
        until = (award.amount * min(reached, Decimal(1))).quantize(Decimal("0.01"))
        found.append(MilestoneDraft(title=title, amount=until - before))
        before = until
    found[-1].amount += award.amount - before
    return found


def _months_after(day: date, months: int) -> date:
    """The same day of the month, or the 28th where that month has no such day for sure."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))
