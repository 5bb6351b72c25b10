"""A board on a real port: it asks, obeys, fails on request, and goes on for ever."""

from __future__ import annotations

import asyncio

import pytest

from lineside.lockers.simulator import Channels, FaultSettings, Pressed, running
from lineside.lockers.wire import BadMessage, CellCode, Channel, Request
from tests.lockers.simulator.server import Server, serving
from tests.support.wait import until

CODES = (CellCode(2, "0042", 80), CellCode(5, "1492", 80))


def sends(server: Server) -> list[int]:
    return [request.number for request in server.requests]


# ------------------------------------------------------------------------------------------------------ a good day


async def test_board_takes_codes_opens_with_them_and_tells_it() -> None:
    async with serving(codes=CODES) as server, running(server.settings()) as hall:
        board = hall["1953"]
        await until(lambda: board.codes)
        assert board.codes == {2: "0042", 5: "1492"}
        assert board.open(2) is Pressed.OPENED
        board.open_with_key(64)
        await until(lambda: server.last.accessed == () and any(one.accessed == (2, 64) for one in server.requests))
        assert server.last.engaged == (2, 5)
        with pytest.raises(LookupError):
            board.open(3)
        server.codes = CODES[1:]
        await until(lambda: 2 not in board.codes)
        assert board.press("0042", 2) is Pressed.WRONG
        assert (hall.report.opened, hall.report.wrong_codes) == (1, 1)
    assert sends(server) == list(range(1, len(server.requests) + 1))
    assert [one.reset for one in server.requests[:2]] == [True, False]
    assert server.accepted == 1
    assert hall.report.bad_replies == hall.report.foreign_replies == hall.report.timeouts == 0


async def test_board_is_blocked_and_not_any_more() -> None:
    said: list[str] = []
    async with serving(codes=CODES, block=True) as server, running(server.settings(), said.append) as hall:
        board = hall["1953"]
        await until(lambda: server.requests and server.last.states == (3,))
        assert board.open(2) is Pressed.BLOCKED
        server.block = False
        await until(lambda: server.last.states == (0,))
        assert board.open(2) is Pressed.OPENED
    assert "1953: blocked by the server" in said
    assert "1953: not blocked any more" in said


async def test_board_reboots_when_told_and_begins_again() -> None:
    async with serving(codes=CODES) as server, running(server.settings()) as hall:
        await until(lambda: len(server.requests) > 3)
        server.reset = True
        await until(lambda: hall.report.reboots)
        server.reset = False
        await until(lambda: server.last.send == "1")
        assert server.last.reset
        assert server.last.engaged == (2, 5)
        await until(lambda: not server.last.reset)
        assert hall.report.reboots == 1
        hall["1953"].reboot()
        await until(lambda: server.last.reset and server.last.send == "1")


async def test_new_connection_for_each_request() -> None:
    async with serving() as server, running(server.settings(keep_connection=False)) as hall:
        await until(lambda: len(server.requests) > 4)
        assert server.accepted >= 4
        assert hall.report.losses == hall.report.timeouts == 0
    await until(lambda: not server.connections)


@pytest.mark.parametrize(("eol", "final"), [("crlf", False), ("lf", True), ("lf", False)])
async def test_line_ends_are_as_wished(eol: str, final: bool) -> None:
    async with serving() as server, running(server.settings(eol=eol, final_eol=final)):
        await until(lambda: server.requests)
    data = server.chunks[0]
    assert data.endswith(b"CLOSE\n" if final else b"CLOSE")
    assert data.startswith(b"ACon_V1.0\r\n" if eol == "crlf" else b"ACon_V1.0\n")


async def test_poked_board_asks_at_once_and_people_come_by_themselves() -> None:
    async with serving(codes=CODES) as server, running(server.settings(period_s=1000.0, use_every_s=0.01)) as hall:
        await until(lambda: hall.report.opened > 2)
        assert len(server.requests) == 1
        hall["1953"].report_now()
        await until(lambda: len(server.requests) == 2)
        assert server.last.accessed


async def test_three_wrong_codes_are_told() -> None:
    async with serving(codes=CODES) as server, running(server.settings(wrong_code=1.0)) as hall:
        board = hall["1953"]
        await until(lambda: board.codes)
        board.visit()
        await until(lambda: server.last.states == (2,))
        board.set_short_circuit(True)
        await until(lambda: server.last.states == (1, 2))


# -------------------------------------------------------------------------------------------------------- bad days


async def test_without_a_reply_it_asks_again_with_the_next_number_and_keeps_its_codes() -> None:
    async with serving(codes=CODES) as server, running(server.settings(timeout_s=0.05)) as hall:
        board = hall["1953"]
        await until(lambda: board.codes)
        server.is_silent = True
        count = len(server.requests)
        await until(lambda: len(server.requests) > count + 3)
        assert board.codes == {2: "0042", 5: "1492"}
        server.is_silent = False
        replies = hall.report.replies
        await until(lambda: hall.report.replies > replies)
        assert hall.report.timeouts >= 3
    assert sends(server) == list(range(1, len(server.requests) + 1))


async def test_server_that_goes_and_comes_is_found_again() -> None:
    said: list[str] = []
    async with serving(codes=CODES) as server, running(server.settings(timeout_s=0.05), said.append) as hall:
        await until(lambda: hall["1953"].codes)
        await server.close()
        await until(lambda: "1953: no connection; tries on" in said)
        assert not hall["1953"].is_connected
        count = len(server.requests)
        await server.open()
        await until(lambda: len(server.requests) > count)


