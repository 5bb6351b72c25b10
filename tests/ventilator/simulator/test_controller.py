from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from lineside.ventilator.simulator import FsmState, SimulatorReport, SimulatorSettings, make_controller, pace_for
from lineside.ventilator.simulator.controller import Pace, VentilatorController
from lineside.ventilator.wire import (
    CLASS_ALARM,
    CLASS_COMMAND,
    CLASS_DATA,
    Data,
    Delivered,
    FrameReader,
    Nacked,
    encode_ack,
    encode_frame,
    encode_information,
    encode_nack,
    profile_of,
)
from tests.ventilator.simulator.bench import Bench

A0 = profile_of(0xA0)
SAMPLE = bytes.fromhex("a0000000000000000000910 08f0000000000000000000000 0100".replace(" ", ""))
ALARM = bytes.fromhex("a00700000000")
COMMAND = bytes.fromhex("a00100000000")


class Pile:
    """A source that gives what a test put into it."""

    def __init__(self) -> None:
        self.next: list[tuple[int, bytes]] = []
        self.orders: list[str] = []

    def payloads(self, now: float, has_room: Callable[[int], bool]) -> list[tuple[int, bytes]]:
        found, self.next = self.next, []
        return found

    def on_order(self, cmdtype: str, cmd: str) -> bool:
        self.orders.append(f"{cmdtype} {cmd}")
        return cmd != "odd"

    def timestamp_ms(self, now: float) -> int:
        return 0


def make(**options: object) -> tuple[VentilatorController, Pile]:
    pile = Pile()
    return VentilatorController(A0, pile, SimulatorReport(), **options), pile  # type: ignore[arg-type]


def sequences(frames: list[bytes]) -> list[tuple[int, int]]:
    bodies = [body for body in FrameReader().receive(b"".join(frames)) if isinstance(body, bytes)]
    return [(body[0], body[2] >> 1) for body in bodies]


def test_head_is_repeated_at_its_spacing_for_ever_until_acknowledged() -> None:
    controller, pile = make()
    pile.next = [(CLASS_DATA, SAMPLE)]
    sent = [len(controller.turn(1 + 0.002 * step)) for step in range(501)]
    assert sum(sent) == 101  # every 10 ms of one second
    controller.receive(encode_ack(CLASS_DATA, 0), 2)
    assert controller.turn(3) == []
    report = controller.finish()
    assert (report.frames_sent, report.retransmitted, report.acked, report.never_acked) == (101, 100, 1, 0)
    assert report.wait_s_max == pytest.approx(1.0)


@pytest.mark.parametrize(("kind", "info", "spacing"), [(CLASS_ALARM, ALARM, 5), (CLASS_COMMAND, COMMAND, 50)])
def test_alarms_and_commands_have_their_own_spacing(kind: int, info: bytes, spacing: int) -> None:
    controller, pile = make()
    pile.next = [(kind, info)]
    times = [step for step in range(200) if controller.turn(1 + step / 1000)]
    assert times == list(range(0, 200, spacing))


def test_alarms_go_before_commands_before_data_with_one_counter_for_all() -> None:
    controller, pile = make()
    pile.next = [(CLASS_DATA, SAMPLE), (CLASS_COMMAND, COMMAND), (CLASS_ALARM, ALARM)]
    assert sequences(controller.turn(1)) == [(CLASS_ALARM, 0), (CLASS_COMMAND, 0), (CLASS_DATA, 0)]
    controller.receive(encode_ack(CLASS_ALARM, 0), 1)
    assert sequences(controller.turn(1.1)) == [(CLASS_COMMAND, 1), (CLASS_DATA, 1)]
    controller.receive(encode_ack(CLASS_COMMAND, 0), 1.1)  # late: the head was stamped 1 meanwhile
    assert controller.report.acks_ignored == 1
    controller.receive(encode_ack(CLASS_COMMAND, 1), 1.1)
    controller.receive(encode_ack(CLASS_DATA, 1), 1.1)
    assert controller.waiting == 0
    pile.next = [(CLASS_DATA, SAMPLE)]
    assert sequences(controller.turn(2)) == [(CLASS_DATA, 3)]


