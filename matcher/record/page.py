"""The evidence of one matter for people to read, each heading in Chinese and English."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from matcher.record.archive import Decision, Document, Span
from matcher.record.lines import Line
from matcher.record.papers import ADMITTED

_WHAT = {
    "text": "全文 text",
    "questions": "申请 request",
    "answer": "答复 answer",
    "agreement": "保密协议 agreement",
    "content": "榜单内容 challenge",
    "sealed_answer": "揭榜方案 answer",
    "offer": "报价条款 offer",
    "award": "中榜 award",
    "attachment": "附件 attachment",
    "posting": "账目 posting",
}


def text(
    thing: str,
    events: Sequence[Line],
    documents: Sequence[Document],
    decisions: Sequence[Decision],
    span: Span,
    fingerprint: str,
) -> str:
    names = _names(events)
    sections = [
        [
            "揭榜 证据文件 · Jiebang evidence file",
            "",
            f"事项 Matter: {_named(thing, names)}",
            f"记录截至 Record up to: {span.head_at}, 事件 event {span.head}",
            f"链首哈希 Hash of the head: {span.head_hash}",
            f"签名公钥指纹 Fingerprint of the signing key: {fingerprint}",
            "",
            "核验 To check: jiebang audit verify FILE --key FINGERPRINT",
            "指纹应另行取得，不取自本文件。Take the fingerprint from elsewhere, not from this file.",
        ],
        ["决定与理由 Decisions and reasons", "", *_each(_decision(one, names) for one in decisions)],
        ["文件哈希 Hashes of the documents", "", *_each(map(_document, documents))],
        ["事件 Events", "", *_each(_event(one, names) for one in events)],
    ]
    return "\n".join("\n".join(section).rstrip() + "\n" for section in sections)


def _each(paragraphs: Iterable[list[str]]) -> list[str]:
    lines = [line for paragraph in paragraphs for line in (*paragraph, "")]
    return lines or ["（无 none）"]


def _names(events: Sequence[Line]) -> dict[str, str]:
    """Organisations, as their admission recorded them: names of people are kept out, they can be erased."""
    admissions = (event for event in events if event.action == ADMITTED)
    return {event.thing: str(event.detail["name"]) for event in admissions if event.detail.get("name")}


def _decision(decision: Decision, names: Mapping[str, str]) -> list[str]:
    if decision.reason is not None:
        reason = _plain(decision.reason)
    elif decision.reason_hash is not None:
        reason = f"（仅哈希 hash only）SHA-256 {decision.reason_hash}"
    else:
        reason = "（未填写 none given）"
    return [
        f"{decision.at}  事件 event {decision.event}",
        f"  决定 Decision: {_plain(decision.decision)}",
        f"  关于 About: {_named(decision.about, names)}",
        f"  {_who(decision.actor, decision.organisation_id, names)}",
        f"  理由 Reason: {reason}",
    ]


def _document(document: Document) -> list[str]:
    recorded = "无事件记录此哈希 no event recorded this hash"
    if document.event is not None:
        recorded = f"见事件 recorded by event {document.event}"
    return [
        f"{_WHAT.get(document.what, document.what)}  {_plain(document.thing)}",
        f"  {document.algorithm} {document.hash}",
        f"  {recorded}",
    ]


def _event(event: Line, names: Mapping[str, str]) -> list[str]:
    detail = "（无 none）"
    if event.erased_at is not None:
        detail = f"（内容已删除 content erased {event.erased_at}）"
    elif event.detail:
        detail = _plain(json.dumps(event.detail, ensure_ascii=False, sort_keys=True))
    return [
        f"{event.id}  {event.at}",
        f"  行为 Action: {_plain(event.action)}",
        f"  对象 Thing: {_named(event.thing, names)}",
        f"  {_who(event.actor, event.organisation_id, names)}",
        *([f"  请求 Request: {_plain(event.request_id)}"] if event.request_id else []),
        f"  内容 Detail: {detail}",
        f"  哈希 Hash: {event.hash}",
    ]


def _who(actor: str, organisation_id: str | None, names: Mapping[str, str]) -> str:
    acting = f", 代表机构 for {_named(f'organisation:{organisation_id}', names)}" if organisation_id else ""
    return f"人员 Actor: {_plain(actor)}{acting}"


def _named(thing: str, names: Mapping[str, str]) -> str:
    return f"{_plain(thing)} ({_plain(names[thing])})" if thing in names else _plain(thing)


def _plain(words: str) -> str:
    """On one line, and without characters that make others look different from what they are."""
    return "".join(
        char if unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") else f"\\u{ord(char):04x}"
        for char in words
    )
