"""The lines of a message become a request: what is kept, what is flagged, and that nothing is refused for it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.lockers.wire import BadMessage, Flag, Request, encode_request
from lineside.lockers.wire.fields import request_of


def read(*pairs: str, cells_max: int = 256) -> Request:
    request = request_of([b"ACon_V1.0", b"ID=7", b"SEND=1", *(pair.encode() for pair in pairs)], cells_max)
    assert isinstance(request, Request)
    return request


def field(name: str, *pairs: str) -> tuple[Any, tuple[Flag, ...]]:
    request = read(*pairs)
    return getattr(request, name), request.flags


# ------------------------------------------------------------------------------------------------------------ pairs


def test_what_is_not_reported_is_none_and_zero_is_reported_empty() -> None:
    bare = read()
    assert all(getattr(bare, name) is None for name in ("engaged", "timed_out", "accessed", "states", "locks", "reset"))
    empty = read("BOX_ENG=0", "BOX_TO=", "BOX_ACC=0,0", "STATE=", "ACT_CON=")
    assert (empty.engaged, empty.timed_out, empty.accessed, empty.states) == ((), (), (), ())
    assert empty.locks is None
    assert empty.flags == ()


def test_blanks_and_remarks_around_keys_and_values_are_nothing() -> None:
    request = request_of([b"ACon_V1.0\r", b" ID = 1953 // name\r", b"\tSEND=\t0009 \r", b"// COLS=9", b"ROWS = 8//9"])
    assert isinstance(request, Request)
    assert (request.board, request.send, request.rows, request.columns) == ("1953", "0009", 8, None)
    assert request.extra == {}


def test_unknown_keys_are_kept_and_lines_that_are_no_pairs_are_nothing() -> None:
    request = read("FW=1.2=b", "id=9", "nothing", "=5", "", "BATTERY=")
    assert request.extra == {"FW": "1.2=b", "id": "9", "BATTERY": ""}
    assert request.flags == ()


def test_bytes_that_are_no_ascii_are_tolerated_in_unknown_keys_and_flagged() -> None:
    request = request_of([b"ACon_V1.0", b"ID=7", b"SEND=1", b"NAME=\xff\xfe", "МЕСТО=зал".encode()])
    assert isinstance(request, Request)
    assert request.extra == {"NAME": "\ufffd\ufffd", "МЕСТО": "зал"}
    assert request.flags == (Flag.NOT_ASCII,)


def test_last_of_two_values_counts_and_lists_of_cells_are_joined() -> None:
    request = read("COLS=4", "COLS=5", "BOX_ACC=3,1", "BOX_ACC=2", "BOX_ENG=", "BOX_ENG=7", "X=1", "X=2", "SEND=2")
    assert (request.columns, request.accessed, request.engaged, request.send) == (5, (3, 1, 2), (7,), "2")
    assert request.extra == {"X": "2"}
    assert request.flags == (Flag.DUPLICATE_KEY,)


def test_same_id_twice_is_no_fault() -> None:
    assert read("ID=7").flags == (Flag.DUPLICATE_KEY,)
    assert isinstance(request_of([b"ACon_V1.0", b"ID=7", b"ID=", b"SEND=1"]), BadMessage)


# ---------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("pair", "value", "flags"),
    [
        ("CONNECTION=1", 1, ()),
        ("CONNECTION=2", 2, ()),
        ("CONNECTION=3", 3, (Flag.OUT_OF_RANGE,)),
        ("CONNECTION=wifi", None, (Flag.BAD_NUMBER,)),
        ("CONNECTION=", None, (Flag.BAD_NUMBER,)),
        ("CONNECTION=1.0", None, (Flag.BAD_NUMBER,)),
        ("CONNECTION=" + "9" * 10, None, (Flag.BAD_NUMBER,)),
        ("CONNECTION=²", None, (Flag.BAD_NUMBER,)),
    ],
)
def test_number_is_kept_as_it_came_or_taken_as_not_reported(pair: str, value: object, flags: object) -> None:
    assert field("connection", pair) == (value, flags)


@pytest.mark.parametrize(
    ("name", "key", "good", "odd"),
    [
        ("wifi", "WIFI_STATE", (0, 1, 2, 3), (4, -1)),
        ("gsm", "GSM_STATE", (0, 1, 3), (2, 4)),
        ("columns", "COLS", (1, 8, 64), (0, 65, -8)),
        ("rows", "ROWS", (1, 8, 64), (0, 65, 999_999_999)),
    ],
)
def test_ranges(name: str, key: str, good: tuple[int, ...], odd: tuple[int, ...]) -> None:
    for value in good:
        assert field(name, f"{key}={value}") == (value, ())
    for value in odd:
        assert field(name, f"{key}={value}") == (value, (Flag.OUT_OF_RANGE,))


def test_reset_is_a_switch() -> None:
    assert field("reset", "RESET=0") == (False, ())
    assert field("reset", "RESET=01") == (True, ())
    assert field("reset", "RESET=2") == (None, (Flag.OUT_OF_RANGE,))
    assert field("reset", "RESET=yes") == (None, (Flag.BAD_NUMBER,))


def test_matrix_of_too_many_cells_is_kept_and_flagged() -> None:
    request = read("COLS=64", "ROWS=64")
    assert (request.columns, request.rows, request.flags) == (64, 64, (Flag.OUT_OF_RANGE,))
    assert read("COLS=64", "ROWS=64", "BOX_ENG=4096", cells_max=4096).flags == ()


# ------------------------------------------------------------------------------------------------------------ lists


def test_order_of_a_list_is_kept_and_what_is_no_number_is_dropped_and_flagged() -> None:
    assert field("accessed", "BOX_ACC=1,54,43") == ((1, 54, 43), ())
    assert field("accessed", "BOX_ACC= 3 , 0 ,2,") == ((3, 2), ())
    assert field("accessed", "BOX_ACC=1,x,2;3,-4,5.0,²," + "9" * 10) == ((1,), (Flag.DROPPED_ITEMS,))


@pytest.mark.parametrize(
    ("size", "cell", "flagged"), [("8", 64, False), ("8", 65, True), ("", 256, False), ("", 257, True)]
)
def test_cell_beyond_the_matrix_is_kept_and_flagged(size: str, cell: int, flagged: bool) -> None:
    matrix = [f"COLS={size}", f"ROWS={size}"] if size else []
    for name, key in (("engaged", "BOX_ENG"), ("timed_out", "BOX_TO"), ("accessed", "BOX_ACC")):
        assert field(name, *matrix, f"{key}={cell}") == ((cell,), (Flag.OUT_OF_RANGE,) if flagged else ())


@pytest.mark.parametrize(
    ("value", "states"), [("0", (0,)), ("1,2", (1, 2)), ("0,3", (3,)), ("7", (7,)), ("0,0", (0,)), ("", ())]
)
def test_states_keep_a_zero_that_stands_alone(value: str, states: tuple[int, ...]) -> None:
    assert field("states", f"STATE={value}") == (states, ())


@pytest.mark.parametrize(
    ("value", "locks", "flags"),
    [
        ("01011011,11111111", ("01011011", "11111111"), ()),
        (" 01 , 11 ,", ("01", "11"), ()),
        ("1", ("1",), ()),
        ("01,,11", ("01", "", "11"), ()),
        (",,", None, ()),
        ("01,12", None, (Flag.BAD_LOCKS,)),
        ("0x1F", None, (Flag.BAD_LOCKS,)),
        ("1" * 64, ("1" * 64,), ()),
        ("1" * 65, None, (Flag.BAD_LOCKS,)),
        (",".join("1" * 64), ("1",) * 64, ()),
        (",".join("1" * 65), None, (Flag.BAD_LOCKS,)),
    ],
)
def test_locks_are_groups_or_not_reported(value: str, locks: object, flags: object) -> None:
    assert field("locks", f"ACT_CON={value}") == (locks, flags)


def test_flags_come_once_each_in_their_order() -> None:
    request = read("É=é", "COLS=0", "ROWS=0", "WIFI_STATE=x", "ACT_CON=x", "COLS=0", "BOX_TO=x,y")
    assert request.flags == tuple(Flag)


# ------------------------------------------------------------------------------------------------------- round trip

cells = st.none() | st.lists(st.integers(1, 64), max_size=70).map(tuple)
requests = st.builds(
    Request,
    header=st.sampled_from(["ACon_V1.0", "ACon_V1.5"]),
    board=st.from_regex(r"[A-Za-z0-9_.-]{1,32}", fullmatch=True),
    send=st.from_regex(r"[0-9]{1,20}", fullmatch=True),
    connection=st.none() | st.sampled_from([1, 2]),
    wifi=st.none() | st.integers(0, 3),
    gsm=st.none() | st.sampled_from([0, 1, 3]),
    reset=st.none() | st.booleans(),
    states=st.none() | st.just(()) | st.just((0,)) | st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple),
    columns=st.none() | st.just(8),
    rows=st.none() | st.just(8),
    locks=st.none() | st.lists(st.text("01", min_size=1, max_size=8), min_size=1, max_size=8).map(tuple),
    engaged=cells,
    timed_out=cells,
    accessed=cells,
    extra=st.dictionaries(st.from_regex(r"X[A-Z0-9_]{0,8}", fullmatch=True), st.sampled_from(["", "1", "a=b"])),
)


@given(requests)
def test_request_comes_back_as_it_was_encoded(request: Request) -> None:
    assert request_of(encode_request(request).split(b"\n")[:-1]) == request
