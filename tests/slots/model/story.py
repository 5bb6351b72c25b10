"""A machine in a playbook: what the line tells of it, what it is asked, what it answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lineside.runtime.clock import ManualClock
from lineside.runtime.step import Event, Secret, Step
from lineside.slots.line import (
    AckSent,
    ExceptionHeard,
    FailReason,
    LinkMoved,
    LinkState,
    PollDone,
    PollFailed,
    Want,
)
from lineside.slots.model import LINE, Machine, MachineSettings, MachineStatus
from lineside.slots.model import events as ev
from lineside.slots.wire import (
    LONG_POLLS,
    NO_HANDPAY,
    Ack,
    AftState,
    AftTransfer,
    ClockTime,
    Denomination,
    Denominations,
    Features,
    GameInfo,
    GamesImplemented,
    MachineInfo,
    MeterReading,
    MeterReadings,
    Registration,
    SingleMeter,
    ValidationState,
    Version,
)
from tests.support.playbook import Playbook

INFO = MachineInfo("AT", "000", 1, 0xFF, 0, 0, "63928 ", "9068")
KEY = "0123456789abcdef0123456789abcdef01234567"
PLAIN = Features(0, 0xC7, 0xCD, 0x05)
"""With extended meters, AFT and fast polls; without validation extensions."""
METERS = (0x0C, 0x00, 0x01, 0x05)

Answer = Any
"""A Struct, a FailReason, or a function that makes one from the asked fields."""


def nameplate() -> dict[int, Answer]:
    """What a machine answers that has nothing special about it."""
    return {
        0x54: Version("602", "000001"),
        0x1F: INFO,
        0x51: GamesImplemented(2),
        0xA0: PLAIN,
        0xB2: Denominations((1,)),
        0xB1: Denomination(1),
        0x53: lambda asked: GameInfo(asked.game, INFO),
        0x73: Registration(0x80, 1, Secret(KEY), 0),
        0x74: AftState(1, 0xFF, 0x13, 1, 0xB1, 0x64, 100, 0, 0, 100_000, "00000000", "0000"),
        0x72: AftTransfer(0, 0xFF),
        0x7B: ValidationState(1, 0x21, 30, 30),
        0x1B: NO_HANDPAY,
    }


class Story(Playbook):
    """A machine with address 1, and its line.

    Attributes:
        answers: by command; what is missing is silence.
        meters: code to value, told in ``meter_bytes`` each; what is missing is told absent.
        orders: everything that the line was told while `works` worked.
        log: commands in the order in which they were asked, with their data.
    """

    def __init__(self, *, clock: ManualClock | None = None, **settings: Any) -> None:
        clock = clock or ManualClock(utc=datetime(2026, 1, 1, 12, tzinfo=UTC))
        self.settings = MachineSettings(**{"address": 1, "meters": METERS, **settings})
        self.answers: dict[int, Answer] = nameplate()
        self.meters: dict[int, int] = {0x0C: 500, 0x00: 1000, 0x01: 700, 0x05: 40}
        self.meter_bytes = 4
        self.log: list[int] = []
        self.orders: list[Any] = []
        self.times: list[datetime] = []
        self.number = 0
        super().__init__(self.fresh(clock), clock)
        self.answers[0x7E] = lambda asked: ClockTime(self.clock.utc.date(), self.clock.utc.time())

    def fresh(self, clock: ManualClock | None = None) -> Machine:
        return Machine(self.settings, (clock or self.clock).now())

    @property
    def machine(self) -> Machine:
        assert isinstance(self.model, Machine)
        return self.model

    @property
    def status(self) -> MachineStatus:
        status = self.machine.status
        assert isinstance(status, MachineStatus)
        return status

    # ------------------------------------------------------------------ the line

    def comes_up(self) -> Story:
        """The machine answers; the conversation and a first round of meters are had."""
        self.hears(LinkMoved(1, LinkState.UP, "it answers"), LINE)
        self.works()
        return self

    def goes_down(self) -> None:
        self.hears(LinkMoved(1, LinkState.DOWN, "no answer for 5.0 s"), LINE)
        self.sent.clear()

    def raises(self, code: int, fields: Any = None) -> Step:
        """An exception, up to its Release; not acknowledged yet."""
        self.number += 1
        return self.hears(ExceptionHeard(1, code, fields, self.number), LINE)

    def tells(self, *codes: int, fields: Any = None) -> None:
        """Exceptions, each acknowledged, and all that is asked because of them."""
        for code in codes:
            self.raises(code, fields)
            self.hears(AckSent(1, self.number), LINE)
            self.works()

    def works(self, rounds: int = 1) -> None:
        """Answer what is asked until nothing is due; only what waits for the clock is left."""
        for _ in range(500):
            self.turns_due()
            wants = [one for one in self.sent if isinstance(one, Want)]
            self.orders += self.sent
            self.sent.clear()
            if not wants:
                return
            for want in wants:
                self.answers_to(want)
        raise AssertionError("the machine is asked for ever")

    def turns_due(self) -> None:
        """The driver's wake-up, as often as the model wants one now."""
        for _ in range(20):
            due = self.model.deadline()
            if due is None or due > self.clock.mono or (due < self._not_before and not self.writable):
                return
            before = len(self.sent)
            self._perform(self.model.on_time(self.clock.now()))
            if not self.writable or len(self.sent) > before:
                return

    def answers_to(self, want: Want) -> Step:
        """The machine's answer to one poll comes in."""
        return self.hears(self.answer_of(want), LINE)

    def answer_of(self, want: Want) -> PollDone | PollFailed:
        """What the machine makes of a poll."""
        poll = want.poll
        self.log.append(poll.command)
        spec = LONG_POLLS[poll.command]
        asked = None if spec.request is None else spec.request.unpack(poll.data)
        answer = self._answer(poll.command, asked)
        if callable(answer):
            answer = answer(asked)
        if isinstance(answer, FailReason):
            return PollFailed(1, want.tag, poll, answer, 0 if answer is FailReason.QUEUE_FULL else 3, "as told")
        return PollDone(1, want.tag, poll, answer, b"\x01", 1)

    def _answer(self, command: int, asked: Any) -> Answer:
        if command in self.answers:
            return self.answers[command]
        if command in (0x6F, 0xAF, 0x2F):
            known = [code for code in asked.codes if code in self.meters]
            size = 4 if command == 0x2F else self.meter_bytes
            readings = tuple(MeterReading(c, 0, self.meters[c] % 10 ** (2 * size), size) for c in known)
            return MeterReadings(asked.game, readings)
        if command == 0x1A:
            return SingleMeter(self.meters[0x0C])
        return Ack(1) if LONG_POLLS[command].is_acknowledged else FailReason.SILENCE

    def reads_meters(self) -> None:
        """The next round of meters comes and goes."""
        self.clock.advance(self.settings.meters_s)
        self.works()

    # ------------------------------------------------------------------ what is on disk

    def _perform(self, step: Step, *first: Event) -> Step:
        done = super()._perform(step, *first)
        self.times += [self.clock.utc] * (len(self.recorded) - len(self.times))
        return done

    def of(self, *kinds: type[Event]) -> list[Any]:
        """Recorded events of these kinds."""
        return [event for event in self.recorded if isinstance(event, kinds)]

    def codes(self) -> list[int]:
        return [event.code for event in self.of(ev.ExceptionRecorded)]

    def changes(self, code: int) -> list[int]:
        return [event.change for event in self.of(ev.MeterRead) if event.code == code and event.old is not None]

    def replayed(self) -> Machine:
        """A new process that got the recorded events, each with its time, and nothing else."""
        machine = self.fresh()
        for event, at in zip(self.recorded, self.times, strict=True):
            machine.apply(event, at)
        return machine

    def restarts(self, make: Callable[[], Machine] | None = None) -> None:
        """The same journal in a new process; its line is not open yet."""
        self.model = (make or self.replayed)()
        self.model.on_applied((), self.clock.now())
        self.sent.clear()
        self.number = 0
        self.opens(LINE)


def sums(recorded: list[Event]) -> dict[int, int]:
    """What the changes add up to, meter by meter, as the module of events says."""
    total: dict[int, int] = {}
    for event in recorded:
        if isinstance(event, ev.MeterRead):
            total[event.code] = event.value if event.old is None else total[event.code] + event.change
        elif isinstance(event, ev.MetersReset):
            total |= dict.fromkeys(event.meters, 0)
        elif isinstance(event, ev.MetersRestated):
            for code in event.meters:
                total.pop(code, None)
    return total
