from __future__ import annotations

import asyncio

import pytest

from lineside.errors import LinkClosed
from lineside.runtime.memory_link import Faults, MemoryPair, memory_pair
from tests.support.both_loops import Ear
from tests.support.wait import until


def by_hand(faults: Faults | None = None, seed: int = 0, **more: int) -> tuple[MemoryPair, Ear, Ear]:
    pair = memory_pair(faults, seed, by_hand=True, **more)  # type: ignore[arg-type]
    left, right = Ear(), Ear()
    pair.left.start(left)
    pair.right.start(right)
    return pair, left, right


def heard(faults: Faults, seed: int = 0, sends: int = 200) -> tuple[list[bytes], MemoryPair]:
    """What arrives on the right, piece by piece, of sends that are told apart by their number."""
    pair = memory_pair(faults, seed, by_hand=True)
    pieces: list[bytes] = []

    class Pieces(Ear):
        def on_data(self, data: bytes) -> None:
            pieces.append(data)

    pair.right.start(Pieces())
    for number in range(sends):
        pair.left.send(b"<%03d>" % number)
        pair.pump(number * 0.01)
    pair.pump()
    return pieces, pair


ALL = b"".join(b"<%03d>" % number for number in range(200))


def test_bytes_go_both_ways_when_pumped() -> None:
    pair, left, right = by_hand()
    pair.left.send(b"to the right")
    pair.right.send(b"to the left")
    assert (bytes(left.data), bytes(right.data)) == (b"", b"")
    assert pair.left.unsent() == 12
    assert pair.pump() == 2
    assert (bytes(left.data), bytes(right.data)) == (b"to the left", b"to the right")
    assert pair.left.unsent() == 0
    assert pair.pump() == 0


def test_answers_of_a_receiver_are_delivered_in_the_same_pump() -> None:
    left, right = pair = memory_pair(by_hand=True)

    class Echo(Ear):
        def on_data(self, data: bytes) -> None:
            if len(data) < 5:
                right.send(data + b"!")

    ear = Ear()
    left.start(ear)
    right.start(Echo())
    left.send(b"a")
    left.send(b"b")
    pair.pump()
    assert ear.data == b"a!b!"


def test_without_faults_every_piece_arrives_as_it_was_sent() -> None:
    pieces, pair = heard(Faults())
    assert b"".join(pieces) == ALL
    assert len(pieces) == 200
    assert pair.done.total() == 0


@pytest.mark.parametrize("name", ["lost", "cut", "doubled", "flipped", "split", "merged", "late"])
def test_fault_happens_by_chance_and_repeats_with_its_seed(name: str) -> None:
    faults = Faults(**{name: 0.3})
    pieces, pair = heard(faults, seed=1)
    assert heard(faults, seed=1)[0] == pieces
    assert 20 < pair.done[name] < 120
    assert set(+pair.done) == {name}
    arrived = b"".join(pieces)
    match name:
        case "lost":
            assert len(arrived) == len(ALL) - 5 * pair.done["lost"]
        case "cut":
            assert len(ALL) - 5 * pair.done["cut"] <= len(arrived) < len(ALL)
        case "doubled":
            assert len(arrived) == len(ALL) + 5 * pair.done["doubled"]
        case "flipped":
            assert len(arrived) == len(ALL)
            bits = sum((a ^ b).bit_count() for a, b in zip(arrived, ALL, strict=True))
            assert bits == pair.done["flipped"]
        case "split":
            assert arrived == ALL
            assert len(pieces) > 200
        case "merged":
            assert arrived == ALL
            assert len(pieces) < 200
        case "late":
            assert arrived == ALL, "bytes never overtake each other"


def test_every_chance_at_one_means_always() -> None:
    assert heard(Faults(lost=1.0))[0] == []
    assert b"".join(heard(Faults(doubled=1.0))[0]) == b"".join(b"<%03d>" % n * 2 for n in range(200))
    with pytest.raises(AssertionError, match=r"lost=2 is not a chance"):
        Faults(lost=2)


