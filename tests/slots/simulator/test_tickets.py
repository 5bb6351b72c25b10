"""Ticket-in: each end that a ticket can have."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import Refused
from tests.slots.simulator.bench import Bench

NUMBER = "01" + "1234567890123456"
REDEEMS = "01 7B 08 20 00 20 00 00 00 00 00"


def inserted(cents: int = 0) -> Bench:
    bench = Bench(denomination=0x02)  # 5 cents
    bench.ask(REDEEMS)
    bench.machine.tickets.insert(NUMBER, cents)
    assert bench.drain() == [0x67]
    return bench


def order(bench: Bench, code: int, cents: int, number: str = NUMBER) -> int:
    """LP 71; the status at last."""
    body = bytes((code,)) + bytes.fromhex(f"{cents:010d}") + b"\x00" + bytes.fromhex(number)
    bench.ask(f"01 71 {len(body):02X} {body.hex()}")
    bench.wait(2)
    assert bench.drain() == [0x68]
    status = bench.body("01 71 01 FF")[1]
    assert bench.body("01 71 01 FF")[1] == 0xFF
    return status


@pytest.mark.parametrize(
    ("code", "cents", "number", "status"),
    [
        (0x00, 2500, NUMBER, 0x00),
        (0x01, 2500, NUMBER, 0x01),
        (0x02, 2500, NUMBER, 0x02),
        (0x80, 0, NUMBER, 0x80),
        (0x88, 0, NUMBER, 0x80),
        (0x00, 2500, "02" + NUMBER[2:], 0x81),
        (0x33, 2500, NUMBER, 0x82),
        (0x00, 0, NUMBER, 0x83),
        (0x00, 99_999_995, NUMBER, 0x84),
        (0x00, 2501, NUMBER, 0x85),
    ],
)
def test_order_ends_in_its_status(code: int, cents: int, number: str, status: int) -> None:
    bench = inserted()
    assert order(bench, code, cents, number) == status
    assert bench.state.credits == (500 if status < 0x80 else 0)


def test_amount_that_the_machine_read_itself_must_agree() -> None:
    bench = inserted(1000)
    assert int(bench.body("01 70")[2:7].hex()) == 1000
    assert order(bench, 0x00, 2500) == 0x86


def test_redeemed_tickets_are_counted_by_their_kind() -> None:
    for code, meters in ((0, (0x80, 0x29, 0x0D)), (1, (0x82, 0x2A, 0x0F)), (2, (0x84, 0x2B, 0x0D))):
        bench = inserted()
        order(bench, code, 2500)
        assert [bench.meter(meter) for meter in meters] == [2500, 500, 2500]
        assert bench.meter(0x24) == 500
        assert bench.body(f"01 50 8{code}")[1:5].hex() == "00000001"


def test_ticket_is_given_back_when_nobody_answers_or_the_link_breaks() -> None:
    bench = inserted()
    bench.wait(31)
    assert bench.drain() == [0x68]
    assert bench.body("01 71 01 FF")[1] == 0x88
    bench = inserted()
    bench.wait(6, polls=False)
    assert bench.drain() == [0x68]
    assert bench.body("01 71 01 FF")[1] == 0x89


def test_machine_takes_no_ticket_where_it_cannot_redeem_it() -> None:
    bench = Bench()
    with pytest.raises(Refused, match="off"):
        bench.machine.tickets.insert(NUMBER)
    bench.ask(REDEEMS)
    with pytest.raises(Refused, match="18 digits"):
        bench.machine.tickets.insert("12")
    bench.machine.tickets.insert(NUMBER)
    with pytest.raises(Refused, match="in the acceptor"):
        bench.machine.tickets.insert(NUMBER)
    bench.machine.cabinet.tilt()
    with pytest.raises(Refused, match="tilt"):
        bench.machine.tickets.insert(NUMBER)


def test_order_without_a_ticket_is_the_wrong_state() -> None:
    bench = Bench()
    assert bench.body("01 71 10 00 00 00 00 25 00 00 01 12 34 56 78 90 12 34 56")[1] == 0xC0


def test_order_with_the_long_tail_is_understood() -> None:
    bench = inserted()
    bench.ask("01 71 16 01 00 00 00 25 00 00 01 12 34 56 78 90 12 34 56 00 00 00 30 00 30")
    bench.wait(2)
    assert bench.body("01 71 01 FF")[1] == 0x01
