"""The operator's tools over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from lineside.console.admin_api import Reloaded, SinkInfo, Tools
from lineside.errors import SinkError
from tests.support.console import Rig, console


class Bench:
    """Tools that remember what they were asked."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    async def verify(self) -> Any:
        return {"events": 12, "faults": []}

    async def backup(self, path: Path) -> None:
        self.done.append(path)

    async def checkpoint(self) -> None:
        self.done.append("checkpoint")

    async def prune(self) -> Any:
        return {"pruned": 3}

    async def reload(self) -> Reloaded:
        return Reloaded(["gateways.ward.period_s: 0.2 → 0.5"])

    def sinks(self) -> list[SinkInfo]:
        return [SinkInfo("rows", "orphaned", "gone from the settings", 4)]

    async def forget_sink(self, name: str, by: str) -> None:
        if name == "busy":
            raise SinkError("sink busy is in the settings")
        if name != "rows":
            raise KeyError(name)
        self.done.append(name)

    async def retry_parked(self, name: str, seq: int, by: str) -> None:
        self._act("retry", name, seq)

    async def skip_parked(self, name: str, seq: int, by: str, reason: str) -> None:
        self._act("skip", name, seq, reason)

    def _act(self, what: str, name: str, seq: int, *more: str) -> None:
        if (name, seq) != ("rows", 7):
            raise KeyError(seq)
        self.done.append((what, seq, *more))

    def tools(self) -> Tools:
        return Tools(
            self.verify,
            self.backup,
            self.checkpoint,
            self.prune,
            self.reload,
            self.sinks,
            self.forget_sink,
            self.retry_parked,
            self.skip_parked,
        )


CALLS = [
    ("POST", "/api/journal/verify"),
    ("POST", "/api/journal/checkpoint"),
    ("POST", "/api/journal/prune"),
    ("POST", "/api/reload"),
    ("GET", "/api/sinks"),
    ("DELETE", "/api/sinks/rows"),
]


async def test_tools_work_for_an_admin(tmp_path: Path) -> None:
    bench = Bench()
    async with console(tmp_path, tools=bench.tools()) as rig:
        admin = await rig.token("admin")
        told = [await (await rig.ask.request(*call, headers=admin)).json() for call in CALLS]
        assert told == [
            {"events": 12, "faults": []},
            {"done": True},
            {"pruned": 3},
            {"changes": ["gateways.ward.period_s: 0.2 → 0.5"], "refused": ""},
            {"sinks": [bench_sink()]},
            {"done": True},
        ]
        assert bench.done == ["checkpoint", "rows"]
        assert await rig.error("DELETE", "/api/sinks/none", headers=admin) == (404, "not_found")
        assert await rig.error("DELETE", "/api/sinks/busy", headers=admin) == (503, "sink_error")


async def test_parked_event_is_tried_again_or_given_up(tmp_path: Path) -> None:
    bench = Bench()
    async with console(tmp_path, tools=bench.tools()) as rig:
        admin = await rig.token("admin")
        for path, body in (("retry", {"seq": 7}), ("skip", {"seq": 7, "reason": "no such meter"})):
            answer = await rig.ask.post(f"/api/sinks/rows/{path}", json=body, headers=admin)
            assert await answer.json() == {"done": True}
            error = await rig.error("POST", f"/api/sinks/rows/{path}", json={"seq": 8}, headers=admin)
            assert error == (404, "not_found")
        assert bench.done == [("retry", 7), ("skip", 7, "no such meter")]
        operator = await rig.token("operator")
        assert await rig.error("POST", "/api/sinks/rows/skip", json={"seq": 7}, headers=operator) == (
            403,
            "not_allowed",
        )


def bench_sink() -> dict[str, Any]:
    return {
        "name": "rows",
        "state": "orphaned",
        "reason": "gone from the settings",
        "behind_events": 4,
        "behind_bytes": None,
        "behind_hours": None,
        "parked": 0,
        "rows": "",
        "delivered": 0,
        "oldest_at": None,
        "next_attempt": None,
        "parked_events": [],
    }


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_tools_are_for_admins_of_everything(tmp_path: Path, method: str, path: str) -> None:
    async with console(tmp_path, tools=Bench().tools()) as rig:
        assert await rig.error(method, path) == (401, "not_signed_in")
        for headers in (await rig.token("operator"), await rig.token("admin", "ward")):
            assert await rig.error(method, path, headers=headers) == (403, "not_allowed")


@pytest.mark.parametrize(("method", "path"), [*CALLS, ("POST", "/api/journal/backup")])
async def test_tool_that_is_not_there_has_no_route(tmp_path: Path, method: str, path: str) -> None:
    async with console(tmp_path) as rig:
        assert await rig.error(method, path, headers=await rig.token("admin")) == (404, "not_found")


async def locally(rig: Rig, path: str, body: Any) -> tuple[int, Any]:
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(rig.control))) as ask:
        answer = await ask.post(f"http://lineside{path}", json=body)
        return answer.status, await answer.json()


async def test_backup_to_a_path_is_for_who_is_on_the_machine(tmp_path: Path) -> None:
    bench = Bench()
    async with console(tmp_path, tools=bench.tools()) as rig:
        body = {"path": "/var/backups/journal.db"}
        admin = await rig.token("admin")
        assert await rig.error("POST", "/api/journal/backup", json=body, headers=admin) == (403, "not_allowed")
        assert bench.done == []
        assert await locally(rig, "/api/journal/backup", body) == (200, {"done": True})
        assert bench.done == [Path("/var/backups/journal.db")]
        assert (await locally(rig, "/api/journal/backup", {"path": "relative"}))[0] == 400


async def test_journal_is_shown_to_viewers(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        told = await rig.get("/api/journal", headers=await rig.token("viewer"))
        assert set(told) == {"state", "reason", "since", "seq", "era", "at"}
        assert (told["state"], told["seq"], told["era"]) == ("ok", rig.journal.health.recorded_seq, 1)
