"""TLS under the web server, with the guard in front of the handshake.

``create_server(ssl=…)`` tells of a connection only after its handshake, so that a thousand handshakes that never end
are counted by nobody. Here a connection is admitted as plain TCP first; only then the handshake begins, with a
deadline.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import cast

from lineside.errors import ConfigError

# A handshake asks for two round trips; a satellite link needs two seconds for them.
HANDSHAKE_S = 10.0


def server_context(cert: Path, key: Path) -> ssl.SSLContext:
    """A server's TLS settings with a certificate chain and its key, both PEM.

    Raises:
        ConfigError: names the file that cannot be used.
    """
    for name, path in (("web.cert", cert), ("web.key", key)):
        if not path.is_file():
            raise ConfigError(f"{path} is not a file; a PEM file is wanted", name)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(f"{cert} and {key} do not make a certificate with its key: {error}", "web.cert") from error
    return context


class TLSDoor(asyncio.Protocol):
    """Takes one admitted TCP connection through its handshake and hands it to the HTTP protocol.

    Args:
        make: makes the HTTP protocol of one connection.
    """

    def __init__(self, context: ssl.SSLContext, make: Callable[[], asyncio.Protocol]) -> None:
        self._context = context
        self._make = make
        self._early = bytearray()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake; nothing is read before it."""
        plain = cast(asyncio.Transport, transport)
        plain.pause_reading()
        self._task = asyncio.create_task(self._shake_hands(plain), name="web tls handshake")

    def data_received(self, data: bytes) -> None:
        """Keep what comes in the same breath as the end of the handshake."""
        self._early += data

    async def _shake_hands(self, plain: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            secure = await loop.start_tls(
                plain, self, self._context, server_side=True, ssl_handshake_timeout=HANDSHAKE_S
            )
        except (OSError, TimeoutError):  # SSLError is an OSError
            plain.abort()
            return
        if secure is None or secure.is_closing():
            plain.abort()
            return
        protocol = self._make()
        secure.set_protocol(protocol)
        protocol.connection_made(secure)
        if self._early:
            protocol.data_received(bytes(self._early))
