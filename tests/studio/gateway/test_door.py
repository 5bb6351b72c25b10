"""Who comes in and how it is spoken to, over real sockets: F1 to F16, denials, duplicates, bad clients."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from lineside.runtime.guard import Limits
from lineside.runtime.step import Secret
from lineside.studio.gateway import DuplicatePolicy, ReporterToken, WatchToken
from lineside.studio.gateway.config import STUDIO_LIMITS
from tests.studio.exchanges import Exchange, exchanges
from tests.support.studio import Reporter, deaf_client, studio
from tests.support.wait import until

CONFIRMED = '{"status": "updated", "table_id": "ARO-001"}'
MISSING = (1008, "Missing authentication parameters")


def timeless(frame: str) -> str:
    """A frame without the moment in it, which no other server could repeat."""
    frame = re.sub(r'"TIMESTAMP": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?"', '"TIMESTAMP": "…"', frame)
    return re.sub(r'"timestamp":"[0-9-]+T[0-9:]+\.\d{3}Z"', '"timestamp":"…"', frame)


@pytest.mark.parametrize("exchange", exchanges(), ids=lambda exchange: exchange.id)
async def test_exchange_is_byte_for_byte_that_of_the_sheet(exchange: Exchange, tmp_path: Path) -> None:
    token = next((line[1] for line in exchange.lines if line[0] == "TOKEN"), None)
    more: dict[str, Any] = {"token": Secret(token)} if token else {}
    async with studio(tmp_path, ack_s=0.02, **more) as server, AsyncExitStack() as lines:
        reporter: Reporter | None = None
        for line in exchange.lines:
            match line:
                case ["PATH", path]:
                    reporter = await lines.enter_async_context(server.connect(path))
                case ["AGAIN", path]:
                    await lines.enter_async_context(server.connect(path))
                case ["C", frame]:
                    assert reporter is not None
                    await reporter.send(frame)
                case ["S", wanted]:
                    assert reporter is not None
                    got = await reporter.text()
                    assert wanted == "*" or timeless(got) == timeless(wanted)
                case ["X", code, reason]:
                    assert reporter is not None
                    assert await ended(reporter) == (code, reason)


async def ended(reporter: Reporter) -> tuple[int, str]:
    """The close frame, behind acks that were on their way."""
    while True:
        message = await reporter.line.receive(timeout=20)
        if message.type is not WSMsgType.TEXT:
            assert message.type is WSMsgType.CLOSE
            return int(message.data), message.extra or ""
        assert '"ack"' in str(message.data)


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        ("/?", 1008, "greeting"),
        ("/?token=T", *MISSING),
        ("/?id=ARO-001_x&token=", *MISSING),
        ("/?id=&token=T", *MISSING),
        ("/?id=a%20b_x&token=T", 1008, "Invalid id"),
        (f"/?id={'x' * 2048}&token=T", *MISSING),
        ("/v1/ws", 3000, '{"type":"kick","error":{"code":22002,"message":"id does not exist"}}'),
        (
            "/v1/ws?id=ARO-001-1",
            3000,
            '{"type":"kick","error":{"code":22003,"message":"ARO-001-1 has an invalid token"}}',
        ),
        ("/watch", 1008, "Invalid token"),
        ("/watch?token=", 1008, "Invalid token"),
    ],
)
async def test_denied_with_the_words_of_the_dialect_and_no_frame_before(
    path: str, code: int, reason: str, tmp_path: Path
) -> None:
    async with studio(tmp_path) as server, server.connect(path) as reporter:
        if reason == "greeting":  # an empty query is no query
            assert "Connected" in await reporter.text()
        else:
            assert await reporter.goodbye() == (code, reason)
        assert server.units.all() == []


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("not json", "Invalid authentication message"),
        ("[1]", "Invalid authentication message"),
        ('{"id": 5, "token": "T"}', "Invalid authentication message"),
        ('{"id": "ARO-001_x"}', "Missing authentication parameters"),
        ('{"token": "T"}', "Missing authentication parameters"),
        ("{}", "Missing authentication parameters"),
        (b"\xff\xfe", "Invalid authentication message"),
        ("[" * 10_000, "Invalid authentication message"),
    ],
)
async def test_first_message_that_is_none_closes(frame: str | bytes, reason: str, tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.connect("/") as reporter:
        assert "Connected" in await reporter.text()
        await reporter.send(frame)
        assert await reporter.goodbye() == (1008, reason)


async def test_first_message_that_does_not_come_closes(tmp_path: Path) -> None:
    async with studio(tmp_path, auth_s=0.05) as server, server.connect("/") as reporter:
        assert "Connected" in await reporter.text()
        assert await reporter.goodbye() == (1008, "Authentication timeout")


async def test_slow_headers_are_cut(tmp_path: Path) -> None:
    limits = Limits(first_message_s=0.1)
    async with studio(tmp_path, limits=limits) as server:
        host, port = server.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /?id=ARO-001_x&token=T HTTP/1.1\r\nHost: x\r\n")
        assert b"408" in await reader.read()
        writer.close()


# ------------------------------------------------------------------ tokens and pages


async def test_token_of_a_table_lets_its_reporters_in_and_no_others(tmp_path: Path) -> None:
    tokens = {"floor": ReporterToken(token=Secret("secret-token"), tables=("ARO-*",), devices=("pc",))}
    async with studio(tmp_path, tokens=tokens) as server:
        async with server.connect("/?id=ARO-001_pc&token=secret-token") as reporter:
            assert (await reporter.json())["TABLE_ID"] == "ARO-001"
            assert await reporter.ask({"sdp": "up"}) == CONFIRMED
        for path in (
            "/?id=SBO-001_pc&token=secret-token",
            "/?id=ARO-001_other&token=secret-token",
            "/?id=ARO-001_pc&token=x",
        ):
            async with server.connect(path) as reporter:
                assert await reporter.goodbye() == (1008, "Invalid token")
        async with server.connect("/v1/ws?id=ARO-001-1&token=bad") as reporter:
            code, reason = await reporter.goodbye()
            assert code == 3000
            assert "ARO-001-1 has an invalid token" in reason


async def test_tokens_are_in_no_log_and_no_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tokens = {"floor": ReporterToken(token=Secret("hunter2-reporter"))}
    watching = {"page": WatchToken(token=Secret("hunter2-watcher"))}
    async with studio(tmp_path, tokens=tokens, watch_tokens=watching) as server:
        for path in ("/?id=ARO-001_pc&token=hunter2-wrong", "/?id=ARO-001_pc&token=hunter2-reporter"):
            async with server.connect(path) as reporter:
                await reporter.line.receive()
        async with server.connect("/watch?token=hunter2-watcher") as watcher:
            await watcher.text()
        async with server.connect("/") as reporter:
            await reporter.text()
            await reporter.ask({"id": "ARO-001_pc", "token": "hunter2-reporter"})
        await until(lambda: server.journal.last_at)
        recorded = b"".join(one.data for one in await server.journal.events())
        assert b"hunter2" not in recorded
        assert b'"floor"' in recorded
    said = capsys.readouterr()
    assert "hunter2" not in said.out + said.err


@pytest.mark.parametrize(
    ("origins", "origin", "is_in"),
    [
        ((), None, True),
        ((), "http://evil.example", False),
        ((), "null", False),
        (("https://studio.example",), "https://studio.example", True),
        (("https://studio.example",), "http://studio.example", False),
        (("*",), "http://anything.example", True),
    ],
)
async def test_page_of_another_site_may_not_report_or_watch(
    origins: tuple[str, ...], origin: str | None, is_in: bool, tmp_path: Path
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with studio(tmp_path, origins=origins) as server:
        for path in ("/?id=ARO-001_pc&token=T", "/watch?token=T", "/"):
            async with server.connect(path, headers=headers) as reporter:
                if is_in:
                    await reporter.text()
                else:
                    assert await reporter.goodbye() == (1008, "Foreign origin")


async def test_own_origin_header_of_a_rebound_name_does_not_help(tmp_path: Path) -> None:
    """DNS rebinding: page and Host have the same foreign name."""
    async with studio(tmp_path) as server:
        headers = {"Origin": "http://evil.example", "Host": "evil.example"}
        async with server.connect("/?id=ARO-001_pc&token=T", headers=headers) as reporter:
            assert await reporter.goodbye() == (1008, "Foreign origin")


# ------------------------------------------------------------------ duplicates


async def test_same_id_twice_is_allowed_as_in_the_originals(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as one, server.reporter() as other:
        assert await one.ask({"sdp": "up"}) == CONFIRMED
        assert await other.ask({"sdp": "down"}) == CONFIRMED
        assert await one.ask({}) == CONFIRMED


async def test_second_of_an_id_is_refused_where_that_is_set(tmp_path: Path) -> None:
    async with studio(tmp_path, duplicate=DuplicatePolicy.REFUSE) as server:
        async with server.reporter() as one:
            async with server.connect("/?id=ARO-001_dealerPC&token=T") as other:
                assert await other.goodbye() == (1008, "Duplicate id")
            assert await one.ask({"sdp": "up"}) == CONFIRMED
            async with server.reporter(device="another") as third:
                assert await third.ask({}) == CONFIRMED
        model = server.units.find("studio/ARO-001").model
        await until(lambda: not model.presence_view().reporters)  # type: ignore[attr-defined]
        async with server.reporter() as again:
            assert await again.ask({}) == CONFIRMED


async def test_older_one_is_kicked_and_its_end_does_not_take_the_newer_one_away(tmp_path: Path) -> None:
    """The trap of §9: the close handler of the old socket must not remove who has taken its place."""
    async with studio(tmp_path, duplicate=DuplicatePolicy.KICK_OLD) as server, AsyncExitStack() as lines:
        last = await lines.enter_async_context(server.reporter())
        for _ in range(5):
            newer = await lines.enter_async_context(server.reporter())
            assert await last.goodbye() == (1001, "Duplicate login")
            last = newer
            assert await last.ask({"sdp": "up"}) == CONFIRMED
        model = server.units.find("studio/ARO-001").model
        await until(lambda: len(model.presence_view().reporters) == 1)  # type: ignore[attr-defined]
        assert await last.ask({"sdp": "down"}) == CONFIRMED
        assert "ReporterLeft" not in await server.kinds(), "the device was never gone"


async def test_broken_build_that_removes_by_id_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the vendor's close handler a third connection of the id is not seen as a duplicate of the second."""
    from lineside.studio.gateway.door import Door

    def by_id(self: Door, reporter: object) -> None:
        self._present.clear()

    async def kicked() -> bool:
        async with studio(tmp_path, duplicate=DuplicatePolicy.KICK_OLD) as server, AsyncExitStack() as lines:
            one = await lines.enter_async_context(server.reporter())
            two = await lines.enter_async_context(server.reporter())
            await one.goodbye()
            model = server.units.find("studio/ARO-001").model
            await until(lambda: len(model.presence_view().reporters) == 1)  # type: ignore[attr-defined]
            await lines.enter_async_context(server.reporter())
            await two.send({"event": "ping"})
            return (await two.line.receive(timeout=20)).type is WSMsgType.CLOSE

    assert await kicked()
    monkeypatch.setattr(Door, "_on_gone", by_id)
    assert not await kicked()


