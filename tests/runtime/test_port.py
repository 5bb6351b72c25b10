"""A link with its wire: messages of one read, answers in one write, time, and the end that is told once."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.errors import LinkClosed, Malformed
from lineside.runtime.clock import ManualClock
from lineside.runtime.port import Port
from lineside.runtime.step import Moment


class Slow:
    """A wire with time: repeats what was sent each second until "ok" comes; gives "late" once its time is over."""

    def __init__(self) -> None:
        self.queue: list[str] = []
        self.at: float | None = None
        self.fault: Exception | None = None
        self.unasked = b""

    def receive(self, data: bytes, now: float) -> list[str]:
        if self.fault is not None:
            raise self.fault
        if b"ok" in data:
            self.at = None
        return data.decode().split()

    def send(self, message: Any) -> bytes:
        if message == "impossible":
            raise Malformed("cannot be said")
        if message == "later":
            self.queue.append("later")
            return b""
        return f"{message}\n".encode()

    def outgoing(self, now: float) -> bytes:
        if self.queue and (self.at is None or now >= self.at):
            self.at = now + 1.0
            return b"again\n"
        found, self.unasked = self.unasked, b""
        return found

    def on_time(self, now: float) -> list[str]:
        return ["due", "late"]

    def deadline(self) -> float | None:
        return self.at

    def reset(self) -> list[str]:
        if self.fault is not None:
            raise self.fault
        left, self.queue = self.queue, []
        return [f"undelivered {one}" for one in left]


class Plain:
    """A wire without time."""

    def receive(self, data: bytes, now: float) -> list[str]:
        return data.decode().split()

    def send(self, message: Any) -> bytes:
        return f"{message}\n".encode()


class Cable:
    """A link that keeps what was sent; ``is_cut`` makes sending fail."""

    name = "cable"

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_cut = False
        self.closed_with: list[str] = []

    def start(self, receiver: Any) -> None:
        raise AssertionError("the unit starts its links")

    def send(self, data: bytes) -> None:
        if self.is_cut:
            raise LinkClosed("cut")
        self.sent.append(data)

    def unsent(self) -> int:
        return 0

    def hold(self, held: bool) -> None:
        pass

    def close(self, reason: str) -> None:
        self.closed_with.append(reason)


class Owner:
    """A unit that notes what it hears; "echo …" is answered, "close" closes the port."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.faults: list[Exception] = []
        self.port: Port

    def post(self, link: str, message: Any, now: Moment | None = None) -> None:
        self.heard.append(message)
        if message.startswith("echo"):
            self.port.send(message)
        if message == "close":
            self.port.close("asked to")
        if message == "lost":
            self.port.on_closed("unplugged")

    def detach(self, port: Port, reason: str) -> None:
        self.heard.append(f"end: {reason}")

    def broke(self, error: Exception) -> None:
        self.faults.append(error)


class Bench:
    """A port with everything around it."""

    def __init__(self, wire: Any = None) -> None:
        self.clock, self.cable, self.owner = ManualClock(), Cable(), Owner()
        self.wire = wire or Slow()
        self.port = self.owner.port = Port(self.owner, "line", self.cable, self.wire, self.clock)


async def test_answers_to_one_read_leave_in_one_write() -> None:
    bench = Bench(Plain())
    bench.port.on_data(b"echo1 other echo2")
    assert bench.owner.heard == ["echo1", "other", "echo2"]
    assert bench.cable.sent == [b"echo1\necho2\n"]


async def test_message_that_waits_for_its_turn_leaves_with_the_answers() -> None:
    bench = Bench()
    bench.owner.post = lambda link, message, now=None: bench.port.send("later")  # type: ignore[method-assign,misc]
    bench.port.on_data(b"x")
    assert bench.cable.sent == [b"again\n"]


async def test_message_outside_a_read_leaves_at_once() -> None:
    bench = Bench(Plain())
    bench.port.send("hello")
    assert bench.cable.sent == [b"hello\n"]


async def test_what_the_wire_has_due_leaves_with_the_answers() -> None:
    bench = Bench()
    bench.wire.unasked = b"mine\n"
    bench.port.on_data(b"echo")
    assert bench.cable.sent == [b"echo\nmine\n"]


async def test_message_that_waits_for_its_turn_is_repeated_until_it_is_answered() -> None:
    bench = Bench()
    bench.port.send("later")
    assert bench.cable.sent == [b"again\n"]
    bench.clock.advance(2.5)
    assert bench.cable.sent == [b"again\n"] * 3
    assert bench.owner.heard == ["due", "late"] * 2
    bench.wire.queue.clear()
    bench.port.on_data(b"ok")
    bench.clock.advance(5)
    assert len(bench.cable.sent) == 3


async def test_undelivered_messages_come_before_the_end() -> None:
    bench = Bench()
    bench.port.send("later")
    bench.port.on_closed("unplugged")
    assert bench.owner.heard == ["undelivered later", "end: unplugged"]
    assert await bench.port.closed == "unplugged"


async def test_end_is_told_once_also_when_nobody_waits_for_it_any_more() -> None:
    bench = Bench()
    bench.port.closed.cancel()  # its waiter was cancelled, and the future with it
    bench.port.on_closed("unplugged")
    bench.port.on_closed("again")
    assert bench.owner.heard == ["end: unplugged"]


@pytest.mark.parametrize(
    ("message", "ends"), [("close", []), ("lost", ["end: unplugged"])], ids=["closed by the unit", "lost"]
)
async def test_no_message_follows_the_end_of_the_link(message: str, ends: list[str]) -> None:
    bench = Bench()
    bench.port.on_data(f"echo {message} echo more".encode())
    bench.port.on_data(b"later")
    assert bench.owner.heard == ["echo", message, *ends]


async def test_answers_before_a_close_leave_before_it() -> None:
    bench = Bench()
    bench.port.on_data(b"echo close")
    assert bench.cable.sent == [b"echo\n"]
    assert bench.cable.closed_with == ["asked to"]


async def test_no_timer_fires_after_the_end() -> None:
    bench = Bench()
    bench.port.send("later")
    bench.port.close("bye")
    bench.clock.advance(5)
    bench.port.flush()
    assert bench.cable.sent == [b"again\n"]
    assert bench.owner.heard == []


async def test_timely_messages_stop_when_the_link_ends_among_them() -> None:
    bench = Bench()
    bench.wire.on_time = lambda now: ["close", "more"]
    bench.port.send("later")
    bench.clock.advance(1.1)
    assert bench.owner.heard == ["close"]


async def test_bytes_for_a_link_that_has_just_closed_are_dropped() -> None:
    bench = Bench()
    bench.cable.is_cut = True
    bench.port.on_data(b"echo")
    bench.port.send("hello")
    assert bench.owner.faults == []


async def test_message_that_the_protocol_cannot_express_is_an_error_of_who_sends() -> None:
    bench = Bench()
    with pytest.raises(Malformed):
        bench.port.send("impossible")


@pytest.mark.parametrize("call", ["on_data", "on_closed", "timer"])
async def test_fault_of_the_wire_is_told(call: str) -> None:
    bench = Bench()
    bench.port.send("later")
    bench.wire.fault = ZeroDivisionError("a fault of ours")
    match call:
        case "on_data":
            bench.port.on_data(b"x")
        case "on_closed":
            bench.port.on_closed("unplugged")
            assert bench.owner.heard == ["end: unplugged"]
        case "timer":
            bench.wire.on_time = lambda now: 1 / 0
            bench.clock.advance(1.1)
    assert [type(fault) for fault in bench.owner.faults] == [ZeroDivisionError]
