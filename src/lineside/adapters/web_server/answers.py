"""A `Response` as aiohttp sends it, with the headers that every answer has."""

from __future__ import annotations

from aiohttp import web

from lineside.adapters.web_server.files import SECURITY_HEADERS
from lineside.runtime.routes import Response


def wire_response(answer: Response) -> web.Response:
    """The answer with our security headers; what it does not say about caching is not cached."""
    headers = {
        **SECURITY_HEADERS,
        "Cache-Control": "no-store",
        "Content-Type": answer.content_type,
        **answer.headers,
    }
    return web.Response(status=answer.status, body=answer.body, headers=headers)
