"""Every word of the pages is there in every language."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import api
from api.pages import languages, wording
from api.pages.languages import LANGUAGES, preferred, say, translations

API = Path(inspect.getfile(api)).parent
JINJA = {"trimmed": "true"}


def written() -> Iterator[tuple[str, str]]:
    """The words that templates and pages use, each with where."""
    for file in sorted(API.glob("templates/**/*.html")):
        for _, words, *_ in extract("jinja2.ext:babel_extract", BytesIO(file.read_bytes()), options=JINJA):
            yield from _each(words, file.name)
    for file in sorted(API.glob("pages/**/*.py")):
        for _, words, *_ in extract("python", BytesIO(file.read_bytes())):
            yield from _each(words, file.name)


def _each(words: str | tuple[str, ...], where: str) -> Iterator[tuple[str, str]]:
    yield (words if isinstance(words, str) else words[0], where)


def catalogue() -> Catalog:
    return languages.words()


def _ids(catalog: Catalog) -> set[str]:
    return {message.id if isinstance(message.id, str) else message.id[0] for message in catalog if message.id}


def test_everything_written_has_its_chinese() -> None:
    known = _ids(catalogue())
    missing = sorted({f"{where}: {words}" for words, where in written() if words not in known})
    assert missing == []


def test_the_catalogue_holds_nothing_that_is_not_written() -> None:
    used = {words for words, _ in written()}
    assert sorted(_ids(catalogue()) - used) == []


PLACE = re.compile(r"%\((\w+)\)[sd]")


def test_translations_have_the_places_of_what_they_translate() -> None:
    wrong = [
        message.id
        for message in catalogue()
        if isinstance(message.id, str)
        and isinstance(message.string, str)
        and set(PLACE.findall(message.id)) != set(PLACE.findall(message.string))
    ]
    assert wrong == []


@pytest.mark.parametrize("file", sorted(languages.LOCALES.glob("zh_Hans/*.po")), ids=lambda file: file.name)
def test_no_file_of_words_leaves_one_empty_or_says_it_twice(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    catalog = read_po(BytesIO(text.encode()), locale="zh_Hans_CN")
    assert [message.id for message in catalog if message.id and not message.string] == []
    said = re.findall(r'^msgid (".*"(?:\n".*")*)', text, re.MULTILINE)
    assert len(said) == len(set(said))


@pytest.mark.parametrize("kind", wording.WORDS, ids=lambda kind: kind.__name__)
def test_every_code_of_the_domain_has_words(kind: type) -> None:
    assert list(wording.WORDS[kind]) == [member.value for member in kind]


def test_no_page_writes_words_outside_of_the_catalogue() -> None:
    """In Python, what is told to people is marked: a literal given to `go` or to a form is not."""
    bare: list[str] = []
    for file in sorted(API.glob("pages/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "go":
                told = node.args[1:2] + [one.value for one in node.keywords if one.arg == "told"]
                bare += [f"{file.name}:{one.lineno}" for one in told if isinstance(one, ast.Constant) and one.value]
    assert bare == []


# -- which language ---------------------------------------------------------------------------------

ACCEPTED = [
    ("", "zh-Hans"), ("*", "zh-Hans"), ("zh", "zh-Hans"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
    ("zh-TW", "zh-Hant"), ("zh-HK;q=0.9, en;q=0.5", "zh-Hant"), ("zh-Hant-MO", "zh-Hant"), ("en-GB,en", "en"),
    ("fr,en;q=0.3,zh-TW;q=0.7", "zh-Hant"), ("fr", "en"), ("en;q=nonsense,zh", "zh-Hans"),
]  # fmt: skip


@pytest.mark.parametrize(("accepted", "code"), ACCEPTED)
def test_the_language_is_the_first_that_the_browser_asks_for(accepted: str, code: str) -> None:
    assert preferred(accepted).code == code


def test_traditional_chinese_is_made_from_simplified_words() -> None:
    assert translations("zh-Hans").gettext("Sign in") == "登录"
    assert translations("zh-Hant").gettext("Sign in") == "登入"
    assert translations("en").gettext("Sign in") == "Sign in"
    assert [say(language, "技术需求", "need") for language in LANGUAGES.values()] == ["技术需求", "技術需求", "need"]
