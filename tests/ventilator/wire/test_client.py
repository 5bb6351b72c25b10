"""The sockets' wires: packets of the exact size, the request table of the sheet row by row, and bad bytes."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.ventilator.wire import (
    ACK,
    NACK,
    AlarmRequest,
    BadPacket,
    BadRequest,
    CommandRequest,
    Framing,
    Packet,
    PacketReader,
    Request,
    RequestWire,
    encode_broadcast,
    profile_of,
)
from lineside.ventilator.wire.client import REQUEST_BYTES_MAX

A0 = profile_of(0xA0)
WIDEST = {field.name: 65535 if field.unit else 255 for field in A0.sensor_fields}
ORIGINAL_READ_BYTES = 600  # the G1 and G2 clients parse what one read of this size gave them


# -------------------------------------------------------------------------------------------------------- broadcasts


@pytest.mark.parametrize(("count", "size"), [(0, 459), (4, 538), (5, 562), (7, 590), (8, 600), (25, 844)])
def test_widest_packet_has_the_sheets_size(count: int, size: int) -> None:
    packet = encode_broadcast(WIDEST, A0.alarm_names[:count], Framing.NONE)
    assert len(packet) == size
    assert len(encode_broadcast(WIDEST, A0.alarm_names[:count])) == size + 1


@pytest.mark.parametrize("framing", [Framing.NEWLINE, Framing.NONE])
def test_original_client_reads_a_packet_with_seven_alarms_in_one_read(framing: Framing) -> None:
    packet = encode_broadcast(WIDEST, A0.alarm_names[:7], framing)[:ORIGINAL_READ_BYTES]
    payload = json.loads(packet.decode())
    assert list(payload) == ["sensors", "alarms"]
    assert list(payload["sensors"]) == [field.name for field in A0.sensor_fields]
    assert payload["alarms"] == list(A0.alarm_names[:7])


def test_packet_is_compact_in_wire_order_with_integers_as_integers() -> None:
    packet = encode_broadcast({"version": 160, "fsm_state": 0, "pressure_buffer": 144, "flow": 1.5}, ["APNEA"])
    expected = b'{"sensors":{"version":160,"fsm_state":0,"pressure_buffer":144,"flow":1.5},"alarms":["APNEA"]}\n'
    assert packet == expected


def test_packet_without_alarms_has_an_empty_list() -> None:
    assert encode_broadcast({"version": 160}, [], Framing.NUL) == b'{"sensors":{"version":160},"alarms":[]}\0'


def test_packet_before_any_sample_is_the_alarm_packet() -> None:
    assert encode_broadcast(None, ["APNEA", "HIGH_RR"]) == b'{"type":"alarm","alarms":["APNEA","HIGH_RR"]}\n'


@pytest.mark.parametrize("framing", list(Framing))
@pytest.mark.parametrize("size", [1, 11, 10_000])
def test_packets_are_read_back_in_every_framing_and_split(framing: Framing, size: int) -> None:
    packets = [Packet(WIDEST, ["APNEA"]), Packet(None, ["HIGH_RR"]), Packet({"version": 160}, [])]
    data = b"".join(encode_broadcast(packet.sensors, packet.alarms, framing) for packet in packets)
    reader = PacketReader()
    found = [one for start in range(0, len(data), size) for one in reader.receive(data[start : start + size])]
    assert found == packets


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"sensors":null,"alarms":null}', [Packet(None, [])]),
        (b'{"sensors":{"a":1}}', [Packet({"a": 1}, [])]),
        (b'{"type":"broadcast","sensors":{"a":1.5},"alarms":[]}\0', [Packet({"a": 1.5}, [])]),
        (b'{"type":"keepalive"}{"type":"ack"}', []),
        (b'{"sensors":[]}', [BadPacket("sensors is a list, not an object")]),
        (b'{"alarms":"APNEA"}', [BadPacket("alarms is not a list of names")]),
        (b'{"alarms":[{"code":1}]}', [BadPacket("alarms is not a list of names")]),
    ],
)
def test_packets_of_the_originals_are_read_and_wrong_ones_told(data: bytes, expected: list[Any]) -> None:
    assert PacketReader().receive(data) == expected


def test_bytes_that_are_no_packet_are_told_and_the_next_packet_is_read() -> None:
    bad, good = PacketReader().receive(b'HTTP/1.1 400\r\n{"alarms":[]}')
    assert isinstance(bad, BadPacket)
    assert good == Packet(None, [])
    (broken,) = PacketReader().receive(b'{"alarms":[}')
    assert isinstance(broken, BadPacket)


# ---------------------------------------------------------------------------------------------------------- requests


def ask(data: bytes, size: int | None = None) -> list[Request]:
    wire = RequestWire()
    step = size or len(data) or 1
    return [one for start in range(0, len(data), step) for one in wire.receive(data[start : start + step], 0.0)]


def cmd(**changes: Any) -> bytes:
    request = {"type": "cmd", "cmdtype": "GENERAL", "cmd": "START", "param": None} | changes
    return json.dumps({key: value for key, value in request.items() if value is not ...}).encode()


TABLE: list[tuple[bytes, Request]] = [
    (cmd(), CommandRequest("GENERAL", "START", 0)),
    (cmd(cmd="STOP"), CommandRequest("GENERAL", "STOP", 0)),
    (cmd(cmdtype="general", cmd="foo"), CommandRequest("general", "foo", 0)),
    (cmd(param=0), CommandRequest("GENERAL", "START", 0)),
    (cmd(param=2**32 - 1), CommandRequest("GENERAL", "START", 2**32 - 1)),
    (cmd(extra=[1, {"a": 2}]), CommandRequest("GENERAL", "START", 0)),
    (b' \r\n\t{"type" : "cmd",\n"cmdtype":"GENERAL","cmd":"STOP","param":7}', CommandRequest("GENERAL", "STOP", 7)),
    (b'{"type":"alarm","ack":"APNEA"}', AlarmRequest("APNEA")),
    (b'{"type":"alarm","ack":"not an alarm"}', AlarmRequest("not an alarm")),
]

BAD: list[tuple[bytes, str]] = [
    (cmd(param=...), "param is missing"),
    (cmd(param=True), "param is True"),
    (cmd(param=1.0), "param is 1.0"),
    (cmd(param="1"), "param is '1'"),
    (cmd(param=-1), "param is -1"),
    (cmd(param=2**32), "param is 4294967296"),
    (cmd(param=[]), "param is a list"),
    (cmd(param={}), "param is an object"),
    (cmd(cmdtype=...), "cmdtype is missing"),
    (cmd(cmdtype=1), "cmdtype is 1"),
    (cmd(cmd=...), "cmd is missing"),
    (cmd(cmd=None), "cmd is missing or null"),
    (cmd(cmd="x" * 65), "cmd is 'xxx"),
    (cmd(cmd="é"), r"cmd is '\\xe9'"),
    (cmd(cmd=""), "cmd is ''"),
    (b'{"type":"cmd","cmdtype":"GENERAL","cmd":"\\ud800","param":null}', r"cmd is '\\ud800'"),
    (b'{"type":"broadcast"}', "type is 'broadcast'; accepted are cmd and alarm"),
    (b'{"type":"CMD"}', "type is 'CMD'"),
    (b'{"type":null}', "type is missing"),
    (b'{"type":["cmd"]}', "type is a list"),
    (b"{}", "type is missing"),
    (b'{"type":"alarm"}', "ack is missing"),
    (b'{"type":"alarm","ack":1}', "ack is 1"),
    (b'{"type":"cmd","type":"alarm","ack":"APNEA"}', "a key stands twice"),
    (b'{"type":"alarm","ack":NaN}', "not JSON"),
    (b'{"type":"alarm","ack":"\xff"}', "not JSON"),
    (b'{"type":"alarm",}', "not JSON"),
    (b'["cmd"]', "begins with {"),
    (b'"cmd"', "begins with {"),
    (b"START\n", "begins with {"),
    (b"\x7e\x40\x00", "begins with {"),
    (b'{"a":' * 40, "nested deeper"),
    (b"[" * 100_000, "begins with {"),
    (b'{"type":"alarm","ack":"' + b"x" * REQUEST_BYTES_MAX, "longer than 65536 bytes"),
]


@pytest.mark.parametrize(("data", "expected"), TABLE)
@pytest.mark.parametrize("size", [None, 1, 5])
def test_request_is_read_as_soon_as_its_object_is_whole(data: bytes, expected: Request, size: int | None) -> None:
    assert ask(data, size) == [expected]
    for end in (b"\n", b"\0", b"   \r\n", b'{"type":"alarm"}'):
        assert ask(data + end, size) == [expected]


@pytest.mark.parametrize(("data", "reason"), BAD)
@pytest.mark.parametrize("size", [None, 1])
def test_bad_request_is_one_with_its_reason_and_never_an_exception(data: bytes, reason: str, size: int | None) -> None:
    (request,) = ask(data, size)
    assert isinstance(request, BadRequest)
    assert reason.replace(r"\\", "\\") in request.reason
    assert request.reason.isascii()
    assert len(request.reason) < 300


def test_nothing_is_said_before_the_last_brace_and_nothing_after_the_request() -> None:
    wire = RequestWire()
    assert wire.receive(cmd()[:-1]) == []
    assert wire.receive(cmd()[-1:]) == [CommandRequest("GENERAL", "START", 0)]
    assert wire.receive(cmd()) == []
    assert wire.end() == []


@pytest.mark.parametrize(
    ("pieces", "ending"),
    [
        ([cmd()], b"\n"),
        ([cmd() + b"\n"], b"\n"),
        ([cmd() + b"\0"], b"\0"),
        ([cmd(), b"\0"], b"\0"),
        ([cmd()[:9], cmd()[9:], b" \0"], b"\0"),
        ([b'{"type":\0'], b"\0"),
        ([b"nonsense"], b"\n"),
    ],
)
def test_reply_ends_as_the_request_did(pieces: list[bytes], ending: bytes) -> None:
    wire = RequestWire()
    assert sum(len(wire.receive(piece)) for piece in pieces) == 1
    assert wire.send(ACK) == b'{"type":"ack"}' + ending
    assert wire.send(NACK) == b'{"type":"nack"}' + ending


def test_end_within_a_request_is_a_bad_request_and_before_it_nothing() -> None:
    assert RequestWire().end() == []
    wire = RequestWire()
    wire.receive(b'{"type":')
    assert wire.end() == [BadRequest("the connection ended within the request")]
    assert wire.end() == []
    assert wire.receive(b'"cmd"}') == []


FUZZ_COUNT = 30_000


def test_thirty_thousand_bad_requests_raise_nothing() -> None:
    seed = 54321
    rng = random.Random(seed)
    samples = [data for data, _ in TABLE] + [data[:200] for data, _ in BAD]
    for number in range(FUZZ_COUNT):
        data = bytearray(rng.choice(samples))
        for _ in range(rng.randrange(4)):
            place = rng.randrange(len(data))
            data[place : place + rng.randrange(3)] = rng.choice([b"", b"{", b'"', b"\\", b"\0", rng.randbytes(2)])
            data += b" "
        requests = ask(bytes(data), rng.choice([None, 3]))
        assert len(requests) <= 1, (seed, number, bytes(data))
        for request in requests:
            assert isinstance(request, CommandRequest | AlarmRequest | BadRequest), (seed, number, bytes(data))


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["type", "cmdtype", "cmd", "param", "ack"]), st.none() | st.integers() | st.text())
)
def test_any_object_is_a_request_or_a_bad_one(value: dict[str, Any]) -> None:
    (request,) = ask(json.dumps(value).encode(), 2)
    match request:
        case CommandRequest():
            assert 0 <= request.param <= 2**32 - 1
            assert value["type"] == "cmd"
        case AlarmRequest():
            assert value["type"] == "alarm"
        case BadRequest():
            assert request.reason
