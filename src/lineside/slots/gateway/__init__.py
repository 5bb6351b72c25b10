"""The slots gateway: lines with machines on them, and a unit for each machine.

What is decided stands in `model`, whose turn it is in `line`, what is on the wire in `wire`; here they meet::

    line.py     link → turns → units, and back      polled_last.py   what has to outlive a crash besides the journal
"""

from __future__ import annotations

from lineside.runtime.drive import Unit
from lineside.runtime.gateway import Runtime, run_together
from lineside.slots.gateway.config import Config, Events, LineConfig, LineEntry, unit_name
from lineside.slots.gateway.line import Line
from lineside.slots.gateway.polled_last import PolledLast
from lineside.slots.gateway.states import LineStates
from lineside.slots.model import COMMANDS, Machine

__all__ = ["Config", "Events", "Line", "LineConfig", "LineEntry", "run"]


async def run(config: Config, runtime: Runtime) -> None:
    """Serve the machines of one gateway until cancelled. Never waits for a line: its absence is a state with a reason.

    Raises:
        JournalError: a unit cannot be rebuilt; supervision tries again.
        ConfigError: a line is none.
    """
    lines = config.all_lines()
    states = LineStates(tuple(lines), runtime.report)
    units: dict[str, dict[int, Unit]] = {name: {} for name in lines}
    kept: list[PolledLast] = []
    try:
        for name, settings in lines.items():
            for address in settings.machines:
                units[name][address] = await _make_unit(config, name, address, settings, runtime)
        parts = {}
        for name, settings in lines.items():
            kept.append(PolledLast(runtime.data_dir / runtime.name / f"{name or 'line'}.polled"))
            line = Line(name, settings, units[name], runtime, states, kept[-1])
            parts[f"{runtime.name} line {name}"] = line.run(config.reopen)
            parts |= {f"{unit.name} watch": unit.failed() for unit in units[name].values()}
        await run_together(**parts)
    finally:
        for unit in [unit for machines in units.values() for unit in machines.values()]:
            unit.close("the gateway stops")
            runtime.units.remove(unit)
        for one in kept:
            one.close()


async def _make_unit(config: Config, line: str, address: int, settings: LineConfig, runtime: Runtime) -> Unit:
    model = Machine(
        settings.machine_settings(address),
        runtime.clock.now(),
        local=lambda utc: utc.astimezone(),
        simulated=config.simulated,
    )
    return await runtime.make_unit(unit_name(line, address), config.kind, model, COMMANDS)
