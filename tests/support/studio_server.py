"""The real server with a studio, and simulated tables, as processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lineside.adapters.control_client import ControlClient
from lineside.errors import LinesideError
from tests.crash.killing import free_port
from tests.support.server import Process, Ward


class StudioServer(Ward):
    """Settings, ports and processes of one studio gateway, ``studio``.

    Attributes:
        url: where reporters connect.
    """

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.folder = folder
        self.web, self.port = free_port(), free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        self.settings = folder / "lineside.toml"
        self._processes: list[Process] = []
        self.settings.write_text(
            f'data_dir = "{folder}/var"\n[keys]\nfile = "{folder}/keys.toml"\n'
            f'[web]\naddress = "127.0.0.1:{self.web}"\n'
            f'[gateways.studio]\nkind = "studio"\naddress = "127.0.0.1:{self.port}"\n{settings}\n'
        )

    def is_ready(self) -> bool:
        """Whether the studio listens."""
        try:
            return bool(self.api("/api/tables")["gateways"])
        except (LinesideError, OSError):
            return False

    def tables(self, *arguments: str) -> Process:
        """Start simulated tables."""
        return self._start("tables", "simulate", "table", "--server", self.url, *arguments)

    def api(self, path: str, **query: object) -> Any:
        """Ask the running server over its control socket: no process to start, so it can be asked often."""
        with ControlClient.over_socket(self.folder / "var") as server:
            return server.get(path, **query)


@contextmanager
def studio_server(folder: Path, settings: str = "") -> Iterator[StudioServer]:
    """A `StudioServer` whose processes end with the block."""
    made = StudioServer(folder, settings)
    try:
        yield made
    finally:
        made.end()
