"""Paths to routes."""

from __future__ import annotations

import pytest

from lineside.adapters.web_server.router import Router
from lineside.runtime.routes import (
    BadRequest,
    NotFound,
    Request,
    Response,
    Route,
    RouteDoc,
    Socket,
    SocketRoute,
    WrongMethod,
)


async def handle(request: Request) -> Response:
    return Response()


async def serve(socket: Socket, request: Request) -> None:
    pass


def route(method: str, path: str) -> Route:
    return Route(method, path, handle, None, RouteDoc("It is a test."))


ROUTES = [
    route("GET", "/api/commands/{id}"),
    route("POST", "/api/commands/signed"),
    route("POST", "/api/commands"),
    route("GET", "/api/units/{gateway}/{unit}"),
    SocketRoute("/api/live", serve, None),
    route("GET", "/login"),
]
ROUTER = Router(ROUTES)


@pytest.mark.parametrize(
    ("method", "path", "pattern", "match"),
    [
        ("GET", "/api/units/ward/1", "/api/units/{gateway}/{unit}", {"gateway": "ward", "unit": "1"}),
        ("GET", "/api/units/ward/1/", "/api/units/{gateway}/{unit}", {"gateway": "ward", "unit": "1"}),
        ("GET", "/api/units/a%2Fb/%C3%A9", "/api/units/{gateway}/{unit}", {"gateway": "a/b", "unit": "é"}),
        ("HEAD", "/login", "/login", {}),
        ("POST", "/api/commands/signed", "/api/commands/signed", {}),
        ("GET", "/api/live", "/api/live", {}),
    ],
)
def test_route_is_found_by_method_and_path(method: str, path: str, pattern: str, match: dict[str, str]) -> None:
    found, parts = ROUTER.find(method, path)
    assert (found.path, parts) == (pattern, match)


@pytest.mark.parametrize("path", ["/", "", "/api", "/api/units/ward", "/api/units//1", "/api/units/a/b/c", "/logins"])
def test_route_is_not_found_for_other_paths(path: str) -> None:
    with pytest.raises(NotFound):
        ROUTER.find("GET", path)


def test_wrong_method_names_those_that_work() -> None:
    with pytest.raises(WrongMethod) as refused:
        ROUTER.find("DELETE", "/login")
    assert refused.value.allowed == ["GET", "HEAD"]
    with pytest.raises(WrongMethod) as refused:
        ROUTER.find("GET", "/api/commands")
    assert refused.value.allowed == ["POST"]


def test_path_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(BadRequest):
        ROUTER.find("GET", "/api/commands/%ff")


def test_two_routes_of_one_place_are_a_mistake() -> None:
    with pytest.raises(AssertionError, match="twice"):
        Router([route("GET", "/x"), route("GET", "/x")])
