"""The journey of a code: an operator at the command line, the real server, a simulated board, all as processes."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from lineside.adapters.control_client import ControlClient
from tests.journeys.test_ventilator import wait_for
from tests.support.hall import message, reply
from tests.support.hall_server import HallServer, hall_server

BOARD = ("--columns", "8", "--rows", "8", "--period", "0.3")


def rows_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def api(place: HallServer, path: str, **query: object) -> Any:
    """Ask the running server over its control socket: no process to start, so it can be asked often."""
    with ControlClient.over_socket(place.folder / "var") as server:
        return server.get(path, **query)


def events_of(place: HallServer, unit: str = "hall/1953") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api(place, "/api/events", unit=unit, limit=1000)["events"]
    return found


def kinds_of(place: HallServer) -> list[str]:
    return [event["kind"] for event in events_of(place)]


def state_of(place: HallServer, unit: str = "hall/1953") -> str:
    """The unit's state; "" when there is none."""
    return next((one["state"] for one in api(place, "/api/units")["units"] if one["unit"] == unit), "")


def asked(place: HallServer, *arguments: str) -> list[dict[str, Any]]:
    """Ask for a command and wait for its end; every state that was shown."""
    done = place.cli("command", "hall/1953", *arguments, "--wait", "--json", "-c", str(place.settings))
    assert done.returncode == 0, done.stdout + done.stderr
    return rows_of(done.stdout)


def test_code_is_done_when_the_board_has_confirmed_it_and_the_journal_tells_the_story_without_it(
    tmp_path: Path,
) -> None:
    with hall_server(tmp_path, "code_digits = 8") as place:
        server = place.run()
        place.board(*BOARD)
        wait_for(lambda: state_of(place) == "live")
        states = asked(place, "set_code", "cell=2", "minutes=4800")
        assert [states[0]["state"], states[-1]["state"]] == ["accepted", "done"]
        story = kinds_of(place)
        order = ("CommandAccepted", "CodeSet", "OrdersSent", "CodeConfirmed", "CommandEnded")
        assert [story.index(kind) for kind in order] == sorted(story.index(kind) for kind in order)
        asked(place, "set_code", "cell=5", "minutes=10", "code=73914682", "label=parcel 12")
        with ControlClient.over_socket(tmp_path / "var") as web:
            shown = web.post("/api/lockers/hall/1953/cells/5/reveal", {"reason": "forgotten"})
        assert shown == {"cell": 5, "code": "73914682"}
        history = api(place, "/api/lockers/hall/1953/history", cell=5)
        assert (history["events"][0]["kind"], history["events"][0]["data"]["reason"]) == ("CodeRead", "forgotten")
        told = place.cli("events", "--unit", "hall/1953", "--limit", "1000", "-c", str(place.settings)).stdout
        assert "CodeConfirmed" in told
        everything = told + json.dumps(events_of(place)) + json.dumps([states, history]) + server.text()
        assert "73914682" not in everything
        assert "parcel 12" in everything
        assert place.cli("journal", "verify", "-c", str(place.settings)).returncode == 0
        server.stop()
    for path in (tmp_path / "var").iterdir():
        if path.is_file():
            assert b"73914682" not in path.read_bytes(), f"{path.name} holds a code in clear"


def test_command_is_not_done_before_the_board_calls(tmp_path: Path) -> None:
    """A durable command waits for a board whose period nobody knows, over a restart of the server too."""
    with hall_server(tmp_path, "[gateways.hall.boards.1953]\nlabel = 'left wall'") as place:
        server = place.run()
        wait_for(lambda: state_of(place) == "waiting")
        done = place.cli(
            "command", "hall/1953", "set_code", "cell=2", "minutes=4800", "--json", "-c", str(place.settings)
        )
        assert done.returncode == 0, done.stderr
        assert rows_of(done.stdout)[-1]["state"] == "accepted"
        server.stop()
        place.run()
        assert "CommandEnded" not in kinds_of(place)
        place.board(*BOARD)
        wait_for(lambda: "CommandEnded" in kinds_of(place))


def test_board_is_blocked_and_unblocked(tmp_path: Path) -> None:
    with hall_server(tmp_path) as place:
        place.run()
        place.board(*BOARD)
        wait_for(lambda: state_of(place) == "live")
        assert asked(place, "block", "--reason", "inspection")[-1]["state"] == "done"
        assert api(place, "/api/units/hall/1953")["values"]["board"]["block"] == {"wanted": True, "confirmed": True}
        assert asked(place, "unblock")[-1]["state"] == "done"
        assert {"BoardBlocked", "BlockConfirmed", "BoardUnblocked"} <= set(kinds_of(place))


def test_gateway_that_is_renamed_empties_no_board(tmp_path: Path) -> None:
    with hall_server(tmp_path) as place:
        server = place.run()
        board = place.board(*BOARD)
        wait_for(lambda: state_of(place) == "live")
        asked(place, "set_code", "cell=2", "minutes=4800")
        board.kill()
        server.stop()
        place.write("unknown = 'accept'", name="lobby")
        place.run()
        with socket.create_connection(("127.0.0.1", place.port), timeout=10) as caller:
            caller.sendall(message("1953", "900000") + b"ip\n")
            answer = caller.makefile("rb").readline()
        assert answer.startswith(b"('127.0.0.1'"), f"it was answered {answer!r}"
        waits = events_of(place, "lobby/1953")
        assert waits[0]["kind"] == "BoardRegistered"
        assert "hall" in waits[0]["data"]["pending"]


def test_stranger_and_board_beside_each_other(tmp_path: Path) -> None:
    with hall_server(tmp_path) as place:
        place.run()
        for hello in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01\x00", b"\x00" * 6000):
            with socket.create_connection(("127.0.0.1", place.port), timeout=10) as stranger:
                stranger.sendall(hello)
                assert stranger.makefile("rb").read() == b""
        with socket.create_connection(("127.0.0.1", place.port), timeout=10) as board:
            board.sendall(message("7", "1"))
            assert board.recv(1024) == reply("7", "1")
