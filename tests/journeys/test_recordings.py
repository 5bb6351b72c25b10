"""Every real recording, from the controller's queue to the packets on the sockets, without one NACK or loss.

In virtual time, so that 184 s of breathing take seconds; the same over a real pseudo-terminal and real sockets is in
`test_ventilator.py`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from lineside.runtime.memory_link import memory_pair
from lineside.ventilator.model import COMMANDS, LINE, ModelSettings, Packet, Ventilator
from lineside.ventilator.model.events import AlarmLatched
from lineside.ventilator.simulator.run import make_controller
from lineside.ventilator.simulator.settings import SimulatorSettings
from lineside.ventilator.wire import DeviceWire
from tests.ventilator.test_gateway import Ward

# Records of each file, its alarms among them: counted in the files themselves (shared/data/hev/README.md).
FILES = {
    "A0-byteArray-20200411.dump": 100,
    "AA-dump-20200526.dump": 100,
    "AC-20200603-lines6301-7300.dump": 1000,
    "B5-20200624-lines2101-3100.dump": 1000,
    "B6-20200805.dump": 10_000,
}


class Player(Ward):
    """A recording on one end of a cable, the whole house on the other."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.controller = make_controller(SimulatorSettings(file=str(file), rate_hz=5 if "A0" in file.name else 0))
        self.packets: list[Packet] = []
        self.samples: list[tuple[Any, ...]] = []
        self.cable = memory_pair(by_hand=True)

    async def play(self, payloads: int) -> None:
        profile = self.controller.profile
        model = Ventilator(profile, ModelSettings(period_s=0, stale_s=3.0), self.clock.now())
        self.unit = await self.runtime.make_unit("1", "ventilator", model, COMMANDS)
        self.unit.outlets["packet"] = self.packets.append
        self.unit.outlets["samples"] = self.samples.append
        self.unit.attach(LINE, self.cable.right, DeviceWire(profile))
        self.cable.left.start(self)
        while self.controller.report.payloads < payloads or self.controller.waiting:
            now = self.clock.advance(0.005).mono
            self.controller.is_ending = self.controller.report.payloads >= payloads
            for frame in self.controller.turn(now):
                self.cable.left.send(frame)
            self.cable.pump(now)
            await asyncio.sleep(0)

    def on_data(self, data: bytes) -> None:
        for frame in self.controller.receive(data, self.clock.mono):
            self.cable.left.send(frame)

    def on_closed(self, reason: str) -> None:
        raise AssertionError(reason)


@pytest.mark.parametrize("name", FILES)
async def test_recording_goes_through_the_whole_house(name: str, recordings: Path) -> None:
    player = Player(recordings / "hev" / name)
    await player.play(FILES[name])
    report = player.controller.report
    counters = player.unit.model.status.counters  # type: ignore[attr-defined]
    player.clock.advance(1.1)
    await asyncio.sleep(0)
    counters = player.unit.model.status.counters  # type: ignore[attr-defined]
    assert (report.nacks_received, report.never_acked) == (0, 0)
    assert report.acked == report.payloads >= FILES[name]
    assert (counters.refused, counters.noise) == (0, 0)
    assert len(player.samples) == counters.samples
    assert counters.samples + counters.alarms + counters.other == report.payloads
    latched = {k.event.name for k in player.journal.kept if isinstance(k.event, AlarmLatched)}
    assert latched - {"ARDUINO_FAIL"} == set(player.packets[-1].alarms) - {"ARDUINO_FAIL"}
    assert bool(counters.alarms) == bool(latched - {"ARDUINO_FAIL"})


async def test_record_14_of_the_first_recording_reads_144(recordings: Path) -> None:
    player = Player(recordings / "hev" / "A0-byteArray-20200411.dump")
    await player.play(100)
    packet = player.packets[14]
    assert packet.sensors is not None
    assert (packet.sensors["pressure_buffer"], packet.sensors["pressure_inhale"]) == (144, 144)
    assert packet.sensors["readback_valve_purge"] == 1
    assert list(packet.sensors)[:3] == ["version", "fsm_state", "pressure_air_supply"]
