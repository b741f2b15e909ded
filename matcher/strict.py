"""The base of what is handed in: names that it does not know are refused, and a near one that it knows is named."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

_UNKNOWN = "extra_forbidden"


class Strict(BaseModel):
    """A misspelt name would be lost in silence."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def _near_names(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(values)
        except ValidationError as error:
            found = error.errors(include_url=False)
            if not any(_is_own(one) for one in found):
                raise
            known = [field.alias or name for name, field in cls.model_fields.items()]
            told = [_told(one, known) for one in found]
            raise ValidationError.from_exception_data(error.title, told) from None


def _is_own(error: ErrorDetails) -> bool:
    return error["type"] == _UNKNOWN and len(error["loc"]) == 1


def _told(error: ErrorDetails, known: list[str]) -> InitErrorDetails:
    """The same error, with the name that was likely meant where it is about one of these."""
    message = error["msg"]
    if _is_own(error):
        near = get_close_matches(str(error["loc"][0]), known, n=1)
        message = f"There is no such name here; did you mean {near[0]}?" if near else "There is no such name here"
    kind = PydanticCustomError(error["type"], message)
    return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"])
