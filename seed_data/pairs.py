"""A matchmaker's desk in the middle of its work: pairs at every stage, told through the verbs that users' acts take.

Only the needs that the story is about are ranked here, which takes a moment; a running server ranks the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, select

from matcher.accounts import people
from matcher.actors import Actor
from matcher.entities import Judgement, Kind, Membership, Need, Pair, PlatformRole, Result, Role
from matcher.errors import NotFound
from matcher.indexing import SearchIndex
from matcher.reviews import following, introductions, proposing, verdicts
from matcher.reviews.following import ContractedDraft, EndDraft, NoteDraft
from matcher.reviews.introductions import Asking, Assent, Declining
from matcher.reviews.verdicts import VerdictDraft

DAY = timedelta(days=1)


def add(session: Session, index: SearchIndex, now: datetime) -> None:
    """Puts them into a home that holds the demonstration set, its accounts, and an index that has caught up.

    What another model than the bundled one finds no pair for is left out.
    """
    desk = _Desk(session, index, now)
    for need, result, tell in _STORIES:
        pair = desk.pair(need, result)
        if pair is not None:
            tell(desk, pair)


@dataclass
class _Desk:
    session: Session
    index: SearchIndex
    now: datetime

    def __post_init__(self) -> None:
        self.id = self._person("matchmaker@example.com")
        roles = frozenset({PlatformRole.MATCHMAKER})
        self.matchmaker = Actor(people.name_of(self.id), platform_roles=roles, person_id=self.id)

    def _person(self, email: str) -> str:
        found = people.by_email(self.session, email)
        if found is None:
            raise NotFound("person", email)
        return found.id

    def pair(self, need: str, result: str) -> Pair | None:
        """Of what these references name; where the ranking does not find it, the best that it finds instead."""
        asked = self.session.exec(select(Need).where(Need.reference == need)).one()
        wanted = self.session.exec(select(Result.id).where(Result.reference == result)).one()
        ranked = proposing.rank(self.session, self.index, asked)
        return next((pair for pair in ranked if pair.result_id == wanted), ranked[0] if ranked else None)

    def judged(self, pair: Pair, at: datetime, judgement: Judgement, reason: str = "", note: str = "") -> None:
        draft = VerdictDraft(judgement=judgement, reason=reason, note=note)
        verdicts.decide(self.session, self.matchmaker, self.id, pair.id, draft, at=at)

    def asked(self, pair: Pair, at: datetime, to_need: str, to_result: str) -> None:
        """Taken further, and both sides asked a day later."""
        self.judged(pair, at, Judgement.TAKE_FURTHER)
        draft = Asking(to_need=to_need, to_result=to_result)
        introductions.ask(self.session, self.matchmaker, pair.id, draft, at=at + DAY)

    def accepted(self, pair: Pair, side: Kind, at: datetime, note: str = "") -> None:
        asked = introductions.of_side(self.session, pair, side)
        assert asked is not None
        introductions.accept(self.session, self._of(asked.organisation_id), asked.id, Assent(note=note), at=at)

    def declined(self, pair: Pair, side: Kind, at: datetime, reason: str) -> None:
        asked = introductions.of_side(self.session, pair, side)
        assert asked is not None
        draft = Declining(reason=reason)
        introductions.decline(self.session, self._of(asked.organisation_id), asked.id, draft, at=at)

    def noted(self, pair: Pair, at: datetime, text: str) -> None:
        following.add_note(self.session, self.matchmaker, pair.id, NoteDraft(text=text), at=at)

    def introduced(self, pair: Pair, at: datetime) -> None:
        self.asked(
            pair, at, "双方的指标和工况接近，建议见面细谈。", "An enterprise looks for what you have; shall we meet?"
        )
        self.accepted(pair, Kind.NEED, at + 2 * DAY)
        self.accepted(pair, Kind.RESULT, at + 3 * DAY)

    def _of(self, organisation_id: str) -> Actor:
        """Who manages it: one of the demonstration's people, or nobody in particular."""
        manages = (Membership.organisation_id == organisation_id, Membership.role == Role.MANAGER)
        id = self.session.exec(select(Membership.person_id).where(*manages)).first()
        name = people.name_of(id) if id else "demonstration"
        return Actor(name, organisation_id, frozenset({Role.MANAGER}), person_id=id)


