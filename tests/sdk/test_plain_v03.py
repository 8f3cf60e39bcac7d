"""API v0.3 without any SDK, as its documentation has it: what cirq-ionq of its time never asks for."""

import time

import numpy as np
import pytest
from core_support import ASYMMETRIC, BELL, simulated, there_and_back
from distributions import assert_same

TWO_PLACES = {"qubits": 3, "circuit": ASYMMETRIC}


@pytest.fixture
def ask(cloud):
    def ask(method, path, body=None, status=200, of=cloud):
        reply = of.ask(method, path, body, version="v0.3")
        assert reply.status_code == status, reply.text
        return reply.json()

    return ask


@pytest.fixture
def finished(ask):
    def finished(body):
        created = ask("POST", "jobs", body)
        assert created.keys() == {"id", "status"}
        for _ in range(500):
            job = ask("GET", f"jobs/{created['id']}")
            if job["status"] in ("completed", "failed", "canceled"):
                return job
            time.sleep(0.02)
        raise TimeoutError(job)

    return finished


def dense(of_outcomes, qubits):
    return [of_outcomes.get(str(outcome), 0) for outcome in range(2**qubits)]


# ------------------------------------------------------------------------------------------------------------------------ jobs


@pytest.mark.parametrize(
    "body",
    [
        {"target": "simulator", "input": {"format": "ionq.circuit.v0", "gateset": "qis"} | TWO_PLACES},
        {"target": "simulator", "input": TWO_PLACES, "shots": 500},
        {"input": TWO_PLACES},
        {"target": "simulator", "lang": "json", "body": TWO_PLACES, "shots": "500"},
    ],
    ids=["input", "input_without_format", "without_target", "body"],
)
def test_every_way_to_write_a_job_gives_the_same_probabilities(ask, finished, body):
    job = finished(body)
    assert (job["status"], job["target"], job["qubits"]) == ("completed", "simulator", 3)
    assert_same(dense(ask("GET", f"jobs/{job['id']}/results"), 3), simulated(ASYMMETRIC, 3))


def test_a_job_tells_its_times_in_seconds_its_gates_and_where_its_results_are(ask, finished, cloud):
    before = int(time.time())
    job = finished({"target": "qpu.aria-1", "shots": 200, "name": "näme", "metadata": {"run": "42"}, "input": TWO_PLACES})
    assert before - 1 <= job["request"] <= job["start"] <= job["response"] <= time.time() + 1
    assert (job["name"], job["metadata"], job["shots"]) == ("näme", {"run": "42"}, 200)
    assert job["gate_counts"]["2q"] >= 3
    assert job["cost_usd"] > 0

    frequencies = cloud.get(job["results_url"].removeprefix("/v0.3/"), version="v0.3")
    assert sum(frequencies.values()) == pytest.approx(1)
    assert all(abs(p * 200 - round(p * 200)) < 1e-9 for p in frequencies.values())


def test_several_circuits_are_children_with_results_of_their_own_in_order(ask, finished):
    circuits = [{"circuit": [{"gate": "x", "target": q}]} for q in (2, 0, 1)]
    parent = finished({"target": "simulator", "input": {"gateset": "qis", "qubits": 3, "circuits": circuits}})
    results = ask("GET", f"jobs/{parent['id']}/results")
    assert list(results) == parent["children"]
    assert list(results.values()) == [{"4": 1}, {"1": 1}, {"2": 1}]
    assert [ask("GET", f"jobs/{child}/results") for child in parent["children"]] == [{"4": 1}, {"1": 1}, {"2": 1}]


def test_a_job_of_one_version_is_the_same_job_in_the_other(cloud, finished):
    job = finished({"target": "simulator", "input": TWO_PLACES, "noise": {"model": "aria-1", "seed": 3}, "shots": 50})
    other = cloud.get(f"jobs/{job['id']}")
    assert (other["backend"], other["status"], other["shots"]) == ("simulator", "completed", 50)
    assert other["noise"] == job["noise"] == {"model": "aria-1", "seed": 3}
    assert cloud.get(f"jobs/{job['id']}/results/probabilities") == cloud.get(f"jobs/{job['id']}/results", version="v0.3")


def test_fields_can_be_left_out_and_asked_for(ask, finished):
    job = finished({"target": "simulator", "input": TWO_PLACES, "metadata": {"run": "42"}})
    assert ask("GET", f"jobs/{job['id']}?exclude[]=metadata&exclude[]=gate_counts").keys() == job.keys() - {"metadata", "gate_counts"}


