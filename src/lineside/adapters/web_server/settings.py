"""The bounds of the web server."""

from __future__ import annotations

import msgspec


class WebLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of the HTTP and WebSocket entrances. Connection counts and idle deadlines are the guard's."""

    # The largest call is a command with its parameters; a whole game's settings stay far below this.
    body_bytes_max: int = 1024 * 1024
    # A browser sends its headers in one packet, a slow modem in a second; beyond it somebody holds a place.
    headers_s: float = 10.0
    # One request line or one header; a token and a cookie together are below 1 KiB.
    header_bytes_max: int = 8190
    # Browsers send about 20 headers, a proxy adds ten.
    headers_max: int = 100
    # The largest body at 300 kbit/s.
    body_s: float = 30.0
    # Between two requests of one connection; longer than a page's usual polling, so that it keeps its connection.
    keep_alive_s: float = 75.0
    # Bytes that the peer has not taken at all for so long are lost on it; the connection is cut.
    write_s: float = 20.0
    # One WebSocket message from a client: a subscription to hundreds of topics fits.
    message_bytes_max: int = 64 * 1024
    # Pings keep proxies from closing a silent feed and find peers that vanished; nginx closes after 60 s.
    heartbeat_s: float = 25.0
    # The goodbye of a WebSocket; a peer that does not answer it is cut.
    close_s: float = 3.0
    # Requests that are being answered when the server stops.
    stop_s: float = 5.0
