"""What all that goes in and out is made with."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from matcher.strict import Strict

T = TypeVar("T")

Id = Annotated[str, StringConstraints(max_length=36)]
Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]


class Sent(Strict):
    """What a request sends."""


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


ViewName = Literal["field", "summary", "public", "full"]


class InPart(BaseModel):
    """Something of which not everybody is shown everything.

    What is hidden is absent, and so told apart from what is empty (null, "" or []).
    """

    @model_serializer(mode="wrap")
    def _without_what_is_hidden(self, handler: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]  # noqa: ANN202  # a return type would take the place of the fields in the schema
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}

    @classmethod
    def always(cls) -> list[str]:
        """The members that are never absent."""
        raise NotImplementedError

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core))
        schema["required"] = cls.always()
        for member in schema["properties"].values():
            member.pop("default", None)
        return schema


class Listed(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` to read on; null on the last page.")


class Paging(Sent):
    cursor: Cursor | None = Field(default=None, description="The next_cursor of the page before.")
    limit: int = Field(default=50, ge=1, le=200)
