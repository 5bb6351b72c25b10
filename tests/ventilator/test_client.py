"""HEVClient against a small server of our own: reading, asking, going away and coming back."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import LinkClosed, LinkTimeout, Malformed
from lineside.ventilator import HEVClient
from lineside.ventilator import client as client_module
from lineside.ventilator.client import ServerAway, ServerSilent
from lineside.ventilator.wire import (
    ACK,
    NACK,
    AlarmRequest,
    CommandRequest,
    Framing,
    Reply,
    Request,
    RequestWire,
    encode_broadcast,
    profile_of,
)

SAMPLE = {field.name: index for index, field in enumerate(profile_of(0xA0).sensor_fields)}
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.005)


class Server:
    """Two listening sockets in threads; what they do is set by the test."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Reply] = lambda request: ACK
        self.raw_reply: bytes | None = None
        self._clients: list[socket.socket] = []
        self._lock = threading.Lock()
        self._broadcast = self._listen()
        self._request = self._listen()
        self.broadcast_port: int = self._broadcast.getsockname()[1]
        self.request_port: int = self._request.getsockname()[1]
        threading.Thread(target=self._accept_listeners, daemon=True).start()
        threading.Thread(target=self._accept_requests, daemon=True).start()

    @staticmethod
    def _listen(port: int = 0) -> socket.socket:
        return socket.create_server(("127.0.0.1", port))

    def _accept_listeners(self) -> None:
        listener = self._broadcast
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._clients.append(link)

    def _accept_requests(self) -> None:
        while True:
            try:
                link, _ = self._request.accept()
            except OSError:
                return
            with link:
                self._serve(link)

    def _serve(self, link: socket.socket) -> None:
        wire = RequestWire()
        found: list[Request] = []
        while not found:
            data = link.recv(1000)
            if not data:
                return
            found = wire.receive(data)
        self.requests.append(found[0])
        if self.raw_reply is None:
            link.sendall(wire.send(self.answer(found[0])))
        elif self.raw_reply == b"silence":
            link.recv(1000)
        else:
            link.sendall(self.raw_reply)

    @property
    def client_count(self) -> int:
        with self._lock:
            return len(self._clients)

    def send(self, data: bytes) -> None:
        with self._lock:
            for link in self._clients:
                with suppress(OSError):  # a client that has left
                    link.sendall(data)

    def drop_clients(self) -> None:
        with self._lock:
            for link in self._clients:
                link.close()
            self._clients.clear()

    def go_away(self) -> None:
        _close(self._broadcast)
        self.drop_clients()

    def come_back(self) -> None:
        self._broadcast = self._listen(self.broadcast_port)
        threading.Thread(target=self._accept_listeners, daemon=True).start()

    def close(self) -> None:
        self.go_away()
        _close(self._request)


def _close(listener: socket.socket) -> None:
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept
    listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def hev(server: Server) -> Iterator[HEVClient]:
    with make(server) as client:
        wait_until(lambda: server.client_count == 1)
        yield client


def make(server: Server, **settings: Any) -> HEVClient:
    return HEVClient(broadcast_port=server.broadcast_port, request_port=server.request_port, **settings)


# ----------------------------------------------------------------------------------------------------------- reading


def test_before_the_first_packet_there_is_nothing_and_it_is_stale(hev: HEVClient) -> None:
    assert hev.get_values() is None
    assert hev.get_alarms() == []
    assert hev.age_s is None
    assert hev.stale
    assert not hev.wait_for_values(0.01)


def test_packet_gives_values_in_order_and_alarms(server: Server, hev: HEVClient) -> None:
    server.send(encode_broadcast(SAMPLE, ["APNEA", "HIGH_RR"]))
    assert hev.wait_for_values(10)
    values = hev.get_values()
    assert values == SAMPLE
    assert list(values or ()) == list(SAMPLE)
    assert hev.get_alarms() == ["APNEA", "HIGH_RR"]
    assert not hev.stale
    assert hev.age_s is not None
    assert hev.connected


@pytest.mark.parametrize("framing", list(Framing))
def test_packets_are_read_whatever_ends_them_and_however_they_are_split(
    server: Server, hev: HEVClient, framing: Framing
) -> None:
    data = b"".join(encode_broadcast(SAMPLE | {"fsm_state": number}, [], framing) for number in range(5))
    for start in range(0, len(data), 97):
        server.send(data[start : start + 97])
    wait_until(lambda: (hev.get_values() or {}).get("fsm_state") == 4)


