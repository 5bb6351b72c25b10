"""The console as a whole: which routes there are, and who may ask for each."""

from __future__ import annotations

from pathlib import Path

from lineside.runtime.command import Role
from lineside.runtime.routes import Request, Response, Route, RouteDoc
from tests.console.test_admin_api import Bench
from tests.support.console import console

OPEN = {
    ("GET", "/login"),
    ("POST", "/api/login"),
    ("POST", "/api/logout"),
    ("POST", "/api/commands/signed"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
}


async def test_only_these_routes_are_open(tmp_path: Path) -> None:
    async with console(tmp_path, tools=Bench().tools()) as rig:
        routes = [route for route in rig.console.routes() if isinstance(route, Route)]
        assert {(route.method, route.path) for route in routes if route.access is None} == OPEN
        assert {route.path for route in routes if route.loopback} == {"/metrics", "/api/openapi.json"}
        changing = {route.path for route in routes if route.method != "GET" and route.access is Role.VIEWER}
        assert changing == set()


async def test_nobody_gets_through_without_a_role(tmp_path: Path) -> None:
    """Asked as a proxy asks, so that the machine itself is not let in."""
    async with console(tmp_path, tools=Bench().tools()) as rig:
        for route in rig.console.routes():
            if isinstance(route, Route) and route.access is not None:
                path = route.path.replace("{", "").replace("}", "")
                refusal = await rig.error(route.method, path, headers={"X-Forwarded-For": "10.0.0.7"})
                assert refusal == (401, "not_signed_in"), route.path


async def test_routes_of_houses_are_served_and_described(tmp_path: Path) -> None:
    async def page(request: Request) -> Response:
        return Response()

    async with console(tmp_path) as rig:
        own = Route("GET", "/casino/{game}", page, None, RouteDoc("A game's page.", content_type="text/html"))
        assert own in rig.console.routes([own])
        assert "/casino/{game}" in (await rig.get("/api/openapi.json"))["paths"]


async def test_login_url_signs_in_as_who_is_named(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        url = rig.console.login_url(rig.server.url, "bert", Role.VIEWER)
        await rig.ask.get(url, allow_redirects=False)
        assert await rig.get("/api/me") == {"name": "bert", "role": "viewer", "gateways": None}
