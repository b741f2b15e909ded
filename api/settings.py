"""What an installation can set, by environment variables (`JIEBANG_…`) or a `.env` file.

The README's table of settings is compared with this class by a test.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_home() -> Path:
    """`jiebang` in the user's data folder, as the XDG base directory specification names it."""
    data = os.environ.get("XDG_DATA_HOME", "")
    return (Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share") / "jiebang"


def split(listed: str) -> list[str]:
    """The parts of a setting that holds several, separated by commas."""
    return [part.strip() for part in listed.split(",") if part.strip()]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="JIEBANG_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    home: Path = Field(
        default_factory=default_home,
        description="Folder of the data: the database, unless it stands elsewhere, and the index.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL of the database. Empty: the SQLite file jiebang.sqlite3 in the home.",
    )
    mechanisms: str = Field(
        default="",
        description="Folder of mechanisms of one's own (*.toml), read at the start. Empty: mechanisms in the home.",
    )
    days_ahead: int = Field(
        default=0,
        ge=0,
        le=36500,
        description="Days by which the deadlines of challenges are judged ahead of time: to rehearse one, "
        "never in earnest.",
    )
    model: str = Field(
        default="bundled",
        description="Embedding model: bundled, the name or folder of a sentence-transformers model, "
        "or the address of an OpenAI-compatible server with the model's name behind a #.",
    )
    model_api_key: SecretStr = Field(
        default=SecretStr(""), description="Key that the embedding server asks for, if it does."
    )
    query_prompt: str = Field(default="", description="Text that the model wants before every query.")
    document_prompt: str = Field(default="", description="Text that the model wants before every document.")
    host: str = Field(default="127.0.0.1", description="Address that the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that the server listens on.")
    secret: SecretStr = Field(
        default=SecretStr(""),
        description="At least 32 random characters that sign links and seal keys. Empty: the file secret.key in the "
        "home, made at the first start.",
    )
    max_upload_mb: int = Field(default=32, ge=1, description="Largest file that may be uploaded, in MiB.")
    public_url: str = Field(
        default="",
        description="Address under which people reach it, such as https://jiebang.example.org: links in mails begin "
        "with it. Empty: http:// with host and port.",
    )
    time_zone: str = Field(
        default="Asia/Shanghai", description="Time zone in which the pages show and take dates and times."
    )
    allowed_hosts: str = Field(
        default="",
        description="Host names, separated by commas, under which it answers besides IP addresses, localhost and "
        "that of the public URL; *.example.org stands for all below that, * for any.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of reverse proxies, separated by commas, whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed.",
    )
    attempt_rate: str = Field(
        default="30/minute",
        pattern="^[1-9][0-9]{0,5}/(second|minute|hour|day)$",
        description="How often one network address may try to sign in, use a link from a mail, or have a mail sent.",
    )
    smtp_host: str = Field(default="", description="Mail server. Empty: mails are written to the log instead.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the way to the mail server is kept private: starttls, tls or none."
    )
    smtp_user: str = Field(default="", description="Name to sign in with at the mail server, if it asks for one.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password to go with it.")
    mail_from: str = Field(default="", description="Sender of mails. Empty: jiebang@ and the host of the public URL.")
    oidc_issuer: str = Field(
        default="", description="OpenID Connect provider that people may sign in with, such as https://id.example.org."
    )
    oidc_client_id: str = Field(default="", description="Client id that the provider gave.")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Client secret that the provider gave.")

    @field_validator("public_url", "oidc_issuer")
    @classmethod
    def _web_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("an address such as https://jiebang.example.org is expected")
        return url

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("a name of the IANA time zone database is expected, such as Asia/Shanghai")
        return name

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, listed: str) -> str:
        for part in split(listed):
            ipaddress.ip_network(part)
        return listed

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("JIEBANG_OIDC_ISSUER needs JIEBANG_OIDC_CLIENT_ID")
        return self

    @property
    def address(self) -> str:
        """What links begin with; without a slash at the end."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        host = f"[{here}]" if ":" in here else here
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def mechanism_folder(self) -> Path:
        """The folder in force; it need not be there."""
        return Path(self.mechanisms).expanduser() if self.mechanisms else self.home.expanduser() / "mechanisms"

    @property
    def database(self) -> str:
        """The URL in force."""
        return self.database_url or f"sqlite:///{self.home.expanduser().absolute() / 'jiebang.sqlite3'}"
