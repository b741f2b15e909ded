"""Numbers, dates, money and sizes as the reader's language writes them: the filters of the templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

from api.pages.languages import Language, say
from matcher import fields, regions

Filter = Callable[..., str]


def filters(language: Language, zone: tzinfo) -> Mapping[str, Filter]:
    """The filters for one reader. Each takes None, and makes nothing of it."""
    locale = language.locale

    def number(value: float | Decimal | None) -> str:
        return "" if value is None else format_decimal(value, locale=locale, decimal_quantization=False)

    def share(value: float | None) -> str:
        return "" if value is None else format_percent(value, locale=locale)

    def money(value: Decimal | str | None, currency: str = "CNY") -> str:
        if value is None:
            return ""
        amount = Decimal(value)
        whole = amount == amount.to_integral_value()
        # Whole amounts without ".00": a budget of millions is read more easily.
        return format_currency(
            amount,
            currency,
            locale=locale,
            format="¤#,##0" if whole else None,
            currency_digits=not whole,
        )

    def day(value: date | None) -> str:
        return "" if value is None else format_date(value, "medium", locale=locale)

    def moment(value: datetime | None) -> str:
        """To the minute: seconds say nothing to people, and all deadlines are whole minutes."""
        if value is None:
            return ""
        there = _aware(value).astimezone(zone)
        return f"{format_date(there, 'medium', locale=locale)} {format_time(there, 'short', locale=locale)}"

    def remaining(value: datetime | None) -> str:
        """How long until then, or how long ago."""
        if value is None:
            return ""
        return format_timedelta(_aware(value) - datetime.now(UTC), add_direction=True, locale=locale, threshold=1.2)

    def field(code: str | None) -> str:
        known = fields.by_code().get(code or "")
        return "" if known is None else say(language, known.zh, known.en)

    def region(code: str | None) -> str:
        if not code:
            return ""
        zh = regions.name(code)
        english = regions.ENGLISH.get(code[:2], "")
        place = zh if not code.endswith("0000") else ""
        return say(language, zh, f"{english} {place}".strip())

    return {
        "number": number,
        "share": share,
        "money": money,
        "day": day,
        "moment": moment,
        "remaining": remaining,
        "field": field,
        "region": region,
    }


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)
