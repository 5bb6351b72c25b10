"""What lineside decides and remembers about a ventilator. Pure: no I/O, no clock, no log, no randomness."""

from lineside.ventilator.model.alarms import ARDUINO_FAIL
from lineside.ventilator.model.commands import COMMANDS
from lineside.ventilator.model.events import EVENTS
from lineside.ventilator.model.orders import LINE
from lineside.ventilator.model.shown import ModelSettings, Packet, VentilatorStatus
from lineside.ventilator.model.ventilator import Ventilator

__all__ = [
    "ARDUINO_FAIL",
    "COMMANDS",
    "EVENTS",
    "LINE",
    "ModelSettings",
    "Packet",
    "Ventilator",
    "VentilatorStatus",
]
