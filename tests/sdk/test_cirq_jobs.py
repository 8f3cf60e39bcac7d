"""cirq-ionq: the life of a job, errors, keys, jobs side by side."""

from concurrent.futures import ThreadPoolExecutor

import cirq
import cirq_ionq
import pytest
from cirq_ionq import MSGate
from cirq_support import (
    NATIVE_GATES,
    Q,
    SOON,
    V04,
    all_results,
    asymmetric_3,
    between_pulses,
    noise,
    random_circuit,
    received,
    result,
    service,
    service_at,
    simulated,
)
from distributions import assert_same


def test_name_repetitions_metadata_and_measurements_come_back_as_sent(service):
    along = {"metadata": {"run": "42"}} if V04 else {}
    job = service.create_job(asymmetric_3(), target="simulator", name="näme 7", repetitions=321, **along)
    again = service.get_job(job.job_id())
    for job in (job, again):
        assert result(job).repetitions() == 321
        assert (job.name(), job.repetitions(), job.num_qubits(), job.target()) == ("näme 7", 321, 3, "simulator")
        assert job.measurement_dict() == {"first": [2, 0], "second": [1]}
        assert job._job["metadata"].get("run") == along.get("metadata", {}).get("run")


def test_listing_jobs_goes_through_all_pages_and_ends(serve, service_at):
    service = service_at(serve())
    bell = cirq.Circuit(cirq.H(Q[0]), cirq.CNOT(Q[0], Q[1]))
    assert len(service.list_jobs()) == 0

    ids = [service.create_job(bell, target="simulator").job_id()]
    assert [job.job_id() for job in service.list_jobs()] == ids

    ids += [service.create_job(bell, target="simulator").job_id() for _ in range(129)]
    listed = [job.job_id() for job in service.list_jobs(limit=1000)]
    assert sorted(listed) == sorted(ids)
    assert [job.job_id() for job in service.list_jobs()] == listed[:100]


def test_listing_jobs_keeps_to_the_status_asked_for(serve, service_at):
    service = service_at(serve("--queue-time", "1h"))
    jobs = [service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator") for _ in range(3)]
    jobs[1].cancel()

    assert [job.job_id() for job in service.list_jobs(status="canceled")] == [jobs[1].job_id()]
    assert len(service.list_jobs(status="completed")) == 0
    jobs[0].cancel(), jobs[2].cancel()  # or the cloud would wait for them when it is stopped


def test_a_canceled_job_has_no_results_and_says_why(serve, service_at):
    service = service_at(serve("--queue-time", "1h"))
    job = service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator")
    assert job.status() in ("submitted", "ready")

    job.cancel()

    assert job.status() == "canceled"
    assert service.get_job(job.job_id()).status() == "canceled"
    with pytest.raises(RuntimeError, match="canceled"):
        job.results(polling_seconds=SOON)


def test_a_job_that_runs_says_so_until_it_is_canceled(serve, service_at):
    service = service_at(serve("--run-time", "1h"))
    job = service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator")
    while job.status() in ("submitted", "ready"):
        pass
    assert job.status() == ("started" if V04 else "running")
    job.cancel()
    assert service.get_job(job.job_id()).status() == "canceled"


def test_a_job_canceled_elsewhere_has_no_results_and_says_why(serve, service_at):
    service = service_at(serve("--queue-time", "1h"))
    job = service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator")
    service.get_job(job.job_id()).cancel()
    with pytest.raises(RuntimeError, match="canceled"):
        job.results(polling_seconds=SOON)


def test_a_job_canceled_elsewhere_and_found_in_the_list_says_why_it_has_no_results(serve, service_at):
    service = service_at(serve("--queue-time", "1h"))
    service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator").cancel()
    (listed,) = service.list_jobs(status="canceled")
    with pytest.raises(RuntimeError, match="canceled"):
        listed.results(polling_seconds=SOON)


def test_a_job_that_takes_longer_than_asked_for_times_out(serve, service_at):
    service = service_at(serve("--queue-time", "1h"))
    job = service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator")
    try:
        with pytest.raises(TimeoutError, match="timed out"):
            job.results(timeout_seconds=0.1, polling_seconds=SOON)
    finally:
        job.cancel()


def test_a_deleted_job_is_not_found_again(service):
    job = service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator")
    job.delete()
    assert job.status() == "deleted"
    with pytest.raises(cirq_ionq.IonQNotFoundException):
        service.get_job(job.job_id())


def test_a_failed_job_says_why(service):
    too_wide = cirq.Circuit(cirq.X(cirq.LineQubit(35)))
    with pytest.raises(RuntimeError, match="36 qubits.* has 29"):
        service.create_job(too_wide, target="simulator").results(polling_seconds=SOON)

    not_for_forte = cirq.Circuit(MSGate(phi0=0, phi1=0)(Q[0], Q[1]))
    with pytest.raises(RuntimeError, match="qpu.forte-1 .* ms"):
        service.create_job(not_for_forte, target="qpu.forte-1").results(polling_seconds=SOON)


def test_one_failed_circuit_of_a_batch_is_named(service):
    circuits = [between_pulses(NATIVE_GATES[name]) for name in ("zz", "ms", "zz")]
    with pytest.raises(RuntimeError, match="circuit 1: .* ms"):
        service.create_batch_job(circuits, target="qpu.forte-1").results(polling_seconds=SOON)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"target": "simulator", "repetitions": 0}, "shots 0"),
        ({"target": "qpu.nowhere"}, "qpu.nowhere"),
        ({"target": "simulator"} | noise("no-such-noise"), "no-such-noise"),
    ],
    ids=["no_shots", "unknown_backend", "unknown_noise"],
)
def test_a_bad_request_is_refused_with_its_reason(service, asked, words):
    with pytest.raises(cirq_ionq.IonQException, match=f"'message': '[^']*{words}") as refused:
        service.create_job(cirq.Circuit(cirq.X(Q[0])), **asked)
    assert refused.value.status_code == 400


def test_only_the_key_of_the_server_is_accepted(serve, service_at):
    cloud = serve("--api-key", "right")
    circuit = cirq.Circuit(cirq.X(Q[0]))
    with pytest.raises(cirq_ionq.IonQException, match="Not authorized") as refused:
        service_at(cloud, key="wrong").create_job(circuit, target="simulator")
    assert refused.value.status_code == 401
    assert result(service_at(cloud, key="right").create_job(circuit, target="simulator")).probabilities() == {1: 1}


# --------------------------------------------------------------------------------------------------------------- side by side


def test_ten_workers_with_one_circuit_each_have_their_jobs_running_together(serve, service_at):
    cloud = serve("--queue-time", "100ms", "--run-time", "800ms")
    service = service_at(cloud)
    circuits = [random_circuit(seed) for seed in range(200, 210)]

    def run(circuit):
        job = service.create_job(circuit, target="simulator")
        return job, result(job)

    with ThreadPoolExecutor(max_workers=10) as pool:
        done = list(pool.map(run, circuits))

    for circuit, (_, ours) in zip(circuits, done, strict=True):
        assert_same(received(ours), simulated(circuit))
    jobs = [cloud.get(f"jobs/{job.job_id()}") for job, _ in done]
    at_once = max(sum(j["started_at"] <= i["started_at"] < j["completed_at"] for j in jobs) for i in jobs)
    assert at_once >= 8, [(job["submitted_at"], job["started_at"], job["completed_at"]) for job in jobs]
