"""kill -9 of the whole server in the middle of updates, with reporters on real sockets, in two dialects.

Every update that was confirmed is in the journal; the number that a snapshot shows is the number of accepted updates
on disk; and a reporter that comes back finds at least what was confirmed to it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from lineside.app.foundation import catalogue
from lineside.runtime.journal import Journal, Keys, Recorded, verify
from lineside.studio.model.events import StatusRepeated, StatusUpdated
from tests.crash.killing import Load, Victim, free_port, kill_and_restart
from tests.crash.scene import all_events

KILLS = 20
CLIENTS = 6
TABLES = 3
SETTINGS = """
data_dir = "{folder}/var"
[keys]
file = "{folder}/keys.toml"
[web]
address = "127.0.0.1:{web}"
[gateways.studio]
kind = "studio"
address = "127.0.0.1:{port}"
"""


def table_of(client: int) -> str:
    return f"ARO-{client % TABLES:03}"


def update_of(client: int, count: int) -> dict[str, Any]:
    """What a client's update with this number says; its custom field names client and number."""
    return {"sdp": ("up", "calibration", "standby")[count % 3], f"client{client}": count}


class ReporterClient:
    """Reports as soon as it has its confirmation; half of the clients speak first (A), half are greeted (B)."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5))
        self._line: aiohttp.ClientWebSocketResponse | None = None
        self.seen: list[tuple[int, int, int]] = []

    async def request(self, id: str) -> int:
        """Send the update of this id; returns how many updates the table had when this client came."""
        client, count = (int(part) for part in id.removeprefix("c").split("-"))
        try:
            if self._line is None:
                self._line, uptime = await self._enter(client)
                self.seen.append((client, count, uptime))
            await self._line.send_json(update_of(client, count))
            answer = await self._receive()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise OSError(str(error)) from error
        if answer == {"error": "Invalid JSON format"}:
            raise AssertionError("the server broke a frame")
        assert answer == {"status": "updated", "table_id": table_of(client)}, answer
        return count

    async def close(self) -> None:
        if self._line is not None:
            await self._line.close()
        await self._session.close()

    async def _enter(self, client: int) -> tuple[aiohttp.ClientWebSocketResponse, int]:
        whole_id = f"{table_of(client)}_client{client}"
        url = f"ws://127.0.0.1:{self._port}/"
        if client % 2:
            self._line = await self._session.ws_connect(url)
            assert (await self._receive())["status"] == "ready"
            await self._line.send_json({"id": whole_id, "token": "T"})
        else:
            self._line = await self._session.ws_connect(f"{url}?id={whole_id}&token=T")
        snapshot = await self._receive()
        assert snapshot["TABLE_ID"] == table_of(client), snapshot
        return self._line, int(snapshot["UPTIME"])

    async def _receive(self) -> Any:
        assert self._line is not None
        message = await self._line.receive(timeout=5)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise OSError(f"{message.type.name} {message.data!r}")
        return json.loads(message.data)


async def test_nothing_confirmed_is_lost_over_20_kills_of_the_server(tmp_path: Path) -> None:
    seed = Random().randrange(1 << 32)
    print(f"seed {seed}")
    web, port = free_port(), free_port()
    settings = tmp_path / "lineside.toml"
    settings.write_text(SETTINGS.format(folder=tmp_path, web=web, port=port))
    victim = Victim([sys.executable, "-m", "lineside", "run", "-c", str(settings)], port, tmp_path / "log")
    clients: list[ReporterClient] = []

    async def open_client() -> ReporterClient:
        clients.append(ReporterClient(port))
        return clients[-1]

    load = Load(open_client, CLIENTS)
    await kill_and_restart(victim, load, Random(seed), KILLS)
    assert len(load.promised) > CLIENTS, "hardly anything was confirmed: nothing was tested"
    await check_promises(tmp_path, load, clients)
    await check_snapshots(tmp_path, victim, port)


async def check_promises(folder: Path, load: Load, clients: list[ReporterClient]) -> None:
    recorded = await events_of(folder)
    told: dict[int, list[int]] = {client: [] for client in range(CLIENTS)}
    for one in recorded:
        event = one.event
        if isinstance(event, StatusUpdated):
            for name, count in event.custom.items():
                told[int(name.removeprefix("client"))].append(count)
    for id in load.promised:
        client, count = (int(part) for part in id.removeprefix("c").split("-"))
        assert count in told[client], f"{id} was confirmed and is not in the journal"
    for client, counts in told.items():
        assert counts == sorted(counts), f"updates of client {client} out of order"
    for client, count, uptime in (seen for one in clients for seen in one.seen):
        own = sum(1 for known in told[client] if known < count)
        assert uptime >= own, f"client {client} came with {own} confirmed updates and was shown {uptime}"


async def check_snapshots(folder: Path, victim: Victim, port: int) -> None:
    """After one more start a snapshot counts exactly what is on disk."""
    updates = Counter(
        one.stream for one in await events_of(folder) if isinstance(one.event, StatusUpdated | StatusRepeated)
    )
    await victim.start()
    try:
        await victim.ready()
        for table in range(TABLES):
            reporter = ReporterClient(port)
            _, uptime = await reporter._enter(table)
            await reporter.close()
            assert uptime == updates[f"studio/{table_of(table)}"]
    finally:
        await victim.kill()


async def events_of(folder: Path) -> list[Recorded]:
    keys = Keys.load_or_make(folder / "keys.toml")
    path = folder / "var" / "journal.db"
    report = verify(path, keys, catalogue())
    assert report.ok, report
    journal = Journal.open(path, keys=keys, catalogue=catalogue())
    try:
        return await all_events(journal)
    finally:
        await journal.close()
