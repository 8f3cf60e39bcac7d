"""qiskit-ionq: the life of a job, sessions, errors, keys."""

import pytest
from qiskit import QuantumCircuit
from qiskit.providers import JobStatus
from qiskit_ionq import Session
from qiskit_ionq.exceptions import IonQAPIError, IonQJobFailureError, IonQJobStateError, IonQJobTimeoutError
from qiskit_support import (
    EXACTLY,
    SOON,
    assert_same,
    asymmetric_3,
    native_ms,
    provider,
    provider_at,
    quietly,
    simulated,
    simulator,
)

pytestmark = quietly


def test_what_is_sent_along_comes_back(simulator, cloud):
    circuit = asymmetric_3()
    circuit.metadata = {"angle": 0.4}
    job = simulator.run(circuit, shots=321, extra_metadata={"run": "42"}, name="näme")
    header = job.result(wait=SOON).results[0].header

    assert (header["name"], header["metadata"]) == ("asymmetric_3", {"angle": 0.4})
    of_api = cloud.get(f"jobs/{job.job_id()}")
    assert of_api["name"] == "näme"
    assert of_api["metadata"]["run"] == "42"
    assert of_api["metadata"]["shots"] == "321"


def test_a_job_fetched_by_its_id_has_the_same_results(simulator, provider_at, cloud):
    job = simulator.run(asymmetric_3(), **EXACTLY)
    job.wait_for_final_state(wait=SOON)
    fetched = provider_at(cloud).get_backend("simulator").retrieve_job(job.job_id())
    assert fetched.status() == JobStatus.DONE
    assert_same(fetched.result(wait=SOON).get_probabilities(), simulated(asymmetric_3()))


def test_the_children_of_a_batch_tell_their_status(simulator):
    job = simulator.run([asymmetric_3()] * 3, shots=10)
    job.wait_for_final_state(wait=SOON)
    detailed = job.status(detailed=True)
    assert (detailed["total"], detailed["completed"], detailed["failed"]) == (3, 3, 0)
    assert detailed["statuses"] == [JobStatus.DONE] * 3


def test_a_job_that_runs_says_so_and_times_out(serve, provider_at):
    backend = provider_at(serve("--run-time", "1h")).get_backend("simulator")
    job = backend.run(asymmetric_3())
    while (status := job.status()) in (JobStatus.INITIALIZING, JobStatus.QUEUED):
        pass
    assert status == JobStatus.RUNNING
    with pytest.raises(IonQJobTimeoutError):
        job.result(timeout=0.1, wait=SOON)
    job.cancel()


def test_a_canceled_job_is_canceled(serve, provider_at):
    backend = provider_at(serve("--queue-time", "1h")).get_backend("simulator")
    job = backend.run(asymmetric_3())
    assert job.status() in (JobStatus.INITIALIZING, JobStatus.QUEUED)
    job.cancel()
    with pytest.warns(UserWarning, match="was cancelled"):
        assert job.status() == JobStatus.CANCELLED
    with pytest.raises(IonQJobStateError):
        job.result(wait=SOON)


def test_several_jobs_are_canceled_in_one_call(serve, provider_at):
    cloud = serve("--queue-time", "1h")
    backend = provider_at(cloud).get_backend("simulator")
    ids = [backend.run(asymmetric_3()).job_id() for _ in range(3)]
    backend.cancel_jobs(ids[:2])
    assert [cloud.get(f"jobs/{job}")["status"] for job in ids[:2]] == ["canceled"] * 2
    assert cloud.get(f"jobs/{ids[2]}")["status"] in ("submitted", "ready")
    backend.cancel_job(ids[2])


def test_a_deleted_job_is_not_found_again(simulator):
    job = simulator.run(asymmetric_3())
    job.wait_for_final_state(wait=SOON)
    assert simulator.client.delete_job(job.job_id()) == {"id": job.job_id(), "status": "deleted"}
    with pytest.raises(IonQAPIError) as missing:
        simulator.retrieve_job(job.job_id())
    assert missing.value.status_code == 404


