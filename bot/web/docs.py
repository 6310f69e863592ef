"""The API's description for staff: OpenAPI, shown by Swagger UI from this server, with no request to another."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

DESCRIPTION = """\
Answers questions of patients in exact quotations of the clinic's documents.

Every error is `{"error": {"code", "message"}}`. No conversation is kept: the client sends what was asked before.
"""
_ERROR = {"schema": {"$ref": "#/components/schemas/ErrorBody"}}
_PAGE = Path(__file__).parent / "reference"


def install(app: FastAPI) -> None:
    """Shows the app's description at /docs."""
    app.mount("/docs/ui", StaticFiles(directory=str(files("fastapi_offline") / "static")), name="swagger-ui")

    @app.get("/docs", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(_PAGE / "index.html")

    @app.get("/docs/start.js", include_in_schema=False)
    def start() -> FileResponse:
        return FileResponse(_PAGE / "start.js")


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description: FastAPI's 422 is a 400 here, and errors are JSON whatever the answer is."""
    described = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    for operations in described["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    response["content"] = {"application/json": _ERROR}
    schemas = described["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["ChatRequest"]["properties"]["question"]["maxLength"] = app.state.settings.max_question_chars
    return described
