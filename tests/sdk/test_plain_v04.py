"""API v0.4 without any SDK: what is beyond the contract of October 2026, and what clients send that it does not foresee."""

import json

import pytest
import requests
from conftest import IONQ_CORE
from contract import METHODS
from core_support import ASYMMETRIC, BELL, simulated
from distributions import assert_same

CIRCUIT = {"gateset": "qis", "qubits": 3, "circuit": ASYMMETRIC}
JOB = {"type": "ionq.circuit.v1", "backend": "simulator", "input": CIRCUIT}


@pytest.fixture
def finished(cloud):
    def finished(body):
        reply = cloud.ask("POST", "jobs", body)
        assert reply.status_code == 201, reply.text
        while (job := cloud.get(f"jobs/{reply.json()['id']}"))["status"] not in ("completed", "failed", "canceled"):
            pass
        return job

    return finished


def dense(of_outcomes, qubits):
    return [of_outcomes.get(str(outcome), 0) for outcome in range(2**qubits)]


def test_a_job_with_a_phase_in_radians_is_run_as_it_is_with_a_warning(cloud, finished):
    gate = {"gate": "gpi", "target": 0, "phase": 3.141592653589793}
    job = finished(JOB | {"input": {"gateset": "native", "qubits": 1, "circuit": [gate]}})
    assert job["status"] == "completed"
    (message,) = job["warning"]["messages"]
    assert "radians" in message
    (listed,) = (entry for entry in cloud.get("jobs")["jobs"] if entry["id"] == job["id"])
    assert listed["warning"] == job["warning"]


# ---------------------------------------------------------------------------------------------------- as clients really send it


@pytest.mark.parametrize(
    "more",
    [
        {"shots": "500"},
        {"noise": {"model": "ideal", "seed": None}},
        {"lang": "json", "nonsense": {"deep": [1, 2]}},
        {"input": CIRCUIT | {"nonsense": 1}},
        {"input": {key: value for key, value in CIRCUIT.items() if key != "qubits"}},
        {"settings": {"compilation": {"service_version": "v0.4"}}},
        {"name": None, "metadata": None, "session_id": None},
    ],
    ids=["shots_as_text", "seed_null", "unknown_keys", "unknown_keys_of_input", "no_qubits", "service_version", "nulls"],
)
def test_what_sdks_send_beside_the_contract_is_taken(cloud, finished, more):
    job = finished(JOB | more)
    assert_same(dense(cloud.get(f"jobs/{job['id']}/results/probabilities"), 3), simulated(ASYMMETRIC, 3))


@pytest.mark.parametrize("content_type", [None, "application/json; charset=utf-8"])
def test_a_job_is_taken_with_and_without_a_content_type(cloud, content_type):
    headers = {"Authorization": "apiKey any", "Content-Type": content_type}
    reply = requests.post(f"{cloud.url}/v0.4/jobs", data=json.dumps(JOB), headers=headers, timeout=10)
    assert reply.status_code == 201


@pytest.mark.parametrize("written", ["True", "true", "False", "false"])
def test_sharpen_is_understood_as_python_and_as_json_write_it(cloud, finished, written):
    job = finished(JOB)
    plain = cloud.get(f"jobs/{job['id']}/results/probabilities")
    assert cloud.get(f"jobs/{job['id']}/results/probabilities?sharpen={written}") == plain


def test_jobs_are_picked_by_ids_that_are_repeated_or_separated_by_commas(cloud, finished):
    ids = [finished(JOB)["id"] for _ in range(3)]
    repeated = cloud.get(f"jobs?ids={ids[0]}&ids={ids[2]}")["jobs"]
    commas = cloud.get(f"jobs?ids={ids[0]},{ids[2]}")["jobs"]
    assert [job["id"] for job in repeated] == [job["id"] for job in commas] == [ids[2], ids[0]]


def test_a_status_that_there_is_not_matches_no_job(cloud):
    assert cloud.get("jobs?status=queued")["jobs"] == []  # of qiskit-ionq's sessions


# --------------------------------------------------------------------------------------------------------- of earlier revisions


def test_the_counts_of_a_job_are_those_of_its_shots(cloud, finished):
    job = finished(JOB | {"shots": 300, "backend": "qpu.aria-1"})
    shots, counts = (cloud.get(f"jobs/{job['id']}/results/{kind}") for kind in ("shots", "histogram"))
    assert len(shots) == 300
    assert counts == {outcome: shots.count(outcome) for outcome in set(shots)}


