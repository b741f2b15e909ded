"""Every turn that a verb records is told to somebody, or is named here with the reason why not.

What is recorded is read from the source: each `Entry` with the actions that can come to it, through the
functions that pass them on.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import matcher
from matcher.notice_turns import TURNS

MATCHER = Path(matcher.__file__).parent

ELSEWHERE = {
    "accreditation", "agreement", "invitation", "membership", "organisation", "person",
    "problem_list", "programme", "record", "token",
}  # fmt: skip
"""Nouns that have no part in a challenge, and notices of none."""
OF_ITEMS = {"items.py", "consents.py"}
"""Modules that record what becomes of needs and results."""

TOLD_TO_NOBODY = {
    "answer.admitted": "the opening is told to all answerers at once",
    "answer.ended": "that the challenge was called off, or ended without an award, is told to all answerers",
    "answer.file_added": "a consortium knows what it writes",
    "answer.file_removed": "a consortium knows what it writes",
    "answer.resumed": "a consortium knows what it writes",
    "answer.started": "nothing is to be done yet",
    "challenge.document_removed": "only drafts lose files",
    "challenge.edited": "only drafts are edited, by their own side",
    "challenge.passphrase_chosen": "the custodian's own act, and nobody waits for it",
    "challenge.keys_made": "made with the publication, which is told",
    "challenge.opened": "a draft is its own side's",
    "conflict.declared": "the answers that go off the desk with it are told",
    "conflict.recorded": "the answers that go off the desk with it are told",
    "determination.decided": "what is decided is told when all of it is: with the determination",
    "grade.reopened": "a grade is its grader's alone until the round closes",
    "grade.saved": "a grade is its grader's alone until the round closes",
    "grade.submitted": "a grade is its grader's alone until the round closes",
    "ledger.commit": "told with the award or the contract that it comes of",
    "ledger.pay": "told with the milestone that is paid",
    "ledger.release": "told with the contract that has ended",
    "milestone.attached": "told with the report that it belongs to",
    "pair.ask": "each side is told what it is asked",
    "pair.ask_no_more": "each side is told that it is not asked any more",
    "pair.contract": "told by the two sides to the matchmaker who takes it down",
    "pair.decline": "the introduction that was declined is told",
    "pair.end": "each side that had accepted is told",
    "pair.introduce": "each side is told whom to talk to",
    "pair.not_now": "the matchmaker's own act, before anybody was asked",
    "pair.note": "matchmakers find it with the pair",
    "pair.put_back": "the matchmaker's own act, before anybody was asked",
    "pair.refuse": "the matchmaker's own act, before anybody was asked",
    "pair.reopen": "the sides are told when they are asked again",
    "pair.take_further": "the matchmaker's own act, before anybody was asked",
    "pair.talk": "told by the two sides to the matchmaker who takes it down",
    "pair.undo": "the matchmaker's own act, before anybody was asked",
    "pair.unsure": "the matchmaker's own act, before anybody was asked",
}

# -- what is recorded ------------------------------------------------------------------------------

Function = ast.FunctionDef
Place = tuple[str, Function]
"""The path of a module, and a function of it."""


@cache
def modules() -> dict[str, ast.Module]:
    """By their paths."""
    return {str(path.relative_to(MATCHER)): ast.parse(path.read_text("utf-8")) for path in MATCHER.rglob("*.py")}


def called(name: str) -> list[str]:
    """The modules that are called so where they are imported."""
    return [path for path in modules() if Path(path).stem == name]


def functions() -> Iterator[Place]:
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield name, node


def calls(module: str, function: str) -> Iterator[tuple[Place, ast.Call]]:
    """Of one function, from wherever."""
    for name, caller in functions():
        for node in ast.walk(caller):
            if not isinstance(node, ast.Call):
                continue
            match node.func:
                case ast.Name(id=named) if (name, named) == (module, function):
                    yield (name, caller), node
                case ast.Attribute(value=ast.Name(id=of), attr=named) if named == function and module in called(of):
                    yield (name, caller), node


def values(expression: ast.expr, place: Place) -> set[str]:
    """What a text can be. Raises for an expression that this does not follow."""
    module, function = place
    match expression:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=body, orelse=orelse):
            return values(body, place) | values(orelse, place)
        case ast.JoinedStr(values=parts):
            return {"".join(one) for one in itertools.product(*(values(part, place) for part in parts))}
        case ast.FormattedValue(value=value):
            return values(value, place)
        case ast.Attribute(value=ast.Name(id=other), attr=name) if len(called(other)) == 1:
            return _constant(called(other)[0], name)
        case ast.Name(id=name):
            parameters = [*function.args.args, *function.args.kwonlyargs]
            if name in {one.arg for one in parameters}:
                return _passed(module, function, name)
            return _assigned(function, name, place) or _constant(module, name)
    raise AssertionError(f"{module}.{function.name}: {ast.unparse(expression)} is not followed")


def _passed(module: str, function: Function, name: str) -> set[str]:
    position = next((place for place, one in enumerate(function.args.args) if one.arg == name), None)
    found: set[str] = set()
    for caller, call in calls(module, function.name):
        given = [one.value for one in call.keywords if one.arg == name]
        if not given and position is not None and position < len(call.args):
            given = [call.args[position]]
        found |= {text for one in given for text in values(one, caller)}
    return found


def _assigned(function: Function, name: str, place: Place) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    found |= values(node.value, place)
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=True)
                    found |= {
                        text
                        for one, value in pairs
                        if isinstance(one, ast.Name) and one.id == name
                        for text in values(value, place)
                    }
    return found


def _constant(module: str, name: str) -> set[str]:
    for node in modules()[module].body:
        if isinstance(node, ast.Assign) and [one.id for one in node.targets if isinstance(one, ast.Name)] == [name]:
            assert isinstance(node.value, ast.Constant)
            return {str(node.value.value)}
    raise AssertionError(f"{module} has no constant {name}")


def recorded() -> set[str]:
    found: set[str] = set()
    for place in functions():
        for node in ast.walk(place[1]):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Entry", "events.Entry"}:
                noun = ast.unparse(node.args[0]).strip("f'\"").partition(".")[0]
                found |= set() if noun in ELSEWHERE or place[0] in OF_ITEMS else values(node.args[0], place)
    return found


def test_every_turn_is_told_or_has_a_reason_not_to_be() -> None:
    of_challenges = {action for action in recorded() if action.partition(".")[0] not in ELSEWHERE}
    assert TURNS.keys() & TOLD_TO_NOBODY.keys() == set()
    assert of_challenges == TURNS.keys() | TOLD_TO_NOBODY.keys()
