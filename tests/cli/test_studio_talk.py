"""What lines of a person mean."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.cli import studio_talk
from lineside.cli.studio_talk import Unclear, demo_status_updates, in_words, interactive_mode, update_of
from lineside.studio import StudioWebSocketClient
from tests.studio.originals import original


@pytest.mark.parametrize(
    ("line", "update"),
    [
        ("sdp up", {"sdp": "up"}),
        ("  IDP   Standby ", {"idp": "standby"}),
        ("sdp up_idle", {"sdp": "up_idle"}),
        ("zCam UP", {"zcam": "up"}),
        ("barcode down", {"barcode_scanner": "down"}),
        ("nfc up roulette down", {"nfc_scanner": "up", "roulette": "down"}),
        ("maintenance on", {"maintenance": True}),
        ("maintenance false", {"maintenance": False}),
        ('custom {"Key One": "Value  With Blanks", "n": null}', {"Key One": "Value  With Blanks", "n": None}),
        ('Custom {"a": {"b": [1, 2.5, true]}}', {"a": {"b": [1, 2.5, True]}}),
    ],
)
def test_line_becomes_an_update(line: str, update: dict[str, Any]) -> None:
    assert update_of(line) == update


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("toaster up", "no device 'toaster'; known: sdp, idp, broker, zcam, roulette, shaker"),
        ("toaster", "no device 'toaster'"),
        ("sdp", "sdp has no value; for example: sdp up"),
        ("sdp up idp", "idp has no value"),
        ("sdp perhaps", "sdp is not 'perhaps'; calibration, down, exception, standby, up"),
        ("roulette calibration", "roulette is not 'calibration'; down, up"),
        ("maintenance perhaps", "maintenance is not 'perhaps'; on or off"),
        ("custom", "no JSON"),
        ("custom {", "no JSON"),
        ("custom [1]", "custom wants an object"),
        ("custom " + "[" * 3000, "no JSON"),
    ],
)
def test_line_that_is_no_command_is_told_why(line: str, words: str) -> None:
    with pytest.raises(Unclear) as refused:
        update_of(line)
    assert words in str(refused.value)


def test_update_in_words() -> None:
    assert in_words({"sdp": "up", "maintenance": True, "n": [1, None]}) == "sdp up, maintenance on, n [1,null]"


async def test_demonstration_by_the_seeds_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with original() as server:
        monkeypatch.setattr(studio_talk, "PAUSE_S", 0.0)
        assert await demo_status_updates(StudioWebSocketClient(server.url))
        assert len(server.heard) == 8
    assert capsys.readouterr().out.count("confirmed") == 8
    assert not await demo_status_updates(StudioWebSocketClient("ws://127.0.0.1:9", reconnect=False))


async def test_interactive_mode_by_the_seeds_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import io

    async with original() as server:
        monkeypatch.setattr("sys.stdin", io.StringIO('sdp up\ncustom {"n": NaN}\n'))
        assert not await interactive_mode(StudioWebSocketClient(server.url))
        assert server.heard == ['{"sdp": "up"}']
    assert "JSON" in capsys.readouterr().err
