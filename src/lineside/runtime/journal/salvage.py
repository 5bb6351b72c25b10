"""Reads what can still be read of a damaged journal, and decides which events are beyond doubt.

Reading: what answers is read in order; where it does not, the next place that does is sought. Deciding: an event is
saved when its hash follows from the one before it. Behind a hole the hash before is not known; then

- a signed checkpoint or a named gap may know it;
- otherwise the first event behind the hole is given up too, and its stored hash is believed as soon as the next event
  follows from it (an event's hash is part of the next one's).

An event whose content is whole and whose own stored hash is not (the next event follows from the computed one) is
saved with the right hash.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from lineside.runtime.journal.chain import ZERO, checkpoint_from_bytes, event_hash
from lineside.runtime.journal.events import Carried, Gap, HistoryLost
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.verify import gaps_of

# Rows that are asked for one by one behind a place that failed: more than a page holds, and done in a second.
ISLAND_EVENTS_MAX = 5000
SEQ_LAST = 1 << 62

Row = tuple[int, int, int, int, int, bytes, bytes]
"""seq, id of stream, version, at, id of form, hash, data."""


@dataclass(slots=True)
class Rows:
    """What could be read of one table.

    Attributes:
        whole: the table answered to the end.
    """

    rows: list[Any] = field(default_factory=list)
    whole: bool = True


def read_table(connection: Any, sql: str, types: tuple[type, ...]) -> Rows:
    """Rows of a small table, as far as it goes; a row whose columns are not of their types is none.

    Args:
        types: of the columns; `object` for one that may hold anything.
    """
    found = Rows()
    try:
        for row in connection.execute(sql):
            if all(isinstance(value, wanted) for value, wanted in zip(row, types, strict=True)):
                found.rows.append(row)
            else:
                found.whole = False
    except sqlite3.Error:
        found.whole = False
    return found


def read_events(connection: Any, note: Callable[[int], None]) -> Iterator[Row]:
    """Every row of ``events`` that can be read, as it comes; ``note`` is told how many places failed so far.

    Behind a place that fails the next one that answers is sought in doubling steps, so that a lost page costs few
    questions and a lost half of the file not many more; small ranges are then asked row by row.
    """
    low, failed = 0, 0
    sql = "SELECT * FROM events WHERE seq > ? ORDER BY seq"
    while True:
        try:
            for row in connection.execute(sql, (low,)):
                low = max(low, row[0]) if type(row[0]) is int else low
                yield row
            return
        except sqlite3.Error:
            failed += 1
            note(failed)
        following = _next_that_answers(connection, low)
        last = low + ISLAND_EVENTS_MAX if following is None else following
        yield from _one_by_one(connection, low, min(last, low + ISLAND_EVENTS_MAX))
        if following is None:
            return
        low = following


def _next_that_answers(connection: Any, low: int) -> int | None:
    """The lowest ``seq`` behind ``low`` after which rows can be read again (or there are none); None: nowhere."""
    step = 1
    while not _answers(connection, low + step):
        step *= 2
        if low + step > SEQ_LAST:
            return None
    below, found = low + step // 2, low + step
    while found - below > 1:
        middle = (below + found) // 2
        if _answers(connection, middle):
            found = middle
        else:
            below = middle
    return found


def _answers(connection: Any, after: int) -> bool:
    try:
        connection.execute("SELECT seq, hash FROM events WHERE seq > ? ORDER BY seq LIMIT 1", (after,)).fetchall()
    except sqlite3.Error:
        return False
    return True


def _one_by_one(connection: Any, low: int, last: int) -> Iterator[Row]:
    for seq in range(low + 1, last + 1):
        try:
            yield from connection.execute("SELECT * FROM events WHERE seq = ?", (seq,)).fetchall()
        except sqlite3.Error:
            continue


class LostEvents(msgspec.Struct, frozen=True):
    """Events of one stream that cannot be saved.

    Attributes:
        first, last: versions.
        after_seq, before_seq: their ``seq`` lies between these; ``before_seq`` 0 means that it is not known.
    """

    stream: str
    first: int
    last: int
    after_seq: int
    before_seq: int


@dataclass(slots=True)
class Track:
    """Where the decision is in one stream.

    Attributes:
        version, seq: of the last event that was saved or given up.
        hash: of the event at ``version``; None when it is not known.
        lost_from: first version of the present hole; 0 when there is none.
        lost_after: ``seq`` of the last saved event before the hole.
        pending: an event whose own hash does not fit, until the next one tells which half of it is right.
    """

    version: int = 0
    seq: int = 0
    hash: bytes | None = ZERO
    lost_from: int = 0
    lost_after: int = 0
    pending: tuple[Row, bytes] | None = None


@dataclass(slots=True)
class Salvage:
    """The decision over all streams. Feed it rows by ``seq``; take what is saved; then `finish`.

    Attributes:
        names: id → name of stream. forms: id → (kind, schema, origin).
        gaps: stream → last version → gap that was named. signed: (stream, version) → hash.
    """

    names: dict[int, str]
    forms: dict[int, tuple[str, int, str]]
    gaps: dict[str, dict[int, Gap]] = field(default_factory=dict)
    signed: dict[tuple[str, int], bytes] = field(default_factory=dict)
    tracks: dict[str, Track] = field(default_factory=dict)
    lost: list[tuple[LostEvents, bytes]] = field(default_factory=list)
    nameless: int = 0
    contradictions: list[str] = field(default_factory=list)

    def feed(self, row: Row) -> list[Row]:
        """Take one row; return rows that are now beyond doubt."""
        stream = self.names.get(row[1]) if is_row(row) else None
        if stream is None or row[4] not in self.forms:
            self.nameless += 1
            return []
        track = self.tracks.setdefault(stream, Track())
        saved: list[Row] = []
        if track.pending is not None:
            saved += self._settle(stream, track, row)
        if row[2] <= track.version:  # the same version twice: the first one was believed
            return saved
        if row[2] != track.version + 1:
            self._step_over(stream, track, row[2])
        return saved + self._decide(stream, track, row)

    def finish(self) -> None:
        """No more rows: what was signed and did not come is lost as well."""
        for track in self.tracks.values():
            if track.pending is not None:
                row, _ = track.pending
                track.pending = None
                self._give_up(track, row)
        newest: dict[str, int] = {}
        for stream, version in self.signed:
            newest[stream] = max(version, newest.get(stream, 0))
        for stream, version in sorted(newest.items()):
            track = self.tracks.setdefault(stream, Track())
            if version > track.version:
                self._step_over(stream, track, version + 1)
        for stream, track in sorted(self.tracks.items()):
            if track.lost_from:
                self._close_hole(stream, track, 0)

    # ------------------------------------------------------------------ one event

    def _hash(self, previous: bytes, stream: str, row: Row) -> bytes:
        seq, _, version, at_us, form, _, data = row
        kind, schema, origin = self.forms[form]
        return event_hash(previous, seq, version, at_us, schema, kind, origin, stream, data)

    def _decide(self, stream: str, track: Track, row: Row) -> list[Row]:
        if track.hash is None:
            self._give_up(track, row)
            return []
        computed = self._hash(track.hash, stream, row)
        if computed == row[5]:
            return [self._save(stream, track, row)]
        track.pending = row, computed
        return []

    def _settle(self, stream: str, track: Track, following: Row) -> list[Row]:
        """The row after a pending one tells whether the pending one's content is right."""
        assert track.pending is not None
        row, computed = track.pending
        track.pending = None
        if following[2] == row[2] + 1 and self._hash(computed, stream, following) == following[5]:
            return [self._save(stream, track, (*row[:5], computed, row[6]))]
        self._give_up(track, row)
        return []

    def _save(self, stream: str, track: Track, row: Row) -> Row:
        if track.lost_from:
            self._close_hole(stream, track, row[0])
        track.version, track.seq, track.hash = row[2], row[0], row[5]
        signed = self.signed.get((stream, row[2]))
        if signed is not None and signed != row[5]:
            self.contradictions.append(f"{stream} version {row[2]} (event {row[0]}) is not the one that was signed")
        return row

    def _give_up(self, track: Track, row: Row) -> None:
        if not track.lost_from:
            track.lost_from, track.lost_after = row[2], track.seq
        track.version, track.hash = row[2], row[5]

    def _step_over(self, stream: str, track: Track, version: int) -> None:
        """Versions are missing before ``version``: named as pruned, or lost now."""
        gap = self.gaps.get(stream, {}).get(version - 1)
        if gap is not None and gap.first <= track.version + 1:
            track.version, track.hash = gap.last, bytes.fromhex(gap.last_hash)
            return
        if not track.lost_from:
            track.lost_from, track.lost_after = track.version + 1, track.seq
        track.version, track.hash = version - 1, self.signed.get((stream, version - 1))

    def _close_hole(self, stream: str, track: Track, before_seq: int) -> None:
        lost = LostEvents(stream, track.lost_from, track.version, track.lost_after, before_seq)
        self.lost.append((lost, track.hash or ZERO))
        track.lost_from = 0


