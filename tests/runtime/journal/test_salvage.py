"""What may be saved of a damaged journal, decided without any file where that is possible."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.runtime.journal.chain import ZERO, CheckpointBody, bytes_from_checkpoint, event_hash
from lineside.runtime.journal.events import Carried, Gap
from lineside.runtime.journal.salvage import Row, Rows, Salvage, learn_gaps, learn_signed, read_events, read_table
from tests.runtime.journal.scene import KEYS, NOW, change, filled

FORMS = {1: ("Noted", 1, "origin"), 2: ("Carried", 1, "origin")}


def chain(count: int, stream: int = 1, name: str = "a") -> list[Row]:
    """A whole stream; its ``seq`` are odd, so that there is room between them."""
    rows: list[Row] = []
    previous = ZERO
    for version in range(1, count + 1):
        data = b'{"number":%d}' % version
        seq = 2 * version - 1
        previous = event_hash(previous, seq, version, 7, 1, "Noted", "origin", name, data)
        rows.append((seq, stream, version, 7, 1, previous, data))
    return rows


def decide(rows: list[Row], **known: Any) -> tuple[Salvage, list[Row]]:
    salvage = Salvage({1: "a", 2: "b"}, FORMS, **known)
    saved = [row for fed in rows for row in salvage.feed(fed)]
    salvage.finish()
    return salvage, saved


def lost(salvage: Salvage) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one, _ in salvage.lost]


def changed(row: Row, column: int, value: Any) -> Row:
    made = list(row)
    made[column] = value
    return tuple(made)  # type: ignore[return-value]


def test_a_whole_stream_is_saved_whole() -> None:
    rows = chain(6)
    salvage, saved = decide(rows)
    assert saved == rows
    assert salvage.lost == []


def test_behind_a_hole_the_first_event_goes_too_and_its_hash_is_believed() -> None:
    rows = chain(8)
    salvage, saved = decide(rows[:2] + rows[4:])
    assert [row[2] for row in saved] == [1, 2, 6, 7, 8]
    ((found, hashed),) = salvage.lost
    assert (found.first, found.last, found.after_seq, found.before_seq) == (3, 5, 3, 11)
    assert hashed == rows[4][5]


def test_a_signed_head_or_a_named_gap_saves_the_event_behind_a_hole() -> None:
    rows = chain(8)
    salvage, saved = decide(rows[:2] + rows[4:], signed={("a", 4): rows[3][5]})
    assert [row[2] for row in saved] == [1, 2, 5, 6, 7, 8]
    assert lost(salvage) == [(3, 4)]
    gap = {"a": {4: Gap(3, 4, rows[3][5].hex())}}
    salvage, saved = decide(rows[:2] + rows[4:], gaps=gap)
    assert [row[2] for row in saved] == [1, 2, 5, 6, 7, 8]
    assert salvage.lost == []


def test_changed_content_goes_and_the_next_event_still_hangs_on_its_hash() -> None:
    rows = chain(5)
    salvage, saved = decide([*rows[:2], changed(rows[2], 6, b"{}"), *rows[3:]])
    assert [row[2] for row in saved] == [1, 2, 4, 5]
    assert lost(salvage) == [(3, 3)]
    assert salvage.lost[0][1] == rows[2][5]


def test_whole_content_with_a_damaged_hash_is_saved_with_the_right_one() -> None:
    rows = chain(5)
    salvage, saved = decide([*rows[:2], changed(rows[2], 5, b"x" * 32), *rows[3:]])
    assert saved == rows
    assert salvage.lost == []


def test_at_the_end_of_a_stream_nobody_tells_which_half_is_right() -> None:
    rows = chain(3)
    salvage, saved = decide([*rows[:2], changed(rows[2], 5, b"x" * 32)])
    assert saved == rows[:2]
    assert lost(salvage) == [(3, 3)]


def test_what_was_signed_and_does_not_come_is_lost_at_the_end() -> None:
    rows = chain(6)
    salvage, saved = decide(rows[:4], signed={("a", 6): rows[5][5], ("b", 3): b"h" * 32})
    assert saved == rows[:4]
    assert [(one.stream, one.first, one.last) for one, _ in salvage.lost] == [("a", 5, 6), ("b", 1, 3)]
    assert salvage.tracks["a"].hash == rows[5][5]


def test_an_event_that_is_not_what_was_signed_is_told() -> None:
    rows = chain(3)
    salvage, saved = decide(rows, signed={("a", 2): b"h" * 32})
    assert saved == rows
    assert salvage.contradictions == ["a version 2 (event 3) is not the one that was signed"]


def test_rows_of_no_stream_and_doubled_versions_do_not_disturb() -> None:
    rows = chain(4)
    strange = changed(rows[1], 1, 99)
    salvage, saved = decide([rows[0], strange, rows[1], changed(rows[1], 0, 4), *rows[2:]])
    assert saved == rows
    assert salvage.nameless == 1


def test_columns_of_any_type_are_lost_and_never_a_crash() -> None:
    rows = chain(6)
    for column in range(1, 7):
        for value in (None, "x", 7.5, b"\xff", -1):
            decide([*rows[:2], changed(rows[2], column, value), *rows[3:]])


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 9),
    st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["gone", "data", "hash", "stream"])), max_size=5),
)
def test_what_is_saved_is_true_and_what_is_not_is_named(count: int, damage: list[tuple[int, str]]) -> None:
    """Every version is saved as it was recorded or lies in one named hole; what follows a hole hangs on its hash."""
    rows = chain(count)
    fed: list[Row | None] = list(rows)
    for place, how in damage:
        row = fed[place] if place < count else None
        if row is not None:
            column = {"data": 6, "hash": 5, "stream": 1}.get(how)
            fed[place] = None if column is None else changed(row, column, {6: b"?", 5: b"?" * 32, 1: 98}[column])
    salvage, saved = decide([row for row in fed if row is not None])
    for row in saved:
        assert row == rows[row[2] - 1]
    named = {version for one, _ in salvage.lost for version in range(one.first, one.last + 1)}
    reached = salvage.tracks["a"].version if salvage.tracks else 0
    assert named | {row[2] for row in saved} == set(range(1, reached + 1))
    assert not named & {row[2] for row in saved}
    for one, hashed in salvage.lost:
        following = next((row for row in saved if row[2] == one.last + 1), None)
        if following is not None:
            assert (
                event_hash(hashed, following[0], following[2], 7, 1, "Noted", "origin", "a", following[6])
                == (following[5])
            )


def test_gaps_and_signatures_are_learned_from_what_is_there() -> None:
    salvage = Salvage({1: "a"}, FORMS)
    named = msgspec.json.encode(Carried(4, {}, (Gap(1, 4, "ab" * 32), Gap(2, 4, "ab" * 32))))
    learn_gaps(salvage, [(9, stream, 5, 7, 2, b"", data) for stream, data in ((1, named), (7, named), (1, b"?"))])
    assert salvage.gaps == {"a": {4: Gap(1, 4, "ab" * 32)}}
    body = bytes_from_checkpoint(CheckpointBody("j", 1, 9, NOW, True, "", {"a": (4, "ab" * 32)}))
    rows: list[Any] = [
        (KEYS.signing_id, body, KEYS.sign(body)),
        (KEYS.signing_id, body, b"x" * 64),
        ("other", body, KEYS.sign(body)),
        (KEYS.signing_id, 5, None),
    ]
    assert learn_signed(salvage, rows, KEYS) == 3
    assert salvage.signed == {("a", 4): bytes.fromhex("ab" * 32)}


class Torn:
    """A connection on which certain rows cannot be read."""

    def __init__(self, connection: sqlite3.Connection, bad: set[int]) -> None:
        self.connection = connection
        self.bad = bad
        self.asked = 0

    def execute(self, sql: str, values: Any) -> TornRows:
        self.asked += 1
        return TornRows(self.connection.execute(sql, values).fetchall(), self.bad)


class TornRows:
    def __init__(self, rows: list[Any], bad: set[int]) -> None:
        self.rows = rows
        self.bad = bad

    def __iter__(self) -> Iterator[Any]:
        for row in self.rows:
            if row[0] in self.bad:
                raise sqlite3.DatabaseError("database disk image is malformed")
            yield row

    def fetchall(self) -> list[Any]:
        return list(self)


async def test_rows_around_those_that_cannot_be_read_are_found(folder: Path) -> None:
    await filled(folder / "j.db", 60)
    change(folder / "j.db", "UPDATE events SET seq = seq + (1 << 40) WHERE seq > 50")  # another era
    connection = sqlite3.connect(folder / "j.db")
    seqs = [*range(1, 51), *((1 << 40) + seq for seq in range(51, 61))]
    for bad in (set[int](), {1}, {seqs[-1]}, {17, 18, 40}, {50}, {seqs[50]}, set(range(5, 50)), set(seqs)):
        failed: list[int] = []
        torn = Torn(connection, bad)
        found = [row[0] for row in read_events(torn, failed.append)]
        assert found == [seq for seq in seqs if seq not in bad]
        assert torn.asked < 6000
        assert bool(failed) is bool(bad)
    connection.close()


def test_a_small_table_is_read_as_far_as_it_goes() -> None:
    connection = sqlite3.connect(":memory:")
    assert read_table(connection, "SELECT 1", (int,)) == Rows([(1,)], True)
    assert read_table(connection, "SELECT * FROM absent", ()).whole is False
    assert read_table(connection, "SELECT 1 UNION ALL SELECT 'x'", (int,)) == Rows([(1,)], False)
    assert read_table(connection, "SELECT NULL", (object,)) == Rows([(None,)], True)
