"""What the clinic and teams print for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Group
from rich.table import Table
from rich.text import Text

from api.cli.tables import columned, named
from matcher import regions
from matcher.drafts import NeedDraft
from matcher.matching.clinic import Examined
from matcher.matching.relaxations import Relaxation
from matcher.matching.teams import Coverage, Team

COVERAGE: Mapping[Coverage, str] = {
    Coverage.NOTHING_ASKED: "This need has no must-have indicators: there is nothing to cover.",
    Coverage.ONE: "One result has all must-haves.",
    Coverage.TEAM: "No one result has all must-haves; together these have.",
    Coverage.PART: "Not all must-haves are covered by anybody; these have the others.",
    Coverage.NONE: "None of the must-haves is surely met by anybody.",
}


def examined(name: str, draft: NeedDraft, told: Examined) -> Group:
    """One draft: how complete it is and its chances, what was found, what would bring more."""
    chances = told.chances
    head = Text(f"{draft.title}  {name}", style="bold")
    counts = (
        f"complete to {told.completeness:.0%}; of {chances.looked_at} results {chances.above} above {told.line:g}, "
        f"{chances.standing} of them with nothing against it"
    )
    return Group(head, Text(counts), _table(told), Text(""))


def _table(told: Examined) -> Table:
    table = columned(("", {"no_wrap": True}), ("field", {"ratio": 18}), ("", {"ratio": 62}))
    for finding in told.findings:
        table.add_row("!", Text(finding.place), Text(f"{finding.en}: {finding.why_en}"))
    for one in told.understood:
        if one.from_text:
            table.add_row("?", "indicators", Text(f"read from the text, not in the list: {one.name} {one.text}"))
    for twin in told.duplicates:
        asked = f"asked nearly so already ({twin.similarity:.2f}): {twin.title}, {twin.organisation}, {twin.state}"
        table.add_row("=", "", Text(asked))
    for relaxation in told.chances.relaxations:
        for line in _steps(relaxation):
            table.add_row("+", Text(relaxation.place), Text(line))
    return table


def _steps(relaxation: Relaxation) -> Iterator[str]:
    """ "纯度 ≥ 99.9 % → ≥ 99.5 %: +4"."""
    name = "" if relaxation.name == relaxation.place else f"{relaxation.name} "
    for step in relaxation.steps:
        yield f"{name}{_plain(relaxation, relaxation.now)} → {_plain(relaxation, step.to)}: +{len(step.brings)}"


def _plain(relaxation: Relaxation, told: str) -> str:
    """Regions by their names."""
    if relaxation.place != "preferred_regions":
        return told
    return " ".join(regions.name(code.strip(",")) if code.strip(",").isdigit() else code for code in told.split())


def members(team: Team) -> Table:
    table = columned(("score", {"justify": "right"}), ("result", {"ratio": 40}), ("contributes", {"ratio": 48}))
    for one in team.members:
        parts = "\n".join(f"{part.must_have.text}: {part.result}" for part in one.contributes)
        what = named(one.title, one.id, one.organisation)
        table.add_row(f"{one.score:.3f}", what, Text(parts), end_section=True)
    return table
