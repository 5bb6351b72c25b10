"""A line played by hand: scripted machines that keep the rules of `wire/sas.md` §5, a journal, and a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lineside.slots.line import (
    AckSent,
    ExceptionHeard,
    LineEvent,
    LineHost,
    LineTiming,
    LinkMoved,
    MachinePolling,
    OweAck,
    PollDone,
    PollFailed,
    Priority,
    Want,
)
from lineside.slots.wire import LongPoll, with_crc

TIMING = LineTiming()


@dataclass
class Told:
    """What a scripted machine says once."""

    data: bytes
    after_s: float = 0.003


class ScriptedMachine:
    """Keeps its last answer until another poll is seen, repeats it for the same one, and pops exceptions when acked.

    Attributes:
        queue: exceptions, oldest first; one is gone when it is acknowledged.
        popped: those that are gone, in order.
        rte: answers long polls with a waiting exception, as an event.
        faults: one per answer, in order: makes of the bytes what arrives; None and an empty list leave them.
        executed: long polls that were executed, repetitions not counted.
    """

    def __init__(self, address: int = 1) -> None:
        self.address = address
        self.queue: list[int] = []
        self.popped: list[int] = []
        self.rte = False
        self.is_on = True
        self.is_synced = True
        self.answers: dict[int, bytes | Callable[[], bytes]] = {0x1A: b"\x00\x01\x66\x60", 0x18: b"\x00\x01\x00\x02"}
        self.faults: list[Callable[[bytes], bytes] | None] = []
        self.executed: list[int] = []
        self._held: tuple[tuple[int, ...], bytes, int | None] | None = None

    def hear(self, message: bytes) -> Told | None:
        """A whole message on the line, with the wake-up bit on its first byte."""
        if not self.is_on:
            return None
        if message[0] == 0x80 and len(message) > 1:
            self.hear(message[:1])
            message = message[1:]
        is_general = message[0] >= 0x80
        if message[0] & 0x7F != self.address:
            self._acknowledge()
            self.is_synced = True
            return None
        if not self.is_synced:
            return None
        key = (message[0],) if is_general else tuple(message[:2])
        if self._held is None or self._held[0] != key:
            self._acknowledge()
            self._held = (key, *self._answer(message, is_general))
        answer = self._held[1]
        fault = self.faults.pop(0) if self.faults else None
        answer = answer if fault is None else fault(answer)
        return Told(answer) if answer else None

    def restart(self) -> None:
        """Power was cut: nothing is held, and it must be synchronised."""
        self._held = None
        self.is_synced = False

    def _answer(self, message: bytes, is_general: bool) -> tuple[bytes, int | None]:
        if self.queue and (is_general or self.rte):
            code = self.queue[0]
            event = with_crc(bytes((self.address, 0xFF, code)))
            return (event if self.rte else bytes((code,))), code
        if is_general:
            return b"\x00", None
        command = message[1]
        self.executed.append(command)
        answer = self.answers.get(command, b"\x00" if command < 0x0F else b"")
        data = answer() if callable(answer) else answer
        if command < 0x0F:
            return bytes((self.address,)), None
        return (with_crc(bytes((self.address, command)) + data) if data else b""), None

    def _acknowledge(self) -> None:
        held, self._held = self._held, None
        if held is not None and held[2] is not None:
            self.popped.append(self.queue.pop(0))


@dataclass
class Sent:
    """One burst on the line."""

    at: float
    data: bytes


@dataclass
class Line:
    """A host, its machines, and a journal that takes ``append_s`` to be on disk.

    Attributes:
        journal: what is on disk, in order: ``("heard", address, code)`` and ``("acked", address)``.
        told: events of the host, in order.
    """

    machines: list[ScriptedMachine]
    timing: LineTiming = TIMING
    polling: dict[str, object] = field(default_factory=dict)
    append_s: float = 0.002
    now: float = 100.0
    releases_by_itself: bool = True
    polled_last: bytes = b""
    journal: list[tuple[object, ...]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    told: list[LineEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._arriving: list[tuple[float, bytes]] = []
        self._appending: list[tuple[float, int, tuple[object, ...]]] = []
        self.start()

    def start(self) -> None:
        """A host begins (again): what was not on disk is forgotten, what is on disk is known."""
        machines = [MachinePolling(address=m.address, **self.polling) for m in self.machines]  # type: ignore[arg-type]
        self.host = LineHost(machines, self.timing, self.polled_last)
        self._arriving, self._appending = [], []
        for machine in self.machines:
            facts = [fact for fact in self.journal if fact[1] == machine.address]
            if facts and facts[-1][0] == "heard":
                self.host.order(machine.address, OweAck(len(facts)), self.now)
        self.host.open(self.now)

    def crash(self) -> None:
        """Kill the host: only the journal and the hint about the machine that was polled last are left."""
        self.polled_last = self.host.polled_last
        self.start()

    def want(self, command: int, tag: str = "", data: bytes = b"", address: int = 1, **order: object) -> None:
        priority = order.pop("priority", Priority.NORMAL)
        poll = LongPoll(address, command, data)
        self.host.want(address, Want(poll, priority, tag or f"{command:02x}", **order))  # type: ignore[arg-type]

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        for _ in range(100_000):
            self._send()
            next_at = self._next_at()
            if next_at > end:
                break
            self.now = max(self.now, next_at)
            self._arrive()
        else:
            raise AssertionError(f"the line does not come to rest: {self.sent[-10:]}")
        self.now = end

    def run_until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        end = self.now + seconds
        while not condition():
            assert self.now < end, f"not within {seconds} s: {self.told[-5:]} {self.sent[-5:]}"
            self.run(0.001)

    def release(self, address: int = 1) -> None:
        self.host.release(address, self.now)

    def data(self) -> list[bytes]:
        return [sent.data for sent in self.sent]

    def of(self, *kinds: type) -> list[LineEvent]:
        return [event for event in self.told if isinstance(event, kinds)]

    def moves(self) -> list[str]:
        return [event.state.value for event in self.told if isinstance(event, LinkMoved)]

    def ends(self) -> list[tuple[str, str]]:
        """The ended polls as (tag, done or the reason)."""
        return [
            (event.tag, "done" if isinstance(event, PollDone) else event.reason.value)
            for event in self.told
            if isinstance(event, PollDone | PollFailed)
        ]

    # ----------------------------------------------------------------------------------------------------------------

    def _next_at(self) -> float:
        times = [at for at, _ in self._arriving] + [at for at, _, _ in self._appending]
        deadline = self.host.deadline()
        return min(times + ([deadline] if deadline is not None else []), default=float("inf"))

    def _send(self) -> None:
        for first, rest in self.host.bursts(self.now):
            message = first + rest
            self.sent.append(Sent(self.now, message))
            end = self.now + len(message) * self.timing.character_s
            for machine in self.machines:
                if (told := machine.hear(message)) is not None:
                    self._arriving.append((end + told.after_s, told.data))
        self._take()

    def _arrive(self) -> None:
        due = [piece for piece in self._arriving if piece[0] <= self.now]
        self._arriving = [piece for piece in self._arriving if piece[0] > self.now]
        for _, data in sorted(due):
            self.host.receive(data, None, self.now)
        done = [piece for piece in self._appending if piece[0] <= self.now]
        self._appending = [piece for piece in self._appending if piece[0] > self.now]
        for _, address, fact in done:
            self.journal.append(fact)
            if self.releases_by_itself:
                self.host.release(address, self.now)
        self.host.on_time(self.now)
        self._take()

    def _take(self) -> None:
        for event in self.host.take():
            self.told.append(event)
            match event:
                case ExceptionHeard(address, code):
                    self._appending.append((self.now + self.append_s, address, ("heard", address, code)))
                case AckSent(address):
                    self._appending.append((self.now + self.append_s, address, ("acked", address)))
                case PollDone(address, tag) if tag.startswith("hold"):
                    self._appending.append((self.now + self.append_s, address, ("poll", address, tag)))


def lost(data: bytes) -> bytes:
    """Nothing arrives."""
    return b""


def torn(data: bytes) -> bytes:
    """The last byte is missing; an answer of one byte becomes two."""
    return data[:-1] if len(data) > 1 else bytes((data[0], 0x55))


def flipped(data: bytes) -> bytes:
    """One bit differs; an answer of one byte becomes three."""
    return data[:2] + bytes((data[2] ^ 4,)) + data[3:] if len(data) > 2 else data * 3
