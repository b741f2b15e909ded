"""What the OpenAPI description says beside the schemas: examples, and the errors of each route."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.models import Example

from api.errors import MEDIA_TYPE, ProblemDetails
from api.guards import PLAIN_COOKIE, SECURE_COOKIE

_REFUSALS = {
    400: ("bad_request", "The body cannot be read.", "The body cannot be read: JSON in UTF-8 is expected."),
    401: ("unauthenticated", "Who asks is not known: sign in, or send a token.", "Sign in first."),
    403: ("forbidden", "Not for this actor to do; `detail` says why.", "Only its organisation's posters do that."),
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
    429: ("too_many_attempts", "Too often; Retry-After says how long to wait.", "Try again in 30 seconds."),
    500: ("internal_error", "Something went wrong in the program.", "Something went wrong here."),
    503: ("unready", "The database, the index or the model cannot answer now.", "The index is not ready."),
}

Responses = dict[int | str, dict[str, Any]]


def refusals(*statuses: int) -> Responses:
    """The errors that a route can answer with; those that any route can are added here.

    Those of every body that is sent are added to the description as a whole (`install`).
    """
    return {status: _refusal(status) for status in sorted({*statuses, 401, 422, 500, 503})}


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

CREATED: Responses = {201: {"headers": _LOCATION}}

# Of needs and results.
POSTED: Responses = {201: {"headers": {**_LOCATION, **_ETAG}}} | refusals(403, 404, 409)
SHOWN: Responses = {200: {"headers": _ETAG}} | refusals(404)
EDITED: Responses = {200: {"headers": _ETAG}} | refusals(403, 404, 409, 412, 428)


def install(app: FastAPI) -> None:
    """Adds what no route says by itself: the schema of problems, that other sites' pages change nothing,
    and how a body can fail to be read."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            generated = generate()
            for operations in generated["paths"].values():
                for method, operation in operations.items():
                    statuses = {403} if method != "get" else set()
                    if "requestBody" in operation:
                        statuses |= {400, 413}
                    further = {str(status): _refusal(status) for status in statuses}
                    operation["responses"] = dict(sorted((further | operation["responses"]).items()))
            schemas = generated["components"]["schemas"]
            problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem.pop("$defs"))
            schemas["ProblemDetails"] = problem
            _say_how_to_be_known(generated)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _say_how_to_be_known(spec: dict[str, Any]) -> None:
    """Every route may be asked without a key, and says itself whether it answers then."""
    spec["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A personal token, of POST /account/tokens."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": PLAIN_COOKIE,
            "description": f"Of POST /session; over https it is named {SECURE_COOKIE}.",
        },
    }
    spec["security"] = [{}, {"token": []}, {"session": []}]


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

_CONSENT: dict[str, Any] = {
    "kind": "need",
    "id": "01932f5e-7c1a-7b11-9d5f-3a1c55a0e2b4",
    "why_you": "我们做了八年高镍正极表面处理，两条吨级中试线。",
    "what_you_bring": "干法包覆工艺、两项发明专利、表征平台。",
    "what_you_want": "了解现有产线条件，合作开发。",
}
CONSENTS = {"need": Example(summary="To read a need in full", value=_CONSENT)}
AGREEMENTS = {
    "zh": Example(
        summary="中文",
        value=_OWNER | {"title": "保密协议", "text": "接收方对所获知的技术信息负有保密义务，期限三年。"},
    )
}

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
SIGN_INS = {
    "password": Example(summary="With a password", value={"email": "li@example.org", "password": "…"}),
    "code": Example(
        summary="With a second factor", value={"email": "li@example.org", "password": "…", "code": "123456"}
    ),
}
TOKENS = {
    "reading": Example(summary="Reads, for a month", value={"name": "monthly report", "days": 30}),
    "writing": Example(
        summary="Writes for an organisation", value={"name": "import", "may_write": True, **_OWNER, "days": 90}
    ),
}
INVITATIONS = {
    "researcher": Example(summary="A researcher", value={"email": "wang@example.org", "roles": ["researcher"]}),
}
ACCEPTANCES = {
    "new": Example(summary="Without an account", value={"name": "王芳", "password": "…"}),
    "known": Example(summary="Signed in", value={}),
    "founding": Example(
        summary="Founding an organisation",
        value={"name": "王芳", "password": "…", "organisation": {"kind": "lab", "name": "示例大学材料实验室"}},
    ),
}
