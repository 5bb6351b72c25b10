"""Machines on real lines: nine://, a pseudo-terminal, several on one line, their memories, accidents."""

from __future__ import annotations

import os
import termios
import tty
from pathlib import Path

import pytest

from lineside.adapters.nine_far_end import open_burst_far_end
from lineside.errors import ConfigError, LinkError
from lineside.slots.simulator import FaultSettings, Floor, MachineSettings, SimulatorSettings, load_state, running
from lineside.slots.wire import crc16
from tests.slots.simulator.bench import GENERAL, NOBODY, with_sum
from tests.slots.simulator.host import NineHost
from tests.support.wait import until

NINE = "nine://127.0.0.1:0"


def settings(**values: object) -> SimulatorSettings:
    values.setdefault("lines", (NINE,))
    values.setdefault("machine", MachineSettings(game_s=0.0))
    return SimulatorSettings(tolerance_s=1.0, **values)  # type: ignore[arg-type]


async def test_machine_is_played_and_polled_over_nine() -> None:
    async with running(settings(), open_burst_far_end) as floor, NineHost(floor.where[0]) as host:
        host.send(NOBODY)
        assert await host.poll() == 0x17
        shown = floor["1"].do("bill", dollars=20)
        assert shown["credits"] == 2000
        assert await host.poll() == 0x4A
        assert (await host.ask(b"\x01\x1a", 8))[2:6].hex() == "00002000"
        assert (await host.ask(with_sum("01 02"), 1)) == b"\x01"
        assert floor.report.host_faults == {}
        assert floor.report.told == 2


async def test_wake_up_bits_are_checked_and_obeyed() -> None:
    async with running(settings(), open_burst_far_end) as floor, NineHost(floor.where[0]) as host:
        host.send(NOBODY)
        host.send(GENERAL, wakeups=())  # no machine hears that
        host.send(b"\x01\x1a", wakeups=(0, 1))
        host.send(NOBODY)
        assert await host.poll() == 0x17
        assert floor.report.host_faults["wake-up"] >= 2


async def test_bad_check_value_is_refused_and_told() -> None:
    async with running(settings(), open_burst_far_end) as floor, NineHost(floor.where[0]) as host:
        host.send(NOBODY)
        good = with_sum("01 02")
        assert await host.ask(good[:-2] + good[:-3:-1], 1) == b"\x81"
        assert floor.report.host_faults == {"crc order": 1}


async def test_several_machines_on_one_line_acknowledge_each_other() -> None:
    async with running(settings(machines=3), open_burst_far_end) as floor, NineHost(floor.where[0]) as host:
        host.send(NOBODY)
        heard = []
        for _ in range(2):
            for address in (1, 2, 3):
                host.send(bytes((0x80 | address,)))
                heard.append((await host.read(1))[0][0])
        assert heard == [0x17] * 3 + [0x00] * 3
        assert [seat.settings.serial for seat in floor.values()] == ["000001", "000002", "000003"]
        assert [seat.settings.asset for seat in floor.values()] == [1, 2, 3]


async def test_machine_chirps_with_its_ninth_bit_on_a_silent_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lineside.slots.simulator.link.SILENCE_S", 0.05)
    async with running(settings(), open_burst_far_end) as floor, NineHost(floor.where[0]) as host:
        assert await host.read(2) == (b"\x01\x01", [0, 1])


async def test_machine_answers_on_a_pseudo_terminal_by_content_and_gap(tmp_path: Path) -> None:
    line = f"pty:{tmp_path / 'floor'}"
    async with running(settings(lines=(line,)), open_burst_far_end) as floor:
        assert floor.where == [line]
        descriptor = os.open(tmp_path / "floor", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            heard = bytearray()

            def listen() -> bool:
                try:
                    heard.extend(os.read(descriptor, 100))
                except BlockingIOError:
                    return False
                return bool(heard)

            tty.setraw(descriptor, termios.TCSANOW)
            await until(lambda: floor.stations[0].far_end.is_attached())
            os.write(descriptor, b"\x80\x81\x01\x54\x00")
            await until(lambda: listen() and len(heard) >= 15)
            assert heard[0] == 0x17
            assert crc16(bytes(heard[1:15])) == 0
            await until(lambda: floor.report.noise == 1)  # the stray 00 was dropped by the gap
            assert floor.report.host_faults == {}
        finally:
            os.close(descriptor)


async def test_memory_outlives_the_simulator(tmp_path: Path) -> None:
    kept = settings(lines=(NINE, NINE), state_dir=str(tmp_path))
    async with running(kept, open_burst_far_end) as floor:
        assert list(floor) == ["1.1", "2.1"]
        floor["2.1"].do("bill", dollars=50)
    assert load_state(tmp_path / "machine-2.1.json").credits == 5000
    async with running(kept, open_burst_far_end) as floor:
        assert floor["2.1"].state.credits == 5000
        assert [raised.code for raised in floor["2.1"].state.queue] == [0x17, 0x4B, 0x18, 0x17]


async def test_damaged_memory_and_busy_line_are_refused(tmp_path: Path) -> None:
    (tmp_path / "machine-1.json").write_text("{}")
    with pytest.raises(ConfigError):
        async with running(settings(state_dir=str(tmp_path)), open_burst_far_end):
            pass
    async with running(settings(), open_burst_far_end) as floor:
        with pytest.raises(LinkError):
            async with running(settings(lines=(NINE, floor.where[0])), open_burst_far_end):
                pass


async def test_player_and_accidents_happen_by_themselves() -> None:
    faults = FaultSettings(power_every_s=0.05, unplug_every_s=0.2, unplug_for_s=0.1)
    async with running(settings(play=600, faults=faults), open_burst_far_end) as floor:
        await until(lambda: floor["1"].state.meters.get(0x05, 0) >= 2, seconds=30)
        await until(lambda: floor.report.faults.get("power cut", 0) >= 2, seconds=30)
        await until(lambda: floor.report.faults.get("unplugged", 0) >= 1, seconds=30)
        assert floor.report.power_cuts >= 2


async def test_answer_that_is_late_or_paused_arrives_in_its_pieces() -> None:
    async with running(settings(), open_burst_far_end) as floor, NineHost(floor.where[0]) as host:
        host.send(NOBODY)
        floor["1"].do("fault", name="late")
        floor["1"].do("fault", name="gap")
        assert crc16(await host.ask(b"\x01\x54", 14)) == 0
        assert floor.report.faults == {"late": 1, "gap": 1}


async def test_paced_answer_is_cut_by_a_poll_that_comes_too_early() -> None:
    async with running(settings(paced=True), open_burst_far_end) as floor, NineHost(floor.where[0]) as host:
        host.send(NOBODY)
        host.send(b"\x01\x54")
        host.send(GENERAL)
        assert await host.read(1) == (b"\x17", [])
        assert floor.report.host_faults == {"interrupted": 1}


def test_floor_without_lines_to_open_is_a_mapping_of_its_machines() -> None:
    floor = Floor(settings(machines=2))
    assert (len(floor), list(floor), floor.where) == (2, ["1", "2"], [])
