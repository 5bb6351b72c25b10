"""The real server with a hall of lockers, and simulated boards, as processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.killing import free_port
from tests.support.server import Process, Ward


class HallServer(Ward):
    """Settings, ports and processes of one lockers gateway, ``hall``."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.folder = folder
        self.web, self.port = free_port(), free_port()
        self.settings = folder / "lineside.toml"
        self._processes: list[Process] = []
        self.write(settings)

    def write(self, settings: str = "", name: str = "hall") -> None:
        """Write the settings anew; more lines for the gateway come last."""
        self.settings.write_text(
            f'data_dir = "{self.folder}/var"\n[keys]\nfile = "{self.folder}/keys.toml"\n'
            f'[web]\naddress = "127.0.0.1:{self.web}"\n'
            f'[gateways.{name}]\nkind = "lockers"\naddress = "127.0.0.1:{self.port}"\n{settings}\n'
        )

    def board(self, *arguments: str, id: str = "1953") -> Process:
        """Start a simulated board."""
        server = f"127.0.0.1:{self.port}"
        return self._start("board", "simulate", "board", "--server", server, "--id", id, *arguments)


@contextmanager
def hall_server(folder: Path, settings: str = "") -> Iterator[HallServer]:
    """A `HallServer` whose processes end with the block."""
    made = HallServer(folder, settings)
    try:
        yield made
    finally:
        made.end()
