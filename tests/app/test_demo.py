"""What a demo runs, and where."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineside.app.demo import Demo, Ports, prepare
from lineside.config import is_loopback, parse_address
from lineside.errors import ConfigError, LinkError
from tests.support.processes import free_port


@pytest.fixture
def ports() -> Iterator[Ports]:
    ports = Ports()
    yield ports
    ports.release()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = prepare(tmp_path / "demo", port=0)
    yield demo
    demo.ports.release()


def test_busy_ports_are_replaced_by_free_ones_and_told(ports: Ports) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        address = ports.take("the console", port)
    assert address != f"127.0.0.1:{port}"
    assert ports.moved == [f"port {port} is busy; the console is on {address.rpartition(':')[2]}"]


def test_two_demos_that_start_together_choose_different_ports(ports: Ports) -> None:
    port, other = free_port(), Ports()
    try:
        assert ports.take("first", port) != other.take("second", port)
    finally:
        other.release()


def test_released_port_can_be_listened_on(ports: Ports) -> None:
    port = int(ports.take("first", free_port()).rpartition(":")[2])
    ports.release()
    with socket.create_server(("127.0.0.1", port)):
        assert ports.moved == []


def test_given_port_is_not_moved(ports: Ports, tmp_path: Path) -> None:
    port = free_port()
    assert ports.take_exactly(port) == f"127.0.0.1:{port}"
    with pytest.raises(LinkError, match=f"port {port} is busy"):
        prepare(tmp_path, port=port)


def test_demo_listens_on_loopback_alone_and_warns_of_nothing(demo: Demo) -> None:
    config = demo.settings.gateways["ward"].config
    others = [demo.settings.gateways[name].config.address for name in ("hall", "studio")]
    for address in (demo.settings.web.address, config.request, *config.broadcast, *others):
        assert is_loopback(parse_address(address).host)
    assert demo.settings.warnings == ()


def test_demo_keeps_keys_outside_its_data_and_takes_no_settings_from_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINESIDE_DATA_DIR", "elsewhere")
    demo = prepare(tmp_path / "demo", port=0)
    demo.ports.release()
    assert demo.settings.data_dir == tmp_path / "demo"
    assert demo.settings.keys_file == tmp_path / "demo.keys.toml"


def test_each_gateway_has_a_simulator_on_its_own_line(demo: Demo) -> None:
    assert demo.simulators.keys() == {*demo.settings.gateways, "the people of the hall"}
    assert demo.settings.gateways["hall"].config.address in demo.simulators["hall"]
    assert f"ws://{demo.settings.gateways['studio'].config.address}" in demo.simulators["studio"]
    assert demo.settings.gateways["ward"].config.line in demo.simulators["ward"]


def test_kind_that_is_not_built_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="slots is not built in this version; built: ventilator"):
        prepare(tmp_path, only=("slots",))
