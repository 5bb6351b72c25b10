"""Two ways to the data: the server that holds it, or the journal itself when no server runs."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lineside.cli.place import Place, require_journal
from lineside.errors import LinesideError

if TYPE_CHECKING:
    from lineside.adapters.control_client import ControlClient
    from lineside.runtime.journal import Journal, Keys

LONG_S = 6 * 3600.0
"""How long the answer of a tool that reads a whole journal may take: 100 GB at the 5 MB/s of an old SD card."""


def server_of(place: Place, timeout_s: float | None = None) -> ControlClient | None:
    """The server that holds this data folder, or None when nobody does."""
    from lineside.runtime.data_lock import is_held

    if not is_held(place.data_dir):
        return None
    from lineside.adapters.control_client import TIMEOUT_S, ControlClient

    return ControlClient.over_socket(place.data_dir, timeout_s or TIMEOUT_S)


def require_server(place: Place) -> ControlClient:
    """The server that holds this data folder.

    Raises:
        LinesideError: nobody does; says how to start one.
    """
    server = server_of(place)
    if server is None:
        raise LinesideError(f"no server runs on {place.data_dir}; start it with `lineside run` (or `lineside demo`)")
    return server


def load_keys(place: Place) -> Keys:
    """The keys of the data folder; unlike a server's start this never makes new ones.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    from lineside.runtime.journal import Keys

    return Keys.load(place.keys_file)


@asynccontextmanager
async def open_books(place: Place) -> AsyncIterator[Journal]:
    """The journal of a folder on which no server runs, held for the length of the block.

    Raises:
        ConfigError: there is no journal, or its keys are not there.
        DataBusy: a process has taken the folder in the meantime.
    """
    from lineside.app.foundation import open_journal
    from lineside.runtime.data_lock import DataLock
    from lineside.runtime.journal import JournalSettings

    require_journal(place)
    keys = load_keys(place)
    lock = DataLock.take(place.data_dir)
    try:
        journal = open_journal(place.data_dir, keys, JournalSettings())
        try:
            yield journal
        finally:
            await journal.close()
    finally:
        lock.close()


def whoami() -> str:
    """Who works at this machine, as the journal names them."""
    try:
        return f"local {getpass.getuser()}"
    except (OSError, KeyError):  # a container's user without a name
        return "local user"
