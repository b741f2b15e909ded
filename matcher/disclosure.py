"""What each view holds of a need and of a result, field by field, and what is taken out of titles.

Everything that shows a need or a result (the API, the command line, exports, matches) takes it from
`shown`; which view somebody has is the policy's matter (`matcher.policy.view`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from embeddings.text import normalise
from matcher import regions
from matcher.drafts import ItemDraft, ResultDraft
from matcher.entities import Kind, Need, Organisation, Result
from matcher.policy import View

_BOTH = {
    "kind": View.FIELD,
    "id": View.FIELD,
    "field": View.FIELD,
    "disclosure": View.FIELD,
    "state": View.FIELD,
    "title": View.SUMMARY,  # below PUBLIC `discreet`
    "region_class": View.SUMMARY,
    "size_class": View.SUMMARY,
    "organisation": View.PUBLIC,
    "reference": View.PUBLIC,
    "problem": View.PUBLIC,
    "indicators": View.PUBLIC,
    "keywords": View.PUBLIC,
    "cooperation_modes": View.PUBLIC,
    "currency": View.PUBLIC,
    "version": View.PUBLIC,
    "created_at": View.PUBLIC,
    "updated_at": View.PUBLIC,
}

HELD: dict[Kind, dict[str, View]] = {
    Kind.NEED: _BOTH
    | {
        "maturity_now": View.SUMMARY,
        "maturity_wanted": View.SUMMARY,
        "problem_list_id": View.PUBLIC,
        "current_state": View.PUBLIC,
        "scenario": View.PUBLIC,
        "out_of_scope": View.PUBLIC,
        "budget_min": View.PUBLIC,
        "budget_max": View.PUBLIC,
        "funding_share": View.PUBLIC,
        "deadline": View.PUBLIC,
        "preferred_regions": View.PUBLIC,
        "ip_wishes": View.PUBLIC,
        "decision_owner": View.PUBLIC,
    },
    Kind.RESULT: _BOTH
    | {
        "maturity": View.SUMMARY,
        "maturity_stage": View.SUMMARY,
        "abstract": View.PUBLIC,
        "innovation": View.PUBLIC,
        "advantage": View.PUBLIC,
        "rights": View.PUBLIC,
        "ownership": View.PUBLIC,
        "price": View.PUBLIC,
        "open_licence_terms": View.PUBLIC,
        "team": View.PUBLIC,
        "team_continuity": View.FULL,  # the other side learns it after consent only
        "evidence": View.PUBLIC,
        "region": View.PUBLIC,
    },
}
"""Each field with the least view that holds it."""

REDACTIONS = (
    "matcher.disclosure.holds",
    "matcher.disclosure.discreet",
    "matcher.listing.told",
    "matcher.matching.redaction.told",
    "matcher.matching.redaction.comparable",
    "matcher.matching.redaction.rounded",
    "matcher.matching.redaction.holds",
    "matcher.matching.redaction.redacted",
    "matcher.consents.names_owner",
    "matcher.engine.challenge_access.told_needs",
    "matcher.reviews.pairs.shown_score",
)
"""Every function that keeps something back of an item that is shown in part. The leak test takes out
one after the other, and has to fail (tests/web/test_leaks.py)."""


def holds(kind: Kind, view: View, name: str) -> bool:
    return HELD[kind][name] <= view


def shown(item: Need | Result, draft: ItemDraft, view: View, owner: Organisation) -> dict[str, Any]:
    """What that view holds of an item: field → value, in the order of `HELD`; the rest is absent.

    `draft` is the item's own (`items.draft_of`).
    """
    return {name: _value(name, item, draft, view, owner) for name in HELD[item.kind] if holds(item.kind, view, name)}


def _value(name: str, item: Need | Result, draft: ItemDraft, view: View, owner: Organisation) -> Any:
    match name:
        case "title":
            return title(draft, view, owner)
        case "region_class":
            place = (item.region if isinstance(item, Result) else None) or owner.region
            return regions.region_class(place) if place else None
        case "size_class":
            return owner.size
        case "organisation":
            return {"id": owner.id, "name": owner.name}
    return getattr(draft if name in type(draft).model_fields else item, name)


# -- titles ---------------------------------------------------------------------------------------


def title(draft: ItemDraft, view: View, owner: Organisation) -> str:
    """The title as far as the view holds it; empty where it holds none of it."""
    if view < View.SUMMARY:
        return ""
    return draft.title if view >= View.PUBLIC else discreet(draft, owner)


def discreet(draft: ItemDraft, owner: Organisation) -> str:
    """The title with what would tell whose it is replaced by "…": names of the owner, links, e-mail
    addresses, numbers of phones, of patents, of the owner's own.

    Compared in the normal form of `embeddings.text`, so that full-width letters and traditional
    characters hide nothing.
    """
    plain = normalise(draft.title)
    text = draft.title if len(draft.title) == len(plain) else plain
    for start, end in sorted(set(_telling(plain, draft, owner)), reverse=True):
        text = text[:start] + "\0" * (end - start) + text[end:]
    return re.sub(r"\0[\0\s]*(?<!\s)", "…", text)


def _telling(text: str, draft: ItemDraft, owner: Organisation) -> Iterator[tuple[int, int]]:
    for pattern in _TELLING:
        yield from (found.span() for found in pattern.finditer(text))
    for name in _names(draft, owner):
        pattern = re.compile(_loosely(name), re.IGNORECASE)
        yield from (found.span() for found in pattern.finditer(text))


def _names(draft: ItemDraft, owner: Organisation) -> Iterator[str]:
    full = normalise(owner.name)
    yield full
    yield from (name for name in (normalise(owner.name_en), owner.credit_code or "") if name)
    for name in (full, normalise(owner.name_en)):
        short = _LEGAL_FORM.sub("", name).strip(" ,.")
        if len(short) >= _TELLING_LENGTH:
            yield short
        if len(brand := _without_place(short)) >= _TELLING_LENGTH:
            yield brand
    if len(draft.reference) >= _TELLING_LENGTH:
        yield normalise(draft.reference)
    if isinstance(draft, ResultDraft):
        yield from (number for right in draft.rights if len(number := normalise(right.number)) >= _TELLING_LENGTH)


def _loosely(name: str) -> str:
    """A name as a pattern that white space within it does not break."""
    return r"\s*".join(re.escape(sign) for sign in name if not sign.isspace())


def _without_place(name: str) -> str:
    """ "示例新能源" for "江苏省苏州市示例新能源": people call a company so."""
    for end in range(min(len(name), 12), 1, -1):
        if regions.is_name(name[:end]):
            return _without_place(name[end:].removeprefix("市").removeprefix("省"))
    return name


_TELLING_LENGTH = 4
"""Signs that a name or number has to have: shorter ones stand in other words."""
_LEGAL_FORM = re.compile(
    r"(?:\((?:集团|中国)\))?(?:集团)?(?:股份|有限责任|有限|控股)*公司$|集团$|(?:研究院|研究所|实验室)$"
    r"|[\s,]+(?:co\.?,?\s*ltd|corp(?:oration)?|company|inc|ltd|limited|llc|gmbh|ag|plc)\.?$",
    re.IGNORECASE,
)
_TELLING = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[a-z][a-z0-9+.-]*://\S+",
        r"(?<![a-z0-9@])(?:www\.)?(?:[a-z0-9-]+\.)+(?:com|cn|net|org|edu|gov|io|ai|tech|top|info|eu|uk|de|jp)\b"
        r"(?:[/?#][^\s\u4e00-\u9fff]*)?",
        r"[a-z0-9._%+-]+\s*(?:@|\(at\)|\[at\])\s*[a-z0-9-]+(?:\.[a-z0-9-]+)+",
        r"(?:微信|wechat|weixin|qq)\s*(?:号|id)?\s*[:：]?\s*[a-z0-9][a-z0-9_-]{4,}",
        r"(?<!\d)(?:\+?86[\s-]?)?1[3-9]\d(?:[\s-]?\d{4}){2}(?!\d)",
        r"(?<!\d)(?:\(?0\d{2,3}\)?[\s-]?)\d{7,8}(?:[\s-]?(?:转|ext\.?)\s*\d{1,6})?(?!\d)",
        r"(?<!\d)[48]00[\s-]?\d{3,4}[\s-]?\d{3,4}(?!\d)",
        r"\+\d{1,3}(?:[\s().-]{0,2}\d){7,12}(?!\d)",
        r"(?<![a-z0-9])(?:zl|cn|us|ep|jp|kr|wo|pct|de|gb|fr|tw|hk|au|ca)[\s./-]*(?:[a-z]{2}[\s./-]*)?"
        r"\d(?:[\s.,/]?\d){5,14}(?:\.?[\dx])?(?:\s?[abcsuy]\d?)?(?![a-z0-9])",
        r"(?<!\d)(?:19|20)\d{2}[12389]\d{7}(?:\.?[\dx])?(?!\d)",
        r"(?<!\d)(?:19|20)\d{2}\s?sr\s?\d{6,7}(?!\d)",
    )
)
