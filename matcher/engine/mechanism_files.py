"""Mechanisms that an operator adds as TOML files, checked before any challenge is opened under them.

    name = "short_race"
    zh = "短程赛马"
    en = "short race"
    like = "race"            # all that is not said here is as there

    [[rounds]]
    zh = "方案"
    en = "proposals"
    days = 20
    goes_on = 3
    …
    [moves.reverse]
    from = ["answering"]
    to = "deciding"
    by = ["operator"]
    only_if = ["in_time_to_reverse"]

Whatever is wrong is told with its line. `text` writes a mechanism as such a file, to begin from.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from matcher.engine import mechanism_checks, toml_lines
from matcher.errors import Invalid
from matcher.mechanisms import SHIPPED, Answerers, By, Decider, Funding, Guard, Mechanism, Move, RoundRule
from matcher.states import ChallengeState

LARGEST = 16 * 1024
"""Bytes of a file."""

Label = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=0, le=365)]


class _Said(BaseModel):
    """Nothing is converted: a number in quotes is a mistake, not a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _RoundSaid(_Said):
    zh: Label
    en: Label
    days: Annotated[int, Field(ge=1, le=3650)]
    goes_on: Annotated[int, Field(ge=1, le=1000)] | None = None


class _MoveSaid(_Said):
    sources: Annotated[list[Annotated[ChallengeState, Field(strict=False)]], Field(alias="from", min_length=1)]
    target: Annotated[ChallengeState, Field(alias="to", strict=False)]
    by: Annotated[list[Annotated[By, Field(strict=False)]], Field(min_length=1)]
    only_if: list[Annotated[Guard, Field(strict=False)]] = Field(default_factory=list)


class _MechanismSaid(_Said):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    zh: Label
    en: Label
    like: str | None = None
    answerers: Annotated[Answerers, Field(strict=False)] | None = None
    sealed: bool | None = None
    custodians: int | None = None
    rounds: Annotated[list[_RoundSaid], Field(min_length=1, max_length=10)] | None = None
    decider: Annotated[Decider, Field(strict=False)] | None = None
    funding: Annotated[Funding, Field(strict=False)] | None = None
    moves: dict[str, _MoveSaid] = Field(default_factory=dict)
    leave_out: list[str] = Field(default_factory=list)
    """Moves of `like` that it does without."""
    blind: bool | None = None
    graders_each: Annotated[int, Field(ge=0, le=20)] | None = None
    industry_share: Part | None = None
    public_ratio: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    objection_days: Days | None = None
    reverse_days: Days | None = None


_PLAIN = (
    "answerers", "sealed", "custodians", "decider", "funding", "blind", "graders_each", "industry_share",
    "public_ratio", "objection_days", "reverse_days",
)  # fmt: skip
_NEEDED = ("answerers", "sealed", "rounds", "decider", "funding", "moves")
"""What has to be said by one that begins from none."""


@dataclass(frozen=True, slots=True)
class Problem:
    line: int
    reason: str


def read(content: bytes, place: str) -> Mechanism:
    """The mechanism of a file. Raises Invalid with the line and the reason of the first thing that is wrong."""
    found = look_through(content)
    if isinstance(found, Mechanism):
        return found
    raise Invalid(f"{found[0].reason}.", place=f"{place}, line {found[0].line}")


def look_through(content: bytes) -> Mechanism | list[Problem]:
    """The mechanism, or everything that is wrong with the file, by line."""
    if len(content) > LARGEST:
        return [Problem(1, f"a file of at most {LARGEST // 1024} KiB is expected")]
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        return [Problem(content.count(b"\n", 0, error.start) + 1, "this is not UTF-8")]
    try:
        raw = tomllib.loads(text)
        lines = toml_lines.Lines(text)
    except tomllib.TOMLDecodeError as error:
        line, told = toml_lines.line_of(error, text)
        return [Problem(line, f"this is not TOML: {told}")]
    except RecursionError:
        return [Problem(1, "it is nested too deeply")]
    try:
        said = _MechanismSaid.model_validate(raw)
    except ValidationError as errors:
        return _by_line(lines, ((_path(one), _reason(one)) for one in errors.errors()))
    wrong = list(_unlike(said))
    if not wrong:
        mechanism = _made(said)
        wrong = mechanism_checks.faults(mechanism)
        if not wrong:
            return mechanism
    return _by_line(lines, wrong)


def known(folder: Path) -> Mapping[str, Mechanism]:
    """The shipped mechanisms and those of a folder's `*.toml`, which need not be there. Raises Invalid."""
    found = dict(SHIPPED)
    for file in sorted(folder.glob("*.toml")):
        mechanism = read(file.read_bytes(), str(file))
        if mechanism.name in found:
            raise Invalid(f"another file of this folder has the name {mechanism.name} too.", place=str(file))
        found[mechanism.name] = mechanism
    return found


