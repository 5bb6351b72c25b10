from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from lineside.runtime.log import clean, get_log, hex_text, masked, set_up_log
from lineside.runtime.step import Secret


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave structlog and logging as they were."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    was_configured = structlog.is_configured()
    yield
    structlog.configure(**before) if was_configured else structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def logged(level: str = "debug") -> tuple[Any, io.StringIO]:
    out = io.StringIO()
    log = get_log("test")
    set_up_log(level, json=True, stream=out)
    return log, out


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_fact_is_one_json_line() -> None:
    log, out = logged()
    log.info("board away", board=1953, silence_s=181.5, open=None, live=True)
    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "board away",
        "level": "info",
        "log": "test",
        "board": 1953,
        "silence_s": 181.5,
        "open": None,
        "live": True,
    }


def test_level_is_the_least_that_is_written() -> None:
    log, out = logged("warning")
    log.info("no")
    log.warning("yes")
    logging.getLogger("library").info("no")
    logging.getLogger("library").warning("from %s", "outside")
    assert [(line["event"], line["log"]) for line in lines(out)] == [("yes", "test"), ("from outside", "library")]


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("token", "abcdefgh", "…gh"),
        ("login_code", "123456", "…56"),
        ("Password", "hunter22", "…22"),
        ("client_secret", b"\x01\x02\x03", "…03"),
        ("code", 123456, "…56"),
        ("code", "1234", "…"),
        ("token", None, None),
        ("token", True, True),
        ("error_code", "bad_checksum", "bad_checksum"),
        ("alarm_code", 12, 12),
        ("decoder", "kept", "kept"),
        ("codes", "kept", "kept"),
        ("pin", Secret("123456"), "…56"),
    ],
)
def test_secrets_keep_their_last_two_characters(key: str, value: Any, wanted: Any) -> None:
    assert clean(None, "info", {key: value}) == {key: wanted}
    assert clean(None, "info", {"nested": {"list": [{key: value}]}}) == {"nested": {"list": [{key: wanted}]}}


def test_secret_under_a_list_is_masked_too() -> None:
    assert clean(None, "info", {"token": ["abcdefgh", "ijklmnop"]}) == {"token": ["…gh", "…op"]}
    assert masked("abcdefgh") == "…gh"


def test_bytes_are_hex_and_long_ones_are_cut() -> None:
    assert clean(None, "info", {"raw": b"\x01\x2f", "view": memoryview(b"\x7e")}) == {"raw": "01 2f", "view": "7e"}
    assert hex_text(bytes(200)) == " ".join(["00"] * 64) + " … (200 bytes)"


def test_peer_cannot_forge_lines() -> None:
    cleaned = clean(None, "info", {"event": "said", "text": "a\nb\r\x1b[31m\x9b\u2028c\x00"})
    assert cleaned["text"] == "a\\nb\\r\\x1b[31m\\x9b\\u2028c\\x00"
    deep: Any = "end"
    for _ in range(50):
        deep = [deep]
    assert len(str(clean(None, "info", {"deep": deep}))) < 1000


def test_exception_has_its_traceback() -> None:
    log, out = logged()
    try:
        raise ValueError("what went wrong")
    except ValueError:
        log.exception("failed")
    (line,) = lines(out)
    assert line["level"] == "error"
    assert "what went wrong" in line["exception"]
    assert "Traceback" in line["exception"]


def test_terminal_gets_text_for_people() -> None:
    out = io.StringIO()
    log = get_log("test")
    set_up_log("info", json=False, stream=out)
    log.info("board away", board=1953)
    try:
        raise ValueError("what went wrong")
    except ValueError:
        log.exception("failed")
    text = out.getvalue()
    assert "board away" in text
    assert "1953" in text
    assert "what went wrong" in text


def test_record_that_cannot_be_written_is_loggings_own_affair(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = logged()
    logging.getLogger("library").warning("%d", "not a number")
    logging.getLogger("library").log(33, "odd level")
    assert [line["event"] for line in lines(out)] == ["odd level"]


def test_library_user_hears_warnings_on_stderr_only() -> None:
    code = (
        "from lineside.runtime.log import get_log as g; g('x').info('quiet'); g('x').warning('loud', token='abcdefgh')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"}
    )
    assert done.stdout == ""
    assert "quiet" not in done.stderr
    assert json.loads(done.stderr)["event"] == "loud"
    assert "abcdef" not in done.stderr
