"""Addresses to listen on, as they stand in the settings: ``host:port``."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from lineside.config.decode import quote
from lineside.errors import ConfigError
from lineside.runtime import tcp


class Address(NamedTuple):
    """Where to listen: a host name or number without brackets, and a port from 0 (any free one) to 65535."""

    host: str
    port: int


def parse_address(text: str, key: str = "") -> Address:
    """Read ``host:port`` or ``[v6]:port``, as the listeners themselves do.

    Raises:
        ConfigError: names ``key``, the text and the accepted form.
    """
    try:
        return Address(*tcp.parse_address(text))
    except ConfigError:
        wanted = 'wanted "host:port", for example "127.0.0.1:8000", port 0 to 65535, IPv6 in brackets'
        raise ConfigError(f"{quote(text)} is not accepted; {wanted}", key) from None


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can reach a listener on ``host``; of names, localhost alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