def test_alarm_packet_changes_the_alarms_and_keeps_the_values(server: Server, hev: HEVClient) -> None:
    server.send(encode_broadcast(None, ["APNEA"]))
    wait_until(lambda: hev.get_alarms() == ["APNEA"])
    assert hev.get_values() is None
    server.send(encode_broadcast(SAMPLE, []) + encode_broadcast(None, ["HIGH_RR"]))
    wait_until(lambda: hev.get_alarms() == ["HIGH_RR"])
    assert hev.get_values() == SAMPLE


def test_what_is_given_out_is_the_callers_own(server: Server, hev: HEVClient) -> None:
    server.send(encode_broadcast(SAMPLE, ["APNEA"]))
    assert hev.wait_for_values(10)
    values = hev.get_values()
    assert values is not None
    values.clear()
    hev.get_alarms().clear()
    assert (hev.get_values(), hev.get_alarms()) == (SAMPLE, ["APNEA"])


def test_old_values_are_stale(server: Server) -> None:
    with make(server, stale_s=0.0) as hev:
        wait_until(lambda: server.client_count == 1)
        server.send(encode_broadcast(SAMPLE, []))
        assert hev.wait_for_values(10)
        assert hev.stale
        assert hev.get_values() == SAMPLE


def test_client_comes_back_when_the_server_does(server: Server, hev: HEVClient) -> None:
    server.send(encode_broadcast(SAMPLE, []))
    assert hev.wait_for_values(10)
    server.go_away()
    wait_until(lambda: not hev.connected)
    assert hev.get_values() == SAMPLE
    server.come_back()
    wait_until(lambda: server.client_count == 1)
    server.send(encode_broadcast(SAMPLE | {"fsm_state": 9}, []))
    wait_until(lambda: (hev.get_values() or {})["fsm_state"] == 9)


def test_client_that_hears_nonsense_connects_anew(server: Server, hev: HEVClient) -> None:
    server.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    wait_until(lambda: server.client_count == 2)
    server.drop_clients()
    wait_until(lambda: server.client_count >= 1)
    server.send(encode_broadcast(SAMPLE, []))
    assert hev.wait_for_values(10)


