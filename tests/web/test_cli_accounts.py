"""`jiebang account` and `jiebang token`, the installation's secret, and the demonstration's people."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cli_support import Jiebang, runner
from pydantic import SecretStr
from sqlmodel import select
from typer.testing import CliRunner

from api import running
from api.cli import app, serving
from api.cli.account import PlatformRoleChoice, RoleChoice
from api.composition import Home, open_home
from api.secrets import FILE, load_secrets
from api.settings import Settings
from matcher import organisations
from matcher.accounts import invitations, people, sign_ins, tokens
from matcher.accounts.invitations import Acceptance
from matcher.actors import ANONYMOUS, COMMAND_LINE
from matcher.entities import Event, OrganisationKind, PlatformRole, Role
from matcher.errors import Unauthenticated, Unready
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading, writing
from seed_data import loading
from seed_data import people as demonstration

PASSWORD, NEW = "quartz-lantern-77", "velvet-harbour-31"


@pytest.fixture
def jiebang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    return runner("bundled", tmp_path, monkeypatch)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(Settings(home=tmp_path / "data", _env_file=None)) as opened:
        with writing(opened.engine) as session:
            draft = OrganisationDraft(kind=OrganisationKind.COMPANY, name="甲公司")
            organisations.admit(session, COMMAND_LINE, draft)
        yield opened


def typed(home: Home, *arguments: str, text: str = PASSWORD + "\n") -> Any:
    """A command with this on its standard input."""
    environment = {"JIEBANG_HOME": str(home.settings.home), "COLUMNS": ""}
    return CliRunner().invoke(app, list(arguments), input=text, env=environment)


def made(home: Home, email: str = "mei@example.com", *options: str) -> str:
    """The id of a new account."""
    done = typed(home, "account", "create", "--email", email, "--password-stdin", "--json", *options)
    assert done.exit_code == 0, done.stderr
    return str(json.loads(done.stdout)["id"])


def shown(jiebang: Jiebang, email: str = "mei@example.com") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(jiebang("account", "show", email, "--json").stdout)
    return found


def sign_in(home: Home, password: str, email: str = "mei@example.com") -> str:
    return sign_ins.sign_in(home.engine, ANONYMOUS, home.secrets, email, password)[1]


def test_the_first_operator_is_made_here(home: Home, jiebang: Jiebang) -> None:
    done = typed(home, "account", "create", "--operator", "--email", "Mei@Example.com", "--name", "Mei Lin",
                 "--password-stdin")  # fmt: skip
    assert done.stdout == "Made the account of Mei Lin <mei@example.com>, an operator.\n"
    record = shown(jiebang)
    assert (record["email"], record["name"], record["organisations"]) == ("mei@example.com", "Mei Lin", [])
    assert record["platform_roles"] == [{"role": "operator", "fields": [], "regions": [], "workload": None}]
    with reading(home.engine) as session:
        assert sign_ins.actor_of(session, sign_in(home, PASSWORD))[0].platform_roles == {PlatformRole.OPERATOR}
        assert "command line" in set(session.exec(select(Event.actor)))


@pytest.mark.parametrize(
    ("email", "text", "said"),
    [
        ("mei@example.com", "short\n", "password: a password has 10 to 200 characters"),
        ("mei@example.com", "", "password: a password has 10 to 200 characters"),
        ("mei@example.com", "mei@example.com\n", "little more than the name"),
        ("mei", PASSWORD, "email: not an e-mail address"),
        ("", PASSWORD, "email: not an e-mail address"),
    ],
)
def test_no_account_is_made_of_what_does_not_fit(
    home: Home, jiebang: Jiebang, email: str, text: str, said: str
) -> None:
    done = typed(home, "account", "create", "--email", email, "--password-stdin", text=text)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
    assert "No account here" in jiebang("account", "list").stderr


def test_without_a_terminal_the_password_has_to_come_by_standard_input(home: Home) -> None:
    done = typed(home, "account", "create", "--email", "mei@example.com")
    assert (done.exit_code, "use --password-stdin" in done.stderr) == (2, True)


def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cli.account._has_terminal", lambda: True)
    done = typed(home, "account", "create", "--email", "mei@example.com", text=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    assert "Repeat" in done.stderr
    sign_in(home, PASSWORD)


@pytest.mark.parametrize("name", ["x" * 201, "\u200b"])
def test_a_name_is_readable(home: Home, name: str) -> None:
    done = typed(home, "account", "create", "--email", "mei@example.com", "--name", name, "--password-stdin")
    assert (done.exit_code, done.stderr) == (2, "error: name: 1 to 200 characters are expected\n")


def test_an_address_has_one_account(home: Home) -> None:
    made(home)
    done = typed(home, "account", "create", "--email", "MEI@example.com", "--password-stdin")
    assert (done.exit_code, "already an account" in done.stderr) == (2, True)


def test_accounts_are_listed_and_shown(home: Home, jiebang: Jiebang) -> None:
    made(home)
    made(home, "wei@example.com", "--name", "魏")
    assert jiebang("account", "roles", "wei@example.com", "--organisation", "甲公司", "--role", "poster").stdout == (
        "wei@example.com is poster of 甲公司.\n"
    )
    listed = [json.loads(line) for line in jiebang("account", "list", "--json").stdout.splitlines()]
    assert [(one["email"], [there["name"] for there in one["organisations"]]) for one in listed] == [
        ("mei@example.com", []),
        ("wei@example.com", ["甲公司"]),
    ]
    assert "甲公司: poster" in jiebang("account", "list").stdout
    assert "There are more than 1" in jiebang("account", "list", "--limit", "1").stderr
    assert "There are more" not in jiebang("account", "list", "--limit", "2").stderr
    assert len(jiebang("account", "list", "--limit", "0", "--json").stdout.splitlines()) == 2
    assert "甲公司: poster" in jiebang("account", "show", "wei@example.com").stdout
    missing = jiebang("account", "show", "lan@example.com")
    assert (missing.exit_code, missing.stderr) == (2, "error: No account 'lan@example.com'.\n")


def test_a_new_password_ends_what_is_signed_in(home: Home) -> None:
    made(home)
    token = sign_in(home, PASSWORD)
    done = typed(home, "account", "password", "mei@example.com", "--password-stdin", text=NEW + "\r\n")
    assert done.stdout == "mei@example.com has a new password; sessions ended: 1, tokens revoked: 0.\n"
    with reading(home.engine) as session, pytest.raises(Unauthenticated):
        sign_ins.actor_of(session, token)
    sign_in(home, NEW)
    with pytest.raises(Unauthenticated):
        sign_in(home, PASSWORD)


def test_accounts_are_disabled_enabled_and_erased(home: Home, jiebang: Jiebang) -> None:
    mei = made(home)
    assert (
        jiebang("account", "disable", "mei@example.com", "--reason", "left").stdout == "mei@example.com is disabled.\n"
    )
    assert shown(jiebang)["disabled_at"]
    assert jiebang("account", "enable", "mei@example.com").exit_code == 0
    sign_in(home, PASSWORD)
    assert jiebang("account", "erase", "mei@example.com").exit_code == 1, "nobody said yes"
    assert shown(jiebang)["id"] == mei
    done = jiebang("account", "erase", "mei@example.com", "--yes")
    assert done.stdout == f"mei@example.com is erased; the record knows them as person:{mei}.\n"
    assert jiebang("account", "show", "mei@example.com").exit_code == 2
    with reading(home.engine) as session:
        assert people.find(session, mei).erased_at


def test_the_last_operator_stays(home: Home, jiebang: Jiebang) -> None:
    made(home)
    assert jiebang("account", "operator", "mei@example.com").stdout == "mei@example.com is now an operator.\n"
    for command in (("disable",), ("erase", "--yes"), ("accredit", "--role", "operator", "--withdraw")):
        done = jiebang("account", command[0], "mei@example.com", *command[1:])
        assert (done.exit_code, "last operator" in done.stderr) == (2, True)


def test_platform_roles_name_fields_and_regions_in_any_words(home: Home, jiebang: Jiebang) -> None:
    made(home)
    accredit = ("account", "accredit", "mei@example.com", "--role", "matchmaker")
    assert jiebang(*accredit, "--field", "new_materials", "--region", "苏州", "--workload", 5).exit_code == 0
    assert shown(jiebang)["platform_roles"] == [
        {"role": "matchmaker", "fields": ["new_materials"], "regions": ["320500"], "workload": 5}
    ]
    assert "at most 5 at a time" in jiebang("account", "show", "mei@example.com").stdout
    assert "unknown region" in jiebang(*accredit, "--region", "Atlantis").stderr
    assert jiebang(*accredit, "--withdraw").stdout == "mei@example.com is no longer a matchmaker.\n"
    assert shown(jiebang)["platform_roles"] == []
    assert "No matchmaker" in jiebang(*accredit, "--withdraw").stderr


def test_roles_in_an_organisation_are_given_and_taken(home: Home, jiebang: Jiebang) -> None:
    made(home)
    roles = ("account", "roles", "mei@example.com", "--organisation", "甲公司")
    done = jiebang(*roles, "--role", "manager", "--role", "poster")
    assert done.stdout == "mei@example.com is manager, poster of 甲公司.\n"
    assert jiebang(*roles, "--leave").stdout == "mei@example.com does not belong to 甲公司.\n"
    assert shown(jiebang)["organisations"] == []
    for wrong in ((*roles,), (*roles, "--leave", "--role", "poster"), (*roles[:-1], "乙公司", "--role", "poster")):
        assert jiebang(*wrong).exit_code == 2


def test_an_invitation_is_a_link_that_lets_somebody_in(home: Home, jiebang: Jiebang) -> None:
    record = json.loads(
        jiebang("account", "invite", "wei@example.com", "--organisation", "甲公司", "--role", "researcher", "--json",
                JIEBANG_PUBLIC_URL="https://jiebang.example.org").stdout
    )  # fmt: skip
    prefix = "https://jiebang.example.org/links/"
    assert (record["email"], record["link"].startswith(prefix)) == ("wei@example.com", True)
    acceptance = Acceptance("Wei", NEW)
    wei, there = invitations.accept(
        home.engine, ANONYMOUS, home.secrets, record["link"].removeprefix(prefix), acceptance
    )
    with reading(home.engine) as session:
        assert people.actor_for(session, people.find(session, wei.id), there).roles == {Role.RESEARCHER}
    founding = jiebang("account", "invite", "lan@example.com").stdout.strip()
    with reading(home.engine) as session:
        told = invitations.look(session, ANONYMOUS, home.secrets, founding.rpartition("/")[2])
        assert (told.organisation, told.roles) == (None, {Role.MANAGER})
    nobody = jiebang("account", "invite", "x@example.com", "--organisation", "甲公司")
    assert (nobody.exit_code, "--role: say what they are to be there" in nobody.stderr) == (2, True)


def test_organisations_are_admitted_and_listed(home: Home, jiebang: Jiebang) -> None:
    done = jiebang(
        "organisation", "add", " 乙研究所 ", "--kind", "lab", "--region", "苏州", "--name-en", "Yi Institute"
    )
    assert (done.exit_code, done.stdout) == (0, "Admitted 乙研究所 as a lab.\n")
    records = [json.loads(line) for line in jiebang("organisation", "list", "--json").stdout.splitlines()]
    assert [(one["name"], one["kind"], one["region"]) for one in records] == [
        ("甲公司", "company", None),
        ("乙研究所", "lab", "320500"),
    ]
    shown = jiebang("organisation", "list").stdout
    assert "Yi Institute" in shown
    assert records[1]["id"] in shown
    assert "There are more than 1" in jiebang("organisation", "list", "--limit", 1).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("甲公司", "--kind", "company"), "There is already an organisation named '甲公司'."),
        (("丙", "--kind", "lab", "--region", "Atlantis"), "--region: unknown region 'Atlantis'"),
        (("丙", "--kind", "lab", "--credit-code", "123"), "credit_code: "),
        ((" ", "--kind", "lab"), "name: "),
    ],
)
def test_a_faulty_organisation_is_not_admitted(
    home: Home, jiebang: Jiebang, arguments: tuple[str, ...], said: str
) -> None:
    done = jiebang("organisation", "add", *arguments)
    assert done.exit_code != 0
    assert said in done.stderr


def test_an_invitation_names_the_server_that_runs(home: Home, jiebang: Jiebang) -> None:
    def begins(**settings: str) -> str:
        return str(jiebang("account", "invite", "wei@example.com", **settings).stdout).partition("/links/")[0]

    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with running.told(home.settings, here):
            assert begins() == here
            assert begins(JIEBANG_PUBLIC_URL="https://jiebang.example.org") == "https://jiebang.example.org"
        assert begins() == "http://127.0.0.1:8000"
    (home.settings.home / "served-at").write_text(here)  # of a server that was killed
    assert begins(JIEBANG_PORT="8123") == "http://127.0.0.1:8123"


def test_tokens_are_made_listed_and_revoked(home: Home, jiebang: Jiebang) -> None:
    mei = made(home)
    jiebang("account", "roles", "mei@example.com", "--organisation", "甲公司", "--role", "poster")
    create = ("token", "create", "mei@example.com", "--name", "import")
    done = jiebang(*create, "--organisation", "甲公司", "--write", "--days", 7)
    secret = done.stdout.strip()
    assert "It is not shown again." in done.stderr
    with reading(home.engine) as session:
        actor, token = tokens.actor_of(session, secret)
        assert (actor.person_id, actor.roles, actor.may_write) == (mei, {Role.POSTER}, True)
    reader = json.loads(jiebang(*create, "--json").stdout)
    assert (reader["may_write"], reader["organisation_id"], reader["token"][:3]) == (False, None, "jb_")
    listed = [json.loads(line) for line in jiebang("token", "list", "mei@example.com", "--json").stdout.splitlines()]
    assert [(one["id"], one["organisation"]) for one in listed] == [(reader["id"], ""), (token.id, "甲公司")]
    assert all("token" not in one for one in listed)
    assert token.id in jiebang("token", "list", "mei@example.com").stdout
    assert jiebang("token", "revoke", token.id).stdout == f"Token {token.id} is revoked.\n"
    with reading(home.engine) as session, pytest.raises(Unauthenticated):
        tokens.actor_of(session, secret)
    assert jiebang("token", "revoke", "nothing").stderr == "error: No token 'nothing'.\n"
    made(home, "wei@example.com")
    foreign = jiebang("token", "create", "wei@example.com", "--name", "x", "--organisation", "甲公司")
    assert (foreign.exit_code, "do not belong" in foreign.stderr) == (2, True)
    assert "1 to 100 characters" in jiebang("token", "create", "mei@example.com", "--name", " ").stderr


def test_the_choices_are_the_domains() -> None:
    assert [one.value for one in RoleChoice] == [one.value for one in Role]
    assert [one.value for one in PlatformRoleChoice] == [one.value for one in PlatformRole]


# -- the secret -----------------------------------------------------------------------------------


def settings(folder: Path, secret: str = "") -> Settings:
    return Settings(home=folder, secret=SecretStr(secret), _env_file=None)


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = load_secrets(settings(tmp_path))
    assert load_secrets(settings(tmp_path)) == first
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert first.root.hex() == (tmp_path / FILE).read_text().strip()


def test_of_two_first_starts_at_once_both_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load_secrets(settings(tmp_path)).root, range(8)))
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_secret_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    load_secrets(settings(tmp_path))
    (tmp_path / FILE).chmod(mode)
    with pytest.raises(Unready, match="can be read by others"):
        load_secrets(settings(tmp_path))


@pytest.mark.parametrize("text", ["", "x" * 64, "ab" * 31, "ab" * 33])
def test_a_damaged_secret_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).touch(0o600)
    (tmp_path / FILE).write_text(text)
    with pytest.raises(Unready, match="does not hold the secret"):
        load_secrets(settings(tmp_path))
    assert (tmp_path / FILE).read_text() == text


def test_a_secret_from_the_settings_needs_no_file(tmp_path: Path) -> None:
    first = load_secrets(settings(tmp_path, "a" * 32))
    assert load_secrets(settings(tmp_path / "nowhere", "a" * 32)) == first
    assert load_secrets(settings(tmp_path, "a" * 31 + "b")) != first
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Unready, match="JIEBANG_SECRET has 31 characters"):
        load_secrets(settings(tmp_path, "a" * 31))


def test_a_home_whose_secret_cannot_be_had_says_so_in_one_line(home: Home, jiebang: Jiebang) -> None:
    done = jiebang("account", "invite", "wei@example.com", JIEBANG_SECRET="short")
    assert (done.exit_code, done.stderr.splitlines()) == (
        1,
        ["error: JIEBANG_SECRET has 5 characters; at least 32 random ones are needed."],
    )
    with reading(home.engine) as session:
        assert invitations.listed(session, COMMAND_LINE, None) == []


# -- the demonstration ----------------------------------------------------------------------------


def test_the_demonstration_tells_its_accounts_and_they_sign_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_home(Settings(home=tmp_path / "demo", _env_file=None)) as opened:
        loading.fill(opened.engine, COMMAND_LINE, accounts=True)
        serving._introduce(opened, "http://127.0.0.1:8000")
        told = capsys.readouterr().out
        for account in demonstration.ACCOUNTS:
            assert f"  {account.email} " in told
            sign_in(opened, demonstration.PASSWORD, account.email)
        assert f"with the password  {demonstration.PASSWORD}\n" in told
