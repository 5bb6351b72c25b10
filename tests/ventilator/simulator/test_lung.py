from __future__ import annotations

import pytest

from lineside.ventilator.simulator.lung import Lung, Patient, Valves

INHALE, EXHALE, SHUT = Valves(inhale=True), Valves(exhale=True), Valves()
FILL = Valves(air_in=True, exhale=True)


def full() -> Lung:
    lung = Lung()
    lung.step(10, FILL, 20, 5)
    return lung


def test_the_tank_fills_to_the_walls_pressure_and_vents_through_purge() -> None:
    lung = full()
    assert lung.tank == pytest.approx(300, abs=1)
    lung.step(5, Valves(purge=True), 20, 5)
    assert lung.tank == pytest.approx(0, abs=0.1)


def test_inhaling_long_reaches_compliance_times_pressure_and_empties_the_tank_by_it() -> None:
    lung = full()
    before = lung.volume
    lung.step(5, INHALE, 20, 5)
    assert lung.airway == pytest.approx(20, abs=0.1)
    assert lung.volume == pytest.approx(50 * 20, rel=0.01)
    assert 300 - lung.tank == pytest.approx((lung.volume - before) / 9.9, rel=0.02)
    assert lung.flow == pytest.approx(0, abs=1)


def test_flow_peaks_at_once_and_decays_with_the_time_constant() -> None:
    lung = full()
    flows = []
    for _ in range(200):
        lung.step(0.01, INHALE, 20, 5)
        flows.append(lung.flow)
    peak = flows.index(max(flows))
    assert peak < 25
    assert flows[peak + 50] == pytest.approx(flows[peak] * 0.37, rel=0.2)  # R C = 0.5 s


def test_exhaling_returns_to_peep_with_negative_flow() -> None:
    lung = full()
    lung.step(2, INHALE, 20, 5)
    lung.step(0.2, EXHALE, 20, 5)
    assert lung.flow < -300
    lung.step(5, EXHALE, 20, 5)
    assert lung.airway == pytest.approx(5, abs=0.1)
    assert lung.volume == pytest.approx(250, rel=0.02)


def test_a_pause_holds_the_volume_and_shows_the_alveolar_pressure() -> None:
    lung = full()
    lung.step(0.5, INHALE, 20, 5)
    held = lung.volume
    lung.step(0.5, SHUT, 20, 5)
    assert lung.volume == held
    assert lung.flow == 0
    assert lung.airway == pytest.approx(held / 50, abs=0.01)


def test_an_empty_tank_cannot_push() -> None:
    lung = Lung()
    lung.step(3, INHALE, 20, 5)
    assert lung.volume == pytest.approx(0, abs=1)


def test_effort_pushes_gas_out_and_volume_is_never_negative() -> None:
    lung = full()
    lung.effort = 30
    lung.step(3, EXHALE, 20, 0)
    assert lung.volume == 0


def test_a_stiff_lung_takes_less() -> None:
    soft, stiff = full(), full()
    stiff.patient = Patient(compliance=20)
    for lung in (soft, stiff):
        lung.step(5, INHALE, 20, 5)
    assert stiff.volume < soft.volume / 2


def test_cutting_time_differently_changes_little() -> None:
    fine, coarse = full(), full()
    for _ in range(100):
        fine.step(0.01, INHALE, 20, 5)
    coarse.step(1.0, INHALE, 20, 5)
    assert coarse.volume == pytest.approx(fine.volume, rel=1e-6)
