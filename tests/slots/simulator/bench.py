"""A machine and a host that speaks bytes, joined in virtual time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from lineside.runtime.step import Moment
from lineside.slots.simulator import MachineSettings, MachineState, Profile, Seat, SimulatorReport, Store
from lineside.slots.simulator.machine import Asked, Instead, Machine
from lineside.slots.simulator.station import asked_from
from lineside.slots.wire import MachineSide, crc16

BEGAN = datetime(2025, 11, 27, 19, 21, 16, tzinfo=UTC)
ADDRESS = 1
GENERAL = bytes((0x80 | ADDRESS,))
NOBODY = b"\x80"


def with_sum(text: str) -> bytes:
    """Hex text with its check value behind it."""
    data = bytes.fromhex(text)
    return data + crc16(data).to_bytes(2, "little")


def asked(frame: bytes) -> Asked:
    """A whole frame, as the station makes a poll of it."""
    side = MachineSide()
    seen = side.receive(frame, frozenset({0}), 0.0) + side.on_time(1.0)
    poll = asked_from(seen[0])
    assert poll is not None, seen
    return poll


class Bench:
    """A machine in sync with its exceptions of power-up taken, unless ``fresh``."""

    def __init__(self, *, fresh: bool = False, profile: Profile | None = None, **settings: Any) -> None:
        settings.setdefault("game_s", 0.0)
        self.settings = MachineSettings(profile=profile or Profile(), **settings)
        self.mono = 1000.0
        self.machine = self.power_up(MachineState())
        if not fresh:
            self.drain()

    @property
    def now(self) -> Moment:
        return Moment(self.mono, BEGAN + timedelta(seconds=self.mono - 1000))

    @property
    def state(self) -> MachineState:
        return self.machine.state

    def power_up(self, state: MachineState, opened: tuple[str, ...] = ()) -> Machine:
        self.machine = Machine(ADDRESS, self.settings, state, self.now, random.Random(7), opened)
        return self.machine

    def send(self, frame: bytes, instead: Instead | None = None) -> bytes:
        """One frame of the host; the answer."""
        self.mono += 0.001
        return self.machine.on_poll(asked(frame), self.now, instead)

    def ask(self, text: str) -> bytes:
        """A long poll given as hex without check value; R types as they are. `80` follows, so it is acknowledged."""
        answer = self.send(self.frame(text))
        self.send(NOBODY)
        return answer

    @staticmethod
    def frame(text: str) -> bytes:
        data = bytes.fromhex(text)
        return data if len(data) == 2 and data[1] not in SENT else with_sum(text)

    def body(self, text: str) -> bytes:
        """The data of the answer, its check value looked at."""
        answer = self.ask(text)
        assert crc16(answer) == 0, answer.hex(" ")
        return answer[2:-2]

    def poll(self) -> int:
        """A general poll, acknowledged; the exception."""
        answer = self.send(GENERAL)
        self.send(NOBODY)
        assert len(answer) == 1, answer.hex(" ")
        return answer[0]

    def drain(self) -> list[int]:
        """All exceptions that wait, acknowledged."""
        self.send(NOBODY)
        codes = []
        while (code := self.poll()) != 0:
            codes.append(code)
        return codes

    def wait(self, seconds: float, *, polls: bool = True) -> None:
        """Let time pass; a host that is there polls somebody else now and then."""
        end = self.mono + seconds
        while self.mono < end:
            self.mono = min(end, self.mono + 0.5)
            if polls:
                self.machine.on_poll(asked(NOBODY), self.now)
            self.machine.on_time(self.now)

    def meter(self, code: int, game: int = 0) -> int:
        return self.machine.works.meters.value(code, game)

    def rich(self, dollars: int = 100) -> Bench:
        """With credits, and the bill told."""
        self.machine.cabinet.insert_bill(dollars)
        self.drain()
        return self


# Type S without data: two bytes and a check value.
SENT = frozenset({0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0A, 0x0B, 0x94})


class SeatBench:
    """A seat with its files, checks and faults, in the same virtual time."""

    def __init__(self, store: Store | None = None, *, faults: Any = None, **settings: Any) -> None:
        settings.setdefault("game_s", 0.0)
        self.mono = 1000.0
        self.report = SimulatorReport()
        self.seat = Seat(
            "1",
            ADDRESS,
            MachineSettings(**settings),
            moment=lambda: self.now,
            report=self.report,
            faults=faults,
            store=store,
        )

    @property
    def now(self) -> Moment:
        return Moment(self.mono, BEGAN + timedelta(seconds=self.mono - 1000))

    def send(self, frame: bytes, after: float = 0.25) -> bytes:
        """A frame of the host so long after the last one; all that leaves."""
        self.mono += after
        return b"".join(piece.data for piece in self.seat.on_poll(asked(frame), self.now))

    def poll(self) -> bytes:
        """`80` and `81`, as a good host does."""
        self.send(NOBODY, 0.1)
        return self.send(GENERAL, 0.15)
