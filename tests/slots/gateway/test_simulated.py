"""The gateway and simulated machines over TCP with the ninth bit: what the machine tells is what the journal has."""

from __future__ import annotations

from pathlib import Path

from lineside.adapters.nine_far_end import open_burst_far_end
from lineside.runtime.command import CommandState
from lineside.slots.model import events as ev
from lineside.slots.simulator import MachineSettings, SimulatorSettings, running
from tests.slots.gateway.host import Host, sums
from tests.support.wait import until

LINE = "nine://127.0.0.1:0"


async def test_machine_is_found_conversed_with_played_and_every_meter_adds_up(tmp_path: Path) -> None:
    settings = SimulatorSettings(lines=(LINE,), machine=MachineSettings(game_s=0.0))
    async with running(settings, open_burst_far_end) as floor:
        seat = floor["1"]
        async with Host(tmp_path, line=floor.where[0]).running() as host:
            await host.until_ready()
            assert host.machine().carry().config["version"]["serial"] == "000001"
            seat.do("bill", dollars=20)
            seat.do("play", bet=5, win=0)
            seat.do("open", door="slot")
            await until(lambda: host.codes()[-1:] == [0x11] and host.status().open_doors)
            seat.do("close", door="slot")
            await until(lambda: host.status().credits == 1995, what="credits")
            report = await host.command("lock")
            await until(lambda: host.desk and not host.machine()._memory.orders)
            assert report.state in (CommandState.SENT, CommandState.ACCEPTED, CommandState.DONE)
            assert host.status().switches == {"play": "off"}
            assert sums(host.events()) == {c: m.value for c, m in host.machine().carry().meters.items()}
            assert sums(host.events())[0] == 5
            assert host.events(ev.ConfigurationRead)[0].what == "version"
    faults = floor.report
    print(faults)