async def test_answers_that_are_none_are_counted_and_told_without_codes() -> None:
    said: list[str] = []
    bad = b"ERROR: bad ID\nACon_V1.0\nBOX_ENG=(2,7310,5)\nCLOSE\n"
    async with serving(raw=bad) as server, running(server.settings(timeout_s=0.03), said.append) as hall:
        await until(lambda: hall.report.bad_replies > 1 and hall.report.errors["bad ID"] > 1)
    assert hall.report.replies == 0
    assert "7310" not in "".join(said)


async def test_second_channel_takes_over_when_the_first_has_no_network() -> None:
    async with serving() as server, running(server.settings(channels=Channels.BOTH)) as hall:
        board = hall["1953"]
        await until(lambda: server.requests and len(server.connections) == 2)
        assert server.last.connection == Channel.WIFI
        board.set_network(Channel.WIFI, False)
        await until(lambda: server.last.connection == Channel.GSM and server.last.wifi == 2)
        board.set_network(Channel.WIFI, True)
        await until(lambda: server.last.connection == Channel.WIFI and server.last.wifi == 0)
        board.set_network(Channel.GSM, False)
        await until(lambda: server.last.gsm == 3)


async def test_second_channel_is_tried_after_a_silence() -> None:
    async with serving(is_silent=True) as server, running(server.settings(channels=Channels.BOTH, timeout_s=0.05)):
        await until(lambda: {one.connection for one in server.requests} == {1, 2})
    assert sends(server) == list(range(1, len(server.requests) + 1))


async def test_board_without_any_network_waits_for_it() -> None:
    async with serving() as server, running(server.settings(timeout_s=0.05)) as hall:
        board = hall["1953"]
        await until(lambda: server.requests)
        board.set_network(Channel.WIFI, False)
        await until(lambda: not server.connections)
        count = len(server.requests)
        board.set_network(Channel.WIFI, True)
        await until(lambda: len(server.requests) > count)


async def test_cut_connection_is_made_again() -> None:
    async with serving() as server, running(server.settings()) as hall:
        await until(lambda: server.requests)
        hall["1953"].cut()
        await until(lambda: server.accepted == 2 and len(server.requests) > 3)


# ------------------------------------------------------------------------------------------------ faults on request


async def test_late_packet_comes_behind_a_newer_one() -> None:
    faults = FaultSettings(late=1.0, late_s=0.05)
    async with serving() as server, running(server.settings(channels=Channels.BOTH, faults=faults)) as hall:
        await until(lambda: hall.report.late_replies >= 2)
    falls = [(a, b) for a, b in zip(sends(server), sends(server)[1:], strict=False) if b < a]
    assert falls
    assert hall.report.foreign_replies == 0


async def test_doubled_packet_comes_over_both_channels_with_one_number() -> None:
    faults = FaultSettings(doubled=1.0)
    async with serving() as server, running(server.settings(channels=Channels.BOTH, faults=faults)):
        await until(lambda: len(server.requests) > 8)
    pairs = {(request.send, request.connection) for request in server.requests}
    assert any({(send, 1), (send, 2)} <= pairs for send, _ in pairs)


async def test_glued_and_split_packets_are_whole_messages() -> None:
    for faults in (FaultSettings(glued=1.0), FaultSettings(split=1.0)):
        async with serving() as server, running(server.settings(faults=faults)) as hall:
            await until(lambda hall=hall: hall.report.replies > 3)  # type: ignore[misc]
        assert all(isinstance(one, Request) for one in server.heard)
        assert any(b"CLOSEACon_V1.0" in chunk for chunk in server.chunks) == bool(faults.glued)
        assert sends(server) == list(range(1, len(server.requests) + 1))


async def test_cut_lost_and_dropped_packets_cost_no_state() -> None:
    faults = FaultSettings(cut=0.3, lost=0.3, switch=0.3, drop_every_s=0.2, short_every_s=0.1, short_for_s=0.05)
    manners = {"faults": faults, "channels": Channels.BOTH, "timeout_s": 0.03}
    async with serving(codes=CODES) as server, running(server.settings(**manners)) as hall:
        await until(lambda: hall.report.replies > 10 and len(hall.report.faults) == 4)
        assert hall["1953"].codes == {2: "0042", 5: "1492"}
    assert not [one for one in server.heard if isinstance(one, BadMessage)]
    assert hall.report.bad_replies == 0


async def test_reboots_by_chance_and_wifi_that_comes_and_goes() -> None:
    faults = FaultSettings(reboot=0.3, wifi_every_s=0.1, wifi_for_s=0.05, gsm_every_s=0.1, gsm_for_s=0.05)
    async with serving() as server, running(server.settings(faults=faults, channels=Channels.BOTH)) as hall:
        await until(lambda: hall.report.reboots > 2 and {"wifi", "gsm", "reboot"} <= set(hall.report.faults))
    assert sends(server).count(1) >= 2


async def test_boards_end_with_their_block_and_leave_no_task() -> None:
    async with serving() as server:
        async with running(server.settings(faults=FaultSettings(late=1.0, late_s=100.0))):
            await until(lambda: server.requests)
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert not [name for name in names if "1953" in name]
        await until(lambda: not server.connections)
