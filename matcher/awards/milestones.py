"""Milestones: handed in with what was measured, accepted against the challenge's indicators, and paid once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from matcher import states
from matcher.actors import Actor
from matcher.awards import cases, ledger
from matcher.awards.cases import Case
from matcher.awards.drafts import DeliveredValue, MilestoneReport, hash_of, text_hash
from matcher.awards.ledger import Purpose
from matcher.drafts import IndicatorTarget, Operator
from matcher.engine import file_kinds
from matcher.entities import Attachment, Milestone
from matcher.errors import Invalid, NotAllowed, NotFound
from matcher.policy import Action
from matcher.quantities.compare import Outcome, compare
from matcher.states import MILESTONE_MOVES, MilestoneState

MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class _Shown:
    """What was measured, as `quantities.compare` takes it."""

    name: str
    operator: Operator
    value: float
    value_high: float | None
    unit: str
    conditions: str = ""


def submit(session: Session, actor: Actor, id: str, said: MilestoneReport, *, at: datetime) -> Milestone:
    """Hands a milestone in. Each indicator that it is accepted against has to be measured."""
    case, _, milestone = cases.of_milestone(session, actor, id, Action.DELIVER)
    state = states.advance(milestone.state, "submit", MILESTONE_MOVES)
    indicators = cases.indicators_of(case.challenge)
    measured = {one.indicator for one in said.measured}
    for place in sorted(measured):
        if place >= len(indicators):
            raise Invalid(f"the challenge has {len(indicators)} indicators, counted from 0", place="measured")
    for place in milestone.indicators:
        if place not in measured:
            raise Invalid(f"{indicators[place].name} (indicator {place}) is not measured", place="measured")
    milestone.state, milestone.submitted_at, milestone.report = state, at, said.report
    milestone.measured = [_judged(one, indicators[one.indicator]) for one in said.measured]
    milestone.remark = ""
    session.add(milestone)
    _record(session, actor, case, milestone, "submit", {"report_hash": hash_of(said)}, at=at)
    return milestone


def send_back(session: Session, actor: Actor, id: str, remark: str, *, at: datetime) -> Milestone:
    """Not accepted as it is; the remark says what is missing, and it may be handed in again."""
    case, _, milestone = cases.of_milestone(session, actor, id, Action.ACCEPT_DELIVERY)
    milestone.state = states.advance(milestone.state, "send_back", MILESTONE_MOVES)
    milestone.remark = remark
    session.add(milestone)
    _record(session, actor, case, milestone, "send_back", {"reason_hash": text_hash(remark)}, at=at)
    return milestone


def accept(session: Session, actor: Actor, id: str, remark: str = "", *, at: datetime) -> Milestone:
    """Accepts 验收 what was handed in. Where a must-have indicator is not met, or nobody can tell, the
    remark has to say why it is accepted all the same."""
    case, _, milestone = cases.of_milestone(session, actor, id, Action.ACCEPT_DELIVERY)
    state = states.advance(milestone.state, "accept", MILESTONE_MOVES)
    missed = short_of(milestone, cases.indicators_of(case.challenge))
    if missed and not remark:
        raise Invalid(f"{', '.join(missed)}: say why it is accepted all the same", place="remark")
    milestone.state, milestone.accepted_at, milestone.remark = state, at, remark
    session.add(milestone)
    told: dict[str, Any] = {"missed": len(missed)} | ({"reason_hash": text_hash(remark)} if remark else {})
    _record(session, actor, case, milestone, "accept", told, at=at)
    return milestone


def pay(session: Session, actor: Actor, id: str, reference: str = "", *, at: datetime) -> Milestone:
    """Records that an accepted milestone was paid, by all who committed money to it; once."""
    case, _, milestone = cases.of_milestone(session, actor, id, Action.ACCEPT_DELIVERY)
    milestone.state = states.advance(milestone.state, "pay", MILESTONE_MOVES)
    session.add(milestone)
    _record(session, actor, case, milestone, "pay", {}, at=at)
    text = f"milestone {milestone.number}" + (f", {reference}" if reference else "")
    purpose = Purpose(case.answer.id, text[:500], milestone_id=milestone.id)
    ledger.pay(session, actor, case.challenge, milestone.amount, purpose, at=at)
    return milestone


def get(session: Session, actor: Actor, id: str) -> Milestone:
    return cases.of_milestone(session, actor, id, Action.READ_AWARD, hold=False)[2]


def listed(session: Session, actor: Actor, contract_id: str) -> list[Milestone]:
    _, contract = cases.of_contract(session, actor, contract_id, Action.READ_AWARD, hold=False)
    return cases.milestones_of(session, contract)


def short_of(milestone: Milestone, indicators: Sequence[IndicatorTarget]) -> list[str]:
    """The must-have indicators that it is accepted against and that were not shown to be met, by name."""
    met = {one["indicator"] for one in milestone.measured if one["outcome"] == Outcome.MET}
    return [indicators[place].name for place in milestone.indicators if indicators[place].must and place not in met]


def _judged(measured: DeliveredValue, target: IndicatorTarget) -> dict[str, Any]:
    shown = _Shown(target.name, measured.operator, measured.value, measured.value_high, measured.unit)
    verdict = compare(target, shown)
    return measured.model_dump(mode="json") | {"outcome": str(verdict.outcome), "reason": verdict.reason}


# -- files ----------------------------------------------------------------------------------------


def attach(session: Session, actor: Actor, id: str, name: str, content: bytes, *, at: datetime) -> Attachment:
    """Adds a file to what is handed in, until that is accepted. Raises Invalid for a kind that is not taken."""
    case, _, milestone = cases.of_milestone(session, actor, id, Action.DELIVER)
    if milestone.state not in (MilestoneState.OPEN, MilestoneState.SUBMITTED):
        raise NotAllowed(f"This milestone is {milestone.state}: nothing is added to it any more.")
    name, media_type = file_kinds.checked(name, content)
    there = session.exec(
        select(func.count()).select_from(Attachment).where(col(Attachment.thing) == _thing(milestone))
    ).one()
    if there >= MOST_FILES:
        raise Invalid(f"at most {MOST_FILES} files are taken", place="file")
    made = Attachment(
        thing=_thing(milestone),
        name=name,
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        at=at,
    )
    session.add(made)
    session.flush()
    _record(session, actor, case, milestone, "attached", {"attachment": made.id, "sha256": made.sha256}, at=at)
    return made


def attachments(session: Session, actor: Actor, id: str) -> list[Attachment]:
    milestone = get(session, actor, id)
    query = select(Attachment).where(Attachment.thing == _thing(milestone))
    return list(session.exec(query.order_by(col(Attachment.id))))


def attachment(session: Session, actor: Actor, id: str, attachment_id: str) -> Attachment:
    milestone = get(session, actor, id)
    found = session.get(Attachment, attachment_id)
    if found is None or found.thing != _thing(milestone):
        raise NotFound("attachment", attachment_id)
    return found


def _thing(milestone: Milestone) -> str:
    return f"milestone:{milestone.id}"


def _record(
    session: Session, actor: Actor, case: Case, milestone: Milestone, move: str, told: dict[str, Any], *, at: datetime
) -> None:
    told = {"milestone": milestone.id, "contract": milestone.contract_id, "number": milestone.number} | told
    cases.record(session, actor, case.challenge, f"milestone.{move}", told, at=at)
