"""What an object means, and why it is refused whole."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.studio.wire.message import Heard, Liveness, Malformed, Ping, SignalReport, Update
from lineside.studio.wire.update import (
    CONTENT_MAX,
    CUSTOM_NAME_MAX,
    CUSTOM_VALUE_BYTES_MAX,
    MSG_ID_MAX,
    is_envelope,
    read_envelope,
    read_update,
)
from lineside.studio.wire.vocabulary import StatusValues, accepted_values

SEED = accepted_values(StatusValues.SEED)
EXTENDED = accepted_values(StatusValues.EXTENDED)


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ({}, {}),
        ({"sdp": "up", "IDP": "calibration"}, {"SDP": "up", "IDP": "calibration"}),
        (
            {"zCam": "up", "nfc": "down", "barcodeScanner": "up"},
            {"ZCam": "up", "NFC_SCANNER": "down", "BARCODE_SCANNER": "up"},
        ),
        ({"maintenance": True}, {"MAINTENANCE": True}),
        ({"sdp": "up", "SDP": "down"}, {"SDP": "down"}),
        ({"uptime": 99, "TIMESTAMP": 1, "table_id": "X", "tableId": "Y"}, {}),
    ],
)
def test_fields_are_taken_by_any_spelling(value: dict[str, Any], fields: dict[str, Any]) -> None:
    assert read_update(value, SEED) == Update(fields)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"sdp": "bogus", "idp": "up"}, "Invalid status for sdp: bogus"),
        ({"idp": "up", "zCam": "standby"}, "Invalid status for zcam: standby"),
        ({"sdp": "UP"}, "Invalid status for sdp: UP"),
        ({"sdp": "up_idle"}, "Invalid status for sdp: up_idle"),
        ({"sdp": None}, "Invalid status for sdp: null"),
        ({"sdp": True}, "Invalid status for sdp: true"),
        ({"sdp": ["up"]}, 'Invalid status for sdp: ["up"]'),
        ({"sdp": "x" * 500}, "Invalid status for sdp: " + "x" * 64 + "…"),
        ({"sdp": "bogus", "SDP": "up"}, "Invalid status for sdp: bogus"),
        ({"maintenance": "true"}, "Invalid value for maintenance"),
        ({"maintenance": 1}, "Invalid value for maintenance"),
        ({"maintenance": None, "sdp": "up"}, "Invalid value for maintenance"),
        ({"n" * (CUSTOM_NAME_MAX + 1): 1}, "Invalid custom field: " + "n" * 64 + "…"),
        ({"": 1}, "Invalid custom field: "),
        ({"note": "x" * CUSTOM_VALUE_BYTES_MAX}, "Invalid custom field: note"),
        ({"note": 10**CUSTOM_VALUE_BYTES_MAX}, "Invalid custom field: note"),
    ],
)
def test_one_bad_part_refuses_the_whole(value: dict[str, Any], text: str) -> None:
    assert read_update(value, SEED) == Malformed(text)


def test_everything_else_is_custom_up_to_its_bounds() -> None:
    custom = {
        "n" * CUSTOM_NAME_MAX: None,
        "note": "x" * (CUSTOM_VALUE_BYTES_MAX - 2),
        "deep": {"a": [1, 1.5]},
        "big": 10**30,
    }
    assert read_update({"sdp": "up", **custom}, SEED) == Update({"SDP": "up"}, custom)


def test_extended_values_are_accepted_where_they_are_switched_on() -> None:
    value = {"sdp": "up_running", "broker": "standby"}
    assert read_update(value, EXTENDED) == Update({"SDP": "up_running", "BROKER": "standby"})
    assert isinstance(read_update({"idp": "up_running"}, EXTENDED), Malformed)


@pytest.mark.parametrize(
    ("event", "data", "message"),
    [
        ("service_status", {"sdp": "up"}, Update({"SDP": "up"})),
        ("serviceStatus", {"sdp": "up", "zCam": "down", "timestamp": 5}, Update({"SDP": "up", "ZCam": "down"})),
        ("tableStatus", {"tableId": "ARO-001", "sdp": "up"}, Update({"SDP": "up"})),
        ("tableStatus", {"tableId": "ARO-002", "sdp": "up"}, Malformed("Invalid tableId: ARO-002")),
        ("tableStatus", {"tableId": 5}, Malformed("Invalid tableId: 5")),
        ("service_status", {"sdp": "bogus"}, Malformed("Invalid status for sdp: bogus")),
        ("service_status", [1], Malformed("Message must be a JSON object")),
        ("service_status", None, Malformed("Message must be a JSON object")),
        ("status", {"status": "up"}, Liveness(True)),
        ("status", {"status": "down", "x": 1}, Liveness(False)),
        ("status", "up", Liveness(True)),
        ("status", {"status": "standby"}, Malformed("Invalid status for device: standby")),
        ("status", {}, Malformed("Invalid status for device: null")),
        ("status", {"status": ["up"]}, Malformed('Invalid status for device: ["up"]')),
        ("ping", None, Ping()),
        ("bogus", {}, Malformed("Unknown event: bogus")),
        ("exception", "SENSOR STUCK", SignalReport("SENSOR STUCK", "SENSOR STUCK")),
        ("exception", "", Malformed("Invalid signal")),
        ("exception", 5, Malformed("Invalid signal")),
        ("exception", {}, Malformed("Invalid signal")),
        ("exception", {"signal": []}, Malformed("Invalid signal")),
        ("exception", {"signal": {"msgId": ""}}, Malformed("Invalid signal")),
        ("exception", {"signal": {"msgId": "x" * (MSG_ID_MAX + 1)}}, Malformed("Invalid signal")),
        ("exception", {"signal": {"msgId": "X", "metadata": []}}, Malformed("Invalid signal")),
        ("exception", {"signal": {"msgId": "X", "metadata": {"a": "x" * 5000}}}, Malformed("Invalid signal")),
        ("serviceSignal", {"msgId": "NO_START", "content": 7}, SignalReport("NO_START", "7")),
        ("exception", {"signal": {"msgId": "ROUELTTE_WRONG_BALL_DIR"}}, SignalReport("ROULETTE_WRONG_BALL_DIR")),
    ],
)
def test_envelope_is_read(event: str, data: Any, message: Heard) -> None:
    assert read_envelope({"event": event, "data": data}, SEED, "ARO-001") == message


def test_signal_keeps_its_metadata() -> None:
    metadata = {"title": "No ball", "code": "ARE.3", "signalType": "warn", "more": [1]}
    data = {"signal": {"msgId": "ROULETTE_NO_BALL_DETECT", "content": "c" * 2000, "metadata": metadata}, "cmd": {}}
    wanted = SignalReport("ROULETTE_NO_BALL_DETECT", "c" * CONTENT_MAX, metadata)
    assert read_envelope({"event": "exception", "data": data}, SEED, "T") == wanted


def test_refused_update_of_another_table_is_refused_for_its_values() -> None:
    envelope = {"event": "tableStatus", "data": {"tableId": "T2", "sdp": "bogus"}}
    assert read_envelope(envelope, SEED, "T", lambda table: True) == Malformed("Invalid status for sdp: bogus")


def test_object_is_an_envelope_by_its_event() -> None:
    assert is_envelope({"event": "ping"}, any_event=False)
    assert is_envelope({"event": "hello"}, any_event=True)
    assert not is_envelope({"event": "hello"}, any_event=False)
    assert not is_envelope({"event": ["ping"]}, any_event=True)
    assert not is_envelope({}, any_event=True)
