"""A hall of locker boards for the played server: boards in any state that a test wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.played_server import GATEWAY, SINCE, PlayedServer

COMMANDS = ["set_code", "revoke_code", "block", "unblock", "reboot", "approve"]
ADDRESS = "10.8.0.1:5000"

HALL = "#/gateway/hall"
PAGE = "#/unit/hall/1953"
HOSTILE = "<img src=x onerror=\"document.title='broken in'\">"


def ago(seconds: float) -> str:
    """A moment of the past; a negative number gives one to come."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def cell(number: int, columns: int, **changes: Any) -> dict[str, Any]:
    """One cell of the topic ``hall/…/board``: free, with a lock."""
    place = {"cell": number, "row": (number - 1) // columns, "column": (number - 1) % columns, "lock": True}
    code = {"phase": "free", "engaged": False, "label": "", "set_by": "", "set_at": None, "expires_at": None}
    return {**place, **code, "minutes": 0, "once": False, "opened_at": None, "last_event": None, **changes}


def held(**changes: Any) -> dict[str, Any]:
    """What makes a cell one with a code that its board has confirmed."""
    code = {"phase": "confirmed", "engaged": True, "set_by": "anna", "set_at": ago(600), "minutes": 480}
    return {**code, "expires_at": ago(-7200), **changes}


def board_states(board: str, **told: Any) -> dict[str, Any]:
    """The state topics of one board, well and reporting.

    Args:
        board: its ID.
        told: ``columns`` and ``rows``; ``cells``: number → what differs, see `cell`; ``status``, ``state`` and
            ``heard``: what differs in these topics.
    """
    columns, rows = told.get("columns", 8), told.get("rows", 8)
    changes: dict[int, dict[str, Any]] = told.get("cells", {})
    cells = [cell(number, columns, **changes.get(number, {})) for number in range(1, columns * rows + 1)]
    codes = sum(one["phase"] in ("pending", "sent", "confirmed") for one in cells)
    status = {"state": "live", "reason": "it reports", "connected": True, "since": SINCE, "pending": False}
    own = {"blocked": False, "columns": columns, "rows": rows, "cells_with_code": codes, "alarms": [], "label": ""}
    state = {"columns": columns, "rows": rows, "numbering": "matrix", "cells": cells, "reboot": None, "states": [0]}
    block = {"block": {"wanted": False, "confirmed": True}, "pending": {"is": False, "reason": ""}, "flags": []}
    heard = {"at": ago(3), "send": "141349", "epoch": 3, "channel": 1, "channels": {"1": ago(3)}, "wifi": 0, "gsm": 0}
    counters = {"messages": 9, "late": 0, "duplicates": 0, "errors": 0, "replies": 9}
    return {
        f"hall/{board}/status": {**status, **own, **told.get("status", {})},
        f"hall/{board}/board": {**state, **block, **told.get("state", {})},
        f"hall/{board}/heard": {**heard, "counters": counters, **told.get("heard", {})},
    }


def put_hall(server: PlayedServer, boards: dict[str, dict[str, Any]], reason: str = f"listens on {ADDRESS}") -> None:
    """Let the server have one gateway, a hall with these boards: ID → what differs, see `board_states`."""
    for topic in [one for one in server.states if one.startswith(("ward/", "hall/"))]:
        del server.states[topic]
    gateway = {**GATEWAY, "name": "hall", "kind": "lockers", "units": len(boards), "reason": reason}
    server.states["lineside/gateways"] = {"gateways": [gateway]}
    units = []
    for board, told in boards.items():
        server.states |= board_states(board, **told)
        unit = {"unit": f"hall/{board}", "gateway": "hall", "kind": "lockers", "state": "live", "reason": ""}
        units.append({**unit, "connected": True, "commands": COMMANDS})
        server.answers[f"/api/lockers/hall/{board}/history"] = (200, {"events": [], "next": None})
    server.answers["/api/units"] = (200, {"units": units})


def told(seq: int, kind: str, **data: Any) -> dict[str, Any]:
    """One event of a history."""
    return {"seq": seq, "at": ago(1000 - seq), "kind": kind, "data": data}


FOREIGN = {number: {"phase": "foreign", "engaged": True} for number in (2, 5)}
PENDING = {
    "cells": FOREIGN,
    "status": {"pending": True, "connected": False},
    "state": {"pending": {"is": True, "reason": "it reports 2 codes that were not set here"}},
}


# Made when they are asked for: "just now" is measured from the test, not from the start of the run.
def silent() -> dict[str, Any]:
    """A board that was last heard a quarter of an hour ago."""
    return {
        "status": {"state": "away", "reason": "no message for 180 s", "connected": False},
        "heard": {"at": ago(900), "channels": {"1": ago(900)}},
        "cells": {3: held(), 4: {"opened_at": ago(5)}},
    }


def mixed() -> dict[int, dict[str, Any]]:
    """One cell in each state."""
    return {
        1: held(label="Tools"),
        2: {"phase": "pending", "minutes": 60, "expires_at": ago(-3600)},
        3: {"phase": "sent", "minutes": 60, "expires_at": ago(-3600)},
        4: {"phase": "revoking", "engaged": True},
        5: {"phase": "timed_out"},
        6: {"phase": "foreign", "engaged": True},
        7: {"lock": False},
        8: {"opened_at": ago(2)},
        9: held(lock=False),
    }


def put_conditions(server: PlayedServer) -> None:
    """A hall with one board in each condition; 1953 has a cell in each state."""
    alarms = {"status": {"alarms": ["short_circuit"], "label": "Entrance"}}
    put_hall(server, {"1953": {"cells": mixed()}, "1954": alarms, "old-4": PENDING, "30": {**silent(), "columns": 5}})


def choose(page: Page, cell: int) -> None:
    """Open the panel of a cell."""
    page.get_by_test_id(f"cell-{cell}").click()
    expect(page.locator("#cell-title")).to_have_text(f"Cell {cell}")


def command_asked(server: PlayedServer) -> dict[str, Any]:
    """The last command that the page asked for."""
    asked = [body for method, path, _, body in server.asked if (method, path) == ("POST", "/api/commands")]
    assert asked, "no command was asked for"
    body: dict[str, Any] = asked[-1]
    return body
