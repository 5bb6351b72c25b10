"""A server played inside the browser: the built page, its API and its live connection, in any state a test wants.

The states that a page must survive are rare in life: a full disk, a gap, a viewer, hostile text. Here they are said.
"""

from __future__ import annotations

import json
import mimetypes
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route, WebSocketRoute

from lineside.adapters.web_server.files import CONTENT_SECURITY
from lineside.ventilator.wire.tables import SENSORS_A0

BASE = "http://lineside.test/"
FIELDS = [{"name": "version", "unit": ""}, *({"name": name, "unit": unit} for name, unit in SENSORS_A0)]
NOW = datetime.now(UTC)
SINCE = NOW.isoformat()

UNIT = {
    "unit": "ward/1",
    "gateway": "ward",
    "kind": "ventilator",
    "state": "live",
    "reason": "samples arrive",
    "connected": True,
    "commands": ["START", "STOP", "ACK_ALARM"],
}
STATUS = {
    "state": "live",
    "reason": "samples arrive",
    "connected": True,
    "since": SINCE,
    "fsm_state": 5,
    "fsm_name": "INHALE",
    "breathing": True,
    "counters": {"samples": 3},
}
GATEWAY = {
    "name": "ward",
    "kind": "ventilator",
    "state": "running",
    "reason": "",
    "since": SINCE,
    "units": 1,
    "next_attempt": None,
}


def alarm(name: str, **changes: Any) -> dict[str, Any]:
    """One line of the topic ``ward/1/alarms``."""
    plain = {"name": name, "code": 1, "priority": "high", "source": "controller", "text": "", "since": SINCE}
    return {**plain, "count": 1, "last": SINCE, "recorded": True, **changes}


def event(seq: int, kind: str = "LineOpened", **data: Any) -> dict[str, Any]:
    """One recorded event."""
    return {"seq": seq, "stream": "ward/1", "version": seq, "at": SINCE, "kind": kind, "schema": 1, "data": data}


def states() -> dict[str, Any]:
    """The state topics of a ward in good health."""
    values = dict.fromkeys((field["name"] for field in FIELDS), 7)
    return {
        "lineside/gateways": {"gateways": [GATEWAY]},
        "lineside/journal": {"state": "ok", "reason": "", "since": SINCE, "seq": 3, "era": 1},
        "ward/1/status": STATUS,
        "ward/1/profile": {"version": 160, "fields": FIELDS},
        "ward/1/sensors": {"sensors": values, "at": SINCE, "stale": False},
        "ward/1/alarms": {"alarms": []},
    }


class PlayedServer:
    """Answers one browser context.

    Attributes:
        states: state topics and their values; change them before the page opens, or through `say`.
        answers: path → (status, JSON value) of the API; None as the status: no answer at all.
        asked: API requests that came: (method, path, query, body).
        subscribed: subscribe messages that came, all connections together.
    """

    epoch = "played"

    def __init__(self, context: BrowserContext, folder: Path) -> None:
        self._folder = folder
        self.states = states()
        self.events = [event(seq) for seq in (1, 2, 3)]
        self.answers: dict[str, tuple[int | None, Any]] = {
            "/api/me": (200, {"name": "anna", "role": "operator", "gateways": None}),
            "/api/units": (200, {"units": [UNIT]}),
        }
        self.asked: list[tuple[str, str, str, Any]] = []
        self.subscribed: list[dict[str, Any]] = []
        self.socket: WebSocketRoute | None = None
        self.offsets: dict[str, int] = {}
        context.route("**/*", self._answer)
        context.route_web_socket("**/api/live", self._attach)

    # ------------------------------------------------------------------ live

    def say(self, topic: str, value: Any, **more: Any) -> None:
        """Put a value on a topic and tell the page; ``gap=3`` says that values are missing before it."""
        assert self.socket is not None
        self.offsets[topic] = offset = self.offsets.get(topic, 0) + 1 + int(more.get("gap", 0))
        is_feed = topic.endswith(("/samples", "/events", "/commands"))
        if not is_feed:
            self.states[topic] = value
        item = {"t": topic, "o": offset, "k": "feed" if is_feed else "state", "v": value, **more}
        self.socket.send(json.dumps({"op": "pulse", "items": [item]}))

    def sample(self, at_ms: float, **values: float) -> None:
        """Put one sample of `FIELDS` on ``ward/1/samples``."""
        self.say("ward/1/samples", [at_ms, *(values.get(str(field["name"]), 0) for field in FIELDS)])

    def _attach(self, socket: WebSocketRoute) -> None:
        self.socket = socket
        socket.on_message(lambda text: self._hear(socket, json.loads(text)))
        socket.send(json.dumps({"op": "hello", "epoch": self.epoch, "server": "played", "role": "operator"}))

    def _hear(self, socket: WebSocketRoute, message: dict[str, Any]) -> None:
        if message["op"] == "ping":
            socket.send(json.dumps({"op": "pong", "id": message["id"]}))
        if message["op"] != "subscribe":
            return
        self.subscribed.append(message)
        patterns = message["topics"]
        topics = [
            {"topic": name, "kind": "state", "offset": 1, "recovered": False, "value": value}
            for name, value in self.states.items()
            if _is_wanted(name, patterns)
        ]
        topics += [
            {"topic": name, "kind": "feed", "offset": offset, "recovered": name in message["resume"]}
            for name, offset in self.offsets.items()
            if _is_wanted(name, patterns) and name not in self.states
        ]
        socket.send(json.dumps({"op": "subscribed", "id": message["id"], "topics": topics}))

    # ------------------------------------------------------------------ HTTP

    def _answer(self, route: Route) -> None:
        url = route.request.url.removeprefix(BASE.rstrip("/"))
        path, _, query = url.partition("?")
        if path.startswith("/api/"):
            self._answer_api(route, path, query)
            return
        file = self._folder / (path.lstrip("/") or "index.html")
        if not file.is_file():
            route.fulfill(status=404)
            return
        content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        headers = {"Content-Type": content_type, "Content-Security-Policy": CONTENT_SECURITY}
        route.fulfill(status=200, headers=headers, body=file.read_bytes())

    def _answer_api(self, route: Route, path: str, query: str) -> None:
        request = route.request
        body = request.post_data_json if request.method == "POST" else None
        self.asked.append((request.method, path, query, body))
        status, value = self.answers.get(path, self._known(path, body))
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, content_type="application/json", body=json.dumps(value))

    def _known(self, path: str, body: Any) -> tuple[int | None, Any]:
        if path == "/api/events":
            return 200, {"events": self.events, "next": len(self.events), "recorded_seq": len(self.events)}
        if path == "/api/commands":
            plain = {"actor": "anna", "outcome": None, "note": "", "state": "accepted"}
            return 202, {key: body[key] for key in ("id", "unit", "name", "reason")} | plain
        return 404, {"error": {"code": "not_found", "message": f"nothing is at {path}", "retry": False}}


def _is_wanted(topic: str, patterns: list[str]) -> bool:
    """Whether one of the patterns covers a topic: ``*`` stands for one part."""
    parts = topic.split("/")
    return any(
        len(wanted) == len(parts) and all(one in ("*", part) for one, part in zip(wanted, parts, strict=True))
        for wanted in (pattern.split("/") for pattern in patterns)
    )


def open_played(context: BrowserContext, server: PlayedServer, place: str = "") -> Page:
    """A page of the played server."""
    page = context.new_page()
    page.goto(f"{BASE}{place}")
    return page
