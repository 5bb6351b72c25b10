"""A request of aiohttp as the plain `Request` of a handler, and its body within its bounds."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from lineside.adapters.web_server.connection import Connection
from lineside.adapters.web_server.router import split_path
from lineside.adapters.web_server.settings import WebLimits
from lineside.runtime.routes import BadRequest, Request, TooLarge, TooSlow


def request_of(raw: web.BaseRequest, connection: Connection, *, joined_by: str | None = None) -> Request:
    """The request without its body.

    Args:
        joined_by: what stands between the values of a parameter that is there several times; None refuses those.

    Raises:
        BadRequest: a parameter twice, or a path or query that is not UTF-8.
    """
    headers: dict[str, str] = {}
    for name, value in raw.headers.items():
        headers.setdefault(name.lower(), value)
    query: dict[str, str] = {}
    for name, value in raw.rel_url.query.items():
        if name not in query:
            query[name] = value
        elif joined_by is None:
            raise BadRequest(f"parameter {name[:60]!r} is there twice")
        else:
            query[name] += joined_by + value
    return Request(
        method=raw.method,
        path="/" + "/".join(split_path(raw.rel_url.raw_path)),
        query=query,
        headers=headers,
        remote=connection.remote,
        local=connection.is_local,
        secure=connection.is_secure,
    )


async def read_body(raw: web.BaseRequest, limits: WebLimits) -> bytes:
    """The whole body; empty when there is none.

    Raises:
        TooLarge, TooSlow: it passes a limit.
        BadRequest: it broke off.
    """
    if not raw.can_read_body:
        return b""
    size_max = limits.body_bytes_max
    if (raw.content_length or 0) > size_max:
        raise TooLarge(f"the body has {raw.content_length} bytes; at most {size_max} are taken")
    if raw.headers.get("Expect", "").lower() == "100-continue":
        await raw.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        raw.writer.output_size = 0  # aiohttp takes what was written for the beginning of an answer
    try:
        async with asyncio.timeout(limits.body_s):
            return await raw.read()
    except TimeoutError:
        raise TooSlow(f"the body did not come within {limits.body_s:g} s") from None
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge(f"the body has more than {size_max} bytes") from None
    except RequestPayloadError as error:
        raise BadRequest(f"the body is not whole: {error}") from error
