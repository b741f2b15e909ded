"""The pages of explorer programmes: compiled, arranged by people, opened as challenges."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient
from pages_support import page, send, told, words
from web_support import visitor

from matcher.entities import Role

API = "/api/v1"
ROWS = "需求名称,问题描述\n甲,甲 高镍 正极 残碱 凝胶\n乙,乙 主轴 轴承 磨损 寿命\n丙,丙 高镍 正极 残碱 偏高\n"


def compiled(client: TestClient, company: str) -> tuple[TestClient, str]:
    """The poster, and the path of a programme of two topics: of two needs, and of one."""
    poster = visitor(client, company, roles=[Role.POSTER])
    assert "bring one as a spreadsheet first" in words(page(poster, "/programmes"))
    file = {"file": ("a.csv", ROWS.encode())}
    brought = poster.post(f"{API}/problem-lists", files=file, data={"title": f"清单 {company}"}).json()
    [chosen] = re.findall(r'<option value="([^"]*)"', page(poster, "/programmes"))
    assert chosen == brought["problem_lists"][0]
    unknown = {"_key": f"programme {company}", "problem_list_id": chosen, "title": "探索者", "funder": "不存在的单位"}
    refused = send(poster, "/programmes", unknown)
    assert (refused.status_code, 'value="不存在的单位"' in refused.text) == (422, True)
    made = [send(poster, "/programmes", {**unknown, "funder": "", "public_ratio": "0.5"}) for _ in range(2)]
    assert made[0].headers["location"] == made[1].headers["location"]
    return poster, made[0].headers["location"]


def test_topics_are_renamed_split_merged_and_moved_by_buttons(client: TestClient, company: str) -> None:
    poster, own = compiled(client, company)

    def topics() -> list[dict[str, list[str]]]:
        return list(poster.get(f"{API}{own}").json()["topics"])

    def arranged(number: int, do: str, **sent: object) -> int:
        return int(send(poster, f"{own}/topics/{topics()[number]['id']}", {"_do": do, **sent}).status_code)

    assert arranged(0, "rename", title="残碱") == 303
    assert arranged(0, "split", title="残碱", fresh="偏高", need_ids=topics()[0]["need_ids"][1:]) == 303
    assert [one["title"] for one in topics()] == ["残碱", "偏高", "乙"]
    assert arranged(1, "merge", to="") == 422
    assert arranged(1, "merge", to=topics()[0]["id"]) == 303
    assert arranged(1, "move", to=topics()[0]["id"], need_ids=topics()[1]["need_ids"]) == 303
    assert [len(one["need_ids"]) for one in topics()] == [3]
    shown = page(poster, own)
    assert all(title in shown for title in ("残碱", "甲", "乙", "丙"))


def test_a_topic_becomes_a_draft_to_be_written_on(client: TestClient, company: str) -> None:
    poster, own = compiled(client, company)
    topic = poster.get(f"{API}{own}").json()["topics"][0]["id"]
    refused = send(poster, f"{own}/topics/{topic}/challenge", {"title": "", "summary": "已经写了的话"})
    assert (refused.status_code, "已经写了的话" in refused.text) == (422, True)
    opened = send(poster, f"{own}/topics/{topic}/challenge", {"_key": topic, "title": "残碱共性问题"})
    assert told(opened) == "The topic is a draft of a challenge now: write the rest."
    assert "残碱共性问题" in page(poster, opened.headers["location"])
    assert opened.headers["location"].removesuffix("/edit") in page(poster, own)


def test_a_programme_is_nothing_to_others(client: TestClient, company: str, lab: str) -> None:
    _, own = compiled(client, company)
    page(visitor(client, lab), own, status=404)
    page(client, own, status=404)
