from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import ClaimTaken, VersionMoved
from lineside.runtime.journal import Append, JournalSettings, sqlite3_connect
from lineside.runtime.journal.append import Request, request_from_append
from lineside.runtime.journal.chain import ZERO, event_hash
from lineside.runtime.journal.era import seq_floor
from lineside.runtime.journal.plan import Plan
from lineside.runtime.journal.seal import EventEncoder
from lineside.runtime.journal.store import Store
from lineside.runtime.step import Personal, Secret
from tests.runtime.journal.scene import CATALOGUE, KEYS, NOW, Noted, Whispered, change, one

ENCODER = EventEncoder()


@contextmanager
def store_at(path: Path, **settings: Any) -> Iterator[Store]:
    store = Store(path, KEYS, JournalSettings(**settings), sqlite3_connect, "origin")
    store.open()
    yield store
    store.close()


def planned(store: Store, *appends: Append) -> Plan:
    requests = []
    for number, append in enumerate(appends):
        asker: Any = number
        requests.append(request_from_append(append, asker, CATALOGUE, ENCODER, JournalSettings()))
    return store.plan(requests)


def commit(store: Store, *appends: Append) -> Plan:
    store.begin()
    plan = planned(store, *appends)
    store.write(plan)
    store.commit()
    store.merge(plan)
    return plan


def test_a_plan_changes_nothing_until_it_is_merged(folder: Path) -> None:
    with store_at(folder / "j.db") as store:
        for _ in range(2):
            store.begin()
            plan = planned(store, one("a", Whispered(Secret("x"), {"p": Personal("y", "p")}), claims=("c",)))
            store.write(plan)
            store.rollback()
        assert plan.last_seq == 1
        assert plan.done[0][1].first_seq == 1
        assert commit(store, one("a", claims=("c",), expected={"a": 0})).refused == []


def test_each_event_hangs_on_the_one_before_it(folder: Path) -> None:
    with store_at(folder / "j.db") as store:
        commit(store, one("a", 1), one("b", 2), Append((("a", Noted(3)), ("a", Noted(4))), NOW))
        rows = store.connection.execute(
            """SELECT e.seq, e.version, e.at, f.schema, f.kind, f.origin, s.name, e.data, e.hash
            FROM events e JOIN streams s ON s.id = e.stream JOIN forms f ON f.id = e.form ORDER BY e.seq"""
        ).fetchall()
        last: dict[str, bytes] = {}
        for *fields, hashed in rows:
            stream = fields[6]
            assert event_hash(last.get(stream, ZERO), *fields) == hashed
            last[stream] = hashed
        assert [(row[0], row[6], row[1]) for row in rows] == [(1, "a", 1), (2, "b", 1), (3, "a", 2), (4, "a", 3)]


def test_the_earlier_of_two_in_one_batch_wins(folder: Path) -> None:
    with store_at(folder / "j.db") as store:
        plan = commit(
            store,
            one("a", 1, expected={"a": 0}, claims=("c",)),
            one("a", 2, expected={"a": 0}),
            one("b", 3, claims=("d", "c")),
            one("b", 4, expected={"a": 1, "b": 0}, claims=("d",)),
        )
        assert [asker for asker, _ in plan.done] == [0, 3]
        assert len(plan.refused) == 2
        (first, moved), (second, taken) = plan.refused
        assert (first, second) == (1, 2)
        assert isinstance(moved, VersionMoved)
        assert isinstance(taken, ClaimTaken)
        assert (taken.claim, taken.seq) == ("c", 1)
        assert plan.done[1][1].versions == {"b": 1}


@pytest.mark.parametrize("guard", ["expected", "claims"])
def test_a_build_that_skips_a_guard_is_caught(folder: Path, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """The broken builds: `expected`, or claims, are not looked at. The test above must fail with each."""
    real = Store.plan

    def plan(self: Store, requests: list[Request]) -> Plan:
        for request in requests:
            setattr(request, guard, {} if guard == "expected" else ())
        return real(self, requests)

    monkeypatch.setattr(Store, "plan", plan)
    with pytest.raises(AssertionError):
        test_the_earlier_of_two_in_one_batch_wins(folder)


def test_heads_are_found_again_after_a_restart_indexed_or_not(folder: Path) -> None:
    for lag in (1, 3, 1000):
        path = folder / f"{lag}.db"
        with store_at(path, index_lag_events_max=lag) as store:
            for number in range(10):
                commit(store, one(f"s{number % 4}", number))
            last = store.newest
        with store_at(path, index_lag_events_max=lag) as store:
            assert store.newest == last
            plan = commit(store, *(one(f"s{n}", 0, expected={f"s{n}": 3 if n < 2 else 2}) for n in range(4)))
            assert plan.refused == []
            assert plan.last_seq == 14


def test_memory_holds_few_heads_and_never_forgets_one_that_is_not_indexed(folder: Path) -> None:
    with store_at(folder / "j.db", heads_max=5, index_lag_events_max=20) as store:
        for number in range(100):
            commit(store, one(f"s{number}", number))
            assert len(store._heads) <= 5 + 20
        plan = commit(store, *(one(f"s{n}", n, expected={f"s{n}": 1}) for n in range(100)))
        assert plan.refused == []


def test_person_keys_are_kept_in_bounds_and_found_again(folder: Path) -> None:
    with store_at(folder / "j.db", people_max=3) as store:
        for number in range(10):
            commit(store, one("a", Whispered(Secret("x"), {"p": Personal("y", f"p/{number}")})))
            assert len(store._people) <= 3
        commit(store, one("a", Whispered(Secret("x"), {"p": Personal("y", "p/0")})))
        assert store.connection.execute("SELECT count(*) FROM people").fetchone() == (10,)


def test_a_person_whose_key_does_not_open_refuses_that_append_alone(folder: Path) -> None:
    path = folder / "j.db"
    personal = one("a", Whispered(Secret("x"), {"p": Personal("y", "p/1")}))
    with store_at(path) as store:
        commit(store, personal)
    change(path, "UPDATE people SET sealed = replace(sealed, ?, '00000000')", (KEYS.sealing_id,))
    with store_at(path) as store:
        plan = commit(store, personal, one("a", 5))
        assert len(plan.refused) == len(plan.done) == 1
        assert "key 00000000 is not here" in str(plan.refused[0][1])


def test_a_later_era_gives_numbers_above_its_floor(folder: Path) -> None:
    path = folder / "j.db"
    with store_at(path) as store:
        commit(store, one("a", 1))
    change(path, "UPDATE meta SET value = 3 WHERE key = 'era'")
    with store_at(path) as store:
        assert commit(store, one("a", 2)).last_seq == seq_floor(3) + 1
        assert commit(store, one("a", 3)).last_seq == seq_floor(3) + 2


def test_a_head_can_be_assumed_for_a_stream_that_is_there_and_for_one_that_is_not(folder: Path) -> None:
    with store_at(folder / "j.db") as store:
        commit(store, one("a", 1))
        store.assume_head("a", 7, 1, b"h" * 32)
        store.assume_head("new", 4, 0, b"g" * 32)
        assert commit(store, one("a", 2), one("new", 3)).done[1][1].versions == {"new": 5}


def test_notices_are_made_only_when_somebody_wants_them(folder: Path) -> None:
    with store_at(folder / "j.db") as store:
        assert commit(store, one("a", 1)).notices == []
        store.wants_notices = True
        assert commit(store, one("a", 1)).notices == [(2, "a", 2, 1_772_600_767_890_123, "Noted")]
