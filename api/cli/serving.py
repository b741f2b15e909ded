"""`jiebang serve` and `jiebang demo`."""

from __future__ import annotations

import gc
import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.console import bars, note, say

if TYPE_CHECKING:
    import uvicorn

    from api.composition import Home
    from api.settings import Settings

Host = Annotated[str | None, typer.Option(help="Address to listen on instead of JIEBANG_HOST.", show_default=False)]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port instead of JIEBANG_PORT; 0 for any free one.", show_default=False),
]


def serve(host: Host = None, port: Port = None, model: options.Model = None) -> None:
    """Serve the home over HTTP until stopped with Ctrl-C."""
    with ExitStack() as stack:
        with _starting():
            from api.composition import open_home

            settings = _listening(options.settings(model), host, port)
            listener = stack.enter_context(_bound(settings))
            home = stack.enter_context(open_home(_on(listener, settings)))
            # A model, secret or mechanism that is no good is one line here, in the server a traceback.
            _ = home.encoder, home.secrets, home.mechanisms
            note(f"Jiebang listens on {_address(listener)} (stop with Ctrl-C).")
            server = _server(home)
        _run(server, listener, home)


def demo(
    home: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep the demonstration here, filled once. Without it a throw-away one is made.",
            show_default=False,
        ),
    ] = None,
    host: Host = None,
    port: Port = None,
    model: options.Model = None,
) -> None:
    """Serve a home filled with the demonstration set, and say what to try."""
    from api.cli import files
    from api.composition import open_home, temporary_home
    from matcher.errors import Invalid

    settings = _listening(options.settings(model), host, port)
    with ExitStack() as stack:
        listener = stack.enter_context(_bound(settings))
        settings = _on(listener, settings)
        if home is None:
            opened = stack.enter_context(temporary_home(settings))
        else:
            if home.exists() and not home.is_dir():
                raise Invalid("is a file; a folder is expected", place=str(home))
            kept = settings.model_copy(update={"home": home, "database_url": ""})
            opened = stack.enter_context(open_home(kept))
        with bars() as shown:
            files.fill(opened, shown)
        _introduce(opened, _address(listener))
        if not _only_here(listener):
            note("Whoever reaches this address can sign in with that password, as an operator too.", "yellow")
        with _starting():
            server = _server(opened)
        _run(server, listener, opened)


def _introduce(home: Home, address: str) -> None:
    """Prints what to open and try, with ids that anybody may see and accounts that are really there."""
    from matcher.actors import ANONYMOUS
    from matcher.entities import Need, Result
    from matcher.listing import ListFilter, page
    from matcher.sessions import reading
    from seed_data import people

    with reading(home.engine) as session:
        accounts = people.there(session)
        first = page(session, ANONYMOUS, Need, ListFilter(), limit=1).items
        offered = page(session, ANONYMOUS, Result, ListFilter(), limit=1).items
    say(f"""
Jiebang's demonstration is served on {address} (stop with Ctrl-C).

  Open   {address}/        the pages
         {address}/docs    the API, to try in the browser""")
    if accounts:
        width = max(len(account.email) for account in accounts)
        say(f"\n  Sign in as any of these, with the password  {people.PASSWORD}\n")
        for account in accounts:
            say(f"  {account.email:{width}}  {account.what}")
    say("""
  Or try, in another terminal:""")
    if first and offered:
        say(f"""
  curl '{address}/api/v1/needs?limit=3'
  curl '{address}/api/v1/needs/{first[0].id}/matches?top=3'
  curl '{address}/api/v1/results/{offered[0].id}/matches?top=3'""")
    say(f"""
  curl '{address}/api/v1/challenges?limit=3'
  curl {address}/api/v1/match -H 'Content-Type: application/json' \\
    -d '{{"text": "电池低温快充 lithium battery charging at -20 °C", "wanted": "result", "top": 3}}'
""")


def _only_here(listener: socket.socket) -> bool:
    """Whether nobody outside this machine can reach the address."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def _listening(settings: Settings, host: str | None, port: int | None) -> Settings:
    given = {"host": host, "port": port}
    return settings.model_copy(update={name: value for name, value in given.items() if value is not None})


def _bound(settings: Settings) -> socket.socket:
    """A socket on the address wanted, before any work is done. Raises Unready when it cannot be had."""
    from matcher.errors import Unready

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Unready(f"Cannot listen on {settings.host}: {error.strerror}.") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Another may have bound the same address without listening yet: only this call tells.
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise Unready(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. --port takes another one."
        ) from None
    return listener


def _on(listener: socket.socket, settings: Settings) -> Settings:
    """With the port that it is: port 0 is any free one, and links name it."""
    return settings.model_copy(update={"port": listener.getsockname()[1]})


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}"


@contextmanager
def _starting() -> Iterator[None]:
    """What a start imports and opens stays for good. Looking through it for garbage, again and again while it
    grows, takes a fifth of the start, and later would hold requests up for a third of a second each time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _server(home: Home) -> uvicorn.Server:
    # The index is read from the disk while the rest is imported.
    threading.Thread(target=_open_index, args=(home,), daemon=True).start()
    import uvicorn

    from api.app import create_app

    if home.settings.days_ahead:
        note(f"Deadlines are judged {home.settings.days_ahead} days ahead of time: for rehearsals alone.", "yellow")
    app = create_app(home.settings, home=home, settled=gc.freeze)
    # Which proxies are believed says a setting; what serves this is nobody's business.
    return uvicorn.Server(uvicorn.Config(app, log_level="warning", proxy_headers=False, server_header=False))


def _open_index(home: Home) -> None:
    with suppress(Exception):  # the server tries again, and says what hinders it
        home.index  # noqa: B018


def _run(server: uvicorn.Server, listener: socket.socket, home: Home) -> None:
    from api import running
    from matcher.errors import Unready

    try:
        with running.told(home.settings, _address(listener)):
            server.run(sockets=[listener])
    except KeyboardInterrupt:
        note("Stopped.")
    if not server.started:
        raise Unready("The server could not start; the reason stands above.")
