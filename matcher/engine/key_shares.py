"""A key in three parts of which any two make it whole, and keys that come from a passphrase.

For each two of the three holders the key is split once, into a random pad and the key under that
pad. Whoever holds one part has pads, or the key under pads that they do not hold: nothing.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from nacl.public import PrivateKey
from nacl.pwhash import argon2id
from nacl.utils import random

KEY_BYTES = 32
SALT_BYTES = argon2id.SALTBYTES


@dataclass(frozen=True, slots=True)
class Cost:
    """What it costs to try one passphrase."""

    operations: int
    memory: int
    """Bytes."""


COST = Cost(argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE)
"""About a second and 256 MiB: whoever has a copy of the database can try, on machines of their own."""


def split(key: bytes) -> tuple[bytes, bytes, bytes]:
    """Three parts of a key of 32 bytes."""
    first, second, third = random(KEY_BYTES), random(KEY_BYTES), random(KEY_BYTES)
    return first + second, _xor(key, first) + third, _xor(key, second) + _xor(key, third)


_PLACES = {(0, 1): (0, 0), (0, 2): (1, 0), (1, 2): (1, 1)}
"""Two holders, in order → in which half of either's part their common split lies."""


def join(parts: dict[int, bytes]) -> bytes:
    """The key, from two of its parts by their place in what `split` gave."""
    (one, first), (other, second) = sorted(parts.items())
    here, there = _PLACES[one, other]
    return _xor(_half(first, here), _half(second, there))


def key_of(passphrase: str, salt: bytes) -> PrivateKey:
    """The key that a passphrase stands for; the passphrase itself is kept nowhere. Takes about a second:
    never inside a transaction."""
    plain = unicodedata.normalize("NFKC", passphrase).encode(errors="surrogatepass")
    return PrivateKey(argon2id.kdf(KEY_BYTES, plain, salt, COST.operations, COST.memory))


def _half(part: bytes, place: int) -> bytes:
    return part[place * KEY_BYTES : (place + 1) * KEY_BYTES]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
