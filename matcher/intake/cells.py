"""One record (a row's cells, or an object of JSON Lines) → the values of a draft.

What a cell was clearly meant to say but does not (a date, an amount, a maturity) rejects the row.
What is only not known here (a field of our tree, a region, a cooperation mode, an indicator without
a quantity) is kept as text and noticed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from matcher.drafts import MaturityStage
from matcher.intake import choices, dates, money, quantities, rights
from matcher.intake.column_names import BUDGET, ORGANISATION, ORGANISATION_REGION
from matcher.intake.report import Kind, shortened
from matcher.intake.sheets import UNCALCULATED, text_of
from matcher.intake.titles import title_from
from matcher.intake.words import BLANK, folded

LONGEST = 50_000
"""Characters of one cell."""

REGION_EXPECTED = "a province or city, e.g. 江苏省苏州市, or a GB/T 2260 code"

_ERROR = re.compile(
    r"#(?:REF!|DIV/0!|N/A|NAME\?|NULL!|NUM!|VALUE!|SPILL!|CALC!|GETTING_DATA|FIELD!|BUSY!)|Err:\d{3}|#+"
)
_NESTED = (list, dict)
_KEYWORDS = re.compile(r"[、,，;；/|\n]+|(?<=[㐀-鿿])\s+(?=[㐀-鿿])")


@dataclass(slots=True)
class Remark:
    """A problem or a notice before it has a row: see `RowProblem`."""

    column: str
    value: str
    problem: str
    expected: str = ""


@dataclass(slots=True)
class Record:
    """What a row says, as it builds up."""

    kind: Kind
    values: dict[str, Any] = field(default_factory=dict)
    """Arguments of the draft."""
    organisation: str = ""
    organisation_region: str | None = None
    problems: list[Remark] = field(default_factory=list)
    notices: list[Remark] = field(default_factory=list)
    leftover: list[str] = field(default_factory=list)
    """Lines that stay as text in the draft, because nothing else could hold them."""
    headers: dict[str, str] = field(default_factory=dict)
    """Field → header, for messages of the draft's own checks."""

    def problem(self, header: str, value: object, problem: str, expected: str = "") -> None:
        self.problems.append(Remark(header, shortened(value), problem, expected))

    def notice(self, header: str, value: object, problem: str, expected: str = "") -> None:
        self.notices.append(Remark(header, shortened(value), problem, expected))

    def keep(self, header: str, text: str) -> None:
        self.leftover.append(f"{header.strip()}：{text}")


def read(cells: Iterable[tuple[str, str, Any]], kind: Kind) -> Record:
    """The record of (field, header, content) triples. A content is a spreadsheet's cell or a JSON value."""
    record = Record(kind)
    for name, header, content in cells:
        record.headers.setdefault(name, header)
        if not isinstance(content, _NESTED):
            text = text_of(content)
            if not text or (len(text) <= 4 and text.casefold() in BLANK and name not in ("reference", "title")):
                continue
            if (text[0] in "#E" or len(text) > LONGEST) and _wrong_cell(record, header, text):
                continue
            parsed = _json(text) if text[0] in "[{" and name in _STRUCTURED else None
            if parsed is None:
                _READERS.get(name, _take_text)(record, name, header, content, text)
                continue
            content = parsed
        _take_structured(record, name, header, content)
    _settle_money(record)
    _settle_text(record)
    if record.organisation_region is not None and not record.organisation:
        record.notice(
            record.headers[ORGANISATION_REGION], "", "of an organisation that the row does not name; left out",
            "a column 单位名称 (Organisation) beside it; or, for the regions preferred for the cooperation, the "
            "header 意向地区 (Preferred regions)",
        )  # fmt: skip
    return record


def _wrong_cell(record: Record, header: str, text: str) -> bool:
    if len(text) > LONGEST:
        record.problem(header, text, f"the cell has {len(text):,} characters", f"at most {LONGEST:,}")
    elif text == UNCALCULATED:
        record.problem(
            header,
            "",
            "the formula has no stored value",
            "a value, or a file that a spreadsheet program has calculated and saved",
        )
    elif _ERROR.fullmatch(text):
        record.problem(header, text, "the cell holds a spreadsheet error", "a value")
    else:
        return False
    return True


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


_Reader = Callable[[Record, str, str, Any, str], None]


def _take_text(record: Record, name: str, header: str, content: Any, text: str) -> None:
    """Text; several columns that feed one field follow each other as paragraphs."""
    known = record.values.get(name)
    record.values[name] = f"{known}\n\n{text}" if known and known != text else text