def test_sequence_wraps_after_127() -> None:
    controller, pile = make()
    seen = []
    for step in range(300):
        pile.next = [(CLASS_DATA, SAMPLE)]
        ((_, sequence),) = sequences(controller.turn(1 + step / 10))
        controller.receive(encode_ack(CLASS_DATA, sequence), 1 + step / 10)
        seen.append(sequence)
    assert seen == [step % 128 for step in range(300)]


def test_acks_out_of_place_and_nacks_change_nothing() -> None:
    controller, pile = make()
    controller.receive(encode_ack(CLASS_DATA, 0), 1)  # nothing is waiting
    pile.next = [(CLASS_DATA, SAMPLE)]
    controller.turn(1)
    for frame in (encode_ack(CLASS_DATA, 7), encode_ack(CLASS_ALARM, 0), encode_nack(CLASS_DATA, 0)):
        assert controller.receive(frame, 1) == []
    assert controller.waiting == 1
    assert (controller.report.acks_ignored, controller.report.nacks_received) == (3, 1)
    controller.receive(encode_frame(CLASS_DATA, 2, 0x09), 1)
    controller.receive(encode_frame(0x00, 2, 0x01), 1)
    assert controller.report.bad_frames == 2


def test_a_full_queue_loses_its_oldest() -> None:
    controller, pile = make()
    pile.next = [(CLASS_DATA, bytes((0xA0, number)) + SAMPLE[2:]) for number in range(8)]
    first = controller.turn(1)
    assert first[0][5] == 3
    pile.next = [(CLASS_DATA, SAMPLE)]
    controller.turn(2)
    report = controller.finish()
    # Three never left, the fourth was sent once and pushed out, the fifth was sent and left over, four never were.
    assert (report.payloads, report.never_heard, report.never_acked) == (9, 7, 2)


def test_good_frames_are_acknowledged_and_bad_ones_met_with_silence() -> None:
    controller, pile = make()
    good = encode_information(CLASS_COMMAND, 5, COMMAND)
    assert controller.receive(good, 1) == [encode_ack(CLASS_COMMAND, 5)]
    assert controller.receive(good[:5] + b"\x55" + good[6:], 1) == []
    assert [answer for byte in good for answer in controller.receive(bytes((byte,)), 1)] == [
        encode_ack(CLASS_COMMAND, 5)
    ]
    short = encode_information(CLASS_COMMAND, 6, b"\xa0\x01")
    assert controller.receive(short, 1) == [encode_ack(CLASS_COMMAND, 6)]
    assert pile.orders == ["GENERAL START", "GENERAL START"]
    assert (controller.report.bad_frames, controller.report.unusable_frames) == (1, 1)
    assert controller.report.orders == {"START": 2}


def test_unknown_commands_are_acknowledged_and_ignored() -> None:
    bench = Bench(make_controller(SimulatorSettings()))
    unknown = encode_information(CLASS_COMMAND, 5, bytes.fromhex("a06300000000"))
    assert bench.controller.receive(unknown, 1) == [encode_ack(CLASS_COMMAND, 5)]
    assert bench.controller.report.orders == {"other": 1}


