"""What the journal keeps of a ventilator: alarms, who acknowledged them, the line, and when it breathed.

Samples are not events: they go to the hub at once and are never recorded here.
"""

from __future__ import annotations

from lineside.runtime.step import Event


class AlarmLatched(Event, frozen=True):
    """An alarm appeared that was not in the list; on disk before its frame is acknowledged.

    Attributes:
        name: as clients see it: ``APNEA``.
        code: number on the wire; None when lineside raised it.
        priority: ``high``, ``medium`` or ``low``.
        source: ``controller`` or ``lineside``.
        param: the frame's parameter (ADC counts, or a float from version 0xA3 on).
        text: why, when lineside raised it.
    """

    name: str
    code: int | None
    priority: str
    source: str
    param: float = 0
    text: str = ""


class AlarmAcknowledged(Event, frozen=True):
    """A person or program took an alarm off the list, for all clients."""

    name: str
    actor: str


class LineOpened(Event, frozen=True):
    """The path to the controller is open."""

    line: str


class LineLost(Event, frozen=True):
    """The path to the controller has ended."""

    reason: str


class BreathingStarted(Event, frozen=True):
    """The controller's state left idle."""

    fsm_state: int
    fsm_name: str


class BreathingStopped(Event, frozen=True):
    """The controller's state is idle again."""

    fsm_state: int
    fsm_name: str


EVENTS: tuple[type[Event], ...] = (
    AlarmLatched,
    AlarmAcknowledged,
    LineOpened,
    LineLost,
    BreathingStarted,
    BreathingStopped,
)