# ---------------------------------------------------------------------------------------------------------------------- errors


def test_a_failed_job_says_why_and_with_which_code(provider):
    too_much_for_forte = provider.get_backend("qpu.forte-1", gateset="native").run(native_ms())
    with pytest.raises(IonQJobFailureError, match="UnsupportedGate: .*qpu.forte-1 .* ms"):
        too_much_for_forte.result(wait=SOON)

    wide = QuantumCircuit(30, 1)
    wide.x(29)
    wide.measure(29, 0)
    with pytest.raises(IonQJobFailureError, match="NotEnoughQubits: .*30.* 29"):
        provider.get_backend("simulator").run(wide).result(wait=SOON)

    controls = QuantumCircuit(9, 1)
    controls.mcx(list(range(8)), 8)
    controls.measure(8, 0)
    with pytest.raises(IonQJobFailureError, match="TooManyControls: .*8.* 7"):
        provider.get_backend("simulator").run(controls).result(wait=SOON)


def test_a_bad_request_is_refused_with_its_reason(simulator):
    with pytest.raises(IonQAPIError, match="shots 0") as refused:
        simulator.run(asymmetric_3(), shots=0)
    assert refused.value.status_code == 400


def test_only_the_key_of_the_server_is_accepted(serve, provider_at):
    cloud = serve("--api-key", "right")
    with pytest.raises(IonQAPIError) as refused:
        provider_at(cloud, key="wrong").get_backend("simulator").run(asymmetric_3())
    assert refused.value.status_code == 401
    job = provider_at(cloud, key="right").get_backend("simulator").run(asymmetric_3())
    assert sum(job.result(wait=SOON).get_counts().values()) == 1024


# -------------------------------------------------------------------------------------------------------------------- sessions


def test_jobs_of_a_session_carry_its_id_and_it_ends_with_the_block(provider, cloud):
    backend = provider.get_backend("qpu.forte-1")
    with Session(backend, max_jobs=5, max_time=10, max_cost=1000) as session:
        job = backend.run(asymmetric_3(), shots=100)
        assert session.details()["active"] is True
        assert session.details()["settings"]["job_count_limit"] == 5
        assert sum(job.result(wait=SOON).get_counts().values()) == 100
    assert cloud.get(f"jobs/{job.job_id()}")["session_id"] == session.session_id
    assert cloud.get(f"jobs?session_id={session.session_id}")["jobs"][0]["id"] == job.job_id()
    assert (session.details()["active"], session.details()["status"]) == (False, "ended")

    after = backend.run(asymmetric_3(), shots=100)
    assert cloud.get(f"jobs/{after.job_id()}")["session_id"] is None


def test_a_session_found_by_its_id_is_the_same_session(provider):
    backend = provider.get_backend("qpu.forte-1")
    session = Session(backend)
    again = Session.from_id(session.session_id, backend=backend)
    assert again.details() == session.details()
    again.close()
    assert session.details()["active"] is False
    session.close()  # a second time does no harm


def test_an_ended_session_and_one_that_never_was_take_no_jobs(provider):
    backend = provider.get_backend("qpu.forte-1")
    session = Session(backend)
    session.close()
    with pytest.raises(IonQAPIError):
        session.run(asymmetric_3(), shots=100)
    nobodys = Session.from_id("11111111-2222-4333-8444-555555555555", backend=backend)
    with pytest.raises(IonQAPIError) as missing:
        nobodys.run(asymmetric_3(), shots=100)
    assert missing.value.status_code == 400


def test_the_limit_on_the_jobs_of_a_session_bites(provider):
    session = Session(provider.get_backend("qpu.forte-1"), max_jobs=2)
    for _ in range(2):
        session.run(asymmetric_3(), shots=100)
    with pytest.raises(IonQAPIError, match="2"):
        session.run(asymmetric_3(), shots=100)


def test_an_error_inside_of_a_session_ends_it_and_comes_out(provider):
    session = Session(provider.get_backend("qpu.forte-1"))
    with pytest.raises(ZeroDivisionError), session:
        1 / 0
    assert session.details()["active"] is False
