"""The events of the crash tests, and the catalogue and keys that go with them."""

from __future__ import annotations

from pathlib import Path

from lineside.runtime.journal import EVENTS, Catalogue, Keys
from lineside.runtime.step import Event, Secret


class Noted(Event, frozen=True):
    """Part ``index`` of ``count`` of one append.

    Attributes:
        request: names the append; unique in a run.
        text: makes the event long or short.
    """

    request: str
    index: int
    count: int
    text: str


class Whispered(Event, frozen=True):
    """The same with a secret in it, so that sealing takes part."""

    request: str
    index: int
    count: int
    code: Secret


CATALOGUE = Catalogue((Noted, Whispered), EVENTS)


def load_keys(folder: Path) -> Keys:
    """Keys that outlive the process, outside of what is cut and killed."""
    return Keys.load_or_make(folder / "keys.toml")
