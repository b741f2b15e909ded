"""What the forms of needs and results take as people say it: regions by name, a share in per cent."""

from __future__ import annotations

from starlette.datastructures import FormData

from api.pages import choices
from api.pages.forms import Form
from api.pages.looking import Looking

PLACES = ("preferred_regions", "region")
"""Fields in which regions are named."""
SHARE = "funding_share"


def read(sent: FormData) -> FormData:
    """Codes and numbers in place of what was said."""
    given = choices.coded(sent, *PLACES)
    return FormData(
        [
            (name, _share(value) if name == SHARE and isinstance(value, str) else value)
            for name, value in given.multi_items()
        ]
    )


def shown(form: Form, looking: Looking) -> Form:
    """The form with regions by their names."""
    form.values = {
        name: choices.uncoded(values, looking.language) if name in PLACES else values
        for name, values in form.values.items()
    }
    return form


def _share(text: str) -> str:
    number = text.strip().replace("％", "%")
    if not number.endswith("%"):
        return text
    try:
        return f"{float(number.rstrip('% ')) / 100:.6g}"
    except ValueError:
        return text
