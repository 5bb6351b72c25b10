"""Simulated tables of a studio: reporters of all dialects with a believable day, and flaky ones on request.

`simulate` runs them against a server, `run_simulator` does so for the command line, and `Simulator` is the handle for
tests. It knows the reporter's side of the wire and never the model.
"""

from lineside.studio.simulator.report import SimulatorReport
from lineside.studio.simulator.reporter import Reporter
from lineside.studio.simulator.run import SimulatedTable, Simulator, run_simulator, simulate
from lineside.studio.simulator.settings import FaultSettings, SimulatorSettings, settings_from
from lineside.studio.simulator.story import Scene, Story

__all__ = [
    "FaultSettings",
    "Reporter",
    "Scene",
    "SimulatedTable",
    "Simulator",
    "SimulatorReport",
    "SimulatorSettings",
    "Story",
    "run_simulator",
    "settings_from",
    "simulate",
]
