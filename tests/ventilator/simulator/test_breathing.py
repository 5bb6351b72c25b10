from __future__ import annotations

import random

from lineside.ventilator.simulator import BreathingMachine, FsmState
from lineside.ventilator.wire import DataFrame, profile_of

PROFILE = profile_of(0xA0)
NAMES = [field.name for field in PROFILE.sensor_fields]
PATIENT, BUFFER, FLOW = (NAMES.index(name) for name in ("pressure_patient", "pressure_buffer", "pressure_diff_patient"))


def breathe(seconds: float, seed: int = 1, rate: float = 50) -> list[tuple[int, ...]]:
    machine = BreathingMachine(random.Random(seed), breathing=True)
    samples = []
    for _ in range(int(seconds * rate)):
        machine.advance(1 / rate)
        samples.append(machine.sample())
    return samples


def test_states_have_the_names_and_numbers_of_the_wire() -> None:
    assert {state.value: state.name for state in FsmState} == {
        number: name for number, name in PROFILE.fsm_names.items() if number < 9
    }


def test_samples_fit_the_wire_and_read_like_a_breathing_machine() -> None:
    samples = breathe(120)
    for sample in samples:
        assert len(PROFILE.encode_data(DataFrame(sample))) == 26
        assert all(0 <= count <= 4095 for count in sample[2:11])
        assert set(sample[11:16]) <= {0, 1}
    pressures = [sample[PATIENT] for sample in samples[500:]]
    peep, peak = sorted(pressures)[len(pressures) // 10], max(pressures)
    assert 300 < peep < 400
    assert 850 < peak < 1600
    assert max(sample[BUFFER] for sample in samples) > 2000
    inhaling = [sample[FLOW] for sample in samples if sample[1] == FsmState.INHALE]
    exhaling = [sample[FLOW] for sample in samples[500:] if sample[1] in (FsmState.EXHALE_FILL, FsmState.EXHALE)]
    assert max(inhaling) > 2500
    assert min(exhaling) < 1500


def test_valves_agree_with_the_state() -> None:
    for sample in breathe(30):
        inhale, exhale = sample[13], sample[14]
        assert inhale == (sample[1] == FsmState.INHALE)
        assert not (inhale and exhale)


def test_about_fifteen_breaths_a_minute_and_no_two_alike() -> None:
    machine = BreathingMachine(random.Random(2), breathing=True)
    machine.advance(600)
    assert 130 < machine.breath_count < 170
    samples = breathe(60)
    peaks = [max(sample[PATIENT] for sample in samples[start : start + 200]) for start in range(0, 3000, 200)]
    assert len(set(peaks)) > 5


def test_the_same_seed_breathes_the_same_breaths() -> None:
    assert breathe(30, seed=3) == breathe(30, seed=3) != breathe(30, seed=4)


def test_idle_is_quiet_and_reads_as_the_recording_of_an_idle_machine_does() -> None:
    machine = BreathingMachine(random.Random(1))
    machine.advance(10)
    sample = machine.sample()
    assert sample[1] == FsmState.IDLE
    assert abs(sample[BUFFER] - 145) < 10
    assert sample[15] == 1  # purge


def test_start_takes_back_a_stop_that_waits_and_stop_in_idle_does_nothing() -> None:
    machine = BreathingMachine(random.Random(1))
    machine.stop()
    machine.start()
    machine.advance(3)
    machine.stop()
    machine.start()
    machine.advance(30)
    assert machine.state is not FsmState.IDLE
    machine.stop()
    machine.advance(8)
    assert machine.state is FsmState.IDLE


def test_coughs_happen_and_end() -> None:
    machine = BreathingMachine(random.Random(1), breathing=True)
    coughing = 0
    for _ in range(60_000):
        machine.advance(0.02)
        coughing += machine.lung.effort > 0
    assert 10 < coughing < 600
