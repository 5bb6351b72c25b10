"""The feed: numbers, scopes, resuming, one encoding for all, and watchers that do not read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from lineside.runtime.hub import frame_text
from lineside.studio import watch
from lineside.studio.model import WatchPresence, WatchUpdate
from lineside.studio.watch import EVERYTHING, Feed, Scope, WatchLimits, is_named, seq_at
from lineside.studio.wire import CloseCode
from tests.support.wait import until

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def update(table: str = "ARO-001", new: str = "up") -> WatchUpdate:
    return WatchUpdate(table, {"SDP": ("standby", new)}, "dealerPC", AT, 1)


class Played:
    """A watcher's socket; what was written is split into frames again.

    Attributes:
        held: bytes that it has not read.
    """

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.held = 0
        self.closed: tuple[int, str] | None = None
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.fails = False

    async def receive(self) -> bytes | None:
        return await self.frames.get()

    def send_framed(self, frame: bytes) -> None:
        if self.fails:
            raise RuntimeError("the transport has just closed")
        self.writes.append(frame)

    def unsent(self) -> int:
        return self.held

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
        self.frames.put_nowait(None)

    @property
    def told(self) -> list[dict[str, Any]]:
        found, data = [], b"".join(self.writes)
        while data:
            size, start = data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4], "big"), 4
            found.append(json.loads(data[start : start + size]))
            data = data[start + size :]
        return found


class Scene:
    def __init__(self, first: int = 100, **limits: Any) -> None:
        self.state: dict[str, Any] = {"ARO-001": {"SDP": "standby"}, "SBO-001": {}}
        self.mono = 0.0
        self.feed = Feed(self._snapshot, first, lambda: self.mono, WatchLimits(**limits))
        self.tasks: list[asyncio.Task[None]] = []

    def _snapshot(self, scope: Scope) -> Mapping[str, Any]:
        return {name: state for name, state in self.state.items() if scope.covers(name)}

    async def watcher(self, scope: Scope = EVERYTHING, since: int | None = None) -> Played:
        socket = Played()
        before = self.feed.watcher_count
        self.tasks.append(asyncio.create_task(self.feed.serve(socket, scope, since)))
        await until(lambda: self.feed.watcher_count > before)
        return socket


async def test_snapshot_comes_first_then_every_change_with_the_next_number() -> None:
    scene = Scene()
    one = await scene.watcher()
    assert one.told == [{"type": "snapshot", "seq": 100, "tables": scene.state}]
    scene.feed.tell(update())
    scene.feed.tell(WatchPresence("SBO-001", "pc", "joined", AT))
    await until(lambda: len(one.told) == 3)
    assert one.told[1] == {
        "type": "update", "seq": 101, "table": "ARO-001", "changed": {"SDP": ["standby", "up"]},
        "by": "dealerPC", "at": "2026-01-02T03:04:05Z", "uptime": 1, "custom": {},
    }  # fmt: skip
    assert (one.told[2]["type"], one.told[2]["seq"]) == ("presence", 102)


async def test_change_is_encoded_once_and_its_bytes_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[bytes] = []

    def counting(data: bytes) -> bytes:
        encoded.append(data)
        return frame_text(data)

    scene = Scene(writes_per_turn=3)
    sockets = [await scene.watcher() for _ in range(10)]
    monkeypatch.setattr(watch, "frame_text", counting)
    scene.feed.tell(update())
    await until(lambda: all(len(one.writes) == 2 for one in sockets))
    assert len(encoded) == 1
    assert len({id(one.writes[1]) for one in sockets}) == 1


async def test_changes_of_one_pulse_leave_in_one_write_in_order() -> None:
    scene = Scene()
    one = await scene.watcher()
    for index in range(50):
        scene.feed.tell(update(new=str(index)))
    await until(lambda: len(one.told) == 51)
    assert len(one.writes) == 2
    assert [told["seq"] for told in one.told] == list(range(100, 151))


async def test_change_during_a_pulse_is_told_in_the_next_to_everybody() -> None:
    scene = Scene(writes_per_turn=1, pulse_s=0.001)
    sockets = [await scene.watcher() for _ in range(4)]
    scene.feed.tell(update(new="1"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    scene.mono += 1.0
    scene.feed.tell(update(new="2"))
    await until(lambda: all(len(one.told) == 3 for one in sockets))
    assert all([told["seq"] for told in one.told] == [100, 101, 102] for one in sockets)


async def test_watcher_sees_only_the_tables_of_its_scope() -> None:
    scene = Scene()
    asked = await scene.watcher(Scope(frozenset({"SBO-001"})))
    allowed = await scene.watcher(Scope(None, ("ARO-*",)))
    scene.feed.tell(update("ARO-001"))
    scene.feed.tell(update("SBO-001"))
    await until(lambda: len(asked.told) == 2 and len(allowed.told) == 2)
    assert list(asked.told[0]["tables"]) == ["SBO-001"]
    assert asked.told[1]["table"] == "SBO-001"
    assert list(allowed.told[0]["tables"]) == ["ARO-001"]
    assert allowed.told[1]["table"] == "ARO-001"


async def test_since_replays_what_was_missed_and_goes_on() -> None:
    scene = Scene()
    for index in range(5):
        scene.feed.tell(update(new=str(index)))
    one = await scene.watcher(since=102)
    assert [told["seq"] for told in one.told] == [103, 104, 105]
    up_to_date = await scene.watcher(since=105)
    assert up_to_date.told == []
    scene.feed.tell(update())
    await until(lambda: up_to_date.told and len(one.told) == 4)
    assert up_to_date.told[0]["seq"] == 106


@pytest.mark.parametrize("since", [0, 99, 101, 10_000])
async def test_since_that_is_not_in_the_ring_is_a_reset_with_a_snapshot(since: int) -> None:
    scene = Scene(ring_values_max=2)
    for index in range(4):
        scene.feed.tell(update(new=str(index)))
    one = await scene.watcher(since=since)
    assert [told["type"] for told in one.told] == ["reset", "snapshot"]
    assert one.told[1]["seq"] == 104


async def test_ring_is_bounded_in_bytes_too() -> None:
    scene = Scene(ring_bytes_max=400)
    for _ in range(10):
        scene.feed.tell(update())
    assert scene.feed._ring_bytes <= 400
    assert scene.feed._ring[-1].seq == 110


async def test_more_than_the_ring_in_one_pulse_becomes_a_snapshot() -> None:
    scene = Scene(ring_values_max=3)
    one = await scene.watcher()
    for _ in range(10):
        scene.feed.tell(update())
    await until(lambda: len(one.told) == 2)
    assert (one.told[1]["type"], one.told[1]["seq"]) == ("snapshot", 110)
    assert scene.feed.coalesced == 1


async def test_watcher_that_does_not_read_gets_a_snapshot_when_it_has_read_and_delays_nobody() -> None:
    scene = Scene(look_s=0.01)
    slow, quick = await scene.watcher(), await scene.watcher()
    slow.held = 10**9
    for index in range(3):
        scene.feed.tell(update(new=str(index)))
        scene.mono += 1.0
    await until(lambda: len(quick.told) == 4)
    assert len(slow.told) == 1
    scene.state["ARO-001"] = {"SDP": "2"}
    slow.held = 0
    await until(lambda: len(slow.told) == 2)
    assert slow.told[1] == {"type": "snapshot", "seq": 103, "tables": scene.state}
    scene.feed.tell(update())
    await until(lambda: len(slow.told) == 3)
    assert slow.told[2]["seq"] == 104


async def test_watcher_that_stays_behind_is_closed_with_1013() -> None:
    scene = Scene(look_s=0.01, behind_s_max=5.0)
    slow = await scene.watcher()
    slow.held = 10**9
    scene.feed.tell(update())
    await until(lambda: scene.feed._look is not None)
    scene.mono += 5.1
    await until(lambda: slow.closed is not None)
    assert slow.closed == (CloseCode.TRY_LATER, "Too slow")
    await until(lambda: scene.feed.watcher_count == 0)
    assert scene.feed.closed_slow == 1


async def test_socket_that_has_just_ended_is_forgotten() -> None:
    scene = Scene()
    gone, other = await scene.watcher(), await scene.watcher()
    gone.fails = True
    scene.feed.tell(update())
    await until(lambda: len(other.told) == 2)
    assert scene.feed.watcher_count == 1


async def test_what_a_watcher_says_is_not_listened_to_and_its_end_is_the_end() -> None:
    scene = Scene()
    one = await scene.watcher()
    one.frames.put_nowait(b'{"sdp":"down"}')
    one.frames.put_nowait(None)
    await scene.tasks[0]
    assert scene.feed.watcher_count == 0
    assert len(one.told) == 1


async def test_closed_feed_tells_nothing_more() -> None:
    scene = Scene()
    one = await scene.watcher()
    scene.feed.tell(update())
    scene.feed.close()
    scene.feed.tell(update())
    await asyncio.sleep(0.03)
    assert len(one.told) == 1


def test_numbers_of_a_later_process_are_above_those_of_an_earlier_one() -> None:
    first = seq_at(1000.0)
    assert first == 1_000_000_000
    assert seq_at(1001.0) > first + 8_000
    assert seq_at(900.0, (1001.0,)) == seq_at(1001.0), "a clock that was set back"


def test_names_and_prefixes() -> None:
    assert is_named("ARO-001", ("ARO-*",))
    assert is_named("X", ("*",))
    assert not is_named("ARO-0011", ("ARO-001",))