def test_late_bytes_wait_for_their_time() -> None:
    pair, _, right = by_hand(Faults(late=1.0, late_s=1.0), seed=3)
    pair.pump(100.0)
    pair.left.send(b"x")
    pair.pump(100.0)
    assert right.data == b""
    pair.pump(101.0)
    assert right.data == b"x"


def test_merged_bytes_join_the_next_or_arrive_late() -> None:
    pair, _, right = by_hand(Faults(merged=1.0, late_s=1.0))
    pair.left.send(b"alone")
    pair.pump(0.5)
    assert right.data == b""
    pair.pump(1.0)
    assert right.data == b"alone"


def test_each_way_may_have_its_own_faults() -> None:
    pair = memory_pair(Faults(lost=1.0), back=Faults(), by_hand=True)
    left, right = Ear(), Ear()
    pair.left.start(left)
    pair.right.start(right)
    pair.left.send(b"lost")
    pair.right.send(b"whole")
    pair.pump()
    assert (bytes(left.data), bytes(right.data)) == (b"whole", b"")


def test_close_delivers_what_was_sent_and_ends_both_once() -> None:
    pair, left, right = by_hand()
    pair.left.send(b"last words")
    pair.right.send(b"nobody listens")
    pair.left.close("done")
    pair.left.close("again")
    assert not pair.left.is_open
    pair.pump()
    assert (bytes(left.data), left.ends) == (b"", ["done"])
    assert (bytes(right.data), right.ends) == (b"last words", ["done"])
    for link in pair:
        with pytest.raises(LinkClosed, match="done"):
            link.send(b"x")
        assert not link.send_or_close(b"x")
    assert pair.pump() == 0


def test_unplugged_cable_loses_what_was_on_it() -> None:
    pair, left, right = by_hand()
    assert pair.left.send_or_close(b"lost")
    pair.unplug()
    pair.pump()
    assert (bytes(right.data), right.ends, left.ends) == (b"", ["cable pulled"], ["cable pulled"])


def test_held_end_waits_and_one_that_never_reads_ends_the_link() -> None:
    pair, left, right = by_hand(send_bytes_max=100)
    pair.right.hold(True)
    pair.left.send(b"x" * 100)
    pair.pump()
    assert (bytes(right.data), pair.left.unsent()) == (b"", 100)
    pair.right.hold(False)
    pair.pump()
    assert len(right.data) == 100
    pair.right.hold(True)
    assert not pair.left.send_or_close(b"x" * 101)
    pair.pump()
    assert left.ends == right.ends == ["peer does not read"]


async def test_loop_drives_a_pair_by_itself() -> None:
    left, right = memory_pair(Faults(late=0.5, split=0.5, late_s=0.01), seed=5)
    ear, other = Ear(), Ear()
    left.send(b"early")
    right.start(ear)
    left.start(other)
    for number in range(300):
        left.send(b"%03d" % number)
        if number % 50 == 0:
            await asyncio.sleep(0)
    assert len(ear.data) < 905, "delivery takes its turn with the loop's other work"
    await until(lambda: ear.data == b"early" + b"".join(b"%03d" % number for number in range(300)))
    right.hold(True)
    left.send(b"held")
    await asyncio.sleep(0.02)
    assert not ear.data.endswith(b"held")
    right.hold(False)
    await until(lambda: ear.data.endswith(b"held"))
    right.close("enough")
    await until(lambda: ear.ends == ["enough"] and other.ends == ["enough"])
    pair = memory_pair()
    with pytest.raises(AssertionError, match="driven by the loop"):
        pair.pump()


async def test_receiver_that_raises_does_not_stop_the_cable() -> None:
    left, right = memory_pair()
    loop = asyncio.get_running_loop()
    faults: list[object] = []
    loop.set_exception_handler(lambda _, context: faults.append(context))

    class Fails(Ear):
        def on_data(self, data: bytes) -> None:
            super().on_data(data)
            if data == b"1":
                raise RuntimeError("fault")

    ear = Fails()
    right.start(ear)
    left.send(b"1")
    left.send(b"2")
    await until(lambda: ear.data == b"12")
    assert len(faults) == 1
