"""The writer's side of the database: plans a batch, writes it, and knows the heads of the streams.

All of it runs in the writer's thread, on its one connection. Memory holds only what the disk has confirmed: a plan
changes nothing here until `merge`.
"""

from __future__ import annotations

import itertools
import secrets
import sqlite3
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from lineside.errors import ClaimTaken, JournalError, VersionMoved
from lineside.runtime.journal.append import Appended, Request
from lineside.runtime.journal.chain import ZERO, form_text
from lineside.runtime.journal.era import seq_floor
from lineside.runtime.journal.health import WRONG_TYPES, Damage
from lineside.runtime.journal.keys import SEALING_SIZE, Keys
from lineside.runtime.journal.open_check import check_before, check_opened
from lineside.runtime.journal.plan import Form, Head, Plan
from lineside.runtime.journal.schema import Connect, migrate, set_up
from lineside.runtime.journal.seal import open_person_key, put_sealed, seal_person_key
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.step import Secret

_HEADS_BY_NAME = """
SELECT s.name, s.id, e.version, e.seq, e.hash FROM json_each(?) j JOIN streams s ON s.name = j.value
JOIN events e ON e.seq = (SELECT p.seq FROM places p WHERE p.stream = s.id ORDER BY p.version DESC LIMIT 1)
"""
_HEADS_NOT_INDEXED = """
SELECT s.name, s.id, e.version, e.seq, e.hash FROM events e JOIN streams s ON s.id = e.stream
WHERE e.seq > ? ORDER BY e.seq
"""
_INDEX = """
INSERT INTO places SELECT stream, version, seq FROM events WHERE seq > ? AND seq <= ? ORDER BY stream, version
"""


