"""Codes and reasons of closes."""

from __future__ import annotations

import json

import pytest

from lineside.studio.wire.closing import (
    DUPLICATE_KICKED,
    DUPLICATE_LOGIN,
    INVALID_TOKEN,
    MISSING,
    SHUTDOWN,
    SLOW_WATCHER,
    TOO_MANY_ERRORS,
    CloseCode,
    KickCode,
    bad_token,
    close_code_of,
    closed_by_peer,
    is_goodbye,
    kicked,
    no_such_id,
)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (MISSING.reason, 1008),
        (INVALID_TOKEN.reason, 1008),
        (TOO_MANY_ERRORS, 1008),
        (DUPLICATE_LOGIN.reason, 1001),
        (DUPLICATE_KICKED.reason, 1001),
        (SHUTDOWN.reason, 1012),
        (SLOW_WATCHER.reason, 1013),
        (no_such_id().reason, 3000),
        (bad_token("x").reason, 3000),
        ("the gateway stops", 1001),
    ],
)
def test_reason_leaves_with_its_code(reason: str, code: int) -> None:
    assert close_code_of(reason) == code


def test_kick_is_the_json_of_the_vendor() -> None:
    assert no_such_id().reason == '{"type":"kick","error":{"code":22002,"message":"id does not exist"}}'
    assert json.loads(bad_token("ARO-001-1").reason)["error"]["message"] == "ARO-001-1 has an invalid token"


@pytest.mark.parametrize("device", ["", "d" * 500, "ü" * 500, "\ud800" * 30, '"' * 99])
def test_reason_always_fits_a_close_frame_and_stays_json(device: str) -> None:
    denied = bad_token(device)
    assert len(denied.reason.encode()) <= 123
    assert json.loads(denied.reason)["type"] == "kick"
    assert len(kicked(CloseCode.KICK, KickCode.BAD_TOKEN, device).reason.encode()) <= 123


@pytest.mark.parametrize(("code", "clean"), [(1000, True), (1001, True), (1005, True), (1006, False), (1011, False)])
def test_peer_says_goodbye_with_a_clean_code(code: int, clean: bool) -> None:
    assert is_goodbye(closed_by_peer(code)) is clean
    assert is_goodbye(closed_by_peer(code, "so long")) is clean


@pytest.mark.parametrize("reason", ["", "1000", "ping timeout", "peer closed the connection", "peer closed with"])
def test_every_other_end_is_no_goodbye(reason: str) -> None:
    assert not is_goodbye(reason)
