"""Simulated slot machines: all of `wire/sas.md` §16.1, on any kind of line, with faults and checks on the host.

`running` gives a test the machines to play with, `simulate` runs them until told to stop, `run_simulator` does so for
the command line. `Machine` is the machine alone, driven by the moment. They share the frame tables and `MachineSide`
with the host, and nothing else.
"""

from lineside.slots.simulator.control import Control
from lineside.slots.simulator.faults import NAMES as FAULT_NAMES
from lineside.slots.simulator.floor import Floor, moment_now, running
from lineside.slots.simulator.link import LinkRules
from lineside.slots.simulator.machine import Asked, Machine
from lineside.slots.simulator.memory import MachineState
from lineside.slots.simulator.player import Player
from lineside.slots.simulator.profile import PROFILES, Profile, RteIdle
from lineside.slots.simulator.report import SimulatorReport
from lineside.slots.simulator.run import Keyboard, run_simulator, simulate
from lineside.slots.simulator.seat import Seat
from lineside.slots.simulator.settings import FaultSettings, MachineSettings, SimulatorSettings, settings_from
from lineside.slots.simulator.station import Station
from lineside.slots.simulator.store import Store, load_state, told_exceptions
from lineside.slots.simulator.works import Refused

__all__ = [
    "FAULT_NAMES",
    "PROFILES",
    "Asked",
    "Control",
    "FaultSettings",
    "Floor",
    "Keyboard",
    "LinkRules",
    "Machine",
    "MachineSettings",
    "MachineState",
    "Player",
    "Profile",
    "Refused",
    "RteIdle",
    "Seat",
    "SimulatorReport",
    "SimulatorSettings",
    "Station",
    "Store",
    "load_state",
    "moment_now",
    "run_simulator",
    "running",
    "settings_from",
    "simulate",
    "told_exceptions",
]
