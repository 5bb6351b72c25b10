"""The ventilator's journey: real processes, a real pseudo-terminal, real sockets."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lineside.ventilator import HEVClient
from tests.crash.killing import ROOT
from tests.support.server import Ward, ward

KEYS = [
    "version", "fsm_state", "pressure_air_supply", "pressure_air_regulated", "pressure_o2_supply",
    "pressure_o2_regulated", "pressure_buffer", "pressure_inhale", "pressure_patient", "temperature_buffer",
    "pressure_diff_patient", "readback_valve_air_in", "readback_valve_o2_in", "readback_valve_inhale",
    "readback_valve_exhale", "readback_valve_purge", "readback_mode",
]  # fmt: skip


def packets(port: int, seconds: float = 20.0) -> Iterator[dict[str, Any]]:
    """Packets of a broadcast socket, until nothing comes for ``seconds``."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        for line in connection.makefile("rb"):
            yield json.loads(line)


def wait_for(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)
    return value


def ask(port: int, request: bytes) -> bytes:
    """One request, one reply, as an old client does: it neither ends its request nor its side."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        return connection.makefile("rb").read()


def is_record_14(sensors: dict[str, Any]) -> bool:
    """The seed's example packet, which an early bug of the originals showed as 36864."""
    return sensors.get("pressure_buffer") == sensors.get("pressure_inhale") == 144


def client_of(place: Ward) -> HEVClient:
    return HEVClient(host="127.0.0.1", broadcast_port=place.broadcast, request_port=place.request)


@pytest.fixture(scope="module")
def breathing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    """A server and a breathing simulator with alarms, for the tests that do not break them."""
    with ward(tmp_path_factory.mktemp("ward")) as place:
        place.simulate("--rate", "20", "--alarm-every", "0.5")
        place.run()
        yield place


def test_recorded_samples_reach_both_sockets_with_all_17_keys(tmp_path: Path, recordings: Path) -> None:
    with ward(tmp_path, period_s=0) as place:
        place.simulate("--file", str(recordings / "hev" / "A0-byteArray-20200411.dump"), "--rate", "20")
        place.run()
        for port in (place.broadcast, place.native):
            record_14 = next(p for p in packets(port) if is_record_14(p.get("sensors") or {}))
            assert list(record_14) == ["sensors", "alarms"]
            assert list(record_14["sensors"]) == KEYS
            assert record_14["sensors"]["version"] == 160
            assert record_14["sensors"]["readback_valve_purge"] == 1


def test_example_of_the_seed_prints_what_it_should(breathing: Ward) -> None:
    with client_of(breathing) as client:
        assert client.wait_for_values(20)
        wait_for(client.get_alarms)
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "examples" / "hev_client.py"),
            "--quick",
            "--broadcast-port",
            str(breathing.broadcast),
            "--request-port",
            str(breathing.request),
        ],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "START: True" in done.stdout
    assert "general/foo: False" in done.stdout
    assert "STOP: True" in done.stdout
    acknowledged = [line for line in done.stdout.splitlines() if line.startswith("acknowledge ")]
    assert acknowledged
    assert acknowledged[0].endswith(": True")


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (b'{"type":"cmd","cmdtype":"GENERAL","cmd":"START","param":null}', b'{"type":"ack"}\n'),
        (b'{"type":"cmd","cmdtype":"GENERAL","cmd":"START","param":null}\0', b'{"type":"ack"}\0'),
        (b'{"type":"cmd","cmdtype":"general","cmd":"foo","param":null}', b'{"type":"nack"}\n'),
        (b'{"type":"broadcast"}', b'{"type":"nack"}\n'),
        (b'{"type":"alarm","ack":"NO_SUCH_ALARM"}', b'{"type":"nack"}\n'),
        (b"[1,2]", b'{"type":"nack"}\n'),
        (b"GET / HTTP/1.1\r\n\r\n", b'{"type":"nack"}\n'),
        (b'{"type":"cmd"', b'{"type":"nack"}\n'),  # never ends: the deadline answers
        (b'{"a":"' + b"x" * 70_000, b'{"type":"nack"}\n'),
    ],
)
def test_every_request_is_answered_and_the_server_closes(breathing: Ward, request_: bytes, reply: bytes) -> None:
    assert ask(breathing.request, request_) == reply


def test_command_with_wait_ends_in_done_and_the_journal_verifies(breathing: Ward) -> None:
    config = ("-c", str(breathing.settings))
    with client_of(breathing) as client:
        client.wait_for_values(20)
    for name in ("START", "STOP"):
        done = breathing.cli("command", "ward/1", name, "--wait", "--json", *config)
        assert done.returncode == 0, done.stderr + done.stdout
        assert json.loads(done.stdout.strip().splitlines()[-1])["state"] == "done"
    events = breathing.cli("events", "--unit", "ward/1", "--limit", "1000", "--json", *config)
    assert events.returncode == 0, events.stderr
    kinds = {json.loads(line)["kind"] for line in events.stdout.splitlines()}
    assert {"CommandAccepted", "CommandSent", "CommandEnded", "AlarmLatched", "LineOpened"} <= kinds
    verified = breathing.cli("journal", "verify", *config)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_server_goes_on_when_the_line_is_unplugged_and_plugged_in_again(tmp_path: Path) -> None:
    with ward(tmp_path) as place:
        simulator = place.simulate("--rate", "20")
        place.run()
        with client_of(place) as client:
            assert client.wait_for_values(20)
            simulator.kill()
            wait_for(lambda: "ARDUINO_FAIL" in client.get_alarms())
            assert client.send_cmd("GENERAL", "START") is False
            place.simulate("--rate", "20")
            wait_for(lambda: client.send_cmd("GENERAL", "START"), 30)
            wait_for(lambda: not client.stale)  # the packet with the first sample is due within a period
            events = place.cli("events", "--unit", "ward/1", "--json", "-c", str(place.settings)).stdout
            kinds = [json.loads(line)["kind"] for line in events.splitlines()]
            assert kinds.index("LineLost") < len(kinds) - 1 - kinds[::-1].index("LineOpened")


def test_alarms_outlive_a_restart(tmp_path: Path) -> None:
    with ward(tmp_path) as place:
        simulator = place.simulate("--rate", "20", "--alarm-every", "0.3")
        server = place.run()
        with client_of(place) as client:
            before = wait_for(client.get_alarms)
        simulator.stop()
        assert server.stop() == 0
        place.simulate("--rate", "20")
        place.run()
        with client_of(place) as client:
            assert client.wait_for_values(20)
            assert client.get_alarms()[: len(before)] == before