def is_row(row: Any) -> bool:
    """Whether each column has the type that it was written with."""
    numbers, hashed, data = row[:5], row[5], row[6]
    return all(type(value) is int for value in numbers) and type(hashed) is bytes and type(data) is bytes


def learn_gaps(salvage: Salvage, rows: Iterable[Row]) -> None:
    """Note the gaps that `Carried` and `HistoryLost` events among ``rows`` name."""
    for row in rows:
        if not is_row(row):
            continue
        stream, form = salvage.names.get(row[1]), salvage.forms.get(row[4])
        if stream is not None and form is not None and form[0] in (Carried.__name__, HistoryLost.__name__):
            gaps = salvage.gaps.setdefault(stream, {})
            for gap in gaps_of(row[6]):
                if gap.last not in gaps or gap.first < gaps[gap.last].first:
                    gaps[gap.last] = gap


def learn_signed(salvage: Salvage, rows: Iterable[tuple[str, bytes, bytes]], keys: Keys) -> int:
    """Note the heads of checkpoints (key id, body, signature) whose signature holds; returns how many do not."""
    bad = 0
    for key_id, body, signature in rows:
        if not keys.is_signed(body, signature, key_id):
            bad += 1
            continue
        for stream, (version, hashed) in checkpoint_from_bytes(body).heads.items():
            salvage.signed[stream, version] = bytes.fromhex(hashed)
    return bad
