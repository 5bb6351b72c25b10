"""Kill a server again and again under load, and remember every promise that it made.

`Victim` is the process: a command, started, killed, started again. `Load` is the clients: each sends requests with an
id of its own and notes the answer; after a kill it sends the same id again until somebody answers. What the requests
are and how the data is checked afterwards belongs to the test: it gives a `Client`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 30.0  # a server that is not there by then has hung, or does not recover


class Client(Protocol):
    """One connection to the server."""

    async def request(self, id: str) -> Any:
        """Ask with this id and return what was promised. Raises OSError or EOFError when the server is gone."""
        ...

    async def close(self) -> None:
        """Leave."""
        ...


OpenClient = Callable[[], Any]
"""Opens one `Client` (a coroutine function); raises OSError while nobody listens."""


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Victim:
    """The server process, in a process group of its own so that its children die with it.

    Attributes:
        starts_s: seconds from each start to the first accepted connection.
    """

    command: Sequence[str]
    port: int
    log: Path
    starts_s: list[float] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None
    began: float = 0.0

    async def start(self) -> None:
        """Start it, and come back before it is ready."""
        self.began = time.monotonic()
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        with open(self.log, "ab") as log:  # noqa: ASYNC230 - a test, and the file is local
            self.process = await asyncio.create_subprocess_exec(
                *self.command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    async def ready(self) -> None:
        """Wait until it accepts; the time since its start is noted."""
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                self.starts_s.append(time.monotonic() - self.began)
                return
            assert self.process is not None
            if self.process.returncode is not None or time.monotonic() - self.began > START_SECONDS_MAX:
                raise AssertionError(f"the server did not start: {self.log.read_text()[-3000:]}")
            await asyncio.sleep(0.005)

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self.process is not None
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()


@dataclass
class Load:
    """Clients that never lose patience.

    Attributes:
        promised: id → what the server answered, the last time it did.
        asked: every id that was ever sent.
    """

    open_client: OpenClient
    clients: int
    promised: dict[str, Any] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    stopping: bool = False

    async def run(self) -> None:
        """Ask until `stopping`, then return when each client has its last answer."""
        async with asyncio.TaskGroup() as group:
            for number in range(self.clients):
                group.create_task(self._ask(number), name=f"client {number}")

    async def _ask(self, number: int) -> None:
        client = None
        count = 0
        while not self.stopping:
            id = f"c{number}-{count}"
            while id not in self.promised:
                try:
                    client = client or await self.open_client()
                    self.asked.add(id)
                    self.promised[id] = await client.request(id)
                except (OSError, EOFError):
                    if client is not None:
                        await client.close()
                    client = None
                    await asyncio.sleep(0.01)
            count += 1
        if client is not None:
            await client.close()


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
    starts = f"median {median(victim.starts_s):.2f} s, slowest {max(victim.starts_s):.2f} s"
    print(f"{len(load.promised)} requests answered over {kills} kills; from start to first connection: {starts}")
