"""Messages of the server as text, byte for byte as §3, §4 and §11 have them."""

from __future__ import annotations

from typing import Any

from lineside.errors import Malformed as CannotSay
from lineside.studio.wire.closing import KickCode, kick_text
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
from lineside.studio.wire.text import compact, spaced
from lineside.studio.wire.timestamp import milliseconds_text
from lineside.studio.wire.vocabulary import FIELDS, Dialect

GREETING = '{"message": "Connected to Studio WebSocket Server", "status": "ready"}'


def snapshot_text(snapshot: Snapshot) -> str:
    """The twelve keys in their order, and ``CUSTOM`` behind them when it is shown."""
    status: dict[str, Any] = {
        "TABLE_ID": snapshot.table,
        "UPTIME": snapshot.uptime,
        "TIMESTAMP": snapshot.timestamp,
        "MAINTENANCE": snapshot.maintenance,
        **dict(zip(FIELDS, snapshot.values, strict=True)),
    }
    if snapshot.custom is not None:
        status["CUSTOM"] = snapshot.custom
    return spaced(status)


def confirmed_text(table: str, dialect: Dialect) -> str:
    """The confirmation; the envelope of dialect D is decided here, its clients look at ``type`` alone."""
    match dialect:
        case Dialect.C:
            return spaced({"status": "updated", "table_id": table, "tableId": table})
        case Dialect.D:
            return compact({"type": "updated", "data": {"tableId": table}})
    return spaced({"status": "updated", "table_id": table})


def error_text(text: str, dialect: Dialect) -> str:
    """Why a message was refused."""
    if dialect is Dialect.D:
        return compact({"type": "error", "error": {"code": int(KickCode.BAD_MESSAGE), "message": text}})
    return spaced({"error": text})


def signal_answer_text(answer: SignalAnswer) -> str:
    """The metadata of a signal enriched by what we know of it (§8)."""
    data = {
        **answer.metadata,
        "signalId": answer.signal_id,
        "timestamp": milliseconds_text(answer.at),
        "gameCode": answer.table,
        "tableName": answer.table,
        "tableCode": answer.table,
    }
    return compact({"type": "errorSignal", "data": data})


def text_of(message: Any, dialect: Dialect) -> str:
    """Any message of a server as text.

    Raises:
        Malformed: it is none, or the dialect has no word for it.
    """
    match message:
        case Confirmed(table=table):
            return confirmed_text(table, dialect)
        case ErrorReply(text=text):
            return error_text(text, dialect)
        case Snapshot():
            return snapshot_text(message)
        case Greeting():
            return GREETING
    if dialect is not Dialect.D:
        raise CannotSay(f"dialect {dialect} has no {type(message).__name__}")
    return _text_of_d(message)


def _text_of_d(message: Any) -> str:
    match message:
        case Ack(at=at):
            return compact({"type": "ack", "data": {"timestamp": milliseconds_text(at)}})
        case Kick(code=code, text=text):
            return kick_text(code, text)
        case SignalAnswer():
            return signal_answer_text(message)
        case ActivateBackup():
            return compact({"type": "activateBackup", "data": {}})
        case DeviceOrder(field=field, value=value):
            return spaced({field: value})
        case SignalOrder(msg_id=msg_id, content=content, metadata=metadata):
            return spaced({"signal": {"msgId": msg_id, "content": content, "metadata": metadata}})
    raise CannotSay(f"no message of this protocol: {type(message).__name__}")
