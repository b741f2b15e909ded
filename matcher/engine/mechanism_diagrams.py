"""The states and moves of a mechanism as a Mermaid diagram, which many pages of text show as a picture."""

from __future__ import annotations

from matcher.engine.mechanism_checks import ENDS, reachable
from matcher.mechanisms import By, Mechanism, Move
from matcher.states import ChallengeState


def mermaid(mechanism: Mechanism) -> str:
    """A line for each step: from, to, the move, by whom, and on which conditions."""
    there = reachable(mechanism.moves)
    steps = [
        f"    {source} --> {move.target}: {_label(name, move)}"
        for source in ChallengeState
        for name, move in mechanism.moves.items()
        if source in move.sources
    ]
    ends = [f"    {state} --> [*]" for state in ChallengeState if state in ENDS & there]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {ChallengeState.DRAFT}", *steps, *ends]) + "\n"


def _label(name: str, move: Move) -> str:
    by = " or ".join(one for one in By if one in move.by)
    conditions = " and ".join(guard.replace("_", " ") for guard in move.guards)
    return f"{name} ({by})" + (f" if {conditions}" if conditions else "")
