"""The demo: every kind of gateway with its simulator, on data of its own, reachable from this machine alone.

Each simulator is a process of its own, as a machine would be: kill one and watch the console say so. It is started
again after a while, as a technician would.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineside.app.kinds import SETTINGS_KINDS
from lineside.app.server import Server
from lineside.config import Settings, settings_from_table
from lineside.errors import ConfigError, LinkError

HOST = "127.0.0.1"
WEB_PORT = 8000
VENTILATOR_PORTS = (54320, 54321, 54322)
"""Broadcast, request, broadcast: where the seed's clients look."""
LOCKERS_PORT = 5000
STUDIO_PORT = 8080
"""Where the seeds' boards and reporters look."""

RESTART_S = 5.0
"""From a simulator's end to its next start: long enough to see on the page that it is away."""
STOP_S = 3.0
"""For a simulator to say its last words when the demo ends."""


class Ports:
    """Hands out the usual ports, or free ones where those are busy, and holds them until the server takes them.

    Attributes:
        moved: what listens elsewhere than usual, one line each.
    """

    def __init__(self) -> None:
        self.moved: list[str] = []
        self._held: list[socket.socket] = []

    def take(self, what: str, usual: int) -> str:
        """``host:port`` to listen on; notes when it is not the usual one."""
        port = usual if self._hold(usual) else 0
        if port == 0:
            self._hold(0)
            port = int(self._held[-1].getsockname()[1])
            self.moved.append(f"port {usual} is busy; {what} is on {port}")
        return f"{HOST}:{port}"

    def take_exactly(self, port: int) -> str:
        """``host:port`` of a port that somebody asked for; 0 is any free one.

        Raises:
            LinkError: it is busy.
        """
        if not self._hold(port):
            raise LinkError(f"port {port} is busy; name another with --port, or none to take a free one")
        return f"{HOST}:{self._held[-1].getsockname()[1]}"

    def release(self) -> None:
        """Let go of all of them, for the listeners that are about to be made."""
        for held in self._held:
            held.close()
        self._held.clear()

    def _hold(self, port: int) -> bool:
        try:
            self._held.append(socket.create_server((HOST, port)))
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo runs.

    Attributes:
        settings: as if read from a file.
        simulators: gateway (or people) → command line of its simulator, after ``lineside``.
        ports: held until `simulate`, so that two demos that start together do not choose the same.
        tell: takes lines for the person who looks at the terminal.
    """

    settings: Settings
    simulators: Mapping[str, tuple[str, ...]]
    ports: Ports
    tell: Callable[[str], None]

    async def simulate(self, server: Server) -> None:
        """Let the server have its ports, and run all simulators until cancelled."""
        self.ports.release()
        async with asyncio.TaskGroup() as group:
            for name, command in self.simulators.items():
                group.create_task(_keep_simulator(name, command, self.tell), name=f"simulator of {name}")


def prepare(
    data_dir: Path,
    only: tuple[str, ...] = (),
    port: int | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Demo:
    """Choose ports, and make the settings and the simulators of a demo.

    Args:
        only: kinds to run; all that are built when empty.
        port: of the console; 8000, or a free one, when None. A given one is not moved.
        tell: takes lines for the person who looks at the terminal.

    Raises:
        ConfigError: a kind that is not built.
        LinkError: the given port is busy.
    """
    unknown = [kind for kind in only if kind not in _MAKERS]
    if unknown:
        built = ", ".join(_MAKERS)
        raise ConfigError(f"{', '.join(unknown)} is not built in this version; built: {built}", "--only")
    ports = Ports()
    web = ports.take("the console", WEB_PORT) if port is None else ports.take_exactly(port)
    table: dict[str, Any] = {
        "data_dir": str(data_dir),
        "keys": {"file": str(data_dir.parent / f"{data_dir.name}.keys.toml")},
        "web": {"address": web},
        # Devices that come and go are what the page shows; the terminal keeps the URL in sight.
        "log": {"level": "error"},
        "gateways": {},
    }
    simulators: dict[str, tuple[str, ...]] = {}
    if not only or "lockers" in only:
        simulators["the people of the hall"] = ("simulate", "operator", "--data-dir", str(data_dir), "--first", "80")
    for kind in only or tuple(_MAKERS):
        name, gateway, command = _MAKERS[kind](data_dir, ports)
        table["gateways"][name] = {"kind": kind, **gateway}
        simulators[name] = command
    # The demo is the same everywhere: nothing of the environment is laid over it.
    return Demo(settings_from_table(table, SETTINGS_KINDS, {}), simulators, ports, tell)


def _ventilator(data_dir: Path, ports: Ports) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    line = f"pty:{data_dir}/ttyEMU0"
    first, request, second = VENTILATOR_PORTS
    gateway = {
        "line": line,
        "broadcast": [ports.take("the ventilator's broadcast", first), ports.take("its second broadcast", second)],
        "request": ports.take("the ventilator's request socket", request),
        "simulated": True,
    }
    return "ward", gateway, ("simulate", "ventilator", "--line", line, "--breathing", "--alarm-every", "10")


def _lockers(_data_dir: Path, ports: Ports) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    address = ports.take("the lockers", LOCKERS_PORT)
    boards = ("simulate", "board", "--server", address, "--boards", "12", "--id", "1953", "--period", "2")
    people = ("--use-every", "15", "--wrong-code", "0.1", "--channels", "both", "--wifi-every", "90")
    return "hall", {"address": address, "board_timeout_s": 20.0, "simulated": True}, (*boards, *people)


def _studio(_data_dir: Path, ports: Ports) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    address = ports.take("the studio", STUDIO_PORT)
    gateway = {
        "address": address,
        "offline_grace_s": 20.0,
        "alarm_grace_s": 5.0,
        "ignore_by_game": True,
        "simulated": True,
    }
    return (
        "studio",
        gateway,
        (
            *("simulate", "table", "--url", f"ws://{address}", "--tables", "9"),
            *("--maintenance-every", "120", "--flaky", "0.1", "--drop-every", "150", "--drop-for", "45"),
        ),
    )


_MAKERS: dict[str, Callable[[Path, Ports], tuple[str, dict[str, Any], tuple[str, ...]]]] = {
    "ventilator": _ventilator,
    "lockers": _lockers,
    "studio": _studio,
}
"""Kind → its demo: the gateway's name and table, and the simulator's command line."""


async def _keep_simulator(name: str, command: tuple[str, ...], tell: Callable[[str], None]) -> None:
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "lineside",
            *command,
            "--while-stdin",
            stdin=asyncio.subprocess.PIPE,  # ends with us, however we end; then the simulator ends too
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C at the terminal is for the demo, which ends its simulators itself
        )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await _end(process)
            raise
        tell(f"the simulator of {name} has ended (exit code {code}); it starts again in {RESTART_S:g} s")
        await asyncio.sleep(RESTART_S)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
