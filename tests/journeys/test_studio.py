"""The journey of a status: reporters, an operator at the command line, watchers and the real server, as processes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.journeys.test_ventilator import wait_for
from tests.support.studio_server import StudioServer, studio_server

DEMO_VALUES = {
    "SDP": "calibration", "IDP": "standby", "BROKER": "up", "ZCam": "up", "ROULETTE": "up", "SHAKER": "down",
    "BARCODE_SCANNER": "up", "NFC_SCANNER": "down",
}  # fmt: skip


def table(place: StudioServer, name: str = "ARO-001") -> Any:
    return place.api(f"/api/tables/{name}")


def values(place: StudioServer, name: str = "ARO-001") -> dict[str, str]:
    return {field["key"]: field["value"] for field in table(place, name)["state"]["fields"]}


def command(place: StudioServer, *arguments: str) -> list[dict[str, Any]]:
    done = place.cli("command", "studio/ARO-001", *arguments, "--wait", "--json", "-c", str(place.settings))
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def report(place: StudioServer, *arguments: str) -> str:
    done = place.cli("studio", "client", "--url", place.url, "--pause", "0", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("more", [(), ("--token-in-message",)])
def test_demo_of_the_client_is_confirmed_recorded_and_there_after_a_restart(
    more: tuple[str, ...], tmp_path: Path
) -> None:
    with studio_server(tmp_path) as place:
        server = place.run()
        report(place, *more)
        state = table(place)["state"]
        assert values(place) == DEMO_VALUES
        assert state["maintenance"]["on"] is True
        assert state["uptime_updates"] == 8
        rows = place.api("/api/tables/ARO-001/history", limit=1000)["rows"]
        assert {row["field"] for row in rows} >= {"SDP", "ZCam", "MAINTENANCE", "REPORTER"}
        server.stop()
        place.run()
        assert wait_for(lambda: place.api("/api/tables")["tables"])
        assert values(place) == DEMO_VALUES
        assert table(place)["state"]["uptime_updates"] == 8
        assert place.cli("journal", "verify", "-c", str(place.settings)).returncode == 0


def test_operator_mutes_the_alarm_of_a_table_by_maintenance_and_the_journal_tells_who(tmp_path: Path) -> None:
    with studio_server(tmp_path, "alarm_grace_s = 0.1") as place:
        place.run()
        report(place)  # ends in maintenance, with two devices down
        assert table(place)["alarms"]["alarms"] == []
        command(place, "set_maintenance", "on=false")
        wait_for(lambda: {one["id"] for one in table(place)["alarms"]["alarms"]} >= {"SHAKER", "NFC_SCANNER"})
        assert table(place)["status"]["color"] == "red"
        states = command(place, "set_maintenance", "on=true", "--reason", "new scanner")
        assert states[-1]["state"] == "done"
        after = table(place)
        assert after["status"]["alarms_muted"] is True
        assert all(one["muted"] for one in after["alarms"]["alarms"])
        told = place.cli("events", "--unit", "studio/ARO-001", "--limit", "1000", "-c", str(place.settings)).stdout
        assert "TableAlarmRaised" in told
        assert "new scanner" in told
        refused = place.cli(
            "command", "studio/ARO-001", "set_status", 'fields={"sdp": "bogus"}', "--wait", "-c", str(place.settings)
        )
        assert refused.returncode != 0
        assert values(place)["SDP"] == "calibration"


def test_many_simulated_tables_of_all_dialects_are_seen_by_a_watcher(tmp_path: Path) -> None:
    settings = 'token = "hunter2-r"\nwatch_token = "hunter2-w"'
    with studio_server(tmp_path, settings) as place:
        server = place.run()
        place.tables("--tables", "4", "--dialects", "abcd", "--period", "0.2", "--token", "hunter2-r", "--seed", "3")
        wait_for(lambda: len(place.api("/api/tables")["tables"]) == 4)
        wait_for(lambda: all(one["state"]["uptime_updates"] > 3 for one in place.api("/api/tables")["tables"]))
        dialects = wait_for(lambda: dialects_of(place) if len(dialects_of(place)) >= 3 else None)
        assert dialects <= {"a", "b", "c", "d"}
        told = watch(place, 20)
        assert told[0]["type"] == "snapshot"
        assert len(told[0]["tables"]) == 4
        assert [one["seq"] for one in told] == list(range(told[0]["seq"], told[0]["seq"] + len(told)))
        assert server.process.poll() is None
        assert "hunter2" not in server.text()


def dialects_of(place: StudioServer) -> set[str]:
    names = [one["table"] for one in place.api("/api/tables")["tables"]]
    return {reporter["dialect"] for name in names for reporter in table(place, name)["presence"]["reporters"]}


def watch(place: StudioServer, count: int) -> list[dict[str, Any]]:
    """The first messages that a watcher gets."""

    async def read() -> list[dict[str, Any]]:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{place.url}/watch?token=hunter2-w", max_msg_size=0) as line,
        ):
            return [json.loads(await line.receive_str(timeout=30)) for _ in range(count)]

    return asyncio.run(read())


def test_reporter_that_vanishes_leaves_stale_fields_and_an_alarm_and_its_return_ends_both(tmp_path: Path) -> None:
    with studio_server(tmp_path, "offline_grace_s = 0.3") as place:
        place.run()
        playing = place.tables("--name", "ARO-001", "--reporters", "1", "--period", "0.2", "--dialects", "a")
        wait_for(lambda: place.api("/api/tables")["tables"] and table(place)["state"]["uptime_updates"] > 2)
        playing.kill()
        wait_for(lambda: not table(place)["presence"]["reporters"])  # what was on its way is there, and no more comes
        before = values(place)
        wait_for(lambda: any(field["stale"] for field in table(place)["state"]["fields"]))
        assert any(one["id"].startswith("reporter.") for one in table(place)["alarms"]["alarms"])
        assert values(place) == before, "the default keeps the values"
        place.tables("--name", "ARO-001", "--reporters", "1", "--period", "0.2", "--dialects", "a")
        wait_for(lambda: not any(field["stale"] for field in table(place)["state"]["fields"]))
        wait_for(lambda: all(one["state"] == "recovered" for one in table(place)["alarms"]["alarms"]))
