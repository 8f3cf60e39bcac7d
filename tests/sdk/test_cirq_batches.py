"""cirq-ionq: several circuits in one job. The truth is cirq's own simulator."""

import cirq
from cirq_support import (
    NATIVE_GATES,
    V04,
    all_results,
    between_pulses,
    random_circuit,
    random_native_circuit,
    received,
    result,
    service,
    service_at,
    simulated,
)
from distributions import assert_same


def test_a_batch_returns_twelve_different_circuits_in_order_with_what_was_sent_along(service):
    circuits = [random_circuit(seed) for seed in range(100, 112)]
    for index, circuit in enumerate(circuits):
        circuit.append(cirq.measure(*reversed(sorted(circuit.all_qubits())), key=f"circuit {index}"))
    theirs = [simulated(circuit) for circuit in circuits]
    for i in range(12):
        assert all(len(theirs[i]) != len(theirs[j]) or abs(theirs[i] - theirs[j]).max() > 1e-3 for j in range(i))

    along = {"metadata": {"run": "42"}} if V04 else {}
    job = service.create_batch_job(circuits, target="simulator", name="twelve", repetitions=77, **along)
    results = all_results(job)

    assert (job.name(), job.repetitions()) == ("twelve", 77)
    assert job._job["metadata"].get("run") == along.get("metadata", {}).get("run")
    assert len(results) == 12
    for index, ours in enumerate(results):
        qubits = sorted(circuits[index].all_qubits())
        assert_same(received(ours), theirs[index])
        assert_same(received(ours, f"circuit {index}"), simulated(circuits[index], qubits[::-1]))
        assert (ours.num_qubits(), ours.repetitions()) == (len(qubits), 77)
        assert job.measurement_dict(index) == {f"circuit {index}": [q.x for q in reversed(qubits)]}


def test_a_batch_of_native_circuits_returns_them_in_order(service):
    circuits = [between_pulses(op) for op in NATIVE_GATES.values()] + [random_native_circuit(seed) for seed in range(4)]
    results = all_results(service.create_batch_job(circuits, target="simulator"))
    for ours, circuit in zip(results, circuits, strict=True):
        assert_same(received(ours), simulated(circuit))


def test_a_batch_of_one_circuit_is_a_batch(service):
    circuit = random_circuit(8)
    job = service.create_batch_job([circuit], target="simulator")
    assert_same(received(result(job)), simulated(circuit))


def test_a_batch_keeps_two_hundred_circuits_in_order(service):
    """The n-th has the bits of n."""
    flipped = lambda n: cirq.Circuit(cirq.X(q) ** (n >> q.x & 1) for q in cirq.LineQubit.range(8))
    results = all_results(service.create_batch_job([flipped(n) for n in range(200)], target="simulator"))
    assert [list(ours.probabilities()) for ours in results] == [[int(f"{n:08b}"[::-1], 2)] for n in range(200)]


def test_single_and_batch_jobs_of_one_service_do_not_get_each_others_results(service):
    """cirq-ionq 1.7 asks for a job's results in the form of the job that it created last."""
    a, b, c, d = (random_circuit(seed) for seed in (1, 6, 11, 16))  # three qubits each

    single = service.create_job(a, target="simulator")
    batch = service.create_batch_job([b, c], target="simulator")
    assert_same(received(result(single)), simulated(a))

    last = service.create_job(d, target="simulator")
    for ours, circuit in zip(all_results(batch), [b, c], strict=True):
        assert_same(received(ours), simulated(circuit))
    assert_same(received(result(last)), simulated(d))


def test_a_batch_fetched_by_another_service_is_the_same_batch(service, service_at, cloud):
    circuits = [random_circuit(1), random_circuit(2)]
    job = service.create_batch_job(circuits, target="simulator")
    all_results(job)
    fetched = service_at(cloud).get_job(job.job_id())
    for ours, circuit in zip(all_results(fetched), circuits, strict=True):
        assert_same(received(ours), simulated(circuit))


def test_run_batch_returns_the_bits_of_each_circuit(service):
    circuits = [cirq.Circuit(cirq.X(q), cirq.measure(*cirq.LineQubit.range(3), key="m")) for q in cirq.LineQubit.range(3)]
    results = service.run_batch(circuits, repetitions=4, target="simulator")
    assert [ours.measurements["m"].tolist() for ours in results] == [[[1, 0, 0]] * 4, [[0, 1, 0]] * 4, [[0, 0, 1]] * 4]
