"""The rules of the link, by table: what acknowledges, what repeats, sync, loop break, chirp."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import LinkRules, Profile
from lineside.slots.simulator.link import Turn

GP = (None, b"\x81")
READ_METERS = (0x19, b"\x01\x19")
OTHER_READ = (0x1A, b"\x01\x1a")
METER_00 = (0x2F, b"\x01\x2f\x03\x00\x00\x00..")
METER_01 = (0x2F, b"\x01\x2f\x03\x00\x00\x01..")
OTHER = "other"

Poll = tuple[int | None, bytes]


class Books:
    """A link in sync, and how often its answers were acknowledged."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.link = LinkRules(profile or Profile(), 0.0)
        self.acks: list[Poll] = []
        self.now = 0.0
        self.link.on_other(self.now)

    def send(self, poll: Poll | str) -> Turn | None:
        self.now += 0.1
        if isinstance(poll, str):
            self.link.on_other(self.now)
            return None
        turn = self.link.on_own(*poll, self.now)
        if turn is Turn.NEW:
            self.link.hold(*poll, b"answer", self.now, lambda: self.acks.append(poll))
        return turn


@pytest.mark.parametrize(
    ("first", "then", "turn", "acknowledged"),
    [
        (GP, READ_METERS, Turn.NEW, True),  # a general poll's answer: by a long poll
        (GP, GP, Turn.REPEAT, False),
        (GP, OTHER, None, True),
        (READ_METERS, GP, Turn.NEW, True),  # a long poll's: by a general poll
        (READ_METERS, OTHER_READ, Turn.NEW, True),  # by another command
        (READ_METERS, READ_METERS, Turn.REPEAT, False),
        (READ_METERS, OTHER, None, True),  # by another address, nobody, or everybody
        (METER_00, METER_01, Turn.REPEAT, False),  # the same command with other data is none
    ],
)
def test_next_poll_acknowledges_or_repeats(
    first: Poll, then: Poll | str, turn: Turn | None, acknowledged: bool
) -> None:
    books = Books()
    assert books.send(first) is Turn.NEW
    assert books.send(then) is turn
    assert books.acks == ([first] if acknowledged else [])


def test_answer_is_kept_however_often_it_is_asked_for() -> None:
    books = Books()
    books.send(GP)
    assert [books.send(GP) for _ in range(5)] == [Turn.REPEAT] * 5
    assert books.link.held is not None
    assert books.link.held.sent_count == 6
    assert books.acks == []


def test_acknowledgement_comes_once() -> None:
    books = Books()
    books.send(GP)
    for _ in range(3):
        books.send(OTHER)
    assert books.acks == [GP]
    assert books.link.acked_count == 1


def test_same_poll_after_another_is_a_new_one() -> None:
    books = Books()
    books.send(READ_METERS)
    books.send(OTHER)
    assert books.send(READ_METERS) is Turn.NEW


def test_other_data_are_a_new_question_where_the_profile_says_so_and_acknowledge_nothing() -> None:
    books = Books(Profile(strict_repeat=False))
    books.send(METER_00)
    assert books.send(METER_01) is Turn.NEW
    assert books.send(METER_01) is Turn.REPEAT
    assert books.acks == []


def test_repeated_long_poll_is_executed_again_by_a_forgetful_machine_alone() -> None:
    books = Books(Profile(repeat_executes=True))
    books.send(READ_METERS)
    assert books.send(READ_METERS) is Turn.NEW
    books.send(GP)
    assert books.send(GP) is Turn.REPEAT


def test_polls_are_ignored_until_somebody_else_was_polled() -> None:
    link = LinkRules(Profile(), 0.0)
    assert [link.on_own(None, b"\x81", 0.1) for _ in range(3)] == [Turn.IGNORE] * 3
    link.on_other(0.2)
    assert link.on_own(None, b"\x81", 0.3) is Turn.NEW


def test_silence_of_five_seconds_breaks_the_loop_and_chirps_every_200_ms() -> None:
    books = Books()
    books.send(GP)
    assert not books.link.on_time(4.9)
    assert not books.link.takes_chirp(4.9)
    assert books.link.on_time(5.2)
    assert not books.link.on_time(5.3)
    assert books.link.reason == "no address byte for 5 s"
    assert [books.link.takes_chirp(at) for at in (5.2, 5.3, 5.41, 5.5, 5.62)] == [True, False, True, False, True]
    assert books.link.deadline() == pytest.approx(5.82)
    assert books.link.on_own(None, b"\x81", 5.7) is Turn.IGNORE
    assert not books.link.takes_chirp(5.9)
    assert books.acks == []


def test_polls_without_an_acknowledgement_for_thirty_seconds_break_the_loop() -> None:
    books = Books()
    books.send(GP)
    for _ in range(290):
        books.send(GP)
    assert not books.link.on_time(books.now)
    assert books.link.deadline() == pytest.approx(30.1)  # the first sending of what is held, and 30 s
    books.now = 30.0
    books.send(GP)
    assert books.link.on_time(30.2)
    assert books.link.reason == "no implied ACK for 30 s"
    assert books.send(GP) is Turn.IGNORE
    assert books.link.down_count == 1


@pytest.mark.parametrize(("acknowledges", "acks"), [(False, []), (True, [GP])])
def test_sync_after_a_loop_break_acknowledges_by_profile_alone(acknowledges: bool, acks: list[Poll]) -> None:
    books = Books(Profile(sync_acknowledges=acknowledges))
    books.send(GP)
    books.link.on_time(6.0)
    books.now = 6.0
    books.send(OTHER)
    assert books.acks == acks
    assert books.send(GP) is Turn.NEW
