"""A simulated ventilator: the controller's side of the serial line, playing recordings or a breathing lung.

`simulate` runs one on a real line, `run_simulator` does so for the command line, and `VentilatorController` is the
controller alone, driven by ``now``. It knows the wire and never the model.
"""

from lineside.ventilator.simulator.breathing import BreathingMachine, FsmState
from lineside.ventilator.simulator.controller import Pace, VentilatorController, pace_for
from lineside.ventilator.simulator.player import Player, Recording, load_recording
from lineside.ventilator.simulator.report import SimulatorReport
from lineside.ventilator.simulator.run import Simulator, make_controller, run_simulator, simulate
from lineside.ventilator.simulator.settings import FaultSettings, SimulatorSettings, default_line, settings_from

__all__ = [
    "BreathingMachine",
    "FaultSettings",
    "FsmState",
    "Pace",
    "Player",
    "Recording",
    "Simulator",
    "SimulatorReport",
    "SimulatorSettings",
    "VentilatorController",
    "default_line",
    "load_recording",
    "make_controller",
    "pace_for",
    "run_simulator",
    "settings_from",
    "simulate",
]
