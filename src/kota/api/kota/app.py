"""The API as one FastAPI application."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from kota import __version__
from kota.api.bounded import Bounded
from kota.api.kota import (
    alarms,
    audit,
    basemap,
    boards,
    commands,
    demo,
    device_keys,
    devices,
    entities,
    health,
    history,
    keeping,
    letters,
    map_view,
    notices,
    observations,
    past,
    phrases,
    rules,
    search,
    session,
    single_sign_on,
    solutions,
    subjects,
    tenants,
    town,
    types,
    users,
    work,
)
from kota.api.kota.answers import PREFIX, Problem, problems
from kota.api.kota.solution_routes import SolutionRoutes
from kota.api.problem import answer_http_error, answer_kota_error, problem
from kota.errors import KotaError

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_log = logging.getLogger(__name__)
_TOPICS = (
    session,
    single_sign_on,
    users,
    tenants,
    town,
    alarms,
    basemap,
    phrases,
    types,
    map_view,
    past,
    search,
    entities,
    history,
    solutions,
    boards,
    health,
    letters,
    device_keys,
    devices,
    observations,
    keeping,
    commands,
    rules,
    work,
    notices,
    subjects,
    audit,
    demo,
)


def create(rooms: Rooms) -> ASGIApp:
    """Build the application.

    Args:
        rooms: what it stands on.
    """
    app = FastAPI(
        title="Kota",
        version=__version__,
        summary="One live model of a city: what the dashboard asks and what small clients need.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=problems(400),
    )
    for topic in _TOPICS:
        app.include_router(topic.router(rooms), prefix=PREFIX)
    brought = SolutionRoutes(rooms)
    app.include_router(brought.router(), prefix=PREFIX)
    app.add_exception_handler(KotaError, answer_kota_error)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(Exception, _answer_failure)
    _complete_description(app, brought.components)
    return Bounded(app, rooms.settings.body_limit)


async def _answer_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [f"{_place(fault['loc'])}: {fault['msg']}" for fault in error.errors()[:5]]
    return problem(400, "; ".join(faults))


def _place(location: tuple[int | str, ...]) -> str:
    where, *rest = location
    return ".".join(str(part) for part in rest) or str(where)


async def _answer_failure(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(500, f"this server failed: {type(error).__name__}")


def _complete_description(app: FastAPI, components: dict[str, Any]) -> None:
    """OpenAPI with our problems in the place of FastAPI's own validation errors.

    Args:
        app: the application.
        components: schemas of what solutions bring.
    """
    original = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = original()
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            schemas |= components
            schemas["Problem"] = Problem.model_json_schema()
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            for path in schema["paths"].values():
                for operation in path.values():
                    operation["responses"].pop("422", None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
