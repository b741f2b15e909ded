"""The installation's one secret, and the keys derived from it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from itsdangerous import BadSignature, URLSafeSerializer
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from matcher.errors import Unready

ROOT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    """Whoever has the root can forge every link and open every sealed key: it is never shown."""

    root: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.root) != ROOT_BYTES:
            raise ValueError(f"the secret has {len(self.root)} bytes instead of {ROOT_BYTES}")

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose alone; what one of them gives away tells nothing of another."""
        return hashlib.blake2b(purpose.encode(), key=self.root, digest_size=32, person=b"jiebang").digest()

    def sign(self, purpose: str, text: str) -> str:
        """The text with its signature, fit for a URL. It can be read by anybody, not changed."""
        signed = self._signer(purpose).dumps(text)
        assert isinstance(signed, str)
        return signed

    def unsign(self, purpose: str, signed: str) -> str | None:
        """The text that was signed for this purpose; None when it was not, or was changed."""
        if not signed.isascii():
            return None
        try:
            text = self._signer(purpose).loads(signed)
        except BadSignature:
            return None
        return text if isinstance(text, str) else None

    def seal(self, purpose: str, content: bytes) -> bytes:
        return bytes(SecretBox(self.key(f"seal {purpose}")).encrypt(content))

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """Raises Unready for what was sealed with another installation's secret, or was changed."""
        try:
            return SecretBox(self.key(f"seal {purpose}")).decrypt(sealed)
        except CryptoError:
            raise Unready("What was sealed with this installation's secret does not open: is it another one?") from None

    def hash(self, purpose: str, text: str) -> str:
        """A keyed hash, 64 hex digits: without the secret nobody can try which text it is of."""
        return hmac.new(self.key(f"hash {purpose}"), text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()

    def _signer(self, purpose: str) -> URLSafeSerializer:
        options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeSerializer(self.key("sign"), salt=purpose.encode(), signer_kwargs=options)
