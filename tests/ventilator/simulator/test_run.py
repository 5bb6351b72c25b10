from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lineside.adapters.far_end import open_far_end
from lineside.adapters.serial_link import open_line
from lineside.errors import ConfigError, LinkBusy, LinkError
from lineside.runtime.line import LineSettings
from lineside.runtime.link import Link, Receiver
from lineside.ventilator.simulator import (
    FaultSettings,
    FsmState,
    Simulator,
    SimulatorReport,
    SimulatorSettings,
    make_controller,
    run_simulator,
    simulate,
)
from lineside.ventilator.wire import Data, DeviceWire, Nacked, Noise, Order, Unusable, profile_of
from tests.support.both_loops import on_both_loops
from tests.support.wait import until
from tests.ventilator.simulator.bench import Host

ROOT = Path(__file__).resolve().parents[3]


class FakeFarEnd:
    """A far end in memory: what is sent is handed to the host at once, unless the cable is out."""

    def __init__(self, host: Host, clock: Clock) -> None:
        self.name = self.where = "fake"
        self.dropped_bytes = 0
        self.is_in = True
        self.busy_names = 0
        self.plugs: list[str] = []
        self._host = host
        self._clock = clock
        self._receiver: Receiver | None = None

    def start(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def send(self, data: bytes) -> None:
        if not self.is_in:
            self.dropped_bytes += len(data)
            return
        self.answer(self._host.hear(data, self._clock.now))

    def answer(self, data: bytes) -> None:
        if data and self.is_in and self._receiver is not None:
            self._receiver.on_data(data)

    def unsent(self) -> int:
        return 0

    def hold(self, held: bool) -> None:
        raise AssertionError("the simulator never holds")

    def is_attached(self) -> bool:
        return self.is_in

    def unplug(self) -> None:
        self.is_in = False
        self.plugs.append("out")

    def replug(self) -> None:
        if self.busy_names:
            self.busy_names -= 1
            raise LinkBusy("taken")
        self.is_in = True
        self.plugs.append("in")

    def close(self, reason: str) -> None:
        assert self._receiver is not None
        self._receiver.on_closed(reason)


class Clock:
    now = 1000.0


class Stage:
    """A simulator on a fake line, its time turned by hand."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.clock = Clock()
        self.said: list[str] = []
        controller = make_controller(settings)
        self.loop_s = controller.pace.loop_s
        self.host = Host(DeviceWire(controller.profile))
        self.far_end = FakeFarEnd(self.host, self.clock)
        self.simulator = Simulator(settings, controller, self.far_end, lambda: self.clock.now, self.said.append)
        self.far_end.start(self.simulator)

    def order(self, cmd: str) -> None:
        self.far_end.answer(self.host.wire.send(Order(f"{cmd} {self.clock.now}", "GENERAL", cmd)))

    def run(self, seconds: float) -> None:
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.simulator.turn(self.clock.now)
            self.host.told += self.host.wire.on_time(self.clock.now)
            self.far_end.answer(self.host.wire.outgoing(self.clock.now))
            self.clock.now += self.loop_s


def stage(*, seed: int = 1, **faults: Any) -> Stage:
    return Stage(SimulatorSettings(rate_hz=20, breathing=True, seed=seed, faults=FaultSettings(**faults)))


def test_without_faults_every_sample_arrives_once() -> None:
    calm = stage()
    calm.run(20)
    report = calm.simulator.finish()
    assert len(calm.host.contents(Data)) == pytest.approx(400, abs=1)
    assert calm.host.told == []
    assert (report.retransmitted, report.never_acked, report.bytes_dropped) == (0, 0, 0)
    assert calm.said == ["host attached"]
    assert calm.simulator.closed == "the simulator ends"


@pytest.mark.parametrize("fault", ["lost", "cut", "doubled", "flipped", "late"])
def test_bad_weather_costs_repetitions_and_no_sample(fault: str) -> None:
    """At 20 samples a second there is time to repeat: each sample arrives, whatever the cable does to a tenth of them.

    A sample whose ACK was damaged may arrive again under a new number; so neighbours that are equal count once.
    """
    rough = stage(**{fault: 0.1})
    calm = stage()
    for one in (rough, calm):
        one.run(30)
    assert rough.simulator.report.faults[fault] > 20
    values = [sample.values for sample in rough.host.contents(Data)]
    arrived = [value for index, value in enumerate(values) if index == 0 or values[index - 1] != value]
    wanted = [sample.values for sample in calm.host.contents(Data)]
    assert set(wanted[: len(wanted) - 5]) <= set(arrived)
    assert rough.simulator.report.never_heard == 0
    if fault in ("lost", "cut", "flipped"):
        assert rough.simulator.report.retransmitted > 20
    if fault in ("cut", "flipped"):
        assert rough.host.count(Noise) > 5
        assert rough.simulator.report.bad_frames > 0


def test_the_seed_repeats_the_whole_run() -> None:
    weather = {"lost": 0.05, "cut": 0.05, "doubled": 0.05, "flipped": 0.05, "late": 0.05}
    first, second, other = (stage(seed=seed, **weather) for seed in (9, 9, 10))
    for one in (first, second, other):
        one.run(10)
    assert first.simulator.report == second.simulator.report != other.simulator.report
    assert first.host.payloads == second.host.payloads


def test_unplugging_comes_and_goes_as_asked_and_tries_until_its_name_is_free() -> None:
    one = stage(unplug_every_s=10, unplug_for_s=2)
    one.run(10.5)
    assert not one.far_end.is_in
    before = len(one.host.payloads)
    one.far_end.busy_names = 3
    one.run(1)
    assert len(one.host.payloads) == before
    one.run(3)
    assert one.far_end.plugs == ["out", "in"]
    assert len(one.host.payloads) > before
    assert one.said.count("cannot plug in: taken") == 1
    assert one.said[1:3] == ["cable pulled", "host gone"]
    assert one.said[-2:] == ["cable back", "host attached"]
    report = one.simulator.finish()
    assert report.faults == {"unplugged": 1}
    assert report.bytes_dropped > 0


def test_a_silent_controller_neither_sends_nor_hears() -> None:
    one = stage(silence_every_s=10, silence_for_s=5)
    one.run(10.1)
    before = len(one.host.payloads)
    one.order("STOP")
    one.run(4)
    assert len(one.host.payloads) == before
    assert one.simulator.report.order_count == 0
    one.run(3)
    assert len(one.host.payloads) > before
    assert one.said[1:] == ["controller hangs", "controller runs again"]
    assert one.simulator.report.faults == {"silence": 1}


def test_nack_and_wrong_version_reach_the_controller() -> None:
    one = stage(nack=1.0, wrong_version_every=50)
    one.order("STOP")
    one.run(8)
    assert one.host.count(Nacked) > 0
    assert one.host.count(Unusable) > 0
    assert one.host.states[-1] != FsmState.IDLE


def test_a_lung_of_another_version_and_a_recording_of_the_wrong_one_are_refused(recordings: Path) -> None:
    with pytest.raises(ConfigError, match="speaks A0 alone"):
        make_controller(SimulatorSettings(profile="B6"))
    assert make_controller(SimulatorSettings(profile="a0")).profile is profile_of(0xA0)
    file = str(recordings / "hev" / "AA-dump-20200526.dump")
    with pytest.raises(ConfigError, match=r"version AA.*A0 is wanted"):
        make_controller(SimulatorSettings(file=file, profile="A0"))


# ------------------------------------------------------------------------------------------------------ real lines


class Server:
    """A host on a real link: acknowledges and remembers."""

    def __init__(self, link: Link) -> None:
        self.host = Host(DeviceWire(profile_of(0xA0)))
        self.link = link
        self.ended = ""
        link.start(self)

    def on_data(self, data: bytes) -> None:
        if answers := self.host.hear(data, asyncio.get_running_loop().time()):
            self.link.send(answers)

    def on_closed(self, reason: str) -> None:
        self.ended = reason


async def connect(line: str) -> Server:
    """Open the line as soon as it can be had."""
    for _ in range(1000):
        try:
            return Server(await open_line(line, LineSettings()))
        except LinkError:
            await asyncio.sleep(0.01)
    raise AssertionError(f"{line} could not be opened")


@on_both_loops
async def test_simulate_serves_a_host_over_a_terminal_through_unplugging(tmp_path: Path) -> None:
    faults = FaultSettings(unplug_every_s=0.6, unplug_for_s=0.1)
    settings = SimulatorSettings(data_dir=str(tmp_path), rate_hz=100, faults=faults)
    stop, said = asyncio.Event(), []
    task = asyncio.create_task(simulate(settings, open_far_end, stop=stop, say=said.append))
    server = await connect(f"pty:{tmp_path}/ttyEMU0")
    server.link.send(server.host.wire.send(Order("1", "GENERAL", "START")))
    await until(lambda: FsmState.BUFF_PREFILL in server.host.states)
    await until(lambda: server.ended)
    assert "unplugged" in server.ended or "hung up" in server.ended
    again = await connect(f"{tmp_path}/ttyEMU0")
    await until(lambda: len(again.host.payloads) > 5)
    stop.set()
    report = await task
    assert report.orders == {"START": 1}
    assert report.acked > 10
    assert report.bad_frames == report.nacks_received == 0
    assert "cable pulled" in said
    assert os.listdir(tmp_path) == []
    await until(lambda: again.ended)


@on_both_loops
async def test_simulate_serves_a_host_over_tcp_and_ends_by_its_duration(tmp_path: Path) -> None:
    settings = SimulatorSettings(line="socket://127.0.0.1:0", rate_hz=50, breathing=True, duration_s=1.0)
    ready: asyncio.Future[Simulator] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(simulate(settings, open_far_end, on_ready=ready.set_result))
    server = await connect((await ready).where)
    await until(lambda: len(server.host.payloads) > 5)
    report = await task
    # What was on its way when the time was up counts as never acknowledged.
    assert report.acked + report.never_acked >= len(server.host.payloads)
    await until(lambda: server.ended)


async def test_simulate_closes_its_line_when_cancelled(tmp_path: Path) -> None:
    task = asyncio.create_task(simulate(SimulatorSettings(data_dir=str(tmp_path)), open_far_end))
    await until(lambda: (tmp_path / "ttyEMU0").exists())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert os.listdir(tmp_path) == []


def test_run_simulator_says_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = SimulatorSettings(data_dir=str(tmp_path), duration_s=0.1)
    said: list[str] = []
    report = run_simulator(settings, open_far_end, say=said.append)
    assert isinstance(report, SimulatorReport)
    assert said[0] == f"ventilator A0 on pty:{tmp_path}/ttyEMU0: a breathing lung"
    assert said[-1] == str(report)
    run_simulator(settings, open_far_end)
    assert "frames sent" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_seeds_emulator_script_plays_until_a_signal_and_reports(
    tmp_path: Path, recordings: Path, number: signal.Signals
) -> None:
    script = [sys.executable, str(ROOT / "examples" / "seed" / "ArduinoEmulator.py")]
    file = recordings / "hev" / "A0-byteArray-20200411.dump"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        [*script, "-f", str(file)], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "ventilator A0 on pty:var/ttyEMU0" in process.stderr.readline()
        assert (tmp_path / "var" / "ttyEMU0").is_symlink()
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(20) == 0
    assert "frames sent" in rest
    assert not (tmp_path / "var" / "ttyEMU0").is_symlink()


def test_the_seeds_emulator_script_refuses_the_wrong_version_with_2(tmp_path: Path, recordings: Path) -> None:
    script = [sys.executable, str(ROOT / "examples" / "seed" / "ArduinoEmulator.py")]
    file = recordings / "hev" / "AA-dump-20200526.dump"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [*script, "-f", str(file), "--profile", "A0"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "version AA" in done.stderr
    assert "A0" in done.stderr
    assert os.listdir(tmp_path) == []
