"""The languages of the pages: which one somebody reads, and the words in it.

Words stand in the templates in English. Their Chinese is in `api/locales/zh_Hans/*.po`, one file for each
desk; traditional Chinese is made from simplified by OpenCC, and corrected by `api/locales/zh_Hant/corrections.tsv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from opencc import OpenCC

LOCALES = Path(__file__).parents[1] / "locales"


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    """As HTML and browsers name it."""
    name: str
    """In itself."""
    locale: Locale


LANGUAGES: Mapping[str, Language] = {
    one.code: one
    for one in (
        Language("zh-Hans", "简体中文", Locale("zh", "CN", script="Hans")),
        Language("zh-Hant", "繁體中文", Locale("zh", "TW", script="Hant")),
        Language("en", "English", Locale("en", "GB")),
    )
}
DEFAULT = LANGUAGES["zh-Hans"]
_TRADITIONAL = {"hant", "tw", "hk", "mo"}


def marked(words: str) -> str:
    """Marks words for the catalogue that are told later (imported as `_`, as extraction wants it)."""
    return words


def preferred(accepted: str) -> Language:
    """The first language of an Accept-Language header that the pages have; simplified Chinese without one.

    >>> preferred("fr, zh-TW;q=0.8, en;q=0.7").code
    'zh-Hant'
    """
    for tag in _by_preference(accepted):
        parts = tag.lower().split("-")
        if parts[0] == "zh":
            return LANGUAGES["zh-Hant" if _TRADITIONAL & set(parts[1:]) else "zh-Hans"]
        if parts[0] == "en":
            return LANGUAGES["en"]
    return LANGUAGES["en"] if accepted.strip(" *") else DEFAULT


def _by_preference(accepted: str) -> list[str]:
    weighed: list[tuple[float, str]] = []
    for part in accepted.split(",")[:20]:
        tag, _, parameter = part.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if tag.strip():
            weighed.append((-weight, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda one: one[0])]


def say(language: Language, zh: str, en: str) -> str:
    """Of what the domain words in both languages, the one that is read."""
    if language.code == "en":
        return en
    return traditional(zh) if language.code == "zh-Hant" else zh


@lru_cache(maxsize=20_000)
def traditional(simplified: str) -> str:
    converted = str(_converter().convert(simplified))
    for made, meant in _corrections():
        converted = converted.replace(made, meant)
    return converted


@cache
def _corrections() -> tuple[tuple[str, str], ...]:
    lines = (LOCALES / "zh_Hant" / "corrections.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple((made, meant) for made, meant in pairs)


@cache
def _converter() -> OpenCC:
    return OpenCC("s2twp")


@cache
def translations(code: str) -> NullTranslations:
    """The words of the pages in that language."""
    if code == "en":
        return NullTranslations()
    simplified = words()
    return _loaded(simplified if code == "zh-Hans" else _in_traditional(simplified))


@cache
def words() -> Catalog:
    """The words of all pages, in simplified Chinese; what the domain says is `sentences`."""
    return merged(file for file in sorted((LOCALES / "zh_Hans").glob("*.po")) if file.name != "sentences.po")


def merged(files: Iterable[Path]) -> Catalog:
    """All words of several files. Raises ValueError where two of them translate the same words differently."""
    whole = Catalog(locale="zh_Hans_CN")
    for file in files:
        with file.open("rb") as opened:
            part = read_po(opened, locale="zh_Hans_CN")
        for message in part:
            if not message.id or not message.string:
                continue
            known = whole.get(message.id, message.context)
            if known is not None and known.string != message.string:
                raise ValueError(f"{file.name}: {message.id!r} is {known.string!r} elsewhere")
            whole[message.id] = message
    return whole


def _in_traditional(simplified: Catalog) -> Catalog:
    whole = Catalog(locale="zh_Hant_TW")
    for message in simplified:
        if not message.id:
            continue
        words = message.string
        told = traditional(words) if isinstance(words, str) else tuple(traditional(one) for one in words)
        whole.add(message.id, told, context=message.context, flags=message.flags)
    return whole


def _loaded(catalog: Catalog) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
