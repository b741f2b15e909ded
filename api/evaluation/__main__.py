"""`make evaluate`: how well it matches, on every labelled set at hand, under every ranking.

Prints one table, and fails where a figure lies below the recorded one by more than noise. With
`--record` the figures measured become the recorded ones, and the READMEs' table is written anew.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from api.cli.console import bars, without_collector
from api.evaluation import record, table
from api.evaluation.measuring import measured
from api.evaluation.sets import at_hand
from matcher.errors import JiebangError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m api.evaluation", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="folder in which more labelled sets lie")
    parser.add_argument("--record", action="store_true", help="keep these figures, and put them into the READMEs")
    given = parser.parse_args()
    try:
        sets = at_hand(given.corpus)
        with without_collector(), bars() as shown:
            found = [measured(one, shown) for one in sets]
    except JiebangError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    before = record.load()
    sys.stdout.write(table.markdown([record.recorded(one) for one in found], chinese=False))
    if given.record:
        kept = before | {one.name: record.recorded(one) for one in found}
        record.save(kept)
        for path, chinese in table.READMES.items():
            text = path.read_text(encoding="utf-8")
            path.write_text(table.rewritten(text, list(kept.values()), chinese=chinese), encoding="utf-8")
        return 0
    fallen = [told for one in found if one.name in before for told in record.drops(one, before[one.name])]
    sys.stdout.writelines(f"below what is recorded: {told}\n" for told in fallen)
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
