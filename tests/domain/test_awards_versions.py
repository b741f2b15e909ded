"""Every version of a contract stays to be read, by whoever may read it: drafts, edits, and what changes made of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from awards_support import DAY, NOON, OPERATOR, awarded, contract_draft, signed
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session

import api
from api.db import upgrade
from matcher import events
from matcher.actors import COMMAND_LINE
from matcher.awards import changes, contract_versions, contracts
from matcher.awards.drafts import ChangeDraft, MilestoneDraft, hash_of
from matcher.errors import Invalid, NotFound
from matcher.sessions import WRITES, reading, writing


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


@ON_BOTH
def test_every_draft_is_kept_with_who_wrote_it_when(session: Session) -> None:
    made, award = awarded(session)
    first, second, third = (contract_draft(amount) for amount in ("100.00", "200.00", "300.00"))
    contract = contracts.draft(session, made.lab, award, first, at=NOON)
    contracts.edit(session, made.poster, contract.id, second, at=NOON + DAY)
    contracts.edit(session, COMMAND_LINE, contract.id, third, at=NOON + 2 * DAY)
    found = contract_versions.listed(session, made.lab, contract.id)
    assert [(one.number, contract_versions.draft_of(one), one.by_setter, one.at) for one in found] == [
        (1, first, False, NOON),
        (2, second, True, NOON + DAY),
        (3, third, None, NOON + 2 * DAY),
    ]
    told = [event.detail for event in events.of_thing(session, f"challenge:{made.challenge.id}")]
    hashes = [detail["terms_hash"] for detail in told if "terms_hash" in detail]
    assert hashes == [hash_of(contract_versions.draft_of(one)) for one in found]


def test_what_a_change_makes_of_it_is_a_version_with_the_milestones_that_stand(session: Session) -> None:
    made, id = signed(session, "300000.00", "500000.00", joint_ip="共有")
    said = ChangeDraft(reason="r", cancel=[1], add=[MilestoneDraft(title="复测", amount=Decimal(50), indicators=[0])])
    change = changes.ask(session, made.lab, id, said, at=NOON)
    changes.agree(session, made.setter, change.id, at=NOON + DAY)
    before, after = contract_versions.listed(session, made.setter, id)
    assert contract_versions.draft_of(before) == contract_draft("300000.00", "500000.00", joint_ip="共有")
    kept = contract_versions.draft_of(after)
    assert [(one.title, one.amount) for one in kept.milestones] == [("第2阶段", 500_000), ("复测", 50)]
    assert (after.number, kept.amount, kept.joint_ip, after.by_setter, after.at) == (
        2, 500_050, "共有", True, NOON + DAY,
    )  # fmt: skip


def test_versions_are_for_who_may_read_the_award(session: Session) -> None:
    made, id = signed(session)
    for actor in (made.lab, made.researchers[0], made.setter, made.poster, OPERATOR):
        assert len(contract_versions.listed(session, actor, id)) == 1
    for actor in (made.stranger, made.funder):
        with pytest.raises(NotFound):
            contract_versions.listed(session, actor, id)


def test_what_is_refused_is_no_version(session: Session) -> None:
    made, award = awarded(session)
    contract = contracts.draft(session, made.lab, award, contract_draft("100.00"), at=NOON)
    with pytest.raises(Invalid):
        contracts.edit(
            session,
            made.lab,
            contract.id,
            contract_draft(currency="USD"),
            at=NOON,
        )
    assert len(contract_versions.listed(session, made.lab, contract.id)) == 1


@ON_BOTH
def test_what_stood_before_there_were_versions_is_the_first_one(engine: Engine) -> None:
    with writing(engine) as session:
        made, award = awarded(session)
        id = contracts.draft(session, made.lab, award, contract_draft("100.00"), at=NOON).id
    _migrate_again(engine)
    with reading(engine) as session:
        [one] = contract_versions.listed(session, COMMAND_LINE, id)
        assert (one.number, contract_versions.draft_of(one), one.by_setter) == (1, contract_draft("100.00"), None)


def test_what_a_change_had_made_of_it_by_then_is_told_by_its_milestones_alone(engine: Engine) -> None:
    with writing(engine) as session:
        made, id = signed(session)
        change = changes.ask(session, made.lab, id, ChangeDraft(reason="r", cancel=[1]), at=NOON)
        changes.agree(session, made.setter, change.id, at=NOON)
    _migrate_again(engine)
    with reading(engine) as session:
        assert contract_versions.listed(session, COMMAND_LINE, id) == []


def _migrate_again(engine: Engine) -> None:
    """From before there were versions."""
    config = Config()
    config.set_main_option("script_location", str(Path(api.__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0006-1")
    upgrade(engine)
