"""cirq-ionq: every gate that it can send, and which bit is which. The truth is cirq's own simulator."""

import cirq
import numpy as np
import pytest
import sympy
from cirq_support import (
    GATES,
    HAS_PAULIEXP,
    NATIVE_GATES,
    Q,
    asymmetric_3,
    between_pulses,
    between_rotations,
    phasor,
    random_circuit,
    random_native_circuit,
    received,
    result,
    service,
    service_at,
    simulated,
)
from distributions import assert_same


@pytest.mark.parametrize("op", GATES.values(), ids=GATES.keys())
def test_every_qis_gate_that_cirq_sends_does_what_it_does_in_cirqs_own_simulator(service, op):
    circuit = between_rotations(op)
    theirs = simulated(circuit)
    assert abs(theirs - simulated(between_rotations([]))).max() > 1e-3, "this circuit would not notice a missing gate"

    job = service.create_job(circuit, target="simulator")

    assert_same(received(result(job)), theirs)


if HAS_PAULIEXP:

    def test_an_identity_letter_of_a_pauliexp_leaves_its_qubit_alone(service):
        # Cirq's own simulator takes the I of a PauliStringPhasorGate for a Z, hence the same product without the letter.
        job = service.create_job(between_rotations(phasor("XIY", 0.7)(*Q[:3])), target="simulator")
        assert_same(received(result(job)), simulated(between_rotations(phasor("XY", 0.7)(Q[0], Q[2]))))


@pytest.mark.parametrize("op", NATIVE_GATES.values(), ids=NATIVE_GATES.keys())
def test_every_native_gate_that_cirq_sends_does_what_it_does_in_cirqs_own_simulator(service, op):
    circuit = between_pulses(op)
    theirs = simulated(circuit)
    assert abs(theirs - simulated(between_pulses([]))).max() > 1e-3, "this circuit would not notice a missing gate"

    job = service.create_job(circuit, target="simulator")

    assert_same(received(result(job)), theirs)


@pytest.mark.parametrize("seed", range(25))
def test_random_circuits_have_the_probabilities_of_cirqs_own_simulator(service, seed):
    circuit = random_circuit(seed)
    job = service.create_job(circuit, target="simulator")
    assert_same(received(result(job)), simulated(circuit))


@pytest.mark.parametrize("seed", range(12))
def test_random_native_circuits_have_the_probabilities_of_cirqs_own_simulator(service, seed):
    circuit = random_native_circuit(seed)
    job = service.create_job(circuit, target="simulator")
    assert_same(received(result(job)), simulated(circuit))


def test_an_asymmetric_circuit_has_the_probabilities_of_the_fixture(service, expected):
    job = service.create_job(asymmetric_3(), target="simulator")
    mirrored = {int(f"{outcome:03b}"[::-1], 2): p for outcome, p in expected("qis/asymmetric_3").items()}
    assert_same(received(result(job)), [mirrored[outcome] for outcome in range(8)])


# ---------------------------------------------------------------------------------------------------------- which bit is which


def test_measurement_keys_pick_their_qubits_in_the_order_they_were_measured(service):
    circuit = random_circuit(3)  # five qubits
    keys = {"one": [Q[3]], "backwards": [Q[4], Q[2], Q[0]], "a key longer than a piece of metadata": [Q[1]]}
    circuit.append(cirq.measure(*qubits, key=key) for key, qubits in keys.items())

    ours = result(service.create_job(circuit, target="simulator"))

    assert ours.measurement_dict() == {key: [q.x for q in qubits] for key, qubits in keys.items()}
    assert abs(simulated(circuit, keys["backwards"]) - simulated(circuit, keys["backwards"][::-1])).max() > 1e-3
    for key, qubits in keys.items():
        assert_same(received(ours, key), simulated(circuit, qubits))


def test_a_circuit_that_measures_nothing_still_has_its_probabilities(service):
    circuit = random_circuit(1)
    ours = result(service.create_job(circuit, target="simulator"))
    assert ours.measurement_dict() == {}
    assert_same(received(ours), simulated(circuit))


def test_run_returns_the_bits_in_the_order_they_were_measured(service):
    circuit = cirq.Circuit(cirq.X(Q[2]), cirq.CNOT(Q[2], Q[4]))
    circuit.append([cirq.measure(Q[2], Q[0], key="a"), cirq.measure(Q[1], Q[3], Q[4], key="b")])

    ours = service.run(circuit, repetitions=5, target="simulator")

    assert ours.measurements["a"].tolist() == [[1, 0]] * 5
    assert ours.measurements["b"].tolist() == [[0, 0, 1]] * 5


def test_three_qubits_of_twenty_nine_keep_their_places(service):
    a, b, c = qubits = cirq.LineQubit(28), cirq.LineQubit(2), cirq.LineQubit(11)
    small = random_circuit(21)  # three qubits
    circuit = small.transform_qubits(dict(zip(Q[:3], qubits)))
    circuit.append(cirq.measure(*qubits, key="used"))

    ours = result(service.create_job(circuit, target="simulator"))

    assert ours.num_qubits() == 29
    assert_same(received(ours, "used"), simulated(small))
    places = sum(1 << (28 - q.x) for q in (a, b, c))
    assert all(outcome & ~places == 0 for outcome in ours.probabilities())


def test_a_sweep_returns_its_points_in_order(service):
    turn = sympy.Symbol("turn")
    circuit = cirq.Circuit(cirq.X(Q[1]) ** turn, cirq.measure(Q[0], Q[1], key="m"))
    sampler = service.sampler(target="simulator")
    results = sampler.run_sweep(circuit, cirq.Points("turn", [0, 1, 2, 3, 1]), repetitions=3)
    assert [of_point.measurements["m"].tolist() for of_point in results] == [[[0, bit]] * 3 for bit in (0, 1, 0, 1, 1)]


def test_samples_drawn_by_the_sdk_follow_its_seed_and_the_distribution(service):
    circuit = cirq.Circuit(cirq.ry(1.0)(Q[0]), cirq.CNOT(Q[0], Q[1]), cirq.measure(Q[0], Q[1], key="m"))
    runs = [service.run(circuit, repetitions=4000, target="simulator", seed=seed) for seed in (3, 3, 4)]
    samples = [run.measurements["m"].tolist() for run in runs]
    assert samples[0] == samples[1] != samples[2]
    ones = np.mean([both[0] for both in samples[0]])
    assert abs(ones - np.sin(0.5) ** 2) < 5 * np.sqrt(0.25 / 4000)
    assert all(first == second for first, second in samples[0])
