"""`jiebang account`: people, and what they may do. Whoever has a shell here may do all of it."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import lookups, options
from api.cli.console import note, output, say
from api.cli.lookups import EmailArgument

if TYPE_CHECKING:
    from sqlmodel import Session

    from matcher.entities import Person

app = typer.Typer(no_args_is_help=True, help="Make and manage people's accounts.")


class RoleChoice(StrEnum):
    POSTER = "poster"
    RESEARCHER = "researcher"
    MANAGER = "manager"


class PlatformRoleChoice(StrEnum):
    MATCHMAKER = "matchmaker"
    GRADER = "grader"
    OPERATOR = "operator"


PasswordFromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of the terminal.")
]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]
Roles = Annotated[
    list[RoleChoice] | None, typer.Option("--role", help="A role there; give it again for more.", show_default=False)
]


@app.command()
def create(
    email: Annotated[str, typer.Option(help="The address they sign in with.", show_default=False)],
    name: Annotated[str, typer.Option(help="What they are called; else the part before the @.")] = "",
    operator: Annotated[bool, typer.Option("--operator", help="An operator, such as the first one.")] = False,
    password_stdin: PasswordFromInput = False,
    as_json: options.Json = False,
) -> None:
    """Make an account, with a password that is asked for."""
    from api.composition import open_home
    from matcher.accounts import accreditations, passwords, people
    from matcher.accounts.accreditations import AccreditationDraft
    from matcher.actors import COMMAND_LINE
    from matcher.entities import PlatformRole
    from matcher.errors import Conflict
    from matcher.sessions import reading, writing

    draft = people.drafted(email, name.strip() or email.partition("@")[0])
    with open_home(options.settings()) as home:
        with reading(home.engine) as session:
            if people.by_email(session, draft.email) is not None:
                raise Conflict(f"There is already an account with the address {draft.email}.")
        password = read_password(password_stdin)
        passwords.check_rule(password, email=draft.email, name=draft.name)
        hashed = passwords.hash_password(password)
        with writing(home.engine) as session:
            person = people.register(session, COMMAND_LINE, draft, password_hash=hashed)
            if operator:
                role = AccreditationDraft(role=PlatformRole.OPERATOR)
                accreditations.grant(session, COMMAND_LINE, person.id, role)
            session.flush()
            told = _record(session, person)
    _print(told, as_json, f"Made the account of {draft.name} <{draft.email}>{', an operator' if operator else ''}.")


@app.command("list")
def listed(
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 for all.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List accounts, in the order in which they came."""
    from api.cli import tables
    from api.composition import open_home
    from matcher.accounts import people
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import reading

    records: list[dict[str, Any]] = []
    with open_home(options.settings()) as home, reading(home.engine) as session:
        cursor, more = None, True
        while more and (limit == 0 or len(records) < limit):
            size = 500 if limit == 0 else min(500, limit - len(records))
            found = people.listed(session, COMMAND_LINE, cursor=cursor, limit=size + 1)
            more = len(found) > size
            records.extend(_record(session, person) for person in found[:size])
            cursor = found[size - 1].id if more else None
    if as_json:
        for record in records:
            _print(record, True, "")
    elif records:
        output().print(tables.people_table(records))
    if not records:
        note("No account here: jiebang account create --operator --email ... makes the first.")
    elif more:
        note(f"There are more than {len(records)}: --limit 0 shows all.")


@app.command()
def show(email: EmailArgument, as_json: options.Json = False) -> None:
    """Show an account, where it belongs and what it may do."""
    from api.cli import tables
    from api.composition import open_home
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        record = _record(session, lookups.person(session, email))
    if as_json:
        _print(record, True, "")
    else:
        output().print(tables.person_table(record))


@app.command()
def password(email: EmailArgument, password_stdin: PasswordFromInput = False) -> None:
    """Set a new password, sign the person out everywhere and revoke their tokens."""
    from api.composition import open_home
    from matcher.accounts import people
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import reading

    with open_home(options.settings()) as home:
        with reading(home.engine) as session:
            person_id = lookups.person(session, email).id
        ended = people.set_password(home.engine, COMMAND_LINE, person_id, read_password(password_stdin))
    say(f"{email} has a new password; sessions ended: {ended.sign_ins}, tokens revoked: {ended.tokens}.")


@app.command()
def disable(email: EmailArgument, reason: Reason = "") -> None:
    """Let nobody sign in to an account any more, and sign out who is."""
    from api.composition import open_home
    from matcher.accounts import people
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import writing

    with open_home(options.settings()) as home, writing(home.engine) as session:
        people.disable(session, COMMAND_LINE, lookups.person(session, email).id, reason=reason)
    say(f"{email} is disabled.")


@app.command()
def enable(email: EmailArgument) -> None:
    """Let a disabled account be used again."""
    from api.composition import open_home
    from matcher.accounts import people
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import writing

    with open_home(options.settings()) as home, writing(home.engine) as session:
        people.enable(session, COMMAND_LINE, lookups.person(session, email).id)
    say(f"{email} is enabled.")


@app.command()
def erase(
    email: EmailArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
) -> None:
    """Erase a person's particulars for good. The record keeps what was done, by an id alone."""
    from api.composition import open_home
    from matcher.accounts import erasure
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import reading, writing

    with open_home(options.settings()) as home:
        with reading(home.engine) as session:
            person_id = lookups.person(session, email).id
        if not yes:
            typer.confirm(f"Erase {email} for good?", abort=True, err=True)
        with writing(home.engine) as session:
            erasure.erase(session, COMMAND_LINE, person_id)
    say(f"{email} is erased; the record knows them as person:{person_id}.")


