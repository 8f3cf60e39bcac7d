"""Bugs of the museum that no service causes, as cirq-ionq 1.7.0, 1.6.1 and 1.5.0 have them or no longer have them."""

import cirq
import cirq_ionq
import numpy as np
import pytest
from cirq_ionq import GPI2Gate, GPIGate, MSGate
from cirq_support import Q, V04, received, result, service, service_at

BELL = cirq.Circuit(cirq.H(Q[0]), cirq.CNOT(Q[0], Q[1]), cirq.measure(Q[0], Q[1], key="m"))


def fidelity(unitary, other):
    return abs(np.trace(unitary.conj().T @ other)) ** 2 / len(unitary) ** 2


def test_samples_are_drawn_again_at_each_reading_unless_there_is_a_seed(service):
    """A-13. Twenty thousand shots agree by accident once in 2^20000 times."""
    ours = result(service.create_job(BELL, repetitions=20_000, target="simulator"))
    drawn = lambda seed: ours.to_cirq_result(seed=seed).measurements["m"].tolist()
    assert drawn(None) != drawn(None)
    assert drawn(7) == drawn(7)


def test_the_cloud_gives_the_same_numbers_at_each_reading(service, service_at, cloud):
    """A-13."""
    job = service.create_job(BELL, repetitions=1000, target="qpu.aria-1")
    first = result(job).counts()
    assert result(job).counts() == first
    assert result(service_at(cloud).get_job(job.job_id())).counts() == first


def test_an_angle_that_is_no_number_is_taken_for_a_broken_network(serve, service_at):
    """A-19: the default is to try for an hour."""
    cloud = serve()
    service = service_at(cloud)
    service._client.max_retry_seconds = 0.1
    text = "Reached maximum number of retries. Last error: RequestException of type <class 'requests.exceptions.InvalidJSONError'>."
    with pytest.raises(TimeoutError) as raised:
        service.create_job(cirq.Circuit(cirq.rx(float("nan"))(Q[0]), cirq.measure(Q[0])), target="simulator")
    assert str(raised.value) == text
    assert cloud.get("jobs")["jobs"] == []


@pytest.mark.parametrize("qubits", range(1, 7))
def test_qubit_zero_is_the_least_significant_bit_of_a_key(qubits, service, cloud):
    """B-01, B-02: and the width is the declared one."""
    circuit = cirq.Circuit(cirq.X(Q[0]), cirq.measure(*Q[:qubits], key="m"))
    job = service.create_job(circuit, target="simulator")
    assert result(job).num_qubits() == qubits
    assert result(job).to_cirq_result(override_repetitions=1).measurements["m"].tolist() == [[1] + [0] * (qubits - 1)]
    assert cloud.get(f"jobs/{job.job_id()}")["stats"]["qubits"] == qubits
    assert cloud.get(f"jobs/{job.job_id()}/results/probabilities") == {"1": 1.0}


def test_phases_in_radians_are_warned_of(service):
    """C-01: a quarter of a turn, written as π/2."""
    job = service.create_job(cirq.Circuit(GPI2Gate(phi=np.pi / 2)(Q[0]), GPIGate(phi=np.pi)(Q[0])), target="simulator")
    with pytest.warns(UserWarning, match="radians"):
        result(job)


def test_an_ms_of_a_quarter_entangles_fully(service):
    """C-02: its angle is in turns of exp(-iπθ XX)."""
    for theta, p in [(0.25, 0.5), (0.125, np.sin(np.pi / 8) ** 2), (0, 0)]:
        ours = received(result(service.create_job(cirq.Circuit(MSGate(phi0=0, phi1=0, theta=theta)(Q[0], Q[1])), target="simulator")))
        assert ours == pytest.approx([1 - p, 0, 0, p], abs=1e-12)


@pytest.mark.parametrize("theta, before", [(0.125, 0.8536), (0.05, 0.6545), (0.25, 1.0)])
def test_the_inverse_of_a_partial_ms_undoes_it_from_1_6_on(theta, before):
    """C-04."""
    gate = MSGate(phi0=0.1, phi1=0.3, theta=theta)
    undone = fidelity(cirq.unitary(gate**-1) @ cirq.unitary(gate), np.eye(4))
    assert undone == pytest.approx(before if cirq_ionq.__version__.startswith("1.5") else 1, abs=1e-4)


def test_three_different_ms_gates_count_as_one():
    """C-05: equality forgets the angle."""
    assert len({MSGate(phi0=0, phi1=0, theta=theta) for theta in (0.05, 0.1, 0.25)}) == 1


def test_a_forte_takes_no_ms(service):
    """C-10."""
    job = service.create_job(cirq.Circuit(MSGate(phi0=0, phi1=0)(Q[0], Q[1])), target="qpu.forte-1")
    with pytest.raises(RuntimeError, match="Job failed. Error message: .*qpu.forte-1 .* ms"):
        result(job)


def test_a_qpu_with_a_name_is_no_default(service_at, cloud, monkeypatch):
    """F-04: per call it is taken."""
    service = service_at(cloud)
    with pytest.raises(AssertionError) as raised:
        cirq_ionq.Service(default_target="qpu.aria-1")
    targets = "{'qpu', 'simulator'}", "{'simulator', 'qpu'}"
    assert str(raised.value) in [f"Target can only be one of {each} but was qpu.aria-1." for each in targets]
    assert result(service.create_job(BELL, target="qpu.aria-1")).repetitions() == 100


def test_each_version_finds_its_results_and_its_words(service, cloud):
    """F-01, F-02: v0.3 has target, v0.4 backend."""
    job = service.create_job(BELL, target="simulator")
    assert job.target() == "simulator"
    assert received(result(job)) == pytest.approx([0.5, 0, 0, 0.5], abs=1e-12)
    version, path = ("v0.4", "results/probabilities") if V04 else ("v0.3", "results")
    assert set(cloud.get(f"jobs/{job.job_id()}/{path}", version=version)) == {"0", "3"}