def test_silent_connection_is_made_anew(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_READ_S", 0.02)
    monkeypatch.setattr(client_module, "_SILENCE_S_MAX", 0.05)
    with make(server):
        wait_until(lambda: server.client_count >= 3)


# ---------------------------------------------------------------------------------------------------------- requests


def test_command_is_sent_as_the_sheet_prints_it_and_answered_true_or_false(server: Server, hev: HEVClient) -> None:
    known = CommandRequest("GENERAL", "START", 0)
    server.answer = lambda request: ACK if request == known else NACK
    assert hev.send_cmd("GENERAL", "START") is True
    assert hev.send_cmd("general", "foo") is False
    assert hev.send_cmd("GENERAL", "START", 7) is False
    assert server.requests == [known, CommandRequest("general", "foo", 0), CommandRequest("GENERAL", "START", 7)]


def test_alarm_is_acknowledged_by_name(server: Server, hev: HEVClient) -> None:
    server.answer = lambda request: ACK if request == AlarmRequest("APNEA") else NACK
    assert hev.ack_alarm("APNEA") is True
    assert hev.ack_alarm("HIGH_RR") is False


def test_reply_with_a_nul_or_nothing_behind_it_is_read(server: Server, hev: HEVClient) -> None:
    for reply in (b'{"type": "ack"}', b'{"type":"ack"}\0', b'\r\n{"type":"ack"}'):
        server.raw_reply = reply
        assert hev.send_cmd("GENERAL", "START")


def test_request_to_nobody_raises_what_the_seed_and_what_lineside_catch() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with HEVClient(broadcast_port=port, request_port=port) as hev:
        for kind in (ServerAway, LinkClosed, ConnectionError):
            with pytest.raises(kind, match=f"127.0.0.1:{port}: "):
                hev.send_cmd("GENERAL", "START")


def test_server_that_leaves_without_a_reply_is_told(server: Server, hev: HEVClient) -> None:
    server.raw_reply = b""
    with pytest.raises(ServerAway, match="without a reply"):
        hev.ack_alarm("APNEA")


def test_server_that_does_not_reply_is_told_after_the_timeout(server: Server) -> None:
    server.raw_reply = b"silence"
    with make(server, timeout=0.05) as hev:
        for kind in (ServerSilent, LinkTimeout, TimeoutError):
            with pytest.raises(kind, match=r"no reply from .* within 0.05 s"):
                hev.send_cmd("GENERAL", "START")


@pytest.mark.parametrize("reply", [b"nonsense", b'{"type":"broadcast"}', b'{"type":["ack"]}', b"{}"])
def test_reply_that_is_none_is_malformed(server: Server, hev: HEVClient, reply: bytes) -> None:
    server.raw_reply = reply
    with pytest.raises(Malformed, match="neither ack nor nack"):
        hev.send_cmd("GENERAL", "START")


def test_many_threads_may_ask_and_read_at_once(server: Server, hev: HEVClient) -> None:
    answers: list[bool] = []

    def work() -> None:
        for _ in range(10):
            answers.append(hev.send_cmd("GENERAL", "START"))
            hev.get_values()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [True] * 80


# ----------------------------------------------------------------------------------------------------------- closing


def test_closed_client_stops_listening_and_keeps_what_it_read(server: Server, hev: HEVClient) -> None:
    server.send(encode_broadcast(SAMPLE, []))
    assert hev.wait_for_values(10)
    hev.close()
    hev.close()
    assert not hev._thread.is_alive()
    assert not hev.connected
    assert hev.get_values() == SAMPLE
    assert hev.send_cmd("GENERAL", "STOP")


def test_close_wakes_who_waits_for_values(server: Server, hev: HEVClient) -> None:
    timer = threading.Timer(0.05, hev.close)
    timer.start()
    assert hev.wait_for_values(20) is False
    timer.join()


def test_close_ends_the_pauses_between_attempts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    hev = HEVClient(broadcast_port=port, request_port=port)
    hev.close()
    assert not hev._thread.is_alive()


# ---------------------------------------------------------------------------------------------------------- examples


@pytest.mark.parametrize("script", ["hev_client.py", "seed/hevclient.py"])
def test_example_prints_the_seeds_answers(server: Server, script: str) -> None:
    stop = threading.Event()
    alarms = ["APNEA", "HIGH_RR"]

    def answer(request: Request) -> Reply:
        match request:
            case CommandRequest(cmdtype="GENERAL", cmd="START" | "STOP"):
                return ACK
            case AlarmRequest(name=name) if name in alarms:
                alarms.remove(name)
                return ACK
        return NACK

    def broadcast() -> None:
        while not stop.wait(0.02):
            server.send(encode_broadcast(SAMPLE, alarms))

    server.answer = answer
    thread = threading.Thread(target=broadcast)
    thread.start()
    ports = [f"--broadcast-port={server.broadcast_port}", f"--request-port={server.request_port}"]
    command = [sys.executable, str(EXAMPLES / script), "--quick", *ports]
    environment = {"PYTHONPATH": str(EXAMPLES.parent / "src"), "PATH": ""}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    finally:
        stop.set()
        thread.join()
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    answers = [line for line in lines if line.startswith(("START", "acknowledge", "general", "STOP"))]
    assert answers == ["START: True", "acknowledge APNEA: True", "general/foo: False", "STOP: True"]
    assert sum(line.startswith("values: {'version': ") for line in lines) == 30
    assert "alarms: ['HIGH_RR']" in lines


def test_example_without_a_server_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    command = [sys.executable, "-c", _EXAMPLE_WITHOUT_WAITING, str(EXAMPLES), f"--request-port={port}", "--quick"]
    environment = {"PYTHONPATH": str(EXAMPLES.parent / "src"), "PATH": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "no server: 127.0.0.1" in done.stderr


_EXAMPLE_WITHOUT_WAITING = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import hev_client
hev_client.HEVClient.wait_for_values = lambda self, timeout: False
sys.exit(hev_client.main())
"""


def test_request_text_is_one_compact_line() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            link, _ = listener.accept()
            with link:
                heard.append(link.recv(1000))
                link.sendall(b'{"type":"nack"}\n')

        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        with HEVClient(broadcast_port=1, request_port=port) as hev:
            assert hev.send_cmd("GENERAL", "START") is False
        thread.join(10)
    assert heard[0] == b'{"type":"cmd","cmdtype":"GENERAL","cmd":"START","param":null}\n'
    assert json.loads(heard[0]) == {"type": "cmd", "cmdtype": "GENERAL", "cmd": "START", "param": None}
