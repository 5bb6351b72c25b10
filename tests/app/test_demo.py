"""What a demo runs, and where."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from lineside.app.demo import Ports, prepare
from lineside.config import is_loopback, parse_address
from lineside.errors import ConfigError


def test_busy_ports_are_replaced_by_free_ones_and_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = Ports()
        address = ports.take("the console", port)
    assert address != f"127.0.0.1:{port}"
    assert ports.moved == [f"port {port} is busy; the console is on {address.rpartition(':')[2]}"]


def test_one_port_is_given_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    ports = Ports()
    assert ports.take("first", port) != ports.take("second", port)


def test_demo_listens_on_loopback_alone_and_warns_of_nothing(tmp_path: Path) -> None:
    demo = prepare(tmp_path / "demo")
    config = demo.settings.gateways["ward"].config
    for address in (demo.settings.web.address, config.request, *config.broadcast):
        assert is_loopback(parse_address(address).host)
    assert demo.settings.warnings == ()


def test_demo_keeps_keys_outside_its_data_and_takes_no_settings_from_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINESIDE_DATA_DIR", "elsewhere")
    settings = prepare(tmp_path / "demo").settings
    assert settings.data_dir == tmp_path / "demo"
    assert settings.keys_file == tmp_path / "demo.keys.toml"


def test_given_port_is_not_moved(tmp_path: Path) -> None:
    assert prepare(tmp_path, port=8123).settings.web.address == "127.0.0.1:8123"


def test_each_gateway_has_a_simulator_on_its_own_line(tmp_path: Path) -> None:
    demo = prepare(tmp_path, only=("ventilator",))
    assert demo.simulators.keys() == demo.settings.gateways.keys()
    assert demo.settings.gateways["ward"].config.line in demo.simulators["ward"]


def test_kind_that_is_not_built_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="slots is not built in this version; built: ventilator"):
        prepare(tmp_path, only=("slots",))
