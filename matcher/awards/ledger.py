"""The money of a challenge, by double entry: what was promised, and what became of it.

    posting     committed    open    paid    released
    commit         − x        + x
    pay                       − x     + x
    release                   − x              + x

Each party's lines of each posting add up to nothing, so that for everybody, at any time, what was
committed = paid + open + released; and open never falls below nothing. Entries are appended, and the
database itself refuses to change or delete them.

What is paid or released is borne by those who committed it, each in proportion to what it has open.
Whoever posts holds the challenge (`challenge_moves.hold`), so that nobody spends the same twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from matcher import events
from matcher.actors import Actor
from matcher.awards.drafts import text_hash
from matcher.awards.shares import split
from matcher.entities import Account, Challenge, LedgerEntry, new_id
from matcher.errors import NotAllowed

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Purpose:
    """What money is for."""

    answer_id: str
    text: str
    milestone_id: str | None = None
    round: int | None = None
    """A stage payment of this round, apart from an award."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Where one party's money for one answer stands."""

    party_id: str
    answer_id: str | None
    currency: str
    committed: Decimal
    open: Decimal
    paid: Decimal
    released: Decimal


# -- postings -------------------------------------------------------------------------------------


def commit(
    session: Session,
    actor: Actor,
    challenge: Challenge,
    parts: Mapping[str, Decimal],
    purpose: Purpose,
    *,
    at: datetime,
) -> None:
    """Promises money, each party its part."""
    _post(session, actor, challenge, "commit", Account.COMMITTED, Account.OPEN, parts, purpose, at)


def pay(
    session: Session, actor: Actor, challenge: Challenge, amount: Decimal, purpose: Purpose, *, at: datetime
) -> None:
    """Records a payment out of what is open for the answer. Raises NotAllowed where that is less."""
    parts = _from_open(session, challenge, purpose.answer_id, amount)
    _post(session, actor, challenge, "pay", Account.OPEN, Account.PAID, parts, purpose, at)


def release(
    session: Session,
    actor: Actor,
    challenge: Challenge,
    purpose: Purpose,
    amount: Decimal | None = None,
    *,
    at: datetime,
) -> Decimal:
    """Gives back what is not needed, all that is open where no amount is named; returns how much that was."""
    wanted = open_for(session, challenge, purpose.answer_id) if amount is None else amount
    parts = _from_open(session, challenge, purpose.answer_id, wanted)
    _post(session, actor, challenge, "release", Account.OPEN, Account.RELEASED, parts, purpose, at)
    return wanted


def _from_open(session: Session, challenge: Challenge, answer_id: str, amount: Decimal) -> dict[str, Decimal]:
    has = {one.party_id: one.open for one in _of_answer(session, challenge, answer_id)}
    there = sum(has.values(), ZERO)
    if amount > there:
        raise NotAllowed(f"{amount:,} is more than the {there:,} that is still open for this answer.")
    return split(amount, has)


def _post(
    session: Session,
    actor: Actor,
    challenge: Challenge,
    what: str,
    out_of: Account,
    into: Account,
    parts: Mapping[str, Decimal],
    purpose: Purpose,
    at: datetime,
) -> None:
    """Two lines for each party that has a part; nothing at all where none has."""
    parts = {party: amount for party, amount in parts.items() if amount}
    if any(amount < 0 for amount in parts.values()):
        raise ValueError(f"an amount to {what} is less than nothing")
    if not parts:
        return
    posting = new_id()
    lines = [
        LedgerEntry(
            posting=posting,
            challenge_id=challenge.id,
            party_id=party,
            answer_id=purpose.answer_id,
            milestone_id=purpose.milestone_id,
            round=purpose.round,
            account=account,
            amount=amount,
            currency=challenge.currency,
            text=purpose.text,
            at=at,
        )
        for party in sorted(parts)
        for account, amount in ((out_of, -parts[party]), (into, parts[party]))
    ]
    session.add_all(lines)
    session.flush()
    told = {"posting": posting, "answer": purpose.answer_id, "posting_hash": posting_hash(lines)}
    events.record(session, actor, events.Entry(f"ledger.{what}", f"challenge:{challenge.id}", told), at=at)


# -- what became of it ----------------------------------------------------------------------------


def entries(session: Session, challenge_id: str) -> list[LedgerEntry]:
    """In the order in which they were posted."""
    query = select(LedgerEntry).where(LedgerEntry.challenge_id == challenge_id)
    return list(session.exec(query.order_by(col(LedgerEntry.at), col(LedgerEntry.id))))


def balances(session: Session, challenge_id: str) -> list[Balance]:
    return balances_of(entries(session, challenge_id))


def balances_of(lines: Iterable[LedgerEntry]) -> list[Balance]:
    """One for each party, answer and currency, in that order."""
    sums: dict[tuple[str, str, str], dict[Account, Decimal]] = {}
    for line in lines:
        key = (line.party_id, line.answer_id or "", line.currency)
        of_one = sums.setdefault(key, dict.fromkeys(Account, ZERO))
        of_one[line.account] += line.amount
    return [
        Balance(
            party_id=party,
            answer_id=answer or None,
            currency=currency,
            committed=-of_one[Account.COMMITTED],
            open=of_one[Account.OPEN],
            paid=of_one[Account.PAID],
            released=of_one[Account.RELEASED],
        )
        for (party, answer, currency), of_one in sorted(sums.items())
    ]


def open_for(session: Session, challenge: Challenge, answer_id: str) -> Decimal:
    return sum((one.open for one in _of_answer(session, challenge, answer_id)), ZERO)


def _of_answer(session: Session, challenge: Challenge, answer_id: str) -> list[Balance]:
    return [
        one
        for one in balances(session, challenge.id)
        if (one.answer_id, one.currency) == (answer_id, challenge.currency)
    ]


def committed_in(session: Session, challenge: Challenge) -> Decimal:
    """All that was promised and not released again, for whichever answer."""
    found = balances(session, challenge.id)
    return sum((one.open + one.paid for one in found if one.currency == challenge.currency), ZERO)


def faults(lines: Iterable[LedgerEntry]) -> list[str]:
    """What does not hold, each as a sentence; nothing, unless somebody wrote past this module."""
    lines = list(lines)
    sums: dict[tuple[str, str, str], Decimal] = {}
    for line in lines:
        key = (line.posting, line.party_id, line.currency)
        sums[key] = sums.get(key, ZERO) + line.amount
    found = [f"Posting {posting} is off by {off}." for (posting, _, _), off in sums.items() if off]
    for one in balances_of(lines):
        if one.committed != one.paid + one.open + one.released:
            found.append(f"What {one.party_id} committed for {one.answer_id} is not what became of it.")
        if min(one.committed, one.open, one.paid, one.released) < 0:
            found.append(f"An account of {one.party_id} for {one.answer_id} stands below nothing.")
    return found


def posting_hash(lines: Iterable[LedgerEntry]) -> str:
    """Of a whole posting: events carry it, and the ledger can be held against it."""
    return text_hash(
        *(
            f"{line.posting} {line.party_id} {line.answer_id or ''} {line.account} {line.amount:.2f} {line.currency}"
            for line in sorted(lines, key=lambda line: (line.party_id, line.account))
        )
    )
