"""What an installation can set, by environment variables (`JIEBANG_…`) or a `.env` file.

The README's table of settings is compared with this class by a test.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_home() -> Path:
    """`jiebang` in the user's data folder, as the XDG base directory specification names it."""
    data = os.environ.get("XDG_DATA_HOME", "")
    return (Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share") / "jiebang"


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
    max_upload_mb: int = Field(default=32, ge=1, description="Largest file that may be uploaded, in MiB.")

    @property
    def database(self) -> str:
        """The URL in force."""
        return self.database_url or f"sqlite:///{self.home.expanduser().absolute() / 'jiebang.sqlite3'}"
