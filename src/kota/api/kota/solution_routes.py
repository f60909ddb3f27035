"""The endpoints that solutions bring, with our errors and in our OpenAPI."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kota.access.policy import Resource
from kota.api.calling import caller_of
from kota.api.json_body import decode
from kota.api.kota.acting import ACTOR
from kota.api.kota.answers import problems, quick
from kota.api.problem import problem
from kota.errors import BadRequestDataError, ForbiddenError, SolutionError
from kota.operate.actor import Actor
from kota.solution import Asked, Route, Solution

if TYPE_CHECKING:
    from kota.api.rooms import Rooms
    from kota.city import City

_log = logging.getLogger(__name__)
_PART = re.compile(r"\{(\w+)\}")
_EVERY = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class SolutionRoutes:
    """The routes of all solutions, made once.

    Args:
        rooms: the solutions and what each sees of the city.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._router = APIRouter()
        self.components: dict[str, Any] = {}
        for solution in rooms.solutions:
            if solution.routes is not None:
                self._mount(rooms, solution, rooms.cities[solution.name])

    def router(self) -> APIRouter:
        """The endpoints, below ``/solutions``."""
        return self._router

    def _mount(self, rooms: Rooms, solution: Solution, city: City) -> None:
        assert solution.routes is not None
        try:
            routes = [_checked(route, solution) for route in solution.routes(city)]
            schemas, components = _schemas(solution.name, routes)
        except Exception as error:  # noqa: BLE001 - one solution's fault stops no other
            _log.error("the routes of %s cannot be made", solution.name, exc_info=error)
            self._mount_refusal(solution.name, error)
            return
        self.components |= components
        for route in routes:
            self._router.add_api_route(
                f"/solutions/{solution.name}/{route.path}",
                _endpoint(rooms, solution.name, route),
                methods=[route.method],
                status_code=route.status,
                summary=route.title,
                operation_id=f"{solution.name}.{route.method.lower()}.{route.path}",
                tags=[solution.name],
                response_model=None,
                responses=problems(400, 404),
                openapi_extra=_described(route, schemas),
            )

    def _mount_refusal(self, name: str, error: Exception) -> None:
        words = f"the routes of solution {name!r} could not be made: {error}"

        async def refuse(_: Request) -> Response:
            return problem(503, words)

        path = f"/solutions/{name}/{{rest:path}}"
        self._router.add_api_route(path, refuse, methods=_EVERY, include_in_schema=False)


def _checked(route: Route, solution: Solution) -> Route:
    where = f"solution {solution.name!r}: route {route.method} {route.path!r}"
    if route.path.startswith("/") or route.path in ("", "panel"):
        raise SolutionError(f"{where} is taken or begins with a slash", hint="name it anew")
    if route.permission is not None and route.permission not in solution.permissions:
        raise SolutionError(
            f"{where} asks for {route.permission!r}",
            hint="name the right in the solution's `permissions`",
        )
    return route


def _admit(rooms: Rooms, solution: str, route: Route, request: Request) -> None:
    """Refuse whoever may not ask this of a solution, which answers for the whole town.

    Raises:
        ForbiddenError: says what is missing.
    """
    caller = caller_of(request.scope)
    if caller is None:
        return
    access = rooms.access
    right = route.permission or "panels.read"
    access.require(caller, right, solution=solution)
    access.require(caller, "panels.read", solution=solution)
    if route.purposes:
        protected = {route.path: frozenset(route.purposes)}
        resource = Resource(tenant=access.tenant, solution=solution, protected=protected)
        verdict = access.sights.policy.decide(caller.who, right, resource, purpose=caller.purpose)
        if verdict.hidden:
            raise ForbiddenError(
                f"{route.title}: shown for {' or '.join(sorted(route.purposes))} alone",
                hint="state a purpose that you were given in the header Kota-Purpose",
            )
    request.scope[ACTOR] = Actor(caller.who.name, access.role(caller, right), caller.where)


def _endpoint(rooms: Rooms, solution: str, route: Route) -> Any:
    """The function that FastAPI calls: reads what was sent, answers with what comes."""

    async def endpoint(request: Request) -> Response:
        _admit(rooms, solution, route, request)
        asked = Asked(
            parts=dict(request.path_params),
            query=None if route.query is None else _query(request, route.query),
            body=None if route.body is None else _body(await request.body(), route.body),
        )
        answer = await route.handler(asked)
        if route.response is None:
            return Response(status_code=204 if route.status == 200 else route.status)
        response = Response(answer) if isinstance(answer, bytes) else quick(answer)
        response.media_type = response.headers["content-type"] = "application/json"
        response.status_code = route.status
        return response

    return endpoint


def _query(request: Request, kind: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(dict(request.query_params), kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequestDataError(f"query: {error}") from error


def _body(sent: bytes, kind: Any) -> Any:
    try:
        return msgspec.convert(decode(sent), kind)
    except msgspec.ValidationError as error:
        raise BadRequestDataError(f"body: {error}") from error


def _schemas(name: str, routes: Sequence[Route]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """Schemas of the types that routes name, and of what those refer to, under `name`."""
    wanted = {kind for r in routes for kind in (r.query, r.body, r.response) if kind is not None}
    kinds = sorted(wanted, key=str)
    found, components = msgspec.json.schema_components(
        kinds, ref_template=f"#/components/schemas/{name}.{{name}}"
    )
    named = {f"{name}.{key}": schema for key, schema in components.items()}
    return dict(zip(kinds, found, strict=True)), named


def _described(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    """What FastAPI cannot see of an endpoint."""
    extra: dict[str, Any] = {"parameters": [_path_part(n) for n in _PART.findall(route.path)]}
    if route.query is not None:
        extra["parameters"] += [
            {
                "name": field.encode_name,
                "in": "query",
                "required": field.required,
                "schema": msgspec.json.schema(field.type),
            }
            for field in msgspec.structs.fields(route.query)
        ]
    if route.body is not None:
        content = {"application/json": {"schema": schemas[route.body]}}
        extra["requestBody"] = {"required": True, "content": content}
    if route.response is not None:
        answered = {"application/json": {"schema": schemas[route.response]}}
        extra["responses"] = {str(route.status): {"description": route.title, "content": answered}}
    if route.permission is not None:
        extra["x-permission"] = route.permission
    return extra


def _path_part(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
