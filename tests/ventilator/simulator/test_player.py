from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from lineside.errors import ConfigError
from lineside.ventilator.simulator import Player, SimulatorReport, SimulatorSettings, load_recording, make_controller
from lineside.ventilator.simulator.player import LAG_S_MAX, profile_from
from lineside.ventilator.wire import Alarm, Data, Nacked, Unusable, profile_of, read_dump
from tests.ventilator.simulator.bench import Bench

FILES = [
    ("A0-byteArray-20200411.dump", "A0"),
    ("AA-dump-20200526.dump", "AA"),
    ("AC-20200603-lines6301-7300.dump", "AC"),
    ("B5-20200624-lines2101-3100.dump", "B5"),
    ("B6-20200805.dump", "B6"),
    ("sample-20200416.txt", "A0"),
    ("testdummy-20200430.txt", "A0"),
]


def bench_of(path: Path, **settings: object) -> Bench:
    return Bench(make_controller(SimulatorSettings(file=str(path), **settings)))  # type: ignore[arg-type]


def write_dump(path: Path, *payloads: bytes) -> Path:
    path.write_text("".join(f"b'{payload.hex()}'\n" for payload in payloads))
    return path


def sample(stamp: int, version: int = 0xAA) -> bytes:
    return bytes((version,)) + stamp.to_bytes(4, "little") + bytes((1, 1)) + bytes(46)


@pytest.mark.parametrize(("name", "version"), FILES)
def test_each_recording_plays_through_at_its_own_pace_without_loss(recordings: Path, name: str, version: str) -> None:
    path = recordings / "hev" / name
    dump = read_dump(path.read_bytes())
    bench = bench_of(path, profile=version)
    passes = bench.controller.report
    bench.run(100_000, until=lambda: passes.passes == 1 and not bench.controller.waiting)
    wanted, heard = defaultdict(list), defaultdict(list)
    for info in dump.records:
        content = bench.controller.profile.decode(bench.controller.profile.address_of(info), info)
        wanted[type(content)].append(content)
    # The host hears the first records of the next round while the last of this one are on their way.
    for payload in bench.host.payloads:
        heard[type(payload.content)].append(payload.content)
    for kind in wanted:
        assert heard[kind][: len(wanted[kind])] == wanted[kind]
    report = bench.controller.finish()
    assert (report.nacks_received, report.bad_frames, report.never_acked, report.retransmitted) == (0, 0, 0, 0)
    assert bench.host.told == []
    assert bench.now - 1000 == pytest.approx(dump.at_s[-1], abs=1.5)


def test_record_14_of_the_a0_recording_reads_144(recordings: Path) -> None:
    bench = bench_of(recordings / "hev" / "A0-byteArray-20200411.dump")
    bench.run(15.9)
    value = bench.host.contents(Data)[14].sensors()
    assert (value["version"], value["pressure_buffer"], value["pressure_inhale"]) == (160, 144, 144)
    assert len(bench.host.contents(Data)) == 16  # one record a second


def test_a_rate_overrules_the_recorded_pace(recordings: Path) -> None:
    bench = bench_of(recordings / "hev" / "A0-byteArray-20200411.dump", rate_hz=20)
    bench.run(10)
    assert len(bench.host.contents(Data)) == pytest.approx(200, abs=1)
    bench = bench_of(recordings / "hev" / "AA-dump-20200526.dump", rate_hz=5)
    bench.run(10)
    assert len(bench.host.contents(Data)) == pytest.approx(50, abs=1)
    assert len(bench.host.payloads) > 50


def test_timestamps_keep_rising_over_the_seam_by_10_ms(recordings: Path) -> None:
    bench = bench_of(recordings / "hev" / "AA-dump-20200526.dump")
    bench.run(5)
    stamps = [one.timestamp_ms for one in bench.host.contents(Data)]
    assert bench.controller.report.passes >= 4
    steps = [later - earlier for earlier, later in pairwise(stamps)]
    assert min(steps) > 0
    assert steps[90] == 10
    assert max(steps) < 100