def test_results_are_not_found_before_they_are_there_and_where_there_are_none(cloud, serve, finished):
    waiting = serve("--queue-time", "1h")
    job = waiting.ask("POST", "jobs", JOB).json()["id"]
    assert waiting.ask("GET", f"jobs/{job}/results/probabilities").status_code == 404
    waiting.ask("PUT", f"jobs/{job}/status/cancel")
    assert cloud.ask("GET", f"jobs/{finished(JOB)['id']}/results/shots").status_code == 404


@pytest.mark.parametrize(("backend", "gates"), [("qpu.aria-1", {"gpi", "gpi2", "ms"}), ("qpu.forte-1", {"gpi", "gpi2", "zz"})])
def test_a_compiled_circuit_is_found_by_its_language(cloud, finished, backend, gates):
    job = finished(JOB | {"backend": backend, "shots": 100})
    native = cloud.get(f"jobs/{job['id']}/circuits/native")
    native = json.loads(native) if isinstance(native, str) else native
    assert {gate["gate"] for gate in native["circuit"]} <= gates
    assert_same(simulated(native["circuit"], native["qubits"], "native"), simulated(ASYMMETRIC, 3))
    assert "OPENQASM 3" in cloud.ask("GET", f"jobs/{job['id']}/circuits/qasm3").text
    assert cloud.ask("GET", f"jobs/{job['id']}/circuits/fortran").status_code == 404


def test_the_variants_of_a_debiased_job_are_together_its_average(cloud, finished):
    job = finished(JOB | {"backend": "qpu.aria-1", "shots": 1000})
    variants = job["output"]["error_mitigation"]["debiasing"]["variants"]
    total = [0] * 8
    for variant in variants:
        path = f"jobs/{job['id']}/variants/{variant['variant_id']}/results"
        shots, counts = cloud.get(f"{path}/shots"), cloud.get(f"{path}/histogram")
        assert len(shots) == sum(counts.values()) == variant["shots"]
        frequencies = dense(cloud.get(f"{path}/probabilities"), 3)
        assert_same(frequencies, [count / variant["shots"] for count in dense(counts, 3)])
        total = [before + p / len(variants) for before, p in zip(total, frequencies)]
    average = cloud.get(f"jobs/{job['id']}/results/probabilities?sharpen=false")
    assert max(abs(p - q) for p, q in zip(dense(average, 3), total)) < 0.01  # shots that do not divide evenly


def test_every_aggregation_of_a_debiased_job_is_a_distribution(cloud, finished):
    job = finished(JOB | {"backend": "qpu.aria-1", "shots": 1000})
    for aggregation in ("average", "voting", "majority", "dnl"):
        of_outcomes = cloud.get(f"jobs/{job['id']}/results/probabilities?aggregation={aggregation}")
        assert sum(of_outcomes.values()) == pytest.approx(1)
    assert cloud.ask("GET", f"jobs/{job['id']}/results/probabilities?aggregation=nonsense").status_code == 400


# ------------------------------------------------------------------------------------------------------------------- the service


def test_the_service_is_healthy_and_says_so_to_anyone(cloud):
    assert requests.get(f"{cloud.url}/v0.4/health", timeout=5).json() == {"status": "pass"}


def test_our_document_has_every_operation_of_the_contract(cloud):
    ours = requests.get(f"{cloud.url}/v0.4/api-docs", timeout=5).json()
    theirs = json.loads((IONQ_CORE / "openapi.json").read_text())
    operations = lambda document: {
        (method, path.replace("{", "").replace("}", "").lower())
        for path, methods in document["paths"].items()
        for method in METHODS & methods.keys()
    }
    assert operations(theirs) - operations(ours) == set()


@pytest.mark.parametrize("path", ["backends", "backends/simulator", "backends/qpu.forte-1/characterizations"])
def test_backends_are_shown_to_anyone_and_jobs_are_not(cloud, path):
    assert requests.get(f"{cloud.url}/v0.4/{path}", timeout=5).status_code == 200
    assert requests.get(f"{cloud.url}/v0.4/jobs", timeout=5).status_code == 401


def test_several_circuits_and_one_together_are_refused(cloud):
    body = JOB | {"type": "ionq.multi-circuit.v1", "input": CIRCUIT | {"circuits": [{"circuit": BELL}]}}
    refused = cloud.ask("POST", "jobs", body)
    assert refused.status_code == 400
    assert "circuit" in refused.json()["message"]
