"""A line between its link and its units: who waits for whom."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from lineside.errors import LinkError
from lineside.runtime.burst import GapMeter
from lineside.runtime.gateway import GatewayState
from lineside.slots.model import events as ev
from tests.slots.gateway.host import Host
from tests.support.wait import until


class Wire:
    """A line whose machine is the test."""

    name = "test"
    character_s = 0.0
    trouble = ""
    gap = GapMeter()

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.receiver: Any = None

    def start(self, receiver: Any) -> None:
        self.receiver = receiver

    def send_burst(self, first: bytes, rest: bytes) -> None:
        self.sent.append(first + rest)

    def unsent(self) -> int:
        return 0

    def close(self, reason: str) -> None:
        receiver, self.receiver = self.receiver, None
        if receiver is not None:
            receiver.on_closed(reason)

    def says(self, data: bytes) -> None:
        self.receiver.on_bytes(data, frozenset())


def on(host: Host, *links: Wire | LinkError) -> Host:
    """The host opens these one after the other; then nothing can be opened."""
    waiting = list(links)

    async def opens(line: str, mode: Any, settings: Any) -> Any:
        link = waiting.pop(0) if waiting else LinkError("no such device")
        if isinstance(link, LinkError):
            raise link
        return link

    object.__setattr__(host.runtime, "open_burst_line", opens)
    return host


async def test_exception_is_acknowledged_after_its_record_and_not_before(tmp_path: Path) -> None:
    wire = Wire()
    async with on(Host(tmp_path, line="x"), wire).running() as host:
        await until(lambda: wire.sent == [b"\x81"])
        host.journal.held = True
        wire.says(b"\x11")
        await until(lambda: host.journal.submitted, what="the append")
        count = len(wire.sent)
        await asyncio.sleep(0)
        assert b"\x80" not in wire.sent[count:]
        host.journal.held = False
        host.journal.release()
        await until(lambda: b"\x80" in wire.sent, what="the acknowledgement")
        assert host.codes() == [0x11]


async def test_what_was_owed_is_sent_before_the_first_poll(tmp_path: Path) -> None:
    first, second = Wire(), Wire()
    before = on(Host(tmp_path, line="x"), first)
    async with before.running():
        await until(lambda: first.sent)
        first.says(b"\x11")
        await until(lambda: before.codes() == [0x11])
        first.send_burst = lambda first, rest: None  # type: ignore[method-assign]
    kept = [one for one in before.journal.kept if not isinstance(one.event, ev.ExceptionAcknowledged)]
    before.journal.kept = [type(one)(index, one.stream, index, one.at, one.event) for index, one in enumerate(kept, 1)]
    async with on(Host(tmp_path, before.journal, line="x"), second).running():
        await until(lambda: len(second.sent) > 1)
        assert second.sent[0] == b"\x80"


async def test_line_that_cannot_be_opened_is_tried_again_with_its_reason(tmp_path: Path) -> None:
    wire = Wire()
    async with on(Host(tmp_path, line="x"), LinkError("no such device"), wire).running() as host:
        await until(lambda: wire.sent)
        assert host.reports[0] == (GatewayState.WAITING, "no such device")
        assert host.reports[-1] == (GatewayState.RUNNING, "the line is open")
        wire.close("pulled out")
        await until(lambda: host.reports[-1] == (GatewayState.WAITING, "no such device"))
        assert (GatewayState.WAITING, "pulled out") in host.reports
