"""A process to be killed: a journal, a sink, and a TCP server that acknowledges each line after its append.

    python -m tests.crash.journal_server DATA_DIR PORT

→ ``{"id": "r17", "unit": "ward/1", "text": "…"}``    the id is claimed in the same append
← ``{"id": "r17", "seq": 123, "repeat": false}``      after the disk has it; a repeat names the first event
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lineside.errors import ClaimTaken, JournalError
from lineside.runtime.clock import SystemClock
from lineside.runtime.journal import Append, Journal
from lineside.runtime.sink import SinkRunner
from lineside.runtime.sink_settings import SinkSettings
from tests.crash.events import CATALOGUE, Noted, load_keys
from tests.support.row_store import RowStore


def connect(path: Path) -> sqlite3.Connection:
    """The row store's connection, used from the loop's thread only."""
    return sqlite3.connect(path, isolation_level=None)


async def answer(journal: Journal, line: bytes) -> dict[str, Any]:
    """Record one request and say where."""
    request = json.loads(line)
    event = Noted(request["id"], 0, 1, request["text"])
    try:
        done = await journal.append(
            Append(events=((request["unit"], event),), at=datetime.now(UTC), claims=(f"request/{request['id']}",))
        )
    except ClaimTaken as taken:
        return {"id": request["id"], "seq": taken.seq, "repeat": True}
    return {"id": request["id"], "seq": done.first_seq, "repeat": False}


async def serve_one(journal: Journal, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One client, until it goes or the journal refuses."""
    try:
        while line := await reader.readline():
            writer.write(json.dumps(await answer(journal, line)).encode() + b"\n")
            await writer.drain()
    except (JournalError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(data_dir: Path, port: int) -> None:
    """Open the journal, then listen: who can connect may rely on every answer."""
    journal = Journal.open(data_dir / "journal.db", keys=load_keys(data_dir.parent), catalogue=CATALOGUE)
    rows = RowStore(data_dir / "rows.db", connect)
    runner = SinkRunner(journal, rows, SinkSettings(cursor_period_s=0.01), SystemClock(), random.Random())
    server = await asyncio.start_server(lambda r, w: serve_one(journal, r, w), "127.0.0.1", port)
    async with server, asyncio.TaskGroup() as group:
        group.create_task(runner.run())
        group.create_task(server.serve_forever())


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
