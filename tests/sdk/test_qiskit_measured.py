"""qiskit-ionq: measurement and reset on the way, which it sends as OpenQASM 3. The truth is every path, with qiskit's states.

The ideal simulator has only the distribution, which the SDK does not read: we ask the API for it. Shots need noise or a QPU.
"""

import numpy as np
import pytest
from distributions import ARIA_1, FORTE_1, distance, of_sampling
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit_ionq.exceptions import IonQJobError, IonQJobFailureError
from qiskit_support import SOON, append_random, branches, dense, provider, provider_at, quietly, simulator

pytestmark = quietly


def measured_twice():
    """The second measurement must find what the first one left."""
    circuit = QuantumCircuit(QuantumRegister(2, "q"), ClassicalRegister(2, "early"), ClassicalRegister(2, "late"), name="twice")
    circuit.ry(0.8, 0)
    circuit.cx(0, 1)
    circuit.ry(0.3, 1)
    circuit.measure([0, 1], [1, 0])
    circuit.rx(0.9, 0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [2, 3])
    return circuit


def reused():
    """A qubit is reset and used again; the other one remembers."""
    circuit = QuantumCircuit(2, 2, name="reused")
    circuit.ry(1.1, 0)
    circuit.cx(0, 1)
    circuit.reset(0)
    circuit.rx(0.4, 0)
    circuit.measure(0, 0)
    circuit.rz(0.3, 1)
    circuit.rx(0.7, 1)
    circuit.measure(1, 1)
    return circuit


def overwritten():
    """The last measurement into a bit counts."""
    circuit = QuantumCircuit(2, 1, name="overwritten")
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.ry(0.9, 0)
    circuit.measure(0, 0)
    return circuit


def random_measured(seed):
    random = np.random.RandomState(seed)
    circuit = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(2, "a"), ClassicalRegister(3, "b"), name=f"random_{seed}")
    gates = "h t sx rx ry p cx cz ch swap crx rxx rzz ccx".split()
    for _ in range(3):
        for _ in range(8):
            append_random(circuit, random.choice(gates), random)
        circuit.measure(int(random.randint(3)), int(random.randint(2)))
        if random.rand() < 0.5:
            circuit.reset(int(random.randint(3)))
    circuit.h(1)
    circuit.measure([2, 0, 1], [2, 3, 4])
    return circuit


CIRCUITS = [measured_twice(), reused(), overwritten()]
NAMES = [circuit.name for circuit in CIRCUITS]


@pytest.mark.parametrize("circuit", CIRCUITS + [random_measured(seed) for seed in range(8)], ids=lambda circuit: circuit.name)
def test_the_ideal_simulator_has_the_exact_distribution_of_all_bits(simulator, cloud, circuit):
    job = simulator.run(circuit, shots=100)
    job.wait_for_final_state(wait=SOON)
    of_api = cloud.get(f"jobs/{job.job_id()}/results/probabilities")

    ours = np.zeros(2**circuit.num_clbits)
    for outcome, probability in of_api.items():
        ours[int(outcome)] = probability  # bit 0 of the first register is the least significant, as everywhere
    np.testing.assert_allclose(ours, dense(branches(circuit), circuit.num_clbits), rtol=0, atol=1e-9)

    with pytest.raises(IonQJobError, match="no per-register shot data"):
        job.result(wait=SOON)


@pytest.mark.parametrize("circuit", CIRCUITS, ids=NAMES)
@pytest.mark.parametrize(
    ("backend", "model", "device"),
    [("simulator", "aria-1", ARIA_1), ("simulator", "forte-1", FORTE_1), ("qpu.forte-1", "ideal", FORTE_1)],
    ids=["noise_of_aria", "noise_of_forte", "forte"],
)
def test_shots_come_back_in_their_registers_near_the_exact_distribution(provider, circuit, backend, model, device):
    backend = provider.get_backend(backend)
    backend.set_options(noise_model=model, sampler_seed=5)
    shots, width = 4000, circuit.num_clbits

    result = backend.run(circuit, shots=shots, memory=True).result(wait=SOON)

    counts = result.get_counts()
    assert sum(counts.values()) == shots == len(result.get_memory())
    assert {bits: result.get_memory().count(bits) for bits in set(result.get_memory())} == counts
    sizes = [len(register) for register in circuit.cregs]
    assert all([len(part) for part in bits.split()] == sizes[::-1] for bits in counts)
    near = device.of_noise(60, 4, width) + of_sampling(shots, 2**width)
    assert distance(dense(counts, width) / shots, dense(branches(circuit), width)) < near


def test_a_seed_repeats_the_shots(simulator):
    simulator.set_options(noise_model="aria-1", sampler_seed=5)
    first, again = (simulator.run(measured_twice(), shots=300).result(wait=SOON).get_counts() for _ in range(2))
    simulator.set_options(sampler_seed=6)
    assert first == again != simulator.run(measured_twice(), shots=300).result(wait=SOON).get_counts()


def test_control_flow_is_accepted_and_then_fails_with_the_construct_and_its_line(simulator):
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    job = simulator.run(circuit, shots=100)
    with pytest.raises(IonQJobFailureError, match=r"PreflightError: .*\bif\b.*line \d+|PreflightError: .*line \d+.*\bif\b"):
        job.result(wait=SOON)
