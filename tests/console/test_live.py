"""The live feed over a real WebSocket: protocol basics, who sees what, and who is let go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import WSMsgType

from lineside.console.live import Live
from lineside.console.sessions import AccessSettings
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from tests.support.console import Rig, console
from tests.support.wait import until

ADMIN = Actor("test", Role.ADMIN)


class Line:
    """A client of the live feed."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self.line = line

    async def say(self, **message: Any) -> None:
        await self.line.send_str(json.dumps(message))

    async def hear(self, op: str) -> dict[str, Any]:
        """The next message of this kind."""
        async with asyncio.timeout(10):
            while True:
                told: dict[str, Any] = json.loads(await self.line.receive_str())
                if told["op"] == op:
                    return told

    async def hear_items(self, topic: str, count: int = 1) -> list[dict[str, Any]]:
        """The next items of a topic."""
        items: list[dict[str, Any]] = []
        while len(items) < count:
            items += [item for item in (await self.hear("pulse"))["items"] if item["t"] == topic]
        return items

    async def hear_end(self) -> tuple[dict[str, Any], int]:
        """The bye, and the code of the close after it."""
        bye = await self.hear("bye")
        closed = await self.line.receive()
        assert closed.type is WSMsgType.CLOSE
        return bye, closed.data


@asynccontextmanager
async def listening(rig: Rig, headers: dict[str, str]) -> AsyncIterator[Line]:
    async with rig.ask.ws_connect("/api/live", headers=headers) as line:
        yield Line(line)


async def test_hello_subscribe_pulse_unsubscribe_ping(tmp_path: Path) -> None:
    async with console(tmp_path) as rig, listening(rig, await rig.token("operator")) as line:
        hello = await line.hear("hello")
        assert (hello["epoch"], hello["role"]) == (rig.hub.epoch, "operator")
        await line.say(op="subscribe", id=1, topics=["ward/1/*"])
        told = {one["topic"]: one for one in (await line.hear("subscribed"))["topics"]}
        assert told["ward/1/lamp"]["value"] == {"lit": 0}
        assert told["ward/1/flashes"]["kind"] == "feed"
        rig.hub.feed("ward/1/flashes", 7)
        (item,) = await line.hear_items("ward/1/flashes")
        assert (item["v"], item["o"]) == (7, told["ward/1/flashes"]["offset"] + 1)
        await line.say(op="ping", id="p")
        assert (await line.hear("pong"))["id"] == "p"
        await line.say(op="unsubscribe", id=2, topics=["ward/1/*"])
        assert (await line.hear("unsubscribed"))["id"] == 2


async def test_resume_over_a_lost_connection_has_no_hole(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        viewer = await rig.token("viewer")
        topic = "ward/1/flashes"
        async with listening(rig, viewer) as line:
            await line.say(op="subscribe", id=1, topics=[topic])
            offset = (await line.hear("subscribed"))["topics"][0]["offset"]
        for value in range(5):
            rig.hub.feed(topic, value)
        async with listening(rig, viewer) as line:
            resume = {topic: {"epoch": rig.hub.epoch, "offset": offset}}
            await line.say(op="subscribe", id=1, topics=[topic], resume=resume)
            assert (await line.hear("subscribed"))["topics"][0]["recovered"] is True
            assert [item["v"] for item in await line.hear_items(topic, 5)] == [0, 1, 2, 3, 4]


async def test_wrong_messages_are_answered_and_too_many_end_it(tmp_path: Path) -> None:
    async with console(tmp_path) as rig, listening(rig, await rig.token("viewer")) as line:
        await line.say(op="jump", id=3)
        told = await line.hear("error")
        assert (told["id"], set(told["error"])) == (3, {"code", "message", "retry"})
        for _ in range(30):
            await line.line.send_bytes(b"\xff")
        bye, code = await line.hear_end()
        assert (bye["code"], code) == (4002, 4002)
        await until(lambda: rig.hub.subscriber_count == 0)


async def test_actor_of_one_gateway_hears_that_one(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        rig.hub.state("lineside/gateways", {"gateways": [{"name": "ward"}, {"name": "hall"}]})
        async with listening(rig, await rig.token("viewer", "ward")) as line:
            await line.say(op="subscribe", id=1, topics=["**"])
            told = {one["topic"]: one for one in (await line.hear("subscribed"))["topics"]}
            assert {name.split("/")[0] for name in told} == {"ward", "lineside"}
            assert told["lineside/gateways"]["value"] == {"gateways": [{"name": "ward"}]}
            await rig.desk.request("hall/1", "ON", actor=ADMIN)
            await rig.desk.request("ward/1", "ON", actor=ADMIN)
            items = await line.hear_items("lineside/commands")
            assert {item["v"]["unit"] for item in items} == {"ward/1"}


async def test_live_needs_a_role(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        answer = await rig.ask.get("/api/live", headers={"Upgrade": "websocket", "Connection": "Upgrade"})
        assert answer.status == 401


async def test_revoked_token_is_let_go_at_once(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        kept = await rig.token("viewer")
        async with listening(rig, await rig.token("viewer")) as line, listening(rig, kept) as other:
            await line.hear("hello")
            await rig.access.revoke_token(rig.access.tokens()[-1].id, "test")
            bye, code = await line.hear_end()
            assert (bye["code"], bye["retry"], code) == (4001, False, 4001)
            await other.say(op="ping", id=1)
            await other.hear("pong")


async def test_signed_out_session_is_let_go_at_once(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        await rig.ask.get(rig.console.login_url(rig.server.url), allow_redirects=False)
        async with listening(rig, {}) as line:
            await line.hear("hello")
            assert (await rig.ask.post("/api/logout", headers={"X-Lineside": "1"})).status == 200
            assert (await line.hear_end())[1] == 4001


async def test_expired_session_is_let_go_soon(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        live: Live = rig.console._live
        live._recheck_s = 0.05
        rig.access.sessions._settings = AccessSettings(session_s=0.3)
        await rig.ask.get(rig.console.login_url(rig.server.url), allow_redirects=False)
        async with listening(rig, {}) as line:
            assert (await line.hear_end())[1] == 4001
        await until(lambda: live.count == 0)


async def test_stop_says_goodbye_with_retry(tmp_path: Path) -> None:
    async with console(tmp_path) as rig, listening(rig, await rig.token("viewer")) as line:
        await line.hear("hello")
        rig.console.stop()
        bye, code = await line.hear_end()
        assert (bye["retry"], code) == (True, 4000)
