"""The turns of one line: who is polled when, what a repeated poll means, and when an exception may be acknowledged."""

from __future__ import annotations

from lineside.slots.line.host import LineHost
from lineside.slots.line.messages import (
    AckSent,
    Cancel,
    ExceptionHeard,
    FailReason,
    FrameSeen,
    LineEvent,
    LinkMoved,
    LinkState,
    Order,
    OweAck,
    PollDone,
    PollFailed,
    Priority,
    Release,
    TimingMeasured,
    Tune,
    Want,
)
from lineside.slots.line.settings import (
    FAST_POLL_MS,
    MACHINES_MAX,
    MEGAJACK_WIRE,
    POLL_MS,
    PROFILES,
    STANDARD,
    LineTiming,
    MachinePolling,
    Profile,
)
from lineside.slots.line.timing import BOUNDS_S, Histogram

__all__ = [
    "BOUNDS_S",
    "FAST_POLL_MS",
    "MACHINES_MAX",
    "MEGAJACK_WIRE",
    "POLL_MS",
    "PROFILES",
    "STANDARD",
    "AckSent",
    "Cancel",
    "ExceptionHeard",
    "FailReason",
    "FrameSeen",
    "Histogram",
    "LineEvent",
    "LineHost",
    "LineTiming",
    "LinkMoved",
    "LinkState",
    "MachinePolling",
    "Order",
    "OweAck",
    "PollDone",
    "PollFailed",
    "Priority",
    "Profile",
    "Release",
    "TimingMeasured",
    "Tune",
    "Want",
]
