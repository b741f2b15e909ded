"""A key in three parts, and a key from a passphrase."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.engine import key_shares
from matcher.engine.key_shares import Cost


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_shares, "COST", Cost(1, 8192))


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_any_two_of_three_parts_make_the_key_whole(key: bytes) -> None:
    parts = dict(enumerate(key_shares.split(key)))
    assert {key_shares.join({one: parts[one], two: parts[two]}) for one, two in combinations(parts, 2)} == {key}


def test_one_part_alone_looks_the_same_whatever_the_key_is() -> None:
    """Over many splits of a key of zeros each part's bytes are spread as those of a random key."""
    for place in range(3):
        ones = sum(int.from_bytes(key_shares.split(bytes(32))[place]).bit_count() for _ in range(200))
        assert 0.48 < ones / (200 * 64 * 8) < 0.52
        halves = [key_shares.split(bytes(32))[place] for _ in range(200)]
        assert all(part[:32] != part[32:] for part in halves)


def test_a_passphrase_gives_the_same_key_however_it_is_typed_and_another_with_another_salt() -> None:
    salt, other = bytes(16), b"1" * 16
    key = bytes(key_shares.key_of("开标口令ＡＢＣ", salt))
    assert key == bytes(key_shares.key_of("开标口令ABC", salt))
    assert key != bytes(key_shares.key_of("开标口令ABC", other))
    assert key != bytes(key_shares.key_of("开标口令ABD", salt))