def _take_line(record: Record, name: str, header: str, content: Any, text: str) -> None:
    record.values[name] = " ".join(text.split())


def _take_organisation(record: Record, name: str, header: str, content: Any, text: str) -> None:
    if len(text) > 200:
        record.problem(header, text, "the name is too long", "at most 200 characters")
    record.organisation = " ".join(text.split())


def _take_indicators(record: Record, name: str, header: str, content: Any, text: str) -> None:
    found, unread = quantities.parse(text)
    _add_indicators(record, found)
    for clause in unread:
        record.keep(header, clause)
    if unread:
        record.notice(
            header, "；".join(unread), "no quantity could be read out of this; it is kept as text",
            "a name, an operator, a number and a unit, e.g. 抗拉强度 ≥ 800 MPa (GB/T 228)",
        )  # fmt: skip


def _add_indicators(record: Record, found: Iterable[quantities.Quantity]) -> None:
    needs = record.kind is Kind.NEEDS
    record.values.setdefault("indicators", []).extend(
        one.target_values() if needs else one.achieved_values() for one in found
    )


def _take_keywords(record: Record, name: str, header: str, content: Any, text: str) -> None:
    found = [word.strip() for word in _KEYWORDS.split(text)]
    record.values.setdefault("keywords", []).extend(word for word in found if word)


def _take_field(record: Record, name: str, header: str, content: Any, text: str) -> None:
    code, others = choices.field(text)
    if "field" in record.values:
        code, others = None, (text,)
    elif code is not None:
        record.values["field"] = code
    elif others:
        record.notice(
            header, text, "no field of the field tree has this name; it is kept as a keyword", "see `jiebang template`"
        )
    record.values.setdefault("keywords", []).extend(other for other in others if len(other) <= 100)


def _take_modes(record: Record, name: str, header: str, content: Any, text: str) -> None:
    found, unknown = choices.modes(text)
    record.values.setdefault("cooperation_modes", []).extend(found)
    if unknown:
        record.keep(header, "、".join(unknown))
        record.notice(
            header, "、".join(unknown), "not a known cooperation mode; it is kept as text", choices.MODE_EXPECTED
        )


def _take_regions(record: Record, name: str, header: str, content: Any, text: str) -> None:
    found, unknown = choices.places(text)
    if name == "region":
        if found:
            record.values.setdefault("region", found[0])
        unknown = unknown if not found else ()
    else:
        record.values.setdefault(name, []).extend(found)
    if unknown:
        record.keep(header, "、".join(unknown))
        record.notice(
            header,
            "、".join(unknown),
            "not a known region; it is kept as text",
            REGION_EXPECTED,
        )


def _take_organisation_region(record: Record, name: str, header: str, content: Any, text: str) -> None:
    found, _ = choices.places(text)
    if found:
        record.organisation_region = found[0]
    else:
        record.notice(header, text, "not a known region; it is left out", REGION_EXPECTED)


def _take_rights(record: Record, name: str, header: str, content: Any, text: str) -> None:
    found, unread = rights.parse(text)
    record.values.setdefault("rights", []).extend(found)
    if unread:
        record.keep(header, "；".join(unread))
        record.notice(
            header, "；".join(unread), "no right could be read out of this; it is kept as text", rights.EXPECTED
        )


def _take_maturity(record: Record, name: str, header: str, content: Any, text: str) -> None:
    if record.kind is Kind.RESULTS and _stage_of(text) is not None:
        record.values["maturity_stage"] = _stage_of(text)
        return
    try:
        record.values[name] = choices.maturity(text)
    except ValueError as error:
        record.problem(header, text, "not a maturity", str(error))


def _stage_of(text: str) -> MaturityStage | None:
    try:
        return choices.stage(text)
    except ValueError:
        return None


def _chosen(parse: Callable[[str], Any], problem: str) -> _Reader:
    def take(record: Record, name: str, header: str, content: Any, text: str) -> None:
        try:
            value = parse(text)
        except ValueError as error:
            record.problem(header, text, problem, str(error))
        else:
            if value is not None:
                record.values[name] = value

    return take


def _take_date(record: Record, name: str, header: str, content: Any, text: str) -> None:
    try:
        record.values[name] = dates.parse(content if isinstance(content, date | int | float) else text)
    except ValueError as error:
        record.problem(header, text, "not a date", str(error))


