"""Plays recordings: each payload when its own machine sent it, in a loop, with timestamps that keep rising."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lineside.errors import ConfigError, Malformed
from lineside.ventilator.simulator.report import SimulatorReport
from lineside.ventilator.wire.dump import read_dump
from lineside.ventilator.wire.layout import TIMESTAMP_COUNT
from lineside.ventilator.wire.message import Data, UnusableReason
from lineside.ventilator.wire.profile import Profile, profile_of

# A recording that cannot be sent waits like a stopped tape; beyond this much it does not hurry to catch up.
LAG_S_MAX = 1.0


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording, ready to play.

    Attributes:
        profile: of its version.
        records: (address, information field, when it is due in seconds from the first).
        round_s: from the first record to the first of the next round.
        round_ms: by how much the machine's clock is ahead in the next round.
        timestamp_at: offset of the u32 timestamp in each information field; None if there is none (A0).
    """

    profile: Profile
    records: tuple[tuple[int, bytes, float], ...]
    round_s: float
    round_ms: int
    timestamp_at: int | None


def load_recording(path: str | Path, wanted: str = "", rate_hz: float = 0.0) -> Recording:
    """Read a recording and check that every payload of it can be played.

    Args:
        path: any of the kinds that `wire.dump.read_dump` knows.
        wanted: the profile that the recording must have, ``A0``; empty takes any.
        rate_hz: samples per second; what is no sample goes with the sample before it. 0 keeps the recorded pace.

    Raises:
        ConfigError: no such file, no recording, a payload that its version does not have, or the wrong version (names
            both).
    """
    try:
        dump = read_dump(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}", "file") from error
    except Malformed as error:
        raise ConfigError(f"{path}: {error}", "file") from error
    if wanted and profile_from(wanted).version != dump.version:
        name = profile_from(wanted).name
        raise ConfigError(f"{path} was recorded with version {dump.version:02X}, and {name} is wanted", "profile")
    profile = profile_of(dump.version)
    addresses = [profile.address_of(info) for info in dump.records]
    is_sample = [
        _is_sample(profile, address, info, f"{path}, record {number}")
        for number, (address, info) in enumerate(zip(addresses, dump.records, strict=True), 1)
    ]
    times = _times_at(rate_hz, is_sample) if rate_hz else list(dump.at_s)
    return Recording(
        profile,
        tuple(zip(addresses, dump.records, times, strict=True)),
        times[-1] + (1 / rate_hz if rate_hz else dump.seam_s),
        round((dump.at_s[-1] + dump.seam_s) * 1000),
        {0xA0: None, 0xA1: 4}.get(dump.version, 1),
    )


def profile_from(text: str) -> Profile:
    """The profile of a version as people write it: ``A0``, ``0xa0``.

    Raises:
        ConfigError: no such version; names those that there are.
    """
    try:
        version = int(text, 16)
    except ValueError:
        raise ConfigError(f"{text!r} is no version; write it in hex, as in A0 or B6", "profile") from None
    return profile_of(version)


def _is_sample(profile: Profile, address: int, info: bytes, where: str) -> bool:
    content = profile.decode(address, info)
    if isinstance(content, UnusableReason):
        raise ConfigError(f"{where}: {content}: {info.hex(' ')}", "file")
    return isinstance(content, Data)


def _times_at(rate_hz: float, is_sample: list[bool]) -> list[float]:
    """When each record is due if the samples come at this rate. Without any sample every record counts as one."""
    counts_all = not any(is_sample)
    times: list[float] = []
    count = -1
    for one in is_sample:
        count += one or counts_all
        times.append(max(0, count) / rate_hz)
    return times


class Player:
    """Plays a recording; a `controller.Source`. It loses nothing: while a queue is full it waits."""

    def __init__(self, recording: Recording, report: SimulatorReport) -> None:
        self._recording = recording
        self._report = report
        self._began_at: float | None = None  # of this round
        self._index = 0

    def payloads(self, now: float, has_room: Callable[[int], bool]) -> list[tuple[int, bytes]]:
        """The next record, if it is due and its queue has room.

        One at a time keeps ``has_room`` true to the queue; `controller.Pace` has more passes than recordings have
        records, and what is late is made up for in the following passes.
        """
        if self._began_at is None:
            self._began_at = now
        address, info, at_s = self._recording.records[self._index]
        lag_s = now - self._began_at - at_s
        if lag_s < -1e-9:
            return []
        if not has_room(address):
            self._began_at += max(0.0, lag_s - LAG_S_MAX)
            return []
        found = [(address, self._shifted(info))]
        self._index += 1
        if self._index == len(self._recording.records):
            self._index = 0
            self._began_at += self._recording.round_s
            self._report.passes += 1
        return found

    def _shifted(self, info: bytes) -> bytes:
        """The payload with its timestamp moved on by the rounds played."""
        at = self._recording.timestamp_at
        if at is None or not self._report.passes:
            return info
        stamp = int.from_bytes(info[at : at + 4], "little") + self._report.passes * self._recording.round_ms
        return info[:at] + (stamp % TIMESTAMP_COUNT).to_bytes(4, "little") + info[at + 4 :]

    def on_order(self, cmdtype: str, cmd: str) -> bool:
        """A recording plays on whatever it is told; START and STOP are known and change nothing."""
        return cmdtype == "GENERAL" and cmd in ("START", "STOP")

    def timestamp_ms(self, now: float) -> int:
        """The recorded machine's clock, as of the record that comes next."""
        at = self._recording.timestamp_at
        if at is None:
            return 0
        info = self._shifted(self._recording.records[self._index][1])
        return int.from_bytes(info[at : at + 4], "little")
