"""Deliberately broken builds: each guard of the codes is taken away, and the check that should notice does.

Each case is a patch of the product and a short run with its check; the check holds with the product as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from lineside.lockers.model import admission, board_orders, clones, code_list, code_orders, memory, messages, report
from lineside.lockers.model.cells import Phase
from lineside.lockers.model.turns import Turn
from lineside.runtime.step import Secret
from tests.lockers.model.story import GRID, Story

Patch = Callable[[pytest.MonkeyPatch], None]


def check_unknown_is_no_empty_list() -> None:
    story = Story(unknown=None)
    assert story.says(1, engaged=[2, 5]) is None


def check_old_era_is_no_empty_list() -> None:
    story = Story()
    story.says(1)
    story.outer["era"] = 1
    assert story.restarted().says(2, engaged=[2]) is None


def check_renamed_gateway_is_no_empty_list() -> None:
    assert Story(unknown=None, known_elsewhere="hall").says(1) is None


def check_no_confirmation_by_the_same_request() -> None:
    story = Story()
    story.says(1, engaged=[2])
    command = story.asks("set_code", cell=2, minutes=5)
    story.says(2, engaged=[2])
    assert command not in story.ended


def check_no_revocation_confirmed_by_the_same_request() -> None:
    story = Story()
    story.says(1, engaged=[2])
    command = story.asks("revoke_code", cell=2)
    story.says(2, engaged=[])
    assert command not in story.ended


def check_timed_out_code_is_not_revived() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=50)
    story.says(1, engaged=[])
    story.says(2, engaged=[2])
    assert story.codes(3, engaged=[], timed_out=[2]) == []
    assert story.codes(4, engaged=[], timed_out=[2]) == []


def check_expired_code_is_not_revived() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=1)
    story.says(1, engaged=[])
    story.clock.advance(61.0)
    assert story.codes(2, engaged=[2]) == []


def check_used_code_is_not_revived() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=50, once=True)
    story.says(1, engaged=[])
    assert story.codes(2, engaged=[2], accessed=[2]) == []


def check_late_packet_changes_nothing() -> None:
    story = Story()
    story.says(101, engaged=[2])
    story.says(100, engaged=[], accessed=[5])
    assert story.board.carry().engaged == (2,)
    assert story.board.carry().send == "101"


def check_late_packet_proves_nothing() -> None:
    story = Story()
    story.says(101, engaged=[2])
    command = story.asks("revoke_code", cell=2)
    story.says(102, engaged=[2])
    story.says(101, engaged=[])
    assert command not in story.ended


def check_duplicate_opens_nothing_twice() -> None:
    story = Story()
    story.says(1, accessed=[5])
    count = len(story.recorded)
    story.says(1, accessed=[5])
    assert len(story.recorded) == count


def check_reboot_is_not_ordered_for_ever() -> None:
    story = Story()
    story.says(1)
    story.asks("reboot")
    resets = [getattr(story.says(send), "reset", None) for send in range(2, 30)]
    assert sum(map(bool, resets)) == 5


def check_list_is_never_the_one_of_before() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=5, code="1111")
    story.says(1, engaged=[])
    story.says(2, engaged=[2])
    story.says(3, engaged=[2])
    story.asks("set_code", cell=2, minutes=5, code="2222")
    assert story.codes(4, engaged=[2]) == [(2, "2222", 5)]


def check_codes_keep_their_cells_when_the_layout_changes() -> None:
    story = Story()
    story.says(1, **GRID)
    story.asks("set_code", cell=9, minutes=5, code="1111")
    for send in (2, 3):
        assert story.codes(send, columns=5, rows=6) == [(9, "1111", 5)]


def check_drawn_codes_differ() -> None:
    story = Story(draws=[7] * 100)
    for cell in (1, 2):
        story.asks("set_code", cell=cell, minutes=5)
    assert len({code for _, code, _ in story.codes(1)}) == 2


def check_last_cell_may_have_a_code() -> None:
    story = Story()
    story.says(1, **GRID)
    story.asks("set_code", cell=64, minutes=5, code="1111")
    assert story.codes(2) == [(64, "1111", 5)]


def check_lasting_state_changes_by_events_alone() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=5)
    story.says(1, engaged=[])
    story.writable = False
    before = msgspec.json.encode(story.board.carry(), enc_hook=str)
    story.says(2, engaged=[2])
    assert msgspec.json.encode(story.board.carry(), enc_hook=str) == before


def check_clone_is_told() -> None:
    story = Story()
    story.says(100, "10.0.0.1", connection=1)
    story.says(100, "10.0.0.2", connection=1)
    assert "possible_clone" in story.status.alarms


def _answers_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(admission.Admission, "why_pending", lambda self, request=None: "")


def _confirms_at_once(patch: pytest.MonkeyPatch) -> None:
    """What is pending counts as sent before the message that it is sent with."""
    made = report.Reading.read

    def read(self: Any, *, is_news: bool) -> None:
        known = self._known
        for cell, one in known.assignments.items():
            if one.phase is Phase.PENDING:
                known.assignments[cell] = msgspec.structs.replace(one, phase=Phase.SENT)
        for cell, gone in known.revocations.items():
            known.revocations[cell] = msgspec.structs.replace(gone, sent="0")
        made(self, is_news=is_news)

    patch.setattr(report.Reading, "read", read)


def _forgets_time_outs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(report.Reading, "_is_over", lambda self, one, *, is_out: False)


def _expires_later(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(messages.Messages, "expire", lambda self, draft, us: None)


def _forgets_who_is_gone(patch: pytest.MonkeyPatch) -> None:
    made = code_list.CodeList.codes
    patch.setattr(
        code_list.CodeList, "codes", lambda self, codes, us, gone, version: made(self, codes, us, (), version)
    )


def _goes_by_arrival(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(messages, "turn_of", lambda number, *, before, **_: Turn.NEXT if before.number else Turn.FIRST)


def _orders_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(board_orders.BoardOrders, "is_reboot_due", property(lambda self: True))


def _keeps_its_list(patch: pytest.MonkeyPatch) -> None:
    made = code_list.CodeList.codes
    patch.setattr(
        code_list.CodeList, "codes", lambda self, codes, us, gone, version: made(self, codes, us, gone, "the only one")
    )


def _moves_codes(patch: pytest.MonkeyPatch) -> None:
    made = memory.Memory._lay_out

    def lay_out(self: Any) -> None:
        before = self.grid
        made(self)
        if before is not None and self.grid is not None:
            moved = {cell + self.grid.columns - before.columns: one for cell, one in self.lasting.assignments.items()}
            self.lasting.assignments = {cell: msgspec.structs.replace(one, cell=cell) for cell, one in moved.items()}
            self.codes_version = object()

    patch.setattr(memory.Memory, "_lay_out", lay_out)


def _draws_once(patch: pytest.MonkeyPatch) -> None:
    def drawn(self: Any, cell: int) -> Any:
        return Secret(f"{self._draw(10_000):04d}")

    patch.setattr(code_orders.CodeOrders, "_drawn", drawn)


def _counts_from_zero(patch: pytest.MonkeyPatch) -> None:
    def check(self: Any, cell: int) -> None:
        if not 0 <= cell < self._memory.grid.cells:
            raise code_orders.Refused("no such cell")

    patch.setattr(code_orders.CodeOrders, "_check_cell", check)


def _writes_early(patch: pytest.MonkeyPatch) -> None:
    made = messages.Messages.decide

    def decide(self: Any, said: Any, now: Any) -> Any:
        step = made(self, said, now)
        self._memory.lasting.send = said.request.send
        return step

    patch.setattr(messages.Messages, "decide", decide)


def _trusts_every_address(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(clones.CloneWatch, "suspicion", lambda self, *rest, is_same: ("", ""))


CASES: dict[str, tuple[Patch, Callable[[], None]]] = {
    "an empty list when the board is unknown": (_answers_everybody, check_unknown_is_no_empty_list),
    "an empty list from a restored journal": (_answers_everybody, check_old_era_is_no_empty_list),
    "an empty list from a renamed gateway": (_answers_everybody, check_renamed_gateway_is_no_empty_list),
    "a code confirmed by the same request": (_confirms_at_once, check_no_confirmation_by_the_same_request),
    "a revocation confirmed by the same request": (
        _confirms_at_once,
        check_no_revocation_confirmed_by_the_same_request,
    ),
    "a code revived that timed out": (_forgets_time_outs, check_timed_out_code_is_not_revived),
    "a code sent whose time is over": (_expires_later, check_expired_code_is_not_revived),
    "a code sent that was used": (_forgets_who_is_gone, check_used_code_is_not_revived),
    "a late packet applied": (_goes_by_arrival, check_late_packet_changes_nothing),
    "a late packet taken as proof": (_goes_by_arrival, check_late_packet_proves_nothing),
    "a message applied twice": (_goes_by_arrival, check_duplicate_opens_nothing_twice),
    "a reboot for ever": (_orders_for_ever, check_reboot_is_not_ordered_for_ever),
    "a list that was kept": (_keeps_its_list, check_list_is_never_the_one_of_before),
    "codes that move with the layout": (_moves_codes, check_codes_keep_their_cells_when_the_layout_changes),
    "drawn codes that collide": (_draws_once, check_drawn_codes_differ),
    "cells counted from zero": (_counts_from_zero, check_last_cell_may_have_a_code),
    "state without a record": (_writes_early, check_lasting_state_changes_by_events_alone),
    "a clone that nobody is told of": (_trusts_every_address, check_clone_is_told),
}


@pytest.mark.parametrize("name", CASES)
def test_check_holds_as_the_product_is(name: str) -> None:
    CASES[name][1]()


@pytest.mark.parametrize("name", CASES)
def test_broken_build_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks, check = CASES[name]
    breaks(monkeypatch)
    with pytest.raises(AssertionError):
        check()
