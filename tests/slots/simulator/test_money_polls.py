"""Which polls about money a machine knows, and that nothing is marked before it was acknowledged."""

from __future__ import annotations

import pytest

from tests.slots.simulator.aft_orders import order
from tests.slots.simulator.bench import Bench

VALIDATION = ("01 4C 00 00 00 00 00 00", "01 4D 00", "01 50 00", "01 57", "01 70", "01 71 01 FF")
AFT = ("01 72 02 FF 00", "01 73 01 FF", "01 74 FF 00 00 00", "01 75 02 00 00", "01 76 02 00 00")


@pytest.mark.parametrize("poll", VALIDATION)
def test_polls_of_validation_need_it(poll: str) -> None:
    assert Bench().ask(poll) != b""
    assert Bench(validation="none").ask(poll) == b""


@pytest.mark.parametrize("poll", AFT)
def test_polls_of_aft_need_it(poll: str) -> None:
    assert Bench().ask(poll) != b""
    assert Bench(aft=False).ask(poll) == b""


def test_end_of_a_transfer_is_told_when_it_was_acknowledged_and_not_before() -> None:
    bench = Bench()
    bench.ask(order())
    bench.wait(1)
    bench.send(bench.frame("01 72 02 FF 00"))
    assert bench.state.transfer is not None
    assert not bench.state.transfer.is_told
    bench.send(b"\x80")
    assert bench.state.transfer.is_told


def test_end_of_a_ticket_stays_until_its_answer_was_acknowledged() -> None:
    bench = Bench()
    bench.ask("01 7B 08 20 00 20 00 00 00 00 00")
    bench.machine.tickets.insert("011234567890123456")
    bench.ask("01 71 10 80" + " 00" * 6 + " 01 12 34 56 78 90 12 34 56")
    first = bench.send(bench.frame("01 71 01 FF"))
    assert bench.send(bench.frame("01 71 01 FF")) == first
    bench.send(b"\x80")
    assert bench.state.escrow is None


def test_standard_record_and_bill_are_zeros_without_one() -> None:
    bench = Bench()
    assert bench.body("01 3D") == bytes(9)
    assert bench.body("01 48") == bytes(6)
    assert bench.ask("01 4D 55") == b"\x81"
