from __future__ import annotations

import msgspec
import pytest

from lineside.runtime.guard import Guard, Limits, Reason, Refusal, Ticket, address_key
from tests.support.wait import until


class Door:
    """A guard with a clock that is set by hand, and connections that remember how they ended."""

    def __init__(self, **limits: object) -> None:
        self.now = 100.0
        self.guard = Guard(Limits(**limits), "door", now=lambda: self.now)  # type: ignore[arg-type]
        self.cuts: list[tuple[Reason, str]] = []
        self.unsent = 0

    def open(self, address: str = "10.0.0.1") -> Ticket:
        ticket = self.guard.admit(address)
        assert isinstance(ticket, Ticket), ticket
        ticket.bind(lambda reason, text: self.cuts.append((reason, text)), lambda: self.unsent)
        return ticket

    def refused(self, address: str = "10.0.0.1") -> Refusal:
        refusal = self.guard.admit(address)
        assert isinstance(refusal, Refusal)
        return refusal

    def wait(self, seconds: float) -> list[tuple[Reason, str]]:
        self.now += seconds
        self.guard.sweep(self.now)
        return self.cuts


async def test_places_are_counted_in_all_and_per_address_and_given_back() -> None:
    door = Door(connections_max=3, connections_per_address_max=2)
    first, second = door.open(), door.open()
    assert door.refused() == Refusal(Reason.TOO_MANY_FROM_ADDRESS, "2 connections from this address already")
    third = door.open("10.0.0.2")
    assert door.refused("10.0.0.3") == Refusal(Reason.TOO_MANY, "all 3 connections are in use")
    first.release()
    first.release()
    door.open()
    second.release()
    third.release()
    status = door.guard.status()
    assert (status.name, status.open, status.admitted) == ("door", 1, 4)
    assert status.refused == {"too_many_from_address": 1, "too_many_connections": 1}
    assert door.guard._per_address == {"10.0.0.1": 1}


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("control socket", "control socket"),
    ],
)
def test_addresses_of_one_house_are_one_key(address: str, key: str) -> None:
    assert address_key(address) == key


async def test_silent_connection_is_cut_at_its_absolute_deadline() -> None:
    door = Door(first_message_s=5.0)
    ticket = door.open()
    for _ in range(4):
        ticket.heard_bytes(1)  # one byte at a time moves no deadline
        assert door.wait(1.2) == []
    ticket.heard_bytes(1)
    assert door.wait(0.3) == [(Reason.NO_FIRST_MESSAGE, "no whole message within 5 s")]
    assert not ticket.is_open
    assert door.guard.open_count == 0


async def test_idle_connection_is_cut_and_a_talking_one_is_not() -> None:
    door = Door(first_message_s=5.0, idle_s=10.0)
    ticket = door.open()
    for _ in range(5):
        ticket.heard_message()
        assert door.wait(9.0) == []
    ticket.heard_bytes(100)
    assert door.wait(2.0) == [(Reason.IDLE, "silent for 10 s")]


async def test_idle_counts_from_the_start_where_nothing_is_asked_first() -> None:
    for off in (None, 0.0):
        door = Door(first_message_s=off, idle_s=10.0)
        door.open()
        assert door.wait(9.0) == []
        assert [reason for reason, _ in door.wait(2.0)] == [Reason.IDLE]


async def test_deadlines_that_are_off_never_come() -> None:
    door = Door(first_message_s=None, idle_s=None, write_s=None, unauthenticated_bytes_max=None)
    door.unsent = 100
    door.open().heard_bytes(10**9)
    assert door.wait(10**9) == []


async def test_peer_that_takes_nothing_is_cut_and_a_slow_one_is_not() -> None:
    door = Door(write_s=10.0, first_message_s=None)
    door.open()
    door.unsent = 1000
    for _ in range(20):
        door.unsent -= 1
        assert door.wait(5.0) == []
    for _ in range(2):
        door.unsent += 500  # more to send is no sign of life
        assert door.wait(5.0) == []
    assert door.wait(0.1) == [(Reason.DOES_NOT_READ, "took no bytes for 10 s")]


async def test_bytes_before_the_first_message_are_bounded() -> None:
    door = Door(unauthenticated_bytes_max=100)
    ticket = door.open()
    assert ticket.heard_bytes(100)
    assert not ticket.heard_bytes(1)
    assert door.cuts == [(Reason.UNAUTHENTICATED_BYTES, "more than 100 bytes before a first message")]
    assert not ticket.heard_bytes(1)
    for known in (door.open(), door.open()):
        (known.authenticated if known is not ticket else known.heard_message)()
        assert known.heard_bytes(10**9)
    spoken = door.open()
    spoken.heard_message()
    assert spoken.heard_bytes(10**9)


async def test_errors_and_frames_are_bounded() -> None:
    door = Door(errors_max=3, frame_bytes_max=10)
    ticket = door.open()
    assert ticket.error("first")
    assert ticket.error("second")
    assert not ticket.error("third")
    assert not ticket.error("fourth")
    assert door.cuts == [(Reason.TOO_MANY_ERRORS, "3 errors, the last: third")]
    ticket = door.open()
    assert ticket.frame(10)
    assert not ticket.frame(11)
    assert door.cuts[1] == (Reason.FRAME_TOO_LONG, "a frame of 11 bytes, at most 10")
    assert door.guard.status().cut == {"too_many_errors": 1, "frame_too_long": 1}


async def test_last_words_come_before_the_cut_and_may_replace_it() -> None:
    door = Door(first_message_s=5.0)
    told: list[str] = []
    polite, fails, ends = door.open(), door.open(), door.open()
    polite.on_cut = told.append

    def fail(_: str) -> None:
        raise RuntimeError("no words")

    fails.on_cut = fail
    ends.on_cut = lambda _: ends.release()
    assert len(door.wait(6.0)) == 2
    assert told == ["no whole message within 5 s"]
    assert door.guard.open_count == 0


async def test_stop_ends_everything_and_admits_nobody() -> None:
    door = Door()
    door.open()
    door.guard.stop()
    assert [reason for reason, _ in door.cuts] == [Reason.STOPPING]
    assert door.refused().reason is Reason.STOPPING


async def test_one_timer_serves_all_and_rests_when_nobody_is_there() -> None:
    cut: list[str] = []
    guard = Guard(Limits(first_message_s=0.1), "quick")
    assert guard._timer is None
    for number in range(50):
        ticket = guard.admit("10.0.0.1")
        assert isinstance(ticket, Ticket)
        ticket.bind(lambda _, text, number=number: cut.append(f"{number} {text}"))  # type: ignore[misc]
    timer = guard._timer
    assert timer is not None
    await until(lambda: len(cut) == 50)
    assert guard._timer is None
    assert guard.status().cut == {"no_first_message": 50}


def test_limits_in_settings_are_checked() -> None:
    assert msgspec.convert({"connections_max": 5, "idle_s": 0}, Limits).connections_max == 5
    for bad in ({"connections_max": 0}, {"idle_s": -1}, {"unknown": 1}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(bad, Limits)


async def test_a_flood_of_refusals_is_counted_and_told_in_the_log_a_few_times(
    capsys: pytest.CaptureFixture[str],
) -> None:
    door = Door(connections_max=1)
    door.open()
    for _ in range(1000):
        door.refused("10.0.0.2")
    assert door.guard.refused == {"too_many_connections": 1000}
    assert capsys.readouterr().err.count("connection refused") <= 4
