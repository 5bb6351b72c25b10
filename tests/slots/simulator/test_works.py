"""What the parts share: time, denomination, and why nothing can be done."""

from __future__ import annotations

from tests.slots.simulator.bench import BEGAN, Bench


def test_clock_of_the_machine_is_its_own() -> None:
    bench = Bench()
    works = bench.machine.works
    works.now = bench.now
    assert works.clock == works.utc.replace(tzinfo=None)
    bench.state.clock_ahead_s = 3600
    assert (works.clock - works.utc.replace(tzinfo=None)).total_seconds() == 3600
    assert not works.is_over(None)
    assert works.is_over(BEGAN)
    assert not works.is_over(works.after(1))


def test_trouble_names_the_first_reason() -> None:
    bench = Bench()
    works = bench.machine.works
    assert works.trouble() == ""
    bench.machine.handpays.begin(5)
    assert works.trouble() == "handpay"
    bench.machine.cabinet.enter_menu("operator")
    assert works.trouble() == "operator menu"
    bench.machine.cabinet.tilt(0x41)
    assert works.trouble() == "tilt 41"
    bench.machine.cabinet.open_door("drop")
    assert works.trouble() == "drop door open"


def test_credit_is_worth_its_denomination() -> None:
    assert Bench(denomination=0x04).machine.works.cents == 25
