"""What the commands print for people, readable at 100 columns, Chinese and English mixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from api.cli.pairs import Pair
from matcher import fields, regions
from matcher.drafts import ItemDraft, Right
from matcher.entities import Item
from matcher.matching.matches import Match
from matcher.mechanisms import Mechanism
from matcher.passages import describe
from matcher.quantities.wording import plain

if TYPE_CHECKING:
    from matcher.matching.learning import Lesson


_TELLING = 0.005
"""Shares below half a hundredth of a score are nothing to a reader."""


def columned(*columns: tuple[str, dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, padding=(0, 1))
    for heading, options in columns:
        table.add_column(heading, **({"overflow": "fold"} | options))
    return table


def pairs_table(pairs: Sequence[Pair]) -> Table:
    """Each need once, its matches beside it."""
    table = columned(
        ("need", {"ratio": 20}),
        ("#", {"justify": "right"}),
        ("score", {"justify": "right"}),
        ("result", {"ratio": 24}),
        ("reason", {"ratio": 36}),
    )
    for pair, following in zip(pairs, [*pairs[1:], None], strict=True):
        first = pair.match.rank == 1
        table.add_row(
            named(pair.need_title, pair.need_id) if first else "",
            str(pair.match.rank),
            f"{pair.match.score:.3f}",
            named(pair.match.title, pair.result_id),
            Text(pair.match.reason),
            end_section=following is None or following.match.rank == 1,
        )
    return table


def matches_table(matches: Sequence[Match]) -> Table:
    table = columned(
        ("#", {"justify": "right"}),
        ("score", {"justify": "right"}),
        (str(matches[0].kind), {"ratio": 40}),
        ("reason", {"ratio": 48}),
    )
    for match in matches:
        what = named(match.title, match.id, match.organisation)
        table.add_row(str(match.rank), f"{match.score:.3f}", what, _with_shares(match), end_section=True)
    return table


def _with_shares(match: Match) -> Text:
    """The reasons, and below them what each part adds to the score, the most telling first."""
    text = Text(match.reason)
    if told := sorted((one for one in match.shares if abs(one.share) >= _TELLING), key=lambda one: -abs(one.share)):
        text.append("\n" + "; ".join(one.message for one in told), "dim")
    return text


def items_table(items: Sequence[Item], owners: Mapping[str, str]) -> Table:
    table = columned(
        ("id", {"no_wrap": True, "min_width": 36}),
        ("title", {"ratio": 40}),
        ("organisation", {"ratio": 20}),
        ("state", {}),
    )
    for item in items:
        table.add_row(
            item.id, named(item.title, item.reference), Text(owners.get(item.organisation_id, "")), str(item.state)
        )
    return table


def item_table(item: Item, draft: ItemDraft, owner: str) -> Table:
    """One item in full; what it says nothing about is left out."""
    table = Table(box=None, show_header=False, expand=True, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    facts = {"id": item.id, "organisation": owner, "state": item.state, "version": item.version}
    values = {name: getattr(draft, name) for name in type(draft).model_fields}
    priced = any(values.get(name) is not None for name in ("budget_min", "budget_max", "price"))
    for name, value in (facts | values).items():
        if name == "currency" and not priced:
            continue
        if shown := _shown(name, value):
            table.add_row(name.replace("_", " "), Text(shown))
    return table


def organisations_table(organisations: Sequence[Mapping[str, Any]]) -> Table:
    """Records as `jiebang organisation list --json` prints them."""
    table = columned(
        ("organisation", {"ratio": 40}), ("kind", {}), ("region", {"ratio": 12}), ("id", {"no_wrap": True})
    )
    for one in organisations:
        region = regions.name(one["region"]) if one["region"] else ""
        table.add_row(named(one["name"], one["name_en"]), str(one["kind"]), Text(region), one["id"])
    return table


def people_table(people: Sequence[Mapping[str, Any]]) -> Table:
    """Records as `jiebang account list --json` prints them."""
    table = columned(("person", {"ratio": 36}), ("organisations", {"ratio": 36}), ("platform", {"ratio": 16}), ("", {}))
    for person in people:
        table.add_row(
            named(person["name"], person["email"]),
            Text("\n".join(_membership(one) for one in person["organisations"])),
            Text(", ".join(one["role"] for one in person["platform_roles"])),
            "disabled" if person["disabled_at"] else "",
        )
    return table


def person_table(person: Mapping[str, Any]) -> Table:
    """One such record in full."""
    shown = dict(person) | {
        "organisations": "\n".join(_membership(one) for one in person["organisations"]),
        "platform_roles": "\n".join(_accreditation(one) for one in person["platform_roles"]),
    }
    return record_table(shown)


def record_table(record: Mapping[str, Any]) -> Table:
    """A record in full; what it says nothing about is left out."""
    table = Table(box=None, show_header=False, expand=True, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for name, value in record.items():
        if value:
            said = f"{value:%Y-%m-%d %H:%M %Z}" if isinstance(value, datetime) else str(value)
            table.add_row(name.replace("_", " "), Text(said))
    return table


def tokens_table(tokens: Sequence[Mapping[str, Any]]) -> Table:
    """Records as `jiebang token list --json` prints them."""
    table = columned(
        ("id", {"no_wrap": True, "min_width": 36}),
        ("name", {"ratio": 20}),
        ("may", {}),
        ("organisation", {"ratio": 20}),
        ("until", {"no_wrap": True}),
        ("last used", {"no_wrap": True}),
    )
    for token in tokens:
        table.add_row(
            token["id"],
            Text(token["name"]),
            "write" if token["may_write"] else "read",
            Text(token["organisation"]),
            token["expires_at"][:10],
            (token["last_used_at"] or "never")[:10],
        )
    return table


def mechanisms_table(mechanisms: Sequence[Mechanism]) -> Table:
    table = columned(
        ("mechanism", {"ratio": 28}),
        ("who answers", {"ratio": 12}),
        ("sealed", {}),
        ("rounds", {"ratio": 30}),
        ("decides", {"ratio": 14}),
    )
    for one in mechanisms:
        rounds = "\n".join(f"{rule.en} {rule.zh}, {rule.days} days" for rule in one.rounds)
        seal = "yes" if one.sealed else "no"
        table.add_row(named(f"{one.en} {one.zh}", one.name), one.answerers, seal, Text(rounds), one.decider)
    return table


def notices_table(notices: Sequence[Mapping[str, Any]]) -> Table:
    """Records as `jiebang notice list --json` prints them."""
    table = columned(("when", {"no_wrap": True, "min_width": 16}), ("notice", {"ratio": 70}), ("", {"min_width": 6}))
    for one in notices:
        when = one["at"][:16].replace("T", " ")
        table.add_row(when, named(one["zh"], one["en"], one["thing"]), "" if one["read_at"] else "unread")
    return table


def wishes_table(wishes: Sequence[Mapping[str, Any]]) -> Table:
    """Records as `jiebang notice settings --json` prints them."""
    table = columned(("kind", {}), ("", {"ratio": 50}), ("mail", {}), ("listed", {}))
    for one in wishes:
        ways = ["yes" if one[way] else "no" for way in ("by_mail", "in_app")]
        table.add_row(one["kind"], named(one["zh"], one["en"]), *ways)
    return table


def measures_table(measured: Mapping[str, Mapping[str, float]]) -> Table:
    """One line for each ranker, one column for each measure."""
    names = list(next(iter(measured.values())))
    table = columned(("ranker", {}), *((name, {"justify": "right"}) for name in names))
    table.expand = False
    for ranker, values in measured.items():
        table.add_row(ranker, *(f"{values[name]:.4f}" for name in names))
    return table


def lesson_table(lesson: Lesson) -> Table:
    """The old calibration beside the new one, on decisions that neither was fitted on."""
    title = f"On {lesson.held_out:,} decisions held out; fitted on {lesson.fitted_on:,}"
    table = columned(("", {}), ("old", {"justify": "right"}), ("new", {"justify": "right"}))
    table.title, table.expand = title, False
    for name in ("log_loss", "brier", "calibration_error"):
        told = (f"{getattr(figures, name):.4f}" for figures in (lesson.old, lesson.new))
        table.add_row(name.replace("_", " "), *told)
    gain = lesson.gain
    table.add_row("gain in log loss, 95 %", "", f"{gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})")
    return table


def named(title: str, *details: str) -> Text:
    """A title with what identifies it below."""
    text = Text(title)
    for detail in details:
        if detail:
            text.append("\n" + detail, "dim")
    return text


def _membership(one: Mapping[str, Any]) -> str:
    return f"{one['name']}: {', '.join(one['roles'])}"


def _accreditation(one: Mapping[str, Any]) -> str:
    known = [fields.by_code()[code].en for code in one["fields"]] + [regions.name(code) for code in one["regions"]]
    limit = [f"at most {one['workload']} at a time"] if one["workload"] is not None else []
    return ": ".join([one["role"], *([", ".join(known + limit)] if known or limit else [])])


def _shown(name: str, value: object) -> str:
    if value is None or value in ("", []):
        return ""
    if name == "field":
        field = fields.by_code()[str(value)]
        return f"{field.zh} {field.en} ({field.code})"
    if name == "region":
        return regions.name(str(value))
    if name == "preferred_regions" and isinstance(value, list):
        return ", ".join(regions.name(code) for code in value)
    if name == "indicators" and isinstance(value, list):
        return "\n".join(describe(indicator) for indicator in value)
    if name == "funding_share" and isinstance(value, float):
        return f"{plain(value * 100)} %"
    if name.startswith("maturity") and isinstance(value, int):
        return f"TRL {value}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}".removesuffix(".00")
    if isinstance(value, list):
        return ", ".join(_right(one) if isinstance(one, Right) else str(one) for one in value)
    if isinstance(value, StrEnum):
        return value.value
    return str(value)


def _right(right: Right) -> str:
    return " ".join(part for part in (right.kind.replace("_", " "), right.number, f"({right.status})") if part)