@app.command()
def operator(email: EmailArgument) -> None:
    """Make somebody an operator. `accredit --withdraw` takes it back."""
    accredit(email, PlatformRoleChoice.OPERATOR)


@app.command()
def accredit(
    email: EmailArgument,
    role: Annotated[PlatformRoleChoice, typer.Option(help="The platform role.", show_default=False)],
    field: Annotated[
        list[str] | None, typer.Option(help="A field they know, by code or name; none: any.", show_default=False)
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="A region they work in, by code or name; none: any.", show_default=False)
    ] = None,
    workload: Annotated[
        int | None, typer.Option(min=0, max=10_000, help="How much may wait on them at a time.", show_default=False)
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the role back.")] = False,
) -> None:
    """Give a platform role, change it, or take it back."""
    from api.composition import open_home
    from matcher.accounts import accreditations
    from matcher.accounts.accreditations import AccreditationDraft
    from matcher.actors import COMMAND_LINE
    from matcher.entities import PlatformRole
    from matcher.sessions import writing

    fields = [code for code in map(options.field_code, field or ()) if code]
    regions = [code for code in map(options.region_code, region or ()) if code]
    draft = AccreditationDraft(role=PlatformRole(role), fields=fields, regions=regions, workload=workload)
    with open_home(options.settings()) as home, writing(home.engine) as session:
        person_id = lookups.person(session, email).id
        if withdraw:
            accreditations.withdraw(session, COMMAND_LINE, person_id, draft.role)
        else:
            accreditations.grant(session, COMMAND_LINE, person_id, draft)
    say(f"{email} is {'no longer' if withdraw else 'now'} {_ARTICLES[role]} {role}.")


_ARTICLES = {PlatformRoleChoice.MATCHMAKER: "a", PlatformRoleChoice.GRADER: "a", PlatformRoleChoice.OPERATOR: "an"}


@app.command()
def invite(
    email: EmailArgument,
    organisation: Annotated[
        str, typer.Option(metavar="NAME", help="Into this organisation; without it, to bring one of their own.")
    ] = "",
    role: Roles = None,
    as_json: options.Json = False,
) -> None:
    """Print a link that lets somebody join, good once and for 14 days. It is not mailed: pass it on."""
    from api import running
    from api.composition import open_home
    from api.mail.letters import address_of
    from matcher.accounts import invitations
    from matcher.actors import COMMAND_LINE
    from matcher.entities import Role
    from matcher.errors import Invalid
    from matcher.sessions import writing

    roles = [Role(one) for one in role or ()]
    if organisation and not roles:
        raise Invalid("say what they are to be there", place="--role")
    with open_home(options.settings()) as home, writing(home.engine) as session:
        if organisation:
            there = lookups.organisation(session, organisation).id
            link, signed = invitations.invite(session, COMMAND_LINE, home.secrets, email, there, roles)
        else:
            link, signed = invitations.found(session, COMMAND_LINE, home.secrets, email, roles)
        address = address_of(running.address(home.settings), signed)
        told = {"id": link.id, "email": link.email, "link": address, "expires_at": link.expires_at.isoformat()}
    _print(told, as_json, address)


@app.command()
def roles(
    email: EmailArgument,
    organisation: Annotated[str, typer.Option(metavar="NAME", help="In this organisation.", show_default=False)],
    role: Roles = None,
    leave: Annotated[bool, typer.Option("--leave", help="Take every role there.")] = False,
) -> None:
    """Give somebody exactly these roles in an organisation."""
    from api.composition import open_home
    from matcher.accounts import members
    from matcher.actors import COMMAND_LINE
    from matcher.entities import Role
    from matcher.errors import Invalid
    from matcher.sessions import writing

    wanted = [Role(one) for one in role or ()]
    if bool(wanted) == leave:
        raise Invalid("is expected, or --leave and no role", place="--role")
    with open_home(options.settings()) as home, writing(home.engine) as session:
        there = lookups.organisation(session, organisation)
        given = members.set_roles(session, COMMAND_LINE, there.id, lookups.person(session, email).id, wanted)
        name = there.name
    say(f"{email} is {', '.join(sorted(given))} of {name}." if given else f"{email} does not belong to {name}.")


def _record(session: Session, person: Person) -> dict[str, Any]:
    from matcher.accounts import accreditations, members
    from matcher.actors import COMMAND_LINE

    def moment(name: str) -> str | None:
        value = getattr(person, name)
        return value.isoformat() if value else None

    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "created_at": moment("created_at"),
        "email_confirmed_at": moment("email_confirmed_at"),
        "second_factor_since": moment("totp_since"),
        "disabled_at": moment("disabled_at"),
        "organisations": [
            {"id": one.id, "name": one.name, "roles": sorted(roles)}
            for one, roles in members.of_person(session, COMMAND_LINE, person.id)
        ],
        "platform_roles": [
            {"role": one.role, "fields": one.fields, "regions": one.regions, "workload": one.workload}
            for one in accreditations.of_person(session, COMMAND_LINE, person.id)
        ],
    }


def _print(record: dict[str, Any], as_json: bool, text: str) -> None:
    from api.cli import pairs

    say(pairs.json_line(record) if as_json else text)


def read_password(from_input: bool) -> str:
    """Asked for twice where somebody types it; one line of standard input otherwise. Never an argument:
    those stand in the list of processes and in the shell's history. Raises Invalid."""
    from matcher.errors import Invalid

    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    if not _has_terminal():
        raise Invalid("there is no terminal to ask on: use --password-stdin", place="password")
    given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return given


def _has_terminal() -> bool:
    return sys.stdin.isatty()
