from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lineside import __version__
from lineside.runtime.hub import CloseCode, Hub, HubSettings, frame_text
from lineside.runtime.live import MESSAGE_BYTES_MAX, LiveSession
from tests.support.live_page import Page
from tests.support.wait import until

FAST = HubSettings(pulse_ms=1.0, pulse_ms_max=1.0)


def opened(hub: Hub, **more: object) -> tuple[Page, LiveSession]:
    page = Page()
    session = LiveSession(hub, page, role="viewer", **more)  # type: ignore[arg-type]
    session.open()
    return page, session


async def test_dialogue_from_hello_to_goodbye() -> None:
    hub = Hub(FAST, epoch="e1")
    hub.state("ward/1/status", {"state": "live"})
    hub.feed("ward/1/samples", [1.5])
    page, session = opened(hub)
    session.on_message('{"op":"subscribe","id":1,"topics":["ward/*/status","ward/1/samples"],"unknown":"ignored"}')
    await until(lambda: page.of("subscribed"))
    hub.feed("ward/1/samples", [2.5])
    await until(lambda: page.of("pulse"))
    session.on_message(b'{"op":"ping","id":"p"}')
    session.on_message('{"op":"unsubscribe","id":2,"topics":["ward/1/samples"]}')
    await until(lambda: page.of("unsubscribed"))
    session.bye(CloseCode.SIGNED_OUT)
    assert not session.is_open
    assert page.messages == [
        {"op": "hello", "epoch": "e1", "server": f"lineside {__version__}", "role": "viewer"},
        {
            "op": "subscribed",
            "id": 1,
            "topics": [
                {"topic": "ward/1/samples", "kind": "feed", "offset": 1, "recovered": False},
                {
                    "topic": "ward/1/status",
                    "kind": "state",
                    "offset": 1,
                    "recovered": False,
                    "value": {"state": "live"},
                },
            ],
        },
        {"op": "pulse", "items": [{"t": "ward/1/samples", "o": 2, "v": [2.5]}]},
        {"op": "pong", "id": "p"},
        {"op": "unsubscribed", "id": 2, "topics": ["ward/1/samples"]},
        {"op": "bye", "code": 4001, "reason": CloseCode.SIGNED_OUT.words, "retry": False},
    ]
    assert page.closed == (4001, CloseCode.SIGNED_OUT.words)
    session.on_message('{"op":"ping","id":3}')
    session.close()


async def test_resume_comes_through_the_protocol() -> None:
    hub = Hub(FAST, epoch="e1")
    for number in range(1, 4):
        hub.feed("a/b", number)
    page, session = opened(hub)
    page.offsets["a/b"] = 1
    session.on_message(
        json.dumps({"op": "subscribe", "topics": ["a/b"], "resume": {"a/b": {"epoch": "e1", "offset": 1}}})
    )
    await until(lambda: page.values.get("a/b") == [2, 3])
    assert page.of("subscribed")[0]["id"] is None
    assert page.of("subscribed")[0]["topics"][0]["recovered"] is True


@pytest.mark.parametrize(
    ("message", "wanted_id", "code"),
    [
        ("", None, "malformed"),
        ("[]", None, "malformed"),
        ("null", None, "malformed"),
        ('"subscribe"', None, "malformed"),
        ('{"op":"shout","id":4}', 4, "malformed"),
        ('{"id":4}', 4, "malformed"),
        ('{"op":"subscribe","id":"x"}', "x", "malformed"),
        ('{"op":"subscribe","id":4,"topics":"ward"}', 4, "malformed"),
        ('{"op":"subscribe","id":4,"topics":[1]}', 4, "malformed"),
        ('{"op":"subscribe","id":{"a":1},"topics":["a"]}', None, "malformed"),
        ('{"op":"ping","id":1.5}', None, "malformed"),
        ('{"op":"ping","id":"' + "x" * 65 + '"}', None, "malformed"),
        ('{"op":"subscribe","id":4,"topics":["a"],"resume":{"a":{"epoch":1}}}', 4, "malformed"),
        (b'{"op":"ping","id":"\xff"}', None, "malformed"),
        ("\ud800", None, "malformed"),
        ("[" * 60_000, None, "malformed"),
        ('{"op":"ping","id":4}' + " " * MESSAGE_BYTES_MAX, None, "malformed"),
        ('{"op":"subscribe","id":4,"topics":[]}', 4, "bad_params"),
        ('{"op":"subscribe","id":4,"topics":["**/a"]}', 4, "bad_params"),
        ('{"op":"subscribe","id":4,"topics":["a b"]}', 4, "bad_params"),
    ],
)
async def test_bad_message_is_answered_with_an_error(message: str | bytes, wanted_id: object, code: str) -> None:
    page, session = opened(Hub(FAST))
    session.on_message(message)
    assert [(error["id"], error["error"]["code"]) for error in page.of("error")] == [(wanted_id, code)]
    assert set(page.of("error")[0]["error"]) == {"code", "message", "retry"}
    assert session.is_open


