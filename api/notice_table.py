"""The table of docs/notices.md, printed from the turns: `python -m api.notice_table`."""

from __future__ import annotations

import re
from pathlib import Path

from matcher.notice_turns import TURNS, To, words

PAGE = Path(__file__).parents[1] / "docs" / "notices.md"
MARKED = re.compile(r"<!-- turns -->\n.*?<!-- /turns -->", re.DOTALL)

CIRCLES = {
    To.SETTER: "the setter",
    To.SETTER_IF_OPEN: "the setter, once the answer is open",
    To.DESK: "matchmakers, operators",
    To.OPERATORS: "operators",
    To.FUNDER: "the funder",
    To.INVITED: "those invited",
    To.NAMED: "those whom it is about",
    To.ANSWERERS: "all answerers",
    To.ASKERS: "who asked",
    To.LEAD: "the answer's lead",
    To.PARTNERS: "its partners",
    To.UNCONFIRMED: "partners that have not confirmed",
    To.OBJECTOR: "who objects",
    To.GRADERS: "the round's graders",
    To.DRAWN: "the grader",
    To.TESTER: "who is to try it",
    To.CUSTODIANS: "custodians",
    To.SIDE: "the side of the pair",
    To.FOLLOWER: "the matchmaker who follows it",
}
_SAID = {"title": "…", "number": "n", "deadline": "…"}


def table() -> str:
    rows = []
    for action, turn in TURNS.items():
        zh, en = words(action, _SAID | ({"reason": "…"} if turn.with_reason else {}))
        rows.append(f"| `{action}` | {'; '.join(CIRCLES[one] for one in turn.to)} | {zh} {en} |")
    return "\n".join(["| event | who is told | of what |", "| --- | --- | --- |", *rows]) + "\n"


def rewritten(text: str) -> str:
    """The page with what stands between its marks as the turns are now."""
    return MARKED.sub(lambda _: f"<!-- turns -->\n{table()}<!-- /turns -->", text)


def main() -> None:
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
