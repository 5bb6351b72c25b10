"""The vendor's HTTP calls on the studio's port."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lineside.errors import JournalFull
from lineside.runtime.step import Secret
from lineside.studio.gateway import ReporterToken, WatchToken
from tests.support.studio import studio

STATUS = "/v1/service/status"
SIGNED = {"x-signature": "T"}
KEYS = [
    "tableId", "uptime", "timestamp", "maintenance", "sdp", "idp", "broker", "zCam", "roulette", "shaker",
    "barcodeScanner", "nfcScanner",
]  # fmt: skip
TOKENS: dict[str, Any] = {
    "tokens": {"floor": ReporterToken(token=Secret("T"), tables=("ARO-*",))},
    "watch_tokens": {"page": WatchToken(token=Secret("SEE"))},
}


async def test_status_of_one_table_and_of_all_in_the_vendors_words(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as reporter, server.reporter("SBO-001"):
        await reporter.ask({"zcam": "up"})
        status, answer = await server.call("GET", f"{STATUS}?tableId=ARO-001")
        assert (status, answer["error"], list(answer["data"])) == (200, None, KEYS)
        assert answer["data"]["zCam"] == "up"
        assert answer["data"]["timestamp"] > 1_600_000_000_000
        _, answer = await server.call("GET", STATUS)
        assert [one["tableId"] for one in answer["data"]] == ["ARO-001", "SBO-001"]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_update_is_recorded_before_it_is_answered_and_counts_also_when_nothing_changes(
    method: str, tmp_path: Path
) -> None:
    async with studio(tmp_path) as server:
        body = {"tableId": "ARO-001", "zCam": "up", "barcodeScanner": "down", "maintenance": True, "uptime": 5}
        for _ in range(2):
            status, answer = await server.call(method, STATUS, body, SIGNED)
            assert (status, answer["error"]) == (200, None)
            assert (answer["data"]["zCam"], answer["data"]["maintenance"]) == ("up", True)
        assert "StatusUpdated" in await server.kinds()
        assert "MaintenanceStarted" in await server.kinds()
        async with server.connect("/?id=ARO-001_x&token=T") as reporter:
            snapshot = await reporter.json()
            assert (snapshot["ZCam"], snapshot["MAINTENANCE"]) == ("up", True)


@pytest.mark.parametrize(
    ("query", "body", "words"),
    [
        ("", {"sdp": "up"}, "tableId is missing"),
        ("?tableId=ARO-001", {"sdp": "bogus"}, "Invalid status for sdp: bogus"),
        ("?tableId=ARO-001", {"maintenance": 1}, "Invalid value for maintenance"),
        ("?tableId=ARO-001", {"firmware": "7"}, "unknown field firmware"),
        ("?tableId=ARO-001", [1], "Message must be a JSON object"),
    ],
)
async def test_update_that_is_not_accepted_changes_nothing(query: str, body: Any, words: str, tmp_path: Path) -> None:
    async with studio(tmp_path) as server:
        status, answer = await server.call("POST", STATUS + query, body, SIGNED)
        assert (status, answer["data"], answer["error"]["code"]) == (400, None, 22001)
        assert words in answer["error"]["message"]
        assert await server.kinds() == []


async def test_table_that_nobody_knows_is_22002(tmp_path: Path) -> None:
    async with studio(tmp_path, unknown_tables="reject") as server:
        status, answer = await server.call("GET", f"{STATUS}?tableId=ARO-009")
        assert (status, answer["error"]["code"]) == (400, 22002)
        assert "not found" in answer["error"]["message"]
        status, answer = await server.call("POST", f"{STATUS}?tableId=ARO-009", {"sdp": "up"}, SIGNED)
        assert (status, answer["error"]["code"]) == (400, 22002)


@pytest.mark.parametrize(
    ("method", "table", "headers", "status"),
    [
        ("GET", "ARO-001", {}, 401),
        ("GET", "ARO-001", {"x-signature": "SEE"}, 200),
        ("GET", "ARO-001", {"Authorization": "Bearer T"}, 200),
        ("GET", "SBO-001", {"x-signature": "T"}, 400),
        ("POST", "ARO-001", {"x-signature": "SEE"}, 401),
        ("POST", "ARO-001", {"x-signature": "T"}, 200),
        ("POST", "SBO-001", {"x-signature": "T"}, 401),
        ("POST", "ARO-001", {"x-signature": "T", "Origin": "http://evil.example"}, 403),
    ],
)
async def test_tokens_cover_their_tables_here_too(
    method: str, table: str, headers: dict[str, str], status: int, tmp_path: Path
) -> None:
    async with studio(tmp_path, tables=("ARO-001", "SBO-001"), **TOKENS) as server:
        await server.runtime.journal.streams("studio/")
        body = {"sdp": "up"} if method == "POST" else None
        for name in ("ARO-001", "SBO-001"):
            async with server.connect(f"/?id={name}_x&token=T") as reporter:
                await reporter.line.receive()
        got, answer = await server.call(method, f"{STATUS}?tableId={table}", body, headers)
        assert got == status, answer


async def test_open_studio_still_wants_the_header_that_no_foreign_page_can_add(tmp_path: Path) -> None:
    async with studio(tmp_path) as server:
        status, answer = await server.call("POST", f"{STATUS}?tableId=ARO-001", {"sdp": "up"})
        assert (status, answer["error"]["code"]) == (401, 22003)


async def test_tables_devices_and_health(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"devices": {"cam-7": "SBO-001"}}
    async with studio(tmp_path, **keys) as server, server.reporter() as reporter:
        await reporter.ask({})
        async with server.connect("/?id=BAC-001_y&token=T") as other:
            await other.text()
        _, answer = await server.call("GET", "/v1/service/table?tableId=ARO-001&tableId=NONE")
        assert answer["data"] == [{"tableId": "ARO-001", "tableStatus": "active"}]
        _, answer = await server.call("GET", "/v1/service/table")
        assert {one["tableId"] for one in answer["data"]} == {"ARO-001", "BAC-001"}
        _, answer = await server.call("GET", "/v1/service/device")
        assert {"deviceId": "cam-7", "tableId": "SBO-001"} in answer["data"]
        assert {"deviceId": "dealerPC", "tableId": "ARO-001"} in answer["data"]
        assert await server.call("GET", "/v1/service/healthcheck") == (200, {"error": None, "data": {"status": "ok"}})


async def test_what_cannot_be_recorded_is_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with studio(tmp_path) as server, server.reporter():

        async def full(*args: Any, **more: Any) -> Any:
            raise JournalFull("no room")

        monkeypatch.setattr(server.desk, "request", full)
        status, answer = await server.call("POST", f"{STATUS}?tableId=ARO-001", {"sdp": "up"}, SIGNED)
        assert (status, answer["error"]["code"]) == (503, 22006)
