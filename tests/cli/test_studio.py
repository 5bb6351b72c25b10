"""studio client: the demonstration and the interactive mode as a command, and how they end."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.studio.originals import Original, original

DEMO = [
    {"sdp": "up"},
    {"idp": "standby"},
    {"roulette": "up"},
    {"shaker": "down"},
    {"broker": "up"},
    {"zcam": "up", "barcode_scanner": "up", "nfc_scanner": "down"},
    {"maintenance": True},
    {"sdp": "calibration"},
]


@pytest.fixture
def server() -> Iterator[Original]:
    """A server in a thread of its own; the command runs in the test's."""
    made: list[Original] = []
    is_up, loops = threading.Event(), list[asyncio.AbstractEventLoop]()
    is_over = asyncio.Event()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with original() as one:
            made.append(one)
            is_up.set()
            await is_over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert is_up.wait(20)
    yield made[0]
    loops[0].call_soon_threadsafe(is_over.set)
    thread.join(20)


def said(server: Original) -> list[Any]:
    return [json.loads(text) for text in server.heard]


def test_demo_sends_the_eight_updates(cli: Cli, server: Original) -> None:
    done = cli("studio", "client", "--url", server.url, "--pause", "0")
    assert done.code == 0, done.err
    assert said(server) == DEMO
    assert done.out.splitlines()[0] == "sdp up: confirmed"
    assert server.paths == ["/?id=ARO-001_dealerPC&token=MY_TOKEN"]


def test_demo_in_json_for_another_table(
    cli: Cli, server: Original, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_TOKEN", "from the environment")
    options = ("--table", "SBO-002", "--device", "wheelPC", "--json", "--pause", "0", "--url", server.url)
    done = cli("studio", "client", *options)
    assert [line["update"] for line in done.json_lines] == DEMO  # type: ignore[index]
    assert {line["result"] for line in done.json_lines} == {"confirmed"}  # type: ignore[index]
    (tmp_path / "token").write_text("from a file\n")
    cli("studio", "client", *options, "--token-file", str(tmp_path / "token"))
    tokens = [path.partition("token=")[2] for path in server.paths]
    assert tokens == ["from%20the%20environment", "from%20a%20file"]
    assert server.paths[0].startswith("/?id=SBO-002_wheelPC&")


def test_interactive_carries_out_every_command(cli: Cli, server: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = """\
sdp up
IDP calibration

roulette down shaker up
barcode up nfc up
maintenance off
custom {"Note": "Wheel  Two", "n": [1, 2]}
status
help
quit
sdp down
"""
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    done = cli("studio", "client", "--interactive", "--url", server.url)
    assert done.code == 0, done.err
    assert said(server) == [
        {"sdp": "up"},
        {"idp": "calibration"},
        {"roulette": "down", "shaker": "up"},
        {"barcode_scanner": "up", "nfc_scanner": "up"},
        {"maintenance": False},
        {"Note": "Wheel  Two", "n": [1, 2]},
    ]
    assert 'custom {"name": "value"}' in done.out


def test_interactive_ends_with_1_when_something_was_not_understood(
    cli: Cli, server: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("toaster up\nsdp up\n"))
    done = cli("studio", "client", "-i", "--url", server.url)
    assert done.code == 1
    assert "no device 'toaster'; known: sdp, idp, broker, zcam" in done.err
    assert said(server) == [{"sdp": "up"}]


def test_refused_update_ends_the_demo_with_1(cli: Cli, server: Original) -> None:
    async def refuse(one: Original, socket: Any, text: str) -> bool:
        await socket.send_str('{"error": "Invalid status for idp: standby"}')
        return True

    server.hook = refuse
    done = cli("studio", "client", "--url", server.url, "--pause", "0")
    assert done.code == 1
    assert "refused: Invalid status" in done.out
    assert len(server.heard) == 1


def test_server_that_is_away_or_refuses_is_told_with_1(cli: Cli, server: Original) -> None:
    server.refuses = True
    refused = cli("studio", "client", "--url", server.url)
    assert (refused.code, refused.out) == (1, "")
    assert "the server refuses us: Invalid token" in refused.err
    away = cli("studio", "client", "--url", "ws://127.0.0.1:9", "--token", "hidden-token")
    assert away.code == 1
    assert "ws://127.0.0.1:9" in away.err
    assert "hidden-token" not in away.err


@pytest.mark.parametrize(
    "options",
    [
        ("--table", "A_B"),
        ("--device", "a b"),
        ("--url", "http://h"),
        ("--token", "a", "--token-file", "b"),
        ("--token-file", "none"),
        ("--pause", "-1"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_words(cli: Cli, options: tuple[str, ...]) -> None:
    done = cli("studio", "client", *options)
    assert done.code == 2
    assert done.err.strip()
    assert "Traceback" not in done.err
