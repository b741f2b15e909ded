"""Where settings come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import Settings


def test_the_home_is_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JIEBANG_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Settings(_env_file=None).home == tmp_path / "jiebang"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert Settings(_env_file=None).home == Path.home() / ".local" / "share" / "jiebang"


def test_a_relative_data_folder_is_passed_over_as_xdg_demands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "somewhere")
    assert Settings(_env_file=None).home == Path.home() / ".local" / "share" / "jiebang"


def test_the_database_is_a_file_in_the_home_unless_another_is_named(tmp_path: Path) -> None:
    assert Settings(home=tmp_path, _env_file=None).database == f"sqlite:///{tmp_path}/jiebang.sqlite3"
    named = Settings(home=tmp_path, database_url="postgresql+psycopg:///jiebang", _env_file=None)
    assert named.database == "postgresql+psycopg:///jiebang"


def test_the_environment_goes_before_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("JIEBANG_PORT=8001\nJIEBANG_HOST=0.0.0.0\nOTHER=1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JIEBANG_PORT", "8002")
    assert (Settings().host, Settings().port) == ("0.0.0.0", 8002)


@pytest.mark.parametrize(("name", "value"), [("PORT", "70000"), ("PORT", "eighty"), ("MAX_UPLOAD_MB", "0")])
def test_a_setting_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"JIEBANG_{name}", value)
    with pytest.raises(ValidationError):
        Settings(_env_file=None)


def test_the_key_of_the_model_server_is_not_printed() -> None:
    assert "hush" not in repr(Settings(model_api_key="hush", _env_file=None))


def test_every_setting_is_described() -> None:
    assert [name for name, setting in Settings.model_fields.items() if not setting.description] == []
