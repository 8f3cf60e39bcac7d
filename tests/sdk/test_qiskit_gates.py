"""qiskit-ionq: every gate that it can send, batches, and which bit is which. The truth is qiskit's own simulator."""

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit_support import (
    EXACTLY,
    SHOTS,
    SOON,
    assert_same,
    asymmetric_3,
    branches,
    controlled,
    every_gate,
    evolution,
    native_ms,
    native_zz,
    provider,
    provider_at,
    quietly,
    random_circuit,
    simulated,
    simulator,
)

pytestmark = quietly


def test_a_bell_state_gives_only_00_and_11_and_as_many_counts_as_shots(simulator):
    bell = QuantumCircuit(2, 2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure([0, 1], [0, 1])

    counts = simulator.run(transpile(bell, simulator), shots=1000).get_counts()

    assert set(counts) == {"00", "11"}
    assert sum(counts.values()) == 1000


def test_an_asymmetric_circuit_has_the_probabilities_of_the_fixture(simulator, expected):
    job = simulator.run(transpile(asymmetric_3(), simulator), **EXACTLY)
    ours = job.result(wait=SOON).get_probabilities()
    assert_same(ours, {f"{outcome:03b}": p for outcome, p in expected("qis/asymmetric_3").items()})


@pytest.mark.parametrize("circuit", [every_gate(), controlled(), evolution()], ids=lambda circuit: circuit.name)
def test_transpiled_circuits_have_the_probabilities_of_qiskits_own_simulator(simulator, circuit):
    job = simulator.run(transpile(circuit, simulator), **EXACTLY)
    job.wait_for_final_state(wait=SOON)
    assert_same(job.get_probabilities(), simulated(circuit))


def test_untranspiled_circuits_are_sent_gate_by_gate_and_have_the_same_probabilities(simulator):
    circuits = [every_gate(), controlled(), evolution()]
    everything = simulator.run(circuits, **EXACTLY).result(wait=SOON).get_probabilities()
    for ours, circuit in zip(everything, circuits, strict=True):
        assert_same(ours, simulated(circuit))


@pytest.mark.parametrize("seed", range(15))
def test_random_circuits_have_the_probabilities_of_qiskits_own_simulator(simulator, seed):
    circuit = random_circuit(seed)
    job = simulator.run(circuit, **EXACTLY)
    assert_same(job.result(wait=SOON).get_probabilities(), simulated(circuit))


@pytest.mark.parametrize("circuit", [native_ms(), native_zz()], ids=lambda circuit: circuit.name)
def test_native_circuits_have_the_probabilities_of_qiskits_own_simulator(provider, circuit):
    backend = provider.get_backend("simulator", gateset="native")
    ours = backend.run(circuit, **EXACTLY).result(wait=SOON).get_probabilities()
    assert_same(ours, simulated(circuit))


@pytest.mark.parametrize("noise_model", ["aria-1", "forte-1"], ids=["ms_of_aria", "zz_of_forte"])
@pytest.mark.parametrize("circuit", [asymmetric_3(), random_circuit(1), random_circuit(2)], ids=lambda circuit: circuit.name)
def test_a_circuit_transpiled_to_native_gates_keeps_its_probabilities(provider, circuit, noise_model):
    backend = provider.get_backend("simulator", gateset="native")
    backend.set_options(noise_model=noise_model)
    native = transpile(circuit, backend, optimization_level=1)
    backend.set_options(noise_model="ideal")  # the model chose the gates; now without it

    ours = backend.run(native, **EXACTLY).result(wait=SOON).get_probabilities()

    assert {"ms", "zz"} & set(native.count_ops()) == ({"ms"} if noise_model == "aria-1" else {"zz"})
    theirs = simulated(circuit)
    for bits, probability in theirs.items():
        if bits in ours or probability > 30 / SHOTS:
            assert ours.get(bits, 0) == pytest.approx(probability, rel=0, abs=1e-6), bits  # as good as the transpiler


# --------------------------------------------------------------------------------------------- batches, and which bit is which


def test_a_batch_returns_different_circuits_in_order_with_their_measurements(simulator):
    partly = QuantumCircuit(QuantumRegister(4, "q"), ClassicalRegister(2, "c"), name="partly")
    partly.ry(0.3, 1)
    partly.ry(1.2, 2)
    partly.cx(2, 3)
    partly.measure([2, 1], [0, 1])
    circuits = [asymmetric_3(), partly, every_gate(), controlled(), random_circuit(7)]

    result = simulator.run(transpile(circuits, simulator), **EXACTLY).result(wait=SOON)

    ours = result.get_probabilities()
    assert_same(ours[0], simulated(circuits[0]))
    assert_same(ours[1], simulated(partly, [2, 1]))
    for place in (2, 3, 4):
        assert_same(ours[place], simulated(circuits[place]))
    assert [sum(counts.values()) for counts in result.get_counts()] == [SHOTS] * 5


@pytest.mark.parametrize("bits", [[2, 0, 1], [1, 2, 0]])
def test_qubits_go_to_the_classical_bits_that_they_were_measured_into(simulator, bits):
    circuit = asymmetric_3().remove_final_measurements(inplace=False)
    circuit.add_register(ClassicalRegister(3, "c"))
    circuit.measure(range(3), bits)
    ours = simulator.run(circuit, **EXACTLY).result(wait=SOON).get_probabilities()
    assert_same(ours, branches(circuit))
    assert branches(circuit) != branches(asymmetric_3())


def test_two_classical_registers_stay_apart_in_the_counts(simulator):
    circuit = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(2, "low"), ClassicalRegister(1, "high"))
    circuit.x([0, 2])
    circuit.measure([0, 1, 2], [1, 0, 2])
    counts = simulator.run(circuit, shots=50).result(wait=SOON).get_counts()
    assert counts == {"1 10": 50}


def test_a_classical_bit_that_nothing_is_measured_into_is_0(simulator):
    circuit = QuantumCircuit(3, 3)
    circuit.x([0, 1, 2])
    circuit.measure([0, 2], [0, 2])
    assert simulator.run(circuit, shots=50).result(wait=SOON).get_counts() == {"101": 50}


def test_the_same_circuit_submitted_twice_with_one_sampler_seed_has_the_same_counts(simulator):
    first, again, other = (
        simulator.run(asymmetric_3(), shots=500, sampler_seed=seed).result(wait=SOON).get_counts() for seed in (3, 3, 4)
    )
    assert first == again != other
