"""Signing in and out over real sockets."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from tests.support.certificate import make_certificate, trusting
from tests.support.console import console

CSRF = {"X-Lineside": "1"}


async def test_login_link_is_traded_once_for_a_strict_cookie(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        url = rig.console.login_url(rig.server.url, "anna")
        answer = await rig.ask.get(url, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        assert answer.headers["Cache-Control"] == "no-store"
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(f"lineside_{rig.server.port}=")
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Max-Age=43200" in cookie
        assert "Secure" not in cookie
        assert await rig.get("/api/me") == {"name": "anna", "role": "admin", "gateways": None}
        answer = await rig.ask.get(url, headers={"Accept": "text/html"}, allow_redirects=False)
        assert answer.status == 403
        assert "lineside login" in await answer.text()
        assert await rig.error("GET", url.removeprefix(rig.server.url)) == (403, "wrong_code")


async def test_head_of_a_previewer_does_not_use_the_code_up(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        url = rig.console.login_url(rig.server.url)
        assert (await rig.ask.head(url)).status == 405
        assert (await rig.ask.get(url, allow_redirects=False)).status == 303


async def test_page_sends_the_code_itself(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        code = rig.console.login_url("").partition("=")[2]
        answer = await rig.ask.post("/api/login", json={"code": code}, headers=CSRF)
        assert (answer.status, (await answer.json())["name"]) == (200, "console")
        assert (await rig.get("/api/me"))["role"] == "admin"
        assert await rig.error("POST", "/api/login", json={"code": code}, headers=CSRF) == (403, "wrong_code")


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": 1}, {"code": "x" * 200}, {"code": "x", "more": 1}])
async def test_login_is_checked(tmp_path: Path, body: dict[str, object]) -> None:
    async with console(tmp_path) as rig:
        assert await rig.error("POST", "/api/login", json=body) == (400, "bad_request")


async def test_wrong_codes_are_bounded(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        statuses = [(await rig.ask.post("/api/login", json={"code": "guess"})).status for _ in range(11)]
        assert statuses == [403] * 10 + [429]
        assert (await rig.ask.get(rig.console.login_url(rig.server.url), allow_redirects=False)).status == 303


async def test_logout_ends_the_session(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        await rig.ask.get(rig.console.login_url(rig.server.url), allow_redirects=False)
        assert await rig.error("POST", "/api/logout") == (403, "foreign_page")
        stolen = {"Cookie": "; ".join(f"{c.key}={c.value}" for c in rig.ask.cookie_jar)}
        answer = await rig.ask.post("/api/logout", headers=CSRF)
        assert answer.status == 200
        assert "Max-Age=0" in answer.headers["Set-Cookie"]
        assert await rig.error("GET", "/api/me") == (401, "not_signed_in")
        assert await rig.error("GET", "/api/me", headers=stolen) == (401, "not_signed_in")


async def test_cookie_is_secure_over_tls(tmp_path: Path) -> None:
    async with console(tmp_path, tls=make_certificate(tmp_path)) as rig:
        async with aiohttp.ClientSession(connector=trusting(tmp_path)) as ask:
            answer = await ask.get(rig.console.login_url(rig.server.url), allow_redirects=False)
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(f"__Host-lineside_{rig.server.port}=")
        assert cookie.endswith("; Secure")


async def test_admin_makes_codes_for_others(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        admin = await rig.token("admin")
        asked = {"name": "bert", "role": "operator", "gateways": ["ward"]}
        answer = await rig.ask.post("/api/login-codes", json=asked, headers=admin)
        told = await answer.json()
        assert (answer.status, told["path"]) == (201, f"/login?code={told['code']}")
        await rig.ask.get(told["path"], allow_redirects=False)
        assert await rig.get("/api/me") == {"name": "bert", "role": "operator", "gateways": ["ward"]}


async def test_admin_makes_lists_and_revokes_tokens(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        admin = await rig.token("admin")
        asked = {"label": "dashboard", "role": "viewer", "gateways": ["hall"], "expires_s": 3600}
        answer = await rig.ask.post("/api/tokens", json=asked, headers=admin)
        made = await answer.json()
        assert answer.status == 201
        holder = {"Authorization": f"Bearer {made['token']}"}
        assert (await rig.get("/api/me", headers=holder))["gateways"] == ["hall"]
        tokens = (await rig.get("/api/tokens", headers=admin))["tokens"]
        assert [token["label"] for token in tokens] == ["test admin", "dashboard"]
        assert made["token"] not in str(tokens)
        assert tokens[1]["by"].startswith("token test admin")
        answer = await rig.ask.delete(f"/api/tokens/{made['info']['id']}", headers=admin)
        assert (await answer.json())["revoked"] is True
        assert await rig.error("GET", "/api/me", headers=holder) == (401, "not_signed_in")
        assert await rig.error("DELETE", "/api/tokens/none", headers=admin) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"label": ""},
        {"label": "x\n"},
        {"label": "x", "role": "root"},
        {"label": "x", "gateways": ["a/b"]},
        {"label": "x", "expires_s": 0},
        {"label": "x", "expires_s": -1},
        {"label": "x", "expires_s": 1e300},
        {"label": "x", "more": 1},
    ],
)
async def test_token_request_is_checked(tmp_path: Path, body: dict[str, object]) -> None:
    async with console(tmp_path) as rig:
        admin = await rig.token("admin")
        assert await rig.error("POST", "/api/tokens", json=body, headers=admin) == (400, "bad_request")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/tokens"), ("POST", "/api/tokens"), ("DELETE", "/api/tokens/x"), ("POST", "/api/login-codes")],
)
async def test_access_is_for_admins_of_everything(tmp_path: Path, method: str, path: str) -> None:
    async with console(tmp_path) as rig:
        body = {"json": {"label": "x"} if path == "/api/tokens" else {}}
        for headers in (await rig.token("operator"), await rig.token("admin", "ward")):
            assert await rig.error(method, path, headers=headers, **body) == (403, "not_allowed")
        assert await rig.error(method, path, **body) == (401, "not_signed_in")
