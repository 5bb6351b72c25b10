"""Addresses to listen on, as they stand in the settings: ``host:port``."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from lineside.config.decode import quote
from lineside.errors import ConfigError

PORT_MAX = 65535
"""The port field of TCP has 16 bits."""


class Address(NamedTuple):
    """Where to listen: a host name or number without brackets, and a port from 0 (any free one) to 65535."""

    host: str
    port: int


def parse_address(text: str, key: str = "") -> Address:
    """Read ``host:port`` or ``[v6]:port``; an empty host (``:8000``) is loopback.

    Raises:
        ConfigError: names ``key``, the text and the accepted form.
    """
    host, colon, port = text.rpartition(":")
    wanted = 'wanted "host:port", for example "127.0.0.1:8000", port 0 to 65535'
    if not colon or not port.isascii() or not port.isdigit() or int(port) > PORT_MAX:
        raise ConfigError(f"{quote(text)} is not accepted; {wanted}", key)
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if any(character in bare for character in "/@ []") or (":" in bare and not host.startswith("[")):
        raise ConfigError(f"{quote(text)} is not accepted; {wanted}, IPv6 in brackets", key)
    return Address(bare or "127.0.0.1", int(port))


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can reach a listener on ``host``; of names, localhost alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
