"""Signing in with an account elsewhere: OpenID Connect, authorization code with PKCE."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.oauth2 import OAuth2Client
from authlib.oauth2.base import OAuth2Error
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ValidationError

from api.settings import Settings
from matcher.accounts.secrets import Secrets
from matcher.errors import Unauthenticated, Unready

SECONDS = 10
"""How long the provider is waited for."""

FLOW_SECONDS = 600
"""How long somebody may take to sign in there."""

_METADATA_SECONDS = 3600
_LEEWAY = 60
"""Seconds by which the provider's clock may differ."""

# Signed with a key that the provider alone has. Never "none", nor a hash keyed with the client's secret.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")


class Flow(BaseModel):
    """What has to come back as it went out. Stays with the browser, signed, until it does."""

    state: str
    nonce: str
    verifier: str
    next: str
    expires: float
    invitation: str = ""
    """The link that is to be accepted by signing in."""


@dataclass(frozen=True)
class Identity:
    """Who the provider says it is."""

    subject: str
    """Issuer and subject in one: unique among all providers."""
    email: str
    """Empty unless the provider has verified it."""
    name: str


class Provider:
    """The provider that the settings name. Raises Unready where it does not answer as one."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.oidc_issuer
        self._id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._callback = f"{settings.address}/api/v1/session/oidc/callback"
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._read_at = float("-inf")
        self._used: dict[str, float] = {}

    def begin(self, next: str, invitation: str = "") -> tuple[str, Flow]:
        """The address to send the browser to, and what to remember meanwhile."""
        metadata = self._discovered()
        flow = Flow(
            state=generate_token(32),
            nonce=generate_token(32),
            verifier=generate_token(64),
            next=next,
            expires=time.time() + FLOW_SECONDS,
            invitation=invitation,
        )
        with httpx.Client(timeout=SECONDS) as session:
            url, _ = self._client(session, metadata).create_authorization_url(
                metadata["authorization_endpoint"], state=flow.state, nonce=flow.nonce, code_verifier=flow.verifier
            )
        return url, flow

    def finish(self, flow: Flow, code: str) -> Identity:
        """Who has signed in there. Raises Unauthenticated for a code or a token that is not for this flow."""
        self._use_up(flow)
        metadata = self._discovered()
        try:
            with httpx.Client(timeout=SECONDS) as session:
                client = self._client(session, metadata)
                token = client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    redirect_uri=self._callback,
                    code_verifier=flow.verifier,
                    **self._credentials(metadata),
                )
                claims = self._claims(session, metadata, token, flow.nonce)
                if "email" not in claims and "userinfo_endpoint" in metadata:
                    claims = self._userinfo(session, metadata, token, claims)
        except (OAuth2Error, JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated(f"The sign-in provider's answer was refused ({type(error).__name__}).") from error
        except httpx.HTTPError as error:
            raise Unready(f"The sign-in provider does not answer ({type(error).__name__}).") from error
        verified = claims.get("email_verified") is True
        return Identity(
            subject=f"{self._issuer} {claims['sub']}",
            email=str(claims.get("email") or "") if verified else "",
            name=str(claims.get("name") or "")[:200].strip(),
        )

    def _client(self, session: httpx.Client, metadata: dict[str, Any]) -> OAuth2Client:
        return OAuth2Client(
            session=session,
            client_id=self._id,
            client_secret=self._secret,
            redirect_uri=self._callback,
            scope="openid email profile",
            code_challenge_method="S256",
        )

    def _credentials(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """In the way that the provider takes them; RFC 6749, 2.3.1 has both parts of the header quoted."""
        ways = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if not self._secret:
            return {"auth": httpx.Auth(), "client_id": self._id}
        if "client_secret_basic" not in ways and "client_secret_post" in ways:
            return {"auth": httpx.Auth(), "client_id": self._id, "client_secret": self._secret}
        return {"auth": httpx.BasicAuth(quote(self._id, safe=""), quote(self._secret, safe=""))}

    def _claims(self, session: httpx.Client, metadata: dict[str, Any], token: Any, nonce: str) -> dict[str, Any]:
        wanted = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
        registry = JWSRegistry(algorithms=[name for name in _ALGORITHMS if name in wanted], strict_check_header=False)
        text = token["id_token"]
        try:
            decoded = jwt.decode(text, self._keys(session, metadata), registry=registry)
        except InvalidKeyIdError:  # it has changed its keys since
            decoded = jwt.decode(text, self._keys(session, metadata, again=True), registry=registry)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._id},
            },
            {"nonce": nonce, "client_id": self._id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=_LEEWAY)
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise ValueError("the subject is no text of at most 255 characters")
        return dict(claims)

    def _userinfo(
        self, session: httpx.Client, metadata: dict[str, Any], token: Any, claims: dict[str, Any]
    ) -> dict[str, Any]:
        answer = session.get(
            metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {token['access_token']}"}
        )
        told = dict(answer.raise_for_status().json())
        if told.get("sub") != claims["sub"]:
            raise ValueError("userinfo is about somebody else")
        return told | claims

    def _keys(self, session: httpx.Client, metadata: dict[str, Any], *, again: bool = False) -> KeySet:
        keys = None if again else metadata.get("jwks")
        if keys is None:
            keys = metadata["jwks"] = session.get(metadata["jwks_uri"]).raise_for_status().json()
        return KeySet.import_key_set(keys)

    def _discovered(self) -> dict[str, Any]:
        """What the provider says of itself; read again from time to time."""
        with self._lock:
            if time.monotonic() - self._read_at > _METADATA_SECONDS:
                self._metadata = self._discover()
                self._read_at = time.monotonic()
            return self._metadata

    def _discover(self) -> dict[str, Any]:
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            with httpx.Client(timeout=SECONDS) as session:
                told = dict(session.get(address).raise_for_status().json())
        except (httpx.HTTPError, ValueError, TypeError) as error:
            raise Unready(f"The sign-in provider does not answer ({type(error).__name__}).") from error
        if told.get("issuer") != self._issuer:
            raise Unready("JIEBANG_OIDC_ISSUER is not the issuer that this provider says it is.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            allowed = {"https", urlsplit(self._issuer).scheme}
            if urlsplit(str(told.get(name, ""))).scheme not in allowed:
                raise Unready(f"The sign-in provider names no {name} that can be used.")
        return told

    def _use_up(self, flow: Flow) -> None:
        """Raises Unauthenticated for a flow that came back before."""
        moment = time.time()
        with self._lock:
            self._used = {state: expires for state, expires in self._used.items() if expires > moment}
            if flow.state in self._used:
                raise Unauthenticated("This sign-in was used before: start again.")
            self._used[flow.state] = flow.expires


def kept(secrets: Secrets, flow: Flow) -> str:
    """A flow as a cookie."""
    return secrets.sign("oidc flow", flow.model_dump_json())


def kept_flow(secrets: Secrets, cookie: str | None, state: str) -> Flow:
    """The flow that a browser began. Raises Unauthenticated where it began none, another, or too long ago."""
    text = secrets.unsign("oidc flow", cookie) if cookie else None
    try:
        flow = Flow.model_validate_json(text or "")
    except ValidationError:
        raise Unauthenticated("This browser has begun no sign-in elsewhere: start again.") from None
    if flow.state != state or flow.expires < time.time():
        raise Unauthenticated("This sign-in is too old, or was begun elsewhere: start again.")
    return flow
