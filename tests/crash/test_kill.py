"""30 × kill -9 under load: nothing acknowledged is lost, nothing is there twice.

A kill proves that the process needs no goodbye; it says nothing about power cuts (the kernel still writes what the
process gave it). Those are in `test_cuts.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path
from random import Random

from lineside.runtime.journal import Journal, verify
from tests.crash.events import CATALOGUE, Noted, load_keys
from tests.crash.killing import Load, Victim, free_port, kill_and_restart
from tests.crash.scene import all_events, check_sink, connect_plainly
from tests.support.row_store import RowStore

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


async def test_nothing_acknowledged_is_lost_and_nothing_doubled_over_30_kills(tmp_path: Path) -> None:
    seed = int(os.environ.get("LINESIDE_CRASH_SEED", Random().randrange(1 << 32)))
    print(f"LINESIDE_CRASH_SEED={seed}")
    random = Random(seed)
    data_dir, port = tmp_path / "var", free_port()
    load_keys(tmp_path)
    command = [sys.executable, "-m", "tests.crash.journal_server", str(data_dir), str(port)]
    victim = Victim(command, port, tmp_path / "log")

    async def open_client() -> LineClient:
        return LineClient(*await asyncio.open_connection("127.0.0.1", port), random)

    load = Load(open_client, CLIENTS)
    await kill_and_restart(victim, load, random, KILLS)
    assert load.promised
    await check_promises(tmp_path, load)


async def check_promises(folder: Path, load: Load) -> None:
    """Every promised event is there, once, under the promised number; the chain and the rows agree."""
    path = folder / "var" / "journal.db"
    report = verify(path, load_keys(folder), CATALOGUE)
    assert report.ok, report
    journal = Journal.open(path, keys=load_keys(folder), catalogue=CATALOGUE)
    try:
        events = await all_events(journal)
        noted = [(event.request, recorded.seq) for recorded in events if isinstance(event := recorded.event, Noted)]
        twice = [request for request, count in Counter(request for request, _ in noted).items() if count > 1]
        assert not twice, "recorded twice"
        seqs = dict(noted)
        assert set(seqs) <= load.asked
        assert {request: seqs.get(request) for request in load.promised} == load.promised
        rows = RowStore(folder / "var" / "rows.db", connect_plainly)
        assert await check_sink(journal, rows, events, []) == []
    finally:
        await journal.close()
