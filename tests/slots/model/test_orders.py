"""Commands: every refusal and every end, with its evidence."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.runtime.command import CommandUnknown
from lineside.runtime.step import OutcomeKind
from lineside.slots.line import FailReason, PollDone, Tune, Want
from lineside.slots.model import COMMANDS, LINE
from lineside.slots.model import events as ev
from lineside.slots.wire import ClockTime, HandpayReset, LongPoll, RomSignature
from tests.slots.model.story import Story

PARAMS: dict[str, dict[str, Any]] = {
    "set_bills": {"values": [1, 20], "stay": True},
    "set_game": {"game": 2, "on": False},
    "set_delay": {"tenths": 5},
    "set_rebet": {"on": True},
    "set_events": {"on": True},
    "read_meters": {"codes": [0, 5]},
    "rom_signature": {"seed": 7},
}
BYTES = {
    "lock": "01", "unlock": "02", "sound_off": "03", "sound_on": "04", "game_sound_off": "05", "bills_on": "06",
    "bills_off": "07", "maintenance_on": "0a", "maintenance_off": "0b", "set_bills": "08 11 00 00 00 01",
    "set_game": "09 00 02 00", "set_delay": "2e 05 00", "set_rebet": "aa 01", "set_events": "0e 01",
    "read_meters": "6f 00 00 00 00 05 00", "rom_signature": "21 07 00", "reset_handpay": "94",
}  # fmt: skip


def ask(story: Story, name: str) -> tuple[str, list[Want]]:
    story.sent.clear()
    command = story.asks(name, **PARAMS.get(name, {}))
    return command, [one for one in story.sent if isinstance(one, Want)]


@pytest.mark.parametrize("name", sorted(BYTES))
def test_command_is_this_poll(name: str) -> None:
    _, (want,) = ask(Story().comes_up(), name)
    assert (bytes((want.poll.command,)) + want.poll.data).hex(" ") == BYTES[name]


@pytest.mark.parametrize("name", [name for name in sorted(BYTES) if name not in ("read_meters", "rom_signature")])
def test_ends_of_a_command(name: str) -> None:
    for reason, kind in (
        (FailReason.NACK, OutcomeKind.REFUSED),
        (FailReason.BUSY, OutcomeKind.REFUSED),
        (FailReason.QUEUE_FULL, OutcomeKind.REFUSED),
        (FailReason.SILENCE, None),
        (FailReason.LINE_LOST, None),
    ):
        story = Story().comes_up()
        command, (want,) = ask(story, name)
        story.answers[want.poll.command] = reason
        story.answers_to(want)
        if kind is None:
            assert [event.id for event in story.of(CommandUnknown)] == [command], "it may have been done"
            assert command not in story.ended
        else:
            assert story.ended[command].kind is kind
            assert story.ended[command].code == reason.value


def test_acknowledged_command_is_done_and_shown() -> None:
    story = Story().comes_up()
    for name, switches in (("lock", {"play": "off"}), ("unlock", {"play": "on"})):
        command, (want,) = ask(story, name)
        story.answers_to(want)
        assert story.ended[command].kind is OutcomeKind.DONE
        assert story.status.switches == switches


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.name)
def test_machine_that_cannot_be_reached_is_not_asked(spec: Any) -> None:
    story = Story().comes_up()
    story.goes_down()
    command, wants = ask(story, spec.name)
    assert wants == []
    assert story.ended[command].code == "not_connected"


@pytest.mark.parametrize(("code", "kind"), [(0, OutcomeKind.DONE), (1, OutcomeKind.REFUSED), (2, OutcomeKind.REFUSED)])
def test_reset_of_a_handpay_is_what_the_machine_says(code: int, kind: OutcomeKind) -> None:
    story = Story().comes_up()
    command, (want,) = ask(story, "reset_handpay")
    story.answers[0x94] = HandpayReset(code)
    story.answers_to(want)
    assert story.ended[command].kind is kind
    assert story.ended[command].evidence == {"answer": code} or kind is OutcomeKind.REFUSED


def test_reset_that_became_unknown_is_ended_by_exception_52() -> None:
    story = Story().comes_up()
    command, (want,) = ask(story, "reset_handpay")
    story.answers[0x94] = FailReason.SILENCE
    story.answers_to(want)
    story.tells(0x52)
    assert story.ended[command].evidence == {"exception": "52"}


def test_clock_is_read_back() -> None:
    for off_h, kind in ((0, OutcomeKind.DONE), (1, OutcomeKind.REFUSED)):
        story = Story().comes_up()
        command, (want,) = ask(story, "set_clock")
        assert want.poll.command == 0x7F
        hour = story.clock.utc.hour + off_h
        story.answers[0x7E] = ClockTime(story.clock.utc.date(), story.clock.utc.time().replace(hour=hour))
        story.answers_to(want)
        story.works()
        assert story.ended[command].kind is kind


def test_meters_are_evidence_and_are_recorded() -> None:
    story = Story().comes_up()
    story.meters[0x00] += 4
    command, (want,) = ask(story, "read_meters")
    story.answers_to(want)
    evidence = story.ended[command].evidence
    assert [(one["name"], one["value"]) for one in evidence["meters"]] == [("coin_in", 1004), ("games_played", 40)]
    assert story.changes(0x00) == [4]


def test_signature_comes_later_and_one_at_a_time() -> None:
    story = Story().comes_up()
    command, (want,) = ask(story, "rom_signature")
    story.answers_to(want)
    assert command not in story.ended
    second, _ = ask(story, "rom_signature")
    assert story.ended[second].kind is OutcomeKind.REFUSED
    story.hears(PollDone(1, "rom_signature", LongPoll(1, 0x21), RomSignature(0xABCD), b"", 0), LINE)
    assert story.of(ev.RomSignatureRead) == [ev.RomSignatureRead(7, 0xABCD)]
    assert story.ended[command].evidence == {"seed": 7, "signature": "ABCD"}


def test_events_on_tell_the_line() -> None:
    story = Story().comes_up()
    _, (want,) = ask(story, "set_events")
    story.sent.clear()
    story.answers_to(want)
    assert Tune(rte=True) in story.sent


@pytest.mark.parametrize(
    ("name", "params"), [("set_bills", {"values": [3]}), ("read_meters", {"codes": list(range(11))})]
)
def test_what_no_poll_can_carry_is_refused(name: str, params: dict[str, Any]) -> None:
    story = Story(meter_source="short").comes_up() if name == "read_meters" else Story().comes_up()
    command = story.asks(name, **params)
    assert story.ended[command].code == "bad_params"


def test_configuration_is_read_again() -> None:
    story = Story().comes_up()
    story.log.clear()
    command, _ = ask(story, "read_configuration")
    story.works()
    assert story.log[:2] == [0x54, 0x1F]
    assert story.ended[command].kind is OutcomeKind.DONE


def test_command_without_an_answer_is_left_to_the_driver() -> None:
    story = Story().comes_up()
    command, _ = ask(story, "lock")
    assert story.expires(command).end == ()
