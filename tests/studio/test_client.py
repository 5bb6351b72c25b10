"""StudioWebSocketClient against the originals' servers: both dialects, going away, strays, the queue, refusals."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from lineside.errors import ConfigError
from lineside.runtime.backoff import BackoffSettings
from lineside.studio import StudioServiceStatusEnum, StudioWebSocketClient
from lineside.studio import client as client_module
from lineside.studio.client import Delivery
from lineside.studio.connection import Connection
from lineside.studio.wire.message import Confirmed
from tests.studio.originals import Original, original, stall
from tests.support.wait import until

SOON = BackoffSettings(first_s=0.01, cap_s=0.05)


@asynccontextmanager
async def connected(server: Original, **more: Any) -> AsyncIterator[StudioWebSocketClient]:
    client = StudioWebSocketClient(server.url, "ARO-001", "dealerPC", "MY_TOKEN", **{"backoff": SOON, **more})
    try:
        assert await client.connect(), client.last_error
        yield client
    finally:
        await client.disconnect()


@pytest.mark.parametrize("greets", [False, True], ids=["A", "B"])
async def test_client_reports_to_both_kinds_of_server(greets: bool) -> None:
    async with original(greets=greets) as server, connected(server) as client:
        assert client.snapshot is not None
        assert client.snapshot.fields["sdp"] == "down"
        assert await client.send_service_status("SDP", StudioServiceStatusEnum.UP)
        assert await client.send_device_status("zCam", "up")
        assert await client.send_multiple_updates({"barcode": "up", "nfcScanner": "down", "maintenance": True})
        assert [json.loads(text) for text in server.heard] == [
            {"sdp": "up"},
            {"zcam": "up"},
            {"barcode_scanner": "up", "nfc_scanner": "down", "maintenance": True},
        ]
        assert server.tables["ARO-001"]["zcam"] == "up"
        assert client.known["barcode_scanner"] == "up"
        assert client.strays == 0


async def test_credentials_can_stay_out_of_the_url() -> None:
    async with original(greets=True) as server, connected(server, credentials="message"):
        assert server.paths == ["/"]
        assert server.credentials == ['{"id": "ARO-001_dealerPC", "token": "MY_TOKEN"}']


async def test_odd_tokens_and_names_travel_whole() -> None:
    async with original() as server:
        client = StudioWebSocketClient(server.url, "A.1-b", "PC_1.x", "a b&c=d/é+%20")
        assert await client.connect()
        await client.disconnect()
        path = server.paths[0]
        assert path == "/?id=A.1-b_PC_1.x&token=a%20b%26c%3Dd%2F%C3%A9%2B%2520"


async def test_refused_update_is_told_and_forgotten() -> None:
    async with original() as server, connected(server) as client:
        assert await client.deliver({"sdp": "bogus"}) is Delivery.REFUSED
        assert client.last_error == "Invalid status for sdp: bogus"
        assert client.known == {}
        assert await client.send_status_update({"sdp": "up"})


@pytest.mark.parametrize(
    "stray",
    [
        '{"type": "update", "table": "ARO-001"}',
        '{"status": "updated", "table_id": "SBO-002"}',
        '{"TABLE_ID": "ARO-001", "UPTIME": 1}',
        '{"status": "ready", "message": "hello"}',
        "not json",
        "[1]",
        "[" * 5000,
    ],
)
async def test_stray_frame_is_never_taken_for_a_confirmation(stray: str) -> None:
    async def answer_late(server: Original, socket: web.WebSocketResponse, text: str) -> bool:
        await socket.send_str(stray)
        return "sdp" in text

    async with original() as server, connected(server, timeout=0.3) as client:
        server.hook = answer_late
        assert await client.send_status_update({"idp": "up"})  # the stray came first, the answer behind it
        assert await client.deliver({"sdp": "down"}) is Delivery.QUEUED  # a stray and no answer: not confirmed
        assert client.strays >= 1
        assert "sdp" not in client.known


async def test_stray_counts_as_confirmation_in_a_broken_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the originals do, and what the test above is there to catch."""

    async def take_anything(self: Connection, heard: object) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Confirmed("ARO-001"))
        else:
            await original_take(self, heard)  # type: ignore[arg-type]

    original_take = Connection._take
    monkeypatch.setattr(Connection, "_take", take_anything)
    with pytest.raises(AssertionError):
        await test_stray_frame_is_never_taken_for_a_confirmation("not json")


