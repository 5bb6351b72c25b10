from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.errors import JournalError
from lineside.runtime.journal import (
    Append,
    Carried,
    Carry,
    Cursor,
    Journal,
    KeepRules,
    Parked,
    Recorded,
    verify,
)
from lineside.runtime.journal.retention import KEPT_FOR_EVER, Pruner, Run
from lineside.runtime.step import Secret
from tests.runtime.journal.scene import KEYS, NOW, Faults, Noted, Won, change, error, one, opened, rows_of
from tests.support.power_cut import fast_folder

OLD = NOW - timedelta(days=100)
RULES = KeepRules(keep_days=90, kinds={"Won": None})


def carrier(journal: Journal, **more: Any) -> Any:
    """Carries, as a unit does, the version that the stream has now."""

    async def carry(stream: str) -> Carry:
        _, events = await journal.replay(stream)
        return Carry(events[-1].version, {"of": stream, **more})

    return carry


async def fill(journal: Journal, stream: str = "a") -> None:
    """Ten old events, the fourth of them for ever, and two young ones."""
    for number in range(10):
        event = Won(5) if number == 3 else Noted(number)
        await journal.append(one(stream, event, at=OLD, claims=(f"{stream}{number}",)))
    for number in (10, 11):
        await journal.append(one(stream, number, claims=(f"{stream}{number}",)))


def versions(events: list[Recorded]) -> list[int]:
    return [recorded.version for recorded in events]


