"""pennylane-ionq: every gate that it can send, batches, and which wire is which. The truth is PennyLane's own simulator."""

import numpy as np
import pennylane as qml
import pytest
from distributions import assert_same
from pennylane_support import (
    asymmetric_3,
    at,
    connected,
    equator,
    every_gate,
    evolution,
    in_pennylanes_order,
    native,
    quietly,
    random_circuit,
    random_native,
    sampled,
    simulated,
)

pytestmark = quietly


def test_a_bell_state_gives_only_00_and_11_and_as_many_counts_as_shots():
    def bell():
        qml.Hadamard(0)
        qml.CNOT([0, 1])

    counts = sampled(bell, qml.device("ionq.simulator", wires=2), shots=1000)

    assert set(counts) == {"00", "11"}
    assert sum(counts.values()) == 1000


def test_an_asymmetric_circuit_has_the_probabilities_of_the_fixture(expected):
    device = qml.device("ionq.simulator", wires=3)
    sampled(asymmetric_3, device)
    assert_same(device.prob, in_pennylanes_order(expected("qis/asymmetric_3"), 3))


@pytest.mark.parametrize("circuit", [asymmetric_3, every_gate, evolution])
def test_circuits_have_the_probabilities_of_pennylanes_own_simulator(circuit):
    device = qml.device("ionq.simulator", wires=4)
    sampled(circuit, device)
    assert_same(device.prob, simulated(circuit, 4))


@pytest.mark.parametrize("seed", range(15))
def test_random_circuits_have_the_probabilities_of_pennylanes_own_simulator(seed):
    wires = 2 + seed % 3
    device = qml.device("ionq.simulator", wires=wires)
    sampled(random_circuit(seed), device)
    assert_same(device.prob, simulated(random_circuit(seed, known=True), wires))


@pytest.mark.parametrize("seed", range(9))
def test_random_native_circuits_have_the_probabilities_of_the_gates_as_ionq_defines_them(seed):
    wires = 2 + seed % 3
    device = qml.device("ionq.simulator", wires=wires, gateset="native")
    sampled(random_native(seed), device)
    assert_same(device.prob, simulated(random_native(seed, known=True), wires))


def test_native_circuits_have_the_probabilities_of_the_gates_as_ionq_defines_them():
    """exp(-iπθ G(φ₀)⊗G(φ₁)) with G(φ) = cos 2πφ X + sin 2πφ Y; PennyLane's own matrix of MS is another."""

    def defined():
        qml.evolve(equator(0.1, 0), np.pi / 4)
        qml.evolve(equator(0.37, 1), np.pi / 2)
        qml.evolve(equator(0.05, 0) @ equator(0.3, 1), np.pi / 4)
        qml.evolve(equator(0.62, 2) @ equator(-0.11, 0), np.pi / 10)
        qml.evolve(equator(-0.2, 2), np.pi / 4)

    device = qml.device("ionq.simulator", wires=3, gateset="native")
    sampled(native, device)
    assert_same(device.prob, simulated(defined, 3))


def test_wires_with_names_keep_their_places():
    wires = ["tail", "middle", 7]
    device = qml.device("ionq.simulator", wires=wires)

    def named():
        qml.RY(0.4, "tail")
        qml.CNOT(["tail", 7])
        qml.RX(1.1, "middle")

    def numbered():
        qml.RY(0.4, 0)
        qml.CNOT([0, 2])
        qml.RX(1.1, 1)

    sampled(named, device)
    assert_same(device.prob, simulated(numbered, 3))


def test_a_batch_of_tapes_is_one_job_and_returns_different_circuits_in_order(cloud):
    circuits = [asymmetric_3, every_gate, evolution]
    operations = [qml.tape.make_qscript(circuit)().operations for circuit in circuits]
    tapes = [qml.tape.QuantumScript(of_tape, [qml.counts(wires=range(4))], shots=100) for of_tape in operations]
    device = qml.device("ionq.simulator", wires=4, job_name="tapes")

    counts = qml.execute(tapes, device)

    newest = cloud.get("jobs?limit=1")["jobs"][0]
    assert (newest["name"], newest["type"], newest["stats"]["circuits"]) == ("tapes", "ionq.multi-circuit.v1", 3)
    assert [sum(of_tape.values()) for of_tape in counts] == [100] * 3
    for index, circuit in enumerate(circuits):
        device.set_current_circuit_index(index)
        assert_same(device.prob, simulated(circuit, 4))


def test_an_expectation_value_is_that_of_the_circuit():
    def program():
        asymmetric_3()
        return qml.expval(qml.PauliZ(0) @ qml.PauliX(2))

    np.random.seed(5)  # the SDK samples by itself, with this generator
    shots = 100_000
    ours = qml.set_shots(qml.QNode(program, qml.device("ionq.simulator", wires=3)), shots)()
    theirs = qml.QNode(program, qml.device("default.qubit", wires=3))()
    assert abs(theirs) > 0.1
    assert abs(ours - theirs) < 5 * np.sqrt((1 - theirs**2) / shots)
