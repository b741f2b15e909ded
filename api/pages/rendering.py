"""Templates made into pages: the environment they are rendered in, and the frame around each."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages import formats, languages, marking, sentences, wording
from api.pages.languages import LANGUAGES, Language
from api.settings import Settings

if TYPE_CHECKING:
    from api.pages.looking import Me

FOLDER = Path(__file__).parents[1]
STATIC = FOLDER / "static"
TEMPLATES = FOLDER / "templates"
TOLD_COOKIE = "jiebang-told"


class Pages:
    """The templates, in each language. Made once with the application."""

    def __init__(self, settings: Settings) -> None:
        self.zone = ZoneInfo(settings.time_zone)
        self._made: dict[str, Environment] = {}

    def render(self, request: Request, template: str, language: Language, me: Me | None, **told: Any) -> str:
        """The text of a page. Undefined names are errors: a page never shows less in silence."""
        environment = self._environment(language)
        root = request.scope.get("root_path", "")
        frame = {
            "request": request,
            "path": request.url.path,
            "language": language,
            "languages": LANGUAGES,
            "me": me,
            "root": root,
            "told": self.told(request, language),
            "query": partial(query, request),
            "static": lambda name: f"{root}/static/{name}?v={_digest(name)}",
        }
        return environment.get_template(template).render(frame | told)

    def told(self, request: Request, language: Language) -> str:
        """What the page before wanted told. Only words of the catalogue are repeated, whatever a cookie says."""
        parts = dict(parse_qsl(unquote(request.cookies.get(TOLD_COOKIE, "")), keep_blank_values=True))
        words = parts.pop("", "")
        if not words or words not in known_words():
            return ""
        translated = languages.translations(language.code).gettext(words)
        try:
            return translated % parts
        except (KeyError, TypeError, ValueError):
            return ""

    def _environment(self, language: Language) -> Environment:
        if language.code not in self._made:
            self._made[language.code] = make_environment(language, self.zone)
        return self._made[language.code]


def make_environment(language: Language, zone: ZoneInfo) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = languages.translations(language.code)
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(formats.filters(language, zone))
    environment.filters["words"] = wording.reader(language)
    environment.filters["sentence"] = sentences.reader(language)
    environment.filters["mark"] = marking.mark
    environment.globals["say"] = partial(languages.say, language)
    environment.globals["options"] = partial(wording.options, language=language)
    return environment


def query(request: Request, **changes: str | None) -> str:
    """The address of this page with other parameters: for filters, and for the next page of a list."""
    merged = {name: value for name, value in {**request.query_params, **changes}.items() if value}
    return f"{request.url.path}?{urlencode(merged)}" if merged else request.url.path


@cache
def known_words() -> frozenset[str]:
    """The English words of the catalogue."""
    return frozenset(message.id for message in languages.words() if isinstance(message.id, str))


@cache
def _digest(name: str) -> str:
    """Of a static file: its address changes with it, so that browsers may keep what they have."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
