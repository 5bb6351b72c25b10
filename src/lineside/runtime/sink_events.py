"""What people did about sinks, as events of the stream ``lineside/sinks``."""

from __future__ import annotations

from lineside.runtime.step import Event

STREAM = "lineside/sinks"


class SinkEventRetried(Event, frozen=True):
    """Somebody had a parked event tried again."""

    sink: str
    seq: int
    by: str


class SinkEventSkipped(Event, frozen=True):
    """Somebody gave a parked event up: the target never gets it."""

    sink: str
    seq: int
    by: str
    reason: str = ""


class SinkForgotten(Event, frozen=True):
    """Somebody dropped the cursor of a sink that is gone from the settings."""

    sink: str
    by: str


EVENTS: tuple[type[Event], ...] = (SinkEventRetried, SinkEventSkipped, SinkForgotten)