def test_a_failed_job_says_why(finished):
    native = {"gateset": "native", "qubits": 2, "circuit": there_and_back(1)}
    job = finished({"target": "qpu.forte-1", "input": native})
    assert (job["status"], job["failure"]["code"]) == ("failed", "UnsupportedGate")
    assert "ms" in job["failure"]["error"]


def test_debiasing_and_sharpening_have_their_old_names(ask, finished):
    native = {"gateset": "native", "qubits": 2, "circuit": there_and_back(15)}
    body = {"target": "qpu.aria-1", "shots": 3000, "error_mitigation": {"debias": True}, "input": native}
    job = finished(body)
    assert job["error_mitigation"] == {"debias": True}
    assert ask("GET", f"jobs/{job['id']}/results?sharpen=true") == {"0": 1}
    assert len(ask("GET", f"jobs/{job['id']}/results")) > 1


def test_jobs_are_canceled_and_deleted_alone_and_together(ask, serve):
    cloud = serve("--queue-time", "1h")
    ids = [ask("POST", "jobs", {"input": TWO_PLACES}, of=cloud)["id"] for _ in range(4)]
    assert ask("PUT", f"jobs/{ids[0]}/status/cancel", of=cloud) == {"id": ids[0], "status": "canceled"}
    assert ask("PUT", "jobs/status/cancel", {"ids": ids[1:3]}, of=cloud) == {"ids": ids[1:3], "status": "canceled"}
    assert [job["id"] for job in ask("GET", "jobs?status=canceled", of=cloud)["jobs"]] == ids[2::-1]
    assert ask("DELETE", f"jobs/{ids[0]}", of=cloud) == {"id": ids[0], "status": "deleted"}
    assert ask("DELETE", "jobs", {"ids": ids[1:]}, of=cloud) == {"ids": ids[1:], "status": "deleted"}
    assert ask("GET", "jobs", of=cloud)["jobs"] == []


def test_pages_together_are_all_jobs(ask, serve):
    cloud = serve()
    ids = {ask("POST", "jobs", {"input": {"circuit": BELL}}, of=cloud)["id"] for _ in range(5)}
    listed, path = [], "jobs?limit=2"
    while path:
        page = ask("GET", path, of=cloud)
        assert len(page["jobs"]) <= 2
        listed += [job["id"] for job in page["jobs"]]
        path = page.get("next") and f"jobs?limit=2&next={page['next']}"
    assert len(listed) == 5
    assert set(listed) == ids


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"input": TWO_PLACES, "shots": 0}, "shots"),
        ({"input": TWO_PLACES, "target": "qpu.nowhere"}, "target"),
        ({"target": "simulator"}, "input"),
    ],
)
def test_a_bad_request_names_the_field_of_this_version(ask, body, field):
    refused = ask("POST", "jobs", body, status=400)
    assert field in refused["message"]


# --------------------------------------------------------------------------------------------------- backends and what they do


def test_characterizations_are_of_seconds_and_means_and_each_is_found_by_its_id(ask):
    listed = ask("GET", "characterizations/backends/qpu.aria-1")["characterizations"]
    current = ask("GET", "characterizations/backends/qpu.aria-1/current")
    assert listed[0] == current == ask("GET", f"characterizations/{current['id']}")
    assert (current["qubits"], len(current["connectivity"])) == (25, 25 * 24 // 2)
    assert np.isclose(current["fidelity"]["spam"]["mean"], 0.9961)
    milliseconds = 1000 * (current["date"] + 1)
    assert ask("GET", f"characterizations/backends/qpu.aria-1?start={milliseconds}")["characterizations"] == []
    assert ask("GET", f"characterizations/backends/qpu.aria-1?end={milliseconds}&limit=1")["characterizations"] == [current]


def test_backends_can_be_picked_by_their_status(ask):
    retired = ask("GET", "backends?status=retired")
    assert "qpu.harmony" in [backend["backend"] for backend in retired]
    assert {backend["status"] for backend in retired} == {"retired"}
    assert "simulator" in [backend["backend"] for backend in ask("GET", "backends")]


def test_what_is_not_there_is_not_found(ask):
    for path in ("jobs/11111111-2222-4333-8444-555555555555", "characterizations/11111111-2222-4333-8444-555555555555", "nonsense"):
        assert ask("GET", path, status=404)["statusCode"] == 404