def test_start_moves_through_the_states_and_stop_ends_in_idle_after_the_breath() -> None:
    bench = Bench(make_controller(SimulatorSettings()))
    bench.run(2)
    assert bench.host.states == [FsmState.IDLE]
    bench.order("START")
    bench.run(20)
    cycle = [3, 4, 5, 6, 7, 8]
    assert bench.host.states[:15] == [0, 1, 2, *cycle, *cycle]
    assert [type(message) for message in bench.host.told] == [Delivered]
    bench.order("STOP")
    bench.run(0.5)
    assert bench.host.states[-1] != FsmState.IDLE
    bench.run(6)
    assert bench.host.states[-2:] == [FsmState.EXHALE, FsmState.IDLE]
    bench.order("START")
    bench.run(0.5)
    assert FsmState.BUFF_PREFILL in bench.host.states[-2:]
    report = bench.controller.finish()
    assert report.orders == {"START": 2, "STOP": 1}
    assert (report.retransmitted, report.never_acked, report.nacks_received, report.bad_frames) == (0, 0, 0, 0)


@pytest.mark.parametrize("rate_hz", [5, 50, 100, 200, 340])
def test_samples_come_at_the_asked_rate_without_loss(rate_hz: float) -> None:
    bench = Bench(make_controller(SimulatorSettings(rate_hz=rate_hz, breathing=True)))
    bench.run(10)
    assert len(bench.host.contents(Data)) == pytest.approx(10 * rate_hz, abs=2)
    assert bench.controller.report.never_heard == 0


def test_alarms_come_when_asked_and_are_repeated_while_they_last() -> None:
    settings = SimulatorSettings(rate_hz=5, alarm_every_s=10, alarm_for_s=2, alarm_repeat_s=0.4, seed=3)
    bench = Bench(make_controller(settings))
    bench.run(35)
    codes = bench.host.alarm_codes
    assert len(codes) == 15
    assert all(len(set(codes[start : start + 5])) == 1 for start in (0, 5, 10))
    assert all(1 <= code <= 25 for code in codes)
    again = Bench(make_controller(settings))
    again.run(35)
    assert again.host.alarm_codes == codes


def test_a_slow_ack_of_an_alarm_does_not_silence_the_samples() -> None:
    controller, pile = make()
    pile.next = [(CLASS_ALARM, ALARM), *[(CLASS_DATA, SAMPLE)] * 5]
    data_count = 0
    for step in range(20):
        for address, sequence in sequences(controller.turn(1 + step / 100)):
            if address == CLASS_DATA:
                data_count += 1
                controller.receive(encode_ack(address, sequence), 1 + step / 100)
    assert data_count == 5
    assert controller.waiting == 1


def test_nack_on_request_refuses_and_does_not_obey() -> None:
    controller, pile = make(nack=0.5, chance=random.Random(4))
    frame = encode_information(CLASS_COMMAND, 5, COMMAND)
    answers = [controller.receive(frame, 1)[0] for _ in range(200)]
    refused = answers.count(encode_nack(CLASS_COMMAND, 5))
    assert 70 < refused < 130
    assert refused == controller.report.orders_nacked
    assert len(pile.orders) == controller.report.order_count == 200 - refused
    bench = Bench(make(nack=1.0)[0])
    bench.order("START")
    bench.run(0.2)
    assert bench.host.count(Nacked) >= 4  # the host repeats, as nothing confirmed its order


def test_wrong_version_on_request_is_refused_by_the_host_and_repeated_until_pushed_out() -> None:
    from lineside.ventilator.simulator import FaultSettings

    settings = SimulatorSettings(rate_hz=5, faults=FaultSettings(wrong_version_every=10))
    bench = Bench(make_controller(settings))
    bench.run(10)
    versions = {message.version for message in bench.host.told if type(message).__name__ == "Unusable"}
    assert versions == {0xA1}
    report = bench.controller.finish()
    assert report.faults == {"wrong version": 5}
    assert report.nacks_received > 10
    assert report.never_acked >= 4
    # Everything but the wrong ones arrived, if late: a queue holds five.
    assert len(bench.host.contents(Data)) >= 40


def test_pace_is_the_firmwares_up_to_50_samples_a_second() -> None:
    assert pace_for(50) == Pace()
    assert pace_for(200).loop_s == pytest.approx(0.0025)
    assert pace_for(200).spacing_s(CLASS_COMMAND) == 0.050
