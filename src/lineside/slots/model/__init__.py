"""What lineside decides and remembers about a slot machine. Pure: no I/O, no clock, no log."""

from lineside.slots.model.commands import COMMANDS
from lineside.slots.model.draft import LINE
from lineside.slots.model.events import EVENTS
from lineside.slots.model.machine import Machine
from lineside.slots.model.settings import METERS_READ, MachineSettings, MeterSource
from lineside.slots.model.shown import MachineStatus, MeterView

__all__ = [
    "COMMANDS",
    "EVENTS",
    "LINE",
    "METERS_READ",
    "Machine",
    "MachineSettings",
    "MachineStatus",
    "MeterSource",
    "MeterView",
]