def test_timestamps_wrap_at_32_bits(tmp_path: Path) -> None:
    path = write_dump(tmp_path / "a", sample(0xFFFF_FFF0), sample(0xFFFF_FFFA))
    bench = bench_of(path)
    bench.run(0.5)
    assert [one.timestamp_ms for one in bench.host.contents(Data)][:4] == [0xFFFF_FFF0, 0xFFFF_FFFA, 4, 14]


def test_added_alarms_carry_the_recorded_machines_clock(recordings: Path) -> None:
    bench = bench_of(recordings / "hev" / "AA-dump-20200526.dump", alarm_every_s=0.5, alarm_for_s=0.1)
    bench.run(3)
    stamps = [alarm.timestamp_ms for alarm in bench.host.contents(Alarm)]
    assert len(stamps) == 5
    assert all(15_000 < stamp < 20_000 for stamp in stamps)


def test_a_recording_waits_while_the_host_is_away_and_does_not_hurry_afterwards(tmp_path: Path) -> None:
    path = write_dump(tmp_path / "a", *(sample(20 * number) for number in range(1000)))
    bench = bench_of(path)
    bench.run(1)
    before = len(bench.host.contents(Data))
    bench.host.is_deaf = True
    bench.run(60)
    bench.host.is_deaf = False
    bench.run(0.5)
    heard = bench.host.contents(Data)
    assert [one.timestamp_ms for one in heard] == [20 * number for number in range(len(heard))]
    assert before + 25 < len(heard) <= before + 25 + (LAG_S_MAX + 0.2) * 50
    assert bench.controller.report.never_acked == bench.controller.report.never_heard == 0


def test_the_wrong_version_is_refused_with_both_named(recordings: Path) -> None:
    path = recordings / "hev" / "AA-dump-20200526.dump"
    with pytest.raises(ConfigError, match=r"profile: .*version AA.*A0 is wanted"):
        load_recording(path, "A0")
    assert load_recording(path, "0xaa").profile is profile_of(0xAA)


def test_what_cannot_be_played_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"file: cannot read .*No such file"):
        load_recording(tmp_path / "nothing")
    (tmp_path / "noise").write_text("hello\n")
    with pytest.raises(ConfigError, match=r"file: .*line 1"):
        load_recording(tmp_path / "noise")
    write_dump(tmp_path / "short", sample(1), sample(2)[:-1])
    with pytest.raises(ConfigError, match=r"short, record 2: wrong size: aa 02"):
        load_recording(tmp_path / "short")
    write_dump(tmp_path / "unknown", sample(1).replace(b"\xaa", b"\x77"))
    with pytest.raises(ConfigError, match="no profile for protocol version 77"):
        load_recording(tmp_path / "unknown")
    with pytest.raises(ConfigError, match="'beta' is no version"):
        profile_from("beta")


def test_orders_are_known_and_change_nothing(recordings: Path) -> None:
    bench = bench_of(recordings / "hev" / "A0-byteArray-20200411.dump")
    bench.order("START")
    bench.order("STOP")
    bench.run(2.9)
    assert bench.controller.report.orders == {"START": 1, "STOP": 1}
    assert len(bench.host.contents(Data)) == 3
    assert bench.host.count(Nacked) == bench.host.count(Unusable) == 0


def test_a_recording_without_samples_plays_by_its_records(tmp_path: Path) -> None:
    alarm = bytes.fromhex("aa 00000000 06 03 01 00000000")
    recording = load_recording(write_dump(tmp_path / "a", alarm, alarm), rate_hz=10)
    assert [at for _, _, at in recording.records] == [0.0, 0.1]
    assert recording.round_s == pytest.approx(0.2)


def test_player_has_no_clock_before_its_first_turn(tmp_path: Path) -> None:
    player = Player(load_recording(write_dump(tmp_path / "a", sample(7))), SimulatorReport())
    assert player.timestamp_ms(5) == 7
    assert not player.on_order("SET_MODE", "START")
