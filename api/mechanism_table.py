"""The table and the diagrams of docs/mechanisms.md, printed from the mechanisms: `python -m api.mechanism_table`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from matcher.engine import mechanism_diagrams
from matcher.mechanisms import SHIPPED, Answerers, By, Decider, Funding, Guard, Mechanism

PAGE = Path(__file__).parents[1] / "docs" / "mechanisms.md"

ANSWERERS = {
    Answerers.ANYONE: "anyone eligible",
    Answerers.RESEARCH: "research organisations",
    Answerers.INVITED: "invited only",
}
DECIDERS = {
    Decider.GRADES: "grades on a rubric",
    Decider.MEASURED: "measured indicators and grades",
    Decider.NEGOTIATION: "negotiation",
    Decider.COMMITMENTS: "committed capital, not grades",
}
FUNDING = {
    Funding.SETTER: "setter",
    Funding.STAGED: "setter, a part for each round",
    Funding.MATCHED: "public funder beside the setter",
    Funding.PRIZES: "prize pool",
    Funding.INVESTORS: "investors' commitments",
}
MAKERS = {
    By.SETTER: "posters and managers of the organisation whose challenge it is",
    By.DESK: "matchmakers and operators",
    By.OPERATOR: "operators",
}
GUARDS = {
    Guard.COMPLETE: "nothing is missing that the quality gate insists on",
    Guard.DEADLINE_AHEAD: "the deadline of the current round lies ahead, on the database's clock",
    Guard.DEADLINE_PASSED: "the deadline of the current round has passed, on the database's clock; where negotiation "
    "decides, also once as many offers are agreed on as there are places",
    Guard.KEY_RELEASED: "the custodians have given their shares of the key, where there are any",
    Guard.ANSWERS_THERE: "at least one answer stands in the round",
    Guard.GRADES_IN: "every grader has submitted, declined or been recalled, and every answer has a grade",
    Guard.AGREED: "an offer was agreed on",
    Guard.ROUND_LEFT: "another round is to come",
    Guard.LAST_ROUND: "no further round is to come",
    Guard.IN_TIME_TO_REVERSE: "the elimination is not older than `reverse_days`",
    Guard.OBJECTION_UPHELD: "an objection to the determination was upheld",
    Guard.OBJECTIONS_OVER: "`objection_days` have passed and every objection is answered, none of them upheld",
    Guard.CONTRACTS_ENDED: "the contract of every award has ended",
}


def table() -> str:
    head = ("mechanism", "who may answer", "others read answers", "graders", "rounds", "money", "what decides")
    rows = [
        (
            f"{one.en} {one.zh} `{one.name}`",
            ANSWERERS[one.answerers],
            _seal(one),
            _graders(one),
            _rounds(one),
            _money(one),
            DECIDERS[one.decider],
        )
        for one in SHIPPED.values()
    ]
    return _table(head, rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _seal(one: Mechanism) -> str:
    if not one.sealed:
        return "once handed in"
    return "after the opening" + (f", by {one.custodians} custodians together" if one.custodians else "")


def _graders(one: Mechanism) -> str:
    if not one.graders_each:
        return "none"
    share = f", {one.industry_share:.0%} of them from industry" if one.industry_share else ""
    return f"{one.graders_each} each{share}{', blind' if one.blind else ''}"


def _rounds(one: Mechanism) -> str:
    told = [f"{rule.en} {rule.zh}, {rule.days} days, {_going_on(rule.goes_on)} on" for rule in one.rounds[:-1]]
    last = one.rounds[-1]
    awarded = {None: "all that are good enough are", 1: "one is"}.get(last.goes_on, f"at most {last.goes_on} are")
    return "; ".join([*told, f"{last.en} {last.zh}, {last.days} days, {awarded} awarded"])


def _going_on(limit: int | None) -> str:
    return {None: "all that are good enough go", 1: "one goes"}.get(limit, f"at most {limit} go")


def _money(one: Mechanism) -> str:
    return FUNDING[one.funding] + (f", {one.public_ratio:g} : 1" if one.public_ratio else "")


def diagrams() -> str:
    return "\n".join(
        f"### {one.en} {one.zh}\n\n```mermaid\n{mechanism_diagrams.mermaid(one)}```\n" for one in SHIPPED.values()
    )


def words() -> str:
    makers = _table(("`by`", "who makes the move"), [(f"`{by}`", told) for by, told in MAKERS.items()])
    guards = _table(("`only_if`", "the move is made only if"), [(f"`{one}`", told) for one, told in GUARDS.items()])
    return f"{makers}\n{guards}"


PARTS: dict[str, Callable[[], str]] = {"table": table, "words": words, "diagrams": diagrams}
"""Mark → what stands between `<!-- mark -->` and `<!-- /mark -->`."""


def rewritten(text: str) -> str:
    """The page with what stands between its marks as the mechanisms are now."""
    for mark, part in PARTS.items():
        marked = re.compile(f"<!-- {mark} -->\n.*?<!-- /{mark} -->", re.DOTALL)
        text = marked.sub(f"<!-- {mark} -->\n{part()}<!-- /{mark} -->".replace("\\", r"\\"), text)
    return text


def main() -> None:
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
