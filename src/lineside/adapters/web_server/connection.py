"""One TCP (or control socket) connection of the web server: aiohttp's protocol, with our deadlines and the guard.

aiohttp by itself waits more than a minute for the headers of a request, and for ever for a peer that does not read.
Here each connection is looked at once a second (by the server, with one timer for all)::

    no whole headers yet ─► headers_s after the connection, or after the first byte of a later request
    nothing asked        ─► keep_alive_s (aiohttp's own timer)
    peer does not read   ─► write_s without one byte taken
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from lineside.adapters.web_server.files import SECURITY_HEADERS
from lineside.runtime.routes import BadRequest, RequestRefused, Unavailable, error_response

if TYPE_CHECKING:
    from lineside.adapters.web_server.server import WebServer
