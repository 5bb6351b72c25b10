from __future__ import annotations

import secrets
from base64 import b64decode
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.errors import Sealed, Unrecordable
from lineside.runtime.journal import Keys
from lineside.runtime.journal import seal as room
from lineside.runtime.journal.seal import EventEncoder, Opener, open_sealed, persons_in, put_sealed, seal
from lineside.runtime.step import Personal, Secret
from tests.runtime.journal.scene import KEYS, Noted, Whispered

PEOPLE = {"p/1": b"1" * 32, "p/2": b"2" * 32}


def stored(event: Any, stream: str = "ward/1", version: int = 3, keys: Keys = KEYS) -> bytes:
    data, found = EventEncoder().encode(event)
    return data if found is None else put_sealed(data, found, stream, version, keys, PEOPLE.__getitem__)


def read(data: bytes, stream: str = "ward/1", version: int = 3, keys: Keys = KEYS, people: Any = PEOPLE) -> Any:
    return Opener(keys, people).opened(msgspec.json.decode(data), stream, version)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
).filter(lambda value: b'"$sealed":' not in msgspec.json.encode(value))
texts = st.text(max_size=40)
secret_values = st.builds(Secret, texts) | st.builds(Personal, texts, st.sampled_from(sorted(PEOPLE)))
values_with_secrets = st.recursive(
    secret_values | st.integers(0, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab$", max_size=3), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=60)
@given(st.dictionaries(st.text("abc", max_size=3), values_with_secrets, max_size=4), texts)
def test_secrets_anywhere_come_back_and_are_nowhere_in_clear(params: dict[str, Any], code: str) -> None:
    code = "geheim" + code
    data = stored(Whispered(Secret(code), params))
    assert msgspec.json.encode(code)[1:-1] not in data
    assert read(data) == {"code": Secret(code), "params": params}


@given(json_values)
def test_events_without_secrets_are_stored_as_they_are(value: Any) -> None:
    data, found = EventEncoder().encode(value)
    assert found is None
    assert data == msgspec.json.encode(value)


@pytest.mark.parametrize("forged", [{"$sealed": 0}, {"$sealed": "v1.x.y"}, {"a": [{"$sealed": 1, "person": "p/1"}]}])
def test_nobody_can_bring_a_sealed_place_of_his_own(forged: Any) -> None:
    encoder = EventEncoder()
    with pytest.raises(Unrecordable, match=r"\$sealed"):
        encoder.encode(Whispered(Secret("code"), {"x": forged}))
    with pytest.raises(Unrecordable):
        encoder.encode({"x": forged})
    assert encoder.encode({"x": "$sealed", "y": '"$sealed":'}) == (b'{"x":"$sealed","y":"\\"$sealed\\":"}', None)


def test_what_cannot_be_encoded_is_refused_and_leaves_nothing_behind() -> None:
    encoder = EventEncoder()
    for bad in ({"a": Secret("one"), "b": object()}, {"a": "\ud800"}):
        with pytest.raises(Unrecordable):
            encoder.encode(bad)
    _, found = encoder.encode({"a": Secret("two")})
    assert found == (Secret("two"),)


@pytest.mark.parametrize(("stream", "version"), [("ward/2", 3), ("ward/1", 4)])
def test_a_sealed_text_opens_only_in_its_place(stream: str, version: int) -> None:
    for secret in (Secret("code"), Personal("code", "p/1")):
        with pytest.raises(Sealed):
            read(stored({"a": secret}), stream, version)


def test_a_personal_text_does_not_open_for_another_person() -> None:
    data = stored({"a": Personal("code", "p/1")})
    with pytest.raises(Sealed):
        read(data.replace(b"p/1", b"p/2"))
    with pytest.raises(Sealed, match="erased"):
        read(data, people={})


def test_any_flipped_character_is_noticed() -> None:
    sealed = seal(b"text", KEYS.sealing[KEYS.sealing_id], KEYS.sealing_id, b"here")
    for place in range(len(sealed)):
        wrong = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        if place > 12 and b64decode(wrong[12:] + "==") == b64decode(sealed[12:] + "=="):
            continue  # base64 ends in bits that mean nothing
        with pytest.raises(Sealed):
            open_sealed(wrong, KEYS.sealing, b"here")


def test_a_build_that_binds_nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken build: no associated data. The test above must fail with it."""
    monkeypatch.setattr(room, "bound_to_event", lambda stream, version, person="": b"")
    assert read(stored({"a": Secret("code")}), "ward/2", 9) == {"a": Secret("code")}
    with pytest.raises(pytest.fail.Exception):
        test_a_sealed_text_opens_only_in_its_place("ward/2", 3)


def test_old_keys_open_and_the_present_key_seals() -> None:
    old = stored({"a": Secret("code")})
    rotated = KEYS.with_new_sealing_key()
    assert read(old, keys=rotated) == {"a": Secret("code")}
    with pytest.raises(Sealed, match="is not here"):
        read(stored({"a": Secret("code")}, keys=rotated))


def test_masks_show_two_characters_at_most_whatever_can_be_opened() -> None:
    event = {"a": Secret("very secret"), "b": [Personal("maria", "p/1")], "c": Secret("abcd"), "d": 5}
    value = msgspec.json.decode(stored(event))
    assert Opener(KEYS, PEOPLE).masked(value, "ward/1", 3) == {"a": "…et", "b": ["…ia"], "c": "…", "d": 5}
    assert Opener(KEYS, {}).masked(value, "ward/9", 3) == {"a": "…", "b": ["…"], "c": "…", "d": 5}


def test_what_is_left_of_an_event_opens_with_empty_secrets() -> None:
    data = stored({"a": Personal("maria", "p/1"), "b": Secret("kept")})
    left = Opener(KEYS, {}).opened_or_empty(msgspec.json.decode(data), "ward/1", 3)
    assert left == {"a": Personal("", "p/1"), "b": Secret("kept")}
    assert left["a"].person == "p/1"


@pytest.mark.parametrize(
    "place", [{"$sealed": 7}, {"$sealed": "v2.a.b"}, {"$sealed": "v1.nokey.AAAA"}, {"$sealed": ""}]
)
def test_a_broken_place_is_sealed_and_not_a_crash(place: Any) -> None:
    with pytest.raises(Sealed):
        Opener(KEYS, {}).opened({"x": place}, "ward/1", 1)


def test_persons_are_found_where_their_keys_are_needed() -> None:
    assert persons_in(stored({"a": [Personal("x", "p/1")], "b": Personal("y", "p/2"), "c": Secret("z")})) == set(PEOPLE)
    assert persons_in(b'{"person":"p/1"}') == set()
    assert persons_in(stored(Noted(1))) == set()


def test_nonces_do_not_repeat() -> None:
    key = secrets.token_bytes(32)
    assert len({seal(b"same", key, "k", b"") for _ in range(100)}) == 100