def _take_money(record: Record, name: str, header: str, content: Any, text: str) -> None:
    try:
        record.values[f"={name}"] = money.parse(text, money.unit_of_header(header))
    except ValueError as error:
        record.problem(header, text, "not an amount of money", str(error))


def _currency(text: str) -> str:
    key = folded(text)
    for code in ("USD", "HKD", "TWD", "SGD", "MOP", "EUR", "GBP", "JPY", "KRW", "CNY"):
        try:
            if money.parse(f"1{key}").currency == code or money.parse(f"{key}1").currency == code:
                return code
        except ValueError:
            continue
    if re.fullmatch("[a-z]{3}", key):
        return key.upper()
    raise ValueError("a currency, e.g. CNY, 人民币, USD")


_READERS: dict[str, _Reader] = {
    "title": _take_line,
    "reference": _take_line,
    "decision_owner": _take_line,
    ORGANISATION: _take_organisation,
    "indicators": _take_indicators,
    "keywords": _take_keywords,
    "field": _take_field,
    "cooperation_modes": _take_modes,
    "preferred_regions": _take_regions,
    "region": _take_regions,
    ORGANISATION_REGION: _take_organisation_region,
    "rights": _take_rights,
    "maturity": _take_maturity,
    "maturity_now": _take_maturity,
    "maturity_wanted": _take_maturity,
    "maturity_stage": _chosen(choices.stage, "not a stage"),
    "disclosure": _chosen(choices.disclosure, "not a disclosure tier"),
    "funding_share": _chosen(choices.share, "not a share"),
    "currency": _chosen(_currency, "not a currency"),
    "deadline": _take_date,
    BUDGET: _take_money,
    "budget_min": _take_money,
    "budget_max": _take_money,
    "price": _take_money,
}
_STRUCTURED = {"indicators", "rights", "keywords", "cooperation_modes", "preferred_regions"}


def _take_structured(record: Record, name: str, header: str, content: list[Any] | dict[str, Any]) -> None:
    """A list of JSON Lines: its texts are read as cells are, its objects go to the draft as they are."""
    if name not in _STRUCTURED:
        record.problem(header, json.dumps(content, ensure_ascii=False), "a list or an object stands here", "one value")
        return
    for one in content if isinstance(content, list) else [content]:
        if isinstance(one, str) and name == "keywords":
            if text := text_of(one):
                record.values.setdefault(name, []).append(text)
        elif isinstance(one, str):
            if text := text_of(one):
                _READERS[name](record, name, header, one, text)
        elif one is not None:
            record.values.setdefault(name, []).append(one)


def _settle_money(record: Record) -> None:
    """Amounts with the currency they share, out of what the cells and headers said."""
    names = ("=budget", "=budget_min", "=budget_max", "=price")
    amounts = {name: record.values.pop(name) for name in names if name in record.values}
    stated = {amount.currency for amount in amounts.values() if amount.currency}
    if "currency" in record.values:
        stated.add(record.values["currency"])
    if len(stated) > 1:
        header = record.headers.get("currency") or next(record.headers[name[1:]] for name in amounts)
        record.problem(header, " / ".join(sorted(stated)), "several currencies in one row", "one currency")
    if stated:
        record.values["currency"] = min(stated)
    for name, amount in amounts.items():
        _settle_amount(record, name[1:], amount)


def _settle_amount(record: Record, name: str, amount: money.Amount) -> None:
    low, high = amount.low, amount.high
    if name == BUDGET:
        for end, value in (("budget_min", low), ("budget_max", high)):
            if value is not None:
                record.values.setdefault(end, value)
                record.headers.setdefault(end, record.headers[BUDGET])
        return
    taken: Decimal | None = high if name == "budget_max" and high is not None else low if low is not None else high
    if taken is None:
        return
    record.values[name] = taken
    if low != high and name == "price":
        record.keep(record.headers[name], str(amount))
        record.notice(record.headers[name], str(amount), f"of a range one end is taken as the asking price: {taken:f}")


def _settle_text(record: Record) -> None:
    """Leftovers into the text; a title out of the text where there is none."""
    values = record.values
    body = "problem" if record.kind is Kind.NEEDS else "abstract"
    if values.get("title", "").casefold() in BLANK:
        values.pop("title", None)
    if "title" not in values:
        text = values.get(body) or values.get("problem")
        if isinstance(text, str) and (title := title_from(text)):
            values["title"] = title
    if record.leftover:
        lines = "\n".join(dict.fromkeys(record.leftover))
        values[body] = f"{values[body]}\n\n{lines}" if values.get(body) else lines
