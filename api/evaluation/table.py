"""The recorded figures as the table that stands in both READMEs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from api.evaluation.record import Figure, Recorded

ROOT = Path(__file__).parents[2]
READMES = {ROOT / "README.md": False, ROOT / "README.zh-CN.md": True}
_MARKED = re.compile(r"(<!-- evaluation -->\n).*?(<!-- /evaluation -->)", re.DOTALL)

_CHINESE = {
    "demonstration set": "示范集",
    "all": "全部",
    "in one language": "同语言",
    "across languages": "跨语言",
    "set": "数据集",
    "needs × results": "需求 × 成果",
    "ranking": "排序方式",
    "full is better by": "full 高出",
}


def markdown(sets: Sequence[Recorded], *, chinese: bool) -> str:
    def told(text: str) -> str:
        return _CHINESE.get(text, text) if chinese else text

    head = ["set", "needs × results", "ranking", "nDCG@10", "Recall@1", "Recall@10", "full is better by"]
    lines = [head, ["---", "---", "---", "---:", "---:", "---:", "---:"]]
    for one in sets:
        previous = ""
        for figure in one.figures:
            first = figure.group != previous
            previous = figure.group
            place = f"{told(one.name)}, {told(figure.group)}" if first else ""
            size = f"{figure.needs:,} × {one.results:,}" if first else ""
            lines.append([place, size, figure.ranker, *_cells(figure)])
    return "".join(f"| {' | '.join(map(told, line))} |\n" for line in lines)


def _cells(figure: Figure) -> Iterator[str]:
    for value, low, high in figure.measures.values():
        yield f"{value:.3f} ± {max(high - value, value - low):.3f}"
    if figure.behind is None:
        yield ""
    else:
        value, low, high = figure.behind
        yield f"{value:+.3f} ({low:+.3f} to {high:+.3f})"


def rewritten(readme: str, sets: Sequence[Recorded], *, chinese: bool) -> str:
    """A README with the table between its marks."""
    table = markdown(sets, chinese=chinese)
    return _MARKED.sub(lambda match: f"{match[1]}\n{table}\n{match[2]}", readme)
