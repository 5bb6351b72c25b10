"""``/api/openapi.json``: OpenAPI 3.1, made of the routes and of the very Structs that they decode and encode with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from lineside.runtime.command import Role
from lineside.runtime.routes import CSRF_HEADER, JSON, SAFE_METHODS, ErrorAnswer, Request, Response, Route, RouteDoc
from lineside.runtime.step import Secret

_REF = "#/components/schemas/{name}"
_NAME_PATTERN = "^[A-Za-z0-9_.~-]{1,64}$"

_REASONS = {
    400: "A parameter or the body is not what is accepted.",
    401: "Nobody is signed in, or the token, session or signature is not valid.",
    403: "The role, the gateways or the page do not allow this.",
    404: "There is no such thing, or none that the actor may see.",
    409: "It contradicts what is recorded, or the machine is not connected.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    421: "The Host header is not a name of this server.",
    422: "A parameter of the command is not what its schema accepts.",
    429: "Too many tries, or a queue is full.",
    503: "The journal (or the server) cannot do this now; nothing was done.",
}


class Document(msgspec.Struct, frozen=True):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]


class OpenApi:
    """Serves the document of ``routes`` (and of itself)."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._routes: Sequence[Route] = ()

    def routes(self) -> list[Route]:
        """For viewers and this machine."""
        doc = RouteDoc("This document.", response=Document)
        return [Route("GET", "/api/openapi.json", self._show, Role.VIEWER, doc, loopback=True)]

    def describe(self, routes: Iterable[Route]) -> None:
        """Tell of these routes from here on."""
        self._routes = tuple(routes)

    async def _show(self, request: Request) -> Response:
        return Response(200, msgspec.json.encode(document(self._routes, self._version)))


def document(routes: Sequence[Route], version: str) -> Document:
    """The OpenAPI document of some routes."""
    types = _types_of(routes)
    schemas, components = msgspec.json.schema_components(types, schema_hook=_hook, ref_template=_REF)
    schema_of = {_key(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of, components)
    return Document(
        "3.1.0",
        {
            "title": "lineside",
            "version": version,
            "description": "Live values come over the WebSocket /api/live; its protocol is in docs/live.md.",
        },
        paths,
        {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "lineside_PORT"},
            },
        },
    )


def _types_of(routes: Sequence[Route]) -> list[Any]:
    types: dict[Any, Any] = {_key(ErrorAnswer): ErrorAnswer}
    for route in routes:
        for kind in (route.doc.request, route.doc.response, route.doc.query):
            if kind is not None:
                types[_key(kind)] = kind
    return list(types.values())


def _key(kind: Any) -> Any:
    return kind if isinstance(kind, type) else str(kind)


def _hook(kind: type) -> dict[str, Any]:
    if issubclass(kind, Secret):
        return {"type": "string", "description": "masked"}
    return {}


def _operation(route: Route, schema_of: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    doc = route.doc
    operation: dict[str, Any] = {
        "summary": doc.summary,
        "operationId": _operation_id(route),
        "parameters": [*_path_parameters(route), *_query_parameters(doc, schema_of, components), *_headers(route)],
        "responses": _responses(route, schema_of),
        "security": _security(route),
    }
    if doc.request is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema_of[_key(doc.request)]}}}
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.access is None:
        return []
    nothing: list[dict[str, list[str]]] = [{}] if route.loopback else []
    return [{"token": []}, {"session": []}, *nothing]


def _operation_id(route: Route) -> str:
    words = [word for word in re.split(r"[^A-Za-z0-9]+", route.path) if word not in ("", "api")]
    return "_".join([route.method.lower(), *words])


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    schema = {"type": "string", "pattern": _NAME_PATTERN}
    names = re.findall(r"{(\w+)}", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query_parameters(doc: RouteDoc, schema_of: dict[Any, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    if doc.query is None:
        return []
    # By its reference: two houses may have Structs of one name, and their components then have longer ones.
    schema = components[schema_of[_key(doc.query)]["$ref"].removeprefix(_REF.format(name=""))]
    return [
        {"name": name, "in": "query", "required": name in schema["required"], "schema": _without_null(field)}
        for name, field in schema["properties"].items()
    ]


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """A query cannot say null; leaving the parameter out does."""
    kinds = [kind for kind in field.get("anyOf", ()) if kind.get("type") != "null"]
    return kinds[0] if len(kinds) == 1 else field


def _headers(route: Route) -> list[dict[str, Any]]:
    needed = [
        {"name": name, "in": "header", "required": True, "description": what, "schema": {"type": "string"}}
        for name, what in route.doc.headers.items()
    ]
    if route.method in SAFE_METHODS:
        return needed
    text = "1; needed with a session cookie"
    schema = {"type": "string", "example": "1"}
    return [*needed, {"name": CSRF_HEADER, "in": "header", "required": False, "description": text, "schema": schema}]


def _responses(route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    doc = route.doc
    success: dict[str, Any] = {"description": "Done." if route.method != "GET" else "Here it is."}
    if doc.response is not None:
        success["content"] = {JSON: {"schema": schema_of[_key(doc.response)]}}
    elif doc.success != 303:
        success["content"] = {doc.content_type.partition(";")[0]: {}}
    statuses = {400, 421, *doc.statuses} | ({401, 403, 429} if route.access is not None else set())
    if route.method not in SAFE_METHODS:
        statuses.add(403)  # a foreign page
    error = {"content": {JSON: {"schema": schema_of[ErrorAnswer]}}}
    responses = {str(status): success for status in (doc.success, *doc.also)}
    responses |= {str(status): {"description": _REASONS[status], **error} for status in sorted(statuses)}
    return responses
