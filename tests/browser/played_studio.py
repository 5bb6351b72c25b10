"""A studio for the played server: tables in any state that a test wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.browser.played_server import GATEWAY, PlayedServer

KEYS = ("SDP", "IDP", "BROKER", "ZCam", "ROULETTE", "SHAKER", "BARCODE_SCANNER", "NFC_SCANNER")
COMMANDS = ["set_maintenance", "set_status", "acknowledge_alarm", "clear_custom"]


def ago(seconds: float) -> str:
    """A moment of the past."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def field(key: str, value: str = "up", **changes: Any) -> dict[str, Any]:
    """One field of the topic ``studio/…/table``."""
    kind = "service" if key in ("SDP", "IDP") else "device"
    plain = {"key": key, "name": key.lower(), "kind": kind, "value": value, "base": value.split("_")[0]}
    marks = {"changed_at": ago(300), "by": "dealerPC", "stale": False, "ignored": False, "bad": value == "down"}
    return {**plain, **marks, **changes}


def alarm(key: str, **changes: Any) -> dict[str, Any]:
    """One alarm of the topic ``studio/…/alarms``."""
    plain = {"id": key, "field": key, "text": f"{key} is down", "since": ago(120), "count": 1, "acknowledged_by": ""}
    return {**plain, "muted": False, "state": "open", "repeats_at": None, **changes}


def reporter(device: str, **changes: Any) -> dict[str, Any]:
    """One reporter of the topic ``studio/…/presence``."""
    plain = {"device": device, "dialect": "a", "address": "10.0.0.7:4711", "since": ago(900), "last": ago(2)}
    return {**plain, "rtt_ms": 4.2, "link": device, **changes}


def row(seq: int, seconds_ago: float, key: str, old: Any, new: Any, **changes: Any) -> dict[str, Any]:
    """One row of the history."""
    plain = {"seq": seq, "at": ago(seconds_ago), "field": key, "old": old, "new": new}
    return {**plain, "by": "dealerPC", "address": "10.0.0.7:4711", "reason": "", **changes}


def table_states(name: str, **told: Any) -> dict[str, Any]:
    """The state topics of one table, well and reported for; ``status``, ``state``, … change single values."""
    status = {"state": "live", "reason": "1 reporter", "connected": True, "since": ago(900), "maintenance": False}
    own = {"color": "green", "alarms_open": 0, "alarms_muted": False, "reporters": 1}
    state = {"table": name, "uptime_updates": 8, "uptime_seconds": 900, "timestamp": ago(3), "made_at": ago(90_000)}
    maintenance = {"on": False, "since": None, "until": None, "by": ""}
    fields = [field(key) for key in KEYS]
    whole = {**state, "maintenance": maintenance, "fields": fields, "custom": {}, **told.get("state", {})}
    return {
        f"studio/{name}/status": {**status, **own, **told.get("status", {})},
        f"studio/{name}/table": whole,
        f"studio/{name}/presence": {"reporters": [reporter("dealerPC")], "gone": [], **told.get("presence", {})},
        f"studio/{name}/alarms": {"alarms": [], "signals": [], **told.get("alarms", {})},
    }


def put_studio(server: PlayedServer, tables: dict[str, dict[str, Any]]) -> None:
    """Let the server have one gateway, a studio with these tables: name → what differs, see `table_states`."""
    for topic in [one for one in server.states if one.startswith(("ward/", "studio/"))]:
        del server.states[topic]
    gateway = {**GATEWAY, "name": "studio", "kind": "studio", "units": len(tables)}
    server.states["lineside/gateways"] = {"gateways": [gateway]}
    units = []
    for name, told in tables.items():
        server.states |= table_states(name, **told)
        unit = {"unit": f"studio/{name}", "gateway": "studio", "kind": "studio", "state": "live", "reason": ""}
        units.append({**unit, "connected": True, "commands": COMMANDS})
        path = f"/api/tables/{name}"
        server.answers[f"{path}/history"] = (200, {"table": name, "rows": [], "next": None})
        server.answers[f"{path}/availability"] = (200, {"table": name, "days": []})
    server.answers["/api/units"] = (200, {"units": units})
    listens = {"gateway": "studio", "address": "0.0.0.0:8123", "auth": "open"}
    server.answers["/api/tables"] = (200, {"gateways": [listens], "tables": []})
