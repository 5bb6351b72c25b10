"""30 × kill -9 of the whole server under load: commands over the control socket, alarms over a real pseudo-terminal.

Whatever was acknowledged, to a client or to the controller, is in the journal afterwards, and is there once.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections import Counter
from pathlib import Path
from random import Random

import aiohttp

from lineside.app.foundation import catalogue
from lineside.runtime.command import CommandAccepted, CommandEnded
from lineside.runtime.journal import Journal, Keys, verify
from lineside.ventilator.model.events import AlarmLatched
from lineside.ventilator.simulator.settings import SimulatorSettings
from tests.crash.killing import Load, Victim, free_port
from tests.crash.test_kill import all_events, kill_and_restart
from tests.support.controller_on_pty import ControllerOnPty

KILLS = 30
CLIENTS = 4
SETTINGS = """
data_dir = "{folder}/var"
[keys]
file = "{folder}/keys.toml"
[web]
address = "127.0.0.1:{web}"
[gateways.ward]
kind = "ventilator"
line = "pty:{folder}/vent"
broadcast = ["127.0.0.1:{broadcast}"]
request = "127.0.0.1:{request}"
"""


class CommandClient:
    """Asks for commands with ids of its own over the control socket."""

    def __init__(self, path: Path, random: Random) -> None:
        connector = aiohttp.UnixConnector(str(path))
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(5))
        self._random = random

    async def request(self, id: str) -> str:
        name = self._random.choice(["START", "STOP"])
        body = {"unit": "ward/1", "name": name, "params": {"param": 0}, "id": id, "reason": "load"}
        try:
            async with self._session.post("http://localhost/api/commands", json=body) as response:
                answer = await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OSError(str(error)) from error
        if response.status == 409:  # sent before with the other name, and recorded: that is the promise
            return id
        if response.status >= 400:
            raise OSError(str(answer))
        assert answer["id"] == id
        return id

    async def close(self) -> None:
        await self._session.close()


async def test_nothing_acknowledged_is_lost_and_nothing_doubled_over_30_kills_of_the_server(tmp_path: Path) -> None:
    seed = Random().randrange(1 << 32)
    print(f"seed {seed}")
    random = Random(seed)
    ports = {name: free_port() for name in ("web", "broadcast", "request")}
    settings = tmp_path / "lineside.toml"
    settings.write_text(SETTINGS.format(folder=tmp_path, **ports))
    victim = Victim([sys.executable, "-m", "lineside", "run", "-c", str(settings)], ports["web"], tmp_path / "log")

    async def open_client() -> CommandClient:
        return CommandClient(tmp_path / "var" / "control.sock", random)

    machine = ControllerOnPty(
        tmp_path / "vent",
        SimulatorSettings(rate_hz=20, breathing=True, alarm_every_s=0.2, alarm_for_s=3.0, seed=seed % 1000),
    )
    playing = asyncio.ensure_future(machine.run())
    load = Load(open_client, CLIENTS)
    try:
        await kill_and_restart(victim, load, random, KILLS)
    finally:
        playing.cancel()
    print(
        f"{len(load.promised)} commands and {len(machine.acknowledged)} alarm frames over {KILLS} kills; "
        f"start to first connection: median {statistics.median(victim.starts_s):.2f} s, "
        f"slowest {max(victim.starts_s):.2f} s"
    )
    await check_promises(tmp_path, load, machine)


async def check_promises(folder: Path, load: Load, machine: ControllerOnPty) -> None:
    keys = Keys.load_or_make(folder / "keys.toml")
    path = folder / "var" / "journal.db"
    report = verify(path, keys, catalogue())
    assert report.ok, report
    journal = Journal.open(path, keys=keys, catalogue=catalogue())
    try:
        events = [recorded.event for recorded in await all_events(journal)]
    finally:
        await journal.close()
    accepted = Counter(event.command.id for event in events if isinstance(event, CommandAccepted))
    assert set(load.promised) <= set(accepted)
    assert max(accepted.values()) == 1, "a command accepted twice"
    ended = Counter(event.id for event in events if isinstance(event, CommandEnded))
    assert max(ended.values(), default=1) == 1, "a command ended twice"
    latched = Counter(event.name for event in events if isinstance(event, AlarmLatched))
    assert machine.acknowledged, "no alarm was acknowledged: nothing was tested"
    assert set(machine.acknowledged) <= set(latched)
    assert max(latched.values()) == 1, "an alarm in the list was latched again"
