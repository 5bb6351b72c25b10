"""Addresses as people write them."""

from __future__ import annotations

import pytest

from lineside.config import Address, is_loopback, parse_address
from lineside.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8000", Address("127.0.0.1", 8000)),
        ("[::1]:0", Address("::1", 0)),
        ("localhost:65535", Address("localhost", 65535)),
        ("panel.example:443", Address("panel.example", 443)),
    ],
)
def test_address_is_read(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "8000", "a:", "a:-1", "a:65536", ":80", "a:８０", "::1:80", "tcp://a:80"])
def test_address_is_refused_with_the_accepted_form(text: str) -> None:
    with pytest.raises(ConfigError, match="host:port") as caught:
        parse_address(text, "web.address")
    assert caught.value.key == "web.address"


LOOPBACK = [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("a", False)]


@pytest.mark.parametrize(("host", "yes"), LOOPBACK)
def test_loopback_is_known(host: str, yes: bool) -> None:
    assert is_loopback(host) is yes
