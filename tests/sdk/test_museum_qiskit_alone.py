"""Bugs of the museum that no service causes, as qiskit-ionq 1.1.1 has them or no longer has them."""

import pytest
from qiskit import QuantumCircuit
from qiskit_ionq import GPI2Gate, MSGate
from qiskit_ionq.exceptions import IonQAPIError
from qiskit_support import SOON, assert_same, provider, provider_at, quietly, simulated, simulator

pytestmark = quietly


def counts(simulator, circuit, shots=1000, **options):
    return simulator.run(circuit, shots=shots, **options).result(wait=SOON).get_counts()


def test_samples_are_drawn_anew_by_who_fetches_a_job_unless_there_is_a_seed(simulator, provider_at, cloud):
    """A-13. A million shots of a coin agree by accident less than once in a thousand times; of 64 outcomes, never."""
    circuit = QuantumCircuit(6, 6)
    circuit.h(range(6))
    circuit.measure(range(6), range(6))
    for seed, same in [(None, False), (7, True)]:
        job = simulator.run(circuit, shots=1_000_000, sampler_seed=seed)
        first = job.result(wait=SOON).get_counts()
        again = provider_at(cloud).get_backend("simulator").retrieve_job(job.job_id()).result(wait=SOON).get_counts()
        assert (first == again) == same


def test_an_angle_that_is_no_number_is_refused_by_the_cloud(simulator):
    """A-19: qiskit-ionq sends the bare word NaN, which is no JSON."""
    circuit = QuantumCircuit(1, 1)
    circuit.rx(float("nan"), 0)
    circuit.measure(0, 0)
    with pytest.raises(IonQAPIError, match=r"field input\.circuit\[0\]\.rotation") as refused:
        simulator.run(circuit)
    assert refused.value.status_code == 400


def test_each_circuit_of_a_batch_has_its_own_measurement_map(simulator):
    """B-03: X on qubit 0, measured crosswise and straight."""
    circuits = []
    for bits in ([1, 0], [0, 1]):
        circuit = QuantumCircuit(2, 2)
        circuit.x(0)
        circuit.measure([0, 1], bits)
        circuits.append(circuit)
    assert counts(simulator, circuits) == [{"10": 1000}, {"01": 1000}]


def test_keys_are_of_the_whole_register_and_the_client_maps(simulator, cloud):
    """B-04."""
    circuit = QuantumCircuit(3, 1)
    circuit.x(2)
    circuit.measure(2, 0)
    job = simulator.run(circuit, shots=5)
    assert job.result(wait=SOON).get_counts() == {"1": 5}
    assert cloud.get(f"jobs/{job.job_id()}/results/probabilities") == {"4": 1.0}


def test_the_phases_of_ms_belong_to_its_targets_in_their_order(provider):
    """B-06: the same gate with its qubits exchanged is another one."""
    backend = provider.get_backend("simulator", gateset="native")
    answers = []
    for targets in ([0, 1], [1, 0]):
        circuit = QuantumCircuit(2, 2)
        circuit.append(GPI2Gate(0.1), [0])
        circuit.append(GPI2Gate(0.45), [1])
        circuit.append(MSGate(0.1, 0.3, 0.1), targets)
        circuit.append(GPI2Gate(0.8), [0])
        circuit.measure([0, 1], [0, 1])
        answers.append(backend.run(circuit, shots=1_000_000, sampler_seed=1).result(wait=SOON).get_probabilities())
        assert_same(answers[-1], simulated(circuit))
    assert max(abs(answers[0].get(bits, 0) - answers[1].get(bits, 0)) for bits in answers[0]) > 0.01


def test_a_noisy_run_of_a_diagonal_circuit_has_a_result(provider):
    """G-04: a single S, which needs no pulse."""
    circuit = QuantumCircuit(1, 1)
    circuit.s(0)
    circuit.measure(0, 0)
    noisy = provider.get_backend("simulator")
    noisy.set_options(noise_model="aria-2")
    ours = counts(noisy, circuit)
    assert sum(ours.values()) == 1000 and ours["0"] > 900
