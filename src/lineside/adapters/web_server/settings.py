"""The bounds of HTTP and WebSocket. Counts of connections, first message, idleness and stuck peers are the guard's."""

from __future__ import annotations

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=1)]
# Above zero: aiohttp takes zero for "no limit".
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class WebLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bounds of one web server.

    Attributes:
        body_bytes_max: of one request. The largest call is a command with its parameters; a whole game's settings stay
            far below this.
        body_s: until the whole body has come: the largest body at 300 kbit/s.
        header_bytes_max: of one header or the request line; a token and a cookie together are below 1 KiB.
        headers_max: headers of one request; browsers send about 20, a proxy adds ten.
        keep_alive_s: from an answer to the next whole request's headers; above a page's usual polling, so that it
            keeps its connection. aiohttp's own default is an hour.
        message_bytes_max: one WebSocket message from a client: a subscription to hundreds of topics fits.
        heartbeat_s: between pings; they find peers that vanished, and keep proxies (nginx: 60 s) from closing a quiet
            feed.
        close_s: for the goodbye of a connection; a peer that does not take it is cut.
        linger_s: for what a refused client still sends, so that it gets to read the refusal.
        stop_s: for requests that are being answered when the server stops.
    """

    body_bytes_max: Count = 1024 * 1024
    body_s: Seconds = 30.0
    header_bytes_max: Count = 8190
    headers_max: Count = 100
    keep_alive_s: Seconds = 75.0
    message_bytes_max: Count = 64 * 1024
    heartbeat_s: Seconds = 25.0
    close_s: Seconds = 3.0
    linger_s: Seconds = 2.0
    stop_s: Seconds = 5.0