async def test_late_answer_is_not_taken_for_the_next_ones() -> None:
    async with original() as server, connected(server, timeout=0.2) as client:
        server.hook = stall
        assert await client.deliver({"sdp": "up"}) is Delivery.QUEUED
        assert client.last_error == "no answer within 0.2 s"
        assert not client.connected  # given up: an answer that comes now has nowhere to go
        server.hook = None
        assert await client.drained(10)
        assert server.tables["ARO-001"]["sdp"] == "up"


async def test_updates_wait_while_the_server_is_away_and_arrive_in_order() -> None:
    async with original() as server, connected(server) as client:
        await server.stop()
        await until(lambda: not client.connected)
        for value in ("up", "calibration", "exception"):
            assert await client.deliver({"sdp": value}) is Delivery.QUEUED
        assert client.queued == 3
        await server.start()
        assert await client.drained(10)
        assert [json.loads(text)["sdp"] for text in server.heard] == ["up", "calibration", "exception"]
        assert client.known == {"sdp": "exception"}


async def test_client_that_was_never_connected_reports_once_the_server_comes() -> None:
    async with original() as server:
        await server.stop()
        client = StudioWebSocketClient(server.url, "ARO-001", "dealerPC", "t", backoff=SOON)
        assert not await client.connect()
        assert client.last_error
        assert not await client.send_status_update({"sdp": "up"})
        await server.start()
        assert await client.drained(10)
        assert client.connected
        assert server.tables["ARO-001"]["sdp"] == "up"
        await client.disconnect()


async def test_last_state_goes_again_to_a_server_that_has_forgotten() -> None:
    async with original() as server, connected(server) as client:
        await client.send_status_update({"sdp": "up", "maintenance": True, "note": "Wheel 2"})
        await client.send_status_update({"sdp": "calibration"})
        server.heard.clear()
        server.tables.clear()
        server.counts.clear()
        server.cut()
        await until(lambda: server.heard)
        assert json.loads(server.heard[0]) == {"sdp": "calibration", "maintenance": True, "note": "Wheel 2"}
        await until(lambda: client.connected)


async def test_what_the_server_still_has_does_not_go_again_and_maintenance_is_left_to_people() -> None:
    async with original() as server, connected(server) as client:
        await client.send_status_update({"sdp": "up", "zcam": "up", "maintenance": False})
        server.tables["ARO-001"].update(maintenance=True, zcam="down")  # somebody at the server
        server.heard.clear()
        server.cut()
        await until(lambda: server.heard)
        assert json.loads(server.heard[0]) == {"zcam": "up"}
        assert server.tables["ARO-001"]["maintenance"] is True


async def test_queue_is_bounded_and_its_end_state_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "QUEUE_MAX", 3)
    async with original() as server, connected(server) as client:
        await server.stop()
        await until(lambda: not client.connected)
        for index in range(20):
            await client.deliver({"sdp": "up" if index % 2 else "down", f"k{index}": index})
        assert client.queued == 3
        await server.start()
        assert await client.drained(10)
        assert client.known == {"sdp": "up", **{f"k{index}": index for index in range(20)}}
        assert client.dropped == 0


async def test_update_with_too_many_keys_to_merge_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "QUEUE_MAX", 1)
    client = StudioWebSocketClient("ws://127.0.0.1:9", reconnect=False)
    await client.deliver({f"a{index}": 1 for index in range(60)})
    await client.deliver({f"b{index}": 1 for index in range(60)})
    assert (client.queued, client.dropped) == (1, 1)


async def test_refusing_server_is_told_with_its_reason() -> None:
    told: list[tuple[bool, str]] = []
    async with original() as server:
        server.refuses = True
        client = StudioWebSocketClient(
            server.url, reconnect=False, on_change=lambda is_there, why: told.append((is_there, why))
        )
        assert not await client.connect()
        assert client.last_error == "the server refuses us: Invalid token"
        assert told == [(False, "the server refuses us: Invalid token")]
        assert not client.connected


