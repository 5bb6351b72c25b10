"""Simulated locker boards: keypad, codes with their countdown, two channels, faults; many of them in one process.

`running` gives a test the boards to play with, `run_boards` runs them until told to stop, `run_simulator` does so for
the command line. They know the wire and never the model.
"""

from lineside.lockers.simulator.board import SimulatedBoard
from lineside.lockers.simulator.hall import Hall, run_boards, run_simulator, running
from lineside.lockers.simulator.machine import BoardMachine, HeldCode, Pressed, Taken
from lineside.lockers.simulator.report import SimulatorReport
from lineside.lockers.simulator.settings import (
    Channels,
    FaultSettings,
    ListsCleared,
    SimulatorSettings,
    settings_from,
)

__all__ = [
    "BoardMachine",
    "Channels",
    "FaultSettings",
    "Hall",
    "HeldCode",
    "ListsCleared",
    "Pressed",
    "SimulatedBoard",
    "SimulatorReport",
    "SimulatorSettings",
    "Taken",
    "run_boards",
    "run_simulator",
    "running",
    "settings_from",
]
