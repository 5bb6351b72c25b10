"""Codes for cells: given and taken by people. What becomes of them on the board is in `report`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from lineside.lockers.model.cells import us_of
from lineside.lockers.model.code_list import MINUTE_US
from lineside.lockers.model.commands import CellParams, SetCodeParams, set_code_params
from lineside.lockers.model.draft import SUPERSEDED, Draft, refusal
from lineside.lockers.model.events import CodeRevoked, CodeSet
from lineside.lockers.model.memory import Memory
from lineside.lockers.model.settings import BoardSettings, MinutesMode
from lineside.lockers.model.steady import utc_of
from lineside.runtime.command import Command
from lineside.runtime.step import Secret, Step

MINUTES_MAX = 65_535
"""45 days; what two bytes hold. Decided in the sheet (§7): nobody knows what a board takes."""

DRAWS_MAX = 32
"""Codes that are drawn before the next free number is taken: with half of all codes in use, one in 4 billion tries."""


class Refused(Exception):
    """Parameters that cannot be done; the text is for people and never holds a code."""


class Term(NamedTuple):
    """How long a code holds: what a reply shows at first, and when it ends by our clock (µs since 1970)."""

    minutes: int
    expires_us: int | None


class CodeOrders:
    """Decides ``set_code`` and ``revoke_code``.

    Args:
        draw: gives a random number from 0 to below its argument.
    """

    def __init__(self, memory: Memory, settings: BoardSettings, draw: Callable[[int], int]) -> None:
        self._memory = memory
        self._settings = settings
        self._draw = draw

    # ------------------------------------------------------------------ set

    def set(self, command: Command, us: int, *, adrift: bool) -> Step:
        """Give a cell a code.

        Args:
            us: the time of codes.
            adrift: our clock is known to be wrong.
        """
        try:
            params = set_code_params(command)
            self._check_cell(params.cell)
            term = self._term_of(params, us)
            code = self._code_of(params)
        except (Refused, msgspec.ValidationError) as error:
            return refusal(command.id, str(error))
        draft = Draft()
        event = CodeSet(
            cell=params.cell,
            code=code,
            minutes=term.minutes,
            expires_at=None if term.expires_us is None else utc_of(term.expires_us),
            until=params.until is not None,
            once=params.once,
            label=params.label,
            by=command.actor,
            reason=command.reason,
            command=command.id,
            adrift=adrift and params.until is None and term.expires_us is not None,
        )
        draft.record(event)
        self._supersede(draft, params.cell, "a new code was set before the board confirmed this")
        return draft.step()

    def _check_cell(self, cell: int) -> None:
        grid = self._memory.grid
        highest = self._settings.cells_max if grid is None else grid.cells
        if not 1 <= cell <= highest:
            raise Refused(f"cell {cell}: this board has cells 1 to {highest}")

    def _term_of(self, params: SetCodeParams, us: int) -> Term:
        if params.until is not None and params.minutes is not None:
            raise Refused("minutes and until: one of the two, not both")
        if params.until is not None:
            return self._term_until(us_of(params.until), us)
        if params.minutes is None:
            raise Refused("minutes or until: one of the two is needed")
        if not 1 <= params.minutes <= MINUTES_MAX:
            raise Refused(f"minutes {params.minutes}: accepted are 1 to {MINUTES_MAX}")
        is_ours = self._settings.minutes_mode is MinutesMode.REMAINING
        return Term(params.minutes, us + params.minutes * MINUTE_US if is_ours else None)

    def _term_until(self, until_us: int, us: int) -> Term:
        if until_us <= us:
            raise Refused("until: this moment is over already")
        minutes = -((us - until_us) // MINUTE_US)
        if minutes > MINUTES_MAX:
            raise Refused(f"until: at most {MINUTES_MAX} minutes (45 days) from now")
        return Term(minutes, until_us)

    def _code_of(self, params: SetCodeParams) -> Secret:
        if params.code is None:
            return self._drawn(params.cell)
        text = params.code.reveal()
        if not (text.isascii() and text.isdigit() and len(text) == self._settings.code_digits):
            raise Refused(f"code: accepted are {self._settings.code_digits} digits")
        return params.code

    def _drawn(self, cell: int) -> Secret:
        """A code that no other cell of the board has, nor this one had until now."""
        taken = {int(one.code.reveal()) for one in self._memory.lasting.assignments.values()}
        digits = self._settings.code_digits
        count = 10**digits
        number = self._draw(count)
        for _ in range(DRAWS_MAX):
            if number not in taken:
                break
            number = self._draw(count)
        for step in range(count if number in taken else 1):
            found = (number + step) % count
            if found not in taken:
                return Secret(f"{found:0{digits}d}")
        raise Refused(f"code: all {count} codes of {digits} digits are in use on this board")

    # ------------------------------------------------------------------ revoke

    def revoke(self, command: Command) -> Step:
        """Take a cell's code; done at once when the board cannot have it."""
        try:
            cell = msgspec.convert(command.params, CellParams).cell
        except msgspec.ValidationError as error:
            return refusal(command.id, str(error))
        lasting = self._memory.lasting
        may_have = self._memory.may_have_code(cell)
        if cell not in lasting.assignments and not may_have:
            return refusal(command.id, f"cell {cell} has no code")
        gone = lasting.revocations.get(cell)
        if gone is not None and gone.command:
            return refusal(command.id, f"the code of cell {cell} is being revoked already", "busy")
        draft = Draft()
        draft.record(CodeRevoked(cell, command.actor, command.reason, command.id if may_have else ""))
        self._supersede(draft, cell, "the code was revoked before the board confirmed it")
        if not may_have:
            draft.done(command.id, f"the code of cell {cell} was never sent to the board")
        return draft.step()

    def _supersede(self, draft: Draft, cell: int, text: str) -> None:
        """End the commands whose wish for this cell is not wanted any more."""
        lasting = self._memory.lasting
        before, gone = lasting.assignments.get(cell), lasting.revocations.get(cell)
        if before is not None:
            draft.refused(before.command, text, SUPERSEDED)
        if gone is not None:
            draft.refused(gone.command, text, SUPERSEDED)
