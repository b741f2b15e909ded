"""What is taken for a password, the hashes kept, and the installation's secret."""

from __future__ import annotations

import pytest
from accounts_support import SECRETS
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from matcher.accounts import passwords
from matcher.accounts.common_passwords import COMMON
from matcher.accounts.secrets import Secrets
from matcher.errors import Invalid, Unready


@pytest.mark.parametrize(
    "password",
    [
        "quartz-lantern-77",
        "正确的马电池订书钉一二三",
        "a b c d e f g",
        "mei.lin and nine more words",
        "x" * 195 + "abcde",
    ],
)
def test_any_long_password_is_taken(password: str) -> None:
    passwords.check_rule(password, email="mei.lin@example.com", name="Mei Lin")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "10 to 200 characters"),
        ("ninechars", "10 to 200 characters"),
        ("abcde" * 40 + "f", "10 to 200 characters"),
        ("Password123", "first that anybody would try"),
        ("ＰＡＳＳＷＯＲＤ１２３", "first that anybody would try"),
        ("aaaaaaaaaaaaaa", "first that anybody would try"),
        ("1212121212121", "first that anybody would try"),
        ("mei.lin@example.com", "little more than the name"),
        ("MEI.LIN@example.com1", "little more than the name"),
        ("mei.lin2026", "little more than the name"),
        ("Mei  Lin Mei Lin 1", "little more than the name"),
    ],
)
def test_what_is_easily_guessed_is_refused(password: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        passwords.check_rule(password, email="mei.lin@example.com", name="Mei Lin", place="new")
    assert refused.value.place == "new"
    assert len(password) < 5 or password not in str(refused.value)


def test_common_passwords_are_kept_as_they_are_compared() -> None:
    assert {word for word in COMMON if len(word) < passwords.SHORTEST or word != word.casefold()} == set()


def test_a_password_is_checked_whatever_way_its_characters_were_composed() -> None:
    stored = passwords.hash_password("Zoë-Ångström-77")
    assert stored.startswith("$argon2id$")
    assert passwords.check("Zoe\u0308-A\u030angstro\u0308m-77", stored) == (True, None)
    assert passwords.check("Zoe-Angstrom-77", stored) == (False, None)


def test_halves_of_characters_are_characters_too() -> None:
    stored = passwords.hash_password("quartz-\ud800-lantern")
    assert passwords.check("quartz-\ud800-lantern", stored)[0]
    assert not passwords.check("quartz-\ud801-lantern", stored)[0]


def test_one_password_has_two_hashes() -> None:
    assert passwords.hash_password("quartz-lantern-77") != passwords.hash_password("quartz-lantern-77")


@pytest.mark.parametrize("tried", ["", "the password of nobody"])
def test_nobody_signs_in_where_no_password_is_stored(tried: str) -> None:
    assert passwords.check(tried, "") == (False, None)


def test_what_is_longer_than_any_password_is_wrong() -> None:
    longest = "abcde" * 40
    stored = passwords.hash_password(longest)
    assert passwords.check(longest, stored)[0]
    assert not passwords.check(longest + "f", stored)[0]
    assert not passwords.check(longest * 1000, stored)[0]


def test_a_hash_with_outdated_parameters_is_made_anew_when_the_password_is_right() -> None:
    outdated = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=16, parallelism=1),)).hash("quartz-lantern-77")
    right, better = passwords.check("quartz-lantern-77", outdated)
    assert right
    assert better is not None
    assert passwords.check("quartz-lantern-77", better) == (True, None)
    assert passwords.check("wrong-lantern-77", outdated) == (False, None)


def test_an_absent_account_costs_one_verification_as_a_present_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []

    class Counting(Argon2Hasher):
        def verify(self, password: str | bytes, hash: str | bytes) -> bool:
            verified.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify(password, hash)

    monkeypatch.setattr(passwords, "HASHES", PasswordHash((Counting(time_cost=1, memory_cost=8, parallelism=1),)))
    stored = passwords.hash_password("quartz-lantern-77")
    passwords.check("anything at all", stored)
    passwords.check("anything at all", "")
    assert len(verified) == 2
    assert verified[0] == verified[1], "same parameters, so the same time"


def test_a_secret_shows_itself_nowhere_and_has_32_bytes() -> None:
    assert repr(SECRETS) == "Secrets()"
    with pytest.raises(ValueError, match="31 bytes instead of 32"):
        Secrets(bytes(31))


def test_keys_of_two_purposes_or_two_installations_differ() -> None:
    other = Secrets(bytes(32))
    keys = {SECRETS.key("a"), SECRETS.key("b"), other.key("a"), other.key("b")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert SECRETS.key("a") == Secrets(SECRETS.root).key("a")


def test_what_was_signed_opens_for_its_purpose_alone() -> None:
    signed = SECRETS.sign("reset", "0191")
    assert SECRETS.unsign("reset", signed) == "0191"
    assert SECRETS.unsign("confirm", signed) is None
    assert Secrets(bytes(32)).unsign("reset", signed) is None
    assert SECRETS.unsign("reset", signed[:-1]) is None
    assert SECRETS.unsign("reset", "") is None
    assert SECRETS.unsign("reset", "é.\udcff") is None


def test_what_was_sealed_opens_for_its_purpose_alone_and_says_when_it_does_not() -> None:
    sealed = SECRETS.seal("totp", b"key")
    assert SECRETS.unseal("totp", sealed) == b"key"
    assert b"key" not in sealed
    for secrets, purpose, text in [
        (SECRETS, "other", sealed),
        (Secrets(bytes(32)), "totp", sealed),
        (SECRETS, "totp", sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ]:
        with pytest.raises(Unready, match="does not open"):
            secrets.unseal(purpose, text)
