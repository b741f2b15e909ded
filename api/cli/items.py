"""The commands that look at what the home holds: list, show, matches, search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.console import bars, note, output, say
from api.cli.options import RankerChoice, Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from matcher.drafts import ItemDraft
    from matcher.entities import Kind, Organisation
    from matcher.items import Stored
    from matcher.matching.matches import Match


def listed(
    side: options.SideArgument,
    organisation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this organisation's.", show_default=False)
    ] = None,
    words: Annotated[
        str | None, typer.Option(help="Only with these words in the title or the problem.", show_default=False)
    ] = None,
    field: options.FieldOption = None,
    region: options.RegionOption = None,
    maturity: options.MaturityOption = None,
    state: Annotated[options.StateChoice | None, typer.Option(help="Only in this state.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 for all.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List needs or results, the newest first."""
    from api.cli import pairs, tables
    from api.composition import open_home
    from matcher import organisations
    from matcher.actors import COMMAND_LINE
    from matcher.entities import Need, Result
    from matcher.errors import Invalid, NotFound
    from matcher.items import drafts_of
    from matcher.listing import ListFilter, page
    from matcher.sessions import reading
    from matcher.states import ItemState

    if maturity is not None and side is Side.NEEDS:
        raise Invalid("narrows results only", place="--maturity")
    with open_home(options.settings()) as home, reading(home.engine) as session:
        owner = None
        if organisation is not None:
            owner = organisations.by_name(session, organisation)
            if owner is None:
                raise NotFound("organisation", organisation)
        narrowed = ListFilter(
            organisation_id=owner.id if owner else None,
            state=ItemState(state) if state else None,
            field=options.field_code(field),
            region=options.region_code(region),
            maturity=maturity,
            words=words,
        )
        table = Need if side is Side.NEEDS else Result
        cursor, more = None, True
        items: list[Stored] = []
        while more and (limit == 0 or len(items) < limit):
            size = 500 if limit == 0 else min(500, limit - len(items))
            found = page(session, COMMAND_LINE, table, narrowed, cursor=cursor, limit=size)
            cursor, more = found.next_cursor, found.next_cursor is not None
            items.extend(found.items)
        owners = organisations.by_id(session, {item.organisation_id for item in items})
        if as_json:
            for start in range(0, len(items), 500):
                some = items[start : start + 500]
                for item, draft in zip(some, drafts_of(session, some), strict=True):
                    say(pairs.json_line(_record(item, draft, owners[item.organisation_id])))
        elif items:
            output().print(tables.items_table(items, {id: owner.name for id, owner in owners.items()}))
    if not items:
        note(f"No {side} here." if narrowed == ListFilter() else f"No such {side}.")
    elif more:
        note(f"There are more than {len(items)}: --limit 0 shows all.")


def show(id: options.IdArgument, as_json: options.Json = False) -> None:
    """Show a need or a result in full."""
    from api.cli import pairs, tables
    from api.composition import open_home
    from matcher import organisations
    from matcher.items import draft_of
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        item = _find(session, id)
        draft = draft_of(session, item)
        owner = organisations.get(session, item.organisation_id)
        if as_json:
            say(pairs.json_line(_record(item, draft, owner)))
        else:
            output().print(tables.item_table(item, draft, owner.name))


def matches(
    id: options.IdArgument,
    top: options.Top = 10,
    min_score: options.MinScore = 0.0,
    field: options.FieldOption = None,
    region: options.RegionOption = None,
    maturity: options.MaturityOption = None,
    ranker: options.Ranker = RankerChoice.FULL,
    as_json: options.Json = False,
) -> None:
    """Rank the results for a stored need, or the needs for a stored result, with reasons."""
    from api.cli import files
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.matching import pipeline
    from matcher.matching.matches import Narrowing, Ranker
    from matcher.sessions import reading

    narrowing = Narrowing(field=options.field_code(field), region=options.region_code(region), maturity=maturity)
    with open_home(options.settings()) as home:
        with reading(home.engine) as session:
            kind = _find(session, id).kind
        with bars() as shown:
            files.catch_up(home, shown)
        with reading(home.engine) as session:
            found = pipeline.match_item(
                session,
                home.index,
                COMMAND_LINE,
                kind,
                id,
                top=top,
                min_score=min_score,
                narrowing=narrowing,
                ranker=Ranker(ranker),
            )
    _print_matches(found, kind.other, as_json)


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="In any words and any language.", show_default=False)],
    wanted: Annotated[Side, typer.Option("--for", help="What to look for.")] = Side.RESULTS,
    top: options.Top = 10,
    min_score: options.MinScore = 0.0,
    field: options.FieldOption = None,
    region: options.RegionOption = None,
    maturity: options.MaturityOption = None,
    ranker: options.Ranker = RankerChoice.FULL,
    as_json: options.Json = False,
) -> None:
    """Find results (or needs) by what they are about."""
    from api.cli import files
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.entities import Kind
    from matcher.errors import Invalid
    from matcher.matching import pipeline
    from matcher.matching.matches import Narrowing, Ranker
    from matcher.sessions import reading

    if not text.strip():
        raise Invalid("say what to look for", place="TEXT")
    kind = Kind.NEED if wanted is Side.NEEDS else Kind.RESULT
    narrowing = Narrowing(field=options.field_code(field), region=options.region_code(region), maturity=maturity)
    with open_home(options.settings()) as home:
        with bars() as shown:
            files.catch_up(home, shown)
        with reading(home.engine) as session:
            found = pipeline.match_text(
                session,
                home.index,
                COMMAND_LINE,
                text,
                kind,
                top=top,
                min_score=min_score,
                narrowing=narrowing,
                ranker=Ranker(ranker),
            )
    _print_matches(found, kind, as_json)


def _find(session: Session, id: str) -> Stored:
    """Raises NotFound for what is neither a need nor a result."""
    from matcher import items
    from matcher.actors import COMMAND_LINE
    from matcher.errors import NotFound

    for table in items.TABLES.values():
        if session.get(table, id) is not None:
            return items.get(session, COMMAND_LINE, table, id)
    raise NotFound("need or result", id)


def _record(item: Stored, draft: ItemDraft, owner: Organisation) -> dict[str, Any]:
    """An item for JSON: the fields that a file of such items has, then what the home knows of it.

    In this order, so that such lines can be brought into another home: there the first key that may
    name the owner's reference is taken for it.
    """
    from pydantic_core import to_jsonable_python

    from matcher import disclosure
    from matcher.access import Viewer
    from matcher.actors import COMMAND_LINE

    view = Viewer(COMMAND_LINE).view(item)
    held = disclosure.shown(item, draft, view, owner)
    handed_in = {name: held[name] for name in type(draft).model_fields}
    known_here = {name: held[name] for name in ("id", "kind", "state", "version", "created_at", "updated_at")}
    return dict(to_jsonable_python(handed_in | {"organisation": owner.name} | known_here))


def _print_matches(found: Sequence[Match], kind: Kind, as_json: bool) -> None:
    from api.cli import pairs, tables

    if as_json:
        for match in found:
            facts = {
                "rank": match.rank,
                "kind": match.kind,
                "id": match.id,
                "reference": match.reference,
                "title": match.title,
                "organisation": match.organisation,
                "score": round(match.score, 4),
                "reason": match.reason,
            }
            say(pairs.json_line(facts | pairs.reasons(match, match.duplicates)))
    elif found:
        output().print(tables.matches_table(found))
    if not found:
        note(f"No {kind} matches.")
