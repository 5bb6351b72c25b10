from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineside.runtime.notify import Notifier
from tests.support.wait import until


class Manager:
    """A service manager that keeps what it is told."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def told(self) -> list[str]:
        lines: list[str] = []
        while True:
            try:
                lines.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return lines


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    found = Manager(str(tmp_path / "notify"))
    yield found
    found.socket.close()


def notifier(manager: Manager, **variables: str) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": manager.socket.getsockname(), **variables})


def test_states_are_told_as_systemd_reads_them(manager: Manager) -> None:
    service = notifier(manager)
    assert service.is_on
    assert service.ready("3 gateways")
    assert service.status("ward waits:\nno device\x00" + "x" * 300)
    assert service.feed()
    assert service.stopping()
    ready, status, fed, stopping = manager.told()
    assert ready == "READY=1\nSTATUS=3 gateways"
    assert status.startswith("STATUS=ward waits: no device xxx")
    assert len(status) < 220
    assert (fed, stopping) == ("WATCHDOG=1", "STOPPING=1")


def test_abstract_socket_is_reached() -> None:
    name = f"lineside-test-{os.getpid()}"
    manager = Manager("\0" + name)
    assert Notifier({"NOTIFY_SOCKET": "@" + name}).ready()
    assert manager.told() == ["READY=1"]
    manager.socket.close()


def test_without_manager_nothing_happens(tmp_path: Path) -> None:
    assert not Notifier({}).is_on
    assert not Notifier({}).ready()
    assert not Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "3000000"}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_watchdog_is_for_this_process_only(variables: dict[str, str], wanted: float | None) -> None:
    assert Notifier(variables).watchdog_s == wanted


async def test_watchdog_is_fed_after_each_proof_and_never_without(manager: Manager) -> None:
    service = notifier(manager, WATCHDOG_USEC="90000")
    proofs = 0
    state = "good"

    async def proof() -> None:
        nonlocal proofs
        proofs += 1
        if state == "bad":
            raise OSError("writer is gone")
        if state == "hangs":
            await asyncio.Event().wait()

    feeding = asyncio.create_task(service.keep_fed(proof))
    told: list[str] = []
    await until(lambda: told.extend(manager.told()) or len(told) >= 3)  # type: ignore[func-returns-value]
    for trouble in ("bad", "hangs"):
        state = trouble
        before = proofs
        await until(lambda before=before: proofs >= before + 2)  # type: ignore[misc]
        manager.told()
        before = proofs
        await until(lambda before=before: proofs >= before + 2)  # type: ignore[misc]
        assert manager.told() == []
    state = "good"
    await until(manager.told)
    assert set(told) == {"WATCHDOG=1"}
    feeding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await feeding


async def test_feeding_without_a_watchdog_waits_quietly(manager: Manager) -> None:
    async def proof() -> None:
        raise AssertionError("not asked for")

    feeding = asyncio.create_task(notifier(manager).keep_fed(proof))
    await asyncio.sleep(0.02)
    assert not feeding.done()
    feeding.cancel()
    await asyncio.gather(feeding, return_exceptions=True)
