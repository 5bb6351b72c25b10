"""The seed's test classes, written anew: enums, status, the server's handlers with played sockets, and the whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from studio_api.ws import StudioDeviceStatusEnum, StudioServiceStatusEnum, StudioStatus, StudioWebSocketServer
from ws_client import StudioWebSocketClient

KEYS = [
    "TABLE_ID", "UPTIME", "TIMESTAMP", "MAINTENANCE", "SDP", "IDP", "BROKER", "ZCam", "ROULETTE", "SHAKER",
    "BARCODE_SCANNER", "NFC_SCANNER",
]  # fmt: skip
PATH = "/?id=ARO-001_dealerPC&token=MY_TOKEN"
CONFIRMED = '{"status": "updated", "table_id": "ARO-001"}'


class PlayedSocket:
    """Offers send, recv, close and `async for`, and nothing else."""

    def __init__(self, *frames: str) -> None:
        self._frames = list(frames)
        self.sent: list[str] = []
        self.closed: tuple[int, str] | None = None

    async def send(self, text: str) -> None:
        assert self.closed is None
        self.sent.append(text)

    async def recv(self) -> str:
        return self._frames.pop(0)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed = (code, reason)

    async def __aiter__(self) -> AsyncIterator[str]:
        while self._frames:
            yield self._frames.pop(0)

    @property
    def messages(self) -> list[dict[str, object]]:
        return [json.loads(text) for text in self.sent]


class TestStudioServiceStatusEnum:
    def test_values(self) -> None:
        assert [status.value for status in StudioServiceStatusEnum] == [
            "up",
            "down",
            "standby",
            "calibration",
            "exception",
        ]

    def test_members_equal_plain_strings(self) -> None:
        assert StudioServiceStatusEnum.UP == "up"
        assert StudioServiceStatusEnum.DOWN == "down"
        assert StudioServiceStatusEnum.STANDBY == "standby"
        assert StudioServiceStatusEnum.CALIBRATION == "calibration"
        assert StudioServiceStatusEnum.EXCEPTION == "exception"
        assert StudioServiceStatusEnum("up") is StudioServiceStatusEnum.UP


class TestStudioDeviceStatusEnum:
    def test_values(self) -> None:
        assert [status.value for status in StudioDeviceStatusEnum] == ["up", "down"]

    def test_members_equal_plain_strings(self) -> None:
        assert StudioDeviceStatusEnum.UP == "up"
        assert StudioDeviceStatusEnum.DOWN == "down"


def status(**more: object) -> StudioStatus:
    """One table with all twelve keywords."""
    given: dict[str, object] = {
        "table_id": "ARO-001",
        "uptime": 100,
        "timestamp": "2024-01-01T12:00:00",
        "maintenance": False,
        "sdp": StudioServiceStatusEnum.UP,
        "idp": StudioServiceStatusEnum.STANDBY,
        "broker": StudioDeviceStatusEnum.UP,
        "zcam": StudioDeviceStatusEnum.UP,
        "roulette": StudioDeviceStatusEnum.UP,
        "shaker": StudioDeviceStatusEnum.DOWN,
        "barcode_scanner": StudioDeviceStatusEnum.UP,
        "nfc_scanner": StudioDeviceStatusEnum.DOWN,
    }
    return StudioStatus(**{**given, **more})


class TestStudioStatus:
    def test_twelve_keywords_become_twelve_attributes(self) -> None:
        one = status()
        assert (one.table_id, one.uptime, one.maintenance) == ("ARO-001", 100, False)
        assert one.sdp == StudioServiceStatusEnum.UP
        assert one.shaker == "down"

    def test_to_dict_has_the_keys_in_order_and_plain_values(self) -> None:
        told = status().to_dict()
        assert list(told) == KEYS
        assert told["ZCam"] == "up"
        assert json.dumps(told) == (
            '{"TABLE_ID": "ARO-001", "UPTIME": 100, "TIMESTAMP": "2024-01-01T12:00:00", "MAINTENANCE": false, '
            '"SDP": "up", "IDP": "standby", "BROKER": "up", "ZCam": "up", "ROULETTE": "up", "SHAKER": "down", '
            '"BARCODE_SCANNER": "up", "NFC_SCANNER": "down"}'
        )

    def test_timestamp_may_be_a_moment(self) -> None:
        assert status(timestamp=datetime(2024, 1, 1, 12)).to_dict()["TIMESTAMP"] == "2024-01-01T12:00:00"

    def test_defaults_are_those_of_a_new_table(self) -> None:
        told = StudioStatus(table_id="ARO-001").to_dict()
        assert (told["UPTIME"], told["SDP"], told["BROKER"], told["MAINTENANCE"]) == (0, "standby", "down", False)
        datetime.fromisoformat(str(told["TIMESTAMP"]))

    def test_unknown_keyword_is_refused(self) -> None:
        with pytest.raises(TypeError, match="toaster"):
            StudioStatus(toaster="up")


@pytest.fixture
def server() -> StudioWebSocketServer:
    return StudioWebSocketServer()


class TestStudioWebSocketServer:
    def test_server_initialization(self, server: StudioWebSocketServer) -> None:
        assert (server.host, server.port) == ("localhost", 8080)
        assert isinstance(server.studio_status, dict)
        assert len(server.studio_status) == 0
        assert (StudioWebSocketServer("0.0.0.0", 9).host, StudioWebSocketServer(port=9).port) == ("0.0.0.0", 9)

    @pytest.mark.parametrize(
        ("path", "query"),
        [
            (PATH, {"id": "ARO-001_dealerPC", "token": "MY_TOKEN"}),
            ("/?id=ARO-001_dealerPC&token", {"id": "ARO-001_dealerPC"}),
            ("/?a=1=2&a=3", {"a": "3"}),
            ("/?token=a%20b+c", {"token": "a b+c"}),
            ("/", {}),
            ("", {}),
        ],
    )
    def test_parse_query_params(self, server: StudioWebSocketServer, path: str, query: dict[str, str]) -> None:
        assert server._parse_query_params(path) == query

    async def test_handle_status_update_service_status(self, server: StudioWebSocketServer) -> None:
        server.studio_status["ARO-001"] = status(sdp="down")
        socket = AsyncMock()
        await server._handle_status_update(socket, "ARO-001", '{"sdp": "up", "idp": "calibration"}')
        socket.send.assert_called_once_with(CONFIRMED)
        one = server.studio_status["ARO-001"]
        assert (one.sdp, one.idp) == (StudioServiceStatusEnum.UP, StudioServiceStatusEnum.CALIBRATION)
        assert one.uptime == 101
        assert one.timestamp > "2024-01-01T12:00:00"

    async def test_handle_status_update_device_status(self, server: StudioWebSocketServer) -> None:
        server.studio_status["ARO-001"] = one = status()
        socket = PlayedSocket()
        await server._handle_status_update(socket, "ARO-001", '{"roulette": "down", "shaker": "up"}')
        assert socket.sent == [CONFIRMED]
        assert (one.roulette, one.shaker, one.uptime) == ("down", "up", 101)

    async def test_handle_status_update_other_spellings(self, server: StudioWebSocketServer) -> None:
        socket = PlayedSocket()
        await server._handle_status_update(socket, "ARO-001", '{"zCam": "up", "barcode": "up", "NFC": "up"}')
        one = server.studio_status["ARO-001"]
        assert (one.zcam, one.barcode_scanner, one.nfc_scanner) == ("up", "up", "up")

    async def test_handle_status_update_maintenance_and_custom_fields(self, server: StudioWebSocketServer) -> None:
        socket = PlayedSocket()
        await server._handle_status_update(socket, "ARO-001", '{"maintenance": true, "custom_field": "custom_value"}')
        assert socket.sent == [CONFIRMED]
        assert server.studio_status["ARO-001"].maintenance is True
        assert list(server.studio_status["ARO-001"].to_dict()) == KEYS

    @pytest.mark.parametrize(
        ("message", "error"),
        [
            ("not json", "Invalid JSON format"),
            ("[1]", "Message must be a JSON object"),
            ("5", "Message must be a JSON object"),
            ('{"sdp": "bogus", "idp": "up"}', "Invalid status for sdp: bogus"),
            ('{"broker": "standby"}', "Invalid status for broker: standby"),
            ('{"maintenance": "yes"}', "Invalid value for maintenance"),
        ],
    )
    async def test_handle_status_update_refuses(self, server: StudioWebSocketServer, message: str, error: str) -> None:
        server.studio_status["ARO-001"] = one = status()
        before = one.to_dict()
        socket = PlayedSocket()
        await server._handle_status_update(socket, "ARO-001", message)
        assert socket.sent == [json.dumps({"error": error})]
        assert one.to_dict() == before

    async def test_handle_connection_with_credentials_in_the_path(self, server: StudioWebSocketServer) -> None:
        socket = PlayedSocket('{"sdp": "up"}', "not json", '{"zcam": "up"}')
        await server.handle_connection(socket, PATH)
        assert list(socket.messages[0]) == KEYS
        assert socket.messages[0]["SDP"] == "standby"
        assert socket.sent[1:] == [CONFIRMED, '{"error": "Invalid JSON format"}', CONFIRMED]
        assert server.studio_status["ARO-001"].uptime == 2
        assert socket.closed is None

    async def test_handle_connection_with_credentials_in_the_first_frame(self, server: StudioWebSocketServer) -> None:
        socket = PlayedSocket('{"id": "ARO-001_dealerPC", "token": "MY_TOKEN"}', '{"sdp": "up"}')
        await server.handle_connection(socket)
        assert socket.messages[0] == {"message": "Connected to Studio WebSocket Server", "status": "ready"}
        assert socket.messages[1]["TABLE_ID"] == "ARO-001"
        assert socket.sent[2:] == [CONFIRMED]

    async def test_handle_connection_finds_the_path_of_the_request(self, server: StudioWebSocketServer) -> None:
        socket = PlayedSocket()
        socket.request = type("Request", (), {"path": PATH})()  # type: ignore[attr-defined]
        await server.handle_connection(socket)
        assert socket.messages[0]["TABLE_ID"] == "ARO-001"

    async def test_handle_connection_looks_twice_at_a_played_request(self, server: StudioWebSocketServer) -> None:
        socket = AsyncMock()  # its request.path is no text
        socket.recv.return_value = '{"id": "SBO-002", "token": "t"}'
        socket.__aiter__.return_value = []
        await server.handle_connection(socket)
        assert json.loads(socket.send.call_args_list[1].args[0])["TABLE_ID"] == "SBO-002"

    @pytest.mark.parametrize(
        "path", ["/", "/?id=ARO-001_dealerPC", "/?id=ARO-001_dealerPC&token", "/?token=t", "/?id=&token=t"]
    )
    async def test_handle_connection_without_credentials(self, server: StudioWebSocketServer, path: str) -> None:
        socket = AsyncMock()
        await server.handle_connection(socket, path)
        socket.close.assert_called_once_with(1008, "Missing authentication parameters")
        socket.send.assert_not_called()

    @pytest.mark.parametrize(
        ("first", "reason"),
        [
            ('{"id": "ARO-001_x"}', "Missing authentication parameters"),
            ('{"id": "", "token": "t"}', "Missing authentication parameters"),
            ('{"id": 5, "token": "t"}', "Invalid authentication message"),
            ("not json", "Invalid authentication message"),
            ("[]", "Invalid authentication message"),
        ],
    )
    async def test_handle_connection_refuses_a_first_frame(
        self, server: StudioWebSocketServer, first: str, reason: str
    ) -> None:
        socket = PlayedSocket(first)
        await server.handle_connection(socket)
        assert socket.closed == (1008, reason)
        assert len(socket.sent) == 1

    async def test_twenty_errors_end_a_connection(self, server: StudioWebSocketServer) -> None:
        socket = PlayedSocket(*["x"] * 30)
        await server.handle_connection(socket, PATH)
        assert len(socket.sent) == 21
        assert socket.closed == (1008, "Too many errors")

    async def test_state_belongs_to_the_table_and_outlives_a_connection(self, server: StudioWebSocketServer) -> None:
        await server.handle_connection(PlayedSocket('{"sdp": "up"}'), PATH)
        second = PlayedSocket()
        await server.handle_connection(second, "/?id=ARO-001_other&token=t")
        assert (second.messages[0]["SDP"], second.messages[0]["UPTIME"]) == ("up", 1)
        third = PlayedSocket()
        await server.handle_connection(third, "/?id=ARO-002_other&token=t")
        assert third.messages[0]["SDP"] == "standby"
        assert set(server.studio_status) == {"ARO-001", "ARO-002"}

    async def test_device_parameter_is_the_other_clients_way(self, server: StudioWebSocketServer) -> None:
        socket = PlayedSocket('{"sdp": "up"}')
        await server.handle_connection(socket, "/?token=t&id=ARO-001&device=dealerPC")
        assert socket.messages == [{"status": "updated", "table_id": "ARO-001", "tableId": "ARO-001"}]


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[StudioWebSocketServer]:
    """A server on a free port whose journal is in ``folder``."""
    server = StudioWebSocketServer("127.0.0.1", 0, data_dir=folder / "studio")
    running = asyncio.create_task(server.start())
    listening = asyncio.create_task(server.started())
    try:
        await asyncio.wait((running, listening), return_when=asyncio.FIRST_COMPLETED)
        assert listening.done(), running.exception()
        yield server
    finally:
        listening.cancel()
        await server.stop()
        await running


def client_of(server: StudioWebSocketServer) -> StudioWebSocketClient:
    return StudioWebSocketClient(f"ws://127.0.0.1:{server.port}", "ARO-001", "dealerPC", "MY_TOKEN")


class TestWebSocketIntegration:
    async def test_clients_of_one_table_see_the_same(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as server:
            first, second = client_of(server), client_of(server)
            assert await first.connect(), first.last_error
            assert await first.send_service_status("SDP", "up")
            assert await first.send_multiple_updates({"zcam": "up", "nfc_scanner": "down", "note": "Wheel 2"})
            assert await second.connect()
            assert second.snapshot is not None
            assert (second.snapshot.fields["sdp"], second.snapshot.fields["zcam"]) == ("up", "up")
            assert second.snapshot.uptime == 2
            assert server.studio_status["ARO-001"].sdp == "up"
            await first.disconnect()
            await second.disconnect()

    async def test_refused_update_changes_nothing(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as server:
            client = client_of(server)
            await client.connect()
            assert not await client.send_status_update({"sdp": "bogus", "idp": "up"})
            assert client.last_error == "Invalid status for sdp: bogus"
            assert server.studio_status["ARO-001"].idp == "standby"
            await client.disconnect()

    async def test_what_was_confirmed_is_there_after_a_restart(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as server:
            client = client_of(server)
            await client.connect()
            assert await client.send_status_update({"sdp": "calibration", "maintenance": True})
            await client.disconnect()
        async with serving(tmp_path) as server:
            client = client_of(server)
            await client.connect()
            assert client.snapshot is not None
            assert (client.snapshot.fields["sdp"], client.snapshot.fields["maintenance"]) == ("calibration", True)
            assert client.snapshot.uptime == 1
            await client.disconnect()

    async def test_played_sockets_reach_the_real_table_while_it_serves(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as server:
            socket = PlayedSocket('{"sdp": "up"}', "x")
            await server.handle_connection(socket, PATH)
            assert socket.sent[1:] == [CONFIRMED, '{"error": "Invalid JSON format"}']
            await server._handle_status_update(PlayedSocket(), "ARO-001", '{"idp": "up"}')
        async with serving(tmp_path) as server:
            socket = PlayedSocket()
            await server.handle_connection(socket, PATH)
            assert (socket.messages[0]["SDP"], socket.messages[0]["IDP"]) == ("up", "up")
