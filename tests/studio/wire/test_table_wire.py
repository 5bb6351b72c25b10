"""The exchanges of the sheet byte for byte, and frames that nobody should send."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.errors import WireError
from lineside.studio.wire import (
    Confirmed,
    Dialect,
    Liveness,
    Malformed,
    Ping,
    SignalReport,
    StatusValues,
    TableWire,
    Update,
    accepted_values,
)
from tests.studio.exchanges import Exchange, Studio, exchanges, plays

EXCHANGES = exchanges()
KINDS = (Update, Malformed, Ping, Liveness, SignalReport)
ACCEPTED = accepted_values(StatusValues.SEED)


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda one: one.id)
def test_exchange_of_the_sheet_is_played_byte_for_byte(exchange: Exchange) -> None:
    plays(Studio(), exchange)


def test_all_exchanges_of_the_sheet_are_there() -> None:
    assert [one.id for one in EXCHANGES] == [f"F{number}" for number in range(1, 17)]


def test_frame_is_one_message_text_or_binary() -> None:
    wire = TableWire(Dialect.A, "ARO-001")
    assert wire.receive(b'{"sdp":"up"}') == [Update({"SDP": "up"})] == [wire.read('{"sdp":"up"}')]


@pytest.mark.parametrize("dialect", list(Dialect))
def test_confirmation_of_another_table_is_written_for_that_table(dialect: Dialect) -> None:
    wire = TableWire(dialect, "ARO-001")
    assert b"ARO-002" in wire.send(Confirmed("ARO-002"))
    assert b"ARO-001" in wire.send(Confirmed("ARO-001"))


def test_unknown_event_is_refused_in_d_and_a_custom_field_elsewhere() -> None:
    frame = b'{"event":"hello","data":{"a":1}}'
    assert TableWire(Dialect.D, "T").read(frame) == Malformed("Unknown event: hello")
    assert TableWire(Dialect.A, "T").read(frame) == Update({}, {"event": "hello", "data": {"a": 1}})


def test_other_table_of_an_envelope_is_written_where_the_token_may() -> None:
    frame = '{"event":"tableStatus","data":{"tableId":"ARO-002","sdp":"up"}}'
    assert TableWire(Dialect.D, "ARO-001").read(frame) == Malformed("Invalid tableId: ARO-002")
    wire = TableWire(Dialect.D, "ARO-001", may_write=lambda table: table == "ARO-002")
    assert wire.read(frame) == Update({"SDP": "up"}, {}, "ARO-002")
    assert wire.read(frame.replace("ARO-002", "ARO-003")) == Malformed("Invalid tableId: ARO-003")


def is_sound(message: Any) -> bool:
    """What every message that leaves the wire keeps, whatever the frame was."""
    if isinstance(message, Update):
        good = all(v in ACCEPTED[k] if k != "MAINTENANCE" else isinstance(v, bool) for k, v in message.fields.items())
        return good and all(0 < len(name) <= 64 for name in message.custom)
    if isinstance(message, Malformed):
        return len(message.text) < 200
    return isinstance(message, KINDS)


FRAGMENTS: tuple[bytes, ...] = (
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b" "),
    *(b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-0", b"9" * 30, b"9" * 5000, b"1.5e-400", b"true", b"null"),
    *(b'"sdp"', b'"up"', b'"bogus"', b'"zCam"', b'"maintenance"', b'"event"', b'"data"', b'"status"', b'"ping"'),
    *(b'"service_status"', b'"exception"', b'"signal"', b'"msgId"', b'"metadata"', b'"tableId"', b"[" * 40, b"}" * 40),
    *(b'{"sdp":"up"}', b'{"sdp":"up","sdp":"down"}', b'{"event":"status","data":{"status":"up"}}', b'{"x":'),
)


def test_no_frame_is_answered_with_an_exception() -> None:
    """100,000 frames of random bytes, of fragments of the protocol, and of good frames with bytes changed."""
    chance = random.Random(20260101)
    wires = [TableWire(dialect, "ARO-001", values) for dialect in Dialect for values in StatusValues]
    good = [fragment for fragment in FRAGMENTS if fragment.startswith(b"{") and len(fragment) > 4]
    for index in range(100_000):
        match index % 3:
            case 0:
                frame = chance.randbytes(chance.randrange(40))
            case 1:
                frame = b"".join(chance.choices(FRAGMENTS, k=chance.randrange(12)))
            case _:
                changed = bytearray(chance.choice(good))
                for _ in range(chance.randrange(1, 4)):
                    changed[chance.randrange(len(changed))] = chance.randrange(256)
                frame = bytes(changed)
        message = wires[index % len(wires)].read(frame)
        assert isinstance(message, KINDS), frame


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(["sdp", "IDP", "zCam", "nfc", "maintenance", "event", "data", "uptime", "x", "y" * 65])
VALUES = JSON | st.sampled_from(["up", "down", "standby", "ping", "status", "exception", True, False])


@settings(deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6), st.sampled_from(Dialect))
def test_any_object_is_a_sound_message(value: dict[str, Any], dialect: Dialect) -> None:
    (message,) = TableWire(dialect, "ARO-001").receive(json.dumps(value).encode())
    assert is_sound(message)


@settings(deadline=None)
@given(st.binary(max_size=64), st.sampled_from(Dialect))
def test_any_bytes_are_one_sound_message(data: bytes, dialect: Dialect) -> None:
    (message,) = TableWire(dialect, "ARO-001").receive(data)
    assert is_sound(message)


@pytest.mark.parametrize("message", [None, 5, Update({}), object()])
def test_what_is_no_message_of_a_server_cannot_be_sent(message: Any) -> None:
    for dialect in Dialect:
        with pytest.raises(WireError):
            TableWire(dialect, "ARO-001").send(message)