class Store:
    """One connection and what is known about the database behind it.

    Attributes:
        connection: None while closed.
        origin: boot id that new events carry.
        last_seq: the highest ``seq`` given out on disk, or the floor of the era.
        newest: (seq, hash, at) of the newest event on disk; None when there is none.
        has_written: whether this connection ever began to write.
    """

    def __init__(self, path: Path, keys: Keys, settings: JournalSettings, connect: Connect, origin: str) -> None:
        self.path = path
        self.keys = keys
        self.origin = origin
        self.connection: Any = None
        self.journal = ""
        self.era = 1
        self.last_seq = 0
        self.newest: tuple[int, bytes, int] | None = None
        self.indexed_seq = 0
        self.wants_notices = False
        self.has_written = False
        self._settings = settings
        self._connect = connect
        self._forget()

    def _forget(self) -> None:
        self._heads: dict[str, Head] = {}
        self._not_indexed: set[str] = set()
        self._lag = 0
        self._forms: dict[tuple[str, int], Form] = {}
        self._people: dict[str, bytes] = {}
        self._next_stream = 1
        self._next_form = 1

    # ------------------------------------------------------------------ opening and closing

    def open(self, *, check: bool = True) -> None:
        """Open, bring up to date and check.

        What SQLite found in the WAL of a killed process may not have been synced before: carry it into the database
        (`checkpoint_wal`) before anything is acknowledged.

        Raises:
            Damage: what was acknowledged is not all there.
            ConfigError: made by a newer version.
            sqlite3.Error, OSError: it cannot be opened (now).
        """
        assert self.connection is None
        check_before(self.path)
        self.connection = self._connect(str(self.path))
        self.has_written = False
        try:
            set_up(self.connection)
            migrate(self.connection)
            self._load()
            if check:
                check_opened(self.connection, self.path, self.era, self._settings)
        except WRONG_TYPES as error:
            self.close()
            raise Damage(f"a row holds what does not belong there: {error!r}") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, whatever it says."""
        connection, self.connection = self.connection, None
        self._forget()
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error:
                return  # the files stay as they are; the next opening sees what they hold

    def reload(self) -> None:
        """Read anew what is known about the database.

        Raises:
            sqlite3.Error: it could not be read.
        """
        self._forget()
        self._load()

    def _load(self) -> None:
        execute = self.connection.execute
        meta = dict(execute("SELECT key, value FROM meta").fetchall())
        self.journal, self.era, self.indexed_seq = meta["journal"], int(meta["era"]), int(meta["indexed_seq"])
        self.newest = execute("SELECT seq, hash, at FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        self.last_seq = max(self.newest[0] if self.newest else 0, seq_floor(self.era))
        self._next_stream = execute("SELECT coalesce(max(id), 0) + 1 FROM streams").fetchone()[0]
        self._next_form = execute("SELECT coalesce(max(id), 0) + 1 FROM forms").fetchone()[0]
        for name, *head in execute(_HEADS_NOT_INDEXED, (self.indexed_seq,)).fetchall():
            self._heads[name] = tuple(head)
            self._not_indexed.add(name)
            self._lag += 1

    # ------------------------------------------------------------------ one batch

    def begin(self) -> None:
        """Open the batch's transaction."""
        self.connection.execute("BEGIN IMMEDIATE")
        self.has_written = True

    def commit(self) -> None:
        """Make the batch durable: returns when the disk has it."""
        self.connection.execute("COMMIT")

    def rollback(self) -> None:
        """Forget the batch.

        Raises:
            sqlite3.Error: the connection is not usable any more.
        """
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def plan(self, requests: list[Request]) -> Plan:
        """Decide every append of a batch in its order, seen the ones before it; only SELECTs are done.

        Raises:
            sqlite3.Error: the disk could not be read.
        """
        plan = Plan(self.last_seq)
        self._load_heads(requests)
        taken = self._claims_taken(requests)
        new, known = plan.heads, self._heads
        for request in requests:
            refusal: JournalError | None = None
            for stream, wanted in request.expected.items():
                head = new.get(stream) or known.get(stream)
                if (head[1] if head else 0) != wanted:
                    found = head[1] if head else 0
                    refusal = VersionMoved(f"{stream} is at version {found}, expected was {wanted}")
                    break
            if refusal is None and (request.claims or request.people):
                refusal = self._refusal(request, plan, taken)
            if refusal is None:
                self._add(request, plan)
            else:
                plan.refused.append((request.future, refusal))
        plan.indexes = self._lag + plan.count >= self._settings.index_lag_events_max
        return plan

    def _refusal(self, request: Request, plan: Plan, taken: dict[str, int]) -> JournalError | None:
        for claim in request.claims:
            holder = taken.get(claim) or plan.claims.get(claim)
            if holder:
                return ClaimTaken(claim, holder)
        try:
            for person in request.people:
                self._person_key(person, plan)
        except JournalError as error:
            return error
        return None

    def _add(self, request: Request, plan: Plan) -> None:
        """Give each event its place; nothing here can be refused any more. (The hottest lines of the journal.)"""
        at_us, rows, heads, known, forms = request.at_us, plan.rows, plan.heads, self._heads, self._forms
        first_seq = plan.last_seq + 1
        seq = plan.last_seq
        versions: dict[str, int] = {}
        for stream, entry, data, found in request.events:
            stream_id, version, _, hashed = heads.get(stream) or known.get(stream) or self._new_stream(stream, plan)
            number, text = forms.get(entry) or self._new_form(entry, plan)
            seq += 1
            version += 1
            if found is not None:
                data = self._sealed(data, found, stream, version, plan)
            hashed = sha256(hashed + f"{seq} {version} {at_us}{text}{stream}\n".encode() + data).digest()
            heads[stream] = (stream_id, version, seq, hashed)
            rows += (seq, stream_id, version, at_us, number, hashed, data)
            versions[stream] = version
            if self.wants_notices:
                plan.notices.append((seq, stream, version, at_us, entry[0]))
        for claim in request.claims:
            plan.claims[claim] = first_seq
        plan.last_seq, plan.last_hash, plan.last_at_us = seq, hashed, at_us
        plan.done.append((request.future, Appended(first_seq, versions)))

    def write(self, plan: Plan) -> None:
        """Write a plan inside the open transaction.

        Raises:
            sqlite3.Error: nothing of it will be true; roll back.
        """
        connection = self.connection
        if plan.streams:
            connection.executemany("INSERT INTO streams VALUES (?, ?)", plan.streams)
        if plan.forms:
            forms = [(number, kind, schema, self.origin) for (kind, schema), (number, _) in plan.forms.items()]
            connection.executemany("INSERT INTO forms VALUES (?, ?, ?, ?)", forms)
        if plan.people:
            people = [(person, seal_person_key(key, person, self.keys)) for person, key in plan.people.items()]
            connection.executemany("INSERT INTO people VALUES (?, ?)", people)
        if plan.claims:
            connection.executemany("INSERT INTO claims VALUES (?, ?)", list(plan.claims.items()))
        plan.insert_events(connection)
        if plan.indexes:
            self.write_index(plan.last_seq)

    def write_index(self, last_seq: int) -> None:
        """Enter every event up to ``last_seq`` into ``places``, inside the open transaction."""
        self.connection.execute(_INDEX, (self.indexed_seq, last_seq))
        self.connection.execute("UPDATE meta SET value = ? WHERE key = 'indexed_seq'", (last_seq,))

    def merge(self, plan: Plan) -> None:
        """The plan is on disk: from here on it is what is known."""
        self.last_seq = plan.last_seq
        if plan.rows:
            self.newest = (plan.last_seq, plan.last_hash, plan.last_at_us)
        self._next_stream += len(plan.streams)
        self._next_form += len(plan.forms)
        self._forms.update(plan.forms)
        self._people.update(plan.people)
        heads = self._heads
        if len(heads) + len(plan.heads) > self._settings.heads_max // 2:
            for stream in plan.heads:
                heads.pop(stream, None)  # goes to the end, so that the front is what was not used for longest
        heads.update(plan.heads)
        self._lag += plan.count
        self._not_indexed.update(plan.heads)
        if plan.indexes:
            self.index_written(plan.last_seq)
        self._trim()

    def index_written(self, last_seq: int) -> None:
        """`write_index` was committed."""
        self.indexed_seq = last_seq
        self._not_indexed.clear()
        self._lag = 0

    def _trim(self) -> None:
        surplus = len(self._heads) - self._settings.heads_max
        if surplus > 0:
            # A head whose events are not in places cannot be looked up again, so it stays.
            oldest = itertools.islice(self._heads, surplus)
            for name in [name for name in oldest if name not in self._not_indexed]:
                del self._heads[name]
        while len(self._people) > self._settings.people_max:
            del self._people[next(iter(self._people))]

    # ------------------------------------------------------------------ what a plan needs to know

    def _load_heads(self, requests: Iterable[Request]) -> None:
        known = self._heads
        names = {event[0] for request in requests for event in request.events}
        names.update([stream for request in requests if request.expected for stream in request.expected])
        missing = [name for name in names if name not in known]
        if missing:
            self.load_heads(missing)

    def load_heads(self, names: Iterable[str]) -> dict[str, Head]:
        """Bring the heads of existing streams into memory and return those found."""
        wanted = set(names)
        absent = [name for name in wanted if name not in self._heads]
        if absent:
            rows = self.connection.execute(_HEADS_BY_NAME, (msgspec.json.encode(absent).decode(),)).fetchall()
            for name, *head in rows:
                self._heads[name] = tuple(head)
        return {name: self._heads[name] for name in wanted if name in self._heads}

    def assume_head(self, name: str, version: int, seq: int, hashed: bytes) -> None:
        """Go on from a head whose event is not there (any more): repair names what is missing.

        Raises:
            sqlite3.Error: the stream had to be made and could not.
        """
        row = self.connection.execute("SELECT id FROM streams WHERE name = ?", (name,)).fetchone()
        if row is None:
            row = (self._next_stream,)
            self.connection.execute("INSERT INTO streams VALUES (?, ?)", (*row, name))
            self._next_stream += 1
        self._heads[name] = (row[0], version, seq, hashed)

    def _claims_taken(self, requests: Iterable[Request]) -> dict[str, int]:
        wanted = [claim for request in requests if request.claims for claim in request.claims]
        if not wanted:
            return {}
        sql = "SELECT claim, seq FROM claims WHERE claim IN (SELECT value FROM json_each(?))"
        return dict(self.connection.execute(sql, (msgspec.json.encode(wanted).decode(),)).fetchall())

    def _new_stream(self, name: str, plan: Plan) -> Head:
        stream_id = self._next_stream + len(plan.streams)
        plan.streams.append((stream_id, name))
        return (stream_id, 0, 0, ZERO)

    def _new_form(self, entry: tuple[str, int], plan: Plan) -> Form:
        if entry not in plan.forms:
            kind, schema = entry
            plan.forms[entry] = self._next_form + len(plan.forms), form_text(schema, kind, self.origin)
        return plan.forms[entry]

    def _sealed(self, data: bytes, found: tuple[Secret, ...], stream: str, version: int, plan: Plan) -> bytes:
        return put_sealed(data, found, stream, version, self.keys, lambda person: self._person_key(person, plan))

    def _person_key(self, person: str, plan: Plan) -> bytes:
        key = self._people.get(person) or plan.people.get(person)
        if key is None:
            row = self.connection.execute("SELECT sealed FROM people WHERE person = ?", (person,)).fetchone()
            if row is None:
                key = plan.people[person] = secrets.token_bytes(SEALING_SIZE)
            else:
                key = self._people[person] = open_person_key(row[0], person, self.keys)
        return key

    def forget_person(self, person: str) -> None:
        """The person's key was deleted on disk."""
        self._people.pop(person, None)

    # ------------------------------------------------------------------ the WAL

    def checkpoint_wal(self, mode: str = "PASSIVE") -> int:
        """Carry the WAL into the database; returns the pages left in it.

        Raises:
            sqlite3.Error: the disk refused, or somebody else holds the file (for TRUNCATE).
        """
        busy, pages, done = self.connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        if busy and mode != "PASSIVE":
            raise sqlite3.OperationalError("another connection holds the database, its WAL cannot be carried over")
        return max(0, int(pages) - int(done))
