"""Passwords: what is taken for one, and the hashes kept of them."""

from __future__ import annotations

import unicodedata
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from matcher.accounts.common_passwords import COMMON
from matcher.errors import Invalid

SHORTEST, LONGEST = 10, 200
_FEWEST_DIFFERENT = 5
_OWN = 6
"""Characters that a password has to have beside the name or address of whoever chose it."""

HASHES = PasswordHash((Argon2Hasher(),))


def check_rule(
    password: str,
    *,
    email: str = "",
    name: str = "",
    place: str = "password",
    called: str = "password",
    shortest: int = SHORTEST,
) -> None:
    """Raises Invalid for what is easily guessed, in terms of what it is `called`. `place` is the field it stands in."""
    plain = _plain(password)
    if not shortest <= len(plain) <= LONGEST:
        raise Invalid(f"a {called} has {shortest} to {LONGEST} characters", place=place)
    folded = plain.casefold()
    if folded in COMMON or len(set(folded)) < _FEWEST_DIFFERENT:
        raise Invalid(f"this {called} is among the first that anybody would try", place=place)
    rest = "".join(folded.split())
    for own in (email, email.partition("@")[0], name):
        word = "".join(_plain(own).casefold().split())
        if len(word) > 1:
            rest = rest.replace(word, "")
    if len(rest) < _OWN:
        raise Invalid(f"the {called} is little more than the name or the e-mail address", place=place)


def hash_password(password: str) -> str:
    """Argon2id with its parameters and salt. Takes a tenth of a second: never inside a transaction."""
    return HASHES.hash(_encoded(_plain(password)))


def check(password: str, stored: str) -> tuple[bool, str | None]:
    """Whether it is the password, and a new hash where the stored one has outdated parameters.

    With nothing stored it fails after the same time: how long it takes does not tell who has an account.
    """
    plain = _plain(password[: 4 * LONGEST])[: LONGEST + 1]
    nobodys = _nobodys_hash(HASHES)
    right, better = HASHES.verify_and_update(_encoded(plain), stored or nobodys)
    if not stored or len(plain) > LONGEST:
        return False, None
    return right, better


def _plain(password: str) -> str:
    """The same password typed on another system, where composed characters come in pieces or full width."""
    return unicodedata.normalize("NFKC", password)


def _encoded(plain: str) -> bytes:
    return plain.encode(errors="surrogatepass")  # halves of characters, which JSON can carry


@cache
def _nobodys_hash(hashes: PasswordHash) -> str:
    return hashes.hash("the password of nobody")
