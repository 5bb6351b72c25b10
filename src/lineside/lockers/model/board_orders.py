"""Orders to a board as a whole: block, unblock, reboot, approve.

A block is a level: every reply says it for as long as it is wanted. A reboot is an order with an end: five replies or
ten minutes, because a board that never says that it has rebooted would reboot for ever. A message with RESET=1 ends it
when it begins a new boot; one that goes on saying RESET=1 since the boot before is no evidence.

Source: wire/acon.md §7.
"""

from __future__ import annotations

from lineside.lockers.model.alarms import REBOOT_FAILED
from lineside.lockers.model.draft import SUPERSEDED, Draft, refusal
from lineside.lockers.model.events import (
    AlarmCleared,
    AlarmRaised,
    BoardApproved,
    BoardBlocked,
    BoardUnblocked,
    RebootFailed,
    RebootOrdered,
)
from lineside.lockers.model.memory import Memory
from lineside.lockers.model.settings import BoardSettings
from lineside.runtime.command import Command
from lineside.runtime.step import Step


class BoardOrders:
    """Decides about them; what is open is in the memory."""

    def __init__(self, memory: Memory, settings: BoardSettings) -> None:
        self._memory = memory
        self._settings = settings

    # ------------------------------------------------------------------ block

    def block(self, command: Command) -> Step:
        """Block access until `unblock`."""
        block = self._memory.lasting.block
        if block.wanted:
            return refusal(command.id, _is_already("blocked", is_open=block.is_open), "already")
        draft = Draft()
        draft.record(BoardBlocked(command.actor, command.reason, command.id))
        draft.refused(block.command, "a block was wanted before the board confirmed this", SUPERSEDED)
        return draft.step()

    def unblock(self, command: Command) -> Step:
        """End the block, ours or one that only the board knows of; done at once when it was never told."""
        block = self._memory.lasting.block
        is_open = self._memory.may_be_blocked()
        if not block.wanted and not (is_open and not block.is_open):
            return refusal(command.id, _is_already("not blocked", is_open=block.is_open), "already")
        draft = Draft()
        draft.record(BoardUnblocked(command.actor, command.reason, command.id if is_open else ""))
        draft.refused(block.command, "the end of the block was wanted before the board confirmed it", SUPERSEDED)
        if not is_open:
            draft.done(command.id, "the board was never told to block")
        return draft.step()

    # ------------------------------------------------------------------ reboot

    def reboot(self, command: Command) -> Step:
        """Order a reboot with the next reply."""
        lasting = self._memory.lasting
        if lasting.reboot is not None:
            return refusal(command.id, "a reboot is on its way already", "busy")
        draft = Draft()
        draft.record(RebootOrdered(command.id, command.actor, command.reason))
        if REBOOT_FAILED in lasting.alarms:
            draft.record(AlarmCleared(REBOOT_FAILED))
        return draft.step()

    @property
    def is_reboot_due(self) -> bool:
        """The next reply is to order it."""
        reboot = self._memory.lasting.reboot
        return reboot is not None and reboot.replies < self._settings.reboot_replies_max

    def give_up_reboot(self, draft: Draft) -> None:
        """The replies that may order it are used up, and this message is no new boot."""
        reboot = self._memory.lasting.reboot
        if reboot is not None and not self.is_reboot_due:
            self._fail(draft, reboot.command, reboot.replies, f"{reboot.replies} replies ordered it; no reboot came")

    def on_expiry(self, command: Command) -> Step:
        """The ten minutes of a reboot are over."""
        draft = Draft()
        reboot = self._memory.lasting.reboot
        if reboot is not None and reboot.command == command.id:
            self._fail(draft, command.id, reboot.replies, f"no reboot in time after {reboot.replies} replies")
        return draft.step()

    def _fail(self, draft: Draft, command: str, replies: int, text: str) -> None:
        draft.record(RebootFailed(replies))
        if REBOOT_FAILED not in self._memory.lasting.alarms:
            draft.record(AlarmRaised(REBOOT_FAILED, text))
        draft.expired(command, text, REBOOT_FAILED)

    # ------------------------------------------------------------------ approve

    def approve(self, command: Command, era: int, reason: str) -> Step:
        """Let the board have replies.

        Args:
            reason: why it has none; "" when it has.
        """
        if not reason:
            return refusal(command.id, "the board does not wait for approval", "not_pending")
        draft = Draft()
        draft.record(BoardApproved(era, command.actor, command.reason))
        draft.done(command.id, "the next message of the board is answered")
        return draft.step()


def _is_already(what: str, *, is_open: bool) -> str:
    return f"the board is to be {what} already; it has not confirmed it yet" if is_open else f"the board is {what}"
