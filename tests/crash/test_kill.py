"""30 × kill -9 under load: nothing acknowledged is lost, nothing is there twice.

A kill proves that the process needs no goodbye; it says nothing about power cuts (the kernel still writes what the
process gave it). Those are in `test_cuts.py`.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
from collections import Counter
from pathlib import Path
from random import Random

from lineside.runtime.journal import Journal, Recorded, verify
from tests.crash.events import CATALOGUE, Noted, load_keys
from tests.crash.killing import Load, Victim, free_port

KILLS = 30
CLIENTS = 8
UNITS = 5


class LineClient:
    """Speaks the lines of `journal_server`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, random: Random) -> None:
        self._reader = reader
        self._writer = writer
        self._random = random

    async def request(self, id: str) -> int:
        """Have one event recorded; its seq."""
        body = {"id": id, "unit": f"ward/{self._random.randrange(UNITS)}", "text": "x" * self._random.randrange(300)}
        self._writer.write(json.dumps(body).encode() + b"\n")
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        answer = json.loads(line)
        assert answer["id"] == id
        return int(answer["seq"])

    async def close(self) -> None:
        self._writer.close()


async def kill_and_restart(victim: Victim, load: Load, random: Random, kills: int) -> None:
    """Kill at random moments, some of them during the start; at the end let it live until all is answered."""
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(load.run())
        await victim.start()
        try:
            for _ in range(kills):
                if random.random() < 0.8:
                    await victim.ready()
                    await asyncio.sleep(random.uniform(0.01, 0.4))
                else:
                    await asyncio.sleep(random.uniform(0.05, 1.0))  # somewhere in the start or the recovery
                await victim.kill()
                await victim.start()
            await victim.ready()
            load.stopping = True
            await asking
        finally:
            await victim.kill()


async def test_nothing_acknowledged_is_lost_and_nothing_doubled_over_30_kills(tmp_path: Path) -> None:
    seed = Random().randrange(1 << 32)
    print(f"seed {seed}")
    random = Random(seed)
    data_dir, port = tmp_path / "var", free_port()
    load_keys(tmp_path)
    victim = Victim(
        [sys.executable, "-m", "tests.crash.journal_server", str(data_dir), str(port)], port, tmp_path / "log"
    )

    async def open_client() -> LineClient:
        return LineClient(*await asyncio.open_connection("127.0.0.1", port), random)

    load = Load(open_client, CLIENTS)
    await kill_and_restart(victim, load, random, KILLS)
    print(
        f"{len(load.promised)} requests over {KILLS} kills; start to first answer: "
        f"median {statistics.median(victim.starts_s):.2f} s, slowest {max(victim.starts_s):.2f} s"
    )
    await check_promises(tmp_path, load)


async def check_promises(folder: Path, load: Load) -> None:
    """Every promised event is there, once, under the promised number; the chain and the rows agree."""
    path = folder / "var" / "journal.db"
    report = verify(path, load_keys(folder), CATALOGUE)
    assert report.ok, report
    journal = Journal.open(path, keys=load_keys(folder), catalogue=CATALOGUE)
    try:
        events = await all_events(journal)
    finally:
        await journal.close()
    noted = [(recorded, recorded.event) for recorded in events if recorded.kind == "Noted"]
    counts = Counter(event.request for _, event in noted if isinstance(event, Noted))
    assert not [request for request, count in counts.items() if count > 1], "recorded twice"
    assert set(counts) <= load.asked
    seqs = {event.request: recorded.seq for recorded, event in noted if isinstance(event, Noted)}
    assert {request: seqs.get(request) for request in load.promised} == load.promised
    rows = sqlite3.connect(folder / "var" / "rows.db")
    delivered = rows.execute("SELECT stream, version FROM rows").fetchall()
    rows.close()
    assert len(delivered) == len(set(delivered)), "a row twice"
    assert set(delivered) <= {(recorded.stream, recorded.version) for recorded, _ in noted}


async def all_events(journal: Journal) -> list[Recorded]:
    """The whole journal, in order."""
    found: list[Recorded] = []
    while batch := await journal.events(after=found[-1].seq if found else 0, limit=1000):
        found += batch
    return found
