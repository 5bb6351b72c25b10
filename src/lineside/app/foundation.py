"""The journal of one data folder, opened with the keys and the events that this version knows."""

from __future__ import annotations

from pathlib import Path

from lineside.app.kinds import KINDS
from lineside.console import access
from lineside.runtime import command, sink_events
from lineside.runtime.journal import Catalogue, Journal, JournalSettings, Keys

JOURNAL_FILE = "journal.db"


def catalogue() -> Catalogue:
    """Every event of the foundation and of all houses."""
    return Catalogue(command.EVENTS, access.EVENTS, sink_events.EVENTS, *(house.events for house in KINDS.values()))


def journal_path(data_dir: Path) -> Path:
    """The journal's file in a data folder."""
    return data_dir / JOURNAL_FILE


def open_journal(data_dir: Path, keys: Keys, settings: JournalSettings) -> Journal:
    """Open the journal of a data folder whose lock is held; a damaged one opens in the state ``damaged``."""
    return Journal.open(journal_path(data_dir), keys=keys, catalogue=catalogue(), settings=settings)
