"""Messages of the server, byte for byte; the exchanges of the sheet are in test_table_wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lineside.errors import WireError
from lineside.studio.wire.encode import text_of
from lineside.studio.wire.message import (
    Ack,
    ActivateBackup,
    Confirmed,
    DeviceOrder,
    ErrorReply,
    Greeting,
    Kick,
    SignalAnswer,
    SignalOrder,
    Snapshot,
)
from lineside.studio.wire.vocabulary import FIELDS, Dialect

AT = datetime(2025, 11, 19, 3, 9, 3, 438000, tzinfo=UTC)
A, B, C, D = Dialect
VALUES = tuple(field.start for field in FIELDS.values())
TWELVE = (
    '{"TABLE_ID": "T", "UPTIME": 3, "TIMESTAMP": "2024-01-01T12:00:00", "MAINTENANCE": true, "SDP": "standby", '
    '"IDP": "standby", "BROKER": "down", "ZCam": "down", "ROULETTE": "down", "SHAKER": "down", '
    '"BARCODE_SCANNER": "down", "NFC_SCANNER": "down"'
)
ANSWER = SignalAnswer("T-1", "T", AT, {"title": "No ball", "code": "ARE.3", "signalType": "warn"})


@pytest.mark.parametrize(
    ("message", "dialect", "text"),
    [
        (Greeting(), B, '{"message": "Connected to Studio WebSocket Server", "status": "ready"}'),
        (Snapshot("T", 3, "2024-01-01T12:00:00", True, VALUES), A, TWELVE + "}"),
        (Snapshot("T", 3, "2024-01-01T12:00:00", True, VALUES, {}), C, TWELVE + ', "CUSTOM": {}}'),
        (
            Snapshot("T", 3, "2024-01-01T12:00:00", True, VALUES, {"é": [1]}),
            D,
            TWELVE + ', "CUSTOM": {"\\u00e9": [1]}}',
        ),
        (Confirmed("T"), A, '{"status": "updated", "table_id": "T"}'),
        (Confirmed("T"), B, '{"status": "updated", "table_id": "T"}'),
        (Confirmed("T"), C, '{"status": "updated", "table_id": "T", "tableId": "T"}'),
        (Confirmed("T"), D, '{"type":"updated","data":{"tableId":"T"}}'),
        (ErrorReply("Invalid JSON format"), A, '{"error": "Invalid JSON format"}'),
        (ErrorReply('say "é"'), C, '{"error": "say \\"\\u00e9\\""}'),
        (ErrorReply("no"), D, '{"type":"error","error":{"code":22001,"message":"no"}}'),
        (Ack(AT), D, '{"type":"ack","data":{"timestamp":"2025-11-19T03:09:03.438Z"}}'),
        (Kick(22005, "duplicate login"), D, '{"type":"kick","error":{"code":22005,"message":"duplicate login"}}'),
        (ActivateBackup(), D, '{"type":"activateBackup","data":{}}'),
        (DeviceOrder("sdp", "down"), D, '{"sdp": "down"}'),
        (SignalOrder("SDP_DOWN", "DOWN"), D, '{"signal": {"msgId": "SDP_DOWN", "content": "DOWN", "metadata": {}}}'),
        (
            ANSWER,
            D,
            '{"type":"errorSignal","data":{"title":"No ball","code":"ARE.3","signalType":"warn","signalId":"T-1",'
            '"timestamp":"2025-11-19T03:09:03.438Z","gameCode":"T","tableName":"T","tableCode":"T"}}',
        ),
    ],
)
def test_message_is_written_byte_for_byte(message: Any, dialect: Dialect, text: str) -> None:
    assert text_of(message, dialect) == text


@pytest.mark.parametrize("dialect", [A, B, C])
@pytest.mark.parametrize(
    "message", [Ack(AT), Kick(1, ""), ANSWER, ActivateBackup(), DeviceOrder("sdp", "down"), SignalOrder("X", "")]
)
def test_nothing_of_d_is_ever_said_to_others(message: Any, dialect: Dialect) -> None:
    with pytest.raises(WireError):
        text_of(message, dialect)
