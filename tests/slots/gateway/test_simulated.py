"""The gateway and simulated machines over TCP with the ninth bit: what the machine tells is what the journal has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lineside.adapters.nine_far_end import open_burst_far_end
from lineside.runtime.command import CommandState
from lineside.slots.model import events as ev
from lineside.slots.simulator import MachineSettings, Seat, SimulatorSettings, running
from tests.slots.gateway.host import Host, sums
from tests.support.wait import until

LINE = "nine://127.0.0.1:0"


def simulated(**more: Any) -> SimulatorSettings:
    return SimulatorSettings(lines=(LINE,), machine=MachineSettings(game_s=0.0, signature_s=0.1, games=1), **more)


def own_meters(seat: Seat, host: Host, name: str = "1") -> dict[int, int]:
    """The machine's own meters, of those that the host has recorded."""
    return {code: seat.machine.works.meters.value(code) for code in host.machine(name).carry().meters}


async def until_equal(seat: Seat, host: Host, name: str = "1") -> None:
    """What the changes add up to is what the machine says of itself."""
    await until(
        lambda: sums(host.events(name=name)) == own_meters(seat, host, name),
        what=f"{sums(host.events(name=name))} to be {own_meters(seat, host, name)}",
    )


async def test_machine_is_found_conversed_with_played_and_every_meter_adds_up(tmp_path: Path) -> None:
    async with running(simulated(), open_burst_far_end) as floor:
        seat = floor["1"]
        async with Host(tmp_path, line=floor.where[0]).running() as host:
            await host.until_ready()
            assert [event.what for event in host.events(ev.ConfigurationRead)][:3] == ["version", "info", "games"]
            seat.do("bill", dollars=20)
            seat.do("play", bet=5, win=0)
            seat.do("open", door="slot")
            await until(lambda: host.status().open_doors)
            seat.do("close", door="slot")
            await until(lambda: host.status().credits == 1995, what="credits")
            await until_equal(seat, host)
            assert sums(host.events())[0] == 5
            await until(lambda: host.codes()[-2:] == [0x11, 0x12], what="the door")
    assert not floor.report.host_faults, floor.report


async def test_commands_are_done_by_the_machine(tmp_path: Path) -> None:
    async with (
        running(simulated(), open_burst_far_end) as floor,
        Host(tmp_path, line=floor.where[0]).running() as host,
    ):
        await host.until_ready()
        asked: dict[str, dict[str, Any]] = {"lock": {}, "set_clock": {}, "read_meters": {"codes": [0, 5]}}
        for name, params in (asked | {"rom_signature": {}}).items():
            report = await host.command(name, **params)
            await until(lambda: not host.unit().open_commands, what=name)
            assert report.state in (CommandState.SENT, CommandState.ACCEPTED, CommandState.DONE)
        assert host.status().switches == {"play": "off"}
        assert len(host.events(ev.RomSignatureRead)) == 1


async def test_handpay_is_recorded_with_its_amount_and_reset_by_command(tmp_path: Path) -> None:
    async with running(simulated(), open_burst_far_end) as floor:
        seat = floor["1"]
        async with Host(tmp_path, line=floor.where[0]).running() as host:
            await host.until_ready()
            seat.do("handpay", credits=130_000)
            await until(lambda: host.status().handpay_cents == 130_000, what="the handpay")
            await host.command("reset_handpay")
            await until(lambda: not host.status().handpay, what="the reset")
            await until_equal(seat, host)
            assert len(host.events(ev.HandpayRecorded)) == 1


async def test_host_that_is_started_anew_counts_what_it_missed_once(tmp_path: Path) -> None:
    async with running(simulated(), open_burst_far_end) as floor:
        seat = floor["1"]
        first = Host(tmp_path, line=floor.where[0])
        async with first.running():
            await first.until_ready()
        seat.do("bill", dollars=100)
        seat.do("play", bet=7, win=3)
        second = Host(tmp_path, first.journal, line=floor.where[0])
        async with second.running():
            await second.until_ready()
            await until_equal(seat, second)
            away = {
                event.code: event.change
                for event in second.events(ev.MeterRead)
                if event.away and event.old is not None
            }
            assert away[0x00] == 7
            await until(lambda: 0x4C in second.codes(), what="the bill's exception")
            assert second.codes().count(0x4C) == 1


async def test_cleared_memory_and_rolled_meters_add_up(tmp_path: Path) -> None:
    async with running(simulated(), open_burst_far_end) as floor:
        seat = floor["1"]
        async with Host(tmp_path, line=floor.where[0], meter_source="short").running() as host:
            await host.until_ready()
            seat.do("bill", dollars=20)
            await until(lambda: host.status().credits == 2000, what="credits")
            seat.do("play", bet=5, win=0)
            await until(lambda: sums(host.events()).get(0) == 5, what="coin in")
            seat.do("ram_clear")
            await until(lambda: host.events(ev.MetersReset), what="the reset")
            await until(lambda: sums(host.events())[0] == 0, what="coin in from zero")
            assert [event.cause for event in host.events(ev.MetersReset)] == ["soft_meters"]


async def test_two_machines_of_one_line_keep_their_books_apart(tmp_path: Path) -> None:
    async with running(simulated(machines=2), open_burst_far_end) as floor:
        lines = {"a12": {"line": floor.where[0], "machines": (1, 2)}}
        async with Host(tmp_path, lines=lines).running() as host:
            for name in ("1", "2"):
                await host.until_ready(f"a12.{name}")
            floor["1"].do("bill", dollars=20)
            floor["2"].do("bill", dollars=100)
            await until(lambda: host.status("a12.1").credits == 2_000, what="credits of 1")
            await until(lambda: host.status("a12.2").credits == 10_000, what="credits of 2")
            for name in ("1", "2"):
                await until_equal(floor[name], host, f"a12.{name}")
    assert not floor.report.host_faults, floor.report


async def test_line_that_goes_is_told_and_comes_back(tmp_path: Path) -> None:
    async with (
        running(simulated(), open_burst_far_end) as floor,
        Host(tmp_path, line=floor.where[0]).running() as host,
    ):
        await host.until_ready()
        floor.stations[0].far_end.unplug()
        await until(lambda: host.status().link == "closed", what="the loss")
        floor["1"].do("bill", dollars=20)
        floor.stations[0].far_end.replug()
        await until(lambda: host.status().credits == 2_000, 20, "credits")
        assert len(host.events(ev.LinkLost)) == 1
        assert host.codes().count(0x4A) == 1