# -- looked at, and put down in each of the four ways ---------------------------------------------


def _unsure(desk: _Desk, pair: Pair) -> None:
    desk.judged(pair, desk.now - 2 * DAY, Judgement.UNSURE)


def _not_now(desk: _Desk, pair: Pair) -> None:
    desk.judged(pair, desk.now - 3 * DAY, Judgement.NOT_NOW, "no_money_now", "预算明年一季度下达")


def _refused(desk: _Desk, pair: Pair) -> None:
    desk.judged(pair, desk.now - 4 * DAY, Judgement.NO, "indicators_missed", "预警提前量不够")


def _taken_further(desk: _Desk, pair: Pair) -> None:
    desk.judged(pair, desk.now - DAY, Judgement.TAKE_FURTHER)


# -- waiting for the sides ------------------------------------------------------------------------


def _waiting_on_both(desk: _Desk, pair: Pair) -> None:
    said = "这项成果的导电油脂已有台架寿命数据，请看是否值得见面。"
    desk.asked(pair, desk.now - 2 * DAY, said, "一家轴承企业需要长寿命润滑脂。")


def _waiting_on_the_lab(desk: _Desk, pair: Pair) -> None:
    """For longer than it should."""
    desk.asked(pair, desk.now - 12 * DAY, "變轉速控制模組可加裝在現有主軸。", "一家精密加工企业在找颤振抑制方案。")
    desk.accepted(pair, Kind.NEED, desk.now - 10 * DAY, "请先提供钛合金薄壁件的切削试验数据")
    desk.noted(pair, desk.now - 9 * DAY, "已电话提醒对方管理员一次。")


# -- introduced, and what came of it --------------------------------------------------------------


def _introduced(desk: _Desk, pair: Pair) -> None:
    desk.introduced(pair, desk.now - 6 * DAY)


def _talking(desk: _Desk, pair: Pair) -> None:
    desk.introduced(pair, desk.now - 30 * DAY)
    following.talk(desk.session, desk.matchmaker, pair.id, at=desk.now - 20 * DAY)


def _contracted(desk: _Desk, pair: Pair) -> None:
    desk.introduced(pair, desk.now - 90 * DAY)
    following.talk(desk.session, desk.matchmaker, pair.id, at=desk.now - 80 * DAY)
    contract = ContractedDraft(amount=Decimal(680_000))
    following.contract(desk.session, desk.matchmaker, pair.id, contract, at=desk.now - 25 * DAY)


def _declined(desk: _Desk, pair: Pair) -> None:
    desk.asked(pair, desk.now - 9 * DAY, "微通道装置已在同类产品上运行。", "一家精细化工企业要改造硝化工段。")
    desk.declined(pair, Kind.NEED, desk.now - 4 * DAY, "too_expensive")


def _without_terms(desk: _Desk, pair: Pair) -> None:
    desk.introduced(pair, desk.now - 60 * DAY)
    end = EndDraft(reason="no_terms", note="独占许可的年限谈不拢")
    following.end(desk.session, desk.matchmaker, pair.id, end, at=desk.now - 15 * DAY)


_STORIES: Sequence[tuple[str, str, Callable[[_Desk, Pair], None]]] = (
    ("NA-050", "RA-119", _unsure),
    ("NA-035", "RA-078", _not_now),
    ("NA-037", "RA-074", _refused),
    ("NA-047", "RA-115", _taken_further),
    ("NA-001", "RA-122", _waiting_on_both),
    ("NA-005", "RA-010", _waiting_on_the_lab),
    ("NA-004", "RA-127", _introduced),
    ("NA-028", "RA-059", _talking),
    ("NA-018", "RA-038", _contracted),
    ("NA-033", "RA-072", _declined),
    ("NA-021", "RA-043", _without_terms),
)
"""Of which need with which result each is told."""
