"""What the console shows of the foundation on live topics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lineside.console import access, feeds
from lineside.console.feeds import show_events, show_states
from lineside.console.units_api import GatewayInfo
from lineside.runtime.hub import Hub, encode_value
from lineside.runtime.journal import Append, HealthState, Journal
from lineside.runtime.step import Event, Secret
from tests.support.console import CodeSet, LampLit, open_journal
from tests.support.wait import until

AT = datetime(2026, 1, 1, tzinfo=UTC)
REVOKED = access.TokenRevoked("x", "y")


class Shown(Hub):
    """A hub that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[tuple[str, Any]] = []

    def feed(self, topic: str, value: Any) -> None:
        self.values.append((topic, value))

    def state(self, topic: str, value: Any) -> None:
        self.values.append((topic, value))


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def record(journal: Journal, *events: tuple[str, Event]) -> None:
    await journal.append(Append(events=events, at=AT))


async def test_events_are_fed_from_now_on_masked_and_without_access(tmp_path: Path) -> None:
    journal, hub = open_journal(tmp_path), Shown()
    await record(journal, ("ward/1", LampLit("earlier")))
    async with running(show_events(journal, hub)):
        await record(
            journal, ("ward/1", CodeSet(Secret("1234567"))), (access.STREAM, REVOKED), ("hall/1", LampLit("x"))
        )
        await until(lambda: len(hub.values) == 2)
    assert [(topic, value.stream, value.data) for topic, value in hub.values] == [
        ("lineside/events", "ward/1", {"code": "…67"}),
        ("lineside/events", "hall/1", {"by": "x"}),
    ]
    assert b"1234567" not in encode_value(hub.values[0][1])
    await journal.close()


async def test_feed_that_is_far_behind_goes_on_with_the_newest(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(feeds, "BEHIND_MAX", 300)
    journal, hub = open_journal(tmp_path), Shown()
    async with running(show_events(journal, hub)):
        for _ in range(2):
            await record(journal, *[("ward/1", LampLit("x"))] * 1000)
        await until(lambda: hub.values and hub.values[-1][1].seq == 2000)
    assert len(hub.values) < 2000
    await journal.close()


async def test_states_are_shown_when_they_change(tmp_path: Path) -> None:
    journal, hub = open_journal(tmp_path), Shown()
    gateways = [GatewayInfo("ward", "lamp", "running", "", AT)]
    async with running(show_states(journal, hub, lambda: gateways)):
        await until(lambda: len(hub.values) == 2)
        assert [topic for topic, _ in hub.values] == ["lineside/journal", "lineside/gateways"]
        journal._health.set(HealthState.DAMAGED, "a test has said so")
        await until(lambda: len(hub.values) == 3)
        assert (hub.values[2][1].state, hub.values[2][1].reason) == ("damaged", "a test has said so")
        gateways[0] = GatewayInfo("ward", "lamp", "waiting", "no device", AT)
        await until(lambda: len(hub.values) == 4)
        assert hub.values[3][1].gateways[0].reason == "no device"
    await journal.close()
