from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from lineside.lockers.model.cells import EPOCH, Assignment, CellPhase, Phase, us_of
from lineside.runtime.step import Secret


def test_microseconds_are_exact_and_know_time_zones() -> None:
    assert us_of(EPOCH) == 0
    assert us_of(EPOCH + timedelta(days=20_000, microseconds=1)) == 20_000 * 86_400_000_000 + 1
    assert us_of(datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))) == 0


def test_code_without_an_end_by_our_clock_has_none() -> None:
    one = Assignment(cell=2, code=Secret("0042"), minutes=5, set_at=EPOCH)
    assert one.expires_us is None
    assert one.phase is Phase.PENDING


def test_code_is_not_told_when_it_is_printed() -> None:
    one = Assignment(cell=2, code=Secret("0042"), minutes=5, set_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert "0042" not in repr(one)


def test_each_phase_of_a_code_is_one_of_a_cell() -> None:
    assert {phase.value for phase in Phase} <= {phase.value for phase in CellPhase}