def text(mechanism: Mechanism) -> str:
    """A mechanism as a file says it, in full."""
    lines = [f"name = {_toml(mechanism.name)}", f"zh = {_toml(mechanism.zh)}", f"en = {_toml(mechanism.en)}"]
    lines += [f"{name} = {_toml(getattr(mechanism, name))}" for name in _PLAIN]
    for rule in mechanism.rounds:
        lines += ["", "[[rounds]]", f"zh = {_toml(rule.zh)}", f"en = {_toml(rule.en)}", f"days = {rule.days}"]
        lines += [f"goes_on = {rule.goes_on}"] if rule.goes_on is not None else []
    for name, move in mechanism.moves.items():
        sources = [state for state in ChallengeState if state in move.sources]
        by = [one for one in By if one in move.by]
        lines += ["", f"[moves.{name}]", f"from = {_toml(sources)}", f"to = {_toml(move.target)}", f"by = {_toml(by)}"]
        lines += [f"only_if = {_toml(move.guards)}"] if move.guards else []
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """JSON's strings, numbers, booleans and lists of strings are TOML's."""
    return json.dumps(value, ensure_ascii=False)


# -- what is said, held against what it begins from -----------------------------------------------


def _unlike(said: _MechanismSaid) -> Iterable[mechanism_checks.Fault]:
    if said.name in SHIPPED:
        yield ("name",), f"{said.name} comes with the program; give yours another name"
    if said.like is not None and said.like not in SHIPPED:
        yield ("like",), f"unknown mechanism {said.like!r}; known are {_listed(SHIPPED)}"
    if said.like is None:
        for name in _NEEDED:
            if not getattr(said, name) and getattr(said, name) is not False:
                yield (name,), f"{name} is missing; with like = … it would be as in another mechanism"
    base: Collection[str] = SHIPPED[said.like].moves if said.like and said.like in SHIPPED else ()
    for name in said.moves:
        if name not in mechanism_checks.EVERY_MOVE:
            yield ("moves", name), f"unknown move {name!r}; known are {_listed(mechanism_checks.EVERY_MOVE)}"
    for place, name in enumerate(said.leave_out):
        if name not in base:
            yield ("leave_out", place), f"there is no move {name!r} to leave out"


def _made(said: _MechanismSaid) -> Mechanism:
    plain = {name: getattr(said, name) for name in _PLAIN if getattr(said, name) is not None}
    moves = {name: _move(one) for name, one in said.moves.items()}
    rounds = tuple(RoundRule(one.zh, one.en, one.days, one.goes_on) for one in said.rounds or ())
    if said.like is None:
        whole = {"custodians": 0} | plain
        return Mechanism(name=said.name, zh=said.zh, en=said.en, rounds=rounds, moves=moves, **whole)
    base = SHIPPED[said.like]
    kept = {name: move for name, move in base.moves.items() if name not in said.leave_out}
    return replace(
        base, name=said.name, zh=said.zh, en=said.en, rounds=rounds or base.rounds, moves=kept | moves, **plain
    )


def _move(said: _MoveSaid) -> Move:
    return Move(frozenset(said.sources), said.target, frozenset(said.by), tuple(said.only_if))


# -- what is wrong, in words and by line ----------------------------------------------------------


def _by_line(lines: toml_lines.Lines, wrong: Iterable[mechanism_checks.Fault]) -> list[Problem]:
    found = [Problem(lines.of(_said_at(path, lines)), reason) for path, reason in wrong]
    return sorted(found, key=lambda one: one.line)


def _said_at(path: toml_lines.Path, lines: toml_lines.Lines) -> toml_lines.Path:
    """What a file does not say itself, it says by beginning from another."""
    own = path[:2] if path[0] == "moves" else path[:1]
    return path if own in lines else ("like",)


def _path(error: Any) -> toml_lines.Path:
    """Without what pydantic adds to tell keys of a table from their values."""
    return tuple(part for part in error["loc"] if part != "[key]")


def _reason(error: Any) -> str:
    name = next(str(part) for part in reversed(error["loc"]) if isinstance(part, str))
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key {name!r}"
        case "missing":
            return f"{name} is missing"
        case "enum":
            return f"unknown value {error['input']!r}; known are {error['ctx']['expected']}"
        case "too_short":
            return f"{name} is empty"
        case "string_pattern_mismatch" if name == "name":
            return "name: a small letter, then small letters, digits and _ are expected"
        case _:
            told = str(error["msg"])
            return f"{name}: {told[:1].lower()}{told[1:]}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
