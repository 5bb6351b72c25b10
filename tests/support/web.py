"""A web server on a free loopback port, with an authority of three known tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from lineside.adapters.web_server import WebLimits, WebServer
from lineside.adapters.web_server.router import AnyRoute
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.guard import Guard, Limits
from lineside.runtime.routes import NotSignedIn, Request


class KnownTokens:
    """``Bearer viewer``, ``Bearer operator`` and ``Bearer admin``; a cookie ``as=ROLE`` counts too."""

    def authenticate(self, request: Request) -> Actor | None:
        word = request.headers.get("authorization", "").removeprefix("Bearer ")
        word = word or request.headers.get("cookie", "").removeprefix("as=")
        if not word:
            return None
        if word not in list(Role):
            raise NotSignedIn("this token is not valid")
        return Actor(f"test {word}", Role(word))


def bearer(word: str) -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"Bearer {word}"}


@asynccontextmanager
async def serving(
    routes: Iterable[AnyRoute], *, guard: Limits | None = None, limits: WebLimits | None = None, **more: Any
) -> AsyncIterator[WebServer]:
    """A started server; stopped at the end."""
    authority = more.pop("authority", None) or KnownTokens()
    server = WebServer(routes, authority, Guard(guard or Limits(), "web"), limits=limits, **more)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def asking(server: WebServer, **more: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the server; ask it for paths."""
    async with aiohttp.ClientSession(server.url, **more) as session:
        yield session
