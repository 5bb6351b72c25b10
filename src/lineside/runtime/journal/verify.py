"""Checks a whole journal: SQLite's own structure, every hash, every version, every signature.

It reads with a connection of its own that changes nothing, in short transactions, so that it can run beside a working
server; what is appended meanwhile is left for the next time. Memory grows with the number of streams, not of events.

Where versions are missing, a `Carried` or `HistoryLost` of that stream must name them (a gap), and the chain goes on
from the hash that it names. What nobody signed yet is told as ``signed_seq``: events above it are whole, but somebody
who can write the file could have made them.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.chain import HASH_SIZE, ZERO, CheckpointBody, checkpoint_from_bytes, digest, is_hash
from lineside.runtime.journal.era import read_mark
from lineside.runtime.journal.events import Carried, Gap, HistoryLost
from lineside.runtime.journal.health import WRONG_TYPES
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.schema import MIGRATIONS, Connect, connect_to_read

# Events of one read transaction.
CHUNK_EVENTS_MAX = 5000
# Problems that a report lists; what is beyond is counted. A report is read by people.
PROBLEMS_MAX = 200

Progress = Callable[[int, int], None]
"""Told now and then: events looked at, and the highest ``seq``."""


class Problem(msgspec.Struct, frozen=True):
    """Something that is not as it was recorded.

    Attributes:
        kind: ``file``, ``database``, ``hash``, ``hole``, ``order``, ``name``, ``signature``, ``head``, ``index`` or
            ``sink``.
    """

    kind: str
    text: str
    stream: str = ""
    seq: int = 0
    version: int = 0


class VerifyReport(msgspec.Struct, frozen=True):
    """What a check found.

    Attributes:
        ok: no problem at all.
        events, streams, checkpoints: how many were looked at.
        last_seq: the newest event.
        signed_seq: everything up to here is covered by a valid signature.
        gaps: pruned or lost ranges of versions that are named as such.
        problem_count: also those that ``problems`` does not list.
    """

    ok: bool
    events: int
    streams: int
    checkpoints: int
    last_seq: int
    signed_seq: int
    era: int
    gaps: int
    seconds: float
    problems: tuple[Problem, ...]
    problem_count: int


EVENTS = """
SELECT e.seq, e.stream, s.name, e.version, e.at, f.schema, f.kind, f.origin, e.hash, e.data
FROM events e LEFT JOIN streams s ON s.id = e.stream LEFT JOIN forms f ON f.id = e.form
WHERE e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?
"""
NAMING = """
SELECT e.seq, s.name, e.data FROM events e JOIN streams s ON s.id = e.stream
WHERE e.form IN (SELECT id FROM forms WHERE kind IN (?, ?)) AND e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?
"""


class GapNames(msgspec.Struct):
    """The one field that is needed of the events that name gaps."""

    gaps: tuple[Gap, ...] = ()


@dataclass(slots=True)
class Head:
    """Where the check is in one stream."""

    version: int = 0
    hash: bytes = ZERO


def verify(
    path: Path,
    keys: Keys,
    catalogue: Catalogue | None = None,
    progress: Progress | None = None,
    *,
    connect: Connect = connect_to_read,
    structure: bool = True,
) -> VerifyReport:
    """Check a journal; never raises for what it finds in the file.

    Args:
        keys: whose signatures count.
        catalogue: not needed any more by the check; accepted so that callers may pass what they have.
        structure: also let SQLite check its own structure, which reads the whole file in one transaction.
    """
    checker = _Checker(path, keys, progress)
    begin = time.monotonic()
    try:
        if not path.exists():
            raise FileNotFoundError(f"{path} is not there")
        connection = connect(str(path))
        try:
            checker.check(connection, structure)
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        checker.problem("file", str(error))
    except WRONG_TYPES as error:
        checker.problem("file", f"a row holds what does not belong there: {error!r}")
    return checker.report(time.monotonic() - begin)


class _Checker:
    """One check."""

    def __init__(self, path: Path, keys: Keys, progress: Progress | None) -> None:
        self._path = path
        self._keys = keys
        self._progress = progress or (lambda done, last: None)
        self._problems: list[Problem] = []
        self._problem_count = 0
        self._heads: dict[str, Head] = {}
        self._gaps: dict[str, dict[int, Gap]] = {}  # by stream and last version
        self._events = self._checkpoint_count = self._last_seq = self._signed_seq = 0
        self._era = 1
        self._changed: set[str] = set()  # streams with events since the last checkpoint

    def problem(self, kind: str, text: str, stream: str = "", seq: int = 0, version: int = 0) -> None:
        """Note one."""
        self._problem_count += 1
        if len(self._problems) < PROBLEMS_MAX:
            self._problems.append(Problem(kind, text, stream, seq, version))

    def report(self, seconds: float) -> VerifyReport:
        """Everything noted."""
        return VerifyReport(
            ok=not self._problem_count,
            events=self._events,
            streams=len(self._heads),
            checkpoints=self._checkpoint_count,
            last_seq=self._last_seq,
            signed_seq=self._signed_seq,
            era=self._era,
            gaps=sum(map(len, self._gaps.values())),
            seconds=seconds,
            problems=tuple(self._problems),
            problem_count=self._problem_count,
        )

    def check(self, connection: Any, structure: bool) -> None:
        """All of it.

        Raises:
            sqlite3.Error: the file could not be read any further.
        """
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != len(MIGRATIONS):
            self.problem("file", f"schema {version}; wanted is {len(MIGRATIONS)}")
            return
        if structure:
            for (text,) in connection.execute("PRAGMA integrity_check(50)").fetchall():
                if text != "ok":
                    self.problem("database", text)
        self._era = int(connection.execute("SELECT value FROM meta WHERE key = 'era'").fetchone()[0])
        self._last_seq = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        self._name_gaps(connection, 0)
        self._check_events(connection)
        self._check_index(connection)
        self._check_end(connection)

    # ------------------------------------------------------------------ events

    def _name_gaps(self, connection: Any, low: int, last: int | None = None) -> None:
        """Learn which gaps are named, by events above ``low``."""
        last = self._last_seq if last is None else last
        while True:
            values = (Carried.__name__, HistoryLost.__name__, low, last, CHUNK_EVENTS_MAX)
            rows = connection.execute(NAMING, values).fetchall()
            for seq, stream, data in rows:
                gaps = self._gaps.setdefault(stream, {})
                for gap in gaps_of(data):
                    # The same end may be named twice; the wider gap holds the other.
                    if gap.last not in gaps or gap.first < gaps[gap.last].first:
                        gaps[gap.last] = gap
                low = seq
            if len(rows) < CHUNK_EVENTS_MAX:
                return

    def _check_events(self, connection: Any) -> None:
        checkpoints = self._read_checkpoints(connection)
        due = next(checkpoints, None)
        low = 0
        while True:
            rows = connection.execute(EVENTS, (low, self._last_seq, CHUNK_EVENTS_MAX)).fetchall()
            for row in rows:
                while due is not None and row[0] > due.seq:
                    self._check_heads(due)
                    due = next(checkpoints, None)
                self._check_event(connection, row)
            self._progress(self._events, self._last_seq)
            if len(rows) < CHUNK_EVENTS_MAX:
                break
            low = rows[-1][0]
        while due is not None:
            if due.seq <= self._last_seq:
                self._check_heads(due)
            else:
                self.problem("head", f"event {due.seq} was signed, the journal ends at {self._last_seq}", seq=due.seq)
            due = next(checkpoints, None)

    def _check_event(self, connection: Any, row: tuple[Any, ...]) -> None:
        seq, _, stream, version, at_us, schema, kind, origin, hashed, data = row
        self._events += 1
        if stream is None or kind is None:
            self.problem("name", f"event {seq} belongs to a stream or kind that is not there", seq=seq)
            return
        head = self._heads.setdefault(stream, Head())
        previous: bytes | None = head.hash
        if version != head.version + 1:
            previous = self._hash_over_gap(connection, stream, head.version, version, seq)
        self._changed.add(stream)
        fields = (seq, version, at_us, schema, kind, origin, stream, data)
        if previous is not None and not is_hash(hashed, previous, *fields):
            self.problem("hash", f"event {seq} does not match its hash", stream, seq, version)
        head.version, head.hash = version, hashed

    def _hash_over_gap(self, connection: Any, stream: str, before: int, version: int, seq: int) -> bytes | None:
        """The hash that the event after a gap follows; None (and a problem) when the gap has no name."""
        if version <= before:
            self.problem("order", f"version {version} comes after version {before}", stream, seq, version)
            return None
        gap = self._gap(stream, before, version)
        if gap is None:  # pruned while we read? then its name is newer than our list
            newest = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
            self._name_gaps(connection, self._last_seq, newest)
            gap = self._gap(stream, before, version)
        if gap is None:
            text = f"versions {before + 1} to {version - 1} are missing, and nothing says why"
            self.problem("hole", text, stream, seq, version)
            return None
        return bytes.fromhex(gap.last_hash)

    def _gap(self, stream: str, before: int, version: int) -> Gap | None:
        gap = self._gaps.get(stream, {}).get(version - 1)
        return gap if gap is not None and gap.first <= before + 1 else None

    # ------------------------------------------------------------------ signatures

    def _read_checkpoints(self, connection: Any) -> Iterator[CheckpointBody]:
        """Checkpoints whose signature holds, by ``seq``."""
        sql = "SELECT id, complete, key_id, body, signature FROM checkpoints WHERE id > ? ORDER BY id LIMIT 1"
        last, previous = 0, ""
        while (row := connection.execute(sql, (last,)).fetchone()) is not None:
            last, complete, key_id, data, signature = row
            self._checkpoint_count += 1
            body = self._signed_body(last, key_id, data, signature)
            if body is not None:
                if not complete and body.previous != previous:
                    self.problem("signature", f"checkpoint {last} does not follow the one before it", seq=body.seq)
                yield body
            previous = digest(data)

    def _signed_body(self, number: int, key_id: str, data: bytes, signature: bytes) -> CheckpointBody | None:
        holds = self._keys.is_signed(data, signature, key_id)
        if holds is None:
            self.problem("signature", f"checkpoint {number} is signed with key {key_id}, which is not in the keys file")
            return None
        if not holds:
            self.problem("signature", f"the signature of checkpoint {number} does not hold")
            return None
        try:
            return checkpoint_from_bytes(data)
        except msgspec.MsgspecError as error:
            self.problem("signature", f"checkpoint {number}: {error}")
            return None

    def _check_heads(self, body: CheckpointBody) -> None:
        """The heads that were signed are those that the events give."""
        before = self._problem_count
        for stream in body.heads if not body.full else {*body.heads, *self._heads}:
            self._check_head(stream, body)
        if not body.full:
            for stream in sorted(self._changed - set(body.heads)):
                self.problem("head", f"events up to {body.seq} are not in what was signed", stream, body.seq)
        self._changed.clear()
        if self._problem_count == before:
            self._signed_seq = max(self._signed_seq, body.seq)

    def _check_head(self, stream: str, body: CheckpointBody) -> None:
        found = self._heads.get(stream, Head())
        version, hashed = body.heads.get(stream, (0, ""))
        if version == found.version:
            if version and hashed != found.hash.hex():
                text = f"version {version} is not the one that was signed at event {body.seq}"
                self.problem("head", text, stream, body.seq, version)
            return
        gap = self._gap_holding(stream, version)
        if version < found.version or gap is None or gap.first > found.version + 1:
            text = f"version {version} was signed at event {body.seq}, version {found.version} is there"
            self.problem("head", text, stream, body.seq, version)
        elif gap.last == version and gap.last_hash != hashed:
            self.problem(
                "head", f"the named gap ends otherwise than was signed at {body.seq}", stream, body.seq, version
            )

    def _gap_holding(self, stream: str, version: int) -> Gap | None:
        gaps = self._gaps.get(stream, {}).values()
        holding = [gap for gap in gaps if gap.first <= version <= gap.last]
        return min(holding, key=lambda gap: gap.first, default=None)

    # ------------------------------------------------------------------ what stands beside the events

    def _check_index(self, connection: Any) -> None:
        indexed = connection.execute("SELECT value FROM meta WHERE key = 'indexed_seq'").fetchone()[0]
        sql = """SELECT count(*) FROM places p LEFT JOIN events e ON e.seq = p.seq
            WHERE e.seq IS NULL OR e.stream != p.stream OR e.version != p.version"""
        wrong = connection.execute(sql).fetchone()[0]
        sql = """SELECT count(*) FROM events e LEFT JOIN places p ON p.stream = e.stream AND p.version = e.version
            WHERE e.seq <= ? AND p.seq IS NULL"""
        wrong += connection.execute(sql, (indexed,)).fetchone()[0]
        if wrong:
            self.problem("index", f"{wrong} places of the stream index are wrong or missing")

    def _check_end(self, connection: Any) -> None:
        newest = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        for sink, low in connection.execute("SELECT sink, low FROM cursors WHERE low > ?", (newest + 1,)).fetchall():
            self.problem("sink", f"sink {sink} has done all before {low}, the journal ends at {newest}", seq=low)
        mark = read_mark(self._path)
        if mark is not None and (mark.era > self._era or mark.seq > newest):
            text = f"event {mark.seq} of era {mark.era} was on disk, the journal ends at {newest} of era {self._era}"
            self.problem("file", text, seq=mark.seq)


def gaps_of(data: bytes) -> tuple[Gap, ...]:
    """The gaps that a stored `Carried` or `HistoryLost` names."""
    try:
        gaps = msgspec.json.decode(data, type=GapNames).gaps
        return tuple(gap for gap in gaps if len(bytes.fromhex(gap.last_hash)) == HASH_SIZE)
    except (msgspec.MsgspecError, TypeError, ValueError):
        return ()
