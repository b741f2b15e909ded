"""Sentences of the domain, told in Chinese."""

from __future__ import annotations

import pytest

from api.pages.languages import LANGUAGES
from api.pages.sentences import in_chinese, reader
from matcher import policy

TOLD = [
    ("Sign in first.", "请先登录。"),
    ("a password has 10 to 200 characters", "密码须为 10 至 200 个字符"),
    ("No need 'abc'.", "没有该需求：'abc'。"),
    ("This grade is submitted: reopen it to change it.", "该评分已提交：须重新打开后修改。"),
    ("from 辽宁省大连市, preferred 山东省", "所在地 辽宁省大连市，期望 山东省"),
]


@pytest.mark.parametrize(("english", "chinese"), TOLD)
def test_a_sentence_is_recognised_with_what_stands_in_its_places(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


def test_what_is_not_known_stays_as_it_is() -> None:
    assert [reader(one)("Bananas are 3 for 2.") for one in LANGUAGES.values()] == ["Bananas are 3 for 2."] * 3


def test_it_is_told_in_the_readers_characters() -> None:
    assert [reader(one)("Sign in first.") for one in LANGUAGES.values()] == [
        "请先登录。",
        "請先登入。",
        "Sign in first.",
    ]


def test_every_refusal_of_the_policy_has_its_chinese() -> None:
    said = {rule.otherwise for rule in policy.RULES.values() if rule.otherwise}
    assert sorted(one for one in said if in_chinese(one) is None) == []
