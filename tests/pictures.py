"""Draws the README's picture: what `jiebang match` prints for the example files, as an SVG.

python -m tests.pictures
"""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console

from api.cli import files, match, options, tables
from api.cli.console import bars
from api.cli.options import Side
from api.cli.pairs import Pair
from api.composition import temporary_home
from matcher.matching.matches import Ranker

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "match.svg"
EXAMPLES = ROOT / "seed_data" / "examples"
NEEDS_SHOWN = 4
RESULTS_SHOWN = 2
WIDTH = 110

# Rich's own form fetches a font from the network, which a picture in a page may not do, and names none
# that has Chinese characters.
_FORM = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
    font-family: "DejaVu Sans Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", "Noto Sans CJK SC", "PingFang SC",
        "Microsoft YaHei", "WenQuanYi Micro Hei", monospace;
    font-size: {char_height}px;
    line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
_NARROW = 0.56
"""Width of a column to the height of a letter: between half, right for Chinese, and 0.6, right for Latin."""

# Rich gives a text the length of one column for each character; a Chinese one fills two.
_LENGTH = re.compile(r'textLength="(?P<length>[\d.]+)"(?P<rest>[^>]*)>(?P<text>[^<]+)</text>')


def example_pairs() -> list[Pair]:
    """The best results for the first needs of the example files."""
    with bars() as shown, temporary_home(options.settings("bundled")) as home:
        intakes = [
            files.read(EXAMPLES / "needs.xlsx", Side.NEEDS, shown),
            files.read(EXAMPLES / "results.csv", Side.RESULTS, shown),
        ]
        asked, offered = files.store_all(home, intakes, shown)
        files.catch_up(home, shown)
        first = asked.only(asked.ids[:NEEDS_SHOWN])
        return match.ranked(home, first, offered, shown, top=RESULTS_SHOWN, ranker=Ranker.FULL)


def drawn(pairs: list[Pair]) -> str:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), markup=False, emoji=False, highlight=False)
    console.print(tables.pairs_table(pairs))
    svg = console.export_svg(
        title="jiebang match", code_format=_FORM, font_aspect_ratio=_NARROW, unique_id="jiebang-match"
    )
    return _LENGTH.sub(_widened, svg)


def _widened(found: re.Match[str]) -> str:
    text = unescape(found["text"])
    length = float(found["length"]) * cell_len(text) / len(text)
    return f'textLength="{length:g}"{found["rest"]}>{found["text"]}</text>'


def main() -> None:
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn(example_pairs()), encoding="utf-8")


if __name__ == "__main__":
    main()
