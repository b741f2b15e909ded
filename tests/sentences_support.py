"""The sentences that the domain may say to people, read from its code."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import api
import matcher

ERRORS = {
    "Conflict", "Forbidden", "Invalid", "JiebangError", "NotAllowed", "Unauthenticated", "CodeNeeded", "Unready",
    "UnusableFile", "ValueError",
}  # fmt: skip
FOLDERS = [Path(inspect.getfile(matcher)).parent, Path(inspect.getfile(api)).parent / "routes"]
NOT_FOR_PAGES = {"fields.py", "sealed_keys.py", "mechanism_files.py", "mechanism_checks.py", "toml_lines.py"}
"""What they raise is read by who writes the file or the program."""


def said() -> dict[str, str]:
    """Each sentence with numbered places, and where it is said first."""
    found: dict[str, str] = {}
    for folder in FOLDERS:
        for file in sorted(folder.rglob("*.py")):
            if file.name not in NOT_FOR_PAGES:
                for sentence in _of(ast.parse(file.read_text(encoding="utf-8"))):
                    found.setdefault(sentence, f"{file.parent.name}/{file.name}")
    return found


def _of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ERRORS and node.args:
                yield from _told(node.args[0])
            elif node.func.id == "Rule" and len(node.args) > 1:
                yield from _told(node.args[1])


def _told(node: ast.expr) -> Iterator[str]:
    """The forms of an expression that makes a sentence; none for one that repeats another's."""
    if isinstance(node, ast.IfExp):
        yield from _told(node.body)
        yield from _told(node.orelse)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        places, text = 0, ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                text += str(part.value)
            else:
                text += f"{{{places}}}"
                places += 1
        if any(sign.isalpha() for sign in text.replace("{", "")):
            yield text