async def test_old_events_give_way_to_a_carried_state(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        await fill(journal)
        await journal.append(one("b", 1))
        report = await journal.prune(NOW, RULES, carrier(journal, code=Secret("very secret")))
        assert (report.pruned_events, report.carried, report.left, report.held_by) == (9, ("a",), {}, "")
        assert versions(await journal.read("a")) == [4, 11, 12, 13]
        carried, events = await journal.replay("a")
        assert carried is not None
        assert (carried.version, carried.state) == (12, {"of": "a", "code": Secret("very secret")})
        assert [(gap.first, gap.last) for gap in carried.gaps] == [(1, 3), (5, 10)]
        assert versions(events) == [13]
        assert [await journal.claimed(f"a{n}") for n in (0, 3, 9, 10)] == [None, 4, None, 11]
        assert (await journal.append(one("a", 12, expected={"a": 13}))).versions == {"a": 14}
        assert versions((await journal.replay("a"))[1]) == [13, 14]
    report = verify(path, KEYS)
    assert report.ok, report.problems
    assert report.signed_seq == report.last_seq
    assert rows_of(path, "SELECT complete FROM checkpoints ORDER BY id")[0] == (1,)


async def test_pruning_again_has_nothing_to_do_and_later_the_old_carried_goes(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        await fill(journal)
        await journal.prune(NOW, RULES, carrier(journal))
        again = await journal.prune(NOW, RULES, carrier(journal))
        assert (again.pruned_events, again.carried) == (0, ())
        later = await journal.prune(NOW + timedelta(days=91), RULES, carrier(journal))
        assert later.pruned_events == 3  # the two young ones, and the first Carried
        assert versions(await journal.read("a")) == [4, 14]
        carried, _ = await journal.replay("a")
        assert carried is not None
        assert [(gap.first, gap.last) for gap in carried.gaps] == [(1, 3), (5, 13)]
    assert verify(path, KEYS).ok


async def test_nothing_goes_that_a_sink_has_not_done_or_has_parked(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        await fill(journal)
        await journal.move_cursor("gone", Cursor(7), parked=[Parked(2, "a", "no", 3, NOW)])
        await journal.move_cursor("here", Cursor(13))
        await journal.name_sinks(["here"])
        report = await journal.prune(NOW, RULES, carrier(journal))
        assert (report.held_by, report.held_seq) == ("gone", 7)
        assert versions(await journal.read("a")) == [2, 4, 7, 8, 9, 10, 11, 12, 13]
        await journal.forget_sink("gone")
        report = await journal.prune(NOW, RULES, carrier(journal))
        assert (report.held_by, report.pruned_events) == ("here", 5)
        assert versions(await journal.read("a")) == [4, 11, 12, 13, 14], "the first Carried is not done by the sink"
    assert verify(path, KEYS).ok


async def test_a_build_that_passes_the_cursor_is_caught(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken build: cursors are not asked. The test above must fail with it."""

    async def nothing(self: Pruner) -> None:
        return None

    monkeypatch.setattr(Pruner, "_learn_sinks", nothing)
    with pytest.raises(AssertionError):
        await test_nothing_goes_that_a_sink_has_not_done_or_has_parked(folder)


async def test_a_stream_without_a_state_is_left_alone(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        await fill(journal, "a")
        await fill(journal, "b")

        async def carry(stream: str) -> Carry | None:
            return Carry(12, {}) if stream == "b" else None

        report = await journal.prune(NOW, RULES, carry)
        assert report.left == {"a": "its state is not to be had now"}
        assert report.carried == ("b",)
        assert len(await journal.read("a")) == 12


async def test_a_stream_that_moves_on_is_carried_anew_or_left(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        await fill(journal)
        moves = 1

        async def carry(stream: str) -> Carry:
            nonlocal moves
            version = versions(await journal.read("a"))[-1]
            if moves:
                moves -= 1
                await journal.append(one("a", 99))
            return Carry(version, {"at": version})

        report = await journal.prune(NOW, RULES, carry)
        assert report.carried == ("a",)
        carried, _ = await journal.replay("a")
        assert carried is not None
        assert carried.version == 13
        moves = 9
        report = await journal.prune(NOW + timedelta(days=200), RULES, carry)
        assert report.left == {"a": "it changes too often"}


async def test_a_carried_state_older_than_what_is_old_prunes_nothing(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        await fill(journal)

        async def carry(stream: str) -> Carry:
            return Carry(0, {})

        report = await journal.prune(NOW, RULES, carry)
        assert report.left == {"a": "what is old is not in its carried state"}


async def test_a_pruning_that_is_cut_off_verifies_and_is_finished_by_the_next(folder: Path) -> None:
    path = folder / "j.db"
    faults = Faults()
    async with opened(path, faults, prune_events_max=2) as journal:
        await fill(journal)
        count = 0

        def fail(sql: str) -> None:
            nonlocal count
            count += sql.startswith("DELETE FROM events")
            if count == 3:
                count = 99
                raise error(10, "disk I/O error")

        faults.before = fail
        with pytest.raises(JournalError):
            await journal.prune(NOW, RULES, carrier(journal))
        faults.heal()
        left = versions(await journal.read("a"))
        assert 13 in left
        assert len(left) == 9
    assert verify(path, KEYS).ok
    async with opened(path) as journal:
        await journal.prune(NOW, RULES, carrier(journal))
        assert versions(await journal.read("a")) == [4, 11, 12, 14]
        assert (await journal.replay("a"))[0] is not None
    assert verify(path, KEYS).ok


async def test_a_disk_that_does_not_write_prunes_nothing(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "j.db", faults) as journal:
        await fill(journal)
        faults.fail("INSERT INTO checkpoints", error(13, "database or disk is full"))
        with pytest.raises(JournalError):
            await journal.prune(NOW, RULES, carrier(journal))
        assert len(await journal.read("a")) == 12


async def test_the_file_does_not_grow_for_ever(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        sizes = []
        for day in range(0, 400, 50):
            at = NOW + timedelta(days=day)
            await asyncio.gather(*(journal.append(one("a", Noted(n, "x" * 500), at=at)) for n in range(100)))
            await journal.prune(at, KeepRules(keep_days=60), carrier(journal))
            sizes.append(rows_of(path, "PRAGMA page_count")[0][0])
        assert sizes[-1] <= sizes[3] * 1.2
    assert verify(path, KEYS).ok


async def test_gaps_beyond_the_limit_wait_for_the_next_run(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path, carried_gaps_max=2) as journal:
        for number in range(12):
            await journal.append(one("a", Won(1) if number % 2 else Noted(number), at=OLD))
        for left in (4, 4):
            await journal.prune(NOW, RULES, carrier(journal))
            kinds = [r.kind for r in await journal.read("a")]
            assert kinds.count("Noted") == left
        assert verify(path, KEYS).ok


async def test_a_hole_that_nobody_named_is_not_covered_up(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        await fill(journal)
    for table in ("events", "places"):
        change(path, f"DELETE FROM {table} WHERE version = 6")
    async with opened(path) as journal:

        async def carry(stream: str) -> Carry:
            return Carry(12, {})

        await journal.prune(NOW, RULES, carry)
    (problem,) = verify(path, KEYS).problems
    assert (problem.kind, problem.version) == ("hole", 11)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 300), st.booleans()), max_size=25), st.integers(1, 4))
def test_any_history_pruned_any_number_of_times_verifies(plan: list[tuple[int, int, bool]], rounds: int) -> None:
    folder = Path(tempfile.mkdtemp(dir=fast_folder()))

    async def run() -> None:
        async with opened(folder / "j.db", prune_events_max=3) as journal:
            for round_ in range(rounds):
                now = NOW + timedelta(days=100 * round_)
                for stream, age, is_money in plan:
                    event = Won(age) if is_money else Noted(age)
                    await journal.append(one(f"s/{stream}", event, at=now - timedelta(days=age)))
                await journal.prune(now, RULES, carrier(journal))
                for head in await journal.streams("s/"):
                    carried, events = await journal.replay(head.stream)
                    first = carried.version + 1 if carried else 1
                    assert versions(events) == list(range(first, head.version + 1))
            kept = [r for r in await journal.events() if r.kind == "Won"]
            assert len(kept) == rounds * sum(is_money for _, _, is_money in plan)
            old = [r for r in await journal.events(kind="Noted") if r.at < now - timedelta(days=90)]
            assert not old or not plan
        report = verify(folder / "j.db", KEYS)
        assert report.ok, report.problems

    try:
        asyncio.run(run())
    finally:
        shutil.rmtree(folder)


def test_rules_are_by_kind_and_the_journals_own_kinds_stay() -> None:
    rules = KeepRules(keep_days=10, kinds={"Won": None, "Noted": 1})
    assert rules.cutoff_us("Won", NOW) is None
    for kind in KEPT_FOR_EVER:
        assert rules.cutoff_us(kind, NOW) is None
    day = 86_400_000_000
    assert rules.cutoff_us("Noted", NOW) == rules.cutoff_us("Other", NOW) + 9 * day  # type: ignore[operator]
    assert {"HistoryLost", "EraOpened", "PersonErased"} == KEPT_FOR_EVER


def test_a_run_grows_at_its_end() -> None:
    run = Run(3)
    assert run.end is None
    run.grow(5, "ab", 9)
    assert run.end is not None
    assert (run.end.first, run.end.last, run.end.last_hash) == (3, 5, "ab")


async def test_an_append_over_several_streams_prunes_each_with_its_own(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        await journal.append(Append((("a", Noted(1)), ("b", Noted(2))), OLD, claims=("c",)))
        await journal.prune(NOW, RULES, carrier(journal))
        assert [r.kind for r in await journal.events()] == [Carried.__name__] * 2
        assert await journal.claimed("c") is None
    assert verify(path, KEYS).ok