# ------------------------------------------------------------------ bad clients


async def test_twenty_errors_close_and_the_table_is_as_before(tmp_path: Path) -> None:
    async with studio(tmp_path) as server:
        async with server.reporter() as bad, server.reporter(device="good") as good:
            for _ in range(20):
                assert "error" in await bad.ask('{"sdp": "bogus", "idp": "up"}')
            assert await bad.goodbye() == (1008, "Too many errors")
            assert await good.ask({"idp": "down"}) == CONFIRMED
        async with server.connect("/?id=ARO-001_x&token=T") as reporter:
            snapshot = await reporter.json()
            assert (snapshot["UPTIME"], snapshot["SDP"], snapshot["IDP"]) == (1, "standby", "down")


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ("[" * 30_000, "Invalid JSON format|Message too complex"),
        ('{"a":' * 200 + "1" + "}" * 200, "Message too complex"),
        ("{" + ",".join(f'"k{n}":1' for n in range(65)) + "}", "Message too complex"),
        ('{"sdp": NaN}', "Invalid JSON format"),
        ('{"maintenance": "yes"}', "Invalid value for maintenance"),
        ('{"sdp": ["up"]}', "Invalid status for sdp"),
        ('{"sdp": null}', "Invalid status for sdp"),
        ("5", "Message must be a JSON object"),
        ("", "Invalid JSON format"),
        (b"\x00\xff", "Invalid JSON format"),
        ('{"x": "' + "y" * 5000 + '"}', "Invalid custom field"),
        ('{"event": "tableStatus", "data": {"tableId": "ARO-002", "sdp": "up"}}', "Invalid tableId"),
    ],
)
async def test_bad_message_is_answered_and_changes_nothing(frame: str | bytes, answer: str, tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as reporter:
        assert re.search(answer, await reporter.ask(frame))
        assert await reporter.ask({"sdp": "up"}) == CONFIRMED
        assert [view.unit for view in server.units.all()] == ["studio/ARO-001"]


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x83\x80\x00\x00\x00\x00",  # an opcode that is none
        b"\xf1\x80\x00\x00\x00\x00",  # reserved bits
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",  # 2^64 bytes to come
        b"\x09\x80\x00\x00\x00\x00",  # a ping in pieces
        b"\x80\x80\x00\x00\x00\x00",  # the end of a message that never began
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_no_websocket_ends_its_connection_and_no_other(bytes_: bytes, tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter(device="good") as good:
        async with deaf_client(server.address, "/?id=ARO-001_bad&token=T") as writer:
            await until(lambda: server.guards[0].open_count == 2)
            writer.write(bytes_)
            await until(lambda: server.guards[0].open_count == 1)
        assert await good.ask({"sdp": "up"}) == CONFIRMED


@pytest.mark.parametrize(
    "hello", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00" * 100, b"SSH-2.0-x\r\n\r\n"]
)
async def test_what_is_no_http_is_let_go(hello: bytes, tmp_path: Path) -> None:
    async with studio(tmp_path, limits=Limits(first_message_s=0.2)) as server, server.reporter() as good:
        host, port = server.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(hello)
        await reader.read()
        writer.close()
        await until(lambda: server.guards[0].open_count == 1)
        assert await good.ask({"sdp": "up"}) == CONFIRMED


async def test_huge_frame_closes_with_1009_and_harms_nobody(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as bad, server.reporter(device="good") as good:
        await bad.send("x" * (64 * 1024 + 1))
        assert (await bad.goodbye())[0] == 1009
        assert await good.ask({}) == CONFIRMED


async def test_flood_of_tables_ends_at_the_bound_and_known_ones_are_still_served(tmp_path: Path) -> None:
    async with studio(tmp_path, tables_max=3, tables=("ARO-001",)) as server:
        for index in range(5):
            async with server.connect(f"/?id=T{index}_x&token=T") as reporter:
                if index < 2:
                    assert await reporter.ask({}) != ""
                else:
                    assert await reporter.goodbye() == (1013, "Too many tables")
        async with server.reporter() as reporter:
            assert await reporter.ask({}) == CONFIRMED


async def test_tables_that_nobody_configured_are_rejected_where_that_is_set(tmp_path: Path) -> None:
    async with studio(tmp_path, unknown_tables="reject", tables=("ARO-001",)) as server:
        async with server.connect("/?id=ARO-002_x&token=T") as reporter:
            assert await reporter.goodbye() == (1008, "Unknown table")
        async with server.reporter() as reporter:
            assert await reporter.ask({}) == CONFIRMED


async def test_connections_of_one_address_are_bounded(tmp_path: Path) -> None:
    limits = Limits(connections_per_address_max=2)
    async with studio(tmp_path, limits=limits) as server, server.reporter(), server.reporter(device="b"):
        with pytest.raises(aiohttp.ClientError):
            async with server.reporter(device="c"):
                pass


async def test_reporter_that_reads_nothing_is_cut_and_the_others_are_served(tmp_path: Path) -> None:
    limits = Limits(unsent_bytes_max=1000, first_message_s=None)
    assert STUDIO_LIMITS.unsent_bytes_max > limits.unsent_bytes_max
    async with studio(tmp_path, limits=limits) as server, server.reporter(device="good") as good:
        async with deaf_client(server.address, "/?id=ARO-001_deaf&token=T") as writer:
            ping = b'{"event":"ping"}'
            frame = bytes((0x81, 0x80 | len(ping), 0, 0, 0, 0)) + ping
            while not server.guards[0].status().cut.get("does_not_read"):
                writer.write(frame * 500)
                await asyncio.sleep(0.01)
        assert await good.ask({"sdp": "up"}) == CONFIRMED
