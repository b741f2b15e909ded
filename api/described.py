"""What the OpenAPI description says beside the schemas: examples, and the errors of each route."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.models import Example

from api.errors import MEDIA_TYPE, ProblemDetails

_REFUSALS = {
    404: ("not_found", "There is no such thing.", "No need '0191…'."),
    409: ("conflict", "Another stands in its place, or its state does not admit this.", "Cannot close what is closed."),
    412: ("stale_version", "Changed since it was read.", "This need was changed since you read it."),
    413: ("too_large", "Larger than is taken.", "At most 32 MiB are taken in one request."),
    422: (
        "invalid",
        "Not what is expected; `errors` says where.",
        "What was sent is not what is expected; see errors.",
    ),
    428: (
        "precondition_required",
        "If-Match is missing.",
        "If-Match is missing: send the ETag of what you read, or *.",
    ),
    500: ("internal_error", "Something went wrong in the program.", "Something went wrong here."),
    503: ("unready", "The database, the index or the model cannot answer now.", "The index is not ready."),
}

Responses = dict[int | str, dict[str, Any]]


def refusals(*statuses: int) -> Responses:
    """The errors that a route can answer with; those that any route can are added here."""
    return {status: _refusal(status) for status in sorted({*statuses, 422, 500, 503})}


def _refusal(status: int) -> dict[str, Any]:
    code, description, detail = _REFUSALS[status]
    example: dict[str, Any] = {
        "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code
    }  # fmt: skip
    if status == 422:
        example["errors"] = [{"place": "body.title", "message": "String should have at least 1 character"}]
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}


_STRING = {"schema": {"type": "string"}}
_ETAG = {"ETag": {"description": "The version, for If-Match.", **_STRING}}
_LOCATION = {"Location": {"description": "Where it is to be found.", **_STRING}}

SHOWN: Responses = {200: {"headers": _ETAG}}
CREATED: Responses = {201: {"headers": _LOCATION}}
ITEM_CREATED: Responses = {201: {"headers": {**_LOCATION, **_ETAG}}}


def install(app: FastAPI) -> None:
    """Adds the schema of problems, which no route returns by itself."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schemas = generate()["components"]["schemas"]
            problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem.pop("$defs"))
            schemas["ProblemDetails"] = problem
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


_NEED_ZH: dict[str, Any] = {
    "title": "高镍正极材料表面残碱控制",
    "problem": "NCM811正极材料烧结后表面残碱偏高，涂布时浆料凝胶，放置两小时后无法使用。",
    "current_state": "试过水洗和硼酸包覆：水洗后首次效率下降2%，硼酸包覆批次间不稳定。",
    "indicators": [
        {"name": "表面残碱", "operator": "<=", "value": 800, "unit": "ppm", "test_method": "酸碱滴定"},
        {"name": "首次放电比容量", "operator": ">=", "value": 205, "unit": "mAh/g"},
    ],
    "maturity_now": 4,
    "maturity_wanted": 7,
    "cooperation_modes": ["development", "transfer"],
    "budget_min": "500000",
    "budget_max": "800000",
    "deadline": "2027-06-30",
    "preferred_regions": ["320000"],
    "keywords": ["高镍正极", "残碱", "包覆"],
}
_NEED_EN: dict[str, Any] = {
    "title": "In-line detection of micro-cracks in laser-welded copper busbars",
    "problem": "Micro-cracks under 50 µm in welded busbars pass the camera and open later under vibration.",
    "indicators": [
        {"name": "smallest crack found", "operator": "<=", "value": 30, "unit": "µm"},
        {"name": "inspection time per weld", "operator": "<=", "value": 0.8, "unit": "s", "must": False},
    ],
    "maturity_wanted": 8,
    "cooperation_modes": ["joint_development"],
    "budget_max": "1200000",
}
_RESULT_ZH: dict[str, Any] = {
    "title": "高镍三元材料干法包覆降残碱技术",
    "problem": "高镍正极表面残碱导致浆料凝胶。",
    "abstract": "以纳米磷酸盐干法包覆替代水洗，残碱降至600 ppm以下，容量不受损失，已完成吨级中试。",
    "indicators": [{"name": "表面残碱", "operator": "<=", "value": 600, "unit": "ppm"}],
    "maturity": 6,
    "rights": [{"kind": "invention_patent", "number": "CN000000000A", "status": "granted"}],
    "cooperation_modes": ["licence", "transfer"],
    "price": "1500000",
    "region": "430100",
}
_RESULT_EN: dict[str, Any] = {
    "title": "Eddy-current array that finds the finest cracks in copper welds",
    "abstract": "A flexible eddy-current array reads a 40 mm weld in 0.5 s and finds surface cracks from 20 µm.",
    "indicators": [{"name": "smallest crack found", "operator": "=", "value": 20, "unit": "µm"}],
    "maturity": 7,
    "cooperation_modes": ["licence"],
}
_OWNER = {"organisation_id": "01932f5e-7c1a-7b11-9d5f-3a1c55a0e2b4"}

NEEDS = {"zh": Example(summary="中文", value=_NEED_ZH), "en": Example(summary="English", value=_NEED_EN)}
RESULTS = {"zh": Example(summary="中文", value=_RESULT_ZH), "en": Example(summary="English", value=_RESULT_EN)}
NEW_NEEDS = {
    "zh": Example(summary="中文", value=_OWNER | _NEED_ZH),
    "en": Example(summary="English", value=_OWNER | _NEED_EN),
}
NEW_RESULTS = {
    "zh": Example(summary="中文", value=_OWNER | _RESULT_ZH),
    "en": Example(summary="English", value=_OWNER | _RESULT_EN),
}
ORGANISATIONS = {
    "company": Example(
        summary="A company", value={"kind": "company", "name": "苏州示例新能源有限公司", "region": "320500"}
    ),
    "lab": Example(summary="A lab", value={"kind": "lab", "name": "示例大学材料实验室", "name_en": "Example Lab"}),
}
PATCHES = {
    "change": Example(
        summary="Change two, empty one", value={"maturity_wanted": 8, "keywords": ["残碱"], "deadline": None}
    )
}
RESULT_PATCHES = {
    "change": Example(summary="Change two, empty one", value={"maturity": 7, "keywords": ["残碱"], "price": None})
}
QUESTIONS = {
    "text": Example(
        summary="A text: which results are about it?",
        value={"text": "电池低温快充 lithium battery fast charging at -20 °C", "wanted": "result", "top": 3},
    ),
    "need": Example(summary="A need that is not stored", value={"need": _NEED_EN, "min_score": 0.2}),
    "result": Example(summary="A result that is not stored", value={"result": _RESULT_ZH, "region": "320000"}),
}
