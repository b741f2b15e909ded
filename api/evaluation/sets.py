"""The labelled sets at hand: the demonstration set, and whatever a corpus folder holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import UnusableFile
from seed_data import loading


@dataclass(frozen=True)
class LabelledSet:
    """Needs, results, and which results solve which needs."""

    name: str
    needs: Path
    results: Path
    qrels: Path
    takes: Callable[[str], bool] = lambda need: True
    """Whether a need counts, by its reference."""


DEMONSTRATION = LabelledSet(
    "demonstration set", loading.NEEDS, loading.RESULTS, loading.JUDGEMENTS, takes=loading.held_out
)
"""Of the needs that nothing was fitted on."""


def at_hand(corpus: Path | None) -> list[LabelledSet]:
    """The demonstration set, and those below the folder `corpus`.

    Raises UnusableFile where that folder holds none.
    """
    if corpus is None:
        return [DEMONSTRATION]
    found = list(_below(corpus))
    if not found:
        raise UnusableFile("no folder with files needs*, results* and qrels* lies in it", place=str(corpus))
    return [DEMONSTRATION, *found]


def _below(corpus: Path) -> Iterator[LabelledSet]:
    """A folder is a set of its own for each of its lists of needs with each of its lists of results."""
    for qrels in sorted(corpus.rglob("qrels*")):
        folder = qrels.parent
        needs, results = (sorted(folder.glob(f"{side}*")) for side in ("needs", "results"))
        for asked in needs:
            for offered in results:
                told = (_variant(asked), _variant(offered)) if len(needs) * len(results) > 1 else ()
                yield LabelledSet(f"{folder.name} {' → '.join(told)}".strip(), asked, offered, qrels)


def _variant(path: Path) -> str:
    """ "zh" of needs_zh.jsonl.gz."""
    return path.name.partition(".")[0].partition("_")[2]
