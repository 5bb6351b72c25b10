"""Each builder makes the golden frame of its poll."""

from __future__ import annotations

import datetime

import pytest

from lineside.errors import Malformed
from lineside.runtime.step import Secret
from lineside.slots.wire import (
    AftRequest,
    Control,
    DelayForm,
    LongPoll,
    WireProfile,
    build,
    encode,
)
from tests.slots.wire.frames import FROM_HOST

MOMENT = datetime.datetime(2025, 11, 27, 19, 21, 16, 999_999, tzinfo=datetime.UTC)
NO_KEY = Secret("00" * 20)
BODY = AftRequest(0, 1500, 0, 0, 0, 1, NO_KEY, "TX000001", "00000000", "0000", "")

CASES: dict[str, LongPoll] = {
    "shutdown (lock out play), addr 1": build.tell(1, Control.LOCK_OUT),
    "02 startup (answer: single byte 01)": build.tell(1, Control.ENABLE_PLAY),
    "enable bill acceptor": build.tell(1, Control.BILLS_ON),
    "enable RTE": build.enable_rte(1),
    "0E disable RTE": build.disable_rte(1),
    "disable game 2 (type M)": build.switch_game(1, 2, on=False),
    "enable $1,$5,$10,$20,$50,$100 bills, keep acceptor on": build.configure_bills(1, [1, 5, 10, 20, 50, 100]),
    "ROM signature request, seed 0x0000": build.seed_rom_signature(1, 0),
    "2E no delay": build.delay_games(1, 0),
    "7F set 2025-11-27 19:21:16": build.set_clock(1, MOMENT),
    "7F broadcast of the same time (address 0)": build.set_clock(0, MOMENT),
    "2F: game 0000, meters 00 01 04 24": build.read_meters(1, [0, 1, 4, 0x24]),
    "6F: game 0000, meters 0000 0001 00A0": build.read_meters(1, [0, 1, 0xA0], command=0x6F),
    "AF request: meter 000C": build.read_meters(1, [0x0C], command=0xAF),
    "A0 request, game 0": build.read_features(1),
    "53 request game 1": build.read_game_info(1, 1),
    "B5 request game 0": build.read_game(1, 0xB5),
    "94 remote handpay reset": build.reset_handpay(1),
    "A8 select reset-to-credit-meter": build.set_handpay_mode(1, to_credit_meter=True),
    "8A legacy bonus 1 234 credits, deductible": build.legacy_bonus(1, 1234),
    "4D: read current record": build.read_validation_record(1),
    "50: validation meters type 00": build.read_validation_meters(1, 0),
    "7B: interrogate only (mask 0)": build.read_validation_state(1),
    "71: ask final status": build.read_ticket_status(1),
    "72 interrogate": build.read_transfer(1),
    "72: history record 5": build.read_transfer(1, 5),
    "72 cancel": build.cancel_transfer(1),
    '72: in-house 15.00 cashable to EGM, asset 1, id "TX000001", no receipt': build.transfer(1, BODY),
    "73 read registration": build.read_registration(1),
    "73: initialise registration, asset 1, zero key, zero POS": build.register(1, 0, 1, NO_KEY, 0),
    "74 status only": build.read_aft_state(1),
    "74: request lock, to+from EGM, 5.00 s": build.lock(1, 3, 5.0),
    "74: cancel lock": build.cancel_lock(1),
}


@pytest.mark.parametrize("what", CASES)
def test_builder_makes_the_golden_frame(what: str) -> None:
    golden = next(one for one in FROM_HOST if one.what == what)
    assert b"".join(encode(CASES[what])) == golden.frame


def test_builders_without_a_golden_frame() -> None:
    for poll, sent in (
        (build.read(1, 0x1A), "01 1a"),
        (build.read_machine_info(1), "01 1f"),
        (build.read_handpay(1), "01 1b"),
        (build.switch_rebet(1, on=True), "01 aa 01"),
        (build.read_validation_id(1), "01 4c 00 00 00 00 00 00"),
        (build.switch_game(1, 2, on=True, profile=WireProfile(game_on=0)), "01 09 00 02 00"),
        (build.delay_games(1, 12, WireProfile(delay_form=DelayForm.DECIMAL_DIGITS)), "01 2e 00 12"),
        (build.transfer(1, BODY, may_be_partial=True), "01 72 3b 01 00 00"),
    ):
        assert b"".join(encode(poll)).hex(" ").startswith(sent)


@pytest.mark.parametrize(
    ("codes", "command", "text"),
    [
        ([], 0x2F, "for 0 meters, wanted 2f, 6f or af for 1 to 10"),
        (list(range(11)), 0x2F, "1 to 10"),
        (list(range(13)), 0xAF, "1 to 12"),
        ([0], 0x19, "command 19"),
        ([0x100], 0x2F, "wanted 0 to 255"),
    ],
)
def test_meters_that_one_poll_cannot_ask_are_refused(codes: list[int], command: int, text: str) -> None:
    with pytest.raises(Malformed, match=text):
        build.read_meters(1, codes, command=command)


def test_bills_that_nobody_prints_are_refused() -> None:
    with pytest.raises(Malformed, match="bill of 3, wanted one of 1, 2, 5"):
        build.configure_bills(1, [3])
