"""What must hold between the sections, and what is allowed with a warning."""

from __future__ import annotations

import pytest

from lineside.errors import ConfigError
from tests.config.support import read, ward


def two(first: dict[str, object], second: dict[str, object]) -> dict[str, object]:
    return {"gateways": {"a": {"kind": "toy", **first}, "b": {"kind": "toy", **second}}}


def test_two_gateways_cannot_share_an_address() -> None:
    with pytest.raises(ConfigError, match=r"taken by gateways\.a\.broadcast") as caught:
        read(two({"line": "x"}, {"line": "y"}))
    assert caught.value.key == "gateways.b.broadcast[0]"


def test_two_gateways_cannot_share_a_line() -> None:
    with pytest.raises(ConfigError, match="one owner") as caught:
        read(two({"line": "x"}, {"line": "x", "broadcast": []}))
    assert caught.value.key == "gateways.b.line"


def test_port_0_is_free_for_everybody() -> None:
    free = ["127.0.0.1:0", "127.0.0.1:0"]
    read({**ward(broadcast=free), "web": {"address": "127.0.0.1:0"}})


def test_keys_beside_the_data_are_fine() -> None:
    read({"data_dir": "var/demo", "keys": {"file": "var/demo.keys.toml"}})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9"])
def test_loopback_needs_no_warning(host: str) -> None:
    assert read({**ward(), "web": {"address": f"{host}:8000"}}).warnings == ()


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.168.1.5", "panel.example"])
def test_web_on_the_network_without_https_is_warned_about(host: str) -> None:
    (warning,) = read({**ward(), "web": {"address": f"{host}:8000"}}).warnings
    assert "web.address" in warning
    assert "clear" in warning


def test_protocol_without_authentication_on_the_network_is_warned_about() -> None:
    (warning,) = read(ward(broadcast=["0.0.0.0:54320"])).warnings
    assert "gateways.ward.broadcast[0]" in warning
    assert "no authentication" in warning


def test_no_gateway_is_warned_about() -> None:
    (warning,) = read({}).warnings
    assert "nothing to run" in warning
