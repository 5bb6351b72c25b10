"""Settings: the sheet's defaults, what is refused, and what becomes of them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lineside.lockers.gateway.config import BoardEntry, Config
from lineside.lockers.model import UnknownPolicy


def config_of(**table: Any) -> Config:
    return msgspec.convert({"kind": "lockers", **table}, Config)


def test_settings_name_every_default_of_the_sheet() -> None:
    config = Config()
    assert (config.address, config.unknown, config.code_digits, config.cells_max) == ("127.0.0.1:5000", None, 4, 256)
    assert (config.assemble_timeout_s, config.idle_timeout_s, config.write_timeout_s) == (30.0, 900.0, 10.0)
    assert (config.connections_max, config.connections_per_address_max, config.errors_max) == (1000, 256, 10)
    limits = config.guard_limits()
    assert (limits.first_message_s, limits.idle_s, limits.write_s) == (None, 900.0, 10.0)


def test_settings_reach_the_wire_and_the_boards() -> None:
    config = config_of(
        reply_eol="mirror", console=False, code_digits=6, unknown="reject", boards={"7": {"label": "left"}}
    )
    assert (config.wire_settings().reply_eol, config.wire_settings().console) == ("mirror", False)
    named, other = config.board_settings("7"), config.board_settings("8")
    assert (named.label, named.expected, named.code_digits) == ("left", True, 6)
    assert (other.label, other.expected, other.unknown) == ("", False, UnknownPolicy.REJECT)


@pytest.mark.parametrize(
    "table",
    [
        {"unknown": "maybe"},
        {"code_digits": 9},
        {"boards": {"a b": {}}},
        {"boards": {"7\n": {}}},
        {"boards": {"7": {"networks": ["10.0.0.0/33"]}}},
        {"boards": {"7": {"networks": ["10.8.0.1/16"]}}},
        {"boards": {"7": {"colour": "red"}}},
        {"idle_timeout_s": 0},
        {"connections_max": 0},
    ],
)
def test_settings_that_cannot_be_are_refused(table: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        config_of(**table)


@pytest.mark.parametrize(
    ("networks", "address", "is_allowed"),
    [
        ((), "192.0.2.1", True),
        (("10.8.0.0/16",), "10.8.255.1", True),
        (("10.8.0.0/16",), "10.9.0.1", False),
        (("10.8.0.0/16", "192.0.2.7"), "192.0.2.7", True),
        (("fd00::/8",), "fd00::1%eth0", True),
        (("fd00::/8",), "10.8.0.1", False),
    ],
)
def test_board_is_allowed_in_its_networks(networks: tuple[str, ...], address: str, is_allowed: bool) -> None:
    assert BoardEntry(networks=networks).allowed()(address) is is_allowed
