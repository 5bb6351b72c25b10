"""The reporter's side of the wire, against the server's side and against the frames of the sheet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lineside.studio.wire import (
    Confirmed,
    Dialect,
    Entrance,
    ErrorReply,
    Greeting,
    Liveness,
    SignalReport,
    Snapshot,
    TableWire,
    Update,
    entrance_of_message,
    entrance_of_path,
)
from lineside.studio.wire.encode import text_of
from lineside.studio.wire.reporter import FRAME_BYTES_MAX, ReporterSide, SnapshotSeen, Stray, Told, field_name

TOKEN = "a b&c=d/é+%"


def side_of(dialect: Dialect) -> ReporterSide:
    return ReporterSide(dialect, "ARO-001", "ARO-001-1" if dialect is Dialect.D else "dealer_PC", TOKEN)


@pytest.mark.parametrize("dialect", [Dialect.A, Dialect.C, Dialect.D])
@pytest.mark.parametrize("base", ["ws://h:1", "ws://h:1/", "ws://h:1/?x=1"])
def test_server_understands_every_url(dialect: Dialect, base: str) -> None:
    side = side_of(dialect)
    url = side.url(base)
    entrance = entrance_of_path(url.removeprefix("ws://h:1"))
    assert isinstance(entrance, Entrance), url
    assert (entrance.dialect, entrance.table, entrance.device) == (dialect, "ARO-001", side.device)
    assert entrance.token.reveal() == TOKEN
    assert entrance.wants_snapshot is (dialect is Dialect.A)


def test_credentials_follow_the_greeting_in_b() -> None:
    side = side_of(Dialect.B)
    assert side.url("ws://h:1/x") == "ws://h:1/x"
    assert side.receive(text_of(Greeting(), Dialect.B)) == Greeting()
    entrance = entrance_of_message(side.credentials())
    assert isinstance(entrance, Entrance)
    assert (entrance.table, entrance.device, entrance.token.reveal()) == ("ARO-001", "dealer_PC", TOKEN)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_what_it_says_is_understood_and_the_answer_too(dialect: Dialect) -> None:
    side, wire = side_of(dialect), TableWire(dialect, "ARO-001")
    fields = {"sdp": "up", "maintenance": True, "Note": "Räder 2"}
    heard = wire.read(side.update(fields))
    assert heard == Update({"SDP": "up", "MAINTENANCE": True}, {"Note": "Räder 2"})
    assert wire.read(side.liveness("down")) == Liveness(up=False)
    signal = wire.read(side.signal("ROULETTE_STUCK_NMB", "stuck", kind="error"))
    assert isinstance(signal, SignalReport)
    assert (signal.msg_id, signal.metadata["signalType"]) == ("ROULETTE_STUCK_NMB", "error")
    assert side.receive(wire.send(Confirmed("ARO-001"))) == Confirmed("ARO-001")
    assert side.receive(wire.send(ErrorReply("Invalid status for sdp: x"))) == ErrorReply("Invalid status for sdp: x")


def test_snapshot_is_read_with_the_names_that_clients_write() -> None:
    values = ("up", "standby", "down", "up", "down", "down", "up", "down")
    text = text_of(Snapshot("ARO-001", 8, "2026-11-20T20:47:18.994853", True, values), Dialect.A)
    seen = side_of(Dialect.A).receive(text)
    assert isinstance(seen, SnapshotSeen)
    assert (seen.table, seen.uptime) == ("ARO-001", 8)
    assert seen.fields == {
        "maintenance": True,
        "sdp": "up",
        "idp": "standby",
        "broker": "down",
        "zcam": "up",
        "roulette": "down",
        "shaker": "down",
        "barcode_scanner": "up",
        "nfc_scanner": "down",
    }


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "",
        "5",
        "null",
        "[1]",
        "{}",
        '{"status": "updated"}',
        '{"status": "updated", "table_id": "SBO-002"}',
        '{"TABLE_ID": "SBO-002", "UPTIME": 1}',
        '{"status": "ready"}',
        '{"error": 5}',
        '{"tableId": "ARO-001"}',
        "[" * 5000,
        b"\xff\xfe",
        '{"a": "' + "x" * FRAME_BYTES_MAX + '"}',
    ],
    ids=lambda frame: str(frame)[:30],
)
def test_everything_else_is_a_stray(frame: str | bytes) -> None:
    assert isinstance(side_of(Dialect.A).receive(frame), Stray)


@pytest.mark.parametrize(
    ("frame", "heard"),
    [
        ('{"type":"ack","data":{"timestamp":"2025-11-19T03:09:03.438Z"}}', "ack"),
        ('{"type":"kick","error":{"code":22005,"message":"duplicate login"}}', "kick"),
        ('{"type":"activateBackup","data":{}}', "activateBackup"),
        ('{"sdp": "down"}', "down"),
        ('{"signal": {"msgId": "SDP_DOWN", "content": "DOWN"}}', "signal"),
        ('{"type":"ack","data":7}', "ack"),
    ],
)
def test_what_d_is_told_answers_nothing(frame: str, heard: str) -> None:
    told = side_of(Dialect.D).receive(frame)
    assert isinstance(told, Told)
    assert told.kind == heard


def test_answer_to_a_signal_in_d_counts_as_one() -> None:
    assert side_of(Dialect.D).receive('{"type":"errorSignal","data":{"signalId":"1"}}') == Confirmed("ARO-001")


def test_any_object_with_the_table_confirms_in_c() -> None:
    assert side_of(Dialect.C).receive('{"tableId": "ARO-001", "sdp": "up"}') == Confirmed("ARO-001")


@pytest.mark.parametrize(
    ("name", "field"),
    [("SDP", "sdp"), ("zCam", "zcam"), ("Z_CAM", "zcam"), ("barcode", "barcode_scanner"), ("nfcScanner", "nfc_scanner"),
     ("Maintenance", "maintenance"), ("toaster", None), ("TABLE_ID", None)],
)  # fmt: skip
def test_every_spelling_of_a_field_has_one_name(name: str, field: str | None) -> None:
    assert field_name(name) == field


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
def test_what_is_no_json_cannot_be_said(value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        side_of(Dialect.A).update({"custom": value})


def test_endless_value_cannot_be_said() -> None:
    endless: dict[str, Any] = {}
    endless["more"] = endless
    with pytest.raises(ValueError, match="ircular"):
        side_of(Dialect.A).update(endless)
    assert json.loads(side_of(Dialect.D).update({"sdp": "up"})) == {"event": "service_status", "data": {"sdp": "up"}}
