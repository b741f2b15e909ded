"""`jiebang seal`: closing a round, opening what was handed in to it, and who holds the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import changes, lookups, options
from api.cli.account import PasswordFromInput, read_password
from api.cli.answer import ChallengeArgument
from api.cli.console import say
from api.cli.lookups import EmailArgument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from matcher.answers.custody import Held
    from matcher.entities import Challenge

app = typer.Typer(no_args_is_help=True, help="Close and open rounds of answers, and hold their keys.")

Why = Annotated[str, typer.Option(help="Why, for the record.")]


@app.command()
def close(challenge: ChallengeArgument, reason: Why = "", as_json: options.Json = False) -> None:
    """End a round whose deadline has passed: nobody reads what was handed in until it is opened."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import opening

    with changes.changing() as change:
        closed = opening.close(change.session, COMMAND_LINE, challenge, reason=reason, at=change.at)
        _say_state(closed, as_json)


@app.command("open")
def opened(
    challenge: ChallengeArgument,
    set_aside: Annotated[
        str, typer.Option(metavar="REASON", help="Open the others where some are not as they were handed in.")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Open what was handed in to a closed round."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import opening

    with changes.changing() as change:
        secrets = change.home.secrets
        found = opening.open_round(change.session, secrets, COMMAND_LINE, challenge, set_aside=set_aside, at=change.at)
        _say_state(found, as_json)


@app.command()
def custodians(
    challenge: ChallengeArgument,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="EMAIL", help="Name these two; else show who they are.", show_default=False),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show or name the two people without whom nobody opens the answers."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import custody

    with changes.changing() as change:
        if names:
            people = [lookups.person(change.session, email).id for email in names]
            held = custody.name_custodians(change.session, COMMAND_LINE, challenge, people, at=change.at)
        else:
            held = custody.of_challenge(change.session, COMMAND_LINE, challenge)
        _say_held(change.session, held, as_json)


@app.command()
def passphrase(
    challenge: ChallengeArgument,
    email: EmailArgument,
    password_stdin: PasswordFromInput = False,
    as_json: options.Json = False,
) -> None:
    """Choose a custodian's passphrase, before the challenge is published. The custodian types it."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import custody

    salt, key = custody.new_key(read_password(password_stdin))
    with changes.changing() as change:
        person = lookups.person(change.session, email).id
        held = custody.choose_passphrase(
            change.session, COMMAND_LINE, challenge, salt, key, person_id=person, at=change.at
        )
        _say_held(change.session, held, as_json)


@app.command()
def share(
    challenge: ChallengeArgument,
    email: EmailArgument,
    password_stdin: PasswordFromInput = False,
    as_json: options.Json = False,
) -> None:
    """Give a custodian's share of the key, once the round is closed. The custodian types the passphrase."""
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.answers import custody
    from matcher.engine import key_shares
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        person = lookups.person(session, email).id
        salt = custody.salt_of(session, COMMAND_LINE, challenge, person_id=person)
    key = key_shares.key_of(read_password(password_stdin), salt)
    with changes.changing() as change:
        held = custody.give_share(
            change.session, change.home.secrets, COMMAND_LINE, challenge, key, person_id=person, at=change.at
        )
        _say_held(change.session, held, as_json)


@app.command()
def recover(
    challenge: ChallengeArgument,
    reason: Annotated[str, typer.Option(help="Which share is lost, and how.", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Give the installation's share in the place of a lost one; the record says so."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import custody

    with changes.changing() as change:
        held = custody.use_recovery_share(
            change.session, change.home.secrets, COMMAND_LINE, challenge, reason=reason, at=change.at
        )
        _say_held(change.session, held, as_json)


def _say_state(challenge: Challenge, as_json: bool) -> None:
    from api.cli import pairs

    record = {"id": challenge.id, "state": str(challenge.state), "round": challenge.round}
    say(pairs.json_line(record) if as_json else f"{challenge.id} is {challenge.state}: {challenge.title}")


def _say_held(session: Session, held: Sequence[Held], as_json: bool) -> None:
    from api.cli import pairs
    from matcher.accounts import people

    for one in held:
        email = people.find(session, one.person_id).email
        if as_json:
            say(pairs.json_line({"email": email, "ready": one.ready, "given": one.given}))
        else:
            so_far = (
                "has given the share" if one.given else "has a passphrase" if one.ready else "has no passphrase yet"
            )
            say(f"{email} {so_far}.")