async def test_too_many_bad_messages_are_the_end() -> None:
    page, session = opened(Hub(FAST), errors_max=3)
    for _ in range(5):
        session.on_message("?")
    assert len(page.of("error")) == 3
    assert page.closed == (4002, CloseCode.TOO_MANY_ERRORS.words)
    assert page.messages[-1]["retry"] is False


async def test_one_connection_too_many_is_told_so() -> None:
    hub = Hub(HubSettings(subscribers_max=1))
    opened(hub)
    page, session = opened(hub)
    assert not session.is_open
    assert page.messages == [{"op": "bye", "code": 4009, "reason": CloseCode.TOO_MANY.words, "retry": True}]
    assert page.closed == (4009, CloseCode.TOO_MANY.words)
    session.on_message('{"op":"ping"}')
    session.bye(CloseCode.STOPPING)
    session.close()


async def test_client_that_asks_and_does_not_read_is_let_go() -> None:
    hub = Hub(HubSettings(pulse_ms=1.0, pulse_ms_max=1.0, requests_waiting_max=4, subscriber_bytes_max=1_000))
    hub.state("a/b", "x" * 900)
    page, session = opened(hub)
    page.reads = False
    for _ in range(100):
        session.on_message('{"op":"subscribe","topics":["a/b"]}')
    assert page.closed is not None
    assert page.closed[0] == 4008
    page, session = opened(hub)
    page.reads = False
    for _ in range(1_000):
        session.on_message('{"op":"ping","id":1}')
    assert page.closed is not None
    assert page.unsent() < 3_000


async def test_allowed_topics_are_all_that_a_session_sees() -> None:
    hub = Hub(FAST)
    hub.state("ward/1/status", 1)
    hub.state("floor/1/status", 1)
    page, session = opened(hub, allowed=frozenset({"ward/**"}))
    session.on_message('{"op":"subscribe","topics":["**"]}')
    await until(lambda: page.of("subscribed"))
    assert [entry["topic"] for entry in page.of("subscribed")[0]["topics"]] == ["ward/1/status"]


DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "live.md"


async def test_documented_dialogue_is_byte_exact() -> None:
    """Every line of the dialogue in docs/live.md happens as it stands there."""
    fence = re.search(r"```dialogue\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert fence is not None
    hub = Hub(FAST, epoch="5f1e0c9a7b3d2468")
    told: list[str] = []
    page = Page()
    page.on_message = lambda data: told.append(data.decode())
    session = LiveSession(hub, page, role="viewer", server="lineside 0.1.0")
    for line in fence[1].splitlines():
        mark, text = line.split(" ", 1)
        if mark == "<-":
            if not told and not session.is_open:
                session.open()
            await until(lambda: told, what=line)
            assert told.pop(0) == text
        elif mark == "->":
            assert told == [], "the server says more than the document"
            for topic, position in json.loads(text).get("resume", {}).items():
                page.offsets[topic] = position["offset"]
            session.on_message(text)
        else:
            happen(hub, *text.split(" ", 2))
    assert told == []
    assert not session.is_open


def happen(hub: Hub, verb: str, topic: str, value: str = "") -> None:
    match verb:
        case "feed":
            hub.feed(topic, json.loads(value))
        case "state":
            hub.state(topic, json.loads(value))
        case "drop":
            hub.drop(topic)
        case "stop":
            hub.close(f"{topic} {value}")


def test_document_lists_every_close_code() -> None:
    text = DOCUMENT.read_text()
    for code in CloseCode:
        assert re.search(rf"\| {code.number} \| {re.escape(code.words)}.*\| {'yes' if code.retry else 'no'}", text), (
            code
        )


def test_document_shows_the_frame_of_the_pong() -> None:
    frame = frame_text(b'{"op":"pong","id":"are you there"}')
    assert f"`{frame[:2].hex(' ')}` followed by its {len(frame) - 2} bytes" in DOCUMENT.read_text()
