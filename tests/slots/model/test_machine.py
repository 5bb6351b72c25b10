"""One machine from its first answer on: what is recorded before what may be acknowledged, in which order."""

from __future__ import annotations

from lineside.runtime.step import UnitState
from lineside.slots.line import AckSent, ExceptionHeard, FrameSeen, LinkMoved, LinkState, OweAck, Release, Want
from lineside.slots.model import LINE
from lineside.slots.model import events as ev
from lineside.slots.wire import GameEnd, GameStart
from tests.slots.model.story import Story, sums


def test_start_up_conversation_has_the_order_of_the_sheet() -> None:
    story = Story().comes_up()
    talk = [0x54, 0x1F, 0x51, 0xA0, 0xB2, 0xB1, 0x53, 0x53, 0x73, 0x74, 0x72, 0x7B, 0x7E, 0x0E]
    assert story.log[: len(talk)] == talk
    assert story.log[len(talk)] in (0x6F, 0xAF), "then the baseline of the meters"
    assert story.status.phase == "ready"
    assert story.status.state is UnitState.LIVE
    assert story.status.credits == 500
    assert story.status.denomination_cents == 1.0


def test_exception_is_recorded_then_released_then_its_acknowledgement_is_recorded_and_released() -> None:
    story = Story().comes_up()
    step = story.raises(0x11)
    assert step.record == (ev.ExceptionRecorded(1, 0x11, "slot door open"),)
    assert step.send[-1].message == Release()
    assert story.machine.carry().owes_ack
    step = story.hears(AckSent(1, 1), LINE)
    assert step.record == (ev.ExceptionAcknowledged(1),)
    assert [send.message for send in step.send] == [Release()]
    assert not story.machine.carry().owes_ack
    assert story.status.open_doors == ("slot door",)


def test_two_exceptions_glued_together_have_one_release_each_and_one_acknowledgement() -> None:
    story = Story().comes_up()
    story.sent.clear()
    story.hears(ExceptionHeard(1, 0x7E, GameStart(3, 452_043, 0, 0), 1), LINE)
    story.hears(ExceptionHeard(1, 0x7F, GameEnd(10), 2), LINE)
    story.hears(AckSent(1, 2), LINE)
    assert [one for one in story.sent if isinstance(one, Release)] == [Release()] * 3
    assert [event.number for event in story.of(ev.ExceptionRecorded)] == [1, 2]
    assert story.of(ev.ExceptionAcknowledged) == [ev.ExceptionAcknowledged(2)]
    assert story.of(ev.GameStarted) == [ev.GameStarted(3, 452_043, 0, 0)]
    assert story.of(ev.GameEnded) == [ev.GameEnded(10)]


def test_restart_after_an_exception_without_acknowledgement_owes_it_before_anything() -> None:
    story = Story().comes_up()
    story.raises(0x11)
    story.restarts()
    assert story.sent == [OweAck(1)]
    story.hears(AckSent(1, 1), LINE)
    assert not story.machine.carry().owes_ack
    story.restarts()
    assert story.sent == [], "nothing is owed: the first poll goes first"


def test_refused_record_holds_the_line_and_is_tried_until_it_is_on_disk() -> None:
    story = Story().comes_up()
    story.writable = False
    story.sent.clear()
    story.raises(0x11)
    assert story.codes() == []
    assert story.sent == [], "no release"
    story.waits(3.0)
    assert story.sent == []
    story.writable = True
    story.waits(2.0)
    assert story.codes() == [0x11]
    assert [one for one in story.sent if isinstance(one, Release)] == [Release()]


def test_what_comes_while_a_record_is_refused_waits_behind_it() -> None:
    story = Story().comes_up()
    story.writable = False
    story.raises(0x11)
    story.hears(LinkMoved(1, LinkState.CLOSED, "the cable is out"), LINE)
    story.writable = True
    story.waits(2.0)
    assert [type(e) for e in story.recorded[-2:]] == [ev.ExceptionRecorded, ev.LinkLost]


def test_refused_step_of_the_conversation_and_of_the_meters_goes_on_afterwards() -> None:
    story = Story()
    story.writable = False
    story.hears(LinkMoved(1, LinkState.UP, "it answers"), LINE)
    assert story.sent == []
    story.writable = True
    story.waits(1.5)
    want = next(one for one in story.sent if isinstance(one, Want))
    story.sent.clear()
    story.writable = False
    story.answers_to(want)
    assert story.sent == []
    story.writable = True
    story.waits(1.5)
    story.works()
    assert story.status.phase == "ready"
    assert sums(story.recorded) == story.meters


def test_link_lost_and_found_are_recorded_with_what_changed_meanwhile() -> None:
    story = Story().comes_up()
    story.goes_down()
    assert story.status.state is UnitState.AWAY
    assert not story.status.connected
    story.meters[0x00] += 30
    story.clock.advance(600)
    story.comes_up()
    assert [type(e) for e in story.of(ev.LinkLost, ev.LinkFound)] == [ev.LinkFound, ev.LinkLost, ev.LinkFound]
    read = story.of(ev.MeterRead)[-1]
    assert (read.code, read.change, read.away) == (0x00, 30, True)
    story.meters[0x00] += 1
    story.reads_meters()
    assert not story.of(ev.MeterRead)[-1].away


def test_found_link_says_that_the_process_was_started_anew() -> None:
    story = Story().comes_up()
    story.restarts()
    story.comes_up()
    assert [event.restarted for event in story.of(ev.LinkFound)] == [False, True]


def test_failing_is_shown_and_not_recorded() -> None:
    story = Story().comes_up()
    count = len(story.recorded)
    story.hears(LinkMoved(1, LinkState.FAILING, "no answer"), LINE)
    assert story.status.link == "failing"
    assert not story.status.connected
    story.hears(LinkMoved(1, LinkState.UP, "it answers"), LINE)
    assert story.status.link == "up"
    assert len(story.recorded) == count


def test_power_cut_is_recorded_and_everything_read_again() -> None:
    story = Story().comes_up()
    story.log.clear()
    story.tells(0x18, 0x17)
    assert len(story.of(ev.PowerFailed)) == len(story.of(ev.PowerReturned)) == 1
    assert [command for command in story.log if command in (0x54, 0x0E)] == [0x54, 0x0E]


def test_traffic_is_shown_without_a_record_and_without_the_key() -> None:
    story = Story().comes_up()
    frame = bytes.fromhex("01731d0001000000") + bytes(range(0x41, 0x55)) + bytes(6)
    story.hears(FrameSeen(1, False, frame, "answer"), LINE)
    shown = story.latest("frames")
    assert "41 42" not in shown.hex
    assert "**" in shown.hex


def test_close_of_the_gateway_records_the_loss() -> None:
    story = Story().comes_up()
    story.closes("the gateway stops", LINE)
    assert story.of(ev.LinkLost) == [ev.LinkLost("the gateway stops")]
    assert story.machine.deadline() is None