async def test_server_without_a_snapshot_is_not_waited_for_for_ever() -> None:
    async with original() as server:
        server.on_welcome = stall
        client = StudioWebSocketClient(server.url, timeout=0.1, reconnect=False)
        assert not await client.connect()
        assert client.last_error == "no snapshot within 0.1 s"


async def test_many_updates_at_once_are_sent_one_by_one() -> None:
    async with original() as server, connected(server) as client:
        answers = await asyncio.gather(*(client.send_status_update({"n": index}) for index in range(50)))
        assert all(answers)
        assert [json.loads(text)["n"] for text in server.heard] == list(range(50))


@pytest.mark.parametrize("seed", range(5))
async def test_in_bad_weather_the_state_is_right_in_the_end_and_nothing_is_confirmed_that_the_server_has_not(
    seed: int,
) -> None:
    """Connections end before an update is taken, after it, or instead of its answer; strays come between."""
    chance = random.Random(seed)

    async def weather(server: Original, socket: web.WebSocketResponse, text: str) -> bool:
        fate = chance.random()
        if fate < 0.1:
            await socket.send_str('{"type": "update", "status": "updated"}')
        elif fate < 0.2:
            server.cut()
            return True
        elif fate < 0.3:
            server.answer("ARO-001", text)
            server.cut()
            return True
        elif fate < 0.33:
            return True
        return False

    async with original(greets=seed % 2 == 0) as server, connected(server, timeout=0.1) as client:
        server.hook = weather
        for number in range(120):
            name, value = chance.choice(("sdp", "idp")), chance.choice(("up", "down", "standby", "exception"))
            if await client.deliver({name: value, "maintenance": number % 3 == 0}) is Delivery.CONFIRMED:
                assert server.tables["ARO-001"][name] == value
            if number % 10 == 0:
                await until(lambda: client.connected)
        last = client.known | {name: value for one in client._queue for name, value in one.items()}
        server.hook = None
        assert await client.drained(20)
        assert {name: server.tables["ARO-001"][name] for name in last} == last


async def test_disconnect_keeps_what_waits_for_a_later_connect() -> None:
    async with original() as server, connected(server) as client:
        await client.disconnect()
        assert await client.deliver({"sdp": "up"}) is Delivery.QUEUED
        assert await client.connect()
        assert client.queued == 0
        assert server.tables["ARO-001"]["sdp"] == "up"


async def test_wrong_names_are_refused_before_anything_is_sent() -> None:
    client = StudioWebSocketClient("ws://127.0.0.1:9")
    with pytest.raises(ValueError, match="no device 'toaster'; known: broker, zcam"):
        await client.send_device_status("toaster", "up")
    with pytest.raises(ValueError, match="no service 'zcam'; known: sdp, idp"):
        await client.send_service_status("zcam", "up")
    with pytest.raises(ValueError, match="JSON"):
        await client.send_status_update({"n": float("nan")})
    with pytest.raises(ValueError, match="serializable"):
        await client.send_status_update({"n": object()})
    with pytest.raises(ValueError, match="too large"):
        await client.send_status_update({"n": "x" * 70_000})


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (("ws://h:1", "ARO_001", "d", "t"), "table"),
        (("ws://h:1", "", "d", "t"), "table"),
        (("ws://h:1", "ARO-001", "d d", "t"), "device"),
        (("ws://h:1", "ARO-001", "d", ""), "token"),
    ],
)
def test_names_that_no_server_takes_are_refused(names: tuple[str, str, str, str], key: str) -> None:
    with pytest.raises(ConfigError, match=f"^{key}: "):
        StudioWebSocketClient(*names)


async def test_wrong_url_is_refused_without_its_query() -> None:
    client = StudioWebSocketClient("http://h?token=hidden")
    with pytest.raises(ConfigError, match="ws://host:port") as refused:
        await client.connect()
    assert "hidden" not in str(refused.value)
